/* The container of `openssl enc -aes-256-cbc`: "Salted__", eight bytes of salt, AES-256-CBC with key and IV by EVP_BytesToKey (one
 * pass of SHA-256). There is no integrity in it: it hides, it proves nothing. */
#ifndef PROTO_SALTED_SALTED_H
#define PROTO_SALTED_SALTED_H

#include "base/crypto.h"
#include "base/sink.h"

enum { SALTED_SALT = 8 };

/* Errors of the table, ERR_MEMORY. */
enum err salted_write(const struct crypto *crypto, struct str pass, const uint8_t salt[SALTED_SALT],
                      struct str plain, struct buf *out) MUST_CHECK;

#endif
