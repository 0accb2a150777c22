/* The two looks: headers as BroadWorks spells them, clocks that can be read from outside, Session-ID (RFC 7989), shards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "flow/edge/edge_fixture.h"
#include "proto/sip/sip_addr.h"
#include "proto/sip/sip_epoch.h"
#include "proto/sip/sip_identity.h"

static struct fix f;

static void open_look(enum edge_look look)
{
    struct edge_cfg cfg;
    fix_cfg(&cfg);
    cfg.look = look;
    fix_open(&f, &cfg);
    f.from.flow.transport = TRANSPORT_TLS;
    f.from.flow.serial = 1;
}

static int close_edge(void **state)
{
    (void)state;
    fix_close(&f);
    return 0;
}

static bool has(const char *line)
{
    return str_find(f.sent[0].bytes, str_z(line)) != STR_NPOS;
}

static usec_t to_tag_time(void)
{
    struct sip_addr to;
    struct err_at at;
    usec_t time = 0;
    assert_int_equal(sip_addr_read(fix_value(&f, SIP_TO), SIP_STRICT, &to, &at), ERR_OK);
    assert_true(sip_epoch_tag(to.tag, &time));
    return time;
}

/* The seed's two answers, field by field. */
static void test_broadworks(void **state)
{
    struct fix_register r = {.contact = "Contact: <sip:1001@192.0.2.10:5060>;expires=3600\r\n",
                             .fields = "Session-ID: 0123456789abcdef0123456789abcdef;"
                                       "remote=00000000000000000000000000000000\r\n"};
    struct digest d;
    struct err_at at;
    usec_t time = 0;
    (void)state;
    open_look(EDGE_BROADWORKS);
    f.now += 123 * USEC_MS;
    assert_int_equal(fix_ask(&f, &r), 401);
    assert_true(has("\r\nVia:SIP/2.0/TLS 192.0.2.10:5060;branch=z9hG4bK1\r\n"));
    assert_true(has("\r\nFrom:<sip:1001@example.com>;tag=f1\r\n"));
    assert_true(has("\r\nWWW-Authenticate:DIGEST realm=\"example.com\",qop=\"auth\","
                    "nonce=\"BroadWorksX"));
    assert_true(has("BW\",algorithm=MD5\r\n"));
    assert_true(has(";remote=0123456789abcdef0123456789abcdef\r\n"));
    assert_true(has("\r\nContent-Length:0\r\n\r\n"));
    assert_int_equal(to_tag_time(), f.now);
    assert_int_equal(digest_read(fix_value(&f, SIP_WWW_AUTHENTICATE), &d, &at), ERR_OK);
    assert_true(sip_epoch_nonce(d.nonce, &time));
    assert_int_equal(time, f.now);
    assert_int_equal(fix_fields(&f, SIP_CONTACT), 0);
    assert_int_equal(fix_login(&f, &r), 200);
    assert_true(has("\r\nContact:<sip:1001@192.0.2.10:5060>;q=0.5;expires=120\r\n"));
    assert_true(has("\r\nAllow-Events:call-info,line-seize,dialog,message-summary,"
                    "as-feature-event,x-broadworks-hoteling,x-broadworks-call-center-status,"
                    "conference\r\n"));
    assert_int_equal(to_tag_time(), f.now);
    /* The binding there is stands in the next 401, for its own phone. */
    r.cseq = 10;
    fix_wait(&f, 20 * USEC_S);
    assert_int_equal(fix_ask(&f, &r), 401);
    assert_true(has("\r\nContact:<sip:1001@192.0.2.10:5060>;expires=100\r\n"));
    f.from.flow.serial = 2;
    assert_int_equal(fix_ask(&f, &r), 401);
    assert_int_equal(fix_fields(&f, SIP_CONTACT), 0);
}

/* Row 20: ours is first and the same over 401 and 200 of one Call-ID; theirs is remote. */
static void test_session_id(void **state)
{
    char text[65];
    struct fix_register r = {.fields = "Session-ID: 0123456789abcdef0123456789abcdef\r\n"};
    struct sip_session s;
    (void)state;
    open_look(EDGE_STANDARD);
    assert_int_equal(fix_ask(&f, &r), 401);
    assert_true(sip_session_read(fix_value(&f, SIP_SESSION_ID), &s));
    assert_true(str_eq(s.remote, STR("0123456789abcdef0123456789abcdef")));
    snprintf(text, sizeof text, "%.*s", STR_ARG(s.local));
    assert_int_equal(fix_login(&f, &r), 200);
    assert_true(sip_session_read(fix_value(&f, SIP_SESSION_ID), &s));
    assert_true(str_eq(s.local, str_z(text)));
    r.call_id = "other";
    assert_int_equal(fix_ask(&f, &r), 401);
    assert_true(sip_session_read(fix_value(&f, SIP_SESSION_ID), &s));
    assert_false(str_eq(s.local, str_z(text)));
    r.fields = "";
    assert_int_equal(fix_ask(&f, &r), 401);
    assert_null(fix_value(&f, SIP_SESSION_ID).p);
    r.fields = "Session-ID: what?\r\n";
    assert_int_equal(fix_ask(&f, &r), 401);
    assert_null(fix_value(&f, SIP_SESSION_ID).p);
}

