/* Writing RFC 8188 records. */
#include "proto/aes128gcm/aes128gcm.h"

enum { KEY = 16, OVERHEAD = AEAD_TAG + 1, RECORD_LEAST = OVERHEAD + 1 };

struct keys {
    uint8_t key[HMAC_MOST], nonce[HMAC_MOST];
};

/* HKDF (RFC 5869) of RFC 8188 2.2 and 2.3: one block is enough for both. */
static enum err keys_of(const struct crypto *crypto, struct str ikm, struct str salt,
                        struct keys *ret)
{
    uint8_t prk[HMAC_MOST];
    size_t len = 0;
    /* The NUL behind the words belongs to them, and 1 is the number of the block. */
    static const struct str key_info = STR_INIT("Content-Encoding: aes128gcm\0\1");
    static const struct str nonce_info = STR_INIT("Content-Encoding: nonce\0\1");
    enum err e = crypto->hmac(HMAC_SHA256, salt, &ikm, 1, prk, &len);
    struct str secret = str_of((const char *)prk, len);
    if (e == ERR_OK) {
        e = crypto->hmac(HMAC_SHA256, secret, &key_info, 1, ret->key, &len);
    }
    if (e == ERR_OK) {
        e = crypto->hmac(HMAC_SHA256, secret, &nonce_info, 1, ret->nonce, &len);
    }
    return e;
}

static enum err header_write(struct str salt, uint32_t record, struct str keyid, struct buf *out)
{
    const char size[] = {(char)(record >> 24), (char)(record >> 16), (char)(record >> 8),
                         (char)record, (char)keyid.len};
    enum err e = buf_add(out, salt);
    e = e == ERR_OK ? buf_add(out, str_of(size, sizeof size)) : e;
    return e == ERR_OK ? buf_add(out, keyid) : e;
}

/* Record number `n`; the delimiter behind its bytes says whether it is the last (2). */
static enum err record_write(const struct crypto *crypto, const struct keys *k, uint64_t n,
                             struct str piece, bool last, struct buf *out)
{
    uint8_t nonce[AEAD_NONCE];
    char tag[AEAD_TAG] = {0};
    size_t at = out->len;
    memcpy(nonce, k->nonce, sizeof nonce);
    for (unsigned i = 0; i < 8; i++) {
        nonce[AEAD_NONCE - 1 - i] ^= (uint8_t)(n >> (8 * i));
    }
    enum err e = buf_add(out, piece);
    e = e == ERR_OK ? buf_add(out, last ? STR("\2") : STR("\1")) : e;
    struct str plain = str_of(out->p + at, out->len - at);
    size_t len = plain.len;
    e = e == ERR_OK ? buf_add(out, str_of(tag, sizeof tag)) : e;
    if (e == ERR_OK) {
        e = crypto->aead_seal(AEAD_AES_128_GCM, str_of((const char *)k->key, KEY),
                              str_of((const char *)nonce, sizeof nonce), str_of(NULL, 0),
                              str_of(out->p + at, len), (uint8_t *)out->p + at);
    }
    return e;
}

enum err aes128gcm_write(const struct crypto *crypto, struct str ikm, struct str keyid,
                         const uint8_t salt[AES128GCM_SALT], uint32_t record, struct str plain,
                         struct buf *out)
{
    struct keys k;
    struct str salt_text = str_of((const char *)salt, AES128GCM_SALT);
    if (record < RECORD_LEAST || keyid.len > 255) {
        return ERR_USAGE;
    }
    enum err e = keys_of(crypto, ikm, salt_text, &k);
    e = e == ERR_OK ? header_write(salt_text, record, keyid, out) : e;
    bool last = false;
    for (uint64_t n = 0; e == ERR_OK && !last; n++) {
        struct str piece = str_head(plain, record - OVERHEAD);
        plain = str_from(plain, piece.len);
        last = plain.len == 0;
        e = record_write(crypto, &k, n, piece, last, out);
    }
    return e;
}
