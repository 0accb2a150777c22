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

size_t lex_find_blank(struct str s)
{
    size_t i = 0;
    if (str_chr(s, ' ') == STR_NPOS && !str_has_control(s)) {
        return STR_NPOS;
    }
    while (i < s.len && !lex_is_blank(s.p[i])) {
        i++;
    }
    return i < s.len ? i : STR_NPOS;
}

bool lex_quoted(struct sip_lex *l, struct str *ret_inside)
{
    if (lex_peek(l) != '"') {
        return false;
    }
    struct str rest = str_from(lex_rest(l), 1);
    size_t n = str_chr(rest, '"');
    if (n == STR_NPOS) {
        return false;
    }
    if (str_chr(str_head(rest, n), '\\') == STR_NPOS) {
        *ret_inside = str_head(rest, n);
        l->at += n + 2;
        return true;
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
