/* What the edge says to phones, and the way of a request from one phone to another as far as it is the edge's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "flow/edge/edge_fixture.h"
#include "proto/sip/sip_via.h"

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

static enum err notify(const char *user, const char *event)
{
    fix_forget(&f);
    enum err e = edge_notify(f.e, str_z(user), str_z(event), f.now);
    fix_drain(&f);
    return e;
}

/* The phone answers the last request with `status` and `fields`. */
static void answer(unsigned status, const char *fields)
{
    char text[4096];
    const struct sip_msg *m = fix_read(&f, f.n_sent - 1);
    assert_non_null(m);
    struct str via = sip_value(m, SIP_VIA);
    struct str from = sip_value(m, SIP_FROM);
    struct str to = sip_value(m, SIP_TO);
    struct str call_id = sip_value(m, SIP_CALL_ID);
    struct str cseq = sip_value(m, SIP_CSEQ);
    int n = snprintf(text, sizeof text,
                     "SIP/2.0 %u Words\r\nVia: %.*s\r\nFrom: %.*s\r\nTo: %.*s;tag=p\r\n"
                     "Call-ID: %.*s\r\nCSeq: %.*s\r\n%sContent-Length: 0\r\n\r\n",
                     status, STR_ARG(via), STR_ARG(from), STR_ARG(to), STR_ARG(call_id),
                     STR_ARG(cseq), fields);
    fix_say(&f, str_of(text, (size_t)n));
}

static void on_tls(void)
{
    f.from.flow.transport = TRANSPORT_TLS;
    f.from.flow.serial = 77;
    f.from.flow.slot = 3;
    assert_int_equal(fix_login(&f, &usual), 200);
}

/* Row 25: over the connection that the phone registered with. */
static void test_over_the_flow(void **state)
{
    const struct sip_msg *m;
    struct err_at at;
    (void)state;
    on_tls();
    assert_int_equal(notify("1001", "check-sync"), ERR_OK);
    assert_int_equal(f.n_sent, 1);
    assert_int_equal(f.sent[0].flow.serial, 77);
    m = fix_read(&f, 0);
    assert_true(m->request && sip_check(m, &at) == ERR_OK);
    assert_true(str_eq(m->method, STR("NOTIFY")));
    assert_true(str_eq(m->uri, STR("sip:1001@192.0.2.10:5060")));
    assert_true(str_eq(sip_value(m, SIP_EVENT), STR("check-sync")));
    answer(200, "");
    assert_true(fix_told(&f, "edge.notified state=ok key=check-sync status=200"));
    assert_int_equal(edge_deadline(f.e), f.now + 3600 * USEC_S);
}

static void test_events(void **state)
{
    static const char *const good[] = {"check-sync",  "resync", "reboot_now",
                                       "restart_now", "report", "prt-gen"};
    (void)state;
    on_tls();
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(notify("1001", good[i]), ERR_OK);
    }
    assert_int_equal(notify("1001", "XML-service Key:\"Services\""), ERR_OK);
    assert_true(str_find(f.sent[0].bytes, STR("URL=\"Key:&quot;Services&quot;\"")) != STR_NPOS);
    assert_int_equal(notify("1001", "explode"), ERR_USAGE);
    assert_int_equal(notify("1001", "check-sync\r\nX: y"), ERR_USAGE);
    assert_int_equal(notify("1001", "XML-service a\r\nX: y"), ERR_USAGE);
    assert_int_equal(notify("1002", "report"), ERR_MISSING);
    assert_int_equal(notify("9999", "report"), ERR_MISSING);
    assert_int_equal(f.n_sent, 0);
}

