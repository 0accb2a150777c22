/* Who guesses is slowed down, nobody else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "flow/edge/edge_fixture.h"

static struct fix f;
static const struct fix_register usual;

static int open_edge(void **state)
{
    struct edge_cfg cfg;
    (void)state;
    fix_cfg(&cfg);
    fix_open(&f, &cfg);
    return 0;
}

static int close_edge(void **state)
{
    (void)state;
    fix_close(&f);
    return 0;
}

/* Tries until something else than 401 comes: how many were verified. */
static unsigned tries(const char *user)
{
    struct fix_register r = {.user = user, .bad = true};
    unsigned n = 0;
    while (n < 20 && fix_login(&f, &r) == 401) {
        n++;
    }
    return n;
}

static void test_locked_after_five(void **state)
{
    (void)state;
    assert_int_equal(tries("1001"), 5);
    assert_int_equal(fix_status(&f), 403);
    assert_int_equal(tries("nobody"), 5);
    assert_int_equal(fix_status(&f), 403);
    /* The right password does not help now; from elsewhere it does, and later. */
    assert_int_equal(fix_login(&f, &usual), 403);
    f.from.flow.peer.ip.b[3]++;
    assert_int_equal(fix_login(&f, &usual), 200);
    f.from.flow.peer.ip.b[3]--;
    f.now += 61 * USEC_S;
    assert_int_equal(fix_login(&f, &(struct fix_register){.cseq = 10, .call_id = "c7"}), 200);
    assert_int_equal(edge_counts(f.e)[EDGE_THROTTLED], 2);
}

/* One address brings so many new bindings a second; refreshes, and other addresses, are free. */
static void test_arrivals(void **state)
{
    struct edge_cfg cfg;
    (void)state;
    fix_close(&f);
    fix_cfg(&cfg);
    cfg.arrivals_most = 2;
    fix_open(&f, &cfg);
    assert_int_equal(fix_login(&f, &usual), 200);
    struct fix_register second = {.user = "1002", .password = "secret2", .call_id = "c2"};
    struct fix_register third = {.user = "1003", .password = "secret3", .call_id = "c3"};
    struct fix_register again = {.cseq = 10};
    uint64_t seconds = 0;
    assert_int_equal(fix_account(&f, "1003", "secret3", 1), ERR_OK);
    assert_int_equal(fix_login(&f, &second), 200);
    assert_int_equal(fix_login(&f, &third), 503);
    assert_true(str_u64(fix_value(&f, SIP_RETRY_AFTER), &seconds));
    assert_int_equal(edge_bindings(f.e), 2);
    assert_int_equal(fix_login(&f, &again), 200);
    third.cseq = 10;
    f.from.flow.peer.ip.b[3]++;
    assert_int_equal(fix_login(&f, &third), 200);
    f.from.flow.peer.ip.b[3]--;
    f.now += 2 * USEC_S;
    third.cseq = 20;
    third.call_id = "c4";
    third.contact = "Contact: <sip:1003@192.0.2.77>\r\n";
    assert_int_equal(fix_login(&f, &third), 200);
}

/* Each lock lasts twice as long as the one before, up to an hour. */
static void test_lock_doubles(void **state)
{
    static const unsigned seconds[] = {60, 120, 240, 480, 960, 1920, 3600, 3600};
    (void)state;
    for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++) {
        assert_int_equal(tries("1001"), 5);
        f.now += (usec_t)seconds[i] * USEC_S - USEC_S;
        assert_int_equal(fix_ask(&f, &usual), 403);
        f.now += 2 * USEC_S;
    }
}

static void test_slow_mistakes(void **state)
{
    struct fix_register bad = {.bad = true};
    (void)state;
    for (unsigned i = 0; i < 12; i++) {
        assert_int_equal(fix_login(&f, &bad), 401);
        f.now += 20 * USEC_S;
    }
}

/* Challenges are no failures, however many. */
static void test_challenges_never_count(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 200; i++) {
        assert_int_equal(fix_ask(&f, &usual), 401);
    }
    assert_int_equal(fix_login(&f, &usual), 200);
    assert_int_equal(f.n_told, 1);
}

/* A registered phone is not locked out by somebody beside it who guesses its password. */
static void test_known_flow(void **state)
{
    struct fix_register r = {.cseq = 10};
    (void)state;
    assert_int_equal(fix_login(&f, &usual), 200);
    f.from.flow.peer.port = 40001;
    assert_int_equal(tries("1001"), 5);
    f.from.flow.peer.port = 5060;
    assert_int_equal(fix_login(&f, &r), 200);
}

/* Many names from one source: few answers, and the good phone there still works. */
static void test_scan(void **state)
{
    char user[16];
    struct fix_register r = {.user = user, .bad = true};
    struct fix_register good = {.cseq = 10};
    unsigned answered = 0;
    (void)state;
    assert_int_equal(fix_login(&f, &usual), 200);
    f.from.flow.peer.port = 40001;
    for (unsigned i = 0; i < 60; i++) {
        snprintf(user, sizeof user, "%u", 2000 + i);
        fix_login(&f, &r);
    }
    f.now += USEC_S;
    for (unsigned i = 0; i < 100; i++) {
        snprintf(user, sizeof user, "%u", 3000 + i);
        answered += fix_ask(&f, &r) == 401;
    }
    assert_in_range(answered, 1, 10);
    assert_true(edge_counts(f.e)[EDGE_DROPPED_SUSPECT] >= 90);
    f.from.flow.peer.port = 5060;
    assert_int_equal(fix_login(&f, &good), 200);
    f.from.flow.peer.port = 40001;
    f.now += USEC_S;
    assert_int_equal(fix_ask(&f, &r), 401);
}

/* A flood is a few rows a minute, with a count. */
static void test_journal_coalesces(void **state)
{
    char user[16];
    struct fix_register r = {.user = user, .bad = true};
    unsigned rows = 0;
    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        snprintf(user, sizeof user, "%u", 2000 + i);
        assert_int_equal(fix_login(&f, &r), 401);
        rows += (unsigned)f.n_told;
    }
    assert_int_equal(rows, 10);
    fix_wait(&f, 61 * USEC_S);
    assert_true(fix_told(&f, "count=30 text=several users"));
    assert_int_equal(f.n_told, 1);
    assert_int_equal(edge_deadline(f.e), USEC_NONE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_edge, close_edge)
    const struct CMUnitTest tests[] = {
        TEST(test_locked_after_five),      TEST(test_lock_doubles), TEST(test_slow_mistakes),
        TEST(test_challenges_never_count), TEST(test_known_flow),   TEST(test_scan),
        TEST(test_journal_coalesces),      TEST(test_arrivals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
