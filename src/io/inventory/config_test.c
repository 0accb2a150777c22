/* Layers: drafts, publishing, undo, and what a device is given. */
#include "io/inventory/inventory_fixture.h"

static const struct layer_ref organisation = {.kind = LAYER_ORGANISATION};

static int64_t put(const struct layer_ref *ref, const char *name, const char *value, bool secret)
{
    int64_t version = 0;
    const struct config_value v = {.name = str_z(name), .value = str_z(value), .secret = secret};
    GOOD(inventory_layer_put(inv, &anna, ref, -1, &v, 1, &version, &why));
    return version;
}

static struct str value_of(const struct layer_ref *ref, bool published)
{
    struct layer l;
    GOOD(inventory_layer_get(inv, ref, published, &arena, &l, &why));
    return l.n ? l.value[0].value : STR("");
}

static void drafts_are_checked(void **state)
{
    (void)state;
    int64_t version = 0, first = put(&organisation, "Time_Zone", "GMT", false);
    const struct config_value twice[] = {{.name = STR("A"), .value = STR("1")},
                                         {.name = STR("B"), .value = STR("2")},
                                         {.name = STR("A"), .value = STR("3")}};
    const struct config_value bad[] = {{.name = STR("A"), .value = STR("a\x01")},
                                       {.name = STR(""), .value = STR("a")}};
    REFUSED(inventory_layer_put(inv, &anna, &organisation, first, twice, 3, &version, &why),
            BAD_FIELD);
    for (size_t i = 0; i < 2; i++) {
        REFUSED(inventory_layer_put(inv, &anna, &organisation, -1, &bad[i], 1, &version, &why),
                BAD_FIELD);
    }
    GOOD(inventory_layer_put(inv, &anna, &organisation, first, twice, 2, &version, &why));
    REFUSED(inventory_layer_put(inv, &anna, &organisation, first, twice, 1, &version, &why),
            PRECONDITION);
    const struct layer_ref nowhere[] = {{.kind = LAYER_SITE, .id = 9},
                                        {.kind = LAYER_DEVICE, .id = 9},
                                        {.kind = LAYER_MODEL, .model = STR("7960")}};
    for (size_t i = 0; i < 3; i++) {
        REFUSED(inventory_layer_put(inv, &anna, &nowhere[i], -1, twice, 1, &version, &why),
                NOT_FOUND);
    }
    again();
    struct layer l;
    GOOD(inventory_layer_get(inv, &organisation, false, &arena, &l, &why));
    assert_int_equal(l.version, version);
    assert_int_equal(l.n, 2);
    assert_true(str_eq(l.value[1].name, STR("B")) && str_eq(l.changed_by, STR("user:anna")));
    GOOD(inventory_layer_get(inv, &organisation, true, &arena, &l, &why));
    assert_int_equal(l.n, 0);
    GOOD(inventory_layer_put(inv, &anna, &organisation, version, NULL, 0, &version, &why));
    assert_int_equal(value_of(&organisation, false).len, 0);
}

