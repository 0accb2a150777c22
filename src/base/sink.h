/* Where output goes: the writer does not know whether it is a file, a buffer or a counter. */
#ifndef BASE_SINK_H
#define BASE_SINK_H

#include <stdarg.h>

#include "base/err.h"
#include "base/str.h"

struct sink {
    /* Takes all of `s` or fails. */
    enum err (*write)(void *ctx, struct str s);
    void *ctx;
    enum err err; /* the first failure; everything after it is dropped */
};

void sink_str(struct sink *s, struct str text);
void sink_z(struct sink *s, const char *text);
void sink_char(struct sink *s, char c);
/* As printf. At most 1,023 bytes from one call; longer text goes through sink_str. */
void sink_fmt(struct sink *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* `c`, `n` times. */
void sink_fill(struct sink *s, char c, size_t n);

/* A growing buffer, and a sink that fills it. */
struct buf {
    char *p; /* owned */
    size_t len;
    size_t cap;
    size_t limit; /* bytes; 0 for none */
};

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
