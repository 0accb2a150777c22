/* Answers to requests, whole and in pieces; no sockets. */
#include "app/serve/web.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static unsigned page(void *ctx, struct sink *out)
{
    sink_z(out, ctx);
    return 200;
}

static unsigned ill(void *ctx, struct sink *out)
{
    (void)ctx;
    sink_z(out, "ill\n");
    return 503;
}

static const struct web_route routes[] = {
    {"/page", "text/plain", page}, {"/ill", "text/plain", ill}, {NULL, NULL, NULL}};

#define HOST "Host: 127.0.0.1\r\n"

static const struct {
    const char *request;
    const char *status;
    const char *body; /* what stands behind the head */
    bool close;
} cases[] = {
    {"GET /page HTTP/1.1\r\n" HOST "\r\n", "200 OK", "words", false},
    {"GET /page?a=b HTTP/1.1\r\n" HOST "\r\n", "200 OK", "words", false},
    {"GET /page HTTP/1.0\r\n\r\n", "200 OK", "words", true},
    {"GET /page HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", "200 OK", "words", true},
    {"HEAD /page HTTP/1.1\r\n" HOST "\r\n", "200 OK", "", false},
    {"GET /ill HTTP/1.1\r\n" HOST "\r\n", "503 Service", "ill\n", false},
    {"GET / HTTP/1.1\r\n" HOST "\r\n", "404 Not", "404 Not Found\n", false},
    {"GET /pages HTTP/1.1\r\n" HOST "\r\n", "404 Not", "404 Not Found\n", false},
    {"POST /page HTTP/1.1\r\n" HOST "\r\n", "405 Method", "405 Method Not Allowed\n", false},
    {"POST /page HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\n", "405 Method",
     "405 Method Not Allowed\n", true},
    {"GET /page HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\n", "413 Content",
     "413 Content Too Large\n", true},
    {"GET /page HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", "413 Content",
     "413 Content Too Large\n", true},
    {"GET /page HTTP/1.1\r\n\r\n", "400 Bad", "400 Bad Request\n", true},
    {"\x16\x03\x01\x02", "400 Bad", "400 Bad Request\n", true},
    {"HTTP/1.1 200 OK\r\n\r\n", "400 Bad", "400 Bad Request\n", true},
};

static void requests_are_answered(void **state)
{
    (void)state;
    char words[] = "words";
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out = {.limit = 0};
        size_t used = 0;
        bool close = false;
        web_answer(routes, words, str_z(cases[i].request), &out, &used, &close);
        struct str text = buf_str(&out);
        size_t end = str_find(text, STR("\r\n\r\n"));
        if (used != strlen(cases[i].request) || close != cases[i].close || end == STR_NPOS ||
            str_find(text, str_z(cases[i].status)) != strlen("HTTP/1.1 ") ||
            !str_eq(str_from(text, end + 4), str_z(cases[i].body))) {
            fail_msg("case %zu: %.*s", i, STR_ARG(text));
        }
        buf_clear(&out);
    }
}

static void heads_come_in_pieces(void **state)
{
    (void)state;
    static const char request[] = "GET /page HTTP/1.1\r\n" HOST "\r\n";
    char words[] = "words";
    struct buf out = {.limit = 0};
    for (size_t n = 0; n < sizeof request - 1; n++) {
        size_t used = 1;
        bool close = true;
        web_answer(routes, words, str_of(request, n), &out, &used, &close);
        assert_int_equal(used, 0);
        assert_false(close);
        assert_int_equal(out.len, 0);
    }
}

static void long_heads_are_refused(void **state)
{
    (void)state;
    char request[9000] = "GET /page HTTP/1.1\r\nX: ";
    char words[] = "words";
    struct buf out = {.limit = 0};
    size_t used = 0;
    bool close = false;
    memset(request + strlen(request), 'x', sizeof request - strlen(request));
    web_answer(routes, words, str_of(request, sizeof request), &out, &used, &close);
    assert_int_equal(used, sizeof request);
    assert_true(close);
    assert_int_equal(str_find(buf_str(&out), STR("431 ")), strlen("HTTP/1.1 "));
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_answered),
        cmocka_unit_test(heads_come_in_pieces),
        cmocka_unit_test(long_heads_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
