/* The messages of a line: their shape, digests in both directions, requests answered, a stream however it is cut. */
#include "flow/agent/agent_fixture.h"

#include <setjmp.h>

#include <cmocka.h>

/* Whether the last message sent has that in it. */
static void has(const struct fix *f, const char *text)
{
    if (!strstr(f->last, text)) {
        fail_msg("no %s in:\n%s", text, f->last);
    }
}

static void begins(const struct fix *f, const char *text)
{
    if (strncmp(f->last, text, strlen(text)) != 0) {
        fail_msg("not %s:\n%s", text, f->last);
    }
}

static void registered(struct fix *f, enum select_transport transport)
{
    fix_init(f);
    f->cfg.servers.transport = transport;
    fix_start(f);
    fix_run(f, 1);
    assert_int_equal(f->a.state, AGENT_REGISTERED);
}

/* -- shapes */

/* "%x" becomes '#', runs of digits '9': what differs from phone to phone. */
static void shape(const char *text, const char *const *lines, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *end = strstr(text, "\r\n");
        const char *p = text;
        assert_non_null(end);
        for (const char *s = lines[i]; *s; s++) {
            if (*s == '#') {
                assert_true(p < end && ascii_hex(*p) >= 0);
                while (p < end && ascii_hex(*p) >= 0) {
                    p++;
                }
            } else if (p == end || *p++ != *s) {
                fail_msg("%s is not %.*s", lines[i], (int)(end - text), text);
            }
        }
        assert_ptr_equal(p, end);
        text = end + 2;
    }
    assert_string_equal(text, "");
}

#define UUID "-41a1-8d75-28d7b638ffe8"
#define AGENT "Cisco-CP-8865-3PCC/12.0.2_00005e005301_47cff26a-4713" UUID "_00005e00-5301" UUID

static const char *const first[] = {
    "REGISTER sip:example.com SIP/2.0",
    "Via: SIP/2.0/TLS 192.0.2.6:5060;branch=z9hG4bK-#",
    "From: <sip:1001@example.com>;tag=#o0",
    "To: <sip:1001@example.com>",
    "Call-ID: #-#@192.0.2.6",
    "CSeq: # REGISTER",
    "Max-Forwards: 70",
    "Contact: <sip:1001@192.0.2.6:5060;transport=tls>;expires=3600",
    "User-Agent: " AGENT,
    "Peripheral-Data: none",
    "Session-ID: #;remote=00000000000000000000000000000000",
    "Content-Length: 0",
    "Allow: ACK, BYE, CANCEL, INFO, INVITE, NOTIFY, OPTIONS, REFER, UPDATE",
    "Allow-Events: hold,talk,conference",
    "Supported: replaces, sec-agree, record-aware",
    "Accept-Language: en",
    "",
};

static void the_first_register(void **state)
{
    struct fix f;
    (void)state;
    fix_init(&f);
    f.cfg.servers.transport = SELECT_TLS;
    f.script = "-";
    fix_start(&f);
    fix_run(&f, 0.1);
    shape(f.last, first, sizeof first / sizeof *first);
    assert_non_null(strstr(f.last, "00105000a00000005e005301;remote="));
    fix_clear(&f);
}

static void the_second_register(void **state)
{
    struct fix f;
    const char *lines[sizeof first / sizeof *first + 1];
    (void)state;
    fix_init(&f);
    f.cfg.servers.transport = SELECT_TLS;
    f.script = "401 -";
    fix_start(&f);
    uint32_t cseq = f.a.cseq;
    fix_run(&f, 0.1);
    for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
        lines[i < 7 ? i : i + 1] = first[i];
    }
    lines[7] =
        "Authorization: Digest username=\"1001\",realm=\"BroadWorks\",nonce=\"BroadWorksX1\","
        "uri=\"sip:example.com\",algorithm=MD5,response=\"#\",qop=auth,nc=00000001,"
        "cnonce=\"#\"";
    shape(f.last, lines, sizeof lines / sizeof *lines);
    assert_int_equal(f.a.cseq, cseq + 2);
    fix_clear(&f);
}

/* What is sent again is the same, byte for byte (RFC 3261 17.1.2.2). */
static void sent_again(void **state)
{
    struct fix f;
    char before[FIX_TEXT];
    (void)state;
    fix_init(&f);
    f.script = "401 -";
    fix_start(&f);
    fix_run(&f, 0.1);
    memcpy(before, f.last, sizeof before);
    unsigned sent = f.sent;
    fix_run(&f, 0.6);
    assert_int_equal(f.sent, sent + 1);
    assert_string_equal(f.last, before);
    fix_clear(&f);
}

