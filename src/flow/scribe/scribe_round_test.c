/* What is written is read back as the same, and all that a phone says is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "flow/dissect/dissect.h"
#include "flow/scribe/journey_fixture.h"

static struct phone_pool *pool;
static struct agent_work *agents;
static struct journey j;
static bool row_said[LINES_MOST];

static int set_up(void **state)
{
    (void)state;
    return phone_pool_new(100000, &pool) || agent_work_new(&agents);
}

static int tear_down(void **state)
{
    (void)state;
    agent_work_free(agents);
    phone_pool_free(pool);
    return 0;
}

/* -- reading back */

struct heard {
    const struct lines *lines;
    struct buf facts; /* those of rows, as journey_said writes them */
    bool all;         /* those of HTTP too */
    unsigned messages, models;
};

static void on_mark(void *ctx, const struct mark *m)
{
    (void)ctx;
    (void)m;
}

static bool is_sip(unsigned kind)
{
    return kind == FACT_SIP_REQUEST || kind == FACT_SIP_RESPONSE;
}

/* Told by dumps, not line by line. */
static bool is_http(unsigned kind)
{
    return kind == FACT_HTTP_MARK || kind == FACT_HTTP_REQUEST || kind == FACT_HTTP_STATUS;
}

static void on_fact(void *ctx, const struct fact *f)
{
    struct heard *h = ctx;
    struct str values[FACT_FIELDS];
    struct sink out = buf_sink(&h->facts);
    const struct line *l = f->rule ? lines_row(h->lines, f->rule) : NULL;
    h->messages += is_sip(f->kind);
    h->models += f->kind == FACT_PHONE_MODEL;
    if (!l || f->kind != l->kind || is_sip(f->kind) || (is_http(f->kind) && !h->all)) {
        return;
    }
    for (unsigned i = 0; i < l->t.n; i++) {
        values[i] = fact_get(f, (enum field)l->t.hole[i].tag);
    }
    journey_said(&out, f->rule, values, l->t.n);
}

static void read_back(const struct written *w, struct heard *h)
{
    struct dissect d;
    h->lines = w->lines;
    struct dissect_sink sink = {.ctx = h, .mark = on_mark, .fact = on_fact};
    assert_int_equal(dissect_init(&d, w->lines, sink), ERR_OK);
    dissect_begin(&d, 0);
    dissect_feed(&d, buf_str(&w->log));
    assert_int_equal(dissect_end(&d), w->records);
    assert_int_equal(d.text_lines, 0);
    dissect_clear(&d);
}

static void same(const struct buf *a, const struct buf *b)
{
    struct str x = buf_str(a), y = buf_str(b);
    while (x.len || y.len) {
        struct str one = str_cut(&x, '\n'), two = str_cut(&y, '\n');
        if (!str_eq(one, two)) {
            fail_msg("said %.*s, read %.*s", STR_ARG(one), STR_ARG(two));
        }
    }
}

/* -- every row of the table */

static struct str value_for(enum hole_type type)
{
    static const struct str values[] = {
        [HOLE_WORD] = STR_INIT("word"),       [HOLE_HOST] = STR_INIT("host.example.com"),
        [HOLE_ADDR] = STR_INIT("192.0.2.20"), [HOLE_MAC] = STR_INIT("00:00:5e:00:53:21"),
        [HOLE_INT] = STR_INIT("1"),           [HOLE_HEX] = STR_INIT("a"),
        [HOLE_REST] = STR_INIT("some more"),
    };
    return values[type];
}

/* The text that a row has in its file. */
static const char *text_of(const struct line *l, char room[512])
{
    size_t n = 0;
    for (unsigned i = 0; i <= l->t.n; i++) {
        bool hole = i < l->t.n;
        n +=
            (size_t)snprintf(room + n, 512 - n, "%.*s%s%s%s", STR_ARG(l->t.lit[i]), hole ? "{" : "",
                             hole ? field_name((enum field)l->t.hole[i].tag) : "", hole ? "}" : "");
    }
    return room;
}

