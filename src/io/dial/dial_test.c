/* Connections on the loopback: how each way of failing is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/dial/dial.h"

enum { WAIT = 10000, SHORT = 50 };

/* A server of one connection: says `text`, then closes, resets, or waits for the peer to end. */
enum then { CLOSES, RESETS, STAYS };

struct server {
    int fd;
    struct endpoint at;
    const char *text;
    enum then then;
    pthread_t thread;
};

static void *serve(void *arg)
{
    struct server *s = arg;
    char buf[4096];
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    int c = accept(s->fd, NULL, NULL);
    if (c < 0) {
        return NULL;
    }
    if (s->text) {
        (void)!read(c, buf, sizeof buf);
        (void)!write(c, s->text, strlen(s->text));
    }
    if (s->then == STAYS) {
        while (read(c, buf, sizeof buf) > 0) {
        }
    } else if (s->then == RESETS) {
        (void)setsockopt(c, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    } else {
        (void)shutdown(c, SHUT_WR);
        while (read(c, buf, sizeof buf) > 0) {
        }
    }
    (void)close(c);
    return NULL;
}

static void listen_at(struct server *s, int type)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    s->fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    assert_true(s->fd >= 0);
    assert_int_equal(bind(s->fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(getsockname(s->fd, (struct sockaddr *)&a, &len), 0);
    s->at = (struct endpoint){addr4(INADDR_LOOPBACK), ntohs(a.sin_port)};
    if (type == SOCK_STREAM) {
        assert_int_equal(listen(s->fd, 1), 0);
    }
}

static void start(struct server *s)
{
    listen_at(s, SOCK_STREAM);
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void stop(struct server *s)
{
    assert_int_equal(pthread_join(s->thread, NULL), 0);
    (void)close(s->fd);
}

static void test_refused(void **state)
{
    struct server s = {.text = NULL};
    struct dial d;
    (void)state;
    listen_at(&s, SOCK_STREAM);
    (void)close(s.fd);
    assert_int_equal(dial_open(&d, DIAL_TCP, NULL, s.at, WAIT), DIAL_REFUSED);
    assert_int_equal(d.fd, -1);
    dial_close(&d);
}

static void test_udp(void **state)
{
    struct server s = {.text = NULL};
    struct dial d;
    char buf[16];
    size_t n = 0;
    (void)state;
    listen_at(&s, SOCK_DGRAM);
    assert_int_equal(dial_open(&d, DIAL_UDP, NULL, s.at, WAIT), DIAL_OK);
    assert_true(d.local.port != 0);
    assert_int_equal(dial_send(&d, STR("x"), WAIT), DIAL_OK);
    assert_int_equal(dial_receive(&d, buf, sizeof buf, &n, SHORT), DIAL_TIMEOUT);
    (void)close(s.fd);
    assert_int_equal(dial_send(&d, STR("x"), WAIT), DIAL_OK);
    assert_int_equal(dial_receive(&d, buf, sizeof buf, &n, WAIT), DIAL_REFUSED);
    dial_close(&d);
}

static void test_tcp(void **state)
{
    static const struct {
        const char *text;
        enum then then;
        enum dial_outcome end;
    } rows[] = {{"hello", CLOSES, DIAL_CLOSED}, {"hello", RESETS, DIAL_RESET}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct server s = {.text = rows[i].text, .then = rows[i].then};
        struct dial d;
        char buf[16];
        size_t n = 0;
        start(&s);
        assert_int_equal(dial_open(&d, DIAL_TCP, NULL, s.at, WAIT), DIAL_OK);
        assert_int_equal(dial_send(&d, STR("x"), WAIT), DIAL_OK);
        enum dial_outcome o = dial_receive(&d, buf, sizeof buf, &n, WAIT);
        if (o == DIAL_OK) { /* a reset may take what was said with it */
            assert_true(str_eq(str_of(buf, n), STR("hello")));
            o = dial_receive(&d, buf, sizeof buf, &n, WAIT);
        }
        assert_int_equal(o, rows[i].end);
        dial_close(&d);
        stop(&s);
    }
}

/* What answers a ClientHello when no TLS server does. */
static void test_not_tls(void **state)
{
    static const struct {
        const char *text;
        enum then then;
        unsigned wait;
        enum dial_outcome end;
        int alert;
    } rows[] = {
        {"HTTP/1.1 400 Bad Request\r\n\r\n", CLOSES, WAIT, DIAL_NOT_TLS, -1},
        {"SIP/2.0 400 Bad Request\r\n\r\n", STAYS, WAIT, DIAL_NOT_TLS, -1},
        {"", CLOSES, WAIT, DIAL_CLOSED, -1},
        {"", RESETS, WAIT, DIAL_RESET, -1},
        {"", STAYS, SHORT, DIAL_TIMEOUT, -1},
    };
    char why[DIAL_TEXT];
    struct dial_cfg cfg = {.ca_file = NULL};
    struct dial_context *c = dial_context_new(&cfg, why);
    (void)state;
    assert_non_null(c);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct server s = {.text = rows[i].text, .then = rows[i].then};
        struct dial_peer p;
        struct dial d;
        start(&s);
        assert_int_equal(dial_open(&d, DIAL_TCP, NULL, s.at, WAIT), DIAL_OK);
        assert_int_equal(dial_secure(&d, c, "sip.example.com", rows[i].wait), rows[i].end);
        assert_int_equal(d.alert, rows[i].alert);
        assert_false(dial_peer(&d, &p));
        dial_close(&d);
        stop(&s);
    }
    dial_context_free(c);
}

static void test_alert(void **state)
{
    /* handshake_failure, fatal; no NUL inside, as the record's length has one */
    static const char alert[] = "\x15\x03\x03\x00\x02\x02\x28";
    int pair[2];
    char why[DIAL_TEXT];
    struct dial_cfg cfg = {.minimum = 0x0303};
    struct dial_context *c = dial_context_new(&cfg, why);
    struct dial d = {.fd = -1, .transport = DIAL_TCP, .alert = -1};
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    d.fd = pair[0];
    assert_int_equal(write(pair[1], alert, sizeof alert - 1), sizeof alert - 1);
    assert_int_equal(dial_secure(&d, c, "192.0.2.1", WAIT), DIAL_ALERT);
    assert_int_equal(d.alert, 40);
    assert_string_equal(dial_alert_name(d.alert), "handshake failure");
    dial_close(&d);
    (void)close(pair[1]);
    dial_context_free(c);
}

static void test_files(void **state)
{
    char why[DIAL_TEXT];
    struct dial_cfg cfg = {.ca_file = "/nowhere/ca.pem"};
    (void)state;
    assert_null(dial_context_new(&cfg, why));
    assert_true(strstr(why, "/nowhere/ca.pem") != NULL);
    assert_string_equal(dial_alert_name(255), "alert");
    assert_string_equal(dial_outcome_name(DIAL_LOCAL), "this host refuses");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused), cmocka_unit_test(test_udp),   cmocka_unit_test(test_tcp),
        cmocka_unit_test(test_not_tls), cmocka_unit_test(test_alert), cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