/* The server's half of Session-ID is the remote one from then on. */
static void session_id(void **state)
{
    struct fix f;
    (void)state;
    fix_init(&f);
    f.script = "-";
    fix_start(&f);
    fix_run(&f, 0.1);
    char text[FIX_TEXT];
    const char *via = strstr(f.last, "Via:"), *call = strstr(f.last, "Call-ID:");
    snprintf(text, sizeof text,
             "SIP/2.0 401 Unauthorized\r\n%.*s\r\nFrom: <sip:1001@example.com>;tag=1\r\nTo: "
             "<sip:1001@example.com>;tag=2\r\n%.*s\r\nCSeq:%u "
             "REGISTER\r\nSession-ID:d1b7e5b700804ca4a817949623258793;remote=0\r\nWWW-Authenticate:"
             "%s\r\n"
             "Content-Length:0\r\n\r\n",
             (int)strcspn(via, "\r"), via, (int)strcspn(call, "\r"), call, f.a.cseq, f.challenge);
    fix_bytes(&f, text);
    has(&f, ";remote=d1b7e5b700804ca4a817949623258793\r\n");
    has(&f, "Authorization: Digest ");
    fix_clear(&f);
}

static void odd_users(void **state)
{
    struct fix f;
    (void)state;
    fix_init(&f);
    f.line.user = STR("a b@c\"");
    f.line.display = STR("Front \"desk\"");
    fix_start(&f);
    fix_run(&f, 1);
    has(&f, "From: \"Front \\\"desk\\\"\" <sip:a%20b%40c%22@example.com>;tag=");
    assert_int_equal(f.a.state, AGENT_WAITING); /* no digest with such a name */
    fix_clear(&f);
}

/* -- challenges */

