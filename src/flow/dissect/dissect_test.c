/* From the bytes of a log to facts: what is told of DHCP, DNS, HTTP and SIP, and of the phone itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "flow/dissect/dissect.h"
#include "share/share.h"

static struct arena arena;
static struct lines *lines;

static int load(void **state)
{
    (void)state;
    struct conf_error err;
    arena_init(&arena, 0);
    lines = lines_new(&arena);
    for (size_t i = 0; lines && i < share_files_n; i++) {
        struct str name = str_z(share_files[i].name);
        struct str text = str_of(share_files[i].data, share_files[i].len);
        if (str_ends(name, STR(".lines")) && lines_add(lines, name, text, &err) != ERR_OK) {
            return -1;
        }
    }
    return lines ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    arena_clear(&arena);
    return 0;
}

/* Every fact on a line: "kind@line field=value|field=value". */
struct told {
    struct buf b;
    struct sink out;
    unsigned marks;
};

static void on_mark(void *ctx, const struct mark *m)
{
    struct told *t = ctx;
    (void)m;
    t->marks++;
}

static void on_fact(void *ctx, const struct fact *f)
{
    struct told *t = ctx;
    sink_fmt(&t->out, "%s@%u", fact_row(f->kind)->name, f->place.line);
    for (unsigned i = 0; i < f->n; i++) {
        sink_fmt(&t->out, "%c%s=%.*s", i ? '|' : ' ', field_name((enum field)f->f[i].field),
                 STR_ARG(f->f[i].v));
    }
    sink_char(&t->out, '\n');
}

static void read_text(struct told *t, struct str text, size_t step)
{
    struct dissect d;
    struct dissect_sink sink = {.ctx = t, .mark = on_mark, .fact = on_fact};
    *t = (struct told){.b = {.limit = 0}};
    t->out = buf_sink(&t->b);
    assert_int_equal(dissect_init(&d, lines, sink), ERR_OK);
    dissect_begin(&d, 0);
    while (text.len) {
        struct str piece = str_head(text, step);
        char *copy = malloc(piece.len);
        assert_non_null(copy);
        memcpy(copy, piece.p, piece.len);
        dissect_feed(&d, str_of(copy, piece.len));
        free(copy);
        text = str_from(text, piece.len);
    }
    (void)dissect_end(&d);
    dissect_clear(&d);
    sink_char(&t->out, 0);
}

struct row {
    const char *text, *told;
};

static void all(const struct row *rows, size_t n)
{
    static const size_t steps[] = {1, 61, 100000};
    for (size_t i = 0; i < n; i++) {
        for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
            struct told t;
            read_text(&t, str_z(rows[i].text), steps[s]);
            assert_string_equal(t.b.p, rows[i].told);
            buf_clear(&t.b);
        }
    }
}

#define AT(seq, clock) seq " NOT Sep 04 22:49:" clock " "

static void test_dhcp(void **state)
{
    static const struct row rows[] = {
        {AT("1154", "12.226653") "(689-695) DHCP-IP Address: 192.168.10.21\n",
         "dhcp.address@1 address=192.168.10.21\n"},
        {AT("1155", "12.226688") "(689-695) DHCP-Default Gwy: 192.168.10.1\n",
         "dhcp.gateway@1 address=192.168.10.1\n"},
        {AT("1155", "12.226688") "(689-695) DHCP- ******** dhcpConvConfToExtOptionFile(): Usin\n",
         ""},
        {AT("1156", "12.226790") "(689-695) DHCP-hostname:SEP00005E005321\n",
         "dhcp.option@1 key=hostname|value=SEP00005E005321\n"
         "phone.model@1 mac=00:00:5e:00:53:21\n"},
        {AT("1156", "12.226790") "(689-695) DHCP-option66:\n", "dhcp.option@1 key=option66\n"},
        {AT("1156", "12.226790") "(689-695) DHCP-option159:https://a.example.com:8443/x y\n",
         "dhcp.option@1 key=option159|value=https://a.example.com:8443/x y\n"},
    };
    (void)state;
    all(rows, sizeof rows / sizeof *rows);
}

