/* Messages: written and read again, cut anywhere, wrong in one place. */
#include "proto/dns/dns.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "proto/dns/dns_write.h"

static struct str text_of(struct dns_name name)
{
    static char text[DNS_NAME_TEXT];
    return dns_name_text(name, text);
}

static void is_name(struct dns_name name, const char *text)
{
    assert_true(str_eq(text_of(name), str_z(text)));
}

static struct dns_message read_ok(const void *bytes, size_t len)
{
    struct dns_message m = {0};
    struct err_at at;
    assert_int_equal(dns_read(str_of(bytes, len), &m, &at), ERR_OK);
    return m;
}

/* An answer with every type that has a writer. */
static size_t everything(uint8_t *bytes, size_t cap)
{
    const struct dns_message head = {
        .id = 0x1234, .response = true, .recurse = true, .recursive = true, .rcode = 3};
    struct dns_owner o = {DNS_ANSWER, STR("edge.example.com"), 60};
    struct dns_writer w;
    dns_write_begin(&w, bytes, cap, &head);
    dns_write_question(&w, STR("www.example.com"), DNS_A);
    dns_write_name(&w, &(struct dns_owner){DNS_ANSWER, STR("WWW.example.com"), 300}, DNS_CNAME,
                   o.name);
    dns_write_addr(&w, &o, addr4(0xc0000201));
    struct addr six = addr_of("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
    dns_write_addr(&w, &o, six);
    o.name = STR("_sips._tcp.example.com");
    dns_write_srv(&w, &o, &(struct dns_srv){.priority = 10, .weight = 5, .port = 5061},
                  STR("edge.example.com"));
    dns_write_naptr(&w, &(struct dns_owner){DNS_ANSWER, STR("example.com"), 60},
                    &(struct dns_naptr){.order = 1,
                                        .preference = 2,
                                        .flags = STR("s"),
                                        .services = STR("SIPS+D2T"),
                                        .regexp = STR("")},
                    o.name);
    dns_write_raw(&w, &(struct dns_owner){DNS_ANSWER, STR("example.com"), UINT32_MAX}, DNS_TXT,
                  STR("\1a\2bc"));
    dns_write_raw(&w, &(struct dns_owner){DNS_ANSWER, STR("example.com"), 1}, DNS_MX,
                  STR("\0\7\xc0\x0c"));
    dns_write_soa(
        &w, &(struct dns_owner){DNS_AUTHORITY, STR("example.com"), 900},
        &(struct dns_soa){.serial = 1, .refresh = 2, .retry = 3, .expire = 4, .minimum = 30},
        STR("ns.example.com"), STR("host\\.master.example.com"));
    dns_write_opt(&w,
                  &(struct dns_edns){.size = 1232,
                                     .dnssec = true,
                                     .options = STR("\0\x0a\0\2zz\0\x0f\0\5\0\x0f"
                                                    "no.")},
                  0x173);
    return dns_write_end(&w);
}

static void message(void **state)
{
    uint8_t bytes[600];
    (void)state;
    size_t len = everything(bytes, sizeof bytes);
    assert_true(len > 0);
    struct dns_message m = read_ok(bytes, len);
    assert_int_equal(m.id, 0x1234);
    assert_true(m.response && m.recurse && m.recursive);
    assert_false(m.truncated || m.authoritative || m.authentic || m.unchecked || m.cut);
    assert_int_equal(m.rcode, 0x173);
    assert_int_equal(m.count[DNS_ANSWER], 7);
    assert_int_equal(m.count[DNS_AUTHORITY], 1);
    assert_int_equal(m.count[DNS_ADDITIONAL], 1);
    assert_int_equal(m.whole, 9);
    is_name(m.question.name, "www.example.com");
    assert_int_equal(m.question.type, DNS_A);
    assert_int_equal(m.question.class, DNS_CLASS_IN);
    assert_true(m.edns.present && m.edns.dnssec);
    assert_int_equal(m.edns.size, 1232);
    struct dns_ede ede = {0};
    assert_true(dns_ede(&m, &ede));
    assert_int_equal(ede.code, 15);
    assert_true(str_eq(ede.text, STR("no.")));
    struct dns_answer a = dns_answer(&m);
    is_name(a.name, "edge.example.com");
    assert_int_equal(a.n, 1);
    assert_int_equal(a.ttl, 60);
    assert_int_equal(a.aliases, 1);
    assert_true(a.has_soa && !a.loop);
}

static void typed_names(struct dns_walk *w)
{
    struct dns_rr rr = {0};
    struct dns_name name = {0};
    struct addr a = {0};
    char ip[ADDR_TEXT];
    assert_true(dns_next(w, &rr) && dns_rr_name(&rr, &name));
    assert_false(dns_rr_addr(&rr, &a));
    is_name(rr.owner, "www.example.com"); /* compressed against the question */
    is_name(name, "edge.example.com");
    assert_int_equal(rr.ttl, 300);
    assert_true(dns_next(w, &rr) && dns_rr_addr(&rr, &a));
    assert_false(dns_rr_name(&rr, &name));
    (void)addr_write(a, ip);
    assert_string_equal(ip, "192.0.2.1");
    assert_true(dns_next(w, &rr) && dns_rr_addr(&rr, &a));
    (void)addr_write(a, ip);
    assert_string_equal(ip, "2001:db8::1");
}

static void typed_services(struct dns_walk *w)
{
    struct dns_rr rr = {0};
    struct dns_srv srv = {0};
    struct dns_naptr naptr = {0};
    struct dns_mx mx = {0};
    struct str rest;
    struct str s = {0};
    assert_true(dns_next(w, &rr) && dns_rr_srv(&rr, &srv));
    assert_int_equal(srv.priority, 10);
    assert_int_equal(srv.weight, 5);
    assert_int_equal(srv.port, 5061);
    is_name(srv.target, "edge.example.com");
    assert_true(dns_next(w, &rr) && dns_rr_naptr(&rr, &naptr));
    assert_int_equal(naptr.order, 1);
    assert_int_equal(naptr.preference, 2);
    assert_true(str_eq(naptr.services, STR("SIPS+D2T")));
    is_name(naptr.replacement, "_sips._tcp.example.com");
    assert_true(dns_next(w, &rr));
    assert_int_equal(rr.ttl, 0);
    rest = rr.data;
    assert_true(dns_txt_next(&rest, &s) && str_eq(s, STR("a")));
    assert_true(dns_txt_next(&rest, &s) && str_eq(s, STR("bc")));
    assert_false(dns_txt_next(&rest, &s));
    assert_true(dns_next(w, &rr) && dns_rr_mx(&rr, &mx));
    assert_int_equal(mx.preference, 7);
    is_name(mx.exchange, "www.example.com");
}

static void typed(void **state)
{
    uint8_t bytes[600];
    struct dns_rr rr = {0};
    struct dns_soa soa = {0};
    (void)state;
    struct dns_message m = read_ok(bytes, everything(bytes, sizeof bytes));
    struct dns_walk w = dns_walk(&m);
    typed_names(&w);
    typed_services(&w);
    assert_true(dns_next(&w, &rr) && dns_rr_soa(&rr, &soa));
    assert_int_equal(rr.section, DNS_AUTHORITY);
    is_name(soa.mname, "ns.example.com");
    is_name(soa.rname, "host\\.master.example.com");
    assert_int_equal(soa.minimum, 30);
    assert_true(dns_next(&w, &rr));
    assert_int_equal(rr.type, DNS_OPT);
    assert_int_equal(rr.section, DNS_ADDITIONAL);
    assert_false(dns_next(&w, &rr));
}

/* Wherever the end is missing, what stands before it is read. */
static void cut(void **state)
{
    uint8_t bytes[600];
    struct dns_message m = {0};
    struct err_at at;
    (void)state;
    size_t len = everything(bytes, sizeof bytes);
    unsigned whole = 0;
    for (size_t n = 0; n < len; n++) {
        enum err e = dns_read(str_of((const char *)bytes, n), &m, &at);
        assert_int_equal(e, n < DNS_HEADER ? ERR_MORE : ERR_OK);
        if (e == ERR_OK) {
            struct dns_rr rr = {0};
            unsigned seen = 0;
            assert_true(m.cut);
            assert_int_equal(m.has_question, n >= 33);
            for (struct dns_walk w = dns_walk(&m); dns_next(&w, &rr);) {
                seen++;
            }
            assert_int_equal(seen, m.whole);
            assert_true(m.whole == whole || m.whole == whole + 1);
            whole = m.whole;
        }
    }
    assert_int_equal(whole, 8);
}

/* No writer writes past its memory, and all that does not fit is told. */
static void too_small(void **state)
{
    uint8_t bytes[600];
    (void)state;
    size_t len = everything(bytes, sizeof bytes);
    for (size_t n = 0; n < len; n++) {
        memset(bytes, 0xa5, sizeof bytes);
        assert_int_equal(everything(bytes, n), 0);
        assert_int_equal(bytes[n], 0xa5);
    }
    assert_int_equal(everything(bytes, len), len);
}

#define HEAD(flags, answers) "\0\1" flags "\0\1" answers "\0\0\0\0"
#define QUESTION "\1a\0\0\1\0\1"
#define RECORD(type, len) "\xc0\x0c\0" type "\0\1\0\0\0\5\0" len

static const struct {
    struct str bytes;
    enum err e;
    size_t offset; /* of the fault */
    unsigned n;    /* records that answer */
    bool typed;    /* the first record has the form of its type */
} rows[] = {
    {STR_INIT(HEAD("\x81\x80", "\0\1") QUESTION RECORD("\1", "\4") "\xc0\0\2\1"), ERR_OK, 0, 1,
     true},
    {STR_INIT(HEAD("\x81\x80", "\0\1") QUESTION RECORD("\1", "\3") "\xc0\0\2"), ERR_OK, 0, 1,
     false},
    {STR_INIT(HEAD("\x81\x80", "\0\1") QUESTION RECORD("\1", "\5") "\xc0\0\2\1\1"), ERR_OK, 0, 1,
     false},
    {STR_INIT(HEAD("\x81\x80", "\0\1") QUESTION RECORD("\5", "\2") "\xc0\x0c"), ERR_OK, 0, 0,
     true}, /* an alias of itself */
    {STR_INIT(HEAD("\x81\x80", "\0\1") QUESTION RECORD("\5", "\3") "\xc0\x0c\0"), ERR_OK, 0, 0,
     false}, /* a byte too many */
    {STR_INIT(HEAD("\x81\x80", "\0\1") QUESTION RECORD("\5", "\1") "\xc0\x0c"), ERR_OK, 0, 0,
     false}, /* the name goes past the data */
    {STR_INIT(HEAD("\x81\x80", "\0\1") QUESTION RECORD("\x21", "\7") "\0\1\0\1\0\1\0"), ERR_OK, 0,
     0, true}, /* SRV to the root */
    {STR_INIT(HEAD("\x81\x80", "\0\1") QUESTION RECORD("\x21", "\6") "\0\1\0\1\0\1"), ERR_OK, 0, 0,
     false},
    {STR_INIT(HEAD("\x81\x80", "\0\1") QUESTION "\xc0\x40\0\1\0\1\0\0\0\5\0\0"), ERR_MALFORMED, 19,
     0, false},
    {STR_INIT(HEAD("\1\0", "\0\0") "\x41"), ERR_MALFORMED, 12, 0, false},
    {STR_INIT(HEAD("\1\0", "\0\0") QUESTION "trailing"), ERR_OK, 0, 0, false},
};

static bool any_typed(const struct dns_rr *rr)
{
    struct addr a = {0};
    struct dns_name name = {0};
    struct dns_srv srv = {0};
    struct dns_naptr naptr = {0};
    struct dns_soa soa = {0};
    struct dns_mx mx = {0};
    return dns_rr_addr(rr, &a) || dns_rr_name(rr, &name) || dns_rr_srv(rr, &srv) ||
           dns_rr_naptr(rr, &naptr) || dns_rr_soa(rr, &soa) || dns_rr_mx(rr, &mx);
}

static void forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dns_message m = {0};
        struct err_at at = {0};
        struct dns_rr rr = {0};
        enum err e = dns_read(rows[i].bytes, &m, &at);
        if (e != rows[i].e || at.offset != rows[i].offset) {
            fail_msg("row %zu: %s at %zu", i, err_name(e), at.offset);
        }
        if (e == ERR_OK) {
            struct dns_walk w = dns_walk(&m);
            bool form = dns_next(&w, &rr) && any_typed(&rr);
            if (form != rows[i].typed || dns_answer(&m).n != rows[i].n) {
                fail_msg("row %zu", i);
            }
        }
    }
}

