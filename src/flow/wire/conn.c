/* The table of TCP connections. */
#include "flow/wire/inside.h"

/* Both ends give the same hash whichever comes first. */
static uint64_t end_hash(const struct endpoint *e)
{
    uint64_t high;
    uint64_t low;
    memcpy(&high, e->ip.b, 8);
    memcpy(&low, e->ip.b + 8, 8);
    uint64_t h = (high ^ 0x9E3779B97F4A7C15U) * 0xBF58476D1CE4E5B9U;
    h ^= h >> 29;
    h = (h + low + ((uint64_t)e->port << 40)) * 0x94D049BB133111EBU;
    return h ^ h >> 31;
}

static uint32_t pair_hash(const struct wire_at *at)
{
    uint64_t h = (end_hash(&at->src) + end_hash(&at->dst)) * 0xD6E8FEB86659FD93U;
    return (uint32_t)(h >> 40) % WIRE_HASH;
}

static void list_out(struct wire *w, struct conn *c)
{
    *(c->newer ? &c->newer->older : &w->newest) = c->older;
    *(c->older ? &c->older->newer : &w->oldest) = c->newer;
    c->newer = NULL;
    c->older = NULL;
}

static void list_in(struct wire *w, struct conn *c)
{
    c->older = w->newest;
    *(w->newest ? &w->newest->newer : &w->oldest) = c;
    w->newest = c;
    c->touched = w->at.frame;
}

/* Puts it in order again, but not for every packet. */
static void touch(struct wire *w, struct conn *c)
{
    if (w->at.frame - c->touched > WIRE_TOUCH_FRAMES) {
        list_out(w, c);
        list_in(w, c);
    }
}

struct conn *conn_find(struct wire *w, bool *ret_from_client)
{
    const struct wire_at *at = &w->at;
    for (struct conn *c = w->table[pair_hash(at)]; c; c = c->chain) {
        bool client = endpoint_eq(c->c.client, at->src) && endpoint_eq(c->c.server, at->dst);
        if (client || (endpoint_eq(c->c.server, at->src) && endpoint_eq(c->c.client, at->dst))) {
            *ret_from_client = client;
            touch(w, c);
            return c;
        }
    }
    return NULL;
}

static void evict(struct wire *w, struct conn *c)
{
    w->count.evicted++;
    conn_end(w, c, false);
    conn_remove(w, c);
}

/* No chain grows long, whoever chooses the addresses. */
static void chain_trim(struct wire *w, uint32_t hash)
{
    struct conn *oldest = NULL;
    unsigned n = 0;
    for (struct conn *c = w->table[hash]; c; c = c->chain) {
        oldest = !oldest || c->touched < oldest->touched ? c : oldest;
        n++;
    }
    if (n >= WIRE_CHAIN_MOST) {
        evict(w, oldest);
    }
}

struct conn *conn_add(struct wire *w, bool from_client)
{
    const struct wire_at *at = &w->at;
    uint32_t hash = pair_hash(at);
    if (w->oldest &&
        (w->n_conns >= WIRE_CONNS_MOST || w->budget.used > w->budget.limit - w->budget.limit / 8)) {
        evict(w, w->oldest);
    }
    chain_trim(w, hash);
    struct conn *c = budget_take(&w->budget, sizeof *c);
    if (!c) {
        return NULL;
    }
    *c = (struct conn){.c = {.id = (uint32_t)++w->count.conns,
                             .client = from_client ? at->src : at->dst,
                             .server = from_client ? at->dst : at->src,
                             .client_mac = from_client ? at->src_mac : at->dst_mac,
                             .has_mac = at->has_mac,
                             .began = at->time,
                             .up = USEC_NONE,
                             .first_frame = at->frame},
                       .hash = hash,
                       .chain = w->table[hash]};
    w->table[hash] = c;
    w->n_conns++;
    list_in(w, c);
    return c;
}

void conn_remove(struct wire *w, struct conn *c)
{
    struct conn **link = &w->table[c->hash];
    while (*link != c) {
        link = &(*link)->chain;
    }
    *link = c->chain;
    list_out(w, c);
    w->n_conns--;
    secure_free(w, c);
    budget_give(&w->budget, c, sizeof *c);
}

void conns_clear(struct wire *w)
{
    while (w->oldest) {
        struct conn *c = w->oldest;
        conn_end(w, c, false);
        conn_remove(w, c);
    }
}
