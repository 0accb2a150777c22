/* SIP out of phone logs: one message in every shape that logs give it. */
#include "proto/sip/siplog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "proto/sip/sip_contact.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* As a page of a document gave it: addresses stripped, "^M", blanks, page breaks. */
#define STRIPPED                                                                 \
    "  REGISTER sip:XXXXX.example.com SIP/2.0^M \n"                              \
    " Via: SIP/2.0/TLS 192.0.2.6:5072;branch=z9hG4bK-a1f04c36^M \n"              \
    " From: \n \n        \n \n        ;tag=61b07ae29f4430d1o0^M \n \n        \n" \
    " To: \n \n        \n \n        ^M \n \n"                                    \
    " Call-ID: 5d0c77e1-3ab9f024@192.0.2.6^M \n\n\n\n"                           \
    " CSeq: 4711 REGISTER^M \n"                                                  \
    " Authorization: Digest username=\" \n \n"                                   \
    "         +1XXXXXXXXXX\",realm=\"BroadWorks\",nonce=\"a,b\"^M \n"            \
    " Contact: \n \n        \n \n        ;q=0.5;expires=3600^M \n \n"            \
    " User-Agent: Cisco-CP-8865-3PCC/12.0.2_ \n \n        \n"                    \
    "        _5b0e61d2-90c4-4f3a-b6e8-17aa52c3d904^M \n"                         \
    " Content-Length: 0^M \n"                                                    \
    " Allow-Events: hold,talk^M\n"

static const char stripped[] = STRIPPED " \n\xe6\xac\xa1\xe3\x81\xab: prose of the page\n"
                                        "Then the phone says: more prose\n \n";

static const char clean[] =
    "REGISTER sip:XXXXX.example.com SIP/2.0\r\n"
    "Via: SIP/2.0/TLS 192.0.2.6:5072;branch=z9hG4bK-a1f04c36\r\n"
    "From:;tag=61b07ae29f4430d1o0\r\n"
    "To:\r\n"
    "Call-ID: 5d0c77e1-3ab9f024@192.0.2.6\r\n"
    "CSeq: 4711 REGISTER\r\n"
    "Authorization: Digest username=\"+1XXXXXXXXXX\",realm=\"BroadWorks\",nonce=\"a,b\"\r\n"
    "Contact:;q=0.5;expires=3600\r\n"
    "User-Agent: Cisco-CP-8865-3PCC/12.0.2__5b0e61d2-90c4-4f3a-b6e8-17aa52c3d904\r\n"
    "Content-Length: 0\r\n"
    "Allow-Events: hold,talk\r\n\r\n";

static struct siplog siplog;
static struct err_at at;
static char out[SIPLOG_ROOM(SIPLOG_MOST)];

static void is_clean(struct str raw)
{
    assert_int_equal(siplog_read(raw, out, sizeof out, &siplog, &at), ERR_OK);
    if (!str_eq(siplog.text, STR(clean))) {
        fail_msg("%.*s", STR_ARG(siplog.text));
    }
    assert_false(siplog.msg.cut);
}

/* The raw text with every `from` replaced. */
static struct str replaced(const char *text, const char *from, const char *to)
{
    static char made[8192];
    size_t n = 0;
    while (*text) {
        if (strncmp(text, from, strlen(from)) == 0) {
            n += (size_t)snprintf(made + n, sizeof made - n, "%s", to);
            text += strlen(from);
        } else {
            made[n++] = *text++;
        }
    }
    return str_of(made, n);
}

static void shapes_of_one_message(void **state)
{
    (void)state;
    is_clean(str_z(stripped));
    is_clean(str_z(clean));
    is_clean(replaced(stripped, "^M", "\r"));
    is_clean(replaced(stripped, "\n", "\r\n"));         /* a copy saved with CRLF */
    is_clean(replaced(stripped, " \n", "\xc2\xa0\n"));  /* NBSP */
    is_clean(replaced(stripped, "        ", "\t"));     /* the enterprise dialect */
    is_clean(replaced(stripped, " \n", " \n\f\n\n\n")); /* page breaks everywhere */
    is_clean(replaced(STRIPPED, "^M", ""));             /* CRs dropped */
    is_clean(replaced(clean, "\r\n", "^M"));            /* LFs dropped */
    is_clean(str_z(STRIPPED "^M\n"));                   /* with the empty line that ends it */
}

