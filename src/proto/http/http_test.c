/* HTTP heads: what is read, what is refused and where, limits, checks of a server. */
#include "proto/http/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct http_head head;
static struct err_at at;

static enum err read_z(const char *text)
{
    at = (struct err_at){0, NULL, NULL};
    return http_head_read(str_z(text), &head, &at);
}

static void request_is_read(void **state)
{
    (void)state;
    static const char text[] = "\r\nGET /cfg/$MA.xml?a=b HTTP/1.1\r\n"
                               "host: prov.example.com:8443\r\n"
                               "User-Agent:Cisco-CP-8865-3PCC/12.0.1 (00005e005301) \r\n"
                               "X-New:\r\nConnection: keep-alive, Close\r\n\r\nrest";
    assert_int_equal(read_z(text), ERR_OK);
    assert_true(head.request && str_eq(head.method, STR("GET")) && head.minor == 1);
    assert_true(str_eq(head.target, STR("/cfg/$MA.xml?a=b")));
    assert_true(str_eq(http_value(&head, HTTP_HOST), STR("prov.example.com:8443")));
    assert_true(str_eq(http_value(&head, HTTP_USER_AGENT),
                       STR("Cisco-CP-8865-3PCC/12.0.1 (00005e005301)")));
    assert_int_equal(head.n, 4);
    assert_int_equal(head.fields[2].id, HTTP_OTHER);
    assert_true(head.close && head.framing == HTTP_UNFRAMED);
    assert_memory_equal(text + head.len, "rest", 4);
    assert_null(http_find(&head, HTTP_LOCATION));
    assert_null(http_value(&head, HTTP_VIA).p);
    assert_int_equal(http_request_check(&head, &at), ERR_OK);
}

static void response_is_read(void **state)
{
    (void)state;
    assert_int_equal(read_z("HTTP/1.1 302 Moved Temporarily\r\nLocation: http://portal.example/\r\n"
                            "Content-Length: 5, 5\r\nVia: 1.1 a\r\nVia: 1.1 b\r\n\r\n"),
                     ERR_OK);
    assert_true(!head.request && head.status == 302 && !head.close);
    assert_true(str_eq(head.reason, STR("Moved Temporarily")));
    assert_true(head.framing == HTTP_LENGTH && head.length == 5);
    const struct http_field *via = http_find(&head, HTTP_VIA);
    via = http_find_next(&head, via);
    assert_true(str_eq(via->value, STR("1.1 b")));
    assert_null(http_find_next(&head, via));
    assert_int_equal(read_z("HTTP/1.0 200\r\nServer: x\r\n\r\n"), ERR_OK);
    assert_true(head.status == 200 && head.reason.len == 0 && head.close);
    assert_int_equal(read_z("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n"
                            "transfer-encoding: , chunked\r\n\r\n"),
                     ERR_OK);
    assert_int_equal(head.framing, HTTP_CHUNKED);
    assert_int_equal(read_z("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"), ERR_OK);
    assert_int_equal(head.framing, HTTP_UNFRAMED);
}

