/* Questions on a loop to sockets of the test's own. */
#include "io/ask/ask.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { MANY = 200 };

struct bench {
    struct loop *loop;
    struct asks *asks;
    struct ask ask[MANY];
    enum exchange_end end[MANY];
    char answer[MANY][16];
    unsigned left;
    int fd; /* echoes */
    struct loop_watch *watch;
    struct endpoint at;
};

static struct bench b;

static void on_done(struct ask *a)
{
    size_t i = (size_t)(a - b.ask);
    b.end[i] = a->x.end;
    (void)snprintf(b.answer[i], sizeof b.answer[i], "%.*s", STR_ARG(exchange_answer(&a->x)));
    if (--b.left == 0) {
        loop_stop(b.loop);
    }
}

static void on_echo(void *ctx, unsigned events)
{
    char bytes[100];
    struct sockaddr_in from;
    socklen_t len = sizeof from;
    ssize_t n = recvfrom(b.fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &len);
    (void)ctx;
    (void)events;
    if (n > 0) {
        (void)sendto(b.fd, bytes, (size_t)n, 0, (struct sockaddr *)&from, len);
    }
}

static int bound(struct endpoint *ret)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    *ret = (struct endpoint){addr4(0x7f000001), ntohs(a.sin_port)};
    return fd;
}

static int set_up(void **state)
{
    (void)state;
    memset(&b, 0, sizeof b);
    assert_int_equal(loop_new(&b.loop), ERR_OK);
    assert_int_equal(asks_new(b.loop, &b.asks), ERR_OK);
    b.fd = bound(&b.at);
    assert_int_equal(loop_watch_new(b.loop, b.fd, on_echo, NULL, &b.watch), ERR_OK);
    assert_int_equal(loop_watch_set(b.watch, LOOP_READ), ERR_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    asks_free(b.asks);
    loop_watch_free(b.watch);
    loop_free(b.loop);
    close(b.fd);
    return 0;
}

static void begin(size_t i, struct endpoint to, const char *text, bool tcp, unsigned wait_ms)
{
    b.ask[i] = (struct ask){.done = on_done};
    b.ask[i].x = (struct exchange){
        .to = to, .bytes = str_z(text), .tries = 2, .wait_ms = wait_ms, .tcp = tcp};
    assert_int_equal(ask_begin(b.asks, &b.ask[i]), ERR_OK);
    b.left++;
}

static void test_many(void **state)
{
    static char text[MANY][16];
    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        (void)snprintf(text[i], sizeof text[i], "question %zu", i);
        begin(i, b.at, text[i], false, 5000);
    }
    loop_run(b.loop);
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(b.end[i], EXCHANGE_ANSWERED);
        assert_string_equal(b.answer[i], text[i]);
    }
}

static void test_silent_and_refused(void **state)
{
    struct endpoint silent, gone;
    int quiet = bound(&silent);
    int closed = bound(&gone);
    (void)state;
    close(closed);
    begin(0, silent, "hello", false, 20);
    begin(1, gone, "hello", false, 5000);
    begin(2, gone, "hello", true, 5000);
    begin(3, silent, "never told", false, 5000);
    ask_stop(&b.ask[3]);
    b.left--;
    loop_run(b.loop);
    assert_int_equal(b.end[0], EXCHANGE_SILENT);
    assert_int_equal(b.ask[0].x.n_sent, 2);
    assert_int_equal(b.end[1], EXCHANGE_REFUSED);
    assert_int_equal(b.end[2], EXCHANGE_REFUSED);
    close(quiet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_silent_and_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
