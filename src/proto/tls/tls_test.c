/* Records and messages to events: what is told, however the bytes are cut, and what is refused. */
#include "proto/tls/tls_testing.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define BODY(lit) STR_INIT(lit)

enum { CUTS = 70 };

/* What two sides say, turn by turn. */
struct turn {
    bool from_client;
    uint8_t type;
    uint8_t message; /* 0: the payload is no handshake message */
    struct str body;
};

#define CLIENT(type, message, lit)     \
    {                                  \
        true, type, message, BODY(lit) \
    }
#define SERVER(type, message, lit)      \
    {                                   \
        false, type, message, BODY(lit) \
    }

static const struct tls_cfg plain_cfg = {.on = talk_on};

/* The record of a turn; returns its bytes. */
static struct str record(const struct turn *turn, char room[4096])
{
    size_t head = turn->message != 0 ? 4 : 0;
    size_t len = head + turn->body.len;
    char *p = room;
    *p++ = (char)turn->type;
    *p++ = 3;
    *p++ = 3;
    *p++ = (char)(len >> 8);
    *p++ = (char)len;
    if (head != 0) {
        *p++ = (char)turn->message;
        *p++ = 0;
        *p++ = (char)(turn->body.len >> 8);
        *p++ = (char)turn->body.len;
    }
    memcpy(p, turn->body.p, turn->body.len);
    return str_of(room, 5 + len);
}

static void feed(struct tls *t, bool from_client, struct str bytes, size_t step, struct talk *k)
{
    while (bytes.len > 0) {
        tls_feed(t, from_client, str_head(bytes, step), k);
        bytes = str_from(bytes, step);
    }
}

static void play(const struct turn *turns, size_t n, size_t step, struct talk *k)
{
    struct tls t;
    tls_init(&t, &plain_cfg);
    k->len = 0;
    for (size_t i = 0; i < n && turns[i].type != 0; i++) {
        char room[4096];
        feed(&t, turns[i].from_client, record(&turns[i], room), step, k);
    }
    tls_clear(&t);
    assert_int_equal(tls_memory(&t), 0);
}

static const struct {
    struct turn turns[10];
    const char *events;
} talks[] = {
    /* TLS 1.2 with certificates, and hidden from ChangeCipherSpec on */
    {{CLIENT(22, 1, CLIENT_12), SERVER(22, 2, SERVER_12),
      SERVER(22, 11, "\0\0\x0b\0\0\3abc\0\0\2de"), SERVER(22, 13, "\1\1\0\0\0\0"),
      SERVER(22, 14, ""), CLIENT(22, 11, "\0\0\0"), CLIENT(20, 0, "\1"),
      CLIENT(22, 0, "0123456789012345678901234567890123456789"), CLIENT(23, 0, "secret"),
      CLIENT(21, 0, "hidden alert")},
     ">0 client-hello TLS 1.2  sni=prov.example.com alpn=12\n"
     "<0 server-hello TLS 1.2 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 sni= alpn=0\n"
     "<54 certificate 3 2\n<77 certificate-request\n<92 handshake server_hello_done\n"
     ">97 certificate\n>109 change\n>115 hidden 22 40\n>160 hidden 23 6\n>171 alert 0 hidden\n"},
    /* an alert in clear, before and after ChangeCipherSpec */
    {{CLIENT(22, 1, CLIENT_12), SERVER(21, 0, "\2\x46")},
     ">0 client-hello TLS 1.2  sni=prov.example.com alpn=12\n<0 alert 2 protocol_version\n"},
    {{CLIENT(22, 1, CLIENT_12), CLIENT(20, 0, "\1"), CLIENT(21, 0, "\2\x30")},
     ">0 client-hello TLS 1.2  sni=prov.example.com alpn=12\n>97 change\n"
     ">103 alert 2 unknown_ca\n"},
    /* TLS 1.3: a retry, ChangeCipherSpec for show, everything hidden */
    {{CLIENT(22, 1, CLIENT_13), SERVER(22, 2, RETRY_13), CLIENT(20, 0, "\1"),
      CLIENT(22, 1, CLIENT_13), SERVER(22, 2, SERVER_13), SERVER(20, 0, "\1"),
      SERVER(23, 0, "encrypted extensions"), CLIENT(23, 0, "0123456789012345678")},
     ">0 client-hello TLS 1.3  sni= alpn=0\n"
     "<0 server-hello TLS 1.3 TLS_AES_128_GCM_SHA256 sni= alpn=0 retry\n"
     ">69 client-hello TLS 1.3  sni= alpn=0\n"
     "<55 server-hello TLS 1.3 TLS_AES_128_GCM_SHA256 sni= alpn=0\n"
     "<116 hidden 23 20\n>132 hidden 23 19\n"},
    /* begun in the middle */
    {{CLIENT(23, 0, "x"), SERVER(23, 0, "")}, ">0 hidden 23 1\n<0 hidden 23 0\n"},
    /* messages that break their form; what follows is read */
    {{CLIENT(22, 1, "\3\3"), SERVER(22, 2, ""), SERVER(22, 11, "\0\0\3\0\0\1"), SERVER(22, 14, "")},
     ">0 malformed 2 the hello is cut\n<0 malformed 0 the hello is cut\n"
     "<9 malformed 6 a list of certificates breaks its form\n<24 handshake server_hello_done\n"},
    /* other protocols */
    {{{true, 'G', 0, BODY("ET /")}, SERVER(22, 14, "")},
     ">0 not-tls G\n<0 handshake server_hello_done\n"},
    {{SERVER(22, 14, ""), {false, 'H', 0, BODY("TTP")}, SERVER(22, 14, "")},
     "<0 handshake server_hello_done\n<9 lost 0 no record begins here\n"},
    {{SERVER(22, 2, ""), SERVER(22, 0, "\x0b\xff\0\0")},
     "<0 malformed 0 the hello is cut\n<9 lost 0 a handshake message is too long\n"},
};