static void rows(void **state)
{
    (void)state;
    struct written w;
    written_begin(&w, 0, 1);
    for (size_t row = 1; row <= lines_count(w.lines); row++) {
        const struct line *l = lines_row(w.lines, row);
        struct str values[TEMPLATE_HOLES];
        struct heard h = {.all = true};
        struct buf said = {.len = 0};
        struct sink out = buf_sink(&said);
        char tag[40], text[512];
        snprintf(tag, sizeof tag, "%.*s", STR_ARG(l->tag));
        for (unsigned i = 0; i < l->t.n; i++) {
            values[i] = value_for((enum hole_type)l->t.hole[i].type);
        }
        written_forget(&w);
        scribe_line(&w.scribe, tag, text_of(l, text), values, l->t.n, 0);
        memset(w.scribe.known, 0, sizeof w.scribe.known); /* `text` is another one soon */
        assert_int_equal(w.records, 1);
        read_back(&w, &h);
        if (l->kind != FACT_NO_KIND && !is_sip(l->kind)) { /* there only the head is written */
            journey_said(&out, row, values, l->t.n);
        }
        same(&said, &h.facts);
        buf_clear(&said);
        buf_clear(&h.facts);
    }
    assert_int_equal(w.scribe.unknown, 0);
    written_end(&w);
}

/* -- messages, however long */

static const struct endpoint peer = {.ip = {.family = 4, .b = {192, 0, 2, 60}}, .port = 8934};

struct message_heard {
    struct buf text;
};

static void on_message(void *ctx, const struct fact *f)
{
    struct message_heard *h = ctx;
    struct sink out = buf_sink(&h->text);
    sink_fmt(&out, "%s", fact_row(f->kind)->name);
    for (unsigned i = 0; i < f->n; i++) {
        sink_fmt(&out, " %s=%.*s", field_name((enum field)f->f[i].field), STR_ARG(f->f[i].v));
    }
    sink_char(&out, '\n');
}

static size_t message(char *p, size_t room, size_t body)
{
    size_t n = (size_t)snprintf(
        p, room,
        "NOTIFY sip:1001@192.0.2.100:5072 SIP/2.0\r\nVia: SIP/2.0/TLS "
        "192.0.2.60:8934;branch=z9hG4bK-1\r\nFrom: <sip:1001@example.com>;tag=7\r\nTo: "
        "<sip:1001@example.com>\r\nCall-ID: a-b@192.0.2.60\r\nCSeq: 3 NOTIFY\r\nX: ");
    memset(p + n, 'x', body);
    n += body;
    return n + (size_t)snprintf(p + n, room - n,
                                "\r\nSession-ID: d1b7e5b700804ca4a817949623258793;"
                                "remote=300e21a200105000a00000005e005321\r\n"
                                "Contact: <sip:192.0.2.60>;expires=120\r\n"
                                "Content-Length: 0\r\n\r\n");
}

static void messages(void **state)
{
    static char text[8192];
    (void)state;
    struct message_heard h = {.text.len = 0}, whole = {.text.len = 0};
    for (size_t body = 0; body<2100; body += body> 700 && body < 1000 ? 1 : 37) {
        struct written w;
        struct dissect d;
        struct fact head;
        size_t n = message(text, sizeof text, body);
        struct dissect_sink sink = {.ctx = &h, .mark = on_mark, .fact = on_message};
        written_begin(&w, 0, body);
        scribe_message(&w.scribe, false, STR("TCP"), peer, str_of(text, n), 0);
        buf_reset(&h.text);
        assert_int_equal(dissect_init(&d, w.lines, sink), ERR_OK);
        dissect_begin(&d, 0);
        dissect_feed(&d, buf_str(&w.log));
        dissect_end(&d);
        struct str read = buf_str(&h.text);
        assert_true(read.len > 0);
        fact_init(&head, FACT_SIP_RESPONSE);
        fact_add(&head, FIELD_TRANSPORT, STR("TCP"));
        fact_add(&head, FIELD_ADDRESS, STR("192.0.2.60"));
        fact_add(&head, FIELD_PORT, STR("8934"));
        buf_reset(&whole.text);
        d.sink.ctx = &whole;
        dissect_message(&d, &head, str_of(text, n));
        assert_true(str_eq(read, buf_str(&whole.text)));
        dissect_clear(&d);
        written_end(&w);
    }
    buf_clear(&h.text);
    buf_clear(&whole.text);
}

/* -- journeys */

#define LINE1                                                           \
    "<Proxy_1_>sip.example.com</Proxy_1_><User_ID_1_>1001</User_ID_1_>" \
    "<Password_1_>secret</Password_1_>"
