/* Datagrams, connections and their ends, filters, limits. */
#include "flow/wire/wire_fixture.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct cap c;

#define REGISTER "REGISTER sip:example.org SIP/2.0\r\nCall-ID: 1\r\n\r\n"
#define OK "SIP/2.0 200 OK\r\nCall-ID: 1\r\nContent-Length: 0\r\n\r\n"
#define RTP "\x80\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01...."

static void expect(const struct cap *cap, const char *text)
{
    static struct told t;
    struct wire_cfg cfg = {.crypto = NULL};
    read_cap(cap, &cfg, &t);
    assert_string_equal(t.text, text);
}

static void datagrams(void **state)
{
    (void)state;
    static const char dns[] = "\0\7\1\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1";
    static const char ntp[48] = "\x23";
    cap_begin(&c);
    udp(&c, 1, 40000, 2, 53, str_of(dns, sizeof dns - 1));
    udp(&c, 1, 123, 2, 123, str_of(ntp, sizeof ntp));
    udp(&c, 1, 5060, 2, 5060, STR(REGISTER));
    udp(&c, 2, 5060, 1, 5060, STR(OK));
    udp(&c, 1, 30000, 2, 31000, STR("\r\n\r\n" REGISTER));
    udp(&c, 1, 5060, 2, 5060, STR("\r\n\r\n"));
    udp(&c, 1, 16384, 2, 16386, STR(RTP));
    udp(&c, 1, 5060, 2, 5060, STR("GET / HTTP/1.1\r\n\r\n"));
    udp(&c, 1, 53, 2, 40000, STR("short"));
    expect(&c, "1 dns 7\n2 ntp 3\n3 sip udp c 48 REGISTER sip:example.org SIP/2.0\n"
               "4 sip udp s 49 SIP/2.0 200 OK\n5 sip udp c 48 REGISTER sip:example.org SIP/2.0\n");
}

static void tftp_moves_to_another_port(void **state)
{
    (void)state;
    static const char rrq[] = "\0\1file\0octet";
    static const char data[] = "\0\3\0\1bytes";
    static const char ack[] = "\0\4\0\1";
    cap_begin(&c);
    udp(&c, 2, 41000, 1, 40000, str_of(data, 9)); /* of nothing that was asked for */
    udp(&c, 1, 40000, 2, 69, str_of(rrq, sizeof rrq));
    udp(&c, 2, 41000, 1, 40000, str_of(data, 9));
    udp(&c, 1, 40000, 2, 41000, str_of(ack, 4));
    udp(&c, 3, 41000, 1, 40000, str_of(data, 9)); /* another host */
    udp(&c, 2, 41000, 1, 40001, str_of(data, 9)); /* another port */
    expect(&c, "2 tftp RRQ\n3 tftp DATA\n4 tftp ACK\n");
    cap_begin(&c);
    for (uint16_t i = 0; i < 100; i++) { /* more than are remembered: the oldest make room */
        udp(&c, 1, (uint16_t)(40000 + i), 2, 69, str_of(rrq, sizeof rrq));
    }
    udp(&c, 2, 41000, 1, 40000, str_of(data, 9));
    udp(&c, 2, 41000, 1, 40099, str_of(data, 9));
    static struct told t;
    struct wire_cfg cfg = {.memory = 0};
    read_cap(&c, &cfg, &t);
    assert_null(strstr(t.text, "101 tftp"));
    assert_non_null(strstr(t.text, "102 tftp DATA\n"));
}

