/* A log and a capture of the same phone on one line of time: messages that both have seen tell how far
 * their clocks are apart; without any, the clocks are taken as they are. */
#include <stdlib.h>

#include "domain/journey/inside.h"

enum { SHARED_MOST = 32 };
#define YEAR (USEC_DAY * 1461 / 4)

usec_t align_began(const struct stretch *s, int year)
{
    const struct mark *m = &s->first;
    if (m->tod == USEC_NONE || !m->month) {
        return USEC_NONE;
    }
    year = s->year ? s->year : year;
    return time_days(year ? year : 2000, m->month, m->day) * USEC_DAY + m->tod;
}

void align_base(struct attempt *a, usec_t base)
{
    a->base = base;
    if (base == USEC_NONE) {
        return;
    }
    a->first_when += base;
    a->last_when += base;
    for (int st = 0; st < STAGES; st++) {
        a->rung[st].when += base;
    }
}

/* -- how far apart the clocks are */

static bool same_message(const struct fact *a, const struct fact *b)
{
    static const enum field fields[] = {FIELD_CALL_ID, FIELD_CSEQ, FIELD_STATUS, FIELD_BRANCH};
    if (a->kind != b->kind || fact_get(a, FIELD_CALL_ID).len == 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (!str_eq(fact_get(a, fields[i]), fact_get(b, fields[i]))) {
            return false;
        }
    }
    return true;
}

static bool is_message(const struct fact *f)
{
    return f->kind == FACT_SIP_REQUEST || f->kind == FACT_SIP_RESPONSE;
}

/* When the capture saw the message that `f` tells of; USEC_NONE: it did not. */
static usec_t seen(const struct phone *p, const struct fact *f)
{
    for (const struct attempt *a = p->attempts.first; a; a = a->next) {
        for (unsigned i = 0; i < a->n && a->source == SOURCE_CAPTURE; i++) {
            if (same_message(f, a->fact[i])) {
                return a->base + a->fact[i]->mono;
            }
        }
    }
    return USEC_NONE;
}