#define PROFILE "<flat-profile>" LINE1 "</flat-profile>"
#define RULE "<flat-profile><Profile_Rule>https://prov.example.com/</Profile_Rule></flat-profile>"

static const struct world_page good[] = {{"callhome", 0, 200, RULE, NULL, NULL},
                                         {"prov.example.com", 0, 200, PROFILE, NULL, NULL},
                                         {"/a", 0, 200, PROFILE, NULL, NULL},
                                         {"/up", 0, 200, "", NULL, NULL},
                                         {0}};

/* No line was left out, and all of them are read back as they were said. */
static void all_is_written(const char *name)
{
    struct heard h = {.all = false};
    if (j.log.scribe.unknown) {
        fail_msg("%s: %u lines of no row, the last: %s", name, (unsigned)j.log.scribe.unknown,
                 j.log.scribe.unknown_text);
    }
    read_back(&j.log, &h);
    same(&j.said, &h.facts);
    buf_clear(&h.facts);
    assert_int_equal(j.log.records, j.log.scribe.written);
    for (size_t i = 0; i < SCRIBE_KNOWN; i++) {
        const struct scribe_known *k = &j.log.scribe.known[i];
        if (k->text) {
            row_said[journey_row(j.log.lines, k->tag, k->text)] = true;
        }
    }
}

static void begin(const struct world_page *pages)
{
    journey_begin(&j, pool, agents, pages);
}

static void end(const char *name)
{
    all_is_written(name);
    journey_end(&j);
}

static void with_every_fault(void **state)
{
    (void)state;
    for (int f = -1; f < PHONE_FAULTS; f++) {
        begin(good);
        j.w.challenge = "Digest realm=\"example.com\",qop=\"auth\",nonce=\"n\",algorithm=MD5";
        j.w.lease.ntp[0] = addr4(0xc000020c);
        j.w.phone.faults = f < 0 ? 0 : UINT32_C(1) << f;
        journey_run(&j, 4000);
        end(f < 0 ? "no fault" : phone_fault_name((enum phone_fault)f));
    }
}

static void with_every_page(void **state)
{
    static const struct world_page pages[][2] = {
        {{"/a", 0, 404, "", NULL, NULL}},
        {{"/a", 0, 401, "", NULL, NULL}},
        {{"/a", 0, 500, "", NULL, NULL}},
        {{"/a", 0, 302, "", "/b", NULL}},
        {{"/a", 0, 302, "", "https://two.example.com/b", NULL}},
        {{"/a", 0, 200, "hello", NULL, NULL}},
        {{"/a", 0, 200, "", NULL, NULL}},
        {{"/a", 7, 0, "", NULL, NULL}},
        {{"/a", 60, 0, "", NULL, NULL}},
    };
    static const char *const rules[] = {"http://192.0.2.8/a", "https://two.example.com/a",
                                        "tftp://192.0.2.8/a"};
    (void)state;
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        for (size_t k = 0; k < sizeof rules / sizeof *rules; k++) {
            begin(pages[i]);
            journey_set(&j, "Profile_Rule", rules[k]);
            journey_run(&j, 200);
            end(rules[k]);
        }
    }
}

static void with_other_names(void **state)
{
    (void)state;
    static const char *const silent[] = {"activate", "prov", "sip"};
    for (size_t i = 0; i < 3; i++) {
        begin(good);
        j.w.silent = silent[i];
        journey_run(&j, 200);
        end(silent[i]);
    }
    begin(good);
    j.w.lease.dns[0] = (struct addr){.family = 0};
    journey_run(&j, 200);
    end("no name server");
    begin(good);
    j.w.lease.domain = STR("site.example.com");
    j.w.srv = "site";
    journey_run(&j, 200);
    end("SRV");
    begin(good);
    j.w.lease.option66 = STR("192.0.2.20");
    journey_run(&j, 200);
    end("DHCP");
}

static void with_servers(void **state)
{
    static const struct world_page pages[] = {
        {"/a", 0, 200,
         "<flat-profile>" LINE1 "<SIP_Transport_1_>TLS</SIP_Transport_1_><Use_DNS_SRV_1_>Yes"
         "</Use_DNS_SRV_1_><DNS_SRV_Auto_Prefix_1_>Yes</DNS_SRV_Auto_Prefix_1_></flat-profile>",
         NULL, NULL},
        {0}};
    (void)state;
    begin(pages);
    journey_set(&j, "Profile_Rule", "http://192.0.2.8/a");
    journey_run(&j, 4000);
    end("servers");
}

