/* What the table of standings is asked. */
#include <stdio.h>
#include <stdlib.h>

#include "app/hub/status_inside.h"

static unsigned digit(struct mac m, unsigned i)
{
    return i % 2 ? m.b[i / 2] & 15U : m.b[i / 2] >> 4U;
}

static struct mac with_digit(struct mac m, unsigned i, unsigned d)
{
    unsigned b = m.b[i / 2];
    m.b[i / 2] = (uint8_t)(i % 2 ? (b & 0xf0U) | d : (b & 0x0fU) | d << 4U);
    return m;
}

static bool is_device(const struct status *s, struct mac mac)
{
    const struct entry *e = status_find(s, mac);
    return e && e->flags & ENTRY_DEVICE;
}

bool status_near(const struct status *s, struct mac mac, struct mac *ret_known,
                 const char **ret_how)
{
    for (unsigned i = 0; i < 12; i++) {
        for (unsigned d = 0; d < 17; d++) {
            struct mac m = with_digit(mac, i, d & 15U);
            if (d == 16) { /* this one and the next change places */
                unsigned next = i < 11 ? i + 1 : i;
                m = with_digit(with_digit(mac, i, digit(mac, next)), next, digit(mac, i));
            }
            if (is_device(s, m) && standing_mistyped(mac, m, ret_how)) {
                *ret_known = m;
                return true;
            }
        }
    }
    return false;
}

/* -- standings */

static const char *title(struct status *s, const struct rule *rule, enum language lang)
{
    const struct finding_text *t = texts_find(&s->cfg.know->texts[lang], rule->id);
    t = t ? t : texts_find(&s->cfg.know->texts[LANG_EN], rule->id);
    (void)snprintf(s->title, sizeof s->title, "%.*s",
                   STR_ARG(t ? str_head(str_trim(t->v[TEXT_TITLE]), 255) : rule->id));
    return s->title;
}

void status_of(struct status *s, struct mac mac, enum language lang, struct status_now *ret)
{
    usec_t now = status_date(s);
    const struct entry *e = status_find(s, mac);
    *ret = (struct status_now){.since = USEC_NONE, .last_seen = USEC_NONE, .stage = STAGE_NONE};
    if (!e) {
        return;
    }
    ret->status = standing_status(&e->standing, now, s->cfg.offline_s);
    ret->since = standing_since(&e->standing, now, s->cfg.offline_s);
    ret->since = ret->since == USEC_NONE && e->created ? e->created * USEC_S : ret->since;
    ret->last_seen = e->standing.seen ? e->standing.seen * USEC_S : USEC_NONE;
    if (e->verdict && ret->status != STANDING_ONLINE) {
        (void)snprintf(s->finding, sizeof s->finding, "%.*s",
                       STR_ARG(str_head(e->verdict->id, 15)));
        ret->finding = s->finding;
        ret->title = title(s, e->verdict, lang);
        ret->stage = (enum stage)e->stage;
        ret->level = (enum level)e->level;
    }
}

static int by_id(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

void status_each(struct status *s, enum standing_status st, uint64_t after,
                 bool (*one)(void *ctx, uint64_t id), void *ctx)
{
    usec_t now = status_date(s);
    uint64_t *id = malloc((s->entries.used + (size_t)1) * sizeof *id);
    size_t n = 0;
    for (uint32_t i = 0; id && i < s->entries.used; i++) {
        const struct entry *e = rows_at(&s->entries, i);
        if (e->flags & ENTRY_DEVICE && e->id > after &&
            standing_status(&e->standing, now, s->cfg.offline_s) == st) {
            id[n++] = e->id;
        }
    }
    if (n) {
        qsort(id, n, sizeof *id, by_id);
    }
    for (size_t i = 0; i < n && one(ctx, id[i]); i++) {
    }
    free(id);
}
