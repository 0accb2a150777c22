/* Whole gzip texts in memory. */
#include "io/inflate/inflate.h"

#include <limits.h>
#include <zlib.h>

enum { ROOM = 16 * 1024, GZIP = 16 /* for inflateInit2: its head and trailer are checked */ };

/* One member: how far it got in `z`. */
static enum err member(z_stream *z, struct buf *out)
{
    char room[ROOM];
    for (;;) {
        z->next_out = (Bytef *)room;
        z->avail_out = sizeof room;
        int rc = inflate(z, Z_NO_FLUSH);
        size_t n = sizeof room - z->avail_out;
        if (n) {
            enum err e = buf_add(out, str_of(room, n));
            if (e != ERR_OK) {
                return e;
            }
        }
        if (rc == Z_STREAM_END) {
            return ERR_OK;
        }
        if (rc != Z_OK) {
            return rc == Z_MEM_ERROR ? ERR_MEMORY : ERR_MALFORMED;
        }
    }
}

static enum err gzip(struct str packed, struct buf *out)
{
    z_stream z = {.next_in = NULL};
    if (!inflate_is_gzip(packed) || packed.len > UINT_MAX) {
        return ERR_MALFORMED;
    }
    if (inflateInit2(&z, GZIP + MAX_WBITS) != Z_OK) {
        return ERR_MEMORY;
    }
    z.next_in = (Bytef *)(uintptr_t)packed.p;
    z.avail_in = (uInt)packed.len;
    enum err e = member(&z, out);
    while (e == ERR_OK && z.avail_in) {
        e = inflateReset(&z) == Z_OK ? member(&z, out) : ERR_MALFORMED;
    }
    (void)inflateEnd(&z);
    return e;
}

const struct inflate *inflate_gzip(void)
{
    static const struct inflate table = {.gzip = gzip};
    return &table;
}
