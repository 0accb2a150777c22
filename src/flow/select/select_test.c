/* Lists, names, and whose turn it is. */
#include "flow/select/select.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/sink.h"
#include "proto/dns/dns_write.h"

struct world {
    struct select_cfg cfg;
    struct select s;
    char asked[1024]; /* "SRV _sips._tcp.example.com;" */
    bool silent;
};

static void init(struct world *w, const char *servers, enum select_transport transport)
{
    memset(w, 0, sizeof *w);
    w->cfg = (struct select_cfg){.servers = str_z(servers),
                                 .transport = transport,
                                 .srv = true,
                                 .prefix = true,
                                 .fallback = 60};
    select_init(&w->s, &w->cfg, NULL, 1);
}

static void srv(struct dns_writer *w, struct str name, unsigned priority, unsigned weight,
                unsigned port, const char *target)
{
    struct dns_owner o = {DNS_ANSWER, name, 100};
    struct dns_srv r = {
        .priority = (uint16_t)priority, .weight = (uint16_t)weight, .port = (uint16_t)port};
    dns_write_srv(w, &o, &r, str_z(target));
}

static void naptr(struct dns_writer *w, struct str name, unsigned order, const char *service,
                  const char *to)
{
    struct dns_owner o = {DNS_ANSWER, name, 100};
    struct dns_naptr r = {.order = (uint16_t)order,
                          .preference = 1,
                          .flags = STR("s"),
                          .services = str_z(service),
                          .regexp = STR("")};
    dns_write_naptr(w, &o, &r, str_z(to));
}

/* example.com: NAPTR to TLS before TCP, SRV of both; many.example.com: 20 of everything; none.example.com: an address alone;
 * one-letter hosts have 192.0.2.LETTER and an address of version 6, six.example.com only the latter. */
static size_t answer(struct str name, uint16_t type, uint8_t *bytes, size_t cap)
{
    struct dns_message head = {.id = 1, .response = true, .recursive = true};
    struct dns_writer w;
    struct dns_owner o = {DNS_ANSWER, name, 300};
    bool many = str_ends(name, STR("many.example.com"));
    char text[64];
    dns_write_begin(&w, bytes, cap, &head);
    dns_write_question(&w, name, type);
    if (type == DNS_NAPTR && str_eq(name, STR("example.com"))) {
        naptr(&w, name, 20, "SIP+D2T", "_sip._tcp.example.com");
        naptr(&w, name, 5, "X+Y", "nothing.example.com");
        naptr(&w, name, 10, "SIPS+D2T", "_sips._tcp.example.com");
    } else if (type == DNS_SRV && many) {
        for (unsigned i = 0; i < 20; i++) {
            snprintf(text, sizeof text, "%c.example.com", (char)('a' + i));
            srv(&w, name, 100 - i, 0, 5070, text);
        }
    } else if (type == DNS_SRV && str_starts(name, STR("_sips._tcp.example"))) {
        srv(&w, name, 10, 50, 8934, "c.example.com");
        srv(&w, name, 5, 50, 8934, "a.example.com");
        srv(&w, name, 5, 50, 8935, "b.example.com");
        srv(&w, name, 7, 50, 8934, ".");
    } else if (type == DNS_SRV && str_starts(name, STR("_sip._tcp.example"))) {
        srv(&w, name, 1, 0, 5060, "d.example.com");
        srv(&w, name, 2, 0, 5060, "six.example.com");
    } else if (type == DNS_A && !str_eq(name, STR("six.example.com"))) {
        dns_write_addr(&w, &o, addr4(0xc0000200U + (uint8_t)name.p[0]));
    } else if (type == DNS_AAAA) {
        dns_write_addr(&w, &o, addr_of("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7", 16));
    }
    return dns_write_end(&w);
}

