/* Targets, paths, queries. */
#include "proto/http/http_uri.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const struct {
    const char *target;
    const char *path; /* NULL: refused */
    const char *query;
} targets[] = {
    {"/", "/", ""},
    {"/a/b?c=d?e", "/a/b", "c=d?e"},
    {"/%24PSN.xml", "/$PSN.xml", ""},
    {"/caf%C3%A9", "/caf\xc3\xa9", ""},
    {"/a/./b/../c", "/a/c", ""},
    {"/a/%2e%2E/c", "/c", ""},
    {"/a/.", "/a/", ""},
    {"/a/..", "/", ""},
    {"/a/b/..", "/a/", ""},
    {"/a//b", "/a//b", ""},
    {"//..", "/", ""},
    {"/...", "/...", ""},
    {"http://prov.example.com:8080/x?y", "/x", "y"},
    {"https://prov.example.com", "/", ""},
    {"http://prov.example.com?y", "/", "y"},
    {"/..", NULL, NULL},
    {"/a/../../b", NULL, NULL},
    {"/%2e%2e/etc", NULL, NULL},
    {"/a%2fb", NULL, NULL},
    {"/a%5Cb", NULL, NULL},
    {"/a\\b", NULL, NULL},
    {"/a%00", NULL, NULL},
    {"/a%0d", NULL, NULL},
    {"/a%7f", NULL, NULL},
    {"/a%2", NULL, NULL},
    {"/a%zz", NULL, NULL},
    {"/a#b", NULL, NULL},
    {"/a?b#c", NULL, NULL},
    {"*", NULL, NULL},
    {"a/b", NULL, NULL},
};

static void targets_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(targets); i++) {
        char room[64];
        struct str path = {NULL, 0};
        struct str query = {NULL, 0};
        enum err e = http_target_read(str_z(targets[i].target), room, sizeof room, &path, &query);
        bool ok = targets[i].path ? e == ERR_OK && str_eq(path, str_z(targets[i].path)) &&
                                        str_eq(query, str_z(targets[i].query))
                                  : e == ERR_MALFORMED;
        if (!ok) {
            fail_msg("%s: %s %.*s", targets[i].target, err_name(e), STR_ARG(path));
        }
    }
}

static void long_paths_are_refused(void **state)
{
    (void)state;
    char room[4];
    struct str path;
    struct str query;
    assert_int_equal(http_target_read(STR("/abc"), room, sizeof room, &path, &query), ERR_OK);
    assert_int_equal(http_target_read(STR("/abcd"), room, sizeof room, &path, &query), ERR_LIMIT);
}

static void paths_have_segments(void **state)
{
    (void)state;
    static const char *const parts[] = {"api", "v1", "", "x", ""};
    struct str rest = STR("/api/v1//x/");
    struct str one;
    for (size_t i = 0; i < COUNT(parts); i++) {
        assert_true(http_path_next(&rest, &one));
        assert_true(str_eq(one, str_z(parts[i])));
    }
    assert_false(http_path_next(&rest, &one));
}

static void queries_are_read(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"q", "a b"}, {"", "x"}, {"empty", ""}, {"bare", ""}, {"a&b", "\xe4\xbd\x90 +"}};
    struct str rest = STR("q=a+b&&=x&empty=&bare&a%26b=%E4%BD%90+%2b&");
    char room[64];
    struct str name;
    struct str value;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        assert_int_equal(http_query_next(&rest, room, sizeof room, &name, &value), ERR_OK);
        assert_true(str_eq(name, str_z(pairs[i][0])) && str_eq(value, str_z(pairs[i][1])));
    }
    assert_int_equal(http_query_next(&rest, room, sizeof room, &name, &value), ERR_END);
    assert_true(http_query_find(STR("a=1&b=2&b=3"), STR("b"), room, sizeof room, &value));
    assert_true(str_eq(value, STR("2")));
    assert_false(http_query_find(STR("a=1"), STR("b"), room, sizeof room, &value));
    assert_false(http_query_find(STR("a=%&b=1"), STR("b"), room, sizeof room, &value));
    rest = STR("abc=def");
    assert_int_equal(http_query_next(&rest, room, 5, &name, &value), ERR_LIMIT);
    rest = STR("a=%00");
    assert_int_equal(http_query_next(&rest, room, 5, &name, &value), ERR_MALFORMED);
}

static void percent_signs_are_written(void **state)
{
    (void)state;
    struct buf b = {.limit = 0};
    struct sink s = buf_sink(&b);
    http_percent_write(&s, STR("a-b c/\xe4%~"));
    assert_true(str_eq(buf_str(&b), STR("a-b%20c%2F%E4%25~")));
    buf_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_are_read),          cmocka_unit_test(long_paths_are_refused),
        cmocka_unit_test(paths_have_segments),       cmocka_unit_test(queries_are_read),
        cmocka_unit_test(percent_signs_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
