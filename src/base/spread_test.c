#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/random.h"
#include "base/spread.h"

static void small_values_are_exact(void **state)
{
    (void)state;
    struct spread s = {0};
    assert_int_equal(spread_at(&s, 0.5), 0);
    for (unsigned v = 1; v <= 60; v++) {
        spread_add(&s, v);
    }
    assert_int_equal(s.n, 60);
    assert_int_equal(s.sum, 60 * 61 / 2);
    assert_int_equal(spread_at(&s, 0), 1);
    assert_int_equal(spread_at(&s, 0.5), 30);
    assert_int_equal(spread_at(&s, 0.9), 54);
    assert_int_equal(spread_at(&s, 1), 60);
}

/* One value beside a far higher one: what is told is not below it, and not a thirty-second above. */
static void buckets_are_narrow(void **state)
{
    (void)state;
    for (uint64_t v = 1; v < (uint64_t)1 << 40; v += v / 7 + 1) {
        struct spread s = {0};
        spread_add(&s, v);
        spread_add(&s, UINT64_MAX / 4);
        uint64_t told = spread_at(&s, 0.5);
        assert_in_range(told, v, v + v / 32);
    }
}

static void the_highest_is_kept(void **state)
{
    (void)state;
    struct spread s = {0};
    spread_add(&s, UINT64_MAX / 2);
    assert_true(spread_at(&s, 1) >= (uint64_t)1 << 40);
    assert_true(s.most == UINT64_MAX / 2);
}

static void parts_are_put_together(void **state)
{
    (void)state;
    struct spread all = {0}, part[3] = {{0}}, sum = {0};
    uint64_t seed = 7;
    for (int i = 0; i < 3000; i++) {
        uint64_t v = random_next(&seed) % 1000000;
        spread_add(&all, v);
        spread_add(&part[i % 3], v);
    }
    for (int i = 0; i < 3; i++) {
        spread_merge(&sum, &part[i]);
    }
    assert_memory_equal(&sum, &all, sizeof all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_values_are_exact),
        cmocka_unit_test(buckets_are_narrow),
        cmocka_unit_test(the_highest_is_kept),
        cmocka_unit_test(parts_are_put_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
