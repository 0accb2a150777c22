/* Conversations, cut in every way; deadlines in virtual time. */
#include "flow/httpd/httpd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "flow/httpd/httpd_write.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const struct httpd_limits limits = {.head_most = 512,
                                           .requests = 4,
                                           .head = 10 * USEC_S,
                                           .idle = 60 * USEC_S,
                                           .request = 30 * USEC_S,
                                           .body = 15 * USEC_S,
                                           .rate = 100};

enum { BODY_MOST = 20 };

/* What a server heard: "GET /a [body] 200;" for each request, "400" for a refusal, "." where the connection ends. Targets say what the
 * server does: /w wants the body, /n answers without it, /s answers at the first piece. */
struct heard {
    struct httpd h;
    char text[600];
    bool over;
};

static void note(struct heard *t, struct str s)
{
    size_t len = strlen(t->text);
    snprintf(t->text + len, sizeof t->text - len, "%.*s", STR_ARG(s));
}

static void answer(struct heard *t, unsigned status)
{
    char digits[STR_NUMBER];
    bool close = httpd_begin(&t->h, 0, 0);
    note(t, str_number(digits, status));
    assert_int_equal(httpd_answered(&t->h, 0), !close);
    note(t, close ? STR(".") : STR(";"));
}

static void on_head(struct heard *t, const struct http_head *head)
{
    note(t, head->method);
    note(t, STR(" "));
    note(t, head->target);
    note(t, STR(" "));
    if (!str_starts(head->target, STR("/n"))) {
        if (httpd_want(&t->h, BODY_MOST, false, 0)) {
            note(t, STR("100 "));
        }
    } else {
        answer(t, 200);
    }
}

/* Takes what it can from `bytes`; how many. */
static size_t hear(struct heard *t, struct str bytes)
{
    static struct http_head head;
    struct str in = bytes;
    for (;;) {
        struct str piece;
        switch (httpd_next(&t->h, &in, 0, &head, &piece)) {
        case HTTPD_HEAD:
            on_head(t, &head);
            break;
        case HTTPD_PIECE:
            note(t, piece);
            break;
        case HTTPD_WHOLE:
            note(t, STR(" "));
            answer(t, 200);
            break;
        case HTTPD_REFUSE:
            answer(t, t->h.status);
            break;
        case HTTPD_OVER:
            t->over = true;
            return bytes.len;
        case HTTPD_MORE:
        case HTTPD_HOLD:
            return bytes.len - in.len;
        }
    }
}

static void converse(struct heard *t, struct str bytes, size_t step)
{
    *t = (struct heard){.over = false};
    httpd_init(&t->h, &limits, 0);
    size_t start = 0;
    for (size_t end = step; !t->over; end += step) {
        end = end < bytes.len ? end : bytes.len;
        start += hear(t, str_of(bytes.p + start, end - start));
        if (end == bytes.len) {
            return;
        }
    }
}

