/* The journey of a device as JSON: this boot beside the last good one, what was seen, what the doctor says. */
#include <stdio.h>
#include <stdlib.h>

#include "app/hub/status_inside.h"
#include "flow/report/report.h"

enum { EVIDENCE_ROWS = 20, BOOTS = 16 };

/* Rows [from, to) of one boot. */
struct boot {
    usec_t began;
    size_t from, to;
    bool good; /* it ended with a registration */
};

struct telling {
    struct status *status;
    struct mac mac;
    char mac_text[MAC_TEXT];
    enum language lang;
    usec_t now, added;
    struct device_rows *rows;
    struct json *j;
    struct boot boot[BOOTS]; /* the newest last */
    size_t n_boots;
    const struct doctor *doctor; /* of all rows */
    uint32_t line;               /* of row 0 */
    struct diagnosis diagnosis;
    bool has_phone;
};

/* -- which rows are of which boot */

static void boot_add(struct telling *t, struct boot b)
{
    if (t->n_boots == BOOTS) {
        memmove(t->boot, t->boot + 1, sizeof t->boot - sizeof *t->boot);
        t->n_boots--;
    }
    t->boot[t->n_boots++] = b;
}

/* The first request at or behind `when`, at most row `last`. */
static size_t request_at(const struct telling *t, usec_t when, size_t last)
{
    size_t i = last + 1;
    while (i > 0 && t->rows->row[i - 1].when >= when) {
        i--;
    }
    while (i < last && (t->rows->row[i].kind < FACT_ACTIVATION_SERVED ||
                        t->rows->row[i].kind > FACT_PROVISION_TLS)) {
        i++;
    }
    return i;
}

/* A standing of these rows alone, to see where boots begin and end. */
static void find_boots(struct telling *t)
{
    struct standing s = {0};
    for (size_t i = 0; i < t->rows->n; i++) {
        const struct device_row *r = &t->rows->row[i];
        const struct fact *f = status_parse(t->status, r->line);
        uint32_t boot = s.boot;
        if (!f || !standing_on(&s, f, r->when)) {
            continue;
        }
        if (s.boot != boot) {
            usec_t began = s.boot * USEC_S;
            size_t from = request_at(t, began, i);
            if (t->n_boots) {
                t->boot[t->n_boots - 1].to = from;
            }
            boot_add(t, (struct boot){.began = t->rows->row[from].when, .from = from});
        }
        if (t->n_boots && s.good == s.boot && !t->boot[t->n_boots - 1].good) {
            t->boot[t->n_boots - 1].good = true;
        }
    }
    if (t->n_boots) {
        t->boot[t->n_boots - 1].to = t->rows->n;
    }
}

/* -- the ladder of one boot */

/* Of the journal only what stages show counts as evidence; a registration is of both last stages. */
static bool shows(const struct device_row *r, enum stage st)
{
    const struct fact_row *kind =
        r->kind > 0 && r->kind < FACT_KINDS ? fact_row((unsigned)r->kind) : NULL;
    bool registered = r->kind == FACT_EDGE_REGISTERED && st == STAGE_REGISTER;
    return kind && kind->name && (kind->stage == st || registered);
}

static void write_row(struct json *j, const struct device_row *r)
{
    struct str line = r->line;
    (void)str_word(&line);
    struct str kind = str_word(&line);
    json_open(j, '{');
    json_kint(j, "row", r->id);
    status_write_time(j, "time", r->when);
    json_kstr(j, "kind", kind);
    json_kstr(j, "text", str_trim(line));
    json_kstr(j, "source", r->source);
    json_close(j, '}');
}

static void write_evidence(const struct telling *t, const struct boot *b, enum stage st)
{
    size_t left = 0;
    for (size_t i = b->from; i < b->to; i++) {
        left += shows(&t->rows->row[i], st);
    }
    json_key(t->j, "evidence");
    json_open(t->j, '[');
    for (size_t i = b->from; i < b->to; i++) { /* the newest of them, in their order */
        if (shows(&t->rows->row[i], st) && left-- <= EVIDENCE_ROWS) {
            write_row(t->j, &t->rows->row[i]);
        }
    }
    json_close(t->j, ']');
}

