/* Writing and reading what `openssl enc` reads and writes. */
#include "proto/salted/salted.h"

enum { BLOCK = 16, KEY = 32, NEEDED = KEY + BLOCK, ROUNDS_MOST = 3 };

static const struct str magic = STR_INIT("Salted__");

struct keys {
    uint8_t bytes[ROUNDS_MOST * DIGEST_MOST]; /* the key, then the IV */
};

static struct str key_part(const struct keys *k, size_t at, size_t len)
{
    return str_of((const char *)k->bytes + at, len);
}

/* EVP_BytesToKey(3): D1 = H(pass salt), D2 = H(D1 pass salt), ... until there is enough for key and IV. */
static enum err keys_of(const struct crypto *crypto, enum digest_algorithm digest, struct str pass,
                        struct str salt, struct keys *ret)
{
    enum err e = ERR_OK;
    size_t at = 0, len = 0;
    while (e == ERR_OK && at < NEEDED) {
        const struct str parts[] = {key_part(ret, at - len, len), pass, salt};
        e = crypto->digest(digest, parts, 3, ret->bytes + at, &len);
        at += len;
    }
    return e;
}

enum err salted_write(const struct crypto *crypto, struct str pass, const uint8_t salt[SALTED_SALT],
                      struct str plain, struct buf *out)
{
    struct keys keys = {0};
    char last[BLOCK];
    struct str salt_text = str_of((const char *)salt, SALTED_SALT);
    size_t pad = BLOCK - plain.len % BLOCK;
    enum err e = keys_of(crypto, DIGEST_SHA256, pass, salt_text, &keys);
    e = e == ERR_OK ? buf_add(out, magic) : e;
    e = e == ERR_OK ? buf_add(out, salt_text) : e;
    size_t at = out->len;
    memset(last, (int)pad, sizeof last); /* RFC 5652 6.3 */
    e = e == ERR_OK ? buf_add(out, plain) : e;
    e = e == ERR_OK ? buf_add(out, str_of(last, pad)) : e;
    if (e == ERR_OK) {
        struct str body = str_of(out->p + at, out->len - at);
        e = crypto->cbc_seal(key_part(&keys, 0, KEY), key_part(&keys, KEY, BLOCK), body,
                             (uint8_t *)out->p + at);
    }
    return e;
}

bool salted_is(struct str bytes)
{
    return str_starts(bytes, magic);
}

/* The padding's length (RFC 5652 6.3), or 0 where it is none. */
static size_t padding(struct str plain)
{
    size_t n = (unsigned char)plain.p[plain.len - 1];
    if (n == 0 || n > BLOCK) {
        return 0;
    }
    for (size_t i = 1; i <= n; i++) {
        if ((unsigned char)plain.p[plain.len - i] != n) {
            return 0;
        }
    }
    return n;
}

static bool is_profile(struct str plain)
{
    struct str text = str_starts(plain, STR("\xef\xbb\xbf")) ? str_from(plain, 3) : plain;
    return str_starts(plain, STR("\x1f\x8b")) || str_starts(str_trim(text), STR("<"));
}

/* ERR_MISSING: it opens, but not to a profile. */
static enum err open_by(const struct crypto *crypto, enum digest_algorithm digest, struct str pass,
                        struct str sealed, char *room, struct str *ret_plain)
{
    struct keys keys = {0};
    struct str salt = str_head(str_from(sealed, magic.len), SALTED_SALT);
    struct str body = str_from(sealed, SALTED_OVERHEAD);
    enum err e = keys_of(crypto, digest, pass, salt, &keys);
    e = e == ERR_OK ? crypto->cbc_open(key_part(&keys, 0, KEY), key_part(&keys, KEY, BLOCK), body,
                                       (uint8_t *)room)
                    : e;
    if (e != ERR_OK) {
        return e == ERR_MALFORMED ? ERR_MISSING : e;
    }
    struct str padded = str_of(room, body.len);
    size_t pad = padding(padded);
    struct str plain = str_head(padded, padded.len - pad);
    if (pad == 0 || !is_profile(plain)) {
        return ERR_MISSING;
    }
    *ret_plain = plain;
    return ERR_OK;
}

static enum err malformed(struct err_at *reterr_at, size_t offset, const char *what)
{
    *reterr_at = (struct err_at){offset, what, NULL};
    return ERR_MALFORMED;
}

enum err salted_read(const struct crypto *crypto, struct str pass, struct str sealed, char *room,
                     struct str *ret_plain, enum digest_algorithm *ret_digest,
                     struct err_at *reterr_at)
{
    static const enum digest_algorithm digests[] = {DIGEST_SHA256, DIGEST_MD5};
    if (!salted_is(sealed)) {
        return malformed(reterr_at, 0, "does not begin with Salted__");
    }
    if (sealed.len < SALTED_OVERHEAD + BLOCK || sealed.len % BLOCK != 0) {
        return malformed(reterr_at, sealed.len, "is cut: no whole number of blocks");
    }
    enum err e = ERR_MISSING;
    for (size_t i = 0; i < 2 && e == ERR_MISSING; i++) {
        e = open_by(crypto, digests[i], pass, sealed, room, ret_plain);
        if (e == ERR_OK) {
            *ret_digest = digests[i];
        }
    }
    return e == ERR_MISSING
               ? malformed(reterr_at, SALTED_OVERHEAD, "another passphrase, or damaged")
               : e;
}
