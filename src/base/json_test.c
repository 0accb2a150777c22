/* The JSON writer: commas, nesting, escaping, indentation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/json.h"

static void sample(struct json *j)
{
    json_open(j, '{');
    json_kstr(j, "a", STR("x\"y"));
    json_kstr(j, "none", str_of(NULL, 0));
    json_kstr(j, "empty", STR(""));
    json_kz(j, "z", "t");
    json_kint(j, "n", -5);
    json_kbool(j, "b", true);
    json_key(j, "list");
    json_open(j, '[');
    json_int(j, INT64_MAX);
    json_real(j, 0.125, 2);
    json_bool(j, false);
    json_null(j);
    json_str(j, STR("\n"));
    json_open(j, '[');
    json_close(j, ']');
    json_open(j, '{');
    json_close(j, '}');
    json_close(j, ']');
    json_close(j, '}');
}

static void is(int indent, const char *expected)
{
    struct buf b = {.limit = 0};
    struct sink s = buf_sink(&b);
    struct json j;
    json_init(&j, &s, indent);
    sample(&j);
    sink_char(&s, 0);
    assert_string_equal(b.p, expected);
    buf_clear(&b);
}

static void test_one_line(void **state)
{
    (void)state;
    is(0, "{\"a\":\"x\\\"y\",\"none\":null,\"empty\":\"\",\"z\":\"t\",\"n\":-5,\"b\":true,"
          "\"list\":[9223372036854775807,0.12,false,null,\"\\n\",[],{}]}");
}

static void test_indented(void **state)
{
    (void)state;
    is(2, "{\n  \"a\": \"x\\\"y\",\n  \"none\": null,\n  \"empty\": \"\",\n  \"z\": \"t\",\n"
          "  \"n\": -5,\n  \"b\": true,\n  \"list\": [\n    9223372036854775807,\n    0.12,\n"
          "    false,\n    null,\n    \"\\n\",\n    [],\n    {}\n  ]\n}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_line),
        cmocka_unit_test(test_indented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
