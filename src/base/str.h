/* Views of bytes that somebody else owns. Never NUL-terminated, never owned. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *p; /* may be NULL when len is 0 */
    size_t len;    /* bytes */
};

/* A view of a string literal, usable as an expression. */
#define STR(lit) ((struct str){(lit), sizeof(lit) - 1})
/* A view of a string literal, usable as a constant initialiser. */
#define STR_INIT(lit)          \
    {                          \
        (lit), sizeof(lit) - 1 \
    }
/* For printf's "%.*s". */
#define STR_ARG(s) (int)(s).len, (s).p

static inline struct str str_of(const char *p, size_t len)
{
    return (struct str){p, len};
}

static inline struct str str_z(const char *z)
{
    return (struct str){z, z ? strlen(z) : 0};
}

static inline bool str_eq(struct str a, struct str b)
{
    /* The first byte tells most of them apart. */
    return a.len == b.len && (a.len == 0 || (a.p[0] == b.p[0] && memcmp(a.p, b.p, a.len) == 0));
}

static inline bool str_starts(struct str s, struct str head)
{
    return s.len >= head.len && (head.len == 0 || memcmp(s.p, head.p, head.len) == 0);
}

static inline bool str_ends(struct str s, struct str tail)
{
    return s.len >= tail.len &&
           (tail.len == 0 || memcmp(s.p + (s.len - tail.len), tail.p, tail.len) == 0);
}

/* What is left of `s` behind its first `n` bytes; empty when there are fewer. */
static inline struct str str_from(struct str s, size_t n)
{
    return n < s.len ? str_of(s.p + n, s.len - n) : str_of(s.len ? s.p + s.len : s.p, 0);
}

/* The first `n` bytes, or all when there are fewer. */
static inline struct str str_head(struct str s, size_t n)
{
    return str_of(s.p, n < s.len ? n : s.len);
}

static inline char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static inline bool ascii_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool ascii_alnum(char c)
{
    extern const bool ascii_alnum_byte[256];
    return ascii_alnum_byte[(unsigned char)c];
}

/* -1 when `c` is no hexadecimal digit. */
static inline int ascii_hex(char c)
{
    extern const signed char ascii_hex_digit[256]; /* the digit's value plus 1, 0 for none */
    return ascii_hex_digit[(unsigned char)c] - 1;
}

#define STR_NPOS ((size_t)-1)

/* Offset of the first `c`, or STR_NPOS. */
static inline size_t str_chr(struct str s, char c)
{
    const char *at = s.len ? memchr(s.p, c, s.len) : NULL;
    return at ? (size_t)(at - s.p) : STR_NPOS;
}
/* Offset of the first `needle` (not empty), or STR_NPOS. */
size_t str_find(struct str s, struct str needle);
/* The same, ASCII letters compared without case. */
size_t str_ifind(struct str s, struct str needle);
/* Compared without case (ASCII). */
bool str_istarts(struct str s, struct str head);
static inline bool str_ieq(struct str a, struct str b)
{
    /* Here too the first byte tells most of them apart: letters differ by 0x20 at most. */
    return a.len == b.len &&
           (a.len == 0 || (((a.p[0] ^ b.p[0]) & ~0x20) == 0 && str_istarts(a, b)));
}
/* Offset of the first byte below ' ' or 0x7f (ASCII's control characters), or STR_NPOS. Quick: 16 at a time. */
size_t str_control(struct str s);
static inline bool str_has_control(struct str s)
{
    return str_control(s) != STR_NPOS;
}
/* Bytewise order: below, at or above 0, as memcmp. */
int str_cmp(struct str a, struct str b);
static inline bool ascii_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Without blanks, tabs, CR and LF at both ends. */
static inline struct str str_trim(struct str s)
{
    while (s.len && ascii_blank(s.p[0])) {
        s.p++;
        s.len--;
    }
    while (s.len && ascii_blank(s.p[s.len - 1])) {
        s.len--;
    }
    return s;
}
/* Splits at the first `sep`: returns what stands before it and moves `rest` behind it. Without
 * `sep`, returns all and empties `rest`. */
struct str str_cut(struct str *rest, char sep);
/* The next run of bytes that are neither blank nor tab; empty at the end. Moves `rest`. */
struct str str_word(struct str *rest);
/* The whole of `s` as a decimal number. False when it is empty, has another byte, or overflows. */
bool str_u64(struct str s, uint64_t *ret_n);
bool str_i64(struct str s, int64_t *ret_n);
/* The whole of `s` as a hexadecimal number without prefix. */
bool str_hex64(struct str s, uint64_t *ret_n);
/* `n` as decimal digits in `buf`; the view ends where the digits do, behind them stands a NUL. */
enum { STR_NUMBER = 24 };
struct str str_number(char buf[STR_NUMBER], int64_t n);
/* Leading decimal digits of `s` as a number; returns how many there were (0: *ret_n is not set).
 * Saturates at UINT64_MAX. */
size_t str_digits(struct str s, uint64_t *ret_n);

#endif
