/* IPv6 in SIP: the cases of RFC 5118, with messages of our own. */
#include "base/sink.h"
#include "proto/sip/sip.h"
#include "proto/sip/sip_uri.h"
#include "proto/sip/sip_via.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct sip_msg msg;

static const struct {
    const char *section;
    const char *uri;
    const char *via;
    bool good;
    const char *host; /* of the Request-URI */
    unsigned port;
} requests[] = {
    {"4.1", "sip:[2001:db8::10]", "[2001:db8::9:1]", true, "2001:db8::10", 0},
    {"4.2", "sip:2001:db8::10", "[2001:db8::9:1]", false, "", 0},
    {"4.2 in Via", "sip:[2001:db8::10]", "2001:db8::9:1", false, "", 0},
    {"4.3", "sip:[2001:db8::10:5070]", "[2001:db8::9:1]", true, "2001:db8::10:5070", 0},
    {"4.4", "sip:[2001:db8::10]:5070", "[2001:db8::9:1]", true, "2001:db8::10", 5070},
    {"4.5", "sip:[2001:db8::10]", "[2001:db8::9:1];received=[2001:db8::9:255]", true,
     "2001:db8::10", 0},
    {"4.5", "sip:[2001:db8::10]", "[2001:db8::9:1];received=2001:db8::9:255", true, "2001:db8::10",
     0},
    {"4.8", "sip:user@example.com", "[2001:db8::9:1], SIP/2.0/UDP 192.0.2.1", true, "example.com",
     0},
    {"4.9", "sip:[::ffff:192.0.2.10]:19823", "[::ffff:192.0.2.2]", true, "::ffff:192.0.2.10",
     19823},
    {"4.10", "sip:user@[2001:db8::192.0.2.1]", "[2001:db8::9:1]", true, "2001:db8::192.0.2.1", 0},
    {"4.10", "sip:user@[2001:db8:::192.0.2.1]", "[2001:db8:::192.0.2.1]", true,
     "2001:db8:::192.0.2.1", 0},
    {"no end", "sip:[2001:db8::10", "[2001:db8::9:1]", false, "", 0},
    {"nothing", "sip:[]", "[2001:db8::9:1]", false, "", 0},
    {"scope", "sip:[fe80::1%25eth0]", "[2001:db8::9:1]", false, "", 0},
};

static void test_requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        struct buf b = {.limit = 0};
        struct sink s = buf_sink(&b);
        struct err_at at;
        struct sip_uri uri;
        sink_fmt(&s,
                 "OPTIONS %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKas3\r\n"
                 "From: <sip:user@[2001:db8::20]>;tag=1\r\nTo: sip:user@[2001:db8::20]:5062\r\n"
                 "Call-ID: 1@[2001:db8::20]\r\nCSeq: 1 OPTIONS\r\nl: 0\r\n\r\n",
                 requests[i].uri, requests[i].via);
        assert_int_equal(sip_read(buf_str(&b), &msg, &at), ERR_OK);
        if ((sip_check(&msg, &at) == ERR_OK) != requests[i].good) {
            fail_msg("%s: %s", requests[i].section, requests[i].uri);
        }
        if (requests[i].good) {
            assert_int_equal(sip_uri_read(msg.uri, &uri, &at), ERR_OK);
            assert_true(str_eq(uri.host, str_z(requests[i].host)));
            assert_int_equal(uri.port, requests[i].port);
        }
        buf_clear(&b);
    }
}

static void test_received(void **state)
{
    static const char *const forms[] = {
        "SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z",
        "SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z",
    };
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct sip_via via;
        struct err_at at;
        assert_int_equal(sip_via_read(str_z(forms[i]), &via, &at), ERR_OK);
        assert_true(via.ip6 && str_eq(via.host, STR("2001:db8::9:1")));
        assert_true(str_eq(via.received, STR("2001:db8::9:255")));
        assert_true(str_eq(via.branch, STR("z")));
    }
}

static void test_addresses(void **state)
{
    static const struct {
        const char *host;
        const char *is; /* NULL: a name */
    } cases[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"2001:db8::10:5070", "2001:db8::10:5070"},
        {"2001:db8::192.0.2.1", "2001:db8::c000:201"},
        {"2001:db8:::192.0.2.1", "2001:db8::c000:201"},
        {":::192.0.2.1", "::c000:201"},
        {"::ffff:192.0.2.10", "::ffff:c000:20a"},
        {"2001:db8:::1", NULL},
        {"2001:db8::::192.0.2.1", NULL},
        {"2001:db8:::1:::192.0.2.1", NULL},
        {"example.com", NULL},
        {":::", NULL},
        {"", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct addr a;
        char text[ADDR_TEXT];
        bool is = sip_host_addr(str_z(cases[i].host), &a);
        assert_int_equal(is, cases[i].is != NULL);
        if (is) {
            assert_true(str_eq(addr_write(a, text), str_z(cases[i].is)));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_received),
        cmocka_unit_test(test_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
