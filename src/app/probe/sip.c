/* The SIP servers: OPTIONS, REGISTER up to the challenge, with a password up to the 200, and what lies between. */
#include <stdio.h>
#include <stdlib.h>

#include "app/probe/agent.h"
#include "io/tls/crypto.h"
#include "proto/sip/sip_number.h"

enum { ASKED = 3600, REQUESTS_MOST = 5, IDLE_FIRST = 15 };

static struct str subject_of(const struct probe_agent *a, const char *what, char *to, size_t room)
{
    char at[ENDPOINT_TEXT];
    (void)endpoint_write(a->line->edge->at, at);
    snprintf(to, room, "%s %s", what, at);
    return str_z(to);
}

static struct str reason_of(const struct probe_agent *a)
{
    return str_head(a->msg.reason, 80);
}

/* False: the connection ended. */
static bool options(struct probe_agent *a)
{
    char room[80];
    struct str subject = subject_of(a, "OPTIONS", room, sizeof room);
    enum probe_agent_end end = probe_agent_options(a, probe_wait(a->p));
    switch (end) {
    case AGENT_ANSWERED:
        probe_show(a->p, PROBE_OK, subject, a->ms, "%u %.*s", a->msg.status, STR_ARG(reason_of(a)));
        break;
    case AGENT_SILENT:
        probe_show(a->p, PROBE_NOTE, subject, -1, "no answer in %lld ms", (long long)a->ms);
        break;
    case AGENT_BROKEN:
        probe_show(a->p, PROBE_WARN, subject, a->ms, "%s", a->text);
        break;
    case AGENT_HELD:
        break;
    }
    return end != AGENT_BROKEN || a->line->d.transport == DIAL_UDP;
}

/* What of the answer to REGISTER does not depend on whether there is a password. False: it is told. */
static bool is_plain(struct probe_agent *a, enum probe_agent_end end, struct str subject)
{
    if (end == AGENT_SILENT) {
        probe_show(a->p, PROBE_FAIL, subject, -1, "no answer in %lld ms", (long long)a->ms);
    } else if (end == AGENT_BROKEN) {
        probe_show(a->p, PROBE_FAIL, subject, a->ms, "%s", a->text);
    }
    return end == AGENT_ANSWERED;
}

static void show_challenge(struct probe_agent *a, struct str subject)
{
    struct digest d;
    bool proxy = false;
    if (!probe_agent_challenge(a, &d, &proxy)) {
        probe_show(a->p, PROBE_WARN, subject, a->ms, "%u, but no challenge that a phone can answer",
                   a->msg.status);
        return;
    }
    struct str algorithm = d.algorithm.p ? d.algorithm : STR("MD5");
    probe_show(a->p, proxy ? PROBE_WARN : PROBE_OK, subject, a->ms,
               "%u, as it should; realm \"%.*s\", %.*s", a->msg.status,
               STR_ARG(str_head(d.realm, 80)), STR_ARG(str_head(algorithm, 20)));
}

/* Without a user: a REGISTER that changes nothing. What the server says of a user that does not exist is no finding. */
static void ask_challenge(struct probe_agent *a, unsigned wait_ms)
{
    char room[80];
    struct str subject = subject_of(a, "REGISTER", room, sizeof room);
    a->matter = AGENT_MADE_UP;
    enum probe_agent_end end = probe_agent_register(a, -1, str_of(NULL, 0), false, wait_ms);
    unsigned status = a->msg.status;
    a->matter = AGENT_JOURNEY;
    if (!is_plain(a, end, subject)) {
        return;
    }
    if (status == 401 || status == 407) {
        show_challenge(a, subject);
    } else {
        probe_show(a->p, status < 300 || status >= 500 ? PROBE_WARN : PROBE_NOTE, subject, a->ms,
                   "%u %.*s, without asking for a password%s", status, STR_ARG(reason_of(a)),
                   status >= 300 && status < 500 ? "; give --user" : "");
    }
}