static void resolve(struct world *w, usec_t now)
{
    struct select_question q;
    uint8_t bytes[4096];
    char word[DNS_WORD];
    assert_int_equal(select_begin(&w->s, now), ERR_OK);
    while (select_ask(&w->s, &q)) {
        size_t at = strlen(w->asked);
        snprintf(w->asked + at, sizeof w->asked - at, "%s %.*s;", dns_type_name(q.type, word),
                 STR_ARG(q.name));
        size_t len = w->silent ? 0 : answer(q.name, q.type, bytes, sizeof bytes);
        assert_true(w->silent || len > 0);
        select_on_answer(&w->s, len ? SELECT_ANSWERED : SELECT_SILENT,
                         str_of((const char *)bytes, len), now);
    }
}

/* "[192.0.2.97]:8934 a.example.com up, ..." shortened to the last byte, port and name. */
static const char *entries(const struct world *w)
{
    static char text[2048];
    struct select_entry e;
    size_t at = 0;
    text[0] = '\0';
    for (unsigned i = 0; select_entry(&w->s, i, &e); i++) {
        int n = snprintf(text + at, sizeof text - at, "%s%u/%d:%u%s%.*s%s", i ? " " : "",
                         e.server.at.ip.b[e.server.at.ip.family == 6 ? 15 : 3],
                         (int)e.server.transport, e.server.at.port, e.server.name.len ? "=" : "",
                         STR_ARG(e.server.name), e.up ? "" : "!");
        at += (size_t)n;
    }
    return text;
}

static void lists(void **state)
{
    static const struct {
        const char *servers, *asked, *entries;
        enum select_transport transport;
    } rows[] = {
        {"192.0.2.9", "", "9/0:5060", SELECT_UDP},
        {"192.0.2.9:5070", "", "9/1:5070", SELECT_TCP},
        {"192.0.2.9", "", "9/2:5061", SELECT_TLS},
        {"192.0.2.9", "", "9/0:5060", SELECT_AUTO},
        {"a.example.com:5080", "A a.example.com;AAAA a.example.com;", "97/0:5080=a.example.com",
         SELECT_UDP},
        {"a.example.com:5080:p=2:A=192.0.2.1,192.0.2.2|b.example.com:p=1:7",
         "A b.example.com;AAAA "
         "b.example.com;",
         "98/0:5060=b.example.com 1/0:5080=a.example.com 2/0:5080=a.example.com", SELECT_UDP},
        {"x.example.com:SRV=192.0.2.1:p=3|192.0.2.2:5070:p=1", "", "2/2:5070 1/2:5061", SELECT_TLS},
        {"192.0.2.1|192.0.2.1", "", "1/0:5060", SELECT_UDP},
        {"example.com",
         "SRV _sips._tcp.example.com;A b.example.com;AAAA b.example.com;A a.example.com;AAAA "
         "a.example.com;A c.example.com;AAAA c.example.com;",
         "98/2:8935=b.example.com 97/2:8934=a.example.com 99/2:8934=c.example.com", SELECT_TLS},
        {"n.example.com", "SRV _sip._udp.n.example.com;A n.example.com;AAAA n.example.com;",
         "110/0:5060=n.example.com", SELECT_UDP},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        init(&w, rows[i].servers, rows[i].transport);
        resolve(&w, 0);
        assert_string_equal(w.asked, rows[i].asked);
        assert_string_equal(entries(&w), rows[i].entries);
        select_clear(&w.s);
    }
}

static void no_lists(void **state)
{
    static const char *const rows[] = {"",        ":5060",       "a b",          "a:p=x",
                                       "a:99999", "a:p=70000|b", "[2001:db8::1", "a\r\nb",
                                       "a:A=",    "a:SRV=",      "|a",           "a:5060:p=1:q=2"};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        init(&w, rows[i], SELECT_UDP);
        w.cfg.srv = false;
        enum err e = select_begin(&w.s, 0);
        if (e == ERR_OK) {
            fail_msg("%s is no list", rows[i]);
        }
        select_clear(&w.s);
    }
}

