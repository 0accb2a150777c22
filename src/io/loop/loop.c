/* The event loop of a thread, by libuv. */
#include "io/loop/loop.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <uv.h>

enum { SIGNALS_MOST = 8 };

struct watch_signal {
    uv_signal_t uv;
    void (*fn)(void *ctx, int signum);
    void *ctx;
};

struct job {
    uv_work_t uv;
    struct loop *loop;
    struct loop_work *work;
    struct job *next, **prev;
};

struct loop {
    uv_loop_t uv;
    uv_async_t letters;
    uv_prepare_t turn;
    uv_check_t woke;
    struct loop_turn *turns;              /* in the order given */
    _Atomic(struct loop_letter *) posted; /* newest first */
    void *letter_ctx;
    atomic_bool stop;
    bool ending;   /* loop_free */
    bool in_timer; /* the library is calling timers */
    bool stale;    /* it may have waited since the clocks were looked at */
    usec_t now, date;
    struct watch_signal signal[SIGNALS_MOST];
    unsigned n_signals;
    struct job *jobs;
    unsigned n_jobs;
};

struct loop_timer {
    uv_timer_t uv;
    struct loop *loop;
    usec_t when; /* USEC_NONE: not set */
    void (*fn)(void *ctx);
    void *ctx;
};

struct loop_watch {
    uv_poll_t uv;
    void (*fn)(void *ctx, unsigned events);
    void *ctx;
};

static usec_t clock_usec(clockid_t id)
{
    struct timespec t;
    (void)clock_gettime(id, &t);
    return (usec_t)t.tv_sec * USEC_S + t.tv_nsec / 1000;
}

/* Once for what comes between two waits. The date does not fall when somebody sets the clock back: it
 * stands still until it is reached again. */
static void look_at_clocks(struct loop *l)
{
    if (!l->stale) {
        return;
    }
    l->stale = false;
    l->now = clock_usec(CLOCK_MONOTONIC);
    usec_t date = clock_usec(CLOCK_REALTIME);
    l->date = date > l->date ? date : l->date;
}

/* Behind the descriptors come the timers, in the loop's order: they see a time of their own. */
static void on_woke(uv_check_t *h)
{
    struct loop *l = h->data;
    l->stale = true;
}

static void on_turn(uv_prepare_t *h)
{
    struct loop *l = h->data;
    for (struct loop_turn *t = l->turns; t; t = t->next) {
        t->fn(t->ctx);
    }
    l->stale = true;
    if (l->stop) {
        uv_stop(&l->uv);
    }
}

/* Letters are taken all at once and turned round, so that each sender's come in its order. */
static void on_letters(uv_async_t *h)
{
    struct loop *l = h->data;
    struct loop_letter *newest = atomic_exchange_explicit(&l->posted, NULL, memory_order_acquire);
    struct loop_letter *first = NULL;
    while (newest) {
        struct loop_letter *next = newest->next;
        newest->next = first;
        first = newest;
        newest = next;
    }
    while (first) {
        struct loop_letter *next = first->next;
        first->open(first, l->letter_ctx);
        first = next;
    }
}

enum err loop_new(struct loop **ret)
{
    struct loop *l = calloc(1, sizeof *l);
    if (!l) {
        return ERR_MEMORY;
    }
    int rc = uv_loop_init(&l->uv);
    if (rc != 0) {
        free(l);
        errno = -rc;
        return ERR_IO;
    }
    rc = uv_async_init(&l->uv, &l->letters, on_letters);
    if (rc != 0) {
        (void)uv_loop_close(&l->uv);
        free(l);
        errno = -rc;
        return ERR_IO;
    }
    l->letters.data = l;
    (void)uv_prepare_init(&l->uv, &l->turn);
    l->turn.data = l;
    (void)uv_prepare_start(&l->turn, on_turn);
    (void)uv_check_init(&l->uv, &l->woke);
    l->woke.data = l;
    (void)uv_check_start(&l->woke, on_woke);
    l->stale = true;
    *ret = l;
    return ERR_OK;
}

