/* Secrets from a file, to prove a digest response right or wrong. */
#ifndef APP_DIAGNOSE_SECRET_H
#define APP_DIAGNOSE_SECRET_H

#include "flow/dissect/dissect.h"

struct secrets;

/* Lines "USER PASSWORD"; USER may be "*" for any; "#" begins a comment. NULL after telling on
 * standard error what is wrong. */
struct secrets *secrets_load(const char *path);
void secrets_free(struct secrets *s);
/* The password of `user`, as a view that lives as long as the secrets. False when there is none. */
bool secrets_password(const struct secrets *s, struct str user, struct str *ret_password);
/* For struct doctor_cfg. */
enum dissect_secret secrets_check(void *ctx, const struct digest *d, struct str method);

#endif
