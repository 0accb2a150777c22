/* A hierarchical timer wheel. Level 0 holds the next 256 ticks, a slot each; level k slots of 256^k ticks,
 * whose entries are spread over the levels below when their time begins. */
#include "base/wheel.h"

#include <assert.h>

enum { BITS = 8, MASK = WHEEL_SLOTS - 1 };

void wheel_init(struct wheel *w, usec_t tick, usec_t now)
{
    assert(tick > 0 && now >= 0);
    *w = (struct wheel){.tick = tick, .now = (uint64_t)(now / tick)};
}

static void link_in(struct wheel *w, struct wheel_entry *e)
{
    /* Rounded up: never early. */
    uint64_t t = e->due > 0 ? ((uint64_t)e->due + (uint64_t)w->tick - 1) / (uint64_t)w->tick : 0;
    if (t < w->now) {
        t = w->now;
    }
    uint64_t ahead = t - w->now;
    unsigned level = 0;
    while (level + 1 < WHEEL_LEVELS && ahead >> (BITS * (level + 1))) {
        level++;
    }
    /* Further than the wheel reaches: in its last slot, from where it is spread anew. */
    if (ahead >> (BITS * WHEEL_LEVELS)) {
        t = w->now + (((uint64_t)1 << (BITS * WHEEL_LEVELS)) - 1);
    }
    size_t i = (t >> (BITS * level)) & MASK;
    struct wheel_entry **head = &w->slot[level][i];
    w->used[level][i / 64] |= (uint64_t)1 << (i % 64);
    e->next = *head;
    e->prev = head;
    if (e->next) {
        e->next->prev = &e->next;
    }
    *head = e;
}

void wheel_unset(struct wheel *w, struct wheel_entry *e)
{
    if (!e->prev) {
        return;
    }
    *e->prev = e->next;
    if (e->next) {
        e->next->prev = e->prev;
    }
    e->next = NULL;
    e->prev = NULL;
    w->n--;
}

void wheel_set(struct wheel *w, struct wheel_entry *e, usec_t due)
{
    wheel_unset(w, e);
    e->due = due;
    link_in(w, e);
    w->n++;
}

/* Slots from `from` on, round once, to the first that holds something; WHEEL_SLOTS: none does. */
static unsigned distance(const struct wheel *w, unsigned level, unsigned from)
{
    for (unsigned d = 0; d < WHEEL_SLOTS;) {
        unsigned i = (from + d) & MASK;
        uint64_t bits = w->used[level][i / 64] >> (i % 64);
        if (!bits) {
            d += 64 - i % 64;
            continue;
        }
        d += (unsigned)__builtin_ctzll(bits);
        i = (from + d) & MASK;
        if (d >= WHEEL_SLOTS) {
            break;
        }
        if (w->slot[level][i]) {
            return d;
        }
        d++; /* what was in it was taken out since */
    }
    return WHEEL_SLOTS;
}

/* The next tick at which something is due or is spread. Above level 0 the slot of the present is always
 * empty, or holds what comes round in a whole turn. */
static uint64_t next_tick(const struct wheel *w)
{
    uint64_t first = UINT64_MAX;
    unsigned d = distance(w, 0, (unsigned)(w->now & MASK));
    if (d < WHEEL_SLOTS) {
        first = w->now + d;
    }
    for (unsigned level = 1; level < WHEEL_LEVELS; level++) {
        uint64_t at = w->now >> (BITS * level);
        d = distance(w, level, (unsigned)((at + 1) & MASK));
        if (d < WHEEL_SLOTS) {
            uint64_t begins = (at + 1 + d) << (BITS * level);
            first = begins < first ? begins : first;
        }
    }
    return first;
}

static void unmark(struct wheel *w, unsigned level, size_t i)
{
    w->used[level][i / 64] &= ~((uint64_t)1 << (i % 64));
}

/* Spreads the slots whose time begins now, the widest first. */
static void spread(struct wheel *w)
{
    for (unsigned level = WHEEL_LEVELS - 1; level > 0; level--) {
        if (w->now & (((uint64_t)1 << (BITS * level)) - 1)) {
            continue;
        }
        size_t i = (w->now >> (BITS * level)) & MASK;
        struct wheel_entry *e = w->slot[level][i];
        w->slot[level][i] = NULL;
        unmark(w, level, i);
        while (e) {
            struct wheel_entry *next = e->next;
            link_in(w, e);
            e = next;
        }
    }
}

struct wheel_entry *wheel_next(struct wheel *w, usec_t now)
{
    uint64_t target = now > 0 ? (uint64_t)(now / w->tick) : 0;
    while (w->n > 0) {
        struct wheel_entry *e = w->slot[0][w->now & MASK];
        if (e && w->now <= target) {
            wheel_unset(w, e);
            return e;
        }
        if (!e) {
            unmark(w, 0, w->now & MASK);
        }
        uint64_t next = next_tick(w);
        if (next > target) {
            break;
        }
        w->now = next;
        spread(w);
    }
    if (w->now < target) {
        w->now = target;
    }
    return NULL;
}

usec_t wheel_deadline(const struct wheel *w)
{
    if (w->n == 0) {
        return USEC_NONE;
    }
    uint64_t next = next_tick(w);
    assert(next <= (uint64_t)(INT64_MAX / w->tick));
    return (usec_t)next * w->tick;
}
