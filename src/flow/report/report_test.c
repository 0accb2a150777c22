/* The reports for people and programs, of small logs: what they say, and what they must not say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "flow/report/report.h"

static struct knowledge knowledge;

static int load(void **state)
{
    struct conf_error err;
    (void)state;
    return knowledge_init(&knowledge) == ERR_OK && knowledge_add_share(&knowledge, &err) == ERR_OK
               ? 0
               : -1;
}

static int unload(void **state)
{
    (void)state;
    knowledge_clear(&knowledge);
    return 0;
}

#define AT(seq, clock) seq " NOT Sep 04 22:49:" clock " "

/* A phone whose resolver says nothing of `host`. */
#define SILENT(host)                                                                               \
    AT("1173", "20.427061")                                                                        \
    "(968-1290) voice-reqByCurlInternal sending http request out..., url: https://" host           \
    ":443/x/callhome/rc?id=00005e005321:FCH27010ABC:CP-8865-3PCC&sw=a.b\n"                         \
    "1174 INF Sep 04 22:49:20.440161 dnsmasq[560]: query[A] " host " from 127.0.0.1\n"             \
    "1175 INF Sep 04 22:49:20.440216 dnsmasq[560]: forwarded " host                                \
    " to 192.0.2.53\n" AT("1176", "28.444216") "\n\nCouldn't resolve host '" host "'\n\n" AT(      \
        "1177", "28.444516") "(968-1290) voice-reqByCurlInternal return from http request, [res] " \
                             "= 6 Error\n" AT("1178",                                              \
                                              "28.445607") "(968-1290) voice-fapp-CP-8865-3PCC "   \
                                                           "00:00:5e:00:53:21 -- Resync failed: "  \
                                                           "Download failed\n"

static struct doctor *examine(struct str log)
{
    struct doctor_cfg cfg = {.expect = STR_INIT("")};
    struct doctor *d = doctor_new(&knowledge, &cfg);
    assert_non_null(d);
    (void)doctor_begin(d, STR("logcat"), INPUT_NOTHING, 0);
    doctor_feed(d, log);
    doctor_end(d, true);
    doctor_finish(d);
    return d;
}

static struct buf written(struct str log, struct report r,
                          void (*write)(const struct report *, struct sink *))
{
    struct buf b = {.limit = 0};
    struct sink out = buf_sink(&b);
    struct doctor *d = examine(log);
    r.doctor = d;
    r.version = "test";
    write(&r, &out);
    sink_char(&out, 0);
    assert_int_equal(out.err, ERR_OK);
    doctor_free(d);
    return b;
}

static void one_line_json(const struct report *r, struct sink *out)
{
    report_json(r, out, 0);
}

static void has(const struct buf *b, const char *text)
{
    if (!strstr(b->p, text)) {
        fail_msg("'%s' is missing in\n%s", text, b->p);
    }
}

static void test_text(void **state)
{
    struct report r = {.lang = LANG_EN, .width = 100};
    (void)state;
    struct buf b = written(STR(SILENT("activate.example.com")), r, report_text);
    has(&b, "CP-8865-3PCC 00:00:5e:00:53:21\n");
    has(&b, "error[DN-01]: ");
    has(&b, "--> logcat:");
    has(&b, "3 | 1175 INF Sep 04 22:49:20.440216 dnsmasq[560]: forwarded activate.example.com");
    has(&b, "^^^^");
    has(&b, "FCH27010ABC");
    has(&b, "dialtone explain DN-01\n");
    assert_null(strchr(b.p, '\033'));
    buf_clear(&b);
    r.color = true;
    b = written(STR(SILENT("activate.example.com")), r, report_text);
    has(&b, "\033[1;31merror[DN-01]");
    buf_clear(&b);
    r = (struct report){.lang = LANG_JA};
    b = written(STR(SILENT("activate.example.com")), r, report_text);
    has(&b, "[DN-01]");
    has(&b, "\xE3\x81");
    buf_clear(&b);
}

