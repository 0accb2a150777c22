/* Parameters and comma lists (RFC 3261 7.3.1, 25.1 generic-param). */
#include "proto/sip/sip_param.h"

#include "proto/sip/sip_lex.h"

static enum err value_read(struct sip_lex *l, struct sip_param *p, struct err_at *reterr_at)
{
    p->has_value = true;
    if (lex_peek(l) == '"') {
        p->quoted = true;
        if (!lex_quoted(l, &p->value)) {
            return lex_fail(l, "a quoted string does not close", "RFC 3261 25.1", reterr_at);
        }
        return ERR_OK;
    }
    p->value = lex_gen(l);
    if (p->value.len == 0) {
        return lex_fail(l, "a parameter has '=' and no value", "RFC 3261 25.1", reterr_at);
    }
    return ERR_OK;
}

enum err sip_param_next(struct str *rest, struct sip_param *ret_param, struct err_at *reterr_at)
{
    struct sip_lex l = lex_of(*rest);
    lex_blank(&l);
    if (lex_end(&l) || lex_peek(&l) == ',') {
        return ERR_END;
    }
    if (!lex_mark(&l, ';')) {
        return lex_fail(&l, "not ';' in front of a parameter", "RFC 3261 7.3.1", reterr_at);
    }
    struct sip_param p = {0};
    p.name = lex_token(&l);
    if (p.name.len == 0) {
        return lex_fail(&l, "a parameter has no name", "RFC 3261 25.1", reterr_at);
    }
    if (lex_mark(&l, '=')) {
        enum err e = value_read(&l, &p, reterr_at);
        if (e != ERR_OK) {
            return e;
        }
    }
    *rest = lex_rest(&l);
    *ret_param = p;
    return ERR_OK;
}

/* Moves `*rest` to the next ';' that is outside of quotes. */
static void skip_damaged(struct str *rest)
{
    struct sip_lex l = lex_of(str_from(*rest, 1));
    struct str inside;
    while (!lex_end(&l) && lex_peek(&l) != ';') {
        if (lex_peek(&l) != '"' || !lex_quoted(&l, &inside)) {
            l.at++;
        }
    }
    *rest = lex_rest(&l);
}

bool sip_param_some(struct str *params, struct sip_param *ret_param)
{
    struct err_at at;
    while (params->len > 0) {
        enum err e = sip_param_next(params, ret_param, &at);
        if (e == ERR_OK) {
            return true;
        }
        if (e == ERR_END) {
            return false;
        }
        skip_damaged(params);
    }
    return false;
}

bool sip_param_find(struct str params, struct str name, struct sip_param *ret_param)
{
    struct sip_param p = {0};
    while (sip_param_some(&params, &p)) {
        if (str_ieq(p.name, name)) {
            *ret_param = p;
            return true;
        }
    }
    return false;
}

/* Length of the text in front of the next top-level comma. */
static size_t item_len(struct str s)
{
    struct sip_lex l = lex_of(s);
    struct str inside;
    bool angle = false;
    while (!lex_end(&l)) {
        char c = lex_peek(&l);
        if (c == '"' && !angle && lex_quoted(&l, &inside)) {
            continue;
        }
        if (c == ',' && !angle) {
            break;
        }
        angle = c == '<' || (angle && c != '>');
        l.at++;
    }
    return l.at;
}

enum err sip_list_next(struct str *rest, struct str *ret_item)
{
    while (rest->len > 0) {
        size_t n = item_len(*rest);
        struct str item = str_trim(str_head(*rest, n));
        *rest = str_from(*rest, n + 1);
        if (item.len > 0) {
            *ret_item = item;
            return ERR_OK;
        }
    }
    return ERR_END;
}

bool sip_list_has(struct str list, struct str token)
{
    struct str item;
    while (sip_list_next(&list, &item) == ERR_OK) {
        if (str_ieq(item, token)) {
            return true;
        }
    }
    return false;
}