static unsigned attempts(const struct telling *t, const struct boot *b, enum stage st)
{
    unsigned n = 0;
    for (size_t i = b->from; i < b->to; i++) {
        n += shows(&t->rows->row[i], st);
    }
    return n;
}

/* When the stage was first passed in the boot. */
static usec_t passed(const struct telling *t, const struct boot *b, enum stage st)
{
    for (size_t i = b->from; i < b->to; i++) {
        const struct device_row *r = &t->rows->row[i];
        bool ok = (st == STAGE_ACTIVATION && r->kind == FACT_ACTIVATION_SERVED) ||
                  (st == STAGE_PROVISIONING && r->kind == FACT_PROVISION_SERVED) ||
                  (st == STAGE_REGISTER && r->kind == FACT_EDGE_REGISTERED);
        if (ok) {
            return r->when;
        }
    }
    return USEC_NONE;
}

/* A way that was not taken: a phone that was told by DHCP asks for no profile rule. */
static bool is_skipped(const struct telling *t, const struct boot *b, const struct rung *rung,
                       enum stage st)
{
    return st == STAGE_ACTIVATION && rung->state == STAGE_UNKNOWN &&
           passed(t, b, STAGE_PROVISIONING) != USEC_NONE;
}

static void write_rung(const struct telling *t, const struct boot *b, const struct diagnosis *g,
                       enum stage st, usec_t *before)
{
    const struct rung *rung = &g->ladder.rung[st];
    usec_t when = passed(t, b, st);
    bool timed = when != USEC_NONE && when >= *before;
    int64_t ms = timed ? (when - *before) / USEC_MS : -1;
    bool skipped = is_skipped(t, b, rung, st);
    struct report r = {.doctor = t->doctor, .lang = t->lang};
    json_open(t->j, '{');
    json_kz(t->j, "stage", stage_name(st));
    json_kstr(t->j, "name", report_named(&r, "stage", str_z(stage_name(st))));
    json_kz(t->j, "state", stage_state_name(skipped ? STAGE_SKIPPED : rung->state));
    status_write_time(t->j, "began", timed ? *before : rung->state ? rung->when : USEC_NONE);
    ms = rung->ms > ms ? rung->ms : ms;
    json_key(t->j, "ms");
    if (ms >= 0) {
        json_int(t->j, ms);
    } else {
        json_null(t->j);
    }
    json_kint(t->j, "attempts", attempts(t, b, st));
    write_evidence(t, b, st);
    bool failed = rung->state == STAGE_FAILED && g->by[st];
    json_kstr(t->j, "finding", failed ? g->by[st]->rule->id : str_of(NULL, 0));
    json_close(t->j, '}');
    *before = timed ? when : *before;
}

/* How the boot stands now, or stood when it had registered. */
static void write_boot(struct telling *t, const char *key, const struct boot *b, bool good)
{
    uint32_t line = 0;
    usec_t before = b->began;
    struct diagnosis *g = malloc(sizeof *g);
    usec_t end = good && b->to > b->from ? t->rows->row[b->to - 1].when : t->now;
    struct doctor *d = g ? status_ask(t->status, t->mac, t->rows, b->from, b->to,
                                      b->from == 0 ? t->added : USEC_NONE, end, &line)
                         : NULL;
    json_key(t->j, key);
    if (!d || !doctor_phones(d)) {
        json_null(t->j);
        doctor_free(d);
        free(g);
        return;
    }
    doctor_diagnose(d, doctor_phones(d), g);
    json_open(t->j, '{');
    status_write_time(t->j, "began", b->began);
    json_key(t->j, "ladder");
    json_open(t->j, '[');
    for (int st = 0; st < STAGES; st++) {
        write_rung(t, b, g, (enum stage)st, &before);
    }
    json_close(t->j, ']');
    json_close(t->j, '}');
    doctor_free(d);
    free(g);
}

