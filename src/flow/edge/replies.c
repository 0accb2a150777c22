/* Answers kept for requests that come again: a log of blocks, and a table of places in it. A place tells by itself whether its
 * block is gone; a line of the table is one line of the cache, and mostly all that is looked at. */
#include "flow/edge/replies.h"

#include <stdlib.h>

static const usec_t timer_j = 32 * USEC_S; /* 64 * T1 (RFC 3261 17.2.2) */

/* In front of each answer. */
struct kept {
    uint64_t key;
    usec_t when;
    size_t len;
};

enum { ALIGN = 8, PLACE_BITS = 48 };

enum err replies_new(struct replies *r, size_t bytes)
{
    r->most = bytes / REPLIES_BLOCK > 2 ? bytes / REPLIES_BLOCK : 2;
    r->ring = calloc(r->most, sizeof *r->ring);
    r->set = calloc((size_t)REPLIES_SETS * REPLIES_WAYS, sizeof *r->set);
    return r->ring && r->set ? ERR_OK : ERR_MEMORY;
}

static struct replies_block *block_at(const struct replies *r, uint64_t number)
{
    return &r->ring[number % r->most];
}

static void drop_first(struct replies *r)
{
    struct replies_block *b = block_at(r, r->first++);
    free(b->p);
    *b = (struct replies_block){0};
}

void replies_free(struct replies *r)
{
    while (r->ring && r->first < r->end) {
        drop_first(r);
    }
    free(r->ring);
    free(r->set);
}

/* Room for `need` bytes in the newest block; NULL without memory. */
static struct replies_block *room(struct replies *r, size_t need)
{
    struct replies_block *b = r->first < r->end ? block_at(r, r->end - 1) : NULL;
    if (b && REPLIES_BLOCK - b->used >= need) {
        return b;
    }
    if (r->end - r->first == r->most) {
        drop_first(r);
    }
    char *p = malloc(REPLIES_BLOCK);
    if (!p) {
        return NULL;
    }
    b = block_at(r, r->end++);
    *b = (struct replies_block){.p = p};
    return b;
}

static uint64_t *set_of(const struct replies *r, uint64_t key)
{
    return r->set + key % REPLIES_SETS * REPLIES_WAYS;
}

static uint64_t place_of(uint64_t entry)
{
    return entry & (((uint64_t)1 << PLACE_BITS) - 1);
}

void replies_add(struct replies *r, uint64_t key, struct str answer, usec_t now)
{
    size_t need = (sizeof(struct kept) + answer.len + ALIGN - 1) / ALIGN * ALIGN;
    struct replies_block *b = need <= REPLIES_BLOCK ? room(r, need) : NULL;
    if (!b) {
        return;
    }
    uint64_t *set = set_of(r, key);
    unsigned oldest = 0;
    for (unsigned i = 1; i < REPLIES_WAYS; i++) {
        oldest = place_of(set[i]) < place_of(set[oldest]) ? i : oldest;
    }
    struct kept k = {key, now, answer.len};
    memcpy(b->p + b->used, &k, sizeof k);
    memcpy(b->p + b->used + sizeof k, answer.p, answer.len);
    set[oldest] = (key >> PLACE_BITS << PLACE_BITS) | ((r->end - 1) * REPLIES_BLOCK + b->used + 1);
    b->used += need;
    b->last = now;
}

bool replies_find(const struct replies *r, uint64_t key, usec_t now, struct str *ret_answer)
{
    const uint64_t *set = set_of(r, key);
    for (unsigned i = 0; i < REPLIES_WAYS; i++) {
        uint64_t at = place_of(set[i]);
        if (set[i] >> PLACE_BITS != key >> PLACE_BITS || at <= r->first * REPLIES_BLOCK) {
            continue;
        }
        const struct replies_block *b = block_at(r, (at - 1) / REPLIES_BLOCK);
        const char *p = b->p + (at - 1) % REPLIES_BLOCK;
        struct kept k;
        memcpy(&k, p, sizeof k);
        if (k.key == key && now - k.when <= timer_j) {
            *ret_answer = str_of(p + sizeof k, k.len);
            return true;
        }
    }
    return false;
}

void replies_on_time(struct replies *r, usec_t now)
{
    while (r->first < r->end && now - block_at(r, r->first)->last > timer_j) {
        drop_first(r);
    }
}

usec_t replies_deadline(const struct replies *r)
{
    return r->first < r->end ? block_at(r, r->first)->last + timer_j + 1 : USEC_NONE;
}

size_t replies_bytes(const struct replies *r)
{
    return (size_t)(r->end - r->first) * REPLIES_BLOCK;
}
