/* Attempts under way: keeping their facts, concluding, handing them over. */
#include <stdio.h>

#include "domain/journey/inside.h"

const char *role_name(enum role r)
{
    static const char *const names[ROLES] = {
        [ROLE_NONE] = "none",
        [ROLE_ACTIVATION] = "activation",
        [ROLE_PROVISIONING] = "provisioning",
        [ROLE_UPGRADE] = "upgrade",
        [ROLE_SRV] = "srv",
        [ROLE_PROXY] = "proxy",
        [ROLE_TARGET] = "target",
    };
    return names[r];
}

void text_set(char *to, size_t cap, struct str v)
{
    size_t n = v.len < cap - 1 ? v.len : cap - 1;
    if (n) {
        memcpy(to, v.p, n);
    }
    to[n] = 0;
}

void slot_open(struct slot *s, enum attempt_kind kind, enum role role, const struct fact *f)
{
    struct arena keep = s->arena;
    arena_reset(&keep);
    /* Only what is in use is cleared: attempts are many and slots are large. */
    s->open = true;
    s->done = false;
    s->arena = keep;
    s->n_lookups = 0;
    s->host = str_of(NULL, 0);
    s->url = str_of(NULL, 0);
    s->call_id = str_of(NULL, 0);
    s->began = f->mono;
    s->missing = 0;
    s->stray = str_of(NULL, 0);
    memset(s->at, 0, sizeof s->at);
    memset(s->key, 0, sizeof s->key);
    memset(s->number, 0, sizeof s->number);
    struct attempt *a = &s->a;
    a->kind = kind;
    a->role = role;
    a->failed = false;
    a->line = 0;
    a->voice_pid = 0;
    memset(a->rung, 0, sizeof a->rung);
    a->n = 0;
    a->dropped = 0;
    a->n_concluded = 0;
    a->count = 1;
    a->source = f->source;
    a->first_order = f->order;
    a->last_order = f->order;
    a->first_when = f->mono;
    a->last_when = f->mono;
    a->last = f->place;
    a->missing = 0;
    a->gap_before = (struct place){0};
    a->gap_after = (struct place){0};
    a->edited = false;
    a->key = 0;
    a->next = NULL;
}

const struct fact *slot_keep(struct slot *s, const struct fact *f)
{
    struct attempt *a = &s->a;
    a->last_order = f->order;
    a->last_when = f->mono;
    a->last = f->place;
    if (a->n == ATTEMPT_FACTS) {
        a->dropped++;
        return NULL;
    }
    const struct fact *copy = fact_copy(&s->arena, f, ATTEMPT_TEXT_MOST);
    if (copy) {
        a->fact[a->n++] = copy;
        a->edited |= (f->flags & FACT_GLUED) != 0;
    }
    return copy;
}

struct fact slot_conclude(enum fact_kind kind, const struct fact *base, enum stage stage)
{
    struct fact c;
    fact_like(&c, kind, base);
    c.stage = (uint8_t)stage;
    return c;
}

void slot_add(struct slot *s, const struct fact *concluded, bool failure)
{
    struct attempt *a = &s->a;
    if (a->n_concluded < sizeof a->concluded / sizeof *a->concluded) {
        const struct fact *copy = fact_copy(&s->arena, concluded, ATTEMPT_TEXT_MOST);
        if (copy) {
            a->concluded[a->n_concluded++] = copy;
        }
    }
    a->failed = a->failed || failure;
    if (failure && concluded->stage < STAGES) {
        slot_rung(s, (enum stage)concluded->stage, STAGE_FAILED, fact_int(concluded, FIELD_MS, -1),
                  concluded);
    }
}

void slot_rung(struct slot *s, enum stage stage, enum stage_state state, int64_t ms,
               const struct fact *f)
{
    s->a.rung[stage] = (struct rung){
        .state = state, .ms = ms, .order = f->order, .when = f->mono, .place = f->place};
}

static uint64_t mix(uint64_t h, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        h = (h ^ (unsigned char)s.p[i]) * 0x100000001B3U;
    }
    return (h ^ 0xFF) * 0x100000001B3U;
}

/* Fields that differ each time although the same happened. */
static bool is_passing(enum field f)
{
    switch (f) {
    case FIELD_MS:
    case FIELD_COUNT:
    case FIELD_NONCE:
    case FIELD_RESPONSE:
    case FIELD_CALL_ID:
    case FIELD_CSEQ:
    case FIELD_BRANCH:
    case FIELD_EPOCH:
    case FIELD_RETRY:
        return true;
    default:
        return false;
    }
}

static uint64_t mix_fact(uint64_t h, const struct fact *f)
{
    h = (h ^ f->kind ^ (uint64_t)f->stage << 16) * 0x100000001B3U;
    for (unsigned i = 0; i < f->n; i++) {
        if (!is_passing((enum field)f->f[i].field)) {
            h = mix(h ^ f->f[i].field, f->f[i].v);
        }
    }
    return h;
}

static uint64_t key_of(const struct slot *s)
{
    const struct attempt *a = &s->a;
    uint64_t h = 0xCBF29CE484222325U ^ (uint64_t)a->kind << 8 ^ (uint64_t)a->role ^ a->line ^
                 (uint64_t)a->source << 16;
    for (int st = 0; st < STAGES; st++) {
        h = (h ^ (uint64_t)a->rung[st].state) * 0x100000001B3U;
    }
    for (unsigned i = 0; i < a->n_concluded; i++) {
        h = mix_fact(h, a->concluded[i]);
    }
    return mix(h, s->host);
}

