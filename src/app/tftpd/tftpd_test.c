/* Files by TFTP on loopback: given at once and later, refused, in netascii, from and to several. */
#define _GNU_SOURCE
#include "app/tftpd/tftpd.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/udp/udp.h"

enum { LONG = 200000 };

static char long_file[LONG];

struct place {
    struct loop *loop;
    struct tftpd *d;
    struct endpoint at;
    pthread_t thread;
    struct loop_letter stop;
    atomic_uint released, done, failed;
    atomic_ulong bytes;
};

struct note {
    struct loop_letter letter;
    struct tftpd_id id;
};

static void note_open(struct loop_letter *l, void *ctx)
{
    struct note *n = (struct note *)l;
    struct place *p = ctx;
    tftpd_give(p->d, n->id, STR("later\n"), NULL, NULL);
    tftpd_give(p->d, n->id, STR("twice\n"), NULL, NULL);
    free(n);
}

static void on_release(void *owner)
{
    ((struct place *)owner)->released++;
}

static void on_open(void *ctx, struct tftpd *d, const struct tftpd_ask *ask)
{
    struct place *p = ctx;
    assert_true(ask->peer.port != 0);
    if (str_eq(ask->name, STR("/long"))) {
        tftpd_give(d, ask->id, str_of(long_file, LONG), on_release, p);
    } else if (str_eq(ask->name, STR("/a/text"))) {
        tftpd_give(d, ask->id, STR("one\ntwo\n"), NULL, NULL);
    } else if (str_eq(ask->name, STR("/later"))) {
        struct note *n = calloc(1, sizeof *n);
        assert_non_null(n);
        n->letter.open = note_open;
        n->id = ask->id;
        loop_post(p->loop, &n->letter);
    } else if (!str_eq(ask->name, STR("/never"))) {
        tftpd_refuse(d, ask->id, TFTP_NOT_FOUND, NULL);
    }
}

static void on_done(void *ctx, struct tftpd_id id, struct endpoint peer, uint64_t bytes,
                    const char *why)
{
    struct place *p = ctx;
    (void)id;
    (void)peer;
    p->bytes += bytes;
    why ? p->failed++ : p->done++;
}

static void *run(void *arg)
{
    loop_run(((struct place *)arg)->loop);
    return NULL;
}

static void on_stop(struct loop_letter *l, void *ctx)
{
    (void)l;
    loop_stop(((struct place *)ctx)->loop);
}

static const struct tftpd_on on = {on_open, on_done};

static void place_open(struct place *p, const struct tftpd_limits *limits)
{
    *p = (struct place){.loop = NULL};
    struct endpoint any = {.ip = addr4(0x7f000001)};
    int fd;
    assert_int_equal(loop_new(&p->loop), ERR_OK);
    assert_int_equal(tftpd_new(p->loop, limits, &on, p, &p->d), ERR_OK);
    assert_int_equal(udp_bind(any, &fd, &p->at), ERR_OK);
    assert_int_equal(tftpd_listen(p->d, fd), ERR_OK);
    loop_on_letter(p->loop, p);
    assert_int_equal(pthread_create(&p->thread, NULL, run, p), 0);
}

/* Its counts may be looked at then. */
static void place_halt(struct place *p)
{
    p->stop.open = on_stop;
    loop_post(p->loop, &p->stop);
    pthread_join(p->thread, NULL);
}

static void place_close(struct place *p)
{
    tftpd_free(p->d);
    loop_free(p->loop);
}

/* -- A client */

struct client {
    int fd;
    struct sockaddr_in server; /* its first packet's port from then on */
    bool known;
};

static void client_ask(struct client *c, const struct place *p, struct str request)
{
    *c = (struct client){.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    assert_true(c->fd >= 0);
    struct timeval patience = {10, 0};
    setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    c->server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(p->at.port)};
    c->server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ssize_t n =
        sendto(c->fd, request.p, request.len, 0, (struct sockaddr *)&c->server, sizeof c->server);
    assert_int_equal(n, request.len);
}

static struct tftp_message client_hear(struct client *c)
{
    static char room[70000];
    struct sockaddr_in from = {.sin_port = 0};
    socklen_t len = sizeof from;
    ssize_t n = recvfrom(c->fd, room, sizeof room, 0, (struct sockaddr *)&from, &len);
    struct tftp_message m;
    struct err_at at;
    assert_true(n > 0);
    assert_int_equal(tftp_read(str_of(room, (size_t)n), &m, &at), ERR_OK);
    assert_true(from.sin_port == c->server.sin_port || !c->known);
    assert_true(c->known || from.sin_port != c->server.sin_port);
    c->server = from;
    c->known = true;
    return m;
}

