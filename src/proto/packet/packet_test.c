/* Frames of every link layer, whole, cut short and broken. */
#include "proto/packet/packet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

#define MACS "ffffffffffff 00005e005301 "
/* UDP 5060 to 5061, "hi", from 192.0.2.1 to 192.0.2.2 */
#define IPV4 "4500001e 00010000 40110000 c0000201 c0000202 "
#define IPV6_ENDS "20010db8000000000000000000000001 20010db8000000000000000000000002 "
#define UDP "13c413c5 000a0000 6869 "

struct frame {
    uint8_t b[512];
    size_t len;
};

/* Bytes from hexadecimal digits; blanks are passed. */
static struct frame bytes(const char *hex)
{
    struct frame f = {.len = 0};
    for (; *hex; hex++) {
        if (*hex == ' ') {
            continue;
        }
        f.b[f.len++] = (uint8_t)(ascii_hex(hex[0]) << 4 | ascii_hex(hex[1]));
        hex++;
    }
    return f;
}

static struct str view(const struct frame *f)
{
    return str_of((const char *)f->b, f->len);
}

static enum packet_state read_hex(uint16_t link, const char *hex, struct frame *f,
                                  struct packet *ret_p)
{
    *f = bytes(hex);
    return packet_read(link, view(f), (uint32_t)f->len, ret_p);
}

static void every_link_layer(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        uint16_t link;
        const char *hex;
        uint16_t vlan;
        bool mac;
    } rows[] = {
        {"Ethernet", 1, MACS "0800" IPV4 UDP, 0, true},
        {"padded", 1, MACS "0800" IPV4 UDP "00000000000000000000", 0, true},
        {"802.1Q", 1, MACS "8100 a064 0800" IPV4 UDP, 100, true},
        {"QinQ", 1, MACS "88a8 0007 8100 0064 0800" IPV4 UDP, 7, true},
        {"old QinQ", 1, MACS "9100 0007 8100 0064 0800" IPV4 UDP, 7, true},
        {"SNAP", 1, MACS "0028 aaaa03000000 0800" IPV4 UDP, 0, true},
        {"cooked", 113, "0004 0001 0006 00005e0053010000 0800" IPV4 UDP, 0, true},
        {"cooked, of a tunnel", 113, "0004 fffe 0000 0000000000000000 0800" IPV4 UDP, 0, false},
        {"cooked 2", 276, "0800 0000 00000002 0001 00 06 00005e0053010000" IPV4 UDP, 0, true},
        {"cooked 2, tagged", 276,
         "8100 0000 00000002 0001 00 06 00005e0053010000 0064 0800" IPV4 UDP, 100, true},
        {"NULL, little", 0, "02000000" IPV4 UDP, 0, false},
        {"LOOP", 108, "00000002" IPV4 UDP, 0, false},
        {"raw", 101, IPV4 UDP, 0, false},
        {"raw of BSD", 12, IPV4 UDP, 0, false},
        {"IPv4", 228, IPV4 UDP, 0, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct frame f;
        struct packet p;
        struct packet_udp u;
        if (read_hex(rows[i].link, rows[i].hex, &f, &p) != PACKET_OK) {
            fail_msg("%s: not read", rows[i].what);
        }
        assert_int_equal(p.vlan, rows[i].vlan);
        assert_int_equal(p.has_mac, rows[i].mac);
        assert_true(!p.has_mac || p.src_mac.b[5] == 1);
        assert_true(addr_eq(packet_addr(&p, p.src), addr4(0xC0000201)));
        assert_true(addr_eq(packet_addr(&p, p.dst), addr4(0xC0000202)));
        assert_int_equal(p.ttl, 64);
        assert_int_equal(p.payload.len, 10);
        assert_int_equal(packet_read_udp(&p, &u), PACKET_OK);
        assert_int_equal(u.src, 5060);
        assert_int_equal(u.dst, 5061);
        assert_true(str_eq(u.data, STR("hi")) && u.len == 2);
    }
}

