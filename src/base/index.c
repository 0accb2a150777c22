/* Linear hashing: buckets are split one at a time, in their order. */
#include "base/index.h"

static struct index_link *link_of(const struct index *ix, uint32_t number)
{
    return (struct index_link *)(void *)((char *)rows_at(ix->rows, number) + ix->offset);
}

static uint32_t *bucket_at(const struct index *ix, uint32_t i)
{
    return rows_at(&ix->bucket, i);
}

/* The largest power of two that is not above `n`, which is not 0. */
static uint32_t power_below(uint32_t n)
{
    return (uint32_t)1 << (31 - __builtin_clz(n));
}

/* Buckets are 0 to n - 1; those from n - power on, and those below n - power, are told apart by one bit more. */
static uint32_t bucket_of(const struct index *ix, uint32_t hash)
{
    uint32_t power = power_below(ix->bucket.used);
    uint32_t i = hash & (2 * power - 1);
    return i < ix->bucket.used ? i : i - power;
}

static void put_in_front(struct index *ix, uint32_t bucket, uint32_t number)
{
    struct index_link *link = link_of(ix, number);
    uint32_t *first = bucket_at(ix, bucket);
    link->next = *first;
    link->prev = 0;
    if (*first) {
        link_of(ix, *first - 1)->prev = number + 1;
    }
    *first = number + 1;
}

static void split(struct index *ix)
{
    uint32_t fresh = 0;
    uint32_t old = ix->bucket.used - power_below(ix->bucket.used);
    if (rows_take(&ix->bucket, &fresh) != ERR_OK) {
        return;
    }
    uint32_t at = *bucket_at(ix, old);
    *bucket_at(ix, old) = 0;
    while (at) {
        struct index_link *link = link_of(ix, at - 1);
        uint32_t next = link->next;
        put_in_front(ix, bucket_of(ix, link->hash), at - 1);
        at = next;
    }
}

enum err index_init(struct index *ix, const struct rows *rows, size_t offset)
{
    uint32_t first = 0;
    *ix = (struct index){.rows = rows, .offset = offset};
    enum err e = rows_init(&ix->bucket, sizeof(uint32_t), rows->most ? rows->most : 1);
    return e == ERR_OK ? rows_take(&ix->bucket, &first) : e;
}

void index_clear(struct index *ix)
{
    rows_clear(&ix->bucket);
    ix->n = 0;
}

void index_add(struct index *ix, uint32_t number, uint32_t hash)
{
    if (ix->n >= ix->bucket.used) {
        split(ix);
    }
    link_of(ix, number)->hash = hash;
    put_in_front(ix, bucket_of(ix, hash), number);
    ix->n++;
}

void index_remove(struct index *ix, uint32_t number)
{
    struct index_link *link = link_of(ix, number);
    if (link->next) {
        link_of(ix, link->next - 1)->prev = link->prev;
    }
    if (link->prev) {
        link_of(ix, link->prev - 1)->next = link->next;
    } else {
        *bucket_at(ix, bucket_of(ix, link->hash)) = link->next;
    }
    *link = (struct index_link){.next = 0};
    ix->n--;
}

static uint32_t with_hash(const struct index *ix, uint32_t at, uint32_t hash)
{
    while (at && link_of(ix, at - 1)->hash != hash) {
        at = link_of(ix, at - 1)->next;
    }
    return at;
}

uint32_t index_first(const struct index *ix, uint32_t hash)
{
    return with_hash(ix, *bucket_at(ix, bucket_of(ix, hash)), hash);
}

uint32_t index_next(const struct index *ix, uint32_t at)
{
    const struct index_link *link = link_of(ix, at - 1);
    return with_hash(ix, link->next, link->hash);
}
