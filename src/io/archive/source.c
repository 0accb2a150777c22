/* Sources of bytes: files and memory; the counters of a walk. */
#include "io/archive/source.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* A read may give bytes and set what the next one shall return. */
static size_t source_more(struct source *s, char *buf, size_t cap)
{
    size_t n = 0;
    enum err e = s->read(s, buf, cap, &n);
    if (e == ERR_OK) {
        return n;
    }
    s->pending = e;
    return 0;
}

static void head_fill(struct source *s)
{
    while (s->pending == ERR_OK && s->head_len < SOURCE_HEAD) {
        s->head_len += source_more(s, s->head + s->head_len, SOURCE_HEAD - s->head_len);
    }
}

struct str source_peek(struct source *s)
{
    if (s->at == 0) {
        head_fill(s);
    }
    return str_of(s->head + s->head_at, s->head_len - s->head_at);
}

enum err source_read(struct source *s, char *buf, size_t cap, size_t *ret_n)
{
    size_t n = s->head_len - s->head_at;
    if (n > cap) {
        n = cap;
    }
    memcpy(buf, s->head + s->head_at, n);
    s->head_at += n;
    if (n < cap && s->pending == ERR_OK) {
        n += source_more(s, buf + n, cap - n);
    }
    if (n == 0) {
        return s->pending;
    }
    s->at += n;
    *ret_n = n;
    return ERR_OK;
}

static enum err file_read(struct source *s, char *buf, size_t cap, size_t *ret_n)
{
    struct source_file *f = (struct source_file *)(void *)s;
    ssize_t n;
    do {
        n = read(f->fd, buf, cap);
    } while (n < 0 && errno == EINTR);
    if (n == 0) {
        return ERR_END;
    }
    if (n < 0) {
        char what[160];
        snprintf(what, sizeof what, "cannot be read on: %s", strerror(errno));
        enum err e = walk_problem(f->w, f->w->read, what);
        return e == ERR_OK ? ERR_MALFORMED : e;
    }
    f->w->read += (uint64_t)n;
    *ret_n = (size_t)n;
    return ERR_OK;
}

void source_file_init(struct source_file *f, struct walk *w, int fd)
{
    f->s = (struct source){.read = file_read};
    f->w = w;
    f->fd = fd;
}

static enum err memory_read(struct source *s, char *buf, size_t cap, size_t *ret_n)
{
    struct source_memory *m = (struct source_memory *)(void *)s;
    struct str take = str_head(m->rest, cap);
    if (take.len == 0) {
        return ERR_END;
    }
    memcpy(buf, take.p, take.len);
    m->rest = str_from(m->rest, take.len);
    m->w->read += take.len;
    *ret_n = take.len;
    return ERR_OK;
}

void source_memory_init(struct source_memory *m, struct walk *w, struct str bytes)
{
    m->s = (struct source){.read = memory_read};
    m->w = w;
    m->rest = bytes;
}

struct str walk_name(const struct walk *w)
{
    return str_of(w->name, w->name_len);
}

enum err walk_problem(struct walk *w, uint64_t offset, const char *what)
{
    return w->relay ? relay_problem(w->relay, walk_name(w), offset, what) : ERR_OK;
}

enum err walk_made(struct walk *w, size_t n, uint64_t offset)
{
    const struct archive_limits *l = w->limits;
    w->made += n;
    char what[160];
    if (l->expanded > 0 && w->made > l->expanded) {
        snprintf(what, sizeof what, "expands to more than %llu bytes; the rest is left out",
                 (unsigned long long)l->expanded);
    } else if (l->ratio > 0 && w->made > l->ratio_from && w->made / l->ratio > w->read) {
        snprintf(what, sizeof what,
                 "expands to more than %u times its size, as a decompression bomb does; the rest "
                 "is left out",
                 l->ratio);
    } else {
        return ERR_OK;
    }
    enum err e = walk_problem(w, offset, what);
    return e == ERR_OK ? ERR_LIMIT : e;
}
