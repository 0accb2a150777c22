/* The table of standings: devices, whose users are whose, rows taken as they come, changes told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "app/hub/status_inside.h"

#define TELL_AFTER \
    (200 * USEC_MS) /* what follows at once is told with it; its rows are written by then */
#define TELL_MORE (30 * USEC_MS)
#define TELL_FOR (10 * USEC_MS)
#define OVERVIEW_EACH (2 * USEC_S)

enum { SWEEP_MOST = 4096 };

usec_t status_date(struct status *s)
{
    return loop_date(s->cfg.loop);
}

static uint32_t hash_mac(const struct status *s, struct mac mac)
{
    return (uint32_t)hash_str(&s->key, str_of((const char *)mac.b, sizeof mac.b));
}

static uint32_t hash_name(const struct status *s, struct str name)
{
    return (uint32_t)hash_str(&s->key, name);
}

static struct entry *entry_at(const struct status *s, uint32_t at)
{
    return rows_at(&s->entries, at - 1);
}

struct entry *status_find(const struct status *s, struct mac mac)
{
    uint32_t hash = hash_mac(s, mac);
    for (uint32_t at = index_first(&s->by_mac, hash); at; at = index_next(&s->by_mac, at)) {
        if (mac_eq(entry_at(s, at)->mac, mac)) {
            return entry_at(s, at);
        }
    }
    return NULL;
}

static struct entry *entry_make(struct status *s, struct mac mac)
{
    struct entry *e = status_find(s, mac);
    uint32_t number = 0;
    if (e || rows_take(&s->entries, &number) != ERR_OK) {
        return e;
    }
    e = rows_at(&s->entries, number);
    e->mac = mac;
    e->stage = STAGE_NONE;
    index_add(&s->by_mac, number, hash_mac(s, mac));
    return e;
}

/* -- changes */

void status_tell_soon(struct status *s, usec_t after)
{
    if (!s->reading && s->changed) {
        loop_timer_at(s->timer, loop_now(s->cfg.loop) + after);
    }
}

void status_mark(struct status *s, struct entry *e, bool ask)
{
    uint32_t number = 0;
    e->flags |= ask ? ENTRY_ASK : 0;
    if (e->flags & ENTRY_CHANGED || !(e->flags & ENTRY_DEVICE)) {
        return;
    }
    uint32_t hash = hash_mac(s, e->mac);
    for (uint32_t at = index_first(&s->by_mac, hash); at; at = index_next(&s->by_mac, at)) {
        number = entry_at(s, at) == e ? at : number;
    }
    bool idle = s->changed == 0;
    e->flags |= ENTRY_CHANGED;
    e->next = 0;
    *(idle ? &s->changed : &entry_at(s, s->changed_last)->next) = number;
    s->changed_last = number;
    if (idle) {
        status_tell_soon(s, TELL_AFTER);
    }
}

/* All readers get the same bytes, so the title is there in every language. */
static void write_titles(struct status *s, const struct entry *e, struct json *j)
{
    struct status_now now;
    json_key(j, "titles");
    json_open(j, '{');
    for (enum language lang = LANG_EN; lang < LANGS; lang++) {
        status_of(s, e->mac, lang, &now);
        json_kz(j, language_name(lang), now.title);
    }
    json_close(j, '}');
}

static void write_verdict(struct status *s, const struct entry *e, const struct status_now *now,
                          struct json *j)
{
    json_key(j, "verdict");
    if (!now->finding) {
        json_null(j);
        return;
    }
    json_open(j, '{');
    json_kz(j, "finding", now->finding);
    json_kz(j, "title", now->title);
    json_kz(j, "stage", stage_name(now->stage));
    json_kz(j, "severity", level_name(now->level));
    write_titles(s, e, j);
    json_close(j, '}');
}

