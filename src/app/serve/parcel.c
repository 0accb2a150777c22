/* Letters between workers. */
#include "app/serve/parcel.h"

#include <stdlib.h>
#include <string.h>

#include "app/serve/worker_inside.h"

/* A worker that is so far behind gets no more messages: their senders repeat them, to a quieter house. */
enum { MAIL_MOST = 8 * 1024 * 1024 };

static bool add_raw(struct buf *b, const void *p, size_t len)
{
    return buf_add(b, str_of(p, len)) == ERR_OK;
}

static struct parcel *parcel_of(struct worker *w, uint16_t to)
{
    if (!w->out[to]) {
        struct parcel *p = calloc(1, sizeof *p);
        if (p) {
            p->to = w->cfg.all->at[to];
        }
        w->out[to] = p;
    }
    return w->out[to];
}

bool parcel_add(struct worker *w, uint16_t to, const struct item *item, struct str bytes)
{
    struct parcel *p = w->quiet ? NULL : parcel_of(w, to);
    struct item i = *item;
    i.len = (uint32_t)bytes.len;
    if (!p || (i.kind == ITEM_MESSAGE && atomic_load(&p->to->mail) + p->bytes.len > MAIL_MOST)) {
        w->own[TALLY_SHED]++;
        return false;
    }
    size_t was = p->bytes.len;
    if (!add_raw(&p->bytes, &i, sizeof i) || !add_raw(&p->bytes, bytes.p, bytes.len)) {
        p->bytes.len = was;
        w->own[TALLY_SHED]++;
        return false;
    }
    return true;
}

/* -- reading */

static void on_find(struct worker *w, const struct item *i, struct str user)
{
    struct edge_target target[8];
    struct buf b = {.limit = 0};
    size_t n = edge_contacts(w->edge, user, &w->arena, target, sizeof target / sizeof *target);
    targets_write(&b, target, n);
    arena_reset(&w->arena);
    (void)parcel_add(w, i->worker, &(struct item){.kind = ITEM_FOUND, .ticket = i->ticket},
                     buf_str(&b));
    buf_clear(&b);
}

static void on_found(struct worker *w, const struct item *i, struct str bytes)
{
    struct edge_target target[8];
    size_t n = targets_read(bytes, target, sizeof target / sizeof *target);
    edge_on_found(w->edge, i->ticket, target, n, loop_date(w->loop));
    worker_act(w);
}

static void on_item(struct worker *w, const struct item *i, struct str bytes)
{
    switch (i->kind) {
    case ITEM_MESSAGE:
        edge_on_message(w->edge, &i->from, bytes, loop_date(w->loop));
        worker_act(w);
        return;
    case ITEM_CLOSED:
        edge_on_closed(w->edge, &i->from.flow, loop_date(w->loop));
        worker_act(w);
        return;
    case ITEM_SEND:
        worker_send(w, i->worker, &i->from.flow, bytes);
        return;
    case ITEM_CLOSE:
        worker_close(w, &i->from.flow);
        return;
    case ITEM_FIND:
        on_find(w, i, bytes);
        return;
    case ITEM_FOUND:
        on_found(w, i, bytes);
        return;
    }
}

static void parcel_free(struct parcel *p)
{
    buf_clear(&p->bytes);
    free(p);
}

static void on_parcel(struct loop_letter *l, void *ctx)
{
    struct parcel *p = (struct parcel *)(void *)l;
    struct worker *w = ctx;
    struct str rest = buf_str(&p->bytes);
    while (rest.len >= sizeof(struct item)) {
        struct item i;
        memcpy(&i, rest.p, sizeof i);
        rest = str_from(rest, sizeof i);
        on_item(w, &i, str_head(rest, i.len));
        rest = str_from(rest, i.len);
    }
    atomic_fetch_sub(&w->mail, p->bytes.len);
    parcel_free(p);
}

void parcels_post(struct worker *w)
{
    for (size_t i = 0; i < w->cfg.all->n; i++) {
        struct parcel *p = w->out[i];
        if (!p) {
            continue;
        }
        w->out[i] = NULL;
        p->letter.open = on_parcel;
        atomic_fetch_add(&p->to->mail, p->bytes.len);
        loop_post(p->to->loop, &p->letter);
    }
}

void parcels_clear(struct worker *w)
{
    for (size_t i = 0; i < WORKERS_MOST; i++) {
        if (w->out[i]) {
            parcel_free(w->out[i]);
        }
        w->out[i] = NULL;
    }
}

/* -- targets */

struct packed {
    struct flow flow;
    uint16_t q;
    uint32_t len;
};

void targets_write(struct buf *out, const struct edge_target *t, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct packed p = {.flow = t[i].flow, .q = t[i].q, .len = (uint32_t)t[i].contact.len};
        size_t was = out->len;
        if (!add_raw(out, &p, sizeof p) || !add_raw(out, t[i].contact.p, p.len)) {
            out->len = was;
            return;
        }
    }
}

size_t targets_read(struct str bytes, struct edge_target *ret, size_t most)
{
    size_t n = 0;
    while (n < most && bytes.len >= sizeof(struct packed)) {
        struct packed p;
        memcpy(&p, bytes.p, sizeof p);
        bytes = str_from(bytes, sizeof p);
        ret[n++] =
            (struct edge_target){.contact = str_head(bytes, p.len), .flow = p.flow, .q = p.q};
        bytes = str_from(bytes, p.len);
    }
    return n;
}
