/* What the doctor knows: rounds of files, folders that add or override, texts that are missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "flow/doctor/knowledge.h"

static void test_rounds(void **state)
{
    static const struct {
        const char *name;
        int round;
    } rows[] = {
        {"lines/10-mpp.lines", 1},
        {"a.lines", 1},
        {"rules/20-dhcp.rules", 2},
        {"deep/er/a.rules", 2},
        {"findings/en/DH-01.txt", 3},
        {"findings/ja/DH-01.txt", 3},
        {"messages/en.txt", 3},
        {"messages/ja.txt", 3},
        {"messages/fr.txt", 0},
        {"findings/fr/DH-01.txt", 0},
        {"findings/en", 0},
        {"findings/english/DH-01.txt", 0},
        {"rules/README.md", 0},
        {"report/report.js", 0},
        {"DH-01.txt", 0},
        {"", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (knowledge_round(str_z(rows[i].name)) != rows[i].round) {
            fail_msg("%s: round %d", rows[i].name, knowledge_round(str_z(rows[i].name)));
        }
    }
}

static void begin(struct knowledge *k)
{
    struct conf_error err = {.what = ""};
    assert_int_equal(knowledge_init(k), ERR_OK);
    if (knowledge_add_share(k, &err) != ERR_OK || knowledge_check(k, &err) != ERR_OK) {
        fail_msg("%.*s:%zu: %s", STR_ARG(err.file), err.line, err.what);
    }
}

static void test_share_is_whole(void **state)
{
    struct knowledge k;
    (void)state;
    begin(&k);
    assert_true(k.rules.n > 60);
    for (const struct rule *u = k.rules.first; u; u = u->next) {
        for (int l = 0; l < LANGS; l++) {
            assert_non_null(texts_find(&k.texts[l], u->id));
        }
        for (unsigned i = 0; i < u->n_excludes; i++) { /* what is ruled out has a rule */
            assert_non_null(rules_find(&k.rules, u->excludes[i].id));
        }
    }
    assert_string_equal(language_name(LANG_EN), "en");
    assert_string_equal(language_name(LANG_JA), "ja");
    knowledge_clear(&k);
}

static enum err add(struct knowledge *k, const char *name, const char *text, struct conf_error *err)
{
    return knowledge_add(k, str_z(name), str_z(text), err);
}

static void test_added_rule_overrides(void **state)
{
    struct knowledge k;
    struct conf_error err;
    (void)state;
    begin(&k);
    size_t n = k.rules.n;
    assert_int_equal(rules_find(&k.rules, STR("DH-01"))->level, LEVEL_ERROR);
    assert_int_equal(add(&k, "a.lines", "line acme.dropped voice \"dropped {reason}\"\n", &err),
                     ERR_OK);
    assert_int_equal(
        add(&k, "a.rules", "finding DH-01\n  level info\n  when acme.dropped reason~x\n", &err),
        ERR_OK);
    assert_int_equal(k.rules.n, n);
    const struct rule *u = rules_find(&k.rules, STR("DH-01"));
    assert_int_equal(u->level, LEVEL_INFO);
    assert_int_equal(u->when[0].kind, lines_kind(k.lines, STR("acme.dropped")));
    assert_int_equal(knowledge_check(&k, &err), ERR_OK);
    knowledge_clear(&k);
}

static void test_missing_text(void **state)
{
    struct knowledge k;
    struct conf_error err = {.what = ""};
    (void)state;
    begin(&k);
    assert_int_equal(add(&k, "a.rules", "finding ZZ-01\n  when dns.query\n", &err), ERR_OK);
    assert_int_equal(knowledge_check(&k, &err), ERR_MALFORMED);
    assert_non_null(strstr(err.what, "ZZ-01"));
    assert_int_equal(add(&k, "findings/en/ZZ-01.txt",
                         "title: t\nmessage: m\nexplain: e\ncauses: c\nconfirm: c\nremedy: r\n"
                         "side-effects: s\n",
                         &err),
                     ERR_OK);
    assert_int_equal(knowledge_check(&k, &err), ERR_OK);
    assert_non_null(texts_find(&k.texts[LANG_EN], STR("ZZ-01")));
    assert_null(texts_find(&k.texts[LANG_JA], STR("ZZ-01")));
    knowledge_clear(&k);
}

static void test_mistakes_have_their_place(void **state)
{
    static const struct {
        const char *name, *text;
        size_t line;
    } rows[] = {
        {"a.lines", "\nline x voice\n", 2},
        {"a.rules", "finding ZZ-01\n  when no.such\n", 2},
        {"findings/en/ZZ-01.txt", "\n\nwhat: x\n", 3},
        {"messages/ja.txt", "key: text\nkey\n", 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct knowledge k;
        struct conf_error err = {.line = 0};
        assert_int_equal(knowledge_init(&k), ERR_OK);
        assert_int_equal(add(&k, rows[i].name, rows[i].text, &err), ERR_MALFORMED);
        assert_int_equal(err.line, rows[i].line);
        assert_true(str_eq(err.file, str_z(rows[i].name)));
        knowledge_clear(&k);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rounds),
        cmocka_unit_test(test_share_is_whole),
        cmocka_unit_test(test_added_rule_overrides),
        cmocka_unit_test(test_missing_text),
        cmocka_unit_test(test_mistakes_have_their_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
