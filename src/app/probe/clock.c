/* The time that NTP servers tell, and how far this host's clock is from it. */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "app/probe/names.h"
#include "io/exchange/exchange.h"
#include "proto/ntp/ntp.h"

enum { SERVERS = 16, EACH = 4 /* addresses of one name */, TRIES = 2 };

/* Further apart than that, two times are not the same: certificates and logs begin to suffer. */
#define FAR (2 * USEC_S)

struct server {
    struct str host;
    struct endpoint at;
    uint64_t cookie; /* of the request that was sent last */
    unsigned asked;
    enum exchange_end end;
    struct ntp_message m;
    enum ntp_verdict verdict; /* with EXCHANGE_ANSWERED */
    usec_t offset, delay;
    usec_t arrived;
};

static bool fits(const void *ctx, struct str answer)
{
    const struct server *s = ctx;
    struct ntp_message m;
    struct err_at at;
    return ntp_read(answer, &m, &at) == ERR_OK && ntp_check(&m, s->cookie) != NTP_FOREIGN &&
           ntp_check(&m, s->cookie) != NTP_NOT_REPLY;
}

static void take(struct server *s, const struct exchange *x)
{
    struct err_at at;
    s->asked += x->n_sent;
    s->end = x->end;
    s->arrived = x->arrived;
    s->delay = x->took;
    if (x->end != EXCHANGE_ANSWERED || ntp_read(exchange_answer(x), &s->m, &at) != ERR_OK) {
        return;
    }
    s->verdict = ntp_check(&s->m, s->cookie);
    if (s->verdict == NTP_GOOD) {
        /* This host's clock may be set while it waits: what it waited is run time. */
        ntp_offset(&s->m, x->sent, x->sent + x->took, &s->offset, &s->delay);
    }
}

/* Asks those that did not answer yet, side by side. Each request has a number of its own, so that an answer
 * is never taken for one to another. */
static enum err ask_all(struct probe *p, struct server *s, size_t n)
{
    struct exchange x[SERVERS];
    uint8_t request[SERVERS][NTP_HEADER];
    struct server *of[SERVERS];
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        if (s[i].end == EXCHANGE_ANSWERED ||
            !probe_may(p, &s[i].at, "NTP request (%.*s) to", STR_ARG(s[i].host))) {
            continue;
        }
        if (getrandom(&s[i].cookie, sizeof s[i].cookie, 0) != sizeof s[i].cookie) {
            s[i].cookie = ntp_raw(probe_now());
        }
        s[i].cookie |= 1;
        ntp_request(s[i].cookie, request[k]);
        x[k] = (struct exchange){.to = s[i].at,
                                 .bytes = str_of((const char *)request[k], NTP_HEADER),
                                 .fits = fits,
                                 .ctx = &s[i],
                                 .wait_ms = probe_wait(p) / TRIES};
        of[k++] = &s[i];
    }
    enum err e = exchange_run(x, k);
    for (size_t i = 0; i < k && e == ERR_OK; i++) {
        take(of[i], &x[i]);
    }
    exchange_clear(x, k);
    return e;
}

static void tell(struct probe *p, const struct server *s)
{
    bool good = s->end == EXCHANGE_ANSWERED && s->verdict == NTP_GOOD;
    char ip[ADDR_TEXT];
    char n[STR_NUMBER];
    char value[80];
    struct fact f;
    fact_init(&f, good ? FACT_CLOCK_ANSWER : FACT_CLOCK_SILENT);
    fact_add(&f, FIELD_HOST, s->host);
    fact_add(&f, FIELD_SERVER, addr_write(s->at.ip, ip));
    if (good) {
        (void)snprintf(value, sizeof value, "offset %+.3f s, stratum %u",
                       (double)s->offset / USEC_S, s->m.stratum);
        fact_add(&f, FIELD_MS, str_number(n, s->delay / USEC_MS));
        fact_add(&f, FIELD_VALUE, str_z(value));
    } else {
        fact_add(&f, FIELD_COUNT, str_number(n, s->asked));
    }
    probe_tell(p, &f);
}

static struct str subject_of(const struct server *s, char *buf, size_t cap)
{
    char at[ENDPOINT_TEXT];
    struct endpoint e = s->at;
    struct addr literal;
    e.port = e.port == NTP_PORT ? 0 : e.port;
    (void)endpoint_write(e, at);
    bool bare = addr_read(s->host, &literal);
    int n = bare ? snprintf(buf, cap, "NTP %s", at)
                 : snprintf(buf, cap, "NTP %.*s %s", STR_ARG(str_head(s->host, 200)), at);
    return str_of(buf, n < 0 ? 0 : (size_t)n);
}

