/* The life of a worker. */
#include "app/serve/worker.h"

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/serve/worker_inside.h"

enum { ACCOUNTS_AT_ONCE = 2000, TRIM_AFTER = 500 };
#define DRAIN_STEP (100 * USEC_MS)

uint64_t worker_tally(const struct worker *w, unsigned tally)
{
    return atomic_load_explicit(&w->tally[tally], memory_order_relaxed);
}

usec_t worker_alive(const struct worker *w)
{
    return atomic_load_explicit(&w->alive, memory_order_relaxed);
}

static void on_deadline(void *ctx)
{
    struct worker *w = ctx;
    edge_on_time(w->edge, loop_date(w->loop));
    worker_act(w);
}

/* Handshakes leave holes where they worked. When many came and none comes any more, the pages go back. */
static void give_back(struct worker *w)
{
    uint64_t n = w->streams ? stream_counts(w->streams)->handshakes : 0;
    if (n == w->handshakes_seen && n - w->handshakes_trimmed >= TRIM_AFTER) {
        w->handshakes_trimmed = n;
        (void)malloc_trim(0);
    }
    w->handshakes_seen = n;
}

/* At least one turn a second, so that others see it alive. */
static void on_pulse(void *ctx)
{
    struct worker *w = ctx;
    give_back(w);
    loop_timer_at(w->pulse, loop_now(w->loop) + USEC_S);
}

/* An even share of the connections that are left. */
static void on_draining(void *ctx)
{
    struct worker *w = ctx;
    usec_t left = w->drain_until - loop_now(w->loop);
    size_t n = w->streams ? stream_count(w->streams) : 0;
    size_t steps = left > DRAIN_STEP ? (size_t)(left / DRAIN_STEP) : 1;
    if (n) {
        (void)stream_end_some(w->streams, n / steps + 1);
        loop_timer_at(w->draining, loop_now(w->loop) + DRAIN_STEP);
    }
}

static void *run(void *ctx)
{
    struct worker *w = ctx;
    loop_run(w->loop);
    return NULL;
}

static void worker_free(struct worker *w)
{
    w->quiet = true;
    worker_unlisten(w);
    for (size_t i = 0; i < LISTENERS_MOST; i++) {
        if (i < w->cfg.plan->n_listeners && w->cfg.fd[i] >= 0) {
            (void)close(w->cfg.fd[i]);
        }
    }
    phones_free(w->phones);
    for (size_t i = 0; w->cfg.phones && i < w->cfg.phones->n_listeners; i++) {
        if (w->cfg.phones_fd[i] >= 0) {
            (void)close(w->cfg.phones_fd[i]);
        }
    }
    loop_timer_free(w->timer);
    loop_timer_free(w->pulse);
    loop_timer_free(w->draining);
    parcels_clear(w);
    loop_free(w->loop);
    wal_close(w->wal);
    edge_free(w->edge);
    arena_clear(&w->arena);
    buf_clear(&w->line);
    free(w);
}

static enum err prepare(struct worker *w)
{
    enum err e = loop_new(&w->loop);
    if (e == ERR_OK) {
        e = loop_timer_new(w->loop, on_deadline, w, &w->timer);
    }
    if (e == ERR_OK) {
        e = loop_timer_new(w->loop, on_pulse, w, &w->pulse);
    }
    if (e == ERR_OK) {
        e = loop_timer_new(w->loop, on_draining, w, &w->draining);
    }
    if (e == ERR_OK) {
        e = worker_listen(w);
    }
    if (e == ERR_OK) {
        e = worker_phones(w);
    }
    if (e != ERR_OK) {
        return e;
    }
    w->turn = (struct loop_turn){.fn = worker_turn, .ctx = w};
    loop_on_turn(w->loop, &w->turn);
    loop_on_letter(w->loop, w);
    loop_timer_at(w->pulse, loop_now(w->loop) + USEC_S);
    atomic_store(&w->alive, worker_clock());
    return ERR_OK;
}

enum err worker_new(const struct worker_cfg *cfg, struct worker **ret)
{
    struct worker *w = calloc(1, sizeof *w);
    if (!w) {
        return ERR_MEMORY;
    }
    w->cfg = *cfg;
    w->edge = cfg->edge;
    w->wal = cfg->wal;
    w->drain_until = USEC_NONE;
    arena_init(&w->arena, 0);
    enum err e = prepare(w);
    if (e != ERR_OK) {
        worker_free(w);
        return e;
    }
    cfg->all->at[cfg->index] = w;
    *ret = w;
    return ERR_OK;
}

enum err worker_start(struct worker *w)
{
    sigset_t all, was;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &was);
    int code = pthread_create(&w->thread, NULL, run, w);
    (void)pthread_sigmask(SIG_SETMASK, &was, NULL);
    w->started = code == 0;
    return code == 0 ? ERR_OK : ERR_LIMIT;
}

void worker_join(struct worker *w)
{
    if (w) {
        if (w->started) {
            (void)pthread_join(w->thread, NULL);
        }
        worker_free(w);
    }
}

/* -- orders */

