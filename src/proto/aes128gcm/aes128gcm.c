/* Writing and reading RFC 8188 records. */
#include "proto/aes128gcm/aes128gcm.h"

#include "base/cursor.h"

enum {
    KEY = 16,
    SIZES = 5,
    KEYID_MOST = 255,
    OVERHEAD = AEAD_TAG + 1,
    RECORD_LEAST = OVERHEAD + 1
};

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

/* RFC 8188 2.3: the nonce of record `n`. */
static void nonce_of(const struct keys *k, uint64_t n, uint8_t ret[AEAD_NONCE])
{
    memcpy(ret, k->nonce, AEAD_NONCE);
    for (unsigned i = 0; i < 8; i++) {
        ret[AEAD_NONCE - 1 - i] ^= (uint8_t)(n >> (8 * i));
    }
}

/* Record number `n`; the delimiter behind its bytes says whether it is the last (2). */
static enum err record_write(const struct crypto *crypto, const struct keys *k, uint64_t n,
                             struct str piece, bool last, struct buf *out)
{
    uint8_t nonce[AEAD_NONCE];
    char tag[AEAD_TAG] = {0};
    size_t at = out->len;
    nonce_of(k, n, nonce);
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
    if (record < RECORD_LEAST || keyid.len > KEYID_MOST) {
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

static enum err malformed(struct err_at *reterr_at, size_t offset, const char *what,
                          const char *rule)
{
    *reterr_at = (struct err_at){offset, what, rule};
    return ERR_MALFORMED;
}

enum err aes128gcm_head_read(struct str sealed, struct aes128gcm_head *ret_head,
                             struct err_at *reterr_at)
{
    struct cursor c = cursor_of(sealed);
    struct aes128gcm_head head = {.salt = cursor_take(&c, AES128GCM_SALT)};
    head.record = cursor_u32(&c);
    head.keyid = cursor_take(&c, cursor_u8(&c));
    if (c.bad) {
        return malformed(reterr_at, sealed.len, "the header is cut", "RFC 8188 2.1");
    }
    if (head.record < RECORD_LEAST) {
        return malformed(reterr_at, AES128GCM_SALT, "records of less than 18 bytes",
                         "RFC 8188 2.1");
    }
    head.records = str_from(sealed, AES128GCM_SALT + SIZES + head.keyid.len);
    *ret_head = head;
    return ERR_OK;
}

/* Content and delimiter of an opened record: zeros behind the delimiter are padding. False: not the delimiter that is due. */
static bool delimited(struct str plain, bool last, size_t *ret_len)
{
    size_t len = plain.len;
    while (len > 0 && plain.p[len - 1] == 0) {
        len--;
    }
    if (len == 0 || plain.p[len - 1] != (last ? 2 : 1)) {
        return false;
    }
    *ret_len = len - 1;
    return true;
}

/* Opens record number `n` to *ret_len bytes of content. */
static enum err record_read(const struct crypto *crypto, const struct keys *k, uint64_t n,
                            struct str record, bool last, char *room, size_t *ret_len,
                            struct err_at *reterr_at)
{
    uint8_t nonce[AEAD_NONCE];
    if (record.len < OVERHEAD) {
        return malformed(reterr_at, 0, "a record is cut", "RFC 8188 2");
    }
    nonce_of(k, n, nonce);
    enum err e = crypto->aead_open(AEAD_AES_128_GCM, str_of((const char *)k->key, KEY),
                                   str_of((const char *)nonce, sizeof nonce), str_of(NULL, 0),
                                   record, (uint8_t *)room);
    if (e == ERR_MALFORMED) {
        return malformed(reterr_at, 0, "another key, or damaged", "RFC 8188 2");
    }
    if (e == ERR_OK && !delimited(str_of(room, record.len - AEAD_TAG), last, ret_len)) {
        return malformed(reterr_at, 0, "the last record is missing, or is not the last",
                         "RFC 8188 2");
    }
    return e;
}

enum err aes128gcm_read(const struct crypto *crypto, struct str ikm,
                        const struct aes128gcm_head *head, char *room, struct str *ret_plain,
                        struct err_at *reterr_at)
{
    struct keys k;
    size_t len = 0, at = 0;
    bool last = false;
    enum err e = keys_of(crypto, ikm, head->salt, &k);
    for (uint64_t n = 0; e == ERR_OK && !last; n++) {
        struct str record = str_head(str_from(head->records, at), head->record);
        size_t got = 0;
        last = at + record.len == head->records.len;
        e = record_read(crypto, &k, n, record, last, room + len, &got, reterr_at);
        if (e == ERR_MALFORMED) {
            reterr_at->offset = at;
        }
        len += got;
        at += record.len;
    }
    if (e == ERR_OK) {
        *ret_plain = str_of(room, len);
    }
    return e;
}
