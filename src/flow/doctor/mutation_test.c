/* What happens to a log on its way to the doctor must not change the diagnosis into another one:
 * it may become weaker, or unknown. Every log of test/fixtures, every mutation of mutate.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "flow/doctor/doctor_fixture.h"
#include "flow/doctor/mutate.h"

enum outcome { SAME, WEAKER, LOST, FINE, OTHER, OUTCOMES };

static const char *const outcome_name[OUTCOMES] = {"same", "weaker", "lost", "fine", "other"};

static const struct mutation {
    const char *name;
    bool (*make)(const struct cut_log *l, unsigned i, struct sink *s);
    unsigned step;   /* every such variant is tried */
    unsigned coarse; /* the same when it comes on top of another mutation; 0: it does not */
    bool first;      /* others come on top of it */
} mutations[] = {
    {"drop a line", drop_one, 1, 0, false},
    {"drop each tenth", drop_tenth, 1, 5, false},
    {"glue two records", glue, 1, 11, false},
    {"cut at 1024", pieces, 1, 0, true},
    {"change the month", other_month, 3, 29, false},
    {"strip markup", strip_markup, 1, 0, true},
    {"redact", redact, 1, 0, true},
    {"CRLF", line_ends, 1, 1, false},
    {"no-break spaces", no_break, 1, 1, false},
    {"reorder by 1 ms", reorder, 1, 9, false},
    {"wrap in prose", prose, 1, 2, false},
};
enum { MUTATIONS = sizeof mutations / sizeof *mutations };

/* Where a log without one line is that of a phone that is well so far, since nothing else tells. */
static const struct loss {
    const char *log;
    const char *mutation;
    const char *why;
} losses[] = {
    {"DH-04", "drop a line", "the only line that tells of it"},
    {"DH-04", "drop each tenth", "the only line that tells of it"},
    {"DH-05", "drop a line", "the only line that tells of it"},
    {"DH-05", "drop each tenth", "the only line that tells of it"},
    {"PF-01", "drop a line", "the only line that tells of it"},
    {"PF-01", "drop each tenth", "the only line that tells of it"},
    {"PF-02", "drop a line", "the only line that tells of it"},
    {"PF-02", "drop each tenth", "the only line that tells of it"},
    {"PF-04", "drop a line", "the only line that tells of it"},
    {"PF-04", "drop each tenth", "the only line that tells of it"},
    {"PF-01-2", "drop a line", "an absence, and a record is missing in it"},
    {"PF-01-2", "drop each tenth", "an absence, and a record is missing in it"},
    {"PF-01-3", "drop a line", "the only line that tells of it"},
    {"PF-01-3", "drop each tenth", "the only line that tells of it"},
    {"PF-01-2", "change the month", "the time that passed while the date jumped is unknown"},
    {"RF-03", "change the month", "the time that passed while the date jumped is unknown"},
    {"RJ-01-2", "drop a line", "of two lines: the refusal, or whose it is"},
    {"RJ-01-2", "drop each tenth", "of two lines: the refusal, or whose it is"},
    {"RF-03", "drop a line", "an absence, and a record is missing in it, or the time granted is"},
    {"RF-03", "drop each tenth",
     "an absence, and a record is missing in it, or the time granted is"},
};
enum { LOSSES = sizeof losses / sizeof *losses };
static unsigned loss_seen[LOSSES];

static struct knowledge k;
static unsigned total[MUTATIONS + 1][OUTCOMES];

/* What a finding becomes when the line that tells the cause is gone. */
static bool general(const char *id, const char *of)
{
    static const struct {
        const char *id;
        const char *of; /* families, and findings of their own */
    } rows[] = {
        {"DN-00", "DN DH-06"},
        {"TL-00", "TL TM"},
        {"PV-00", "PV PF AC TL TM DN DH-06"},
        {"RJ-00", "RJ RA RF-04"},
    };
    char family[3] = {of[0], of[1], 0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].id, id) == 0) {
            const char *at = strstr(rows[i].of, family);
            return at && (at[2] != '-' || strstr(rows[i].of, of));
        }
    }
    return false;
}

