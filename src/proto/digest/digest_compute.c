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

static bool a2_is(const struct digest_a2 *a2, enum digest_algorithm algorithm, struct str method,
                  struct str uri)
{
    return a2->method_len > 0 && a2->algorithm == algorithm &&
           str_eq(str_of(a2->text, a2->method_len), method) &&
           str_eq(str_of(a2->text + a2->method_len, a2->uri_len), uri);
}

static void a2_set(struct digest_a2 *a2, enum digest_algorithm algorithm, struct str method,
                   struct str uri, struct str hex)
{
    if (method.len == 0 || uri.len == 0 || method.len + uri.len > sizeof a2->text) {
        return;
    }
    a2->algorithm = algorithm;
    a2->method_len = (uint8_t)method.len;
    a2->uri_len = (uint8_t)uri.len;
    memcpy(a2->text, method.p, method.len);
    memcpy(a2->text + method.len, uri.p, uri.len);
    memcpy(a2->hex, hex.p, hex.len);
}

/* What a response is about beside HA1. */
struct claim {
    const struct digest *c;
    enum digest_algorithm algorithm;
    struct str method, body;
    struct digest_a2 *before; /* NULL: there is none */
};

/* HA2: method and uri, for auth-int the body's digest too. */
static enum err ha2(const struct crypto *crypto, const struct claim *q, char ret_hex[DIGEST_HEX],
                    size_t *ret_len)
{
    char entity[DIGEST_HEX];
    size_t len = 0;
    struct str uri = q->c->uri;
    struct str words[] = {q->method, uri, {entity, 0}};
    if (q->c->qop_set == DIGEST_QOP_AUTH_INT) {
        enum err e = hash(crypto, q->algorithm, &q->body, 1, entity, &len);
        if (e != ERR_OK) {
            return e;
        }
        words[2].len = len;
        return hash(crypto, q->algorithm, words, 3, ret_hex, ret_len);
    }
    if (q->before && a2_is(q->before, q->algorithm, q->method, uri)) {
        *ret_len = digest_hex_len(q->algorithm);
        memcpy(ret_hex, q->before->hex, *ret_len);
        return ERR_OK;
    }
    enum err e = hash(crypto, q->algorithm, words, 2, ret_hex, ret_len);
    if (e == ERR_OK && q->before) {
        a2_set(q->before, q->algorithm, q->method, uri, str_of(ret_hex, *ret_len));
    }
    return e;
}

static enum err response(const struct crypto *crypto, struct claim *q, struct str ha1,
                         char ret_hex[DIGEST_HEX], size_t *ret_len)
{
    const struct digest *c = q->c;
    bool sess;
    char session[DIGEST_HEX];
    char request[DIGEST_HEX];
    size_t len = 0;
    struct str name = c->algorithm.p != NULL ? c->algorithm : STR("MD5");
    bool qop_known =
        c->qop.p == NULL || c->qop_set == DIGEST_QOP_AUTH || c->qop_set == DIGEST_QOP_AUTH_INT;
    if (!qop_known || !digest_algorithm_read(name, &q->algorithm, &sess) ||
        ha1.len != digest_hex_len(q->algorithm)) {
        return ERR_MALFORMED;
    }
    if (sess) {
        const struct str words[] = {ha1, c->nonce, c->cnonce};
        enum err e = hash(crypto, q->algorithm, words, 3, session, &len);
        if (e != ERR_OK) {
            return e;
        }
        ha1 = str_of(session, len);
    }
    enum err e = ha2(crypto, q, request, &len);
    if (e != ERR_OK) {
        return e;
    }
    if (c->qop.p == NULL) {
        const struct str words[] = {ha1, c->nonce, str_of(request, len)};
        return hash(crypto, q->algorithm, words, 3, ret_hex, ret_len);
    }
    const struct str words[] = {ha1, c->nonce, c->nc, c->cnonce, c->qop, str_of(request, len)};
    return hash(crypto, q->algorithm, words, 6, ret_hex, ret_len);
}

enum err digest_response(const struct crypto *crypto, const struct digest *c, struct str ha1,
                         struct str method, struct str body, char ret_hex[DIGEST_HEX],
                         size_t *ret_len)
{
    struct claim q = {.c = c, .method = method, .body = body};
    return response(crypto, &q, ha1, ret_hex, ret_len);
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
                       struct str method, struct str body, struct digest_a2 *before,
                       enum digest_verdict *ret_verdict)
{
    char right[DIGEST_HEX];
    size_t len = 0;
    struct claim q = {.c = c, .method = method, .body = body, .before = before};
    enum err e = response(crypto, &q, ha1, right, &len);
    if (e == ERR_OK) {
        *ret_verdict = equal(c->response, str_of(right, len)) ? DIGEST_RIGHT : DIGEST_WRONG;
    }
    return e;
}
