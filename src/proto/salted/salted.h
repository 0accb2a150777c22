/* The container of `openssl enc -aes-256-cbc`: "Salted__", eight bytes of salt, AES-256-CBC with key and IV by EVP_BytesToKey (one
 * pass). Written with SHA-256; read with SHA-256 and MD5, which OpenSSL took before 1.1.0. There is no integrity in it: it hides, it
 * proves nothing. */
#ifndef PROTO_SALTED_SALTED_H
#define PROTO_SALTED_SALTED_H

#include "base/crypto.h"
#include "base/sink.h"

enum { SALTED_SALT = 8, SALTED_OVERHEAD = 16 /* bytes before the ciphertext */ };

/* Errors of the table, ERR_MEMORY. */
enum err salted_write(const struct crypto *crypto, struct str pass, const uint8_t salt[SALTED_SALT],
                      struct str plain, struct buf *out) MUST_CHECK;

/* Whether `bytes` begin as the container does. */
bool salted_is(struct str bytes);
/* Opens `sealed` into `room` (sealed.len bytes); *ret_plain is a view of it. Padding passes by chance once in 256 with the wrong key, so
 * only what then starts as gzip or XML ('<', after a byte order mark too) is taken. *ret_digest: what made the key. ERR_MALFORMED: no
 * container, cut, or (at SALTED_OVERHEAD) another passphrase, which cannot be told from damage. Errors of the table. What room holds
 * after an error means nothing. */
enum err salted_read(const struct crypto *crypto, struct str pass, struct str sealed, char *room,
                     struct str *ret_plain, enum digest_algorithm *ret_digest,
                     struct err_at *reterr_at) MUST_CHECK;

#endif
