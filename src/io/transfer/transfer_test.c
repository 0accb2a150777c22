/* Transfers from a server of the test's own on loopback: what goes over the wire, byte by byte, and what is said of failures. */
#include "io/transfer/transfer.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { ROOM = 65536, ANSWERS = 2 };

/* Answers each request of a connection of its own with the next text. */
struct server {
    int fd;
    struct endpoint at;
    const char *answer[ANSWERS]; /* NULL: silence until the other side ends */
    char got[ANSWERS][ROOM];
    unsigned n;
    pthread_t thread;
};

static size_t whole(const char *text)
{
    const char *end = strstr(text, "\r\n\r\n");
    const char *length = strstr(text, "Content-Length: ");
    unsigned long body = length && end && length < end ? strtoul(length + 16, NULL, 10) : 0;
    return end ? (size_t)(end - text) + 4 + body : SIZE_MAX;
}

static void *serve(void *ctx)
{
    struct server *s = ctx;
    for (unsigned i = 0; i < s->n; i++) {
        int fd = accept(s->fd, NULL, NULL);
        size_t len = 0;
        ssize_t n = 0;
        while (fd >= 0 && len < whole(s->got[i]) &&
               (n = recv(fd, s->got[i] + len, ROOM - 1 - len, 0)) > 0) {
            len += (size_t)n;
        }
        if (s->answer[i]) {
            (void)send(fd, s->answer[i], strlen(s->answer[i]), MSG_NOSIGNAL);
        } else {
            char end;
            (void)recv(fd, &end, 1, 0);
        }
        close(fd);
    }
    return NULL;
}

static void server_start(struct server *s, unsigned n, const char *first, const char *second)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    memset(s, 0, sizeof *s);
    s->n = n;
    s->answer[0] = first;
    s->answer[1] = second;
    s->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(s->fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(s->fd, 4), 0);
    assert_int_equal(getsockname(s->fd, (struct sockaddr *)&a, &len), 0);
    s->at = (struct endpoint){addr4(0x7f000001), ntohs(a.sin_port)};
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void server_end(struct server *s)
{
    assert_int_equal(pthread_join(s->thread, NULL), 0);
    close(s->fd);
}

/* What came of a transfer. */
struct outcome {
    struct loop *loop;
    bool done;
    int code;
    unsigned status;
    char text[512], body[ROOM], sent[ROOM], received[ROOM], etag[64], location[64];
};

static void copy(char *to, size_t cap, struct str s)
{
    (void)snprintf(to, cap, "%.*s", STR_ARG(s));
}

static void on_head(void *ctx, bool sent, struct str head)
{
    struct outcome *o = ctx;
    copy(sent ? o->sent : o->received, ROOM, head);
}

static void on_done(void *ctx, const struct transfer_answer *a)
{
    struct outcome *o = ctx;
    o->done = true;
    o->code = a->code;
    o->status = a->status;
    copy(o->text, sizeof o->text, a->text);
    copy(o->body, sizeof o->body, a->body);
    copy(o->etag, sizeof o->etag, a->etag);
    copy(o->location, sizeof o->location, a->location);
    loop_stop(o->loop);
}

static const struct transfer_on on = {.head = on_head, .done = on_done};

static struct outcome o;

static void run(const struct transfer_ask *ask)
{
    struct transfers *all = NULL;
    struct transfer *t = NULL;
    memset(&o, 0, sizeof o);
    assert_int_equal(loop_new(&o.loop), ERR_OK);
    assert_int_equal(transfers_new(o.loop, &all), ERR_OK);
    assert_int_equal(transfer_begin(all, ask, &on, &o, &t), ERR_OK);
    loop_run(o.loop);
    assert_true(o.done);
    transfers_free(all);
    loop_free(o.loop);
}

static const struct transfer_field fields[] = {
    {STR_INIT("User-Agent"), STR_INIT("phone/1 (00005e005321)")},
    {STR_INIT("Host"), STR_INIT("prov.example.com")},
    {STR_INIT("Accept"), STR_INIT("*/*")},
    {STR_INIT("Accept-Language"), STR_INIT("en")},
};

static struct transfer_ask asked(struct endpoint to)
{
    return (struct transfer_ask){.scheme = TRANSFER_HTTP,
                                 .host = STR("prov.example.com"),
                                 .to = to,
                                 .path = STR("/p.xml?a=b"),
                                 .field = fields,
                                 .n_fields = sizeof fields / sizeof *fields,
                                 .wait = 10,
                                 .most = 1000};
}

static void test_head(void **state)
{
    struct server s;
    (void)state;
    server_start(&s, 1, "HTTP/1.1 200 OK\r\nETag: \"x\"\r\nContent-Length: 3\r\n\r\nabc", NULL);
    struct transfer_ask ask = asked(s.at);
    run(&ask);
    server_end(&s);
    static const char head[] = "GET /p.xml?a=b HTTP/1.1\r\n"
                               "User-Agent: phone/1 (00005e005321)\r\nHost: prov.example.com\r\n"
                               "Accept: */*\r\nAccept-Language: en\r\n\r\n";
    assert_string_equal(s.got[0], head);
    assert_string_equal(o.sent, head);
    assert_string_equal(o.received, "HTTP/1.1 200 OK\r\nETag: \"x\"\r\nContent-Length: 3\r\n\r\n");
    assert_int_equal(o.code, 0);
    assert_int_equal(o.status, 200);
    assert_string_equal(o.body, "abc");
    assert_string_equal(o.etag, "\"x\"");
}

