/* Views: search, comparison, cutting, numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"

static void test_search(void **state)
{
    static const struct {
        const char *s, *needle;
        size_t at, iat;
    } rows[] = {
        {"abc", "b", 1, 1},
        {"abc", "abc", 0, 0},
        {"abc", "abcd", STR_NPOS, STR_NPOS},
        {"aab", "ab", 1, 1},
        {"Retry", "rET", STR_NPOS, 0},
        {"", "x", STR_NPOS, STR_NPOS},
        {"xxRETRY", "try", STR_NPOS, 4},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(str_find(str_z(rows[i].s), str_z(rows[i].needle)), rows[i].at);
        assert_int_equal(str_ifind(str_z(rows[i].s), str_z(rows[i].needle)), rows[i].iat);
    }
    assert_int_equal(str_chr(STR("a:b:c"), ':'), 1);
    assert_int_equal(str_chr(str_of(NULL, 0), ':'), STR_NPOS);
    assert_int_equal(str_chr(str_of("a\0b", 3), 'b'), 2); /* a NUL ends nothing */
}

static void test_compare(void **state)
{
    static const struct {
        const char *a, *b;
        bool eq, ieq, starts, istarts, ends;
        int cmp;
    } rows[] = {
        {"", "", true, true, true, true, true, 0},
        {"a", "A", false, true, false, true, false, 1},
        {"abc", "ab", false, false, true, true, false, 1},
        {"ab", "abc", false, false, false, false, false, -1},
        {"abc", "bc", false, false, false, false, true, -1},
        {"Via", "VI", false, false, false, true, false, 1},
        {"\x80", "z", false, false, false, false, false, 1},
        {"@", "`", false, false, false, false, false, -1}, /* 0x40 and 0x60 are no letters */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str a = str_z(rows[i].a);
        struct str b = str_z(rows[i].b);
        assert_int_equal(str_eq(a, b), rows[i].eq);
        assert_int_equal(str_ieq(a, b), rows[i].ieq);
        assert_int_equal(str_starts(a, b), rows[i].starts);
        assert_int_equal(str_istarts(a, b), rows[i].istarts);
        assert_int_equal(str_ends(a, b), rows[i].ends);
        int c = str_cmp(a, b);
        assert_int_equal((c > 0) - (c < 0), rows[i].cmp);
    }
}

static void same(struct str s, const char *expected)
{
    assert_int_equal(s.len, strlen(expected));
    assert_true(str_eq(s, str_z(expected)));
}

static void test_parts(void **state)
{
    (void)state;
    same(str_from(STR("abc"), 1), "bc");
    same(str_from(STR("abc"), 3), "");
    same(str_from(STR("abc"), 9), "");
    same(str_from(str_of(NULL, 0), 9), "");
    same(str_head(STR("abc"), 2), "ab");
    same(str_head(STR("abc"), STR_NPOS), "abc");
    same(str_trim(STR(" \t\r\na b\r\n")), "a b");
    same(str_trim(STR(" \t ")), "");
    same(str_z(NULL), "");
}

static void test_cut(void **state)
{
    struct str rest = STR("a,,b");
    (void)state;
    same(str_cut(&rest, ','), "a");
    same(str_cut(&rest, ','), "");
    same(rest, "b");
    same(str_cut(&rest, ','), "b");
    same(rest, "");
    same(str_cut(&rest, ','), "");
}

static void test_words(void **state)
{
    struct str rest = STR("  one\ttwo  ");
    (void)state;
    same(str_word(&rest), "one");
    same(str_word(&rest), "two");
    same(str_word(&rest), "");
    same(rest, "");
}

static void test_unsigned(void **state)
{
    static const struct {
        const char *s;
        bool ok;
        uint64_t n;
    } rows[] = {
        {"0", true, 0},
        {"007", true, 7},
        {"18446744073709551614", true, UINT64_MAX - 1},
        {"18446744073709551616", false, 0},
        {"99999999999999999999", false, 0},
        {"000000000000000000001", false, 0}, /* 21 digits */
        {"", false, 0},
        {"1 ", false, 0},
        {"-1", false, 0},
        {"+1", false, 0},
        {"0x10", false, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t n = 4711;
        assert_int_equal(str_u64(str_z(rows[i].s), &n), rows[i].ok);
        assert_int_equal(n, rows[i].ok ? rows[i].n : 4711);
    }
}

static void test_signed(void **state)
{
    static const struct {
        const char *s;
        bool ok;
        int64_t n;
    } rows[] = {
        {"-1", true, -1},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775807", true, -INT64_MAX},
        {"9223372036854775808", false, 0},
        {"-", false, 0},
        {"--1", false, 0},
        {"", false, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t n = 4711;
        assert_int_equal(str_i64(str_z(rows[i].s), &n), rows[i].ok);
        assert_int_equal(n, rows[i].ok ? rows[i].n : 4711);
    }
}

static void test_hex(void **state)
{
    static const struct {
        const char *s;
        bool ok;
        uint64_t n;
    } rows[] = {
        {"0", true, 0},  {"Ff", true, 255}, {"ffffffffffffffff", true, UINT64_MAX}, {"", false, 0},
        {"g", false, 0}, {"0x1", false, 0}, {"10000000000000000", false, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t n = 4711;
        assert_int_equal(str_hex64(str_z(rows[i].s), &n), rows[i].ok);
        assert_int_equal(n, rows[i].ok ? rows[i].n : 4711);
    }
}

static void test_digits(void **state)
{
    uint64_t n = 4711;
    (void)state;
    assert_int_equal(str_digits(STR("x1"), &n), 0);
    assert_int_equal(n, 4711);
    assert_int_equal(str_digits(STR("12ab"), &n), 2);
    assert_int_equal(n, 12);
    assert_int_equal(str_digits(STR("999999999999999999999999"), &n), 24);
    assert_true(n == UINT64_MAX);
}

static void controls_are_found(void **state)
{
    (void)state;
    char text[24];
    for (size_t len = 0; len <= sizeof text; len++) {
        for (size_t at = 0; at < len; at++) {
            for (int c = 0; c < 256; c++) {
                memset(text, c % 2 ? 'x' : '\x80', sizeof text);
                text[at] = (char)c;
                assert_int_equal(str_control(str_of(text, len)),
                                 c < ' ' || c == 0x7f ? at : STR_NPOS);
            }
        }
    }
    assert_false(str_has_control(str_of(NULL, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search), cmocka_unit_test(test_compare),
        cmocka_unit_test(test_parts),  cmocka_unit_test(test_cut),
        cmocka_unit_test(test_words),  cmocka_unit_test(test_unsigned),
        cmocka_unit_test(test_signed), cmocka_unit_test(test_hex),
        cmocka_unit_test(test_digits), cmocka_unit_test(controls_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
