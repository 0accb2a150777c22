/* Blanks, tokens, quoted strings (RFC 3261 25.1). */
#include "proto/sip/sip_lex.h"

enum { TOKEN = 1, GEN = 2 };

/* Letters and digits are both; the rest by RFC 3261 25.1 `token`, `host`. */
static unsigned char_class(char c)
{
    if (ascii_alnum(c)) {
        return TOKEN | GEN;
    }
    switch (c) {
    case '-':
    case '.':
    case '!':
    case '%':
    case '*':
    case '_':
    case '+':
    case '`':
    case '\'':
    case '~':
        return TOKEN | GEN;
    case '[':
    case ']':
    case ':':
        return GEN;
    default:
        return 0;
    }
}

bool lex_is_token(char c)
{
    return (char_class(c) & TOKEN) != 0;
}

bool lex_is_gen(char c)
{
    return (char_class(c) & GEN) != 0;
}

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
