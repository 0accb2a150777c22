/* The tables of kinds and fields, a fact's fields, and copies of facts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "domain/fact/fact.h"

static void test_kinds(void **state)
{
    unsigned n = 0;
    (void)state;
    for (unsigned k = 1; k < FACT_KINDS; k++) {
        const struct fact_row *row = fact_row(k);
        if (!row->name) {
            continue;
        }
        n++;
        assert_int_equal(fact_kind_read(str_z(row->name)), k);
        assert_true(str_chr(str_z(row->name), '.') != STR_NPOS);
        struct str fields = str_z(row->fields);
        for (struct str name = str_word(&fields); name.len; name = str_word(&fields)) {
            enum field f = field_read(name);
            if (f == FIELDS || !fact_carries(k, f)) {
                fail_msg("%s: no field is called %.*s", row->name, STR_ARG(name));
            }
        }
    }
    assert_true(n > 80);
    assert_int_equal(fact_kind_read(STR("")), FACT_NO_KIND);
    assert_int_equal(fact_kind_read(STR("dns")), FACT_NO_KIND);
    assert_null(fact_row(FACT_KINDS)->name);
    assert_null(fact_row(FACT_NO_KIND)->name);
    assert_false(fact_carries(FACT_DNS_QUERY, FIELD_NONCE));
}

static void test_fields(void **state)
{
    (void)state;
    for (unsigned f = 0; f < FIELDS; f++) {
        assert_int_equal(field_read(str_z(field_name((enum field)f))), f);
    }
    assert_int_equal(field_read(STR("colour")), FIELDS);
    assert_int_equal(field_read(STR("")), FIELDS);
    assert_true(field_secret(FIELD_RESPONSE));
    assert_false(field_secret(FIELD_HOST));
}

static void test_values(void **state)
{
    struct fact f;
    (void)state;
    fact_init(&f, FACT_HTTP_STATUS);
    fact_add(&f, FIELD_STATUS, STR("404"));
    fact_add(&f, FIELD_REASON, STR(""));
    fact_add(&f, FIELD_TEXT, STR("many"));
    assert_int_equal(f.n, 2); /* an empty value is none */
    assert_true(str_eq(fact_get(&f, FIELD_STATUS), STR("404")));
    assert_null(fact_get(&f, FIELD_REASON).p);
    assert_int_equal(fact_int(&f, FIELD_STATUS, -1), 404);
    assert_int_equal(fact_int(&f, FIELD_TEXT, -1), -1);
    assert_int_equal(fact_int(&f, FIELD_CODE, 7), 7);
    assert_true(f.tod == USEC_NONE);
    fact_init(&f, FACT_DHCP_ADDRESS);
    assert_int_equal(f.n, 0);
    assert_int_equal(f.stage, STAGE_DHCP);
}

/* The copy lives on its own: line and values of the original may go. */
static void test_copy(void **state)
{
    static const char line[] = "forwarded a.example.com to 192.0.2.53";
    struct arena a;
    struct fact f;
    char *text = malloc(sizeof line);
    char *apart = malloc(4);
    (void)state;
    assert_non_null(text);
    assert_non_null(apart);
    memcpy(text, line, sizeof line);
    memcpy(apart, "role", 4);
    arena_init(&a, 0);
    fact_init(&f, FACT_DNS_FORWARD);
    f.order = 7;
    f.text = str_of(text, sizeof line - 1);
    fact_add(&f, FIELD_HOST, str_of(text + 10, 13));
    fact_add(&f, FIELD_SERVER, str_of(text + 27, 10));
    fact_add(&f, FIELD_ROLE, str_of(apart, 4));
    struct fact *whole = fact_copy(&a, &f, 1000);
    struct fact *cut = fact_copy(&a, &f, 25); /* the server stands behind the cut */
    memset(text, '!', sizeof line);
    memset(apart, '!', 4);
    free(text);
    free(apart);
    for (int i = 0; i < 2; i++) {
        struct fact *c = i ? cut : whole;
        assert_non_null(c);
        assert_int_equal(c->order, 7);
        assert_true(str_eq(c->text, str_head(STR(line), i ? 25 : 1000)));
        assert_true(str_eq(fact_get(c, FIELD_HOST), STR("a.example.com")));
        assert_true(str_eq(fact_get(c, FIELD_SERVER), STR("192.0.2.53")));
        assert_true(str_eq(fact_get(c, FIELD_ROLE), STR("role")));
    }
    arena_clear(&a);
}

static void test_copy_without_memory(void **state)
{
    struct arena a;
    struct fact f;
    (void)state;
    arena_init(&a, 1);
    fact_init(&f, FACT_PROV_DHCP);
    assert_null(fact_copy(&a, &f, 10));
    arena_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_copy),
        cmocka_unit_test(test_copy_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
