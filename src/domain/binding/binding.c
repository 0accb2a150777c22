/* The table of bindings: packed rows with their texts in one piece of memory, in a heap by when their time is
 * over, and indexed by their connection. */
#include <stdlib.h>

#include "domain/binding/inside.h"

struct bindings {
    struct rows rows;
    struct index flows;
    struct heap heap;
    struct slab text;
    struct agent *agents; /* owned */
};

static struct row *row_at(const struct bindings *t, uint32_t at)
{
    return rows_at(&t->rows, at - 1);
}

static enum err make(struct bindings *t, size_t most)
{
    t->agents = calloc(AGENTS, sizeof *t->agents);
    enum err e = t->agents ? rows_init(&t->rows, sizeof(struct row), most) : ERR_MEMORY;
    if (e == ERR_OK) {
        e = index_init(&t->flows, &t->rows, offsetof(struct row, link));
    }
    if (e == ERR_OK) {
        t->heap.rows = &t->rows;
        e = rows_init(&t->heap.place, sizeof(uint32_t), most);
    }
    return e;
}

enum err bindings_new(size_t most, struct bindings **ret)
{
    struct bindings *t = calloc(1, sizeof *t);
    if (!t) {
        return ERR_MEMORY;
    }
    enum err e = make(t, most);
    if (e != ERR_OK) {
        bindings_free(t);
        return e;
    }
    *ret = t;
    return ERR_OK;
}

void bindings_free(struct bindings *t)
{
    if (t) {
        rows_clear(&t->rows);
        rows_clear(&t->heap.place);
        index_clear(&t->flows);
        slab_clear(&t->text);
        free(t->agents);
        free(t);
    }
}

uint32_t bindings_next(const struct bindings *t, uint32_t at)
{
    return row_at(t, at)->next;
}

/* -- texts */

static size_t text_len(const struct row *r)
{
    return (size_t)r->contact_len + r->call_id_len + r->instance_len + r->agent_len;
}

static struct str take(const char **at, size_t len)
{
    struct str s = str_of(*at, len);
    *at += len;
    return s;
}

static void read_texts(const struct bindings *t, const struct row *r, struct binding *ret)
{
    const char *at = slab_at(&t->text, r->text);
    ret->contact = take(&at, r->contact_len);
    ret->call_id = take(&at, r->call_id_len);
    ret->instance = take(&at, r->instance_len);
    ret->agent = r->agent ? agent_text(t->agents, r->agent) : take(&at, r->agent_len);
}

static void put(char **at, struct str s)
{
    if (s.len) {
        memcpy(*at, s.p, s.len);
    }
    *at += s.len;
}

/* Gives the row texts of its own; what it had is the caller's to give back. */
static enum err put_texts(struct bindings *t, struct row *r, const struct binding *b)
{
    if (b->contact.len > BINDING_TEXT_MOST || b->call_id.len > BINDING_TEXT_MOST ||
        b->instance.len > BINDING_TEXT_MOST ||
        b->contact.len + b->call_id.len + b->instance.len > BINDING_TEXT_MOST) {
        return ERR_LIMIT;
    }
    struct str kept = binding_agent(b->agent);
    uint16_t agent = agents_take(t->agents, kept);
    struct str beside = agent ? str_of(NULL, 0) : kept;
    uint32_t text =
        slab_take(&t->text, b->contact.len + b->call_id.len + b->instance.len + beside.len);
    if (!text) {
        agents_give(t->agents, agent);
        return ERR_MEMORY;
    }
    char *at = slab_at(&t->text, text);
    put(&at, b->contact);
    put(&at, b->call_id);
    put(&at, b->instance);
    put(&at, beside);
    r->text = text;
    r->contact_len = (uint16_t)b->contact.len;
    r->call_id_len = (uint16_t)b->call_id.len;
    r->instance_len = (uint16_t)b->instance.len;
    r->agent_len = (uint8_t)beside.len;
    r->agent = agent;
    return ERR_OK;
}

static void give_texts(struct bindings *t, const struct row *r)
{
    agents_give(t->agents, r->agent);
    slab_give(&t->text, r->text, text_len(r));
}

static bool same_texts(const struct bindings *t, const struct row *r, const struct binding *b)
{
    struct binding old;
    read_texts(t, r, &old);
    return str_eq(old.contact, b->contact) && str_eq(old.call_id, b->call_id) &&
           str_eq(old.instance, b->instance) && str_eq(old.agent, binding_agent(b->agent));
}

/* -- numbers */

/* Neighbouring connections fall into neighbouring buckets. */
static uint32_t flow_hash(uint16_t worker, uint32_t slot)
{
    return slot + worker * 0x9e3779b1U;
}

