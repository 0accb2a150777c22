/* The log of a phone against the real one of the document that it all began with, where it is there: the same records in the same
 * order once their values are taken out. What differs is listed here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "flow/scribe/journey_fixture.h"
#include "proto/logcat/logcat.h"

static struct phone_pool *pool;
static struct agent_work *agents;
static struct journey j;
static struct buf seed;

static bool read_seed(void)
{
    char path[4096], bytes[4096];
    const char *given = getenv("DIALTONE_SEED"), *src = getenv("SRC");
    snprintf(path, sizeof path, "%s/../shared/seed/seed.txt", src ? src : ".");
    FILE *f = fopen(given ? given : path, "re");
    size_t n = 0;
    while (f && (n = fread(bytes, 1, sizeof bytes, f)) > 0) {
        assert_int_equal(buf_add(&seed, str_of(bytes, n)), ERR_OK);
    }
    if (f) {
        (void)fclose(f);
    }
    return seed.len > 0;
}

static int set_up(void **state)
{
    (void)state;
    if (!read_seed()) {
        print_message("no ../shared/seed/seed.txt: nothing to compare with\n");
    }
    return phone_pool_new(100000, &pool) || agent_work_new(&agents);
}

static int tear_down(void **state)
{
    (void)state;
    buf_clear(&seed);
    agent_work_free(agents);
    phone_pool_free(pool);
    return 0;
}

/* -- shapes: level, who, the row with its holes, the names of the fields below */

enum { SHAPES = 400, SHAPE = 400 };

struct shapes {
    const struct lines *lines;
    uint64_t least, most; /* lines that are looked at; most 0: all */
    unsigned n;
    bool dump;
    char text[SHAPES][SHAPE];
};

/* Values that belong to the shape: what a phone says on its own, not what the network told it. */
static bool is_shape(enum field f, struct str value)
{
    switch ((int)f) {
    case FIELD_CODE:
    case FIELD_COUNT:
    case FIELD_RETRY:
    case FIELD_STATUS:
    case FIELD_QTYPE:
    case FIELD_KEY:
    case FIELD_TRANSPORT:
    case FIELD_ERROR:
    case FIELD_METHOD:
        return true;
    case FIELD_STATE:
        return !str_starts(value, STR("0x"));
    default:
        return false;
    }
}

static void shape_add(struct shapes *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void shape_add(struct shapes *s, const char *fmt, ...)
{
    char *text = s->text[s->n - 1];
    size_t used = strlen(text);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text + used, SHAPE - used, fmt, ap);
    va_end(ap);
}

static void shape_row(struct shapes *s, struct str tag, struct str text)
{
    struct template_match m;
    if (text.len && text.p[0] == '"') { /* a copy put it round the text */
        text = str_from(text, 1);
        text.len -= str_ends(text, STR("\""));
    }
    size_t row = lines_match(s->lines, tag, text, &m);
    if (!row) {
        shape_add(s, "%.*s", STR_ARG(text));
        return;
    }
    const struct line *l = lines_row(s->lines, row);
    for (unsigned i = 0; i <= l->t.n; i++) {
        shape_add(s, "%.*s", STR_ARG(l->t.lit[i]));
        if (i < l->t.n && is_shape((enum field)l->t.hole[i].tag, m.hole[i])) {
            shape_add(s, "%.*s", STR_ARG(m.hole[i]));
        } else if (i < l->t.n) {
            shape_add(s, "{%s}", field_name((enum field)l->t.hole[i].tag));
        }
    }
    bool sip = l->kind == FACT_SIP_REQUEST || l->kind == FACT_SIP_RESPONSE;
    s->dump = sip || l->kind == FACT_HTTP_REQUEST;
    if (sip) { /* "REGISTER", or "SIP/2.0" and the status: of that the fields are the server's */
        struct str rest = str_trim(m.hole[3]);
        struct str first = str_cut(&rest, ' ');
        s->dump = !str_eq(first, STR("SIP/2.0"));
        shape_add(s, " %.*s%.*s", STR_ARG(first), s->dump ? 0 : 4, rest.p - 1);
    }
}

static bool within(const struct shapes *s, uint64_t line_no)
{
    return s->most == 0 || (line_no >= s->least && line_no <= s->most);
}

static void on_record(void *ctx, const struct logcat_record *r)
{
    struct shapes *s = ctx;
    s->dump = false;
    if (!within(s, r->line_no)) {
        return;
    }
    world_must(s->n < SHAPES, "too many records");
    s->text[s->n++][0] = '\0';
    shape_add(s, "%s ", logcat_level_name(r->level));
    if (r->daemon) {
        shape_add(s, "%.*s[]: ", STR_ARG(r->tag));
    } else if (r->tag.len) {
        shape_add(s, "(%s) %.*s-", r->pid == r->tid ? "main" : "thread", STR_ARG(r->tag));
    }
    if (r->text.len) {
        shape_row(s, r->tag, r->text);
    }
}

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_alnum(s.p[i]) && s.p[i] != '-') {
            return false;
        }
    }
    return s.len > 0;
}