static void talks_become_events(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(talks); i++) {
        for (size_t step = 1; step < CUTS; step++) {
            struct talk k = {.len = 0};
            play(talks[i].turns, COUNT(talks[i].turns), step, &k);
            if (strcmp(k.text, talks[i].events) != 0) {
                fail_msg("talk %zu, step %zu:\n%s", i, step, k.text);
            }
        }
    }
}

/* Two messages in one record, one message in three records. */
static void messages_cross_records(void **state)
{
    (void)state;
    static const struct turn turns[] = {SERVER(22, 0, "\x0e\0\0\0\x0b\0"),
                                        SERVER(22, 0, "\0"),
                                        SERVER(22, 0, "\x9\0\0\6\0\0\3abc\x0e\0\0\0"),
                                        {0}};
    for (size_t step = 1; step < CUTS; step++) {
        struct talk k = {.len = 0};
        play(turns, COUNT(turns), step, &k);
        assert_string_equal(k.text, "<0 handshake server_hello_done\n<17 certificate 3\n"
                                    "<17 handshake server_hello_done\n");
    }
}

static void gaps_matter_where_something_is_read(void **state)
{
    (void)state;
    struct talk k = {.len = 0};
    struct tls t;
    tls_init(&t, &plain_cfg);
    tls_feed(&t, true, STR("\x17\3\3\0\20ab"), &k);
    tls_gap(&t, true, 14, &k);
    tls_feed(&t, true, STR("\x17\3\3\0\1x\x15\3\3\0\2\1"), &k);
    assert_string_equal(k.text, ">0 hidden 23 16\n>21 hidden 23 1\n");
    tls_gap(&t, true, 1, &k);
    tls_feed(&t, true, STR("\x17\3\3\0\1x"), &k);
    tls_gap(&t, true, 1, &k);
    assert_string_equal(k.text, ">0 hidden 23 16\n>21 hidden 23 1\n>27 lost 6 bytes are missing\n");
    tls_clear(&t);
}

static void beginnings_are_known(void **state)
{
    (void)state;
    assert_int_equal(tls_sniff(STR("")), ERR_MORE);
    assert_int_equal(tls_sniff(STR("\x16\3\1\2\0")), ERR_MORE);
    assert_int_equal(tls_sniff(STR("\x16\3\1\2\0\1")), ERR_OK);
    assert_int_equal(tls_sniff(STR("\x16\3\1\2\0\2")), ERR_MALFORMED);
    assert_int_equal(tls_sniff(STR("\x16\3\1\xff\0")), ERR_MALFORMED);
    assert_int_equal(tls_sniff(STR("\x17\3")), ERR_MALFORMED);
    assert_int_equal(tls_sniff(STR("GET")), ERR_MALFORMED);
}

