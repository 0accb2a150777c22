/* Contact (RFC 3261 20.10). */
#include "proto/sip/sip_contact.h"

#include "proto/sip/sip_lex.h"

static bool star_take(struct str *rest)
{
    struct sip_lex l = lex_of(*rest);
    if (!lex_mark(&l, '*') || (!lex_end(&l) && lex_peek(&l) != ',')) {
        return false;
    }
    lex_mark(&l, ',');
    *rest = lex_rest(&l);
    return true;
}

/* qvalue: "0", "1", up to three decimals (RFC 3261 25.1). -1 when it is none. */
static int q_of(struct str s)
{
    static const int scale[] = {1000, 100, 10, 1};
    if (s.len == 0 || s.len > 5 || (s.p[0] != '0' && s.p[0] != '1')) {
        return SIP_Q_NONE;
    }
    int q = (s.p[0] - '0') * 1000;
    if (s.len > 1 && s.p[1] != '.') {
        return SIP_Q_NONE;
    }
    for (size_t i = 2; i < s.len; i++) {
        if (!ascii_digit(s.p[i])) {
            return SIP_Q_NONE;
        }
        q += (s.p[i] - '0') * scale[i - 1];
    }
    return q > 1000 ? SIP_Q_NONE : q;
}

static void expires_take(struct sip_contact *c, struct str value)
{
    uint64_t n = 0;
    size_t digits = str_digits(value, &n);
    c->has_expires = true;
    c->expires_malformed = digits == 0 || digits != value.len;
    if (c->expires_malformed) {
        n = 3600;
    }
    c->expires = n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

/* Of parameters that stand twice, the first one counts. */
struct seen {
    bool q, reg_id;
};

static void param_take(struct sip_contact *c, struct seen *seen, const struct sip_param *p)
{
    if (!seen->q && str_ieq(p->name, STR("q"))) {
        seen->q = true;
        c->q = q_of(p->value);
    } else if (!c->has_expires && str_ieq(p->name, STR("expires"))) {
        expires_take(c, p->value);
    } else if (!c->has_instance && str_ieq(p->name, STR("+sip.instance"))) {
        c->has_instance = true;
        c->instance = p->value;
    } else if (!seen->reg_id && str_ieq(p->name, STR("reg-id"))) {
        seen->reg_id = true;
        c->reg_id = p->value;
    }
}

static const char *params_take(struct sip_contact *c)
{
    struct str rest = c->addr.params;
    struct sip_param p;
    struct seen seen = {0};
    while (sip_param_some(&rest, &p)) {
        param_take(c, &seen, &p);
    }
    return seen.q && c->q == SIP_Q_NONE ? "q is no number from 0 to 1" : NULL;
}

enum err sip_contact_next(struct str *rest, enum sip_mode mode, struct sip_contact *ret_contact,
                          struct err_at *reterr_at)
{
    struct sip_lex l = lex_of(*rest);
    struct sip_contact c = {.q = SIP_Q_NONE};
    if (star_take(rest)) {
        c.star = true;
        *ret_contact = c;
        return ERR_OK;
    }
    struct str behind = *rest;
    enum err e = sip_addr_next(&behind, mode, &c.addr, reterr_at);
    if (e != ERR_OK) {
        return e;
    }
    const char *fault = params_take(&c);
    if (fault != NULL && mode == SIP_STRICT) {
        l.at = (size_t)(c.addr.params.p - l.all.p);
        return lex_fail(&l, fault, "RFC 3261 20.10", reterr_at);
    }
    *rest = behind;
    *ret_contact = c;
    return ERR_OK;
}
