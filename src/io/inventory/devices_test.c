/* Devices, lines, accounts: adding, changing, replacing, releasing, search. */
#include "io/inventory/inventory_fixture.h"

static const struct {
    const char *mac, *model;
    bool person, workspace;
    const char *number, *user;
    enum refusal_code want;
} added[] = {
    {"00-00-5E-00-53-01", "CP-8865-3PCC", true, false, "1001", "", REFUSAL_NONE},
    {"SEP00005E005302", "8865", false, true, "", "lobby", REFUSAL_NONE},
    {"", "8865", true, false, "", "", REFUSAL_NONE}, /* waits for a code */
    {"0000.5e00.5301", "8865", true, false, "1002", "", REFUSAL_MAC_USED},
    {"00005e00530", "8865", true, false, "1002", "", REFUSAL_BAD_MAC},
    {"00005e00530g", "8865", true, false, "1002", "", REFUSAL_BAD_MAC},
    {"000000000000", "8865", true, false, "1002", "", REFUSAL_BAD_MAC},
    {"01005e005303", "8865", true, false, "1002", "", REFUSAL_BAD_MAC},
    {"00005e005303", "7960", true, false, "1002", "", REFUSAL_UNKNOWN_MODEL},
    {"00005e005303", "8865", false, false, "1002", "", REFUSAL_NO_OWNER},
    {"00005e005303", "8865", true, true, "1002", "", REFUSAL_TWO_OWNERS},
    {"00005e005303", "8865", true, false, "10 02", "", REFUSAL_BAD_NUMBER},
    {"00005e005303", "8865", true, false, "10+02", "", REFUSAL_BAD_NUMBER},
    {"00005e005303", "8865", true, false, "1003", "1001", REFUSAL_USER_USED},
    {"00005e005303", "8865", true, false, "1003", "a b", REFUSAL_BAD_FIELD},
};

static void devices_are_checked(void **state)
{
    (void)state;
    int64_t person = add_person("Anna Meier", ""), workspace = 0;
    struct owner o = {.kind = OWNER_WORKSPACE, .name = STR("Lobby")};
    GOOD(inventory_owner_add(inv, &anna, &o, &workspace, &why));
    for (size_t i = 0; i < sizeof added / sizeof *added; i++) {
        int64_t id = 0;
        struct device_new d = {.mac = str_z(added[i].mac),
                               .number = str_z(added[i].number),
                               .user = str_z(added[i].user),
                               .device = {.model = str_z(added[i].model),
                                          .person = added[i].person ? person : 0,
                                          .workspace = added[i].workspace ? workspace : 0}};
        enum err e = inventory_device_add(inv, &anna, &d, &id, &why);
        if (why.code != added[i].want) {
            fail_msg("row %zu: %s: %s", i, refusal_name(why.code), why.what);
        }
        assert_int_equal(e == ERR_OK, added[i].want == REFUSAL_NONE);
    }
    assert_int_equal(inventory_counts(inv).devices, 3);
    assert_int_equal(inventory_counts(inv).accounts, 2);
}

static void a_device_is_whole(void **state)
{
    (void)state;
    struct device d;
    int64_t person = add_person("Anna Meier", "anna@example.com"), site = 0, id = 0;
    GOOD(inventory_site_add(inv, &anna, &(struct site){.name = STR("HQ")}, &site, &why));
    struct device_new n = {.mac = STR("00005e005301"),
                           .number = STR("+4930100"),
                           .user = STR("anna"),
                           .device = {.model = STR("6841"),
                                      .person = person,
                                      .site = site,
                                      .serial = STR("FCH00000001"),
                                      .note = STR("by the window")}};
    GOOD(inventory_device_add(inv, &anna, &n, &id, &why));
    assert_true(told_of(INVENTORY_DEVICE, INVENTORY_ADDED, id));
    again();
    GOOD(inventory_device_get(inv, id, &arena, &d, &why));
    assert_true(d.has_mac && d.mac.b[5] == 1);
    assert_true(str_eq(d.model, STR("CP-6841-3PCC")));
    assert_true(str_eq(d.owner, STR("Anna Meier")) && str_eq(d.mail, STR("anna@example.com")));
    assert_true(str_eq(d.site_name, STR("HQ")) && str_eq(d.note, STR("by the window")));
    assert_int_equal(d.person, person);
    assert_int_equal(d.workspace, 0);
    assert_int_equal(d.n_lines, 1);
    assert_true(str_eq(d.line[0].user, STR("anna")) && str_eq(d.line[0].number, STR("+4930100")));
    assert_true(str_eq(d.line[0].display, STR("Anna Meier")));
    assert_false(d.line[0].shared);
    assert_int_equal(d.n_was, 0);
}

