/* DHCP messages: what is read, what is refused and where, options in other fields and in pieces, and
 * what the writer makes of a client's and a server's words. */
#include "proto/dhcp/dhcp.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "proto/dhcp/dhcp_write.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct dhcp_message msg;
static struct err_at at;
static char bytes[4096];

static const struct mac mac = {{0x00, 0x00, 0x5e, 0x00, 0x53, 0x01}};

/* The fixed fields of a reply with cookie, then `options`. */
static struct str reply(struct str options)
{
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, "\x02\x01\x06\x00\x12\x34\x56\x78\x00\x05\x80\x00", 12);
    memcpy(bytes + 16, "\xc0\x00\x02\x0a\xc0\x00\x02\x14", 8);
    memcpy(bytes + 28, mac.b, sizeof mac.b);
    memcpy(bytes + 44, "boot.example.com", 16);
    memcpy(bytes + 108, "/8865-3PCC.xml", 14);
    memcpy(bytes + DHCP_FIXED, "\x63\x82\x53\x63", 4);
    memcpy(bytes + DHCP_LEAST, options.p, options.len);
    return str_of(bytes, DHCP_LEAST + options.len);
}

static void fields(void **state)
{
    (void)state;
    struct str all = reply(STR("\x35\x01\x02\x00\x00\x36\x04\xc0\x00\x02\x01\xff"));
    assert_int_equal(dhcp_read(all, &msg, &at), ERR_OK);
    assert_int_equal(msg.op, DHCP_BOOTREPLY);
    assert_int_equal(msg.type, DHCP_OFFER);
    assert_int_equal(msg.xid, 0x12345678);
    assert_int_equal(msg.secs, 5);
    assert_true(msg.broadcast && msg.ended && msg.has_mac && mac_eq(msg.mac, mac));
    assert_true(addr_eq(msg.yiaddr, addr4(0xc000020a)) && addr_eq(msg.siaddr, addr4(0xc0000214)));
    assert_true(addr_unset(msg.ciaddr) && addr_unset(msg.giaddr));
    assert_true(str_eq(msg.sname, STR("boot.example.com")));
    assert_true(str_eq(msg.file, STR("/8865-3PCC.xml")));
    assert_int_equal(msg.chaddr.len, 6);
}

/* Without option 53, without an end mark: BOOTP, and not refused. */
static void bootp(void **state)
{
    (void)state;
    assert_int_equal(dhcp_read(reply(STR("\x0c\x00")), &msg, &at), ERR_OK);
    assert_int_equal(msg.type, DHCP_BOOTP);
    assert_false(msg.ended);
    assert_true(dhcp_has(&msg, DHCP_OPT_HOSTNAME));
    assert_non_null(dhcp_option(&msg, DHCP_OPT_HOSTNAME).p);
    assert_int_equal(dhcp_option(&msg, DHCP_OPT_HOSTNAME).len, 0);
    assert_false(dhcp_has(&msg, DHCP_OPT_DOMAIN));
    assert_null(dhcp_option(&msg, DHCP_OPT_DOMAIN).p);
}

static const struct {
    const char *what;
    size_t at; /* where a byte is changed; 0 changes none */
    char byte;
    size_t cut; /* bytes taken off the end */
    size_t offset;
} wrong[] = {
    {"one byte short of the cookie", 0, 2, 8, 239},
    {"nothing", 0, 2, 247, 0},
    {"op", 0, 3, 0, 0},
    {"hlen", 2, 17, 0, 2},
    {"cookie", 239, 0, 0, 236},
    {"an option without length", 0, 2, 3, 243},
    {"an option past the end", 244, 3, 0, 243},
    {"type 0", 242, 0, 0, 242},
    {"type of three bytes, in pieces", 243, 0x35, 0, 240},
};

static void malformed(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct str all = reply(STR("\x35\x01\x01\x0c\x02\x61\x62"));
        bytes[wrong[i].at] = wrong[i].byte;
        all.len -= wrong[i].cut;
        enum err e = dhcp_read(all, &msg, &at);
        if (e != ERR_MALFORMED || at.offset != wrong[i].offset || at.rule == NULL) {
            fail_msg("%s: %s at %zu", wrong[i].what, err_name(e), at.offset);
        }
    }
}