/* The Authorization for the last challenge, in `b`. False: it cannot be answered. */
static bool answer(struct probe_agent *a, struct buf *b, bool *ret_proxy)
{
    struct digest d;
    char uri[AGENT_URI];
    struct sink s = buf_sink(b);
    buf_reset(b);
    if (!probe_agent_challenge(a, &d, ret_proxy)) {
        return false;
    }
    snprintf(uri, sizeof uri, "%s", a->domain_uri);
    struct digest_answer with = {.username = str_z(a->p->o.user),
                                 .password = a->p->o.secret,
                                 .method = STR("REGISTER"),
                                 .uri = str_z(uri),
                                 .cnonce = str_z(a->tag),
                                 .count = 1};
    return digest_answer_write(tls_crypto(), &d, &with, &s) == ERR_OK;
}

/* REGISTER until there is a final answer: a challenge is answered, a nonce that is too old once more, and a lifetime that is
 * too short is raised. */
static enum probe_agent_end register_through(struct probe_agent *a, int64_t expires,
                                             unsigned wait_ms)
{
    struct buf auth = {.limit = AGENT_ROOM};
    bool proxy = false;
    enum probe_agent_end end = probe_agent_register(a, expires, buf_str(&auth), false, wait_ms);
    for (unsigned i = 1; i < REQUESTS_MOST && end == AGENT_ANSWERED; i++) {
        struct digest d;
        struct err_at at;
        uint32_t least = 0;
        bool challenged = a->msg.status == 401 || a->msg.status == 407;
        bool again = auth.len && challenged && probe_agent_challenge(a, &d, &proxy) &&
                     !str_ieq(d.stale, STR("true"));
        bool brief = a->msg.status == 423 && expires > 0 &&
                     sip_seconds_read(sip_value(&a->msg, SIP_MIN_EXPIRES), &least, &at) == ERR_OK &&
                     least > expires;
        if (brief) {
            char room[80];
            expires = least;
            probe_show(a->p, PROBE_NOTE, subject_of(a, "REGISTER", room, sizeof room), a->ms,
                       "423: nothing below %u s; asked again, as phones do", least);
        } else if (!challenged || again || !answer(a, &auth, &proxy)) {
            break;
        }
        end = probe_agent_register(a, expires, buf_str(&auth), proxy, wait_ms);
    }
    buf_clear(&auth);
    return end;
}

static void unregister(struct probe_agent *a)
{
    char room[80];
    struct str subject = subject_of(a, "REGISTER (removal)", room, sizeof room);
    a->p->leaving = true; /* also where a person interrupts */
    a->matter = AGENT_REMOVAL;
    enum probe_agent_end end = register_through(a, 0, probe_wait(a->p));
    a->matter = AGENT_JOURNEY;
    a->p->leaving = false;
    bool gone = end == AGENT_ANSWERED && a->msg.status >= 200 && a->msg.status < 300;
    probe_show_stage(a->p, STAGE_REGISTERED, gone ? PROBE_OK : PROBE_WARN, subject, a->ms, "%s",
                     gone ? "the probe's own binding is removed"
                          : "the probe's own binding could not be removed; it ends by itself");
}

/* With a user: as a phone does, and back again. */
static void register_user(struct probe_agent *a)
{
    char room[80];
    struct str subject = subject_of(a, "REGISTER", room, sizeof room);
    enum probe_agent_end end = register_through(a, ASKED, AGENT_TIMER_F);
    if (!is_plain(a, end, subject)) {
        return;
    }
    unsigned status = a->msg.status;
    if (status < 200 || status >= 300) {
        probe_show(a->p, PROBE_FAIL, subject, a->ms, "%u %.*s for the user %.80s", status,
                   STR_ARG(reason_of(a)), a->p->o.user);
        return;
    }
    int64_t granted = probe_agent_granted(a);
    probe_show_stage(a->p, STAGE_REGISTERED, PROBE_OK, subject, a->ms,
                     "%u: %.80s is registered for %lld s (%d asked)", status, a->p->o.user,
                     (long long)granted, ASKED);
    probe_number(a->p, "register_seconds", subject, (double)a->ms / 1000);
    unregister(a);
}

/* What the server saw of us against what we are: translation of addresses, and who rewrites SIP on the way. */
static void show_nat(struct probe_agent *a)
{
    char local[ENDPOINT_TEXT], at[ADDR_TEXT];
    struct endpoint own = a->line->d.local;
    (void)endpoint_write(own, local);
    if (a->rewritten) {
        probe_show(a->p, PROBE_WARN, STR("Via"), -1,
                   "came back with another host: something on the way rewrites SIP (an ALG)");
    }
    if (!a->received[0] && !a->rport) {
        return;
    }
    struct str seen = a->received[0] ? str_z(a->received) : addr_write(own.ip, at);
    unsigned port = a->rport ? a->rport : own.port;
    bool same = str_eq(seen, addr_write(own.ip, at)) && port == own.port;
    probe_show(a->p, PROBE_NOTE, STR("address translation"), -1,
               same ? "none: the server sees %.*s port %u, as sent from %s"
                    : "the server sees %.*s port %u, sent from %s",
               STR_ARG(seen), port, local);
}