static void what_is_cut_and_what_is_broken(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *hex; /* of Ethernet */
        uint32_t more;   /* bytes that the capture did not keep */
        enum packet_state state;
    } rows[] = {
        {"Ethernet header cut", "ffffffffffff 0000", 60, PACKET_CUT},
        {"Ethernet header short", "ffffffffffff 0000", 0, PACKET_BROKEN},
        {"tag cut", MACS "8100 00", 60, PACKET_CUT},
        {"IPv4 header cut", MACS "0800 45000020 0001", 60, PACKET_CUT},
        {"IPv4 header short", MACS "0800 45000020 0001", 0, PACKET_BROKEN},
        {"IPv4 options cut", MACS "0800 4f000050 00010000 40110000 c0000201 c0000202", 60,
         PACKET_CUT},
        {"IPv4 header length of 4", MACS "0800 41000020 00010000 40110000 c0000201 c0000202", 0,
         PACKET_BROKEN},
        {"IPv4 total length of 10", MACS "0800 4500000a 00010000 40110000 c0000201 c0000202", 0,
         PACKET_BROKEN},
        {"version 6 where 4 is told", MACS "0800 65000020 00010000 40110000 c0000201 c0000202", 0,
         PACKET_BROKEN},
        {"IPv6 header cut", MACS "86dd 60000000 0008 11 40 20010db8", 60, PACKET_CUT},
        {"IPv6 extension cut", MACS "86dd 60000000 0010 00 40" IPV6_ENDS "1101", 30, PACKET_CUT},
        {"IPv6 extension short", MACS "86dd 60000000 0002 00 40" IPV6_ENDS "1101", 0,
         PACKET_BROKEN},
        {"ARP", MACS "0806 0001", 0, PACKET_FOREIGN},
        {"802.3 without SNAP", MACS "0003 424203", 0, PACKET_FOREIGN},
        {"too many tags", MACS "8100 0001 8100 0001 8100 0001 8100 0001 8100 0001 0800" IPV4 UDP, 0,
         PACKET_FOREIGN},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct frame f = bytes(rows[i].hex);
        struct packet p;
        enum packet_state got = packet_read(1, view(&f), (uint32_t)f.len + rows[i].more, &p);
        if (got != rows[i].state) {
            fail_msg("%s: %d, not %d", rows[i].what, (int)got, (int)rows[i].state);
        }
    }
    struct packet p;
    assert_int_equal(packet_read(147, STR("x"), 1, &p), PACKET_NO_LINK);
    assert_int_equal(packet_read(101, STR(""), 0, &p), PACKET_BROKEN);
}

static void payload_cut_short(void **state)
{
    (void)state;
    struct frame f =
        bytes(MACS "0800 45000064 00010000 40110000 c0000201 c0000202 13c413c5 00500000 6869");
    struct packet p;
    struct packet_udp u;
    assert_int_equal(packet_read(1, view(&f), 114, &p), PACKET_OK);
    assert_int_equal(p.payload.len, 10);
    assert_int_equal(p.len, 80);
    assert_int_equal(packet_read_udp(&p, &u), PACKET_OK);
    assert_int_equal(u.len, 72);
    assert_true(str_eq(u.data, STR("hi")));
}

static void segmented_by_the_network_card(void **state)
{
    (void)state;
    struct frame f;
    struct packet p;
    assert_int_equal(
        read_hex(1, MACS "0800 45000000 00010000 40110000 c0000201 c0000202" UDP, &f, &p),
        PACKET_OK);
    assert_int_equal(p.len, 10);
    assert_int_equal(read_hex(1, MACS "86dd 60000000 0000 11 40" IPV6_ENDS UDP, &f, &p), PACKET_OK);
    assert_int_equal(p.len, 10);
}

