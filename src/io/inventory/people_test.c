/* Sites, persons, workspaces: what is stored, what is refused, who hears of it. */
#include "io/inventory/inventory_fixture.h"

static void sites_are_kept(void **state)
{
    (void)state;
    int64_t id = 0, other = 0;
    struct site s = {.name = STR("大阪 支社"), .note = STR("3F")}, got;
    GOOD(inventory_site_add(inv, &anna, &s, &id, &why));
    assert_true(told_of(INVENTORY_SITE, INVENTORY_ADDED, id));
    REFUSED(inventory_site_add(inv, &anna, &s, &other, &why), NAME_USED);
    assert_int_equal(why.other, id);
    again();
    GOOD(inventory_site_get(inv, id, &arena, &got, &why));
    assert_true(str_eq(got.name, s.name) && str_eq(got.note, s.note));
    assert_int_equal(got.version, 1);
    assert_int_equal(got.created, NOW);
    got.name = STR("Osaka");
    GOOD(inventory_site_change(inv, &anna, &got, &why));
    REFUSED(inventory_site_change(inv, &anna, &got, &why), PRECONDITION);
    got.version = 2;
    got.name = STR("");
    REFUSED(inventory_site_change(inv, &anna, &got, &why), BAD_FIELD);
    assert_string_equal(why.field, "name");
    REFUSED(inventory_site_remove(inv, &anna, id, 1, &why), PRECONDITION);
    GOOD(inventory_site_remove(inv, &anna, id, 2, &why));
    REFUSED(inventory_site_remove(inv, &anna, id, 0, &why), NOT_FOUND);
    REFUSED(inventory_site_get(inv, id, &arena, &got, &why), NOT_FOUND);
    s.name = STR("next");
    GOOD(inventory_site_add(inv, &anna, &s, &other, &why));
    assert_true(other > id); /* ids are not used again */
}

static const struct {
    struct owner owner;
    enum refusal_code want;
    const char *field;
} owners[] = {
    {{.name = STR_INIT("Anna Meier"), .mail = STR_INIT("anna@example.com")}, REFUSAL_NONE, NULL},
    {{.name = STR_INIT("Anna Meier")}, REFUSAL_NONE, NULL}, /* names may repeat */
    {{.name = STR_INIT("B"), .mail = STR_INIT("ANNA@example.com")}, REFUSAL_NAME_USED, "mail"},
    {{.name = STR_INIT("B"), .mail = STR_INIT("anna")}, REFUSAL_BAD_FIELD, "mail"},
    {{.name = STR_INIT("B"), .mail = STR_INIT("@b")}, REFUSAL_BAD_FIELD, "mail"},
    {{.name = STR_INIT("")}, REFUSAL_BAD_FIELD, "name"},
    {{.name = STR_INIT(" B")}, REFUSAL_BAD_FIELD, "name"},
    {{.name = STR_INIT("B\n")}, REFUSAL_BAD_FIELD, "name"},
    {{.name = STR_INIT("B\xff")}, REFUSAL_BAD_FIELD, "name"},
    {{.name = STR_INIT("B"), .site = 77}, REFUSAL_NOT_FOUND, "site_id"},
    {{.kind = OWNER_WORKSPACE, .name = STR_INIT("Lobby")}, REFUSAL_NONE, NULL},
};

static void owners_are_checked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof owners / sizeof *owners; i++) {
        int64_t id = 0;
        enum err e = inventory_owner_add(inv, &anna, &owners[i].owner, &id, &why);
        assert_int_equal(why.code, owners[i].want);
        assert_int_equal(e == ERR_OK, owners[i].want == REFUSAL_NONE);
        assert_int_equal(id != 0, e == ERR_OK);
        if (owners[i].field) {
            assert_string_equal(why.field, owners[i].field);
        }
    }
}

static size_t page_of(const char *q, enum owner_kind kind, size_t limit, struct str *cursor,
                      struct owner **ret)
{
    size_t n = 0;
    struct owner_query query = {
        .kind = kind, .q = str_z(q), .page = {.cursor = *cursor, .limit = limit}};
    GOOD(inventory_owners(inv, &query, &arena, ret, &n, cursor, &why));
    return n;
}

static void owners_are_found(void **state)
{
    (void)state;
    static const char *const names[] = {"Zoe Adam", "山田 太郎", "anna Meier", "ヤマダ花子", "Bob"};
    struct owner *o = NULL;
    struct str cursor = STR("");
    for (size_t i = 0; i < 5; i++) {
        (void)add_person(names[i], i == 4 ? "bob@example.com" : "");
    }
    again();
    assert_int_equal(page_of("", OWNER_PERSON, 2, &cursor, &o), 2);
    assert_true(str_eq(o[0].name, STR("anna Meier")) && str_eq(o[1].name, STR("Bob")));
    assert_true(cursor.len > 0);
    assert_int_equal(page_of("", OWNER_PERSON, 2, &cursor, &o), 2);
    assert_true(str_eq(o[0].name, STR("Zoe Adam")));
    assert_int_equal(page_of("", OWNER_PERSON, 2, &cursor, &o), 1);
    assert_int_equal(cursor.len, 0);
    assert_int_equal(page_of("ＡＤＡＭ", OWNER_PERSON, 9, &cursor, &o), 1);
    assert_int_equal(page_of("太郎", OWNER_PERSON, 9, &cursor, &o), 1);
    assert_int_equal(page_of("やまだ", OWNER_PERSON, 9, &cursor, &o), 1);
    assert_int_equal(page_of("花子", OWNER_PERSON, 9, &cursor, &o), 1);
    assert_int_equal(page_of("bob@ex", OWNER_PERSON, 9, &cursor, &o), 1);
    assert_int_equal(page_of("eier", OWNER_PERSON, 9, &cursor, &o), 0);
    assert_int_equal(page_of("bob", OWNER_WORKSPACE, 9, &cursor, &o), 0);
    struct owner_query bad = {.page = {.cursor = STR("no cursor")}};
    size_t n = 0;
    REFUSED(inventory_owners(inv, &bad, &arena, &o, &n, &cursor, &why), BAD_FIELD);
    assert_string_equal(why.field, "cursor");
}

static void owners_with_devices_stay(void **state)
{
    (void)state;
    struct owner o;
    int64_t person = add_person("Anna", "");
    int64_t device = add_device("00005e005301", person, "");
    REFUSED(inventory_owner_remove(inv, &anna, OWNER_PERSON, person, 0, &why), IN_USE);
    assert_int_equal(why.other, device);
    REFUSED(inventory_owner_remove(inv, &anna, OWNER_WORKSPACE, person, 0, &why), NOT_FOUND);
    GOOD(inventory_device_remove(inv, &anna, device, 0, false, &why));
    GOOD(inventory_owner_remove(inv, &anna, OWNER_PERSON, person, 0, &why));
    REFUSED(inventory_owner_get(inv, OWNER_PERSON, person, &arena, &o, &why), NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sites_are_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(owners_are_checked, setup, teardown),
        cmocka_unit_test_setup_teardown(owners_are_found, setup, teardown),
        cmocka_unit_test_setup_teardown(owners_with_devices_stay, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
