/* Values of options as text, and what they hold inside. */
#include "proto/dhcp/dhcp_option.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "proto/dhcp/dhcp_inner.h"
#include "proto/dhcp/dhcp_write.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const struct {
    uint8_t code;
    struct str value;
    const char *text;
} rows[] = {
    {3, STR_INIT("\xc0\x00\x02\x01"), "192.0.2.1"},
    {6, STR_INIT("\xc0\x00\x02\x35\xc6\x33\x64\x35"), "192.0.2.53, 198.51.100.53"},
    {6, STR_INIT("\xc0\x00\x02"), "c00002"},
    {2, STR_INIT("\xff\xff\xff\xff"), "-1"},
    {51, STR_INIT("\x00\x01\x51\x80"), "86400"},
    {51, STR_INIT("\x01\x51\x80"), "015180"},
    {53, STR_INIT("\x02"), "OFFER"},
    {55, STR_INIT("\x01\x42\xa0"), "1,66,160"},
    {60, STR_INIT("CP-8865-3PCC\0"), "CP-8865-3PCC"},
    {61, STR_INIT("\x01\x00\x00\x5e\x00\x53\x01"), "0100005e005301"},
    {66, STR_INIT("tftp.example.com\0\0"), "tftp.example.com"},
    {80, STR_INIT(""), ""},
    {43,
     STR_INIT("\x00\x01\x03"
              "abc\x02\x02\xc0\x00\xff\x09"),
     "1=abc 2=c000"},
    {43, STR_INIT("http://acs.example.com/"), "http://acs.example.com/"},
    {43, STR_INIT("\x01\x09\x01"), "010901"},
    {82,
     STR_INIT("\x01\x04"
              "ge-1\x02\x02\x00\x01"),
     "1=ge-1 2=0001"},
    {119,
     STR_INIT("\x03"
              "eng\x07"
              "example\x03"
              "com\x00\x05"
              "sales\xc0\x04"),
     "eng.example.com, sales.example.com"},
    {119, STR_INIT("\xc0\x00"), "c000"},
    {119,
     STR_INIT("\x01"
              "a\xc0\x00\x01"),
     "0161c00001"},
    {119,
     STR_INIT("\x03"
              "a.b\x00"),
     "a?b"},
    {120, STR_INIT("\x01\xc0\x00\x02\x05"), "192.0.2.5"},
    {120,
     STR_INIT("\x00\x03"
              "sip\x07"
              "example\x00"),
     "sip.example"},
    {120, STR_INIT("\x02\xc0\x00\x02\x05"), "02c0000205"},
    {121, STR_INIT("\x00\xc0\x00\x02\x01\x18\xc6\x33\x64\xc0\x00\x02\xfe"),
     "0.0.0.0/0 via 192.0.2.1, 198.51.100.0/24 via 192.0.2.254"},
    {121, STR_INIT("\x21\xc0\x00\x02\x01\x00\x00\x00\x00\x00"), "21c00002010000000000"},
    {125,
     STR_INIT("\x00\x00\x00\x09\x05\x05\x03"
              "abc\x00\x00\x0d\xe9\x02\x01\x00"),
     "enterprise 9: 5=abc; enterprise 3561: 1="},
    {125, STR_INIT("\x00\x00\x00\x09\x05\x05"), "000000090505"},
    {124,
     STR_INIT("\x00\x00\x00\x09\x04"
              "\x03"
              "abc"),
     "enterprise 9: 03616263"},
    {81, STR_INIT("\x00\x00\x00phone.example.com"), "phone.example.com"},
    {81, STR_INIT("\x04\x00\x00\x05phone"), "phone"},
    {81, STR_INIT("\x04\x00\x00\x09phone"),
     "040000"
     "0970686f6e65"},
    {150, STR_INIT("\xc0\x00\x02\x45"), "192.0.2.69"},
    {160, STR_INIT("https://p.example.com/$PSN.xml"), "https://p.example.com/$PSN.xml"},
    {223, STR_INIT("text"), "text"},
    {223, STR_INIT("\x01\x02"), "0102"},
};

static void texts(void **state)
{
    static char bytes[600];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct dhcp_message request = {.op = DHCP_BOOTREQUEST};
        struct dhcp_answer answer = {.type = DHCP_OFFER};
        struct dhcp_writer w = dhcp_write_answer(&request, &answer, bytes, sizeof bytes);
        w.len -= rows[i].code == 53 ? 3 : 0; /* which stands there already */
        dhcp_write_option(&w, rows[i].code, rows[i].value);
        struct dhcp_message m;
        struct err_at at;
        struct buf b = {0};
        struct sink out = buf_sink(&b);
        assert_int_equal(dhcp_read(str_of(bytes, dhcp_write_end(&w)), &m, &at), ERR_OK);
        dhcp_option_print(&m, rows[i].code, &out);
        if (!str_eq(buf_str(&b), str_z(rows[i].text))) {
            fail_msg("%u: \"%.*s\"", (unsigned)rows[i].code, STR_ARG(buf_str(&b)));
        }
        buf_clear(&b);
    }
}

static void names(void **state)
{
    (void)state;
    assert_string_equal(dhcp_option_name(66), "TFTP server name");
    assert_null(dhcp_option_name(223));
    assert_null(dhcp_option_name(0));
}

static const struct {
    struct str value;
    uint16_t vlan; /* 0: refused */
} vlans[] = {
    {STR_INIT("42"), 42},
    {STR_INIT("42\0"), 42},
    {STR_INIT("VLAN-A=142;"), 142},
    {STR_INIT("\x00\x2a"), 42},
    {STR_INIT("\x00\x00\x0f\xfe"), 4094},
    {STR_INIT("4095"), 0},
    {STR_INIT("0"), 0},
    {STR_INIT(""), 0},
    {STR_INIT("VLAN-B=1;"), 0},
    {STR_INIT("\x00\x00\x2a"), 0},
};

static void vlan(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vlans); i++) {
        uint16_t n = 0;
        bool good = dhcp_vlan_read(vlans[i].value, &n);
        if (good != (vlans[i].vlan != 0) || n != vlans[i].vlan) {
            fail_msg("row %zu: %u", i, (unsigned)n);
        }
    }
}

/* 255 bytes of text are the most that a name has, whichever way it is written. */
static void long_names(void **state)
{
    char list[5 * 64];
    char name[DHCP_NAME_TEXT];
    struct dhcp_fqdn fqdn;
    struct err_at at;
    size_t offset = 0;
    (void)state;
    for (size_t i = 0; i < sizeof list; i++) {
        list[i] = i % 64 == 0 ? 63 : 'a';
    }
    list[4 * 64] = 0;
    assert_int_equal(dhcp_name_next(str_of(list, 4 * 64 + 1), &offset, name, &at), ERR_OK);
    assert_int_equal(strlen(name), 255);
    assert_int_equal(offset, 4 * 64 + 1);
    list[4 * 64] = 63;
    offset = 0;
    assert_int_equal(dhcp_name_next(str_of(list, sizeof list), &offset, name, &at), ERR_MALFORMED);
    assert_int_equal(at.offset, 4 * 64);
    memcpy(list, "\x04\x00\x00", 3);
    assert_int_equal(dhcp_fqdn_read(str_of(list, 2), &fqdn, &at), ERR_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts),
        cmocka_unit_test(names),
        cmocka_unit_test(vlan),
        cmocka_unit_test(long_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
