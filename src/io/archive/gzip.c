/* Gzip (RFC 1952), with one or more members. Not by libarchive, which checks neither the CRC nor the
 * length behind the data; zlib does. */
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "io/archive/source.h"

enum { GZIP_IN = 64 * 1024 };

struct source_gzip {
    struct source s;
    struct walk *w;
    struct source *in;
    z_stream z;
    bool inside;   /* a member has started */
    bool damaged;  /* a sum was wrong, which has been told */
    unsigned skip; /* bytes of a trailer that remain to be passed over */
    char buf[GZIP_IN];
};

static uint64_t gzip_at(const struct source_gzip *g)
{
    return g->in->at - g->z.avail_in;
}

static enum err gzip_fail(struct source_gzip *g, const char *what)
{
    enum err e = walk_problem(g->w, gzip_at(g), what);
    return e == ERR_OK ? ERR_MALFORMED : e;
}

/* More input; at its end, what the end means. */
static enum err gzip_fill(struct source_gzip *g)
{
    size_t n = 0;
    enum err e = source_read(g->in, g->buf, sizeof g->buf, &n);
    if (e == ERR_OK) {
        g->z.next_in = (Bytef *)g->buf;
        g->z.avail_in = (uInt)n;
    } else if (e == ERR_END && (g->inside || g->skip > 0)) {
        return gzip_fail(g, "the compressed data end too early: the file was cut");
    } else if (e == ERR_END && g->damaged) {
        return ERR_MALFORMED;
    }
    return e;
}

/* Between two members: the next one, zeros up to the end, or something else. */
static enum err gzip_between(struct source_gzip *g)
{
    while (g->skip > 0 && g->z.avail_in > 0) {
        g->z.next_in++;
        g->z.avail_in--;
        g->skip--;
    }
    while (g->z.avail_in > 0 && *g->z.next_in == 0) {
        g->z.next_in++;
        g->z.avail_in--;
    }
    if (g->z.avail_in == 0) {
        return ERR_OK;
    }
    if (*g->z.next_in != 0x1f) {
        return gzip_fail(g, "bytes that are no gzip data stand behind the compressed data; "
                            "they are left out");
    }
    g->inside = true;
    return ERR_OK;
}

/* A sum behind the data is wrong: the data may still be of use, and so may the next member. */
static enum err gzip_bad_sum(struct source_gzip *g, bool crc)
{
    enum err e = walk_problem(g->w, gzip_at(g),
                              crc ? "the checksum (CRC) is wrong: some of its bytes are damaged"
                                  : "the stated length is wrong: bytes are missing or damaged");
    g->damaged = true;
    g->skip = crc ? 4 : 0; /* the length, RFC 1952 2.3.1 */
    return e;
}

static enum err gzip_inflate(struct source_gzip *g)
{
    int r = inflate(&g->z, Z_NO_FLUSH);
    enum err e = ERR_OK;
    if (r == Z_OK || r == Z_BUF_ERROR) {
        return ERR_OK;
    }
    if (r == Z_MEM_ERROR) {
        return ERR_MEMORY;
    }
    const char *msg = g->z.msg ? g->z.msg : "";
    if (r == Z_DATA_ERROR && strcmp(msg, "incorrect data check") == 0) {
        e = gzip_bad_sum(g, true);
    } else if (r == Z_DATA_ERROR && strcmp(msg, "incorrect length check") == 0) {
        e = gzip_bad_sum(g, false);
    } else if (r != Z_STREAM_END) {
        char what[160];
        snprintf(what, sizeof what,
                 "the compressed data are damaged (%s); what stands before is used", msg);
        return gzip_fail(g, what);
    }
    inflateReset(&g->z);
    g->inside = false;
    return e;
}

static enum err gzip_read(struct source *s, char *buf, size_t cap, size_t *ret_n)
{
    struct source_gzip *g = (struct source_gzip *)(void *)s;
    g->z.next_out = (Bytef *)buf;
    g->z.avail_out = (uInt)cap;
    enum err e = ERR_OK;
    while (e == ERR_OK && g->z.avail_out > 0) {
        if (g->z.avail_in == 0) {
            e = gzip_fill(g);
        } else if (!g->inside) {
            e = gzip_between(g);
        } else {
            e = gzip_inflate(g);
        }
    }
    size_t n = cap - g->z.avail_out;
    if (n == 0) {
        return e;
    }
    enum err limit = walk_made(g->w, n, gzip_at(g));
    if (limit != ERR_OK) {
        return limit;
    }
    /* What ended it is told by the next read: all of these ends are met again there. */
    g->s.pending = e;
    *ret_n = n;
    return ERR_OK;
}

struct source_gzip *source_gzip_new(struct walk *w, struct source *in)
{
    struct source_gzip *g = calloc(1, sizeof *g);
    if (!g) {
        return NULL;
    }
    g->s.read = gzip_read;
    g->w = w;
    g->in = in;
    g->inside = true;
    if (inflateInit2(&g->z, 15 + 16) != Z_OK) {
        free(g);
        return NULL;
    }
    return g;
}

struct source *source_gzip_source(struct source_gzip *g)
{
    return &g->s;
}

void source_gzip_free(struct source_gzip *g)
{
    if (g) {
        inflateEnd(&g->z);
        free(g);
    }
}
