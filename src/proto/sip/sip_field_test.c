/* The field readers: Via, URI, addresses, Contact, numbers, parameters, lists; Session-ID,
 * User-Agent, epochs. */
#include "proto/sip/sip_contact.h"
#include "proto/sip/sip_epoch.h"
#include "proto/sip/sip_identity.h"
#include "proto/sip/sip_number.h"
#include "proto/sip/sip_uri.h"
#include "proto/sip/sip_via.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct err_at at;

static bool is(struct str s, const char *z)
{
    return str_eq(s, str_z(z));
}

static void via_list(void **state)
{
    (void)state;
    struct str rest =
        STR("SIP / 2.0 / TLS   phone.example.com : 5072 ;\r\n branch = z9hG4bK-1 ; rport;ttl=16\r\n"
            " , SIP/2.0/UDP "
            "[2001:db8::9]:5060;received=[2001:db8::7];rport=1024;maddr=192.0.2.9;x=\"a,b\","
            "SIP/2.0/TCP 151.101.XXX.XXX;received=2001:db8::1");
    struct sip_via v;
    assert_int_equal(sip_via_next(&rest, &v, &at), ERR_OK);
    assert_true(is(v.protocol, "SIP") && is(v.version, "2.0") && is(v.transport, "TLS"));
    assert_true(is(v.host, "phone.example.com") && v.port == 5072 && !v.ip6);
    assert_true(is(v.branch, "z9hG4bK-1") && sip_via_magic(&v));
    assert_true(v.has_rport && v.rport == 0 && v.ttl == 16 && v.received.len == 0);
    assert_int_equal(sip_via_next(&rest, &v, &at), ERR_OK);
    assert_true(is(v.host, "2001:db8::9") && v.ip6 && v.port == 5060 && v.rport == 1024);
    assert_true(is(v.received, "2001:db8::7") && is(v.maddr, "192.0.2.9") && !sip_via_magic(&v));
    assert_int_equal(sip_via_next(&rest, &v, &at), ERR_OK);
    assert_true(is(v.host, "151.101.XXX.XXX") && is(v.received, "2001:db8::1") && !v.has_rport);
    assert_int_equal(sip_via_next(&rest, &v, &at), ERR_END);
}

static void via_faults(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t offset;
    } cases[] = {
        {"", 0},
        {"SIP/2.0", 7},
        {"SIP/2.0/TLS", 11},
        {"SIP/2.0/TLS ;branch=a", 12},
        {"SIP/2.0/TLS a:0", 14},
        {"SIP/2.0/TLS a:65536", 14},
        {"SIP/2.0/TLS [::1", 12},
        {"SIP/2.0/TLS a b", 14},
        {"SIP/2.0/TLS a;", 14},
        {"SIP/2.0/TLS a;;x", 14},
        {"SIP/2.0/TLS a;branch", 13},
        {"SIP/2.0/TLS a;branch=", 21},
        {"SIP/2.0/TLS a;rport=x", 13},
        {"SIP/2.0/TLS a;x=\"b", 16},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sip_via v;
        at = (struct err_at){99, NULL, NULL};
        if (sip_via_read(str_z(cases[i].text), &v, &at) != ERR_MALFORMED ||
            at.offset != cases[i].offset) {
            fail_msg("%s: at %zu", cases[i].text, at.offset);
        }
    }
}

static void uris(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *user, *password, *host;
        unsigned port;
        const char *params, *headers;
    } cases[] = {
        {"sip:example.com", "", "", "example.com", 0, "", ""},
        {"SIPS:alice:pw@example.com:5061;transport=tls?subject=x", "alice", "pw", "example.com",
         5061, ";transport=tls", "subject=x"},
        {"sip:user;par=u%40example.net@example.com", "user;par=u%40example.net", "", "example.com",
         0, "", ""},
        {"sip:+1XXXXXXXXXX@XXXXX.example.com", "+1XXXXXXXXXX", "", "XXXXX.example.com", 0, "", ""},
        {"sip:a@[2001:db8::1]:5060;lr", "a", "", "2001:db8::1", 5060, ";lr", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sip_uri u;
        assert_int_equal(sip_uri_read(str_z(cases[i].text), &u, &at), ERR_OK);
        assert_true(u.sip && u.secure == str_ieq(u.scheme, STR("sips")));
        assert_true(is(u.user, cases[i].user) && u.has_user == (u.user.len > 0));
        assert_true(is(u.password, cases[i].password) && is(u.host, cases[i].host));
        assert_true(u.port == cases[i].port && is(u.params, cases[i].params));
        assert_true(is(u.headers, cases[i].headers));
    }
    struct sip_uri u;
    assert_int_equal(sip_uri_read(STR("tel:+15550100;ext=1"), &u, &at), ERR_OK);
    assert_true(!u.sip && is(u.scheme, "tel") && is(u.opaque, "+15550100;ext=1"));
}

