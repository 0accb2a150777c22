/* The status of devices: rows told, rows read again at the start, what the API says of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/hub/status_inside.h"

static char folder[] = "/tmp/status_test.XXXXXX";
static struct knowledge know;
static usec_t t0;

static const struct mac phone = {{0, 0, 0x5e, 0, 0x53, 0x21}};
static const struct mac other = {{0, 0, 0x5e, 0, 0x53, 0x30}};

struct world {
    struct loop *loop;
    struct store *store;
    struct status *status;
    struct loop_timer *end;
    unsigned events, overviews;
    char last[4096];
};

static void on_event(void *ctx, const char *name, struct str json)
{
    struct world *w = ctx;
    if (strcmp(name, "overview") == 0) {
        w->overviews++;
        return;
    }
    assert_string_equal(name, "device.status");
    w->events++;
    snprintf(w->last, sizeof w->last, "%.*s", STR_ARG(json));
}

static void stop(void *ctx)
{
    struct world *w = ctx;
    loop_stop(w->loop);
}

/* The loop for so long that what is due after some 200 ms is done. */
static void turn(struct world *w)
{
    loop_timer_at(w->end, loop_now(w->loop) + 600 * USEC_MS);
    loop_run(w->loop);
}

static struct world open_world(void)
{
    struct world w = {.loop = NULL};
    char why[STORE_WHY];
    assert_int_equal(store_open(folder, &(struct store_cfg){0}, &w.store, why), ERR_OK);
    assert_int_equal(loop_new(&w.loop), ERR_OK);
    return w;
}

static void begin(struct world *w)
{
    struct status_cfg cfg = {
        .loop = w->loop, .store = w->store, .know = &know, .event = on_event, .ctx = w};
    assert_int_equal(status_new(&cfg, &w->status), ERR_OK);
    assert_int_equal(loop_timer_new(w->loop, stop, w, &w->end), ERR_OK);
}

static void close_world(struct world *w)
{
    status_free(w->status);
    loop_timer_free(w->end);
    loop_free(w->loop);
    store_close(w->store);
}

/* "mac=..." first in the fields is the subject, else "user=". */
static void tell(struct world *w, int seconds, const char *text)
{
    char line[512], when[TIME_TEXT];
    usec_t at = t0 + seconds * USEC_S;
    struct str rest = str_z(text);
    struct str kind = str_word(&rest);
    struct str subject = str_word(&rest);
    (void)str_cut(&subject, '=');
    time_write(at, when);
    int n = snprintf(line, sizeof line, "%s %s", when, text);
    struct journal_row row = {.when = at,
                              .subject = subject,
                              .source = STR("192.0.2.21"),
                              .kind = (int)fact_kind_read(kind),
                              .line = str_of(line, (size_t)n)};
    assert_int_not_equal(row.kind, FACT_NO_KIND);
    assert_true(store_journal(w->store, &row));
    if (w->status) {
        status_on_row(w->status, &row);
    }
}

#define MAC "mac=00:00:5e:00:53:21"
#define OTHER "mac=00:00:5e:00:53:30"

static void assert_status(struct world *w, struct mac mac, const char *want)
{
    struct status_now now;
    status_of(w->status, mac, LANG_EN, &now);
    assert_string_equal(standing_status_name(now.status), want);
}

