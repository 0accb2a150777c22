/* `dialtone diagnose`: the failing stage from problem reports, logs and folders. */
#ifndef APP_DIAGNOSE_DIAGNOSE_H
#define APP_DIAGNOSE_DIAGNOSE_H

#include "app/cli/cli.h"
#include "flow/report/report.h"

extern const struct cli_command diagnose_command;

/* Reads `n` inputs into `d`, and shows progress when `show` says so. The raw text of logs is kept in `raw`
 * up to its limit when that is not NULL. */
struct diagnose_raw {
    struct buf *text; /* by input, owned */
    size_t n;
    size_t left; /* bytes that may still be kept */
};
enum err diagnose_read(struct doctor *d, const char *const *paths, size_t n, bool show,
                       struct diagnose_raw *raw) MUST_CHECK;
void diagnose_raw_clear(struct diagnose_raw *raw);

#endif