static void test_dns(void **state)
{
    static const struct row rows[] = {
        {AT("0001", "12.226653") "dnsmasq[560]: query[A] a.example.com from 127.0.0.1\n" AT(
             "0002",
             "12.226654") "dnsmasq[560]: forwarded a.example.com to "
                          "192.0.2.53\n" AT(
                              "0003",
                              "12.226655") "dnsmasq[560]: reply "
                                           "a.example.com is "
                                           "<CNAME>\n" AT(
                                               "0004",
                                               "12.226656") "dnsmasq"
                                                            "[560]: "
                                                            "reply "
                                                            "error "
                                                            "is "
                                                            "SERVFAI"
                                                            "L\n" AT(
                                                                "0005",
                                                                "12.226657") "dnsmasq[560]: "
                                                                             "caching SRV "
                                                                             "record=_sips._tcp."
                                                                             "example.com with "
                                                                             "ttl=200 "
                                                                             "[target=e.example."
                                                                             "com, port=8934, "
                                                                             "prio=5, wt=50]\n",
         "dns.query@1 qtype=A|host=a.example.com|from=127.0.0.1\n"
         "dns.forward@2 host=a.example.com|server=192.0.2.53\n"
         "dns.reply@3 host=a.example.com|value=<CNAME>\n"
         "dns.error@4 error=SERVFAIL\n"
         "dns.srv@5 host=_sips._tcp.example.com|ttl=200|target=e.example.com|port=8934|"
         "priority=5|weight=50\n"},
        {AT("0002", "12.226654") "dnsmasq[560]: forwarded a.exam",
         "dns.forward@1 host=a.exam\n"}, /* cut: what is there counts */
    };
    (void)state;
    all(rows, sizeof rows / sizeof *rows);
}

static void test_http(void **state)
{
    static const struct row rows[] = {
        {AT("1179", "21.003863") ">\n" AT(
             "1180", "21.003923") "GET "
                                  "/software/edos/callhome/"
                                  "rc?id=00005e005321:FCH27010ABC:CP-8865-3PCC&sw=sip8845_65."
                                  "12-0-3&orig=x HTTP/1.1^M\n"
                                  "User-Agent: Cisco-CP-8865-3PCC/12.0.3 (00005e005321)^M\nHost: "
                                  "a.example.com^M\n^M\n" AT("1181", "21.122923") "<\n" AT(
                                      "1182", "21.123032") "HTTP/1.1 404 Not Found^M\n",
         "http.mark@1 state=request\n"
         "http.request@2 method=GET|path=/software/edos/callhome/"
         "rc?id=00005e005321:FCH27010ABC:CP-8865-3PCC&sw=sip8845_65.12-0-3&orig=x\n"
         "phone.model@2 model=CP-8865-3PCC|serial=FCH27010ABC|mac=00:00:5e:00:53:21|"
         "firmware=sip8845_65.12-0-3\n"
         "phone.model@3 model=CP-8865-3PCC|firmware=12.0.3|mac=00:00:5e:00:53:21\n"
         "http.mark@6 state=response\n"
         "http.status@7 status=404|reason=Not Found\n"},
        /* The text of an empty record stands below it, between blanks. */
        {AT("1176", "28.444216") "\n\nCouldn't resolve host 'a.example.com'\nprose\n",
         "fetch.noresolve@3 host=a.example.com\n"},
        {AT("1176", "28.444216") "\n\n\"Couldn't resolve host 'a.example.com'\n",
         "fetch.noresolve@3 host=a.example.com\n"},
        {"Couldn't resolve host 'a.example.com'\n", ""}, /* below nothing: prose */
        {AT("1177", "28.444516") "(968-1290) voice-reqByCurlInternal return from http request, "
                                 "[res] = 6 Error\n",
         "fetch.result@1 code=6\n"},
    };
    (void)state;
    all(rows, sizeof rows / sizeof *rows);
}

#define SEND(seq, clock)                                                           \
    AT(seq, clock)                                                                 \
    "(968-2271) voice- =====> Send (TLS) [203.0.113.41]:8934 SIP MSG::  REGISTER " \
    "sip:sip.example.net SIP/2.0^M\n"
#define RECV(seq, clock, status) \
    AT(seq, clock)               \
    "(968-2271) voice- <===== Recv (TCP) [203.0.113.41]:8934 SIP MSG:: SIP/2.0 " status "^M\n"
#define ENDPOINT "server=203.0.113.41|port=8934|transport="

static const char request[] =
    SEND("1218",
         "27.984278") "Via: SIP/2.0/TLS 192.168.10.21:5072;branch=z9hG4bK-1^M\n"
                      "From: <sip:15550100@sip.example.net>;tag=1^M\nTo: "
                      "<sip:15550100@sip.example.net>^M\n"
                      "Call-ID: 5f3c@192.168.10.21^M\nCSeq: 4711 REGISTER^M\n"
                      "Contact: <sip:15550100@192.168.10.21:5072>;expires=3600^M\n"
                      "Authorization: Digest "
                      "username=\"15550100\",realm=\"lab\",nonce=\"n\",uri=\"sip:x\","
                      "response=\"0123456789abcdef0123456789abcdef\"^M\n"
                      "Session-ID: "
                      "7c41d90e00105000a00000005e005321;remote=00000000000000000000000000000000^M\n"
                      "User-Agent: Cisco-CP-8865-3PCC/12.0.3_00005e005321_1_2^M\nContent-Length: "
                      "0^M\n^M\n";

