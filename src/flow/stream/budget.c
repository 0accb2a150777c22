/* Memory under a shared limit. */
#include "flow/stream/budget.h"

#include <stdlib.h>

void *budget_take(struct budget *b, size_t size)
{
    if (size > b->limit - b->used) {
        return NULL;
    }
    void *p = malloc(size);
    if (p) {
        b->used += size;
        b->most = b->used > b->most ? b->used : b->most;
    }
    return p;
}

void budget_give(struct budget *b, void *p, size_t size)
{
    if (p) {
        b->used -= size;
        free(p);
    }
}
