/* What the edge wants done: a queue of actions and the bytes they point at. */
#include <stdlib.h>

#include "flow/edge/inside.h"

enum { TEXT_MOST = 64 * 1024 * 1024, ACTIONS_MOST = 1 << 20 };

void edge_out_begin(struct edge *e, usec_t now)
{
    struct out *o = &e->out;
    if (now > e->now) {
        e->now = now;
    }
    e->count[EDGE_BINDINGS] = bindings_count(e->bindings);
    e->count[EDGE_ACCOUNTS] = accounts_count(e->accounts);
    e->count[EDGE_TRANSACTIONS] = e->notices.n + call_count(e->call);
    e->count[EDGE_REPLIES_KEPT] = replies_bytes(&e->replies);
    if (o->at < o->n) {
        return;
    }
    o->n = o->at = 0;
    o->text.limit = TEXT_MOST;
    buf_reset(&o->text);
    if (o->facts.blocks) {
        arena_reset(&o->facts);
    }
}

struct sink edge_out_sink(struct edge *e)
{
    return buf_sink(&e->out.text);
}

static struct out_action *add(struct edge *e, enum edge_do what)
{
    struct out *o = &e->out;
    if (o->n == o->cap) {
        size_t cap = o->cap ? 2 * o->cap : 64;
        struct out_action *list = cap <= ACTIONS_MOST ? realloc(o->list, cap * sizeof *list) : NULL;
        if (!list) {
            e->count[EDGE_DROPPED_FULL]++;
            return NULL;
        }
        o->list = list;
        o->cap = cap;
    }
    struct out_action *a = &o->list[o->n++];
    *a = (struct out_action){.what = what};
    return a;
}

void edge_out_send(struct edge *e, const struct flow *flow, size_t start)
{
    struct out_action *a = add(e, EDGE_SEND);
    if (a) {
        a->flow = *flow;
        a->start = start;
        a->len = e->out.text.len - start;
    }
}

void edge_out_close(struct edge *e, const struct flow *flow)
{
    struct out_action *a = flow->transport == TRANSPORT_UDP ? NULL : add(e, EDGE_CLOSE);
    if (a) {
        a->flow = *flow;
    }
}

void edge_out_store(struct edge *e, enum binding_change change, struct str user,
                    const struct binding *b)
{
    struct sink s = edge_out_sink(e);
    size_t start = e->out.text.len;
    binding_record_write(&s, change, user, b);
    struct out_action *a = s.err == ERR_OK ? add(e, EDGE_STORE) : NULL;
    if (a) {
        a->start = start;
        a->len = e->out.text.len - start;
    }
}

void edge_out_find(struct edge *e, struct str user, uint32_t ticket)
{
    struct sink s = edge_out_sink(e);
    size_t start = e->out.text.len;
    sink_str(&s, user);
    struct out_action *a = s.err == ERR_OK ? add(e, EDGE_FIND) : NULL;
    if (a) {
        a->start = start;
        a->len = user.len;
        a->ticket = ticket;
    }
}

void edge_out_tell(struct edge *e, const struct fact *f)
{
    const struct fact *copy = fact_copy(&e->out.facts, f, 0);
    struct out_action *a = copy ? add(e, EDGE_TELL) : NULL;
    if (a) {
        a->fact = copy;
    }
}

bool edge_next(struct edge *e, struct edge_action *ret)
{
    struct out *o = &e->out;
    if (o->at == o->n) {
        return false;
    }
    const struct out_action *a = &o->list[o->at++];
    struct str bytes = str_of(o->text.p ? o->text.p + a->start : NULL, a->len);
    *ret = (struct edge_action){
        .what = a->what, .flow = a->flow, .fact = a->fact, .ticket = a->ticket};
    if (a->what == EDGE_FIND) {
        ret->user = bytes;
    } else {
        ret->bytes = bytes;
    }
    return true;
}
