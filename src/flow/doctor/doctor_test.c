/* Every log of test/fixtures gives what test/fixtures/expect.tsv says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "flow/doctor/doctor_fixture.h"

static struct knowledge k;
static char folder[2048];

static int setup(void **state)
{
    struct conf_error wrong = {.line = 0};
    const char *src = getenv("SRC");
    (void)state;
    snprintf(folder, sizeof folder, "%s/test/fixtures", src ? src : ".");
    if (knowledge_init(&k) != ERR_OK || knowledge_add_share(&k, &wrong) != ERR_OK ||
        knowledge_check(&k, &wrong) != ERR_OK) {
        print_error("%.*s:%zu: %s\n", STR_ARG(wrong.file), wrong.line, wrong.what);
        return -1;
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    knowledge_clear(&k);
    return 0;
}

/* What is wrong with `v`, or NULL. */
static const char *differs(const struct expectation *e, const struct verdict *v)
{
    enum level most = strcmp(e->level, "error") == 0     ? LEVEL_ERROR
                      : strcmp(e->level, "warning") == 0 ? LEVEL_WARNING
                                                         : LEVEL_INFO;
    if (v->phones == 0) {
        return "no phone";
    }
    if (verdict_level(v) != most) {
        return "another level";
    }
    if (strcmp(e->stage, v->failed < STAGES ? stage_name(v->failed) : "-") != 0) {
        return "another stage";
    }
    if (most > LEVEL_INFO && strcmp(v->id[v->first].id, e->id) != 0) {
        return "another finding is named first";
    }
    if (e->id[0] != '-' && !verdict_find(v, e->id)) {
        return "the finding is missing";
    }
    for (unsigned i = 0; i < v->n; i++) {
        bool wanted = strstr(e->recovered, v->id[i].id) != NULL;
        if (v->id[i].recovered != wanted) {
            return wanted ? "it is not recovered" : "it is recovered";
        }
    }
    return NULL;
}

/* Every row of DIR/expect.tsv; its evidence is DIR/NAME.ENDING. */
static void gives_what_is_expected(const char *dir, const char *ending)
{
    struct buf table = {0};
    struct buf log = {0};
    struct expectation e;
    char path[4096];
    unsigned wrong = 0;
    snprintf(path, sizeof path, "%s/expect.tsv", dir);
    assert_true(fixture_read(path, &table));
    struct str rest = buf_str(&table);
    while (expectation_next(&rest, &e)) {
        snprintf(path, sizeof path, "%s/%s.%s", dir, e.log, ending);
        assert_true(fixture_read(path, &log));
        struct verdict v = fixture_verdict(&k, buf_str(&log), 65536);
        const char *what = differs(&e, &v);
        if (what) {
            wrong++;
            print_error("%s: %s: wanted %s %s at %s; failed stage %s;", e.log, what, e.level, e.id,
                        e.stage, v.failed < STAGES ? stage_name(v.failed) : "-");
            for (unsigned i = 0; i < v.n; i++) {
                print_error(" %s[%s]%s", level_name(v.id[i].level), v.id[i].id,
                            v.id[i].recovered ? " recovered" : "");
            }
            print_error("\n");
        }
    }
    buf_clear(&table);
    buf_clear(&log);
    assert_int_equal(wrong, 0);
}

static void fixtures_give_what_is_expected(void **state)
{
    (void)state;
    gives_what_is_expected(folder, "log");
}

static void journals_give_what_is_expected(void **state)
{
    char dir[4096];
    (void)state;
    snprintf(dir, sizeof dir, "%s/journals", folder);
    gives_what_is_expected(dir, "rec");
}

/* Rules that no log of one phone can show. */
static bool of_fleets(struct str id)
{
    return str_eq(id, STR("HB-02"));
}

