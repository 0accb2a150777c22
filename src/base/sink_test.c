/* Sinks keep their first failure; the buffer grows up to its limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/sink.h"

static void test_writes(void **state)
{
    struct buf b = {.limit = 0};
    struct sink s = buf_sink(&b);
    (void)state;
    sink_z(&s, "a");
    sink_char(&s, 'b');
    sink_fmt(&s, "%03d", 7);
    sink_fill(&s, '-', 130);
    sink_str(&s, str_of("x\0y", 3));
    sink_str(&s, str_of(NULL, 0));
    assert_int_equal(s.err, ERR_OK);
    assert_int_equal(b.len, 5 + 130 + 3);
    assert_true(str_starts(buf_str(&b), STR("ab007---")));
    assert_memory_equal(b.p + 5 + 130, "x\0y", 3);
    buf_reset(&b);
    assert_int_equal(buf_str(&b).len, 0);
    buf_clear(&b);
}

static void test_format_is_cut(void **state)
{
    struct buf b = {.limit = 0};
    struct sink s = buf_sink(&b);
    char text[2000];
    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    sink_fmt(&s, "%s", text);
    assert_int_equal(b.len, 1023);
    buf_clear(&b);
}

static void test_limit(void **state)
{
    struct buf b = {.limit = 10};
    struct sink s = buf_sink(&b);
    (void)state;
    sink_z(&s, "12345678");
    sink_z(&s, "901"); /* does not fit: refused whole */
    assert_int_equal(s.err, ERR_LIMIT);
    sink_z(&s, "9"); /* would fit, but something is missing before it */
    assert_true(str_eq(buf_str(&b), STR("12345678")));
    buf_clear(&b);
    assert_int_equal(b.limit, 10);
}

static enum err count_and_fail(void *ctx, struct str s)
{
    int *n = ctx;
    (void)s;
    ++*n;
    return ERR_IO;
}

static void test_first_failure_stays(void **state)
{
    int n = 0;
    struct sink s = {.write = count_and_fail, .ctx = &n};
    (void)state;
    sink_z(&s, "a");
    sink_z(&s, "b");
    sink_fill(&s, ' ', 1000);
    assert_int_equal(n, 1);
    assert_int_equal(s.err, ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writes),
        cmocka_unit_test(test_format_is_cut),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_first_failure_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
