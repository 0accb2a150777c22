/* A heap of four children a node over rows' numbers: exact, eight bytes a row. */
#include "domain/binding/inside.h"

enum { CHILDREN = 4 };

static struct row *row_at(const struct heap *h, uint32_t place)
{
    const uint32_t *number = rows_at(&h->place, place);
    return rows_at(h->rows, *number);
}

static void put(struct heap *h, uint32_t place, uint32_t number)
{
    uint32_t *at = rows_at(&h->place, place);
    struct row *r = rows_at(h->rows, number);
    *at = number;
    r->heap_at = place + 1;
}

static uint32_t number_at(const struct heap *h, uint32_t place)
{
    const uint32_t *number = rows_at(&h->place, place);
    return *number;
}

static void up(struct heap *h, uint32_t place)
{
    uint32_t number = number_at(h, place);
    const struct row *r = rows_at(h->rows, number);
    while (place > 0) {
        uint32_t parent = (place - 1) / CHILDREN;
        if (row_at(h, parent)->expires <= r->expires) {
            break;
        }
        put(h, place, number_at(h, parent));
        place = parent;
    }
    put(h, place, number);
}

/* The child of `place` that comes first, or h->n. */
static uint32_t first_child(const struct heap *h, uint32_t place)
{
    uint32_t first = place * CHILDREN + 1;
    if (first >= h->n) {
        return h->n;
    }
    uint32_t end = first + CHILDREN < h->n ? first + CHILDREN : h->n;
    usec_t least = row_at(h, first)->expires;
    for (uint32_t i = first + 1; i < end; i++) {
        usec_t expires = row_at(h, i)->expires;
        if (expires < least) {
            least = expires;
            first = i;
        }
    }
    return first;
}

static void down(struct heap *h, uint32_t place)
{
    uint32_t number = number_at(h, place);
    const struct row *r = rows_at(h->rows, number);
    for (;;) {
        uint32_t child = first_child(h, place);
        if (child == h->n || row_at(h, child)->expires >= r->expires) {
            break;
        }
        put(h, place, number_at(h, child));
        place = child;
    }
    put(h, place, number);
}

enum err heap_room(struct heap *h)
{
    uint32_t place;
    return h->n < h->place.used ? ERR_OK : rows_take(&h->place, &place);
}

void heap_add(struct heap *h, uint32_t number)
{
    put(h, h->n++, number);
    up(h, h->n - 1);
}

void heap_remove(struct heap *h, uint32_t number)
{
    struct row *r = rows_at(h->rows, number);
    uint32_t place = r->heap_at - 1;
    uint32_t last = number_at(h, --h->n);
    r->heap_at = 0;
    if (last != number) {
        put(h, place, last);
        heap_moved(h, last);
    }
}

void heap_moved(struct heap *h, uint32_t number)
{
    const struct row *r = rows_at(h->rows, number);
    up(h, r->heap_at - 1);
    down(h, r->heap_at - 1);
}

uint32_t heap_first(const struct heap *h)
{
    return number_at(h, 0);
}
