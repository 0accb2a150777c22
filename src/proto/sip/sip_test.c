/* Whole messages: structure, limits, the rules that span fields, names of header fields. */
#include "proto/sip/sip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

#define FIELDS                                                    \
    "Via: SIP/2.0/TLS 192.0.2.6:5072;branch=z9hG4bK-a1f04c36\r\n" \
    "From: <sip:alice@example.com>;tag=fcd8\r\n"                  \
    "To: <sip:alice@example.com>\r\n"                             \
    "Call-ID: 98126dba@192.0.2.6\r\n"                             \
    "CSeq: 4711 REGISTER\r\n"

static struct sip_msg msg;
static struct err_at at;

static enum err read_z(const char *text)
{
    at = (struct err_at){0, NULL, NULL};
    return sip_read(str_z(text), &msg, &at);
}

static void request_is_read(void **state)
{
    (void)state;
    static const char text[] = "\r\n\r\nREGISTER sip:example.com SIP/2.0\r\n" FIELDS
                               "m : <sip:alice@192.0.2.6>\r\n\t;expires=3600\r\n"
                               "X-New:\r\nl:4\r\n\r\nbodyREGISTER ...";
    assert_int_equal(read_z(text), ERR_OK);
    assert_true(msg.request && str_eq(msg.method, STR("REGISTER")));
    assert_true(str_eq(msg.uri, STR("sip:example.com")) && str_eq(msg.version, STR("SIP/2.0")));
    assert_int_equal(msg.start_raw, 4);
    assert_int_equal(msg.n, 8);
    assert_int_equal(msg.fields[5].id, SIP_CONTACT);
    assert_true(str_eq(msg.fields[5].name, STR("m")));
    assert_true(str_eq(msg.fields[5].value, STR("<sip:alice@192.0.2.6>\r\n\t;expires=3600")));
    assert_int_equal(msg.fields[6].id, SIP_OTHER);
    assert_int_equal(msg.fields[6].value.len, 0);
    assert_memory_equal(text + msg.fields[5].raw_offset, "m :", 3);
    assert_true(msg.has_length && str_eq(msg.body, STR("body")));
    assert_memory_equal(text + msg.len, "REGISTER ...", 12);
    assert_int_equal(sip_check(&msg, &at), ERR_OK);
    assert_true(str_eq(sip_value(&msg, SIP_CALL_ID), STR("98126dba@192.0.2.6")));
    assert_null(sip_find(&msg, SIP_EXPIRES));
    assert_null(sip_find_next(&msg, sip_find(&msg, SIP_VIA)));
}

static void response_is_read(void **state)
{
    (void)state;
    assert_int_equal(read_z("SIP/2.0 401 Not You\r\n" FIELDS "\r\nrest"), ERR_OK);
    assert_true(!msg.request && msg.status == 401 && str_eq(msg.reason, STR("Not You")));
    assert_true(!msg.has_length && str_eq(msg.body, STR("rest")));
}

