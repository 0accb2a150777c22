/* Whole transfers in virtual time, over a path that loses, doubles and delays. */
#include "flow/tftp/tftp_send.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const struct tftp_send_cfg usual = {
    .blksize = 1468, .window = 16, .wrap = 0, .timeout = USEC_S, .tries = 6, .whole = 600 * USEC_S};

/* A client: takes blocks in order, acknowledges as RFC 7440 has it. */
struct client {
    unsigned wrap, blksize, window;
    uint64_t blocks; /* in order so far */
    size_t bytes;
    unsigned in_window;
    bool done;
};

static char *file;
static char *got;

static uint16_t wire(const struct client *c, uint64_t block)
{
    return (uint16_t)(c->wrap == 0 || block == 0 ? block : (block - 1) % 65535 + 1);
}

static size_t ack(uint16_t number, char room[4])
{
    room[0] = 0;
    room[1] = TFTP_ACK;
    room[2] = (char)(number >> 8);
    room[3] = (char)number;
    return 4;
}

/* What it answers to a packet; 0: nothing. */
static size_t client_on(struct client *c, struct str packet, char room[4])
{
    struct tftp_message m;
    struct err_at at;
    assert_int_equal(tftp_read(packet, &m, &at), ERR_OK);
    if (m.op == TFTP_OACK) {
        return ack(0, room);
    }
    assert_int_equal(m.op, TFTP_DATA);
    if (m.block == wire(c, c->blocks + 1) && !c->done) {
        memcpy(got + c->bytes, m.data.p, m.data.len);
        c->bytes += m.data.len;
        c->blocks++;
        c->done = m.data.len < c->blksize;
        c->in_window++;
        if (c->in_window < c->window && !c->done) {
            return 0;
        }
    }
    c->in_window = 0;
    return ack(wire(c, c->blocks), room);
}

static struct tftp_message request(const char *blksize, const char *window)
{
    struct tftp_message m = {.op = TFTP_RRQ, .file = STR("a"), .mode = STR("octet")};
    if (blksize) {
        m.options[m.n++] = (struct tftp_option){STR("blksize"), str_z(blksize)};
    }
    if (window) {
        m.options[m.n++] = (struct tftp_option){STR("WindowSize"), str_z(window)};
    }
    return m;
}

struct path {
    unsigned lose;  /* every so manyth packet, both ways; 0: none */
    unsigned twice; /* so many acknowledgements come twice */
    unsigned packets;
};

static bool lost(struct path *p)
{
    return p->lose && ++p->packets % p->lose == 0;
}

/* Everything that is on the way arrives, then time goes on. */
static void transfer(struct tftp_send *t, struct client *c, struct path *p, size_t size)
{
    static char room[70000];
    usec_t now = 0;
    while (!t->over) {
        size_t len;
        bool any = false;
        while (tftp_send_next(t, str_of(file, size), room, sizeof room, now, &len)) {
            char back[4];
            size_t n = lost(p) ? 0 : client_on(c, str_of(room, len), back);
            if (n > 0 && !lost(p)) {
                any = true;
                tftp_send_on(t, str_of(back, n), now);
                if (p->twice && c->blocks % p->twice == 0) {
                    tftp_send_on(t, str_of(back, n), now);
                }
            }
        }
        if (!any && !t->over) {
            now = tftp_send_deadline(t);
            tftp_send_on_time(t, now);
        }
    }
}

static const struct {
    size_t size;
    const char *blksize, *windowsize;
    unsigned block, window; /* as agreed */
    unsigned wrap;
    struct path path;
} transfers[] = {
    {0, NULL, NULL, 512, 1, 0, {0, 0, 0}},
    {511, NULL, NULL, 512, 1, 0, {0, 0, 0}},
    {512, NULL, NULL, 512, 1, 0, {0, 0, 0}},
    {5000, "1468", NULL, 1468, 1, 0, {0, 0, 0}},
    {5000, "65464", NULL, 1468, 1, 0, {0, 0, 0}},
    {50000, "8", NULL, 8, 1, 0, {7, 3, 0}},
    {50000, "100", "4", 100, 4, 0, {0, 0, 0}},
    {50000, "100", "4", 100, 4, 0, {9, 2, 0}},
    {50000, "100", "64", 100, 16, 0, {13, 0, 0}},
    {8 * 65535, "8", NULL, 8, 1, 0, {0, 0, 0}},
    {8 * 70000, "8", NULL, 8, 1, 0, {0, 0, 0}},
    {8 * 70000, "8", NULL, 8, 1, 1, {0, 0, 0}},
    {8 * 140000, "8", "16", 8, 16, 0, {1009, 0, 0}},
    {8 * 140000, "8", "16", 8, 16, 1, {1009, 5, 0}},
};

