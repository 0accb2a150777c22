/* Import and export: what rows make, what is refused and how, all or nothing. */
#include "io/inventory/import.h"

#include "io/inventory/inventory_fixture.h"

static struct import_result result;
static struct import_row rows[64];

static enum err run(const char *text, bool preview, bool partial)
{
    struct import *m = NULL;
    const struct import_row *row = NULL;
    enum err e = inventory_import_new(inv, &anna, str_z(text), preview, partial, &m, &why);
    if (e == ERR_OK) {
        inventory_import_run(m);
        e = inventory_import_end(m, &result, &row, &why);
        assert_true(result.rows <= sizeof rows / sizeof *rows);
        if (row) {
            memcpy(rows, row, result.rows * sizeof *row);
        }
    }
    inventory_import_free(m);
    return e;
}

#define GOOD_ROWS                                                                                \
    "\xef\xbb\xbfMAC,Model,kind,owner,mail,site,number,user,display,secret,serial,note\r\n"      \
    "00:00:5e:00:53:01,8865,person,Anna Meier,anna@example.com,大阪,1001,,,,FCH1,\"a, b\"\r\n" \
    "SEP00005E005302,8865,personal,,ANNA@example.com,,1002,an,An,secret1,,\r\n"                  \
    "0000.5e00.5303,6821,shared,Lobby,,大阪,1001,,,,,\r\n"                                     \
    ",8865,,Bob,,,,,,,,\r\n"

static void rows_make_devices(void **state)
{
    (void)state;
    struct device d;
    GOOD(run(GOOD_ROWS, false, false));
    assert_true(result.done);
    assert_int_equal(result.rows, 4);
    assert_int_equal(result.good, 4);
    assert_true(told_of(INVENTORY_ALL, INVENTORY_ADDED, 0));
    assert_true(rows[0].new_owner && rows[0].new_site && rows[0].new_account);
    assert_false(rows[1].new_owner || rows[1].new_site || rows[2].new_account);
    for (int round = 0; round < 2; round++) {
        GOOD(inventory_device_get(inv, rows[1].device, &arena, &d, &why));
        assert_true(str_eq(d.owner, STR("Anna Meier")) && str_eq(d.site_name, STR("大阪")));
        assert_true(str_eq(d.line[0].user, STR("an")) && str_eq(d.line[0].display, STR("An")));
        struct str secret;
        GOOD(inventory_account_secret_get(inv, d.line[0].account, &arena, &secret, &why));
        assert_true(str_eq(secret, STR("secret1")));
        GOOD(inventory_device_get(inv, rows[2].device, &arena, &d, &why));
        assert_true(d.workspace && d.line[0].shared && d.mac.b[5] == 3);
        assert_int_equal(inventory_counts(inv).devices, 4);
        assert_int_equal(inventory_counts(inv).owners, 3);
        struct device_query q = {.q = STR("大阪 1001")};
        struct device *found = NULL;
        size_t n = 0;
        struct str next;
        GOOD(inventory_devices(inv, &q, &arena, &found, &n, &next, NULL, &why));
        assert_int_equal(n, 2);
        again();
    }
}

static const struct {
    const char *row;
    enum refusal_code want;
    const char *field;
} bad[] = {
    {"00005e005301,8865,person,Anna,,,,,", REFUSAL_MAC_USED, "mac"},
    {"00005e005309,8865,person,Anna,,,,,", REFUSAL_MAC_DUPLICATE, "mac"},
    {"00005e0053,8865,person,Anna,,,,,", REFUSAL_BAD_MAC, "mac"},
    {"00005e005302,7960,person,Anna,,,,,", REFUSAL_UNKNOWN_MODEL, "model"},
    {"00005e005302,8865,car,Anna,,,,,", REFUSAL_BAD_FIELD, "kind"},
    {"00005e005302,8865,person,,,,,,", REFUSAL_NO_OWNER, "owner"},
    {"00005e005302,8865,person,,x@example.com,,,,", REFUSAL_NO_OWNER, "owner"},
    {"00005e005302,8865,person,Twin,,,,,", REFUSAL_BAD_FIELD, "owner"},
    {"00005e005302,8865,person,Anna,,,12 3,,", REFUSAL_BAD_NUMBER, "number"},
    {"00005e005302,8865,person,Anna,,,100,,new", REFUSAL_BAD_FIELD, "secret"},
    {"00005e005302,8865,person,Anna,,,,nowhere,", REFUSAL_NOT_FOUND, "registrar"},
    {"00005e005302,8865,person,Anna", REFUSAL_BAD_CSV, NULL},
    {"00005e005302,8865,person,\"Anna", REFUSAL_BAD_CSV, NULL},
};