static const char request_told[] =
    "sip.request@1 " ENDPOINT "TLS|state=sent|call_id=5f3c@192.168.10.21|cseq=4711|method=REGISTER|"
    "branch=z9hG4bK-1|via=192.168.10.21|host=sip:sip.example.net|realm=lab|nonce=n|"
    "response=0123456789abcdef0123456789abcdef|user=15550100|asked=3600|"
    "contact=sip:15550100@192.168.10.21:5072\n";

static void begins(const char *text, const char *told, const char *also)
{
    static const size_t steps[] = {1, 61, 100000};
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
        struct told t;
        read_text(&t, str_z(text), steps[s]);
        if (!str_starts(str_z(t.b.p), str_z(told))) {
            assert_string_equal(t.b.p, told);
        }
        if (also && !strstr(t.b.p, also)) {
            fail_msg("%s is missing in\n%s", also, t.b.p);
        }
        buf_clear(&t.b);
    }
}

static void test_sip_request(void **state)
{
    (void)state;
    begins(request, request_told, "phone.model@1 mac=00:00:5e:00:53:21\n");
    begins(request, request_told, "phone.model@1 model=CP-8865-3PCC|firmware=12.0.3|mac=00:00:5e:");
}

static void test_sip_response(void **state)
{
    (void)state;
    begins(
        RECV("1219", "28.032478",
             "401 Unauthorized") "Via:SIP/2.0/TLS "
                                 "192.168.10.21:5072;received=192.0.2.77;branch=z9hG4bK-1^M\n"
                                 "To:<sip:15550100@sip.example.net>;tag=799610001-1693867768008^M\n"
                                 "Call-ID:5f3c@192.168.10.21^M\nCSeq:4711 REGISTER^M\n"
                                 "Session-ID:e3a9017c55d24b0f9c6688412b7fd065;remote="
                                 "7c41d90e00105000a00000005e005321^M\n"
                                 "WWW-Authenticate:DIGEST "
                                 "realm=\"lab\",qop=\"auth\",nonce=\"n1\",algorithm=MD5^M\n"
                                 "Content-Length:0^M\n^M\n",
        "sip.response@1 " ENDPOINT "TCP|state=received|call_id=5f3c@192.168.10.21|cseq=4711|"
        "method=REGISTER|branch=z9hG4bK-1|via=192.168.10.21|status=401|reason=Unauthorized|"
        "realm=lab|nonce=n1|epoch=1693867768008\n",
        "phone.model@1 mac=00:00:5e:00:53:21\n");
    begins(RECV("1221", "28.091178",
                "200 OK") "Call-ID:5f3c@192.168.10.21^M\nCSeq:4712 REGISTER^M\n"
                          "Contact:<sip:15550100@192.168.10.21:5072>;q=0.5;expires=120^M\n^M\n",
           "sip.response@1 " ENDPOINT "TCP|state=received|call_id=5f3c@192.168.10.21|cseq=4712|"
           "method=REGISTER|status=200|reason=OK|granted=120|"
           "contact=sip:15550100@192.168.10.21:5072\n",
           NULL);
    begins(RECV("1221", "28.091178",
                "423 Interval Too Brief") "CSeq:4712 REGISTER^M\nMin-Expires:600^M\n^M\n",
           "sip.response@1 " ENDPOINT "TCP|state=received|cseq=4712|method=REGISTER|status=423|"
           "reason=Interval Too Brief|retry=600\n",
           NULL);
}