/* Options field, then file, then sname; what option 52 says inside of file does not count. */
static void overload(void **state)
{
    (void)state;
    struct str all = reply(STR("\x34\x01\x03\x42\x02\x61\x62\x35\x01\x05\xff"));
    memcpy(bytes + 108, "\x42\x02\x63\x64\x34\x01\x00\xff", 8);
    memcpy(bytes + 44,
           "\x42\x01\x65\x0f\x0b"
           "example.com\xff",
           18);
    assert_int_equal(dhcp_read(all, &msg, &at), ERR_OK);
    assert_int_equal(msg.overload, 3);
    assert_null(msg.sname.p);
    assert_null(msg.file.p);
    assert_true(str_eq(dhcp_text(&msg, DHCP_OPT_TFTP_NAME), STR("abcde")));
    assert_true(str_eq(dhcp_text(&msg, DHCP_OPT_DOMAIN), STR("example.com")));

    struct dhcp_message copy = msg;
    memset(&msg, 0, sizeof msg);
    assert_true(str_eq(dhcp_text(&copy, DHCP_OPT_TFTP_NAME), STR("abcde")));

    all = reply(STR("\x34\x01\x01\x35\x01\x05\xff"));
    memcpy(bytes + 108, "\xff", 1);
    assert_int_equal(dhcp_read(all, &msg, &at), ERR_OK);
    assert_null(msg.file.p);
    assert_true(str_eq(msg.sname, STR("boot.example.com")));
    all = reply(STR("\x34\x01\x02\x35\x01\x05\xff"));
    memcpy(bytes + 44 + 60, "\x0c\x09", 2); /* reaches past sname, into file */
    memset(bytes + 44, 0, 60);
    assert_int_equal(dhcp_read(all, &msg, &at), ERR_MALFORMED);
    assert_int_equal(at.offset, 44 + 60);
}

/* Long options stand in pieces, also with others between them; the room for them is limited. */
static void pieces(void **state)
{
    char value[DHCP_JOINED_MOST + 1];
    struct dhcp_writer w = {.p = (uint8_t *)bytes, .cap = sizeof bytes, .len = DHCP_LEAST};
    (void)state;
    for (size_t i = 0; i < sizeof value; i++) {
        value[i] = (char)('a' + i % 26);
    }
    (void)reply(STR(""));
    dhcp_write_option(&w, DHCP_OPT_PROV_URL, str_of(value, 600));
    dhcp_write_number(&w, DHCP_OPT_TYPE, 1, DHCP_ACK);
    dhcp_write_option(&w, DHCP_OPT_PROV_URL, str_of(value + 600, 10));
    size_t len = dhcp_write_end(&w);
    assert_int_equal(dhcp_read(str_of(bytes, len), &msg, &at), ERR_OK);
    assert_int_equal(msg.options[DHCP_OPT_PROV_URL].n, 4);
    assert_true(str_eq(dhcp_option(&msg, DHCP_OPT_PROV_URL), str_of(value, 610)));

    w.len = DHCP_LEAST;
    dhcp_write_option(&w, DHCP_OPT_PROV_URL, str_of(value, sizeof value));
    len = dhcp_write_end(&w);
    assert_int_equal(dhcp_read(str_of(bytes, len), &msg, &at), ERR_LIMIT);
    assert_int_equal(at.offset, DHCP_LEAST + 2);
}

static void values(void **state)
{
    struct addr a[2];
    uint32_t n;
    (void)state;
    struct str all = reply(STR("\x06\x0c\xc0\x00\x02\x35\xc6\x33\x64\x35\xcb\x00\x71\x35\x33\x04"
                               "\x00\x01\x51\x80\x42\x0b"
                               "192.0.2.69\x00\x03\x05\xc0\x00\x02\x01\x00\xff"));
    assert_int_equal(dhcp_read(all, &msg, &at), ERR_OK);
    assert_int_equal(dhcp_addrs(&msg, DHCP_OPT_DNS, COUNT(a), a), 3);
    assert_true(addr_eq(a[0], addr4(0xc0000235)) && addr_eq(a[1], addr4(0xc6336435)));
    assert_int_equal(dhcp_addrs(&msg, DHCP_OPT_ROUTER, COUNT(a), a), 0);
    assert_false(dhcp_addr(&msg, DHCP_OPT_NTP, a));
    assert_true(dhcp_addr(&msg, DHCP_OPT_DNS, a));
    assert_true(dhcp_number(&msg, DHCP_OPT_LEASE, 4, &n));
    assert_int_equal(n, 86400);
    assert_false(dhcp_number(&msg, DHCP_OPT_LEASE, 2, &n));
    assert_false(dhcp_number(&msg, DHCP_OPT_T1, 4, &n));
    assert_true(str_eq(dhcp_text(&msg, DHCP_OPT_TFTP_NAME), STR("192.0.2.69")));
}

