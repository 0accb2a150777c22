/* What is wrong with the form of credentials (RFC 7616 3.4, RFC 3261 22.4). */
#include "proto/digest/digest.h"

enum { NC_LEN = 8 };

bool digest_redacted(struct str s)
{
    size_t run = 0;
    for (size_t i = 0; i < s.len; i++) {
        run = ascii_lower(s.p[i]) == 'x' ? run + 1 : 0;
        if (run == 3) {
            return true;
        }
    }
    return s.len >= 2 && s.p[0] == '<' && s.p[s.len - 1] == '>';
}

bool digest_algorithm_read(struct str name, enum digest_algorithm *ret_algorithm, bool *ret_sess)
{
    static const struct {
        struct str name;
        enum digest_algorithm algorithm;
    } known[] = {
        {STR_INIT("MD5"), DIGEST_MD5},
        {STR_INIT("SHA-256"), DIGEST_SHA256},
        {STR_INIT("SHA-512-256"), DIGEST_SHA512_256},
    };
    static const struct str suffix = STR_INIT("-sess");
    struct str base = name;
    bool sess = name.len > suffix.len && str_ieq(str_from(name, name.len - suffix.len), suffix);
    if (sess) {
        base.len -= suffix.len;
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (str_ieq(base, known[i].name)) {
            *ret_algorithm = known[i].algorithm;
            *ret_sess = sess;
            return true;
        }
    }
    return false;
}

size_t digest_hex_len(enum digest_algorithm algorithm)
{
    return algorithm == DIGEST_MD5 ? 32 : 64;
}

static bool is_hex(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (ascii_hex(s.p[i]) < 0) {
            return false;
        }
    }
    return true;
}

static struct str algorithm_of(const struct digest *d)
{
    return d->algorithm.p != NULL ? d->algorithm : STR("MD5");
}

static enum digest_form fields_check(const struct digest *c)
{
    if (!c->digest) {
        return DIGEST_NOT_DIGEST;
    }
    if (c->username.p == NULL && c->username_ext.p == NULL) {
        return DIGEST_USERNAME_MISSING;
    }
    if (c->realm.p == NULL) {
        return DIGEST_REALM_MISSING;
    }
    if (c->nonce.p == NULL) {
        return DIGEST_NONCE_MISSING;
    }
    if (c->uri.p == NULL) {
        return DIGEST_URI_MISSING;
    }
    return c->response.p == NULL ? DIGEST_RESPONSE_MISSING : DIGEST_FORM_OK;
}

static enum digest_form response_check(const struct digest *c, enum digest_algorithm algorithm)
{
    if (digest_redacted(c->response)) {
        return DIGEST_FORM_OK;
    }
    if (c->response.len != digest_hex_len(algorithm)) {
        return DIGEST_RESPONSE_LENGTH;
    }
    return is_hex(c->response) ? DIGEST_FORM_OK : DIGEST_RESPONSE_NOT_HEX;
}

static enum digest_form qop_check(const struct digest *c, bool sess)
{
    if (c->qop.p == NULL) {
        if (sess && c->cnonce.p == NULL) {
            return DIGEST_CNONCE_MISSING;
        }
        return c->nc.p != NULL ? DIGEST_QOP_MISSING : DIGEST_FORM_OK;
    }
    if (c->qop_set != DIGEST_QOP_AUTH && c->qop_set != DIGEST_QOP_AUTH_INT) {
        return DIGEST_QOP_UNKNOWN;
    }
    if (c->cnonce.p == NULL) {
        return DIGEST_CNONCE_MISSING;
    }
    if (c->nc.p == NULL) {
        return DIGEST_NC_MISSING;
    }
    return c->nc.len == NC_LEN && is_hex(c->nc) ? DIGEST_FORM_OK : DIGEST_NC_FORM;
}

static bool differs(struct str a, struct str b)
{
    return !str_eq(a, b) && !digest_redacted(a) && !digest_redacted(b);
}