static void naptr_first(void **state)
{
    struct world w;
    (void)state;
    init(&w, "example.com", SELECT_AUTO);
    resolve(&w, 0);
    assert_non_null(strstr(w.asked, "NAPTR example.com;SRV _sips._tcp.example.com;SRV "
                                    "_sip._tcp.example.com;A "));
    assert_string_equal(entries(&w), "98/2:8935=b.example.com 97/2:8934=a.example.com "
                                     "99/2:8934=c.example.com 100/1:5060=d.example.com");
    select_clear(&w.s);
    init(&w, "n.example.com", SELECT_AUTO);
    resolve(&w, 0);
    assert_string_equal(w.asked, "NAPTR n.example.com;SRV _sip._udp.n.example.com;SRV "
                                 "_sip._tcp.n.example.com;SRV _sips._tcp.n.example.com;A "
                                 "n.example.com;AAAA n.example.com;");
    select_clear(&w.s);
}

static void twelve_at_most(void **state)
{
    struct world w;
    struct select_entry e;
    (void)state;
    init(&w, "many.example.com", SELECT_UDP);
    resolve(&w, 0);
    assert_true(select_entry(&w.s, 11, &e));
    assert_false(select_entry(&w.s, 12, &e));
    select_clear(&w.s);
}

static void six_when_asked_for(void **state)
{
    struct world w;
    (void)state;
    init(&w, "a.example.com:5060", SELECT_UDP);
    w.cfg.ip6 = true;
    resolve(&w, 0);
    assert_string_equal(entries(&w), "7/0:5060=a.example.com");
    select_clear(&w.s);
    init(&w, "six.example.com:5060", SELECT_UDP);
    resolve(&w, 0);
    assert_int_equal(select_state(&w.s), SELECT_FAILED);
    select_clear(&w.s);
}

/* Each of two equals comes first about as often as its weight says. */
static void by_weight(void **state)
{
    unsigned first = 0;
    (void)state;
    for (uint64_t seed = 0; seed < 2000; seed++) {
        struct world w;
        struct select_server server;
        init(&w, "192.0.2.1:p=1:30|192.0.2.2:p=1:10|192.0.2.3:p=2:99", SELECT_UDP);
        select_init(&w.s, &w.cfg, NULL, seed);
        resolve(&w, 0);
        assert_true(select_pick(&w.s, &server));
        assert_true(server.at.ip.b[3] < 3);
        first += server.at.ip.b[3] == 1;
        select_clear(&w.s);
    }
    assert_in_range(first, 1400, 1600);
}

static void ports_together(void **state)
{
    struct world w;
    (void)state;
    init(&w, "192.0.2.1:5060:p=1|192.0.2.2:5070:p=2|192.0.2.3:5060:p=3", SELECT_UDP);
    w.cfg.method = SELECT_SRV_PORT;
    resolve(&w, 0);
    assert_string_equal(entries(&w), "1/0:5060 3/0:5060 2/0:5070");
    select_clear(&w.s);
}

static unsigned pick(struct world *w)
{
    struct select_server server;
    return select_pick(&w->s, &server) ? server.at.ip.b[3] : 0;
}

/* MPP administration guide: with an interval the search goes on downward; without, it begins at the top again. */
static void down_and_up(void **state)
{
    struct world w;
    (void)state;
    for (unsigned fallback = 0; fallback <= 60; fallback += 60) {
        init(&w, "192.0.2.1:p=1|192.0.2.2:p=2|192.0.2.3:p=3", SELECT_TCP);
        w.cfg.fallback = fallback;
        resolve(&w, 0);
        assert_int_equal(pick(&w), 1);
        select_down(&w.s, 1 * USEC_S);
        assert_int_equal(pick(&w), 2);
        select_good(&w.s);
        assert_true(select_back(&w.s) == (fallback ? 61 * USEC_S : USEC_NONE));
        select_down(&w.s, 2 * USEC_S);
        assert_int_equal(pick(&w), fallback ? 3 : 1);
        select_down(&w.s, 3 * USEC_S);
        assert_int_equal(pick(&w), fallback ? 0 : 3);
        select_down(&w.s, 4 * USEC_S);
        assert_int_equal(pick(&w), 0);
        select_all_up(&w.s);
        assert_int_equal(pick(&w), 1);
        select_clear(&w.s);
    }
}