static void client_is_written(void **state)
{
    size_t len;
    struct addr a;
    (void)state;
    struct dhcp_client c = {.type = DHCP_REQUEST,
                            .xid = 7,
                            .broadcast = true,
                            .mac = mac,
                            .requested = addr4(0xc000020a),
                            .server = addr4(0xc0000201),
                            .hostname = STR("SEP00005E005301"),
                            .class = STR("CP-8865-3PCC\0"),
                            .parameters = STR("\x01\x03\x06\x42\x96\xa0"),
                            .max_size = 1500};
    assert_int_equal(dhcp_write_client(&c, bytes, 576, &len), ERR_OK);
    assert_int_equal(len, 309);
    assert_int_equal(dhcp_read(str_of(bytes, len), &msg, &at), ERR_OK);
    assert_int_equal(msg.op, DHCP_BOOTREQUEST);
    assert_int_equal(msg.type, DHCP_REQUEST);
    assert_true(msg.broadcast && msg.ended && mac_eq(msg.mac, mac));
    assert_true(dhcp_addr(&msg, DHCP_OPT_REQUESTED, &a) && addr_eq(a, c.requested));
    assert_true(dhcp_addr(&msg, DHCP_OPT_SERVER, &a) && addr_eq(a, c.server));
    assert_true(str_eq(dhcp_text(&msg, DHCP_OPT_HOSTNAME), c.hostname));
    assert_true(str_eq(dhcp_option(&msg, DHCP_OPT_CLASS), c.class));
    assert_true(str_eq(dhcp_option(&msg, DHCP_OPT_PARAMETERS), c.parameters));
    assert_true(str_eq(dhcp_option(&msg, DHCP_OPT_CLIENT_ID), STR("\x01\x00\x00\x5e\x00\x53\x01")));
    for (size_t cap = 0; cap < len; cap++) {
        assert_int_equal(dhcp_write_client(&c, bytes, cap, &(size_t){0}), ERR_LIMIT);
    }
    c = (struct dhcp_client){
        .type = DHCP_INFORM, .mac = mac, .ciaddr = addr4(0xc000020b), .client_id = STR("\0x")};
    assert_int_equal(dhcp_write_client(&c, bytes, 576, &len), ERR_OK);
    assert_int_equal(len, 300);
    assert_int_equal(dhcp_read(str_of(bytes, len), &msg, &at), ERR_OK);
    assert_true(addr_eq(msg.ciaddr, c.ciaddr) && !dhcp_has(&msg, DHCP_OPT_REQUESTED));
    assert_true(str_eq(dhcp_option(&msg, DHCP_OPT_CLIENT_ID), STR("\0x")));
}

static void answer_is_written(void **state)
{
    static char out[600];
    struct addr list[70];
    size_t len;
    (void)state;
    struct dhcp_client c = {.type = DHCP_DISCOVER, .xid = 9, .broadcast = true, .mac = mac};
    assert_int_equal(dhcp_write_client(&c, bytes, 576, &len), ERR_OK);
    assert_int_equal(dhcp_read(str_of(bytes, len), &msg, &at), ERR_OK);
    struct dhcp_answer a = {.type = DHCP_OFFER,
                            .yiaddr = addr4(0xc000020a),
                            .siaddr = addr4(0xc0000245),
                            .server = addr4(0xc0000201),
                            .file = STR("/a.xml")};
    struct dhcp_writer w = dhcp_write_answer(&msg, &a, out, sizeof out);
    for (uint32_t i = 0; i < COUNT(list); i++) {
        list[i] = addr4(0xc0000200 + i);
    }
    dhcp_write_addrs(&w, DHCP_OPT_TFTP_ADDRS, list, COUNT(list));
    assert_int_equal(len = dhcp_write_end(&w), 240 + 3 + 6 + 2 + 252 + 2 + 28 + 1);
    struct dhcp_message offer;
    assert_int_equal(dhcp_read(str_of(out, len), &offer, &at), ERR_OK);
    assert_int_equal(offer.type, DHCP_OFFER);
    assert_int_equal(offer.xid, 9);
    assert_true(offer.broadcast && mac_eq(offer.mac, mac) && str_eq(offer.file, STR("/a.xml")));
    assert_true(addr_eq(offer.siaddr, a.siaddr) && offer.sname.len == 0);
    assert_int_equal(dhcp_addrs(&offer, DHCP_OPT_TFTP_ADDRS, COUNT(list), list), COUNT(list));
    assert_true(addr_eq(list[69], addr4(0xc0000245)));
    w = dhcp_write_answer(&msg, &a, out, 250);
    assert_int_equal(dhcp_write_end(&w), 0);
}

static void types(void **state)
{
    (void)state;
    assert_string_equal(dhcp_type_name(DHCP_INFORM), "INFORM");
    assert_string_equal(dhcp_type_name(0), "BOOTP");
    assert_string_equal(dhcp_type_name(77), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields),
        cmocka_unit_test(bootp),
        cmocka_unit_test(malformed),
        cmocka_unit_test(overload),
        cmocka_unit_test(pieces),
        cmocka_unit_test(values),
        cmocka_unit_test(client_is_written),
        cmocka_unit_test(answer_is_written),
        cmocka_unit_test(types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
