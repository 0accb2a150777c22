#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "app/hub/drift.h"

enum { REFUSED = 99 };

static void test_drift(void **state)
{
    (void)state;
    struct render_value values[] = {
        {.name = STR("Admin_Passwd"), .value = STR("x"), .secret = true},
        {.name = STR("Language"), .value = STR("English-US")},
        {.name = STR("Time_Zone"), .value = STR("GMT+09:00")},
        {.name = STR("Time_Zone"), .value = STR("GMT+01:00"), .over = true},
        {.name = STR("User_ID_1_"), .value = STR("2001")},
    };
    const struct render r = {.value = values, .n = sizeof values / sizeof *values};
    static const struct {
        const char *report;
        size_t n;
        const char *name, *value;
    } rows[] = {
        {"<flat-profile></flat-profile>", 0, NULL, NULL},
        {"<f><Time_Zone ua=\"na\"> GMT+09:00 </Time_Zone></f>", 0, NULL, NULL},
        {"<f><Time_Zone>GMT+01:00</Time_Zone></f>", 1, "Time_Zone", "GMT+01:00"},
        {"<f><Admin_Passwd>*****</Admin_Passwd><Other>1</Other></f>", 0, NULL, NULL},
        {"<f><Language/><User_ID_1_>2001</User_ID_1_></f>", 1, "Language", ""},
        {"<f><Language>a</Language><Language>b</Language></f>", 1, "Language", "b"},
        {"<f><Language>a</Language><Language>English-US</Language></f>", 0, NULL, NULL},
        {"<f><Language>a</Language><User_ID_1_>9</User_ID_1_><Language>English-US</Language></f>",
         1, "User_ID_1_", "9"},
        {"<f><Language>a</Language><!DOCTYPE x><User_ID_1_>9</User_ID_1_></f>", REFUSED, NULL,
         NULL},
        {"<f><Language>a</Lang", REFUSED, NULL, NULL},
        {"Salted__12345678", REFUSED, NULL, NULL},
        {"no document", REFUSED, NULL, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena a;
        struct drift d;
        arena_init(&a, 0);
        enum err e = drift_find(str_z(rows[i].report), &r, &a, &d);
        assert_int_equal(e, rows[i].n == REFUSED ? ERR_MALFORMED : ERR_OK);
        if (e == ERR_OK) {
            assert_int_equal(d.n, rows[i].n);
        }
        if (e == ERR_OK && d.n) {
            assert_true(str_eq(d.value[0].published->name, str_z(rows[i].name)));
            assert_true(str_eq(d.value[0].reported, str_z(rows[i].value)));
        }
        arena_clear(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_drift)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
