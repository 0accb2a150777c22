/* Requests out, answers in. */
#include "app/probe/agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "proto/sip/sip_contact.h"
#include "proto/sip/sip_number.h"

enum { T1 = 500, T2 = 4000 }; /* ms, RFC 3261 17.1.2.1 */
enum { SLICE = 250 };         /* ms after which an interrupt is looked for */

static void random_word(char to[AGENT_WORD], const char *head)
{
    uint64_t n[2] = {0, 0};
    (void)!getrandom(n, sizeof n, 0);
    snprintf(to, AGENT_WORD, "%s%016llx%04llx", head, (unsigned long long)n[0],
             (unsigned long long)(n[1] & 0xffff));
}

/* What a message says becomes the facts that a log's message would; who we say we are is no news. */
static void on_fact(void *ctx, const struct fact *f)
{
    struct probe_agent *a = ctx;
    if (f->kind == FACT_SIP_REQUEST || f->kind == FACT_SIP_RESPONSE) {
        probe_tell_at(a->p, f, a->when);
    }
}

static void on_mark(void *ctx, const struct mark *m)
{
    (void)ctx;
    (void)m;
}

enum err probe_agent_init(struct probe_agent *a, struct probe *p, struct probe_line *line,
                          const char *user)
{
    char at[ADDR_TEXT];
    struct addr literal;
    struct str domain = str_head(probe_domain(p), 255);
    *a = (struct probe_agent){.p = p, .line = line};
    struct dissect_sink sink = {.ctx = a, .mark = on_mark, .fact = on_fact};
    bool six = addr_read(domain, &literal) && literal.family == 6 && domain.p[0] != '[';
    snprintf(a->domain_uri, sizeof a->domain_uri, six ? "sip:[%.*s]" : "sip:%.*s", STR_ARG(domain));
    snprintf(a->user_uri, sizeof a->user_uri, "sip:%.100s@%s", user ? user : "dialtone-probe",
             a->domain_uri + 4);
    struct endpoint local = line->d.local;
    (void)endpoint_write(local, a->sent_by);
    (void)addr_write(local.ip, at);
    snprintf(a->contact, sizeof a->contact, "sip:%.100s@%s;transport=%s",
             user ? user : "dialtone-probe", a->sent_by,
             service_transport_name(p->service->transport));
    random_word(a->call_id, "");
    random_word(a->tag, "");
    a->user_agent = probe_user_agent(p);
    a->message = malloc(AGENT_ROOM);
    a->in = malloc(AGENT_ROOM);
    if (!a->message || !a->in) {
        free(a->message);
        free(a->in);
        return ERR_MEMORY;
    }
    enum err e = dissect_init(&a->dissect, p->lines, sink);
    if (e != ERR_OK) {
        free(a->message);
        free(a->in);
    }
    return e;
}

void probe_agent_clear(struct probe_agent *a)
{
    dissect_clear(&a->dissect);
    free(a->message);
    free(a->in);
}

static void tell_message(struct probe_agent *a, bool sent, struct str message, usec_t when)
{
    char at[ADDR_TEXT], port[STR_NUMBER];
    struct fact head;
    a->when = when;
    fact_init(&head, sent ? FACT_SIP_REQUEST : FACT_SIP_RESPONSE);
    fact_add(&head, FIELD_ADDRESS, addr_write(a->line->edge->at.ip, at));
    fact_add(&head, FIELD_PORT, str_number(port, a->line->edge->at.port));
    fact_add(&head, FIELD_TRANSPORT, str_z(probe_transport(a->p)));
    dissect_message(&a->dissect, &head, message);
}

/* Whether `m` is a response to the request with our branch. */
static bool is_ours(const struct probe_agent *a, const struct sip_msg *m)
{
    struct sip_via via;
    struct sip_cseq cseq;
    struct err_at at;
    return !m->request && sip_via_read(sip_value(m, SIP_VIA), &via, &at) == ERR_OK &&
           str_eq(via.branch, str_z(a->branch)) &&
           sip_cseq_read(sip_value(m, SIP_CSEQ), &cseq, &at) == ERR_OK && cseq.number == a->cseq;
}

static void note_via(struct probe_agent *a)
{
    struct sip_via via;
    struct err_at at;
    char local[ADDR_TEXT];
    if (sip_via_read(sip_value(&a->msg, SIP_VIA), &via, &at) == ERR_OK) {
        snprintf(a->received, sizeof a->received, "%.*s", STR_ARG(str_head(via.received, 45)));
        a->rport = via.rport;
        a->rewritten |= !str_eq(via.host, addr_write(a->line->d.local.ip, local));
    }
}

