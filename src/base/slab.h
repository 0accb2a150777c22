/* Small pieces of memory for tables, named by 32 bits. Sizes are rounded up by at most an eighth; a piece that
 * is given back is used again for one of its size. The pieces of a table live apart from all that comes and
 * goes elsewhere, in blocks that never move. */
#ifndef BASE_SLAB_H
#define BASE_SLAB_H

#include "base/str.h"

enum {
    SLAB_UNIT = 8,          /* bytes; pieces are aligned to it */
    SLAB_BLOCK = 64 * 1024, /* bytes taken from the system at once */
    SLAB_MOST = 8 * 1024,   /* bytes of the largest piece */
    SLAB_SIZES = 64
};

/* All zero: empty. */
struct slab {
    char **block; /* owned */
    uint32_t n_blocks, room;
    uint32_t at;               /* the first free byte of the last block */
    uint32_t free[SLAB_SIZES]; /* pieces given back, by size */
};

void slab_clear(struct slab *s);
/* A piece of at least `size` bytes; 0: no memory, or more than SLAB_MOST. What is in it is left over. */
uint32_t slab_take(struct slab *s, size_t size);
/* With the size it was taken for. It is overwritten with zeros. 0 is fine. */
void slab_give(struct slab *s, uint32_t piece, size_t size);
/* Bytes taken from the system. */
size_t slab_memory(const struct slab *s);

static inline char *slab_at(const struct slab *s, uint32_t piece)
{
    const uint32_t units = SLAB_BLOCK / SLAB_UNIT;
    return s->block[piece / units] + (size_t)(piece % units) * SLAB_UNIT;
}

#endif
