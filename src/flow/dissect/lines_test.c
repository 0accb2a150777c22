/* The table of line templates: every shipped row reads what it writes; mistakes are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "flow/dissect/lines.h"
#include "share/share.h"

static struct lines *shipped(struct arena *a)
{
    struct conf_error err;
    struct lines *l = lines_new(a);
    assert_non_null(l);
    for (size_t i = 0; i < share_files_n; i++) {
        struct str name = str_z(share_files[i].name);
        if (str_ends(name, STR(".lines"))) {
            struct str text = str_of(share_files[i].data, share_files[i].len);
            if (lines_add(l, name, text, &err) != ERR_OK) {
                fail_msg("%s:%zu: %s", share_files[i].name, err.line, err.what);
            }
        }
    }
    assert_true(lines_count(l) > 80);
    return l;
}

static struct str sample(enum hole_type type)
{
    switch (type) {
    case HOLE_WORD:
        return STR("word-1");
    case HOLE_HOST:
        return STR("a.example.com");
    case HOLE_ADDR:
        return STR("192.0.2.53");
    case HOLE_MAC:
        return STR("00:00:5e:00:53:01");
    case HOLE_INT:
        return STR("4711");
    case HOLE_HEX:
        return STR("4320b538");
    case HOLE_REST:
        return STR("any words at all");
    }
    return STR("");
}

/* What a template writes, the table reads: the same row, or an earlier one of the same kind. */
static void test_round_trip(void **state)
{
    struct arena a;
    (void)state;
    arena_init(&a, 0);
    struct lines *l = shipped(&a);
    for (size_t row = 1; row <= lines_count(l); row++) {
        const struct line *r = lines_row(l, row);
        struct str values[TEMPLATE_HOLES];
        struct buf b = {.limit = 0};
        struct sink out = buf_sink(&b);
        struct template_match m;
        for (unsigned i = 0; i < r->t.n; i++) {
            values[i] = sample((enum hole_type)r->t.hole[i].type);
        }
        template_write(&r->t, values, &out);
        struct str tag = str_eq(r->tag, STR("raw"))   ? str_of(NULL, 0)
                         : str_eq(r->tag, STR("any")) ? STR("some")
                                                      : r->tag;
        size_t found = lines_match(l, tag, buf_str(&b), &m);
        if (found == 0) {
            fail_msg("no row reads what row %zu writes: %.*s", row, STR_ARG(buf_str(&b)));
        }
        const struct line *f = lines_row(l, found);
        if (f->kind != r->kind) {
            fail_msg("a row of %.*s reads what a row of %.*s writes: %.*s", STR_ARG(f->name),
                     STR_ARG(r->name), STR_ARG(buf_str(&b)));
        }
        for (unsigned i = 0; found == row && i < r->t.n; i++) {
            if (!str_eq(m.hole[i], values[i])) {
                fail_msg("%.*s: hole %u reads '%.*s', not '%.*s'", STR_ARG(buf_str(&b)), i,
                         STR_ARG(m.hole[i]), STR_ARG(values[i]));
            }
        }
        buf_clear(&b);
    }
    arena_clear(&a);
}

/* Every row of the table but those that an earlier row hides can be reached. */
static void test_kinds_are_told(void **state)
{
    static const char *const kinds[] = {
        "dhcp.option",  "dns.query",    "dns.reply",     "fetch.noresolve",
        "fetch.result", "http.request", "http.status",   "sip.request",
        "sip.response", "srv.entry",    "resync.failed", "tls.alert",
    };
    struct arena a;
    (void)state;
    arena_init(&a, 0);
    struct lines *l = shipped(&a);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        bool any = false;
        for (size_t row = 1; row <= lines_count(l) && !any; row++) {
            any = str_eq(lines_row(l, row)->name, str_z(kinds[i]));
        }
        if (!any) {
            fail_msg("no line tells %s", kinds[i]);
        }
    }
    arena_clear(&a);
}

