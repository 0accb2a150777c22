/* Line templates: reading them, matching every type of hole, lines cut short, redactions, writing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "proto/text/template.h"

static const char *const type_names[] = {"word", "host", "addr", "mac", "int", "hex", "rest"};

/* Holes are called by their type, with a digit behind where one stands twice. */
static bool name(void *ctx, struct str s, uint16_t *ret_tag, enum hole_type *ret_type)
{
    (void)ctx;
    for (uint16_t t = 0; t < 7; t++) {
        struct str known = str_z(type_names[t]);
        if (str_starts(s, known) && s.len <= known.len + 1) {
            *ret_tag = t;
            *ret_type = (enum hole_type)t;
            return true;
        }
    }
    return false;
}

static void compile(struct template *t, struct arena *a, const char *text)
{
    struct err_at at = {.what = ""};
    if (template_read(t, str_z(text), a, name, NULL, &at) != ERR_OK) {
        fail_msg("%s: %s", text, at.what);
    }
}

static void test_read_errors(void **state)
{
    static const struct {
        const char *text;
        size_t offset;
        const char *what;
    } rows[] = {
        {"", 0, "empty"},
        {"a {word", 2, "closing brace"},
        {"{", 0, "closing brace"},
        {"a {nothing} b", 2, "no field has this name"},
        {"a {} b", 2, "no field has this name"},
        {"{word}{int}", 6, "two holes need text between them"},
        {"{int} {int} {int} {int} {int} {int} {int} {int} {int}", 48, "at most 8 holes"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena a;
        struct template t;
        struct err_at at = {.what = ""};
        arena_init(&a, 0);
        assert_int_equal(template_read(&t, str_z(rows[i].text), &a, name, NULL, &at),
                         ERR_MALFORMED);
        assert_int_equal(at.offset, rows[i].offset);
        assert_non_null(strstr(at.what, rows[i].what));
        arena_clear(&a);
    }
}

static void test_read_no_memory(void **state)
{
    struct arena a;
    struct template t;
    struct err_at at;
    (void)state;
    arena_init(&a, 1);
    assert_int_equal(template_read(&t, STR("x"), &a, name, NULL, &at), ERR_MEMORY);
    arena_clear(&a);
}

static void test_braces(void **state)
{
    struct arena a;
    struct template t;
    struct template_match m;
    (void)state;
    arena_init(&a, 0);
    compile(&t, &a, "a {{b} {int} }{{");
    assert_int_equal(t.n, 1);
    assert_true(template_match(&t, STR("a {b} 7 }{"), &m));
    assert_true(str_eq(m.hole[0], STR("7")));
    arena_clear(&a);
}

/* `holes`: the values expected, one behind the other with '|' between; NULL: no match. */
struct row {
    const char *template, *line, *holes;
    bool cut;
};

static void check(const struct row *r)
{
    struct arena a;
    struct template t;
    struct template_match m;
    char got[256] = "";
    arena_init(&a, 0);
    compile(&t, &a, r->template);
    bool ok = template_match(&t, str_z(r->line), &m);
    if (ok != (r->holes != NULL)) {
        fail_msg("%s / %s: %s", r->template, r->line, ok ? "matches" : "does not match");
    }
    if (ok) {
        size_t n = 0;
        for (unsigned i = 0; i < t.n; i++) {
            n += (size_t)snprintf(got + n, sizeof got - n, "%s%.*s", i ? "|" : "",
                                  STR_ARG(m.hole[i]));
        }
        assert_string_equal(got, r->holes);
        assert_int_equal(m.cut, r->cut);
        assert_true(m.len <= strlen(r->line));
    }
    arena_clear(&a);
}

static void all(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        check(&rows[i]);
    }
}

static void test_types(void **state)
{
    static const struct row rows[] = {
        {"no holes", "no holes", "", false},
        {"no holes", "no holes and more", "", false},
        {"no holes", "other text", NULL, false},
        {"at {word}.", "at a-b_c.", "a-b_c", false},
        {"at {word}", "at a b", "a", false},
        {"at {word} end", "at  end", NULL, false}, /* nothing in the hole */
        {"at {word} end", "at a b end", NULL, false},
        {"forwarded {host} to {addr}", "forwarded a.example.com to 192.0.2.3",
         "a.example.com|192.0.2.3", false},
        {"forwarded {host} to {addr}", "forwarded a.example.com to 2001:db8::1%eth0",
         "a.example.com|2001:db8::1%eth0", false},
        {"Send [{addr}]:{int}", "Send [192.0.2.3]:5061", "192.0.2.3|5061", false},
        {"Send [{addr}]:{int}", "Send [2001:db8::1]:5061", "2001:db8::1|5061", false},
        {"host '{host}'", "host 'a.example.com'", "a.example.com", false},
        {"host {host}, port {int}", "host a.example.com, port 80", "a.example.com|80", false},
        {"host {host}, port", "host a\"b, port", NULL, false},
        {"to {addr} end", "to a=b end", NULL, false},
        {"n={int} end", "n=42 end", "42", false},
        {"n={int} end", "n=4a end", NULL, false},
        {"n={int}", "n=42abc", "42", false},
        {"n={int}", "n=abc", NULL, false},
        {"<{hex}>", "<4320b538>", "4320b538", false},
        {"<{hex}>", "<43g>", NULL, false},
        {"is {mac} --", "is 00:00:5e:00:53:01 --", "00:00:5e:00:53:01", false},
        {"is {mac} --", "is 00005E005301 --", "00005E005301", false},
        {"text: {rest}", "text: all of it, to the end", "all of it, to the end", false},
        {"text: {rest}", "text: ", "", false},
        {"[{rest} ]", "[a b c ]", "a b c", false},
        {"{word} is {word}", "this is that", "this|that", false},
        {"{rest}STUN", "any STUN", "any ", false},
        {"{rest}STUN", "no such word", NULL, false},
    };
    (void)state;
    all(rows, sizeof rows / sizeof *rows);
}