static void put_flow(struct bindings *t, uint32_t at, const struct flow *f)
{
    struct row *r = row_at(t, at);
    bool moved = r->serial != f->serial || r->slot != f->slot || r->worker != f->worker;
    if (moved && r->serial) {
        index_remove(&t->flows, at - 1);
    }
    r->transport = f->transport;
    r->listener = f->listener;
    r->worker = f->worker;
    r->slot = f->slot;
    r->serial = f->serial;
    r->family = f->peer.ip.family;
    memcpy(r->ip, f->peer.ip.b, sizeof r->ip);
    r->port = f->peer.port;
    if (moved && r->serial) {
        index_add(&t->flows, at - 1, flow_hash(r->worker, r->slot));
    }
}

static void put_numbers(struct bindings *t, uint32_t at, const struct binding *b)
{
    struct row *r = row_at(t, at);
    r->account = b->account;
    r->reg_id = b->reg_id;
    r->cseq = b->cseq;
    r->q = b->q;
    r->node = b->node;
    r->registered = b->registered;
    r->refreshed = b->refreshed;
    r->expires = b->expires;
    put_flow(t, at, &b->flow);
}

static struct flow read_flow(const struct row *r)
{
    struct flow f = {.transport = r->transport,
                     .listener = r->listener,
                     .worker = r->worker,
                     .slot = r->slot,
                     .serial = r->serial,
                     .peer = {.ip = {.family = r->family}, .port = r->port}};
    memcpy(f.peer.ip.b, r->ip, sizeof r->ip);
    return f;
}

void bindings_read(const struct bindings *t, uint32_t at, struct binding *ret)
{
    const struct row *r = row_at(t, at);
    *ret = (struct binding){.account = r->account,
                            .reg_id = r->reg_id,
                            .cseq = r->cseq,
                            .q = r->q,
                            .node = r->node,
                            .flow = read_flow(r),
                            .registered = r->registered,
                            .refreshed = r->refreshed,
                            .expires = r->expires};
    read_texts(t, r, ret);
}

/* -- changes */

enum err bindings_add(struct bindings *t, const struct binding *b, uint32_t *first)
{
    uint32_t number;
    enum err e = rows_take(&t->rows, &number);
    if (e != ERR_OK) {
        return e;
    }
    struct row *r = rows_at(&t->rows, number);
    e = heap_room(&t->heap);
    if (e == ERR_OK) {
        e = put_texts(t, r, b);
    }
    if (e != ERR_OK) {
        rows_give(&t->rows, number);
        return e;
    }
    put_numbers(t, number + 1, b);
    heap_add(&t->heap, number);
    r->next = *first;
    *first = number + 1;
    return ERR_OK;
}

enum err bindings_set(struct bindings *t, uint32_t at, const struct binding *b)
{
    struct row *r = row_at(t, at);
    if (!same_texts(t, r, b)) {
        struct row old = *r;
        enum err e = put_texts(t, r, b);
        if (e != ERR_OK) {
            return e;
        }
        give_texts(t, &old);
    }
    usec_t expires = r->expires;
    put_numbers(t, at, b);
    if (expires != r->expires) {
        heap_moved(&t->heap, at - 1);
    }
    return ERR_OK;
}

void bindings_remove(struct bindings *t, uint32_t at, uint32_t *first)
{
    struct row *r = row_at(t, at);
    uint32_t *link = first;
    while (*link != at) {
        link = &row_at(t, *link)->next;
    }
    *link = r->next;
    if (r->serial) {
        index_remove(&t->flows, at - 1);
    }
    heap_remove(&t->heap, at - 1);
    give_texts(t, r);
    rows_give(&t->rows, at - 1);
}

size_t bindings_flow_lost(struct bindings *t, const struct flow *flow, uint32_t *ret_one)
{
    size_t n = 0;
    uint32_t at = flow->serial ? index_first(&t->flows, flow_hash(flow->worker, flow->slot)) : 0;
    while (at) {
        struct row *r = row_at(t, at);
        uint32_t next = index_next(&t->flows, at);
        if (r->worker == flow->worker && r->slot == flow->slot && r->serial == flow->serial) {
            index_remove(&t->flows, at - 1);
            r->serial = 0;
            *ret_one = at;
            n++;
        }
        at = next;
    }
    return n;
}

/* -- asking */

uint32_t bindings_expired(struct bindings *t, usec_t now)
{
    uint32_t at = t->heap.n ? heap_first(&t->heap) + 1 : 0;
    return at && row_at(t, at)->expires <= now ? at : 0;
}

usec_t bindings_deadline(const struct bindings *t)
{
    return t->heap.n ? row_at(t, heap_first(&t->heap) + 1)->expires : USEC_NONE;
}

size_t bindings_count(const struct bindings *t)
{
    return t->rows.n;
}

uint32_t bindings_each(const struct bindings *t, uint32_t *cursor)
{
    while (*cursor < t->rows.used) {
        uint32_t at = ++*cursor;
        if (row_at(t, at)->heap_at) {
            return at;
        }
    }
    return 0;
}

size_t bindings_memory(const struct bindings *t)
{
    return sizeof *t + rows_memory(&t->rows) + rows_memory(&t->flows.bucket) +
           rows_memory(&t->heap.place) + slab_memory(&t->text) + AGENTS * sizeof *t->agents;
}
