/* Names in certificates against the names of servers. */
#include "app/probe/trust.h"

static struct str without_dot(struct str s)
{
    return s.len && s.p[s.len - 1] == '.' ? str_head(s, s.len - 1) : s;
}

/* One label of it is *, the leftmost, and the rest is the same (RFC 6125 6.4.3). */
static bool wildcard_fits(struct str pattern, struct str host)
{
    if (!str_starts(pattern, STR("*."))) {
        return false;
    }
    size_t dot = str_chr(host, '.');
    return dot != STR_NPOS && dot > 0 && str_ieq(str_from(host, dot), str_from(pattern, 1));
}

/* Whether one of the names is `host`, exactly or by a wildcard. */
static bool named(struct str names, struct str host, bool wildcard)
{
    host = without_dot(host);
    for (struct str n = str_word(&names); n.len; n = str_word(&names)) {
        n = without_dot(n);
        if (wildcard ? wildcard_fits(n, host) : str_ieq(n, host)) {
            return true;
        }
    }
    return false;
}

enum trust trust_of(const struct x509 *c, struct str domain, struct str target)
{
    struct str names = str_z(c->names);
    struct str common = str_z(c->subject);
    if (named(names, domain, false)) {
        return TRUST_DOMAIN;
    }
    if (str_ieq(without_dot(common), without_dot(domain))) {
        return TRUST_COMMON;
    }
    if (named(names, target, false) || str_ieq(without_dot(common), without_dot(target))) {
        return TRUST_TARGET;
    }
    bool wild = named(names, domain, true) || named(names, target, true) ||
                wildcard_fits(common, without_dot(domain));
    return wild ? TRUST_WILDCARD : TRUST_NONE;
}

bool trust_issuer(const struct x509 *c, struct str expected)
{
    return expected.len && (str_ifind(str_z(c->issuer), expected) != STR_NPOS ||
                            str_ifind(str_z(c->issuer_org), expected) != STR_NPOS);
}