struct order {
    struct loop_letter letter;
    usec_t until;
    uint32_t seconds;
    struct tls_server *tls, *phones_tls;
    struct worker *worker;
    void (*done)(void *ctx);
};

static void post(struct worker *w, void (*open)(struct loop_letter *l, void *ctx),
                 struct order order)
{
    struct order *o = malloc(sizeof *o);
    if (o) {
        *o = order;
        o->worker = w;
        o->letter.open = open;
        loop_post(w->loop, &o->letter);
    }
}

static void on_done(struct loop_letter *l, void *ctx)
{
    struct order *o = (struct order *)(void *)l;
    o->done(ctx);
    free(o);
}

static void answer(struct worker *w, struct order *o)
{
    o->letter.open = on_done;
    loop_post(w->cfg.owner, &o->letter);
}

static void on_drain(struct loop_letter *l, void *ctx)
{
    struct order *o = (struct order *)(void *)l;
    struct worker *w = ctx;
    if (w->streams && !w->quiet) {
        w->drain_until = o->until;
        stream_listen_stop(w->streams);
        edge_drain(w->edge, o->seconds);
        loop_timer_at(w->draining, loop_now(w->loop));
    }
    if (w->phones) {
        phones_drain(w->phones);
    }
    free(o);
}

void worker_drain(struct worker *w, usec_t until, uint32_t seconds)
{
    post(w, on_drain, (struct order){.until = until, .seconds = seconds});
}

static void on_quiet(struct loop_letter *l, void *ctx)
{
    struct worker *w = ctx;
    w->quiet = true;
    if (w->phones) {
        phones_drain(w->phones);
    }
    worker_turn(w); /* what waits leaves before the sockets go */
    worker_unlisten(w);
    w->quieting = l;
    worker_quieted(w);
}

void worker_quieted(struct worker *w)
{
    struct loop_letter *l = w->quieting;
    if (l && !(w->phones && phones_asking(w->phones))) {
        w->quieting = NULL;
        answer(w, (struct order *)(void *)l);
    }
}

void worker_quiet(struct worker *w, void (*done)(void *ctx))
{
    post(w, on_quiet, (struct order){.done = done});
}

static void on_stop(struct loop_letter *l, void *ctx)
{
    struct worker *w = ctx;
    loop_stop(w->loop);
    free(l);
}

void worker_stop(struct worker *w)
{
    post(w, on_stop, (struct order){0});
}

static void on_tls(struct loop_letter *l, void *ctx)
{
    struct order *o = (struct order *)(void *)l;
    struct worker *w = ctx;
    if (w->streams && o->tls) {
        stream_listen_tls(w->streams, o->tls);
    }
    if (w->phones && o->phones_tls) {
        phones_tls(w->phones, o->phones_tls);
    }
    answer(w, o);
}

void worker_tls(struct worker *w, struct tls_server *tls, struct tls_server *phones,
                void (*done)(void *ctx))
{
    post(w, on_tls, (struct order){.tls = tls, .phones_tls = phones, .done = done});
}

/* -- accounts: some in each turn, so that messages are not kept waiting */

struct putting {
    struct loop_letter letter;
    struct worker_accounts *a;
    size_t at, at_gone;
};

static void on_put(struct loop_letter *l, void *ctx);

static void on_put_done(struct loop_letter *l, void *ctx)
{
    struct putting *p = (struct putting *)(void *)l;
    struct worker_accounts *a = p->a;
    free(p);
    if (atomic_fetch_sub(&a->left, 1) == 1) {
        a->done(ctx, a);
    }
}

bool worker_has(const struct worker *w, struct str user)
{
    const struct workers *all = w->cfg.all;
    return edge_shard_of(&all->key, (uint16_t)all->n, user) == w->cfg.index;
}

static void on_put(struct loop_letter *l, void *ctx)
{
    struct putting *p = (struct putting *)(void *)l;
    struct worker_accounts *a = p->a;
    struct worker *w = ctx;
    usec_t now = loop_date(w->loop);
    size_t n = 0;
    for (; p->at_gone < a->n_gone && n < ACCOUNTS_AT_ONCE; p->at_gone++, n++) {
        if (worker_has(w, a->gone[p->at_gone])) {
            (void)edge_account_remove(w->edge, a->gone[p->at_gone], now);
        }
    }
    for (; p->at < a->n && n < ACCOUNTS_AT_ONCE; p->at++, n++) {
        if (worker_has(w, a->row[p->at].user) &&
            edge_account_put(w->edge, &a->row[p->at], now) != ERR_OK) {
            atomic_fetch_add(&a->failed, 1);
        }
    }
    worker_act(w);
    bool over = p->at == a->n && p->at_gone == a->n_gone;
    p->letter.open = over ? on_put_done : on_put;
    loop_post(over ? w->cfg.owner : w->loop, &p->letter);
}

void worker_put_accounts(struct worker *w, struct worker_accounts *a)
{
    struct putting *p = calloc(1, sizeof *p);
    if (!p) {
        atomic_fetch_sub(&a->left, 1);
        return;
    }
    p->a = a;
    p->letter.open = on_put;
    loop_post(w->loop, &p->letter);
}
