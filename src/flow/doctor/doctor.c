/* Evidence through the reader into journeys; journeys through the rules into diagnoses. */
#include "flow/doctor/doctor.h"

#include <stdio.h>
#include <stdlib.h>

#include "flow/capture/capture.h"
#include "flow/dissect/dissect.h"
#include "flow/record/record.h"

enum { SUBJECT_MOST = 128 };

struct doctor {
    const struct knowledge *k;
    struct doctor_cfg cfg;
    struct arena arena; /* names and problems */
    struct dissect dissect;
    struct record record;
    char head[sizeof RECORD_MAGIC - 1]; /* of the input, until it is known what it is */
    size_t head_len;
    bool known;
    struct capture *capture; /* made when the first one is read */
    unsigned hosts;          /* of all captures and journals so far */
    struct mark waiting;     /* of a journal: the last line, whose subject was not known yet */
    bool has_waiting;
    char subject[SUBJECT_MOST]; /* of a journal: whom the last fact was about */
    struct journey *journey;
    struct input *input; /* owned */
    size_t n_inputs, cap_inputs;
    struct problem *problem; /* owned */
    size_t n_problems;
    uint64_t more_problems;
    uint64_t cut_before; /* over-long lines of the files before */
    struct phone *phones;
    const struct phone *probe; /* that asked in place of a phone; NULL: none did */
    bool open;
};

static void on_mark(void *ctx, const struct mark *m)
{
    struct doctor *d = ctx;
    journey_mark(d->journey, m);
}

/* -- journals: whom a line is about is known with its fact only */

static void flush_mark(struct doctor *d)
{
    if (d->has_waiting) {
        journey_mark(d->journey, &d->waiting);
        d->has_waiting = false;
    }
}

static void on_record_mark(void *ctx, const struct mark *m)
{
    struct doctor *d = ctx;
    d->has_waiting =
        d->has_waiting && d->subject[0]; /* a time before anybody was named is nobody's */
    flush_mark(d);
    d->waiting = *m;
    d->has_waiting = true;
    if (m->source != SOURCE_JOURNAL) {
        flush_mark(d);
    }
}

/* Subjects are as many groups: what has no MAC address is not joined. */
static void turn_to(struct doctor *d, struct str subject)
{
    size_t n = subject.len < sizeof d->subject - 1 ? subject.len : sizeof d->subject - 1;
    if (n == 0 || str_eq(str_head(subject, n), str_z(d->subject))) {
        return;
    }
    if (d->subject[0]) {
        journey_break(d->journey, UINT32_MAX - d->hosts++);
    }
    memcpy(d->subject, subject.p, n);
    d->subject[n] = 0;
}

static void on_fact(void *ctx, const struct fact *f)
{
    struct doctor *d = ctx;
    if (d->cfg.fact) {
        d->cfg.fact(d->cfg.fact_ctx, f);
    }
    journey_fact(d->journey, f);
}

static void on_record_fact(void *ctx, const struct fact *f)
{
    struct doctor *d = ctx;
    struct str mac = fact_get(f, FIELD_MAC);
    if (f->source == SOURCE_JOURNAL && !fact_carries(f->kind, FIELD_MAC)) {
        d->has_waiting = false; /* of the servers themselves, or of who uses them */
        return;
    }
    if (f->source == SOURCE_JOURNAL) {
        turn_to(d, mac.len ? mac : fact_get(f, FIELD_USER));
    }
    flush_mark(d);
    on_fact(d, f);
}

struct doctor *doctor_new(const struct knowledge *k, const struct doctor_cfg *cfg)
{
    struct doctor *d = calloc(1, sizeof *d);
    struct journey_cfg jc = {.expect = cfg->expect};
    if (!d) {
        return NULL;
    }
    d->k = k;
    d->cfg = *cfg;
    arena_init(&d->arena, (size_t)64 << 20);
    d->journey = journey_new(&jc);
    d->problem = calloc(DOCTOR_PROBLEMS, sizeof *d->problem);
    struct dissect_sink sink = {
        .ctx = d, .mark = on_mark, .fact = on_fact, .secret = cfg->secret, .secret_ctx = cfg->ctx};
    if (!d->journey || !d->problem || dissect_init(&d->dissect, k->lines, sink) != ERR_OK) {
        journey_free(d->journey);
        free(d->problem);
        free(d);
        return NULL;
    }
    return d;
}

