/* One message out, one answer back (io/exchange), on a loop: thousands at once. */
#ifndef IO_ASK_ASK_H
#define IO_ASK_ASK_H

#include "base/wheel.h"
#include "io/exchange/exchange.h"
#include "io/loop/loop.h"

struct asks; /* those of one loop */

/* Part of what waits for the answer; all zero at first. `x` is given as io/exchange says. */
struct ask {
    struct exchange x;
    /* The end: x.end tells, the answer is freed behind it. May begin it anew, also free it. */
    void (*done)(struct ask *a);
    struct asks *asks; /* NULL: not under way */
    struct loop_watch *watch;
    struct wheel_entry timer;
    bool writes;
};

enum err asks_new(struct loop *l, struct asks **ret) MUST_CHECK;
void asks_free(struct asks *all); /* none is under way */
/* ERR_IO: no socket is left; ERR_MEMORY. `done` is called from the loop, never from within. */
enum err ask_begin(struct asks *all, struct ask *a) MUST_CHECK;
/* `done` is not called any more. One that is not under way is fine. */
void ask_stop(struct ask *a);

#endif