static void write_boots(struct telling *t)
{
    struct boot all = {.began = t->rows->n ? t->rows->row[0].when : t->added, .to = t->rows->n};
    const struct boot *now = t->n_boots ? &t->boot[t->n_boots - 1] : &all;
    struct boot good = {0};
    for (size_t i = 0; i + 1 < t->n_boots; i++) {
        good = t->boot[i].good ? t->boot[i] : good;
    }
    write_boot(t, "boot", now, false);
    /* Of a good one only the way to the registration, not what came behind it. */
    for (size_t i = good.from; i < good.to && good.good; i++) {
        if (t->rows->row[i].kind == FACT_EDGE_REGISTERED) {
            good.to = i + 1;
            break;
        }
    }
    if (good.good) {
        write_boot(t, "good", &good, true);
    } else {
        json_key(t->j, "good");
        json_null(t->j);
    }
}

/* -- findings */

static void write_list(struct telling *t, const char *key, struct str list, bool prose)
{
    struct arena a;
    struct str item;
    arena_init(&a, (size_t)1 << 20);
    json_key(t->j, key);
    json_open(t->j, '[');
    while (prose ? texts_paragraph(&list, t->lang == LANG_JA, &a, &item)
                 : texts_item(&list, &a, &item)) {
        json_str(t->j, item);
    }
    json_close(t->j, ']');
    arena_clear(&a);
}

static void write_next(struct telling *t, const struct report *r, const struct finding *f,
                       const struct finding_text *text)
{
    struct arena a;
    struct buf b = {.limit = 4096};
    struct str rest = text->v[TEXT_NEXT];
    arena_init(&a, (size_t)1 << 20);
    json_key(t->j, "next");
    json_open(t->j, '[');
    while (report_next_command(r, &t->diagnosis, f, &rest, &a, &b)) {
        json_str(t->j, buf_str(&b));
    }
    json_close(t->j, ']');
    buf_clear(&b);
    arena_clear(&a);
}

static void write_proof(struct telling *t, const struct finding *f)
{
    json_key(t->j, "evidence");
    json_open(t->j, '[');
    for (unsigned i = 0; i < f->n_evidence; i++) {
        const struct evidence *e = &f->evidence[i];
        if (!e->absence && e->fact->place.line >= t->line &&
            e->fact->place.line - t->line < t->rows->n) {
            write_row(t->j, &t->rows->row[e->fact->place.line - t->line]);
        }
    }
    json_close(t->j, ']');
}

static void write_finding(struct telling *t, const struct finding *f)
{
    struct report r = {.doctor = t->doctor, .lang = t->lang};
    const struct finding_text *text = report_finding_text(&r, f);
    struct buf b = {.limit = 8192};
    struct sink out = buf_sink(&b);
    (void)report_fill(&r, &t->diagnosis, f, text->v[TEXT_MESSAGE], &out);
    json_open(t->j, '{');
    json_kstr(t->j, "finding", f->rule->id);
    json_kz(t->j, "level", level_name(f->level));
    json_kz(t->j, "stage", stage_name(f->stage));
    json_kstr(t->j, "title", str_trim(text->v[TEXT_TITLE]));
    json_kstr(t->j, "message", buf_str(&b));
    write_list(t, "explanation", text->v[TEXT_EXPLAIN], true);
    write_list(t, "causes", text->v[TEXT_CAUSES], false);
    write_list(t, "confirm", text->v[TEXT_CONFIRM], false);
    write_list(t, "remedy", text->v[TEXT_REMEDY], false);
    write_list(t, "side_effects", text->v[TEXT_SIDE_EFFECTS], false);
    write_next(t, &r, f, text);
    json_kstr(t->j, "actor", f->rule->actor);
    json_kstr(t->j, "actor_name", report_named(&r, "actor", f->rule->actor));
    json_key(t->j, "confidence");
    json_real(t->j, f->confidence, 2);
    json_kint(t->j, "count", f->count);
    json_kbool(t->j, "recovered", f->recovered);
    write_proof(t, f);
    json_close(t->j, '}');
    buf_clear(&b);
}

