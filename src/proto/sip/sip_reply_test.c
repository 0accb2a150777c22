/* Responses: what is copied, what is put in, and nothing of others' making. */
#include "proto/sip/sip_reply.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct sip_msg msg;

static struct endpoint source4(void)
{
    return (struct endpoint){addr4(0xcb007107), 40000}; /* 203.0.113.7 */
}

static void test_whole(void **state)
{
    static const char request[] = "REGISTER sip:example.com SIP/2.0\r\n"
                                  "v: SIP/2.0/UDP 192.0.2.6:5072;branch=z9hG4bK-1;rport\r\n"
                                  "f: \"A\" <sip:alice@example.com>;tag=fcd8\r\n"
                                  "t: <sip:alice@example.com;tag=no>\r\n"
                                  "Via: SIP/2.0/TCP p.example.com\r\n ;branch=z9hG4bK-0\r\n"
                                  "i: 98126dba@192.0.2.6\r\n"
                                  "CSeq: 4711 REGISTER\r\n"
                                  "Timestamp: 54\r\n"
                                  "Subject: x\r\n\r\n";
    static const char response[] =
        "SIP/2.0 401 Unauthorized\r\n"
        "Via: SIP/2.0/UDP 192.0.2.6:5072;branch=z9hG4bK-1;rport=40000;received=203.0.113.7\r\n"
        "Via: SIP/2.0/TCP p.example.com ;branch=z9hG4bK-0\r\n"
        "From: \"A\" <sip:alice@example.com>;tag=fcd8\r\n"
        "To: <sip:alice@example.com;tag=no>;tag=77\r\n"
        "Call-ID: 98126dba@192.0.2.6\r\n"
        "CSeq: 4711 REGISTER\r\n"
        "Timestamp: 54\r\n"
        "Retry-After: 5 (soon)\r\n"
        "Content-Type: text/plain\r\n"
        "Content-Length: 3\r\n\r\nabc";
    struct buf b = {.limit = 0};
    struct sink out = buf_sink(&b);
    struct err_at at;
    (void)state;
    assert_int_equal(sip_read(str_z(request), &msg, &at), ERR_OK);
    struct sip_reply r = {.request = &msg, .status = 401, .to_tag = STR("77"), .source = source4()};
    sip_reply_begin(&out, &r);
    sip_field_fmt(&out, SIP_RETRY_AFTER, "%d (soon)", 5);
    sip_body_put(&out, STR("text/plain"), STR("abc"));
    assert_int_equal(out.err, ERR_OK);
    assert_int_equal(b.len, strlen(response));
    assert_memory_equal(b.p, response, b.len);
    assert_int_equal(sip_read(buf_str(&b), &msg, &at), ERR_OK);
    assert_int_equal(sip_check(&msg, &at), ERR_OK);
    buf_clear(&b);
}

static const struct {
    const char *via;
    const char *source; /* address; the port is 40000 */
    const char *written;
} vias[] = {
    {"SIP/2.0/UDP 192.0.2.6;branch=z", "192.0.2.6", "SIP/2.0/UDP 192.0.2.6;branch=z"},
    {"SIP/2.0/UDP 192.0.2.6", "192.0.2.7", "SIP/2.0/UDP 192.0.2.6;received=192.0.2.7"},
    {"SIP/2.0/UDP 192.0.2.6;rport", "192.0.2.6",
     "SIP/2.0/UDP 192.0.2.6;rport=40000;received=192.0.2.6"},
    {"SIP/2.0/UDP 192.0.2.6;rport=9;received=1.2.3.4;x", "192.0.2.6",
     "SIP/2.0/UDP 192.0.2.6;rport=40000;x;received=192.0.2.6"},
    {"SIP/2.0/TCP a.example.com;received=192.0.2.9", "192.0.2.6",
     "SIP/2.0/TCP a.example.com;received=192.0.2.6"},
    {"SIP / 2.0 / UDP a ; branch = z , SIP/2.0/UDP b;rport", "192.0.2.6",
     "SIP / 2.0 / UDP a; branch = z;received=192.0.2.6, SIP/2.0/UDP b;rport"},
    {"SIP/2.0/UDP a:5 , SIP/2.0/UDP b", "192.0.2.6",
     "SIP/2.0/UDP a:5;received=192.0.2.6, SIP/2.0/UDP b"},
    {"SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z", "2001:db8:0::9:1",
     "SIP/2.0/UDP [2001:db8::9:1];branch=z"},
    {"SIP/2.0/UDP [2001:db8:0:0::9:1];rport", "2001:db8::9:2",
     "SIP/2.0/UDP [2001:db8:0:0::9:1];rport=40000;received=2001:db8::9:2"},
    {"SIP/2.0/UDP a;;branch", "192.0.2.6", "SIP/2.0/UDP a;;branch"},
    {"SIP/2.0/UDP a;rport", "", "SIP/2.0/UDP a;rport"},
    {"", "192.0.2.6", ""},
};

