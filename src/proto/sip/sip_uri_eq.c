/* When two URIs are the same (RFC 3261 19.1.4). */
#include "base/addr.h"
#include "proto/sip/sip_param.h"
#include "proto/sip/sip_uri.h"

enum { PARTS_MOST = 32 }; /* parameters or header fields of a URI that are compared one by one */

/* The character at the start of `*s`, which is moved behind it: an escape is the same as what it stands for,
 * but not for a reserved character; then 256 is added. */
static unsigned char_next(struct str *s)
{
    static const char reserved[] = {';', '/', '?', ':', '@', '&', '=', '+', '$', ','};
    char c = s->p[0];
    if (c != '%' || s->len < 3 || ascii_hex(s->p[1]) < 0 || ascii_hex(s->p[2]) < 0) {
        *s = str_from(*s, 1);
        return (unsigned char)c;
    }
    unsigned value = (unsigned)ascii_hex(s->p[1]) << 4 | (unsigned)ascii_hex(s->p[2]);
    *s = str_from(*s, 3);
    return memchr(reserved, (int)value, sizeof reserved) ? value + 256 : value;
}

static unsigned lower(unsigned c)
{
    return c < 128 ? (unsigned char)ascii_lower((char)c) : c;
}

static bool same(struct str a, struct str b, bool any_case)
{
    while (a.len > 0 && b.len > 0) {
        unsigned x = char_next(&a);
        unsigned y = char_next(&b);
        if (x != y && !(any_case && lower(x) == lower(y))) {
            return false;
        }
    }
    return a.len == b.len;
}

bool sip_host_addr(struct str host, struct addr *ret_addr)
{
    char text[ADDR_TEXT];
    size_t three = host.len < sizeof text && host.len > 3 ? str_find(host, STR(":::")) : STR_NPOS;
    if (three == STR_NPOS || str_chr(host, '.') == STR_NPOS) {
        return addr_read(host, ret_addr);
    }
    memcpy(text, host.p, three);
    memcpy(text + three, host.p + three + 1, host.len - three - 1);
    return addr_read(str_of(text, host.len - 1), ret_addr);
}

static bool same_host(const struct sip_uri *a, const struct sip_uri *b)
{
    struct addr x;
    struct addr y;
    if (a->ip6 && b->ip6 && sip_host_addr(a->host, &x) && sip_host_addr(b->host, &y)) {
        return addr_eq(x, y);
    }
    return a->ip6 == b->ip6 && str_ieq(a->host, b->host);
}

struct part {
    struct str name;
    struct str value;
};

/* ";a=b;c" or "a=b&c" cut at `sep`. False: there are more than PARTS_MOST. */
static bool parts_read(struct str s, char sep, struct part parts[PARTS_MOST], size_t *ret_n)
{
    size_t n = 0;
    while (s.len > 0) {
        struct str value = str_cut(&s, sep);
        struct str name = str_cut(&value, '=');
        if (name.len == 0) {
            continue;
        }
        if (n == PARTS_MOST) {
            return false;
        }
        parts[n++] = (struct part){name, value};
    }
    *ret_n = n;
    return true;
}

/* These never match their absence (RFC 3261 19.1.4, and its example for transport). */
static bool is_decisive(struct str name)
{
    static const struct str names[] = {STR_INIT("user"), STR_INIT("ttl"), STR_INIT("method"),
                                       STR_INIT("maddr"), STR_INIT("transport")};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (same(name, names[i], true)) {
            return true;
        }
    }
    return false;
}

/* Each of `a` that is in `b` has the same value there; `all`: each is there, else only those that count. */
static bool parts_in(const struct part *a, size_t n_a, const struct part *b, size_t n_b, bool all)
{
    for (size_t i = 0; i < n_a; i++) {
        bool found = false;
        for (size_t k = 0; k < n_b && !found; k++) {
            found = same(a[i].name, b[k].name, true);
            if (found && !same(a[i].value, b[k].value, !all)) {
                return false;
            }
        }
        if (!found && (all || is_decisive(a[i].name))) {
            return false;
        }
    }
    return true;
}

static bool same_parts(struct str a, struct str b, char sep, bool all)
{
    struct part x[PARTS_MOST];
    struct part y[PARTS_MOST];
    size_t n_x = 0;
    size_t n_y = 0;
    if (str_eq(a, b)) {
        return true;
    }
    if (!parts_read(a, sep, x, &n_x) || !parts_read(b, sep, y, &n_y)) {
        return false;
    }
    return parts_in(x, n_x, y, n_y, all) && parts_in(y, n_y, x, n_x, all);
}

bool sip_uri_eq(const struct sip_uri *a, const struct sip_uri *b)
{
    if (!a->sip || !b->sip) {
        return a->sip == b->sip && str_ieq(a->scheme, b->scheme) && str_eq(a->opaque, b->opaque);
    }
    return a->secure == b->secure && a->has_user == b->has_user && a->port == b->port &&
           same(a->user, b->user, false) && same(a->password, b->password, false) &&
           same_host(a, b) && same_parts(a->params, b->params, ';', false) &&
           same_parts(a->headers, b->headers, '&', true);
}

struct str sip_uri_user(const struct sip_uri *u, char *out)
{
    struct str rest = u->user;
    size_t n = 0;
    while (rest.len > 0) {
        out[n++] = (char)(unsigned char)(char_next(&rest) & 0xff);
    }
    return str_of(out, n);
}