static void a_number_is_shared(void **state)
{
    (void)state;
    struct device d;
    int64_t person = add_person("Anna", "");
    int64_t one = add_device("00005e005301", person, "100");
    int64_t two = add_device("00005e005302", person, "100");
    GOOD(inventory_device_get(inv, one, &arena, &d, &why));
    int64_t account = d.line[0].account;
    assert_true(d.line[0].shared);
    GOOD(inventory_device_get(inv, two, &arena, &d, &why));
    assert_int_equal(d.line[0].account, account);
    struct account_proof p;
    GOOD(inventory_account_proof(inv, account, STR(""), &arena, &p, &why));
    assert_false(p.has_mac); /* two phones have it */
    fresh();
    GOOD(inventory_device_remove(inv, &anna, two, 0, true, &why));
    assert_true(told_of(INVENTORY_DEVICE, INVENTORY_REMOVED, two));
    GOOD(inventory_account_proof(inv, 0, STR("100"), &arena, &p, &why));
    assert_true(p.has_mac && p.mac.b[5] == 1);
    assert_int_equal(p.has_ha1, 1U << DIGEST_MD5 | 1U << DIGEST_SHA256);
    GOOD(inventory_device_remove(inv, &anna, one, 0, true, &why));
    assert_true(told_of(INVENTORY_ACCOUNT, INVENTORY_REMOVED, account));
    assert_string_equal(told_user, "100");
    assert_int_equal(inventory_counts(inv).accounts, 0);
}

static void lines_have_limits(void **state)
{
    (void)state;
    static const struct {
        unsigned n[3];
        size_t lines;
        enum refusal_code want;
    } rows[] = {
        {{1, 2}, 2, REFUSAL_NONE},          {{2}, 1, REFUSAL_NONE},
        {{1, 2, 3}, 3, REFUSAL_LINE_LIMIT}, {{3}, 1, REFUSAL_LINE_LIMIT},
        {{0}, 1, REFUSAL_LINE_LIMIT},       {{1, 1}, 2, REFUSAL_LINE_LIMIT},
    };
    struct device d;
    int64_t id = add_device("00005e005301", add_person("Anna", ""), "100");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        GOOD(inventory_device_get(inv, id, &arena, &d, &why));
        int64_t account = d.line[0].account;
        d.model = STR("6821"); /* two lines */
        d.n_lines = rows[i].lines;
        for (size_t l = 0; l < d.n_lines; l++) {
            d.line[l] = (struct device_line){.n = rows[i].n[l], .account = account};
        }
        enum err e = inventory_device_change(inv, &anna, &d, &why);
        assert_int_equal(why.code, rows[i].want);
        assert_int_equal(e == ERR_OK, rows[i].want == REFUSAL_NONE);
    }
    d.n_lines = 1;
    d.line[0] = (struct device_line){.n = 1, .account = 4711};
    REFUSED(inventory_device_change(inv, &anna, &d, &why), NOT_FOUND);
    assert_string_equal(why.field, "account_id");
}

static void changes_need_the_version(void **state)
{
    (void)state;
    struct device d;
    int64_t id = add_device("00005e005301", add_person("Anna", ""), "100");
    GOOD(inventory_device_get(inv, id, &arena, &d, &why));
    d.note = STR("one");
    GOOD(inventory_device_change(inv, &anna, &d, &why));
    d.note = STR("two");
    REFUSED(inventory_device_change(inv, &anna, &d, &why), PRECONDITION);
    d.version = 0;
    fresh();
    GOOD(inventory_device_change(inv, &anna, &d, &why));
    assert_true(told_of(INVENTORY_DEVICE, INVENTORY_CHANGED, id));
    GOOD(inventory_device_get(inv, id, &arena, &d, &why));
    assert_true(str_eq(d.note, STR("two")));
    assert_int_equal(d.version, 3);
    REFUSED(inventory_device_remove(inv, &anna, id, 1, false, &why), PRECONDITION);
    d.id = 99;
    REFUSED(inventory_device_change(inv, &anna, &d, &why), NOT_FOUND);
}