static void on_other(void *ctx, struct str line, uint64_t line_no, uint64_t offset)
{
    struct shapes *s = ctx;
    struct str name = str_trim(line);
    size_t colon = str_chr(name, ':');
    (void)offset;
    if (s->n == 0 || !within(s, line_no)) {
        return;
    }
    const char *text = s->text[s->n - 1];
    if (s->dump && colon != STR_NPOS && is_name(str_head(name, colon))) {
        shape_add(s, " %.*s", STR_ARG(str_head(name, colon)));
    } else if (name.len && text[strlen(text) - 1] == ' ' && !s->dump) {
        shape_row(s, STR(""), name); /* a copy that put the text below its head */
    }
}

static void shapes_of(struct shapes *s, const struct lines *lines, struct str log, uint64_t least,
                      uint64_t most)
{
    struct logcat l;
    *s = (struct shapes){.lines = lines, .least = least, .most = most};
    assert_int_equal(
        logcat_init(&l, (struct logcat_visitor){.ctx = s, .record = on_record, .other = on_other}),
        ERR_OK);
    logcat_feed(&l, log);
    logcat_end(&l);
    logcat_clear(&l);
}

/* -- comparison: the longest common sequence; what is only in one of them */

static void differences(const struct shapes *a, const struct shapes *b, unsigned from,
                        unsigned upto, char *ret, size_t room)
{
    static unsigned short most[SHAPES + 1][SHAPES + 1];
    memset(most, 0, sizeof most);
    for (unsigned i = a->n; i-- > 0;) {
        for (unsigned k = upto; k-- > from;) {
            most[i][k] = strcmp(a->text[i], b->text[k]) == 0
                             ? (unsigned short)(most[i + 1][k + 1] + 1)
                         : most[i + 1][k] > most[i][k + 1] ? most[i + 1][k]
                                                           : most[i][k + 1];
        }
    }
    size_t n = 0;
    ret[0] = '\0';
    for (unsigned i = 0, k = from; i < a->n || k < upto;) {
        if (i < a->n && k < upto && strcmp(a->text[i], b->text[k]) == 0) {
            i++;
            k++;
        } else if (k < upto && (i == a->n || most[i][k + 1] >= most[i + 1][k])) {
            n += (size_t)snprintf(ret + n, room - n, "+ %s\n", b->text[k++]);
        } else {
            n += (size_t)snprintf(ret + n, room - n, "- %s\n", a->text[i++]);
        }
    }
}

/* The first record from `from` on that begins so, else the end. */
static unsigned find(const struct shapes *s, unsigned from, const char *begins)
{
    while (begins && from < s->n && strncmp(s->text[from], begins, strlen(begins)) != 0) {
        from++;
    }
    return begins ? from : s->n;
}

struct section {
    unsigned least, most; /* its lines in the document */
    /* Ours: behind the first record that begins like `after`, from one that begins like `from` up to the next like `to`, without
     * it. NULL: the beginning, the end. */
    const char *after, *from, *to;
    const char *differs; /* "+": only ours, "-": only there */
};

static void compare(const struct section *t, size_t n)
{
    static struct shapes there, ours;
    static char text[65536];
    unsigned faults = 0;
    for (size_t i = 0; i < n; i++) {
        shapes_of(&there, j.log.lines, buf_str(&seed), t[i].least, t[i].most);
        shapes_of(&ours, j.log.lines, buf_str(&j.log.log), 0, 0);
        unsigned after = t[i].after ? find(&ours, 0, t[i].after) : 0;
        unsigned from = t[i].from ? find(&ours, after, t[i].from) : 0;
        unsigned upto = find(&ours, from + 1, t[i].to);
        assert_true(there.n > 0);
        differences(&there, &ours, from, upto, text, sizeof text);
        if (strcmp(text, t[i].differs) != 0) {
            fprintf(stderr, "lines %u to %u:\n%s", t[i].least, t[i].most, text);
            faults++;
        }
    }
    assert_int_equal(faults, 0);
}

static void begin(const struct world_page *pages)
{
    if (seed.len == 0) {
        skip();
    }
    journey_begin(&j, pool, agents, pages);
}

/* -- the cases */

#define RULE "<flat-profile><Profile_Rule>https://prov.example.com/</Profile_Rule></flat-profile>"
#define PROFILE                                                                    \
    "<flat-profile><Proxy_1_>example.com</Proxy_1_>"                               \
    "<Outbound_Proxy_1_>sip.example.com</Outbound_Proxy_1_>"                       \
    "<User_ID_1_>1001</User_ID_1_><Password_1_>secret</Password_1_>"               \
    "<SIP_Transport_1_>TLS</SIP_Transport_1_><Use_DNS_SRV_1_>Yes</Use_DNS_SRV_1_>" \
    "<DNS_SRV_Auto_Prefix_1_>Yes</DNS_SRV_Auto_Prefix_1_></flat-profile>"