static void uri_faults(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t offset;
    } cases[] = {
        {"", 0},        {"sip", 3},        {"1sip:a", 4},      {"sip:", 4},      {"sip:@a", 4},
        {"sip:a b", 5}, {"sip:a:", 6},     {"sip:a:99999", 6}, {"sip:a%4", 5},   {"sip:a%4g@b", 5},
        {"<sip:a>", 0}, {"sip:[::1@b", 4}, {"sip:a/b", 5},     {"sip:b@c@d", 7}, {"sip:a\x80", 5},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sip_uri u;
        at = (struct err_at){99, NULL, NULL};
        if (sip_uri_read(str_z(cases[i].text), &u, &at) != ERR_MALFORMED ||
            at.offset != cases[i].offset) {
            fail_msg("%s: at %zu", cases[i].text, at.offset);
        }
    }
}

static void addresses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err strict;
        const char *display, *uri, *tag; /* as read leniently */
    } cases[] = {
        {"<sip:a@example.com>;tag=1", ERR_OK, "", "sip:a@example.com", "1"},
        {"\"Bell, \\\"A\\\"\" <sip:b@example.com>", ERR_OK, "Bell, \\\"A\\\"", "sip:b@example.com",
         ""},
        {"Alice  of\r\n Wonderland<sip:a@example.com;lr>", ERR_OK, "Alice  of\r\n Wonderland",
         "sip:a@example.com;lr", ""},
        {"sip:a@example.com ; x=\"tag\";TAG=2", ERR_OK, "", "sip:a@example.com", "2"},
        {";tag=3", ERR_MALFORMED, "", "", "3"},
        {"", ERR_MALFORMED, "", "", ""},
        {"REDACTED", ERR_MALFORMED, "", "REDACTED", ""},
        {"\"Alice\" ;tag=4", ERR_MALFORMED, "Alice", "", "4"},
        {"<sip:a@exam", ERR_MALFORMED, "", "sip:a@exam", ""},
        {"< sip:a@example.com >", ERR_MALFORMED, "", "sip:a@example.com", ""},
        {"B(ll <sip:b@example.com>", ERR_MALFORMED, "B(ll", "sip:b@example.com", ""},
        {"<sip:a@example.com>;;tag=5", ERR_MALFORMED, "", "sip:a@example.com", "5"},
        {"<sip:a@example.com>;tag", ERR_MALFORMED, "", "sip:a@example.com", ""},
        {"<sip:a@example.com>, <sip:b@example.com>", ERR_MALFORMED, "", "sip:a@example.com", ""},
        {"sip:a@example.com?x=y", ERR_MALFORMED, "", "sip:a@example.com?x=y", ""},
        {"Bell, A <sip:b@example.com>", ERR_MALFORMED, "", "Bell", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sip_addr a;
        if (sip_addr_read(str_z(cases[i].text), SIP_STRICT, &a, &at) != cases[i].strict) {
            fail_msg("strict: %s", cases[i].text);
        }
        assert_int_equal(sip_addr_read(str_z(cases[i].text), SIP_LENIENT, &a, &at), ERR_OK);
        if (!is(a.display, cases[i].display) || !is(a.uri, cases[i].uri) ||
            !is(a.tag, cases[i].tag)) {
            fail_msg("lenient: %s", cases[i].text);
        }
    }
}