static void how_connections_begin_and_end(void **state)
{
    (void)state;
    struct end a = {1, 40000, 100};
    struct end z = {2, 5061, 900};
    cap_begin(&c); /* as it should be */
    tcp_open(&c, &a, &z);
    tcp_close(&c, &a, &z);
    expect(&c, "1 tcp 1 syn c\n3 tcp 1 up c\n4 tcp 1 fin c\n5 tcp 1 fin s\n");
    cap_begin(&c); /* nobody answers */
    a.seq = 100;
    tcp(&c, &a, &z, SYN, STR(""));
    a.seq = 100;
    tcp(&c, &a, &z, SYN, STR(""));
    udp(&c, 1, 16384, 2, 16386, STR(RTP));
    expect(&c, "1 tcp 1 syn c\n2 tcp 1 syn-again c\n3 tcp 1 unanswered c\n");
    cap_begin(&c); /* refused */
    a.seq = 100;
    tcp(&c, &a, &z, SYN, STR(""));
    tcp(&c, &z, &a, RST | ACK, STR(""));
    expect(&c, "1 tcp 1 syn c\n2 tcp 1 refused s\n");
    cap_begin(&c); /* reset by the server, what was sent before is told first */
    tcp_open(&c, &a, &z);
    tcp(&c, &a, &z, ACK, STR(REGISTER));
    tcp(&c, &z, &a, RST, STR(""));
    tcp(&c, &z, &a, RST, STR(""));
    expect(&c, "1 tcp 1 syn c\n3 tcp 1 up c\n4 sip tcp c 48 REGISTER sip:example.org SIP/2.0\n"
               "5 tcp 1 reset s\n");
    cap_begin(&c); /* up, and then not a word */
    tcp_open(&c, &a, &z);
    tcp(&c, &a, &z, ACK, STR(REGISTER));
    tcp(&c, &z, &a, ACK, STR(""));
    expect(&c, "1 tcp 1 syn c\n3 tcp 1 up c\n4 sip tcp c 48 REGISTER sip:example.org SIP/2.0\n"
               "5 tcp 1 silent c\n");
    cap_begin(&c); /* the same ports again */
    tcp_open(&c, &a, &z);
    a.seq += 70000;
    tcp_open(&c, &a, &z);
    expect(&c, "1 tcp 1 syn c\n3 tcp 1 up c\n4 tcp 2 syn c\n6 tcp 2 up c\n");
}

static void captured_twice(void **state)
{
    (void)state;
    static struct told t;
    struct wire_cfg cfg = {.memory = 0};
    struct end a = {1, 40000, 100};
    struct end z = {2, 5061, 900};
    cap_begin(&c);
    c.step = 0;
    for (int i = 0; i < 2; i++) {
        udp(&c, 1, 5060, 2, 5060, STR(REGISTER));
    }
    udp(&c, 3, 5060, 2, 5060, STR(REGISTER));
    for (int i = 0; i < 2; i++) {
        a.seq = 100;
        tcp(&c, &a, &z, SYN, STR(""));
    }
    c.seconds++; /* and sent again */
    udp(&c, 1, 5060, 2, 5060, STR(REGISTER));
    a.seq = 100;
    tcp(&c, &a, &z, SYN, STR(""));
    struct wire_count n = read_cap(&c, &cfg, &t);
    assert_string_equal(t.text, "1 sip udp c 48 REGISTER sip:example.org SIP/2.0\n"
                                "3 sip udp c 48 REGISTER sip:example.org SIP/2.0\n4 tcp 1 syn c\n"
                                "6 sip udp c 48 REGISTER sip:example.org SIP/2.0\n"
                                "7 tcp 1 syn-again c\n7 tcp 1 unanswered c\n");
    assert_int_equal(n.twice, 2);
}

static void one_direction_only(void **state)
{
    (void)state;
    struct end a = {1, 40000, 100};
    struct end z = {2, 5061, 900};
    cap_begin(&c); /* nobody can say that the server is silent */
    tcp(&c, &a, &z, SYN, STR(""));
    tcp(&c, &a, &z, ACK, STR(""));
    tcp(&c, &a, &z, ACK, STR(REGISTER));
    expect(&c, "1 tcp 1 syn c\n2 tcp 1 up c\n3 sip tcp c 48 REGISTER sip:example.org SIP/2.0\n");
    cap_begin(&c); /* the answer to the SYN was not captured */
    a.seq = 100;
    tcp(&c, &a, &z, SYN, STR(""));
    tcp(&c, &a, &z, ACK, STR(""));
    tcp(&c, &z, &a, ACK, STR(OK));
    tcp_close(&c, &a, &z);
    expect(&c, "1 tcp 1 syn c\n2 tcp 1 up c\n3 sip tcp s 49 SIP/2.0 200 OK\n4 tcp 1 fin c\n"
               "5 tcp 1 fin s\n");
}