static void files_arrive(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(transfers); i++) {
        struct tftp_send_cfg cfg = usual;
        struct tftp_send t;
        struct tftp_message rrq = request(transfers[i].blksize, transfers[i].windowsize);
        struct path path = transfers[i].path;
        struct client c = {.wrap = transfers[i].wrap,
                           .blksize = transfers[i].block,
                           .window = transfers[i].window};
        cfg.wrap = transfers[i].wrap;
        cfg.whole = 1000000 * USEC_S;
        tftp_send_init(&t, &cfg, &rrq, transfers[i].size, 0);
        transfer(&t, &c, &path, transfers[i].size);
        if (t.why || !c.done || c.bytes != transfers[i].size || memcmp(file, got, c.bytes) != 0) {
            fail_msg("case %zu: %s, %zu bytes", i, t.why ? t.why : "", c.bytes);
        }
        if (path.lose == 0) {
            assert_int_equal(t.packets, t.last + (t.oack_len > 0));
        }
    }
}

static struct tftp_send begin(const char *blksize, const char *window)
{
    struct tftp_send t;
    struct tftp_message rrq = request(blksize, window);
    tftp_send_init(&t, &usual, &rrq, 5000, 0);
    return t;
}

static bool next(struct tftp_send *t, usec_t now, struct tftp_message *ret)
{
    static char room[2000];
    size_t len;
    struct err_at at;
    memset(ret, 0, sizeof *ret);
    if (!tftp_send_next(t, str_of(file, 5000), room, sizeof room, now, &len)) {
        return false;
    }
    assert_int_equal(tftp_read(str_of(room, len), ret, &at), ERR_OK);
    return true;
}

static void say_ack(struct tftp_send *t, uint16_t number, usec_t now)
{
    char room[4];
    tftp_send_on(t, str_of(room, ack(number, room)), now);
}

static void options_are_answered(void **state)
{
    (void)state;
    struct tftp_message rrq = request("9000", "500");
    struct tftp_message m;
    struct tftp_send t;
    uint64_t n;
    rrq.options[rrq.n++] = (struct tftp_option){STR("tsize"), STR("0")};
    rrq.options[rrq.n++] = (struct tftp_option){STR("timeout"), STR("3")};
    rrq.options[rrq.n++] = (struct tftp_option){STR("multicast"), STR("")};
    tftp_send_init(&t, &usual, &rrq, 5000, 0);
    assert_true(next(&t, 0, &m));
    assert_int_equal(m.op, TFTP_OACK);
    assert_int_equal(m.n, 4);
    assert_true(tftp_option(&m, STR("blksize"), &n) && n == 1468);
    assert_true(tftp_option(&m, STR("windowsize"), &n) && n == 16);
    assert_true(tftp_option(&m, STR("tsize"), &n) && n == 5000);
    assert_true(tftp_option(&m, STR("timeout"), &n) && n == 3);
    assert_false(next(&t, 0, &m));
    assert_int_equal(tftp_send_deadline(&t), 3 * USEC_S);
    /* The client's time is not doubled. */
    tftp_send_on_time(&t, 3 * USEC_S);
    assert_true(next(&t, 3 * USEC_S, &m) && m.op == TFTP_OACK);
    assert_int_equal(tftp_send_deadline(&t), 6 * USEC_S);
    say_ack(&t, 0, 4 * USEC_S);
    assert_true(next(&t, 4 * USEC_S, &m) && m.op == TFTP_DATA && m.block == 1);
    /* An option with a value that is none is passed over (RFC 2347). */
    t = begin("7", NULL);
    assert_true(next(&t, 0, &m) && m.op == TFTP_DATA && m.data.len == 512);
}