static const struct {
    const char *text;
    enum err err;
    size_t offset;
} refused[] = {
    {"", ERR_END, 0},
    {"\r\n", ERR_END, 0},
    {"\r\n\r", ERR_MORE, 0},
    {"REGISTER sip:example.com SIP/2.0\r\n", ERR_MORE, 0},
    {"REGISTER sip:example.com SIP/2.0\r\nTo: a\r\n", ERR_MORE, 0},
    {"REGISTER sip:example.com SIP/2.0\r\nl: 2\r\n\r\na", ERR_MORE, 0},
    {"REGISTER  sip:example.com SIP/2.0\r\n", ERR_MALFORMED, 9},
    {"REGISTER sip:example.com\r\n", ERR_MALFORMED, 24},
    {"REGISTER sip:example.com  SIP/2.0\r\n", ERR_MALFORMED, 25},
    {"REG(STER sip:example.com SIP/2.0\r\n", ERR_MALFORMED, 0},
    {"\r\nSIP/2.0 42 x\r\n", ERR_MALFORMED, 10},
    {"SIP/2.0 099 x\r\n", ERR_MALFORMED, 8},
    {"SIP/2.0 200\r\n", ERR_MALFORMED, 11},
    {"SIP/2 200 OK\r\n", ERR_MALFORMED, 0},
    {"SIP/2.0 200 OK\n", ERR_MALFORMED, 14},
    {"SIP/2.0 200 OK\r\r\n", ERR_MALFORMED, 14},
    {"SIP/2.0 200 OK\r\nTo: \x01\r\n\r\n", ERR_MALFORMED, 20},
    {"SIP/2.0 200 OK\r\n: x\r\n\r\n", ERR_MALFORMED, 16},
    {"SIP/2.0 200 OK\r\nTo x\r\n\r\n", ERR_MALFORMED, 18},
    {"SIP/2.0 200 OK\r\n folded\r\n\r\n", ERR_MALFORMED, 16},
    {"SIP/2.0 200 OK\r\nl: 1\r\nl: 2\r\n\r\nab", ERR_MALFORMED, 25},
    {"SIP/2.0 200 OK\r\nl: -1\r\n\r\n", ERR_MALFORMED, 19},
    {"SIP/2.0 200 OK\r\nl: 65536\r\n\r\n", ERR_MALFORMED, 19},
};

static void faults_have_a_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        enum err e = read_z(refused[i].text);
        if (e != refused[i].err || at.offset != refused[i].offset ||
            (e == ERR_MALFORMED && (at.what == NULL || at.rule == NULL))) {
            fail_msg("%s: %s at %zu", refused[i].text, err_name(e), at.offset);
        }
    }
}

static void limits_hold(void **state)
{
    (void)state;
    static char text[SIP_MESSAGE_MOST + 100];
    size_t n = (size_t)snprintf(text, sizeof text, "SIP/2.0 200 OK\r\n");
    for (int i = 0; i <= SIP_FIELDS_MOST; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "A: %d\r\n", i);
    }
    n += (size_t)snprintf(text + n, sizeof text - n, "\r\n");
    assert_int_equal(sip_read(str_of(text, n), &msg, &at), ERR_LIMIT);
    assert_int_equal(sip_read_lenient(str_of(text, n), &msg, &at), ERR_LIMIT);
    memset(text + 16, 'a', sizeof text - 16);
    assert_int_equal(sip_read(str_of(text, sizeof text), &msg, &at), ERR_LIMIT);
}

static const struct {
    const char *text;
    const char *what; /* NULL: it is fine */
} checked[] = {
    {"REGISTER sip:example.com SIP/2.0\r\n" FIELDS "\r\n", NULL},
    {"REGISTER tel:+15550100 SIP/2.0\r\n" FIELDS "\r\n", NULL},
    {"REGISTER sip:example.com SIP/3.0\r\n" FIELDS "\r\n", "the version is not SIP/2.0"},
    {"REGISTER sip:example.com?a=b SIP/2.0\r\n" FIELDS "\r\n", "header fields in the Request-URI"},
    {"REGISTER example.com SIP/2.0\r\n" FIELDS "\r\n", "no scheme in front of a ':'"},
    {"OPTIONS sip:example.com SIP/2.0\r\n" FIELDS "\r\n",
     "CSeq's method is not that of the request"},
    {"SIP/2.0 200 OK\r\n" FIELDS "\r\n", NULL},
    {"SIP/2.0 200 OK\r\n" FIELDS "t: <sip:x@example.com>\r\n\r\n", "To stands twice"},
    {"SIP/2.0 200 OK\r\n" FIELDS "Max-Forwards: 256\r\n\r\n", "the number is too large"},
    {"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a\r\n\r\n", "From is missing"},
    {"SIP/2.0 200 OK\r\n\r\n", "Via is missing"},
    {"SIP/2.0 200 OK\r\nv: SIP/2.0/UDP a\r\nf: <sip:a>\r\nt: <sip:>\r\ni: 1\r\nCSeq: 1 A\r\n\r\n",
     "no host"},
    {"SIP/2.0 200 OK\r\nv: SIP/2.0/UDP a\r\nf: <sip:a>\r\nt: <sip:a>\r\ni: a b\r\n"
     "CSeq: 1 A\r\n\r\n",
     "a blank in Call-ID"},
    {"SIP/2.0 200 OK\r\nv: SIP/2.0/UDP a\r\nf: <sip:a>\r\nt: <sip:a>\r\ni:\r\nCSeq: 1 A\r\n\r\n",
     "Call-ID is empty"},
};