static void show_good(struct probe *p, const struct server *s, struct str subject)
{
    char refid[NTP_REFID_TEXT];
    bool far = s->offset > FAR || s->offset < -FAR;
    (void)ntp_refid(&s->m, refid);
    probe_show(p, far ? PROBE_WARN : PROBE_OK, subject, s->delay / USEC_MS,
               "this host is %.3f s %s, stratum %u of %s%s",
               (double)(s->offset < 0 ? -s->offset : s->offset) / USEC_S,
               s->offset < 0 ? "ahead" : "behind", s->m.stratum, refid,
               far ? ": one of both clocks is wrong" : "");
    probe_number(p, "clock_offset_seconds", subject, (double)s->offset / USEC_S);
}

static void show(struct probe *p, const struct server *s)
{
    char buf[300];
    char refid[NTP_REFID_TEXT];
    struct str subject = subject_of(s, buf, sizeof buf);
    if (s->end == EXCHANGE_ANSWERED && s->verdict == NTP_GOOD) {
        show_good(p, s, subject);
    } else if (s->end == EXCHANGE_ANSWERED && s->verdict == NTP_KISS) {
        const char *why = ntp_kiss(&s->m);
        (void)ntp_refid(&s->m, refid);
        probe_show(p, PROBE_FAIL, subject, s->delay / USEC_MS, "refuses: %s%s%s", refid,
                   why ? ", " : "", why ? why : "");
    } else if (s->end == EXCHANGE_ANSWERED) {
        probe_show(p, PROBE_FAIL, subject, s->delay / USEC_MS, "does not know the time itself");
    } else if (s->end == EXCHANGE_REFUSED) {
        probe_show(p, PROBE_FAIL, subject, s->delay / USEC_MS, "nobody listens there");
    } else {
        probe_show(p, PROBE_FAIL, subject, -1, "no answer, asked %u times", s->asked);
    }
}

/* Servers of one time that do not tell the same. */
static void compare(struct probe *p, const struct server *s, size_t n)
{
    usec_t least = INT64_MAX;
    usec_t most = INT64_MIN;
    for (size_t i = 0; i < n; i++) {
        if (s[i].end == EXCHANGE_ANSWERED && s[i].verdict == NTP_GOOD) {
            least = s[i].offset < least ? s[i].offset : least;
            most = s[i].offset > most ? s[i].offset : most;
        }
    }
    if (most > least && most - least > FAR) {
        probe_show(p, PROBE_WARN, STR("time servers"), -1, "they are %.3f s apart",
                   (double)(most - least) / USEC_S);
    }
}

/* The addresses of one name, as far as the phone uses them. */
static enum err find(struct probe *p, struct str name, struct server *s, size_t *n)
{
    struct str host;
    uint16_t port;
    struct names_found f = {0};
    if (!probe_proxy_read(name, &host, &port)) {
        probe_show(p, PROBE_FAIL, name, -1, "is no host");
        return ERR_OK;
    }
    const struct names_look l = {.host = host, .stage = STAGE_CLOCK};
    enum err e = probe_dead(p, host) ? ERR_MISSING : names_host(p, &l, &f);
    if (e == ERR_MISSING) {
        if (!p->o.dry_run) {
            probe_show(p, PROBE_FAIL, host, -1, "has no address");
        }
        return ERR_OK;
    }
    for (size_t i = 0; i < f.n && i < EACH && *n < SERVERS && e == ERR_OK; i++) {
        if (f.addr[i].family == 4 || p->o.model->ipv6) {
            s[(*n)++] = (struct server){.host = host, .at = {f.addr[i], port ? port : NTP_PORT}};
        }
    }
    return e;
}

/* Those that the lease names (option 42). */
static void find_leased(struct probe *p, struct server *s, size_t *n)
{
    char text[ADDR_TEXT];
    for (size_t i = 0; i < p->n_ntp && *n < SERVERS; i++) {
        s[(*n)++] = (struct server){.host = arena_str(&p->arena, addr_write(p->ntp[i], text)),
                                    .at = {p->ntp[i], NTP_PORT}};
    }
}

static enum err run(struct probe *p)
{
    struct server s[SERVERS];
    size_t n = 0;
    enum err e = ERR_OK;
    find_leased(p, s, &n);
    if (p->service->ntp.n + n == 0) {
        probe_show(p, PROBE_SKIPPED, STR("NTP"), -1,
                   "no time server: `ntp` in the service file, or option 42 of a lease");
    }
    for (size_t i = 0; i < p->service->ntp.n && e == ERR_OK; i++) {
        e = find(p, p->service->ntp.v[i], s, &n);
    }
    for (unsigned i = 0; i < (p->o.dry_run ? 1 : TRIES) && e == ERR_OK; i++) {
        e = ask_all(p, s, n);
    }
    for (size_t i = 0; i < n && e == ERR_OK; i++) {
        if (s[i].asked) {
            tell(p, &s[i]);
            show(p, &s[i]);
        }
    }
    compare(p, s, n);
    return e;
}

const struct check probe_clock_check = {.name = "clock", .stage = STAGE_CLOCK, .run = run};