/* How long the way back stays open while nothing is said: 15, 30, 60 ... seconds, up to --idle. */
static void idle(struct probe_agent *a)
{
    char room[80];
    struct str subject = subject_of(a, "idle", room, sizeof room);
    unsigned survived = 0, before = a->rport;
    char address[ADDR_TEXT];
    snprintf(address, sizeof address, "%s", a->received);
    for (unsigned s = IDLE_FIRST; survived < a->p->o.idle_s; s *= 2) {
        s = s < a->p->o.idle_s ? s : a->p->o.idle_s;
        if (!probe_pause(a->p, s)) {
            break;
        }
        enum probe_agent_end end = probe_agent_options(a, probe_wait(a->p));
        bool moved = end == AGENT_ANSWERED &&
                     (a->rport != before || !str_eq(str_z(a->received), str_z(address)));
        if (end != AGENT_ANSWERED || moved) {
            probe_show(a->p, PROBE_WARN, subject, -1,
                       "%s after %u s of silence; %u s were survived",
                       moved ? "the outer address changed" : "the way is closed", s, survived);
            return;
        }
        survived = s;
    }
    probe_show(a->p, PROBE_OK, subject, -1, "the way stays open through %u s of silence", survived);
    probe_number(a->p, "idle_survived_seconds", subject, survived);
}

/* Everything but OPTIONS; `first`: it is the server that the phone would turn to. */
static void registration(struct probe_agent *a, bool first)
{
    const struct probe *p = a->p;
    if (first && p->o.user) {
        register_user(a);
    } else {
        ask_challenge(a, first ? AGENT_TIMER_F : probe_wait(p));
    }
    show_nat(a);
    if (first && p->o.idle_s) {
        idle(a);
    }
}

/* One server. Some end the connection at an OPTIONS: REGISTER then gets one of its own. */
static enum err server(struct probe *p, struct probe_line *l, bool first)
{
    struct probe_agent *a = malloc(sizeof *a);
    enum err e = a ? probe_agent_init(a, p, l, p->o.user) : ERR_MEMORY;
    bool stands = e == ERR_OK && options(a);
    if (e == ERR_OK && !stands) {
        probe_agent_clear(a);
        probe_disconnect(l);
        stands = probe_connect(p, l->edge, l) && l->edge->up;
        e = probe_agent_init(a, p, l, p->o.user);
    }
    if (e == ERR_OK && stands) {
        registration(a, first);
    }
    if (e == ERR_OK) {
        probe_agent_clear(a);
    }
    free(a);
    return e;
}

static enum err run(struct probe *p)
{
    char subject[300];
    bool first = true;
    enum err e = probe_edges(p);
    if (p->o.dry_run && p->service->proxy.len) {
        (void)probe_may(p, NULL, "SIP OPTIONS and REGISTER%s to each target of %.*s",
                        p->o.user ? " (and its removal)" : "", STR_ARG(p->service->proxy));
        return e;
    }
    for (size_t i = 0; i < p->n_edges && e == ERR_OK; i++) {
        struct probe_edge *edge = &p->edge[i];
        struct str name = probe_edge_text(edge, subject, sizeof subject);
        struct probe_line l;
        bool told = edge->tried;
        if (!edge->used) {
            probe_show(p, PROBE_SKIPPED, name, -1, "IPv6, which the phone does not use");
            continue;
        }
        if (told && !edge->up) {
            continue; /* the row of tls says why */
        }
        if (!probe_connect(p, edge, &l)) {
            continue;
        }
        if (edge->up) {
            e = server(p, &l, first);
            first = false;
        } else {
            probe_show_stage(p, STAGE_CONNECT, PROBE_FAIL, name, -1, "%s", l.text);
        }
        probe_disconnect(&l);
    }
    return e;
}

const struct check probe_sip = {.name = "sip", .stage = STAGE_REGISTER, .run = run};