static void test_json(void **state)
{
    struct report r = {.lang = LANG_EN};
    (void)state;
    struct buf b = written(STR(SILENT("activate.example.com")), r, one_line_json);
    has(&b,
        "{\"schema\":\"dialtone.diagnosis/1\",\"version\":\"test\",\"lang\":\"en\",\"inputs\":[{");
    has(&b, "\"problems\":[]");
    has(&b, "\"mac\":\"00:00:5e:00:53:21\"");
    has(&b, "\"serial\":\"FCH27010ABC\"");
    has(&b,
        "{\"id\":\"DN-01\",\"level\":\"error\",\"stage\":\"activation-dns\",\"recovered\":false");
    has(&b, "\"kind\":\"absence\"");
    buf_clear(&b);
}

static void test_same_bytes(void **state)
{
    static void (*const forms[])(const struct report *,
                                 struct sink *) = {report_text, one_line_json, report_jsonl};
    struct report r = {.lang = LANG_EN};
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct buf a = written(STR(SILENT("activate.example.com")), r, forms[i]);
        struct buf b = written(STR(SILENT("activate.example.com")), r, forms[i]);
        assert_string_equal(a.p, b.p);
        buf_clear(&a);
        buf_clear(&b);
    }
}

/* A command holds no value that a shell would take for more than text. */
static void test_unsafe_values(void **state)
{
    static const struct {
        const char *log;
        bool offered;
    } rows[] = {
        {SILENT("activate.example.com"), true},
        {SILENT("a;reboot"), false},
        {SILENT("a$(reboot)"), false},
        {SILENT("a`reboot`"), false},
        {SILENT("a|reboot"), false},
        {SILENT("-froot"), false},
    };
    struct report r = {.lang = LANG_EN};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b = written(str_z(rows[i].log), r, one_line_json);
        const char *next = strstr(b.p, "\"next\":[");
        assert_non_null(next);
        struct str commands = str_z(next);
        commands = str_head(commands, str_chr(commands, ']'));
        bool host = str_find(commands, STR("activate.example.com")) != STR_NPOS;
        bool bad = str_find(commands, STR("root")) != STR_NPOS ||
                   str_find(commands, STR("reboot")) != STR_NPOS;
        if (host != rows[i].offered || bad) {
            fail_msg("%.*s", STR_ARG(commands));
        }
        buf_clear(&b);
    }
}

static void test_nothing(void **state)
{
    struct report r = {.lang = LANG_EN};
    (void)state;
    struct buf b = written(STR("a letter to somebody\n"), r, one_line_json);
    has(&b, "\"phones\":[]");
    buf_clear(&b);
    b = written(STR(""), r, report_text);
    assert_true(b.len > 1); /* it says that there is nothing */
    buf_clear(&b);
}

static void wrapped(const char *text, size_t indent, size_t width, const char *expected)
{
    struct buf b = {.limit = 0};
    struct sink out = buf_sink(&b);
    report_wrap(&out, str_z(text), indent, width);
    sink_char(&out, 0);
    assert_string_equal(b.p, expected);
    buf_clear(&b);
}

static void test_wrap(void **state)
{
    (void)state;
    wrapped("", 0, 60, "\n");
    wrapped("one two", 0, 60, "one two\n");
    wrapped("aaaaaaaaaaaa bbbbbbbbbbbb cccc", 2, 22, "aaaaaaaaaaaa\n  bbbbbbbbbbbb cccc\n");
    wrapped("\033[m", 0, 60, "\\x1B[m\n");
}

static void test_explain(void **state)
{
    struct buf b = {.limit = 0};
    struct sink out = buf_sink(&b);
    (void)state;
    for (const struct rule *u = knowledge.rules.first; u; u = u->next) {
        for (int l = 0; l < LANGS; l++) {
            buf_reset(&b);
            assert_true(report_explain(&knowledge, (enum language)l, u->id, false, 80, &out));
            assert_true(str_find(buf_str(&b), u->id) != STR_NPOS);
        }
    }
    buf_reset(&b);
    assert_false(report_explain(&knowledge, LANG_EN, STR("ZZ-99"), false, 80, &out));
    report_findings_table(&knowledge, &out);
    report_facts_table(&out);
    assert_true(str_find(buf_str(&b), STR("DN-01")) != STR_NPOS);
    assert_true(str_find(buf_str(&b), STR("dns.query")) != STR_NPOS);
    buf_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),       cmocka_unit_test(test_json),
        cmocka_unit_test(test_same_bytes), cmocka_unit_test(test_unsafe_values),
        cmocka_unit_test(test_nothing),    cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_explain),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
