/* What pure code needs of a cryptographic library, as a table of functions (filled by io/tls). A
 * function returns ERR_IO when the library refuses (an algorithm that its configuration forbids)
 * and ERR_MEMORY. */
#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include "base/err.h"
#include "base/str.h"

struct x509;

enum digest_algorithm { DIGEST_MD5, DIGEST_SHA256, DIGEST_SHA512_256 };
enum { DIGEST_MOST = 32 }; /* bytes of the longest digest */

enum hmac_algorithm { HMAC_SHA1, HMAC_SHA256, HMAC_SHA384 };
enum { HMAC_MOST = 48 }; /* bytes of the longest code */

enum aead_algorithm { AEAD_AES_128_GCM, AEAD_AES_256_GCM, AEAD_CHACHA20_POLY1305 };
enum { AEAD_NONCE = 12, AEAD_TAG = 16 }; /* bytes */

struct crypto {
    /* The digest of `n` parts taken as one text; *ret_len bytes (16 or 32) into ret_digest. */
    enum err (*digest)(enum digest_algorithm algorithm, const struct str *parts, size_t n,
                       uint8_t ret_digest[DIGEST_MOST], size_t *ret_len);
    /* HMAC (RFC 2104) of `n` parts taken as one text; *ret_len bytes (20, 32 or 48). */
    enum err (*hmac)(enum hmac_algorithm algorithm, struct str key, const struct str *parts,
                     size_t n, uint8_t ret_mac[HMAC_MOST], size_t *ret_len);
    /* Opens `sealed`, which ends with the tag, into sealed.len - AEAD_TAG bytes (RFC 5116 2.2).
     * ERR_MALFORMED: the tag does not fit; what is in ret_plain then means nothing. */
    enum err (*aead_open)(enum aead_algorithm algorithm, struct str key, struct str nonce,
                          struct str aad, struct str sealed, uint8_t *ret_plain);
    /* The other way: plain.len + AEAD_TAG bytes into ret_sealed. A nonce is never used twice with a key. */
    enum err (*aead_seal)(enum aead_algorithm algorithm, struct str key, struct str nonce,
                          struct str aad, struct str plain, uint8_t *ret_sealed);
    /* AES in CBC mode, a whole number of blocks, padding left in place; key of 16 or 32 bytes. */
    enum err (*cbc_open)(struct str key, struct str iv, struct str sealed, uint8_t *ret_plain);
    /* The other way: a whole number of blocks, padded already; ret_sealed may be plain's own memory. */
    enum err (*cbc_seal)(struct str key, struct str iv, struct str plain, uint8_t *ret_sealed);
    /* A certificate in DER (base/x509.h). ERR_MALFORMED: it is none. */
    enum err (*x509_read)(struct str der, struct x509 *ret_x509);
};

#endif
