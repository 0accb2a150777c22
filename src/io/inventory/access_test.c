/* Users, tokens, sessions, set-up, settings; the inbox; reports; the audit trail. */
#include "io/inventory/access.h"

#include "io/inventory/inbox.h"
#include "io/inventory/inventory_fixture.h"

#define HOUR (3600 * USEC_S)

static int64_t add_user(const char *name, enum role role)
{
    int64_t id = 0;
    struct user u = {.name = str_z(name), .role = role, .hash = STR("$scrypt$one")};
    GOOD(inventory_user_add(inv, &anna, &u, &id, &why));
    return id;
}

static void one_admin_stays(void **state)
{
    (void)state;
    struct user u;
    int64_t admin = add_user("anna", ROLE_ADMIN), reader = add_user("bob", ROLE_READER), id = 0;
    u = (struct user){.name = STR("bob"), .hash = STR("x")};
    REFUSED(inventory_user_add(inv, &anna, &u, &id, &why), NAME_USED);
    u = (struct user){.name = STR("carl")};
    REFUSED(inventory_user_add(inv, &anna, &u, &id, &why), BAD_FIELD);
    REFUSED(inventory_user_remove(inv, &anna, admin, 0, &why), IN_USE);
    GOOD(inventory_user_get(inv, admin, &arena, &u, &why));
    assert_int_equal(u.hash.len, 0);
    u.role = ROLE_OPERATOR;
    REFUSED(inventory_user_change(inv, &anna, &u, &why), IN_USE);
    GOOD(inventory_user_find(inv, STR("bob"), &arena, &u, &why));
    assert_true(str_eq(u.hash, STR("$scrypt$one")));
    u.role = ROLE_ADMIN;
    u.hash = STR("$scrypt$two");
    GOOD(inventory_user_change(inv, &anna, &u, &why));
    GOOD(inventory_user_remove(inv, &anna, admin, 0, &why));
    again();
    GOOD(inventory_user_find(inv, STR("bob"), &arena, &u, &why));
    assert_true(u.id == reader && u.role == ROLE_ADMIN && str_eq(u.hash, STR("$scrypt$two")));
    REFUSED(inventory_user_find(inv, STR("anna"), &arena, &u, &why), NOT_FOUND);
}

static void tokens_are_told_once(void **state)
{
    (void)state;
    char token[ACCESS_TOKEN_TEXT];
    struct token got, *list = NULL;
    int64_t id = 0;
    size_t n = 0;
    struct str next;
    struct token t = {.name = STR("ci"), .role = ROLE_OPERATOR, .expires = NOW + HOUR};
    GOOD(inventory_token_add(inv, &anna, &t, &id, token, &why));
    assert_int_equal(strlen(token), 43);
    REFUSED(inventory_token_add(inv, &anna, &t, &id, token, &why), NAME_USED);
    again();
    GOOD(inventory_token_check(inv, str_z(token), NOW + 1, &arena, &got, &why));
    assert_true(got.id == id && got.role == ROLE_OPERATOR && str_eq(got.name, STR("ci")));
    REFUSED(inventory_token_check(inv, str_z(token), NOW + HOUR, &arena, &got, &why), EXPIRED);
    token[5] = token[5] == 'A' ? 'B' : 'A';
    REFUSED(inventory_token_check(inv, str_z(token), NOW, &arena, &got, &why), NOT_FOUND);
    GOOD(inventory_tokens(inv, (struct page){0}, &arena, &list, &n, &next, &why));
    assert_int_equal(n, 1);
    assert_int_equal(list[0].last_used, NOW + 1);
    GOOD(inventory_token_remove(inv, &anna, id, &why));
    REFUSED(inventory_token_remove(inv, &anna, id, &why), NOT_FOUND);
}

static void sessions_end(void **state)
{
    (void)state;
    char cookie[ACCESS_TOKEN_TEXT], csrf[ACCESS_TOKEN_TEXT], derived[ACCESS_TOKEN_TEXT];
    struct session s;
    struct user u;
    int64_t id = 0, user = add_user("anna", ROLE_ADMIN);
    struct str none = {0};
    GOOD(inventory_session_add(inv, &anna, user, 12 * HOUR, &id, cookie, csrf, &why));
    again();
    GOOD(inventory_session_csrf(inv, str_z(cookie), derived, &why));
    assert_string_equal(derived, csrf);
    GOOD(inventory_session_check(inv, str_z(cookie), none, HOUR, NOW, &arena, &s, &why));
    assert_true(s.user == user && s.role == ROLE_ADMIN && str_eq(s.name, STR("anna")));
    GOOD(inventory_session_check(inv, str_z(cookie), str_z(csrf), HOUR, NOW, &arena, &s, &why));
    REFUSED(inventory_session_check(inv, str_z(cookie), STR("x"), HOUR, NOW, &arena, &s, &why),
            PRECONDITION);
    assert_string_equal(why.field, "csrf");
    REFUSED(inventory_session_check(inv, str_z(csrf), none, HOUR, NOW, &arena, &s, &why),
            NOT_FOUND);
    REFUSED(
        inventory_session_check(inv, str_z(cookie), none, HOUR, NOW + 2 * HOUR, &arena, &s, &why),
        EXPIRED);
    GOOD(inventory_user_find(inv, STR("anna"), &arena, &u, &why));
    assert_int_equal(u.last_login, NOW);
    GOOD(inventory_user_change(inv, &anna, &u, &why)); /* a hash: sessions end */
    REFUSED(inventory_session_end(inv, &anna, id, &why), NOT_FOUND);
    for (int i = 0; i < 25; i++) {
        GOOD(inventory_session_add(inv, &anna, user, 12 * HOUR, &id, cookie, csrf, &why));
    }
    REFUSED(inventory_session_end(inv, &anna, id - 20, &why), NOT_FOUND);
    GOOD(inventory_session_end(inv, &anna, id - 19, &why));
}

