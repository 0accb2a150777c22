/* The order of the pieces of a log. Records carry no year, the clock starts somewhere in the past at
 * every boot, and the numbers start anew: so the end of a piece says more than its start, and a
 * piece whose first number follows the last number of another belongs right behind it. */
#include "app/gather/order.h"

#include <stdlib.h>

enum {
    YEAR_DAYS = 12 * 31, /* every month counts 31 days: only the order matters */
    SEQ_WRAP = 10000,
    CHAIN_MOST = 512, /* pieces among which every pair is tried */
    LINES_MOST = 200, /* lines from the end, for the last record */
};

#define NONE SIZE_MAX

struct order_item {
    size_t index;
    uint32_t scope;
    usec_t scope_at;    /* the earliest `at` of the scope */
    usec_t at, from;    /* of the end of its chain, and of the start */
    size_t rank;        /* within its chain */
    size_t chain;       /* index of the first piece of the chain */
    size_t next, prior; /* items of the chain, or NONE */
};

static struct logcat_key last_key(struct str tail)
{
    struct logcat_key key = {.valid = false};
    size_t end = tail.len;
    for (int lines = 0; end > 0 && lines < LINES_MOST; lines++) {
        size_t start = end - 1;
        while (start > 0 && tail.p[start - 1] != '\n') {
            start--;
        }
        /* A first line that is cut may look like another record. */
        if ((start > 0 || lines == 0) && logcat_peek(str_of(tail.p + start, end - start), &key)) {
            return key;
        }
        end = start;
    }
    return (struct logcat_key){.valid = false};
}

struct order_keys order_keys_of(struct str head, struct str tail)
{
    struct order_keys keys = {.first = {.valid = false}};
    if (!logcat_peek(head, &keys.first)) {
        keys.first.valid = false;
        return keys;
    }
    keys.last = last_key(tail);
    return keys;
}

static int64_t key_day(const struct logcat_key *k)
{
    int64_t day = (int64_t)(k->month - 1) * 31 + k->day - 1;
    return ((day % YEAR_DAYS) + YEAR_DAYS) % YEAR_DAYS;
}

static const struct logcat_key *key_end(const struct order_keys *k)
{
    return k->last.valid ? &k->last : &k->first;
}

/* Where the year is cut open: behind the longest time without a record. */
static int64_t year_start(const struct order_piece *pieces, size_t n)
{
    bool used[YEAR_DAYS] = {false};
    for (size_t i = 0; i < n; i++) {
        if (pieces[i].keys.first.valid) {
            used[key_day(&pieces[i].keys.first)] = true;
            used[key_day(key_end(&pieces[i].keys))] = true;
        }
    }
    int64_t last = YEAR_DAYS - 1, longest = 0, best = 0;
    while (last > 0 && !used[last]) {
        last--;
    }
    for (int64_t d = 0, before = last - YEAR_DAYS; d < YEAR_DAYS; d++) {
        if (!used[d]) {
            continue;
        }
        if (d - before > longest) {
            longest = d - before;
            best = d;
        }
        before = d;
    }
    return best;
}

static usec_t key_at(const struct logcat_key *k, int64_t start)
{
    int64_t day = (key_day(k) - start + YEAR_DAYS) % YEAR_DAYS;
    return day * USEC_DAY + (k->tod == USEC_NONE ? 0 : k->tod);
}

static bool follows(const struct order_keys *a, const struct order_keys *b, int64_t start)
{
    const struct logcat_key *end = key_end(a);
    usec_t gap = key_at(&b->first, start) - key_at(end, start);
    return a->last.valid && b->first.seq % SEQ_WRAP == (end->seq + 1) % SEQ_WRAP &&
           gap >= -USEC_DAY && gap <= USEC_DAY;
}

static void chain_link(struct order_item *items, size_t n, const struct order_piece *pieces,
                       int64_t start)
{
    if (n > CHAIN_MOST) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n && items[i].next == NONE; j++) {
            size_t head = i;
            while (items[head].prior != NONE) {
                head = items[head].prior;
            }
            if (j != head && items[j].prior == NONE && items[i].scope == items[j].scope &&
                follows(&pieces[items[i].index].keys, &pieces[items[j].index].keys, start)) {
                items[i].next = j;
                items[j].prior = i;
            }
        }
    }
}

/* All pieces of a chain stand where its end stands. */
static void chain_settle(struct order_item *items, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (items[i].prior != NONE) {
            continue;
        }
        size_t end = i, rank = 0;
        while (items[end].next != NONE) {
            end = items[end].next;
        }
        for (size_t j = i; j != NONE; j = items[j].next) {
            items[j].at = items[end].at;
            items[j].from = items[i].from;
            items[j].chain = items[i].index;
            items[j].rank = rank++;
        }
    }
}

static int order3(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int by_scope(const void *pa, const void *pb)
{
    const struct order_item *a = pa, *b = pb;
    int r = order3(a->scope, b->scope);
    return r ? r : order3(a->at, b->at);
}

static int by_age(const void *pa, const void *pb)
{
    const struct order_item *a = pa, *b = pb;
    int r = order3(a->scope_at, b->scope_at);
    r = r ? r : order3(a->scope, b->scope);
    r = r ? r : order3(a->at, b->at);
    r = r ? r : order3(a->from, b->from);
    r = r ? r : order3((int64_t)a->chain, (int64_t)b->chain);
    r = r ? r : order3((int64_t)a->rank, (int64_t)b->rank);
    return r ? r : order3((int64_t)a->index, (int64_t)b->index);
}

enum err order_pieces(const struct order_piece *pieces, size_t n, size_t *ret_order)
{
    struct order_item *items = calloc(n ? n : 1, sizeof *items);
    if (!items) {
        return ERR_MEMORY;
    }
    int64_t start = year_start(pieces, n);
    size_t keyed = 0;
    for (size_t i = 0; i < n; i++) {
        const struct order_keys *k = &pieces[i].keys;
        ret_order[i] = i;
        if (k->first.valid) {
            items[keyed++] = (struct order_item){.index = i,
                                                 .scope = pieces[i].scope,
                                                 .at = key_at(key_end(k), start),
                                                 .from = key_at(&k->first, start),
                                                 .next = NONE,
                                                 .prior = NONE};
        }
    }
    chain_link(items, keyed, pieces, start);
    chain_settle(items, keyed);
    qsort(items, keyed, sizeof *items, by_scope);
    for (size_t i = 0; i < keyed; i++) {
        bool first = i == 0 || items[i].scope != items[i - 1].scope;
        items[i].scope_at = first ? items[i].at : items[i - 1].scope_at;
    }
    qsort(items, keyed, sizeof *items, by_age);
    for (size_t i = 0, slot = 0; i < keyed; i++, slot++) {
        while (!pieces[slot].keys.first.valid) {
            slot++;
        }
        ret_order[slot] = items[i].index;
    }
    free(items);
    return ERR_OK;
}
