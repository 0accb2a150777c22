/* Conditions, preferences, credentials and cookies. */
#include "proto/http/http_choose.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "proto/http/http_auth.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct http_head head;
static char text[512];

static void head_with(const char *method, const char *fields)
{
    struct err_at at;
    snprintf(text, sizeof text, "%s / HTTP/1.1\r\n%s\r\n", method, fields);
    assert_int_equal(http_head_read(str_z(text), &head, &at), ERR_OK);
}

static const struct {
    const char *method, *fields, *etag;
    enum http_condition want;
} conditions[] = {
    {"GET", "", "\"a\"", HTTP_GO_ON},
    {"GET", "If-None-Match: \"a\"\r\n", "\"a\"", HTTP_NOT_MODIFIED},
    {"HEAD", "If-None-Match: W/\"a\"\r\n", "\"a\"", HTTP_NOT_MODIFIED},
    {"GET", "If-None-Match: \"b\", \"a\"\r\n", "\"a\"", HTTP_NOT_MODIFIED},
    {"GET", "If-None-Match: \"b\"\r\nIf-None-Match: \"a\"\r\n", "\"a\"", HTTP_NOT_MODIFIED},
    {"GET", "If-None-Match: \"a,b\"\r\n", "\"a,b\"", HTTP_NOT_MODIFIED},
    {"GET", "If-None-Match: \"b\"\r\n", "\"a\"", HTTP_GO_ON},
    {"GET", "If-None-Match: a\r\n", "\"a\"", HTTP_GO_ON},
    {"GET", "If-None-Match: *\r\n", "\"a\"", HTTP_NOT_MODIFIED},
    {"PUT", "If-None-Match: *\r\n", "\"a\"", HTTP_PRECONDITION_FAILED},
    {"PUT", "If-None-Match: *\r\n", "", HTTP_GO_ON},
    {"PUT", "If-Match: \"a\"\r\n", "\"a\"", HTTP_GO_ON},
    {"PUT", "If-Match: *\r\n", "\"a\"", HTTP_GO_ON},
    {"PUT", "If-Match: *\r\n", "", HTTP_PRECONDITION_FAILED},
    {"PUT", "If-Match: \"b\"\r\n", "\"a\"", HTTP_PRECONDITION_FAILED},
    {"PUT", "If-Match: W/\"a\"\r\n", "\"a\"", HTTP_PRECONDITION_FAILED},
    {"PUT", "If-Match:\r\n", "\"a\"", HTTP_PRECONDITION_FAILED},
    {"GET", "If-Match: \"a\"\r\nIf-None-Match: \"a\"\r\n", "\"a\"", HTTP_NOT_MODIFIED},
};

static void conditions_are_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(conditions); i++) {
        head_with(conditions[i].method, conditions[i].fields);
        enum http_condition got = http_condition(&head, str_z(conditions[i].etag));
        if (got != conditions[i].want) {
            fail_msg("case %zu: %d", i, got);
        }
    }
}

static const struct {
    const char *value;
    bool gzip;
} codings[] = {
    {"gzip", true},         {"deflate, gzip;q=1.0, *;q=0.5", true},
    {"GZIP", true},         {"*", true},
    {"gzip;q=0", false},    {"gzip;q=0.000, *", false},
    {"identity", false},    {"", false},
    {"gzip;q=0.001", true}, {"*;q=0", false},
    {"gzip ; q=0.5", true}, {"x-gzip", true},
    {"gzip;q=nine", false},
};

static void codings_are_chosen(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(codings); i++) {
        char fields[128];
        snprintf(fields, sizeof fields, "Accept-Encoding: %s\r\n", codings[i].value);
        head_with("GET", fields);
        if (http_takes_gzip(&head) != codings[i].gzip) {
            fail_msg("%s", codings[i].value);
        }
    }
    head_with("GET", "");
    assert_false(http_takes_gzip(&head));
}

