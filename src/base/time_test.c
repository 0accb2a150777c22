/* The calendar and the spellings of time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/time.h"

static void test_days(void **state)
{
    static const struct {
        int y, m, d;
        int64_t days;
    } rows[] = {
        {1970, 1, 1, 0},      {1969, 12, 31, -1},   {2000, 2, 29, 11016}, {2000, 3, 1, 11017},
        {2023, 5, 10, 19487}, {2024, 2, 29, 19782}, {2024, 3, 1, 19783},  {1900, 3, 1, -25508},
        {2100, 2, 28, 47540}, {2100, 3, 1, 47541},  {1, 1, 1, -719162},   {9999, 12, 31, 2932896},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int y = 0;
        int m = 0;
        int d = 0;
        assert_int_equal(time_days(rows[i].y, rows[i].m, rows[i].d), rows[i].days);
        time_civil(rows[i].days, &y, &m, &d);
        assert_int_equal(y, rows[i].y);
        assert_int_equal(m, rows[i].m);
        assert_int_equal(d, rows[i].d);
    }
}

static void reads_back(int y, int m, int d, int64_t days)
{
    int cy = 0;
    int cm = 0;
    int cd = 0;
    time_civil(days, &cy, &cm, &cd);
    if (time_days(y, m, d) != days || cy != y || cm != m || cd != d) {
        fail_msg("%d-%d-%d", y, m, d);
    }
}

/* Every day of eight centuries follows the one before, and reads back. */
static void test_every_day(void **state)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t days = time_days(1600, 1, 1);
    (void)state;
    for (int month = 1600 * 12; month < 2400 * 12; month++) {
        int y = month / 12;
        int m = month % 12 + 1;
        bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
        int n = lengths[m - 1] + (m == 2 && leap);
        for (int d = 1; d <= n; d++) {
            reads_back(y, m, d, days++);
        }
    }
}

static void test_months(void **state)
{
    (void)state;
    for (int m = 1; m <= 12; m++) {
        assert_int_equal(time_month(str_z(time_month_name(m))), m);
    }
    assert_string_equal(time_month_name(5), "May");
    assert_string_equal(time_month_name(0), "???");
    assert_string_equal(time_month_name(13), "???");
    assert_int_equal(time_month(STR("may")), 0);
    assert_int_equal(time_month(STR("Maya")), 0);
    assert_int_equal(time_month(STR("")), 0);
}

static void test_write(void **state)
{
    static const struct {
        usec_t t;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00.000000Z"},
        {-1, "1969-12-31T23:59:59.999999Z"},
        {1683739306142687, "2023-05-10T17:21:46.142687Z"},
        {951782400 * USEC_S, "2000-02-29T00:00:00.000000Z"},
        {-USEC_DAY, "1969-12-31T00:00:00.000000Z"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[TIME_TEXT];
        time_write(rows[i].t, text);
        assert_string_equal(text, rows[i].text);
    }
}

struct reading {
    const char *s;
    bool ok;
    int64_t seconds;
};

static void all(bool (*read)(struct str, usec_t *), const struct reading *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        usec_t t = 4711;
        if (read(str_z(rows[i].s), &t) != rows[i].ok) {
            fail_msg("%s", rows[i].s);
        }
        assert_true(t == (rows[i].ok ? rows[i].seconds * USEC_S : 4711));
    }
}

static void test_ctime(void **state)
{
    static const struct reading rows[] = {
        {"Wed May 10 17:21:46 2023", true, 1683739306},
        {"Mon Sep  4 22:53:52 2023\n", true, 1693868032}, /* the day padded with a blank */
        {"Thu Feb 29 00:00:00 2024", true, 1709164800},
        {"Sat Dec 31 23:59:60 2016", true, 1483228800}, /* a leap second */
        {"Wed May 32 17:21:46 2023", false, 0},
        {"Wed may 10 17:21:46 2023", false, 0},
        {"Wed May 10 24:00:00 2023", false, 0},
        {"Wed May 10 17:60:46 2023", false, 0},
        {"Wed May 10 1:21:46 2023", false, 0},
        {"Wed May 10 17:21:46", false, 0},
        {"Wed May 10 17:21:46 1969", false, 0},
        {"Wed May 10 17-21-46 2023", false, 0},
        {"", false, 0},
    };
    (void)state;
    all(time_read_ctime, rows, sizeof rows / sizeof *rows);
}

static void test_http(void **state)
{
    static const struct reading rows[] = {
        {"Mon, 04 Sep 2023 22:51:08 GMT", true, 1693867868},
        {" Thu, 29 Feb 2024 00:00:00 GMT\r\n", true, 1709164800},
        {"Mon, 00 Sep 2023 22:51:08 GMT", false, 0},
        {"Mon, 04 09 2023 22:51:08 GMT", false, 0},
        {"Mon, 04 Sep 23 22:51:08 GMT", false, 0},
        {"Mon, 04 Sep 2023", false, 0},
        {"x", false, 0},
        {"", false, 0},
    };
    (void)state;
    all(time_read_http, rows, sizeof rows / sizeof *rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_days),   cmocka_unit_test(test_every_day),
        cmocka_unit_test(test_months), cmocka_unit_test(test_write),
        cmocka_unit_test(test_ctime),  cmocka_unit_test(test_http),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
