/* Exchanges with sockets of the test's own, on loopback. Servers answer before they are asked to, as
 * datagrams wait in a socket; so nothing here waits but for what is to stay silent. */
#include "io/exchange/exchange.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* What a server does with the one message it gets. */
enum act { ECHO, OTHER_FIRST, ELSEWHERE, TWICE, HALF, SLAM, PIECES };

struct server {
    int fd;
    struct endpoint at;
    enum act act;
    bool tcp;
    pthread_t thread;
};

static int bound(int type, struct endpoint *ret_at)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, type, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    *ret_at = (struct endpoint){.ip = addr4(0x7f000001), .port = ntohs(a.sin_port)};
    return fd;
}

static void serve_udp(struct server *s)
{
    char bytes[600];
    struct sockaddr_in from;
    socklen_t len = sizeof from;
    ssize_t n = recvfrom(s->fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &len);
    if (s->act == TWICE && n > 0) { /* the first one is lost */
        n = recvfrom(s->fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &len);
    }
    if (n <= 0) {
        return;
    }
    if (s->act == OTHER_FIRST) {
        (void)sendto(s->fd, "x", 1, 0, (struct sockaddr *)&from, len);
    } else if (s->act == ELSEWHERE) {
        struct endpoint other;
        int fd = bound(SOCK_DGRAM, &other);
        (void)sendto(fd, bytes, (size_t)n, 0, (struct sockaddr *)&from, len);
        close(fd);
    }
    (void)sendto(s->fd, bytes, (size_t)n, 0, (struct sockaddr *)&from, len);
}

static void serve_tcp(struct server *s)
{
    char bytes[600];
    int fd = accept(s->fd, NULL, NULL);
    ssize_t n = fd >= 0 ? recv(fd, bytes, sizeof bytes, 0) : -1;
    if (n > 0 && s->act == PIECES) {
        for (ssize_t i = 0; i < n; i++) {
            (void)send(fd, bytes + i, 1, MSG_NOSIGNAL);
        }
    } else if (n > 0 && s->act == HALF) {
        (void)send(fd, bytes, (size_t)n - 1, MSG_NOSIGNAL);
    } else if (n > 0 && s->act == OTHER_FIRST) {
        (void)send(fd, "\0\1x", 3, MSG_NOSIGNAL);
        (void)send(fd, bytes, (size_t)n, MSG_NOSIGNAL);
    }
    if (fd >= 0) {
        close(fd);
    }
}

static void *serve(void *p)
{
    struct server *s = p;
    if (s->tcp) {
        serve_tcp(s);
    } else {
        serve_udp(s);
    }
    return NULL;
}

static void server_start(struct server *s, enum act act, bool tcp)
{
    *s = (struct server){.act = act, .tcp = tcp};
    s->fd = bound(tcp ? SOCK_STREAM : SOCK_DGRAM, &s->at);
    if (tcp) {
        assert_int_equal(listen(s->fd, 4), 0);
    }
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void server_stop(struct server *s)
{
    assert_int_equal(pthread_join(s->thread, NULL), 0);
    close(s->fd);
}

static bool same(const void *ctx, struct str answer)
{
    const struct str *sent = ctx;
    return str_eq(*sent, answer);
}

static const struct str question = STR_INIT("question");

static struct exchange to(struct endpoint at, bool tcp)
{
    return (struct exchange){.to = at,
                             .tcp = tcp,
                             .bytes = question,
                             .fits = same,
                             .ctx = &question,
                             .tries = 1,
                             .wait_ms = 20000};
}

static void answered(void **state)
{
    static const struct {
        enum act act;
        bool tcp;
        enum exchange_end end;
        unsigned strays;
    } rows[] = {
        {ECHO, false, EXCHANGE_ANSWERED, 0},       {OTHER_FIRST, false, EXCHANGE_ANSWERED, 1},
        {ELSEWHERE, false, EXCHANGE_ANSWERED, 1},  {PIECES, true, EXCHANGE_ANSWERED, 0},
        {OTHER_FIRST, true, EXCHANGE_ANSWERED, 1}, {HALF, true, EXCHANGE_CLOSED, 0},
        {SLAM, true, EXCHANGE_CLOSED, 0},
    };
    struct server s;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        server_start(&s, rows[i].act, rows[i].tcp);
        struct exchange x = to(s.at, rows[i].tcp);
        assert_int_equal(exchange_run(&x, 1), ERR_OK);
        server_stop(&s);
        if (x.end != rows[i].end || x.strays != rows[i].strays) {
            fail_msg("row %zu: end %d, %u strays", i, (int)x.end, x.strays);
        }
        assert_true(x.end != EXCHANGE_ANSWERED || str_eq(exchange_answer(&x), question));
        assert_true(x.stray.port == 0 || rows[i].act == ELSEWHERE);
        assert_true(x.took >= 0 && x.arrived >= x.sent);
        exchange_clear(&x, 1);
    }
}

