/* Exchanges on a loop: a watch each, one wheel for all. */
#include "io/ask/ask.h"

#include <stddef.h>
#include <stdlib.h>

enum { TICK = 5000 /* us */ };

struct asks {
    struct loop *loop;
    struct loop_timer *timer;
    struct wheel wheel;
    char *room; /* owned */
};

static void set_timer(struct asks *all)
{
    loop_timer_at(all->timer, wheel_deadline(&all->wheel));
}

static void leave(struct ask *a)
{
    loop_watch_free(a->watch); /* the descriptor may be closed already: it is not used */
    a->watch = NULL;
    wheel_unset(&a->asks->wheel, &a->timer);
    a->asks = NULL;
}

static void finished(struct ask *a)
{
    char *answer = a->x.answer;
    leave(a);
    a->done(a);
    free(answer);
}

/* After it was served, or begun. */
static void settle(struct ask *a)
{
    if (a->x.fd < 0) {
        wheel_set(&a->asks->wheel, &a->timer, 0);
        return;
    }
    bool writes = exchange_writes(&a->x);
    if (writes != a->writes) {
        a->writes = writes;
        if (loop_watch_set(a->watch, writes ? LOOP_WRITE : LOOP_READ) != ERR_OK) {
            a->x.due = 0;
        }
    }
    wheel_set(&a->asks->wheel, &a->timer, a->x.due);
}

static void serve(struct ask *a, bool ready)
{
    struct asks *all = a->asks;
    struct loop_watch *watch = a->watch;
    if (a->x.fd < 0) {
        finished(a);
        return;
    }
    /* What ends in there closes the descriptor: the loop lets go of it first. */
    exchange_serve(&a->x, ready, all->room);
    if (a->x.fd < 0) {
        a->watch = watch;
        finished(a);
    } else {
        settle(a);
    }
}

static void on_ready(void *ctx, unsigned events)
{
    struct ask *a = ctx;
    struct asks *all = a->asks;
    (void)events;
    serve(a, true);
    set_timer(all);
}

static void on_time(void *ctx)
{
    struct asks *all = ctx;
    struct wheel_entry *e = NULL;
    while ((e = wheel_next(&all->wheel, loop_now(all->loop))) != NULL) {
        serve((struct ask *)((char *)e - offsetof(struct ask, timer)), false);
    }
    set_timer(all);
}

enum err asks_new(struct loop *l, struct asks **ret)
{
    struct asks *all = calloc(1, sizeof *all);
    if (!all) {
        return ERR_MEMORY;
    }
    all->loop = l;
    all->room = malloc(EXCHANGE_BYTES);
    enum err e = all->room ? loop_timer_new(l, on_time, all, &all->timer) : ERR_MEMORY;
    if (e != ERR_OK) {
        free(all->room);
        free(all);
        return e;
    }
    wheel_init(&all->wheel, TICK, loop_now(l));
    *ret = all;
    return ERR_OK;
}

void asks_free(struct asks *all)
{
    if (all) {
        loop_timer_free(all->timer);
        free(all->room);
        free(all);
    }
}

enum err ask_begin(struct asks *all, struct ask *a)
{
    enum err e = exchange_begin(&a->x);
    if (e != ERR_OK) {
        return e;
    }
    a->asks = all;
    a->watch = NULL;
    a->writes = exchange_writes(&a->x);
    if (a->x.fd >= 0) {
        e = loop_watch_new(all->loop, a->x.fd, on_ready, a, &a->watch);
        e = e == ERR_OK ? loop_watch_set(a->watch, a->writes ? LOOP_WRITE : LOOP_READ) : e;
    }
    if (e != ERR_OK) {
        ask_stop(a);
        return e;
    }
    settle(a);
    set_timer(all);
    return ERR_OK;
}

void ask_stop(struct ask *a)
{
    if (a->asks) {
        leave(a);
        exchange_stop(&a->x);
    }
}
