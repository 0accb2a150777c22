/* Pieces by size: eight sizes between a power of two and the next. */
#include "base/slab.h"

#include <stdlib.h>

enum { STEPS = 8, UNITS = SLAB_BLOCK / SLAB_UNIT };

/* The number of the size for `size` bytes; *ret_units: how large that is. */
static uint32_t size_of(size_t size, uint32_t *ret_units)
{
    uint32_t units = (uint32_t)((size + SLAB_UNIT - 1) / SLAB_UNIT);
    units = units ? units : 1;
    if (units <= STEPS) {
        *ret_units = units;
        return units - 1;
    }
    uint32_t shift = (uint32_t)(31 - __builtin_clz(units - 1)) - 3;
    uint32_t steps = ((units - 1) >> shift) + 1; /* 9 to 16 */
    *ret_units = steps << shift;
    return STEPS * shift + steps - 1;
}

static bool add_block(struct slab *s)
{
    if (s->n_blocks == UINT32_MAX / UNITS) {
        return false;
    }
    if (s->n_blocks == s->room) {
        uint32_t room = s->room ? 2 * s->room : 16;
        char **block = realloc(s->block, room * sizeof *block);
        if (!block) {
            return false;
        }
        s->block = block;
        s->room = room;
    }
    char *block = malloc(SLAB_BLOCK);
    if (!block) {
        return false;
    }
    /* Piece 0 is none. */
    s->at = s->n_blocks ? 0 : SLAB_UNIT;
    s->block[s->n_blocks++] = block;
    return true;
}

void slab_clear(struct slab *s)
{
    for (uint32_t i = 0; i < s->n_blocks; i++) {
        free(s->block[i]);
    }
    free(s->block);
    *s = (struct slab){.n_blocks = 0};
}

uint32_t slab_take(struct slab *s, size_t size)
{
    if (size > SLAB_MOST) {
        return 0;
    }
    uint32_t units;
    uint32_t *first = &s->free[size_of(size, &units)];
    uint32_t piece = *first;
    if (piece) {
        memcpy(first, slab_at(s, piece), sizeof *first);
        return piece;
    }
    if ((s->n_blocks == 0 || s->at + units * SLAB_UNIT > SLAB_BLOCK) && !add_block(s)) {
        return 0;
    }
    piece = (s->n_blocks - 1) * UNITS + s->at / SLAB_UNIT;
    s->at += units * SLAB_UNIT;
    return piece;
}

void slab_give(struct slab *s, uint32_t piece, size_t size)
{
    if (!piece) {
        return;
    }
    uint32_t units;
    uint32_t *first = &s->free[size_of(size, &units)];
    char *p = slab_at(s, piece);
    memset(p, 0, (size_t)units * SLAB_UNIT);
    memcpy(p, first, sizeof *first);
    *first = piece;
}

size_t slab_memory(const struct slab *s)
{
    return (size_t)s->n_blocks * SLAB_BLOCK + s->room * sizeof *s->block;
}
