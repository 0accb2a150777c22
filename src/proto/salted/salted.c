/* Writing what `openssl enc -d` reads. */
#include "proto/salted/salted.h"

enum { BLOCK = 16, KEY = 32, HASH = 32 };

/* EVP_BytesToKey(3): D1 = H(pass salt), D2 = H(D1 pass salt); the key is D1, the IV the head of D2. */
static enum err key_of(const struct crypto *crypto, struct str pass, struct str salt,
                       uint8_t ret_key[KEY + HASH])
{
    size_t len = 0;
    const struct str first[] = {pass, salt};
    enum err e = crypto->digest(DIGEST_SHA256, first, 2, ret_key, &len);
    if (e == ERR_OK) {
        const struct str next[] = {str_of((const char *)ret_key, HASH), pass, salt};
        e = crypto->digest(DIGEST_SHA256, next, 3, ret_key + KEY, &len);
    }
    return e;
}

enum err salted_write(const struct crypto *crypto, struct str pass, const uint8_t salt[SALTED_SALT],
                      struct str plain, struct buf *out)
{
    uint8_t key[KEY + HASH];
    char last[BLOCK];
    struct str salt_text = str_of((const char *)salt, SALTED_SALT);
    size_t pad = BLOCK - plain.len % BLOCK;
    enum err e = key_of(crypto, pass, salt_text, key);
    e = e == ERR_OK ? buf_add(out, STR("Salted__")) : e;
    e = e == ERR_OK ? buf_add(out, salt_text) : e;
    size_t at = out->len;
    memset(last, (int)pad, sizeof last); /* RFC 5652 6.3 */
    e = e == ERR_OK ? buf_add(out, plain) : e;
    e = e == ERR_OK ? buf_add(out, str_of(last, pad)) : e;
    if (e == ERR_OK) {
        struct str body = str_of(out->p + at, out->len - at);
        e = crypto->cbc_seal(str_of((const char *)key, KEY), str_of((const char *)key + KEY, BLOCK),
                             body, (uint8_t *)out->p + at);
    }
    return e;
}
