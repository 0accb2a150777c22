/* Answering a challenge (RFC 7616 3.4, RFC 2069 2.1.2, RFC 8760). */
#include "proto/digest/digest.h"

bool digest_answerable(const struct digest *challenge)
{
    enum digest_algorithm algorithm;
    bool sess = false;
    struct str name = challenge->algorithm.p ? challenge->algorithm : STR("MD5");
    return challenge->digest && challenge->realm.p && challenge->nonce.len &&
           digest_algorithm_read(name, &algorithm, &sess) &&
           (challenge->qop_set == 0 || (challenge->qop_set & DIGEST_QOP_AUTH));
}

/* Whether it may stand inside quotes: no line end, and every quote and backslash escaped already. */
static bool quotable(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '\\' && i + 1 < s.len) {
            i++;
            c = (unsigned char)s.p[i];
            if (c < 0x20 || c == 0x7f) {
                return false;
            }
        } else if (c < 0x20 || c == 0x7f || c == '"' || c == '\\') {
            return false;
        }
    }
    return true;
}

static void quoted(struct sink *out, const char *name, struct str value)
{
    sink_z(out, name);
    sink_z(out, "=\"");
    sink_str(out, value);
    sink_char(out, '"');
}

static void write_fields(const struct digest *c, struct sink *out)
{
    sink_z(out, "Digest ");
    quoted(out, "username", c->username);
    quoted(out, ", realm", c->realm);
    quoted(out, ", nonce", c->nonce);
    quoted(out, ", uri", c->uri);
    quoted(out, ", response", c->response);
    if (c->algorithm.p) {
        sink_z(out, ", algorithm=");
        sink_str(out, c->algorithm);
    }
    if (c->cnonce.p) {
        quoted(out, ", cnonce", c->cnonce);
    }
    if (c->opaque.p) {
        quoted(out, ", opaque", c->opaque);
    }
    if (c->qop.p) {
        sink_z(out, ", qop=");
        sink_str(out, c->qop);
        sink_z(out, ", nc=");
        sink_str(out, c->nc);
    }
}

static bool all_quotable(const struct digest *challenge, const struct digest_answer *a)
{
    const struct str shown[] = {a->username,      a->uri,           a->cnonce,
                                challenge->realm, challenge->nonce, challenge->opaque};
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        if (!quotable(shown[i])) {
            return false;
        }
    }
    return true;
}

/* "%08x". */
static struct str count_write(char buf[16], uint32_t n)
{
    for (int i = 7; i >= 0; i--, n >>= 4) {
        buf[i] = "0123456789abcdef"[n & 15];
    }
    return str_of(buf, 8);
}

enum err digest_answer_make(const struct crypto *crypto, const struct digest *challenge,
                            const struct digest_answer *a, struct digest_made *ret)
{
    char ha1[DIGEST_HEX];
    size_t ha1_len = 0, len = 0;
    enum digest_algorithm algorithm = DIGEST_MD5;
    bool sess = false;
    if (!all_quotable(challenge, a) || !digest_answerable(challenge)) {
        return ERR_MALFORMED;
    }
    struct str name = challenge->algorithm.p ? challenge->algorithm : STR("MD5");
    (void)digest_algorithm_read(name, &algorithm, &sess);
    ret->c = (struct digest){.digest = true,
                             .scheme = STR("Digest"),
                             .username = a->username,
                             .realm = challenge->realm,
                             .nonce = challenge->nonce,
                             .uri = a->uri,
                             .algorithm = challenge->algorithm,
                             .opaque = challenge->opaque};
    if (challenge->qop_set) {
        ret->c.qop_set = DIGEST_QOP_AUTH;
        ret->c.qop = STR("auth");
        ret->c.nc = count_write(ret->nc, a->count);
    }
    if (challenge->qop_set || sess) {
        ret->c.cnonce = a->cnonce;
    }
    struct str key = a->ha1;
    enum err e = ERR_OK;
    if (key.len == 0) {
        e = digest_ha1(crypto, algorithm, a->username, challenge->realm, a->password, ha1,
                       &ha1_len);
        key = str_of(ha1, ha1_len);
    }
    if (e == ERR_OK) {
        e = digest_response(crypto, &ret->c, key, a->method, str_of(NULL, 0), ret->response, &len);
    }
    ret->c.response = str_of(ret->response, len);
    return e;
}

enum err digest_answer_write(const struct crypto *crypto, const struct digest *challenge,
                             const struct digest_answer *a, struct sink *out)
{
    struct digest_made made;
    enum err e = digest_answer_make(crypto, challenge, a, &made);
    if (e != ERR_OK) {
        return e;
    }
    write_fields(&made.c, out);
    return out->err;
}