static void on_work(uv_work_t *h)
{
    struct job *j = h->data;
    j->work->fn(j->work);
}

static void on_work_done(uv_work_t *h, int status)
{
    struct job *j = h->data;
    struct loop_work *w = j->work;
    *j->prev = j->next;
    if (j->next) {
        j->next->prev = j->prev;
    }
    j->loop->n_jobs--;
    bool cancelled = status == UV_ECANCELED || j->loop->ending;
    free(j);
    w->done(w, cancelled);
}

enum err loop_work(struct loop *l, struct loop_work *w)
{
    if (l->n_jobs == LOOP_WORKS || l->ending) {
        return ERR_LIMIT;
    }
    struct job *j = calloc(1, sizeof *j);
    if (!j) {
        return ERR_MEMORY;
    }
    j->uv.data = j;
    j->loop = l;
    j->work = w;
    int rc = uv_queue_work(&l->uv, &j->uv, on_work, on_work_done);
    if (rc != 0) {
        free(j);
        errno = -rc;
        return ERR_IO;
    }
    j->next = l->jobs;
    j->prev = &l->jobs;
    if (j->next) {
        j->next->prev = &j->next;
    }
    l->jobs = j;
    l->n_jobs++;
    return ERR_OK;
}

static void close_any(uv_handle_t *h, void *arg)
{
    (void)arg;
    if (!uv_is_closing(h)) {
        uv_close(h, NULL);
    }
}

void loop_free(struct loop *l)
{
    if (!l) {
        return;
    }
    l->ending = true;
    /* Letters that nobody will read are opened all the same: their owner frees what is in them. */
    on_letters(&l->letters);
    for (struct job *j = l->jobs; j; j = j->next) {
        (void)uv_cancel((uv_req_t *)&j->uv); /* what a thread has begun is waited for below */
    }
    uv_walk(&l->uv, close_any, NULL);
    while (uv_run(&l->uv, UV_RUN_DEFAULT) != 0) {
    }
    int rc = uv_loop_close(&l->uv);
    assert(rc == 0);
    (void)rc;
    free(l);
}

void loop_run(struct loop *l)
{
    l->stale = true;
    (void)uv_run(&l->uv, UV_RUN_DEFAULT);
    l->stop = false;
}

void loop_stop(struct loop *l)
{
    l->stop = true;
    (void)uv_async_send(&l->letters); /* a loop that waits looks */
}

usec_t loop_now(struct loop *l)
{
    look_at_clocks(l);
    return l->now;
}

usec_t loop_date(struct loop *l)
{
    look_at_clocks(l);
    return l->date;
}

void loop_on_turn(struct loop *l, struct loop_turn *t)
{
    struct loop_turn **at = &l->turns;
    while (*at) {
        at = &(*at)->next;
    }
    t->next = NULL;
    *at = t;
}

static void on_timer(uv_timer_t *h)
{
    struct loop_timer *t = h->data;
    t->when = USEC_NONE;
    t->loop->stale = true;
    t->loop->in_timer = true;
    t->fn(t->ctx);
    t->loop->in_timer = false;
}

enum err loop_timer_new(struct loop *l, void (*fn)(void *ctx), void *ctx, struct loop_timer **ret)
{
    struct loop_timer *t = calloc(1, sizeof *t);
    if (!t) {
        return ERR_MEMORY;
    }
    (void)uv_timer_init(&l->uv, &t->uv);
    t->uv.data = t;
    t->loop = l;
    t->when = USEC_NONE;
    t->fn = fn;
    t->ctx = ctx;
    *ret = t;
    return ERR_OK;
}

