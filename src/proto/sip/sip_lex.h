/* The cursor of the field readers: blanks (folded lines included), tokens, quoted strings (RFC
 * 3261 25.1). Inside the module only. */
#ifndef PROTO_SIP_LEX_H
#define PROTO_SIP_LEX_H

#include "base/err.h"
#include "base/str.h"

struct sip_lex {
    struct str all;
    size_t at; /* never past all.len */
};

static inline struct sip_lex lex_of(struct str s)
{
    return (struct sip_lex){s, 0};
}

static inline bool lex_end(const struct sip_lex *l)
{
    return l->at == l->all.len;
}

/* The byte at the cursor, or NUL at the end. */
static inline char lex_peek(const struct sip_lex *l)
{
    return l->at < l->all.len ? l->all.p[l->at] : '\0';
}

static inline struct str lex_rest(const struct sip_lex *l)
{
    return str_from(l->all, l->at);
}

/* From `start` to the cursor. */
static inline struct str lex_since(const struct sip_lex *l, size_t start)
{
    return l->all.p ? str_of(l->all.p + start, l->at - start) : l->all;
}

/* CR and LF stand in a field's value only where a line is folded. */
static inline bool lex_is_blank(char c)
{
    return ascii_blank(c);
}

enum { LEX_TOKEN = 1, LEX_GEN = 2 };
extern const unsigned char lex_class[256]; /* the classes that a byte is in */

/* token of RFC 3261 25.1. */
static inline bool lex_is_token(char c)
{
    return (lex_class[(unsigned char)c] & LEX_TOKEN) != 0;
}

/* The same and '[', ']', ':', for hosts and gen-values. */
static inline bool lex_is_gen(char c)
{
    return (lex_class[(unsigned char)c] & LEX_GEN) != 0;
}

/* Offset of the first blank, or STR_NPOS. */
size_t lex_find_blank(struct str s);
/* Passes blanks. */
static inline void lex_blank(struct sip_lex *l)
{
    while (l->at < l->all.len && lex_is_blank(l->all.p[l->at])) {
        l->at++;
    }
}

/* Passes blanks, `c` and blanks; false, with nothing passed, when there is no `c`. */
static inline bool lex_mark(struct sip_lex *l, char c)
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

/* A run of bytes of that class, perhaps empty. */
static inline struct str lex_run(struct sip_lex *l, unsigned class)
{
    struct str rest = lex_rest(l);
    size_t n = 0;
    while (n < rest.len && (lex_class[(unsigned char)rest.p[n]] & class)) {
        n++;
    }
    l->at += n;
    return str_of(rest.p, n);
}

/* A run of token bytes, perhaps empty. */
static inline struct str lex_token(struct sip_lex *l)
{
    return lex_run(l, LEX_TOKEN);
}

/* A run of gen-value bytes, perhaps empty. */
static inline struct str lex_gen(struct sip_lex *l)
{
    return lex_run(l, LEX_GEN);
}

/* A quoted string at the cursor; ret_inside without its quotes. False when it does not close:
 * nothing passed. */
bool lex_quoted(struct sip_lex *l, struct str *ret_inside);
/* Notes what is wrong at the cursor; returns ERR_MALFORMED. */
enum err lex_fail(const struct sip_lex *l, const char *what, const char *rule,
                  struct err_at *reterr_at);

#endif
