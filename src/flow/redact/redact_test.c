/* Every spelling of every kind of identity, what stays, seams between pieces, the leak check. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "flow/redact/redact.h"

static void feed(struct redact *r, enum redact_pass pass, struct str text, struct sink *out,
                 size_t step)
{
    redact_begin(r, pass, out);
    while (text.len > 0) {
        struct str part = str_head(text, step);
        assert_int_equal(redact_feed(r, part), ERR_OK);
        text = str_from(text, part.len);
    }
    assert_int_equal(redact_end(r), ERR_OK);
}

/* All three passes over the texts; the outputs one behind the other. */
static void redact_texts(struct redact *r, const struct str *texts, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n; i++) {
        feed(r, REDACT_COLLECT, texts[i], NULL, SIZE_MAX);
    }
    assert_int_equal(redact_seal(r), ERR_OK);
    for (size_t i = 0; i < n; i++) {
        struct sink s = buf_sink(out);
        feed(r, REDACT_REPLACE, texts[i], &s, SIZE_MAX);
    }
    feed(r, REDACT_CHECK, buf_str(out), NULL, SIZE_MAX);
}

static void check(const char *in, const char *expected)
{
    struct redact *r = NULL;
    struct buf out = {.limit = 0};
    struct redact_leak leak;
    struct str text = str_z(in);
    assert_int_equal(redact_new(1000, &r), ERR_OK);
    redact_texts(r, &text, 1, &out);
    assert_int_equal(buf_add(&out, str_of("", 1)), ERR_OK);
    assert_string_equal(out.p, expected);
    assert_false(redact_leaked(r, &leak));
    buf_clear(&out);
    redact_free(r);
}

struct row {
    const char *in, *out;
};

static void each(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(strlen(rows[i].in), strlen(rows[i].out));
        check(rows[i].in, rows[i].out);
    }
}

#define EACH(rows) each(rows, sizeof(rows) / sizeof(rows)[0])

static void macs(void **state)
{
    static const struct row rows[] = {
        {"x 00:00:5e:aa:53:1c y", "x 00:00:5e:00:00:01 y"},
        {"x 00-00-5E-AA-53-1C y", "x 00-00-5E-00-00-01 y"},
        {"x 0000.5eaa.531c y", "x 0000.5e00.0001 y"},
        {"DHCP-hostname:SEP00005EAA531C", "DHCP-hostname:SEP00005E000001"},
        {"CN=CP-8865-3PCC-SEP00005EAA531C,", "CN=CP-8865-3PCC-SEP00005E000001,"},
        {"User-Agent: Cisco-CP-8865-3PCC/12.0.2 (00005eaa531c)^M",
         "User-Agent: Cisco-CP-8865-3PCC/12.0.2 (00005e000001)^M"},
        {"User-Agent: Cisco-CP-8865-3PCC/12.0.2_00005eaa531c_x",
         "User-Agent: Cisco-CP-8865-3PCC/12.0.2_00005e000001_x"},
        {" _5b0e61d2-90c4-4f3a-b6e8-17aa52c3d904_00005eaa-531c-4f3a-b6e8-17aa52c3d904^M",
         " _5b0e61d2-90c4-4f3a-b6e8-17aa52c3d904_00005e00-0001-4f3a-b6e8-17aa52c3d904^M"},
        {"Session-ID: 7c41d90e00105000a00000005eaa531c;remote=0",
         "Session-ID: 7c41d90e00105000a00000005e000001;remote=0"},
        {"Call-ID: 00005eaa-531c000a-12345678-9abcdef0@10.0.0.1",
         "Call-ID: 00005e00-0001000a-12345678-9abcdef0@10.0.0.1"},
        {"From: ;tag=00005eaa531c07147b2a1e7f-3f2f2aa9",
         "From: ;tag=00005e00000107147b2a1e7f-3f2f2aa9"},
        {"+sip.instance=\"<urn:uuid:00000000-0000-0000-0000-00005EAA531C>\"",
         "+sip.instance=\"<urn:uuid:00000000-0000-0000-0000-00005E000001>\""},
        {"GET /prov/00005eaa531c.xml HTTP/1.1", "GET /prov/00005e000001.xml HTTP/1.1"},
        {"rc?id=00005EAA531C:FTX2099XYZ0:CP-8865-3PCC&sw=sip8845_",
         "rc?id=00005E000001:AAA0000AAA1:CP-8865-3PCC&sw=sip8845_"},
        {"rc?id=00%3A00%3A5e%3Aaa%3A53%3A1c:FTX2099XYZ0:CP-8865-3PCC&",
         "rc?id=00%3A00%3A5e%3A00%3A00%3A01:AAA0000AAA1:CP-8865-3PCC&"},
        {"<MAC_Address>00005EAA531C</MAC_Address>", "<MAC_Address>00005E000001</MAC_Address>"},
        {"fe80::200:5eff:feaa:531c%eth0", "fe80::200:5eff:fe00:0001%eth0"},
        /* Known from one place, replaced in all: the last two tell nothing by themselves. */
        {"SEP00005EAA531C eaa531c0 x00005eaa531cx", "SEP00005E000001 eaa531c0 x00005e000001x"},
        {"SEP00005EAA531C and 00005ebbcc11", "SEP00005E000001 and 00005e000002"},
        {"SEP00005EAA531C SEP00005E000001", "SEP00005E000002 SEP00005E000003"},
        /* No MAC. */
        {"0a1b2c3d4eab 16:56:46.129550", "0a1b2c3d4eab 16:56:46.129550"},
        {"<MAC_ADDRESS> (MAC_ADDRESS) SEPXXXXXXXXXXXX",
         "<MAC_ADDRESS> (MAC_ADDRESS) SEPXXXXXXXXXXXX"},
        {"AA:BB:CC:DD:EE:FF:00:11:22:33", "AA:BB:CC:DD:EE:FF:00:11:22:33"},
    };
    (void)state;
    EACH(rows);
}

