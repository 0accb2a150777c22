/* Via (RFC 3261 20.42, 25.1 via-parm; RFC 3581 rport). */
#include "proto/sip/sip_via.h"

#include "proto/sip/sip_lex.h"
#include "proto/sip/sip_param.h"
#include "proto/sip/sip_uri.h"

static const char rule_via[] = "RFC 3261 20.42";

/* "SIP/2.0/" */
static enum err version_read(struct sip_lex *l, struct sip_via *v, struct err_at *reterr_at)
{
    struct str rest = lex_rest(l);
    if (str_starts(rest, STR("SIP/2.0/")) && rest.len > 8 && lex_is_token(rest.p[8])) {
        v->protocol = str_head(rest, 3);
        v->version = str_head(str_from(rest, 4), 3);
        l->at += 8;
        return ERR_OK;
    }
    v->protocol = lex_token(l);
    if (v->protocol.len == 0 || !lex_mark(l, '/')) {
        return lex_fail(l, "Via does not start with SIP/2.0/", rule_via, reterr_at);
    }
    v->version = lex_token(l);
    if (v->version.len == 0 || !lex_mark(l, '/')) {
        return lex_fail(l, "Via has no transport", rule_via, reterr_at);
    }
    return ERR_OK;
}

static enum err protocol_read(struct sip_lex *l, struct sip_via *v, struct err_at *reterr_at)
{
    enum err e = version_read(l, v, reterr_at);
    if (e != ERR_OK) {
        return e;
    }
    v->transport = lex_token(l);
    size_t gap = l->at;
    lex_blank(l);
    if (v->transport.len == 0 || l->at == gap) {
        return lex_fail(l, "Via has no transport and blank", rule_via, reterr_at);
    }
    return ERR_OK;
}

static struct str without_brackets(struct str s)
{
    return s.len >= 2 && s.p[0] == '[' && s.p[s.len - 1] == ']' ? str_of(s.p + 1, s.len - 2) : s;
}

static bool number_of(const struct sip_param *p, uint64_t most, unsigned *ret_n)
{
    uint64_t n;
    if (!str_u64(p->value, &n) || n > most) {
        return false;
    }
    *ret_n = (unsigned)n;
    return true;
}

static const char *rport_take(struct sip_via *v, const struct sip_param *p)
{
    const char *end = p->has_value ? p->value.p + p->value.len : p->name.p + p->name.len;
    bool plain = !v->has_rport && !p->quoted;
    v->rport_text = plain ? str_of(p->name.p, (size_t)(end - p->name.p)) : str_of(NULL, 0);
    v->has_rport = true;
    return !p->has_value || number_of(p, 65535, &v->rport) ? NULL : "rport is no port";
}

/* What is wrong with the parameter, or NULL. */
static const char *param_take(struct sip_via *v, const struct sip_param *p)
{
    if (str_ieq(p->name, STR("branch"))) {
        v->branch = p->value;
        return p->value.len ? NULL : "branch has no value";
    }
    if (str_ieq(p->name, STR("received"))) {
        v->received = without_brackets(p->value);
        return p->value.len ? NULL : "received has no address";
    }
    if (str_ieq(p->name, STR("maddr"))) {
        v->maddr = without_brackets(p->value);
        return p->value.len ? NULL : "maddr has no host";
    }
    if (str_ieq(p->name, STR("rport"))) {
        return rport_take(v, p);
    }
    if (str_ieq(p->name, STR("ttl"))) {
        return number_of(p, 255, &v->ttl) ? NULL : "ttl is no number up to 255";
    }
    return NULL;
}

static enum err params_read(struct sip_lex *l, struct sip_via *v, struct err_at *reterr_at)
{
    size_t start = l->at;
    for (;;) {
        struct str rest = lex_rest(l);
        struct sip_param p;
        enum err e = sip_param_next(&rest, &p, reterr_at);
        if (e == ERR_END) {
            break;
        }
        if (e != ERR_OK) {
            reterr_at->offset += l->at;
            return e;
        }
        const char *what = param_take(v, &p);
        if (what != NULL) {
            return lex_fail(l, what, rule_via, reterr_at);
        }
        l->at = l->all.len - rest.len;
    }
    v->params = str_trim(lex_since(l, start));
    return ERR_OK;
}

static enum err via_read(struct sip_lex *l, struct sip_via *v, struct err_at *reterr_at)
{
    enum err e = protocol_read(l, v, reterr_at);
    if (e != ERR_OK) {
        return e;
    }
    struct str rest = lex_rest(l);
    e = sip_hostport_next(&rest, &v->host, &v->ip6, &v->port, reterr_at);
    if (e != ERR_OK) {
        reterr_at->offset += l->at;
        return e;
    }
    l->at = l->all.len - rest.len;
    return params_read(l, v, reterr_at);
}

enum err sip_via_next(struct str *rest, struct sip_via *ret_via, struct err_at *reterr_at)
{
    struct sip_lex l = lex_of(*rest);
    struct sip_via v = {0};
    lex_blank(&l);
    if (lex_end(&l)) {
        return ERR_END;
    }
    enum err e = via_read(&l, &v, reterr_at);
    if (e != ERR_OK) {
        return e;
    }
    lex_mark(&l, ',');
    *rest = lex_rest(&l);
    *ret_via = v;
    return ERR_OK;
}

enum err sip_via_read(struct str value, struct sip_via *ret_via, struct err_at *reterr_at)
{
    struct sip_lex l = lex_of(value);
    enum err e = sip_via_next(&value, ret_via, reterr_at);
    return e == ERR_END ? lex_fail(&l, "Via is empty", rule_via, reterr_at) : e;
}

bool sip_via_magic(const struct sip_via *via)
{
    return str_istarts(via->branch, STR("z9hG4bK"));
}