static void places_are_kept(void **state)
{
    (void)state;
    static const char *const values[] = {"z9hG4bK-a1f04c36", "61b07ae29f4430d1o0", "4711",
                                         "realm=",           "expires=3600",       "_5b0e61d2",
                                         "hold,talk"};
    is_clean(str_z(stripped));
    for (size_t i = 0; i < COUNT(values); i++) {
        size_t in_clean = str_find(siplog.text, str_z(values[i]));
        struct str view = str_of(siplog.text.p + in_clean, 1);
        assert_int_equal(siplog_where(&siplog, view), str_find(STR(stripped), str_z(values[i])));
    }
    for (size_t i = 0; i < siplog.msg.n; i++) {
        const struct sip_field *f = &siplog.msg.fields[i];
        assert_memory_equal(stripped + f->raw_offset, f->name.p, f->name.len);
    }
    assert_memory_equal(stripped + siplog.msg.start_raw, "REGISTER", 8);
    assert_int_equal(siplog_where(&siplog, str_of(NULL, 0)), siplog.msg.start_raw);
}

static void stripped_addresses_are_empty(void **state)
{
    (void)state;
    struct sip_addr addr;
    struct sip_contact contact;
    is_clean(str_z(stripped));
    struct str from = sip_value(&siplog.msg, SIP_FROM);
    assert_int_equal(sip_addr_read(from, SIP_LENIENT, &addr, &at), ERR_OK);
    assert_true(addr.uri.len == 0 && str_eq(addr.tag, STR("61b07ae29f4430d1o0")));
    assert_int_equal(sip_addr_read(from, SIP_STRICT, &addr, &at), ERR_MALFORMED);
    struct str to = sip_value(&siplog.msg, SIP_TO);
    assert_int_equal(sip_addr_read(to, SIP_LENIENT, &addr, &at), ERR_OK);
    assert_true(addr.uri.len == 0 && addr.tag.len == 0);
    struct str rest = sip_value(&siplog.msg, SIP_CONTACT);
    assert_int_equal(sip_contact_next(&rest, SIP_LENIENT, &contact, &at), ERR_OK);
    assert_true(contact.has_expires && contact.expires == 3600 && contact.q == 500);
    assert_int_equal(sip_contact_next(&rest, SIP_LENIENT, &contact, &at), ERR_END);
}

/* Cut anywhere, with and without CRs, it never fails once the start line shows, and never loses a
 * field that is whole. */
static void cut_anywhere(void **state)
{
    (void)state;
    for (int cr = 0; cr < 2; cr++) {
        struct str whole = cr ? str_z(STRIPPED) : replaced(STRIPPED, "^M", "");
        size_t before = 0;
        for (size_t n = 6; n <= whole.len; n++) {
            assert_int_equal(siplog_read(str_head(whole, n), out, sizeof out, &siplog, &at),
                             ERR_OK);
            assert_true(siplog.msg.n >= before && siplog.msg.n <= before + 1);
            before = siplog.msg.n;
        }
        assert_int_equal(before, 10);
    }
    assert_int_equal(siplog_read(str_head(STR(stripped), str_find(STR(stripped), STR("4f3a"))), out,
                                 sizeof out, &siplog, &at),
                     ERR_OK);
    assert_true(siplog.msg.cut);
}