static void publishing_is_whole(void **state)
{
    (void)state;
    int64_t id = 0, site = 0, person = add_person("Anna", "");
    uint64_t layers = 0;
    GOOD(inventory_site_add(inv, &anna, &(struct site){.name = STR("HQ")}, &site, &why));
    int64_t device = add_device("00005e005301", person, "100");
    struct device d;
    GOOD(inventory_device_get(inv, device, &arena, &d, &why));
    d.site = site;
    GOOD(inventory_device_change(inv, &anna, &d, &why));
    const struct layer_ref of_site = {.kind = LAYER_SITE, .id = site};
    const struct layer_ref of_device = {.kind = LAYER_DEVICE, .id = device};
    REFUSED(inventory_publish(inv, &anna, PUBLISH_ALL, NULL, STR(""), &id, &layers, &why),
            NOT_FOUND);
    (void)put(&organisation, "A", "org", false);
    (void)put(&of_site, "A", "site", false);
    (void)put(&of_device, "A", "device", false);
    fresh();
    GOOD(inventory_publish(inv, &anna, PUBLISH_LAYER, &of_device, STR("x"), &id, &layers, &why));
    assert_true(told_of(INVENTORY_PUBLISHED, INVENTORY_ADDED, id));
    assert_true(told[0].one_device && told[0].has_mac && told[0].mac.b[5] == 1);
    assert_int_equal(layers, 1);
    (void)put(&of_device, "A", "device 2", false);
    GOOD(inventory_publish(inv, &anna, PUBLISH_SITE, &of_site, STR(""), &id, &layers, &why));
    assert_int_equal(layers, 2);
    assert_int_equal(value_of(&organisation, true).len, 0);
    assert_true(str_eq(value_of(&of_device, true), STR("device 2")));
    GOOD(inventory_publish(inv, &anna, PUBLISH_ALL, NULL, STR(""), &id, &layers, &why));
    assert_int_equal(layers, 1);
    again();
    assert_true(str_eq(value_of(&organisation, true), STR("org")));
    GOOD(inventory_publish_undo(inv, &anna, 0, &id, &layers, &why)); /* the organisation's */
    GOOD(inventory_publish_undo(inv, &anna, 0, &id, &layers, &why)); /* the site's two */
    assert_int_equal(layers, 2);
    assert_true(str_eq(value_of(&of_device, true), STR("device")));
    assert_int_equal(value_of(&of_site, true).len, 0);
    assert_true(str_eq(value_of(&of_site, false), STR("site"))); /* drafts stay */
    struct publication *p = NULL;
    size_t n = 0;
    struct str next;
    GOOD(inventory_publications(inv, (struct page){0}, &arena, &p, &n, &next, &why));
    assert_int_equal(n, 5);
    assert_int_equal(p[0].undoes, p[3].id);
    assert_int_equal(p[3].undone_by, p[0].id);
    assert_true(str_eq(p[4].note, STR("x")));
}

static void undo_needs_what_it_was(void **state)
{
    (void)state;
    int64_t first = 0, second = 0, id = 0;
    uint64_t layers = 0;
    REFUSED(inventory_publish_undo(inv, &anna, 0, &id, &layers, &why), NOT_FOUND);
    (void)put(&organisation, "A", "1", false);
    GOOD(inventory_publish(inv, &anna, PUBLISH_ALL, NULL, STR(""), &first, &layers, &why));
    (void)put(&organisation, "A", "2", false);
    GOOD(inventory_publish(inv, &anna, PUBLISH_ALL, NULL, STR(""), &second, &layers, &why));
    REFUSED(inventory_publish_undo(inv, &anna, first, &id, &layers, &why), PRECONDITION);
    GOOD(inventory_publish_undo(inv, &anna, second, &id, &layers, &why));
    assert_true(str_eq(value_of(&organisation, true), STR("1")));
    REFUSED(inventory_publish_undo(inv, &anna, second, &id, &layers, &why), PRECONDITION);
    GOOD(inventory_publish_undo(inv, &anna, id, &id, &layers, &why)); /* the undoing undone */
    assert_true(str_eq(value_of(&organisation, true), STR("2")));
}

static void what_is_kept_has_an_end(void **state)
{
    (void)state;
    int64_t first = 0, id = 0;
    uint64_t layers = 0;
    for (int i = 0; i < UNDO_KEPT + 5; i++) {
        char value[16];
        (void)snprintf(value, sizeof value, "%d", i);
        (void)put(&organisation, "A", value, false);
        GOOD(inventory_publish(inv, &anna, PUBLISH_ALL, NULL, STR(""), &id, &layers, &why));
        first = first ? first : id;
    }
    inventory_tick(inv, NOW);
    REFUSED(inventory_publish_undo(inv, &anna, first, &id, &layers, &why), NOT_FOUND);
    for (int i = 0; i < UNDO_KEPT - 1; i++) {
        GOOD(inventory_publish_undo(inv, &anna, 0, &id, &layers, &why));
    }
    assert_true(str_eq(value_of(&organisation, true), STR("5")));
}

static void secrets_are_sealed_and_masked(void **state)
{
    (void)state;
    struct audit_row *row = NULL;
    struct audit_query q = {.object = STR("layer")};
    size_t n = 0;
    struct str next;
    (void)put(&organisation, "Admin_Password", "Sesame-4711", true);
    assert_true(str_eq(value_of(&organisation, false), STR("Sesame-4711")));
    GOOD(inventory_audit(inv, &q, &arena, &row, &n, &next, &why));
    assert_int_equal(n, 1);
    assert_true(str_eq(row[0].after, STR("{\"Admin_Password\":\"***\"}")));
    again();
    assert_true(str_eq(value_of(&organisation, false), STR("Sesame-4711")));
}