static int by_size(const void *a, const void *b)
{
    const usec_t *x = a;
    const usec_t *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* What has to be added to the log's clock; the middle one of what shared messages say. */
static usec_t shift_of(const struct phone *p, unsigned *ret_shared)
{
    usec_t apart[SHARED_MOST];
    unsigned n = 0;
    usec_t log = USEC_NONE;
    usec_t capture = USEC_NONE;
    for (const struct attempt *a = p->attempts.first; a; a = a->next) {
        if (a->base == USEC_NONE) {
            continue;
        }
        log = a->source == SOURCE_LOG ? a->first_when : log;
        capture = a->source == SOURCE_CAPTURE ? a->first_when : capture;
        for (unsigned i = 0; i < a->n && a->source == SOURCE_LOG; i++) {
            usec_t at = is_message(a->fact[i]) ? seen(p, a->fact[i]) : USEC_NONE;
            if (at != USEC_NONE && n < SHARED_MOST) {
                apart[n++] = at - (a->base + a->fact[i]->mono);
            }
        }
    }
    *ret_shared = n;
    if (n) {
        qsort(apart, n, sizeof *apart, by_size);
        return apart[n / 2];
    }
    if (p->year || log == USEC_NONE || capture == USEC_NONE) {
        return 0;
    }
    usec_t years = (capture - log + (capture > log ? YEAR : -YEAR) / 2) / YEAR;
    return years * YEAR / USEC_DAY * USEC_DAY; /* the log tells no year: the nearest */
}

/* -- one order for all */

struct entry {
    usec_t when;
    uint32_t before; /* the order so far */
    uint32_t *order;
};

static int by_time(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;
    if (x->when != y->when) {
        return x->when < y->when ? -1 : 1;
    }
    return x->before < y->before ? -1 : x->before > y->before;
}

struct entries {
    struct entry *p; /* owned */
    size_t n;
};

static void enter(struct entries *e, usec_t when, uint32_t *order)
{
    e->p[e->n++] = (struct entry){.when = when, .before = *order, .order = order};
}

/* Facts are shared with nobody, but handed out as constant: they are replaced. */
static struct fact *renew(struct phone *p, const struct fact *f)
{
    size_t size = offsetof(struct fact, f) + f->n * sizeof f->f[0];
    struct fact *copy = arena_alloc(&p->arena, size);
    if (copy) {
        memcpy(copy, f, size);
    }
    return copy;
}

static void enter_facts(struct entries *e, struct phone *p, struct attempt *a)
{
    for (unsigned i = 0; i < a->n; i++) {
        struct fact *f = renew(p, a->fact[i]);
        if (f) {
            f->mono += a->base;
            f->tod = ((f->mono % USEC_DAY) + USEC_DAY) % USEC_DAY;
            enter(e, f->mono, &f->order);
            a->fact[i] = f;
        }
    }
    for (unsigned i = 0; i < a->n_concluded; i++) {
        struct fact *f = renew(p, a->concluded[i]);
        if (f) {
            f->mono += a->base;
            enter(e, f->mono, &f->order);
            a->concluded[i] = f;
        }
    }
}

static void enter_attempt(struct entries *e, struct phone *p, struct attempt *a, usec_t shift)
{
    usec_t add = a->source == SOURCE_LOG ? shift : 0;
    a->base += add;
    a->first_when += add;
    a->last_when += add;
    enter(e, a->first_when, &a->first_order);
    enter(e, a->last_when, &a->last_order);
    for (int st = 0; st < STAGES; st++) {
        if (a->rung[st].state != STAGE_UNKNOWN) {
            a->rung[st].when += add;
            enter(e, a->rung[st].when, &a->rung[st].order);
        }
    }
    enter_facts(e, p, a);
}

/* What was one record stays one. */
static void number(struct entries *e)
{
    uint32_t order = 0;
    qsort(e->p, e->n, sizeof *e->p, by_time);
    for (size_t i = 0; i < e->n; i++) {
        bool same = i && e->p[i].when == e->p[i - 1].when && e->p[i].before == e->p[i - 1].before;
        order += !same;
        *e->p[i].order = order;
    }
}

static void sort_attempts(struct attempt_list *l)
{
    struct attempt *sorted = NULL;
    struct attempt *next = NULL;
    for (struct attempt *a = l->first; a; a = next) {
        struct attempt **at = &sorted;
        next = a->next;
        while (*at && (*at)->first_order <= a->first_order) {
            at = &(*at)->next;
        }
        a->next = *at;
        *at = a;
    }
    l->first = sorted;
    for (struct attempt *a = sorted; a; a = a->next) {
        l->last = a;
    }
}

/* A capture shows which name is looked up, not what for: the log, which says that, is believed. */
static bool misread(const struct phone *p, const struct fact *seen_f)
{
    for (const struct attempt *a = p->attempts.first; a; a = a->next) {
        for (unsigned i = 0; i < a->n_concluded && a->source == SOURCE_LOG; i++) {
            const struct fact *f = a->concluded[i];
            if (f->kind == FACT_DNS_NEGATIVE &&
                str_ieq(fact_get(f, FIELD_HOST), fact_get(seen_f, FIELD_HOST)) &&
                !str_eq(fact_get(f, FIELD_ROLE), fact_get(seen_f, FIELD_ROLE))) {
                return true;
            }
        }
    }
    return false;
}

static void drop_misread(struct phone *p)
{
    for (struct attempt *a = p->attempts.first; a; a = a->next) {
        const struct fact *f = a->n_concluded ? a->concluded[0] : NULL;
        if (a->source == SOURCE_CAPTURE && f && f->kind == FACT_DNS_NEGATIVE && misread(p, f)) {
            a->n_concluded = 0;
            a->failed = false;
            memset(a->rung, 0, sizeof a->rung);
        }
    }
}

void align_sources(struct phone *p)
{
    unsigned both = 1U << SOURCE_LOG | 1U << SOURCE_CAPTURE;
    size_t n = 0;
    if ((p->sources & both) != both) {
        return;
    }
    drop_misread(p);
    for (const struct attempt *a = p->attempts.first; a; a = a->next) {
        if (a->base == USEC_NONE) {
            return; /* a log without dates */
        }
        n += 2 + STAGES + a->n + a->n_concluded;
    }
    struct entries e = {.p = n ? malloc(n * sizeof *e.p) : NULL};
    if (!e.p) {
        return;
    }
    usec_t shift = shift_of(p, &p->shared);
    for (struct attempt *a = p->attempts.first; a; a = a->next) {
        enter_attempt(&e, p, a, shift);
    }
    number(&e);
    sort_attempts(&p->attempts);
    p->aligned = true;
    p->first_order = *e.p[0].order;
    p->last_order = *e.p[e.n - 1].order;
    p->shift_ms = (double)shift / USEC_MS;
    free(e.p);
}
