/* Messages copied on: what is changed, and that nothing else is. */
#include "proto/sip/sip_forward.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct sip_msg msg;

static void expect(const char *text, struct sip_forward f, const char *written)
{
    struct buf b = {.limit = 0};
    struct sink out = buf_sink(&b);
    struct err_at at;
    assert_int_equal(sip_read(str_z(text), &msg, &at), ERR_OK);
    f.msg = &msg;
    enum err e = sip_forward_write(&out, &f);
    if (written == NULL) {
        assert_int_equal(e, ERR_MALFORMED);
        assert_int_equal(b.len, 0);
        return;
    }
    assert_int_equal(e, ERR_OK);
    if (!str_eq(buf_str(&b), str_z(written))) {
        fail_msg("%.*s", STR_ARG(buf_str(&b)));
    }
    buf_clear(&b);
}

static void test_request(void **state)
{
    struct sip_forward f = {.uri = STR("sip:bob@192.0.2.20:5060"),
                            .via = STR("SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKx"),
                            .source = {addr4(0xcb007107), 40000},
                            .record_route = STR("<sip:tok@192.0.2.1;lr>"),
                            .routes_off = 1,
                            .max_forwards = 69,
                            .drop_realm = STR("here")};
    (void)state;
    expect("INVITE sip:bob@example.com SIP/2.0\r\n"
           "v:SIP/2.0/UDP 192.0.2.6:5072;branch=z9hG4bK-1 ;rport\r\n"
           "Record-Route: <sip:before.example.net;lr>\r\n"
           "ROUTE : <sip:192.0.2.1;lr> , <sip:next.example.net;lr>\r\n"
           "Via: SIP/2.0/TCP p\r\n"
           "X-New:  a\r\n  b  \r\n"
           "Proxy-Authorization: Digest username=\"x, realm\", Realm = \"here\", nonce=\"n\"\r\n"
           "Proxy-Authorization: Digest realm=\"there\"\r\n"
           "Proxy-Authorization: Other here\r\n"
           "max-forwards: 70\r\n"
           "Route: <sip:last.example.net;lr>  \r\n"
           "l:4\r\n\r\nbody rest",
           f,
           "INVITE sip:bob@192.0.2.20:5060 SIP/2.0\r\n"
           "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKx\r\n"
           "Record-Route: <sip:tok@192.0.2.1;lr>\r\n"
           "Via: SIP/2.0/UDP 192.0.2.6:5072;branch=z9hG4bK-1;rport=40000;received=203.0.113.7\r\n"
           "Record-Route: <sip:before.example.net;lr>\r\n"
           "Route: <sip:next.example.net;lr>\r\n"
           "Via: SIP/2.0/TCP p\r\n"
           "X-New:  a\r\n  b  \r\n"
           "Proxy-Authorization: Digest realm=\"there\"\r\n"
           "Proxy-Authorization: Other here\r\n"
           "Max-Forwards: 69\r\n"
           "Route: <sip:last.example.net;lr>  \r\n"
           "l:4\r\n\r\nbody");
}

#define HEAD "ACK sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/UDP a\r\n"

static void test_what_is_there_stays(void **state)
{
    const struct sip_forward plain = {.max_forwards = 70};
    (void)state;
    expect(HEAD "\r\n", plain, HEAD "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n");
    expect(HEAD "\r\nxyz", plain, HEAD "Max-Forwards: 70\r\nContent-Length: 3\r\n\r\nxyz");
    expect("ACK sip:b SIP/2.0\r\n\r\n", plain,
           "ACK sip:b SIP/2.0\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n");
}

static const struct {
    unsigned off;
    const char *routes;
    const char *left; /* NULL: there are too few */
} routes[] = {
    {0, "Route: <sip:a>,<sip:b>\r\n", "Route: <sip:a>,<sip:b>\r\n"},
    {1, "Route: <sip:a>\r\n", ""},
    {1, "Route: \"a,b\" <sip:a,c>;x=\",\",<sip:b>\r\n", "Route: <sip:b>\r\n"},
    {2, "Route: <sip:a>\r\nRoute: <sip:b> ,\r\n <sip:c>\r\n", "Route: <sip:c>\r\n"},
    {2, "Route: ,<sip:a>,\r\nRoute:\r\nRoute: <sip:b>,\r\nRoute: <sip:c>\r\n",
     "Route: <sip:c>\r\n"},
    {3, "Route: <sip:a>\r\nRoute: <sip:b>\r\n", NULL},
    {1, "", NULL},
};

static void test_routes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        struct buf in = {.limit = 0};
        struct buf out = {.limit = 0};
        struct sink s = buf_sink(&in);
        struct sink t = buf_sink(&out);
        sink_fmt(&s, HEAD "%sl: 0\r\nMax-Forwards: 1\r\n\r\n%c", routes[i].routes, '\0');
        if (routes[i].left != NULL) {
            sink_fmt(&t, HEAD "%sl: 0\r\nMax-Forwards: 1\r\n\r\n%c", routes[i].left, '\0');
        }
        expect(in.p, (struct sip_forward){.routes_off = routes[i].off, .max_forwards = 1}, out.p);
        buf_clear(&in);
        buf_clear(&out);
    }
}

static void test_response(void **state)
{
    const struct sip_forward f = {.max_forwards = 1};
    (void)state;
    expect("SIP/2.0 200 Fine\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKx\r\nTo:<sip:b>\r\n"
           "v:SIP/2.0/UDP b , SIP/2.0/UDP c\r\nVia: SIP/2.0/UDP d\r\nl: 0\r\n\r\n",
           f,
           "SIP/2.0 200 Fine\r\nTo:<sip:b>\r\n"
           "v:SIP/2.0/UDP b , SIP/2.0/UDP c\r\nVia: SIP/2.0/UDP d\r\nl: 0\r\n\r\n");
    expect("SIP/2.0 200 Fine\r\nv: SIP/2.0/UDP a;branch=z9hG4bKx , SIP/2.0/UDP b;x=1\r\n\r\nabc", f,
           "SIP/2.0 200 Fine\r\nVia: SIP/2.0/UDP b;x=1\r\nContent-Length: 3\r\n\r\nabc");
    expect("SIP/2.0 200 Fine\r\nVia: SIP/2.0/UDP a\r\n\r\n", f, NULL);
    expect("SIP/2.0 200 Fine\r\nVia: a\r\nVia: b\r\n\r\n", f, NULL);
    expect("SIP/2.0 200 Fine\r\nTo: a\r\n\r\n", f, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_what_is_there_stays),
        cmocka_unit_test(test_routes),
        cmocka_unit_test(test_response),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