/* Aliases in any order, in a circle, and a name that has no such record. */
static void aliases(void **state)
{
    static const struct {
        const char *first, *first_to, *second, *second_to, *last;
        unsigned n;
        bool loop;
    } chains[] = {
        {"a.example", "b.example", "b.example", "c.example", "c.example", 1, false},
        {"b.example", "c.example", "a.example", "b.example", "c.example", 1, false},
        {"a.example", "b.example", "b.example", "d.example", "d.example", 0, false},
        {"a.example", "b.example", "b.example", "a.example", "a.example", 0, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof chains / sizeof *chains; i++) {
        uint8_t bytes[300];
        struct dns_writer w;
        dns_write_begin(&w, bytes, sizeof bytes, &(struct dns_message){.response = true});
        dns_write_question(&w, STR("a.example"), DNS_A);
        dns_write_name(&w, &(struct dns_owner){DNS_ANSWER, str_z(chains[i].first), 9}, DNS_CNAME,
                       str_z(chains[i].first_to));
        dns_write_name(&w, &(struct dns_owner){DNS_ANSWER, str_z(chains[i].second), 8}, DNS_CNAME,
                       str_z(chains[i].second_to));
        dns_write_addr(&w, &(struct dns_owner){DNS_ANSWER, STR("c.example"), 7}, addr4(0xc0000201));
        struct dns_message m = read_ok(bytes, dns_write_end(&w));
        struct dns_answer a = dns_answer(&m);
        assert_int_equal(a.n, chains[i].n);
        assert_int_equal(a.loop, chains[i].loop);
        assert_int_equal(a.ttl, a.n ? 7 : 0);
        is_name(a.name, chains[i].last);
    }
}

static void negative(void **state)
{
    uint8_t bytes[200];
    struct dns_writer w;
    (void)state;
    dns_write_begin(&w, bytes, sizeof bytes,
                    &(struct dns_message){.response = true, .rcode = DNS_NXDOMAIN});
    dns_write_question(&w, STR("none.example.com"), DNS_SRV);
    dns_write_soa(&w, &(struct dns_owner){DNS_AUTHORITY, STR("example.com"), 900},
                  &(struct dns_soa){.minimum = 30}, STR("ns.example.com"), STR("."));
    struct dns_message m = read_ok(bytes, dns_write_end(&w));
    struct dns_answer a = dns_answer(&m);
    assert_int_equal(m.rcode, DNS_NXDOMAIN);
    assert_true(a.n == 0 && a.has_soa);
    assert_int_equal(a.ttl, 30);
}

static void query(void **state)
{
    uint8_t bytes[DNS_QUERY_MOST];
    const struct dns_query q = {0xbeef, STR("_sip._udp.example.com."), DNS_SRV, true, 1232};
    (void)state;
    size_t len = dns_query_write(&q, bytes);
    struct dns_message m = read_ok(bytes, len);
    assert_int_equal(m.id, 0xbeef);
    assert_false(m.response);
    assert_true(m.recurse && m.edns.present && !m.edns.dnssec);
    assert_int_equal(m.edns.size, 1232);
    assert_int_equal(m.question.type, DNS_SRV);
    is_name(m.question.name, "_sip._udp.example.com");
    assert_int_equal(dns_query_write(&(struct dns_query){.name = STR("a..b")}, bytes), 0);
}

static void frames(void **state)
{
    struct str rest = STR("\0\2ab\0\0\0\3c");
    struct str m;
    uint8_t head[2];
    (void)state;
    assert_int_equal(dns_frame_next(&rest, &m), ERR_OK);
    assert_true(str_eq(m, STR("ab")));
    assert_int_equal(dns_frame_next(&rest, &m), ERR_OK);
    assert_int_equal(m.len, 0);
    assert_int_equal(dns_frame_next(&rest, &m), ERR_MORE);
    assert_int_equal(rest.len, 3);
    dns_frame_head(0x1234, head);
    assert_int_equal(head[0], 0x12);
    assert_int_equal(head[1], 0x34);
}

static void words(void **state)
{
    char buf[DNS_WORD];
    uint16_t type = 0;
    (void)state;
    assert_string_equal(dns_type_name(DNS_NAPTR, buf), "NAPTR");
    assert_string_equal(dns_type_name(65400, buf), "TYPE65400");
    assert_true(dns_type_find(STR("aaaa"), &type) && type == DNS_AAAA);
    assert_true(dns_type_find(STR("TYPE65400"), &type) && type == 65400);
    assert_false(dns_type_find(STR("TYPE65536"), &type));
    assert_false(dns_type_find(STR("TYPE"), &type));
    assert_false(dns_type_find(STR("SRVX"), &type));
    assert_string_equal(dns_rcode_name(DNS_REFUSED, buf), "REFUSED");
    assert_string_equal(dns_rcode_name(4095, buf), "RCODE4095");
    assert_string_equal(dns_ede_name(15), "Blocked");
    assert_null(dns_ede_name(25));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message),   cmocka_unit_test(typed), cmocka_unit_test(cut),
        cmocka_unit_test(too_small), cmocka_unit_test(forms), cmocka_unit_test(aliases),
        cmocka_unit_test(negative),  cmocka_unit_test(query), cmocka_unit_test(frames),
        cmocka_unit_test(words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
