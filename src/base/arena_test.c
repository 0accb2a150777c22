/* The arena: zeroed, aligned, bounded, reusable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/arena.h"

static void test_zeroed_and_aligned(void **state)
{
    struct arena a;
    (void)state;
    arena_init(&a, 0);
    for (size_t size = 1; size < 5000; size = size * 3 + 1) {
        unsigned char *p = arena_alloc(&a, size);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++) {
            assert_int_equal(p[i], 0);
        }
        memset(p, 0xA5, size);
    }
    arena_clear(&a);
    assert_int_equal(a.used, 0);
    assert_non_null(arena_alloc(&a, 1)); /* it can be used again */
    arena_clear(&a);
}

static void test_limit(void **state)
{
    struct arena a;
    (void)state;
    arena_init(&a, 10000);
    assert_null(arena_alloc(&a, 10001));
    assert_null(arena_alloc(&a, SIZE_MAX));
    assert_null(arena_alloc(&a, SIZE_MAX / 2));
    size_t n = 0;
    while (arena_alloc(&a, 100)) {
        assert_true(++n < 1000);
    }
    assert_true(n > 10);
    assert_true(a.used <= 10000);
    struct str s =
        arena_str(&a, STR("a text that is longer than what is left of a block, if any is "
                          "left at all behind so many pieces of a hundred bytes"));
    assert_int_equal(s.len, 0);
    arena_clear(&a);
}

static void test_reset_keeps_one_block(void **state)
{
    struct arena a;
    (void)state;
    arena_init(&a, 0);
    arena_reset(&a); /* empty: nothing to do */
    for (int i = 0; i < 1000; i++) {
        assert_non_null(arena_alloc(&a, 100));
    }
    arena_reset(&a);
    size_t used = a.used;
    assert_true(used > 0 && used < 100 * 1000);
    unsigned char *p = arena_alloc(&a, 64);
    assert_non_null(p);
    for (int i = 0; i < 64; i++) {
        assert_int_equal(p[i], 0); /* old content does not come back */
    }
    assert_int_equal(a.used, used);
    arena_clear(&a);
}

static void test_copies(void **state)
{
    struct arena a;
    char text[] = "abc";
    (void)state;
    arena_init(&a, 0);
    struct str s = arena_str(&a, str_z(text));
    text[0] = 'X';
    assert_true(str_eq(s, STR("abc")));
    assert_int_equal(arena_str(&a, str_of(NULL, 0)).len, 0);
    arena_clear(&a);
}

static void test_move(void **state)
{
    struct arena a;
    struct arena b;
    (void)state;
    arena_init(&a, 0);
    arena_init(&b, 0);
    arena_move(&a, &b); /* nothing to hand over */
    assert_int_equal(a.used, 0);
    struct str in_b = arena_str(&b, STR("of b"));
    assert_int_equal(arena_str(&b, str_of((const char[5000]){0}, 5000)).len, 5000);
    size_t used = b.used;
    arena_move(&a, &b); /* to an empty one */
    assert_int_equal(a.used, used);
    assert_int_equal(b.used, 0);
    struct str in_a = arena_str(&a, STR("of a"));
    struct str again = arena_str(&b, STR("of b again"));
    arena_move(&a, &b);
    assert_true(str_eq(in_a, STR("of a")) && str_eq(in_b, STR("of b")));
    assert_true(str_eq(again, STR("of b again")));
    arena_clear(&b);
    arena_clear(&a);
    assert_int_equal(a.used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zeroed_and_aligned),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_reset_keeps_one_block),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_move),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
