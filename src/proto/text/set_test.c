/* Many templates in one tree: order, prefixes of each other, and the same answer as trying each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "proto/text/template.h"

static bool any_name(void *ctx, struct str s, uint16_t *ret_tag, enum hole_type *ret_type)
{
    (void)ctx;
    *ret_tag = 0;
    *ret_type = str_eq(s, STR("int")) ? HOLE_INT : str_eq(s, STR("rest")) ? HOLE_REST : HOLE_WORD;
    return true;
}

enum { MOST = 3000 };

struct set {
    struct arena a;
    struct template_set *s;
    struct template t[MOST];
    int n;
};

static struct set set; /* too large for the stack */

static void begin(void)
{
    arena_init(&set.a, 0);
    set.n = 0;
    set.s = template_set_new(&set.a);
    assert_non_null(set.s);
}

static void add(const char *text)
{
    struct err_at at;
    struct template *t = &set.t[set.n];
    struct str own = arena_str(&set.a, str_z(text));
    assert_int_equal(template_read(t, own, &set.a, any_name, NULL, &at), ERR_OK);
    assert_int_equal(template_set_add(set.s, t, (uint16_t)(set.n + 1)), ERR_OK);
    set.n++;
}

static int match(const char *line)
{
    struct template_match m;
    return template_set_match(set.s, str_z(line), &m);
}

static void test_prefixes(void **state)
{
    (void)state;
    begin();
    add("Refresh host:{word}");      /* 1 */
    add("Refreshing host:{word}");   /* 2 */
    add("Refresh");                  /* 3 */
    add("Ref{int} x");               /* 4 */
    add("{word} is {word}");         /* 5: nothing literal before its hole */
    add("Refresh host:{word} done"); /* 6: behind 1, which takes whatever follows */
    add("reply error is {word}");    /* 7 */
    add("reply {word} is {word}");   /* 8 */
    assert_int_equal(match("Refresh host:a"), 1);
    assert_int_equal(match("Refresh host:a done"), 1);
    assert_int_equal(match("Refreshing host:a"), 2);
    assert_int_equal(match("Refreshed"), 3);
    assert_int_equal(match("Ref7 x"), 4);
    assert_int_equal(match("this is that"), 5);
    assert_int_equal(match("reply error is SERVFAIL"), 7); /* the longer text first */
    assert_int_equal(match("reply a.example.com is 192.0.2.1"), 8);
    assert_int_equal(match("replying is good"), 5); /* back up the tree */
    assert_int_equal(match("nothing of that kind"), -1);
    assert_int_equal(match(""), -1);
    arena_clear(&set.a);
}

static void test_order(void **state)
{
    (void)state;
    begin();
    add("same {int} end");
    add("same {word} end");
    add("same {rest}");
    assert_int_equal(match("same 5 end"), 1);
    assert_int_equal(match("same abc end"), 2);
    assert_int_equal(match("same abc d end"), 3);
    arena_clear(&set.a);
}

/* One that stands there whole goes before one of the same beginning that the line cuts short. */
static void test_whole_before_cut(void **state)
{
    (void)state;
    begin();
    add("profile=[{word} ]");
    add("profile=[{word}]");
    add("profile=[{word}] twice");
    assert_int_equal(match("profile=[a ]"), 1);
    assert_int_equal(match("profile=[a]"), 2);
    assert_int_equal(match("profile=[a"), 1); /* either: the first added */
    arena_clear(&set.a);
}

static void test_cut_inside_an_edge(void **state)
{
    (void)state;
    begin();
    add("Provisioning using {word}");
    add("Provisioning failed {word}");
    assert_int_equal(match("Provisio"), 1);         /* either: the first added */
    assert_int_equal(match("Provisioning fai"), 2); /* only this one */
    assert_int_equal(match("Provisioning usi"), 1);
    assert_int_equal(match("Provisi"), -1); /* fewer than eight bytes */
    assert_int_equal(match("Provisioning fax x"), -1);
    arena_clear(&set.a);
}

static void test_long_shared_beginnings(void **state)
{
    char text[80];
    (void)state;
    begin();
    for (int i = 0; i < MOST; i++) { /* in an order that splits edges at every depth */
        snprintf(text, sizeof text, "%04d:%d:{word}", (i * 1231) % MOST, i);
        add(text);
    }
    for (int i = 0; i < MOST; i++) {
        snprintf(text, sizeof text, "%04d:%d:value", (i * 1231) % MOST, i);
        assert_int_equal(match(text), i + 1);
    }
    assert_int_equal(match("9999:1:value"), -1);
    arena_clear(&set.a);
}

static void test_no_memory(void **state)
{
    struct err_at at;
    struct template t;
    struct arena texts;
    enum err e = ERR_OK;
    (void)state;
    arena_init(&texts, 0);
    arena_init(&set.a, 20000);
    set.s = template_set_new(&set.a);
    assert_non_null(set.s);
    assert_int_equal(template_read(&t, STR("abc"), &texts, any_name, NULL, &at), ERR_OK);
    for (int i = 0; i < 1000 && e == ERR_OK; i++) {
        e = template_set_add(set.s, &t, 1);
    }
    assert_int_equal(e, ERR_MEMORY);
    assert_int_equal(match("abc"), 1); /* what is in stays in */
    arena_clear(&set.a);
    arena_clear(&texts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_before_cut),
        cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_cut_inside_an_edge),
        cmocka_unit_test(test_long_shared_beginnings),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