static void set_up_is_done_once(void **state)
{
    (void)state;
    char first[ACCESS_TOKEN_TEXT], token[ACCESS_TOKEN_TEXT];
    int64_t id = 0;
    struct actor late = anna;
    late.now = NOW + 2 * HOUR;
    GOOD(inventory_setup_make(inv, NOW, HOUR, first, &why));
    GOOD(inventory_setup_make(inv, NOW, HOUR, token, &why));
    again();
    REFUSED(inventory_setup_check(inv, str_z(first), NOW, &why), NOT_FOUND);
    GOOD(inventory_setup_check(inv, str_z(token), NOW, &why));
    REFUSED(inventory_setup_use(inv, &late, str_z(token), STR("anna"), STR("h"), &id, &why),
            EXPIRED);
    GOOD(inventory_setup_use(inv, &anna, str_z(token), STR("anna"), STR("h"), &id, &why));
    REFUSED(inventory_setup_use(inv, &anna, str_z(token), STR("bob"), STR("h"), &id, &why), IN_USE);
    REFUSED(inventory_setup_make(inv, NOW, HOUR, token, &why), IN_USE);
    REFUSED(inventory_user_remove(inv, &anna, id, 0, &why), IN_USE);
}

static void settings_have_versions(void **state)
{
    (void)state;
    struct setting s = {.name = STR("policy"), .value = STR("one")}, got, *list = NULL;
    size_t n = 0;
    REFUSED(inventory_setting_get(inv, s.name, &arena, &got, &why), NOT_FOUND);
    GOOD(inventory_setting_put(inv, &anna, &s, &why));
    GOOD(inventory_setting_get(inv, s.name, &arena, &got, &why));
    got.value = STR("two");
    GOOD(inventory_setting_put(inv, &anna, &got, &why));
    REFUSED(inventory_setting_put(inv, &anna, &got, &why), PRECONDITION);
    again();
    GOOD(inventory_settings(inv, &arena, &list, &n, &why));
    assert_int_equal(n, 1);
    assert_true(str_eq(list[0].value, STR("two")));
}

/* -- the inbox */

static bool seen(bool proven, const char *source, int last, usec_t now)
{
    struct unknown_phone u = {.proven = proven,
                              .has_mac = true,
                              .mac = {{0, 0, 0x5e, 0, 0x53, (uint8_t)last}},
                              .source = str_z(source),
                              .how = STR("https")};
    return inventory_unknown_seen(inv, &u, now);
}

static void guesses_are_one_row(void **state)
{
    (void)state;
    struct unknown_phone *u = NULL;
    size_t n = 0;
    struct str next;
    assert_true(seen(false, "192.0.2.9", 1, NOW));
    for (int i = 0; i < 5000; i++) {
        assert_false(seen(false, "192.0.2.9", i % 200, NOW + i));
        assert_int_equal(seen(true, "192.0.2.9", 7, NOW + i), i == 0);
    }
    GOOD(inventory_unknowns(inv, (struct page){0}, &arena, &u, &n, &next, &why));
    assert_false(seen(false, "192.0.2.9", 9, NOW + 6000));
    again();
    GOOD(inventory_unknowns(inv, (struct page){.limit = 1}, &arena, &u, &n, &next, &why));
    assert_int_equal(n, 1);
    assert_false(u[0].proven);
    assert_int_equal(u[0].count, 5002);
    assert_int_equal(u[0].n_macs, UNKNOWN_MACS);
    assert_int_equal(u[0].first, NOW);
    assert_int_equal(u[0].last, NOW + 6000);
    GOOD(inventory_unknowns(inv, (struct page){.limit = 1, .cursor = next}, &arena, &u, &n, &next,
                            &why));
    assert_true(u[0].proven && u[0].mac.b[5] == 7 && u[0].count == 5000);
    assert_int_equal(next.len, 0);
    GOOD(inventory_unknown_get(inv, u[0].id, &arena, u, &why));
    /* Adding its device takes it out of the inbox, written or not. */
    assert_false(seen(true, "192.0.2.9", 7, NOW + 7000));
    (void)add_device("00005e005307", add_person("Anna", ""), "");
    REFUSED(inventory_unknown_remove(inv, &anna, u[0].id, &why), NOT_FOUND);
    GOOD(inventory_unknowns(inv, (struct page){0}, &arena, &u, &n, &next, &why));
    assert_int_equal(n, 1);
    GOOD(inventory_unknown_remove(inv, &anna, u[0].id, &why));
}