#define HOST "Host: a.example.com\r\n"
#define GET(target) "GET " target " HTTP/1.1\r\n" HOST "\r\n"
#define POST(target, fields) "POST " target " HTTP/1.1\r\n" HOST fields "\r\n"
#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct {
    const char *bytes, *heard;
} talks[] = {
    {GET("/a"), "GET /a  200;"},
    {GET("/a") GET("/n") "\r\n" GET("/c"), "GET /a  200;GET /n 200;GET /c  200;"},
    {GET("/1") GET("/2") GET("/3") GET("/4") GET("/5"),
     "GET /1  200;GET /2  200;GET /3  200;GET /4  200."},
    {"GET /a HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n" GET("/b"), "GET /a  200."},
    {"GET /a HTTP/1.0\r\n\r\n" GET("/b"), "GET /a  200."},
    {"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" GET("/b"), "GET /a  200;GET /b  200;"},
    {POST("/w", "Content-Length: 5\r\n") "hello" GET("/b"), "POST /w hello 200;GET /b  200;"},
    {POST("/w", "Content-Length: 0\r\n") GET("/b"), "POST /w  200;GET /b  200;"},
    {POST(
         "/w",
         "Transfer-Encoding: chunked\r\n") "3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nA: b\r\n\r\n" GET("/b"),
     "POST /w hello 200;GET /b  200;"},
    {POST("/n", "Content-Length: 5\r\n") "hello" GET("/b"), "POST /n 200;GET /b  200;"},
    {POST("/n", "Content-Length: 99999\r\n") "hello", "POST /n 200."},
    {POST("/n", "Transfer-Encoding: chunked\r\n") "0\r\n\r\n" GET("/b"), "POST /n 200."},
    {POST("/w", "Content-Length: 21\r\n") "hello", "POST /w 413."},
    {POST("/w", "Transfer-Encoding: chunked\r\n") "19\r\n" X50, "POST /w 413."},
    {POST("/w", "Transfer-Encoding: CHUNKED\r\n") "0\r\n\r\n", "POST /w  200;"},
    /* Framing that two readers could take for two, and other damage. */
    {POST("/w", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") "0\r\n\r\n", "400."},
    {POST("/w", "Content-Length: 5\r\nContent-Length: 6\r\n") "hello", "400."},
    {POST("/w", "Content-Length: +5\r\n") "hello", "400."},
    {POST("/w", "Content-Length: 5, 5\r\n") "hello", "POST /w hello 200;"},
    {POST("/w", "Content-Length : 5\r\n") "hello", "400."},
    {POST("/w", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") "0\r\n\r\n",
     "400."},
    {POST("/w", "Transfer-Encoding: chunked, chunked\r\n") "0\r\n\r\n", "400."},
    {POST("/w", "Transfer-Encoding: xchunked\r\n") "0\r\n\r\n", "400."},
    {POST("/w", "Transfer-Encoding: gzip, chunked\r\n") "0\r\n\r\n", "501."},
    {POST("/w", "Transfer-Encoding:\x0b"
                "chunked\r\n") "0\r\n\r\n",
     "400."},
    {"POST /w HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400."},
    {POST("/w", "Transfer-Encoding: chunked\r\n") "5\nhello\r\n0\r\n\r\n", "POST /w 400."},
    {POST("/w", "Transfer-Encoding: chunked\r\n") "0x5\r\nhello\r\n", "POST /w 400."},
    {POST("/w", "Transfer-Encoding: chunked\r\n") "5\r\nhelloo\r\n", "POST /w hello400."},
    {POST("/w", "Transfer-Encoding: chunked\r\n") "ffffffffffffffff1\r\n", "POST /w 400."},
    {"GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400."},
    {"GET /a HTTP/1.1\r\n\r\n", "400."},
    {"GET /a HTTP/1.1\r\nHost: a b\r\n\r\n", "400."},
    {"GET /a HTTP/1.1\r\n" HOST " folded\r\n\r\n", "400."},
    {"GET /a HTTP/1.1\n" HOST "\r\n", "400."},
    {"GET /a HTTP/1.1\r\nHost: a\n\r\n", "400."},
    {"GET /a b HTTP/1.1\r\n" HOST "\r\n", "400."},
    {"GET  /a HTTP/1.1\r\n" HOST "\r\n", "400."},
    {"GET a HTTP/1.1\r\n" HOST "\r\n", "400."},
    {"GET /a\r\n", "400."},
    {"GET /a HTTP/2.0\r\n" HOST "\r\n", "505."},
    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505."},
    {"GET /a HTTP/1.2\r\n" HOST "\r\n", "GET /a  200;"},
    {"HTTP/1.1 200 OK\r\n\r\n", "400."},
    {"\x16\x03\x01\x02", "400."},
    {"\r\n\r\n\r\nGET", "400."},
    {POST("/w", "Expect: 200-ok\r\n"), "417."},
    {"GET /" X50 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50, "414."},
    {"GET / HTTP/1.1\r\nA: " X50 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50 "\r\n\r\n", "431."},
};

static void conversations_are_the_same_however_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(talks); i++) {
        struct str bytes = str_z(talks[i].bytes);
        for (size_t step = bytes.len; step > 0; step--) {
            static struct heard t;
            converse(&t, bytes, step);
            if (strcmp(t.text, talks[i].heard) != 0) {
                fail_msg("case %zu by %zu:\n%s\n%s\n%s", i, step, t.text, talks[i].heard,
                         t.h.why ? t.h.why : "");
            }
        }
    }
}

static void who_expects_is_told_to_go_on(void **state)
{
    (void)state;
    static const struct {
        const char *head, *body, *heard;
    } cases[] = {
        {POST("/w", "Expect: 100-continue\r\nContent-Length: 2\r\n"), "ab", "POST /w 100 ab 200;"},
        {POST("/w", "Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n"), "0\r\n\r\n",
         "POST /w 100  200;"},
        /* Refused in time; the connection ends, as nobody knows whether the body still comes. */
        {POST("/n", "Expect: 100-continue\r\nContent-Length: 2\r\n"), "ab", "POST /n 200."},
        {POST("/w", "Expect: 100-continue\r\nContent-Length: 200\r\n"), "", "POST /w 413."},
        {"POST /w HTTP/1.0\r\nConnection: keep-alive\r\nExpect: 100-continue\r\nContent-Length: "
         "2\r\n\r\n",
         "ab", "POST /w ab 200;"},
        {POST("/w", "Expect: 100-continue\r\n"), "", "POST /w  200;"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct heard t = {.over = false};
        httpd_init(&t.h, &limits, 0);
        (void)hear(&t, str_z(cases[i].head));
        (void)hear(&t, str_z(cases[i].body));
        if (strcmp(t.text, cases[i].heard) != 0) {
            fail_msg("case %zu: %s", i, t.text);
        }
    }
}

/* -- Deadlines */

static struct http_head head;

static enum httpd_step say(struct httpd *h, struct str bytes, usec_t now)
{
    struct str piece;
    return httpd_next(h, &bytes, now, &head, &piece);
}

static void nobody_is_waited_for_too_long(void **state)
{
    (void)state;
    struct httpd h;
    /* No byte, and a head that stays unfinished. */
    httpd_init(&h, &limits, 0);
    assert_int_equal(httpd_deadline(&h), 10 * USEC_S);
    assert_int_equal(httpd_on_time(&h, 10 * USEC_S - 1), HTTPD_NOT_LATE);
    assert_int_equal(say(&h, STR("GET"), 9 * USEC_S), HTTPD_MORE);
    assert_int_equal(httpd_on_time(&h, 10 * USEC_S), HTTPD_LATE_REQUEST);
    assert_int_equal(h.status, 408);
    httpd_init(&h, &limits, 0);
    assert_int_equal(httpd_on_time(&h, 10 * USEC_S), HTTPD_LATE_IDLE);
    /* Behind an answer it may be silent for longer; the next head counts from its first byte. */
    httpd_init(&h, &limits, 0);
    assert_int_equal(say(&h, STR(GET("/")), 0), HTTPD_HEAD);
    assert_int_equal(httpd_deadline(&h), 30 * USEC_S);
    assert_false(httpd_begin(&h, 0, USEC_S));
    assert_true(httpd_answered(&h, USEC_S));
    assert_int_equal(httpd_deadline(&h), 61 * USEC_S);
    assert_int_equal(say(&h, STR("G"), 60 * USEC_S), HTTPD_MORE);
    assert_int_equal(httpd_deadline(&h), 70 * USEC_S);
    /* We are late ourselves. */
    httpd_init(&h, &limits, 0);
    assert_int_equal(say(&h, STR(GET("/")), 0), HTTPD_HEAD);
    assert_int_equal(httpd_on_time(&h, 30 * USEC_S), HTTPD_LATE_ANSWER);
    assert_int_equal(h.status, 503);
    assert_true(httpd_begin(&h, 0, 30 * USEC_S));
    assert_false(httpd_answered(&h, 30 * USEC_S));
}

static void slow_bodies_end(void **state)
{
    (void)state;
    for (int streamed = 0; streamed < 2; streamed++) {
        struct httpd h;
        static const char bytes[5000];
        httpd_init(&h, &limits, 0);
        assert_int_equal(say(&h, STR(POST("/", "Content-Length: 6000\r\n")), 0), HTTPD_HEAD);
        assert_int_equal(httpd_length(&h), 6000);
        assert_false(httpd_want(&h, 6000, streamed, USEC_S));
        usec_t since = streamed ? USEC_S : 0;
        assert_int_equal(httpd_deadline(&h), since + 15 * USEC_S);
        assert_int_equal(say(&h, str_of(bytes, 1000), 2 * USEC_S), HTTPD_PIECE);
        assert_int_equal(httpd_deadline(&h), since + 25 * USEC_S);
        assert_int_equal(say(&h, str_of(bytes, 4000), 3 * USEC_S), HTTPD_PIECE);
        assert_int_equal(httpd_deadline(&h), streamed ? 66 * USEC_S : 30 * USEC_S);
        assert_int_equal(httpd_on_time(&h, 70 * USEC_S), HTTPD_LATE_BODY);
        assert_int_equal(h.status, 408);
    }
}

static void slow_readers_end(void **state)
{
    (void)state;
    struct httpd h;
    httpd_init(&h, &limits, 0);
    assert_int_equal(say(&h, STR(GET("/")), 0), HTTPD_HEAD);
    assert_false(httpd_begin(&h, 1000, 0));
    assert_int_equal(httpd_deadline(&h), 40 * USEC_S);
    assert_int_equal(httpd_on_time(&h, 40 * USEC_S), HTTPD_LATE_SENDING);
    /* An answer without an end has no deadline; HTTP/1.0 knows its end by the connection's. */
    httpd_init(&h, &limits, 0);
    assert_int_equal(say(&h, STR(GET("/")), 0), HTTPD_HEAD);
    assert_false(httpd_begin(&h, HTTPD_UNKNOWN, 0));
    assert_int_equal(httpd_deadline(&h), USEC_NONE);
    httpd_init(&h, &limits, 0);
    assert_int_equal(say(&h, STR("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), 0),
                     HTTPD_HEAD);
    assert_true(httpd_begin(&h, HTTPD_UNKNOWN, 0));
}

static void the_end_comes_behind_an_answer(void **state)
{
    (void)state;
    struct httpd h;
    httpd_init(&h, &limits, 0);
    assert_true(httpd_close_soon(&h));
    assert_int_equal(say(&h, STR(GET("/")), 0), HTTPD_OVER);
    httpd_init(&h, &limits, 0);
    assert_int_equal(say(&h, STR(GET("/")), 0), HTTPD_HEAD);
    assert_false(httpd_close_soon(&h));
    assert_true(httpd_begin(&h, 0, 0));
}

/* -- Writing */

static void heads_are_written(void **state)
{
    (void)state;
    char room[512];
    char date[HTTPD_DATE];
    struct httpd_head a = {.status = 200,
                           .date = httpd_date(784111777 * USEC_S, date),
                           .type = "text/xml",
                           .etag = STR("\"abc\""),
                           .fields = STR("A: b\r\n"),
                           .standing = STR("C: d\r\n"),
                           .length = 12,
                           .minor = 1};
    size_t n = httpd_head_write(&a, room, sizeof room);
    static const char first[] = "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                                "Content-Type: text/xml\r\nContent-Length: 12\r\nETag: \"abc\"\r\n"
                                "A: b\r\nC: d\r\n\r\n";
    assert_int_equal(n, sizeof first - 1);
    assert_memory_equal(room, first, n);
    assert_int_equal(httpd_head_write(&a, room, n), n);
    assert_int_equal(httpd_head_write(&a, room, n - 1), 0);
    a = (struct httpd_head){.status = 299,
                            .etag = STR("\"abc\""),
                            .gzip = true,
                            .vary = true,
                            .length = HTTPD_UNKNOWN,
                            .minor = 1,
                            .close = true};
    n = httpd_head_write(&a, room, sizeof room);
    static const char second[] =
        "HTTP/1.1 299 Status\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n"
        "ETag: \"abc-gz\"\r\nContent-Encoding: gzip\r\n"
        "Vary: Accept-Encoding\r\n\r\n";
    assert_true(str_eq(str_of(room, n), STR(second)));
    a = (struct httpd_head){.status = 304};
    n = httpd_head_write(&a, room, sizeof room);
    assert_true(str_eq(str_of(room, n),
                       STR("HTTP/1.1 304 Not Modified\r\nConnection: keep-alive\r\n\r\n")));
    assert_string_equal(httpd_reason(503), "Service Unavailable");
    assert_string_equal(httpd_reason(299), "Status");
}

static void chunks_are_written(void **state)
{
    (void)state;
    char room[HTTPD_CHUNK];
    assert_true(str_eq(httpd_chunk(1, room), STR("1\r\n")));
    assert_true(str_eq(httpd_chunk(0xabc0, room), STR("abc0\r\n")));
    assert_true(str_eq(httpd_chunk(SIZE_MAX, room), STR("ffffffffffffffff\r\n")));
    char tag[16];
    assert_true(str_eq(httpd_etag_gzip(STR("\"a\""), tag, sizeof tag), STR("\"a-gz\"")));
    assert_int_equal(httpd_etag_gzip(STR("\"0123456789abc\""), tag, sizeof tag).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conversations_are_the_same_however_cut),
        cmocka_unit_test(who_expects_is_told_to_go_on),
        cmocka_unit_test(nobody_is_waited_for_too_long),
        cmocka_unit_test(slow_bodies_end),
        cmocka_unit_test(slow_readers_end),
        cmocka_unit_test(the_end_comes_behind_an_answer),
        cmocka_unit_test(heads_are_written),
        cmocka_unit_test(chunks_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
