/* The edge as a SIP server: ways back, retransmissions, methods, keepalives, load, ends (RFC 3261 8.2, 17.2, 18.2; RFC 3581, 4320,
 * 5118, 5626). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "flow/edge/edge_fixture.h"
#include "proto/sip/sip_via.h"
#include "proto/stun/stun.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct fix f;
static const struct fix_register usual;

static int open_edge(void **state)
{
    struct edge_cfg cfg;
    (void)state;
    fix_cfg(&cfg);
    fix_open(&f, &cfg);
    return 0;
}

static int close_edge(void **state)
{
    (void)state;
    fix_close(&f);
    return 0;
}

static void over(unsigned transport, uint32_t serial)
{
    f.from.flow.transport = (uint8_t)transport;
    f.from.flow.serial = serial;
}

/* A request of `method` with one Via, `fields` whole lines. */
static void say(const char *method, const char *uri, const char *via, const char *fields)
{
    char text[4096];
    int n =
        snprintf(text, sizeof text,
                 "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s\r\nFrom: <sip:1001@example.com>;tag=f\r\n"
                 "To: <sip:1001@example.com>\r\nCall-ID: x1\r\nCSeq: 1 %s\r\n%s\r\n",
                 method, uri, via, method, fields);
    fix_say(&f, str_of(text, (size_t)n));
}

static void via_of_answer(struct sip_via *ret)
{
    struct err_at at;
    assert_int_equal(sip_via_read(fix_value(&f, SIP_VIA), ret, &at), ERR_OK);
}

/* Rows 3 and 4; 5118 for IPv6. */
static void test_way_back(void **state)
{
    static const struct {
        const char *via;
        const char *received; /* NULL: none */
        unsigned rport;
    } rows[] = {
        {"192.0.2.10:5060;branch=z9hG4bK1", NULL, 0},
        {"10.0.0.1:5060;branch=z9hG4bK2", "192.0.2.10", 0},
        {"phone.example.com;branch=z9hG4bK3", "192.0.2.10", 0},
        {"192.0.2.10:5060;rport;branch=z9hG4bK4", "192.0.2.10", 5062},
        {"10.0.0.1;rport;branch=z9hG4bK5", "192.0.2.10", 5062},
    };
    struct sip_via via;
    (void)state;
    f.from.flow.peer.port = 5062;
    for (size_t i = 0; i < COUNT(rows); i++) {
        say("OPTIONS", "sip:example.com", rows[i].via, "");
        assert_int_equal(fix_status(&f), 200);
        via_of_answer(&via);
        assert_true(rows[i].received ? str_eq(via.received, str_z(rows[i].received))
                                     : via.received.len == 0);
        assert_int_equal(via.rport, rows[i].rport);
        assert_true(endpoint_eq(f.sent[0].flow.peer, f.from.flow.peer));
    }
}

static void test_way_back_by_via(void **state)
{
    struct edge_cfg cfg;
    (void)state;
    fix_cfg(&cfg);
    cfg.reply_to_source = false;
    fix_close(&f);
    fix_open(&f, &cfg);
    f.from.flow.peer.port = 40000;
    say("OPTIONS", "sip:example.com", "10.0.0.1:5070;branch=z9hG4bK1", "");
    assert_int_equal(f.sent[0].flow.peer.port, 5070);
    say("OPTIONS", "sip:example.com", "10.0.0.1;branch=z9hG4bK2", "");
    assert_int_equal(f.sent[0].flow.peer.port, 5060);
    say("OPTIONS", "sip:example.com", "10.0.0.1;rport;branch=z9hG4bK3", "");
    assert_int_equal(f.sent[0].flow.peer.port, 40000);
    over(TRANSPORT_TCP, 9);
    say("OPTIONS", "sip:example.com", "10.0.0.1;branch=z9hG4bK4", "");
    assert_int_equal(f.sent[0].flow.serial, 9);
}