static void rules_between_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(checked); i++) {
        assert_int_equal(read_z(checked[i].text), ERR_OK);
        enum err e = sip_check(&msg, &at);
        if (checked[i].what == NULL) {
            assert_int_equal(e, ERR_OK);
        } else {
            assert_int_equal(e, ERR_MALFORMED);
            assert_string_equal(at.what, checked[i].what);
        }
    }
}

static void lenient_takes_what_is_there(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *method;
        const char *uri;
        size_t n;
        unsigned status;
        bool ok;
        bool cut;
    } cases[] = {
        {"REGISTER sip:example.com SIP/2.0\r\n" FIELDS "l: 0\r\n\r\n", "REGISTER",
         "sip:example.com", 6, 0, true, false},
        {"REGISTER SIP/2.0\nVia: x\n", "REGISTER", "", 1, 0, true, true},
        {"REGISTER   sip:a b   SIP/2.0\n" FIELDS, "REGISTER", "sip:a b", 5, 0, true, false},
        {"REGIS", "REGIS", "", 0, 0, true, true},
        {"SIP/2.0", "", "", 0, 0, true, true},
        {"SIP/2.0 200", "", "", 0, 200, true, true},
        {"SIP/2.0  401  Unauthorized\nno field\nA:b", "", "", 1, 401, true, true},
        {"SIP/2.0 200 OK\r\n" FIELDS "l: 9\r\n\r\nab", "", "", 6, 200, true, true},
        {"plain prose", "", "", 0, 0, false, false},
        {"", "", "", 0, 0, false, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        enum err e = sip_read_lenient(str_z(cases[i].text), &msg, &at);
        assert_int_equal(e, cases[i].ok ? ERR_OK : ERR_MALFORMED);
        if (e == ERR_OK) {
            assert_true(str_eq(msg.method, str_z(cases[i].method)));
            assert_true(str_eq(msg.uri, str_z(cases[i].uri)));
            assert_int_equal(msg.status, cases[i].status);
            assert_int_equal(msg.n, cases[i].n);
            assert_int_equal(msg.cut, cases[i].cut);
        }
    }
}

static void names_are_found(void **state)
{
    (void)state;
    for (int i = 0; i < SIP_HEADER_N; i++) {
        char upper[64];
        struct str name = sip_header_name((enum sip_header)i);
        for (size_t k = 0; k < name.len; k++) {
            char l = ascii_lower(name.p[k]);
            upper[k] = l >= 'a' && l <= 'z' ? (char)(l - 'a' + 'A') : l;
        }
        if (sip_header_id(name) != (enum sip_header)i) {
            fail_msg("%.*s: the slot in sip_header.def must be %u", STR_ARG(name),
                     sip_header_slot(name));
        }
        assert_int_equal(sip_header_id(str_of(upper, name.len)), i);
    }
    assert_int_equal(sip_header_id(STR("k")), SIP_SUPPORTED);
    assert_int_equal(sip_header_id(STR("X")), SIP_SESSION_EXPIRES);
    assert_int_equal(sip_header_id(STR("z")), SIP_OTHER);
    assert_int_equal(sip_header_id(STR("")), SIP_OTHER);
    assert_int_equal(sip_header_id(STR("Vias")), SIP_OTHER);
    assert_int_equal(sip_header_name(SIP_OTHER).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_is_read),      cmocka_unit_test(response_is_read),
        cmocka_unit_test(faults_have_a_place),  cmocka_unit_test(limits_hold),
        cmocka_unit_test(rules_between_fields), cmocka_unit_test(lenient_takes_what_is_there),
        cmocka_unit_test(names_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