static void tell_one(struct status *s, struct entry *e)
{
    char mac[MAC_TEXT], id[24];
    struct json j;
    struct buf text = {.limit = 4096};
    struct sink out = buf_sink(&text);
    struct status_now now;
    status_of(s, e->mac, LANG_EN, &now);
    e->told = (uint8_t)now.status;
    mac_write(e->mac, mac);
    (void)snprintf(id, sizeof id, "%llu", (unsigned long long)e->id);
    json_init(&j, &out, 0);
    json_open(&j, '{');
    json_kz(&j, "id", id);
    json_kz(&j, "mac", mac);
    json_kz(&j, "status", standing_status_name((enum standing_status)e->told));
    status_write_time(&j, "status_since", now.since);
    status_write_time(&j, "last_seen", now.last_seen);
    write_verdict(s, e, &now, &j);
    json_close(&j, '}');
    if (s->cfg.event && out.err == ERR_OK) {
        s->cfg.event(s->cfg.ctx, "device.status", buf_str(&text));
    }
    buf_clear(&text);
}

static void tell_overview(struct status *s)
{
    usec_t now = loop_now(s->cfg.loop);
    if (s->overview_due && now >= s->overview_at + OVERVIEW_EACH) {
        s->overview_due = false;
        s->overview_at = now;
        if (s->cfg.event) {
            s->cfg.event(s->cfg.ctx, "overview", STR("{}"));
        }
    }
}

static usec_t run_time(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * USEC_S + t.tv_nsec / 1000;
}

/* Some of what changed; the rest at the next call, so that the hub's other work goes on. */
static void tell_changes(void *ctx)
{
    struct status *s = ctx;
    usec_t until = run_time() + TELL_FOR;
    while (s->changed && !s->reading && run_time() < until) {
        struct entry *e = entry_at(s, s->changed);
        s->changed = e->next;
        e->flags &= (uint8_t)~ENTRY_CHANGED;
        if (e->flags & ENTRY_ASK) {
            status_judge(s, e);
        }
        if (e->flags & ENTRY_DEVICE) {
            tell_one(s, e);
        }
    }
    s->overview_due = true;
    tell_overview(s);
    status_tell_soon(s, TELL_MORE);
}

void status_on_time(struct status *s, usec_t now)
{
    for (unsigned i = 0; i < SWEEP_MOST && s->entries.used && !s->reading; i++) {
        s->sweep = s->sweep < s->entries.used ? s->sweep + 1 : 1;
        struct entry *e = entry_at(s, s->sweep);
        if (e->flags & ENTRY_DEVICE &&
            e->told != standing_status(&e->standing, now, s->cfg.offline_s)) {
            status_mark(s, e, true);
        }
        if (s->sweep == s->entries.used && s->entries.used < SWEEP_MOST) {
            break;
        }
    }
    tell_overview(s);
}

/* -- what the inventory tells */

void status_device(struct status *s, uint64_t id, struct mac mac, usec_t created_at)
{
    struct entry *e = entry_make(s, mac);
    if (!e) {
        return;
    }
    s->strangers -= (e->flags & ENTRY_STRANGER) != 0;
    e->flags = (uint8_t)((e->flags & ~ENTRY_STRANGER) | ENTRY_DEVICE);
    e->id = id;
    e->created = created_at > 0 ? (uint32_t)(created_at / USEC_S) : 0;
    s->overview_due = true;
    if (!s->reading && s->began) {
        status_mark(s, e, e->standing.seen || e->standing.asked);
    }
}

void status_device_gone(struct status *s, uint64_t id, struct mac mac)
{
    struct entry *e = status_find(s, mac);
    if (e && e->id == id) {
        e->flags &= (uint8_t)~ENTRY_DEVICE;
        e->id = 0;
        e->verdict = NULL;
        s->overview_due = true;
    }
}

void status_elsewhere(struct status *s, struct mac mac, bool elsewhere)
{
    struct entry *e = entry_make(s, mac);
    if (e) {
        uint8_t was = e->standing.flags;
        e->standing.flags =
            elsewhere ? was | STANDING_ELSEWHERE : (uint8_t)(was & (uint8_t)~STANDING_ELSEWHERE);
        if (was != e->standing.flags) {
            status_mark(s, e, true);
        }
    }
}