/* Row 27. */
static void test_ipv6(void **state)
{
    struct sip_via via;
    struct fix_register r = {.uri = "sip:[2001:db8::1]",
                             .contact = "Contact: <sip:1001@[2001:db8::10]:5060>\r\n"};
    (void)state;
    assert_true(addr_read(STR("2001:db8::10"), &f.from.flow.peer.ip));
    assert_true(addr_read(STR("2001:db8::1"), &f.from.local.ip));
    say("OPTIONS", "sip:example.com", "[2001:db8::10]:5060;branch=z9hG4bK1", "");
    via_of_answer(&via);
    assert_int_equal(via.received.len, 0);
    say("OPTIONS", "sip:example.com", "[2001:db8::99];rport;branch=z9hG4bK2", "");
    via_of_answer(&via);
    assert_true(str_eq(via.received, STR("2001:db8::10")));
    say("OPTIONS", "sip:example.com", "[2001:db8::9];received=[2001:db8::8];branch=z9hG4bK3", "");
    assert_int_equal(fix_status(&f), 200);
    assert_int_equal(fix_login(&f, &r), 200);
    assert_true(str_starts(fix_value(&f, SIP_CONTACT), STR("<sip:1001@[2001:db8::10]:5060>")));
}

/* Row 2: a datagram that ends too early, and one with bytes behind the body. */
static void test_datagram_length(void **state)
{
    (void)state;
    say("OPTIONS", "sip:example.com", "192.0.2.10;branch=z9hG4bK1", "Content-Length: 9999\r\n");
    assert_int_equal(fix_status(&f), 400);
    say("OPTIONS", "sip:example.com", "192.0.2.10;branch=z9hG4bK2",
        "Content-Length: 0\r\n\r\nOPTIONS sip:x SIP/2.0\r\n");
    assert_int_equal(fix_status(&f), 200);
}

/* Row 1, the edge's part: what breaks a stream's framing is answered, and the stream ends. */
static void test_broken_stream(void **state)
{
    static const char head[] = "OPTIONS sip:example.com SIP/2.0\r\n"
                               "Via: SIP/2.0/TCP 192.0.2.10;branch=z9hG4bK1\r\n"
                               "From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\n"
                               "Call-ID: b1\r\nCSeq: 1 OPTIONS\r\n\r\n";
    (void)state;
    over(TRANSPORT_TCP, 3);
    fix_forget(&f);
    edge_on_broken(f.e, &f.from, str_z(head), 400, f.now);
    fix_drain(&f);
    assert_int_equal(fix_status(&f), 400);
    assert_int_equal(f.n_closed, 1);
    fix_forget(&f);
    edge_on_broken(f.e, &f.from, str_z(head), 513, f.now);
    fix_drain(&f);
    assert_int_equal(fix_status(&f), 513);
    fix_forget(&f);
    edge_on_broken(f.e, &f.from, STR("GET / HTTP/1.1\r\n\r\n"), 400, f.now);
    fix_drain(&f);
    assert_int_equal(f.n_sent, 0);
    assert_int_equal(f.n_closed, 1);
}

/* Row 28: a message with more header fields than there is room for is refused, not dropped. */
static void test_too_many_fields(void **state)
{
    static const char field[] = "X: y\r\n";
    enum { LEN = sizeof field - 1, MANY = 150 };
    char fields[MANY * LEN + 1];
    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        memcpy(fields + i * LEN, field, sizeof field);
    }
    say("OPTIONS", "sip:example.com", "192.0.2.10;branch=z9hG4bKmany", fields);
    assert_int_equal(fix_status(&f), 400);
}

