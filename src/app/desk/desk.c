/* A phone's life: made, told, its wishes carried out, ended. */
#include "app/desk/desk.h"

#include <stddef.h>
#include <stdlib.h>

#include "app/desk/inside.h"
#include "base/random.h"
#include "io/inflate/inflate.h"
#include "io/tls/crypto.h"

enum { TICK = 1000 /* us */, POOL = 1 << 20 };

void desk_cfg_usual(struct desk_cfg *cfg)
{
    *cfg = (struct desk_cfg){.dns_port = 53, .ntp_port = 123, .pool = POOL};
    handset_cfg_usual(&cfg->handset);
}

/* -- one event, and what comes of it */

static void end_all(struct desk *d)
{
    desk_close_all(d);
    desk_ask_stop_all(d);
    desk_fetch_stop(d, 0);
    desk_media_end(d);
}

static void on_reboot(struct desk *d, const struct handset_action *a)
{
    end_all(d);
    if (d->on->reboot) {
        d->on->reboot(d->ctx, d, a->why);
    }
}

static void wants_lease(struct desk *d)
{
    if (d->lease) {
        if (handset_on_lease(&d->handset, d->lease, desk_now(d)) != ERR_OK) {
            return; /* no memory: as without a lease */
        }
    } else if (d->on->wants_lease) {
        d->on->wants_lease(d->ctx, d);
    }
}

static void tell(struct desk *d, const struct handset_action *a)
{
    const struct desk_on *on = d->on;
    if (a->what == HANDSET_ADDRESS && on->takes) {
        on->takes(d->ctx, d, a->lease);
    } else if (a->what == HANDSET_REPORT && on->report) {
        on->report(d->ctx, d, a->text);
    } else if (a->what == HANDSET_SAVE && on->save) {
        on->save(d->ctx, d);
    } else if (a->what == HANDSET_STAGE && on->stage) {
        on->stage(d->ctx, d, a->stage, a->begun, a->state);
    } else if (a->what == HANDSET_RESTART && on->restart) {
        on->restart(d->ctx, d);
    }
}

static void carry_out(struct desk *d, const struct handset_action *a)
{
    switch (a->what) {
    case HANDSET_LEASE:
        wants_lease(d);
        break;
    case HANDSET_CLOCK:
        desk_clock(d, a);
        break;
    case HANDSET_ASK:
        desk_ask(d, a);
        break;
    case HANDSET_FETCH:
        desk_fetch(d, a);
        break;
    case HANDSET_OPEN:
        desk_open(d, a);
        break;
    case HANDSET_SEND:
        desk_send(d, a);
        break;
    case HANDSET_CLOSE:
        desk_close(d, a->id);
        break;
    case HANDSET_STOP:
        desk_ask_stop(d, a->id);
        desk_fetch_stop(d, a->id);
        break;
    case HANDSET_MEDIA:
        desk_media(d, a);
        break;
    case HANDSET_TRUST:
        desk_trust(d, a->text);
        break;
    case HANDSET_REBOOT:
        on_reboot(d, a);
        break;
    case HANDSET_ADDRESS:
    case HANDSET_REPORT:
    case HANDSET_SAVE:
    case HANDSET_STAGE:
    case HANDSET_RESTART:
        tell(d, a);
        break;
    }
}

void desk_settle(struct desk *d)
{
    struct handset_action a;
    while (handset_next(&d->handset, &a)) {
        carry_out(d, &a);
    }
    usec_t due = handset_deadline(&d->handset);
    if (due == USEC_NONE) {
        wheel_unset(&d->all->wheel, &d->timer);
    } else {
        wheel_set(&d->all->wheel, &d->timer, due);
    }
    loop_timer_at(d->all->timer, wheel_deadline(&d->all->wheel));
}

/* -- what they share */

static void on_time(void *ctx)
{
    struct desks *all = ctx;
    struct wheel_entry *e = NULL;
    while ((e = wheel_next(&all->wheel, loop_now(all->loop))) != NULL) {
        struct desk *d = (struct desk *)((char *)e - offsetof(struct desk, timer));
        handset_on_time(&d->handset, desk_now(d));
        desk_settle(d);
    }
    loop_timer_at(all->timer, wheel_deadline(&all->wheel));
}

static void on_turn(void *ctx)
{
    struct desks *all = ctx;
    stream_flush(all->streams);
}