static void write_findings(struct telling *t)
{
    const struct diagnosis *g = &t->diagnosis;
    const struct finding *main = NULL;
    for (unsigned i = 0; t->has_phone && i < g->n && !main; i++) {
        bool stands = !g->finding[i].recovered && g->finding[i].level >= LEVEL_WARNING;
        main = stands ? &g->finding[i] : NULL;
    }
    json_key(t->j, "verdict");
    if (main) {
        write_finding(t, main);
    } else {
        json_null(t->j);
    }
    json_key(t->j, "findings");
    json_open(t->j, '[');
    for (unsigned i = 0; t->has_phone && i < g->n; i++) {
        write_finding(t, &g->finding[i]);
    }
    json_close(t->j, ']');
}

/* The newest problem report that was diagnosed. */
static void write_report(struct telling *t)
{
    json_key(t->j, "report");
    for (size_t i = t->rows->n; i-- > 0;) {
        const struct device_row *r = &t->rows->row[i];
        const struct fact *f =
            r->kind == FACT_REPORT_DIAGNOSED ? status_parse(t->status, r->line) : NULL;
        if (f) {
            json_open(t->j, '{');
            json_kstr(t->j, "id", fact_get(f, FIELD_INDEX));
            status_write_time(t->j, "at", r->when);
            json_kstr(t->j, "state", fact_get(f, FIELD_STATE));
            json_kstr(t->j, "finding", fact_get(f, FIELD_RULE));
            json_kstr(t->j, "stage", fact_get(f, FIELD_ROLE));
            json_close(t->j, '}');
            return;
        }
    }
    json_null(t->j);
}

/* -- all of it */

static bool tells_added(const struct device_rows *rows, struct status *s)
{
    for (size_t i = 0; i < rows->n; i++) {
        const struct fact *f =
            rows->row[i].kind == FACT_DEVICE_CHANGED ? status_parse(s, rows->row[i].line) : NULL;
        struct str state = f ? fact_get(f, FIELD_STATE) : STR("");
        if (str_eq(state, STR("added")) || str_eq(state, STR("replaced")) ||
            str_eq(state, STR("imported")) || str_eq(state, STR("adopted"))) {
            return true;
        }
    }
    return false;
}

static void write_all(struct telling *t)
{
    struct status_now now;
    status_of(t->status, t->mac, t->lang, &now);
    json_open(t->j, '{');
    json_kz(t->j, "mac", t->mac_text);
    json_kz(t->j, "status", standing_status_name(now.status));
    status_write_time(t->j, "since", now.since);
    status_write_time(t->j, "last_seen", now.last_seen);
    status_write_time(t->j, "now", t->now);
    write_boots(t);
    write_findings(t);
    write_report(t);
    json_close(t->j, '}');
}

static enum err tell(struct telling *t)
{
    const struct entry *e = status_find(t->status, t->mac);
    enum err err = status_rows(t->status, t->mac, t->rows);
    if (err != ERR_OK) {
        return err;
    }
    bool told = tells_added(t->rows, t->status);
    t->added = e && e->created && !told ? e->created * USEC_S : USEC_NONE;
    struct doctor *d =
        status_ask(t->status, t->mac, t->rows, 0, t->rows->n, t->added, t->now, &t->line);
    if (!d) {
        return ERR_MEMORY;
    }
    t->doctor = d;
    t->has_phone = doctor_phones(d) != NULL;
    if (t->has_phone) {
        doctor_diagnose(d, doctor_phones(d), &t->diagnosis);
    }
    find_boots(t);
    write_all(t);
    doctor_free(d);
    return ERR_OK;
}

enum err status_journey(struct status *s, struct mac mac, const struct mac *was, size_t n,
                        enum language lang, struct sink *out)
{
    struct json j;
    struct telling *t = calloc(1, sizeof *t);
    struct device_rows *rows = calloc(1, sizeof *rows);
    enum err e = ERR_MEMORY;
    (void)was;
    (void)n;
    if (t && rows) {
        json_init(&j, out, 0);
        *t = (struct telling){
            .status = s, .mac = mac, .lang = lang, .now = status_date(s), .rows = rows, .j = &j};
        mac_write(mac, t->mac_text);
        e = tell(t);
        arena_clear(&rows->arena);
    }
    free(rows);
    free(t);
    return e;
}
