/* HTTP bodies: where they end, whatever the cuts. */
#include "proto/http/http_body.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const struct {
    const char *head;
    const char *method;
    const char *stream; /* what comes behind the head */
    enum http_kind kind;
    enum err end;     /* how reading ends: ERR_MORE when the stream does first */
    const char *body; /* without its framing */
    size_t offset;    /* where it is malformed, or how much of the stream is the body's */
    bool may_end;
} cases[] = {
    {"GET / HTTP/1.1", "", "next", HTTP_BODY_LENGTH, ERR_END, "", 0, true},
    {"PUT / HTTP/1.1\r\nContent-Length: 3", "", "abcnext", HTTP_BODY_LENGTH, ERR_END, "abc", 3,
     true},
    {"PUT / HTTP/1.1\r\nContent-Length: 3", "", "ab", HTTP_BODY_LENGTH, ERR_MORE, "ab", 2, false},
    {"HTTP/1.1 200 OK", "GET", "abc", HTTP_BODY_CLOSE, ERR_MORE, "abc", 3, true},
    {"HTTP/1.1 200 OK\r\nContent-Length: 3", "HEAD", "next", HTTP_BODY_NONE, ERR_END, "", 0, true},
    {"HTTP/1.1 304 Not Modified\r\nContent-Length: 3", "GET", "next", HTTP_BODY_NONE, ERR_END, "",
     0, true},
    {"HTTP/1.1 100 Continue", "PUT", "next", HTTP_BODY_NONE, ERR_END, "", 0, true},
    {"HTTP/1.1 200 OK", "CONNECT", "abc", HTTP_BODY_TUNNEL, ERR_MORE, "abc", 3, true},
    {"HTTP/1.1 407 No\r\nContent-Length: 1", "CONNECT", "abc", HTTP_BODY_LENGTH, ERR_END, "a", 1,
     true},
    {"HTTP/1.1 101 Switching", "GET", "abc", HTTP_BODY_TUNNEL, ERR_MORE, "abc", 3, true},
#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", "GET"
    {CHUNKED, "3\r\nabc\r\nA;x=\"y\"\r\n0123456789\r\n0\r\n\r\nnext", HTTP_BODY_CHUNKED, ERR_END,
     "abc0123456789", 34, true},
    {CHUNKED, "0\r\nA: b\r\nC: d\r\n\r\nnext", HTTP_BODY_CHUNKED, ERR_END, "", 17, true},
    {CHUNKED, "3 \r\nab", HTTP_BODY_CHUNKED, ERR_MORE, "ab", 6, false},
    {CHUNKED, "\r\n", HTTP_BODY_CHUNKED, ERR_MALFORMED, "", 0, false},
    {CHUNKED, "g\r\n", HTTP_BODY_CHUNKED, ERR_MALFORMED, "", 0, false},
    {CHUNKED, "0x3\r\nabc", HTTP_BODY_CHUNKED, ERR_MALFORMED, "", 1, false},
    {CHUNKED, "3\nabc", HTTP_BODY_CHUNKED, ERR_MALFORMED, "", 1, false},
    {CHUNKED, "3\r\rabc", HTTP_BODY_CHUNKED, ERR_MALFORMED, "", 2, false},
    {CHUNKED, "3;\nabc", HTTP_BODY_CHUNKED, ERR_MALFORMED, "", 2, false},
    {CHUNKED, "3\r\nabcd\r\n", HTTP_BODY_CHUNKED, ERR_MALFORMED, "abc", 6, false},
    {CHUNKED, "3\r\nabc\rd", HTTP_BODY_CHUNKED, ERR_MALFORMED, "abc", 7, false},
    {CHUNKED, "10000000000000000\r\n", HTTP_BODY_CHUNKED, ERR_MALFORMED, "", 16, false},
    {CHUNKED, "0\r\nA\n\r\n", HTTP_BODY_CHUNKED, ERR_MALFORMED, "", 4, false},
    {CHUNKED, "0\r\n\rA", HTTP_BODY_CHUNKED, ERR_MALFORMED, "", 4, false},
};

/* Reads the stream in pieces of `step` bytes. */
static enum err run(struct http_body *b, struct str stream, size_t step, char *ret_body,
                    struct err_at *reterr_at)
{
    size_t len = 0;
    enum err e = ERR_MORE;
    while (e == ERR_MORE) {
        struct str in = str_head(stream, step);
        struct str data;
        stream = str_from(stream, step);
        while ((e = http_body_next(b, &in, &data, reterr_at)) == ERR_OK) {
            memcpy(ret_body + len, data.p, data.len);
            len += data.len;
        }
        assert_true(e != ERR_MORE || in.len == 0);
        if (e == ERR_MORE && stream.len == 0) {
            break;
        }
    }
    ret_body[len] = '\0';
    return e;
}

static void bodies_end_where_they_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[256];
        static struct http_head head;
        struct err_at at = {0, NULL, NULL};
        (void)snprintf(text, sizeof text, "%s\r\n\r\n", cases[i].head);
        assert_int_equal(http_head_read(str_z(text), &head, &at), ERR_OK);
        for (size_t step = 1; step < 40; step++) {
            struct http_body b;
            char body[64];
            http_body_init(&b, &head, str_z(cases[i].method));
            assert_int_equal(b.kind, cases[i].kind);
            enum err e = run(&b, str_z(cases[i].stream), step, body, &at);
            if (e != cases[i].end || strcmp(body, cases[i].body) != 0 ||
                b.read != cases[i].offset || b.seen != strlen(body) ||
                http_body_may_end(&b) != cases[i].may_end) {
                fail_msg("%zu, step %zu: %s, \"%s\", at %zu", i, step, err_name(e), body,
                         (size_t)b.read);
            }
            if (e == ERR_MALFORMED) {
                struct str none = STR("x");
                struct str data;
                assert_int_equal(at.offset, cases[i].offset);
                assert_int_equal(http_body_next(&b, &none, &data, &at), ERR_MALFORMED);
            }
        }
    }
}

static void lines_have_limits(void **state)
{
    (void)state;
    static const struct {
        const char *start;
        size_t most;
    } lines[] = {{"1;", HTTP_CHUNK_LINE_MOST}, {"0\r\n", HTTP_TRAILER_MOST}};
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct http_body b = {.kind = HTTP_BODY_CHUNKED};
        struct err_at at = {0, NULL, NULL};
        struct str in = str_z(lines[i].start);
        struct str data;
        size_t n = 0;
        enum err e;
        while ((e = http_body_next(&b, &in, &data, &at)) == ERR_MORE) {
            assert_true(n++ <= lines[i].most);
            in = STR("x");
        }
        assert_int_equal(e, ERR_LIMIT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_end_where_they_do),
        cmocka_unit_test(lines_have_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
