/* Every resolver is asked side by side; what one of them says never depends on another one. */
#include "app/probe/ask.h"

#include <stdlib.h>
#include <sys/random.h>

#include "io/exchange/exchange.h"
#include "proto/dns/dns_write.h"

enum { MOST = ASK_QUESTIONS * PROBE_RESOLVERS, TRIES = 2, MUTE_WAIT_MS = 2000 };

struct sent {
    uint8_t bytes[DNS_QUERY_MOST];
    size_t question; /* bytes behind the header that an answer repeats */
    struct ask_answer *answer;
};

/* All that is sent in one go. */
struct batch {
    struct exchange x[MOST];
    struct sent sent[MOST];
    size_t n;
};

/* Those of this host: of IPv4, unless the phone knows IPv6 or there are no others. */
static void of_host(struct probe *p)
{
    struct endpoint e[EXCHANGE_RESOLVERS];
    size_t n = 0;
    if (exchange_resolvers(NULL, e, &n, p->domain) != ERR_OK) {
        return;
    }
    for (int six = 0; six <= 1; six++) {
        bool wanted = !six || p->o.model->ipv6 || p->o.n_resolvers == 0;
        for (size_t i = 0; i < n && wanted && p->o.n_resolvers < PROBE_RESOLVERS; i++) {
            if ((e[i].ip.family == 6) == (six == 1)) {
                p->o.resolver[p->o.n_resolvers++] = e[i];
            }
        }
    }
    if (p->o.n_resolvers && p->o.resolver[0].ip.family == 4 && p->o.resolver[0].ip.b[0] == 127) {
        probe_show(p, PROBE_NOTE, STR("resolver"), -1,
                   "this host asks a cache of its own; give the phone's with --resolver");
    }
}

void ask_resolvers(struct probe *p)
{
    if (p->o.n_resolvers == 0 && !p->no_resolver) {
        of_host(p);
        p->no_resolver = p->o.n_resolvers == 0;
        for (size_t i = 0; i < p->o.n_resolvers; i++) {
            probe_allow(p, p->o.resolver[i].ip);
        }
        if (p->no_resolver) {
            probe_show(p, PROBE_FAIL, STR("resolver"), -1,
                       "none was given (--resolver), and this host has none");
        }
    }
}

/* RFC 5452 9.1: the id and the question; a refusal may come without the question. */
static bool fits(const void *ctx, struct str answer)
{
    const struct sent *s = ctx;
    const char *q = (const char *)s->bytes;
    if (answer.len < DNS_HEADER || memcmp(answer.p, q, 2) != 0 || !(answer.p[2] & 0x80)) {
        return false;
    }
    bool empty = answer.p[4] == 0 && answer.p[5] == 0;
    struct str asked = str_of(q + DNS_HEADER, s->question);
    return empty || str_ieq(str_head(str_from(answer, DNS_HEADER), asked.len), asked);
}

static void settle(struct probe *p, struct ask_answer *a, struct str bytes)
{
    struct err_at at;
    struct str kept = arena_str(&p->arena, bytes);
    if (dns_read(kept, &a->m, &at) != ERR_OK) {
        a->state = ASK_BROKEN;
        return;
    }
    a->a = a->m.has_question ? dns_answer(&a->m) : (struct dns_answer){0};
    a->state = a->m.rcode == DNS_NXDOMAIN   ? ASK_NXDOMAIN
               : a->m.rcode != DNS_NOERROR  ? ASK_ERROR
               : a->a.n > 0                 ? ASK_ANSWERED
               : a->m.truncated || a->m.cut ? ASK_TRUNCATED
                                            : ASK_NODATA;
}

static void take(struct probe *p, const struct exchange *x, struct ask_answer *a)
{
    a->sent = x->sent;
    a->arrived = x->arrived;
    a->took = x->took;
    a->tries = x->n_sent;
    a->os_error = x->os_error;
    a->stray = x->stray;
    switch (x->end) {
    case EXCHANGE_ANSWERED:
        settle(p, a, exchange_answer(x));
        break;
    case EXCHANGE_REFUSED:
    case EXCHANGE_CLOSED:
        a->state = ASK_CLOSED;
        break;
    case EXCHANGE_UNREACHABLE:
        a->state = ASK_UNREACHABLE;
        break;
    case EXCHANGE_SILENT:
    case EXCHANGE_NONE:
        a->state = ASK_SILENT;
        break;
    }
}

/* Puts a question into the batch, where leave is given. */
static void add(struct probe *p, struct batch *b, const struct ask *q, size_t resolver,
                struct ask_answer *a)
{
    char type[DNS_WORD];
    struct endpoint to = p->o.resolver[resolver];
    bool mute = p->mute >> resolver & 1;
    struct sent *s = &b->sent[b->n];
    struct dns_query query = {.name = q->name, .type = q->type, .recurse = true};
    query.edns_size = q->edns ? ASK_EDNS : 0;
    if (getrandom(&query.id, sizeof query.id, 0) != sizeof query.id) {
        query.id = (uint16_t)probe_clock();
    }
    size_t len = dns_query_write(&query, s->bytes);
    if (len == 0 || (mute && q->spare) ||
        !probe_may(p, &to, "DNS question %s %.*s%s to", dns_type_name(q->type, type),
                   STR_ARG(q->name), q->tcp ? " over TCP" : "")) {
        return;
    }
    unsigned wait = probe_wait(p);
    s->question = len - DNS_HEADER - (q->edns ? 11 : 0);
    s->answer = a;
    b->x[b->n] = (struct exchange){.to = to,
                                   .tcp = q->tcp,
                                   .bytes = str_of((const char *)s->bytes, len),
                                   .fits = fits,
                                   .ctx = s,
                                   .tries = mute ? 1 : TRIES,
                                   .wait_ms = q->tcp ? wait : wait / TRIES};
    if (mute && b->x[b->n].wait_ms > MUTE_WAIT_MS) {
        b->x[b->n].wait_ms = MUTE_WAIT_MS;
    }
    b->n++;
}