static void addresses(void **state)
{
    static const struct row rows[] = {
        {"reply x is 9.1.200.7", "reply x is 6.0.100.1"},
        {"reply x is 139.2.178.40 139.2.178.41 139.2.199.40",
         "reply x is 203.0.113.10 203.0.113.11 203.0.114.10"},
        {"[151.101.12.40]:8934", "[240.100.10.10]:8934"},
        {"received=181.200.1.2;", "received=240.100.0.1;"},
        {"139.2.178.40 dhcp-139-2-178-40.pool", "203.0.113.10 dhcp-203-0-113-10.pool"},
        {"host c-73-12-34-56.example", "host c-11-10-10-10.example"},
        {"query[PTR] 40.178.2.139.in-addr.arpa", "query[PTR] 10.113.0.203.in-addr.arpa"},
        {"cached x is 2607:fcf0:9000:1::5", "cached x is 2001:0db8:1000:1::1"},
        {"2A02:26F0::5 2a02:26f0::6", "2001:0DB8::1 2001:0db8::2"},
        {"2607:fcf0::200:5eff:feaa:531c", "2001:0db8::200:5eff:fe00:0001"},
        /* What stays. */
        {"192.168.1.1 10.0.0.1 172.16.3.4 127.0.0.1 169.254.1.1 100.64.0.1 255.255.255.0",
         "192.168.1.1 10.0.0.1 172.16.3.4 127.0.0.1 169.254.1.1 100.64.0.1 255.255.255.0"},
        {"203.0.113.9 198.51.100.3 192.0.2.1 2001:db8::1 fe80::1 ::1 fd00::1",
         "203.0.113.9 198.51.100.3 192.0.2.1 2001:db8::1 fe80::1 ::1 fd00::1"},
        {"Cisco-CP-8865-3PCC/12.0.2.1 sip88xx.12-0-1-11.loads",
         "Cisco-CP-8865-3PCC/12.0.2.1 sip88xx.12-0-1-11.loads"},
        {"151.101.XXX.XXX 2a04:4e42:1000:X::X", "151.101.XXX.XXX 2a04:4e42:1000:X::X"},
    };
    (void)state;
    EACH(rows);
}