static void joined_late(void **state)
{
    (void)state;
    struct end a = {1, 40000, 100};
    struct end z = {2, 5060, 900};
    cap_begin(&c);
    tcp(&c, &z, &a, ACK, STR("rest of something\r\n\r\n"));
    tcp(&c, &a, &z, ACK, STR(REGISTER));
    tcp(&c, &z, &a, ACK, STR(OK));
    tcp_close(&c, &a, &z);
    expect(&c, "2 sip tcp c 48 REGISTER sip:example.org SIP/2.0\n3 sip tcp s 49 SIP/2.0 200 OK\n"
               "4 tcp 1 fin c\n5 tcp 1 fin s\n");
    cap_begin(&c); /* packets without bytes tell nothing */
    tcp(&c, &a, &z, ACK, STR(""));
    tcp(&c, &a, &z, FIN | ACK, STR(""));
    tcp(&c, &a, &z, RST, STR(""));
    expect(&c, "");
    cap_begin(&c); /* only the answer to SYN was seen */
    tcp(&c, &z, &a, SYN | ACK, STR(""));
    tcp(&c, &a, &z, ACK, STR(REGISTER));
    expect(&c, "2 sip tcp c 48 REGISTER sip:example.org SIP/2.0\n");
}

static void errors_of_icmp(void **state)
{
    (void)state;
    cap_begin(&c);
    frame_begin(&c, 9, 1, 1, 36, 0);
    put(&c, 0x0303, 2);
    put(&c, 0, 6);
    put(&c, 0x4500001C, 4);
    put(&c, 0, 4);
    put(&c, 0x40110000, 4);
    put(&c, 0xC0000201, 4);
    put(&c, 0xC0000202, 4);
    put(&c, 40000, 2);
    put(&c, 53, 2);
    put(&c, 0x00080000, 4);
    expect(&c, "1 icmp 3.3 17 192.0.2.2:53\n");
}

static void who_has_an_address(void **state)
{
    (void)state;
    cap_begin(&c);
    put(&c, 1, 4);
    put(&c, 0, 4);
    put(&c, 42, 4);
    put(&c, 42, 4);
    put(&c, 0xFFFFFFFFFFFF, 6);
    put(&c, 0x00005E005301, 6);
    put(&c, 0x0806, 2);
    put(&c, 0x0001080006040001, 8);
    put(&c, 0x00005E005301, 6);
    put(&c, 0xC0000201, 4);
    put(&c, 0, 6);
    put(&c, 0xC0000202, 4);
    expect(&c, "1 arp 1 192.0.2.1 192.0.2.2\n");
}

/* A DHCP message of the phone with MAC ...:`host`, sent as a broadcast by the relay. */
static void dhcp(struct cap *to, uint8_t host)
{
    uint8_t m[248] = {1, 1, 6};
    memcpy(m + 28, "\0\0\x5E\0\x53", 5);
    m[33] = host;
    memcpy(m + 236, "\x63\x82\x53\x63\x35\x01\x01\xFF", 8);
    udp(to, 8, 68, 9, 67, str_of((const char *)m, sizeof m));
}

static void filters(void **state)
{
    (void)state;
    static struct told t;
    static const struct mac mac = {{0, 0, 0x5E, 0, 0x53, 3}};
    struct addr addr = addr4(0xC0000204);
    struct wire_cfg by_mac = {.filter = {.macs = &mac, .n_macs = 1}};
    struct wire_cfg by_addr = {.filter = {.addrs = &addr, .n_addrs = 1}};
    struct wire_cfg by_both = {.filter = {.macs = &mac, .n_macs = 1, .addrs = &addr, .n_addrs = 1}};
    cap_begin(&c);
    for (uint8_t host = 2; host < 6; host++) {
        udp(&c, host, 5060, 10, 5060, STR(REGISTER));
    }
    dhcp(&c, 3);
    dhcp(&c, 4);
    struct wire_count n = read_cap(&c, &by_mac, &t);
    assert_string_equal(t.text,
                        "2 sip udp c 48 REGISTER sip:example.org SIP/2.0\n5 dhcp DISCOVER\n");
    assert_int_equal(n.filtered, 4);
    n = read_cap(&c, &by_addr, &t);
    assert_string_equal(t.text, "3 sip udp c 48 REGISTER sip:example.org SIP/2.0\n");
    assert_int_equal(n.filtered, 5);
    n = read_cap(&c, &by_both, &t);
    assert_int_equal(n.filtered, 3);
}