/* Takes the first whole message out of what came. ERR_MORE: there is none yet. */
static enum err take_message(struct probe_agent *a)
{
    struct err_at at = {0, NULL, NULL};
    size_t skip = 0;
    while (skip < a->in_len && (a->in[skip] == '\r' || a->in[skip] == '\n')) {
        skip++; /* keep-alives (RFC 5626 3.5.1) */
    }
    memmove(a->in, a->in + skip, a->in_len - skip);
    a->in_len -= skip;
    if (a->in_len == 0) {
        return ERR_MORE;
    }
    memcpy(a->message, a->in, a->in_len);
    enum err e = sip_read(str_of(a->message, a->in_len), &a->msg, &at);
    bool datagram = a->line->d.transport == DIAL_UDP;
    if (e == ERR_OK) {
        a->message_len = a->msg.len;
        size_t used = datagram ? a->in_len : a->msg.len;
        memmove(a->in, a->in + used, a->in_len - used);
        a->in_len -= used;
    } else if (datagram) {
        a->in_len = 0; /* the next one may be better */
        return ERR_MORE;
    } else if (e != ERR_MORE || a->in_len == AGENT_ROOM) {
        snprintf(a->text, sizeof a->text, "what came is no SIP: %s",
                 at.what ? at.what : "too long");
        return ERR_MALFORMED;
    }
    return e;
}

static enum dial_outcome more(struct probe_agent *a, unsigned wait_ms)
{
    size_t n = 0;
    enum dial_outcome o =
        dial_receive(&a->line->d, a->in + a->in_len, AGENT_ROOM - a->in_len, &n, wait_ms);
    a->in_len += o == DIAL_OK ? n : 0;
    return o;
}

/* Waits for the final answer. */
static enum probe_agent_end await(struct probe_agent *a, usec_t until)
{
    for (;;) {
        enum err e = take_message(a);
        if (e == ERR_OK && is_ours(a, &a->msg)) {
            note_via(a);
            if (a->msg.status >= 200) {
                return AGENT_ANSWERED;
            }
            continue;
        }
        if (e == ERR_OK) {
            continue; /* a request of the server, or an answer that came too late */
        }
        if (e != ERR_MORE) {
            return AGENT_BROKEN;
        }
        usec_t left = (until - probe_clock()) / USEC_MS;
        unsigned slice = left < SLICE ? (unsigned)left : SLICE;
        enum dial_outcome o = left > 0 ? more(a, slice) : DIAL_TIMEOUT;
        if (probe_interrupted() && !a->p->leaving) {
            return AGENT_HELD;
        }
        if (o == DIAL_TIMEOUT) {
            if (left > 0) {
                continue;
            }
            return AGENT_SILENT;
        }
        if (o != DIAL_OK) {
            a->line->outcome = o;
            snprintf(a->text, sizeof a->text, "the connection ended: %s", dial_outcome_name(o));
            return AGENT_BROKEN;
        }
    }
}

static void fill(struct probe_agent *a, struct sip_request *r)
{
    random_word(a->branch, "z9hG4bK");
    a->cseq++;
    r->uri = str_z(a->domain_uri);
    r->transport = str_z(probe_transport(a->p));
    r->sent_by = str_z(a->sent_by);
    r->branch = str_z(a->branch);
    r->rport = true;
    r->from_tag = str_z(a->tag);
    r->call_id = str_z(a->call_id);
    r->cseq = a->cseq;
    r->user_agent = a->user_agent;
}

/* Over UDP the request is sent again after T1, doubling to T2 (RFC 3261 17.1.2.2). */
static enum probe_agent_end converse(struct probe_agent *a, struct str bytes, usec_t began,
                                     usec_t deadline)
{
    bool udp = a->line->d.transport == DIAL_UDP;
    usec_t step = T1 * USEC_MS, next = began + step;
    for (;;) {
        enum probe_agent_end end = await(a, udp && next < deadline ? next : deadline);
        if (end != AGENT_SILENT || probe_clock() >= deadline) {
            return end;
        }
        if (!probe_may(a->p, &a->line->edge->at, "SIP again to") ||
            dial_send(&a->line->d, bytes, T1) != DIAL_OK) {
            return AGENT_SILENT;
        }
        step = step * 2 < T2 * USEC_MS ? step * 2 : T2 * USEC_MS;
        next += step;
    }
}

