/* Challenges and credentials (RFC 9110 11.3 to 11.6, RFC 7616 3.3 and 3.4). */
#include "proto/digest/digest.h"

static const char rule_auth[] = "RFC 9110 11.2";

struct cursor {
    struct str all;
    size_t at;
    bool lenient; /* out of a log: missing commas and a missing end are passed over */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

#define YES_2 1, 1
#define YES_10 YES_2, YES_2, YES_2, YES_2, YES_2
#define YES_26 YES_10, YES_10, YES_2, YES_2, YES_2

/* token of RFC 9110 5.6.2. */
static const unsigned char token_bytes[256] = {
    ['!'] = 1, ['#'] = 1, ['$'] = 1, ['%'] = 1,      ['&'] = 1,      ['\''] = 1,
    ['*'] = 1, ['+'] = 1, ['-'] = 1, ['.'] = 1,      ['^'] = 1,      ['_'] = 1,
    ['`'] = 1, ['|'] = 1, ['~'] = 1, ['0'] = YES_10, ['A'] = YES_26, ['a'] = YES_26,
};

static bool is_token(char c)
{
    return token_bytes[(unsigned char)c] != 0;
}

static char peek(const struct cursor *c)
{
    return c->at < c->all.len ? c->all.p[c->at] : '\0';
}

static bool at_end(const struct cursor *c)
{
    return c->at == c->all.len;
}

static void blanks(struct cursor *c)
{
    while (!at_end(c) && is_blank(peek(c))) {
        c->at++;
    }
}

/* Blanks and commas; whether there was a comma. */
static bool commas(struct cursor *c)
{
    bool any = false;
    while (!at_end(c) && (is_blank(peek(c)) || peek(c) == ',')) {
        any |= peek(c) == ',';
        c->at++;
    }
    return any;
}

static struct str token(struct cursor *c)
{
    struct str rest = str_from(c->all, c->at);
    size_t n = 0;
    while (n < rest.len && is_token(rest.p[n])) {
        n++;
    }
    c->at += n;
    return str_of(rest.p, n);
}

static enum err fail(const struct cursor *c, const char *what, const char *rule,
                     struct err_at *reterr_at)
{
    *reterr_at = (struct err_at){c->at, what, rule};
    return ERR_MALFORMED;
}

/* The cursor stands behind the opening quote. */
static enum err quoted(struct cursor *c, struct str *ret_value, struct err_at *reterr_at)
{
    struct str rest = str_from(c->all, c->at);
    size_t start = c->at;
    size_t n = str_chr(rest, '"');
    if (n != STR_NPOS && str_chr(str_head(rest, n), '\\') == STR_NPOS) {
        *ret_value = str_head(rest, n);
        c->at += n + 1;
        return ERR_OK;
    }
    while (!at_end(c) && peek(c) != '"') {
        c->at += peek(c) == '\\' && c->at + 1 < c->all.len ? 2 : 1;
    }
    *ret_value = str_of(c->all.p + start, c->at - start);
    if (at_end(c)) {
        return c->lenient ? ERR_OK
                          : fail(c, "a quoted string does not close", "RFC 9110 5.6.4", reterr_at);
    }
    c->at++;
    return ERR_OK;
}

static enum err value_read(struct cursor *c, struct str *ret_value, struct err_at *reterr_at)
{
    if (peek(c) == '"') {
        c->at++;
        return quoted(c, ret_value, reterr_at);
    }
    size_t start = c->at;
    while (!at_end(c) && peek(c) != ',' && peek(c) != '"' && !is_blank(peek(c))) {
        c->at++;
    }
    *ret_value = str_of(c->all.p + start, c->at - start);
    return c->at > start || c->lenient ? ERR_OK
                                       : fail(c, "'=' without a value", rule_auth, reterr_at);
}

static const struct {
    struct str name;
    size_t offset;
} fields[] = {
#define FIELD(text, member)                             \
    {                                                   \
        STR_INIT(text), offsetof(struct digest, member) \
    }
    FIELD("username", username),
    FIELD("username*", username_ext),
    FIELD("realm", realm),
    FIELD("nonce", nonce),
    FIELD("uri", uri),
    FIELD("response", response),
    FIELD("cnonce", cnonce),
    FIELD("algorithm", algorithm),
    FIELD("opaque", opaque),
    FIELD("qop", qop),
    FIELD("nc", nc),
    FIELD("domain", domain),
    FIELD("stale", stale),
    FIELD("userhash", userhash),
#undef FIELD
};

/* Where the value of that name goes; NULL when we do not keep it. */
static struct str *member_of(struct digest *d, struct str name)
{
    char first = name.len ? ascii_lower(name.p[0]) : '\0';
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (fields[i].name.len == name.len && fields[i].name.p[0] == first &&
            str_ieq(name, fields[i].name)) {
            return (struct str *)(void *)((char *)d + fields[i].offset);
        }
    }
    return NULL;
}

static void qop_take(struct digest *d)
{
    struct str rest = d->qop;
    while (rest.len > 0) {
        struct str one = str_trim(str_cut(&rest, ','));
        if (str_ieq(one, STR("auth"))) {
            d->qop_set |= DIGEST_QOP_AUTH;
        } else if (str_ieq(one, STR("auth-int"))) {
            d->qop_set |= DIGEST_QOP_AUTH_INT;
        } else if (one.len > 0) {
            d->qop_set |= DIGEST_QOP_OTHER;
        }
    }
}

