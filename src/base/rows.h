/* Rows of one size, found by number, in blocks that never move: a table grows without copying, and both the
 * number and the address of a row stay until it is given back. */
#ifndef BASE_ROWS_H
#define BASE_ROWS_H

#include "base/err.h"
#include "base/str.h"

enum { ROWS_BLOCK = 512 }; /* rows in a block */

struct rows {
    char **block; /* owned */
    size_t size;  /* bytes of a row */
    uint32_t most;
    uint32_t used; /* rows ever taken; the numbers are below it */
    uint32_t n;    /* rows taken now */
    uint32_t free; /* a row that was given back, plus 1; 0: none */
};

/* `size` bytes a row, at least four and a multiple of what its fields need; `most` of them, at most 2^31.
 * ERR_MEMORY. */
enum err rows_init(struct rows *r, size_t size, size_t most) MUST_CHECK;
void rows_clear(struct rows *r);
/* A row, zeroed. ERR_LIMIT, ERR_MEMORY. */
enum err rows_take(struct rows *r, uint32_t *ret_number) MUST_CHECK;
/* The row is zeroed, but for its first four bytes. */
void rows_give(struct rows *r, uint32_t number);
/* Bytes taken from the system. */
size_t rows_memory(const struct rows *r);

static inline void *rows_at(const struct rows *r, uint32_t number)
{
    return r->block[number / ROWS_BLOCK] + number % ROWS_BLOCK * r->size;
}

#endif
