#include "base/wheel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { TICK = 10000, ENTRIES = 500 };

static uint32_t chance = 1;

static uint32_t draw(uint32_t below)
{
    chance = chance * 1664525 + 1013904223;
    return (uint32_t)(((uint64_t)(chance >> 8) * below) >> 24);
}

static usec_t far_or_near(void)
{
    static const usec_t spans[] = {0,
                                   TICK,
                                   50 * TICK,
                                   300 * TICK,
                                   70000 * (usec_t)TICK,
                                   20000000 * (usec_t)TICK,
                                   6000000000 * (usec_t)TICK};
    usec_t span = spans[draw(sizeof spans / sizeof *spans)];
    return span ? (usec_t)((((uint64_t)draw(1 << 24) << 24) | draw(1 << 24)) % (uint64_t)span) : 0;
}

struct thing {
    struct wheel_entry entry;
    usec_t due; /* USEC_NONE: not set */
};

/* Takes out what is due; each must be, and none that is may be left. */
static void check(struct wheel *w, struct thing *all, size_t n, usec_t now)
{
    for (struct wheel_entry *e; (e = wheel_next(w, now));) {
        struct thing *t = (struct thing *)e;
        assert_true(t->due != USEC_NONE && t->due <= now);
        assert_false(wheel_has(e));
        t->due = USEC_NONE;
    }
    usec_t first = USEC_NONE;
    size_t left = 0;
    for (size_t i = 0; i < n; i++) {
        if (all[i].due != USEC_NONE) {
            assert_true(all[i].due + TICK > now);
            assert_true(wheel_has(&all[i].entry));
            first = first == USEC_NONE || all[i].due < first ? all[i].due : first;
            left++;
        }
    }
    assert_int_equal(left, w->n);
    usec_t deadline = wheel_deadline(w);
    assert_true((deadline == USEC_NONE) == (left == 0));
    assert_true(left == 0 || deadline < first + TICK || deadline <= now);
}

static void as_a_list_would(void **state)
{
    (void)state;
    static struct thing all[ENTRIES];
    static struct wheel w;
    for (unsigned round = 0; round < 20; round++) {
        usec_t now = 1700000000 * USEC_S + far_or_near();
        wheel_init(&w, TICK, now);
        for (size_t i = 0; i < ENTRIES; i++) {
            all[i] = (struct thing){.due = USEC_NONE};
        }
        for (unsigned step = 0; step < 2000; step++) {
            struct thing *t = &all[draw(ENTRIES)];
            switch (draw(4)) {
            case 0:
                wheel_unset(&w, &t->entry);
                t->due = USEC_NONE;
                break;
            case 1:
                now += far_or_near();
                check(&w, all, ENTRIES, now);
                break;
            default:
                t->due = now + far_or_near() - (draw(8) == 0 ? 1000000 : 0);
                wheel_set(&w, &t->entry, t->due);
                break;
            }
        }
        for (usec_t at; (at = wheel_deadline(&w)) != USEC_NONE;) {
            now = at > now ? at : now;
            check(&w, all, ENTRIES, now);
        }
        assert_int_equal(w.n, 0);
    }
}

/* From deadline to deadline, nothing is late by more than a tick. */
static void deadlines_lead_to_what_is_due(void **state)
{
    (void)state;
    static struct wheel w;
    usec_t now = 12345;
    wheel_init(&w, TICK, now);
    struct thing t = {.due = now + 1000000 * (usec_t)TICK + 1};
    wheel_set(&w, &t.entry, t.due);
    struct wheel_entry *e = NULL;
    for (unsigned steps = 0; !e; steps++) {
        assert_true(steps < 10);
        usec_t at = wheel_deadline(&w);
        assert_true(at > now);
        now = at;
        e = wheel_next(&w, now);
    }
    assert_ptr_equal(e, &t.entry);
    assert_true(now >= t.due && now < t.due + TICK);
    assert_int_equal(wheel_deadline(&w), USEC_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_a_list_would),
        cmocka_unit_test(deadlines_lead_to_what_is_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