/* Correction 11: the phone's challenge is answered where its realm is ours, once. */
static void test_challenge(void **state)
{
    static const char ours[] = "WWW-Authenticate: Digest realm=\"example.com\", nonce=\"n\", "
                               "qop=\"auth\", algorithm=MD5\r\n";
    static const char other[] = "WWW-Authenticate: Digest realm=\"phone\", nonce=\"n\"\r\n";
    struct digest d;
    struct err_at at;
    char ha1[DIGEST_HEX];
    size_t len = 0;
    enum digest_verdict verdict = DIGEST_WRONG;
    (void)state;
    on_tls();
    assert_int_equal(notify("1001", "report"), ERR_OK);
    answer(401, ours);
    assert_int_equal(f.n_sent, 1);
    assert_int_equal(digest_read(fix_value(&f, SIP_AUTHORIZATION), &d, &at), ERR_OK);
    assert_int_equal(digest_ha1(&fix_crypto, DIGEST_MD5, STR("1001"), STR("example.com"),
                                STR("secret1"), ha1, &len),
                     ERR_OK);
    assert_int_equal(digest_verify(&fix_crypto, &d, str_of(ha1, len), STR("NOTIFY"),
                                   str_of(NULL, 0), NULL, &verdict),
                     ERR_OK);
    assert_int_equal(verdict, DIGEST_RIGHT);
    assert_true(str_eq(fix_value(&f, SIP_CSEQ), STR("2 NOTIFY")));
    answer(401, ours);
    assert_int_equal(f.n_sent, 0);
    assert_true(fix_told(&f, "edge.notified state=refused key=report status=401"));
    assert_int_equal(notify("1001", "report"), ERR_OK);
    answer(401, other);
    assert_int_equal(f.n_sent, 0);
    assert_true(fix_told(&f, "state=refused"));
}

/* RFC 3261 17.1.2: Timers E and F over UDP; over a connection only the latter. */
static void test_timers(void **state)
{
    static const unsigned at_ms[] = {500,   1500,  3500,  7500,  11500,
                                     15500, 19500, 23500, 27500, 31500};
    size_t n = 0;
    (void)state;
    assert_int_equal(fix_login(&f, &usual), 200);
    assert_int_equal(notify("1001", "resync"), ERR_OK);
    usec_t began = f.now;
    while (f.now - began < 40 * USEC_S && n < 11) {
        usec_t next = edge_deadline(f.e);
        fix_wait(&f, next - f.now);
        if (f.n_sent == 0 && f.n_told == 0) {
            continue; /* other things that end */
        }
        if (f.n_sent == 0) {
            break;
        }
        assert_int_equal(f.now - began, at_ms[n++] * USEC_MS);
    }
    assert_int_equal(n, 10);
    assert_int_equal(f.now - began, 32 * USEC_S);
    assert_true(fix_told(&f, "edge.notified state=silent key=resync user=1001"));
}

static void test_no_flow(void **state)
{
    (void)state;
    on_tls();
    assert_int_equal(notify("1001", "report"), ERR_OK);
    fix_forget(&f);
    edge_on_closed(f.e, &f.from.flow, f.now);
    fix_drain(&f);
    assert_true(fix_told(&f, "edge.notified state=no-flow"));
    assert_int_equal(notify("1001", "report"), ERR_OK);
    assert_int_equal(f.n_sent, 0);
    assert_true(fix_told(&f, "edge.notified state=no-flow"));
}

/* SUBSCRIBE for the mailbox: 200, and NOTIFY in its dialog. */
static void test_message_summary(void **state)
{
    const struct sip_msg *m;
    char tag[64];
    (void)state;
    on_tls();
    fix_say(&f, STR("SUBSCRIBE sip:1001@example.com SIP/2.0\r\n"
                    "Via: SIP/2.0/TLS 192.0.2.10;branch=z9hG4bKsub\r\n"
                    "From: <sip:1001@example.com>;tag=mine\r\nTo: <sip:1001@example.com>\r\n"
                    "Call-ID: sub1\r\nCSeq: 1 SUBSCRIBE\r\nEvent: message-summary;id=1\r\n"
                    "Contact: <sip:1001@192.0.2.10:5061>\r\nExpires: 600\r\n"
                    "Content-Length: 0\r\n\r\n"));
    assert_int_equal(f.n_sent, 2);
    m = fix_read(&f, 0);
    assert_int_equal(m->status, 200);
    assert_true(str_eq(sip_value(m, SIP_EXPIRES), STR("600")));
    struct str to = sip_value(m, SIP_TO);
    size_t at = str_find(to, STR(";tag="));
    assert_true(at != STR_NPOS);
    snprintf(tag, sizeof tag, "%.*s", STR_ARG(str_from(to, at)));
    m = fix_read(&f, 1);
    assert_true(m->request && str_eq(m->uri, STR("sip:1001@192.0.2.10:5061")));
    assert_true(str_ends(sip_value(m, SIP_FROM), str_z(tag)));
    assert_true(str_ends(sip_value(m, SIP_TO), STR(";tag=mine")));
    assert_true(str_eq(sip_value(m, SIP_SUBSCRIPTION_STATE), STR("active;expires=600")));
    assert_true(str_eq(m->body, STR("Messages-Waiting: no\r\n")));
}

