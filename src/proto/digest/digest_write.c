/* Answering a challenge (RFC 7616 3.4, RFC 2069 2.1.2, RFC 8760). */
#include <stdio.h>

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

static void write_fields(const struct digest *c, struct str response, struct sink *out)
{
    sink_z(out, "Digest ");
    quoted(out, "username", c->username);
    quoted(out, ", realm", c->realm);
    quoted(out, ", nonce", c->nonce);
    quoted(out, ", uri", c->uri);
    quoted(out, ", response", response);
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

enum err digest_answer_write(const struct crypto *crypto, const struct digest *challenge,
                             const struct digest_answer *a, struct sink *out)
{
    char ha1[DIGEST_HEX], response[DIGEST_HEX], nc[16];
    size_t ha1_len = 0, len = 0;
    enum digest_algorithm algorithm = DIGEST_MD5;
    bool sess = false;
    const struct str shown[] = {a->username,      a->uri,           a->cnonce,
                                challenge->realm, challenge->nonce, challenge->opaque};
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        if (!quotable(shown[i])) {
            return ERR_MALFORMED;
        }
    }
    if (!digest_answerable(challenge)) {
        return ERR_MALFORMED;
    }
    struct str name = challenge->algorithm.p ? challenge->algorithm : STR("MD5");
    (void)digest_algorithm_read(name, &algorithm, &sess);
    snprintf(nc, sizeof nc, "%08x", a->count);
    struct digest c = {.digest = true,
                       .scheme = STR("Digest"),
                       .username = a->username,
                       .realm = challenge->realm,
                       .nonce = challenge->nonce,
                       .uri = a->uri,
                       .algorithm = challenge->algorithm,
                       .opaque = challenge->opaque};
    if (challenge->qop_set) {
        c.qop_set = DIGEST_QOP_AUTH;
        c.qop = STR("auth");
        c.nc = str_z(nc);
    }
    if (challenge->qop_set || sess) {
        c.cnonce = a->cnonce;
    }
    struct str key = a->ha1;
    enum err e = ERR_OK;
    if (key.len == 0) {
        e = digest_ha1(crypto, algorithm, a->username, challenge->realm, a->password, ha1,
                       &ha1_len);
        key = str_of(ha1, ha1_len);
    }
    if (e == ERR_OK) {
        e = digest_response(crypto, &c, key, a->method, str_of(NULL, 0), response, &len);
    }
    if (e != ERR_OK) {
        return e;
    }
    write_fields(&c, str_of(response, len), out);
    return out->err;
}
