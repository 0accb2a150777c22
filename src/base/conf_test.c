/* Our own text files: words, quotes, comments, and every mistake with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/conf.h"

struct reader {
    struct arena a;
    struct conf c;
    struct conf_error error;
};

static void begin(struct reader *r, struct str text)
{
    arena_init(&r->a, 0);
    conf_init(&r->c, STR("a.rules"), text, &r->error);
}

static void word_is(struct reader *r, const char *expected)
{
    struct str w;
    assert_int_equal(conf_word(&r->c, &r->a, &w), ERR_OK);
    assert_int_equal(w.len, strlen(expected));
    assert_true(str_eq(w, str_z(expected)));
}

static void test_lines(void **state)
{
    struct reader r;
    struct str w;
    (void)state;
    begin(&r,
          STR("# comment\n\n  \nfinding DN-01 # note\r\n\twhen a#b \"# inside\" \"x\\\"y\\\\\"\n"
              "last"));
    assert_int_equal(conf_line(&r.c), ERR_OK);
    assert_int_equal(r.c.line, 4);
    assert_false(r.c.indented);
    word_is(&r, "finding");
    word_is(&r, "DN-01");
    assert_int_equal(conf_word(&r.c, &r.a, &w), ERR_END);
    assert_int_equal(conf_line(&r.c), ERR_OK);
    assert_true(r.c.indented);
    word_is(&r, "when");
    word_is(&r, "a#b"); /* no blank before it: no comment */
    word_is(&r, "# inside");
    word_is(&r, "x\"y\\");
    assert_int_equal(conf_line(&r.c), ERR_OK);
    assert_int_equal(r.c.line, 6);
    word_is(&r, "last");
    assert_int_equal(conf_line(&r.c), ERR_END);
    assert_int_equal(conf_line(&r.c), ERR_END);
    arena_clear(&r.a);
}

static void test_empty(void **state)
{
    struct reader r;
    (void)state;
    begin(&r, STR(""));
    assert_int_equal(conf_line(&r.c), ERR_END);
    arena_clear(&r.a);
}

static enum err to_the_end(struct reader *r)
{
    enum err e;
    while ((e = conf_line(&r->c)) == ERR_OK) {
        struct str w;
        while ((e = conf_word(&r->c, &r->a, &w)) == ERR_OK) {
        }
        if (e != ERR_END) {
            return e;
        }
    }
    return e;
}

static void test_mistakes(void **state)
{
    static char longer[5000];
    static const struct {
        struct str text;
        size_t line;
        const char *what;
    } rows[] = {
        {STR_INIT("a\nb \"open\n"), 2, "closing quotation mark"},
        {STR_INIT("a \"ends in \\\""), 1, "closing quotation mark"},
        {STR_INIT("\n\na\0b\n"), 3, "(0x00) stands at byte 2"},
        {STR_INIT("\033[m"), 1, "(0x1B) stands at byte 1"},
        {STR_INIT("ok\n# even in a comment \x01"), 2, "(0x01)"},
        {{longer, sizeof longer}, 1, "longer than 4096 bytes"},
    };
    (void)state;
    memset(longer, 'x', sizeof longer);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct reader r;
        begin(&r, rows[i].text);
        assert_int_equal(to_the_end(&r), ERR_MALFORMED);
        assert_int_equal(r.error.line, rows[i].line);
        assert_true(str_eq(r.error.file, STR("a.rules")));
        assert_non_null(strstr(r.error.what, rows[i].what));
        arena_clear(&r.a);
    }
}

static void test_no_memory(void **state)
{
    struct reader r;
    struct str w;
    (void)state;
    begin(&r, STR("\"quoted\""));
    r.a.limit = 1;
    assert_int_equal(conf_line(&r.c), ERR_OK);
    assert_int_equal(conf_word(&r.c, &r.a, &w), ERR_MEMORY);
    arena_clear(&r.a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
