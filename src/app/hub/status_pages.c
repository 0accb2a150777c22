/* Bodies of the API that are read off the table or the journal: the overview, facts, rows. */
#include <stdio.h>
#include <stdlib.h>

#include "app/hub/status_inside.h"

void status_write_time(struct json *j, const char *key, usec_t t)
{
    char text[TIME_TEXT];
    json_key(j, key);
    if (t == USEC_NONE || t == 0) {
        json_null(j);
        return;
    }
    time_write(t, text);
    json_str(j, str_z(text));
}

/* -- the overview */

enum { SECONDS = 65536, KINDS = 128 };

static const unsigned edges[] = {5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1800};
enum { EDGES = sizeof edges / sizeof *edges };

struct overview {
    size_t devices, strangers, contacted, configured, registered;
    size_t status[STANDING_STATUSES];
    size_t timed; /* devices whose time to dial tone is known */
    struct {
        const struct rule *rule;
        enum stage stage;
        size_t devices;
    } kind[KINDS];
    size_t n_kinds;
    uint32_t took[SECONDS]; /* devices, by seconds to dial tone */
};

static void count_verdict(struct overview *o, const struct entry *e)
{
    size_t i = 0;
    while (i < o->n_kinds && o->kind[i].rule != e->verdict) {
        i++;
    }
    if (i == o->n_kinds && i < KINDS) {
        o->kind[o->n_kinds].rule = e->verdict;
        o->kind[o->n_kinds++].stage = (enum stage)e->stage;
    }
    if (i < KINDS) {
        o->kind[i].devices++;
    }
}

static void count(struct status *s, struct overview *o)
{
    usec_t now = status_date(s);
    for (uint32_t i = 0; i < s->entries.used; i++) {
        const struct entry *e = rows_at(&s->entries, i);
        const struct standing *st = &e->standing;
        if (!(e->flags & ENTRY_DEVICE)) {
            o->strangers += (e->flags & ENTRY_STRANGER) != 0;
            continue;
        }
        enum standing_status is = standing_status(st, now, s->cfg.offline_s);
        bool configured = st->part[STANDING_PROVISIONING].ok != 0;
        bool registered = st->part[STANDING_REGISTER].ok != 0;
        o->devices++;
        o->status[is]++;
        o->contacted += st->seen || st->asked;
        o->configured += configured || registered;
        o->registered += registered;
        if (st->good) {
            o->timed++;
            o->took[st->good_s]++;
        }
        if (e->verdict && is != STANDING_ONLINE) {
            count_verdict(o, e);
        }
    }
}

static void write_share(const struct overview *o, struct json *j, const char *key, unsigned percent)
{
    size_t want = (o->timed * percent + 99) / 100;
    size_t n = 0;
    json_key(j, key);
    for (unsigned sec = 0; sec < SECONDS && o->timed; sec++) {
        n += o->took[sec];
        if (n >= want) {
            json_int(j, sec);
            return;
        }
    }
    json_null(j);
}

static void write_times(const struct overview *o, struct json *j)
{
    unsigned sec = 0;
    json_key(j, "dial_tone");
    json_open(j, '{');
    json_key(j, "edges_s");
    json_open(j, '[');
    for (unsigned i = 0; i < EDGES; i++) {
        json_int(j, edges[i]);
    }
    json_close(j, ']');
    json_key(j, "counts");
    json_open(j, '[');
    for (unsigned i = 0; i <= EDGES; i++) {
        size_t n = 0;
        for (; sec < (i < EDGES ? edges[i] : SECONDS); sec++) {
            n += o->took[sec];
        }
        json_int(j, (int64_t)n);
    }
    json_close(j, ']');
    write_share(o, j, "median_s", 50);
    write_share(o, j, "p95_s", 95);
    json_close(j, '}');
}

static void write_kinds(struct status *s, struct overview *o, enum language lang, struct json *j)
{
    json_key(j, "findings");
    json_open(j, '[');
    for (size_t done = 0; done < o->n_kinds; done++) {
        size_t best = 0;
        for (size_t i = 1; i < o->n_kinds; i++) {
            best = o->kind[i].devices > o->kind[best].devices ? i : best;
        }
        const struct rule *rule = o->kind[best].rule;
        const struct finding_text *t = texts_find(&s->cfg.know->texts[lang], rule->id);
        json_open(j, '{');
        json_kstr(j, "finding", rule->id);
        json_kstr(j, "title", t ? str_trim(t->v[TEXT_TITLE]) : rule->id);
        json_kz(j, "stage", stage_name(o->kind[best].stage));
        json_kz(j, "severity", level_name(rule->level));
        json_kint(j, "devices", (int64_t)o->kind[best].devices);
        json_close(j, '}');
        o->kind[best].devices = 0;
    }
    json_close(j, ']');
}

