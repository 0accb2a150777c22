/* The event loop of a thread, by libuv: descriptors, timers, letters from other threads, signals. */
#ifndef IO_LOOP_LOOP_H
#define IO_LOOP_LOOP_H

#include "base/err.h"
#include "base/time.h"

struct loop;

enum err loop_new(struct loop **ret) MUST_CHECK;
/* What was made on it must have been freed before; letters that still wait are opened, work that has begun is waited for. */
void loop_free(struct loop *l);
/* Until loop_stop. */
void loop_run(struct loop *l);
void loop_stop(struct loop *l); /* from any thread */
/* Run time and date, both of the first call behind the last wait; the date never falls. */
usec_t loop_now(struct loop *l);
usec_t loop_date(struct loop *l);

/* Called at the end of each turn, before it waits: where what gathered is written at once. Calls each other in the order given. */
struct loop_turn {
    void (*fn)(void *ctx);
    void *ctx;
    struct loop_turn *next;
};
void loop_on_turn(struct loop *l, struct loop_turn *t);

/* A timer; fires once. All zero at first. */
struct loop_timer;
enum err loop_timer_new(struct loop *l, void (*fn)(void *ctx), void *ctx,
                        struct loop_timer **ret) MUST_CHECK;
void loop_timer_at(struct loop_timer *t, usec_t when); /* run time; USEC_NONE: not */
void loop_timer_free(struct loop_timer *t);

/* A descriptor. Part of what uses it; small (a uv_poll_t is about 160 bytes). */
enum { LOOP_READ = 1, LOOP_WRITE = 2 };
struct loop_watch;
enum err loop_watch_new(struct loop *l, int fd, void (*fn)(void *ctx, unsigned events), void *ctx,
                        struct loop_watch **ret) MUST_CHECK;
enum err loop_watch_set(struct loop_watch *w, unsigned events) MUST_CHECK;
void loop_watch_free(struct loop_watch *w); /* before the descriptor is closed */

/* Letters: any thread posts, the loop's thread gets them in their order (per sender). No lock; one wake-up however many wait. The letter
 * belongs to the loop until its `open` is called, which owns it then. */
struct loop_letter {
    struct loop_letter *next;
    void (*open)(struct loop_letter *l, void *ctx);
};
void loop_on_letter(struct loop *l, void *ctx);
void loop_post(struct loop *to, struct loop_letter *letter);

/* What takes long: `fn` on a thread of a small pool, then `done` on the loop's thread. Part of what it works on; belongs to the loop until
 * `done` is called. `cancelled`: loop_free came first, and what was made on the loop is gone; `fn` may have been called. */
struct loop_work {
    void (*fn)(struct loop_work *w);
    void (*done)(struct loop_work *w, bool cancelled);
};
enum { LOOP_WORKS = 64 }; /* of one loop at once */
/* ERR_LIMIT: as many are under way already, or the loop is being freed. ERR_MEMORY. */
enum err loop_work(struct loop *l, struct loop_work *w) MUST_CHECK;

enum err loop_signal(struct loop *l, int signum, void (*fn)(void *ctx, int signum),
                     void *ctx) MUST_CHECK;

#endif