/* -- From one phone to another */

static struct str invite(char *text, size_t cap, const char *from, const char *to,
                         const char *credentials)
{
    int n = snprintf(text, cap,
                     "INVITE sip:%s@example.com SIP/2.0\r\n"
                     "Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKi%u\r\n"
                     "From: <sip:%s@example.com>;tag=a\r\nTo: <sip:%s@example.com>\r\n"
                     "Call-ID: call1\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n"
                     "Contact: <sip:%s@192.0.2.10:5060>\r\n%sContent-Length: 0\r\n\r\n",
                     to, ++f.branch, from, to, from, credentials);
    return str_of(text, (size_t)n);
}

/* Whoever calls is proven: by the flow of a binding, or by a digest; and nobody else's name will do. */
static void test_invite_needs_proof(void **state)
{
    char text[4096];
    char credentials[1024];
    struct fix_register as = {.uri = "sip:1002@example.com"};
    (void)state;
    fix_say(&f, invite(text, sizeof text, "1001", "1002", ""));
    assert_int_equal(fix_status(&f), 407);
    assert_true(fix_answer(&f, &as, "INVITE", 1, credentials, sizeof credentials));
    fix_say(&f, invite(text, sizeof text, "1002", "1002", credentials));
    assert_int_equal(fix_status(&f), 407);
    fix_say(&f, invite(text, sizeof text, "1001", "1002", credentials));
    assert_int_equal(f.n_found, 1);
    assert_true(str_eq(f.found, STR("1002")));
    /* While it waits for its targets, it is not asked for again. */
    fix_say(&f, str_z(text));
    assert_int_equal(f.n_found + f.n_sent, 0);
    fix_forget(&f);
    edge_on_found(f.e, f.ticket, NULL, 0, f.now);
    fix_drain(&f);
    assert_int_equal(fix_status(&f), 480);
    assert_int_equal(fix_login(&f, &usual), 200);
    fix_say(&f, invite(text, sizeof text, "1001", "1002", ""));
    assert_int_equal(f.n_found, 1);
    fix_say(&f, invite(text, sizeof text, "1002", "1001", ""));
    assert_int_equal(fix_status(&f), 407);
    fix_wait(&f, 6 * USEC_S);
    assert_int_equal(fix_status(&f), 480);
}

/* It goes to the flow of the binding, and the caller hears of it. */
static void test_invite_goes_on(void **state)
{
    char text[4096];
    struct arena arena;
    struct edge_target target[4];
    (void)state;
    arena_init(&arena, 0);
    assert_int_equal(fix_login(&f, &usual), 200);
    f.from.flow.peer.port = 5070;
    assert_int_equal(
        fix_login(&f,
                  &(struct fix_register){.user = "1002", .password = "secret2", .call_id = "d"}),
        200);
    f.from.flow.peer.port = 5060;
    fix_say(&f, invite(text, sizeof text, "1001", "1002", ""));
    assert_int_equal(f.n_found, 1);
    size_t n = edge_contacts(f.e, f.found, &arena, target, 4);
    assert_int_equal(n, 1);
    fix_forget(&f);
    edge_on_found(f.e, f.ticket, target, n, f.now);
    fix_drain(&f);
    assert_int_equal(f.n_sent, 2);
    assert_true(fix_told(&f, "edge.call state=started method=INVITE user=1001 other=1002"));
    bool trying = false;
    bool forwarded = false;
    for (size_t i = 0; i < 2; i++) {
        const struct sip_msg *m = fix_read(&f, i);
        assert_non_null(m);
        trying |= m->status == 100 && f.sent[i].flow.peer.port == 5060;
        forwarded |= m->request && f.sent[i].flow.peer.port == 5070;
    }
    assert_true(trying && forwarded);
    arena_clear(&arena);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_edge, close_edge)
    const struct CMUnitTest tests[] = {
        TEST(test_over_the_flow),
        TEST(test_events),
        TEST(test_challenge),
        TEST(test_timers),
        TEST(test_no_flow),
        TEST(test_message_summary),
        TEST(test_invite_needs_proof),
        TEST(test_invite_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
