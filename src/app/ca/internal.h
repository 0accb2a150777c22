/* What the files of `dialtone ca` share. Functions say themselves what went wrong and return the
 * exit code. */
#ifndef APP_CA_INTERNAL_H
#define APP_CA_INTERNAL_H

#include "app/cli/cli.h"
#include "base/time.h"

/* Whole seconds; the only clock here. */
usec_t ca_now(void);
int ca_init(const struct cli_args *a);
int ca_server(const struct cli_args *a);
int ca_phone(const struct cli_args *a);
int ca_show(const struct cli_args *a);
/* A certificate, or its key, as a file. */
struct pki_pair;
int ca_file(const struct pki_pair *p, const char *path, bool is_key, bool replace);

#endif
