/* Rounds of checks and what becomes of them. */
#ifndef APP_PROBE_RUN_H
#define APP_PROBE_RUN_H

#include "app/know/know.h"
#include "app/probe/probe.h"

enum { PROBE_CHECKS = 6 };
/* In the order of the journey. */
extern const struct check *const probe_checks[PROBE_CHECKS];

/* One round, or rounds until the end of --watch; reports on standard output. `set`: bit i for probe_checks[i].
 * Returns the exit code. */
int probe_run(const struct cli_args *a, struct probe *p, const struct know *k, unsigned set);

#endif
