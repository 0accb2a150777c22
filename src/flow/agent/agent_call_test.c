/* A call to a line: rung, answered, held, ended by either side; and all the ways it does not come to be. */
#include "flow/agent/agent_fixture.h"

#include <setjmp.h>

#include <cmocka.h>

#define OFFER                                                                                      \
    "v=0\r\no=- 1 1 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\nm=audio 4000 " \
    "RTP/AVP 18 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n"

static const struct endpoint media = {{4, {192, 0, 2, 6}}, 16384};

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

static void say(struct fix *f, const char *method, unsigned cseq, const char *to_tag,
                const char *call_id, const char *body)
{
    char text[4096];
    snprintf(text, sizeof text,
             "%s sip:1001@192.0.2.6:5060 SIP/2.0\r\nVia: SIP/2.0/UDP "
             "192.0.2.97:5060;branch=z9hG4bKc%u%s\r\n"
             "Record-Route: <sip:192.0.2.97;lr>\r\nFrom: <sip:2002@example.com>;tag=f1\r\nTo: "
             "<sip:1001@example.com>%s%s\r\nCall-ID: %s\r\nCSeq: %u %s\r\nContact: "
             "<sip:2002@198.51.100.7:5060>\r\nMax-Forwards: 70\r\nContent-Type: "
             "application/sdp\r\nContent-Length: %zu\r\n\r\n%s",
             method, cseq, method, *to_tag ? ";tag=" : "", to_tag, call_id, cseq, method,
             strlen(body), body);
    fix_bytes(f, text);
}

static void up(struct fix *f)
{
    fix_init(f);
    f->script = "200:3600";
    fix_start(f);
    fix_run(f, 1);
    assert_int_equal(f->a.state, AGENT_REGISTERED);
}

static void tag_of(const struct fix *f, char tag[40])
{
    const char *at = strstr(f->last, "\r\nTo: ");
    assert_non_null(at);
    at = strstr(at, ";tag=");
    assert_non_null(at);
    snprintf(tag, 40, "%.*s", (int)strcspn(at + 5, "\r"), at + 5);
}

static void rings_and_talks(struct fix *f, char tag[40])
{
    up(f);
    say(f, "INVITE", 1, "", "c1", OFFER);
    begins(f, "SIP/2.0 180 ");
    assert_int_equal(f->call, AGENT_RINGING);
    agent_answer(&f->a, media, f->now);
    fix_drain(f);
    begins(f, "SIP/2.0 200 OK\r\n");
    tag_of(f, tag);
    say(f, "ACK", 1, tag, "c1", "");
    assert_int_equal(f->call, AGENT_TALKING);
    assert_int_equal(f->media.port, 4000);
}

static void the_usual_call(void **state)
{
    struct fix f;
    char tag[40];
    (void)state;
    rings_and_talks(&f, tag);
    has(&f, "\r\nm=audio 16384 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n");
    has(&f, "\r\nRecord-Route: <sip:192.0.2.97;lr>\r\n");
    has(&f, "\r\nContact: <sip:1001@192.0.2.6:5060>\r\n");
    struct str number = STR(""), name = STR("x");
    assert_true(agent_caller(&f.a, &number, &name));
    assert_true(str_eq(number, STR("2002")) && name.len == 0);
    unsigned sent = f.sent;
    fix_run(&f, 60);
    assert_int_equal(f.sent, sent);
    say(&f, "BYE", 2, tag, "c1", "");
    begins(&f, "SIP/2.0 200 ");
    assert_int_equal(f.call, AGENT_ENDED);
    assert_null(f.a.calling);
    assert_false(agent_caller(&f.a, &number, &name));
    fix_clear(&f);
}

