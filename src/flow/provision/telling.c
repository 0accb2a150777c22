/* Facts that gather until they are told. */
#include "flow/provision/telling.h"

#include <stdio.h>
#include <stdlib.h>

enum { SETS = 512, WAYS = 4, RING = 64, INTERVAL_MOST_S = 64 };
#define STEP (50 * USEC_MS)

struct entry {
    uint64_t key; /* 0: free */
    usec_t due, interval;
    uint32_t count;               /* not told yet */
    struct mac mac[TELLING_MACS]; /* that they were about */
    uint8_t n_macs;
    bool more, bare;    /* MACs; some were about none */
    struct event event; /* the last one */
};

struct telling {
    struct hash_key key;
    struct entry *at; /* owned, SETS * WAYS */
    struct event ring[RING];
    unsigned first, n;
    usec_t deadline;
    uint64_t lost;
};

/* -- events */

void event_init(struct event *e, enum fact_kind kind)
{
    e->kind = (uint16_t)kind;
    e->n = e->used = 0;
}

void event_add(struct event *e, enum field field, struct str value)
{
    if (value.len == 0 || e->n == FACT_FIELDS || value.len > (size_t)(EVENT_TEXT - e->used)) {
        return;
    }
    for (unsigned i = 0; i < e->n; i++) {
        if (e->f[i].field == field) {
            return;
        }
    }
    char *to = e->text + e->used;
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.p[i];
        to[i] = c < ' ' || c == 0x7f ? '?' : value.p[i];
    }
    e->f[e->n].field = (uint16_t)field;
    e->f[e->n].at = e->used;
    e->f[e->n++].len = (uint16_t)value.len;
    e->used = (uint16_t)(e->used + value.len);
}

void event_number(struct event *e, enum field field, int64_t n)
{
    char text[STR_NUMBER];
    event_add(e, field, str_number(text, n));
}

void event_mac(struct event *e, enum field field, struct mac mac)
{
    char text[MAC_TEXT];
    mac_write(mac, text);
    event_add(e, field, str_z(text));
}

void event_fact(const struct event *e, struct fact *ret_fact)
{
    fact_init(ret_fact, (enum fact_kind)e->kind);
    for (unsigned i = 0; i < e->n; i++) {
        fact_add(ret_fact, (enum field)e->f[i].field, str_of(e->text + e->f[i].at, e->f[i].len));
    }
}

static void event_drop(struct event *e, enum field field)
{
    for (unsigned i = 0; i < e->n; i++) {
        if (e->f[i].field == field) {
            e->f[i] = e->f[--e->n];
            return;
        }
    }
}

/* -- the table */

enum err telling_new(const struct hash_key *key, struct telling **ret)
{
    struct telling *t = calloc(1, sizeof *t);
    if (t) {
        t->at = calloc((size_t)SETS * WAYS, sizeof *t->at);
    }
    if (!t || !t->at) {
        free(t);
        return ERR_MEMORY;
    }
    t->key = *key;
    t->deadline = USEC_NONE;
    *ret = t;
    return ERR_OK;
}

void telling_free(struct telling *t)
{
    if (t) {
        free(t->at);
        free(t);
    }
}

static uint64_t key_of(const struct telling *t, const struct telling_like *l)
{
    char bytes[32];
    size_t len = l->source.family == 6 ? 8 : l->source.family == 4 ? 4 : 0;
    memcpy(bytes, &l->kind, 2);
    bytes[2] = (char)l->source.family;
    bytes[3] = l->by_mac;
    memcpy(bytes + 4, l->source.b, len);
    if (l->by_mac) {
        memcpy(bytes + 4 + len, l->mac.b, sizeof l->mac.b);
        len += sizeof l->mac.b;
    }
    uint64_t h = hash_pair(&t->key, str_of(bytes, 4 + len), str_z(l->word));
    return h ? h : 1;
}

static struct entry *find(const struct telling *t, uint64_t key)
{
    struct entry *set = t->at + (key % SETS) * WAYS;
    for (unsigned i = 0; i < WAYS; i++) {
        if (set[i].key == key) {
            return &set[i];
        }
    }
    return NULL;
}

static void push(struct telling *t, const struct event *e)
{
    if (t->n == RING) {
        t->lost++;
        return;
    }
    t->ring[(t->first + t->n++) % RING] = *e;
}

