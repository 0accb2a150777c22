/* Compressing a configuration, once for as long as it is remembered. */
#define ZLIB_CONST
#include "app/phones/squeeze.h"

#include <stdlib.h>
#include <zlib.h>

enum { SMALL = 512, GZIP = 16, QUICK = 1 };

struct str squeeze(struct str plain)
{
    z_stream z = {.next_in = NULL};
    struct str none = str_of(NULL, 0);
    if (plain.len < SMALL || plain.len > UINT32_MAX ||
        deflateInit2(&z, QUICK, Z_DEFLATED, MAX_WBITS + GZIP, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        return none;
    }
    size_t cap = deflateBound(&z, (uLong)plain.len);
    unsigned char *p = malloc(cap);
    z.next_in = (const unsigned char *)plain.p;
    z.avail_in = (uInt)plain.len;
    z.next_out = p;
    z.avail_out = (uInt)cap;
    bool ok = p && deflate(&z, Z_FINISH) == Z_STREAM_END && z.total_out < plain.len;
    size_t len = z.total_out;
    (void)deflateEnd(&z);
    if (!ok) {
        free(p);
        return none;
    }
    return str_of((const char *)p, len);
}
