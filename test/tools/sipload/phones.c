/* Registrations: when they begin, what an answer means, when a request is repeated (RFC 3261 17.1.2.2, Timer E) or given up. */
#include "sipload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SLOTS = 65536 };
static const uint64_t T1 = 500000000; /* ns */

/* --- lists of slots by what they wait for */

static void queue_add(struct thread *t, struct slot *s)
{
    uint32_t n = (uint32_t)(s - t->slots);
    struct queue *q = &t->queue[s->level];
    s->next = NONE;
    s->prev = q->last;
    if (q->last == NONE) {
        q->first = n;
    } else {
        t->slots[q->last].next = n;
    }
    q->last = n;
}

static void queue_remove(struct thread *t, struct slot *s)
{
    struct queue *q = &t->queue[s->level];
    if (s->prev == NONE) {
        q->first = s->next;
    } else {
        t->slots[s->prev].next = s->next;
    }
    if (s->next == NONE) {
        q->last = s->prev;
    } else {
        t->slots[s->next].prev = s->prev;
    }
}

/* Waits once more at `level`. */
static void wait_at(struct thread *t, struct slot *s, uint8_t level)
{
    queue_remove(t, s);
    s->level = level;
    s->again = t->now + (level == LEVELS ? t->o->give_up : T1 << level);
    queue_add(t, s);
}

/* --- a registration */

static struct slot *take(struct thread *t, uint64_t due)
{
    if (t->n_free == 0) {
        return NULL;
    }
    struct slot *s = &t->slots[t->free_slots[--t->n_free]];
    s->used = true;
    s->wrong = false;
    s->phase = 0;
    s->stales = 0;
    s->due = due;
    s->line = NULL;
    s->level = LEVELS;
    s->again = t->now + t->o->give_up;
    queue_add(t, s);
    t->in_flight++;
    return s;
}

static void give_back(struct thread *t, struct slot *s)
{
    queue_remove(t, s);
    uint32_t n = (uint32_t)(s - t->slots);
    s->used = false;
    t->free_slots[t->n_free++] = n;
    t->in_flight--;
    struct line *l = s->line;
    if (l && l->waiting == n) {
        l->waiting = NONE;
        if (t->o->each) {
            line_close(l);
        }
    }
}

static void say(struct thread *t, struct slot *s)
{
    struct said said = {.user = s->user,
                        .slot = (uint32_t)(s - t->slots),
                        .gen = s->gen,
                        .cseq = s->cseq,
                        .phase = s->phase,
                        .wrong = s->wrong,
                        .challenge = s->challenge};
    size_t len = writer_register(&t->w, &said, t->message);
    line_send(s->line, t->message, len);
}

/* A new transaction. */
static void ask(struct thread *t, struct slot *s)
{
    s->gen = ++t->gen;
    s->cseq = s->gen;
    wait_at(t, s, t->o->via == VIA_UDP ? 0 : LEVELS);
    say(t, s);
}

static void finish(struct thread *t, struct slot *s)
{
    t->f.done++;
    if (t->now >= t->count_from && t->now < t->stop) {
        t->f.counted++;
        spread_add(&t->f.took, t->now > s->due ? t->now - s->due : 0);
    }
    give_back(t, s);
}

static uint32_t random_below(struct thread *t, uint32_t n)
{
    t->random ^= t->random << 13;
    t->random ^= t->random >> 7;
    t->random ^= t->random << 17;
    return (uint32_t)((t->random >> 32) * n >> 32);
}

static bool by_chance(struct thread *t, unsigned per_cent)
{
    return per_cent && random_below(t, 100) < per_cent;
}

/* A REGISTER of nobody with some bytes changed, or cut off. */
static void say_broken(struct thread *t, struct slot *s)
{
    struct said said = {.user = s->user, .slot = NONE, .gen = t->gen};
    size_t len = writer_register(&t->w, &said, t->message);
    unsigned changes = 1 + random_below(t, 8);
    for (unsigned i = 0; i < changes; i++) {
        t->message[random_below(t, (uint32_t)len)] = (char)random_below(t, 256);
    }
    if (by_chance(t, 25)) {
        len = 1 + random_below(t, (uint32_t)len);
    }
    line_send(s->line, t->message, len);
    t->f.broken++;
}

static void go(struct thread *t, struct slot *s)
{
    if (by_chance(t, t->o->broken)) {
        say_broken(t, s);
    }
    ask(t, s);
}

/* The line of a phone; where each registration has its own, one that is closed. NULL: all are in use. */
static struct line *line_for(struct thread *t, uint32_t phone)
{
    if (!t->o->each) {
        return &t->lines[phone % t->o->lines];
    }
    for (unsigned i = 0; i < t->o->lines; i++) {
        struct line *l = &t->lines[t->next_line++ % t->o->lines];
        if (l->state == LINE_CLOSED) {
            return l;
        }
    }
    return NULL;
}

static void begin(struct thread *t, uint64_t due)
{
    t->f.begun++;
    spread_add(&t->f.late, t->now > due ? t->now - due : 0);
    uint32_t users = t->o->fetch ? t->o->n_held : t->o->users;
    uint32_t phones = (users - t->number + t->o->threads - 1) / t->o->threads;
    uint32_t phone = t->next_user++ % phones;
    struct line *l = line_for(t, phone);
    struct slot *s = l ? take(t, due) : NULL;
    if (!s) {
        t->f.unsent++;
        return;
    }
    s->user = t->o->fetch ? t->o->held[phone].user
                          : FIRST_USER + t->o->first + phone * t->o->threads + t->number;
    s->wrong = by_chance(t, t->o->wrong);
    s->line = l;
    if (l->state == LINE_OPEN) {
        go(t, s);
    } else if (l->waiting != NONE) {
        t->f.unsent++;
        give_back(t, s);
    } else {
        l->waiting = (uint32_t)(s - t->slots);
        if (l->state == LINE_CLOSED && !line_open(l)) {
            t->f.unsent++;
            give_back(t, s);
        }
    }
}