static void people(void **state)
{
    static const struct row rows[] = {
        {"From: \"Alice Smith\" <sip:+15551234567@sip.acme.co.jp>;tag=1",
         "From: \"Namen Amaab\" <sip:+10000000001@sip.saab.co.jp>;tag=1"},
        {"To: Bob <sip:bob@acme.com> bob", "To: Aab <sip:aab@saab.com> bob"},
        {"sip:+15551234567@10.0.0.1 15551234567 (555) 123-4567 +1-555-123-4567 %2B15551234567",
         "sip:+10000000001@10.0.0.1 10000000001 (000) 000-0001 +1-000-000-0001 %2B10000000001"},
        {"tel:+81312345678;x 0312345678", "tel:+81000000001;x 0000000001"},
        {"sip:4711@10.0.0.1 port 4711", "sip:0001@10.0.0.1 port 4711"},
        {"username=\"alice.smith77\" alice.smith77 ALICE.SMITH77",
         "username=\"useru.seraa01\" useru.seraa01 USERU.SERAA01"},
        {"mail alice@corp.acme.com", "mail usaab@saab.saac.com"},
        {"REGISTER sip:acme.com SIP/2.0 prov.acme.com acme.community",
         "REGISTER sip:saab.com SIP/2.0 prov.saab.com acme.community"},
        {"From: <sip:9802736x@98027369.us10.bcld.webex.com>",
         "From: <sip:0000000b@00000001.us10.bcld.webex.com>"},
        {"\"\xe5\xb1\xb1\xe7\x94\xb0\" <sip:x@10.0.0.1>",
         "\"\xe3\x81\x81\xe3\x81\x82\" <sip:x@10.0.0.1>"},
        {"deviceId is HQSW-FLOOR2", "deviceId is HOST-HOAAA1"},
        {"SSID: Acme Guest, x", "SSID: Wlan Wlaab, x"},
        {"DHCP-domain:corp.acme.com", "DHCP-domain:saab.saac.com"},
        {"<Display_Name_1_ ua=\"na\">Alice</Display_Name_1_>",
         "<Display_Name_1_ ua=\"na\">Naaab</Display_Name_1_>"},
        /* What stays. */
        {"pr07.hosted-eu20.bcld.webex.com activate.cisco.com sip:x.example.com",
         "pr07.hosted-eu20.bcld.webex.com activate.cisco.com sip:x.example.com"},
        {"sip:+1XXXXXXXXXX@XXXXX.example.com;user=phone",
         "sip:+1XXXXXXXXXX@XXXXX.example.com;user=phone"},
        {"Call-ID: 5d0c77e1-3ab9f024@192.168.100.6^M",
         "Call-ID: 5d0c77e1-3ab9f024@192.168.100.6^M"},
    };
    (void)state;
    EACH(rows);
}

static void secrets(void **state)
{
    static const struct row rows[] = {
        {"https://ann:p4ss@10.0.0.1/", "https://aab:a0ab@10.0.0.1/"},
        {"[--key 0x1234 --uid bob --pwd hunter]https://10.0.0.1/",
         "[--key 0a0001 --uid aab --pwd secaac]https://10.0.0.1/"},
        {"Authorization: Basic dXNlcjpwYXNz^M", "Authorization: Basic sECretseCAAb^M"},
        {"xpassword=S3cret!x;", "xpassword=S0ecaa!b;"},
        {"{\"token\": \"abcd\"}", "{\"token\": \"saab\"}"},
        {"activation code: 1234-5678-9012-3456", "activation code: 0000-0000-0000-0001"},
        {"gds://1234567890123456", "gds://0000000000000001"},
        {"response=\"5f1e88a0c36b4d97e2140bb7730cd916\",cnonce=\"3be0915c\"",
         "response=\"00000000000000000000000000000001\",cnonce=\"00000001\""},
        {"nonce=\"BroadWorksXloyw3v6cT4qpwwBW\" nonce=\"BroadWorksXloyw3v6cT4qpwwBX\"",
         "nonce=\"BroadWorksXloyw3v6cT0aaaaAB\" nonce=\"BroadWorksXloyw3v6cT0aaaaAC\""},
        {"realm=\"acme pbx\" realm=\"BroadWorks\"", "realm=\"real aab\" realm=\"BroadWorks\""},
        {"<Password_1_ ua=\"na\">hunter2</Password_1_>",
         "<Password_1_ ua=\"na\">secaaa1</Password_1_>"},
        {"-----BEGIN PRIVATE KEY-----\nMIIB+x\n-----END PRIVATE KEY-----\n",
         "-----BEGIN PRIVATE KEY-----\nSEAA+b\n-----END PRIVATE KEY-----\n"},
        {"username=\" \n \n   +15551234567\",realm=\"BroadWorks\"",
         "username=\" \n \n   +10000000001\",realm=\"BroadWorks\""},
        {"[--key $B --uid $SN]/$MA.xml", "[--key $B --uid $SN]/$MA.xml"},
        {"tag=412345678-1700000000150 response=404", "tag=412345678-1700000000150 response=404"},
    };
    (void)state;
    EACH(rows);
}