static void contacts(void **state)
{
    (void)state;
    struct str rest = STR("\"a, <b>\" <sip:a@192.0.2.6:5072;transport=tls>;q=0.5;expires=120 ,"
                          "sip:b@example.com;expires=99999999999;+sip.instance=\"<urn:uuid:0>\","
                          "<sip:c@example.com>;expires=soon;q=1.000");
    struct sip_contact c;
    assert_int_equal(sip_contact_next(&rest, SIP_STRICT, &c, &at), ERR_OK);
    assert_true(is(c.addr.uri, "sip:a@192.0.2.6:5072;transport=tls") && c.q == 500);
    assert_true(c.has_expires && c.expires == 120 && !c.star);
    assert_int_equal(sip_contact_next(&rest, SIP_STRICT, &c, &at), ERR_OK);
    assert_true(is(c.addr.uri, "sip:b@example.com") && c.q == SIP_Q_NONE);
    assert_true(c.expires == UINT32_MAX && !c.expires_malformed);
    assert_int_equal(sip_contact_next(&rest, SIP_STRICT, &c, &at), ERR_OK);
    assert_true(c.expires == 3600 && c.expires_malformed && c.q == 1000);
    assert_int_equal(sip_contact_next(&rest, SIP_STRICT, &c, &at), ERR_END);
    rest = STR(" * ");
    assert_int_equal(sip_contact_next(&rest, SIP_STRICT, &c, &at), ERR_OK);
    assert_true(c.star && rest.len == 0);
    static const char *const faults[] = {"<sip:a>;q=2",     "<sip:a>;q=0.5000", "<sip:a>;q=x",
                                         "<sip:a>;q=1.001", "*;expires=0",      "<sip:a"};
    for (size_t i = 0; i < COUNT(faults); i++) {
        rest = str_z(faults[i]);
        assert_int_equal(sip_contact_next(&rest, SIP_STRICT, &c, &at), ERR_MALFORMED);
    }
}

static void numbers(void **state)
{
    (void)state;
    struct sip_cseq cseq;
    uint32_t n;
    assert_int_equal(sip_cseq_read(STR(" 4711\r\n REGISTER "), &cseq, &at), ERR_OK);
    assert_true(cseq.number == 4711 && is(cseq.method, "REGISTER"));
    static const char *const bad[] = {"",      "REGISTER", "1", "1REGISTER", "2147483648 A",
                                      "1 A B", "-1 A"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(sip_cseq_read(str_z(bad[i]), &cseq, &at), ERR_MALFORMED);
    }
    assert_int_equal(sip_seconds_read(STR("18000;duration=3600 (lunch)"), &n, &at), ERR_OK);
    assert_int_equal(n, 18000);
    assert_int_equal(sip_seconds_read(STR("99999999999999999999999"), &n, &at), ERR_OK);
    assert_int_equal(n, UINT32_MAX);
    assert_int_equal(sip_seconds_read(STR("1.5"), &n, &at), ERR_MALFORMED);
    assert_int_equal(sip_seconds_read(STR("soon"), &n, &at), ERR_MALFORMED);
    assert_int_equal(sip_number_read(STR(" 70 "), 255, &n, &at), ERR_OK);
    assert_int_equal(n, 70);
    assert_int_equal(sip_number_read(STR("256"), 255, &n, &at), ERR_MALFORMED);
}

static void lists_and_params(void **state)
{
    (void)state;
    struct str rest = STR(" , a, \"b,c\" <d,e>,,f ");
    struct str item;
    static const char *const items[] = {"a", "\"b,c\" <d,e>", "f"};
    for (size_t i = 0; i < COUNT(items); i++) {
        assert_int_equal(sip_list_next(&rest, &item), ERR_OK);
        assert_true(is(item, items[i]));
    }
    assert_int_equal(sip_list_next(&rest, &item), ERR_END);
    assert_true(sip_list_has(STR("replaces, Sec-Agree"), STR("sec-agree")));
    assert_false(sip_list_has(STR("replaces"), STR("path")));
    struct sip_param p;
    assert_true(sip_param_find(STR(";x=;y=\"a;z=1\";@;Z=2"), STR("z"), &p) && is(p.value, "2"));
    assert_true(sip_param_find(STR(";lr"), STR("lr"), &p) && !p.has_value);
    assert_false(sip_param_find(STR(";a=\"b;c=1"), STR("q"), &p));
}

