#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "io/tls/password.h"

static void test_passwords(void **state)
{
    (void)state;
    char a[TLS_PASSWORD_TEXT], b[TLS_PASSWORD_TEXT];
    assert_int_equal(tls_password_make(STR("correct horse"), a), ERR_OK);
    assert_int_equal(tls_password_make(STR("correct horse"), b), ERR_OK);
    assert_string_not_equal(a, b);
    assert_true(tls_password_fits(STR("correct horse"), str_z(a)));
    assert_true(tls_password_fits(STR("correct horse"), str_z(b)));
    assert_false(tls_password_fits(STR("correct horsf"), str_z(a)));
    assert_false(tls_password_fits(STR(""), str_z(a)));
}

static void test_other_texts(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "$scrypt$15$8$1$",
        "$scrypt$15$8$1$00112233445566778899aabbccddeeff$",
        "$scrypt$1$8$1$00112233445566778899aabbccddeeff$"
        "0000000000000000000000000000000000000000000000000000000000000000",
        "$scrypt$15$8$1$00112233445566778899aabbccddeeff$"
        "000000000000000000000000000000000000000000000000000000000000000g",
        "plain",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_false(tls_password_fits(STR("plain"), str_z(rows[i])));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_passwords),
        cmocka_unit_test(test_other_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