static uint64_t stamp_of(int64_t device, struct device_facts *f)
{
    GOOD(inventory_device_facts(inv, device, false, NOW, &arena, f, &why));
    return f->stamp;
}

static void facts_are_all_there(void **state)
{
    (void)state;
    struct device_facts f;
    struct device d;
    int64_t id = 0, version = 0, registrar = 0;
    uint64_t layers = 0;
    int64_t device = add_device("00005e005301", add_person("Anna", ""), "100");
    struct registrar r = {
        .name = STR("pbx"), .proxy = STR("pbx.example.net:5061"), .transport = REGISTRAR_TLS};
    GOOD(inventory_registrar_add(inv, &anna, &r, &registrar, &why));
    uint64_t stamp = stamp_of(device, &f);
    assert_int_equal(stamp_of(device, &f), stamp);
    assert_int_equal(f.n_lines, 1);
    assert_int_equal(f.line[0].secret.len, 24);
    assert_int_equal(f.keys.url_key.len, 32);
    assert_int_equal(f.layer[LAYER_DEVICE].n, 0);
    (void)put(&organisation, "A", "1", false);
    assert_int_equal(stamp_of(device, &f), stamp); /* a draft is none of its business */
    GOOD(inventory_publish(inv, &anna, PUBLISH_ALL, NULL, STR(""), &id, &layers, &why));
    assert_int_not_equal(stamp_of(device, &f), stamp);
    stamp = f.stamp;
    assert_int_equal(f.layer[LAYER_ORGANISATION].n, 1);
    assert_int_equal(f.published_at, NOW);
    struct account_entry a;
    GOOD(inventory_account_get(inv, f.line[0].account, &arena, &a, &why));
    a.registrar = registrar;
    GOOD(inventory_account_change(inv, &anna, &a, &why));
    assert_int_not_equal(stamp_of(device, &f), stamp);
    assert_true(str_eq(f.line[0].proxy, r.proxy) && f.line[0].transport == REGISTRAR_TLS);
    stamp = f.stamp;
    r.id = registrar;
    r.proxy = STR("pbx2.example.net");
    GOOD(inventory_registrar_change(inv, &anna, &r, &why));
    assert_int_not_equal(stamp_of(device, &f), stamp);
    stamp = f.stamp;
    GOOD(inventory_account_secret_set(inv, &anna, a.id, 0, STR("new"), NULL, NULL, &why));
    assert_int_not_equal(stamp_of(device, &f), stamp);
    assert_true(str_eq(f.line[0].secret, STR("new")));
    GOOD(inventory_device_get(inv, device, &arena, &d, &why));
    REFUSED(inventory_registrar_remove(inv, &anna, registrar, 0, &why), IN_USE);
    GOOD(inventory_layer_put(inv, &anna, &(struct layer_ref){.kind = LAYER_DEVICE, .id = device},
                             -1, NULL, 0, &version, &why));
    GOOD(inventory_device_remove(inv, &anna, device, 0, true, &why));
    REFUSED(inventory_device_facts(inv, device, false, NOW, &arena, &f, &why), NOT_FOUND);
}

static void a_report_is_kept(void **state)
{
    (void)state;
    struct config_report r;
    int64_t device = add_device("00005e005301", add_person("Anna", ""), "100");
    GOOD(inventory_config_report_get(inv, device, &arena, &r, &why));
    assert_int_equal(r.at, 0);
    GOOD(inventory_config_report_put(inv, device, NOW, STR("<flat-profile/>"), &why));
    GOOD(inventory_config_report_put(inv, device, NOW + 1, STR("<flat-profile></flat-profile>"),
                                     &why));
    REFUSED(inventory_config_report_put(inv, 99, NOW, STR("x"), &why), NOT_FOUND);
    again();
    GOOD(inventory_config_report_get(inv, device, &arena, &r, &why));
    assert_int_equal(r.at, NOW + 1);
    assert_true(str_eq(r.bytes, STR("<flat-profile></flat-profile>")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(drafts_are_checked, setup, teardown),
        cmocka_unit_test_setup_teardown(publishing_is_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(undo_needs_what_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_kept_has_an_end, setup, teardown),
        cmocka_unit_test_setup_teardown(secrets_are_sealed_and_masked, setup, teardown),
        cmocka_unit_test_setup_teardown(facts_are_all_there, setup, teardown),
        cmocka_unit_test_setup_teardown(a_report_is_kept, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