static struct user *user_find(const struct status *s, struct str name)
{
    uint32_t hash = hash_name(s, name);
    for (uint32_t at = index_first(&s->users_by_name, hash); at;
         at = index_next(&s->users_by_name, at)) {
        struct user *u = rows_at(&s->users, at - 1);
        if (str_eq(str_of(slab_at(&s->names, u->name), u->len), name)) {
            return u;
        }
    }
    return NULL;
}

bool status_has_user(const struct status *s, struct mac mac)
{
    uint32_t hash = hash_mac(s, mac);
    for (uint32_t at = index_first(&s->users_by_mac, hash); at;
         at = index_next(&s->users_by_mac, at)) {
        const struct user *u = rows_at(&s->users, at - 1);
        if (mac_eq(u->mac, mac)) {
            return true;
        }
    }
    return false;
}

void status_user(struct status *s, struct str name, struct mac mac)
{
    struct user *u = user_find(s, name);
    uint32_t number = 0;
    if (u || name.len == 0 || name.len > 255 || rows_take(&s->users, &number) != ERR_OK) {
        if (u && !mac_eq(u->mac, mac)) { /* it moved */
            for (uint32_t i = 0; i < s->users.used; i++) {
                number = rows_at(&s->users, i) == u ? i : number;
            }
            index_remove(&s->users_by_mac, number);
            u->mac = mac;
            index_add(&s->users_by_mac, number, hash_mac(s, mac));
        }
        return;
    }
    u = rows_at(&s->users, number);
    u->name = slab_take(&s->names, name.len);
    if (!u->name) {
        rows_give(&s->users, number);
        return;
    }
    memcpy(slab_at(&s->names, u->name), name.p, name.len);
    u->len = (uint16_t)name.len;
    u->mac = mac;
    index_add(&s->users_by_name, number, hash_name(s, name));
    index_add(&s->users_by_mac, number, hash_mac(s, mac));
}

/* -- rows */

static void on_mark(void *ctx, const struct mark *m)
{
    (void)ctx;
    (void)m;
}

static void on_fact(void *ctx, const struct fact *f)
{
    struct status *s = ctx;
    s->parsed = *f;
    s->fact = &s->parsed;
}

const struct fact *status_parse(struct status *s, struct str line)
{
    s->fact = NULL;
    record_begin(&s->record, (struct record_sink){.ctx = s, .mark = on_mark, .fact = on_fact}, 0,
                 &s->order);
    record_feed(&s->record, line);
    record_end(&s->record);
    return s->fact;
}

/* Whom the fact is about; NULL: nobody who is known, or is to be. */
static struct entry *entry_of(struct status *s, const struct fact *f)
{
    struct mac mac;
    if (!mac_read(fact_get(f, FIELD_MAC), &mac)) {
        const struct user *u = user_find(s, fact_get(f, FIELD_USER));
        bool edge = f->kind >= FACT_EDGE_REGISTERED && f->kind <= FACT_EDGE_CALL;
        return edge && u ? status_find(s, u->mac) : NULL;
    }
    struct entry *e = status_find(s, mac);
    struct str proof = fact_get(f, FIELD_PROOF);
    bool proven = str_eq(proof, STR("certificate")) || str_eq(proof, STR("expired-certificate"));
    if (e || !proven || s->strangers >= STATUS_STRANGERS) {
        return e;
    }
    e = entry_make(s, mac);
    if (e) {
        e->flags |= ENTRY_STRANGER;
        s->strangers++;
    }
    return e;
}

