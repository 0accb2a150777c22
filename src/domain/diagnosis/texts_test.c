/* Texts of findings: reading them, filling in values, items and paragraphs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "domain/diagnosis/texts.h"

static const char whole[] = "# a comment\n"
                            "title: A title\n"
                            "message: {host} is silent\n"
                            "explain:\n  One.\n\n  Two\n  lines.\n"
                            "causes:\n  - A cause\n    of two lines\n  - Another\n"
                            "confirm:\n  - Look\n"
                            "remedy:\n  - Repair\n"
                            "side-effects:\n  - None\n"
                            "next:\n  - ping {host}\n";

static void test_whole(void **state)
{
    struct arena a;
    struct conf_error err;
    struct str item;
    (void)state;
    arena_init(&a, 0);
    struct texts t = {.arena = &a};
    assert_int_equal(texts_add(&t, STR("AB-01"), STR("AB-01.txt"), STR(whole), &err), ERR_OK);
    const struct finding_text *f = texts_find(&t, STR("AB-01"));
    assert_non_null(f);
    assert_null(texts_find(&t, STR("AB-02")));
    assert_true(str_eq(str_trim(f->v[TEXT_TITLE]), STR("A title")));
    struct str rest = f->v[TEXT_CAUSES];
    assert_true(texts_item(&rest, &a, &item));
    assert_true(str_eq(item, STR("A cause of two lines")));
    assert_true(texts_item(&rest, &a, &item));
    assert_true(str_eq(item, STR("Another")));
    assert_false(texts_item(&rest, &a, &item));
    rest = f->v[TEXT_EXPLAIN];
    assert_true(texts_paragraph(&rest, false, &a, &item));
    assert_true(str_eq(item, STR("One.")));
    assert_true(texts_paragraph(&rest, true, &a, &item));
    assert_true(str_eq(item, STR("Twolines."))); /* Japanese: no blank between lines */
    assert_false(texts_paragraph(&rest, false, &a, &item));
    arena_clear(&a);
}

static void test_refused(void **state)
{
    static const struct {
        const char *text;
        size_t line;
        const char *what;
    } rows[] = {
        {"titel: x\n", 1, "a key is"},
        {"# c\n\n  text\n", 3, "before the first key"},
        {"title: x\n", 1, "missing or empty"},
        {"", 0, "missing or empty"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena a;
        struct conf_error err = {.line = 99};
        arena_init(&a, 0);
        struct texts t = {.arena = &a};
        assert_int_equal(texts_add(&t, STR("AB-01"), STR("f.txt"), str_z(rows[i].text), &err),
                         ERR_MALFORMED);
        assert_int_equal(err.line, rows[i].line);
        assert_non_null(strstr(err.what, rows[i].what));
        assert_null(texts_find(&t, STR("AB-01")));
        arena_clear(&a);
    }
}

static void test_messages(void **state)
{
    struct arena a;
    struct conf_error err = {.line = 0};
    (void)state;
    arena_init(&a, 0);
    struct texts t = {.arena = &a};
    assert_int_equal(
        texts_add_messages(&t, STR("en.txt"), STR("# c\n\na.b: one: two\nc: x\nc: y\n"), &err),
        ERR_OK);
    assert_true(str_eq(texts_message(&t, "a.b"), STR("one: two")));
    assert_true(str_eq(texts_message(&t, "c"), STR("y"))); /* the later one */
    assert_true(str_eq(texts_message(&t, "none"), STR("none")));
    assert_int_equal(texts_add_messages(&t, STR("en.txt"), STR("a: x\nno colon\n"), &err),
                     ERR_MALFORMED);
    assert_int_equal(err.line, 2);
    assert_int_equal(texts_add_messages(&t, STR("en.txt"), STR("a:\n"), &err), ERR_MALFORMED);
    assert_int_equal(err.line, 1);
    arena_clear(&a);
}

static struct str value(void *ctx, struct str name)
{
    (void)ctx;
    return str_eq(name, STR("host")) ? STR("a.example.com")
           : str_eq(name, STR("n"))  ? STR("{host}<<")
                                     : str_of(NULL, 0);
}

static void test_fill(void **state)
{
    static const struct {
        const char *text, *filled;
        bool whole;
    } rows[] = {
        {"", "", true},
        {"plain", "plain", true},
        {"{host} fails", "a.example.com fails", true},
        {"{host}{host}", "a.example.coma.example.com", true},
        {"of {server}", "of ?", false},
        {"x<< at {host}>>y", "x at a.example.comy", true},
        {"x<< at {server}>>y", "xy", true},
        {"x<< at {server} and {host}>>y", "xy", true},
        {"<<{host}>><<{server}>><<{host}>>", "a.example.coma.example.com", true},
        {"<<plain>>", "plain", true},
        {"<<{host}", "<<a.example.com", true}, /* no end: as it stands */
        {"{open", "{open", true},
        {"{}", "?", false},
        {"{n}", "{host}<<", true}, /* a value is not read again */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b = {.limit = 0};
        struct sink s = buf_sink(&b);
        bool all = !rows[i].whole;
        texts_fill(str_z(rows[i].text), value, NULL, STR("?"), &s, &all);
        sink_char(&s, 0);
        assert_string_equal(b.p, rows[i].filled);
        assert_int_equal(all, rows[i].whole);
        buf_clear(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_fill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