/* Sends what is in the batch, and empties it. */
static enum err run(struct probe *p, struct batch *b)
{
    enum err e = exchange_run(b->x, b->n);
    for (size_t i = 0; i < b->n && e == ERR_OK; i++) {
        take(p, &b->x[i], b->sent[i].answer);
    }
    exchange_clear(b->x, b->n);
    b->n = 0;
    return e;
}

/* What UDP could not carry. The answer over TCP takes the place of the other one; without it there is none (RFC 2181 9). */
static enum err run_truncated(struct probe *p, struct batch *b, const struct ask *q, size_t n,
                              struct ask_answer *ret)
{
    struct ask_answer again[MOST] = {0};
    size_t each = p->o.n_resolvers;
    for (size_t i = 0; i < n * each; i++) {
        struct ask over = q[i / each];
        over.tcp = true;
        if (ret[i].state != ASK_NOT_SENT && ret[i].m.truncated && !q[i / each].tcp) {
            ret[i].truncated = true;
            add(p, b, &over, i % each, &again[i]);
        }
    }
    enum err e = run(p, b);
    for (size_t i = 0; i < n * each && e == ERR_OK; i++) {
        if (ask_definite(&again[i])) {
            again[i].server = ret[i].server;
            again[i].sent = ret[i].sent;
            again[i].took += ret[i].took;
            again[i].truncated = true;
            ret[i] = again[i];
        } else if (again[i].state != ASK_NOT_SENT) {
            ret[i].state = ASK_TRUNCATED;
            ret[i].arrived = again[i].arrived;
            ret[i].took += again[i].took;
        }
    }
    return e;
}

/* Only a question with EDNS is told the reason. */
static enum err run_reasons(struct probe *p, struct batch *b, const struct ask *q, size_t n,
                            struct ask_answer *ret)
{
    struct ask_answer again[MOST] = {0};
    size_t each = p->o.n_resolvers;
    for (size_t i = 0; i < n * each; i++) {
        struct ask with = q[i / each];
        with.edns = true;
        if (ret[i].state == ASK_ERROR && !q[i / each].edns) {
            add(p, b, &with, i % each, &again[i]);
        } else {
            ret[i].has_ede = dns_ede(&ret[i].m, &ret[i].ede);
        }
    }
    enum err e = run(p, b);
    for (size_t i = 0; i < n * each && e == ERR_OK; i++) {
        if (again[i].state != ASK_NOT_SENT && dns_ede(&again[i].m, &again[i].ede)) {
            ret[i].has_ede = true;
            ret[i].ede = again[i].ede;
        }
    }
    return e;
}

/* Which resolvers said nothing at all this time. One that passes over AAAA alone is not mute. */
static void note_mute(struct probe *p, size_t n, const struct ask_answer *answers)
{
    size_t each = p->o.n_resolvers;
    for (size_t r = 0; r < each; r++) {
        bool silent = false;
        bool spoke = false;
        for (size_t i = 0; i < n; i++) {
            const struct ask_answer *a = &answers[i * each + r];
            bool mute = a->state == ASK_SILENT || ask_dead(a);
            silent |= mute;
            spoke |= !mute && a->state != ASK_NOT_SENT;
        }
        p->mute &= spoke ? ~(1U << r) : UINT32_MAX;
        p->mute |= silent && !spoke ? 1U << r : 0;
    }
}

enum err ask(struct probe *p, const struct ask *q, size_t n, struct ask_answer *ret)
{
    struct batch *b = calloc(1, sizeof *b);
    size_t each = p->o.n_resolvers;
    if (!b) {
        return ERR_MEMORY;
    }
    memset(ret, 0, n * each * sizeof *ret);
    for (size_t i = 0; i < n * each; i++) {
        ret[i].server = p->o.resolver[i % each];
        add(p, b, &q[i / each], i % each, &ret[i]);
    }
    enum err e = run(p, b);
    note_mute(p, n, ret);
    e = e == ERR_OK ? run_truncated(p, b, q, n, ret) : e;
    e = e == ERR_OK ? run_reasons(p, b, q, n, ret) : e;
    free(b);
    return e;
}

bool ask_definite(const struct ask_answer *a)
{
    return a->state == ASK_ANSWERED || a->state == ASK_NODATA || a->state == ASK_NXDOMAIN;
}

bool ask_dead(const struct ask_answer *a)
{
    return a->state == ASK_CLOSED || a->state == ASK_UNREACHABLE;
}

bool ask_mute(const struct probe *p)
{
    return p->mute == (1U << p->o.n_resolvers) - 1;
}

const struct ask_answer *ask_best(const struct probe *p, const struct ask_answer *answers)
{
    const struct ask_answer *error = NULL;
    const struct ask_answer *open = NULL;
    for (size_t i = 0; i < p->o.n_resolvers; i++) {
        if (ask_definite(&answers[i])) {
            return &answers[i];
        }
        error = !error && answers[i].state == ASK_ERROR ? &answers[i] : error;
        bool sent = answers[i].state != ASK_NOT_SENT;
        open = !open && sent && !ask_dead(&answers[i]) ? &answers[i] : open;
    }
    return error ? error : open ? open : answers;
}