/* What no log tells: a record of what a probe saw, records/ID.rec, or journals/ID.rec of the servers shows it. */
static bool of_record(const char *dir, struct str id)
{
    struct buf text = {0};
    char path[4096];
    bool found = false;
    snprintf(path, sizeof path, "%s/%s/%.*s.rec", folder, dir, STR_ARG(id));
    if (fixture_read(path, &text)) {
        struct verdict v = fixture_verdict(&k, buf_str(&text), 65536);
        for (unsigned i = 0; i < v.n; i++) {
            found |= str_eq(str_z(v.id[i].id), id);
        }
    }
    buf_clear(&text);
    return found;
}

/* What only packets show: a capture is expected to say it (test/e2e/25-captures looks whether it does). */
static bool of_capture(struct str id)
{
    struct buf table = {0};
    char path[4096], row[24];
    snprintf(path, sizeof path, "%s/captures/expect.tsv", folder);
    snprintf(row, sizeof row, "\t%.*s\t", STR_ARG(id));
    bool found = fixture_read(path, &table) && str_find(buf_str(&table), str_z(row)) != STR_NPOS;
    buf_clear(&table);
    return found;
}

static void every_rule_fires_in_a_fixture(void **state)
{
    static char seen[200][8];
    struct buf table = {0};
    struct buf log = {0};
    struct expectation e;
    char path[4096];
    unsigned n = 0;
    unsigned missing = 0;
    (void)state;
    snprintf(path, sizeof path, "%s/expect.tsv", folder);
    assert_true(fixture_read(path, &table));
    struct str rest = buf_str(&table);
    while (expectation_next(&rest, &e)) {
        snprintf(path, sizeof path, "%s/%s.log", folder, e.log);
        assert_true(fixture_read(path, &log));
        struct verdict v = fixture_verdict(&k, buf_str(&log), 65536);
        for (unsigned i = 0; i < v.n; i++) {
            unsigned at = 0;
            while (at < n && strcmp(seen[at], v.id[i].id) != 0) {
                at++;
            }
            memcpy(seen[at], v.id[i].id, sizeof seen[at]);
            n = at == n ? n + 1 : n;
            assert_true(n < 200);
        }
    }
    for (const struct rule *u = k.rules.first; u; u = u->next) {
        unsigned at = 0;
        while (at < n && !str_eq(str_z(seen[at]), u->id)) {
            at++;
        }
        if (at == n && !of_fleets(u->id) && !of_record("records", u->id) &&
            !of_record("journals", u->id) && !of_capture(u->id)) {
            print_error("%.*s is in no fixture\n", STR_ARG(u->id));
            missing++;
        }
    }
    buf_clear(&table);
    buf_clear(&log);
    assert_int_equal(missing, 0);
}

/* -- the document that it all began with, where it is there */

static bool read_seed(struct buf *b)
{
    char path[4096];
    const char *seed = getenv("DIALTONE_SEED");
    const char *src = getenv("SRC");
    snprintf(path, sizeof path, "%s/../shared/seed/seed.txt", src ? src : ".");
    return fixture_read(seed ? seed : path, b);
}

static const struct phone *seed_phone(const struct doctor *d, const char *mac)
{
    char text[MAC_TEXT];
    for (const struct phone *p = doctor_phones(d); p; p = p->next) {
        if (p->has_mac) {
            mac_write(p->mac, text);
            if (strcmp(text, mac) == 0) {
                return p;
            }
        }
    }
    fail_msg("no phone %s", mac);
    return NULL;
}

static struct str line_at(struct str text, unsigned n)
{
    struct str line = str_of(NULL, 0);
    while (n-- && text.len) {
        line = str_cut(&text, '\n');
    }
    return line;
}

/* The quoted text stands on the line, at the column, that the evidence names. */
static void evidence_is_true(struct str log, const struct diagnosis *g)
{
    for (unsigned i = 0; i < g->n; i++) {
        const struct finding *f = &g->finding[i];
        for (unsigned e = 0; e < f->n_evidence; e++) {
            if (f->evidence[e].absence) {
                assert_true(f->evidence[e].from.line <= f->evidence[e].to.line);
                continue;
            }
            const struct fact *on = f->evidence[e].fact;
            struct str line = line_at(log, on->place.line);
            assert_true(str_find(line, on->text) != STR_NPOS || on->text.len == 0);
            assert_true(on->place.col + on->place.len <= line.len);
        }
    }
}