void loop_timer_at(struct loop_timer *t, usec_t when)
{
    if (when == t->when) {
        return;
    }
    t->when = when;
    if (when == USEC_NONE) {
        (void)uv_timer_stop(&t->uv);
        return;
    }
    /* The library's clock is the same, in milliseconds rounded down: rounded up, nothing is early. */
    uint64_t due = when > 0 ? ((uint64_t)when + 999) / 1000 : 0;
    /* The library calls timers until none is due. Its clock stands still meanwhile, and what is due at once comes
     * in the next turn: or a timer that sets itself would be due for ever, and nothing else had its turn. */
    bool within = t->loop->in_timer;
    if (!within) {
        uv_update_time(&t->loop->uv);
    }
    uint64_t now = uv_now(&t->loop->uv);
    (void)uv_timer_start(&t->uv, on_timer, due > now ? due - now : within, 0);
}

static void on_timer_closed(uv_handle_t *h)
{
    free(h->data);
}

void loop_timer_free(struct loop_timer *t)
{
    if (t) {
        uv_close((uv_handle_t *)&t->uv, on_timer_closed);
    }
}

static void on_poll(uv_poll_t *h, int status, int events)
{
    struct loop_watch *w = h->data;
    /* An error shows itself to who reads or writes. */
    unsigned what = status < 0 ? LOOP_READ | LOOP_WRITE
                               : ((events & UV_READABLE) ? LOOP_READ : 0U) |
                                     ((events & UV_WRITABLE) ? LOOP_WRITE : 0U);
    w->fn(w->ctx, what);
}

enum err loop_watch_new(struct loop *l, int fd, void (*fn)(void *ctx, unsigned events), void *ctx,
                        struct loop_watch **ret)
{
    struct loop_watch *w = calloc(1, sizeof *w);
    if (!w) {
        return ERR_MEMORY;
    }
    int rc = uv_poll_init(&l->uv, &w->uv, fd);
    if (rc != 0) {
        free(w);
        errno = -rc;
        return ERR_IO;
    }
    w->uv.data = w;
    w->fn = fn;
    w->ctx = ctx;
    *ret = w;
    return ERR_OK;
}

enum err loop_watch_set(struct loop_watch *w, unsigned events)
{
    int what = ((events & LOOP_READ) ? UV_READABLE : 0) | ((events & LOOP_WRITE) ? UV_WRITABLE : 0);
    int rc = what ? uv_poll_start(&w->uv, what, on_poll) : uv_poll_stop(&w->uv);
    if (rc != 0) {
        errno = -rc;
        return ERR_IO;
    }
    return ERR_OK;
}

static void on_watch_closed(uv_handle_t *h)
{
    free(h->data);
}

void loop_watch_free(struct loop_watch *w)
{
    if (w) {
        uv_close((uv_handle_t *)&w->uv, on_watch_closed);
    }
}

void loop_on_letter(struct loop *l, void *ctx)
{
    l->letter_ctx = ctx;
}

void loop_post(struct loop *to, struct loop_letter *letter)
{
    struct loop_letter *newest = atomic_load_explicit(&to->posted, memory_order_relaxed);
    do {
        letter->next = newest;
    } while (!atomic_compare_exchange_weak_explicit(&to->posted, &newest, letter,
                                                    memory_order_release, memory_order_relaxed));
    /* Who puts one into an empty box wakes; the others find it woken. */
    if (!newest) {
        (void)uv_async_send(&to->letters);
    }
}

static void on_signal(uv_signal_t *h, int signum)
{
    struct watch_signal *s = h->data;
    s->fn(s->ctx, signum);
}

enum err loop_signal(struct loop *l, int signum, void (*fn)(void *ctx, int signum), void *ctx)
{
    if (l->n_signals == SIGNALS_MOST) {
        return ERR_LIMIT;
    }
    struct watch_signal *s = &l->signal[l->n_signals];
    int rc = uv_signal_init(&l->uv, &s->uv);
    if (rc == 0) {
        l->n_signals++;
        s->uv.data = s;
        s->fn = fn;
        s->ctx = ctx;
        rc = uv_signal_start(&s->uv, on_signal, signum);
    }
    if (rc != 0) {
        errno = -rc;
        return ERR_IO;
    }
    return ERR_OK;
}
