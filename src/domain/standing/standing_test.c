/* Standings: what each turn of a phone's life makes of its status. */
#include "domain/standing/standing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { T0 = 1700000000 };

/* "at kind field=value ..." in seconds from T0; "at ? status" asks. */
struct scene {
    const char *name;
    const char *line[24];
};

static const struct scene scenes[] = {
    {"never heard of", {"0 ? unavailable", "99999999 ? unavailable"}},
    {"a first journey",
     {"10 activation.served state=rule proof=certificate", "10 ? activating",
      "12 provision.served state=whole proof=certificate", "13 ? activating",
      "20 edge.registered state=new", "20 ? online", "90000 ? online"}},
    {"it is refused and comes again",
     {"10 provision.refused reason=expired proof=certificate", "11 ? activating",
      "70 provision.served state=whole proof=certificate", "75 edge.registered state=new",
      "76 ? online"}},
    {"wrong secret, then right",
     {"10 provision.served state=whole proof=certificate", "12 edge.refused status=401",
      "13 ? activating", "40 edge.registered state=new", "41 ? online"}},
    {"it unregisters",
     {"10 edge.registered state=new", "500 edge.ended state=unregistered", "501 ? offline",
      "2592501 ? expired"}},
    {"its registration ran out",
     {"10 edge.registered state=new", "4000 edge.ended state=expired", "4001 ? offline"}},
    {"it boots again, the old contact ends later",
     {"10 provision.served state=whole proof=certificate", "20 edge.registered state=new",
      "9000 provision.served state=whole proof=certificate", "9001 ? online",
      "9015 edge.registered state=new", "9016 ? online", "12000 edge.ended state=expired",
      "12001 ? online"}},
    {"it boots again, behind the end of its registration",
     {"10 provision.served state=whole proof=certificate", "20 edge.registered state=new",
      "4000 edge.ended state=expired", "9000 provision.served state=whole proof=certificate",
      "9001 ? activating", "9015 edge.registered state=new", "9016 ? online"}},
    {"two lines, one is refused",
     {"10 edge.registered state=new user=1", "12 edge.refused status=401 user=2", "13 ? issues",
      "60 edge.registered state=new user=2", "61 ? online", "90 edge.ended user=1 state=expired",
      "91 ? online"}},
    {"its configuration is refused while it is registered",
     {"10 edge.registered state=new",
      "4000 provision.refused reason=no-configuration proof=certificate", "4001 ? issues",
      "4100 provision.served state=unchanged proof=certificate", "4101 ? online"}},
    {"connections lost now and then are no issue",
     {"10 edge.registered state=new", "100 edge.flow-lost", "4000 edge.flow-lost",
      "8000 edge.flow-lost", "8001 ? online", "8100 edge.flow-lost", "8200 edge.flow-lost",
      "8201 ? issues", "8300 edge.ended state=expired", "8301 ? offline",
      "8400 edge.registered state=new", "8401 ? online"}},
    {"its problem report says something",
     {"10 edge.registered state=new", "20 report.diagnosed state=warning", "21 ? issues",
      "30 report.diagnosed state=nothing", "31 ? online"}},
    {"a code waits for it, and runs out",
     {"10 device.changed state=code-made count=100", "11 ? activating", "111 ? expired",
      "120 activation.served state=code proof=certificate", "121 ? activating"}},
    {"the public bootstrap is no configuration",
     {"10 provision.served state=bootstrap proof=none", "11 ? activating"}},
    {"a guess in its name changes nothing",
     {"10 edge.registered state=new", "20 provision.refused reason=no-proof proof=none",
      "21 ? online", "30 edge.ended state=expired", "31 ? offline"}},
    {"replaced: the new phone begins anew",
     {"10 edge.registered state=new", "20 device.changed state=replaced", "21 ? unavailable"}},
    {"a file got at by way of its timer begins no boot",
     {"10 provision.served state=whole proof=certificate", "20 edge.registered state=new",
      "3610 provision.served state=unchanged proof=certificate", "4000 edge.registered state=new",
      "4001 ? online"}},
};

