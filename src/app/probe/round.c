/* One round of checks: leave to send, what was seen, how long it may take. */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "app/probe/probe.h"
#include "app/probe/target.h"
#include "flow/record/record.h"

enum { TEXT_MOST = 300, RECORD_MOST = 8 << 20, PLAN_MOST = 1 << 20 };

static usec_t clock_read(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (usec_t)t.tv_sec * USEC_S + t.tv_nsec / 1000;
}

usec_t probe_now(void)
{
    return clock_read(CLOCK_REALTIME);
}

usec_t probe_clock(void)
{
    return clock_read(CLOCK_MONOTONIC);
}

unsigned probe_wait(const struct probe *p)
{
    usec_t left = (p->deadline - probe_clock()) / USEC_MS;
    return left <= 0 ? 0 : left < p->o.wait_ms ? (unsigned)left : p->o.wait_ms;
}

static volatile sig_atomic_t interrupted;

void probe_interrupt(int sig)
{
    (void)sig;
    interrupted = 1;
}

bool probe_interrupted(void)
{
    return interrupted;
}

bool probe_pause(const struct probe *p, unsigned seconds)
{
    usec_t until = probe_clock() + seconds * USEC_S;
    until = until < p->deadline ? until : p->deadline;
    while (!interrupted && probe_clock() < until) {
        usec_t left = until - probe_clock();
        struct timespec t = {.tv_sec = left / USEC_S, .tv_nsec = left % USEC_S * 1000};
        (void)nanosleep(&t, NULL); /* a signal ends it early */
    }
    return !interrupted && probe_clock() < p->deadline;
}

const char *probe_state_name(enum probe_state s)
{
    static const char *const names[] = {"ok", "note", "warning", "failed", "skipped"};
    return names[s];
}

enum err probe_init(struct probe *p, const struct service *service)
{
    p->service = service;
    p->n_given = p->o.n_resolvers;
    p->row = calloc(PROBE_ROWS, sizeof *p->row);
    p->metric = calloc(PROBE_METRICS, sizeof *p->metric);
    p->record.limit = RECORD_MOST;
    p->plan.limit = PLAN_MOST;
    arena_init(&p->arena, (size_t)16 << 20);
    return p->row && p->metric ? ERR_OK : ERR_MEMORY;
}

void probe_clear(struct probe *p)
{
    free(p->row);
    free(p->metric);
    buf_clear(&p->record);
    buf_clear(&p->plan);
    arena_clear(&p->arena);
}

/* Which phone it is that asks, as far as that was given. */
static void tell_phone(struct probe *p)
{
    struct fact f;
    char mac[MAC_TEXT];
    fact_init(&f, FACT_PHONE_MODEL);
    if (!str_eq(p->o.model->name, STR("any"))) {
        fact_add(&f, FIELD_MODEL, p->o.model->name);
    }
    if (p->o.has_mac) {
        mac_write(p->o.mac, mac);
        fact_add(&f, FIELD_MAC, str_z(mac));
    }
    if (f.n) {
        probe_tell(p, &f);
    }
}

enum err probe_begin(struct probe *p, usec_t longest, const char *host_name)
{
    arena_reset(&p->arena);
    buf_reset(&p->record);
    buf_reset(&p->plan);
    p->n_rows = p->n_metrics = p->n_targets = p->n_dead = p->n_edges = 0;
    p->has_edges = p->exhausted = p->no_resolver = false;
    p->mute = 0;
    p->n_ntp = 0;
    p->domain[0] = '\0';
    p->o.n_resolvers = p->n_given;
    p->left = PROBE_SENDS;
    p->deadline = probe_clock() + longest;
    struct sink s = buf_sink(&p->record);
    record_write_head(&s, "probe", str_z(host_name), probe_now());
    for (size_t i = 0; i < p->o.n_resolvers; i++) {
        probe_allow(p, p->o.resolver[i].ip);
    }
    tell_phone(p);
    return s.err;
}

void probe_end(struct probe *p)
{
    struct sink s = buf_sink(&p->record);
    record_write(&s, probe_now(), NULL); /* what did not answer was waited for until now */
    p->check = NULL;
}

