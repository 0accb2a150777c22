/* The table of accounts: put, found, changed, removed; what it costs. */
#include "domain/account/account.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct hash_key key = {{1, 2}};

static struct accounts *table(size_t most)
{
    struct accounts *t = NULL;
    assert_int_equal(accounts_new(&key, most, &t), ERR_OK);
    return t;
}

static struct account_row row_of(struct str user)
{
    struct account_row row = {.user = user, .has_ha1 = 1U << DIGEST_MD5};
    memset(row.ha1[DIGEST_MD5], 0x11, 16);
    memset(row.ha1[DIGEST_SHA256], 0x22, 32);
    memset(row.ha1[DIGEST_SHA512_256], 0x33, 32);
    return row;
}

static void test_put_and_find(void **state)
{
    (void)state;
    struct accounts *t = table(2);
    struct account_row row = row_of(STR("alice"));
    row.has_mac = true;
    row.mac = (struct mac){{0, 0, 0x5e, 0, 0x53, 1}};
    row.auth = STR("alice-auth");
    assert_int_equal(accounts_put(t, &row), ERR_OK);
    struct account *a = accounts_find(t, STR("alice"));
    assert_non_null(a);
    assert_true(str_eq(a->user, STR("alice")));
    assert_true(str_eq(a->auth, STR("alice-auth")));
    assert_true(a->has_mac && mac_eq(a->mac, row.mac));
    assert_ptr_equal(accounts_at(t, accounts_number(t, a)), a);
    assert_null(accounts_find(t, STR("Alice")));
    assert_null(accounts_find(t, STR("")));
    row = row_of(STR("bob"));
    row.auth = STR("bob");
    assert_int_equal(accounts_put(t, &row), ERR_OK);
    assert_int_equal(accounts_find(t, STR("bob"))->auth.len, 0);
    row = row_of(STR("carol"));
    assert_int_equal(accounts_put(t, &row), ERR_LIMIT);
    assert_int_equal(accounts_count(t), 2);
    assert_true(accounts_remove(t, STR("alice")));
    assert_false(accounts_remove(t, STR("alice")));
    assert_int_equal(accounts_put(t, &row), ERR_OK);
    assert_null(accounts_at(t, 7));
    accounts_free(t);
}

static void test_refused(void **state)
{
    (void)state;
    struct accounts *t = table(2);
    char big[ACCOUNT_USER_MOST + 1];
    memset(big, 'u', sizeof big);
    struct account_row row = row_of(STR(""));
    assert_int_equal(accounts_put(t, &row), ERR_MALFORMED);
    row = row_of(str_of(big, sizeof big));
    assert_int_equal(accounts_put(t, &row), ERR_MALFORMED);
    row = row_of(STR("u"));
    row.auth = str_of(big, sizeof big);
    assert_int_equal(accounts_put(t, &row), ERR_MALFORMED);
    row = row_of(STR("u"));
    row.has_ha1 = 0;
    assert_int_equal(accounts_put(t, &row), ERR_MALFORMED);
    assert_int_equal(accounts_count(t), 0);
    accounts_free(t);
}

static void test_ha1(void **state)
{
    static const uint8_t byte[ACCOUNT_ALGORITHMS] = {0x11, 0x22, 0x33};
    (void)state;
    struct accounts *t = table(1);
    for (unsigned has = 1; has < 1U << ACCOUNT_ALGORITHMS; has++) {
        struct account_row row = row_of(STR("user"));
        row.has_ha1 = (uint8_t)has;
        assert_int_equal(accounts_put(t, &row), ERR_OK);
        const struct account *a = accounts_find(t, STR("user"));
        assert_true(str_eq(a->user, STR("user")));
        for (unsigned i = 0; i < ACCOUNT_ALGORITHMS; i++) {
            size_t len = 0;
            const uint8_t *ha1 = account_ha1(a, (enum digest_algorithm)i, &len);
            assert_int_equal(ha1 != NULL, (has >> i & 1));
            assert_int_equal(len, !ha1 ? 0 : i == DIGEST_MD5 ? 16 : 32);
            for (size_t k = 0; k < len; k++) {
                assert_int_equal(ha1[k], byte[i]);
            }
        }
    }
    accounts_free(t);
}

static void test_change_keeps_the_rest(void **state)
{
    (void)state;
    struct accounts *t = table(10);
    struct account_row row = row_of(STR("alice"));
    assert_int_equal(accounts_put(t, &row), ERR_OK);
    struct account *a = accounts_find(t, STR("alice"));
    uint32_t number = accounts_number(t, a);
    a->bindings = 77;
    a->n_bindings = 2;
    a->failures = 3;
    a->locked = 99;
    row.user = a->user; /* the table's own view */
    row.has_ha1 = 1U << DIGEST_MD5 | 1U << DIGEST_SHA256;
    row.sha256 = true;
    assert_int_equal(accounts_put(t, &row), ERR_OK);
    a = accounts_at(t, number);
    assert_true(str_eq(a->user, STR("alice")));
    assert_true(a->sha256);
    assert_int_equal(a->bindings, 77);
    assert_int_equal(a->n_bindings, 2);
    assert_int_equal(a->failures, 3);
    assert_int_equal(a->locked, 99);
    assert_int_equal(accounts_count(t), 1);
    accounts_free(t);
}

static struct str name_of(char *text, size_t size, unsigned i)
{
    int n = snprintf(text, size, "8150%08u", i);
    return str_of(text, (size_t)n);
}

static void test_many(void **state)
{
    enum { N = 50000 };
    char text[32];
    (void)state;
    struct accounts *t = table(N);
    for (unsigned i = 0; i < N; i++) {
        struct account_row row = row_of(name_of(text, sizeof text, i));
        assert_int_equal(accounts_put(t, &row), ERR_OK);
        accounts_find(t, row.user)->bindings = i;
    }
    print_message("an account: %zu bytes\n", accounts_memory(t) / N);
    assert_true(accounts_memory(t) / N <= 150);
    for (unsigned i = 0; i < N; i += 3) {
        assert_true(accounts_remove(t, name_of(text, sizeof text, i)));
    }
    for (unsigned i = 0; i < N; i++) {
        const struct account *a = accounts_find(t, name_of(text, sizeof text, i));
        assert_int_equal(a != NULL, i % 3 != 0);
        assert_true(!a || a->bindings == i);
    }
    uint32_t cursor = 0;
    size_t n = 0;
    while (accounts_each(t, &cursor)) {
        n++;
    }
    assert_int_equal(n, accounts_count(t));
    accounts_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put_and_find), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_ha1),          cmocka_unit_test(test_change_keeps_the_rest),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