static void test_vias(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vias); i++) {
        struct buf b = {.limit = 0};
        struct sink out = buf_sink(&b);
        struct endpoint source = {.port = 40000};
        assert_true(addr_read(str_z(vias[i].source), &source.ip) || vias[i].source[0] == '\0');
        sip_via_put(&out, str_z(vias[i].via), source);
        if (!str_eq(buf_str(&b), str_z(vias[i].written))) {
            fail_msg("%s: %.*s", vias[i].via, STR_ARG(buf_str(&b)));
        }
        buf_clear(&b);
    }
}

static const struct {
    const char *to;
    const char *written;
} tos[] = {
    {"sip:a@example.com", "To: sip:a@example.com;tag=77\r\n"},
    {"sip:a@example.com;Tag=1", "To: sip:a@example.com;Tag=1\r\n"},
    {"\"x;tag=1\" <sip:a@example.com>", "To: \"x;tag=1\" <sip:a@example.com>;tag=77\r\n"},
    {"\"x <sip:a@example.com>", "To: \"x <sip:a@example.com>;tag=77\r\n"},
    {"\"x <sip:a@example.com>;tag=1", "To: \"x <sip:a@example.com>;tag=1\r\n"},
    {"", "To: ;tag=77\r\n"},
};

static void test_tags(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(tos); i++) {
        struct buf text = {.limit = 0};
        struct buf b = {.limit = 0};
        struct sink in = buf_sink(&text);
        struct sink out = buf_sink(&b);
        struct err_at at;
        sink_fmt(&in, "OPTIONS sip:b SIP/2.0\r\nTo: %s\r\n\r\n", tos[i].to);
        assert_int_equal(sip_read(buf_str(&text), &msg, &at), ERR_OK);
        struct sip_reply r = {.request = &msg,
                              .status = 400,
                              .reason = STR("Bad To"),
                              .to_tag = STR("77"),
                              .source = source4()};
        sip_reply_begin(&out, &r);
        assert_true(str_starts(buf_str(&b), STR("SIP/2.0 400 Bad To\r\n")));
        assert_true(str_eq(str_from(buf_str(&b), 20), str_z(tos[i].written)));
        buf_clear(&text);
        buf_clear(&b);
    }
}

/* What a lenient reader took from a broken request cannot begin a line of our response. */
static void test_one_line(void **state)
{
    static const struct {
        struct str value;
        const char *written;
    } cases[] = {
        {STR_INIT("a"), "a"},
        {STR_INIT("a\r\n b"), "a b"},
        {STR_INIT("a\n\n\t\r b\r\n"), "a b"},
        {STR_INIT("a\rX: y"), "a X: y"},
        {STR_INIT("\r\n"), ""},
        {STR_INIT("\r\na"), "a"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf b = {.limit = 0};
        struct sink out = buf_sink(&b);
        sip_value_put(&out, cases[i].value);
        assert_true(str_eq(buf_str(&b), str_z(cases[i].written)));
        assert_int_equal(sip_value_clean(cases[i].value), i == 0);
        buf_clear(&b);
    }
}

static void test_reasons(void **state)
{
    static const struct {
        unsigned status;
        const char *words;
    } cases[] = {{100, "Trying"},         {200, "OK"},          {423, "Interval Too Brief"},
                 {606, "Not Acceptable"}, {499, "Bad Request"}, {699, "Busy Everywhere"},
                 {99, "Unknown"},         {700, "Unknown"}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_true(str_eq(sip_reason(cases[i].status), str_z(cases[i].words)));
    }
    for (unsigned status = 100; status < 700; status++) {
        assert_true(sip_reason(status).len > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),   cmocka_unit_test(test_vias),
        cmocka_unit_test(test_tags),    cmocka_unit_test(test_one_line),
        cmocka_unit_test(test_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