static bool error_allowed(const struct verdict *base, const char *id)
{
    for (unsigned i = 0; i < base->n; i++) {
        if (base->id[i].level == LEVEL_ERROR &&
            (strcmp(base->id[i].id, id) == 0 || general(id, base->id[i].id))) {
            return true;
        }
    }
    return false;
}

static enum outcome judge(const struct verdict *base, const struct verdict *v,
                          const struct expectation *e)
{
    bool error = false;
    for (unsigned i = 0; i < v->n; i++) {
        error = error || v->id[i].level == LEVEL_ERROR;
        if (v->id[i].level == LEVEL_ERROR && !error_allowed(base, v->id[i].id)) {
            return OTHER;
        }
    }
    if (e->id[0] == '-') {
        return SAME;
    }
    const struct verdict_id *was = verdict_find(base, e->id);
    const struct verdict_id *is = verdict_find(v, e->id);
    if (is) {
        bool whole = is->level == was->level && is->confidence > was->confidence - 0.001;
        return whole ? SAME : WEAKER;
    }
    if (error || (v->failed < STAGES && base->failed < STAGES)) {
        return WEAKER;
    }
    bool past = base->failed < STAGES && v->ladder.rung[base->failed].state == STAGE_OK;
    return past ? FINE : LOST;
}

static bool is_loss(const char *log, const char *mutation)
{
    for (unsigned i = 0; i < LOSSES; i++) {
        if (strcmp(losses[i].log, log) == 0 && strcmp(losses[i].mutation, mutation) == 0) {
            loss_seen[i]++;
            return true;
        }
    }
    return false;
}

/* Counts what becomes of one log under one mutation. Returns how often it was wrong. */
static unsigned mutate(const struct mutation *m, unsigned step, const struct cut_log *l,
                       struct buf *text, const struct verdict *base, const struct expectation *e,
                       unsigned count[OUTCOMES])
{
    unsigned wrong = 0;
    struct sink s = buf_sink(text);
    for (unsigned i = 0;; i += step) {
        buf_reset(text);
        if (!m->make(l, i, &s)) {
            return wrong;
        }
        struct verdict v = fixture_verdict(&k, buf_str(text), 65536);
        enum outcome o = judge(base, &v, e);
        count[o]++;
        if (o == OTHER || (o == FINE && !is_loss(e->log, m->name))) {
            wrong++;
            print_error("%s, %s %u: %s;", e->log, m->name, i, outcome_name[o]);
            for (unsigned f = 0; f < v.n; f++) {
                print_error(" %s[%s]", level_name(v.id[f].level), v.id[f].id);
            }
            print_error("\n");
        }
    }
}

/* One mutation on top of another: what is redacted is cut and wrapped later. */
static unsigned mutate_twice(const struct cut_log *l, struct buf *text, const struct verdict *base,
                             const struct expectation *e, unsigned count[OUTCOMES])
{
    static struct cut_log once;
    struct buf first = {0};
    struct sink s = buf_sink(&first);
    unsigned wrong = 0;
    for (int a = 0; a < MUTATIONS; a++) {
        for (unsigned i = 0; mutations[a].first; i++) {
            buf_reset(&first);
            if (!mutations[a].make(l, i, &s)) {
                break;
            }
            log_cut(buf_str(&first), &once);
            for (int b = 0; b < MUTATIONS; b++) {
                const struct mutation *m = &mutations[b];
                wrong += m->coarse ? mutate(m, m->coarse, &once, text, base, e, count) : 0;
            }
        }
    }
    buf_clear(&first);
    return wrong;
}

static void print_row(const char *name, const unsigned count[OUTCOMES])
{
    print_message("%-18s", name);
    for (int o = 0; o < OUTCOMES; o++) {
        print_message(" %7u", count[o]);
    }
    print_message("\n");
}