/* "name = value" at the cursor. ERR_END, with nothing passed, when it is none. */
static enum err field_read(struct cursor *c, struct digest *d, struct err_at *reterr_at)
{
    size_t start = c->at;
    struct str name = token(c);
    blanks(c);
    if (name.len == 0 || peek(c) != '=') {
        c->at = start;
        return ERR_END;
    }
    c->at++;
    blanks(c);
    struct str value = {NULL, 0};
    enum err e = value_read(c, &value, reterr_at);
    if (e != ERR_OK) {
        return e;
    }
    struct str *member = d->digest ? member_of(d, name) : NULL;
    if (member == NULL) {
        return ERR_OK;
    }
    if (member->p != NULL) {
        if (c->lenient) {
            return ERR_OK;
        }
        c->at = start;
        return fail(c, "the same parameter twice", "RFC 7616 3.4", reterr_at);
    }
    *member = value;
    return ERR_OK;
}

/* Credentials of another scheme may be one bare word (RFC 9110 11.2 token68). */
static void token68_pass(struct cursor *c)
{
    size_t start = c->at;
    while (!at_end(c) && (ascii_alnum(peek(c)) || strchr("-._~+/", peek(c)) != NULL)) {
        c->at++;
    }
    while (!at_end(c) && peek(c) == '=') {
        c->at++;
    }
    blanks(c);
    if (!at_end(c) && peek(c) != ',') {
        c->at = start; /* it was a parameter's name */
    }
}

static enum err fields_read(struct cursor *c, struct digest *d, struct err_at *reterr_at)
{
    bool comma = true; /* none is needed in front of the first */
    while (!at_end(c)) {
        size_t start = c->at;
        enum err e = field_read(c, d, reterr_at);
        if (e == ERR_END) {
            return comma ? ERR_OK : fail(c, "no ',' between challenges", rule_auth, reterr_at);
        }
        if (e == ERR_OK && !comma && !c->lenient) {
            c->at = start;
            return fail(c, "no ',' between parameters", rule_auth, reterr_at);
        }
        if (e != ERR_OK) {
            return e;
        }
        comma = commas(c);
    }
    return ERR_OK;
}

static enum err one_read(struct cursor *c, struct digest *d, struct err_at *reterr_at)
{
    commas(c);
    if (at_end(c)) {
        return ERR_END;
    }
    size_t start = c->at;
    d->scheme = token(c);
    if (d->scheme.len == 0 || (!at_end(c) && !is_blank(peek(c)) && peek(c) != ',')) {
        return fail(c, "no scheme", rule_auth, reterr_at);
    }
    d->digest = str_ieq(d->scheme, STR("Digest"));
    blanks(c);
    if (!d->digest) {
        token68_pass(c);
        commas(c);
    }
    size_t before = c->at;
    enum err e = fields_read(c, d, reterr_at);
    if (e != ERR_OK) {
        return e;
    }
    if (d->digest && c->at == before && !c->lenient) {
        return fail(c, "Digest without parameters", "RFC 7616 3.3", reterr_at);
    }
    qop_take(d);
    d->raw = str_trim(str_of(c->all.p + start, c->at - start));
    return ERR_OK;
}

enum err digest_next(struct str *rest, struct digest *ret_digest, struct err_at *reterr_at)
{
    struct cursor c = {*rest, 0, false};
    struct digest d = {0};
    enum err e = one_read(&c, &d, reterr_at);
    if (e != ERR_OK) {
        return e;
    }
    *rest = str_from(*rest, c.at);
    *ret_digest = d;
    return ERR_OK;
}

enum err digest_read(struct str value, struct digest *ret_digest, struct err_at *reterr_at)
{
    struct cursor c = {value, 0, false};
    struct digest d = {0};
    enum err e = one_read(&c, &d, reterr_at);
    if (e == ERR_END) {
        return fail(&c, "no scheme", rule_auth, reterr_at);
    }
    if (e != ERR_OK) {
        return e;
    }
    if (!at_end(&c)) {
        return fail(&c, "more than one", rule_auth, reterr_at);
    }
    *ret_digest = d;
    return ERR_OK;
}

bool digest_read_cut(struct str value, struct digest *ret_digest)
{
    struct cursor c = {value, 0, true};
    struct digest d = {0};
    struct err_at at;
    /* What was read up to a fault is good. */
    if (one_read(&c, &d, &at) == ERR_END || d.scheme.len == 0) {
        return false;
    }
    if (d.qop_set == 0) {
        qop_take(&d);
    }
    if (d.raw.p == NULL) {
        d.raw = str_trim(value);
    }
    *ret_digest = d;
    return true;
}

struct str digest_unquote(struct str s, char *out)
{
    size_t n = 0;
    if (str_chr(s, '\\') == STR_NPOS) {
        return s;
    }
    for (size_t i = 0; i < s.len; i++) {
        i += s.p[i] == '\\' && i + 1 < s.len;
        out[n++] = s.p[i];
    }
    return str_of(out, n);
}
