#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "io/jsonin/jsonin.h"

static const char *const words[] = {"person", "workspace", NULL};

/* One of everything; what a handler would do. */
static void ask(struct jsonin_object *o)
{
    struct jsonin_object owner;
    struct jsonin_list list;
    struct str text;
    int64_t n = 0;
    uint64_t id = 0;
    unsigned word = 0;
    bool yes = false;
    (void)jsonin_str(o, "name", JSONIN_NEEDED, 1, 8, &text);
    (void)jsonin_str(o, "note", JSONIN_NULL | JSONIN_LINES, 0, 20, &text);
    (void)jsonin_int(o, "n", 0, 1, 16, &n);
    (void)jsonin_bool(o, "shared", 0, &yes);
    (void)jsonin_id(o, "id", 0, &id);
    if (jsonin_object(o, "owner", 0, &owner) == JSONIN_GIVEN) {
        (void)jsonin_word(&owner, "kind", JSONIN_NEEDED, words, &word);
        (void)jsonin_end(&owner);
    }
    if (jsonin_list(o, "lines", 0, 1, 3, &list) == JSONIN_GIVEN) {
        struct jsonin_object line;
        for (size_t i = 0; i < list.n && jsonin_list_object(&list, i, &line); i++) {
            (void)jsonin_int(&line, "n", JSONIN_NEEDED, 1, 16, &n);
            (void)jsonin_end(&line);
        }
    }
    if (jsonin_list(o, "macs", 0, 0, 3, &list) == JSONIN_GIVEN) {
        for (size_t i = 0; i < list.n && jsonin_list_str(&list, i, 4, &text); i++) {
        }
    }
    (void)jsonin_end(o);
}

static void test_faults(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        enum jsonin_fault fault;
        const char *field, *detail;
    } rows[] = {
        {"{\"name\":\"a\"}", JSONIN_FINE, "", ""},
        {"{\"name\":\"a\",\"note\":null,\"n\":16,\"shared\":true,\"id\":\"9223372036854775807\"}",
         JSONIN_FINE, "", ""},
        {"{\"name\":\"a\",\"note\":\"x\\ny\"}", JSONIN_FINE, "", ""},
        {"", JSONIN_SYNTAX, "", NULL},
        {"[]", JSONIN_SYNTAX, "", "an object is expected: {...}"},
        {"{\"name\":\"a\"} x", JSONIN_SYNTAX, "", NULL},
        {"{\"name\":\"a\",\"name\":\"b\"}", JSONIN_SYNTAX, "", NULL},
        {"{\"name\":\"\\u0000\"}", JSONIN_SYNTAX, "", NULL},
        {"{\"name\":\"\xff\"}", JSONIN_SYNTAX, "", NULL},
        {"{\"n\":[[[[[[[[[[[[1]]]]]]]]]]]]}", JSONIN_SYNTAX, "", "nested too deep"},
        {"{\"name\":\"[[[[[[[\",\"note\":\"{{{{{{{\"}", JSONIN_FINE, "", ""},
        {"{}", JSONIN_BAD, "name", "is missing"},
        {"{\"name\":null}", JSONIN_BAD, "name", "must not be null"},
        {"{\"name\":\"\"}", JSONIN_BAD, "name", "must not be empty"},
        {"{\"name\":1}", JSONIN_BAD, "name", "must be a text"},
        {"{\"name\":\"123456789\"}", JSONIN_BAD, "name", "must have 1 to 8 bytes"},
        {"{\"name\":\"a\\nb\"}", JSONIN_BAD, "name", "must not contain control characters"},
        {"{\"name\":\"a\",\"note\":\"\\u0007\"}", JSONIN_BAD, "note",
         "must not contain control characters"},
        {"{\"name\":\"a\",\"n\":17}", JSONIN_BAD, "n", "must be a whole number from 1 to 16"},
        {"{\"name\":\"a\",\"n\":1.5}", JSONIN_BAD, "n", NULL},
        {"{\"name\":\"a\",\"n\":99999999999999999999}", JSONIN_SYNTAX, "", NULL},
        {"{\"name\":\"a\",\"shared\":1}", JSONIN_BAD, "shared", "must be true or false"},
        {"{\"name\":\"a\",\"id\":1}", JSONIN_BAD, "id", NULL},
        {"{\"name\":\"a\",\"id\":\"0\"}", JSONIN_BAD, "id", NULL},
        {"{\"name\":\"a\",\"id\":\"01\"}", JSONIN_BAD, "id", NULL},
        {"{\"name\":\"a\",\"id\":\"9223372036854775808\"}", JSONIN_BAD, "id", NULL},
        {"{\"name\":\"a\",\"owner\":[]}", JSONIN_BAD, "owner", "must be an object"},
        {"{\"name\":\"a\",\"owner\":{\"kind\":\"dog\"}}", JSONIN_BAD, "owner.kind",
         "must be one of person, workspace"},
        {"{\"name\":\"a\",\"owner\":{\"kind\":\"person\",\"x\":1}}", JSONIN_UNKNOWN, "owner.x",
         "is not known here"},
        {"{\"name\":\"a\",\"lines\":{}}", JSONIN_BAD, "lines", "must be a list"},
        {"{\"name\":\"a\",\"lines\":[]}", JSONIN_BAD, "lines", "must have 1 to 3 items"},
        {"{\"name\":\"a\",\"lines\":[{\"n\":1},2]}", JSONIN_BAD, "lines[1]", "must be an object"},
        {"{\"name\":\"a\",\"lines\":[{\"n\":1},{\"n\":0}]}", JSONIN_BAD, "lines[1].n", NULL},
        {"{\"name\":\"a\",\"macs\":[\"1234\",\"12345\"]}", JSONIN_BAD, "macs[1]", "is too long"},
        {"{\"name\":\"a\",\"macs\":[null]}", JSONIN_BAD, "macs[0]", "must be a text"},
        {"{\"name\":\"a\",\"nmae\":\"b\"}", JSONIN_UNKNOWN, "nmae", "is not known here"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct jsonin doc;
        struct jsonin_object o;
        if (jsonin_open(&doc, str_z(rows[i].in), &o)) {
            ask(&o);
        }
        if (doc.fault != rows[i].fault || strcmp(doc.field, rows[i].field) != 0 ||
            (rows[i].detail && strcmp(doc.detail, rows[i].detail) != 0)) {
            fail_msg("row %zu (%s): %d [%s] %s", i, rows[i].in, doc.fault, doc.field, doc.detail);
        }
        jsonin_clear(&doc);
    }
}

