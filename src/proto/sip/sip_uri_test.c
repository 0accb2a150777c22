/* URIs that are the same, and that are not (RFC 3261 19.1.4). */
#include "proto/sip/sip_uri.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct {
    const char *a;
    const char *b;
    bool same;
} pairs[] = {
    /* The examples of the RFC, with names for examples. */
    {"sip:%61lice@atlanta.example.com;transport=TCP", "sip:alice@Atlanta.Example.CoM;Transport=tcp",
     true},
    {"sip:carol@chicago.example.com", "sip:carol@chicago.example.com;newparam=5", true},
    {"sip:carol@chicago.example.com;newparam=5", "sip:carol@chicago.example.com;security=on", true},
    {"sip:biloxi.example.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.example.com",
     "sip:biloxi.example.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.example.com", true},
    {"sip:alice@atlanta.example.com?subject=project%20x&priority=urgent",
     "sip:alice@atlanta.example.com?priority=urgent&subject=project%20x", true},
    {"SIP:ALICE@Atlanta.Example.CoM;Transport=udp", "sip:alice@Atlanta.Example.CoM;Transport=UDP",
     false},
    {"sip:bob@biloxi.example.com", "sip:bob@biloxi.example.com:5060", false},
    {"sip:bob@biloxi.example.com", "sip:bob@biloxi.example.com;transport=udp", false},
    {"sip:bob@biloxi.example.com", "sip:bob@biloxi.example.com:6000;transport=tcp", false},
    {"sip:carol@chicago.example.com", "sip:carol@chicago.example.com?Subject=next%20meeting",
     false},
    {"sip:bob@phone21.example.com", "sip:bob@192.0.2.4", false},
    {"sip:carol@chicago.example.com;security=on", "sip:carol@chicago.example.com;security=off",
     false},
    /* More. */
    {"sip:a@example.com", "sips:a@example.com", false},
    {"sip:a@example.com", "sip:example.com", false},
    {"sip:a:b@example.com", "sip:a@example.com", false},
    {"sip:a:b@example.com", "sip:a:B@example.com", false},
    {"sip:a%3bb@example.com", "sip:a;b@example.com", false},
    {"sip:a%3bb@example.com", "sip:a%3Bb@example.com", true},
    {"sip:%C3%A4@example.com", "sip:%c3%a4@example.com", true},
    {"sip:a@[2001:db8::1]:5060", "sip:a@[2001:DB8:0:0::1]:5060", true},
    {"sip:a@[2001:db8::1]", "sip:a@[2001:db8::2]", false},
    {"sip:a@[2001:db8:::192.0.2.1]", "sip:a@[2001:db8::c000:201]", true},
    {"sip:a@[2001:db8::1]:5070", "sip:a@[2001:db8::1:5070]", false},
    {"sip:a@example.com;maddr=192.0.2.1", "sip:a@example.com", false},
    {"sip:a@example.com;us%65r=phone", "sip:a@example.com;user=phone", true},
    {"sip:a@example.com;user=phone", "sip:a@example.com", false},
    {"sip:a@example.com;lr", "sip:a@example.com", true},
    {"sip:a@example.com?b=1", "sip:a@example.com?b=1&b=2", false},
    {"sip:a@example.com?b=x", "sip:a@example.com?B=x", true},
    {"sip:a@example.com?b=x", "sip:a@example.com?b=X", false},
    {"tel:+15550100", "TEL:+15550100", true},
    {"tel:+15550100", "tel:+15550101", false},
    {"tel:a", "sip:a", false},
};

static struct sip_uri uri(const char *text)
{
    struct sip_uri u;
    struct err_at at;
    assert_int_equal(sip_uri_read(str_z(text), &u, &at), ERR_OK);
    return u;
}

static void test_pairs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct sip_uri a = uri(pairs[i].a);
        struct sip_uri b = uri(pairs[i].b);
        if (sip_uri_eq(&a, &b) != pairs[i].same || sip_uri_eq(&b, &a) != pairs[i].same) {
            fail_msg("%s and %s", pairs[i].a, pairs[i].b);
        }
        assert_true(sip_uri_eq(&a, &a) && sip_uri_eq(&b, &b));
    }
}

/* A list of parameters that is too long to compare is the same only as itself. */
static void test_many_parameters(void **state)
{
    static const char first[] = "sip:a@example.com";
    char text[200];
    (void)state;
    memcpy(text, first, sizeof first);
    for (size_t n = sizeof first - 1; n + 5 < sizeof text; n += 4) {
        memcpy(text + n, ";a=1", 5);
    }
    struct sip_uri a = uri(text);
    char more[sizeof text];
    memcpy(more, text, sizeof text);
    more[strlen(more) - 1] = '2';
    struct sip_uri b = uri(more);
    assert_true(sip_uri_eq(&a, &a));
    assert_false(sip_uri_eq(&a, &b));
}

static void test_user(void **state)
{
    static const struct {
        const char *uri;
        struct str user;
    } cases[] = {
        {"sip:%62ob@example.com", STR_INIT("bob")},
        {"sip:bob@example.com", STR_INIT("bob")},
        {"sip:a%3B%00b%FF@example.com", STR_INIT("a;\0b\xff")},
        {"sip:example.com", STR_INIT("")},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[40];
        struct sip_uri u = uri(cases[i].uri);
        assert_true(str_eq(sip_uri_user(&u, out), cases[i].user));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_many_parameters),
        cmocka_unit_test(test_user),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