static void back_after_the_interval(void **state)
{
    struct world w;
    (void)state;
    init(&w, "192.0.2.1:p=1|192.0.2.2:p=2|192.0.2.3:p=3", SELECT_TCP);
    resolve(&w, 0);
    assert_int_equal(pick(&w), 1);
    select_down(&w.s, 0);
    assert_int_equal(pick(&w), 2);
    select_down(&w.s, 10 * USEC_S);
    assert_int_equal(pick(&w), 3);
    assert_int_equal(select_back(&w.s), 60 * USEC_S);
    assert_false(select_back_waits(&w.s));
    select_return(&w.s, 59 * USEC_S);
    assert_int_equal(pick(&w), 3);
    select_return(&w.s, 60 * USEC_S);
    assert_int_equal(pick(&w), 1);
    select_down(&w.s, 61 * USEC_S);
    assert_int_equal(pick(&w), 3);
    assert_int_equal(select_back(&w.s), 70 * USEC_S);
    select_clear(&w.s);
}

/* What is known of an entry stays when the names are asked for anew; a list that cannot be made anew stays too. */
static void made_anew(void **state)
{
    struct world w;
    (void)state;
    init(&w, "example.com", SELECT_TLS);
    resolve(&w, 0);
    unsigned first = pick(&w);
    select_down(&w.s, 0);
    w.asked[0] = '\0';
    resolve(&w, 99 * USEC_S);
    assert_string_equal(w.asked, "");
    resolve(&w, 100 * USEC_S);
    assert_string_not_equal(w.asked, "");
    assert_int_not_equal(pick(&w), first);
    w.silent = true;
    resolve(&w, 300 * USEC_S);
    assert_int_equal(select_state(&w.s), SELECT_READY);
    assert_int_not_equal(pick(&w), first);
    select_clear(&w.s);
    init(&w, "example.com", SELECT_TLS);
    w.silent = true;
    resolve(&w, 0);
    assert_int_equal(select_state(&w.s), SELECT_FAILED);
    select_clear(&w.s);
}

static void redirected(void **state)
{
    struct world w;
    (void)state;
    init(&w, "192.0.2.1:p=1|192.0.2.2:p=2", SELECT_UDP);
    resolve(&w, 0);
    assert_int_equal(pick(&w), 1);
    assert_int_equal(select_redirect(&w.s, STR("192.0.2.9:5090"), SELECT_TCP, 0), ERR_OK);
    assert_int_equal(pick(&w), 9);
    assert_int_equal(select_redirect(&w.s, STR("192.0.2.8"), SELECT_TCP, 0), ERR_OK);
    assert_int_equal(pick(&w), 8);
    assert_int_equal(select_redirect(&w.s, STR("a b"), SELECT_TCP, 0), ERR_USAGE);
    select_go_home(&w.s);
    assert_string_equal(entries(&w), "1/0:5060 2/0:5060");
    select_down(&w.s, 0);
    assert_int_equal(pick(&w), 2);
    select_clear(&w.s);
}

/* Answers that are none, to another question, cut, or full of errors. */
static void odd_answers(void **state)
{
    struct world w;
    uint8_t bytes[512];
    struct select_question q;
    (void)state;
    init(&w, "example.com", SELECT_TLS);
    assert_int_equal(select_begin(&w.s, 0), ERR_OK);
    size_t len = answer(STR("example.com"), DNS_A, bytes, sizeof bytes);
    select_on_answer(&w.s, SELECT_ANSWERED, str_of((const char *)bytes, len), 0);
    assert_false(select_ask(&w.s, &q));
    assert_int_equal(select_state(&w.s), SELECT_FAILED);
    select_on_answer(&w.s, SELECT_ANSWERED, str_of((const char *)bytes, len), 0);
    assert_int_equal(select_begin(&w.s, 0), ERR_OK);
    select_on_answer(&w.s, SELECT_ANSWERED, STR("xx"), 0);
    assert_int_equal(select_state(&w.s), SELECT_FAILED);
    select_clear(&w.s);
}