/* Without ^M, with CR LF, with the addresses stripped as markup, with page breaks in it. */
static void test_sip_in_bad_copies(void **state)
{
    struct buf b = {.limit = 0};
    struct sink out = buf_sink(&b);
    struct told t;
    (void)state;
    for (struct str rest = STR(request); rest.len;) { /* <...> lost, two blank lines in its place */
        struct str line = str_cut(&rest, '\n');
        size_t open = str_chr(line, '<');
        size_t close = open == STR_NPOS ? STR_NPOS : str_chr(line, '>');
        sink_str(&out, str_head(line, open));
        sink_z(&out, open == STR_NPOS ? "\n" : "\n\n");
        if (open != STR_NPOS) {
            sink_str(&out, str_from(line, close + 1));
            sink_z(&out, "\n");
        }
    }
    read_text(&t, buf_str(&b), 100000);
    assert_non_null(strstr(t.b.p, "sip.request@1 "));
    assert_non_null(strstr(t.b.p, "|cseq=4711|method=REGISTER|branch=z9hG4bK-1|"));
    assert_non_null(strstr(t.b.p, "|realm=lab|nonce=n|"));
    assert_non_null(strstr(t.b.p, "|asked=3600"));
    buf_clear(&t.b);
    buf_reset(&b);
    for (struct str rest = STR(request); rest.len;) { /* ^M lost */
        struct str line = str_cut(&rest, '\n');
        sink_str(&out, str_ends(line, STR("^M")) ? str_head(line, line.len - 2) : line);
        sink_z(&out, "\r\n");
    }
    read_text(&t, buf_str(&b), 7);
    assert_true(str_starts(str_z(t.b.p), STR(request_told)));
    buf_clear(&t.b);
    buf_clear(&b);
}

/* A long message comes in pieces, each with a head of its own; others' records stand between. */
static void test_sip_in_pieces(void **state)
{
    static const char between[] = AT("1219", "27.984290") "(689-695) DHCP-renewing nothing\n" AT(
        "1220", "27.984300") "dnsmasq[560]: query[A] a.example.com from 127.0.0.1\n";
    struct buf b = {.limit = 0};
    struct sink out = buf_sink(&b);
    struct told t;
    struct str text = STR(request);
    size_t head = 1024;
    (void)state;
    /* Filled up, so that the cut falls where it does in real logs, inside a line. */
    size_t at = str_find(text, STR("Contact:"));
    sink_str(&out, str_head(text, at));
    sink_z(&out, "X-Fill: ");
    sink_fill(&out, 'x', 700);
    sink_z(&out, "^M\n");
    sink_str(&out, str_from(text, at));
    struct buf cut = {.limit = 0};
    struct sink pieces = buf_sink(&cut);
    sink_str(&pieces, str_head(buf_str(&b), head));
    sink_z(&pieces, "\n" AT("1221", "27.984400") "(968-2271) voice-");
    sink_str(&pieces, str_from(buf_str(&b), head));
    read_text(&t, buf_str(&cut), 100000);
    assert_true(str_starts(str_z(t.b.p), STR(request_told)));
    buf_clear(&t.b);
    buf_reset(&cut);
    sink_str(&pieces, str_head(buf_str(&b), head));
    sink_z(&pieces, "\n");
    sink_z(&pieces, AT("1219", "27.984290") "(689-695) DHCP-\n");
    sink_z(&pieces, AT("1221", "27.984400") "(968-2271) voice-");
    sink_str(&pieces, str_from(buf_str(&b), head));
    read_text(&t, buf_str(&cut), 33);
    assert_true(str_starts(str_z(t.b.p), STR(request_told)));
    buf_clear(&t.b);
    buf_clear(&cut);
    buf_clear(&b);
    /* A fact of another thread ends a message; what it told so far stands, and the fact with it. */
    sink_str(&out, str_head(text, at));
    sink_z(&out, between);
    read_text(&t, buf_str(&b), 100000);
    assert_non_null(strstr(t.b.p, "cseq=4711|method=REGISTER"));
    assert_non_null(strstr(t.b.p, "dns.query@"));
    buf_clear(&t.b);
    buf_clear(&b);
}