/* Nobody learns which names exist: the answers are alike but for what is made anew. */
static void test_unknown_is_like_known(void **state)
{
    struct fix_register known = {.contact = ""};
    struct fix_register unknown = {.user = "nobody", .contact = ""};
    size_t len;
    (void)state;
    open_look(EDGE_STANDARD);
    assert_int_equal(fix_ask(&f, &known), 401);
    len = f.sent[0].bytes.len;
    assert_int_equal(fix_ask(&f, &unknown), 401);
    assert_int_equal(f.sent[0].bytes.len, len + 2 * (sizeof "nobody" - sizeof "1001"));
    assert_int_equal(fix_fields(&f, SIP_WWW_AUTHENTICATE), 1);
    unknown.bad = true;
    known.bad = true;
    assert_int_equal(fix_login(&f, &known), 401);
    assert_int_equal(fix_login(&f, &unknown), 401);
}

/* Where some accounts are offered SHA-256, so are as many of the names that nobody has; each always the same. */
static void test_unknown_algorithms(void **state)
{
    char user[16];
    struct fix_register r = {.user = user};
    unsigned two = 0;
    (void)state;
    open_look(EDGE_STANDARD);
    assert_int_equal(fix_account(&f, "1003", "secret3", 3), ERR_OK);
    assert_int_equal(fix_account(&f, "1004", "secret4", 3), ERR_OK);
    for (unsigned i = 0; i < 200; i++) {
        snprintf(user, sizeof user, "u%u", i);
        assert_int_equal(fix_ask(&f, &r), 401);
        unsigned n = fix_fields(&f, SIP_WWW_AUTHENTICATE);
        two += n == 2;
        assert_int_equal(fix_ask(&f, &r), 401);
        assert_int_equal(fix_fields(&f, SIP_WWW_AUTHENTICATE), n);
    }
    assert_in_range(two, 60, 140);
}

/* The quick look and the reader agree on whose a message is. */
static void test_shards(void **state)
{
    static const struct hash_key key = {{5, 6}};
    static const struct {
        const char *text;
        const char *user;
    } rows[] = {
        {"REGISTER sip:example.com SIP/2.0\r\nFrom: <sip:x@h>\r\nTo: \"a<b\" <sip:1001@h>\r\n\r\n",
         "1001"},
        {"REGISTER sip:example.com SIP/2.0\r\nf: <sip:x@h>\r\nt:\r\n <sip:%31001@h>\r\n\r\n",
         "1001"},
        {"INVITE sip:y@example.com SIP/2.0\r\nTO: <sip:y@h>\r\nFROM : sip:1001@h;tag=1\r\n\r\n",
         "1001"},
        {"\r\n\r\nREGISTER sip:h SIP/2.0\r\nTo: sips:1001:pw@h\r\n\r\n", "1001"},
        {"REGISTER sip:h SIP/2.0\r\nTo\r\n : <sip:1001@h>\r\n\r\n", "1001"},
        {"REGISTER sip:h SIP/2.0\r\nTo: <sip:h>\r\n\r\n", ""},
        {"\0\1\2", ""},
    };
    (void)state;
    open_look(EDGE_STANDARD);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(edge_shard(&key, 16, str_z(rows[i].text)),
                         edge_shard_of(&key, 16, str_z(rows[i].user)));
    }
    assert_int_equal(edge_shard(&key, 16,
                                STR("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP "
                                    "192.0.2.1;branch=z9hG4bKdt0cex\r\n\r\n")),
                     12);
    assert_int_equal(edge_shard(&key, 8,
                                STR("SIP/2.0 200 OK\r\nv: SIP/2.0/UDP "
                                    "192.0.2.1;branch=z9hG4bKdt0cex\r\n\r\n")),
                     0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_broadworks, close_edge),
        cmocka_unit_test_teardown(test_session_id, close_edge),
        cmocka_unit_test_teardown(test_unknown_is_like_known, close_edge),
        cmocka_unit_test_teardown(test_unknown_algorithms, close_edge),
        cmocka_unit_test_teardown(test_shards, close_edge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