static void open_table(struct buf *ret_b, char folder[2048])
{
    char path[4096];
    const char *src = getenv("SRC");
    snprintf(folder, 2048, "%s/test/fixtures", src ? src : ".");
    snprintf(path, sizeof path, "%s/expect.tsv", folder);
    assert_true(fixture_read(path, ret_b));
}

static void mutations_never_mislead(void **state)
{
    static struct cut_log l;
    struct buf table = {0};
    struct buf log = {0};
    struct buf text = {0};
    struct expectation e;
    char folder[2048];
    char path[4096];
    unsigned wrong = 0;
    (void)state;
    open_table(&table, folder);
    struct str rest = buf_str(&table);
    print_message("%-18s    same  weaker    lost    fine   other\n", "log");
    while (expectation_next(&rest, &e)) {
        unsigned of_log[OUTCOMES] = {0};
        snprintf(path, sizeof path, "%s/%s.log", folder, e.log);
        assert_true(fixture_read(path, &log));
        struct verdict base = fixture_verdict(&k, buf_str(&log), 65536);
        log_cut(buf_str(&log), &l);
        for (int m = 0; m < MUTATIONS; m++) {
            unsigned count[OUTCOMES] = {0};
            wrong += mutate(&mutations[m], mutations[m].step, &l, &text, &base, &e, count);
            for (int o = 0; o < OUTCOMES; o++) {
                total[m][o] += count[o];
                of_log[o] += count[o];
            }
        }
        unsigned twice[OUTCOMES] = {0};
        wrong += mutate_twice(&l, &text, &base, &e, twice);
        for (int o = 0; o < OUTCOMES; o++) {
            total[MUTATIONS][o] += twice[o];
            of_log[o] += twice[o];
        }
        print_row(e.log, of_log);
    }
    print_message("\n%-18s    same  weaker    lost    fine   other\n", "mutation");
    for (int m = 0; m < MUTATIONS; m++) {
        print_row(mutations[m].name, total[m]);
    }
    print_row("one after another", total[MUTATIONS]);
    print_message("\nlegitimate losses:\n");
    for (unsigned i = 0; i < LOSSES; i++) {
        print_message("%-10s %-16s %3u  %s\n", losses[i].log, losses[i].mutation, loss_seen[i],
                      losses[i].why);
        wrong += loss_seen[i] == 0;
    }
    buf_clear(&table);
    buf_clear(&log);
    buf_clear(&text);
    assert_int_equal(wrong, 0);
}

/* However the bytes come, the facts are the same. */
static void pieces_of_any_size_read_the_same(void **state)
{
    static const size_t sizes[] = {1, 7, 64, 1023, 4093};
    struct buf table = {0};
    struct buf log = {0};
    struct expectation e;
    char folder[2048];
    char path[4096];
    (void)state;
    open_table(&table, folder);
    struct str rest = buf_str(&table);
    while (expectation_next(&rest, &e)) {
        snprintf(path, sizeof path, "%s/%s.log", folder, e.log);
        assert_true(fixture_read(path, &log));
        struct verdict base = fixture_verdict(&k, buf_str(&log), 65536);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            struct verdict v = fixture_verdict(&k, buf_str(&log), sizes[i]);
            assert_int_equal(v.n, base.n);
            assert_memory_equal(v.id, base.id, v.n * sizeof *v.id);
            assert_int_equal(v.failed, base.failed);
        }
    }
    buf_clear(&table);
    buf_clear(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mutations_never_mislead),
        cmocka_unit_test(pieces_of_any_size_read_the_same),
    };
    struct conf_error wrong = {.line = 0};
    if (knowledge_init(&k) != ERR_OK || knowledge_add_share(&k, &wrong) != ERR_OK) {
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    knowledge_clear(&k);
    return failed;
}
