/* For the tests of this module: a log in, the verdict on it out. */
#ifndef FLOW_DOCTOR_DOCTOR_FIXTURE_H
#define FLOW_DOCTOR_DOCTOR_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>

#include "base/sink.h"
#include "flow/doctor/doctor.h"

enum { VERDICT_IDS = 32 };

struct verdict_id {
    char id[8];
    enum level level;
    bool recovered;
    double confidence;
};

/* What is said of all phones of a log; the finding named first is that of the worst phone. */
struct verdict {
    unsigned phones;
    int first; /* index of the finding named first; -1: none */
    enum stage failed;
    struct ladder ladder; /* of that phone */
    unsigned n;
    struct verdict_id id[VERDICT_IDS];
};

/* The whole file, in memory of the caller. False when it cannot be read. */
static inline bool fixture_read(const char *path, struct buf *ret_b)
{
    char chunk[16384];
    FILE *f = fopen(path, "rb");
    if (!f) {
        return false;
    }
    buf_reset(ret_b);
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, f)) > 0;) {
        if (buf_add(ret_b, str_of(chunk, n)) != ERR_OK) {
            abort();
        }
    }
    fclose(f);
    return true;
}

/* The doctor after reading `log` in pieces of `chunk` bytes. */
static inline struct doctor *fixture_doctor(const struct knowledge *k, struct str log, size_t chunk)
{
    struct doctor_cfg cfg = {.expect = STR("")};
    struct doctor *d = doctor_new(k, &cfg);
    if (!d) {
        abort();
    }
    (void)doctor_begin(d, STR("log"), INPUT_NOTHING, 0);
    while (log.len) {
        doctor_feed(d, str_head(log, chunk));
        log = str_from(log, chunk);
    }
    doctor_end(d, true);
    doctor_finish(d);
    return d;
}

static inline void verdict_add(struct verdict *v, const struct finding *f)
{
    struct verdict_id *to = &v->id[v->n++];
    snprintf(to->id, sizeof to->id, "%.*s", STR_ARG(f->rule->id));
    to->level = f->level;
    to->recovered = f->recovered;
    to->confidence = f->confidence;
}

static inline struct verdict fixture_verdict(const struct knowledge *k, struct str log,
                                             size_t chunk)
{
    static struct diagnosis g;
    struct verdict v = {.first = -1, .failed = STAGES};
    struct doctor *d = fixture_doctor(k, log, chunk);
    for (const struct phone *p = doctor_phones(d); p; p = p->next) {
        doctor_diagnose(d, p, &g);
        if (g.n && (v.first < 0 || g.finding[0].level > v.id[v.first].level)) {
            v.first = (int)v.n;
            v.failed = g.ladder.failed;
            v.ladder = g.ladder;
        } else if (v.phones == 0) {
            v.failed = g.ladder.failed;
            v.ladder = g.ladder;
        }
        v.phones++;
        for (unsigned i = 0; i < g.n && v.n < VERDICT_IDS; i++) {
            verdict_add(&v, &g.finding[i]);
        }
    }
    doctor_free(d);
    return v;
}

static inline const struct verdict_id *verdict_find(const struct verdict *v, const char *id)
{
    for (unsigned i = 0; i < v->n; i++) {
        if (strcmp(v->id[i].id, id) == 0) {
            return &v->id[i];
        }
    }
    return NULL;
}

static inline enum level verdict_level(const struct verdict *v)
{
    return v->first < 0 ? LEVEL_INFO : v->id[v->first].level;
}

/* One row of test/fixtures/expect.tsv. */
struct expectation {
    char log[32];
    char level[16];
    char id[8];     /* "-": nothing above information */
    char stage[24]; /* of the ladder; "-": none failed */
    char recovered[32];
};

/* The next row of `*rest`. False at its end. */
static inline bool expectation_next(struct str *rest, struct expectation *ret_e)
{
    while (rest->len) {
        char text[200];
        struct str line = str_cut(rest, '\n');
        snprintf(text, sizeof text, "%.*s", STR_ARG(line));
        if (line.len && line.p[0] != '#' &&
            sscanf(text, "%31s %15s %7s %23s %31s", ret_e->log, ret_e->level, ret_e->id,
                   ret_e->stage, ret_e->recovered) == 5) {
            return true;
        }
    }
    return false;
}

#endif