static void a_phone_is_replaced(void **state)
{
    (void)state;
    struct device d;
    struct mac mac;
    int64_t other = 0, person = add_person("Anna", "");
    int64_t id = add_device("00005e005301", person, "100");
    (void)add_device("00005e005302", person, "101");
    assert_true(mac_read(STR("00005e005301"), &mac));
    assert_true(inventory_device_of_mac(inv, mac, &other) && other == id);
    REFUSED(inventory_device_replace(inv, &anna, id, 0, STR("00005e005302"), STR(""), &why),
            MAC_USED);
    REFUSED(inventory_device_replace(inv, &anna, id, 0, STR("00005e005301"), STR(""), &why),
            MAC_USED);
    REFUSED(inventory_device_replace(inv, &anna, id, 0, STR("00005e005303"), STR("1"), &why),
            UNKNOWN_MODEL);
    anna.now = NOW + USEC_DAY;
    fresh();
    GOOD(inventory_device_replace(inv, &anna, id, 0, STR("00005e005303"), STR("6821"), &why));
    assert_true(told_of(INVENTORY_DEVICE, INVENTORY_CHANGED, id));
    assert_int_equal(told[1].kind, INVENTORY_DEVICE);
    assert_true(told[1].had_mac && told[1].mac_was.b[5] == 1 && told[1].mac.b[5] == 3);
    anna.now = NOW + 2 * USEC_DAY;
    GOOD(inventory_device_replace(inv, &anna, id, 0, STR(""), STR(""), &why));
    anna.now = NOW;
    again();
    GOOD(inventory_device_get(inv, id, &arena, &d, &why));
    assert_false(d.has_mac);
    assert_true(str_eq(d.model, STR("CP-6821-3PCC")));
    assert_int_equal(d.n_lines, 1);
    assert_int_equal(d.n_was, 2);
    assert_int_equal(d.was[0].mac.b[5], 3);
    assert_int_equal(d.was[0].from, NOW + USEC_DAY);
    assert_int_equal(d.was[1].mac.b[5], 1);
    assert_int_equal(d.was[1].from, NOW);
    assert_int_equal(d.was[1].until, NOW + USEC_DAY);
    assert_false(inventory_device_of_mac(inv, mac, &other));
}

static void lists_of_macs_are_checked(void **state)
{
    (void)state;
    const struct str list[] = {STR("00005e005309"),      STR("00:00:5e:00:53:01"),
                               STR("0000.5E00.5309"),    STR("nothing"),
                               STR("00-00-5e-00-53-01"), STR(" 00005e00530a ")};
    static const struct {
        enum refusal_code code;
        int64_t other;
    } want[] = {{REFUSAL_NONE, 0},    {REFUSAL_MAC_USED, -1},     {REFUSAL_MAC_DUPLICATE, 0},
                {REFUSAL_BAD_MAC, 0}, {REFUSAL_MAC_DUPLICATE, 1}, {REFUSAL_NONE, 0}};
    struct mac_verdict v[6];
    int64_t id = add_device("00005e005301", add_person("Anna", ""), "");
    assert_int_equal(inventory_macs_check(inv, list, 6, v), ERR_OK);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(v[i].code, want[i].code);
        assert_int_equal(v[i].other, want[i].other < 0 ? id : want[i].other);
    }
}

/* -- search */

static const struct {
    struct device_query q;
    const char *want; /* last digits of the MACs in order */
} searches[] = {
    {{.order = DEVICE_BY_ID}, "1234"},
    {{.order = DEVICE_BY_ID, .backwards = true}, "4321"},
    {{.order = DEVICE_BY_OWNER}, "3124"},
    {{.order = DEVICE_BY_MODEL}, "4123"},
    {{.q = STR_INIT("5301")}, "1"},
    {{.q = STR_INIT("53:02")}, "2"},
    {{.q = STR_INIT("00:00:5E")}, "1234"},
    {{.q = STR_INIT("meier")}, "1"},
    {{.q = STR_INIT("eier")}, ""},
    {{.q = STR_INIT("anna meier 8865")}, "1"},
    {{.q = STR_INIT("山田")}, "24"},
    {{.q = STR_INIT("太郎")}, "24"},
    {{.q = STR_INIT("２０")}, "23"}, /* numbers 201 and 202 */
    {{.q = STR_INIT("+49")}, "1"},
    {{.q = STR_INIT("osaka")}, "2"},
    {{.q = STR_INIT("bob@")}, "3"},
    {{.q = STR_INIT("cp-68")}, "4"},
    {{.q = STR_INIT("6821")}, "4"},
    {{.mac = STR_INIT("04"), .mac_suffix = true}, "4"},
    {{.mac = STR_INIT("00-00"), .mac_prefix = true}, "1234"},
    {{.mac = STR_INIT("5e"), .mac_prefix = true}, ""},
    {{.mac = STR_INIT("e0")}, "1234"},
    {{.model = STR_INIT("CP-6821-3PCC")}, "4"},
};