static void hangs_up(void **state)
{
    struct fix f;
    char tag[40];
    (void)state;
    rings_and_talks(&f, tag);
    agent_hang_up(&f.a, f.now);
    fix_drain(&f);
    begins(&f, "BYE sip:2002@198.51.100.7:5060 SIP/2.0\r\n");
    has(&f, "\r\nRoute: <sip:192.0.2.97;lr>\r\nFrom: <sip:1001@example.com>;tag=");
    has(&f, "\r\nTo: <sip:2002@example.com>;tag=f1\r\nCall-ID: c1\r\n");
    assert_int_equal(f.call, AGENT_ENDED);
    char before[FIX_TEXT], text[1024];
    memcpy(before, f.last, sizeof before);
    fix_run(&f, 1.6); /* sent again, the same */
    assert_string_equal(f.last, before);
    const char *via = strstr(f.last, "Via:"), *cseq = strstr(f.last, "CSeq:");
    snprintf(text, sizeof text,
             "SIP/2.0 200 OK\r\n%.*s\r\nCall-ID: c1\r\n%.*s\r\nContent-Length: 0\r\n\r\n",
             (int)strcspn(via, "\r"), via, (int)strcspn(cseq, "\r"), cseq);
    fix_bytes(&f, text);
    assert_null(f.a.calling);
    fix_clear(&f);
}

static void nobody_answers_the_bye(void **state)
{
    struct fix f;
    char tag[40];
    (void)state;
    rings_and_talks(&f, tag);
    agent_hang_up(&f.a, f.now);
    fix_run(&f, 20);
    assert_null(f.a.calling);
    fix_clear(&f);
}

/* 200 is sent until its ACK comes; without one the call ends (RFC 3261 13.3.1.4). */
static void no_ack(void **state)
{
    struct fix f;
    (void)state;
    up(&f);
    say(&f, "INVITE", 1, "", "c1", OFFER);
    agent_answer(&f.a, media, f.now);
    fix_drain(&f);
    unsigned sent = f.sent;
    fix_run(&f, 8);
    assert_int_equal(f.sent, sent + 3); /* after 0.5, 1.5 and 3.5 s; the next after 7.5 s */
    begins(&f, "SIP/2.0 200 ");
    fix_run(&f, 33.5);
    begins(&f, "BYE ");
    assert_int_equal(f.call, AGENT_ENDED);
    fix_clear(&f);
}

static void cancelled(void **state)
{
    struct fix f;
    (void)state;
    up(&f);
    say(&f, "INVITE", 1, "", "c1", OFFER);
    say(&f, "INVITE", 1, "", "c1", OFFER); /* sent again */
    begins(&f, "SIP/2.0 180 ");
    assert_int_equal(f.calls, 1);
    say(&f, "CANCEL", 1, "", "c1", "");
    begins(&f, "SIP/2.0 487 ");
    assert_int_equal(f.call, AGENT_ENDED);
    unsigned sent = f.sent;
    fix_run(&f, 1.6);
    assert_int_equal(f.sent, sent + 1);
    say(&f, "ACK", 1, "", "c1", "");
    assert_null(f.a.calling);
    fix_clear(&f);
}

static void refused(void **state)
{
    struct fix f;
    (void)state;
    up(&f);
    say(&f, "INVITE", 1, "", "c1", OFFER);
    say(&f, "INVITE", 1, "", "c2", OFFER); /* another one meanwhile */
    begins(&f, "SIP/2.0 486 ");
    agent_refuse(&f.a, 603, f.now);
    fix_drain(&f);
    begins(&f, "SIP/2.0 603 ");
    say(&f, "INVITE", 1, "", "c3", OFFER); /* the refused one is no hindrance */
    begins(&f, "SIP/2.0 180 ");
    fix_run(&f, 300); /* rings out */
    assert_int_equal(f.call, AGENT_ENDED);
    assert_null(f.a.calling);
    fix_clear(&f);
}

