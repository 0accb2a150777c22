/* Entries stand at the level of the highest digit (base 256) in which their tick differs from the present one, in
 * the slot of that digit. When the present reaches a slot of a higher level, its entries move down. */
#include "base/wheel.h"

enum { BITS = 8, TOP = WHEEL_LEVELS - 1 };

static unsigned digit(uint64_t tick, unsigned level)
{
    return (unsigned)(tick >> (BITS * level)) % WHEEL_SLOTS;
}

static uint64_t tick_after(const struct wheel *w, usec_t due)
{
    uint64_t tick = due > 0 ? ((uint64_t)due + (uint64_t)w->tick - 1) / (uint64_t)w->tick : 0;
    return tick > w->now ? tick : w->now;
}

/* What is further away than all levels reach stands at the highest one, and is looked at each time round. */
static void place(struct wheel *w, struct wheel_entry *e)
{
    uint64_t tick = tick_after(w, e->due);
    unsigned level = 0;
    while (level < TOP && (tick ^ w->now) >> (BITS * (level + 1))) {
        level++;
    }
    unsigned i = digit(tick, level);
    struct wheel_entry **slot = &w->slot[level][i];
    e->next = *slot;
    e->prev = slot;
    if (e->next) {
        e->next->prev = &e->next;
    }
    *slot = e;
    w->used[level][i / 64] |= UINT64_C(1) << i % 64;
}

static void take(struct wheel_entry *e)
{
    *e->prev = e->next;
    if (e->next) {
        e->next->prev = e->prev;
    }
    e->next = NULL;
    e->prev = NULL;
}

void wheel_init(struct wheel *w, usec_t tick, usec_t now)
{
    *w = (struct wheel){.tick = tick, .now = now > 0 ? (uint64_t)now / (uint64_t)tick : 0};
}

void wheel_set(struct wheel *w, struct wheel_entry *e, usec_t due)
{
    wheel_unset(w, e);
    e->due = due;
    place(w, e);
    w->n++;
}

void wheel_unset(struct wheel *w, struct wheel_entry *e)
{
    if (wheel_has(e)) {
        take(e);
        w->n--;
    }
}

/* The first used slot of the level from `i` on; WHEEL_SLOTS: none. */
static unsigned used_from(const struct wheel *w, unsigned level, unsigned i)
{
    while (i < WHEEL_SLOTS) {
        uint64_t bits = w->used[level][i / 64] >> i % 64;
        if (bits) {
            return i + (unsigned)__builtin_ctzll(bits);
        }
        i = (i / 64 + 1) * 64;
    }
    return WHEEL_SLOTS;
}

/* The next tick after the present at which a slot may have entries to give out or to move down. There is one. */
static uint64_t next_tick(const struct wheel *w, unsigned *ret_level)
{
    for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
        unsigned i = used_from(w, level, digit(w->now, level) + 1);
        if (i < WHEEL_SLOTS) {
            *ret_level = level;
            return (w->now >> (BITS * (level + 1)) << BITS | i) << (BITS * level);
        }
    }
    *ret_level = TOP;
    unsigned i = used_from(w, TOP, 0);
    return (((w->now >> (BITS * WHEEL_LEVELS)) + 1) << BITS | i) << (BITS * TOP);
}

/* The entries of the slot that was reached move to where they stand now. */
static void move_down(struct wheel *w, unsigned level)
{
    unsigned i = digit(w->now, level);
    struct wheel_entry *e = w->slot[level][i];
    w->slot[level][i] = NULL;
    w->used[level][i / 64] &= ~(UINT64_C(1) << i % 64);
    while (e) {
        struct wheel_entry *next = e->next;
        place(w, e);
        e = next;
    }
}

struct wheel_entry *wheel_next(struct wheel *w, usec_t now)
{
    uint64_t target = now > 0 ? (uint64_t)now / (uint64_t)w->tick : 0;
    for (;;) {
        unsigned i = digit(w->now, 0);
        struct wheel_entry *e = w->slot[0][i];
        if (e) {
            take(e);
            w->n--;
            return e;
        }
        w->used[0][i / 64] &= ~(UINT64_C(1) << i % 64);
        if (w->now >= target) {
            return NULL;
        }
        unsigned level = 0;
        uint64_t next = w->n ? next_tick(w, &level) : target;
        if (next > target || !w->n) {
            w->now = target;
            return NULL;
        }
        w->now = next;
        if (level) {
            move_down(w, level);
        }
    }
}

usec_t wheel_deadline(const struct wheel *w)
{
    if (!w->n) {
        return USEC_NONE;
    }
    unsigned level;
    uint64_t tick = w->slot[0][digit(w->now, 0)] ? w->now : next_tick(w, &level);
    return (usec_t)tick * w->tick;
}