static int remove_files(void **state)
{
    char path[4096];
    (void)state;
    static const char *const names[] = {"dialtone.db", "dialtone.db-wal", "dialtone.db-shm"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    return 0;
}

static void test_told(void **state)
{
    (void)state;
    struct world w = open_world();
    begin(&w);
    assert_int_equal(status_rebuild(w.status), ERR_OK);
    turn(&w);
    status_device(w.status, 7, phone, t0);
    status_user(w.status, STR("2001"), phone);
    assert_status(&w, phone, "unavailable");
    tell(&w, 10, "activation.served " MAC " state=rule proof=certificate");
    assert_status(&w, phone, "activating");
    tell(&w, 11, "provision.served " MAC " state=whole proof=certificate");
    tell(&w, 14, "edge.refused user=2001 status=401 method=REGISTER text=\"wrong digest\"");
    turn(&w);
    assert_int_equal(w.events, 1); /* all of it at once */
    assert_non_null(strstr(w.last, "\"id\":\"7\""));
    assert_non_null(strstr(w.last, "\"finding\":\"HB-34\""));
    tell(&w, 20, "edge.registered user=2001 state=new");
    assert_status(&w, phone, "online");
    turn(&w);
    assert_int_equal(w.events, 2);
    assert_non_null(strstr(w.last, "\"status\":\"online\""));
    assert_non_null(strstr(w.last, "\"verdict\":null"));
    assert_true(w.overviews > 0);
    status_device_gone(w.status, 7, phone);
    tell(&w, 30, "edge.ended user=2001 state=expired");
    turn(&w);
    assert_int_equal(w.events, 2);
    close_world(&w);
}

static void test_strangers(void **state)
{
    (void)state;
    struct world w = open_world();
    struct mac known;
    const char *how = NULL;
    begin(&w);
    status_device(w.status, 7, phone, t0);
    assert_true(status_near(w.status, (struct mac){{0, 0, 0x5e, 0, 0x53, 0x12}}, &known, &how));
    assert_string_equal(how, "swapped");
    assert_true(status_near(w.status, (struct mac){{0, 0, 0x5e, 0, 0x35, 0x21}}, &known, &how));
    assert_false(status_near(w.status, (struct mac){{0, 0, 0x5e, 0, 0x54, 0x12}}, &known, &how));
    assert_true(status_near(w.status, (struct mac){{0, 0, 0x5e, 0, 0x53, 0x29}}, &known, &how));
    assert_string_equal(how, "digit");
    assert_true(mac_eq(known, phone));
    tell(&w, 5, "device.unknown mac=00:00:5e:00:53:12 state=seen proof=certificate");
    tell(&w, 6, "provision.refused mac=00:00:5e:00:53:99 reason=no-proof proof=none");
    assert_null(status_find(w.status, (struct mac){{0, 0, 0x5e, 0, 0x53, 0x99}}));
    turn(&w);
    turn(&w);
    struct buf text = {0};
    struct sink out = buf_sink(&text);
    assert_int_equal(status_journey(w.status, phone, NULL, 0, LANG_EN, &out), ERR_OK);
    assert_true(str_find(buf_str(&text), STR("\"finding\":\"HB-11\"")) != STR_NPOS);
    assert_true(str_find(buf_str(&text), STR("00:00:5e:00:53:12")) != STR_NPOS);
    buf_clear(&text);
    close_world(&w);
}

static void tell_two_boots(struct world *w)
{
    tell(w, 0, "device.changed " MAC " state=added user=admin");
    tell(w, 100, "activation.served " MAC " state=rule proof=certificate ms=12");
    tell(w, 102, "provision.served " MAC " state=whole proof=certificate ms=9");
    tell(w, 110, "edge.registered " MAC " state=new user=2001");
    tell(w, 4000, "edge.ended " MAC " state=expired user=2001");
    tell(w, 9000, "activation.served " MAC " state=rule proof=certificate ms=13");
    tell(w, 9004, "provision.refused " MAC " reason=no-configuration proof=certificate");
    tell(w, 1, "device.changed " OTHER " state=added user=admin");
}

static void test_rebuilt(void **state)
{
    (void)state;
    struct world w = open_world();
    tell_two_boots(&w);
    store_close(w.store); /* all rows are written */
    char why[STORE_WHY];
    assert_int_equal(store_open(folder, &(struct store_cfg){0}, &w.store, why), ERR_OK);
    begin(&w);
    status_device(w.status, 7, phone, t0);
    status_device(w.status, 8, other, t0);
    assert_int_equal(status_rebuild(w.status), ERR_OK);
    turn(&w);
    assert_status(&w, phone, "activating");
    assert_status(&w, other, "unavailable");
    struct status_now now;
    status_of(w.status, phone, LANG_JA, &now);
    assert_string_equal(now.finding, "HB-18");
    assert_int_equal(now.stage, STAGE_PROVISIONING);
    struct buf text = {0};
    struct sink out = buf_sink(&text);
    assert_int_equal(status_journey(w.status, phone, NULL, 0, LANG_EN, &out), ERR_OK);
    static const char *const there[] = {
        "\"status\":\"activating\"",
        "\"stage\":\"activation\",\"name\":\"activation\",\"state\":\"ok\"",
        "\"stage\":\"provisioning\",\"name\":\"provisioning\",\"state\":\"failed\"",
        "\"good\":{\"began\"",
        "\"verdict\":{\"finding\":\"HB-18\"",
        "\"ms\":8000", /* the good one: from the configuration to the registration */
    };
    for (size_t i = 0; i < sizeof there / sizeof *there; i++) {
        if (str_find(buf_str(&text), str_z(there[i])) == STR_NPOS) {
            fail_msg("%s is not in %.*s", there[i], STR_ARG(buf_str(&text)));
        }
    }
    buf_reset(&text);
    status_overview(w.status, LANG_EN, &out);
    static const char *const sums[] = {
        "\"funnel\":{\"added\":2,\"contacted\":1,\"configured\":1,\"registered\":1}",
        "\"unavailable\":1", "\"activating\":1", "\"median_s\":10", "\"finding\":\"HB-18\""};
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++) {
        if (str_find(buf_str(&text), str_z(sums[i])) == STR_NPOS) {
            fail_msg("%s is not in %.*s", sums[i], STR_ARG(buf_str(&text)));
        }
    }
    buf_reset(&text);
    assert_int_equal(status_facts(w.status, phone, 2, 0, &out), ERR_OK);
    assert_true(str_starts(buf_str(&text), STR("{\"items\":[{\"at\"")));
    assert_true(str_find(buf_str(&text), STR("\"reason\":\"no-configuration\"")) != STR_NPOS);
    buf_clear(&text);
    close_world(&w);
}

static int setup(void **state)
{
    struct conf_error wrong = {.line = 0};
    struct timespec now;
    (void)state;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    t0 = ((usec_t)now.tv_sec - 10000) * USEC_S;
    return mkdtemp(folder) && knowledge_init(&know) == ERR_OK &&
                   knowledge_add_share(&know, &wrong) == ERR_OK
               ? 0
               : -1;
}

static int teardown(void **state)
{
    (void)state;
    knowledge_clear(&know);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_told, remove_files),
        cmocka_unit_test_teardown(test_strangers, remove_files),
        cmocka_unit_test_teardown(test_rebuilt, remove_files),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
