/* For the tests: a web on a loop in a thread of its own, and clients that come from the test's. */
#ifndef APP_WEB_WEB_TESTING_H
#define APP_WEB_WEB_TESTING_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/web/web.h"

struct place {
    struct loop *loop;
    struct web *web;
    struct endpoint at;
    pthread_t thread;
    struct loop_letter stop;
    atomic_uint asked, gone, opened, closed, released;
    size_t pushed;
    unsigned full;
};

static inline void *place_run(void *arg)
{
    struct place *p = arg;
    loop_run(p->loop);
    return NULL;
}

static inline void place_stop(struct loop_letter *l, void *ctx)
{
    (void)l;
    loop_stop(((struct place *)ctx)->loop);
}

static inline void place_open(struct place *p, const struct web_limits *limits,
                              const struct web_handler *on)
{
    *p = (struct place){.loop = NULL};
    struct endpoint any = {.ip = addr4(0x7f000001)};
    int fd;
    assert_int_equal(loop_new(&p->loop), ERR_OK);
    assert_int_equal(web_new(p->loop, limits ? limits : &web_limits_usual, &p->web), ERR_OK);
    assert_int_equal(stream_bind(any, &fd, &p->at), ERR_OK);
    assert_int_equal(web_listen(p->web, fd, NULL, 3, on, p), ERR_OK);
    loop_on_letter(p->loop, p);
    assert_int_equal(pthread_create(&p->thread, NULL, place_run, p), 0);
}

static inline void place_close(struct place *p)
{
    p->stop.open = place_stop;
    loop_post(p->loop, &p->stop);
    pthread_join(p->thread, NULL);
    web_free(p->web);
    loop_free(p->loop);
}

/* A plain look at what another thread counts up, until it is there. */
#define place_until(what)                              \
    do {                                               \
        for (unsigned tries_ = 0; !(what); tries_++) { \
            assert_true(tries_ < 20000);               \
            (void)poll(NULL, 0, 1);                    \
        }                                              \
    } while (0)

/* -- Clients: blocking, but nothing waits for more than ten seconds. */

static inline int client_come(const struct place *p)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    struct timeval patience = {10, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(p->at.port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static inline void client_say(int fd, struct str s)
{
    while (s.len > 0) {
        ssize_t n = send(fd, s.p, s.len, MSG_NOSIGNAL);
        assert_true(n > 0);
        s = str_from(s, (size_t)n);
    }
}

/* Everything until the server ends it; the lines "Date: ..." are taken out. */
static inline size_t client_hear_all(int fd, char *room, size_t cap)
{
    size_t len = 0;
    for (ssize_t n; (n = recv(fd, room + len, cap - 1 - len, 0)) != 0; len += (size_t)n) {
        assert_true(n > 0);
        assert_true(len + (size_t)n < cap - 1);
    }
    room[len] = '\0';
    close(fd);
    for (char *d; (d = strstr(room, "\r\nDate: ")) != NULL;) {
        char *end = strstr(d + 2, "\r\n");
        assert_non_null(end);
        memmove(d, end, len - (size_t)(end - room) + 1);
        len -= (size_t)(end - d);
    }
    return len;
}

/* Up to and with `end`. */
static inline void client_hear_until(int fd, char *room, size_t cap, const char *end)
{
    size_t len = 0;
    do {
        ssize_t n = recv(fd, room + len, 1, 0);
        assert_true(n == 1 && len + 2 < cap);
        room[++len] = '\0';
    } while (!strstr(room, end));
}

#endif
