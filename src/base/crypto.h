/* What pure code needs of a cryptographic library, as a table of functions (filled by io/tls). */
#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include "base/err.h"
#include "base/str.h"

enum digest_algorithm { DIGEST_MD5, DIGEST_SHA256, DIGEST_SHA512_256 };
enum { DIGEST_MOST = 32 }; /* bytes of the longest digest */

struct crypto {
    /* The digest of `n` parts taken as one text; *ret_len bytes (16 or 32) into ret_digest. */
    enum err (*digest)(enum digest_algorithm algorithm, const struct str *parts, size_t n,
                       uint8_t ret_digest[DIGEST_MOST], size_t *ret_len);
};

#endif