static void test_values(void **state)
{
    (void)state;
    struct jsonin doc;
    struct jsonin_object o;
    struct str s = {0};
    uint64_t id = 0;
    unsigned word = 9;
    int64_t n = 7;
    assert_true(jsonin_open(
        &doc, STR("{\"name\":\"\xe3\x83\xad\",\"kind\":\"workspace\",\"id\":\"17\",\"x\":null}"),
        &o));
    assert_int_equal(jsonin_str(&o, "name", 0, 0, 8, &s), JSONIN_GIVEN);
    assert_true(str_eq(s, STR("\xe3\x83\xad")));
    assert_int_equal(jsonin_word(&o, "kind", 0, words, &word), JSONIN_GIVEN);
    assert_int_equal(word, 1);
    assert_int_equal(jsonin_id(&o, "id", 0, &id), JSONIN_GIVEN);
    assert_int_equal(id, 17);
    assert_int_equal(jsonin_int(&o, "x", JSONIN_NULL, 0, 9, &n), JSONIN_NOTHING);
    assert_int_equal(jsonin_int(&o, "y", JSONIN_NULL, 0, 9, &n), JSONIN_ABSENT);
    assert_int_equal(n, 7);
    assert_true(jsonin_end(&o));
    jsonin_clear(&doc);
}

struct seen {
    size_t n, nulls;
};

static const char *count(void *ctx, struct str name, struct str value)
{
    struct seen *s = ctx;
    s->n++;
    s->nulls += value.p == NULL;
    return str_eq(name, STR("bad")) ? "is no parameter" : NULL;
}

static void test_each(void **state)
{
    (void)state;
    static const struct {
        const char *in, *field;
        size_t n, nulls;
    } rows[] = {
        {"{}", "", 0, 0},
        {"{\"a\":\"1\",\"b\":null,\"c\":\"\"}", "", 3, 1},
        {"{\"a\":1}", "a", 0, 0},
        {"{\"a\":\"12345\"}", "a", 0, 0},
        {"{\"bad\":\"1\"}", "bad", 1, 0},
        {"{\"a\":\"\",\"b\":\"\",\"c\":\"\",\"d\":\"\"}", "", 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct jsonin doc;
        struct jsonin_object o;
        struct seen s = {0};
        assert_true(jsonin_open(&doc, str_z(rows[i].in), &o));
        jsonin_each(&o, 3, 4, count, &s);
        assert_string_equal(doc.field, rows[i].field);
        assert_int_equal(s.n, rows[i].n);
        assert_int_equal(s.nulls, rows[i].nulls);
        jsonin_clear(&doc);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
