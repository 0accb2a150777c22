/* SIP and SIPS URIs (RFC 3261 19.1, 25.1). */
#include "proto/sip/sip_uri.h"

#include "proto/sip/sip_lex.h"

static const char rule_uri[] = "RFC 3261 19.1.1";

enum { HOST = 1, USER = 2, SCHEME = 4, PLAIN = 8, NAME = 16, TAIL = 32 };

#define SOME (PLAIN | TAIL)
#define MARK (USER | NAME | SOME)
#define ALL (HOST | SCHEME | MARK)
#define ALL_2 ALL, ALL
#define ALL_10 ALL_2, ALL_2, ALL_2, ALL_2, ALL_2
#define ALL_26 ALL_10, ALL_10, ALL_2, ALL_2, ALL_2

/* What a byte may be part of. Hosts: '_' is none of RFC 3261's; real names and redactions have it. User and password of RFC
 * 3261 25.1: '#' is none of it, but dial strings have it. PLAIN: may stand in a URI, whatever follows. NAME: a user without
 * password and escapes. TAIL: parameters that header fields cannot follow. */
static const unsigned char uri_class[256] = {
    ['0'] = ALL_10,
    ['A'] = ALL_26,
    ['a'] = ALL_26,
    ['-'] = ALL,
    ['.'] = ALL,
    ['_'] = HOST | MARK,
    ['+'] = SCHEME | MARK,
    ['%'] = USER,
    ['@'] = PLAIN,
    ['['] = SOME,
    [']'] = SOME,
    ['\\'] = SOME,
    ['^'] = SOME,
    ['`'] = SOME,
    ['{'] = SOME,
    ['|'] = SOME,
    ['}'] = SOME,
    ['!'] = MARK,
    ['~'] = MARK,
    ['*'] = MARK,
    ['\''] = MARK,
    ['('] = MARK,
    [')'] = MARK,
    ['&'] = MARK,
    ['='] = MARK,
    ['$'] = MARK,
    [','] = MARK,
    [';'] = MARK,
    ['?'] = USER | NAME | PLAIN,
    ['/'] = MARK,
    [':'] = USER | SOME,
    ['#'] = MARK,
};

static bool is_of(char c, unsigned what)
{
    return (uri_class[(unsigned char)c] & what) != 0;
}

static enum err ip6_read(struct sip_lex *l, struct str *ret_host, struct err_at *reterr_at)
{
    size_t start = l->at + 1;
    size_t i = start;
    while (i < l->all.len &&
           (ascii_alnum(l->all.p[i]) || l->all.p[i] == ':' || l->all.p[i] == '.')) {
        i++;
    }
    if (i == start || i == l->all.len || l->all.p[i] != ']') {
        return lex_fail(l, "an IPv6 address does not end in ']'", "RFC 3261 25.1", reterr_at);
    }
    *ret_host = str_of(l->all.p + start, i - start);
    l->at = i + 1;
    return ERR_OK;
}

static enum err host_read(struct sip_lex *l, struct str *ret_host, bool *ret_ip6,
                          struct err_at *reterr_at)
{
    *ret_ip6 = lex_peek(l) == '[';
    if (*ret_ip6) {
        return ip6_read(l, ret_host, reterr_at);
    }
    size_t start = l->at;
    while (l->at < l->all.len && is_of(l->all.p[l->at], HOST)) {
        l->at++;
    }
    *ret_host = lex_since(l, start);
    if (ret_host->len == 0) {
        return lex_fail(l, "no host", "RFC 3261 25.1", reterr_at);
    }
    return ERR_OK;
}

static enum err port_read(struct sip_lex *l, unsigned *ret_port, struct err_at *reterr_at)
{
    uint64_t n = 0;
    size_t digits = str_digits(lex_rest(l), &n);
    if (digits == 0 || n == 0 || n > 65535) {
        return lex_fail(l, "not a port number", "RFC 3261 25.1", reterr_at);
    }
    l->at += digits;
    *ret_port = (unsigned)n;
    return ERR_OK;
}

enum err sip_hostport_next(struct str *rest, struct str *ret_host, bool *ret_ip6,
                           unsigned *ret_port, struct err_at *reterr_at)
{
    struct sip_lex l = lex_of(*rest);
    struct str host;
    bool ip6;
    unsigned port = 0;
    enum err e = host_read(&l, &host, &ip6, reterr_at);
    if (e == ERR_OK && lex_mark(&l, ':')) {
        e = port_read(&l, &port, reterr_at);
    }
    if (e != ERR_OK) {
        return e;
    }
    *rest = lex_rest(&l);
    *ret_host = host;
    *ret_ip6 = ip6;
    *ret_port = port;
    return ERR_OK;
}

static bool is_plain(struct str s)
{
    unsigned char all = PLAIN;
    for (size_t i = 0; i < s.len; i++) {
        all &= uri_class[(unsigned char)s.p[i]];
    }
    return all != 0;
}

/* Bytes that may stand in a URI at all, and whole escapes (RFC 3261 25.1 escaped). */
static enum err bytes_check(struct sip_lex *l, struct err_at *reterr_at)
{
    if (is_plain(l->all)) {
        return ERR_OK;
    }
    for (; !lex_end(l); l->at++) {
        char c = lex_peek(l);
        if (c <= ' ' || c > '~' || c == '<' || c == '>' || c == '"') {
            return lex_fail(l, "this byte cannot stand in a URI", "RFC 3261 25.1", reterr_at);
        }
        if (c == '%' && (l->all.len - l->at < 3 || ascii_hex(l->all.p[l->at + 1]) < 0 ||
                         ascii_hex(l->all.p[l->at + 2]) < 0)) {
            return lex_fail(l, "not two hexadecimal digits behind '%'", "RFC 3261 25.1", reterr_at);
        }
    }
    return ERR_OK;
}