/* Whether how it ended is told as a fact. */
static bool matters(const struct probe_agent *a, enum probe_agent_end end)
{
    unsigned status = end == AGENT_ANSWERED ? a->msg.status : 0;
    bool challenge = status == 401 || status == 407;
    if (end == AGENT_HELD) {
        return false;
    }
    switch (a->matter) {
    case AGENT_MADE_UP:
        return end != AGENT_ANSWERED || challenge || status == 400 ||
               (status >= 500 && status < 600);
    case AGENT_REMOVAL:
        return challenge || (status >= 200 && status < 300);
    case AGENT_JOURNEY:
        break;
    }
    return status != 423 || sip_value(&a->msg, SIP_MIN_EXPIRES).len == 0;
}

enum probe_agent_end probe_agent_ask(struct probe_agent *a, struct sip_request *r, unsigned wait_ms)
{
    struct buf b = {.limit = AGENT_ROOM};
    struct sink s = buf_sink(&b);
    enum probe_agent_end end = AGENT_BROKEN;
    fill(a, r);
    a->text[0] = 0;
    if (!probe_may(a->p, &a->line->edge->at, "SIP %.*s to", STR_ARG(r->method))) {
        return AGENT_HELD;
    }
    usec_t began = probe_clock();
    usec_t left = a->p->deadline > began ? a->p->deadline - began : 0;
    usec_t wait = wait_ms * USEC_MS < left ? wait_ms * USEC_MS : left;
    if (sip_request_write(&s, r) != ERR_OK) {
        snprintf(a->text, sizeof a->text, "the request cannot be written");
        return AGENT_BROKEN;
    }
    usec_t sent = probe_now();
    enum dial_outcome o = dial_send(&a->line->d, buf_str(&b), wait_ms);
    if (o == DIAL_OK) {
        end = converse(a, buf_str(&b), began, began + wait);
    } else {
        a->line->outcome = o;
        snprintf(a->text, sizeof a->text, "cannot be sent: %s", dial_outcome_name(o));
    }
    a->ms = (probe_clock() - began) / USEC_MS;
    if (matters(a, end)) {
        tell_message(a, true, buf_str(&b), sent);
        if (end == AGENT_ANSWERED) {
            tell_message(a, false, str_of(a->message, a->message_len), probe_now());
        }
    }
    if (end == AGENT_BROKEN && a->matter != AGENT_REMOVAL && str_eq(r->method, STR("REGISTER"))) {
        probe_broken(a->p, a->line);
    }
    buf_clear(&b);
    return end;
}

enum probe_agent_end probe_agent_options(struct probe_agent *a, unsigned wait_ms)
{
    struct sip_request r = {.method = STR("OPTIONS"),
                            .from = str_z(a->user_uri),
                            .to = str_z(a->domain_uri),
                            .contact = str_z(a->contact),
                            .accept = STR("application/sdp"),
                            .expires = SIP_EXPIRES_NONE};
    return probe_agent_ask(a, &r, wait_ms);
}

enum probe_agent_end probe_agent_register(struct probe_agent *a, int64_t expires,
                                          struct str authorization, bool proxy, unsigned wait_ms)
{
    struct sip_request r = {.method = STR("REGISTER"),
                            .from = str_z(a->user_uri),
                            .to = str_z(a->user_uri),
                            .contact = expires >= 0 ? str_z(a->contact) : str_of(NULL, 0),
                            .expires = expires,
                            .authorization = authorization,
                            .proxy = proxy};
    return probe_agent_ask(a, &r, wait_ms);
}

bool probe_agent_challenge(const struct probe_agent *a, struct digest *ret_d, bool *ret_proxy)
{
    *ret_proxy = a->msg.status == 407;
    enum sip_header id = *ret_proxy ? SIP_PROXY_AUTHENTICATE : SIP_WWW_AUTHENTICATE;
    for (const struct sip_field *f = sip_find(&a->msg, id); f; f = sip_find_next(&a->msg, f)) {
        struct str rest = f->value;
        struct err_at at;
        while (digest_next(&rest, ret_d, &at) == ERR_OK) {
            if (digest_answerable(ret_d)) {
                return true;
            }
        }
    }
    return false;
}

int64_t probe_agent_granted(const struct probe_agent *a)
{
    struct err_at at;
    struct sip_contact c;
    uint32_t seconds = 0;
    for (const struct sip_field *f = sip_find(&a->msg, SIP_CONTACT); f;
         f = sip_find_next(&a->msg, f)) {
        struct str rest = f->value;
        while (sip_contact_next(&rest, SIP_LENIENT, &c, &at) == ERR_OK) {
            if (c.has_expires && str_find(c.addr.uri, str_z(a->sent_by)) != STR_NPOS) {
                return c.expires;
            }
        }
    }
    return sip_seconds_read(sip_value(&a->msg, SIP_EXPIRES), &seconds, &at) == ERR_OK
               ? (int64_t)seconds
               : -1;
}
