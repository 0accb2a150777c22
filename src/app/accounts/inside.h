/* What the files of this module share. */
#ifndef APP_ACCOUNTS_INSIDE_H
#define APP_ACCOUNTS_INSIDE_H

#include "app/accounts/accounts.h"

/* A file of at most `most` bytes, whole; *ret_text is for secret_free. *ret_open: others may read it. ERR_IO,
 * ERR_MALFORMED (no file, or too large), ERR_MEMORY: ret_what says it. */
enum err secret_read(const char *path, size_t most, char **ret_text, size_t *ret_len,
                     bool *ret_open, char ret_what[ACCOUNTS_WHAT]) MUST_CHECK;
void secret_free(char *text, size_t len);

#endif
