/* Reading big-endian numbers and runs of bytes from a message, one behind the other. What would go
 * past the end reads as nothing, and the cursor stays `bad`: a reader asks once, at the end. */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include "base/str.h"

struct cursor {
    const uint8_t *p;
    size_t len;
    size_t at; /* the next byte; at most len */
    bool bad;  /* something was asked for that is not there */
};

static inline struct cursor cursor_of(struct str s)
{
    return (struct cursor){.p = (const uint8_t *)s.p, .len = s.len};
}

static inline size_t cursor_left(const struct cursor *c)
{
    return c->bad ? 0 : c->len - c->at;
}

/* Whether `n` more bytes are there; if not, the cursor is bad from now on. */
static inline bool cursor_has(struct cursor *c, size_t n)
{
    if (c->bad || c->len - c->at < n) {
        c->bad = true;
        return false;
    }
    return true;
}

static inline void cursor_skip(struct cursor *c, size_t n)
{
    if (cursor_has(c, n)) {
        c->at += n;
    }
}

/* The next `n` bytes; an empty view where they are not there. */
static inline struct str cursor_take(struct cursor *c, size_t n)
{
    if (!cursor_has(c, n)) {
        return str_of(NULL, 0);
    }
    struct str s = str_of((const char *)c->p + c->at, n);
    c->at += n;
    return s;
}

static inline uint64_t cursor_number(struct cursor *c, size_t n)
{
    uint64_t v = 0;
    if (!cursor_has(c, n)) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        v = v << 8 | c->p[c->at + i];
    }
    c->at += n;
    return v;
}

static inline uint8_t cursor_u8(struct cursor *c)
{
    return (uint8_t)cursor_number(c, 1);
}

static inline uint16_t cursor_u16(struct cursor *c)
{
    return (uint16_t)cursor_number(c, 2);
}

static inline uint32_t cursor_u24(struct cursor *c)
{
    return (uint32_t)cursor_number(c, 3);
}

static inline uint32_t cursor_u32(struct cursor *c)
{
    return (uint32_t)cursor_number(c, 4);
}

static inline uint64_t cursor_u64(struct cursor *c)
{
    return cursor_number(c, 8);
}

/* A cursor over the next `n` bytes; bad when they are not there. */
static inline struct cursor cursor_inside(struct cursor *c, size_t n)
{
    struct cursor in = cursor_of(cursor_take(c, n));
    in.bad = c->bad;
    return in;
}

#endif