/* -- the log */

static void line(void *to, const char *tag, const char *text, const struct str *values, size_t n,
                 usec_t now)
{
    struct buf *b = to;
    struct sink out = buf_sink(b);
    struct str rest = str_z(text);
    (void)now;
    assert_string_equal(tag, "voice");
    for (size_t i = 0; rest.len > 0; i++) {
        sink_str(&out, str_cut(&rest, '{'));
        if (rest.len > 0) {
            assert_true(i < n);
            sink_str(&out, values[i]);
            (void)str_cut(&rest, '}');
        }
    }
    sink_char(&out, '\n');
}

/* clang-format off */
#define GET_ADDR "RSE_DEBUG: rse_get_server_addr, name: _sips._tcp.example.com type 1 port 0 rse_index 0 first:1 fallback 0"
/* clang-format on */

/* The lines of the log, in its order; numbers that stand for addresses in memory are the seed's. */
static void told(void **state)
{
    struct world w;
    struct buf b = {.limit = 65536};
    (void)state;
    init(&w, "example.com", SELECT_TLS);
    w.cfg.line = line;
    w.cfg.fallback = 3600;
    select_init(&w.s, &w.cfg, (struct scribe *)&b, 1);
    resolve(&w, 51 * USEC_S);
    struct str text = buf_str(&b);
    static const char *const lines[] = {
        "[SIP_resolveHostName] host=example.com port=0",
        "RSE_DEBUG: rse_unref context: 0x",
        "RSE_DEBUG: rse_unref ref_cnt:0",
        GET_ADDR,
        "RSE_DEBUG: rse_refresh_addr_list target:_sips._tcp.example.com, rse_type:1",
        "RSE_DEBUG: RR[0], name:_sips._tcp.example.com tranport:2 type:1 status:0",
        "RSE_DEBUG: getting SRV:_sips._tcp.example.com",
        "RSE_DEBUG: new priority:a by host: c.example.com",
        "RSE_DEBUG: new priority:5 by host: a.example.com",
        "RSE_DEBUG: old priority:5 by host: b.example.com",
        "RSE_DEBUG: Refreshing host[2]:b.example.com",
        "RSE_DEBUG: Refresh host:b.example.com finished",
        "RSE_DEBUG: rse_save_addr_list res = 0x",
        "RSE_DEBUG: skip AF_INET6 addr",
        "RSE_DEBUG: Found one old entry<",
        "RSE_DEBUG: Refreshing host[1]:a.example.com",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct str is = str_cut(&text, '\n');
        if (!str_starts(is, str_z(lines[i]))) {
            fail_msg("%.*s is not %s", STR_ARG(is), lines[i]);
        }
    }
    assert_true(str_find(buf_str(&b), STR("> [192.0.2.98]:8935 with status:up, ttl: -1, sttl: -1, "
                                          "cttl:3600\n")) != STR_NPOS);
    buf_reset(&b);
    struct select_server server;
    assert_true(select_pick(&w.s, &server));
    select_down(&w.s, 60 * USEC_S);
    resolve(&w, 151 * USEC_S);
    assert_true(
        str_find(buf_str(&b), STR("> [192.0.2.98]:8935 with status:down, ttl: -1, sttl: -1, "
                                  "cttl:3500\n")) != STR_NPOS);
    select_clear(&w.s);
    buf_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists),
        cmocka_unit_test(no_lists),
        cmocka_unit_test(naptr_first),
        cmocka_unit_test(twelve_at_most),
        cmocka_unit_test(six_when_asked_for),
        cmocka_unit_test(by_weight),
        cmocka_unit_test(ports_together),
        cmocka_unit_test(down_and_up),
        cmocka_unit_test(back_after_the_interval),
        cmocka_unit_test(made_anew),
        cmocka_unit_test(redirected),
        cmocka_unit_test(odd_answers),
        cmocka_unit_test(told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