static void challenges(void **state)
{
    static const struct {
        const char *challenge;
        bool rfc8760;
        const char *has; /* NULL: it is not answered */
    } rows[] = {
        {"Digest realm=\"r\",nonce=\"n\"", false, "algorithm=MD5,response="},
        {"Digest realm=\"r\", nonce=\"n\", algorithm=MD5-sess, qop=\"auth\"", false, "MD5-sess"},
        {"Digest realm=\"r\", nonce=\"n\", opaque=\"o\", qop=\"auth,auth-int\"", false,
         ",opaque=\"o\",qop=auth,"},
        {"Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"", false, NULL},
        {"Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"", true, "SHA-256"},
        {"Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256-sess, qop=\"auth\"", true,
         "SHA-256-sess"},
        {"Digest realm=\"r\", nonce=\"n\", algorithm=SHA-512-256", true, "SHA-512-256"},
        {"Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"\r\nWWW-Authenticate: "
         "Digest "
         "realm=\"r\", nonce=\"m\", algorithm=MD5, qop=\"auth\"",
         false, "nonce=\"m\""},
        {"Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"\r\nWWW-Authenticate: "
         "Digest "
         "realm=\"r\", nonce=\"m\", algorithm=MD5, qop=\"auth\"",
         true, "nonce=\"n\""},
        {"Digest realm=\"r\", nonce=\"n\", algorithm=X, Digest realm=\"q\", nonce=\"m\"", false,
         "realm=\"q\""},
        {"Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"", false, NULL},
        {"Basic realm=\"r\"", false, NULL},
        {"Digest realm=\"r\", nonce=\"\"", false, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fix f;
        fix_init(&f);
        f.challenge = rows[i].challenge;
        f.cfg.rfc8760 = rows[i].rfc8760;
        fix_start(&f);
        fix_run(&f, 1);
        if (rows[i].has) {
            has(&f, rows[i].has);
        }
        assert_int_equal(f.a.state, rows[i].has ? AGENT_REGISTERED : AGENT_WAITING);
        fix_clear(&f);
    }
}

/* -- requests */

static void request(struct fix *f, const char *method, const char *branch, const char *more,
                    const char *body)
{
    char text[4096];
    snprintf(text, sizeof text,
             "%s sip:1001@192.0.2.6:5060 SIP/2.0\r\nVia: SIP/2.0/UDP "
             "192.0.2.97:5060;branch=z9hG4bK%s\r\n"
             "From: <sip:2002@example.com>;tag=f1\r\nTo: <sip:1001@example.com>\r\nCall-ID: "
             "c1\r\nCSeq: 5 "
             "%s\r\nMax-Forwards: 70\r\n%sContent-Length: %zu\r\n\r\n%s",
             method, branch, method, more, strlen(body), body);
    fix_bytes(f, text);
}

static void plain_requests(void **state)
{
    static const struct {
        const char *method, *more, *begins, *has;
    } rows[] = {
        {"OPTIONS", "", "SIP/2.0 200 OK\r\n", "\r\nAllow: ACK, BYE,"},
        {"SUBSCRIBE", "Event: dialog\r\n", "SIP/2.0 489 ", "\r\nAllow-Events: hold,"},
        {"NOTIFY", "Event: message-summary\r\n", "SIP/2.0 200 ", ""},
        {"NOTIFY", "Event: unheard\r\n", "SIP/2.0 489 ", ""},
        {"NOTIFY", "", "SIP/2.0 489 ", ""},
        {"NOTIFY", "Event: check-sync\r\n", "SIP/2.0 401 ",
         "\r\nWWW-Authenticate: Digest realm=\"example.com\",nonce="},
        {"REFER", "Refer-To: <sip:a@b>\r\n", "SIP/2.0 603 ", ""},
        {"PUBLISH", "", "SIP/2.0 405 ", "\r\nAllow: "},
        {"OPTIONS", "Require: precondition\r\n", "SIP/2.0 420 ",
         "\r\nUnsupported: precondition\r\n"},
        {"BYE", "", "SIP/2.0 481 ", ""},
        {"CANCEL", "", "SIP/2.0 481 ", ""},
        {"INVITE", "Content-Type: text/plain\r\n", "SIP/2.0 4", ""},
    };
    struct fix f;
    (void)state;
    registered(&f, SELECT_UDP);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char branch[16];
        snprintf(branch, sizeof branch, "b%zu", i);
        unsigned sent = f.sent;
        request(&f, rows[i].method, branch, rows[i].more, "x");
        assert_true(f.sent > sent);
        begins(&f, rows[i].begins);
        has(&f, rows[i].has);
        has(&f, "\r\nTo: <sip:1001@example.com>;tag=");
    }
    assert_int_equal(f.notified, 0);
    fix_bytes(
        &f, "OPTIONS sip:1009@192.0.2.6 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.97;branch=z9hG4bKq\r\n"
            "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n");
    begins(&f, "SIP/2.0 404 ");
    unsigned sent = f.sent;
    request(&f, "ACK", "z", "", "");
    fix_bytes(&f, "nonsense");
    fix_bytes(&f, "OPTIONS sip:a@b SIP/2.0\r\n\r\n");
    assert_int_equal(f.sent, sent);
    fix_clear(&f);
}

/* Answers the 401 of the phone as its server would. */
static void prove(struct fix *f, const char *password, char more[1024])
{
    struct digest d;
    struct err_at at;
    char ha1[DIGEST_HEX];
    size_t len = 0;
    struct buf b = {.limit = 1000};
    struct sink s = buf_sink(&b);
    assert_int_equal(sip_read(str_of(f->last, f->last_len), &f->msg, &at), ERR_OK);
    assert_int_equal(digest_read(sip_value(&f->msg, SIP_WWW_AUTHENTICATE), &d, &at), ERR_OK);
    assert_int_equal(
        digest_ha1(&fix_crypto, DIGEST_MD5, STR("1001"), d.realm, str_z(password), ha1, &len),
        ERR_OK);
    struct digest_answer with = {.username = STR("1001"),
                                 .ha1 = str_of(ha1, len),
                                 .method = STR("NOTIFY"),
                                 .uri = STR("sip:1001@192.0.2.6:5060"),
                                 .cnonce = STR("0a4f113b"),
                                 .count = 1};
    assert_int_equal(digest_answer_write(&fix_crypto, &d, &with, &s), ERR_OK);
    snprintf(more, 1024, "Event: check-sync;reboot=false\r\nAuthorization: %.*s\r\n", (int)b.len,
             b.p);
    buf_clear(&b);
}

static void notified(void **state)
{
    struct fix f;
    char more[1024];
    (void)state;
    registered(&f, SELECT_UDP);
    request(&f, "NOTIFY", "1", "Event: check-sync\r\n", "");
    prove(&f, "wrong", more);
    request(&f, "NOTIFY", "2", more, "");
    begins(&f, "SIP/2.0 401 ");
    prove(&f, "secret", more);
    request(&f, "NOTIFY", "3", more, "");
    begins(&f, "SIP/2.0 200 ");
    request(&f, "NOTIFY", "3", more, ""); /* sent again: answered, not done twice */
    begins(&f, "SIP/2.0 200 ");
    assert_int_equal(f.notified, 1);
    assert_string_equal(f.event, "check-sync;reboot=false");
    fix_run(&f, 70); /* the nonce is too old now */
    request(&f, "NOTIFY", "4", more, "");
    begins(&f, "SIP/2.0 401 ");
    fix_clear(&f);
}

static void notified_without_proof(void **state)
{
    struct fix f;
    (void)state;
    fix_init(&f);
    f.cfg.auth_notify = false;
    fix_start(&f);
    fix_run(&f, 1);
    request(&f, "NOTIFY", "1", "Event: resync;profile=http://192.0.2.1/x\r\n", "body");
    begins(&f, "SIP/2.0 200 ");
    assert_string_equal(f.event, "resync;profile=http://192.0.2.1/x");
    fix_clear(&f);
}

/* -- streams */

static void cut_anywhere(void **state)
{
    static const char two[] =
        "\r\nOPTIONS sip:1001@192.0.2.6 SIP/2.0\r\nVia: SIP/2.0/TCP "
        "192.0.2.97;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n"
        "Call-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 3\r\n\r\nabc"
        "OPTIONS sip:1001@192.0.2.6 SIP/2.0\r\nVia: SIP/2.0/TCP "
        "192.0.2.97;branch=z9hG4bK2\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n"
        "Call-ID: 1\r\nCSeq: 2 OPTIONS\r\nContent-Length: 0\r\n\r\n";
    (void)state;
    for (size_t cut = 0; cut < sizeof two; cut += 7) {
        struct fix f;
        registered(&f, SELECT_TCP);
        unsigned sent = f.sent;
        agent_on_bytes(&f.a, str_of(two, cut), f.now);
        fix_drain(&f);
        agent_on_bytes(&f.a, str_of(two + cut, sizeof two - 1 - cut), f.now);
        fix_drain(&f);
        assert_int_equal(f.sent, sent + 2);
        assert_null(f.a.stream);
        fix_clear(&f);
    }
    struct fix f;
    registered(&f, SELECT_TCP);
    for (size_t i = 0; i < sizeof two - 1; i++) {
        agent_on_bytes(&f.a, str_of(two + i, 1), f.now);
        fix_drain(&f);
    }
    has(&f, "CSeq: 2 OPTIONS");
    fix_bytes(&f, "\r\n\r\n"); /* a ping gets its pong */
    assert_string_equal(f.last, "\r\n");
    fix_bytes(&f, "GET / HTTP/1.1\r\n\r\n");
    assert_int_equal(f.closes, 1);
    assert_int_equal(f.a.state, AGENT_WAITING);
    fix_clear(&f);
}

/* -- leaving and being kept alive */

static void leaves(void **state)
{
    struct fix f;
    (void)state;
    registered(&f, SELECT_UDP);
    f.script = "A:0";
    f.used = 0;
    agent_leave(&f.a, f.now);
    fix_run(&f, 20);
    assert_string_equal(f.trace, "1>a=0 1>a+=0 1[S200]");
    assert_int_equal(agent_deadline(&f.a), USEC_NONE);
    f.script = "A";
    agent_start(&f.a, f.now);
    fix_run(&f, 21);
    assert_int_equal(f.a.state, AGENT_REGISTERED);
    fix_clear(&f);
}

static void leaves_before_it_came(void **state)
{
    struct fix f;
    (void)state;
    fix_init(&f);
    f.script = "-";
    fix_start(&f);
    fix_run(&f, 1);
    agent_leave(&f.a, f.now);
    fix_run(&f, 50);
    assert_int_equal(f.a.state, AGENT_STOPPED);
    fix_clear(&f);
}

static void kept_alive(void **state)
{
    struct fix f;
    (void)state;
    fix_init(&f);
    f.cfg.alive = 15;
    f.cfg.alive_with = AGENT_ALIVE_NOTIFY;
    fix_start(&f);
    fix_run(&f, 16);
    begins(&f, "NOTIFY sip:example.com SIP/2.0\r\n");
    has(&f, "\r\nEvent: keep-alive\r\n");
    unsigned sent = f.sent;
    fix_run(&f, 61);
    assert_int_equal(f.sent, sent + 3);
    f.cfg.alive_with = AGENT_ALIVE_BLANK;
    fix_run(&f, 76);
    assert_string_equal(f.last, "\r\n\r\n");
    f.cfg.alive_with = AGENT_ALIVE_REGISTER;
    fix_run(&f, 91);
    begins(&f, "REGISTER ");
    fix_clear(&f);
}

static void only_there(void **state)
{
    struct fix f;
    (void)state;
    fix_init(&f);
    f.cfg.registers = false;
    fix_start(&f);
    fix_run(&f, 100);
    assert_int_equal(f.sent, 0);
    assert_int_equal(f.a.state, AGENT_IDLE);
    fix_clear(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_register),
        cmocka_unit_test(the_second_register),
        cmocka_unit_test(sent_again),
        cmocka_unit_test(session_id),
        cmocka_unit_test(odd_users),
        cmocka_unit_test(challenges),
        cmocka_unit_test(plain_requests),
        cmocka_unit_test(notified),
        cmocka_unit_test(notified_without_proof),
        cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(leaves),
        cmocka_unit_test(leaves_before_it_came),
        cmocka_unit_test(kept_alive),
        cmocka_unit_test(only_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
