/* MAC addresses in every spelling, and what only looks like one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/mac.h"

static void test_spellings(void **state)
{
    static const char *const good[] = {
        "00005e0053af",      "00005E0053AF",    "00:00:5e:00:53:af",    "00-00-5E-00-53-AF",
        "00.00.5e.00.53.af", "0000.5e00.53af",  "0000:5e00:53af",       "0000-5E00-53AF",
        "SEP00005E0053AF",   "sep00005e0053af", "SEP00:00:5e:00:53:af",
    };
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct mac m = {{0}};
        char text[MAC_TEXT];
        assert_true(mac_read(str_z(good[i]), &m));
        mac_write(m, text);
        assert_string_equal(text, "00:00:5e:00:53:af");
    }
}

static void test_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "SEP",
        "00005e0053a",
        "00005e0053af0",
        "00005e0053ag",
        "00:00:5e:00:53",
        "00:00:5e:00:53:af:01",
        "00:00:5e:00:53:a",
        "0:00:5e:00:53:af",
        "000:05e:005:3af",
        "00:00-5e:00:53:af",
        "00::5e:00:53:af:00",
        "00:00:5e:00:53:af:",
        ":00:00:5e:00:53:af",
        "0000.5e:0053af",
        "00 00 5e 00 53 af",
        "<MAC_ADDRESS>",
        "00005eXXXXXX",
        "SEPSEP00005e0053af",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct mac m = {{1, 2, 3, 4, 5, 6}};
        assert_false(mac_read(str_z(bad[i]), &m));
        assert_int_equal(m.b[0], 1); /* not touched */
    }
}

static void test_equal(void **state)
{
    struct mac a = {{0, 0, 0x5e, 0, 0x53, 1}};
    struct mac b = a;
    (void)state;
    assert_true(mac_eq(a, b));
    b.b[5] = 2;
    assert_false(mac_eq(a, b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spellings),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
