/* The rows of one device, in their order, and the doctor over them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/hub/status_inside.h"
#include "flow/doctor/doctor.h"

struct gathering {
    struct device_rows *to;
    bool by_user;
    size_t most;
};

static enum err add(void *ctx, const struct journal_row *r)
{
    struct gathering *g = ctx;
    struct device_rows *to = g->to;
    if (to->n == g->most) {
        return ERR_OK;
    }
    struct device_row *row = &to->row[to->n++];
    *row = (struct device_row){.id = r->id,
                               .when = r->when,
                               .kind = r->kind,
                               .by_user = g->by_user,
                               .line = arena_str(&to->arena, r->line),
                               .source = arena_str(&to->arena, r->source)};
    return r->line.len && !row->line.p ? ERR_MEMORY : ERR_OK;
}

static int by_row(const void *a, const void *b)
{
    const struct device_row *x = a;
    const struct device_row *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

enum err status_rows(struct status *s, struct mac mac, struct device_rows *ret)
{
    char text[MAC_TEXT];
    mac_write(mac, text);
    ret->n = 0;
    arena_init(&ret->arena, (size_t)8 << 20);
    if (!s->cfg.store) {
        return ERR_OK;
    }
    struct gathering g = {.to = ret, .most = STATUS_ROWS};
    enum err e = store_journal_read(
        s->cfg.store, &(struct journal_query){.subject = str_z(text), .most = STATUS_ROWS}, add, &g,
        NULL);
    uint32_t hash = (uint32_t)hash_str(&s->key, str_of((const char *)mac.b, sizeof mac.b));
    g.by_user = true;
    g.most = sizeof ret->row / sizeof *ret->row;
    unsigned n = 0;
    for (uint32_t at = index_first(&s->users_by_mac, hash); at && e == ERR_OK && n < STATUS_USERS;
         at = index_next(&s->users_by_mac, at)) {
        const struct user *u = rows_at(&s->users, at - 1);
        if (mac_eq(u->mac, mac)) {
            struct str name = str_of(slab_at(&s->names, u->name), u->len);
            e = store_journal_read(
                s->cfg.store, &(struct journal_query){.subject = name, .most = STATUS_ROWS / 4},
                add, &g, NULL);
            n++;
        }
    }
    if (ret->n) {
        qsort(ret->row, ret->n, sizeof *ret->row, by_row);
    }
    return e;
}

/* -- the doctor */

/* What is known of the device beside its rows. Lines. */
static uint32_t write_known(struct status *s, struct mac mac, const char *mac_text, usec_t added,
                            usec_t first, struct sink *out)
{
    const struct entry *e = status_find(s, mac);
    struct fact f;
    uint32_t n = 0;
    if (added != USEC_NONE) {
        fact_init(&f, FACT_DEVICE_CHANGED);
        fact_add(&f, FIELD_STATE, STR("added"));
        fact_add(&f, FIELD_MAC, str_z(mac_text));
        record_write(out, added, &f);
        n++;
    }
    if (e && e->standing.flags & STANDING_ELSEWHERE) {
        fact_init(&f, FACT_DEVICE_CHANGED);
        fact_add(&f, FIELD_STATE, STR("elsewhere"));
        fact_add(&f, FIELD_MAC, str_z(mac_text));
        record_write(out, added != USEC_NONE ? added : first, &f);
        n++;
    }
    return n;
}

struct doctor *status_ask(struct status *s, struct mac mac, const struct device_rows *rows,
                          size_t from, size_t to, usec_t added, usec_t now, uint32_t *ret_line)
{
    char text[MAC_TEXT];
    struct doctor_cfg cfg = {.expect = STR("")};
    struct doctor *d = doctor_new(s->cfg.know, &cfg);
    struct buf head = {.limit = RECORD_LINE};
    struct sink out = buf_sink(&head);
    if (!d) {
        return NULL;
    }
    mac_write(mac, text);
    (void)doctor_begin(d, STR("journal"), INPUT_NOTHING, 0);
    record_write_head(&out, "journal", str_of(NULL, 0), now);
    *ret_line = 2 + write_known(s, mac, text, added, from < to ? rows->row[from].when : now, &out);
    doctor_feed(d, buf_str(&head));
    for (size_t i = from; i < to; i++) {
        const struct device_row *r = &rows->row[i];
        bool named = str_find(r->line, STR(" mac=")) != STR_NPOS;
        doctor_feed(d, r->line);
        if (r->by_user && !named) { /* whose row it is is known here only */
            doctor_feed(d, STR(" mac="));
            doctor_feed(d, str_z(text));
        }
        doctor_feed(d, STR("\n"));
    }
    buf_reset(&head);
    record_write(&out, now, NULL);
    doctor_feed(d, buf_str(&head));
    doctor_end(d, true);
    doctor_finish(d);
    buf_clear(&head);
    return d;
}

/* What stands in the way now: no recovered failure, nothing that is only information. */
static const struct finding *standing_finding(const struct diagnosis *g)
{
    for (unsigned i = 0; i < g->n; i++) {
        if (!g->finding[i].recovered && g->finding[i].level >= LEVEL_WARNING) {
            return &g->finding[i];
        }
    }
    return NULL;
}

void status_judge(struct status *s, struct entry *e)
{
    struct device_rows *rows = calloc(1, sizeof *rows);
    struct diagnosis *g = malloc(sizeof *g);
    e->flags &= (uint8_t)~ENTRY_ASK;
    if (rows && g && status_rows(s, e->mac, rows) == ERR_OK) {
        uint32_t line = 0;
        struct doctor *d =
            status_ask(s, e->mac, rows, 0, rows->n, USEC_NONE, status_date(s), &line);
        const struct phone *p = d ? doctor_phones(d) : NULL;
        const struct finding *f = NULL;
        if (p) {
            doctor_diagnose(d, p, g);
            f = standing_finding(g);
        }
        e->verdict = f ? f->rule : NULL;
        e->stage = f ? (uint8_t)f->stage : STAGE_NONE;
        e->level = f ? (uint8_t)f->level : LEVEL_INFO;
        doctor_free(d);
    }
    if (rows) {
        arena_clear(&rows->arena);
    }
    free(rows);
    free(g);
}
