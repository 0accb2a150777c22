/* Ten days of a thousand phones whose servers fail, one phone after the other, each in its own virtual time: every resync comes when
 * the configuration says, to the microsecond. */
#include "flow/handset/handset_fixture.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { PHONES = 1000, DAYS = 10, STEPS = 12 };

static const struct {
    const char *retry, *period;
    uint32_t retries[STEPS]; /* s; the last again and again; 0 at once: never */
    uint32_t periods[4];
} plans[] = {
    {"60,120,240,480,960,1920,3840,7680,15360,30720,61440,86400",
     "3600",
     {60, 120, 240, 480, 960, 1920, 3840, 7680, 15360, 30720, 61440, 86400},
     {3600}},
    {"3600", "86400", {3600}, {86400}},
    {"300,600", "7200,14400,1800", {300, 600}, {7200, 14400, 1800}},
    {"900,0", "3600", {900, 0}, {3600}},
    {"1800", "0", {1800}, {0}},
};

struct model {
    unsigned plan, n, errors, periods, checked;
    usec_t next; /* USEC_NONE: never again */
    uint64_t random;
    unsigned failing; /* of a hundred */
};

static uint32_t of(const uint32_t *list, size_t n, unsigned step)
{
    size_t last = 0;
    while (last + 1 < n && list[last + 1]) {
        last++;
    }
    if (step > last && last + 1 < n && step == last + 1 && list == plans[3].retries) {
        return 0;
    }
    return list[step < last ? step : last];
}

/* What this transfer brings, and when the next has to come. */
static void fetched(struct world *w, struct world_page *page)
{
    static const struct world_page failures[] = {{"", 7, 0, "", NULL, NULL},
                                                 {"", 0, 503, "", NULL, NULL},
                                                 {"", 0, 404, "", NULL, NULL},
                                                 {"", 0, 200, "<flat-profile><A>", NULL, NULL},
                                                 {"", 28, 0, "", NULL, NULL}};
    static const struct world_page good = {"",
                                           0,
                                           200,
                                           "<flat-profile><Proxy_1_>192.0.2.60</Proxy_1_>"
                                           "<User_ID_1_>1001</User_ID_1_></flat-profile>",
                                           NULL,
                                           NULL};
    struct model *m = w->ctx;
    world_must(w->now == m->next, "a resync that is not due");
    m->checked++;
    bool fails = random_below(&m->random, 100) < m->failing;
    *page = fails ? failures[random_below(&m->random, 5)] : good;
    uint32_t s = fails ? of(plans[m->plan].retries, STEPS, m->errors)
                       : of(plans[m->plan].periods, 4, m->periods);
    m->errors = fails ? m->errors + 1 : 0;
    m->periods += !fails;
    m->next = s ? w->now + s * USEC_S : USEC_NONE;
}

static void set(struct world *w, const char *name, const char *value)
{
    bool changed = false;
    assert_int_equal(phone_set(&w->phone, str_z(name), str_z(value), &changed), ERR_OK);
}

static void one(struct world *w, struct model *m, struct phone_pool *pool,
                struct agent_work *agents, unsigned i)
{
    *m = (struct model){.plan = i % (sizeof plans / sizeof *plans),
                        .random = i,
                        .failing = i % 3 == 0   ? 100
                                   : i % 3 == 1 ? 60
                                                : 10};
    world_begin(w, pool, agents, (uint8_t)i);
    w->quiet = true;
    w->cfg.line = NULL;
    w->fetched = fetched;
    w->ctx = m;
    set(w, "Profile_Rule", "http://192.0.2.8/a");
    set(w, "Resync_Error_Retry_Delay", plans[m->plan].retry);
    set(w, "Resync_Periodic", plans[m->plan].period);
    handset_start(&w->h, 0);
    world_run(w, DAYS * USEC_DAY);
    /* Nothing that was due is missing. */
    assert_true(m->next == USEC_NONE || m->next > DAYS * USEC_DAY);
    assert_int_equal(w->reboots, 0);
    world_end(w);
}

static void ten_days(void **state)
{
    static struct world w;
    struct model m;
    struct phone_pool *pool = NULL;
    struct agent_work *agents = NULL;
    unsigned checked = 0;
    (void)state;
    assert_int_equal(phone_pool_new(10000, &pool), ERR_OK);
    assert_int_equal(agent_work_new(&agents), ERR_OK);
    for (unsigned i = 0; i < PHONES; i++) {
        one(&w, &m, pool, agents, i);
        checked += m.checked;
    }
    assert_true(checked > PHONES * 20);
    agent_work_free(agents);
    phone_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ten_days)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