void status_overview(struct status *s, enum language lang, struct sink *out)
{
    struct json j;
    struct overview *o = calloc(1, sizeof *o);
    if (!o) {
        out->err = out->err == ERR_OK ? ERR_MEMORY : out->err;
        return;
    }
    count(s, o);
    json_init(&j, out, 0);
    json_open(&j, '{');
    json_kint(&j, "devices", (int64_t)o->devices);
    json_key(&j, "status");
    json_open(&j, '{');
    for (int i = 0; i < STANDING_STATUSES; i++) {
        json_kint(&j, standing_status_name((enum standing_status)i), (int64_t)o->status[i]);
    }
    json_close(&j, '}');
    json_key(&j, "funnel");
    json_open(&j, '{');
    json_kint(&j, "added", (int64_t)o->devices);
    json_kint(&j, "contacted", (int64_t)o->contacted);
    json_kint(&j, "configured", (int64_t)o->configured);
    json_kint(&j, "registered", (int64_t)o->registered);
    json_close(&j, '}');
    write_times(o, &j);
    write_kinds(s, o, lang, &j);
    json_kint(&j, "unknown", (int64_t)o->strangers);
    status_write_time(&j, "at", status_date(s));
    json_close(&j, '}');
    free(o);
}

/* -- rows of the journal */

struct page {
    struct status *status;
    struct buf *row; /* owned: one JSON text each, oldest first */
    size_t n, most;
    bool facts;
};

static void write_fields(struct json *j, const struct fact *f)
{
    json_key(j, "fields");
    json_open(j, '{');
    for (unsigned i = 0; f && i < f->n; i++) {
        enum field field = (enum field)f->f[i].field;
        if (!field_secret(field)) {
            json_kstr(j, field_name(field), f->f[i].v);
        }
    }
    json_close(j, '}');
}

/* The line without its time and kind. */
static struct str text_of(struct str line)
{
    (void)str_word(&line);
    (void)str_word(&line);
    return str_trim(line);
}

static enum err page_row(void *ctx, const struct journal_row *r)
{
    struct page *p = ctx;
    char id[24];
    struct json j;
    if (p->n == p->most) {
        return ERR_OK;
    }
    struct buf *to = &p->row[p->n++];
    struct sink out = buf_sink(to);
    const struct fact *f = status_parse(p->status, r->line);
    const struct fact_row *kind =
        r->kind > 0 && r->kind < FACT_KINDS ? fact_row((unsigned)r->kind) : NULL;
    json_init(&j, &out, 0);
    json_open(&j, '{');
    (void)snprintf(id, sizeof id, "%lld", (long long)r->id);
    if (!p->facts) {
        json_kz(&j, "id", id);
    }
    status_write_time(&j, "at", r->when);
    json_kz(&j, "kind", kind && kind->name ? kind->name : "unknown");
    json_kz(&j, "stage", stage_name(kind && kind->name ? kind->stage : STAGE_NONE));
    json_kstr(&j, "subject", r->subject);
    json_kstr(&j, "source", r->source);
    write_fields(&j, f);
    json_kstr(&j, p->facts ? "text" : "line", p->facts ? text_of(r->line) : r->line);
    json_close(&j, '}');
    return out.err;
}

static enum err write_page(struct page *p, enum err e, int64_t next, struct sink *out)
{
    char text[32] = "null";
    if (next) {
        (void)snprintf(text, sizeof text, "\"%lld\"", (long long)next);
    }
    if (e == ERR_OK) {
        sink_z(out, "{\"items\":[");
        for (size_t i = p->n; i-- > 0;) {
            sink_str(out, buf_str(&p->row[i]));
            sink_z(out, i ? "," : "");
        }
        sink_z(out, "],\"next\":");
        sink_z(out, text);
        sink_char(out, '}');
    }
    for (size_t i = 0; i < p->n; i++) {
        buf_clear(&p->row[i]);
    }
    free(p->row);
    return e;
}

enum err status_journal(struct status *s, const struct journal_query *q, struct sink *out)
{
    struct page p = {.status = s, .most = q->most, .row = calloc(q->most + 1, sizeof *p.row)};
    int64_t next = 0;
    enum err e = !p.row ? ERR_MEMORY : ERR_OK;
    if (e == ERR_OK && s->cfg.store) {
        e = store_journal_read(s->cfg.store, q, page_row, &p, &next);
    }
    return write_page(&p, e, next, out);
}

enum err status_facts(struct status *s, struct mac mac, size_t most, int64_t before,
                      struct sink *out)
{
    char text[MAC_TEXT];
    struct page p = {.status = s, .most = most, .facts = true};
    struct device_rows *rows = calloc(1, sizeof *rows);
    mac_write(mac, text);
    p.row = calloc(most + 1, sizeof *p.row);
    enum err e = rows && p.row ? status_rows(s, mac, rows) : ERR_MEMORY;
    size_t end = rows ? rows->n : 0;
    while (before && end && rows->row[end - 1].id >= before) {
        end--;
    }
    size_t from = end > most ? end - most : 0;
    for (size_t i = from; e == ERR_OK && i < end; i++) {
        const struct device_row *r = &rows->row[i];
        e = page_row(&p, &(struct journal_row){.id = r->id,
                                               .when = r->when,
                                               .subject = str_z(text),
                                               .source = r->source.p ? r->source : STR(""),
                                               .kind = r->kind,
                                               .line = r->line});
    }
    int64_t next = rows && from ? rows->row[from].id : 0;
    if (rows) {
        arena_clear(&rows->arena);
    }
    free(rows);
    return write_page(&p, e, next, out);
}
