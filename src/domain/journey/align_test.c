/* A log and a capture of one phone, in either order of reading: one phone, one line of time. */
#include "domain/journey/journey.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct line {
    enum source source;
    usec_t at; /* of the day, by the source's clock */
    enum fact_kind kind;
    struct {
        enum field field;
        const char *v;
    } f[6];
};

#define MAC                            \
    {                                  \
        FIELD_MAC, "00:00:5e:00:53:21" \
    }
#define SENT(cseq)                                                              \
    {FIELD_STATE, "sent"}, {FIELD_METHOD, "REGISTER"}, {FIELD_CALL_ID, "c1@x"}, \
        {FIELD_CSEQ, cseq},                                                     \
    {                                                                           \
        FIELD_BRANCH, "z9hG4bK" cseq                                            \
    }
#define GOT(cseq, status)                                                           \
    {FIELD_STATE, "received"}, {FIELD_METHOD, "REGISTER"}, {FIELD_CALL_ID, "c1@x"}, \
        {FIELD_CSEQ, cseq}, {FIELD_STATUS, status},                                 \
    {                                                                               \
        FIELD_BRANCH, "z9hG4bK" cseq                                                \
    }

/* The phone's clock is 40 s behind. At first its name server does not know a name (the capture alone
 * shows it: the log begins later), then all goes well. */
static const struct line log_lines[] = {
    {SOURCE_LOG, 1000 * USEC_S, FACT_PHONE_MODEL, {MAC}},
    {SOURCE_LOG, 1001 * USEC_S, FACT_SIP_REQUEST, {SENT("7")}},
    {SOURCE_LOG, 1002 * USEC_S, FACT_SIP_RESPONSE, {GOT("7", "200")}},
};
static const struct line capture_lines[] = {
    {SOURCE_CAPTURE, 1020 * USEC_S, FACT_PHONE_MODEL, {MAC}},
    {SOURCE_CAPTURE,
     1020 * USEC_S,
     FACT_FETCH_START,
     {{FIELD_URL, "https://activate.example.com/"}}},
    {SOURCE_CAPTURE,
     1020 * USEC_S,
     FACT_DNS_QUERY,
     {{FIELD_QTYPE, "A"}, {FIELD_HOST, "activate.example.com"}}},
    {SOURCE_CAPTURE,
     1020 * USEC_S,
     FACT_DNS_FORWARD,
     {{FIELD_HOST, "activate.example.com"}, {FIELD_SERVER, "192.0.2.53"}}},
    {SOURCE_CAPTURE,
     1021 * USEC_S,
     FACT_DNS_REPLY,
     {{FIELD_HOST, "activate.example.com"}, {FIELD_VALUE, "NXDOMAIN"}}},
    {SOURCE_CAPTURE, 1021 * USEC_S, FACT_FETCH_NORESOLVE, {{FIELD_HOST, "activate.example.com"}}},
    {SOURCE_CAPTURE, 1021 * USEC_S, FACT_FETCH_RESULT, {{FIELD_CODE, "6"}}},
    {SOURCE_CAPTURE, 1041 * USEC_S, FACT_SIP_REQUEST, {SENT("7")}},
    {SOURCE_CAPTURE, 1042 * USEC_S, FACT_SIP_RESPONSE, {GOT("7", "200")}},
};

static void read_lines(struct journey *j, const struct line *l, size_t n, uint32_t *order)
{
    static const char text[] = "a line";
    for (size_t i = 0; i < n; i++) {
        struct fact f;
        struct mark m = {.file = l[i].source,
                         .line = (uint32_t)i + 1,
                         .order = ++*order,
                         .source = (uint8_t)l[i].source,
                         .month = 9,
                         .day = 4,
                         .year = 2023,
                         .tod = l[i].at};
        fact_init(&f, l[i].kind);
        f.source = (uint8_t)l[i].source;
        f.order = m.order;
        f.tod = m.tod;
        f.place = (struct place){.file = m.file, .line = m.line};
        f.text = str_of(text, sizeof text - 1);
        for (size_t k = 0; k < 6 && l[i].f[k].v; k++) {
            fact_add(&f, l[i].f[k].field, str_z(l[i].f[k].v));
        }
        journey_mark(j, &m);
        journey_fact(j, &f);
    }
}

static void both(bool log_first)
{
    struct journey_cfg cfg = {.expect = {NULL, 0}};
    struct journey *j = journey_new(&cfg);
    uint32_t order = 0;
    size_t n_log = sizeof log_lines / sizeof *log_lines;
    size_t n_capture = sizeof capture_lines / sizeof *capture_lines;
    assert_non_null(j);
    for (int i = 0; i < 2; i++) {
        journey_break(j, (unsigned)i + 1);
        if ((i == 0) == log_first) {
            read_lines(j, log_lines, n_log, &order);
        } else {
            read_lines(j, capture_lines, n_capture, &order);
        }
    }
    struct phone *p = journey_end(j);
    struct ladder l;
    assert_non_null(p);
    assert_null(p->next);
    assert_int_equal(p->sources, 1U << SOURCE_LOG | 1U << SOURCE_CAPTURE);
    assert_true(p->aligned);
    assert_int_equal(p->shared, 2);
    assert_true(p->shift_ms > 39999 && p->shift_ms < 40001);
    /* Whatever was read first, what failed came first and was got past. */
    ladder_read(p, &l);
    assert_int_equal(l.failed, STAGES);
    assert_int_equal(l.rung[STAGE_REGISTERED].state, STAGE_OK);
    uint32_t before = 0;
    for (const struct attempt *a = p->attempts.first; a; a = a->next) {
        assert_true(a->first_order >= before);
        before = a->first_order;
        if (a->failed) {
            assert_int_equal(a->source, SOURCE_CAPTURE);
            assert_true(ladder_recovered(p, a, STAGE_ACTIVATION_DNS));
        }
    }
    journey_free(j);
}

static void log_then_capture(void **state)
{
    (void)state;
    both(true);
}

static void capture_then_log(void **state)
{
    (void)state;
    both(false);
}

/* A probe of the same address is no part of the phone. */
static void probe_apart(void **state)
{
    static const struct line probe[] = {{SOURCE_PROBE, 2000 * USEC_S, FACT_PHONE_MODEL, {MAC}}};
    struct journey_cfg cfg = {.expect = {NULL, 0}};
    struct journey *j = journey_new(&cfg);
    uint32_t order = 0;
    (void)state;
    read_lines(j, log_lines, sizeof log_lines / sizeof *log_lines, &order);
    journey_break(j, 1);
    read_lines(j, probe, 1, &order);
    struct phone *p = journey_end(j);
    assert_non_null(p->next);
    assert_int_equal(p->next->sources, 1U << SOURCE_PROBE);
    assert_false(p->aligned);
    journey_free(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_then_capture),
        cmocka_unit_test(capture_then_log),
        cmocka_unit_test(probe_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