static void merge_same(struct attempt *to, const struct attempt *a)
{
    to->count += a->count;
    to->last_order = a->last_order;
    to->last_when = a->last_when;
    to->voice_pid = a->voice_pid;
    to->last = a->last;
    for (int st = 0; st < STAGES; st++) {
        if (a->rung[st].state != STAGE_UNKNOWN) {
            to->rung[st] = a->rung[st];
        }
    }
}

enum { ROOM_FOR_GOOD = 20 };

/* No room for the attempt: how far the phone got in it must not be lost, or the ladder would stay
 * where it was when the room ran out. */
static void keep_rungs(struct attempt *first, const struct attempt *a)
{
    struct attempt *like = NULL;
    struct attempt *any = NULL; /* one that went well can speak for all that did */
    for (struct attempt *b = first; b; b = b->next) {
        bool same = b->kind == a->kind && b->role == a->role && b->failed == a->failed;
        like = same && b->line == a->line ? b : like;
        any = !b->failed && !a->failed ? b : any;
    }
    like = like ? like : any;
    if (like) {
        merge_same(like, a);
        like->count -= a->count; /* it was not the same */
    }
}

/* Whether the list has an attempt that says the same: it counts once more. */
static bool merged(struct attempt_list *l, const struct attempt *a)
{
    for (struct attempt *old = l->bucket[a->key % ATTEMPT_BUCKETS]; old; old = old->like) {
        if (old->key == a->key && old->kind == a->kind) {
            merge_same(old, a);
            return true;
        }
    }
    return false;
}

/* A copy of `a` at the end of the list, with the same facts; NULL when there is no room. */
static struct attempt *append(struct arena *arena, struct attempt_list *l, const struct attempt *a)
{
    /* Room is left for what went well: it says how far the phone is now. */
    unsigned most = a->failed ? PHONE_ATTEMPTS - ROOM_FOR_GOOD : PHONE_ATTEMPTS;
    size_t size = offsetof(struct attempt, fact) + a->n * sizeof a->fact[0];
    struct attempt *c = l->n < most ? arena_room(arena, size) : NULL;
    if (!c) {
        keep_rungs(l->first, a);
        return NULL;
    }
    memcpy(c, a, size);
    struct attempt **bucket = &l->bucket[c->key % ATTEMPT_BUCKETS];
    c->next = NULL;
    c->like = *bucket;
    *bucket = c;
    if (l->last) {
        l->last->next = c;
    } else {
        l->first = c;
    }
    l->last = c;
    l->n++;
    return c;
}

bool attempts_merge(struct arena *arena, struct attempt_list *l, const struct attempt *a)
{
    if (merged(l, a)) {
        return true;
    }
    struct attempt *c = append(arena, l, a);
    for (unsigned i = 0; c && i < c->n; i++) {
        c->fact[i] = fact_copy(arena, a->fact[i], ATTEMPT_TEXT_MOST);
        c->n = c->fact[i] ? c->n : i;
    }
    for (unsigned i = 0; c && i < c->n_concluded; i++) {
        c->concluded[i] = fact_copy(arena, a->concluded[i], ATTEMPT_TEXT_MOST);
        c->n_concluded = c->concluded[i] ? c->n_concluded : i;
    }
    return c != NULL;
}

void slot_close(struct stretch *st, struct slot *s)
{
    if (!s->open) {
        return;
    }
    s->open = false;
    s->a.key = key_of(s);
    if (merged(&st->attempts, &s->a)) {
        return;
    }
    if (append(&s->arena, &st->attempts, &s->a)) {
        arena_move(&st->arena, &s->arena); /* its facts with it */
    } else {
        st->dropped++;
    }
}

struct fact fact_bare(const struct fact *f, char *text, size_t cap)
{
    struct fact b = slot_conclude((enum fact_kind)f->kind, f, (enum stage)f->stage);
    b.text = str_head(f->text, cap);
    if (b.text.len) {
        memcpy(text, b.text.p, b.text.len);
    }
    b.text.p = text;
    return b;
}

void slot_loose(struct stretch *st, const struct fact *f, enum stage stage, bool failure)
{
    struct attempt a = {.kind = ATTEMPT_LOOSE,
                        .source = f->source,
                        .failed = failure,
                        .count = 1,
                        .first_order = f->order,
                        .last_order = f->order,
                        .first_when = f->mono,
                        .last_when = f->mono,
                        .last = f->place,
                        .edited = (f->flags & FACT_GLUED) != 0};
    if (stage < STAGES && failure) {
        a.rung[stage] = (struct rung){STAGE_FAILED, -1, f->order, f->mono, f->place};
    }
    if (f->kind >= 200 && f->kind < FACT_KINDS) {
        a.concluded[a.n_concluded++] = f;
    } else {
        a.fact[a.n++] = f;
    }
    a.key = mix_fact(0xCBF29CE484222325U ^ ATTEMPT_LOOSE ^ (uint64_t)f->source << 16, f);
    st->dropped += !attempts_merge(&st->arena, &st->attempts, &a);
}

void slot_passed(struct stretch *st, const struct fact *f, enum stage stage)
{
    struct attempt a = {.kind = ATTEMPT_LOOSE,
                        .source = f->source,
                        .count = 1,
                        .first_order = f->order,
                        .last_order = f->order,
                        .first_when = f->mono,
                        .last_when = f->mono,
                        .last = f->place};
    a.rung[stage] = (struct rung){STAGE_OK, -1, f->order, f->mono, f->place};
    a.key = mix_fact(0xCBF29CE484222325U ^ ATTEMPT_LOOSE ^ (uint64_t)f->source << 16, f);
    if (f->text.len) {
        a.fact[a.n++] = f;
    }
    st->dropped += !attempts_merge(&st->arena, &st->attempts, &a);
}
