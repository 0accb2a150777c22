/* The rule table: what is refused and where, and which facts a pattern takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/sink.h"
#include "domain/diagnosis/rules.h"

static unsigned added(void *ctx, struct str name)
{
    (void)ctx;
    return str_eq(name, STR("acme.dropped")) ? FACT_KINDS + 3 : 0;
}

static void test_whole_rule(void **state)
{
    static const char text[] = "# a comment\n"
                               "finding AB-01\n"
                               "  level warning\n"
                               "  class seen\n"
                               "  actor hub\n"
                               "  fallback\n"
                               "  when dns.query qtype=A,SRV host!=x\n"
                               "  when acme.dropped reason~\"two words\"\n"
                               "  with dns.forward\n"
                               "  unless dns.reply value=<CNAME>\n"
                               "  excludes CD-02 answered\n"
                               "finding AB2-02\n"
                               "  when dns.error\n";
    struct arena a;
    struct conf_error err;
    (void)state;
    arena_init(&a, 0);
    struct rules r = {.arena = &a, .added_kind = added};
    assert_int_equal(rules_add(&r, STR("a.rules"), STR(text), &err), ERR_OK);
    assert_int_equal(r.n, 2);
    const struct rule *u = rules_find(&r, STR("AB-01"));
    assert_non_null(u);
    assert_int_equal(u->level, LEVEL_WARNING);
    assert_int_equal(u->class, CLASS_SEEN);
    assert_true(str_eq(u->actor, STR("hub")));
    assert_true(u->fallback);
    assert_int_equal(u->n_when, 2);
    assert_int_equal(u->when[0].n, 2);
    assert_int_equal(u->when[1].kind, FACT_KINDS + 3);
    assert_true(str_eq(u->when[1].c[0].v, STR("two words")));
    assert_int_equal(u->n_with, 1);
    assert_int_equal(u->n_unless, 1);
    assert_int_equal(u->n_excludes, 1);
    assert_true(str_eq(u->excludes[0].reason, STR("answered")));
    u = rules_find(&r, STR("AB2-02"));
    assert_int_equal(u->level, LEVEL_INFO);
    assert_true(str_eq(u->actor, STR("support")));
    assert_null(rules_find(&r, STR("AB-03")));
    /* A later row of the same id takes the place of the first one, and its order. */
    assert_int_equal(
        rules_add(&r, STR("b.rules"), STR("finding AB-01\n level error\n when dns.ttl\n"), &err),
        ERR_OK);
    assert_int_equal(r.n, 2);
    assert_int_equal(r.first->level, LEVEL_ERROR);
    assert_int_equal(r.first->n_with, 0);
    assert_true(str_eq(r.first->next->id, STR("AB2-02")));
    arena_clear(&a);
}