static void test_redirect_is_told(void **state)
{
    struct server s;
    (void)state;
    server_start(&s, 1,
                 "HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/q\r\nContent-Length: 0\r\n\r\n",
                 NULL);
    struct transfer_ask ask = asked(s.at);
    run(&ask);
    server_end(&s);
    assert_int_equal(o.status, 302);
    assert_string_equal(o.location, "http://192.0.2.1/q");
}

static void test_bodies(void **state)
{
    static const struct transfer_field type = {STR_INIT("Content-Type"),
                                               STR_INIT("application/xml")};
    struct server s;
    (void)state;
    for (int method = TRANSFER_POST; method <= TRANSFER_PUT; method++) {
        server_start(&s, 1, "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", NULL);
        struct transfer_ask ask = asked(s.at);
        ask.method = (enum transfer_method)method;
        ask.field = &type;
        ask.n_fields = 1;
        ask.body = STR("<flat-profile/>");
        run(&ask);
        server_end(&s);
        char wanted[512];
        (void)snprintf(wanted, sizeof wanted,
                       "%s /p.xml?a=b HTTP/1.1\r\nContent-Type: application/xml\r\n"
                       "Content-Length: 15\r\n\r\n<flat-profile/>",
                       method == TRANSFER_PUT ? "PUT" : "POST");
        assert_string_equal(s.got[0], wanted);
        assert_int_equal(o.status, 201);
    }
}

static void test_form(void **state)
{
    static const struct transfer_field form = {STR_INIT("devicename"), STR_INIT("SEP00005E005321")};
    struct server s;
    (void)state;
    server_start(&s, 1, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", NULL);
    struct transfer_ask ask = asked(s.at);
    ask.method = TRANSFER_POST;
    ask.form = &form;
    ask.n_form = 1;
    ask.file_name = STR("probrep-1.tar.gz");
    ask.file = STR("\x1f\x8bpacked");
    run(&ask);
    server_end(&s);
    assert_non_null(strstr(s.got[0], "Content-Type: multipart/form-data; boundary="));
    assert_non_null(strstr(s.got[0], "name=\"devicename\"\r\n\r\nSEP00005E005321\r\n"));
    assert_non_null(strstr(s.got[0], "name=\"prt_file\"; filename=\"probrep-1.tar.gz\"\r\n"));
    assert_non_null(strstr(s.got[0], "\r\n\r\n\x1f\x8bpacked\r\n"));
}

static void test_challenge(void **state)
{
    struct server s;
    (void)state;
    server_start(&s, 2,
                 "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\", "
                 "qop=\"auth\"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
                 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    struct transfer_ask ask = asked(s.at);
    ask.user = STR("ada");
    ask.secret = STR("a secret");
    run(&ask);
    server_end(&s);
    assert_null(strstr(s.got[0], "Authorization"));
    assert_non_null(strstr(s.got[1], "Authorization: Digest username=\"ada\""));
    assert_null(strstr(s.got[1], "a secret"));
    assert_int_equal(o.status, 200);
    assert_string_equal(o.body, "ok");
}

static void test_too_much(void **state)
{
    struct server s;
    (void)state;
    server_start(&s, 1, "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n12345678901", NULL);
    struct transfer_ask ask = asked(s.at);
    ask.most = 10;
    run(&ask);
    server_end(&s);
    assert_int_equal(o.code, 23);
}

static void test_silence_and_refusal(void **state)
{
    struct server s;
    (void)state;
    server_start(&s, 1, NULL, NULL);
    struct transfer_ask ask = asked(s.at);
    ask.wait = 1;
    run(&ask);
    server_end(&s);
    assert_int_equal(o.code, 28);
    run(&ask); /* the server is gone */
    assert_int_equal(o.code, 7);
    assert_true(o.text[0]);
}

/* What would begin another line or another host's request is not sent at all. */
static void test_not_taken(void **state)
{
    static const struct transfer_field bad = {STR_INIT("X"), STR_INIT("a\r\nY: b")};
    struct loop *l = NULL;
    struct transfers *all = NULL;
    struct transfer *t = NULL;
    (void)state;
    assert_int_equal(loop_new(&l), ERR_OK);
    assert_int_equal(transfers_new(l, &all), ERR_OK);
    struct transfer_ask ask = asked((struct endpoint){addr4(0x7f000001), 9});
    ask.field = &bad;
    ask.n_fields = 1;
    assert_int_equal(transfer_begin(all, &ask, &on, &o, &t), ERR_USAGE);
    ask = asked((struct endpoint){addr4(0x7f000001), 9});
    ask.path = STR("/a b");
    assert_int_equal(transfer_begin(all, &ask, &on, &o, &t), ERR_USAGE);
    ask.path = STR("/a");
    assert_int_equal(transfer_begin(all, &ask, &on, &o, &t), ERR_OK);
    transfer_stop(t); /* nothing is told of it */
    transfers_free(all);
    loop_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_redirect_is_told),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_challenge),
        cmocka_unit_test(test_too_much),
        cmocka_unit_test(test_silence_and_refusal),
        cmocka_unit_test(test_not_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
