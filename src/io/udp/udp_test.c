#include "io/udp/udp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { PINGS = 500 };

/* Two sockets on one loop: one answers what the other asks. */
struct talk {
    struct loop *loop;
    struct udp *server, *client;
    struct endpoint server_at;
    unsigned asked, answered;
    struct endpoint local; /* what the server was told */
    size_t size;
};

static void on_question(void *ctx, struct udp *u, struct endpoint peer, struct endpoint local,
                        struct str bytes)
{
    struct talk *t = ctx;
    t->asked++;
    t->local = local;
    udp_send(u, peer, local, bytes);
}

static void on_answer(void *ctx, struct udp *u, struct endpoint peer, struct endpoint local,
                      struct str bytes)
{
    (void)u;
    (void)local;
    struct talk *t = ctx;
    assert_true(endpoint_eq(peer, t->server_at));
    assert_int_equal(bytes.len, t->size);
    if (++t->answered == PINGS) {
        loop_stop(t->loop);
    }
}

static void on_end(void *ctx)
{
    struct talk *t = ctx;
    udp_flush(t->server);
    udp_flush(t->client);
}

static struct endpoint any_port(const char *address)
{
    struct endpoint e = {.port = 0};
    assert_true(addr_read(str_z(address), &e.ip));
    return e;
}

static void talk(const char *bind_at, const char *ask_at, size_t size)
{
    struct talk t = {.size = size};
    struct endpoint bound;
    int fd;
    assert_int_equal(loop_new(&t.loop), ERR_OK);
    assert_int_equal(udp_bind(any_port(bind_at), &fd, &bound), ERR_OK);
    assert_int_not_equal(bound.port, 0);
    assert_int_equal(udp_new(t.loop, fd, on_question, &t, &t.server), ERR_OK);
    t.server_at = any_port(ask_at);
    t.server_at.port = bound.port;
    assert_int_equal(udp_bind(any_port(ask_at), &fd, &bound), ERR_OK);
    assert_int_equal(udp_new(t.loop, fd, on_answer, &t, &t.client), ERR_OK);
    struct loop_turn end = {on_end, &t, NULL};
    loop_on_turn(t.loop, &end);
    char *text = calloc(1, size);
    assert_non_null(text);
    for (unsigned i = 0; i < PINGS; i++) {
        udp_send(t.client, t.server_at, bound, str_of(text, size));
    }
    loop_run(t.loop);
    assert_int_equal(t.answered, PINGS);
    assert_true(endpoint_eq(t.local, t.server_at));
    assert_int_equal(udp_dropped(t.server) + udp_dropped(t.client), 0);
    udp_free(t.server);
    udp_free(t.client);
    loop_free(t.loop);
    free(text);
}

static void answers_leave_from_the_address_that_was_asked(void **state)
{
    (void)state;
    talk("127.0.0.1", "127.0.0.1", 100);
    talk("0.0.0.0", "127.0.0.7", 100);
    talk("::1", "::1", 1500);
    talk("::", "::1", 1);
}

/* What cannot go out is dropped and counted, and holds nothing up. */
static void what_cannot_be_sent_is_counted(void **state)
{
    (void)state;
    struct talk t = {.size = 10};
    struct endpoint bound;
    int fd;
    assert_int_equal(loop_new(&t.loop), ERR_OK);
    assert_int_equal(udp_bind(any_port("127.0.0.1"), &fd, &bound), ERR_OK);
    assert_int_equal(udp_new(t.loop, fd, on_question, &t, &t.server), ERR_OK);
    struct endpoint six = any_port("::1");
    six.port = 9;
    udp_send(t.server, six, bound, STR("wrong family"));
    assert_int_equal(udp_dropped(t.server), 1);
    static char huge[70000];
    struct endpoint nobody = any_port("127.0.0.1");
    nobody.port = bound.port;
    udp_send(t.server, nobody, bound, str_of(huge, sizeof huge));
    udp_flush(t.server);
    assert_int_equal(udp_dropped(t.server), 2);
    udp_free(t.server);
    loop_free(t.loop);
}

static int by_number(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* Of so many sockets some would have the same port, if shared ones were given out twice; and each can still be shared. */
static void any_port_is_one_that_nobody_has(void **state)
{
    (void)state;
    enum { SOCKETS = 700 };
    static int fd[SOCKETS], port[SOCKETS];
    struct endpoint bound;
    for (int i = 0; i < SOCKETS; i++) {
        assert_int_equal(udp_bind(any_port("127.0.0.1"), &fd[i], &bound), ERR_OK);
        port[i] = bound.port;
    }
    int more = -1;
    assert_int_equal(udp_bind(bound, &more, &bound), ERR_OK);
    assert_int_equal(bound.port, port[SOCKETS - 1]);
    (void)close(more);
    qsort(port, SOCKETS, sizeof *port, by_number);
    for (int i = 1; i < SOCKETS; i++) {
        assert_int_not_equal(port[i], port[i - 1]);
    }
    for (int i = 0; i < SOCKETS; i++) {
        (void)close(fd[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_leave_from_the_address_that_was_asked),
        cmocka_unit_test(what_cannot_be_sent_is_counted),
        cmocka_unit_test(any_port_is_one_that_nobody_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
