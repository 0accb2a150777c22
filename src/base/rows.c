/* Rows in blocks; those given back are linked through their first four bytes. */
#include "base/rows.h"

#include <stdlib.h>

static size_t blocks_of(uint32_t rows)
{
    return ((size_t)rows + ROWS_BLOCK - 1) / ROWS_BLOCK;
}

enum err rows_init(struct rows *r, size_t size, size_t most)
{
    const size_t all = (size_t)1 << 31;
    *r = (struct rows){.size = size, .most = (uint32_t)(most < all ? most : all)};
    size_t n = blocks_of(r->most);
    r->block = calloc(n ? n : 1, sizeof *r->block);
    return r->block ? ERR_OK : ERR_MEMORY;
}

void rows_clear(struct rows *r)
{
    for (size_t i = 0; i < blocks_of(r->used); i++) {
        free(r->block[i]);
    }
    free(r->block);
    *r = (struct rows){.size = r->size};
}

enum err rows_take(struct rows *r, uint32_t *ret_number)
{
    if (r->free) {
        *ret_number = r->free - 1;
        void *row = rows_at(r, *ret_number);
        memcpy(&r->free, row, sizeof r->free);
        memset(row, 0, sizeof r->free);
        r->n++;
        return ERR_OK;
    }
    if (r->used == r->most) {
        return ERR_LIMIT;
    }
    char **block = &r->block[r->used / ROWS_BLOCK];
    if (r->used % ROWS_BLOCK == 0 && !(*block = calloc(ROWS_BLOCK, r->size))) {
        return ERR_MEMORY;
    }
    *ret_number = r->used++;
    r->n++;
    return ERR_OK;
}

void rows_give(struct rows *r, uint32_t number)
{
    void *row = rows_at(r, number);
    memset(row, 0, r->size);
    memcpy(row, &r->free, sizeof r->free);
    r->free = number + 1;
    r->n--;
}

size_t rows_memory(const struct rows *r)
{
    return blocks_of(r->used) * ROWS_BLOCK * r->size + blocks_of(r->most) * sizeof *r->block;
}