static void lists_are_walked(void **state)
{
    (void)state;
    struct tls_hello h;
    struct err_at at;
    struct str name;
    uint16_t number;
    assert_int_equal(tls_client_hello_read(STR(CLIENT_12), &h, &at), ERR_OK);
    assert_true(tls_number_next(&h.ciphers, &number) && number == 0xc02f);
    assert_true(tls_number_next(&h.ciphers, &number) && number == 0x009c);
    assert_false(tls_number_next(&h.ciphers, &number));
    assert_true(tls_alpn_next(&h.alpn, &name) && str_eq(name, STR("h2")));
    assert_true(tls_alpn_next(&h.alpn, &name) && str_eq(name, STR("http/1.1")));
    assert_false(tls_alpn_next(&h.alpn, &name));
    assert_int_equal(tls_client_hello_read(STR(CLIENT_13), &h, &at), ERR_OK);
    assert_int_equal(h.legacy, TLS_1_2);
    assert_true(tls_number_next(&h.versions, &number) && tls_is_grease(number));
    assert_false(tls_is_grease(0x0a1a) || tls_is_grease(TLS_1_3));
    struct tls_certs certs;
    struct str der;
    assert_int_equal(tls_certificate_read(STR("\0\0\0\x8\0\0\2ab\0\1x"), TLS_1_3, &certs, &at),
                     ERR_OK);
    assert_true(tls_certificate_next(&certs, &der) && str_eq(der, STR("ab")));
    assert_false(tls_certificate_next(&certs, &der));
}

/* Every shorter hello is refused, but for one that ends before its extensions. */
static void hellos_are_whole(void **state)
{
    (void)state;
    static const struct {
        struct str body;
        size_t bare; /* its length without extensions */
        bool client;
    } hellos[] = {{BODY(CLIENT_12), 43, true},
                  {BODY(CLIENT_13), 41, true},
                  {BODY(SERVER_12), 38, false},
                  {BODY(SERVER_13), 38, false}};
    for (size_t i = 0; i < COUNT(hellos); i++) {
        for (size_t n = 0; n <= hellos[i].body.len; n++) {
            struct tls_hello h;
            struct err_at at = {0, NULL, NULL};
            struct str body = str_head(hellos[i].body, n);
            enum err e = hellos[i].client ? tls_client_hello_read(body, &h, &at)
                                          : tls_server_hello_read(body, &h, &at);
            bool whole = n == hellos[i].body.len || n == hellos[i].bare;
            assert_int_equal(e, whole ? ERR_OK : ERR_MALFORMED);
            assert_true(whole || (at.what != NULL && at.rule != NULL && at.offset <= n));
        }
    }
}

static void numbers_have_names(void **state)
{
    (void)state;
    static const uint8_t alerts[] = {0, 40, 42, 46, 48, 70, 116, 120};
    static const uint16_t ciphers[] = {0x0004, 0x002f, 0x1301, 0xc02f, 0xccaa};
    for (size_t i = 0; i < sizeof alerts; i++) {
        assert_non_null(tls_alert_name(alerts[i]));
    }
    for (size_t i = 0; i < COUNT(ciphers); i++) {
        assert_non_null(tls_cipher_name(ciphers[i]));
    }
    assert_string_equal(tls_alert_name(48), "unknown_ca");
    assert_string_equal(tls_version_name(TLS_1_2), "TLS 1.2");
    assert_string_equal(tls_message_name(24), "key_update");
    assert_null(tls_alert_name(1));
    assert_null(tls_version_name(0x0305));
    assert_null(tls_cipher_name(0xffff));
    assert_null(tls_message_name(255));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(talks_become_events),
        cmocka_unit_test(messages_cross_records),
        cmocka_unit_test(gaps_matter_where_something_is_read),
        cmocka_unit_test(beginnings_are_known),
        cmocka_unit_test(lists_are_walked),
        cmocka_unit_test(hellos_are_whole),
        cmocka_unit_test(numbers_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
