/* A thread of the fleet: starts its phones when they are due, wakes them, and tells main once a second how far it is. */
#include <malloc.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "app/fleet/inside.h"
#include "base/random.h"

enum {
    TICK = 1000 /* us */,
    STARTS = 256 /* phones begun before the loop looks at its sockets */,
    TRIM_AFTER = 200 /* connections */
};

static usec_t thread_cpu(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (usec_t)t.tv_sec * USEC_S + t.tv_nsec / 1000;
}

/* -- what the loop calls */

static usec_t due_of(const struct worker *w, uint64_t nth)
{
    const struct fleet_cfg *cfg = &w->fleet->cfg;
    uint64_t k = nth * w->fleet->n + w->number;
    return k < cfg->phones ? pace_due(&cfg->pace, k) : USEC_NONE;
}

/* Every phone that was begun loses all it knew, as after a power cut, and begins anew: all are due at the same moment. */
static void storm(struct worker *w, usec_t now)
{
    usec_t due = w->start + w->fleet->cfg.storm_at;
    for (int n = 0; w->desks && n < STARTS && w->stormed < w->travellers.used; n++) {
        traveller_storm(w, rows_at(&w->travellers, w->stormed++), due);
    }
    for (int n = 0; n < STARTS && w->stormed < w->members.used; n++) {
        struct member *m = rows_at(&w->members, w->stormed++);
        if (!m->begun) {
            continue;
        }
        uint64_t random = m->agent.random;
        w->tally.up -= m->up;
        m->up = false;
        agent_clear(&m->agent);
        member_cut(m);
        agent_init(&m->agent, &w->fleet->agent, &m->line, w->work, NULL, random_next(&random));
        member_start(w, m, due, now);
    }
}

/* When it goes on; USEC_NONE: it is over, or none is wanted. */
static usec_t storm_due(const struct worker *w)
{
    usec_t at = w->fleet->cfg.storm_at;
    uint32_t all = w->desks ? w->travellers.used : w->members.used;
    return at == USEC_NONE || w->stormed == all ? USEC_NONE : w->start + at;
}

static void on_timer(void *ctx)
{
    struct worker *w = ctx;
    usec_t now = loop_now(w->loop);
    for (int n = 0; n < STARTS && w->next_due != USEC_NONE && w->start + w->next_due <= now; n++) {
        if (w->desks) {
            traveller_start(w, rows_at(&w->travellers, (uint32_t)w->next), w->start + w->next_due,
                            now);
        } else {
            member_start(w, rows_at(&w->members, (uint32_t)w->next), w->start + w->next_due, now);
        }
        w->next_due = due_of(w, ++w->next);
    }
    usec_t due = storm_due(w);
    if (due != USEC_NONE && now >= due) {
        storm(w, now);
    }
    struct wheel_entry *e;
    while ((e = wheel_next(&w->wheel, now))) {
        struct member *m = (struct member *)(void *)((char *)e - offsetof(struct member, timer));
        member_on_time(w, m, now);
    }
}

static usec_t earlier(usec_t a, usec_t b)
{
    return a == USEC_NONE || (b != USEC_NONE && b < a) ? b : a;
}

static void on_turn(void *ctx)
{
    struct worker *w = ctx;
    for (unsigned i = 0; i < w->n_udp; i++) {
        udp_flush(w->udp[i]);
    }
    if (w->streams) {
        stream_flush(w->streams);
    }
    usec_t when = wheel_deadline(&w->wheel);
    when = earlier(when, w->next_due == USEC_NONE ? USEC_NONE : w->start + w->next_due);
    when = earlier(when, storm_due(w));
    loop_timer_at(w->timer, when);
}

static void show(struct worker *w)
{
    (void)pthread_mutex_lock(&w->lock);
    w->shown = w->tally;
    w->shown_settled = w->settled;
    w->shown_busiest = w->busiest;
    w->shown_cpu = w->cpu;
    (void)pthread_mutex_unlock(&w->lock);
}

/* Handshakes leave holes where they worked. When many were made and none is made any more, the pages go back. */
static void give_back(struct worker *w)
{
    uint64_t n = w->tally.count[TALLY_CONNECTED];
    if (n == w->connected && n - w->trimmed >= TRIM_AFTER) {
        w->trimmed = n;
        (void)malloc_trim(0);
    }
    w->connected = n;
}

static void on_second(void *ctx)
{
    struct worker *w = ctx;
    usec_t now = loop_now(w->loop), cpu = thread_cpu();
    double busy = now > w->looked ? (double)(cpu - w->cpu) / (double)(now - w->looked) : 0;
    w->busiest = busy > w->busiest ? busy : w->busiest;
    w->cpu = cpu;
    w->looked = now;
    give_back(w);
    show(w);
    loop_timer_at(w->second, now + USEC_S / 2);
}

/* -- a life */

/* Phones never end a connection because nothing is said over it: refreshes are far apart. */
static enum err open_streams(struct worker *w)
{
    struct stream_limits limits = stream_limits_usual;
    limits.most = FLEET_PHONES;
    limits.handshaking = FLEET_PHONES;
    limits.first = 0;
    enum err e = stream_server_new(w->loop, &limits, &w->streams);
    return e == ERR_OK ? stream_way(w->streams, w->fleet->cfg.tls, 0, &member_on_stream, w, &w->way)
                       : e;
}

