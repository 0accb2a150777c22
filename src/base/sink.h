/* Where output goes: the writer does not know whether it is a file, a buffer or a counter. */
#ifndef BASE_SINK_H
#define BASE_SINK_H

#include <stdarg.h>

#include "base/err.h"
#include "base/str.h"

/* A growing buffer, and below a sink that fills it. */
struct buf {
    char *p; /* owned */
    size_t len;
    size_t cap;
    size_t limit; /* bytes, set before anything is put in; 0 for none */
};

struct sink {
    /* Takes all of `s` or fails. */
    enum err (*write)(void *ctx, struct str s);
    void *ctx;
    struct buf *buf; /* what write fills, where it is a buffer; else NULL */
    enum err err;    /* the first failure; everything after it is dropped */
};

/* The same as sink_str by the sink's function. */
void sink_write(struct sink *s, struct str text);

static inline void sink_str(struct sink *s, struct str text)
{
    struct buf *b = s->buf;
    if (b && s->err == ERR_OK && text.len <= b->cap - b->len && text.len) {
        memcpy(b->p + b->len, text.p, text.len);
        b->len += text.len;
    } else {
        sink_write(s, text);
    }
}

static inline void sink_char(struct sink *s, char c)
{
    sink_str(s, str_of(&c, 1));
}

void sink_z(struct sink *s, const char *text);
/* As printf. At most 1,023 bytes from one call; longer text goes through sink_str. */
void sink_fmt(struct sink *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* `c`, `n` times. */
void sink_fill(struct sink *s, char c, size_t n);

void buf_clear(struct buf *b);
enum err buf_add(struct buf *b, struct str s) MUST_CHECK;
/* Keeps the memory, forgets the content. */
static inline void buf_reset(struct buf *b)
{
    b->len = 0;
}
static inline struct str buf_str(const struct buf *b)
{
    return str_of(b->p, b->len);
}
struct sink buf_sink(struct buf *b);

#endif