static void memory_has_a_limit(void **state)
{
    (void)state;
    static struct told t;
    struct end z = {2, 5060, 900};
    cap_begin(&c);
    for (uint16_t i = 0; i < 200; i++) {
        struct end a = {1, (uint16_t)(40000 + i), 100};
        tcp_open(&c, &a, &z);
        tcp(&c, &a, &z, ACK, STR("REGISTER sip:half a message"));
        a.seq += 10;
        tcp(&c, &a, &z, ACK, STR("behind a hole"));
    }
    struct wire_cfg cfg = {.memory = 40000};
    struct wire_count n = read_cap(&c, &cfg, &t);
    assert_true(n.memory_most <= 40000 && n.memory_most > 20000);
    assert_int_equal(n.conns, 200);
    assert_true(n.evicted > 100);
    cfg.memory = 10; /* nothing works, nothing breaks */
    n = read_cap(&c, &cfg, &t);
    assert_int_equal(n.memory_most, 0);
    assert_string_equal(t.text, "");
    cfg.memory = 0;
    n = read_cap(&c, &cfg, &t);
    assert_int_equal(n.evicted, 0);
    assert_int_equal(n.frames, 1000);
}

static void counts(void **state)
{
    (void)state;
    static struct told t;
    struct wire_cfg cfg = {.memory = 0};
    cap_begin(&c);
    c.seconds = 100;
    udp(&c, 1, 40000, 2, 53, STR("short"));
    frame_begin(&c, 1, 2, 17, 4, 0);
    put(&c, 0, 4);
    frame_begin(&c, 1, 2, 17, 500, 470);
    put(&c, 0x13C413C4, 4);
    put(&c, 500, 2);
    put(&c, 0, 2);
    put_str(&c, STR("REGISTER sip:a SIP/2.0"));
    struct wire_count n = read_cap(&c, &cfg, &t);
    assert_int_equal(n.frames, 3);
    assert_int_equal(n.malformed, 2);
    assert_int_equal(n.cut, 1);
    assert_int_equal(n.bytes, c.len);
    assert_int_equal(n.first, 100 * USEC_S);
    assert_int_equal(n.last, 102 * USEC_S);
}

static void one_file_after_the_other(void **state)
{
    (void)state;
    static struct told t;
    struct wire_visitor v = {.ctx = &t, .sip = on_sip, .problem = on_problem};
    struct wire_cfg cfg = {.memory = 0};
    struct wire *w = wire_new(&v, &cfg);
    assert_non_null(w);
    cap_begin(&c);
    udp(&c, 1, 5060, 2, 5060, STR(OK));
    t.len = 0;
    for (int i = 0; i < 2; i++) {
        wire_begin(w);
        wire_feed(w, str_of((const char *)c.b, c.len));
    }
    wire_begin(w);
    wire_feed(w, STR("no capture"));
    wire_end(w);
    assert_int_equal(wire_count(w).problems, 1);
    wire_free(w);
    wire_free(NULL);
    assert_string_equal(t.text, "1 sip udp s 49 SIP/2.0 200 OK\n1 sip udp s 49 SIP/2.0 200 OK\n"
                                "problem at 0: this is no capture file\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(datagrams),
        cmocka_unit_test(tftp_moves_to_another_port),
        cmocka_unit_test(how_connections_begin_and_end),
        cmocka_unit_test(captured_twice),
        cmocka_unit_test(one_direction_only),
        cmocka_unit_test(joined_late),
        cmocka_unit_test(errors_of_icmp),
        cmocka_unit_test(who_has_an_address),
        cmocka_unit_test(filters),
        cmocka_unit_test(memory_has_a_limit),
        cmocka_unit_test(counts),
        cmocka_unit_test(one_file_after_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