static const struct {
    const char *text;
    enum err err;
    size_t offset;
} refused[] = {
    {"", ERR_END, 0},
    {"\r\n\r\n", ERR_END, 0},
    {"\r", ERR_MORE, 0},
    {"G", ERR_MORE, 0},
    {"HTTP", ERR_MORE, 0},
    {"HTTP/1.1 200", ERR_MORE, 0},
    {"GET / HTTP/1.1\r\n", ERR_MORE, 0},
    {"GET / HTTP/1.1\r\nHost: a\r\n\r", ERR_MORE, 0},
    {"\x16\x03\x01", ERR_MALFORMED, 0},
    {"REGISTER", ERR_MORE, 0},
    {"Via: SIP/2.0", ERR_MALFORMED, 3},
    {"ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJ", ERR_MALFORMED, 36},
    {"\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n", ERR_MALFORMED, 4},
    {"GET / HTTP/1.1\n", ERR_MALFORMED, 14},
    {"GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", ERR_MALFORMED, 20},
    {"GET / HTTP/1.1\r\nA: b\r\r\n\r\n", ERR_MALFORMED, 20},
    {"GET  / HTTP/1.1\r\n", ERR_MALFORMED, 4},
    {"GET /a b HTTP/1.1\r\n", ERR_MALFORMED, 7},
    {"GET /\r\n", ERR_MALFORMED, 6},
    {"GET / HTTP/2.0\r\n", ERR_MALFORMED, 6},
    {"GET / SIP/2.0\r\n", ERR_MALFORMED, 6},
    {"HTTP/1.1 20 OK\r\n", ERR_MALFORMED, 8},
    {"HTTP/1.1 2000 OK\r\n", ERR_MALFORMED, 8},
    {"HTTP/1.1 200OK\r\n", ERR_MALFORMED, 12},
    {"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", ERR_MALFORMED, 22},
    {"GET / HTTP/1.1\r\n: b\r\n\r\n", ERR_MALFORMED, 16},
    {"GET / HTTP/1.1\r\nHost : b\r\n\r\n", ERR_MALFORMED, 20},
    {"GET / HTTP/1.1\r\nHost\r\n\r\n", ERR_MALFORMED, 20},
    {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", ERR_MALFORMED, 16},
    {"GET / HTTP/1.1\r\nContent-Length: +1\r\n\r\n", ERR_MALFORMED, 16},
    {"GET / HTTP/1.1\r\nContent-Length:\r\n\r\n", ERR_MALFORMED, 16},
    {"GET / HTTP/1.1\r\nContent-Length: 1, 2\r\n\r\n", ERR_MALFORMED, 16},
    {"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", ERR_MALFORMED, 35},
    {"GET / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", ERR_MALFORMED, 16},
    {"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", ERR_MALFORMED,
     36},
    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", ERR_MALFORMED, 17},
    {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", ERR_MALFORMED, 17},
    {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", ERR_MALFORMED, 17},
    {"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", ERR_MALFORMED, 17},
    {"POST / HTTP/1.1\r\nTransfer-Encoding: \"chunked\"\r\n\r\n", ERR_MALFORMED, 17},
};

static void faults_have_a_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        enum err e = read_z(refused[i].text);
        if (e != refused[i].err || at.offset != refused[i].offset ||
            (e == ERR_MALFORMED && (at.what == NULL || at.rule == NULL))) {
            fail_msg("%s: %s at %zu", refused[i].text, err_name(e), at.offset);
        }
    }
}

/* However much of a head is there, it is waited for and never refused. */
static void a_head_may_come_in_pieces(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "\r\nGET / HTTP/1.1\r\nHost: example.com\r\n\r\n",
        "HTTP/1.1 511 Network Authentication Required\r\nServer: x\r\n\r\n",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct str all = str_z(texts[i]);
        for (size_t n = 0; n < all.len; n++) {
            enum err e = http_head_read(str_head(all, n), &head, &at);
            assert_true(e == ERR_MORE || (e == ERR_END && (n == 0 || n == 2)));
        }
    }
}

static void limits_hold(void **state)
{
    (void)state;
    static char text[HTTP_HEAD_MOST + 100];
    size_t n = (size_t)snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i <= HTTP_FIELDS_MOST; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "A: %d\r\n", i);
    }
    n += (size_t)snprintf(text + n, sizeof text - n, "\r\n");
    assert_int_equal(http_head_read(str_of(text, n), &head, &at), ERR_LIMIT);
    memset(text + 20, 'a', sizeof text - 20);
    assert_int_equal(http_head_read(str_of(text, sizeof text), &head, &at), ERR_LIMIT);
}

static void servers_check_requests(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err err;
    } cases[] = {
        {"GET / HTTP/1.0\r\n\r\n", ERR_OK},
        {"GET / HTTP/1.1\r\n\r\n", ERR_MALFORMED},
        {"GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n", ERR_OK},
        {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", ERR_MALFORMED},
        {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", ERR_MALFORMED},
        {"GET * HTTP/1.1\r\nHost: a\r\n\r\n", ERR_MALFORMED},
        {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", ERR_OK},
        {"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", ERR_OK},
        {"GET a HTTP/1.1\r\nHost: a\r\n\r\n", ERR_MALFORMED},
        {"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", ERR_OK},
        {"CONNECT /a HTTP/1.1\r\nHost: a\r\n\r\n", ERR_MALFORMED},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(read_z(cases[i].text), ERR_OK);
        assert_int_equal(http_request_check(&head, &at), cases[i].err);
    }
}

static void names_are_found(void **state)
{
    (void)state;
    for (int i = 0; i < HTTP_HEADER_N; i++) {
        assert_int_equal(http_header_id(http_header_name((enum http_header)i)), i);
    }
    assert_int_equal(http_header_id(STR("HOST")), HTTP_HOST);
    assert_int_equal(http_header_id(STR("Hosts")), HTTP_OTHER);
    assert_int_equal(http_header_name(HTTP_OTHER).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_is_read),     cmocka_unit_test(response_is_read),
        cmocka_unit_test(faults_have_a_place), cmocka_unit_test(a_head_may_come_in_pieces),
        cmocka_unit_test(limits_hold),         cmocka_unit_test(servers_check_requests),
        cmocka_unit_test(names_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
