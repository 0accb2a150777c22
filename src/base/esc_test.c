/* Hostile text made harmless for terminal, HTML, JSON and CSV. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/esc.h"

#define BAD "\xEF\xBF\xBD"

static void is(void (*esc)(struct sink *, struct str), struct str in, const char *expected)
{
    struct buf b = {.limit = 0};
    struct sink s = buf_sink(&b);
    esc(&s, in);
    assert_int_equal(s.err, ERR_OK);
    sink_char(&s, 0);
    assert_string_equal(b.p, expected);
    buf_clear(&b);
}

struct row {
    struct str in;
    const char *term, *html, *json;
};

static const struct row rows[] = {
    {STR_INIT(""), "", "", ""},
    {STR_INIT("plain text, 100%"), "plain text, 100%", "plain text, 100%", "plain text, 100%"},
    {STR_INIT("\xE9\x9B\xBB\xE8\xA9\xB1"), "\xE9\x9B\xBB\xE8\xA9\xB1", "\xE9\x9B\xBB\xE8\xA9\xB1",
     "\xE9\x9B\xBB\xE8\xA9\xB1"},
    {STR_INIT("\xF0\x9F\x93\x9E"), "\xF0\x9F\x93\x9E", "\xF0\x9F\x93\x9E", "\xF0\x9F\x93\x9E"},
    {STR_INIT("\033[31mred\033]0;t\a"), "\\x1B[31mred\\x1B]0;t\\x07", "\\x1B[31mred\\x1B]0;t\\x07",
     "\\u001b[31mred\\u001b]0;t\\u0007"},
    {STR_INIT("a\tb\nc\r"), "a b\\x0Ac\\x0D", "a\tb\nc\\x0D", "a\\tb\\nc\\r"},
    {STR_INIT("a\0b"), "a\\x00b", "a\\x00b", "a\\u0000b"},
    {STR_INIT("\x7F"), "\\x7F", "\\x7F", "\\u007f"},
    {STR_INIT("<script>\"&'</script>"), "<script>\"&'</script>",
     "&lt;script&gt;&quot;&amp;&#39;&lt;/script&gt;",
     "\\u003cscript\\u003e\\\"\\u0026'\\u003c/script\\u003e"},
    {STR_INIT("back\\slash"), "back\\slash", "back\\slash", "back\\\\slash"},
    /* C1 controls, written as UTF-8: CSI would begin a sequence on some terminals. */
    {STR_INIT("\xC2\x9B"
              "1m"),
     "\\u009B1m", "\\u009B1m", "\\u009b1m"},
    /* Right-to-left override, isolate, byte order mark, zero width blank. */
    {STR_INIT("\xE2\x80\xAEtxt"), "\\u202Etxt", "\\u202Etxt", "\\u202etxt"},
    {STR_INIT("\xE2\x81\xA6"), "\\u2066", "\\u2066", "\\u2066"},
    {STR_INIT("\xEF\xBB\xBF"), "\\uFEFF", "\\uFEFF", "\\ufeff"},
    {STR_INIT("\xE2\x80\x8B"), "\\u200B", "\\u200B", "\\u200b"},
    {STR_INIT("\xE2\x80\xA8"), "\\u2028", "\\u2028", "\\u2028"},
    /* Invalid UTF-8: a lone continuation, an overlong slash, a surrogate, a cut one, too high. */
    {STR_INIT("a\x80z"), "a" BAD "z", "a" BAD "z", "a" BAD "z"},
    {STR_INIT("\xC0\xAF"), BAD BAD, BAD BAD, BAD BAD},
    {STR_INIT("\xED\xA0\x80"), BAD BAD BAD, BAD BAD BAD, BAD BAD BAD},
    {STR_INIT("\xE9\x9B"), BAD BAD, BAD BAD, BAD BAD},
    {STR_INIT("\xF4\x90\x80\x80"), BAD BAD BAD BAD, BAD BAD BAD BAD, BAD BAD BAD BAD},
    {STR_INIT("\xFF"), BAD, BAD, BAD},
    {STR_INIT(BAD), BAD, BAD, BAD},
};

static void test_terminal(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        is(esc_term, rows[i].in, rows[i].term);
    }
}

static void test_html(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        is(esc_html, rows[i].in, rows[i].html);
    }
}

static void test_json(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        is(esc_json, rows[i].in, rows[i].json);
    }
}

/* Whatever two bytes stand next to each other, no control character gets out. */
static void test_no_control_gets_through(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 65536; n++) {
        char in[2] = {(char)(n >> 8), (char)(n & 0xFF)};
        struct buf b = {.limit = 0};
        struct sink s = buf_sink(&b);
        esc_term(&s, str_of(in, 2));
        esc_json(&s, str_of(in, 2));
        for (size_t i = 0; i < b.len; i++) {
            assert_true((unsigned char)b.p[i] >= 0x20 && b.p[i] != 0x7F);
        }
        buf_clear(&b);
    }
}

static void test_csv(void **state)
{
    static const struct {
        const char *in, *out;
    } csv[] = {
        {"plain", "plain"},
        {"a,b", "\"a,b\""},
        {"say \"x\"", "\"say \"\"x\"\"\""},
        {"=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\""},
        {"+1", "\"'+1\""},
        {"-1", "\"'-1\""},
        {"@SUM(A1)", "\"'@SUM(A1)\""},
        {"\t=1", "\"' =1\""},
        {"a\nb", "\"a\nb\""},
        {"\033[m", "\\x1B[m"},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof csv / sizeof *csv; i++) {
        is(esc_csv, str_z(csv[i].in), csv[i].out);
    }
    is(esc_csv, STR("a\0,"), "\"a\\x00,\"");
}

static size_t width_of_output(struct str in)
{
    struct buf b = {.limit = 0};
    struct sink s = buf_sink(&b);
    esc_term(&s, in);
    size_t w = esc_term_width(buf_str(&b));
    buf_clear(&b);
    return w;
}

static void test_width(void **state)
{
    (void)state;
    assert_int_equal(esc_term_width(STR("abc")), 3);
    assert_int_equal(esc_term_width(STR("\xE9\x9B\xBB\xE8\xA9\xB1")), 4);
    assert_int_equal(esc_term_width(STR("\xC3\xA9")), 1);
    assert_int_equal(esc_term_width(STR("\033")), 4);
    assert_int_equal(esc_term_width(STR("\t")), 1);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(esc_term_width(rows[i].in), width_of_output(rows[i].in));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_terminal), cmocka_unit_test(test_html),
        cmocka_unit_test(test_json),     cmocka_unit_test(test_no_control_gets_through),
        cmocka_unit_test(test_csv),      cmocka_unit_test(test_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