/* A stranger whose address is nearly that of a device: the device's journal says so, once. */
static void tell_near(struct status *s, const struct fact *f, usec_t when)
{
    struct mac mac, known;
    const char *how = NULL;
    char text[MAC_TEXT], other[MAC_TEXT];
    struct buf line = {.limit = RECORD_LINE};
    struct sink out = buf_sink(&line);
    struct fact near;
    struct entry *stranger = NULL;
    if (s->reading || !mac_read(fact_get(f, FIELD_MAC), &mac) ||
        !(stranger = status_find(s, mac)) || stranger->flags & ENTRY_NEAR ||
        !status_near(s, mac, &known, &how)) {
        return;
    }
    stranger->flags |= ENTRY_NEAR;
    mac_write(known, text);
    mac_write(mac, other);
    fact_init(&near, FACT_DEVICE_NEAR);
    fact_add(&near, FIELD_REASON, str_z(how));
    fact_add(&near, FIELD_MAC, str_z(text));
    fact_add(&near, FIELD_OTHER, str_z(other));
    fact_add(&near, FIELD_MODEL, fact_get(f, FIELD_MODEL));
    fact_add(&near, FIELD_SERVER, fact_get(f, FIELD_SERVER));
    record_write(&out, when, &near);
    struct journal_row row = {.when = when,
                              .subject = str_z(text),
                              .source = fact_get(f, FIELD_SERVER),
                              .kind = FACT_DEVICE_NEAR,
                              .line = str_trim(buf_str(&line))};
    if (s->cfg.store && out.err == ERR_OK) {
        (void)store_journal(s->cfg.store, &row);
    }
    struct entry *e = status_find(s, known);
    if (e) {
        status_mark(s, e, true);
    }
    buf_clear(&line);
}

static bool is_ours(int kind)
{
    return kind >= FACT_EDGE_REGISTERED && kind <= FACT_DEVICE_NEAR && kind != FACT_SERVER_STATE;
}

void status_take(struct status *s, const struct journal_row *row)
{
    const struct fact *f = is_ours(row->kind) ? status_parse(s, row->line) : NULL;
    struct entry *e = f ? entry_of(s, f) : NULL;
    if (!e) {
        return;
    }
    bool changed = standing_on(&e->standing, f, row->when);
    if (!s->reading && (changed || f->kind == FACT_CONFIG_PUBLISHED)) {
        status_mark(s, e, true);
    }
    if (f->kind == FACT_DEVICE_UNKNOWN) {
        tell_near(s, f, row->when);
    }
}

void status_on_row(struct status *s, const struct journal_row *row)
{
    if (!status_later(s, row)) {
        status_take(s, row);
    }
}

/* -- its life */

enum err status_new(const struct status_cfg *cfg, struct status **ret)
{
    struct status *s = calloc(1, sizeof *s);
    if (!s) {
        return ERR_MEMORY;
    }
    s->cfg = *cfg;
    s->late_end = &s->late;
    if (getrandom(&s->key, sizeof s->key, 0) != (ssize_t)sizeof s->key ||
        rows_init(&s->entries, sizeof(struct entry), STATUS_MOST) != ERR_OK ||
        rows_init(&s->users, sizeof(struct user), STATUS_MOST) != ERR_OK ||
        index_init(&s->by_mac, &s->entries, offsetof(struct entry, link)) != ERR_OK ||
        index_init(&s->users_by_name, &s->users, offsetof(struct user, by_name)) != ERR_OK ||
        index_init(&s->users_by_mac, &s->users, offsetof(struct user, by_mac)) != ERR_OK ||
        loop_timer_new(cfg->loop, tell_changes, s, &s->timer) != ERR_OK) {
        status_free(s);
        return ERR_MEMORY;
    }
    *ret = s;
    return ERR_OK;
}

void status_free(struct status *s)
{
    if (!s) {
        return;
    }
    while (s->late) {
        struct late_row *next = s->late->next;
        free(s->late);
        s->late = next;
    }
    loop_timer_free(s->timer);
    loop_timer_free(s->reader);
    index_clear(&s->by_mac);
    index_clear(&s->users_by_name);
    index_clear(&s->users_by_mac);
    rows_clear(&s->entries);
    rows_clear(&s->users);
    slab_clear(&s->names);
    free(s);
}