static void ipv6_extensions(void **state)
{
    (void)state;
    static const char all[] = "60000000 0036 00 40" IPV6_ENDS "2b00 000000000000" /* hop by hop */
                              "3c00 000000000000"                                 /* routing */
                              "3301 000000000000 0000000000000000"                /* destination */
                              "1101 0000 00000000 00000000"                       /* AH */
        UDP;
    struct frame f;
    struct packet p;
    struct packet_udp u;
    assert_int_equal(read_hex(229, all, &f, &p), PACKET_OK);
    assert_int_equal(p.proto, PACKET_UDP);
    assert_int_equal(p.version, 6);
    assert_int_equal(packet_read_udp(&p, &u), PACKET_OK);
    assert_true(str_eq(u.data, STR("hi")));
    /* More of them than anybody sends. */
    char long_one[2000];
    int n = snprintf(long_one, sizeof long_one, "60000000 0100 3c 40" IPV6_ENDS);
    for (int i = 0; i < 20; i++) {
        n += snprintf(long_one + n, sizeof long_one - (size_t)n, "3c00 000000000000");
    }
    assert_int_equal(read_hex(229, long_one, &f, &p), PACKET_BROKEN);
}

static void fragments_are_told(void **state)
{
    (void)state;
    struct frame f;
    struct packet p;
    assert_int_equal(read_hex(228, "45000020 12342001 40110000 c0000201 c0000202" UDP, &f, &p),
                     PACKET_OK);
    assert_true(p.fragment && p.more);
    assert_int_equal(p.at, 8);
    assert_int_equal(p.id, 0x1234);
    assert_int_equal(read_hex(228, "45000020 12340003 40110000 c0000201 c0000202" UDP, &f, &p),
                     PACKET_OK);
    assert_true(p.fragment && !p.more && p.at == 24);
    assert_int_equal(
        read_hex(229, "60000000 0012 2c 40" IPV6_ENDS "1100 0011 89abcdef" UDP, &f, &p), PACKET_OK);
    assert_true(p.fragment && p.more && p.at == 16 && p.id == 0x89ABCDEF);
    assert_int_equal(p.proto, PACKET_UDP);
    /* A fragment header of a packet that is whole (RFC 6946). */
    assert_int_equal(
        read_hex(229, "60000000 0012 2c 40" IPV6_ENDS "1100 0000 89abcdef" UDP, &f, &p), PACKET_OK);
    assert_false(p.fragment);
    assert_int_equal(p.payload.len, 10);
}