static void a_doubled_acknowledgement_sends_nothing(void **state)
{
    (void)state;
    struct tftp_send t = begin(NULL, NULL);
    struct tftp_message m;
    assert_true(next(&t, 0, &m) && m.block == 1);
    say_ack(&t, 1, 0);
    assert_true(next(&t, 0, &m) && m.block == 2);
    say_ack(&t, 1, 0);
    say_ack(&t, 0, 0);
    say_ack(&t, 7, 0);
    assert_false(next(&t, 0, &m));
    assert_int_equal(t.packets, 2);
}

static void a_window_begins_where_blocks_are_missing(void **state)
{
    (void)state;
    struct tftp_send t = begin("512", "4");
    struct tftp_message m;
    assert_true(next(&t, 0, &m) && m.op == TFTP_OACK);
    say_ack(&t, 0, 0);
    for (uint16_t i = 1; i <= 4; i++) {
        assert_true(next(&t, 0, &m) && m.block == i);
    }
    assert_false(next(&t, 0, &m));
    say_ack(&t, 2, 0); /* the third was lost */
    for (uint16_t i = 3; i <= 6; i++) {
        assert_true(next(&t, 0, &m) && m.block == i);
    }
    say_ack(&t, 2, 0); /* once more: the third again */
    assert_true(next(&t, 0, &m) && m.block == 3);
    for (uint16_t i = 4; i <= 6; i++) {
        assert_true(next(&t, 0, &m) && m.block == i);
    }
    say_ack(&t, 2, 0); /* but not for ever */
    assert_false(next(&t, 0, &m));
}

static void nobody_is_asked_for_ever(void **state)
{
    (void)state;
    struct tftp_send t = begin(NULL, NULL);
    struct tftp_message m;
    usec_t now = 0;
    for (unsigned i = 0; i < usual.tries; i++) {
        assert_true(next(&t, now, &m) && m.block == 1);
        assert_false(t.over);
        now = tftp_send_deadline(&t);
        tftp_send_on_time(&t, now);
    }
    assert_true(t.over);
    assert_string_equal(t.why, "the client does not answer");
    assert_int_equal(now, (1 + 2 + 4 + 8 + 8 + 8) * USEC_S);
    assert_false(next(&t, now, &m));
    t = begin(NULL, NULL);
    tftp_send_on(&t, str_of("\0\5\0\0enough\0", 11), 0);
    assert_true(t.over);
    assert_string_equal(t.why, "the client ended it");
    t = begin(NULL, NULL);
    tftp_send_on(&t, STR("\0"), 0);
    assert_false(t.over);
    assert_true(next(&t, 0, &m));
    t.due = 2000 * USEC_S;
    assert_int_equal(tftp_send_deadline(&t), 600 * USEC_S);
    tftp_send_on_time(&t, 600 * USEC_S);
    assert_string_equal(t.why, "it took too long");
}

static void netascii_is_written(void **state)
{
    (void)state;
    struct buf b = {.limit = 0};
    assert_int_equal(tftp_netascii(STR("a\nb\r\n\r"), &b), ERR_OK);
    assert_true(str_eq(buf_str(&b), str_of("a\r\nb\r\0\r\n\r\0", 10)));
    buf_clear(&b);
}

static int memory(void **state)
{
    (void)state;
    enum { SIZE = 8 * 140000 };
    file = malloc(SIZE);
    got = malloc(SIZE);
    for (size_t i = 0; file && i < SIZE; i++) {
        file[i] = (char)(i * 31 + i / 251);
    }
    return file && got ? 0 : -1;
}

static int no_memory(void **state)
{
    (void)state;
    free(file);
    free(got);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_arrive),
        cmocka_unit_test(options_are_answered),
        cmocka_unit_test(a_doubled_acknowledgement_sends_nothing),
        cmocka_unit_test(a_window_begins_where_blocks_are_missing),
        cmocka_unit_test(nobody_is_asked_for_ever),
        cmocka_unit_test(netascii_is_written),
    };
    return cmocka_run_group_tests(tests, memory, no_memory);
}