static enum err open_sockets(struct worker *w)
{
    const struct fleet_cfg *cfg = &w->fleet->cfg;
    for (unsigned i = 0; i < cfg->froms; i++) {
        struct endpoint at = {.ip = cfg->from};
        uint8_t *last = &at.ip.b[at.ip.family == 4 ? 3 : 15];
        *last = (uint8_t)(*last + i);
        if (cfg->transport != SELECT_UDP) {
            w->local[i] = at;
            continue;
        }
        int fd = -1;
        enum err e = udp_bind(at, &fd, &w->local[i]);
        if (e == ERR_OK) {
            e = udp_new(w->loop, fd, member_on_datagram, w, &w->udp[i]);
        }
        if (e != ERR_OK) {
            return e;
        }
        w->n_udp++;
    }
    return cfg->transport == SELECT_UDP ? ERR_OK : open_streams(w);
}

static enum err make_travellers(struct worker *w)
{
    const struct fleet_cfg *cfg = &w->fleet->cfg;
    enum err e = rows_init(&w->travellers, sizeof(struct traveller), FLEET_PHONES);
    e = e == ERR_OK ? desks_new(w->loop, &cfg->desk, &w->desks) : e;
    for (uint64_t k = w->number; e == ERR_OK && k < cfg->phones; k += w->fleet->n) {
        uint32_t number = 0;
        e = rows_take(&w->travellers, &number);
        if (e == ERR_OK) {
            struct traveller *t = rows_at(&w->travellers, number);
            t->number = number;
            e = traveller_init(w, t, k);
        }
    }
    return e;
}

static enum err make_members(struct worker *w)
{
    const struct fleet_cfg *cfg = &w->fleet->cfg;
    enum err e = ERR_OK;
    if (cfg->journeys) {
        return make_travellers(w);
    }
    for (uint64_t k = w->number; e == ERR_OK && k < cfg->phones; k += w->fleet->n) {
        uint32_t number = 0;
        e = rows_take(&w->members, &number);
        if (e == ERR_OK) {
            struct member *m = rows_at(&w->members, number);
            m->number = number;
            e = member_init(w, m, k);
        }
    }
    return e;
}

static enum err make_loop(struct worker *w)
{
    enum err e = loop_new(&w->loop);
    e = e == ERR_OK ? loop_timer_new(w->loop, on_timer, w, &w->timer) : e;
    e = e == ERR_OK ? loop_timer_new(w->loop, on_second, w, &w->second) : e;
    e = e == ERR_OK ? agent_work_new(&w->work) : e;
    e = e == ERR_OK ? rows_init(&w->members, sizeof(struct member), FLEET_PHONES) : e;
    return e == ERR_OK ? index_init(&w->by_user, &w->members, offsetof(struct member, link)) : e;
}

enum err worker_init(struct worker *w, struct fleet *f, unsigned number)
{
    *w = (struct worker){.fleet = f, .number = number, .lock = PTHREAD_MUTEX_INITIALIZER};
    if (getrandom(&w->key, sizeof w->key, 0) != (ssize_t)sizeof w->key) {
        return ERR_IO;
    }
    enum err e = make_loop(w);
    e = e == ERR_OK && !f->cfg.journeys ? open_sockets(w) : e;
    e = e == ERR_OK ? make_members(w) : e;
    if (e == ERR_OK) {
        w->turn = (struct loop_turn){.fn = on_turn, .ctx = w};
        loop_on_turn(w->loop, &w->turn);
    }
    return e;
}

void *worker_run(void *worker)
{
    struct worker *w = worker;
    w->start = w->looked = loop_now(w->loop);
    w->cpu = thread_cpu();
    wheel_init(&w->wheel, TICK, w->start);
    w->next_due = due_of(w, 0);
    loop_timer_at(w->timer, w->start);
    loop_timer_at(w->second, w->start + USEC_S / 2);
    loop_run(w->loop);
    on_second(w);
    return NULL;
}

void worker_clear(struct worker *w)
{
    for (uint32_t i = 0; w->members.block && i < w->members.used; i++) {
        member_cut(rows_at(&w->members, i));
    }
    stream_server_free(w->streams);
    for (uint32_t i = 0; w->members.block && i < w->members.used; i++) {
        struct member *m = rows_at(&w->members, i);
        if (m->agent.cfg) {
            agent_clear(&m->agent);
        }
    }
    for (unsigned i = 0; i < w->n_udp; i++) {
        udp_free(w->udp[i]);
    }
    for (uint32_t i = 0; w->travellers.block && i < w->travellers.used; i++) {
        struct traveller *t = rows_at(&w->travellers, i);
        desk_clear(&t->desk);
    }
    rows_clear(&w->travellers);
    desks_free(w->desks);
    pki_free(w->identity);
    index_clear(&w->by_user);
    rows_clear(&w->members);
    agent_work_free(w->work);
    if (w->loop) {
        loop_timer_free(w->timer);
        loop_timer_free(w->second);
        loop_free(w->loop);
    }
}
