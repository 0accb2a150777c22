#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "app/hub/throttle.h"

static struct throttle t;

static void test_guesses(void **state)
{
    (void)state;
    const struct hash_key key = {{1, 2}};
    usec_t now = 1000 * USEC_S;
    throttle_init(&t, &key, 3, 10 * USEC_S);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(throttle_wait(&t, STR("ops"), now), 0);
        throttle_failed(&t, STR("ops"), now);
    }
    assert_int_equal(throttle_wait(&t, STR("ops"), now), 10 * USEC_S);
    assert_int_equal(throttle_wait(&t, STR("other"), now), 0);
    assert_int_equal(throttle_wait(&t, STR("ops"), now + 10 * USEC_S), 0);
    /* However many come: it is the same wait. */
    for (int i = 0; i < 100; i++) {
        throttle_failed(&t, STR("ops"), now);
    }
    assert_int_equal(throttle_wait(&t, STR("ops"), now), 10 * USEC_S);
    throttle_forget(&t, STR("ops"));
    assert_int_equal(throttle_wait(&t, STR("ops"), now), 0);
}

static void test_crowd(void **state)
{
    (void)state;
    const struct hash_key key = {{3, 4}};
    char name[STR_NUMBER];
    throttle_init(&t, &key, 2, USEC_S);
    throttle_failed(&t, STR("ops"), 0);
    throttle_failed(&t, STR("ops"), 0);
    for (int i = 0; i < 100000; i++) {
        throttle_failed(&t, str_number(name, i), 0);
    }
    assert_true(throttle_wait(&t, STR("ops"), 0) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_guesses),
        cmocka_unit_test(test_crowd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
