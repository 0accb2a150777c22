/* name-addr and addr-spec with parameters (RFC 3261 20.10, 25.1). */
#include "proto/sip/sip_addr.h"

#include "proto/sip/sip_lex.h"

static const char rule_addr[] = "RFC 3261 20.10";

/* The text in front of the next ';', ',' or '<'. */
static struct str up_to_mark(const struct sip_lex *l)
{
    struct str rest = lex_rest(l);
    size_t n = 0;
    while (n < rest.len && rest.p[n] != ';' && rest.p[n] != ',' && rest.p[n] != '<') {
        n++;
    }
    return str_head(rest, n);
}

/* Unquoted display name: tokens and blanks. */
static bool is_words(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!lex_is_token(s.p[i]) && !lex_is_blank(s.p[i])) {
            return false;
        }
    }
    return true;
}

/* Strict: a URI has a scheme and no blank; without <> no '?' either (RFC 3261 20). */
static const char *uri_fault(struct str uri, bool angle)
{
    size_t colon = str_chr(uri, ':');
    if (colon == 0 || colon == STR_NPOS) {
        return "no URI";
    }
    if (lex_find_blank(uri) != STR_NPOS) {
        return "a blank in a URI";
    }
    if (!angle && str_chr(uri, '?') != STR_NPOS) {
        return "a URI with '?' needs <>";
    }
    return NULL;
}

/* The cursor stands at '<'. A log that was cut may lack the '>'. */
static enum err angle_read(struct sip_lex *l, enum sip_mode mode, struct sip_addr *a,
                           struct err_at *reterr_at)
{
    struct str rest = str_from(lex_rest(l), 1);
    size_t n = str_chr(rest, '>');
    if (n == STR_NPOS && mode == SIP_STRICT) {
        return lex_fail(l, "'<' without '>'", rule_addr, reterr_at);
    }
    a->angle = true;
    a->uri = str_head(rest, n);
    l->at += 1 + a->uri.len + (n != STR_NPOS);
    if (mode == SIP_LENIENT) {
        a->uri = str_trim(a->uri);
    }
    return ERR_OK;
}

static enum err display_read(struct sip_lex *l, enum sip_mode mode, struct sip_addr *a,
                             struct err_at *reterr_at)
{
    if (lex_peek(l) == '"') {
        if (!lex_quoted(l, &a->display)) {
            return lex_fail(l, "a quoted display name does not close", rule_addr, reterr_at);
        }
        lex_blank(l);
        if (lex_peek(l) != '<' && mode == SIP_STRICT) {
            return lex_fail(l, "no '<' behind a display name", rule_addr, reterr_at);
        }
        return ERR_OK;
    }
    struct str words = up_to_mark(l);
    if (l->at + words.len < l->all.len && words.p[words.len] == '<') {
        if (mode == SIP_STRICT && !is_words(words)) {
            return lex_fail(l, "a display name that needs quotes", "RFC 3261 25.1", reterr_at);
        }
        a->display = str_trim(words);
        l->at += words.len;
        return ERR_OK;
    }
    a->uri = str_trim(words);
    l->at += words.len;
    return ERR_OK;
}

static enum err tag_take(const struct sip_lex *l, struct sip_addr *a, const struct sip_param *p,
                         struct err_at *reterr_at)
{
    if (!str_ieq(p->name, STR("tag"))) {
        return ERR_OK;
    }
    a->tag = p->value;
    return p->value.len ? ERR_OK : lex_fail(l, "a tag without a value", "RFC 3261 19.3", reterr_at);
}

static enum err params_strict(struct sip_lex *l, struct sip_addr *a, struct err_at *reterr_at)
{
    for (;;) {
        struct str rest = lex_rest(l);
        struct sip_param p;
        enum err e = sip_param_next(&rest, &p, reterr_at);
        if (e == ERR_END) {
            return ERR_OK;
        }
        if (e != ERR_OK) {
            reterr_at->offset += l->at;
            return e;
        }
        e = tag_take(l, a, &p, reterr_at);
        if (e != ERR_OK) {
            return e;
        }
        l->at = l->all.len - rest.len;
    }
}

/* What stands up to the comma are parameters, whatever they look like. */
static void params_lenient(struct sip_lex *l, struct sip_addr *a)
{
    struct str rest = lex_rest(l);
    struct str item;
    struct sip_param p;
    if (lex_end(l) || lex_peek(l) == ',' || sip_list_next(&rest, &item) != ERR_OK) {
        return;
    }
    l->at = (size_t)(item.p - l->all.p) + item.len;
    if (sip_param_find(item, STR("tag"), &p)) {
        a->tag = p.value;
    }
}

static enum err addr_read(struct sip_lex *l, enum sip_mode mode, struct sip_addr *a,
                          struct err_at *reterr_at)
{
    size_t start = l->at;
    enum err e = display_read(l, mode, a, reterr_at);
    if (e == ERR_OK && lex_peek(l) == '<') {
        e = angle_read(l, mode, a, reterr_at);
    }
    if (e != ERR_OK) {
        return e;
    }
    const char *fault = mode == SIP_STRICT ? uri_fault(a->uri, a->angle) : NULL;
    if (fault != NULL) {
        l->at = a->uri.p ? (size_t)(a->uri.p - l->all.p) : l->at;
        return lex_fail(l, fault, rule_addr, reterr_at);
    }
    lex_blank(l);
    size_t params = l->at;
    if (mode == SIP_LENIENT) {
        params_lenient(l, a);
    } else {
        e = params_strict(l, a, reterr_at);
    }
    a->params = str_trim(lex_since(l, params));
    a->raw = str_trim(lex_since(l, start));
    return e;
}

enum err sip_addr_next(struct str *rest, enum sip_mode mode, struct sip_addr *ret_addr,
                       struct err_at *reterr_at)
{
    struct sip_lex l = lex_of(*rest);
    struct sip_addr a = {0};
    lex_blank(&l);
    if (lex_end(&l)) {
        return ERR_END;
    }
    enum err e = addr_read(&l, mode, &a, reterr_at);
    if (e != ERR_OK) {
        return e;
    }
    lex_mark(&l, ',');
    *rest = lex_rest(&l);
    *ret_addr = a;
    return ERR_OK;
}

enum err sip_addr_read(struct str value, enum sip_mode mode, struct sip_addr *ret_addr,
                       struct err_at *reterr_at)
{
    struct sip_lex l = lex_of(value);
    struct sip_addr a = {0};
    struct str rest = value;
    enum err e = sip_addr_next(&rest, mode, &a, reterr_at);
    if (e == ERR_END && mode == SIP_STRICT) {
        return lex_fail(&l, "the address is missing", rule_addr, reterr_at);
    }
    l.at = value.len - rest.len;
    if (e == ERR_OK && mode == SIP_STRICT && a.raw.len < str_trim(value).len) {
        return lex_fail(&l, "more than one address", "RFC 3261 7.3.1", reterr_at);
    }
    if (e == ERR_OK || e == ERR_END) {
        *ret_addr = a;
        return ERR_OK;
    }
    return e;
}