void probe_allow(struct probe *p, struct addr a)
{
    for (size_t i = 0; i < p->n_targets; i++) {
        if (addr_eq(p->target[i], a)) {
            return;
        }
    }
    if (p->n_targets < PROBE_TARGETS) {
        p->target[p->n_targets++] = a;
    }
}

static bool allowed(const struct probe *p, struct addr a)
{
    for (size_t i = 0; i < p->n_targets; i++) {
        if (addr_eq(p->target[i], a)) {
            return true;
        }
    }
    return false;
}

/* A limit ends what is still to be asked; the table says so once. */
static void limit_told(struct probe *p, const char *what)
{
    if (!p->exhausted) {
        p->exhausted = true;
        probe_show_stage(p, STAGE_NONE, PROBE_SKIPPED, STR("the rest"), -1, "%s", what);
    }
}

bool probe_may(struct probe *p, const struct endpoint *to, const char *fmt, ...)
{
    char text[TEXT_MOST];
    char at[ENDPOINT_TEXT] = "";
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (p->o.dry_run) {
        struct sink s = buf_sink(&p->plan);
        if (to) {
            (void)endpoint_write(*to, at);
        }
        sink_fmt(&s, "%-6s %s%s%s\n", p->check ? p->check->name : "", text, to ? " " : "", at);
        return false;
    }
    if (interrupted && !p->leaving) {
        return false;
    }
    if (p->left == 0 || probe_clock() >= p->deadline) {
        limit_told(p, p->left ? "the time for a round is over"
                              : "the most packets of a round were sent");
        return false;
    }
    if (!to || !allowed(p, to->ip)) {
        return false;
    }
    p->left--;
    return true;
}

void probe_tell_at(struct probe *p, const struct fact *f, usec_t when)
{
    struct sink s = buf_sink(&p->record);
    record_write(&s, when, f);
}

void probe_tell(struct probe *p, const struct fact *f)
{
    probe_tell_at(p, f, probe_now());
}

__attribute__((format(printf, 6, 0))) static void show(struct probe *p, enum stage stage,
                                                       enum probe_state state, struct str subject,
                                                       int64_t ms, const char *fmt, va_list ap)
{
    char text[TEXT_MOST];
    if (p->n_rows == PROBE_ROWS) {
        return;
    }
    (void)vsnprintf(text, sizeof text, fmt, ap);
    p->row[p->n_rows++] = (struct probe_row){.check = p->check ? p->check->name : "",
                                             .stage = stage,
                                             .state = state,
                                             .subject = arena_str(&p->arena, subject),
                                             .text = arena_str(&p->arena, str_z(text)),
                                             .ms = ms};
}

void probe_show(struct probe *p, enum probe_state state, struct str subject, int64_t ms,
                const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    show(p, p->check ? p->check->stage : STAGE_NONE, state, subject, ms, fmt, ap);
    va_end(ap);
}

void probe_show_stage(struct probe *p, enum stage stage, enum probe_state state, struct str subject,
                      int64_t ms, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    show(p, stage, state, subject, ms, fmt, ap);
    va_end(ap);
}

void probe_needs(struct probe *p, struct str subject, const char *privilege, const char *why)
{
    probe_show(p, PROBE_SKIPPED, subject, -1, "needs %s: %s", privilege, why);
}

struct str probe_user_agent(struct probe *p)
{
    char text[200];
    const struct service_model *m = p->o.model;
    if (str_eq(m->name, STR("any"))) {
        snprintf(text, sizeof text, "dialtone-probe/%s", cli_version);
        return arena_str(&p->arena, str_z(text));
    }
    const struct mac *mac = p->o.has_mac ? &p->o.mac : NULL;
    return arena_str(&p->arena, target_fill(m->user_agent, m, mac, text, sizeof text));
}

void probe_number(struct probe *p, const char *name, struct str subject, double value)
{
    if (p->n_metrics < PROBE_METRICS) {
        p->metric[p->n_metrics++] = (struct probe_metric){
            .name = name, .subject = arena_str(&p->arena, subject), .value = value};
    }
}