static void test_refused(void **state)
{
#define F "finding AB-01\n"
    static const struct {
        const char *text;
        size_t line;
        const char *what;
    } rows[] = {
        {"level error\n", 1, "a rule begins with"},
        {F "  when dns.query\nlevel error\n", 3, "a rule begins with"},
        {"finding\n", 1, "an id is"},
        {"finding ab-01\n", 1, "an id is"},
        {"finding A-01\n", 1, "an id is"},
        {"finding ABCDE-01\n", 1, "an id is"},
        {"finding 1A-01\n", 1, "an id is"},
        {"finding AB-1\n", 1, "an id is"},
        {"finding AB-001\n", 1, "an id is"},
        {"finding AB01\n", 1, "an id is"},
        {F "  level fatal\n", 2, "a level is"},
        {F "  class guessed\n", 2, "a class is"},
        {F "  actor nobody\n", 2, "an actor is"},
        {F "  colour red\n", 2, "no row of a rule begins with colour"},
        {F "  excludes CD-02\n", 2, "a row is: excludes"},
        {F "  excludes cd reason\n", 2, "a row is: excludes"},
        {F "  when\n", 2, "the kind of fact is missing"},
        {F "  when no.such\n", 2, "is called no.such"},
        {F "\n# a\n  when dns.query colour=red\n", 4, "no field is called colour"},
        {F "  when dns.query nonce=1\n", 2, "dns.query has no field nonce"},
        {F "  when dns.query host=\n", 2, "a value is missing"},
        {F "  when dns.query host~\"open\n", 2, "quotation mark"},
        {F "  when dns.query host host host host host host host\n", 2, "more than 6 conditions"},
        {F "  when dns.ttl\n  when dns.ttl\n  when dns.ttl\n  when dns.ttl\n  when dns.ttl\n"
           "  when dns.ttl\n  when dns.ttl\n",
         8, "more than 6 lines"},
        {F "  level error\n", 2, "has no line \"when\""},
        {F "finding CD-01\n  when dns.ttl\n", 2, "has no line \"when\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena a;
        struct conf_error err = {.line = 0};
        arena_init(&a, 0);
        struct rules r = {.arena = &a};
        if (rules_add(&r, STR("a.rules"), str_z(rows[i].text), &err) != ERR_MALFORMED) {
            fail_msg("taken: %s", rows[i].text);
        }
        if (err.line != rows[i].line || !strstr(err.what, rows[i].what)) {
            fail_msg("%s: %zu: %s", rows[i].text, err.line, err.what);
        }
        assert_true(str_eq(err.file, STR("a.rules")));
        arena_clear(&a);
    }
#undef F
}

/* A fact with status=404, reason="Not Found", code=7, count=12, and what a pattern says of it. */
static void test_patterns(void **state)
{
    static const struct {
        const char *conditions;
        bool holds;
    } rows[] = {
        {"", true},
        {"status=404", true},
        {"status=403,404", true},
        {"status=403", false},
        {"status=4??", true},
        {"status=5??", false},
        {"status=4*", true},
        {"status=*", true},
        {"status=40", false},
        {"status!=404", false},
        {"status!=403", true},
        {"status!=4??,503", false},
        {"reason~\"not f\"", true},
        {"reason~found", true},
        {"reason~gone", false},
        {"status>403", true},
        {"status>404", false},
        {"status<405", true},
        {"status<404", false},
        {"status>retry", true},
        {"status<retry", false},
        {"status>server", false}, /* a field that is not there */
        {"reason>1", false},      /* no number */
        {"status", true},
        {"server", false},
        {"!server", true},
        {"!status", false},
        {"server!=x", true}, /* not there, so it is not x */
        {"server=x", false},
        {"status=404 reason~found !server", true},
        {"status=404 reason~gone", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena a;
        struct conf_error err = {.line = 0};
        struct fact f;
        struct buf b = {.limit = 0};
        arena_init(&a, 0);
        struct rules r = {.arena = &a};
        assert_int_equal(buf_add(&b, STR("finding AB-01\n when register.rejected ")), ERR_OK);
        assert_int_equal(buf_add(&b, str_z(rows[i].conditions)), ERR_OK);
        assert_int_equal(rules_add(&r, STR("a.rules"), buf_str(&b), &err), ERR_OK);
        fact_init(&f, FACT_REGISTER_REJECTED);
        fact_add(&f, FIELD_STATUS, STR("404"));
        fact_add(&f, FIELD_REASON, STR("Not Found"));
        fact_add(&f, FIELD_RETRY, STR("12"));
        if (pattern_holds(&r.first->when[0], &f) != rows[i].holds) {
            fail_msg("%s: %s", rows[i].conditions, rows[i].holds ? "does not hold" : "holds");
        }
        f.kind = FACT_REGISTER_OK;
        assert_false(pattern_holds(&r.first->when[0], &f));
        buf_clear(&b);
        arena_clear(&a);
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(level_name(LEVEL_INFO), "info");
    assert_string_equal(level_name(LEVEL_WARNING), "warning");
    assert_string_equal(level_name(LEVEL_ERROR), "error");
    assert_string_equal(evidence_class_name(CLASS_ASSUMED), "assumed");
    assert_string_equal(evidence_class_name(CLASS_SHAPE), "shape");
    assert_string_equal(evidence_class_name(CLASS_SEEN), "seen");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_rule),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