static enum err scheme_read(struct sip_lex *l, struct sip_uri *u, struct err_at *reterr_at)
{
    while (!lex_end(l) && is_of(lex_peek(l), SCHEME)) {
        l->at++;
    }
    u->scheme = lex_since(l, 0);
    if (l->at == 0 || ascii_digit(u->scheme.p[0]) || lex_end(l) || lex_peek(l) != ':') {
        return lex_fail(l, "no scheme in front of a ':'", rule_uri, reterr_at);
    }
    l->at++;
    return ERR_OK;
}

/* userinfo ends at the last '@' in front of the host; '@' in it must be escaped, so the first is
 * the last. A user may hold ';' and '?' (RFC 3261 25.1 user-unreserved), so it is looked for
 * first. */
static enum err user_read(struct sip_lex *l, struct sip_uri *u, struct err_at *reterr_at)
{
    struct str rest = lex_rest(l);
    size_t n = str_chr(rest, '@');
    if (n == STR_NPOS) {
        return ERR_OK;
    }
    struct str user = str_head(rest, n);
    size_t colon = str_chr(user, ':');
    if (n == 0 || colon == 0) {
        return lex_fail(l, "an empty user in front of '@'", rule_uri, reterr_at);
    }
    for (size_t i = 0; i < n; i++, l->at++) {
        if (!is_of(lex_peek(l), USER)) {
            return lex_fail(l, "this byte cannot stand in a user", "RFC 3261 25.1", reterr_at);
        }
    }
    u->has_user = true;
    u->user = colon == STR_NPOS ? user : str_head(user, colon);
    u->password = colon == STR_NPOS ? str_of(NULL, 0) : str_from(user, colon + 1);
    l->at++; /* '@' */
    return ERR_OK;
}

static enum err tail_read(struct sip_lex *l, struct sip_uri *u, struct err_at *reterr_at)
{
    if (lex_peek(l) == ';') {
        struct str rest = lex_rest(l);
        size_t n = str_chr(rest, '?');
        u->params = n == STR_NPOS ? rest : str_head(rest, n);
        l->at += u->params.len;
    }
    if (lex_peek(l) == '?') {
        u->headers = str_from(lex_rest(l), 1);
        l->at = l->all.len;
    }
    if (!lex_end(l)) {
        return lex_fail(l, "something follows the host", rule_uri, reterr_at);
    }
    return ERR_OK;
}

static enum err sip_part_read(struct sip_lex *l, struct sip_uri *u, struct err_at *reterr_at)
{
    enum err e = user_read(l, u, reterr_at);
    if (e != ERR_OK) {
        return e;
    }
    e = host_read(l, &u->host, &u->ip6, reterr_at);
    if (e == ERR_OK && lex_peek(l) == ':') {
        l->at++;
        e = port_read(l, &u->port, reterr_at);
    }
    return e == ERR_OK ? tail_read(l, u, reterr_at) : e;
}

/* How many bytes of `s` from `at` on are `what`. */
static size_t run(struct str s, size_t at, unsigned what)
{
    size_t n = at;
    while (n < s.len && is_of(s.p[n], what)) {
        n++;
    }
    return n - at;
}

/* "sip:user@host:port;params", as nearly all are, in one go. False: *u means nothing, it has to be read the long way, which
 * knows the rest and tells what is wrong. */
static bool plain_read(struct str s, struct sip_uri *u)
{
    enum { SCHEME_LEN = 3 };
    size_t at = SCHEME_LEN + 1;
    if (!str_starts(s, STR("sip:"))) {
        return false;
    }
    size_t n = run(s, at, NAME);
    u->has_user = n > 0 && at + n < s.len && s.p[at + n] == '@';
    if (u->has_user) {
        u->user = str_of(s.p + at, n);
        at += n + 1;
    }
    n = run(s, at, HOST);
    u->host = str_of(s.p + at, n);
    at += n;
    if (at < s.len && s.p[at] == ':') {
        uint64_t port = 0;
        size_t digits = str_digits(str_from(s, at + 1), &port);
        u->port = port <= UINT16_MAX ? (unsigned)port : 0;
        at += u->port ? 1 + digits : 0;
    }
    if (at < s.len && s.p[at] == ';') {
        u->params = str_of(s.p + at, run(s, at, TAIL));
        at += u->params.len;
    }
    u->scheme = str_of(s.p, SCHEME_LEN);
    u->sip = true;
    return n > 0 && at == s.len;
}

enum err sip_uri_read(struct str s, struct sip_uri *ret_uri, struct err_at *reterr_at)
{
    struct sip_uri u = {0};
    struct sip_lex l = lex_of(s);
    if (plain_read(s, &u)) {
        *ret_uri = u;
        return ERR_OK;
    }
    u = (struct sip_uri){0};
    enum err e = bytes_check(&l, reterr_at);
    l.at = 0;
    if (e == ERR_OK) {
        e = scheme_read(&l, &u, reterr_at);
    }
    if (e != ERR_OK) {
        return e;
    }
    u.secure = str_ieq(u.scheme, STR("sips"));
    u.sip = u.secure || str_ieq(u.scheme, STR("sip"));
    if (u.sip) {
        e = sip_part_read(&l, &u, reterr_at);
    } else {
        u.opaque = lex_rest(&l);
    }
    if (e == ERR_OK) {
        *ret_uri = u;
    }
    return e;
}