/* --- what the thread calls */

void phones_init(struct thread *t)
{
    t->n_slots = t->o->rate > 0 || t->o->flight > SLOTS ? SLOTS : t->o->flight;
    t->slots = calloc(t->n_slots, sizeof *t->slots);
    t->free_slots = malloc(t->n_slots * sizeof *t->free_slots);
    if (!t->slots || !t->free_slots) {
        die("memory");
    }
    for (uint32_t i = 0; i < t->n_slots; i++) {
        t->free_slots[i] = t->n_slots - 1 - i;
    }
    t->n_free = t->n_slots;
    for (unsigned i = 0; i <= LEVELS; i++) {
        t->queue[i] = (struct queue){NONE, NONE};
    }
    t->random = (t->o->seed + t->number + 1) * 0x9e3779b97f4a7c15;
}

void phones_clear(struct thread *t)
{
    free(t->slots);
    free(t->free_slots);
}

static bool no_more(const struct thread *t)
{
    return t->now >= t->stop || (t->o->count && t->f.begun >= t->o->count);
}

/* When the next registration is due at the given rate. */
static uint64_t next_due(const struct thread *t)
{
    return t->start + (uint64_t)((double)t->f.begun * 1e9 / t->o->rate);
}

static void begin_due(struct thread *t)
{
    if (t->o->rate > 0) {
        for (uint64_t due; !no_more(t) && (due = next_due(t)) <= t->now;) {
            begin(t, due);
        }
        return;
    }
    /* One turn begins no more than there is room for, also where they fail at once. */
    for (uint32_t n = t->n_free; n > 0 && t->n_free > 0 && !no_more(t); n--) {
        begin(t, t->now);
    }
}

void phones_turn(struct thread *t)
{
    begin_due(t);
    for (unsigned level = 0; level <= LEVELS; level++) {
        while (t->queue[level].first != NONE) {
            struct slot *s = &t->slots[t->queue[level].first];
            if (s->again > t->now) {
                break;
            }
            if (level == LEVELS || t->now >= s->due + t->o->give_up) {
                t->f.lost++;
                give_back(t, s);
                continue;
            }
            t->f.again++;
            wait_at(t, s, level + 1 < LEVELS ? (uint8_t)(level + 1) : LEVELS - 1);
            say(t, s);
        }
    }
}

uint64_t phones_wait(const struct thread *t)
{
    uint64_t next = t->now + 100000000;
    if (t->o->rate > 0 && !no_more(t)) {
        uint64_t due = next_due(t);
        next = due < next ? due : next;
    }
    for (unsigned i = 0; i <= LEVELS; i++) {
        if (t->queue[i].first != NONE && t->slots[t->queue[i].first].again < next) {
            next = t->slots[t->queue[i].first].again;
        }
    }
    return next > t->now ? next - t->now : 0;
}

bool phones_over(const struct thread *t)
{
    return no_more(t) && t->in_flight == 0;
}

static void note(struct thread *t, const struct slot *s, const struct answer *a)
{
    if (t->acked) {
        long granted = t->o->expires ? answer_expires(a) : 0;
        fprintf(t->acked, "%u %ld %lld\n", s->user, granted, (long long)time(NULL));
    }
}

static void challenged(struct thread *t, struct slot *s, const struct answer *a)
{
    char challenge[CHALLENGE_MOST];
    bool good = answer_challenge(a, challenge);
    const char *p = challenge;
    for (unsigned i = 0; good && i < 3; i++) {
        p += strlen(p) + 1;
    }
    if (good && s->phase && p[1] == 's' && s->stales < 2) {
        s->stales++;
        t->f.stale++;
    } else if (!good || s->phase) {
        t->f.refused++;
        give_back(t, s);
        return;
    }
    memcpy(s->challenge, challenge, sizeof challenge);
    s->phase = 1;
    ask(t, s);
}

void phones_on_answer(struct thread *t, const char *text, size_t len)
{
    struct answer a;
    answer_read(text, len, &a);
    struct slot *s = a.ours && a.slot < t->n_slots ? &t->slots[a.slot] : NULL;
    if (!s || !s->used || s->gen != a.gen || s->phase != a.phase) {
        t->f.stray++;
        return;
    }
    t->f.status[a.status / 100 < 7 ? a.status / 100 : 0]++;
    if (a.status < 200) {
        return;
    }
    if (a.status == 401 || a.status == 407) {
        challenged(t, s, &a);
    } else if (a.status < 300) {
        note(t, s, &a);
        t->f.missing += t->o->fetch && !fetch_check(t->o, &a, s->user);
        finish(t, s);
    } else {
        t->f.refused++;
        give_back(t, s);
    }
}

void phones_on_open(struct line *l)
{
    struct thread *t = l->t;
    if (l->waiting == NONE) {
        return;
    }
    struct slot *s = &t->slots[l->waiting];
    if (t->o->silent) {
        finish(t, s);
        return;
    }
    if (!t->o->each) {
        l->waiting = NONE;
    }
    go(t, s);
}

void phones_on_closed(struct line *l)
{
    struct thread *t = l->t;
    if (l->waiting != NONE) {
        struct slot *s = &t->slots[l->waiting];
        l->waiting = NONE;
        t->f.closed++;
        give_back(t, s);
    }
}