static const struct {
    const char *what;
    const char *raw;
    const char *clean;
} cases[] = {
    {"a response without blanks behind colons",
     "SIP/2.0 401 Unauthorized^M\nVia:SIP/2.0/TLS a^M\nTo:\n;tag=1-2^M\n^M\n \n",
     "SIP/2.0 401 Unauthorized\r\nVia:SIP/2.0/TLS a\r\nTo:;tag=1-2\r\n\r\n"},
    {"placeholders lose their brackets",
     "SIP/2.0 200 OK^M\nFrom: <sip:<USER_1>@<IP_ADDRESS>>;tag=<TAG>^M\n"
     "Contact: <MAC_ADDRESS>^M\n",
     "SIP/2.0 200 OK\r\nFrom: <sip:USER_1@IP_ADDRESS>;tag=TAG\r\nContact: MAC_ADDRESS\r\n\r\n"},
    {"a body",
     "SIP/2.0 200 OK^M\nContent-Type: application/sdp^M\nContent-Length: 12^M\n^M\nv=0^M\n"
     "\n o: 1 2^M\n",
     "SIP/2.0 200 OK\r\nContent-Type: application/sdp\r\nContent-Length: 12\r\n\r\nv=0\r\n"
     "o: 1 2\r\n"},
    {"a body without CRs",
     "SIP/2.0 200 OK\nContent-Type: application/sdp\nContent-Length: 5\n\nv=0\ns=-\n",
     "SIP/2.0 200 OK\r\nContent-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\ns=-\r\n"},
    {"unknown names", "SIP/2.0 200 OK^M\nX-New: a^M\nNote: prose\nNew-Thing: b\nFoo:\n bar^M\n",
     "SIP/2.0 200 OK\r\nX-New: a\r\nNew-Thing: b\r\nFoo:bar\r\n\r\n"},
    {"a URI is no name", "SIP/2.0 200 OK^M\nContact: \nsip:a@example.com;x^M\nl:0^M\n",
     "SIP/2.0 200 OK\r\nContact:sip:a@example.com;x\r\nl:0\r\n\r\n"},
    {"another start line ends it", "SIP/2.0 100 Trying^M\nVia: a^M\nSIP/2.0 200 OK^M\nVia: b^M\n",
     "SIP/2.0 100 Trying\r\nVia: a\r\n\r\n"},
    {"an empty line in the middle", "SIP/2.0 200 OK^M\nVia: a^M\n^M\nCSeq: 1 OPTIONS^M\n^M\n",
     "SIP/2.0 200 OK\r\nVia: a\r\nCSeq: 1 OPTIONS\r\n\r\n"},
    {"no CR on the last line but prose behind it", "SIP/2.0 200 OK^M\nVia: a\n\xe6\xac\xa1\n",
     "SIP/2.0 200 OK\r\nVia: a\r\n\r\n"},
    {"prose behind a message without CRs", "SIP/2.0 200 OK\nVia: a\nThe phone is happy now.\n",
     "SIP/2.0 200 OK\r\nVia: a\r\n\r\n"},
    {"the start line in pieces", "\n\n REGISTER \n\n sip:example.com SIP/2.0^M\nVia: a^M\n",
     "REGISTER sip:example.com SIP/2.0\r\nVia: a\r\n\r\n"},
    {"control characters", "SIP/2.0 200 OK^M\nVia: a\x1b[1m^M\n",
     "SIP/2.0 200 OK\r\nVia: a?[1m\r\n\r\n"},
};

static void special_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        static struct siplog_map map;
        size_t n = siplog_unfold(str_z(cases[i].raw), out, sizeof out, &map);
        if (!str_eq(str_of(out, n), str_z(cases[i].clean))) {
            fail_msg("%s:\n%.*s", cases[i].what, (int)n, out);
        }
    }
    assert_int_equal(siplog_read(STR("no SIP at all"), out, sizeof out, &siplog, &at),
                     ERR_MALFORMED);
    assert_int_equal(siplog_read(STR(" \n ^M\n"), out, sizeof out, &siplog, &at), ERR_MALFORMED);
}

static void room_is_kept(void **state)
{
    (void)state;
    for (size_t cap = 0; cap < sizeof clean; cap++) {
        char *small = malloc(cap ? cap : 1);
        static struct siplog_map map;
        assert_non_null(small);
        assert_true(siplog_unfold(STR(stripped), small, cap, &map) <= cap);
        assert_int_equal(map.cut, cap < sizeof clean - 1);
        free(small);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_of_one_message),
        cmocka_unit_test(places_are_kept),
        cmocka_unit_test(stripped_addresses_are_empty),
        cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(special_cases),
        cmocka_unit_test(room_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
