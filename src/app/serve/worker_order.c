/* What the hub has a worker do. */
#include <stdlib.h>

#include "app/serve/worker_inside.h"

enum { AT_ONCE = 256 }; /* accounts of one letter; between them messages are answered */

struct order {
    struct loop_letter letter;
    struct hub_order *order;
    size_t at, at_gone;
};

/* True when there is more to do. */
static bool accounts(struct worker *w, struct order *o)
{
    const struct hub_order *what = o->order;
    usec_t now = loop_date(w->loop);
    size_t n = 0;
    for (; o->at_gone < what->n_gone && n < AT_ONCE; o->at_gone++, n++) {
        if (worker_has(w, what->gone[o->at_gone])) {
            (void)edge_account_remove(w->edge, what->gone[o->at_gone], now);
        }
    }
    for (; o->at < what->n && n < AT_ONCE; o->at++, n++) {
        if (worker_has(w, what->row[o->at].user) &&
            edge_account_put(w->edge, &what->row[o->at], now) != ERR_OK) {
            w->own[TALLY_ACCOUNTS_REFUSED]++;
        }
    }
    worker_act(w);
    return o->at < what->n || o->at_gone < what->n_gone;
}

static void notify(struct worker *w, struct hub_order *o)
{
    if (worker_has(w, o->user) &&
        edge_notify(w->edge, o->user, o->event, loop_date(w->loop)) == ERR_OK) {
        atomic_fetch_add(&o->sent, 1);
    }
    worker_act(w);
}

static void on_order(struct loop_letter *l, void *ctx)
{
    struct order *o = (struct order *)(void *)l;
    struct worker *w = ctx;
    switch (o->order->kind) {
    case HUB_FORGET:
        if (w->phones) {
            phones_forget(w->phones, o->order->mac, o->order->n);
        }
        break;
    case HUB_WINDOWS:
        if (w->phones) {
            phones_windows(w->phones, o->order->window, o->order->n);
        }
        break;
    case HUB_ACCOUNTS:
        if (accounts(w, o)) {
            loop_post(w->loop, &o->letter);
            return;
        }
        break;
    case HUB_NOTIFY:
        notify(w, o->order);
        break;
    }
    hub_order_done(o->order);
    free(o);
}

void worker_order(struct worker *w, struct hub_order *order)
{
    struct order *o = calloc(1, sizeof *o);
    if (!o) { /* the others do their part */
        atomic_fetch_add(&order->failed, 1);
        hub_order_done(order);
        return;
    }
    o->order = order;
    o->letter.open = on_order;
    loop_post(w->loop, &o->letter);
}
