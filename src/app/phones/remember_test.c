/* Phones that are kept at hand. */
#include "app/phones/remember.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct prov_device *device(unsigned n, uint64_t id, size_t bytes)
{
    struct prov_device *d = calloc(1, sizeof *d + bytes);
    assert_non_null(d);
    d->mac = (struct mac){{0, 0, 0x5e, 0, (uint8_t)(n >> 8), (uint8_t)n}};
    d->id = id;
    d->plain = str_of((const char *)(d + 1), bytes);
    return d;
}

static const struct prov_device *find(struct memory *m, unsigned n, usec_t now)
{
    return memory_find(m, (struct mac){{0, 0, 0x5e, 0, (uint8_t)(n >> 8), (uint8_t)n}}, now);
}

static void the_longest_unused_gives_way(void **state)
{
    (void)state;
    static const struct hash_key key = {{1, 2}};
    struct memory *m = NULL;
    assert_int_equal(memory_new(&key, 4, 1 << 20, &m), ERR_OK);
    for (unsigned i = 1; i <= 4; i++) {
        assert_true(memory_put(m, device(i, i, 100), NULL, 0));
    }
    assert_int_equal(find(m, 1, 0)->id, 1); /* used: 2 is the oldest now */
    assert_true(memory_put(m, device(5, 5, 100), NULL, 0));
    assert_null(find(m, 2, 0));
    assert_int_equal(find(m, 1, 0)->id, 1);
    assert_true(memory_put(m, device(1, 11, 100), NULL, 0)); /* in place of what was known */
    assert_int_equal(find(m, 1, 0)->id, 11);
    assert_int_equal(memory_count(m), 4);
    memory_free(m);
}

static void bytes_are_limited(void **state)
{
    (void)state;
    static const struct hash_key key = {{1, 2}};
    struct memory *m = NULL;
    assert_int_equal(memory_new(&key, 1000, 10000, &m), ERR_OK);
    for (unsigned i = 1; i <= 100; i++) {
        assert_true(memory_put(m, device(i, i, 1000), NULL, 0));
    }
    assert_in_range(memory_count(m), 4, 9);
    assert_non_null(find(m, 100, 0));
    struct prov_device *large = device(7, 7, 20000);
    assert_false(memory_put(m, large, NULL, 0));
    free(large);
    memory_forget_all(m);
    assert_int_equal(memory_count(m), 0);
    assert_null(find(m, 100, 0));
    memory_free(m);
}

static void nothing_is_kept_for_ever(void **state)
{
    (void)state;
    static const struct hash_key key = {{1, 2}};
    struct memory *m = NULL;
    assert_int_equal(memory_new(&key, 10, 10000, &m), ERR_OK);
    assert_true(memory_put(m, device(1, 1, 10), NULL, 0));
    assert_non_null(find(m, 1, 600 * USEC_S));
    assert_null(find(m, 1, 601 * USEC_S));
    assert_true(memory_put(m, device(1, 1, 10), NULL, 0));
    memory_forget(m, (struct mac){{0, 0, 0x5e, 0, 0, 1}});
    assert_null(find(m, 1, 0));
    memory_forget(m, (struct mac){{0, 0, 0x5e, 0, 0, 1}});
    memory_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_unused_gives_way),
        cmocka_unit_test(bytes_are_limited),
        cmocka_unit_test(nothing_is_kept_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