/* "00:00:5e:00:53:01 00:00:5e:00:53:02 and others" in place of the one. */
static void name_macs(const struct entry *x, struct event *e)
{
    char text[TELLING_MACS * MAC_TEXT + 16] = "";
    size_t at = 0;
    if (x->n_macs < 2 && !x->more && !(x->n_macs && x->bare)) {
        return;
    }
    for (unsigned i = 0; i < x->n_macs; i++) {
        mac_write(x->mac[i], text + at);
        at += MAC_TEXT - 1;
        text[at++] = ' ';
    }
    (void)snprintf(text + at, sizeof text - at, "%s", x->more || x->bare ? "and others" : "");
    event_drop(e, FIELD_MAC);
    event_drop(e, FIELD_TEXT);
    event_add(e, FIELD_TEXT, str_trim(str_z(text)));
}

static void tell(struct telling *t, struct entry *x)
{
    if (x->count == 0) {
        return;
    }
    name_macs(x, &x->event);
    if (x->count > 1) {
        event_number(&x->event, FIELD_COUNT, x->count);
    }
    push(t, &x->event);
    x->count = 0;
    x->n_macs = 0;
    x->more = x->bare = false;
}

/* The place for a new kind of thing: a free one, else what says nothing new, else what is told soonest anyway. */
static struct entry *make(struct telling *t, uint64_t key)
{
    struct entry *set = t->at + (key % SETS) * WAYS, *best = set;
    for (unsigned i = 0; i < WAYS && best->key; i++) {
        struct entry *x = &set[i];
        bool idle = x->count == 0, best_idle = best->count == 0;
        if (!x->key || (idle && !best_idle) || (idle == best_idle && x->due < best->due)) {
            best = x;
        }
    }
    if (best->key) {
        tell(t, best);
    }
    *best = (struct entry){.key = key, .interval = USEC_S};
    return best;
}

static void add_mac(struct entry *x, bool has_mac, struct mac mac)
{
    if (!has_mac) {
        x->bare = true;
        return;
    }
    for (unsigned i = 0; i < x->n_macs; i++) {
        if (mac_eq(x->mac[i], mac)) {
            return;
        }
    }
    if (x->n_macs < TELLING_MACS) {
        x->mac[x->n_macs++] = mac;
    } else {
        x->more = true;
    }
}

/* Due times come in steps, so that many of them wake once. */
static usec_t step(usec_t when)
{
    return when - when % STEP + STEP;
}

static void wake_at(struct telling *t, usec_t when)
{
    if (t->deadline == USEC_NONE || when < t->deadline) {
        t->deadline = when;
    }
}

void telling_add(struct telling *t, const struct telling_like *like, bool has_mac,
                 const struct event *e, usec_t delay, usec_t now)
{
    uint64_t key = key_of(t, like);
    struct entry *x = find(t, key);
    bool first = !x;
    if (first) {
        x = make(t, key);
        x->due = step(now + (delay ? delay : x->interval));
    }
    x->event = *e;
    x->count += x->count < UINT32_MAX;
    add_mac(x, has_mac, like->mac);
    if (first && delay == 0) {
        tell(t, x);
    }
    wake_at(t, x->due);
}

void telling_take_back(struct telling *t, const struct telling_like *like)
{
    struct entry *x = find(t, key_of(t, like));
    if (x && x->count > 0) {
        x->count--;
        if (x->count == 0 && x->interval == USEC_S) {
            x->key = 0;
        }
    }
}

void telling_on_time(struct telling *t, usec_t now)
{
    if (t->deadline == USEC_NONE || now < t->deadline) {
        return;
    }
    t->deadline = USEC_NONE;
    for (size_t i = 0; i < (size_t)SETS * WAYS; i++) {
        struct entry *x = &t->at[i];
        if (x->key && x->due <= now && t->n < RING) {
            if (x->count == 0) {
                x->key = 0;
                continue;
            }
            tell(t, x);
            x->due = step(now + x->interval);
            x->interval *= x->interval < INTERVAL_MOST_S * USEC_S ? 2 : 1;
        }
        if (x->key) {
            wake_at(t, x->due);
        }
    }
}

usec_t telling_deadline(const struct telling *t)
{
    return t->deadline;
}

bool telling_next(struct telling *t, struct fact *ret_fact)
{
    if (t->n == 0) {
        return false;
    }
    event_fact(&t->ring[t->first], ret_fact);
    t->first = (t->first + 1) % RING;
    t->n--;
    return true;
}

uint64_t telling_lost(const struct telling *t)
{
    return t->lost;
}
