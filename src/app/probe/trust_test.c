/* Names in certificates against the names of servers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>

#include "app/probe/trust.h"

static const struct {
    const char *names, *common, *domain, *target;
    enum trust trust;
} rows[] = {
    {"sip.example.com", "", "sip.example.com", "sip1.example.com", TRUST_DOMAIN},
    {"www.example.com SIP.Example.COM", "", "sip.example.com.", "sip1.example.com", TRUST_DOMAIN},
    {"192.0.2.1", "", "192.0.2.1", "192.0.2.1", TRUST_DOMAIN},
    {"", "sip.example.com", "sip.example.com", "sip1.example.com", TRUST_COMMON},
    {"sip1.example.com", "x", "sip.example.com", "sip1.example.com", TRUST_TARGET},
    {"", "sip1.example.com", "sip.example.com", "sip1.example.com", TRUST_TARGET},
    {"*.example.com", "", "sip.example.com", "sip1.example.com", TRUST_WILDCARD},
    {"", "*.example.com", "sip.example.com", "sip1.example.com", TRUST_WILDCARD},
    {"*.example.com", "", "a.sip.example.com", "b.sip.example.com", TRUST_NONE},
    {"*.example.com", "", "example.com", "example.com", TRUST_NONE},
    {"*", "*", "sip.example.com", "sip.example.com", TRUST_NONE},
    {"sip.example.net", "sip.example.org", "sip.example.com", "sip1.example.com", TRUST_NONE},
    {"", "", "sip.example.com", "sip1.example.com", TRUST_NONE},
};

static void test_names(void **state)
{
    static struct x509 c;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        snprintf(c.names, sizeof c.names, "%s", rows[i].names);
        snprintf(c.subject, sizeof c.subject, "%s", rows[i].common);
        assert_int_equal(trust_of(&c, str_z(rows[i].domain), str_z(rows[i].target)), rows[i].trust);
    }
}

static void test_issuer(void **state)
{
    static struct x509 c = {.issuer = "Example Issuing CA 3", .issuer_org = "Example Org"};
    (void)state;
    assert_true(trust_issuer(&c, STR("issuing ca")));
    assert_true(trust_issuer(&c, STR("Example Org")));
    assert_false(trust_issuer(&c, STR("Other")));
    assert_false(trust_issuer(&c, STR("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names), cmocka_unit_test(test_issuer)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