static void add_fields(struct fact *f, struct str rest)
{
    while (str_trim(rest).len) {
        struct str word = str_word(&rest);
        struct str name = str_cut(&word, '=');
        assert_true(field_read(name) < FIELDS);
        fact_add(f, field_read(name), word);
    }
}

static void play(struct standing *s, const char *line)
{
    struct fact f;
    enum standing_status want = STANDING_UNAVAILABLE;
    uint64_t at = 0;
    struct str rest = str_z(line);
    assert_true(str_u64(str_word(&rest), &at));
    usec_t when = (usec_t)(T0 + at) * USEC_S;
    struct str kind = str_word(&rest);
    if (str_eq(kind, STR("?"))) {
        assert_true(standing_status_read(str_trim(rest), &want));
        enum standing_status got = standing_status(s, when, 0);
        if (got != want) {
            fail_msg("%s: %s", line, standing_status_name(got));
        }
        usec_t since = standing_since(s, when, 0);
        assert_true(since <= when);
        assert_true(since != USEC_NONE || want == STANDING_UNAVAILABLE || s->until);
        return;
    }
    fact_init(&f, fact_kind_read(kind));
    assert_int_not_equal(f.kind, FACT_NO_KIND);
    add_fields(&f, rest);
    assert_true(standing_on(s, &f, when));
}

static void test_scenes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        struct standing s = {0};
        for (size_t k = 0; k < sizeof scenes[i].line / sizeof *scenes[i].line; k++) {
            if (scenes[i].line[k]) {
                play(&s, scenes[i].line[k]);
            }
        }
    }
}

static void test_boots(void **state)
{
    (void)state;
    struct standing s = {0};
    play(&s, "10 activation.served state=rule proof=certificate");
    play(&s, "12 provision.served state=whole proof=certificate");
    play(&s, "21 edge.registered state=new");
    assert_int_equal(s.good, T0 + 10);
    assert_int_equal(s.good_s, 11);
    play(&s, "3610 provision.served state=unchanged proof=certificate");
    play(&s, "4000 edge.registered state=new");
    assert_int_equal(s.boot, T0 + 10); /* its timer, and a connection anew */
    play(&s, "9000 provision.served state=whole proof=certificate");
    assert_int_equal(s.boot, T0 + 10); /* not yet known */
    play(&s, "9030 edge.registered state=new");
    assert_int_equal(s.good, T0 + 9000);
    assert_int_equal(s.good_s, 30);
    assert_int_equal(s.bindings, 3);
}

static void test_elsewhere(void **state)
{
    (void)state;
    struct standing s = {.flags = STANDING_ELSEWHERE};
    play(&s, "10 provision.refused reason=expired proof=certificate");
    play(&s, "11 ? activating");
    play(&s, "20 provision.served state=whole proof=certificate");
    play(&s, "21 ? unavailable"); /* whether it registers there nobody tells us */
}

static void test_mistyped(void **state)
{
    (void)state;
    static const struct {
        const char *asked, *known, *how;
    } row[] = {
        {"00005e005301", "00005e005302", "digit"},   {"00005e005312", "00005e005321", "swapped"},
        {"00005e005301", "00005e005301", NULL},      {"00005e005301", "00005e005412", NULL},
        {"00005e005301", "00005e003501", "swapped"}, {"00005e005311", "00005e005322", NULL},
        {"80005e005301", "00005e005301", "digit"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct mac a;
        struct mac b;
        const char *how = NULL;
        assert_true(mac_read(str_z(row[i].asked), &a));
        assert_true(mac_read(str_z(row[i].known), &b));
        assert_int_equal(standing_mistyped(a, b, &how), row[i].how != NULL);
        assert_true(str_eq(str_z(how), str_z(row[i].how)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scenes),
        cmocka_unit_test(test_boots),
        cmocka_unit_test(test_elsewhere),
        cmocka_unit_test(test_mistyped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
