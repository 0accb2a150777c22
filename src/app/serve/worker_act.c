/* What the edge wants done: sent, stored, told. Everything gathers; the end of the turn lets it out, records first. */
#include "app/serve/tell.h"
#include "app/serve/worker_inside.h"

/* A socket holds some datagrams before it sends them by itself: records go first, here as at the end of a turn. */
enum { UNFLUSHED_MOST = 512 };

static void send_datagram(struct worker *w, struct udp *u, const struct flow *flow,
                          struct str bytes)
{
    bool answer = w->from && endpoint_eq(w->from->flow.peer, flow->peer);
    w->own[TALLY_DATAGRAMS_OUT]++;
    udp_send(u, flow->peer, answer ? w->from->local : (struct endpoint){.port = 0}, bytes);
    if (++w->unflushed >= UNFLUSHED_MOST) {
        worker_keep(w);
        udp_flush(u);
        w->unflushed = 0;
    }
}

/* What was to go over a connection that is over: whoever wants it sent may wait for an answer. */
static void tell_gone(struct worker *w, uint16_t asker, const struct flow *flow)
{
    if (asker == w->cfg.index) {
        edge_on_closed(w->edge, flow, loop_date(w->loop));
        return;
    }
    (void)parcel_add(w, asker, &(struct item){.kind = ITEM_CLOSED, .from.flow = *flow}, STR(""));
}

void worker_send(struct worker *w, uint16_t asker, const struct flow *flow, struct str bytes)
{
    if (flow->transport == TRANSPORT_UDP) {
        struct udp *u = flow->listener < LISTENERS_MOST ? w->port[flow->listener].udp : NULL;
        if (u) {
            send_datagram(w, u, flow, bytes);
        }
        return;
    }
    if (flow->worker != w->cfg.index) {
        if (flow->worker < w->cfg.all->n) {
            const struct item i = {.kind = ITEM_SEND, .worker = asker, .from.flow = *flow};
            (void)parcel_add(w, flow->worker, &i, bytes);
        }
        return;
    }
    struct stream *s = w->streams ? stream_find(w->streams, flow->slot, flow->serial) : NULL;
    if (s) {
        stream_send(s, bytes);
    } else {
        tell_gone(w, asker, flow);
    }
}

void worker_close(struct worker *w, const struct flow *flow)
{
    if (flow->transport == TRANSPORT_UDP) {
        return;
    }
    if (flow->worker != w->cfg.index) {
        if (flow->worker < w->cfg.all->n) {
            (void)parcel_add(w, flow->worker,
                             &(struct item){.kind = ITEM_CLOSE, .from.flow = *flow}, STR(""));
        }
        return;
    }
    struct stream *s = w->streams ? stream_find(w->streams, flow->slot, flow->serial) : NULL;
    if (s) {
        stream_end(s);
    }
}

static void find(struct worker *w, struct str user, uint32_t ticket)
{
    const struct workers *all = w->cfg.all;
    uint16_t shard = edge_shard_of(&all->key, (uint16_t)all->n, user);
    struct edge_target target[8];
    if (shard != w->cfg.index) {
        const struct item i = {
            .kind = ITEM_FIND, .worker = (uint16_t)w->cfg.index, .ticket = ticket};
        if (!parcel_add(w, shard, &i, user)) {
            edge_on_found(w->edge, ticket, NULL, 0, loop_date(w->loop));
        }
        return;
    }
    size_t n = edge_contacts(w->edge, user, &w->arena, target, sizeof target / sizeof *target);
    edge_on_found(w->edge, ticket, target, n, loop_date(w->loop));
    arena_reset(&w->arena);
}

void worker_act(struct worker *w)
{
    struct edge_action a;
    while (edge_next(w->edge, &a)) {
        switch (a.what) {
        case EDGE_SEND:
            worker_send(w, (uint16_t)w->cfg.index, &a.flow, a.bytes);
            break;
        case EDGE_CLOSE:
            worker_close(w, &a.flow);
            break;
        case EDGE_STORE:
            if (w->wal) {
                w->own[TALLY_WAL_RECORDS]++;
                wal_add(w->wal, a.bytes);
            }
            break;
        case EDGE_TELL:
            serve_tell(w->cfg.store, w->cfg.hub, loop_date(w->loop), a.fact, &w->line);
            break;
        case EDGE_FIND:
            find(w, a.user, a.ticket);
            break;
        }
    }
}
