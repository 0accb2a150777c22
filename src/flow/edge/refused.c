/* Refusals for the journal: a flood of them is one row per source, status, user and minute. */
#include <stdlib.h>

#include "flow/edge/inside.h"

enum { REFUSALS = 1024, PROBES = 8, ROWS_MOST = 10, USER_TEXT = 64, WHY_TEXT = 96 };

static const usec_t window = 60 * USEC_S;

struct refusal {
    uint64_t key; /* 0: empty */
    usec_t since;
    uint32_t more; /* since the row that was told */
    uint32_t rows; /* of a source: rows told in this minute */
    uint16_t status;
    bool has_mac;
    struct mac mac;
    struct flow flow;
    uint8_t user_len, why_len, method_len;
    char user[USER_TEXT], why[WHY_TEXT], method[16];
};

struct refusals {
    struct refusal list[REFUSALS];
    usec_t sweep; /* USEC_NONE: nothing is there */
};

enum err refusals_new(struct refusals **ret)
{
    struct refusals *r = calloc(1, sizeof *r);
    if (!r) {
        return ERR_MEMORY;
    }
    r->sweep = USEC_NONE;
    *ret = r;
    return ERR_OK;
}

void refusals_free(struct refusals *r)
{
    free(r);
}

static uint8_t put(char *to, size_t most, struct str s)
{
    s = str_head(s, most);
    if (s.len) {
        memcpy(to, s.p, s.len);
    }
    return (uint8_t)s.len;
}

static void tell(struct edge *e, const struct refusal *r, uint32_t count)
{
    struct told t;
    struct account mac = {.has_mac = r->has_mac, .mac = r->mac};
    told_begin(&t, FACT_EDGE_REFUSED, str_of(NULL, 0));
    told_number(&t, FIELD_STATUS, r->status);
    told_text(&t, FIELD_REASON, sip_reason(r->status));
    told_text(&t, FIELD_METHOD, str_of(r->method, r->method_len));
    told_user(&t, str_of(r->user, r->user_len), &mac);
    told_flow(&t, &r->flow);
    told_number(&t, FIELD_COUNT, count);
    told_text(&t, FIELD_TEXT, str_of(r->why, r->why_len));
    told_end(e, &t);
}

static void end(struct edge *e, struct refusal *r)
{
    if (r->more) {
        tell(e, r, r->more);
    }
    *r = (struct refusal){0};
}

static struct refusal *find(struct refusals *r, uint64_t key)
{
    for (unsigned i = 0; i < PROBES; i++) {
        struct refusal *x = &r->list[(key + i) % REFUSALS];
        if (x->key == key) {
            return x;
        }
    }
    return NULL;
}

/* An empty place for `key`; the oldest gives way. */
static struct refusal *make(struct edge *e, uint64_t key)
{
    struct refusals *r = e->refusals;
    struct refusal *best = &r->list[key % REFUSALS];
    for (unsigned i = 0; i < PROBES && best->key; i++) {
        struct refusal *x = &r->list[(key + i) % REFUSALS];
        if (!x->key || x->since < best->since) {
            best = x;
        }
    }
    end(e, best);
    best->key = key;
    best->since = e->now;
    r->sweep = sooner(r->sweep, e->now + window);
    return best;
}

static void fill(struct refusal *x, const struct request *q, unsigned status, struct str why)
{
    x->status = (uint16_t)status;
    x->flow = q->from->flow;
    x->has_mac = q->from->has_mac;
    x->mac = q->from->mac;
    x->why_len = put(x->why, sizeof x->why, why);
    x->method_len = put(x->method, sizeof x->method, q->msg->method);
}

void edge_refused(struct edge *e, const struct request *q, unsigned status, struct str why)
{
    char place[24];
    struct addr ip = q->from->flow.peer.ip;
    memcpy(place, ip.b, sizeof ip.b);
    put(place + sizeof ip.b, 4, str_of((const char *)&status, sizeof status));
    struct str source = str_of(place, sizeof ip.b + 4);
    uint64_t key = hash_pair(&e->cfg.hash, source, q->user) | 1;
    struct refusal *x = find(e->refusals, key);
    if (x) {
        x->more++;
        return;
    }
    uint64_t source_key = hash_str(&e->cfg.hash, source) | 1;
    struct refusal *all = find(e->refusals, source_key);
    if (!all) {
        all = make(e, source_key);
        fill(all, q, status, STR("several users"));
    }
    if (all->rows >= ROWS_MOST) {
        all->more++;
        return;
    }
    all->rows++;
    x = make(e, key);
    fill(x, q, status, why);
    x->user_len = put(x->user, sizeof x->user, q->user);
    tell(e, x, 1);
}

void refusals_on_time(struct edge *e)
{
    struct refusals *r = e->refusals;
    if (r->sweep == USEC_NONE || e->now < r->sweep) {
        return;
    }
    r->sweep = USEC_NONE;
    for (size_t i = 0; i < REFUSALS; i++) {
        struct refusal *x = &r->list[i];
        if (x->key && e->now - x->since >= window) {
            end(e, x);
        } else if (x->key) {
            r->sweep = sooner(r->sweep, x->since + window);
        }
    }
}

usec_t refusals_deadline(const struct refusals *r)
{
    return r->sweep;
}