static const struct world_page pages[] = {
    {"callhome", 0, 200, RULE, NULL, NULL}, {"prov.example.com", 0, 200, PROFILE, NULL, NULL}, {0}};

/* How a record of the voice process begins. */
#define RULES "NOT (thread) voice-"
#define REFRESHING RULES "RSE_DEBUG: Refreshing"

static void server_named_by_dhcp(void **state)
{
    static const struct section t[] = {
        {149, 188, NULL, NULL, RULES, ""},
        {193, 204, NULL, RULES, RULES "fapp-{model} {mac} -- Resync failed", ""},
    };
    (void)state;
    begin(NULL);
    j.w.lease.tftp[0] = addr4(0xc0000214);
    journey_run(&j, 1);
    compare(t, sizeof t / sizeof *t);
    journey_end(&j);
}

static void activation_not_found(void **state)
{
    static const struct section t[] = {{213, 223, NULL, RULES, NULL, ""}};
    (void)state;
    begin(pages);
    j.w.silent = "activate";
    journey_run(&j, 9);
    compare(t, sizeof t / sizeof *t);
    journey_end(&j);
}

static void configuration_not_found(void **state)
{
    static const struct section t[] = {
        /* Numbers 2461 to 2486 are left out there; both lines are seen before a request elsewhere in it. */
        {252, 256, NULL, "NOT (main) voice-QPE", RULES "reqByCurlInternal return",
         "+ " RULES "FUNCTION:fprv_update, proxy_Config:0\n"
         "+ " RULES "fapp-[resync] fprv_eval_profile_rule - must resync\n"},
    };
    (void)state;
    begin(pages);
    j.w.silent = "prov";
    journey_run(&j, 9);
    compare(t, sizeof t / sizeof *t);
    journey_end(&j);
}

static void all_the_way(void **state)
{
    static const struct section t[] = {
        /* Numbers 1672 to 1682 are left out there; both lines are seen before the request for the configuration. */
        {229, 244, NULL, RULES "reqByCurl", "NOT (main) voice-QPE",
         "+ " RULES "sec_set_min_TLS_version: min_TLS_verson is {version},ret is 1 ...\n"
         "+ NOT >\n"},
        /* Numbers 1986 to 1992 are left out there; the line is seen before the request by TFTP. */
        {269, 284, "NOT (main) voice-QPE", RULES "reqByCurl", RULES "fapp-{model} {mac} -- Succ",
         "+ " RULES "fapp-{model} {mac} -- Requesting resync {url}\n"},
        /* The last of six: there, two processes write at once, and the SIP thread is first. */
        {319, 360, NULL, RULES "[SIP_", REFRESHING,
         "+ INF dnsmasq[]: [cache_insert] {host}[{hex}]: {value}\n"},
        /* The second REGISTER ends there with Allow-Events, about where 1,024 bytes do; ours is shorter. */
        {379, 600, NULL, RULES " =====> Send", NULL,
         "+ " RULES " =====> Send (TLS) [{address}]:{port} SIP MSG::{text} REGISTER Via From To "
         "Call-ID CSeq Max-Forwards Authorization Contact User-Agent Peripheral-Data Session-ID "
         "Content-Length Allow Allow-Events Supported Accept-Language\n"
         "- " RULES " =====> Send (TLS) [{address}]:{port} SIP MSG::{text} REGISTER Via From To "
         "Call-ID CSeq Max-Forwards Authorization Contact User-Agent Peripheral-Data Session-ID "
         "Content-Length Allow Allow-Events\n"},
    };
    (void)state;
    begin(pages);
    j.w.challenge = "Digest realm=\"example.com\",qop=\"auth\",nonce=\"n\",algorithm=MD5";
    journey_run(&j, 2);
    compare(t, sizeof t / sizeof *t);
    journey_end(&j);
}

/* The document's phone had asked for its hosts a minute before, and so has this one: its voice process begins anew. */
static void servers_known_already(void **state)
{
    static const struct world_page more[] = {
        {"callhome", 0, 200, RULE, NULL, NULL},
        {"/b", 0, 200, "<flat-profile><GPP_A>x</GPP_A></flat-profile>", NULL, NULL},
        {"prov.example.com", 0, 200, PROFILE, NULL, NULL},
        {0}};
    static const struct section t[] = {
        {319, 360, NULL, RULES "[SIP_", REFRESHING,
         "+ INF dnsmasq[]: [cache_insert] {host}[{hex}]: {value}\n"},
        {368, 378, NULL, REFRESHING, REFRESHING, ""},
    };
    (void)state;
    begin(more);
    journey_run(&j, 51);
    written_forget(&j.log);
    handset_do(&j.w.h, HANDSET_DO_RESYNC, STR("https://prov.example.com/b"), j.w.now);
    journey_run(&j, 2);
    compare(t, sizeof t / sizeof *t);
    journey_end(&j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(server_named_by_dhcp),    cmocka_unit_test(activation_not_found),
        cmocka_unit_test(configuration_not_found), cmocka_unit_test(all_the_way),
        cmocka_unit_test(servers_known_already),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