static const struct finding *finding_of(const struct diagnosis *g, const char *id)
{
    for (unsigned i = 0; i < g->n; i++) {
        if (str_eq(g->finding[i].rule->id, str_z(id))) {
            return &g->finding[i];
        }
    }
    fail_msg("no finding %s", id);
    return NULL;
}

static unsigned errors_of(const struct diagnosis *g)
{
    unsigned n = 0;
    for (unsigned i = 0; i < g->n; i++) {
        n += g->finding[i].level == LEVEL_ERROR;
    }
    return n;
}

static void is_text(struct str have, const char *want)
{
    if (!str_eq(have, str_z(want))) {
        fail_msg("%.*s, not %s", STR_ARG(have), want);
    }
}

static void silent_resolver(const struct diagnosis *g, const char *id, long at_least)
{
    const struct finding *f = finding_of(g, id);
    assert_true(f->recovered);
    assert_int_equal(f->level, LEVEL_WARNING);
    is_text(fact_get(f->decisive, FIELD_SERVER), "192.168.100.3");
    is_text(finding_value(g, f, STR("other")), "192.168.100.1");
    assert_in_range(fact_int(f->decisive, FIELD_MS, 0), at_least, 8010);
}

static void the_first_document_is_read_right(void **state)
{
    static struct diagnosis g;
    struct buf log = {0};
    (void)state;
    if (!read_seed(&log)) {
        print_message("the document is not here: set DIALTONE_SEED to its path\n");
        skip();
    }
    struct doctor *d = fixture_doctor(&k, buf_str(&log), 4093);
    const struct phone *p = seed_phone(d, "14:a2:a0:e0:83:7a");
    doctor_diagnose(d, p, &g);
    is_text(p->model, "CP-8851-3PCC");
    assert_int_equal(errors_of(&g), 1);
    is_text(g.finding[0].rule->id, "DH-01");
    is_text(fact_get(g.finding[0].decisive, FIELD_SERVER), "192.168.150.20");
    evidence_is_true(buf_str(&log), &g);

    p = seed_phone(d, "2c:01:b5:e7:53:d5");
    doctor_diagnose(d, p, &g);
    is_text(p->model, "CP-8865-3PCC");
    is_text(p->serial, "FCH2305DMH0");
    assert_int_equal(errors_of(&g), 0);
    silent_resolver(&g, "DN-01", 8000);
    silent_resolver(&g, "DN-02", 8000);
    assert_int_equal(g.ladder.failed, STAGES);
    assert_int_equal(g.ladder.rung[STAGE_REGISTERED].state, STAGE_OK);
    assert_int_equal(p->asked, 3600);
    assert_int_equal(p->granted, 120);
    assert_int_equal(p->year, 2023);
    assert_true(p->offset_ms > -2.2 && p->offset_ms < -1.8);
    assert_true(p->uncertainty_ms > 24.0 && p->uncertainty_ms < 24.2);
    evidence_is_true(buf_str(&log), &g);
    assert_null(doctor_phones(d)->next->next);
    doctor_free(d);
    buf_clear(&log);
}

/* -- logs of other programs hold no phone */

