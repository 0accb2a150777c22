/* Rows found by a hash. Chains of rows in buckets, grown by linear hashing: with each row comes at most one
 * bucket, and never are all of them moved at once (Litwin, "Linear hashing", 1980). */
#ifndef BASE_INDEX_H
#define BASE_INDEX_H

#include "base/rows.h"

/* Part of each row. The index's own. */
struct index_link {
    uint32_t next, prev; /* rows plus 1; 0: the end */
    uint32_t hash;
};

struct index {
    const struct rows *rows;
    size_t offset;      /* of the link in a row */
    struct rows bucket; /* uint32_t: the first row, plus 1 */
    uint32_t n;
};

/* `offset`: where in a row of `rows` its struct index_link is. ERR_MEMORY. */
enum err index_init(struct index *ix, const struct rows *rows, size_t offset) MUST_CHECK;
void index_clear(struct index *ix);
/* Never fails: without memory the chains get longer. */
void index_add(struct index *ix, uint32_t number, uint32_t hash);
void index_remove(struct index *ix, uint32_t number);
/* The rows of that hash one after the other, the newest first: the number plus 1, 0 at the end. Rows of the
 * same hash may be different things. */
uint32_t index_first(const struct index *ix, uint32_t hash);
uint32_t index_next(const struct index *ix, uint32_t at);

#endif