/* Row 12. */
static void test_retransmission(void **state)
{
    char text[4096];
    char first[4096];
    (void)state;
    struct str bytes = fix_write(&f, &usual, "", text, sizeof text);
    fix_say(&f, bytes);
    assert_int_equal(fix_status(&f), 401);
    size_t len = f.sent[0].bytes.len;
    memcpy(first, f.sent[0].bytes.p, len);
    for (unsigned i = 0; i < 3; i++) {
        f.now += 10 * USEC_S;
        fix_say(&f, bytes);
        assert_int_equal(f.n_sent, 1);
        assert_true(str_eq(f.sent[0].bytes, str_of(first, len)));
    }
    /* From elsewhere it is another request, and so it is when Timer J is over. */
    f.from.flow.peer.port = 5099;
    fix_say(&f, bytes);
    assert_false(str_eq(f.sent[0].bytes, str_of(first, len)));
    f.from.flow.peer.port = 5060;
    fix_wait(&f, 3 * USEC_S);
    fix_say(&f, bytes);
    assert_false(str_eq(f.sent[0].bytes, str_of(first, len)));
    /* Without the magic cookie: by what RFC 2543 compares. */
    say("OPTIONS", "sip:example.com", "192.0.2.10:5060", "");
    assert_int_equal(fix_status(&f), 200);
    uint64_t again = edge_counts(f.e)[EDGE_IN_AGAIN];
    say("OPTIONS", "sip:example.com", "192.0.2.10:5060", "");
    assert_int_equal(edge_counts(f.e)[EDGE_IN_AGAIN], again + 1);
    /* Streams do not repeat themselves. */
    over(TRANSPORT_TCP, 1);
    say("OPTIONS", "sip:example.com", "192.0.2.10:5060;branch=z9hG4bKs", "");
    say("OPTIONS", "sip:example.com", "192.0.2.10:5060;branch=z9hG4bKs", "");
    assert_int_equal(edge_counts(f.e)[EDGE_IN_AGAIN], again + 1);
}

/* Row 13: one answer, final, and none by time. */
static void test_no_provisional(void **state)
{
    (void)state;
    assert_int_equal(fix_login(&f, &usual), 200);
    assert_int_equal(f.n_sent, 1);
    for (unsigned i = 0; i < 100; i++) {
        fix_wait(&f, USEC_S);
        assert_int_equal(f.n_sent, 0);
    }
}

/* Row 19. */
static void test_methods(void **state)
{
    static const struct {
        const char *method;
        const char *uri;
        const char *fields;
        unsigned status; /* 0: no answer */
        enum sip_header has;
    } rows[] = {
        {"OPTIONS", "sip:example.com", "", 200, SIP_ALLOW},
        {"OPTIONS", "sip:example.com", "", 200, SIP_ACCEPT},
        {"OPTIONS", "sip:nobody@example.com", "", 200, SIP_SUPPORTED},
        {"OPTIONS", "sip:example.com", "Max-Forwards: 0\r\n", 200, SIP_ALLOW},
        {"OPTIONS", "sip:example.com", "Require: foo, bar\r\n", 420, SIP_UNSUPPORTED},
        {"OPTIONS", "sip:example.org", "", 404, SIP_VIA},
        {"OPTIONS", "nobody:x", "", 416, SIP_VIA},
        {"PUBLISH", "sip:example.com", "", 405, SIP_ALLOW},
        {"NEWMETHOD", "sip:example.com", "", 501, SIP_ALLOW},
        {"NOTIFY", "sip:example.com", "Event: keep-alive\r\n", 200, SIP_VIA},
        {"BYE", "sip:1001@example.com", "", 481, SIP_VIA},
        {"CANCEL", "sip:1001@example.com", "", 481, SIP_VIA},
        {"ACK", "sip:1001@example.com", "", 0, SIP_VIA},
        {"SUBSCRIBE", "sip:1001@example.com", "Event: dialog\r\n", 489, SIP_ALLOW_EVENTS},
        {"SUBSCRIBE", "sip:1001@example.com", "Event: message-summary\r\n", 401,
         SIP_WWW_AUTHENTICATE},
        {"INVITE", "sip:1002@example.com", "", 407, SIP_PROXY_AUTHENTICATE},
        {"INVITE", "sip:1002@example.com", "Max-Forwards: 0\r\n", 483, SIP_VIA},
        {"INVITE", "sip:1002@example.com", "Proxy-Require: foo\r\n", 420, SIP_UNSUPPORTED},
        {"INVITE", "sip:1002@example.org", "", 403, SIP_VIA},
        {"INVITE", "tel:+15550100", "", 416, SIP_VIA},
        {"MESSAGE", "sip:1002@example.com", "", 407, SIP_PROXY_AUTHENTICATE},
        {"REGISTER", "sip:example.com",
         "Contact: <sip:a@192.0.2.1>\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi",
         415, SIP_ACCEPT},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char via[64];
        snprintf(via, sizeof via, "192.0.2.10:5060;branch=z9hG4bKm%zu", i);
        say(rows[i].method, rows[i].uri, via, rows[i].fields);
        if (fix_status(&f) != rows[i].status) {
            fail_msg("%s %s: %u, not %u", rows[i].method, rows[i].uri, fix_status(&f),
                     rows[i].status);
        }
        assert_true(!rows[i].status || fix_value(&f, rows[i].has).p);
    }
}