static void fill(void)
{
    int64_t anna_id = add_person("Anna Meier", ""), yamada = add_person("山田 太郎", "");
    int64_t bob = add_person("アリス", "bob@example.com"), site = 0;
    struct device d;
    (void)add_device("00005e005301", anna_id, "+49301");
    int64_t two = add_device("00005e005302", yamada, "201");
    (void)add_device("00005e005303", bob, "202");
    int64_t four = add_device("00005e005304", yamada, "");
    GOOD(inventory_site_add(inv, &anna, &(struct site){.name = STR("Osaka")}, &site, &why));
    GOOD(inventory_device_get(inv, two, &arena, &d, &why));
    d.site = site;
    GOOD(inventory_device_change(inv, &anna, &d, &why));
    GOOD(inventory_device_get(inv, four, &arena, &d, &why));
    d.model = STR("6821");
    GOOD(inventory_device_change(inv, &anna, &d, &why));
    struct owner o;
    GOOD(inventory_owner_get(inv, OWNER_PERSON, bob, &arena, &o, &why));
    o.name = STR("Alice");
    GOOD(inventory_owner_change(inv, &anna, &o, &why));
}

/* All that fit, a page of one each: cursors hold in every order. */
static void search_all(struct device_query q, char *got, size_t room, uint64_t *ret_count)
{
    size_t at = 0;
    q.page.limit = 1;
    do {
        struct device *d = NULL;
        size_t n = 0;
        GOOD(inventory_devices(inv, &q, &arena, &d, &n, &q.page.cursor, ret_count, &why));
        if (n) {
            got[at++] = (char)('0' + d[0].mac.b[5]);
        }
    } while (q.page.cursor.len && at < room - 1);
    got[at] = 0;
}

static void check_searches(void)
{
    for (size_t i = 0; i < sizeof searches / sizeof *searches; i++) {
        char got[16] = "";
        uint64_t count = 0;
        search_all(searches[i].q, got, sizeof got, &count);
        assert_int_equal(count, strlen(searches[i].want));
        if (strcmp(got, searches[i].want) != 0) {
            fail_msg("search %zu (%.*s): %s, not %s", i, STR_ARG(searches[i].q.q), got,
                     searches[i].want);
        }
    }
}

static void devices_are_found(void **state)
{
    (void)state;
    fill();
    check_searches();
    again();
    check_searches();
}

static bool odd(void *ctx, int64_t id, const struct mac *mac)
{
    (void)id;
    *(size_t *)ctx += 1;
    return mac->b[5] % 2 == 1;
}

static void others_have_a_say(void **state)
{
    (void)state;
    struct device *d = NULL;
    struct str next;
    size_t n = 0, asked = 0;
    uint64_t count = 0;
    fill();
    struct device_query q = {.wanted = odd, .ctx = &asked};
    GOOD(inventory_devices(inv, &q, &arena, &d, &n, &next, &count, &why));
    assert_int_equal(asked, 4);
    assert_int_equal(count, 2);
    assert_int_equal(n, 2);
    q = (struct device_query){.mac = STR("xyz")};
    REFUSED(inventory_devices(inv, &q, &arena, &d, &n, &next, &count, &why), BAD_FIELD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(devices_are_checked, setup, teardown),
        cmocka_unit_test_setup_teardown(a_device_is_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(a_number_is_shared, setup, teardown),
        cmocka_unit_test_setup_teardown(lines_have_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(changes_need_the_version, setup, teardown),
        cmocka_unit_test_setup_teardown(a_phone_is_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(lists_of_macs_are_checked, setup, teardown),
        cmocka_unit_test_setup_teardown(devices_are_found, setup, teardown),
        cmocka_unit_test_setup_teardown(others_have_a_say, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
