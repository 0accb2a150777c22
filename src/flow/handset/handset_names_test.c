/* The phone's own name cache: what is not asked for twice. */
#include "flow/handset/handset_fixture.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct phone_pool *pool;
static struct agent_work *agents;
static struct world w;

static int set_up(void **state)
{
    (void)state;
    return phone_pool_new(100000, &pool) || agent_work_new(&agents);
}

static int tear_down(void **state)
{
    (void)state;
    agent_work_free(agents);
    phone_pool_free(pool);
    return 0;
}

#define PROFILE                                    \
    "<flat-profile><Proxy_1_>sip.example.com:5060" \
    "</Proxy_1_><User_ID_1_>1001</User_ID_1_>"     \
    "<User_ID_2_>1002</User_ID_2_><Proxy_2_>"      \
    "sip.example.com:5060</Proxy_2_></flat-profile>"

static const struct world_page pages[] = {{"/a", 0, 200, PROFILE, NULL, NULL}, {0}};

static void begin(uint32_t kept)
{
    bool changed = false;
    world_begin(&w, pool, agents, 0x21);
    w.page = pages;
    w.cfg.names_kept = kept;
    assert_int_equal(
        phone_set(&w.phone, STR("Profile_Rule"), STR("http://two.example.com/a"), &changed),
        ERR_OK);
    handset_start(&w.h, w.now);
    world_run(&w, w.now + USEC_S);
}

static void resync(const char *url)
{
    unsigned before = w.fetches;
    handset_do(&w.h, HANDSET_DO_RESYNC, str_z(url), w.now);
    world_run(&w, w.now + USEC_S);
    assert_int_equal(w.fetches, before + 1);
}

/* The world's answers hold 200 s; those that there is no such name are not kept. */
static void while_they_hold(void **state)
{
    (void)state;
    begin(24);
    /* The server of the rule; that of both lines, which ask at once, and whose AAAA is missing. */
    assert_int_equal(w.asked, 5);
    assert_true(handset_registered(&w.h));
    resync("http://two.example.com/a");
    resync("http://TWO.example.com/a");
    assert_int_equal(w.asked, 5);
    assert_true(handset_memory(&w.h) > 2 * 100);
    world_run(&w, 199 * USEC_S);
    resync("http://two.example.com/a");
    assert_true(w.now == 200 * USEC_S);
    unsigned asked = w.asked;
    resync("http://two.example.com/a");
    assert_int_equal(w.asked, asked + 1);
    world_end(&w);
}

static void as_many_as_it_may(void **state)
{
    static const struct {
        uint32_t kept;
        unsigned asked;
    } t[] = {{0, 4}, {1, 4}, {2, 2}, {24, 1}};
    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        begin(t[i].kept);
        unsigned before = w.asked;
        resync("http://one.example.com/a");
        resync("http://two.example.com/a");
        resync("http://one.example.com/a");
        resync("http://two.example.com/a");
        assert_int_equal(w.asked - before, t[i].asked);
        world_end(&w);
    }
}

static void not_over_a_reboot(void **state)
{
    (void)state;
    begin(24);
    unsigned before = w.asked;
    handset_do(&w.h, HANDSET_DO_REBOOT, STR(""), w.now);
    world_run(&w, w.now + 60 * USEC_S);
    assert_true(handset_registered(&w.h));
    assert_true(w.asked >= before + 2);
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(while_they_hold),
        cmocka_unit_test(as_many_as_it_may),
        cmocka_unit_test(not_over_a_reboot),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