void doctor_free(struct doctor *d)
{
    if (!d) {
        return;
    }
    dissect_clear(&d->dissect);
    capture_free(d->capture);
    journey_free(d->journey);
    free(d->input);
    free(d->problem);
    arena_clear(&d->arena);
    free(d);
}

static struct input *new_input(struct doctor *d)
{
    if (d->n_inputs == d->cap_inputs) {
        size_t cap = d->cap_inputs ? d->cap_inputs * 2 : 16;
        struct input *p = cap <= DOCTOR_INPUTS * 2 ? realloc(d->input, cap * sizeof *p) : NULL;
        if (!p) {
            return NULL;
        }
        d->input = p;
        d->cap_inputs = cap;
    }
    return &d->input[d->n_inputs++];
}

/* -- captures */

bool doctor_host(struct str host)
{
    struct mac mac;
    struct addr addr;
    return mac_read(host, &mac) || addr_read(host, &addr);
}

static void on_damage(void *ctx, uint64_t offset, const char *what, bool damage)
{
    struct doctor *d = ctx;
    doctor_problem(d, d->input[d->n_inputs - 1].name, str_of(NULL, 0), offset, str_z(what), damage);
}

static struct capture *new_capture(struct doctor *d)
{
    struct capture_cfg c = {
        .crypto = d->cfg.crypto, .keylog = d->cfg.keylog, .problem = on_damage, .ctx = d};
    for (size_t i = 0; i < d->cfg.n_hosts; i++) {
        if (c.n_macs < CAPTURE_FILTER && mac_read(d->cfg.hosts[i], &c.mac[c.n_macs])) {
            c.n_macs++;
        } else if (c.n_addrs < CAPTURE_FILTER && addr_read(d->cfg.hosts[i], &c.addr[c.n_addrs])) {
            c.n_addrs++;
        }
    }
    return capture_new(&c);
}

/* Hosts of a capture are as many groups: what has no identity is not joined. */
static void on_host(void *ctx)
{
    struct doctor *d = ctx;
    journey_break(d->journey, UINT32_MAX - d->hosts++);
}

static void end_capture(struct doctor *d, struct input *in)
{
    struct capture_sink sink = {.ctx = d, .host = on_host, .mark = on_mark, .fact = on_fact};
    in->records = d->capture ? capture_end(d->capture, &sink, &d->dissect.order) : 0;
}

static void begin_capture(struct doctor *d, uint32_t index)
{
    d->capture = d->capture ? d->capture : new_capture(d);
    if (d->capture) {
        capture_begin(d->capture, index);
    } else {
        doctor_problem(d, d->input[index].name, str_of(NULL, 0), 0, STR("no memory"), true);
    }
}

uint32_t doctor_begin(struct doctor *d, struct str name, enum input_kind kind, unsigned group)
{
    struct input *in = new_input(d);
    uint32_t index = (uint32_t)d->n_inputs;
    d->open = in != NULL;
    if (in) {
        index--;
        *in = (struct input){.name = arena_str(&d->arena, name), .kind = kind, .group = group};
    }
    d->cut_before = d->dissect.log.cut_lines;
    d->head_len = 0;
    d->known = kind == INPUT_CAPTURE;
    journey_break(d->journey, group);
    dissect_begin(&d->dissect, index);
    if (in && kind == INPUT_CAPTURE) {
        begin_capture(d, index);
    }
    return index;
}

static void pass_on(struct doctor *d, const struct input *in, struct str bytes)
{
    if (in->kind == INPUT_PROBE) {
        record_feed(&d->record, bytes);
    } else if (in->kind != INPUT_CAPTURE) {
        dissect_feed(&d->dissect, bytes);
    } else if (d->capture) {
        capture_feed(d->capture, bytes);
    }
}

/* Enough of the input is there, or all of it, to tell what it is. */
static void tell_kind(struct doctor *d, struct input *in)
{
    d->known = true;
    if (str_eq(str_of(d->head, d->head_len), STR(RECORD_MAGIC))) {
        struct record_sink sink = {.ctx = d, .mark = on_record_mark, .fact = on_record_fact};
        in->kind = INPUT_PROBE;
        record_begin(&d->record, sink, (uint32_t)(d->n_inputs - 1), &d->dissect.order);
    }
    pass_on(d, in, str_of(d->head, d->head_len));
}