static void client_ack(struct client *c, uint16_t block)
{
    char room[4] = {0, TFTP_ACK, (char)(block >> 8), (char)block};
    ssize_t n =
        sendto(c->fd, room, sizeof room, 0, (struct sockaddr *)&c->server, sizeof c->server);
    assert_int_equal(n, sizeof room);
}

/* All of a file; how many bytes, and `text` the first of them. */
static size_t fetch(struct place *p, struct str request, size_t block, char *text, size_t cap)
{
    struct client c;
    size_t bytes = 0;
    uint16_t number = 0;
    client_ask(&c, p, request);
    for (;;) {
        struct tftp_message m = client_hear(&c);
        if (m.op == TFTP_OACK) {
            client_ack(&c, 0);
            continue;
        }
        assert_int_equal(m.op, TFTP_DATA);
        if (m.block != (uint16_t)(number + 1)) {
            continue;
        }
        for (size_t i = 0; i < m.data.len && bytes + i + 1 < cap; i++) {
            text[bytes + i] = m.data.p[i];
            text[bytes + i + 1] = '\0';
        }
        bytes += m.data.len;
        client_ack(&c, ++number);
        if (m.data.len < block) {
            close(c.fd);
            return bytes;
        }
    }
}

static void files_are_given(void **state)
{
    (void)state;
    struct place p;
    char text[LONG + 1];
    place_open(&p, &tftpd_limits_usual);
    assert_int_equal(fetch(&p, str_of("\0\1a\\text\0octet\0", 15), 512, text, sizeof text), 8);
    assert_string_equal(text, "one\ntwo\n");
    assert_int_equal(fetch(&p, str_of("\0\1/a/text\0NetASCII\0", 19), 512, text, sizeof text), 10);
    assert_string_equal(text, "one\r\ntwo\r\n");
    assert_int_equal(fetch(&p, str_of("\0\1later\0octet\0", 14), 512, text, sizeof text), 6);
    assert_string_equal(text, "later\n");
    assert_int_equal(fetch(&p,
                           str_of("\0\1long\0octet\0blksize\0"
                                  "1468\0",
                                  26),
                           1468, text, sizeof text),
                     LONG);
    assert_memory_equal(text, long_file, LONG);
    while (p.done < 4) {
    }
    assert_int_equal(p.released, 1);
    assert_int_equal(p.bytes, 8 + 10 + 6 + LONG);
    place_halt(&p);
    place_close(&p);
}

static void others_are_refused(void **state)
{
    (void)state;
    static const struct {
        struct str request;
        uint16_t code;
    } cases[] = {
        {{"\0\1none\0octet\0", 13}, TFTP_NOT_FOUND},
        {{"\0\2a/text\0octet\0", 15}, TFTP_ACCESS},
        {{"\0\1a/text\0mail\0", 14}, TFTP_ILLEGAL},
        {{"\0\1never\0octet\0", 14}, TFTP_NOT_DEFINED},
    };
    struct tftpd_limits limits = tftpd_limits_usual;
    struct place p;
    limits.open = 100 * USEC_MS;
    place_open(&p, &limits);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct client c;
        client_ask(&c, &p, cases[i].request);
        struct tftp_message m = client_hear(&c);
        assert_int_equal(m.op, TFTP_ERROR);
        assert_int_equal(m.code, cases[i].code);
        close(c.fd);
    }
    place_halt(&p);
    assert_int_equal(tftpd_counts(p.d)->refused, 4);
    place_close(&p);
    assert_int_equal(p.done + p.failed, 0);
}

static void one_address_does_not_take_all(void **state)
{
    (void)state;
    struct tftpd_limits limits = tftpd_limits_usual;
    struct place p;
    struct client c[3];
    limits.most_of_peer = 2;
    limits.send.timeout = 50 * USEC_MS;
    limits.send.tries = 2;
    place_open(&p, &limits);
    for (size_t i = 0; i < 3; i++) {
        client_ask(&c[i], &p, str_of("\0\1long\0octet\0", 13));
        if (i < 2) {
            assert_int_equal(client_hear(&c[i]).block, 1);
        }
    }
    /* Who does not answer is given up; its file is not needed any more. */
    while (p.failed < 2) {
    }
    assert_int_equal(p.released, 2);
    for (size_t i = 0; i < 3; i++) {
        close(c[i].fd);
    }
    place_halt(&p);
    assert_int_equal(tftpd_counts(p.d)->dropped, 1);
    place_close(&p);
}

int main(void)
{
    for (size_t i = 0; i < LONG; i++) {
        long_file[i] = (char)(i * 7 + i / 300);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_given),
        cmocka_unit_test(others_are_refused),
        cmocka_unit_test(one_address_does_not_take_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
