/* Addresses: what is read, how it is written again, what is refused; the cursor's sticky end. */
#include "base/addr.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/cursor.h"

static const struct {
    const char *text;
    const char *written; /* NULL: refused */
} rows[] = {
    {"192.0.2.1", "192.0.2.1"},
    {"0.0.0.0", "0.0.0.0"},
    {"255.255.255.255", "255.255.255.255"},
    {"::", "::"},
    {"::1", "::1"},
    {"1::", "1::"},
    {"[2001:db8::1]", "2001:db8::1"},
    {"2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
    {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
    {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6"},
    {"0:0:0:0:0:0:0:0", "::"},
    {"2001:db8::ffff:192.0.2.33", "2001:db8::ffff:c000:221"},
    {"fe80::1:0:0", "fe80::1:0:0"},
    {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
    {"", NULL},
    {"192.0.2", NULL},
    {"192.0.2.1.", NULL},
    {"192.0.2.256", NULL},
    {"192.0.2.01", NULL},
    {"192.0.2.1 ", NULL},
    {"[192.0.2.1]", NULL},
    {"1:2:3:4:5:6:7", NULL},
    {"1:2:3:4:5:6:7:8:9", NULL},
    {"1::2::3", NULL},
    {"1:2:3:4:5:6:7::8", NULL},
    {":1", NULL},
    {"1:", NULL},
    {":::", NULL},
    {"12345::", NULL},
    {"::g", NULL},
    {"1.2.3.4::", NULL},
};

static void texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct addr a;
        char text[ADDR_TEXT];
        bool ok = addr_read(str_z(rows[i].text), &a);
        if (ok != (rows[i].written != NULL)) {
            fail_msg("%s", rows[i].text);
        }
        if (ok) {
            (void)addr_write(a, text);
            assert_string_equal(text, rows[i].written);
        }
    }
}

static void ends(void **state)
{
    struct endpoint e = {.ip = addr4(0xc0000201), .port = 5060};
    char text[ENDPOINT_TEXT];
    (void)state;
    (void)endpoint_write(e, text);
    assert_string_equal(text, "192.0.2.1:5060");
    assert_true(addr_read(STR("2001:db8::1"), &e.ip));
    (void)endpoint_write(e, text);
    assert_string_equal(text, "[2001:db8::1]:5060");
    e.port = 0;
    (void)endpoint_write(e, text);
    assert_string_equal(text, "2001:db8::1");
    assert_true(addr_unset(addr_of(NULL, 0)));
    assert_true(addr_unset(addr4(0)));
    assert_false(addr_unset(addr4(1)));
}

static void cursor(void **state)
{
    (void)state;
    struct cursor c = cursor_of(STR("\x01\x02\x03\x04\x05"));
    assert_int_equal(cursor_u16(&c), 0x0102);
    assert_int_equal(cursor_left(&c), 3);
    struct cursor in = cursor_inside(&c, 2);
    assert_int_equal(cursor_u32(&in), 0);
    assert_true(in.bad);
    assert_false(c.bad);
    assert_int_equal(cursor_u16(&c), 0);
    assert_true(c.bad);
    assert_int_equal(cursor_u8(&c), 0); /* stays bad */
    assert_int_equal(cursor_left(&c), 0);
}

static void test_endpoints(void **state)
{
    static const struct {
        const char *text;
        const char *written; /* NULL: refused */
    } ends[] = {
        {"192.0.2.1", "192.0.2.1:53"},
        {"192.0.2.1:5353", "192.0.2.1:5353"},
        {"2001:db8::1", "[2001:db8::1]:53"},
        {"[2001:db8::1]:5353", "[2001:db8::1]:5353"},
        {"[2001:db8::1]", "[2001:db8::1]:53"},
        {"192.0.2.1:0", NULL},
        {"192.0.2.1:65536", NULL},
        {"192.0.2.1:", NULL},
        {":53", NULL},
        {"", NULL},
        {"name:53", NULL},
        {"192.0.2.1:5 ", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct endpoint e = {.port = 0};
        char text[ENDPOINT_TEXT];
        bool ok = endpoint_read(str_z(ends[i].text), 53, &e);
        assert_int_equal(ok, ends[i].written != NULL);
        if (ok) {
            (void)endpoint_write(e, text);
            assert_string_equal(text, ends[i].written);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_endpoints),
        cmocka_unit_test(texts),
        cmocka_unit_test(ends),
        cmocka_unit_test(cursor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