static void other_programs_are_no_phones(void **state)
{
    static const char *const logs[] = {
        /* a name server and a DHCP server in syslog */
        "Nov 22 10:00:01 gw dnsmasq[812]: query[A] activate.example.com from 192.168.10.21\n"
        "Nov 22 10:00:01 gw dnsmasq[812]: forwarded activate.example.com to 192.168.10.3\n"
        "Nov 22 10:00:01 gw dnsmasq-dhcp[812]: DHCPACK(eth0) 192.168.10.21 00:00:5e:00:53:21\n"
        "Nov 22 10:00:02 gw systemd[1]: Started Session 12 of user root.\n",
        /* Asterisk */
        "[Nov 22 10:00:03] NOTICE[1234][C-00000001]: chan_sip.c:28521 handle_request_register: "
        "Registration from '<sip:100@example.com>' failed for '192.0.2.7:5060' - Wrong password\n"
        "<--- SIP read from UDP:192.0.2.7:5060 --->\nREGISTER sip:example.com SIP/2.0\n"
        "Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK1\nCSeq: 1 REGISTER\n\n",
        /* Kamailio */
        " 1(812) INFO: <script>: REGISTER from 192.0.2.7 user 100\n"
        " 1(812) ERROR: tm [tm.c:1234]: error while forwarding\n",
        /* a web server */
        "192.0.2.7 - - [22/Nov/2026:10:00:04 +0000] \"GET "
        "/software/edos/callhome/rc?id=00005e005321"
        ":FCH27010ABC:CP-8865-3PCC HTTP/1.1\" 200 0 \"-\" \"Cisco-CP-8865-3PCC/12.0.3\"\n",
        /* Android */
        "11-22 10:00:05.123  1234  1290 I voice   : fapp-Provisioning using DHCP..\n"
        "11-22 10:00:05.124  1234  1290 E SipService: REGISTER failed 403\n",
        /* a kernel */
        "[    0.000000] Linux version 6.1.0 (builder@example.com)\n"
        "[    1.234567] eth0: link up, 1000 Mbps, full duplex\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
        struct verdict v = fixture_verdict(&k, str_z(logs[i]), 65536);
        assert_int_equal(v.phones, 0);
    }
}

/* A log without end takes bounded memory, and the ladder is that of its end. */
static void logs_without_end_stay_small(void **state)
{
    struct buf log = {0};
    char path[4096];
    char port[8];
    (void)state;
    struct doctor_cfg cfg = {.expect = STR("")};
    struct doctor *d = doctor_new(&k, &cfg);
    assert_non_null(d);
    (void)doctor_begin(d, STR("log"), INPUT_NOTHING, 0);
    for (unsigned i = 0; i < 2000; i++) {
        /* Refused by another server each time; well in the end. */
        snprintf(path, sizeof path, "%s/%s.log", folder, i < 1999 ? "RJ-01" : "clean");
        assert_true(fixture_read(path, &log));
        snprintf(port, sizeof port, "%04u", i);
        for (size_t at = 0; i < 1999 && at + 12 < log.len; at++) {
            if (memcmp(log.p + at, "203.0.113.41", 12) == 0) {
                memcpy(log.p + at, port, 1);
                memcpy(log.p + at + 1, port + 1, 1);
                memcpy(log.p + at + 10, port + 2, 2);
            }
        }
        doctor_feed(d, buf_str(&log));
    }
    doctor_end(d, true);
    doctor_finish(d);
    const struct phone *p = doctor_phones(d);
    assert_null(p->next);
    assert_in_range(p->attempts.n, 10, PHONE_ATTEMPTS);
    assert_true(p->dropped_attempts > 0);
    assert_in_range(p->arena.used, 1, 4 << 20);
    static struct diagnosis g;
    doctor_diagnose(d, p, &g);
    assert_int_equal(g.ladder.failed, STAGES);
    assert_int_equal(g.ladder.rung[STAGE_REGISTERED].state, STAGE_OK);
    assert_int_equal(errors_of(&g), 0);
    doctor_free(d);
    buf_clear(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixtures_give_what_is_expected),
        cmocka_unit_test(journals_give_what_is_expected),
        cmocka_unit_test(every_rule_fires_in_a_fixture),
        cmocka_unit_test(the_first_document_is_read_right),
        cmocka_unit_test(other_programs_are_no_phones),
        cmocka_unit_test(logs_without_end_stay_small),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
