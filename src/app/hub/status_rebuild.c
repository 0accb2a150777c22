/* Standings made anew from the journal: some rows each turn, so that the hub answers meanwhile. */
#include <stdlib.h>
#include <string.h>

#include "app/hub/status_inside.h"

enum { ROWS_A_TURN = 500 };

struct reading {
    struct status *status;
    size_t n;
};

static enum err take(void *ctx, const struct journal_row *row)
{
    struct reading *r = ctx;
    r->n++;
    r->status->read_upto = row->id;
    status_take(r->status, row);
    return ERR_OK;
}

bool status_later(struct status *s, const struct journal_row *row)
{
    size_t len = row->subject.len + row->line.len;
    if (!s->reading) {
        return false;
    }
    struct late_row *l = s->n_late < STATUS_WAITING ? malloc(sizeof *l + len) : NULL;
    if (l) {
        *l = (struct late_row){.when = row->when,
                               .kind = row->kind,
                               .subject = (uint32_t)row->subject.len,
                               .line = (uint32_t)row->line.len};
        if (row->subject.len) {
            memcpy(l->text, row->subject.p, row->subject.len);
        }
        if (row->line.len) {
            memcpy(l->text + row->subject.len, row->line.p, row->line.len);
        }
        *s->late_end = l;
        s->late_end = &l->next;
        s->n_late++;
    }
    return true;
}

/* What came meanwhile. */
static void take_late(struct status *s)
{
    while (s->late) {
        struct late_row *l = s->late;
        struct journal_row row = {.when = l->when,
                                  .kind = l->kind,
                                  .subject = str_of(l->text, l->subject),
                                  .line = str_of(l->text + l->subject, l->line)};
        s->late = l->next;
        status_take(s, &row);
        free(l);
    }
    s->late_end = &s->late;
    s->n_late = 0;
}

/* All that are not as they were told are told and asked about. */
static void finish(struct status *s)
{
    s->reading = false;
    take_late(s);
    usec_t now = status_date(s);
    for (uint32_t i = 0; i < s->entries.used; i++) {
        struct entry *e = rows_at(&s->entries, i);
        enum standing_status st = standing_status(&e->standing, now, s->cfg.offline_s);
        if (st == STANDING_UNAVAILABLE || st == STANDING_ONLINE) {
            e->told = (uint8_t)st;
        } else {
            status_mark(s, e, true);
        }
    }
    s->overview_due = true;
    status_tell_soon(s, 0);
}

static void read_some(void *ctx)
{
    struct status *s = ctx;
    struct reading r = {.status = s};
    enum err e = store_journal_after(s->cfg.store, STR(""), s->read_upto, ROWS_A_TURN, take, &r);
    if (e == ERR_OK && r.n == ROWS_A_TURN) {
        loop_timer_at(s->reader, loop_now(s->cfg.loop));
    } else {
        finish(s);
    }
}

/* Whose accounts are none of our edge's registers elsewhere, if at all. */
static void know_elsewhere(struct status *s)
{
    for (uint32_t i = 0; i < s->entries.used; i++) {
        struct entry *e = rows_at(&s->entries, i);
        uint8_t flags = e->standing.flags & (uint8_t)~STANDING_ELSEWHERE;
        bool here = !(e->flags & ENTRY_DEVICE) || status_has_user(s, e->mac);
        e->standing.flags = here ? flags : flags | STANDING_ELSEWHERE;
    }
}

enum err status_rebuild(struct status *s)
{
    s->began = true;
    know_elsewhere(s);
    if (!s->cfg.store) {
        return ERR_OK;
    }
    if (!s->reader) {
        enum err e = loop_timer_new(s->cfg.loop, read_some, s, &s->reader);
        if (e != ERR_OK) {
            return e;
        }
    }
    s->reading = true;
    loop_timer_at(s->reader, loop_now(s->cfg.loop));
    return ERR_OK;
}

/* From nothing: what was counted twice would never come right again. */
void status_catch_up(struct status *s)
{
    if (s->reading) {
        return;
    }
    for (uint32_t i = 0; i < s->entries.used; i++) {
        struct entry *e = rows_at(&s->entries, i);
        e->standing = (struct standing){.flags = e->standing.flags & STANDING_ELSEWHERE};
    }
    s->read_upto = 0;
    if (status_rebuild(s) != ERR_OK) {
        finish(s); /* from here on, at least */
    }
}
