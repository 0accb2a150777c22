/* A client against a server that does as the test says, in virtual time. */
#include "flow/lease/lease.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "proto/dhcp/dhcp_write.h"

static const struct mac mac = {.b = {0, 0, 0x5e, 0, 0x53, 0x21}};

struct bench {
    struct lease_cfg cfg;
    struct lease l;
    usec_t now;
    struct dhcp_message sent; /* the last */
    unsigned sends, binds, loses;
    struct endpoint to;
    struct addr from;
};

static void drain(struct bench *b)
{
    struct lease_action a;
    struct err_at at;
    while (lease_next(&b->l, &a)) {
        if (a.what == LEASE_SEND) {
            b->sends++;
            b->to = a.to;
            b->from = a.from;
            assert_int_equal(dhcp_read(a.bytes, &b->sent, &at), ERR_OK);
        }
        b->binds += a.what == LEASE_BIND;
        b->loses += a.what == LEASE_LOSE;
    }
}

static void begin(struct bench *b)
{
    memset(b, 0, sizeof *b);
    lease_cfg_usual(&b->cfg);
    b->cfg.hostname = STR("SEP00005E005321");
    lease_init(&b->l, &b->cfg, mac, 7);
    lease_start(&b->l, b->now);
    drain(b);
}

/* As far as the next deadline. */
static usec_t pass(struct bench *b)
{
    usec_t was = b->now;
    assert_true(lease_deadline(&b->l) != USEC_NONE);
    b->now = lease_deadline(&b->l);
    lease_on_time(&b->l, b->now);
    drain(b);
    return b->now - was;
}

static void answer(struct bench *b, uint8_t type, uint32_t length)
{
    uint8_t bytes[600];
    const struct dhcp_answer a = {
        .type = type, .yiaddr = addr4(0xc0000264), .server = addr4(0xc0000201)};
    struct dhcp_writer w = dhcp_write_answer(&b->sent, &a, bytes, sizeof bytes);
    if (length) {
        dhcp_write_number(&w, DHCP_OPT_LEASE, 4, length);
    }
    lease_on_packet(&b->l, str_of((char *)bytes, dhcp_write_end(&w)), b->now);
    drain(b);
}

static void bind_for(struct bench *b, uint32_t length)
{
    begin(b);
    assert_int_equal(b->sent.type, DHCP_DISCOVER);
    assert_true(b->sent.broadcast);
    answer(b, DHCP_OFFER, length);
    assert_int_equal(b->sent.type, DHCP_REQUEST);
    struct addr wanted;
    assert_true(dhcp_addr(&b->sent, DHCP_OPT_REQUESTED, &wanted));
    assert_true(addr_eq(wanted, addr4(0xc0000264)));
    answer(b, DHCP_ACK, length);
    assert_int_equal(b->binds, 1);
    assert_int_equal(b->l.state, LEASE_BOUND);
}

static void test_backoff(void **state)
{
    static const unsigned wanted[] = {4, 8, 16, 32, 64, 64, 64};
    struct bench b;
    (void)state;
    begin(&b);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        usec_t waited = pass(&b);
        assert_true(waited >= (wanted[i] - 1) * USEC_S && waited <= (wanted[i] + 1) * USEC_S);
        assert_int_equal(b.sent.type, DHCP_DISCOVER);
    }
    assert_int_equal(b.sends, 8);
}

static void test_life(void **state)
{
    struct bench b;
    (void)state;
    bind_for(&b, 3600);
    assert_int_equal(pass(&b), 1800 * USEC_S); /* T1: its server, from its address */
    assert_int_equal(b.sent.type, DHCP_REQUEST);
    assert_int_equal(b.l.state, LEASE_RENEWING);
    assert_true(addr_eq(b.to.ip, addr4(0xc0000201)));
    assert_true(addr_eq(b.from, addr4(0xc0000264)));
    assert_true(addr_eq(b.sent.ciaddr, addr4(0xc0000264)));
    assert_false(dhcp_has(&b.sent, DHCP_OPT_SERVER));
    answer(&b, DHCP_ACK, 3600);
    assert_int_equal(b.binds, 2);
    assert_int_equal(pass(&b), 1800 * USEC_S);
    while (b.l.state == LEASE_RENEWING) { /* silence until T2 */
        assert_true(pass(&b) >= 1);
    }
    assert_int_equal(b.l.state, LEASE_REBINDING);
    assert_int_equal(b.now, (1800 + 3150) * USEC_S);
    assert_true(addr_eq(b.to.ip, addr4(0xffffffff)));
    while (b.l.state == LEASE_REBINDING) { /* and until the end */
        (void)pass(&b);
    }
    assert_int_equal(b.now, (1800 + 3600) * USEC_S);
    assert_int_equal(b.loses, 1);
    assert_int_equal(b.sent.type, DHCP_DISCOVER);
}

static void test_refused(void **state)
{
    struct bench b;
    (void)state;
    begin(&b);
    answer(&b, DHCP_OFFER, 60);
    answer(&b, DHCP_NAK, 0);
    assert_int_equal(b.loses, 0); /* there was none to lose */
    assert_int_equal(b.sent.type, DHCP_DISCOVER);
    bind_for(&b, 3600);
    (void)pass(&b);
    answer(&b, DHCP_NAK, 0);
    assert_int_equal(b.loses, 1);
    assert_int_equal(b.l.state, LEASE_SELECTING);
}

static void test_no_ack(void **state)
{
    struct bench b;
    (void)state;
    begin(&b);
    answer(&b, DHCP_OFFER, 60);
    for (int i = 0; i < 3; i++) {
        (void)pass(&b);
        assert_int_equal(b.sent.type, DHCP_REQUEST);
    }
    (void)pass(&b);
    assert_int_equal(b.sent.type, DHCP_DISCOVER);
}

static void test_not_ours(void **state)
{
    struct bench b;
    struct dhcp_message kept;
    (void)state;
    begin(&b);
    kept = b.sent;
    b.sent.xid++;
    answer(&b, DHCP_OFFER, 60);
    assert_int_equal(b.sends, 1);
    b.sent = kept;
    b.sent.mac.b[5]++;
    b.sent.chaddr = str_of((const char *)b.sent.mac.b, 6);
    answer(&b, DHCP_OFFER, 60);
    assert_int_equal(b.sends, 1);
    lease_on_packet(&b.l, STR("nothing of the kind"), b.now);
    drain(&b);
    assert_int_equal(b.l.state, LEASE_SELECTING);
}

static void test_forever_and_release(void **state)
{
    struct bench b;
    (void)state;
    bind_for(&b, UINT32_MAX);
    assert_true(lease_deadline(&b.l) == USEC_NONE);
    lease_release(&b.l, b.now);
    drain(&b);
    assert_int_equal(b.sent.type, DHCP_RELEASE);
    assert_true(addr_eq(b.to.ip, addr4(0xc0000201)));
    assert_int_equal(b.l.state, LEASE_OFF);
    bind_for(&b, 0 + 1); /* one second is ten */
    assert_int_equal(b.l.expiry, 10 * USEC_S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_backoff),  cmocka_unit_test(test_life),
        cmocka_unit_test(test_refused),  cmocka_unit_test(test_no_ack),
        cmocka_unit_test(test_not_ours), cmocka_unit_test(test_forever_and_release),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
