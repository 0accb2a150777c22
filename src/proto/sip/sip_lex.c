/* Blanks, tokens, quoted strings (RFC 3261 25.1). */
#include "proto/sip/sip_lex.h"

#define GEN LEX_GEN
#define BOTH (LEX_TOKEN | LEX_GEN)
#define BOTH_2 BOTH, BOTH
#define BOTH_10 BOTH_2, BOTH_2, BOTH_2, BOTH_2, BOTH_2
#define BOTH_26 BOTH_10, BOTH_10, BOTH_2, BOTH_2, BOTH_2

/* Letters and digits are both; the rest by RFC 3261 25.1 `token`, `host`. */
const unsigned char lex_class[256] = {
    ['!'] = BOTH, ['%'] = BOTH,    ['\''] = BOTH,   ['*'] = BOTH,    ['+'] = BOTH, ['-'] = BOTH,
    ['.'] = BOTH, ['_'] = BOTH,    ['`'] = BOTH,    ['~'] = BOTH,    [':'] = GEN,  ['['] = GEN,
    [']'] = GEN,  ['0'] = BOTH_10, ['A'] = BOTH_26, ['a'] = BOTH_26,
};

void lex_blank(struct sip_lex *l)
{
    while (l->at < l->all.len && lex_is_blank(l->all.p[l->at])) {
        l->at++;
    }
}

bool lex_mark(struct sip_lex *l, char c)
{
    size_t start = l->at;
    lex_blank(l);
    if (lex_end(l) || lex_peek(l) != c) {
        l->at = start;
        return false;
    }
    l->at++;
    lex_blank(l);
    return true;
}

struct str lex_token(struct sip_lex *l)
{
    size_t start = l->at;
    while (l->at < l->all.len && lex_is_token(l->all.p[l->at])) {
        l->at++;
    }
    return lex_since(l, start);
}

struct str lex_gen(struct sip_lex *l)
{
    size_t start = l->at;
    while (l->at < l->all.len && lex_is_gen(l->all.p[l->at])) {
        l->at++;
    }
    return lex_since(l, start);
}

bool lex_quoted(struct sip_lex *l, struct str *ret_inside)
{
    if (lex_peek(l) != '"') {
        return false;
    }
    for (size_t i = l->at + 1; i < l->all.len; i++) {
        char c = l->all.p[i];
        if (c == '\\') {
            i++;
        } else if (c == '"') {
            *ret_inside = str_of(l->all.p + l->at + 1, i - l->at - 1);
            l->at = i + 1;
            return true;
        }
    }
    return false;
}

enum err lex_fail(const struct sip_lex *l, const char *what, const char *rule,
                  struct err_at *reterr_at)
{
    *reterr_at = (struct err_at){l->at, what, rule};
    return ERR_MALFORMED;
}