static void mistakes_are_told_by_row(void **state)
{
    (void)state;
    struct buf b = {0};
    struct sink out = buf_sink(&b);
    sink_z(&out, "mac,model,kind,owner,mail,site,number,registrar,secret\n"
                 "00005e005309,8865,person,Zoe,,New site,,,\n");
    (void)add_device("00005e005301", add_person("Anna", ""), "100");
    (void)add_person("Twin", "");
    (void)add_person("Twin", "");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        sink_z(&out, bad[i].row);
        sink_char(&out, '\n');
    }
    sink_char(&out, '\0');
    const char *text = b.p;
    GOOD(run(text, true, true));
    assert_false(result.done);
    assert_int_equal(result.good, 1);
    assert_int_equal(result.rows, 1 + sizeof bad / sizeof *bad);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct import_row *r = &rows[1 + i];
        if (r->refused.code != bad[i].want) {
            fail_msg("%s: %s: %s", bad[i].row, refusal_name(r->refused.code), r->refused.what);
        }
        assert_int_equal(r->line, 3 + i);
        assert_int_equal(r->device, 0);
        if (bad[i].field) {
            assert_string_equal(r->refused.field, bad[i].field);
        }
    }
    assert_int_equal(rows[2].refused.other, 0);         /* the row that has the MAC too */
    assert_int_equal(inventory_counts(inv).devices, 1); /* a preview changes nothing */
    again();
    assert_int_equal(inventory_counts(inv).devices, 1);
    GOOD(run(text, false, false)); /* one bad row keeps all out */
    assert_false(result.done);
    assert_int_equal(inventory_counts(inv).devices, 1);
    GOOD(run(text, false, true));
    assert_true(result.done);
    again();
    assert_int_equal(inventory_counts(inv).devices, 2);
    GOOD(run(text, false, true)); /* sent twice: nothing is added */
    assert_false(result.done);
    assert_int_equal(rows[0].refused.code, REFUSAL_MAC_USED);
    buf_clear(&b);
}

static void headers_are_checked(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "mac,owner\n", "mac,model,colour\n", "mac,model,mac\n",
                                        "\"mac\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        REFUSED(run(texts[i], false, true), BAD_CSV);
        assert_string_equal(why.field, "header");
    }
}

static void one_at_a_time(void **state)
{
    (void)state;
    struct import *m = NULL, *other = NULL;
    int64_t id = 0;
    struct site s = {.name = STR("HQ")};
    GOOD(inventory_import_new(inv, &anna, STR("model\n"), false, true, &m, &why));
    REFUSED(inventory_import_new(inv, &anna, STR("model\n"), false, true, &other, &why), BUSY);
    REFUSED(inventory_site_add(inv, &anna, &s, &id, &why), BUSY);
    inventory_import_free(m);
    GOOD(inventory_site_add(inv, &anna, &s, &id, &why));
    GOOD(run("model\n", false, true));
    assert_int_equal(result.rows, 0);
}

static void what_goes_out_comes_in(void **state)
{
    (void)state;
    struct buf b = {0}, second = {0};
    struct sink out = buf_sink(&b);
    struct str cursor = STR("");
    GOOD(run(GOOD_ROWS "00005e005305,8865,person,=cmd|x,,-1,+4930,,@me,,,'ok\r\n", false, false));
    if (!result.done) {
        fail_msg("%s", rows[4].refused.what);
    }
    do {
        GOOD(inventory_export(inv, &arena, &cursor, 2, &out, &why));
    } while (cursor.len);
    assert_int_not_equal(str_find(buf_str(&b), STR(",\"'=cmd|x\",")), STR_NPOS);
    assert_int_not_equal(str_find(buf_str(&b), STR(",\"'+4930\",")), STR_NPOS);
    assert_int_equal(buf_add(&b, str_of("", 1)), ERR_OK);
    assert_int_equal(teardown(NULL), 0);
    assert_int_equal(setup(NULL), 0);
    GOOD(run(b.p, false, false));
    assert_true(result.done);
    assert_int_equal(result.good, 5);
    out = buf_sink(&second);
    cursor = STR("");
    GOOD(inventory_export(inv, &arena, &cursor, 100, &out, &why));
    assert_true(str_eq(buf_str(&second), str_z(b.p)));
    buf_clear(&b);
    buf_clear(&second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_make_devices, setup, teardown),
        cmocka_unit_test_setup_teardown(mistakes_are_told_by_row, setup, teardown),
        cmocka_unit_test_setup_teardown(headers_are_checked, setup, teardown),
        cmocka_unit_test_setup_teardown(one_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(what_goes_out_comes_in, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
