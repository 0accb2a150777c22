/* Many connections at once, and those that ask for more than they read. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/resource.h>

#include "io/stream/stream_testing.h"

static size_t echo_all(void *ctx, struct stream *s, struct str bytes)
{
    struct house *h = ctx;
    stream_send(s, bytes);
    h->pieces++;
    return bytes.len;
}

static const struct stream_on on_echo = {house_opened, echo_all, house_closed, NULL, NULL};

static unsigned descriptors(void)
{
    unsigned n = 0;
    for (int fd = 0; fd < 20000; fd++) {
        n += fcntl(fd, F_GETFD) >= 0;
    }
    return n;
}

static void many_idle_ones_hold_up_nobody(void **state)
{
    (void)state;
    enum { IDLE = 5000 };
    struct rlimit many = {0, 0};
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &many), 0);
    many.rlim_cur = many.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &many), 0);
    if (many.rlim_max < 2 * IDLE + 100) {
        skip();
    }
    struct house h;
    house_open(&h, NULL, NULL, &on_echo); /* what the libraries keep for good is open behind this */
    house_close(&h);
    unsigned before = descriptors();
    struct stream_limits l = stream_limits_usual;
    l.most_of_peer = IDLE + 1;
    house_open(&h, &l, NULL, &on_echo);
    struct guest *idle = calloc(IDLE, sizeof *idle);
    assert_non_null(idle);
    for (size_t i = 0; i < IDLE; i++) {
        guest_come(&idle[i], &h, false);
    }
    house_until(h.opened == IDLE);
    struct guest g;
    char back[4];
    guest_come(&g, &h, false);
    for (unsigned i = 0; i < 100; i++) {
        guest_say(&g, "ping", 4);
        guest_hear(&g, back, 4);
    }
    guest_leave(&g);
    for (size_t i = 0; i < IDLE; i++) {
        guest_leave(&idle[i]);
    }
    house_wait_closed(&h, IDLE + 1);
    house_close(&h);
    free(idle);
    assert_int_equal(descriptors(), before);
}

/* Resets, at any point: nothing stays behind. */
static void a_reset_ends_it(void **state)
{
    (void)state;
    struct house h;
    house_open(&h, NULL, NULL, &on_echo);
    for (unsigned i = 0; i < 50; i++) {
        struct guest g;
        struct linger at_once = {1, 0};
        guest_come(&g, &h, false);
        guest_say(&g, "x", i % 2);
        house_until(h.opened == i + 1);
        setsockopt(g.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        guest_leave(&g);
    }
    house_wait_closed(&h, 50);
    house_close(&h);
}

struct flood {
    struct guest *g;
    size_t bytes;
};

static void *pour(void *arg)
{
    struct flood *f = arg;
    static char block[50000];
    for (size_t sent = 0; sent < f->bytes; sent += sizeof block) {
        guest_say(f->g, block, sizeof block);
    }
    return NULL;
}

/* Far more than may wait is asked for in one go by somebody who does read: it all comes back. */
static void who_reads_gets_everything(void **state)
{
    (void)state;
    struct stream_limits l = stream_limits_usual;
    l.output_most = 64 * 1024;
    struct house h;
    house_open(&h, &l, NULL, &on_echo);
    struct guest g;
    guest_come(&g, &h, false);
    struct flood f = {&g, 20000000};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, pour, &f), 0);
    static char back[50000];
    for (size_t got = 0; got < f.bytes; got += sizeof back) {
        guest_hear(&g, back, sizeof back);
    }
    pthread_join(thread, NULL);
    assert_int_equal(h.closed, 0);
    guest_leave(&g);
    house_wait_closed(&h, 1);
    assert_string_equal(h.why, "");
    house_close(&h);
}

/* A guest over TLS that asks, leaves its answers lying, and reads them later. */
static void late_readers_lose_nothing_over_tls(void **state)
{
    (void)state;
    struct stream_limits l = stream_limits_usual;
    l.output_most = 64 * 1024;
    struct house h;
    house_open(&h, &l, "p256", &on_echo);
    struct guest g;
    guest_come(&g, &h, true);
    static char text[12000], back[sizeof text];
    memset(text, 'x', sizeof text);
    enum { TIMES = 20 };
    for (unsigned i = 0; i < TIMES; i++) {
        guest_say(&g, text, sizeof text);
    }
    for (unsigned i = 0; i < TIMES; i++) {
        guest_hear(&g, back, sizeof back);
        assert_memory_equal(text, back, sizeof text);
    }
    guest_leave(&g);
    house_wait_closed(&h, 1);
    house_close(&h);
}

static void a_full_house_takes_no_more_until_one_leaves(void **state)
{
    (void)state;
    struct stream_limits l = stream_limits_usual;
    l.handshaking = 2;
    l.handshake = 30 * USEC_S;
    struct house h;
    house_open(&h, &l, "p256", &on_echo);
    struct guest silent[2], g;
    guest_come(&silent[0], &h, false);
    guest_come(&silent[1], &h, false);
    guest_say(&silent[1], "\x16", 1);
    /* Waits in the kernel: it is not refused. */
    guest_come(&g, &h, false);
    guest_leave(&silent[0]);
    guest_leave(&silent[1]);
    guest_leave(&g);
    guest_come(&g, &h, true);
    char back[4];
    guest_say(&g, "ping", 4);
    guest_hear(&g, back, 4);
    guest_leave(&g);
    house_wait_closed(&h, 1);
    assert_int_equal(stream_counts(h.server)->refused, 0);
    house_close(&h);
}

/* More at once than one turn shakes hands with. */
static void a_crowd_gets_in(void **state)
{
    (void)state;
    enum { CROWD = 60 };
    struct house h;
    house_open(&h, NULL, "p256", &on_echo);
    static struct guest g[CROWD];
    for (size_t i = 0; i < CROWD; i++) {
        guest_come(&g[i], &h, false);
        g[i].ctx = SSL_CTX_new(TLS_client_method());
        g[i].ssl = SSL_new(g[i].ctx);
        assert_non_null(g[i].ssl);
        SSL_set_fd(g[i].ssl, g[i].fd);
        SSL_set_connect_state(g[i].ssl);
        assert_int_equal(fcntl(g[i].fd, F_SETFL, O_NONBLOCK), 0);
    }
    size_t in = 0;
    for (size_t turn = 0; in < CROWD; turn++) {
        assert_true(turn < 20000);
        in = 0;
        for (size_t i = 0; i < CROWD; i++) {
            in += SSL_do_handshake(g[i].ssl) == 1;
        }
        (void)poll(NULL, 0, 1);
    }
    for (size_t i = 0; i < CROWD; i++) {
        guest_leave(&g[i]);
    }
    house_wait_closed(&h, CROWD);
    house_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_idle_ones_hold_up_nobody),
        cmocka_unit_test(a_reset_ends_it),
        cmocka_unit_test(who_reads_gets_everything),
        cmocka_unit_test(late_readers_lose_nothing_over_tls),
        cmocka_unit_test(a_full_house_takes_no_more_until_one_leaves),
        cmocka_unit_test(a_crowd_gets_in),
    };
    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
