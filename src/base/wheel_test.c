/* The wheel against a plain list, over random operations and spans of time. */
#include "base/wheel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ENTRIES = 200, STEPS = 200000 };

struct timed {
    struct wheel_entry entry;
    bool set;
    usec_t due;
};

static uint64_t draw(uint64_t *seed, uint64_t below)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    return (*seed >> 20) % below;
}

/* All that are due come, none of the others, none twice. */
static void check_due(struct wheel *w, struct timed *t, usec_t tick, usec_t now)
{
    for (struct wheel_entry *e; (e = wheel_next(w, now)) != NULL;) {
        struct timed *at = (struct timed *)(void *)e;
        assert_true(at->set);
        assert_true(at->due <= now);
        assert_false(wheel_has(e));
        at->set = false;
    }
    size_t n = 0;
    usec_t first = INT64_MAX;
    for (size_t i = 0; i < ENTRIES; i++) {
        assert_int_equal(t[i].set, wheel_has(&t[i].entry));
        assert_true(!t[i].set || t[i].due + tick > now);
        first = t[i].set && t[i].due < first ? t[i].due : first;
        n += t[i].set;
    }
    assert_int_equal(w->n, n);
    usec_t deadline = wheel_deadline(w);
    assert_true(n ? deadline < first + tick : deadline == USEC_NONE);
}

static void run(usec_t tick, usec_t start, uint64_t span, uint64_t seed)
{
    struct wheel w;
    struct timed t[ENTRIES] = {{.set = false}};
    usec_t now = start;
    wheel_init(&w, tick, now);
    for (size_t i = 0; i < STEPS / 10; i++) {
        struct timed *at = &t[draw(&seed, ENTRIES)];
        uint64_t what = draw(&seed, 10);
        if (what == 0) {
            wheel_unset(&w, &at->entry);
            at->set = false;
        } else if (what < 7) {
            at->due = now + (usec_t)draw(&seed, draw(&seed, span) + 1);
            at->due -= what == 1 ? tick * 3 : 0;
            wheel_set(&w, &at->entry, at->due);
            at->set = true;
        } else {
            now += (usec_t)draw(&seed, draw(&seed, span / 8) + 1);
            check_due(&w, t, tick, now);
        }
    }
}

static void test_model(void **state)
{
    (void)state;
    run(1, 0, 100, 1);
    run(1000, 1700000000 * USEC_S, 300 * 1000, 2);
    run(1000, 1700000000 * USEC_S + 77, (uint64_t)(3600 * USEC_S), 3);
    run(10, 5, (uint64_t)1 << 34, 4);
    /* Further than the levels reach. */
    run(1, 12345, (uint64_t)1 << 36, 5);
    run(3, ((usec_t)1 << 40) - 9, (uint64_t)1 << 38, 6);
}

/* Whoever sleeps until the deadline gets everything in time, and does not wake often. */
static void test_deadlines(void **state)
{
    (void)state;
    struct wheel w;
    struct timed t[ENTRIES] = {{.set = false}};
    uint64_t seed = 9;
    usec_t now = 1700000000 * USEC_S;
    size_t woken = 0;
    wheel_init(&w, 1000, now);
    assert_int_equal(wheel_deadline(&w), USEC_NONE);
    for (size_t i = 0; i < ENTRIES; i++) {
        t[i].due = now + (usec_t)draw(&seed, (uint64_t)(3600 * USEC_S));
        t[i].set = true;
        wheel_set(&w, &t[i].entry, t[i].due);
    }
    for (; w.n; woken++) {
        assert_true(wheel_deadline(&w) >= now);
        now = wheel_deadline(&w);
        for (struct wheel_entry *e; (e = wheel_next(&w, now)) != NULL;) {
            const struct timed *at = (const struct timed *)(const void *)e;
            assert_true(at->due <= now && at->due + 1000 > now);
        }
    }
    assert_true(woken <= 4 * ENTRIES);
}

/* The next is not touched once an entry was given out: it may be freed. */
static void test_freed_inside(void **state)
{
    (void)state;
    struct wheel w;
    wheel_init(&w, 1, 0);
    for (usec_t i = 0; i < 100; i++) {
        struct wheel_entry *e = calloc(1, sizeof *e);
        assert_non_null(e);
        wheel_set(&w, e, i % 7);
    }
    size_t n = 0;
    for (struct wheel_entry *e; (e = wheel_next(&w, 10)) != NULL; n++) {
        free(e);
    }
    assert_int_equal(n, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_model),
        cmocka_unit_test(test_deadlines),
        cmocka_unit_test(test_freed_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