static void held(void **state)
{
    struct fix f;
    char tag[40];
    (void)state;
    rings_and_talks(&f, tag);
    say(&f, "INVITE", 2, tag, "c1",
        "v=0\r\nc=IN IP4 198.51.100.7\r\nm=audio 4000 RTP/AVP 0\r\na=sendonly\r\n");
    begins(&f, "SIP/2.0 200 ");
    has(&f, "\r\na=recvonly\r\n");
    assert_int_equal(f.call, AGENT_HELD);
    say(&f, "ACK", 2, tag, "c1", "");
    say(&f, "INVITE", 3, tag, "c1", "v=0\r\nc=IN IP4 198.51.100.8\r\nm=audio 4002 RTP/AVP 0\r\n");
    assert_int_equal(f.call, AGENT_TALKING);
    assert_int_equal(f.media.port, 4002);
    say(&f, "INFO", 4, tag, "c1", "");
    begins(&f, "SIP/2.0 200 ");
    say(&f, "BYE", 5, "", "c9", "");
    begins(&f, "SIP/2.0 481 ");
    fix_clear(&f);
}

static void offers(void **state)
{
    static const struct {
        const char *body, *begins, *has;
    } rows[] = {
        {"v=0\r\nc=IN IP4 192.0.2.9\r\nm=audio 4000 RTP/AVP 18\r\n", "SIP/2.0 488 ", ""},
        {"v=0\r\nc=IN IP4 192.0.2.9\r\nm=audio 4000 RTP/SAVP 0\r\n", "SIP/2.0 488 ", ""},
        {"v=0\r\nc=IN IP4 192.0.2.9\r\nm=audio 0 RTP/AVP 0\r\n", "SIP/2.0 488 ", ""},
        {"nonsense", "SIP/2.0 400 ", ""},
        {"v=0\r\nc=IN IP4 192.0.2.9\r\nm=video 5 RTP/AVP 96\r\nm=audio 4000 RTP/AVP 9\r\n",
         "SIP/2.0 200 ", "\r\nm=audio 0 RTP/AVP 0\r\nm=audio 16384 RTP/AVP 9\r\n"},
        {"", "SIP/2.0 200 ", "\r\nm=audio 16384 RTP/AVP 0 101\r\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fix f;
        up(&f);
        say(&f, "INVITE", 1, "", "c1", rows[i].body);
        agent_answer(&f.a, media, f.now);
        fix_drain(&f);
        begins(&f, rows[i].begins);
        has(&f, rows[i].has);
        fix_clear(&f);
    }
}

/* Without an offer in the INVITE, the ACK says where they hear. */
static void offer_later(void **state)
{
    struct fix f;
    char tag[40];
    (void)state;
    up(&f);
    say(&f, "INVITE", 1, "", "c1", "");
    agent_answer(&f.a, media, f.now);
    fix_drain(&f);
    tag_of(&f, tag);
    say(&f, "ACK", 1, tag, "c1", OFFER);
    assert_int_equal(f.call, AGENT_TALKING);
    assert_int_equal(f.media.port, 4000);
    fix_clear(&f);
}

/* During a call it registers on, but goes back to no other server. */
static void no_way_back_meanwhile(void **state)
{
    struct fix f;
    char tag[40];
    (void)state;
    fix_init(&f);
    f.cfg.servers.servers = STR("192.0.2.97:p=1|192.0.2.98:p=2");
    f.cfg.servers.transport = SELECT_TCP;
    f.cfg.servers.fallback = 60;
    f.script = "x 200:120";
    fix_start(&f);
    fix_run(&f, 1);
    say(&f, "INVITE", 1, "", "c1", OFFER);
    agent_answer(&f.a, media, f.now);
    fix_drain(&f);
    tag_of(&f, tag);
    say(&f, "ACK", 1, tag, "c1", "");
    fix_run(&f, 100);
    assert_string_equal(f.trace, "0>a 0>b 0[R120] 81.12>b 81.12[R120]");
    say(&f, "BYE", 2, tag, "c1", "");
    fix_run(&f, 101);
    assert_non_null(strstr(f.trace, "100>a 100[R120]"));
    fix_clear(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_usual_call),
        cmocka_unit_test(hangs_up),
        cmocka_unit_test(nobody_answers_the_bye),
        cmocka_unit_test(no_ack),
        cmocka_unit_test(cancelled),
        cmocka_unit_test(refused),
        cmocka_unit_test(held),
        cmocka_unit_test(offers),
        cmocka_unit_test(offer_later),
        cmocka_unit_test(no_way_back_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
