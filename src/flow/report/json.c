/* The report for programs. Its schema is docs/json.md; a change of meaning raises SCHEMA_VERSION. */
#include "base/json.h"

#include "flow/report/report.h"

static struct str file_name(const struct report *r, struct place at)
{
    return at.file < doctor_inputs(r->doctor) ? doctor_input(r->doctor, at.file)->name
                                              : str_of(NULL, 0);
}

static void inputs(const struct report *r, struct json *j)
{
    static const char *const kinds[] = {"other", "log", "capture", "probe", "journal"};
    json_key(j, "inputs");
    json_open(j, '[');
    for (size_t i = 0; i < doctor_inputs(r->doctor); i++) {
        const struct input *in = doctor_input(r->doctor, i);
        json_open(j, '{');
        json_kstr(j, "name", in->name);
        json_kz(j, "kind", kinds[in->kind]);
        json_kint(j, "bytes", (int64_t)in->bytes);
        json_kint(j, "lines", (int64_t)in->lines);
        json_kint(j, "records", (int64_t)in->records);
        json_kint(j, "group", in->group);
        json_kbool(j, "whole", in->whole);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void problems(const struct report *r, struct json *j)
{
    json_key(j, "problems");
    json_open(j, '[');
    for (size_t i = 0; i < doctor_problems(r->doctor); i++) {
        const struct problem *p = doctor_problem_at(r->doctor, i);
        json_open(j, '{');
        json_kstr(j, "input", p->input);
        json_kstr(j, "member", p->member);
        json_kint(j, "offset", (int64_t)p->offset);
        json_kstr(j, "message", p->what);
        json_kbool(j, "damage", p->damage);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void ladder(const struct diagnosis *d, struct json *j)
{
    json_key(j, "ladder");
    json_open(j, '[');
    for (int st = 0; st < STAGES; st++) {
        const struct rung *g = &d->ladder.rung[st];
        json_open(j, '{');
        json_kz(j, "stage", stage_name((enum stage)st));
        json_kz(j, "state", stage_state_name(g->state));
        json_key(j, "ms");
        if (g->ms >= 0) {
            json_int(j, g->ms);
        } else {
            json_null(j);
        }
        bool failed = g->state == STAGE_FAILED && d->by[st];
        json_kstr(j, "finding", failed ? d->by[st]->rule->id : str_of(NULL, 0));
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void evidence(const struct report *r, const struct finding *f, struct json *j)
{
    struct buf b = {.limit = 4096};
    json_key(j, "evidence");
    json_open(j, '[');
    for (unsigned i = 0; i < f->n_evidence; i++) {
        const struct evidence *e = &f->evidence[i];
        json_open(j, '{');
        if (e->absence) {
            buf_reset(&b);
            struct sink s = buf_sink(&b);
            report_absence(r, f, e, &s);
            json_kz(j, "kind", "absence");
            json_kstr(j, "file", file_name(r, e->from));
            json_kint(j, "line", e->from.line);
            json_kstr(j, "text", buf_str(&b));
            json_kint(j, "from", e->from.line);
            json_kint(j, "to", e->to.line);
        } else {
            const struct fact *g = e->fact;
            json_kz(j, "kind", report_is_capture(r, g->place) ? "frame" : "line");
            json_kstr(j, "file", file_name(r, g->place));
            json_kint(j, "line", g->place.line);
            json_kstr(j, "text", g->text);
            json_kint(j, "from", g->place.col);
            json_kint(j, "to", (int64_t)g->place.col + g->place.len);
            json_kbool(j, "decisive", e->role == EVIDENCE_DECISIVE);
        }
        json_close(j, '}');
    }
    json_close(j, ']');
    buf_clear(&b);
}

static void reasons(const struct report *r, const struct finding *f, struct json *j)
{
    struct buf b = {.limit = 4096};
    json_key(j, "reasons");
    json_open(j, '[');
    for (unsigned i = 0; i < f->n_reasons; i++) {
        buf_reset(&b);
        struct sink s = buf_sink(&b);
        report_reason(r, &f->reason[i], &s);
        json_str(j, buf_str(&b));
    }
    json_close(j, ']');
    buf_clear(&b);
}

static void excluded(const struct report *r, const struct finding *f, struct json *j)
{
    json_key(j, "excluded");
    json_open(j, '[');
    for (unsigned i = 0; i < f->rule->n_excludes; i++) {
        json_open(j, '{');
        json_kstr(j, "id", f->rule->excludes[i].id);
        json_kstr(j, "because", report_named(r, "excluded", f->rule->excludes[i].reason));
        json_close(j, '}');
    }
    json_close(j, ']');
}

/* A list of the finding's texts as one string, its items joined by "; ". */
static void joined(struct json *j, const char *key, struct str list)
{
    struct arena a;
    struct str item;
    struct buf b = {.limit = 16384};
    struct sink s = buf_sink(&b);
    arena_init(&a, (size_t)1 << 20);
    while (texts_item(&list, &a, &item)) {
        sink_z(&s, b.len ? "; " : "");
        sink_str(&s, item);
    }
    json_kstr(j, key, b.len ? buf_str(&b) : STR(""));
    arena_clear(&a);
    buf_clear(&b);
}

static void next(const struct report *r, const struct diagnosis *d, const struct finding *f,
                 const struct finding_text *t, struct json *j)
{
    struct arena a;
    struct buf b = {.limit = 4096};
    struct str rest = t->v[TEXT_NEXT];
    arena_init(&a, (size_t)1 << 20);
    json_key(j, "next");
    json_open(j, '[');
    while (report_next_command(r, d, f, &rest, &a, &b)) {
        json_str(j, buf_str(&b));
    }
    json_close(j, ']');
    buf_clear(&b);
    arena_clear(&a);
}

static void finding(const struct report *r, const struct diagnosis *d, const struct finding *f,
                    struct json *j)
{
    const struct finding_text *t = report_finding_text(r, f);
    struct buf b = {.limit = 8192};
    struct sink s = buf_sink(&b);
    (void)report_fill(r, d, f, t->v[TEXT_MESSAGE], &s);
    json_open(j, '{');
    json_kstr(j, "id", f->rule->id);
    json_kz(j, "level", level_name(f->level));
    json_kz(j, "stage", stage_name(f->stage));
    json_kbool(j, "recovered", f->recovered);
    json_key(j, "confidence");
    json_real(j, f->confidence, 2);
    reasons(r, f, j);
    json_kz(j, "evidence_class", evidence_class_name(f->rule->class));
    json_kstr(j, "message", buf_str(&b));
    json_kstr(j, "actor", f->rule->actor);
    json_kint(j, "count", f->count);
    evidence(r, f, j);
    excluded(r, f, j);
    joined(j, "remedy", t->v[TEXT_REMEDY]);
    joined(j, "side_effects", t->v[TEXT_SIDE_EFFECTS]);
    next(r, d, f, t, j);
    json_close(j, '}');
    buf_clear(&b);
}

static void facts(const struct phone *p, struct json *j)
{
    json_key(j, "facts");
    json_open(j, '{');
    for (int v = 0; v < PHONE_VALUES; v++) {
        if (p->value[v].len) {
            json_kstr(j, phone_value_name((enum phone_value)v), p->value[v]);
        }
    }
    if (p->asked >= 0) {
        json_kint(j, "expires_asked", p->asked);
    }
    if (p->granted >= 0) {
        json_kint(j, "expires_granted", p->granted);
    }
    json_close(j, '}');
}

static void clock(const struct phone *p, struct json *j)
{
    json_key(j, "year");
    if (p->year) {
        json_int(j, p->year);
    } else {
        json_null(j);
    }
    json_key(j, "clock_offset_ms");
    if (p->has_offset) {
        json_real(j, p->offset_ms, 1);
        json_key(j, "clock_uncertainty_ms");
        json_real(j, p->uncertainty_ms, 1);
    } else {
        json_null(j);
        json_key(j, "clock_uncertainty_ms");
        json_null(j);
    }
}

static void window(const struct report *r, const struct phone *p, struct json *j)
{
    json_key(j, "window");
    json_open(j, '{');
    json_kstr(j, "file", file_name(r, p->first_place));
    json_kint(j, "from", p->first_place.line);
    json_kint(j, "to", p->last_place.line);
    json_kstr(j, "first", p->first_time);
    json_kstr(j, "last", p->last_time);
    json_kint(j, "records", (int64_t)p->records);
    json_kint(j, "missing", (int64_t)p->missing);
    json_kint(j, "gaps", p->gaps);
    json_kint(j, "voice_restarts", p->voice_restarts);
    json_close(j, '}');
}

static void phone(const struct report *r, const struct diagnosis *d, struct json *j)
{
    const struct phone *p = d->phone;
    char mac[MAC_TEXT] = "";
    struct buf b = {.limit = 8192};
    struct sink s = buf_sink(&b);
    report_verdict(r, d, &s);
    if (p->has_mac) {
        mac_write(p->mac, mac);
    }
    json_open(j, '{');
    json_kstr(j, "mac", p->has_mac ? str_z(mac) : str_of(NULL, 0));
    json_kstr(j, "mac_from", p->mac_from);
    json_kstr(j, "serial", p->serial);
    json_kstr(j, "model", p->model);
    json_kstr(j, "firmware", p->firmware);
    json_kstr(j, "verdict", buf_str(&b));
    clock(p, j);
    window(r, p, j);
    ladder(d, j);
    json_key(j, "findings");
    json_open(j, '[');
    for (unsigned i = 0; i < d->n; i++) {
        finding(r, d, &d->finding[i], j);
    }
    json_close(j, ']');
    facts(p, j);
    json_close(j, '}');
    buf_clear(&b);
}

/* What the group is as a whole: a finding of its own, or null. */
static void fleet(const struct report *r, const struct summary_group *g, struct json *j)
{
    struct buf b = {.limit = 4096};
    struct sink s = buf_sink(&b);
    const struct rule *u = summary_fleet(r, g, &s);
    json_key(j, "fleet");
    if (u) {
        json_open(j, '{');
        json_kstr(j, "id", u->id);
        json_kz(j, "level", level_name(u->level));
        json_kstr(j, "message", buf_str(&b));
        json_close(j, '}');
    } else {
        json_null(j);
    }
    buf_clear(&b);
}

static void summary(const struct report *r, struct json *j)
{
    struct summary s;
    summary_read(r->doctor, &s);
    json_key(j, "summary");
    json_open(j, '{');
    json_kint(j, "phones", s.phones);
    json_kint(j, "registered", s.registered);
    json_kint(j, "with_error", s.with_error);
    json_key(j, "findings");
    json_open(j, '[');
    for (unsigned i = 0; i < s.n; i++) {
        const struct summary_group *g = &s.group[i];
        json_open(j, '{');
        json_kstr(j, "id", g->rule->id);
        json_kz(j, "level", level_name(g->level));
        json_kint(j, "phones", g->phones);
        fleet(r, g, j);
        json_key(j, "shared");
        json_open(j, '[');
        for (unsigned n = 0; n < g->n_shared; n++) {
            if (g->shared[n].phones > 1) {
                json_open(j, '{');
                json_kz(j, "key", summary_key_name(g->shared[n].key));
                json_kstr(j, "value", g->shared[n].value);
                json_kint(j, "phones", g->shared[n].phones);
                json_close(j, '}');
            }
        }
        json_close(j, ']');
        json_close(j, '}');
    }
    json_close(j, ']');
    json_close(j, '}');
}

static void head(const struct report *r, struct json *j)
{
    json_kz(j, "schema", "dialtone.diagnosis/1");
    json_kz(j, "version", r->version);
    json_kz(j, "lang", language_name(r->lang));
    inputs(r, j);
    problems(r, j);
}

void report_json(const struct report *r, struct sink *out, int indent)
{
    struct json j;
    struct diagnosis d;
    json_init(&j, out, indent);
    json_open(&j, '{');
    head(r, &j);
    summary(r, &j);
    if (r->more) {
        r->more(r->more_ctx, &j);
    }
    json_key(&j, "phones");
    json_open(&j, '[');
    for (const struct phone *p = doctor_phones(r->doctor); p; p = p->next) {
        doctor_diagnose(r->doctor, p, &d);
        phone(r, &d, &j);
    }
    json_close(&j, ']');
    json_close(&j, '}');
    sink_char(out, '\n');
}

void report_jsonl(const struct report *r, struct sink *out)
{
    struct json j;
    struct diagnosis d;
    json_init(&j, out, 0);
    json_open(&j, '{');
    json_kz(&j, "type", "head");
    head(r, &j);
    summary(r, &j);
    json_close(&j, '}');
    sink_char(out, '\n');
    for (const struct phone *p = doctor_phones(r->doctor); p; p = p->next) {
        doctor_diagnose(r->doctor, p, &d);
        json_init(&j, out, 0);
        json_open(&j, '{');
        json_kz(&j, "type", "phone");
        json_key(&j, "phone");
        phone(r, &d, &j);
        json_close(&j, '}');
        sink_char(out, '\n');
    }
}
