#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "flow/fleet/tally.h"

/* Whatever the number of rows, nothing counted is lost, and rows stay in order. */
static void test_course(void **state)
{
    (void)state;
    struct tally_course *c = malloc(sizeof *c);
    struct tally t = {0};
    assert_non_null(c);
    tally_course_init(c, USEC_S);
    for (int s = 1; s <= 5000; s++) {
        t.count[TALLY_BEGUN] += (uint64_t)s % 7;
        t.count[TALLY_REGISTERED] += (uint64_t)s % 5;
        t.up = t.count[TALLY_REGISTERED];
        tally_course_add(c, &t, s * USEC_S);
    }
    uint64_t begun = 0, registered = 0;
    for (size_t i = 0; i < c->n; i++) {
        begun += c->row[i].count[TALLY_BEGUN];
        registered += c->row[i].count[TALLY_REGISTERED];
        assert_true(c->row[i].from == (i ? c->row[i - 1].at : 0));
        assert_true(c->row[i].at <= (usec_t)(i + 1) * c->width);
        assert_true(c->row[i].at > (usec_t)i * c->width);
    }
    assert_int_equal(begun, t.count[TALLY_BEGUN]);
    assert_int_equal(registered, t.count[TALLY_REGISTERED]);
    assert_int_equal(c->row[c->n - 1].up, t.up);
    assert_int_equal(c->width, 8 * USEC_S);
    assert_in_range(c->n, TALLY_ROWS / 2, TALLY_ROWS);
    free(c);
}

static void test_merge_and_json(void **state)
{
    (void)state;
    struct tally a = {.up = 3}, b = {.up = 4};
    a.count[TALLY_REGISTERED] = 10;
    b.count[TALLY_REGISTERED] = 5;
    b.count[TALLY_REFUSED] = 2;
    spread_add(&a.spread[TALLY_REGISTER], 2000);
    spread_add(&b.spread[TALLY_REGISTER], 50);
    tally_merge(&a, &b);
    struct buf text = {0};
    struct sink out = buf_sink(&text);
    struct json j;
    const struct tally_self self = {.busy = 0.5, .cpu_us = 14.25, .per_phone = 1900, .threads = 2};
    json_init(&j, &out, 0);
    tally_json(&j, &a, 1500 * USEC_MS, 20, &self);
    static const char *const parts[] = {
        "\"at_s\":1.500",    "\"phones\":20",    "\"up\":7",
        "\"registered\":15", "\"refused\":2",    "\"register_ms\":{\"n\":2,\"p50\":0.050",
        "\"most\":2.000",    "\"limit\":\"no\"", "\"cpu_us_per_registration\":14.25"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (str_find(buf_str(&text), str_z(parts[i])) == STR_NPOS) {
            fail_msg("%s is not in %.*s", parts[i], STR_ARG(buf_str(&text)));
        }
    }
    buf_clear(&text);
}

static void test_limit(void **state)
{
    (void)state;
    static const struct {
        double busy;
        uint64_t late_us;
        enum tally_limit limit;
    } rows[] = {{0.2, 100, TALLY_FREE},
                {0.85, 100, TALLY_NEAR},
                {0.2, 20000, TALLY_NEAR},
                {0.99, 100, TALLY_LIMIT},
                {0.2, 300000, TALLY_LIMIT}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tally t = {0};
        spread_add(&t.spread[TALLY_LATE], rows[i].late_us);
        assert_int_equal(tally_limit(&t, &(struct tally_self){.busy = rows[i].busy}),
                         rows[i].limit);
    }
}

/* What came from outside cannot become markup, and pictures have no impossible coordinates. */
static void test_html(void **state)
{
    (void)state;
    struct tally_course *c = malloc(sizeof *c);
    assert_non_null(c);
    for (int rows = 0; rows < 3; rows++) {
        struct tally t = {0};
        tally_course_init(c, USEC_S);
        for (int s = 1; s <= rows; s++) {
            t.count[TALLY_BEGUN] += 100;
            t.up += 90;
            tally_course_add(c, &t, s * USEC_S);
        }
        struct buf text = {0};
        struct sink out = buf_sink(&text);
        const struct tally_self self = {.busy = 0.1};
        const struct tally_story story = {.title = STR("<b>50 phones"),
                                          .pace = STR("a&b"),
                                          .target = STR("\"x\""),
                                          .phones = 50,
                                          .length = rows * USEC_S,
                                          .all = &t,
                                          .course = c,
                                          .self = &self};
        tally_html(&out, &story, STR("p{}"));
        assert_int_equal(out.err, ERR_OK);
        assert_true(str_find(buf_str(&text), STR("<b>")) == STR_NPOS);
        assert_true(str_find(buf_str(&text), STR("&lt;b&gt;50 phones")) != STR_NPOS);
        assert_true(str_find(buf_str(&text), STR("nan")) == STR_NPOS);
        assert_true(str_find(buf_str(&text), STR("inf")) == STR_NPOS);
        assert_true(str_ends(str_trim(buf_str(&text)), STR("</html>")));
        buf_clear(&text);
    }
    free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_course),
        cmocka_unit_test(test_merge_and_json),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_html),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
