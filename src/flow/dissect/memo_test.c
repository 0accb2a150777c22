/* What the memory of matched texts tells is what matching tells, first and again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "flow/dissect/memo.h"

static const char table[] = "line - voice \"known {text}\"\n"
                            "line acme.voice voice \"both {host} and {server} end\"\n"
                            "line acme.raw raw \"both {host} and {text}\"\n"
                            "line acme.any any \"both {host} or {text}\"\n";

static void compare(struct memo *m, const struct lines *l, struct str tag, struct str text)
{
    struct template_match want;
    struct template_match have;
    size_t row = lines_match(l, tag, text, &want);
    assert_int_equal(memo_match(m, l, tag, text, &have), row);
    if (row == 0) {
        return;
    }
    assert_int_equal(have.len, want.len);
    assert_int_equal(have.cut, want.cut);
    for (unsigned i = 0; i < lines_row(l, row)->t.n; i++) {
        assert_ptr_equal(have.hole[i].p, want.hole[i].p);
        assert_int_equal(have.hole[i].len, want.hole[i].len);
    }
}

static const char long_text[] = "known text that is longer than what is kept, so that it is "
                                "matched again and again and again whenever it comes";

static void test_same_as_matching(void **state)
{
    static const char *const texts[] = {
        "both a.example and 192.0.2.1 end",
        "both a.example and 192.0.2.1 en", /* cut */
        "both a.example and 192.0.2.1 END",
        "both a.example or what not",
        "both a.example and ",
        "known text, no fact",
        "of no template",
        "short",
        "",
        long_text,
    };
    static const char *const tags[] = {"voice", "", "other"};
    struct arena a;
    struct conf_error err;
    (void)state;
    arena_init(&a, 0);
    struct lines *l = lines_new(&a);
    struct memo *m = memo_new();
    assert_non_null(m);
    assert_int_equal(lines_add(l, STR("a.lines"), STR(table), &err), ERR_OK);
    for (unsigned round = 0; round < 3; round++) {
        for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
            for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
                compare(m, l, str_z(tags[i]), str_z(texts[t]));
                compare(m, l, str_z(tags[i]), str_z(texts[t]));
            }
        }
    }
    memo_free(m);
    arena_clear(&a);
}

/* More texts than there is room for. */
static void test_many(void **state)
{
    struct arena a;
    struct conf_error err;
    (void)state;
    arena_init(&a, 0);
    struct lines *l = lines_new(&a);
    struct memo *m = memo_new();
    assert_non_null(m);
    assert_int_equal(lines_add(l, STR("a.lines"), STR(table), &err), ERR_OK);
    for (unsigned i = 0; i < 20000; i++) {
        char text[64];
        int n = snprintf(text, sizeof text, "both %u.example and 192.0.2.%u end", i % 5000, i % 7);
        compare(m, l, STR("voice"), str_of(text, (size_t)n));
    }
    memo_free(m);
    arena_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_as_matching),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
