/* One limit of memory that many share. */
#ifndef FLOW_STREAM_BUDGET_H
#define FLOW_STREAM_BUDGET_H

#include <stddef.h>

struct budget {
    size_t used;  /* bytes */
    size_t most;  /* of `used`, ever */
    size_t limit; /* bytes */
};

/* `size` bytes, not cleared; NULL at the limit or without memory. */
void *budget_take(struct budget *b, size_t size);
/* `size` is what was asked for. */
void budget_give(struct budget *b, void *p, size_t size);

#endif