static void tcp_headers(void **state)
{
    (void)state;
#define TCP_IP "4500002e 00010000 40060000 c0000201 c0000202 c0de13c5 00000001 00000002 "
    static const struct {
        const char *hex;
        enum packet_state state;
        uint32_t len;
    } rows[] = {
        {TCP_IP "5018ffff 00000000 414243444546", PACKET_OK, 6},
        {TCP_IP "6012ffff 00000000 020405b4 4142", PACKET_OK, 2},
        {TCP_IP "4018ffff 00000000 414243444546", PACKET_BROKEN, 0},
        {TCP_IP "f018ffff 00000000 414243444546", PACKET_BROKEN, 0},
        {TCP_IP "5018", PACKET_CUT, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct frame f = bytes(rows[i].hex);
        struct packet p;
        struct packet_tcp t;
        assert_int_equal(packet_read(228, view(&f), 46, &p), PACKET_OK);
        assert_int_equal(packet_read_tcp(&p, &t), rows[i].state);
        if (rows[i].state == PACKET_OK) {
            assert_int_equal(t.src, 0xC0DE);
            assert_int_equal(t.dst, 5061);
            assert_int_equal(t.seq, 1);
            assert_int_equal(t.ack, 2);
            assert_int_equal(t.len, rows[i].len);
            assert_int_equal(t.data.len, rows[i].len);
        }
    }
}

static void udp_lengths(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        enum packet_state state;
        uint32_t len;
    } rows[] = {
        {"45000020 00010000 40110000 c0000201 c0000202 "
         "13c413c5 00090000 6869 0000",
         PACKET_OK, 1}, /* less than IP has */
        {"45000020 00010000 40110000 c0000201 c0000202 "
         "13c413c5 00000000 6869 0000",
         PACKET_OK, 4},
        {"45000020 00010000 40110000 c0000201 c0000202 "
         "13c413c5 ffff0000 6869 0000",
         PACKET_OK, 4},
        {"45000020 00010000 40110000 c0000201 c0000202 "
         "13c413c5 00070000 6869 0000",
         PACKET_BROKEN, 0},
        {"45000020 00010000 40110000 c0000201 c0000202 "
         "13c413c5 00",
         PACKET_CUT, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct frame f = bytes(rows[i].hex);
        struct packet p;
        struct packet_udp u;
        assert_int_equal(packet_read(228, view(&f), 32, &p), PACKET_OK);
        assert_int_equal(packet_read_udp(&p, &u), rows[i].state);
        assert_true(rows[i].state != PACKET_OK || u.len == rows[i].len);
    }
}

static void icmp_quotes(void **state)
{
    (void)state;
#define ICMP_IP "45000038 00010000 40010000 c0000201 c0000202 "
    struct frame f;
    struct packet p;
    struct packet_icmp i;
    assert_int_equal(read_hex(228, ICMP_IP "03040000 00000578" IPV4 "13c413c5 000a0000", &f, &p),
                     PACKET_OK);
    assert_int_equal(packet_read_icmp(&p, &i), PACKET_OK);
    assert_true(i.error && i.type == 3 && i.code == 4 && i.mtu == 1400);
    assert_true(i.quoted.version == 4 && i.src == 5060 && i.dst == 5061);
    assert_true(addr_eq(packet_addr(&i.quoted, i.quoted.dst), addr4(0xC0000202)));
    /* An answer to a ping quotes nothing. */
    assert_int_equal(read_hex(228, ICMP_IP "00000000 00010001" IPV4 "13c413c5 000a0000", &f, &p),
                     PACKET_OK);
    assert_int_equal(packet_read_icmp(&p, &i), PACKET_OK);
    assert_false(i.error);
    /* Too little is quoted. */
    assert_int_equal(
        read_hex(228, "45000020 00010000 40010000 c0000201 c0000202 03030000 00000000 45000020", &f,
                 &p),
        PACKET_OK);
    assert_int_equal(packet_read_icmp(&p, &i), PACKET_OK);
    assert_true(i.error && i.quoted.version == 0);
    /* ICMPv6: packet too big. */
    assert_int_equal(read_hex(229,
                              "60000000 003a 3a 40" IPV6_ENDS
                              "0200 0000 00000500 60000000 000a 11 40" IPV6_ENDS UDP,
                              &f, &p),
                     PACKET_OK);
    assert_int_equal(packet_read_icmp(&p, &i), PACKET_OK);
    assert_true(i.error && i.mtu == 1280 && i.quoted.version == 6 && i.dst == 5061);
}

static void arp(void **state)
{
    (void)state;
    struct frame f;
    struct packet p;
    struct packet_arp a;
    assert_int_equal(
        read_hex(1, MACS "0806 0001080006040001 00005e005301 c0000201 000000000000 c0000202", &f,
                 &p),
        PACKET_FOREIGN);
    assert_int_equal(p.ethertype, 0x0806);
    assert_int_equal(packet_read_arp(&p, &a), PACKET_OK);
    assert_int_equal(a.op, 1);
    assert_int_equal(a.sender_mac.b[5], 1);
    assert_true(addr_eq(a.target, addr4(0xC0000202)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_link_layer),  cmocka_unit_test(what_is_cut_and_what_is_broken),
        cmocka_unit_test(payload_cut_short), cmocka_unit_test(segmented_by_the_network_card),
        cmocka_unit_test(ipv6_extensions),   cmocka_unit_test(fragments_are_told),
        cmocka_unit_test(tcp_headers),       cmocka_unit_test(udp_lengths),
        cmocka_unit_test(icmp_quotes),       cmocka_unit_test(arp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