/* Row 19: 400 says what is wrong, 505. */
static void test_bad_requests(void **state)
{
    static const struct {
        const char *text;
        const char *start; /* of the answer; NULL: none */
    } rows[] = {
        {"OPTIONS sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKb1\r\n"
         "From: <sip:a@example.com>;tag=1\r\nTo: <sip:a@example.com>\r\nCall-ID: 1\r\n"
         "CSeq: 1 INVITE\r\n\r\n",
         "SIP/2.0 400 CSeq's method is not that of the request\r\n"},
        {"OPTIONS sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKb2\r\n"
         "From: <sip:a@example.com>;tag=1\r\nTo: <sip:a@example.com\r\nCall-ID: 1\r\n"
         "CSeq: 1 OPTIONS\r\n\r\n",
         "SIP/2.0 400 "},
        {"OPTIONS sip:example.com SIP/7.0\r\nVia: SIP/7.0/UDP 192.0.2.10;branch=z9hG4bKb3\r\n"
         "From: <sip:a@example.com>;tag=1\r\nTo: <sip:a@example.com>\r\nCall-ID: 1\r\n"
         "CSeq: 1 OPTIONS\r\n\r\n",
         "SIP/2.0 505 "},
        {"OPTIONS sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKb4\r\n"
         "From: <sip:a@example.com>;tag=1\r\nTo: <sip:a@example.com>\r\nCSeq: 1 OPTIONS\r\n\r\n",
         "SIP/2.0 400 Call-ID is missing\r\n"},
        {"OPTIONS sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKb4\r\n"
         "From: <sip:a@example.com>;tag=1\r\nTo: <sip:a@example.com>\r\nCall-ID: 1\r\n\r\n",
         NULL},
        {"OPTION sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKb6\r\n"
         "From: <sip:a@example.com>;tag=1\r\nTo: <sip:a@example.com>\r\nCall-ID: 1\r\n"
         "CSeq: 1 OPTIONS\r\n\r\n",
         "SIP/2.0 501 "},
        {"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKb5\r\n"
         "From: <sip:a@example.com>;tag=1\r\nTo: <sip:a@example.com>\r\nCall-ID: 1\r\n"
         "CSeq: 1 OPTIONS\r\n\r\n",
         NULL},
        {"hello, who is there?\r\n\r\n", NULL},
        {"\x16\x03\x01\x02", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        fix_say(&f, str_z(rows[i].text));
        assert_int_equal(f.n_sent, rows[i].start ? 1 : 0);
        assert_true(!rows[i].start || str_starts(f.sent[0].bytes, str_z(rows[i].start)));
    }
}

/* Row 21. */
static void test_keepalives(void **state)
{
    (void)state;
    fix_say(&f, STR("\r\n\r\n"));
    assert_int_equal(f.n_sent, 0);
    fix_say(&f, str_of("\0\0\0\0", 4));
    assert_int_equal(f.n_sent, 0);
    fix_say(&f, STR(""));
    assert_int_equal(f.n_sent, 0);
    over(TRANSPORT_TLS, 1);
    fix_say(&f, STR("\r\n\r\n"));
    assert_int_equal(f.n_sent, 1);
    assert_true(str_eq(f.sent[0].bytes, STR("\r\n")));
    fix_say(&f, STR("\r\n"));
    assert_int_equal(f.n_sent, 0);
    assert_int_equal(edge_counts(f.e)[EDGE_IN_KEEPALIVE], 5);
}

/* Row 22. */
static void test_stun(void **state)
{
    static const uint8_t id[STUN_ID] = {1, 2, 3};
    struct buf b = {.limit = 256};
    struct sink s = buf_sink(&b);
    struct stun stun;
    struct err_at at;
    (void)state;
    stun_request(&s, id);
    fix_say(&f, buf_str(&b));
    assert_int_equal(f.n_sent, 1);
    assert_int_equal(stun_read(f.sent[0].bytes, &stun, &at), ERR_OK);
    assert_true(endpoint_eq(stun.mapped, fix_phone));
    buf_clear(&b);
}

/* Row 23: newcomers wait, refreshes pass; then nobody does. The times differ. */
static void test_load(void **state)
{
    struct fix_register other = {.user = "1002", .password = "secret2", .call_id = "c2"};
    struct fix_register again = {.cseq = 10};
    bool differ = false;
    uint64_t first = 0;
    (void)state;
    assert_int_equal(fix_login(&f, &usual), 200);
    edge_load(f.e, 1);
    assert_int_equal(fix_login(&f, &again), 200);
    f.from.flow.peer.port = 5061;
    for (unsigned i = 0; i < 10; i++) {
        uint64_t seconds = 0;
        assert_int_equal(fix_ask(&f, &other), 503);
        assert_true(str_u64(fix_value(&f, SIP_RETRY_AFTER), &seconds));
        assert_in_range(seconds, 20, 60);
        differ |= i > 0 && seconds != first;
        first = seconds;
    }
    assert_true(differ);
    edge_load(f.e, 2);
    again.cseq = 20;
    assert_int_equal(fix_ask(&f, &again), 503);
    edge_load(f.e, 0);
    assert_int_equal(fix_login(&f, &other), 200);
    assert_int_equal(edge_counts(f.e)[EDGE_SHED_NEW], 10);
    assert_int_equal(edge_counts(f.e)[EDGE_SHED_REFRESH], 1);
}

/* Row 24: before a planned end, short lives. */
static void test_drain(void **state)
{
    (void)state;
    edge_drain(f.e, 60);
    assert_int_equal(fix_login(&f, &usual), 200);
    assert_true(str_ends(fix_value(&f, SIP_CONTACT), STR(";expires=60")));
}

/* Row 26: a binding ends when its time does, neither before nor after; a connection's end is not its own. */
static void test_ends(void **state)
{
    struct fix_register r = {.contact = "Contact: <sip:1001@192.0.2.10>;expires=100\r\n"};
    struct arena arena;
    struct edge_target target[2];
    (void)state;
    arena_init(&arena, 0);
    over(TRANSPORT_TLS, 5);
    assert_int_equal(fix_login(&f, &r), 200);
    assert_int_equal(edge_contacts(f.e, STR("1001"), &arena, target, 2), 1);
    assert_true(str_eq(target[0].contact, STR("sip:1001@192.0.2.10")));
    fix_forget(&f);
    edge_on_closed(f.e, &f.from.flow, f.now);
    fix_drain(&f);
    assert_true(fix_told(&f, "edge.flow-lost"));
    assert_int_equal(edge_bindings(f.e), 1);
    assert_int_equal(edge_contacts(f.e, STR("1001"), &arena, target, 2), 0);
    fix_wait(&f, 100 * USEC_S - 1);
    assert_int_equal(edge_bindings(f.e), 1);
    assert_int_equal(f.n_told, 0);
    fix_wait(&f, 1);
    fix_wait(&f, USEC_S);
    assert_int_equal(edge_bindings(f.e), 0);
    assert_int_equal(edge_counts(f.e)[EDGE_EXPIRED], 1);
    assert_int_equal(f.n_stored, 0);
    arena_clear(&arena);
}

/* Row 28: contacts of an AOR; a phone that comes back by another connection is not kept out by its past. */
static void test_contacts_most(void **state)
{
    char contact[128];
    struct fix_register r = {.contact = contact};
    (void)state;
    for (unsigned i = 0; i < 12; i++) {
        snprintf(contact, sizeof contact, "Contact: <sip:1001@192.0.2.10:%u>\r\n", 6000 + i);
        r.cseq = 10 * i + 1;
        assert_int_equal(fix_login(&f, &r), i < 8 ? 200 : 403);
    }
    assert_int_equal(edge_bindings(f.e), 8);
    r.user = "1002";
    r.password = "secret2";
    for (unsigned i = 0; i < 12; i++) {
        over(TRANSPORT_TCP, i + 1);
        snprintf(contact, sizeof contact, "Contact: <sip:1002@192.0.2.10:%u>\r\n", 6000 + i);
        assert_int_equal(fix_login(&f, &r), 200);
        edge_on_closed(f.e, &f.from.flow, f.now);
    }
    assert_int_equal(edge_bindings(f.e), 16);
}

/* The answers that are kept never take more than was given for them, and nothing when their time is over. */
static void test_replies_bounded(void **state)
{
    struct edge_cfg cfg;
    (void)state;
    fix_cfg(&cfg);
    cfg.replies_bytes = 256 * 1024;
    fix_close(&f);
    fix_open(&f, &cfg);
    for (unsigned i = 0; i < 3000; i++) {
        assert_int_equal(fix_ask(&f, &usual), 401);
        assert_in_range(edge_counts(f.e)[EDGE_REPLIES_KEPT], 0, 256 * 1024);
    }
    assert_int_equal(edge_counts(f.e)[EDGE_REPLIES_KEPT], 256 * 1024);
    fix_wait(&f, 33 * USEC_S);
    fix_wait(&f, 0);
    assert_int_equal(edge_counts(f.e)[EDGE_REPLIES_KEPT], 0);
    assert_int_equal(edge_deadline(f.e), USEC_NONE);
}

/* Accounts come and go; what was registered survives a restart. */
static void test_accounts(void **state)
{
    struct binding b = {.contact = STR("sip:1002@192.0.2.20"),
                        .call_id = STR("old"),
                        .cseq = 7,
                        .q = 1000,
                        .flow = {.transport = TRANSPORT_TCP, .serial = 4, .peer = fix_phone}};
    struct buf out = {.limit = 4096};
    struct sink s = buf_sink(&out);
    uint32_t cursor = 0;
    (void)state;
    b.expires = f.now + 50 * USEC_S;
    assert_int_equal(edge_restore(f.e, BINDING_PUT, STR("1002"), &b, f.now), ERR_OK);
    assert_int_equal(edge_restore(f.e, BINDING_PUT, STR("1002"), &b, f.now), ERR_OK);
    assert_int_equal(edge_restore(f.e, BINDING_PUT, STR("9"), &b, f.now), ERR_MISSING);
    assert_int_equal(edge_bindings(f.e), 1);
    while (edge_snapshot(f.e, &cursor, 1, &s)) {
    }
    assert_true(out.len > 0 && s.err == ERR_OK);
    buf_clear(&out);
    assert_int_equal(fix_login(&f, &usual), 200);
    fix_forget(&f);
    assert_true(edge_account_remove(f.e, STR("1001"), f.now));
    fix_drain(&f);
    assert_true(fix_told(&f, "edge.ended state=removed user=1001"));
    assert_int_equal(f.n_stored, 1);
    assert_int_equal(fix_login(&f, &(struct fix_register){.cseq = 5}), 401);
    b.expires = f.now;
    assert_int_equal(edge_restore(f.e, BINDING_PUT, STR("1002"), &b, f.now), ERR_END);
    assert_int_equal(edge_bindings(f.e), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_edge, close_edge)
    const struct CMUnitTest tests[] = {
        TEST(test_way_back),       TEST(test_way_back_by_via),
        TEST(test_ipv6),           TEST(test_datagram_length),
        TEST(test_broken_stream),  TEST(test_too_many_fields),
        TEST(test_retransmission), TEST(test_no_provisional),
        TEST(test_methods),        TEST(test_bad_requests),
        TEST(test_keepalives),     TEST(test_stun),
        TEST(test_load),           TEST(test_drain),
        TEST(test_ends),           TEST(test_contacts_most),
        TEST(test_accounts),       TEST(test_replies_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