static void test_redactions(void **state)
{
    static const struct row rows[] = {
        {"is {mac} -- {word}", "is <MAC_ADDRESS> -- x", "<MAC_ADDRESS>|x", false},
        {"is {mac} -- {word}", "is <mac address> -- x", "<mac address>|x", false},
        {"is {mac} -- {word}", "is [redacted] -- x", "[redacted]|x", false},
        {"is {mac} -- {word}", "is XX:XX:XX:XX:XX:XX -- x", "XX:XX:XX:XX:XX:XX|x", false},
        {"is {mac} -- {word}", "is ************ -- x", "************|x", false},
        {"is {mac} -- {word}", "is  -- x", "|x", false}, /* stripped as markup */
        {"n={int} end", "n=XXXX end", "XXXX", false},
        {"n={int} end", "n=<number> end", "<number>", false},
        {"n={int} end", "n=[a number] end", "[a number]", false},
        {"n={hex} end", "n=**** end", "****", false},
        {"to {addr} end", "to 192.0.XXX.XXX end", "192.0.XXX.XXX", false},
        {"to {addr} end", "to <IP address> end", "<IP address>", false},
        {"host={host} port", "host=<my host> port", "<my host>", false},
        {"host={host} port", "host=activate.example.x port", "activate.example.x", false},
        {"user {word} end", "user [some one] end", "[some one]", false},
    };
    (void)state;
    all(rows, sizeof rows / sizeof *rows);
}

static void test_cut_lines(void **state)
{
    static const struct row rows[] = {
        {"forwarded {host} to {addr}", "forwarded a.exa", "a.exa|", true},
        {"forwarded {host} to {addr}", "forwarded a.example.com t", "a.example.com|", true},
        {"forwarded {host} to {addr}", "forwarded a.example.com to", "a.example.com|", true},
        {"forwarded {host} to {addr}", "forwarded ", "|", true},
        {"forwarded {host} to {addr}", "forwarde", "|", true},  /* eight bytes */
        {"forwarded {host} to {addr}", "forward", NULL, false}, /* fewer */
        {"url: {word} ,rule={rest}", "url: https://x.exam", "https://x.exam|", true},
        {"{word} is {word}", "this", NULL, false}, /* nothing literal at its start */
        {"min {int},ret is {int} ...", "min 7,ret is 1 ..", "7|1", true},
    };
    (void)state;
    all(rows, sizeof rows / sizeof *rows);
}

/* A match never reaches behind the line, however it is cut: the copy has its exact size. */
static void test_every_cut(void **state)
{
    static const char text[] = "query[A] a.example.com from 192.0.2.1 <MAC_ADDRESS> =4f end";
    struct arena a;
    struct template t;
    (void)state;
    arena_init(&a, 0);
    compile(&t, &a, "query[{word}] {host} from {addr} {mac} ={hex} {rest}");
    for (size_t n = 0; n < sizeof text; n++) {
        char *copy = test_malloc(n + 1);
        memcpy(copy, text, n);
        struct template_match m;
        bool ok = template_match(&t, str_of(copy, n), &m);
        assert_true(ok || n < 8);
        for (unsigned i = 0; ok && i < t.n; i++) {
            assert_true(m.hole[i].p >= copy && m.hole[i].p + m.hole[i].len <= copy + n);
        }
        test_free(copy);
    }
    arena_clear(&a);
}

static void test_redacted(void **state)
{
    static const char *const yes[] = {"<x>",      "[x]",        "XXX",   "192.0.XXX.1",
                                      "a****b",   "xxxxxxx",    "<a b>", "MAC_ADDRESS",
                                      "REDACTED", "redacted-1", "####"};
    static const char *const no[] = {"", "XX", "a.example.com", "x*", "<x", "x]", "-----"};
    (void)state;
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        assert_true(template_redacted(str_z(yes[i])));
    }
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        assert_false(template_redacted(str_z(no[i])));
    }
}

static void test_write(void **state)
{
    const struct str values[] = {STR_INIT("a.example.com"), STR_INIT("192.0.2.3")};
    struct arena a;
    struct template t;
    struct buf b = {.limit = 0};
    struct sink out = buf_sink(&b);
    (void)state;
    arena_init(&a, 0);
    compile(&t, &a, "{{forwarded {host} to {addr}.");
    template_write(&t, values, &out);
    assert_true(str_eq(buf_str(&b), STR("{forwarded a.example.com to 192.0.2.3.")));
    buf_clear(&b);
    arena_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_errors), cmocka_unit_test(test_read_no_memory),
        cmocka_unit_test(test_braces),      cmocka_unit_test(test_types),
        cmocka_unit_test(test_redactions),  cmocka_unit_test(test_cut_lines),
        cmocka_unit_test(test_every_cut),   cmocka_unit_test(test_redacted),
        cmocka_unit_test(test_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