/* A message in pieces: a record of another thread may stand between them. */
static void pieces(void **state)
{
    char in[4096], expected[4096];
    static const char head[] = "1001 NOT Sep 04 22:51:08.127871 (26-27) voice-";
    static const char other[] = "1002 NOT Sep 04 22:51:08.127900 (26-99) voice-other\n";
    static const char next[] = "1003 NOT Sep 04 22:51:08.128000 (26-27) voice-";
    char fill[700];
    (void)state;
    memset(fill, '=', sizeof fill);
    fill[sizeof fill - 1] = 0;
    static const struct {
        const char *left, *right, *left_out, *right_out;
    } rows[] = {
        {"x 00:00:5e:aa", ":53:1c y", "x 00:00:5e:00", ":00:01 y"},
        {"sip:+1555123", "4567@10.0.0.1", "sip:+1000000", "0001@10.0.0.1"},
        {"is 139.2.178.4", "0 ", "is 203.0.113.1", "0 "},
        {"username=\"ali", "ce\"", "username=\"usa", "ab\""},
        {"SEP0000", "5EAA531C", "SEP0000", "5E000001"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (int between = 0; between < 2; between++) {
            snprintf(in, sizeof in, "%s%s %s\n%s%s%s\n", head, fill, rows[i].left,
                     between ? other : "", next, rows[i].right);
            snprintf(expected, sizeof expected, "%s%s %s\n%s%s%s\n", head, fill, rows[i].left_out,
                     between ? other : "", next, rows[i].right_out);
            check(in, expected);
        }
    }
}

static void over_files(void **state)
{
    struct redact *r = NULL;
    struct buf out = {.limit = 0};
    const struct str texts[] = {STR("a fxx 00005eaa531c\n"),
                                STR("SEP00005EAA531C\nrealm=\"floor7-pbx\"\n"),
                                STR("0000.5eaa.531c floor7-pbx\n")};
    (void)state;
    assert_int_equal(redact_new(0, &r), ERR_OK);
    redact_texts(r, texts, 3, &out);
    struct str expected = STR("a fxx 00005e000001\nSEP00005E000001\nrealm=\"realm0-aab\"\n"
                              "0000.5e00.0001 realm0-aab\n");
    assert_int_equal(out.len, expected.len);
    assert_memory_equal(out.p, expected.p, expected.len);
    assert_int_equal(redact_values(r, REDACT_MAC), 1);
    assert_int_equal(redact_places(r, REDACT_MAC), 3);
    char name[] = "logs/SEP00005EAA531C.cnf.xml";
    assert_int_equal(redact_name(r, REDACT_REPLACE, name, sizeof name - 1), ERR_OK);
    assert_string_equal(name, "logs/SEP00005E000001.cnf.xml");
    buf_clear(&out);
    redact_free(r);
}

/* With one class left as it is, the check tells. */
static void leaks(void **state)
{
    static const struct {
        enum redact_class class;
        const char *text;
    } rows[] = {
        {REDACT_MAC, "a\nSEP00005EAA531C\n"},
        {REDACT_SERIAL, "a\nSN:FTX2099XYZ0\n"},
        {REDACT_IP4, "a\nis 139.2.178.40\n"},
        {REDACT_IP6, "a\nis 2607:fcf0::5\n"},
        {REDACT_PHONE, "a\ntel:+15551234567\n"},
        {REDACT_USER, "a\nsip:bob@10.0.0.1\n"},
        {REDACT_NAME, "a\n\"Al B\" <sip:10.0.0.1>\n"},
        {REDACT_DOMAIN, "a\nsip:acme.com\n"},
        {REDACT_REALM, "a\nrealm=\"abc\"\n"},
        {REDACT_NONCE, "a\nnonce=\"abcd\"\n"},
        {REDACT_DIGEST, "a\ncnonce=\"abcd\"\n"},
        {REDACT_SECRET, "a\npassword=x1\n"},
        {REDACT_SSID, "a\nssid=Acme\n"},
        {REDACT_DEVICE, "a\ndeviceId is SW1\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct redact *r = NULL;
        struct buf out = {.limit = 0};
        struct redact_leak leak = {REDACT_CLASSES, 0};
        struct str text = str_z(rows[i].text);
        assert_int_equal(redact_new(1000, &r), ERR_OK);
        redact_spare(r, rows[i].class);
        redact_texts(r, &text, 1, &out);
        assert_true(redact_leaked(r, &leak));
        assert_int_equal(leak.class, rows[i].class);
        assert_int_equal(leak.line, 2);
        buf_clear(&out);
        redact_free(r);
    }
}

static void words(void **state)
{
    struct redact *r = NULL;
    struct buf out = {.limit = 0};
    struct str text = STR("Project Bluebird at sbc.acme.com, sip:a@other.net, voicemailer\n");
    (void)state;
    assert_int_equal(redact_new(0, &r), ERR_OK);
    assert_int_equal(redact_also(r, STR("bluebird")), ERR_OK);
    assert_int_equal(redact_also(r, STR("ab")), ERR_USAGE);
    assert_int_equal(redact_keep(r, STR("other.net")), ERR_OK);
    redact_texts(r, &text, 1, &out);
    struct str expected = STR("Project Wordwaab at sbc.acme.com, sip:a@other.net, voicemailer\n");
    assert_memory_equal(out.p, expected.p, expected.len);
    buf_clear(&out);
    redact_free(r);
}

static void limit(void **state)
{
    struct redact *r = NULL;
    (void)state;
    assert_int_equal(redact_new(2, &r), ERR_OK);
    redact_begin(r, REDACT_COLLECT, NULL);
    assert_int_equal(redact_feed(r, STR("1.2.3.4 1.2.3.5 1.2.3.6\n")), ERR_OK);
    assert_int_equal(redact_end(r), ERR_LIMIT);
    redact_free(r);
}

/* However the text is fed, the output is the same and every line keeps its length. */
static void hostile(void **state)
{
    enum { LEN = 150000 };
    char *text = malloc(LEN);
    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < LEN; i++) {
        text[i] =
            i < 90000 ? "sip:bob7@acme.com 00:00:5e:aa:53:1c "[i % 36] : (char)(i * 7919 >> 3);
    }
    struct buf out[2] = {{.limit = 0}, {.limit = 0}};
    for (size_t k = 0; k < 2; k++) {
        struct redact *r = NULL;
        struct redact_leak leak;
        struct sink s = buf_sink(&out[k]);
        assert_int_equal(redact_new(0, &r), ERR_OK);
        feed(r, REDACT_COLLECT, str_of(text, LEN), NULL, k ? 7 : SIZE_MAX);
        assert_int_equal(redact_seal(r), ERR_OK);
        feed(r, REDACT_REPLACE, str_of(text, LEN), &s, k ? 13 : SIZE_MAX);
        feed(r, REDACT_CHECK, buf_str(&out[k]), NULL, SIZE_MAX);
        assert_false(redact_leaked(r, &leak));
        redact_free(r);
    }
    assert_int_equal(out[0].len, LEN);
    assert_memory_equal(out[0].p, out[1].p, LEN);
    for (size_t i = 0; i < LEN; i++) {
        assert_int_equal(text[i] == '\n', out[0].p[i] == '\n');
    }
    buf_clear(&out[0]);
    buf_clear(&out[1]);
    free(text);
}

/* What comes out of one redaction goes through the next: other numbers at most. */
static void again(void **state)
{
    static const char in[] =
        "SEP00005E000001 sip:aaaab@saab.com 203.0.113.10 +10000000001 2001:0db8::1\n";
    (void)state;
    check(in, "SEP00005E000002 sip:usaab@saac.com 203.0.113.10 +10000000002 2001:0db8::1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(macs),    cmocka_unit_test(addresses), cmocka_unit_test(people),
        cmocka_unit_test(secrets), cmocka_unit_test(pieces),    cmocka_unit_test(over_files),
        cmocka_unit_test(leaks),   cmocka_unit_test(words),     cmocka_unit_test(limit),
        cmocka_unit_test(hostile), cmocka_unit_test(again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