/* -- reports */

static void reports_are_listed(void **state)
{
    (void)state;
    struct problem_report got, *list = NULL;
    struct str next;
    size_t n = 0;
    int64_t id[3], *surplus = NULL;
    int64_t device = add_device("00005e005301", add_person("Anna", ""), "");
    for (int i = 0; i < 3; i++) {
        struct problem_report r = {.device = i == 1 ? device : 0,
                                   .name = STR("prt.tar.gz"),
                                   .size = 100,
                                   .source = STR("192.0.2.1")};
        GOOD(inventory_report_add(inv, &anna, &r, &id[i], &why));
    }
    fresh();
    struct problem_report told_now = {.id = id[0],
                                      .device = device,
                                      .state = REPORT_DONE,
                                      .finding = STR("PV-20"),
                                      .findings = 2};
    GOOD(inventory_report_told(inv, &told_now, &why));
    assert_true(told_of(INVENTORY_REPORT, INVENTORY_CHANGED, id[0]));
    again();
    struct report_query q = {.device = device};
    GOOD(inventory_reports(inv, &q, &arena, &list, &n, &next, &why));
    assert_int_equal(n, 2);
    assert_int_equal(list[0].id, id[1]);
    assert_true(str_eq(list[1].finding, STR("PV-20")) && list[1].state == REPORT_DONE);
    q = (struct report_query){.nobody = true};
    GOOD(inventory_reports(inv, &q, &arena, &list, &n, &next, &why));
    assert_int_equal(n, 1);
    GOOD(inventory_reports_surplus(inv, 10, 250, &arena, &surplus, &n, &why));
    assert_true(n == 1 && surplus[0] == id[0]);
    GOOD(inventory_reports_surplus(inv, 1, 1000, &arena, &surplus, &n, &why));
    assert_true(n == 2 && surplus[1] == id[1]);
    GOOD(inventory_device_remove(inv, &anna, device, 0, false, &why)); /* reports stay */
    GOOD(inventory_report_get(inv, id[1], &arena, &got, &why));
    assert_int_equal(got.device, 0);
    GOOD(inventory_report_remove(inv, &anna, id[1], &why));
    REFUSED(inventory_report_get(inv, id[1], &arena, &got, &why), NOT_FOUND);
}

/* -- audit */

static size_t audit(struct audit_query q, struct audit_row **ret)
{
    size_t n = 0;
    struct str next;
    GOOD(inventory_audit(inv, &q, &arena, ret, &n, &next, &why));
    return n;
}

static void each_change_leaves_a_trace(void **state)
{
    (void)state;
    struct audit_row *row = NULL;
    struct device d;
    int64_t device = add_device("00005e005301", add_person("Anna", ""), "100"), id = 0;
    struct device_new again_same = {.mac = STR("00005e005301"), .device = {.model = STR("8865")}};
    REFUSED(inventory_device_add(inv, &anna, &again_same, &id, &why), MAC_USED);
    GOOD(inventory_device_get(inv, device, &arena, &d, &why));
    d.note = STR("by the \"door\"");
    GOOD(inventory_device_change(inv, &anna, &d, &why));
    GOOD(inventory_audit_add(inv, &anna, STR("device.resync"), STR("device"), device,
                             STR("00:00:5e:00:53:01"), STR(""), &why));
    again();
    assert_int_equal(audit((struct audit_query){0}, &row), 5); /* person, account, device twice */
    assert_int_equal(audit((struct audit_query){.object = STR("account")}, &row), 1);
    assert_int_not_equal(str_find(row[0].after, STR("\"secret\":\"***\"")), STR_NPOS);
    assert_int_equal(
        audit((struct audit_query){.object = STR("device"), .object_id = device}, &row), 3);
    assert_true(str_eq(row[0].action, STR("device.resync")));
    assert_true(str_eq(row[1].action, STR("device.change")) && row[1].at == NOW);
    assert_true(str_eq(row[1].who, STR("user:anna")) && str_eq(row[1].source, STR("192.0.2.1")));
    assert_int_equal(str_find(row[1].before, STR("door")), STR_NPOS);
    assert_int_not_equal(str_find(row[1].after, STR("\"note\":\"by the \\\"door\\\"\"")), STR_NPOS);
    assert_int_equal(audit((struct audit_query){.who = STR("user:bob")}, &row), 0);
    assert_int_equal(audit((struct audit_query){.until = NOW}, &row), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_admin_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(tokens_are_told_once, setup, teardown),
        cmocka_unit_test_setup_teardown(sessions_end, setup, teardown),
        cmocka_unit_test_setup_teardown(set_up_is_done_once, setup, teardown),
        cmocka_unit_test_setup_teardown(settings_have_versions, setup, teardown),
        cmocka_unit_test_setup_teardown(guesses_are_one_row, setup, teardown),
        cmocka_unit_test_setup_teardown(reports_are_listed, setup, teardown),
        cmocka_unit_test_setup_teardown(each_change_leaves_a_trace, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
