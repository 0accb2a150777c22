/* Timers by the thousand: a hierarchical wheel of intrusive entries. Setting, moving and taking one out
 * cost the same however many there are; the caller owns every entry and its memory. Pure: time is an
 * argument. */
#ifndef BASE_WHEEL_H
#define BASE_WHEEL_H

#include "base/err.h"
#include "base/time.h"

/* An entry, part of what it times. All zero: in no wheel. */
struct wheel_entry {
    struct wheel_entry *next, **prev; /* the wheel's own */
    usec_t due;
};

enum { WHEEL_SLOTS = 256, WHEEL_LEVELS = 4 };

struct wheel {
    usec_t tick;  /* width of a slot of the lowest level */
    uint64_t now; /* in ticks */
    size_t n;     /* entries in it */
    struct wheel_entry *slot[WHEEL_LEVELS][WHEEL_SLOTS];
    uint64_t used[WHEEL_LEVELS][WHEEL_SLOTS / 64]; /* a bit for each slot that may have entries */
};

/* `tick` in microseconds; entries come due up to one tick late, never early. */
void wheel_init(struct wheel *w, usec_t tick, usec_t now);
/* Sets or moves `e`. A time in the past is due at once. */
void wheel_set(struct wheel *w, struct wheel_entry *e, usec_t due);
/* Takes `e` out, if it is in. */
void wheel_unset(struct wheel *w, struct wheel_entry *e);
static inline bool wheel_has(const struct wheel_entry *e)
{
    return e->prev != NULL;
}
/* The next entry that is due at `now`, taken out; NULL when there is none. Those of one tick come in no
 * order. A `now` that is before an earlier one counts as that. */
struct wheel_entry *wheel_next(struct wheel *w, usec_t now);
/* When to call wheel_next again: at most a tick after the first entry is due, perhaps before; USEC_NONE:
 * empty. */
usec_t wheel_deadline(const struct wheel *w);

#endif