static enum digest_form challenge_check(const struct digest *c, const struct digest *challenge)
{
    if (differs(c->realm, challenge->realm)) {
        return DIGEST_REALM_DIFFERS;
    }
    if (differs(c->nonce, challenge->nonce)) {
        return DIGEST_NONCE_DIFFERS;
    }
    if (challenge->opaque.p != NULL && differs(c->opaque, challenge->opaque)) {
        return DIGEST_OPAQUE_DIFFERS;
    }
    if (!str_ieq(algorithm_of(c), algorithm_of(challenge))) {
        return DIGEST_ALGORITHM_DIFFERS;
    }
    /* Without qop the form of RFC 2069 is used, which every server must still take (RFC 3261 22.4).
     */
    return c->qop_set & ~challenge->qop_set ? DIGEST_QOP_NOT_OFFERED : DIGEST_FORM_OK;
}

enum digest_form digest_check_form(const struct digest *c, const struct digest *challenge)
{
    enum digest_algorithm algorithm;
    bool sess;
    enum digest_form form = fields_check(c);
    if (form != DIGEST_FORM_OK) {
        return form;
    }
    if (!digest_algorithm_read(algorithm_of(c), &algorithm, &sess)) {
        return DIGEST_ALGORITHM_UNKNOWN;
    }
    form = response_check(c, algorithm);
    if (form == DIGEST_FORM_OK) {
        form = qop_check(c, sess);
    }
    if (form == DIGEST_FORM_OK && challenge != NULL && challenge->digest) {
        form = challenge_check(c, challenge);
    }
    return form;
}

static const struct {
    const char *name;
    const char *text;
} forms[DIGEST_FORM_N] = {
    [DIGEST_FORM_OK] = {"ok", "the form is right"},
    [DIGEST_NOT_DIGEST] = {"not-digest", "the scheme is not Digest"},
    [DIGEST_USERNAME_MISSING] = {"username-missing", "there is no username"},
    [DIGEST_REALM_MISSING] = {"realm-missing", "there is no realm"},
    [DIGEST_NONCE_MISSING] = {"nonce-missing", "there is no nonce"},
    [DIGEST_URI_MISSING] = {"uri-missing", "there is no uri"},
    [DIGEST_RESPONSE_MISSING] = {"response-missing", "there is no response"},
    [DIGEST_ALGORITHM_UNKNOWN] = {"algorithm-unknown", "the algorithm is not known"},
    [DIGEST_RESPONSE_LENGTH] = {"response-length",
                                "the response is not as long as the algorithm's digest"},
    [DIGEST_RESPONSE_NOT_HEX] = {"response-not-hex", "the response is not hexadecimal"},
    [DIGEST_QOP_UNKNOWN] = {"qop-unknown", "qop is neither auth nor auth-int"},
    [DIGEST_CNONCE_MISSING] = {"cnonce-missing", "there is no cnonce, which qop or -sess needs"},
    [DIGEST_NC_MISSING] = {"nc-missing", "there is no nc, which qop needs"},
    [DIGEST_NC_FORM] = {"nc-form", "nc is not 8 hexadecimal digits"},
    [DIGEST_QOP_MISSING] = {"qop-missing", "there is nc, but no qop"},
    [DIGEST_REALM_DIFFERS] = {"realm-differs", "the realm is not that of the challenge"},
    [DIGEST_NONCE_DIFFERS] = {"nonce-differs", "the nonce is not that of the challenge"},
    [DIGEST_OPAQUE_DIFFERS] = {"opaque-differs", "opaque is not that of the challenge"},
    [DIGEST_ALGORITHM_DIFFERS] = {"algorithm-differs",
                                  "the algorithm is not that of the challenge"},
    [DIGEST_QOP_NOT_OFFERED] = {"qop-not-offered", "the challenge did not offer this qop"},
};

const char *digest_form_name(enum digest_form form)
{
    return forms[form].name;
}

const char *digest_form_text(enum digest_form form)
{
    return forms[form].text;
}
