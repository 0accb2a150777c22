#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "flow/fleet/pace.h"

static void test_due(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t k;
        usec_t due;
    } rows[] = {
        {"100", 0, 0},
        {"100", 1, 10 * USEC_MS},
        {"100", 100000, 1000 * USEC_S},
        {"storm", 99999, 0},
        {"10:2s,20", 19, 1900 * USEC_MS},
        {"10:2s,20", 20, 2 * USEC_S},
        {"10:2s,20", 22, 2100 * USEC_MS},
        {"10:2s", 20, USEC_NONE},
        {"0-100:10s,100", 50, 3162278}, /* 5 t^2 = 50 */
        {"0-100:10s,100", 500, 10 * USEC_S},
        {"0-100:10s,100", 600, 11 * USEC_S},
        {"100-0:10s", 499, 9000000 + 552786}, /* 100 t - 5 t^2 = 499 */
        {"100-0:10s", 500, USEC_NONE},
        {"0:30s,storm", 7, 30 * USEC_S},
        {"5:1m,0:500ms,storm", 300, 60500 * USEC_MS},
        {"1000000", 1, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pace p;
        struct err_at at;
        assert_int_equal(pace_read(str_z(rows[i].text), &p, &at), ERR_OK);
        usec_t due = pace_due(&p, rows[i].k);
        if (rows[i].due == USEC_NONE || due == USEC_NONE
                ? due != rows[i].due
                : due - rows[i].due > 5 || rows[i].due - due > 5) {
            fail_msg("%s: phone %llu is due at %lld, not %lld", rows[i].text,
                     (unsigned long long)rows[i].k, (long long)due, (long long)rows[i].due);
        }
    }
}

/* No phone is due before the one in front of it, whatever the steps. */
static void test_order(void **state)
{
    (void)state;
    static const char *const paces[] = {"0-200:5s,200-20:3s,20", "1:1s,7-3:2s,1000"};
    for (size_t i = 0; i < 2; i++) {
        struct pace p;
        struct err_at at;
        assert_int_equal(pace_read(str_z(paces[i]), &p, &at), ERR_OK);
        usec_t last = 0;
        for (uint64_t k = 0; k < 2000; k++) {
            usec_t due = pace_due(&p, k);
            assert_true(due >= last);
            last = due;
        }
    }
}

static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t offset;
    } rows[] = {
        {"", 0},     {"fast", 0},     {"10:2", 0},    {"10:s", 0},       {"10,20", 0},
        {"0", 0},    {"0-100", 0},    {"10:0s", 0},   {"10:2s,", 99},    {"10:2s,,5", 6},
        {"-5", 0},   {"10:2s,x", 6},  {"1000001", 0}, {"10:101h,-1", 8}, {"10:99999999h", 0},
        {"10-", 99}, {"storm,10", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pace p;
        struct err_at at = {.offset = 99};
        enum err e = pace_read(str_z(rows[i].text), &p, &at);
        if (rows[i].offset == 99) { /* what stands behind a last sign is nothing */
            assert_int_equal(e, ERR_OK);
        } else {
            assert_int_equal(e, ERR_MALFORMED);
            assert_int_equal(at.offset, rows[i].offset);
            assert_non_null(at.what);
        }
    }
    char many[200] = "1:1s";
    for (size_t i = 4; i + 5 < sizeof many; i += 5) {
        (void)snprintf(many + i, 6, ",1:1s");
    }
    struct pace p;
    struct err_at at;
    assert_int_equal(pace_read(str_z(many), &p, &at), ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_due),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
