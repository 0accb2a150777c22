/* Digest responses (RFC 7616 3.4.1 to 3.4.4, RFC 2069 2.1.1). */
#include "proto/digest/digest.h"

static const struct str colon = STR_INIT(":");

/* H(parts joined by ':') in lower-case hexadecimal. */
static enum err hash(const struct crypto *crypto, enum digest_algorithm algorithm,
                     const struct str *words, size_t n, char ret_hex[DIGEST_HEX], size_t *ret_len)
{
    static const char hex[] = "0123456789abcdef";
    enum { WORDS_MOST = 6 };
    struct str parts[2 * WORDS_MOST];
    uint8_t out[DIGEST_MOST];
    size_t len = 0;
    size_t count = 0;
    for (size_t i = 0; i < n && i < WORDS_MOST; i++) {
        if (i > 0) {
            parts[count++] = colon;
        }
        parts[count++] = words[i];
    }
    enum err e = crypto->digest(algorithm, parts, count, out, &len);
    if (e != ERR_OK) {
        return e;
    }
    for (size_t i = 0; i < len; i++) {
        ret_hex[2 * i] = hex[out[i] >> 4];
        ret_hex[2 * i + 1] = hex[out[i] & 15];
    }
    *ret_len = 2 * len;
    return ERR_OK;
}

enum err digest_ha1(const struct crypto *crypto, enum digest_algorithm algorithm,
                    struct str username, struct str realm, struct str password,
                    char ret_hex[DIGEST_HEX], size_t *ret_len)
{
    const struct str words[] = {username, realm, password};
    return hash(crypto, algorithm, words, 3, ret_hex, ret_len);
}

enum err digest_userhash(const struct crypto *crypto, enum digest_algorithm algorithm,
                         struct str username, struct str realm, char ret_hex[DIGEST_HEX],
                         size_t *ret_len)
{
    const struct str words[] = {username, realm};
    return hash(crypto, algorithm, words, 2, ret_hex, ret_len);
}

/* HA2: method and uri, for auth-int the body's digest too. */
static enum err ha2(const struct crypto *crypto, enum digest_algorithm algorithm,
                    const struct digest *c, struct str method, struct str body,
                    char ret_hex[DIGEST_HEX], size_t *ret_len)
{
    char entity[DIGEST_HEX];
    size_t len = 0;
    struct str words[] = {method, c->uri, {entity, 0}};
    if (c->qop_set != DIGEST_QOP_AUTH_INT) {
        return hash(crypto, algorithm, words, 2, ret_hex, ret_len);
    }
    enum err e = hash(crypto, algorithm, &body, 1, entity, &len);
    if (e != ERR_OK) {
        return e;
    }
    words[2].len = len;
    return hash(crypto, algorithm, words, 3, ret_hex, ret_len);
}

enum err digest_response(const struct crypto *crypto, const struct digest *c, struct str ha1,
                         struct str method, struct str body, char ret_hex[DIGEST_HEX],
                         size_t *ret_len)
{
    enum digest_algorithm algorithm;
    bool sess;
    char session[DIGEST_HEX];
    char request[DIGEST_HEX];
    size_t len = 0;
    struct str name = c->algorithm.p != NULL ? c->algorithm : STR("MD5");
    bool qop_known =
        c->qop.p == NULL || c->qop_set == DIGEST_QOP_AUTH || c->qop_set == DIGEST_QOP_AUTH_INT;
    if (!qop_known || !digest_algorithm_read(name, &algorithm, &sess) ||
        ha1.len != digest_hex_len(algorithm)) {
        return ERR_MALFORMED;
    }
    if (sess) {
        const struct str words[] = {ha1, c->nonce, c->cnonce};
        enum err e = hash(crypto, algorithm, words, 3, session, &len);
        if (e != ERR_OK) {
            return e;
        }
        ha1 = str_of(session, len);
    }
    enum err e = ha2(crypto, algorithm, c, method, body, request, &len);
    if (e != ERR_OK) {
        return e;
    }
    if (c->qop.p == NULL) {
        const struct str words[] = {ha1, c->nonce, str_of(request, len)};
        return hash(crypto, algorithm, words, 3, ret_hex, ret_len);
    }
    const struct str words[] = {ha1, c->nonce, c->nc, c->cnonce, c->qop, str_of(request, len)};
    return hash(crypto, algorithm, words, 6, ret_hex, ret_len);
}

/* In the same time wherever the texts differ. */
static bool equal(struct str a, struct str b)
{
    unsigned differ = 0;
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        differ |= (unsigned char)ascii_lower(a.p[i]) ^ (unsigned)(unsigned char)b.p[i];
    }
    return differ == 0;
}

enum err digest_verify(const struct crypto *crypto, const struct digest *c, struct str ha1,
                       struct str method, struct str body, enum digest_verdict *ret_verdict)
{
    char right[DIGEST_HEX];
    size_t len = 0;
    enum err e = digest_response(crypto, c, ha1, method, body, right, &len);
    if (e == ERR_OK) {
        *ret_verdict = equal(c->response, str_of(right, len)) ? DIGEST_RIGHT : DIGEST_WRONG;
    }
    return e;
}
