/* What pure code needs of a library for compressed contents, as a table of functions (filled by io/inflate). */
#ifndef BASE_INFLATE_H
#define BASE_INFLATE_H

#include "base/sink.h"

struct inflate {
    /* Appends what all members of `packed` hold (RFC 1952), CRC and length checked. ERR_MALFORMED: it is none, cut or damaged;
     * ERR_LIMIT: more than out->limit; ERR_MEMORY. What it appended before an error stays. */
    enum err (*gzip)(struct str packed, struct buf *out);
};

static inline bool inflate_is_gzip(struct str s)
{
    return s.len >= 2 && (unsigned char)s.p[0] == 0x1f && (unsigned char)s.p[1] == 0x8b;
}

#endif