static void limits(struct stream_limits *l)
{
    *l = stream_limits_usual;
    l->most = l->most_of_peer = l->handshaking = 1000000;
    l->first = 0;
}

enum err desks_new(struct loop *l, const struct desk_cfg *cfg, struct desks **ret)
{
    struct desks *all = calloc(1, sizeof *all);
    struct stream_limits most;
    if (!all) {
        return ERR_MEMORY;
    }
    all->cfg = cfg;
    all->loop = l;
    limits(&most);
    enum err e = loop_timer_new(l, on_time, all, &all->timer);
    e = e == ERR_OK ? asks_new(l, &all->asks) : e;
    e = e == ERR_OK ? transfers_new(l, &all->transfers) : e;
    e = e == ERR_OK ? stream_server_new(l, &most, &all->streams) : e;
    e = e == ERR_OK ? agent_work_new(&all->agents) : e;
    e = e == ERR_OK ? phone_pool_new(cfg->pool, &all->pool) : e;
    if (e != ERR_OK) {
        desks_free(all);
        return e;
    }
    wheel_init(&all->wheel, TICK, loop_now(l));
    all->trust[0] = cfg->trust;
    all->n_trusts = 1;
    all->handset = cfg->handset;
    all->handset.crypto = tls_crypto();
    all->handset.inflate = inflate_gzip();
    all->handset.agents = all->agents;
    all->turn = (struct loop_turn){.fn = on_turn, .ctx = all};
    loop_on_turn(l, &all->turn);
    *ret = all;
    return ERR_OK;
}

void desks_free(struct desks *all)
{
    if (!all) {
        return;
    }
    for (unsigned i = 1; i < all->n_trusts; i++) {
        free((void *)(uintptr_t)all->trust[i].p);
    }
    stream_server_free(all->streams);
    transfers_free(all->transfers);
    asks_free(all->asks);
    loop_timer_free(all->timer);
    agent_work_free(all->agents);
    phone_pool_free(all->pool);
    free(all);
}

struct phone_pool *desks_pool(struct desks *all)
{
    return all->pool;
}

/* -- a phone */

enum err desk_init(struct desk *d, struct desks *all, const struct phone_identity *id,
                   const struct desk_on *on, void *ctx, struct scribe *scribe, uint64_t seed)
{
    *d = (struct desk){.all = all, .on = on, .ctx = ctx};
    enum err e = phone_init(&d->phone, all->pool, id);
    if (e == ERR_OK) {
        handset_init(&d->handset, &all->handset, &d->phone, scribe, scribe, seed);
    }
    return e;
}

void desk_static(struct desk *d, const struct handset_lease *lease)
{
    d->lease = lease;
}

void desk_start(struct desk *d)
{
    if (d->all->cfg->host_clock) {
        d->all->handset.born = loop_date(d->all->loop);
    }
    handset_start(&d->handset, desk_now(d));
    desk_settle(d);
}

void desk_clear(struct desk *d)
{
    if (!d->all) {
        return;
    }
    wheel_unset(&d->all->wheel, &d->timer);
    end_all(d);
    handset_clear(&d->handset);
    phone_clear(&d->phone);
    d->all = NULL;
}

void desk_power_cut(struct desk *d)
{
    struct handset *h = &d->handset;
    struct scribe *scribe = h->scribe;
    uint64_t seed = random_next(&h->random);
    wheel_unset(&d->all->wheel, &d->timer);
    end_all(d);
    handset_clear(h);
    handset_init(h, &d->all->handset, &d->phone, scribe, scribe, seed);
    desk_start(d);
}

enum err desk_lease(struct desk *d, const struct handset_lease *lease)
{
    enum err e = handset_on_lease(&d->handset, lease, desk_now(d));
    desk_settle(d);
    return e;
}

void desk_lease_lost(struct desk *d)
{
    handset_on_lease_lost(&d->handset, desk_now(d));
    desk_settle(d);
}

void desk_do(struct desk *d, enum handset_wish what, struct str argument)
{
    handset_do(&d->handset, what, argument, desk_now(d));
    desk_settle(d);
}

void desk_report(struct desk *d, struct str name)
{
    handset_on_report(&d->handset, name, desk_now(d));
    desk_settle(d);
}

usec_t desk_date(const struct desk *d)
{
    return handset_date(&d->handset, desk_now(d));
}
