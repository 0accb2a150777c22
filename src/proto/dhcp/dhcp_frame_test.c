/* DHCP's way below the routing table: checksums, padding, what is not meant for us. */
#include "proto/dhcp/dhcp_frame.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static uint8_t bytes[128];

static size_t written(const char *payload)
{
    size_t len = 0;
    struct dhcp_frame f = {
        .src = {addr4(0), 68}, .dst = {addr4(0xffffffff), 67}, .payload = str_z(payload)};
    assert_int_equal(dhcp_frame_write(&f, bytes, sizeof bytes, &len), ERR_OK);
    return len;
}

static void both_ways(void **state)
{
    static const char *const payloads[] = {"", "a", "ab", "DISCOVER"};
    (void)state;
    for (size_t i = 0; i < COUNT(payloads); i++) {
        struct dhcp_frame f;
        struct err_at at;
        size_t len = written(payloads[i]);
        assert_int_equal(len, DHCP_FRAME_HEAD + strlen(payloads[i]));
        struct str padded = str_of((const char *)bytes, len + 9);
        assert_int_equal(dhcp_frame_read(padded, &f, &at), ERR_OK);
        assert_true(str_eq(f.payload, str_z(payloads[i])));
        assert_true(f.src.port == 68 && addr_eq(f.src.ip, addr4(0)));
        assert_true(f.dst.port == 67 && addr_eq(f.dst.ip, addr4(0xffffffff)));
        assert_int_equal(dhcp_frame_read(str_head(padded, len - 1), &f, &at), ERR_MALFORMED);
    }
}

/* The sums as they stand in a packet that was worked out by hand. */
static void checksums(void **state)
{
    static const uint8_t packet[] = {
        0x45, 0x00, 0x00, 0x1d, 0x00, 0x00, 0x00, 0x00, 0x40, 0x11, 0x7a, 0xd1, 0x00, 0x00, 0x00,
        0x00, 0xff, 0xff, 0xff, 0xff, 0x00, 0x44, 0x00, 0x43, 0x00, 0x09, 0x9e, 0x55, 0x61,
    };
    (void)state;
    assert_int_equal(written("a"), sizeof packet);
    assert_memory_equal(bytes, packet, sizeof packet);
}

static const struct {
    const char *what;
    size_t at;
    uint8_t value;
    enum err err;
} wrong[] = {
    {"version 6", 0, 0x65, ERR_MALFORMED}, {"header of four words", 0, 0x44, ERR_MALFORMED},
    {"too long", 3, 0x7e, ERR_MALFORMED},  {"sum", 11, 0, ERR_MALFORMED},
    {"UDP length", 25, 9, ERR_MALFORMED},  {"UDP length below 8", 25, 7, ERR_MALFORMED},
};

static void damaged(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct dhcp_frame f;
        struct err_at at;
        size_t len = written("");
        bytes[wrong[i].at] = wrong[i].value;
        enum err e = dhcp_frame_read(str_of((const char *)bytes, len), &f, &at);
        if (e != wrong[i].err || at.rule == NULL) {
            fail_msg("%s: %s", wrong[i].what, err_name(e));
        }
    }
}

/* TCP, and a fragment; the header's sum is mended. */
static void not_ours(void **state)
{
    struct dhcp_frame f;
    struct err_at at;
    (void)state;
    size_t len = written("");
    bytes[9] = 6;
    bytes[11] = (uint8_t)(bytes[11] + 11);
    assert_int_equal(dhcp_frame_read(str_of((const char *)bytes, len), &f, &at), ERR_MISSING);
    len = written("");
    bytes[6] = 0x20;
    bytes[10] = (uint8_t)(bytes[10] - 0x20);
    assert_int_equal(dhcp_frame_read(str_of((const char *)bytes, len), &f, &at), ERR_MISSING);
}

static void room(void **state)
{
    struct dhcp_frame f = {.payload = STR("abc")};
    size_t len = 7;
    (void)state;
    assert_int_equal(dhcp_frame_write(&f, bytes, DHCP_FRAME_HEAD + 2, &len), ERR_LIMIT);
    f.payload.len = 65536;
    assert_int_equal(dhcp_frame_write(&f, bytes, SIZE_MAX, &len), ERR_LIMIT);
    assert_int_equal(len, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways), cmocka_unit_test(checksums), cmocka_unit_test(damaged),
        cmocka_unit_test(not_ours),  cmocka_unit_test(room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
