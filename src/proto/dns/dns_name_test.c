/* Names: compression in all its wrong forms, text there and back. */
#include "proto/dns/dns_name.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define BYTES(lit) STR_INIT(lit)

static const struct {
    struct str message;
    size_t at;
    enum err e;
    const char *text;
    size_t behind; /* with ERR_MALFORMED: the offset of the fault */
} reads[] = {
    {BYTES("\0"), 0, ERR_OK, ".", 1},
    {BYTES("\3www\7example\3com\0"), 0, ERR_OK, "www.example.com", 17},
    {BYTES("\3com\0\7example\xc0\0"), 5, ERR_OK, "example.com", 15},
    {BYTES("\3com\0\1b\xc0\0\1a\xc0\5z"), 9, ERR_OK, "a.b.com", 13},
    {BYTES("\3a.b\2c\\\2 \xff\0"), 0, ERR_OK, "a\\.b.c\\\\.\\032\\255", 11},
    {BYTES("\3www"), 0, ERR_MORE, NULL, 0},
    {BYTES("\3ww"), 0, ERR_MORE, NULL, 0},
    {BYTES(""), 0, ERR_MORE, NULL, 0},
    {BYTES("\1a\0"), 9, ERR_MORE, NULL, 0},
    {BYTES("\1a\xc0"), 0, ERR_MORE, NULL, 0},
    {BYTES("\xc0\0"), 0, ERR_MALFORMED, NULL, 0},          /* to itself */
    {BYTES("\xc0\2\0"), 0, ERR_MALFORMED, NULL, 0},        /* forward */
    {BYTES("\1a\xc0\0"), 0, ERR_MALFORMED, NULL, 2},       /* round and round */
    {BYTES("\1a\xc0\4\xc0\2"), 4, ERR_MALFORMED, NULL, 2}, /* back, then forward */
    {BYTES("\x3f\x41"
           "b\xc0\0"),
     3, ERR_MALFORMED, NULL, 0}, /* a label over the end, by pointer */
    {BYTES("\x40\0"), 0, ERR_MALFORMED, NULL, 0},
    {BYTES("\x80\0"), 0, ERR_MALFORMED, NULL, 0},
};

static void reading(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof reads / sizeof *reads; i++) {
        struct dns_name name;
        struct err_at at = {0};
        size_t here = reads[i].at;
        char text[DNS_NAME_TEXT];
        enum err e = dns_name_read(reads[i].message, &here, &name, &at);
        if (e != reads[i].e) {
            fail_msg("row %zu: %s", i, err_name(e));
        }
        if (e == ERR_OK) {
            struct str s = dns_name_text(name, text);
            assert_string_equal(text, reads[i].text);
            assert_int_equal(s.len, strlen(text));
            assert_int_equal(here, reads[i].behind);
        } else if (e == ERR_MALFORMED) {
            assert_int_equal(at.offset, reads[i].behind);
            assert_non_null(at.what);
            assert_non_null(at.rule);
        }
    }
}

/* 127 labels of one byte are 255 bytes; one more is too many. */
static void longest(void **state)
{
    char bytes[2 * 128 + 1];
    struct dns_name name;
    struct err_at at;
    char text[DNS_NAME_TEXT];
    (void)state;
    for (size_t i = 0; i < 128; i++) {
        bytes[2 * i] = 1;
        bytes[2 * i + 1] = (char)0xff;
    }
    bytes[256] = 0;
    size_t here = 2;
    assert_int_equal(dns_name_read(str_of(bytes, sizeof bytes), &here, &name, &at), ERR_OK);
    assert_int_equal(dns_name_text(name, text).len, 127 * 4 + 126);
    here = 0;
    assert_int_equal(dns_name_read(str_of(bytes, sizeof bytes), &here, &name, &at), ERR_MALFORMED);
}

static void longest_text(void **state)
{
    char bytes[255];
    struct dns_name name;
    struct err_at at;
    char text[DNS_NAME_TEXT];
    uint8_t wire[DNS_NAME_WIRE];
    size_t len = 0;
    size_t here = 0;
    (void)state;
    memset(bytes, 0xff, sizeof bytes);
    bytes[0] = bytes[64] = bytes[128] = 63;
    bytes[192] = 61;
    bytes[254] = 0;
    assert_int_equal(dns_name_read(str_of(bytes, sizeof bytes), &here, &name, &at), ERR_OK);
    struct str s = dns_name_text(name, text);
    assert_int_equal(s.len, 250 * 4 + 3);
    assert_true(dns_name_wire(s, wire, &len));
    assert_int_equal(len, sizeof bytes);
    assert_memory_equal(wire, bytes, len);
}

static const struct {
    const char *text;
    struct str wire; /* empty: no name */
} writes[] = {
    {".", BYTES("\0")},
    {"com", BYTES("\3com\0")},
    {"com.", BYTES("\3com\0")},
    {"a\\.b.c\\\\.\\032\\255", BYTES("\3a.b\2c\\\2 \xff\0")},
    {"_sips._tcp.example.com", BYTES("\5_sips\4_tcp\7example\3com\0")},
    {"\\a", BYTES("\1a\0")},
    {"", BYTES("")},
    {"..", BYTES("")},
    {".com", BYTES("")},
    {"a..b", BYTES("")},
    {"a\\", BYTES("")},
    {"a\\25", BYTES("")},
    {"a\\256", BYTES("")},
    {"0123456789012345678901234567890123456789012345678901234567890123", BYTES("")},
};

static void writing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof writes / sizeof *writes; i++) {
        uint8_t wire[DNS_NAME_WIRE];
        size_t len = 0;
        bool ok = dns_name_wire(str_z(writes[i].text), wire, &len);
        if (ok != (writes[i].wire.len > 0)) {
            fail_msg("%s", writes[i].text);
        }
        if (ok) {
            assert_int_equal(len, writes[i].wire.len);
            assert_memory_equal(wire, writes[i].wire.p, len);
        }
    }
}

static struct dns_name name_at(struct str m, size_t at)
{
    struct dns_name name;
    struct err_at wrong;
    assert_int_equal(dns_name_read(m, &at, &name, &wrong), ERR_OK);
    return name;
}

static void comparing(void **state)
{
    struct str m = STR("\3com\0\1A\xc0\0\1a\3COM\0\1a\0");
    (void)state;
    assert_true(dns_name_eq(name_at(m, 5), name_at(m, 9)));
    assert_true(dns_name_eq(name_at(m, 5), name_at(m, 5)));
    assert_false(dns_name_eq(name_at(m, 5), name_at(m, 16)));
    assert_false(dns_name_eq(name_at(m, 5), name_at(m, 0)));
    assert_true(dns_name_root(name_at(m, 4)));
    assert_false(dns_name_root(name_at(m, 0)));
    assert_true(dns_name_root((struct dns_name){0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading), cmocka_unit_test(longest),   cmocka_unit_test(longest_text),
        cmocka_unit_test(writing), cmocka_unit_test(comparing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