static const struct {
    const char *value;
    size_t want;
} languages[] = {
    {"ja", 1},  {"ja-JP, en;q=0.8", 1}, {"en-US,en;q=0.9,ja;q=0.8", 0},
    {"fr", 0},  {"fr, ja;q=0.1", 1},    {"en;q=0.1, JA;q=0.2", 1},
    {"jam", 0}, {"ja;q=0", 0},          {"*", 0},
    {"", 0},
};

static void languages_are_chosen(void **state)
{
    (void)state;
    static const char *const offers[] = {"en", "ja"};
    for (size_t i = 0; i < COUNT(languages); i++) {
        char fields[128];
        snprintf(fields, sizeof fields, "Accept-Language: %s\r\n", languages[i].value);
        head_with("GET", fields);
        if (http_language(&head, offers, COUNT(offers)) != languages[i].want) {
            fail_msg("%s", languages[i].value);
        }
    }
}

static const struct {
    const char *value;
    enum err want;
    const char *user, *password;
} basics[] = {
    {"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", ERR_OK, "Aladdin", "open sesame"}, /* RFC 7617 2 */
    {"basic  YTo=", ERR_OK, "a", ""},
    {"Basic OmE6Yg==", ERR_OK, "", "a:b"},
    {"Basic YWI=", ERR_MALFORMED, NULL, NULL},
    {"Basic YTpi*", ERR_MALFORMED, NULL, NULL},
    {"Basic YTo", ERR_MALFORMED, NULL, NULL},
    {"Basic YTp=", ERR_MALFORMED, NULL, NULL}, /* bits left over */
    {"Basic ====", ERR_MALFORMED, NULL, NULL},
    {"Basic YTo=YTo=", ERR_MALFORMED, NULL, NULL},
    {"Basic OgA=", ERR_MALFORMED, NULL, NULL},
    {"Basic", ERR_MISSING, NULL, NULL},
    {"Digest a=b", ERR_MISSING, NULL, NULL},
    {"BasicYTo=", ERR_MISSING, NULL, NULL},
};

static void basic_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(basics); i++) {
        char room[64];
        struct str user;
        struct str password;
        enum err e = http_basic_read(str_z(basics[i].value), room, sizeof room, &user, &password);
        if (e != basics[i].want ||
            (e == ERR_OK && (!str_eq(user, str_z(basics[i].user)) ||
                             !str_eq(password, str_z(basics[i].password))))) {
            fail_msg("%s: %s", basics[i].value, err_name(e));
        }
    }
    char room[4];
    struct str s;
    assert_int_equal(http_basic_read(STR("Basic OmE6Ymm"), room, sizeof room, &s, &s),
                     ERR_MALFORMED);
    assert_int_equal(http_basic_read(STR("Basic OmE6YmI="), room, sizeof room, &s, &s), ERR_LIMIT);
}

static void tokens_are_read(void **state)
{
    (void)state;
    struct str token;
    assert_true(http_bearer_read(STR("Bearer dt_ab-9/+=="), &token));
    assert_true(str_eq(token, STR("dt_ab-9/+==")));
    assert_false(http_bearer_read(STR("Bearer"), &token));
    assert_false(http_bearer_read(STR("Bearer a b"), &token));
    assert_false(http_bearer_read(STR("Basic YTo="), &token));
}

static void cookies_are_found(void **state)
{
    (void)state;
    struct str v;
    head_with("GET", "Cookie: a=1; session=\"x y\";b=\r\nCookie: c = 3\r\n");
    assert_true(http_cookie_find(&head, STR("session"), &v) && str_eq(v, STR("x y")));
    assert_true(http_cookie_find(&head, STR("b"), &v) && v.len == 0);
    assert_true(http_cookie_find(&head, STR("c"), &v) && str_eq(v, STR("3")));
    assert_false(http_cookie_find(&head, STR("ession"), &v));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_are_judged), cmocka_unit_test(codings_are_chosen),
        cmocka_unit_test(languages_are_chosen),  cmocka_unit_test(basic_is_read),
        cmocka_unit_test(tokens_are_read),       cmocka_unit_test(cookies_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
