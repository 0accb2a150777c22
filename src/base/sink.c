/* Sinks and the growing buffer. */
#include "base/sink.h"

#include <stdio.h>
#include <stdlib.h>

void sink_z(struct sink *s, const char *text)
{
    sink_str(s, str_z(text));
}

void sink_write(struct sink *s, struct str text)
{
    if (s->err == ERR_OK && text.len) {
        s->err = s->write(s->ctx, text);
    }
}

void sink_fmt(struct sink *s, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (n > 0) {
        sink_str(s, str_of(text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1));
    }
}

void sink_fill(struct sink *s, char c, size_t n)
{
    char some[64];
    memset(some, c, sizeof some);
    while (n) {
        size_t step = n < sizeof some ? n : sizeof some;
        sink_str(s, str_of(some, step));
        n -= step;
    }
}

void buf_clear(struct buf *b)
{
    free(b->p);
    *b = (struct buf){.limit = b->limit};
}

enum err buf_add(struct buf *b, struct str s)
{
    if (b->limit && s.len > b->limit - b->len) {
        return ERR_LIMIT;
    }
    if (s.len > b->cap - b->len) {
        size_t cap = b->cap ? b->cap : 256;
        while (cap - b->len < s.len) {
            cap *= 2;
        }
        cap = b->limit && cap > b->limit ? b->limit : cap;
        char *p = realloc(b->p, cap);
        if (!p) {
            return ERR_MEMORY;
        }
        b->p = p;
        b->cap = cap;
    }
    if (s.len) {
        memcpy(b->p + b->len, s.p, s.len);
        b->len += s.len;
    }
    return ERR_OK;
}

static enum err buf_write(void *ctx, struct str s)
{
    return buf_add(ctx, s);
}

struct sink buf_sink(struct buf *b)
{
    return (struct sink){.write = buf_write, .ctx = b, .buf = b, .err = ERR_OK};
}
