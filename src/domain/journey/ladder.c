/* The ladder: how far a phone is now, from the latest that is known of every stage. */
#include "domain/journey/journey.h"

/* Of two lines of a phone one may register and the other not. */
static bool other_line(const struct attempt *a, const struct attempt *b)
{
    return a->line && b->line && a->line != b->line;
}

/* A line that a new configuration took away: the voice process that `b` is of began after `a` failed,
 * registers another line, and never tries that one. */
static bool is_gone(const struct phone *p, const struct attempt *a, const struct attempt *b)
{
    if (!a->voice_pid || !b->voice_pid || a->voice_pid == b->voice_pid ||
        b->rung[STAGE_REGISTER].state != STAGE_OK || b->last_order < a->last_order) {
        return false;
    }
    for (const struct attempt *c = p->attempts.first; c; c = c->next) {
        if (c->line == a->line && c->voice_pid == b->voice_pid) {
            return false;
        }
    }
    return true;
}

/* Of another line of the phone than `a`, which may not register though this one does. */
static bool tells_not(const struct phone *p, const struct attempt *b, const struct attempt *a)
{
    return other_line(b, a) && !is_gone(p, a, b);
}

/* A phone that passes a stage has passed those before it. A probe asks each on its own. */
static bool is_probe(const struct phone *p)
{
    return p->sources == 1U << SOURCE_PROBE;
}

/* A lease without a router, or with one that is not there: name servers of the phone's own network
 * answer it all the same. */
static bool no_way_out(const struct attempt *a)
{
    if (a && a->n && a->fact[0]->kind == FACT_ROUTER_SILENT) {
        return true;
    }
    for (unsigned i = 0; a && i < a->n_concluded; i++) {
        if (a->concluded[i]->kind == FACT_LEASE_THIN &&
            str_eq(fact_get(a->concluded[i], FIELD_KEY), STR("router1"))) {
            return true;
        }
    }
    return false;
}

/* Whether passing `stage` shows that the phone got past what failed in `a`. */
static bool is_past(const struct attempt *a, int stage)
{
    bool names = stage == STAGE_CLOCK || stage == STAGE_ACTIVATION_DNS ||
                 stage == STAGE_PROVISIONING_DNS || stage == STAGE_SRV;
    return !names || !no_way_out(a);
}

/* A phone had no use for what it was given, which is hidden from others: to them it was given. */
static bool sees_less(const struct attempt *a, const struct attempt *other)
{
    bool useless = false;
    for (unsigned i = 0; i < a->n_concluded; i++) {
        useless = useless || a->concluded[i]->kind == FACT_PROFILE_BAD;
    }
    return useless && a->source == SOURCE_LOG && other->source != SOURCE_LOG;
}

bool ladder_recovered(const struct phone *p, const struct attempt *a, enum stage stage)
{
    if (stage >= STAGES) {
        return false;
    }
    uint32_t order = 0;
    for (const struct attempt *b = p->attempts.first; b; b = b->next) {
        int end = is_probe(p) ? (int)stage + 1 : STAGES;
        for (int st = (int)stage + sees_less(a, b); st < end && !tells_not(p, b, a); st++) {
            if (b->rung[st].state == STAGE_OK && b->rung[st].order > order && is_past(a, st)) {
                order = b->rung[st].order;
            }
        }
    }
    return order > a->last_order;
}

static void latest(const struct phone *p, struct ladder *l)
{
    for (const struct attempt *a = p->attempts.first; a; a = a->next) {
        for (int st = 0; st < STAGES; st++) {
            const struct rung *r = &a->rung[st];
            struct rung *have = &l->rung[st];
            bool newer = have->state == STAGE_UNKNOWN || r->order >= have->order;
            /* A way not taken says less than a way that was. */
            bool weaker = r->state == STAGE_SKIPPED && have->state == STAGE_OK;
            /* Nor does another line's success undo a failure. */
            weaker = weaker || (r->state == STAGE_OK && have->state == STAGE_FAILED &&
                                tells_not(p, a, l->by[st]));
            newer = newer || (r->state == STAGE_FAILED && have->state == STAGE_OK &&
                              other_line(a, l->by[st]) && !ladder_recovered(p, a, (enum stage)st));
            weaker = weaker || (r->state == STAGE_OK && have->state == STAGE_FAILED &&
                                sees_less(l->by[st], a));
            newer = newer || (r->state == STAGE_FAILED && have->state == STAGE_OK &&
                              sees_less(a, l->by[st]));
            if (r->state != STAGE_UNKNOWN && newer && !weaker) {
                *have = *r;
                l->by[st] = a;
            }
        }
    }
}

/* The latest order at which a stage behind `stage` was passed. What the attempt that failed there
 * did get done (a name resolved on the way to the wrong server) is no getting past it. */
static uint32_t passed_after(const struct phone *p, const struct ladder *l, int stage)
{
    uint32_t order = 0;
    for (int st = stage + 1; st < STAGES; st++) {
        if (l->by[st] && !tells_not(p, l->by[st], l->by[stage]) && l->by[st] != l->by[stage] &&
            l->rung[st].state == STAGE_OK && l->rung[st].order > order &&
            is_past(l->by[stage], st)) {
            order = l->rung[st].order;
        }
    }
    return order;
}

void ladder_read(const struct phone *p, struct ladder *ret_l)
{
    struct ladder *l = ret_l;
    *l = (struct ladder){.failed = STAGES};
    for (int st = 0; st < STAGES; st++) {
        l->rung[st].ms = -1;
    }
    latest(p, l);
    for (int st = 0; st < STAGES; st++) {
        if (l->rung[st].state != STAGE_FAILED) {
            continue;
        }
        if (!is_probe(p) && passed_after(p, l, st) > l->rung[st].order) {
            l->rung[st].state = STAGE_OK; /* it got past it: a later stage was passed */
        } else if (l->failed == STAGES) {
            l->failed = (enum stage)st;
        }
    }
    if (l->failed == STAGES) {
        return;
    }
    for (int st = (int)l->failed + 1; st < STAGES; st++) {
        struct rung *r = &l->rung[st];
        bool before = r->order < l->rung[l->failed].order;
        bool open = r->state == STAGE_UNKNOWN || (r->state == STAGE_OK && before) ||
                    (r->state == STAGE_FAILED && before);
        /* Where DHCP leads elsewhere, the phone does go on, the wrong way. */
        if (open &&
            !(l->failed == STAGE_DHCP && st == STAGE_PROVISIONING && r->state == STAGE_UNKNOWN &&
              l->rung[STAGE_ACTIVATION].state == STAGE_SKIPPED)) {
            r->state = STAGE_NOT_REACHED;
        }
    }
}
