/* Passwords of people, kept as scrypt (RFC 7914) makes them. Slow on purpose (about a tenth of a second, 32 MiB): for helper threads. */
#ifndef IO_TLS_PASSWORD_H
#define IO_TLS_PASSWORD_H

#include "base/err.h"
#include "base/str.h"

enum { TLS_PASSWORD_TEXT = 128 };

/* "$scrypt$15$8$1$SALT$KEY" (hexadecimal) with a random salt. ERR_IO: the library refuses, ERR_MEMORY. */
enum err tls_password_make(struct str password, char ret_text[TLS_PASSWORD_TEXT]) MUST_CHECK;
/* Whether `text` was made of it. A text of another form fits nothing, and takes as long to find out. */
bool tls_password_fits(struct str password, struct str text);

#endif