static void with_wishes(void **state)
{
    (void)state;
    begin(good);
    journey_set(&j, "Profile_Rule", "http://192.0.2.8/a");
    journey_set(&j, "Log_Request_Msg", "$MA asks $SERV\n");
    journey_set(&j, "Report_Rule", "http://192.0.2.8/up");
    journey_set(&j, "PRT_Upload_Rule", "http://192.0.2.8/up");
    journey_set(&j, "Upgrade_Rule",
                "(\"$SWVER\" ne \"sip88xx.12-0-3MPP0001-35\")? "
                "http://192.0.2.8/sip88xx.12-0-3MPP0001-35.loads");
    journey_run(&j, 120);
    handset_do(&j.w.h, HANDSET_DO_SEND_CONFIG, STR(""), j.w.now);
    journey_run(&j, 1);
    handset_on_report(&j.w.h, STR("probrep-20260301-000000.tar.gz"), j.w.now);
    journey_run(&j, 1);
    handset_do(&j.w.h, HANDSET_DO_REBOOT, STR(""), j.w.now);
    journey_run(&j, 60);
    handset_do(&j.w.h, HANDSET_DO_FACTORY_RESET, STR(""), j.w.now);
    journey_run(&j, 60);
    assert_true(str_find(buf_str(&j.log.log), STR("voice-fapp-00005e005321 asks 192.0.2.8")) !=
                STR_NPOS);
    end("wishes");
}

static void with_refusals(void **state)
{
    static const unsigned status[] = {0, 403, 404, 423, 480, 503};
    (void)state;
    for (size_t i = 0; i < sizeof status / sizeof *status; i++) {
        begin(good);
        j.w.sip_status = status[i];
        journey_run(&j, 300);
        end("refused");
    }
}

static bool is_never_said(const char *text)
{
    static const char *const never[] = {
        "fapp-{model} {mac} -- Upgrade failed: {error}", /* upgrades are pretended */
        "QPE:RESYNC profile=[{url}]",                    /* with a blank in phones' own logs */
        "cached error is {error}",
        "reply error is {error}", /* SERVFAIL and the like: of names that these journeys ask for, none */
        "config {host} is {value}",
        "RSE_DEBUG: Found one old entry [{address}]:{port} with status:{state}, ttl: {text}",
        " =====> Send ({transport}) [{address}]:{port} SIP MSG::{text}", /* dumps: not by row */
        " <===== Recv ({transport}) [{address}]:{port} SIP MSG::{text}",
        "{text}STUN Server Not Reachable", /* no STUN */
        "fapp-Corrupt file{error}",        /* assumed wordings: nobody has seen them */
        "fapp-XML parse error{error}",
        "fapp-Bad key{error}",
        "fapp-decrypt {error}",
        "connect {host} timed out",
    };
    for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
        if (strcmp(never[i], text) == 0) {
            return true;
        }
    }
    return false;
}

/* The rows of phones of this kind: some journey above says them, or it is known why none does. */
static void every_row_is_said(void **state)
{
    unsigned missing = 0;
    char text[512];
    (void)state;
    struct written w;
    written_begin(&w, 0, 1);
    for (size_t row = 1; row <= lines_count(w.lines); row++) {
        const struct line *l = lines_row(w.lines, row);
        bool ours = str_eq(l->tag, STR("voice")) || str_eq(l->tag, STR("dnsmasq")) ||
                    str_eq(l->tag, STR("DHCP"));
        if (ours && row_said[row] == is_never_said(text_of(l, text))) {
            print_error("%s: %s\n", row_said[row] ? "said after all" : "nobody says", text);
            missing++;
        }
    }
    written_end(&w);
    assert_int_equal(missing, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows),
        cmocka_unit_test(messages),
        cmocka_unit_test(with_every_fault),
        cmocka_unit_test(with_every_page),
        cmocka_unit_test(with_other_names),
        cmocka_unit_test(with_servers),
        cmocka_unit_test(with_wishes),
        cmocka_unit_test(with_refusals),
        cmocka_unit_test(every_row_is_said),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