static void agents(void **state)
{
    (void)state;
#define TAIL "-53d5-4f3a-b6e8-17aa52c3d904"
    static const struct {
        const char *text;
        const char *model, *firmware, *mac; /* mac NULL: none */
    } cases[] = {
        {"Cisco-CP-8865-3PCC/12.0.2__5b0e61d2-90c4-4f3a-b6e8-17aa52c3d904_00005e00-53d5-4f3a-b6e8-"
         "17aa52c3d904",
         "CP-8865-3PCC", "12.0.2", "00:00:5e:00:53:d5"},
        {"Cisco-CP-8865-3PCC/12.0.2_00005e0053d5_5b0e61d2-90c4-4f3a-b6e8-17aa52c3d904",
         "CP-8865-3PCC", "12.0.2", "00:00:5e:00:53:d5"},
        {"Cisco-CP-8865-3PCC/12.0.2 (00005E0053D5)", "CP-8865-3PCC", "12.0.2", "00:00:5e:00:53:d5"},
        {"Cisco-CP-8865-3PCC/12.0.2 (MAC_ADDRESS)", "CP-8865-3PCC", "12.0.2", NULL},
        /* Tails differ: no MAC in it. */
        {"Cisco-CP-8865-3PCC/12.0.2__5b0e61d2-90c4-4f3a-b6e8-17aa52c3d905_00005e00" TAIL,
         "CP-8865-3PCC", "12.0.2", NULL},
        {"Cisco-CP-8841-3PCC/11-3-1MPP-398", "CP-8841-3PCC", "11-3-1MPP-398", NULL},
        {"other/1", "other", "1", NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sip_agent a;
        char mac[MAC_TEXT];
        assert_true(sip_agent_read(str_z(cases[i].text), &a));
        assert_true(is(a.model, cases[i].model) && is(a.firmware, cases[i].firmware));
        assert_int_equal(a.has_mac, cases[i].mac != NULL);
        if (a.has_mac) {
            mac_write(a.mac, mac);
            assert_string_equal(mac, cases[i].mac);
            assert_true(a.mac_text.len >= 12);
        }
    }
    struct sip_agent a;
    assert_false(sip_agent_read(STR("no slash"), &a));
    assert_false(sip_agent_read(STR(""), &a));
}

static void sessions(void **state)
{
    (void)state;
    struct sip_session s;
    struct mac mac;
    char text[MAC_TEXT];
    assert_true(sip_session_read(
        STR("7c41d90e00105000a00000005e0053d5;remote=e3a9017c55d24b0f9c6688412b7fd065"), &s));
    assert_true(is(s.remote, "e3a9017c55d24b0f9c6688412b7fd065"));
    assert_true(sip_session_mac(s.local, &mac));
    mac_write(mac, text);
    assert_string_equal(text, "00:00:5e:00:53:d5");
    assert_false(sip_session_mac(s.remote, &mac));
    assert_true(sip_session_read(STR("e3a9017c55d24b0f9c6688412b7fd065"), &s));
    assert_int_equal(s.remote.len, 0);
    assert_false(sip_session_read(STR("d1b7"), &s));
    assert_false(sip_session_read(STR(""), &s));
}

static void epochs(void **state)
{
    (void)state;
    usec_t t;
    assert_true(sip_epoch_tag(STR("412345678-1700000000150"), &t));
    assert_int_equal(t, 1700000000150 * USEC_MS);
    assert_true(sip_epoch_nonce(STR("BroadWorksXloyw3v6cT4qpwwBW"), &t));
    assert_int_equal(t, 1700000000148 * USEC_MS);
    static const char *const tags[] = {"",
                                       "-",
                                       "1-",
                                       "1-5",
                                       "a-1700000000150",
                                       "1-17000000001500",
                                       "1700000000150",
                                       "1-1700000000150-"};
    for (size_t i = 0; i < COUNT(tags); i++) {
        assert_false(sip_epoch_tag(str_z(tags[i]), &t));
    }
    static const char *const nonces[] = {"",
                                         "BroadWorksX",
                                         "BroadWorksXT",
                                         "BroadWorksXloyw3v6c",
                                         "BroadWorksXlT",
                                         "BroadWorksXLM5H6ZUCT",
                                         "BroadWorksXzzzzzzzzzzzT",
                                         "BroadWorksXzzzzzzzzzzzzzT"};
    for (size_t i = 0; i < COUNT(nonces); i++) {
        assert_false(sip_epoch_nonce(str_z(nonces[i]), &t));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(via_list),  cmocka_unit_test(via_faults),
        cmocka_unit_test(uris),      cmocka_unit_test(uri_faults),
        cmocka_unit_test(addresses), cmocka_unit_test(contacts),
        cmocka_unit_test(numbers),   cmocka_unit_test(lists_and_params),
        cmocka_unit_test(agents),    cmocka_unit_test(sessions),
        cmocka_unit_test(epochs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