static void test_tags(void **state)
{
    static const char text[] = "line - voice \"both {text}\"\n"
                               "line acme.raw raw \"both {text}\"\n"
                               "line acme.any any \"both {text}\"\n"
                               "line acme.other other \"only {text}\" key=a state=b\n";
    struct arena a;
    struct conf_error err;
    struct template_match m;
    (void)state;
    arena_init(&a, 0);
    struct lines *l = lines_new(&a);
    assert_int_equal(lines_add(l, STR("a.lines"), STR(text), &err), ERR_OK);
    assert_int_equal(lines_match(l, STR("voice"), STR("both x"), &m), 1);
    assert_int_equal(lines_match(l, STR(""), STR("both x"), &m), 2);
    assert_int_equal(lines_match(l, STR("what"), STR("both x"), &m), 3);
    assert_int_equal(lines_match(l, STR("other"), STR("only x"), &m), 4);
    assert_int_equal(lines_match(l, STR("other"), STR("both x"), &m), 3);
    assert_int_equal(lines_match(l, STR("voice"), STR("only x"), &m), 0);
    assert_int_equal(lines_row(l, 1)->kind, FACT_NO_KIND);
    assert_int_equal(lines_row(l, 4)->n_constants, 2);
    assert_int_equal(lines_kind(l, STR("acme.other")), FACT_KINDS + 2);
    assert_int_equal(lines_kind(l, STR("acme.nothing")), 0);
    assert_int_equal(lines_kind(l, STR("dns.query")), FACT_DNS_QUERY);
    arena_clear(&a);
}

static void test_mistakes(void **state)
{
    static const struct {
        const char *text;
        size_t line;
        const char *what;
    } rows[] = {
        {"row dns.query voice \"x\"", 1, "begins with the word line"},
        {"line - voice \"x\"\n  line - voice \"y\"", 2, "begins with the word line"},
        {"line", 1, "a row is"},
        {"line dns.query", 1, "a row is"},
        {"line dns.query voice", 1, "a row is"},
        {"# a\n\nline dns.query voice \"x", 3, "quotation mark"},
        {"line dns.query voice \"\"", 1, "empty"},
        {"line dns.query voice \"a {host\"", 1, "at byte 3: the closing brace"},
        {"line dns.query voice \"a {colour}\"", 1, "no field has this name"},
        {"line dns.query voice \"{host}{from}\"", 1, "text between them"},
        {"line dns.query voice \"{text} {nonce}\"", 1, "dns.query has no field nonce"},
        {"line dns.silent voice \"{host}\"", 1, "is concluded"},
        {"line nodot voice \"{host}\"", 1, "needs a dot"},
        {"line dns.query voice \"{host}\" colour=red", 1, "only field=value"},
        {"line dns.query voice \"{host}\" qtype", 1, "only field=value"},
        {"line dns.query voice \"{host}\" qtype=", 1, "only field=value"},
        {"line dns.query voice \"{host}\" qtype=A from=b host=c", 1, "at most 2"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena a;
        struct conf_error err = {.line = 0};
        arena_init(&a, 0);
        struct lines *l = lines_new(&a);
        if (lines_add(l, STR("a.lines"), str_z(rows[i].text), &err) != ERR_MALFORMED) {
            fail_msg("taken: %s", rows[i].text);
        }
        assert_int_equal(err.line, rows[i].line);
        assert_true(str_eq(err.file, STR("a.lines")));
        if (!strstr(err.what, rows[i].what)) {
            fail_msg("%s: %s", rows[i].text, err.what);
        }
        arena_clear(&a);
    }
}

static void test_many_tags(void **state)
{
    struct arena a;
    struct conf_error err;
    struct buf b = {.limit = 0};
    struct sink out = buf_sink(&b);
    (void)state;
    arena_init(&a, 0);
    struct lines *l = lines_new(&a);
    for (int i = 0; i < 65; i++) {
        sink_fmt(&out, "line - tag%d \"x\"\n", i);
    }
    assert_int_equal(lines_add(l, STR("a.lines"), buf_str(&b), &err), ERR_MALFORMED);
    assert_int_equal(err.line, 65);
    assert_int_equal(lines_count(l), 64); /* rows before it are in */
    buf_clear(&b);
    arena_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_kinds_are_told),
        cmocka_unit_test(test_tags),       cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_many_tags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