void doctor_feed(struct doctor *d, struct str bytes)
{
    if (!d->open) {
        return;
    }
    struct input *in = &d->input[d->n_inputs - 1];
    in->bytes += bytes.len;
    if (!d->known) {
        struct str part = str_head(bytes, sizeof d->head - d->head_len);
        memcpy(d->head + d->head_len, part.p, part.len);
        d->head_len += part.len;
        bytes = str_from(bytes, part.len);
        if (d->head_len < sizeof d->head) {
            return;
        }
        tell_kind(d, in);
    }
    pass_on(d, in, bytes);
}

static void end_probe(struct doctor *d, struct input *in)
{
    record_end(&d->record);
    flush_mark(d);
    d->subject[0] = 0;
    in->kind = d->record.source == SOURCE_JOURNAL ? INPUT_JOURNAL : INPUT_PROBE;
    in->records = d->record.records;
    in->lines = d->record.line_no;
    if (d->record.skipped || d->record.fields) {
        doctor_problem(
            d, in->name, str_of(NULL, 0), 0,
            d->record.newer
                ? STR("a newer version wrote this record; what is not known was passed over")
                : STR("lines or values of this record are not known; they were passed over"),
            false);
    }
}

void doctor_end(struct doctor *d, bool whole)
{
    if (!d->open) {
        return;
    }
    struct input *in = &d->input[d->n_inputs - 1];
    if (!d->known) {
        tell_kind(d, in);
    }
    in->whole = whole;
    d->open = false;
    if (in->kind == INPUT_CAPTURE) {
        end_capture(d, in);
        return;
    }
    in->records = dissect_end(&d->dissect);
    in->lines = d->dissect.log.line_no;
    if (in->kind == INPUT_PROBE) {
        end_probe(d, in);
    }
    if (in->records && in->kind == INPUT_NOTHING) {
        in->kind = INPUT_LOG;
    }
    if (d->dissect.log.cut_lines > d->cut_before && in->records) {
        doctor_problem(
            d, in->name, str_of(NULL, 0), 0,
            STR("a line is longer than 65536 bytes; what stands behind them was passed over"),
            false);
    }
}

void doctor_problem(struct doctor *d, struct str input, struct str member, uint64_t offset,
                    struct str what, bool damage)
{
    if (d->n_problems == DOCTOR_PROBLEMS) {
        d->more_problems++;
        return;
    }
    d->problem[d->n_problems++] = (struct problem){.input = arena_str(&d->arena, input),
                                                   .member = arena_str(&d->arena, member),
                                                   .offset = offset,
                                                   .what = arena_str(&d->arena, what),
                                                   .damage = damage};
}

void doctor_finish(struct doctor *d)
{
    char text[96];
    d->phones = journey_end(d->journey);
    for (const struct phone *p = d->phones; p && !d->probe; p = p->next) {
        d->probe = p->sources & 1U << SOURCE_PROBE ? p : NULL;
    }
    uint64_t dropped = journey_dropped(d->journey);
    if (dropped) {
        int n = snprintf(text, sizeof text, "too many phones: %llu stretches were left out",
                         (unsigned long long)dropped);
        doctor_problem(d, STR("-"), str_of(NULL, 0), 0, str_of(text, (size_t)n), true);
    }
}

const struct knowledge *doctor_knowledge(const struct doctor *d)
{
    return d->k;
}

size_t doctor_inputs(const struct doctor *d)
{
    return d->n_inputs;
}

const struct input *doctor_input(const struct doctor *d, size_t i)
{
    return &d->input[i];
}

size_t doctor_problems(const struct doctor *d)
{
    return d->n_problems;
}

const struct problem *doctor_problem_at(const struct doctor *d, size_t i)
{
    return &d->problem[i];
}

const struct phone *doctor_phones(const struct doctor *d)
{
    return d->phones;
}

void doctor_diagnose(const struct doctor *d, const struct phone *p, struct diagnosis *ret_d)
{
    diagnose(&d->k->rules, p, p->sources & 1U << SOURCE_PROBE ? NULL : d->probe, ret_d);
}