static void test_identities(void **state)
{
    static const struct row rows[] = {
        {AT("1173", "20.427061") "(968-1290) voice-reqByCurlInternal sending http request out..., "
                                 "url: https://a.example.com:443/x/callhome/"
                                 "rc?id=00:00:5e:00:53:21:FCH27010ABC:CP-8865-3PCC&sw=a.b\n",
         "fetch.start@1 url=https://a.example.com:443/x/callhome/"
         "rc?id=00:00:5e:00:53:21:FCH27010ABC:CP-8865-3PCC&sw=a.b\n"
         "phone.model@1 "
         "model=CP-8865-3PCC|serial=FCH27010ABC|mac=00:00:5e:00:53:21|firmware=a.b\n"},
        {AT("1173", "20.427061") "(968-1290) voice-reqByCurlInternal sending http request out..., "
                                 "url: https://a.example.com/callhome/rc?id=00005e005321:FCH27\n",
         "fetch.start@1 url=https://a.example.com/callhome/rc?id=00005e005321:FCH27\n"},
        {AT("1173", "20.427061") "(968-1290) voice-reqByCurlInternal sending http request out..., "
                                 "url: https://a.example.com/callhome/"
                                 "rc?id=<MAC>:XXXXXXX:CP-8865-3PCC&sw=a.b\n",
         "fetch.start@1 url=https://a.example.com/callhome/"
         "rc?id=<MAC>:XXXXXXX:CP-8865-3PCC&sw=a.b\n"
         "phone.model@1 model=CP-8865-3PCC|firmware=a.b\n"},
        {AT("1178", "28.445607") "(968-1290) voice-fapp-CP-8851-3PCC 00:00:5e:00:53:21 -- Resync "
                                 "failed: Download failed\n",
         "resync.failed@1 model=CP-8851-3PCC|mac=00:00:5e:00:53:21|error=Download failed\n"
         "phone.model@1 model=CP-8851-3PCC|mac=00:00:5e:00:53:21\n"},
        {AT("1178", "28.445607") "(968-1290) voice-fapp-CP-8851-3PCC  -- Resync failed: x\n",
         "resync.failed@1 model=CP-8851-3PCC|error=x\nphone.model@1 model=CP-8851-3PCC\n"},
        /* The same by network syslog. */
        {"<134>Sep 04 22:49:28 host CP-8851-3PCC 00005e005321 -- Resync failed: x\n",
         "resync.failed@1 model=CP-8851-3PCC|mac=00005e005321|error=x\n"
         "phone.model@1 model=CP-8851-3PCC|mac=00:00:5e:00:53:21\n"},
        {AT("1156", "12.226790") "(689-695) DHCP-hostname:printer\n",
         "dhcp.option@1 key=hostname|value=printer\n"},
    };
    (void)state;
    all(rows, sizeof rows / sizeof *rows);
}

static void test_files_count_lines_anew(void **state)
{
    struct dissect d;
    struct told t = {.b = {.limit = 0}};
    struct dissect_sink sink = {.ctx = &t, .mark = on_mark, .fact = on_fact};
    (void)state;
    t.out = buf_sink(&t.b);
    assert_int_equal(dissect_init(&d, lines, sink), ERR_OK);
    dissect_begin(&d, 0);
    dissect_feed(&d, STR("prose\n" AT("0001", "12.226653") "\n"));
    assert_int_equal(dissect_end(&d), 1);
    dissect_begin(&d, 1); /* below the empty record of the file before stands nothing */
    dissect_feed(&d, STR("Couldn't resolve host 'a'\n" AT(
                         "0002", "12.226653") "(1-2) DHCP-IP Address: 192.0.2.1\n"));
    assert_int_equal(dissect_end(&d), 1);
    sink_char(&t.out, 0);
    assert_string_equal(t.b.p, "dhcp.address@2 address=192.0.2.1\n");
    assert_int_equal(t.marks, 2);
    dissect_clear(&d);
    dissect_clear(&d);
    buf_clear(&t.b);
}

static enum dissect_secret always_right(void *ctx, const struct digest *dg, struct str method)
{
    int *calls = ctx;
    assert_true(str_eq(dg->username, STR("15550100")));
    assert_true(str_eq(method, STR("REGISTER")));
    ++*calls;
    return DISSECT_SECRET_RIGHT;
}

static void test_secret(void **state)
{
    struct dissect d;
    int calls = 0;
    struct told t = {.b = {.limit = 0}};
    struct dissect_sink sink = {
        .ctx = &t, .mark = on_mark, .fact = on_fact, .secret = always_right, .secret_ctx = &calls};
    (void)state;
    t.out = buf_sink(&t.b);
    assert_int_equal(dissect_init(&d, lines, sink), ERR_OK);
    dissect_begin(&d, 0);
    dissect_feed(&d, STR(request));
    (void)dissect_end(&d);
    sink_char(&t.out, 0);
    assert_int_equal(calls, 1);
    assert_non_null(strstr(t.b.p, "register.secret@1 state=right|user=15550100|realm=lab\n"));
    dissect_clear(&d);
    buf_clear(&t.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dhcp),
        cmocka_unit_test(test_dns),
        cmocka_unit_test(test_http),
        cmocka_unit_test(test_sip_request),
        cmocka_unit_test(test_sip_response),
        cmocka_unit_test(test_sip_in_bad_copies),
        cmocka_unit_test(test_sip_in_pieces),
        cmocka_unit_test(test_identities),
        cmocka_unit_test(test_files_count_lines_anew),
        cmocka_unit_test(test_secret),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