static void again(void **state)
{
    struct server s;
    (void)state;
    server_start(&s, TWICE, false);
    struct exchange x = to(s.at, false);
    x.tries = 200;
    x.wait_ms = 50;
    assert_int_equal(exchange_run(&x, 1), ERR_OK);
    server_stop(&s);
    assert_int_equal(x.end, EXCHANGE_ANSWERED);
    assert_true(x.n_sent >= 2 && x.took >= 50 * USEC_MS);
    exchange_clear(&x, 1);
}

/* Side by side: nobody answers, nobody listens, and one that does answer. */
static void many(void **state)
{
    struct server s;
    struct endpoint silent;
    struct endpoint closed;
    (void)state;
    int fd = bound(SOCK_DGRAM, &silent);
    close(bound(SOCK_DGRAM, &closed));
    server_start(&s, ECHO, false);
    struct exchange x[] = {to(silent, false), to(closed, false), to(closed, true), to(s.at, false),
                           to((struct endpoint){addr4(0xe0000001), 9}, true)};
    x[0].wait_ms = 60;
    x[0].tries = 2;
    assert_int_equal(exchange_run(x, 5), ERR_OK);
    server_stop(&s);
    close(fd);
    assert_int_equal(x[0].end, EXCHANGE_SILENT);
    assert_int_equal(x[0].n_sent, 2);
    assert_true(x[0].took >= 120 * USEC_MS);
    assert_int_equal(x[1].end, EXCHANGE_REFUSED);
    assert_int_equal(x[2].end, EXCHANGE_REFUSED);
    assert_int_equal(x[3].end, EXCHANGE_ANSWERED);
    assert_int_equal(x[4].end, EXCHANGE_UNREACHABLE); /* TCP to a group address */
    assert_true(x[4].os_error != 0);
    exchange_clear(x, 5);
    static struct exchange too_many[EXCHANGE_MOST + 1];
    assert_int_equal(exchange_run(too_many, EXCHANGE_MOST + 1), ERR_LIMIT);
}

static void host_file(void **state)
{
    struct endpoint e[EXCHANGE_RESOLVERS];
    char domain[EXCHANGE_DOMAIN];
    char name[512];
    const char *folder = getenv("TMPDIR");
    size_t n = 0;
    (void)state;
    (void)snprintf(name, sizeof name, "%s/resolv.XXXXXX", folder ? folder : "/tmp");
    int fd = mkstemp(name);
    FILE *f = fdopen(fd, "w");
    assert_non_null(f);
    (void)fputs("# nameserver 192.0.2.9\nnameserver 192.0.2.1\nnameserver\t2001:db8::1\n"
                "nameserver fe80::1%eth0\n"
                "search lan.example.com example.com\nnameserver none\noptions edns0\n",
                f);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(exchange_resolvers(name, e, &n, domain), ERR_OK);
    assert_int_equal(unlink(name), 0);
    assert_int_equal(n, 2);
    assert_true(addr_eq(e[0].ip, addr4(0xc0000201)) && e[0].port == 53);
    assert_int_equal(e[1].ip.family, 6);
    assert_string_equal(domain, "lan.example.com");
    assert_int_equal(exchange_resolvers(name, e, &n, domain), ERR_IO);
    assert_int_equal(errno, ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answered),
        cmocka_unit_test(again),
        cmocka_unit_test(many),
        cmocka_unit_test(host_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
