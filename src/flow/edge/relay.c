/* Requests from one of our users to another: who asks is proven, the domain is ours, the way there is a binding's flow. Everything
 * else about a call is flow/call's (RFC 3261 16.3). */
#include <stdlib.h>

#include "flow/edge/inside.h"

enum { WAITING_MOST = 1000 };

static const usec_t patience = 5 * USEC_S; /* for the shard of whom is called */
static const struct str none = {NULL, 0};

struct waiting {
    struct waiting *next;
    uint32_t ticket;
    uint64_t key;
    usec_t until;
    struct edge_from from;
    size_t len;
    char bytes[];
};

void relay_drain(struct edge *e)
{
    struct call_send send;
    while (call_next(e->call, &send)) {
        struct sink s = edge_out_sink(e);
        size_t start = e->out.text.len;
        sink_str(&s, send.bytes);
        if (s.err == ERR_OK) {
            edge_out_send(e, &send.flow, start);
        }
    }
}

bool relay_on_again(struct edge *e, const struct request *q)
{
    for (const struct waiting *w = e->waitings.first; w; w = w->next) {
        if (w->key == q->key) {
            return true;
        }
    }
    return false;
}

static void wait_for(struct edge *e, const struct request *q)
{
    char text[ACCOUNT_USER_MOST];
    struct str user = none;
    struct waiting *w = e->waitings.n < WAITING_MOST ? malloc(sizeof *w + e->bytes.len) : NULL;
    if (q->core.target.user.len <= sizeof text) {
        user = sip_uri_user(&q->core.target, text);
    }
    if (!w) {
        reply_shed(e, q, EDGE_SHED_NEW);
        return;
    }
    *w = (struct waiting){.next = e->waitings.first,
                          .ticket = ++e->waitings.made,
                          .key = q->key,
                          .until = e->now + patience,
                          .from = *q->from,
                          .len = e->bytes.len};
    memcpy(w->bytes, e->bytes.p, e->bytes.len);
    e->waitings.first = w;
    e->waitings.n++;
    edge_out_find(e, user, w->ticket);
}

/* Where it may go, before anyone is asked who he is. */
static bool target_check(struct edge *e, const struct request *q)
{
    uint32_t hops = 70;
    struct err_at at;
    struct str field = sip_value(q->msg, SIP_MAX_FORWARDS);
    unsigned status = 0;
    if (!q->core.target.sip) {
        status = 416;
    } else if (field.p && sip_number_read(field, 255, &hops, &at) == ERR_OK && hops == 0) {
        status = 483;
    } else if (!request_is_domain(e, q, &q->core.target) ||
               !request_is_domain(e, q, &q->core.from_uri)) {
        status = 403;
    } else if (q->core.to.tag.len) {
        status = 481;
    } else if (q->core.target.user.len == 0) {
        status = 404;
    }
    if (status) {
        reply_refuse(e, q, status, none, none);
        return false;
    }
    return request_requires_nothing(e, q, SIP_PROXY_REQUIRE);
}

void relay_on(struct edge *e, const struct request *q)
{
    struct auth_use use;
    if (!target_check(e, q)) {
        return;
    }
    if (e->load >= 2) {
        reply_shed(e, q, EDGE_SHED_NEW);
        return;
    }
    struct account *a = accounts_find(e->accounts, q->user);
    if (auth_is_known_flow(e, a, &q->from->flow) || auth_check(e, q, a, true, &use) == AUTH_RIGHT) {
        wait_for(e, q);
    }
}

static struct waiting *take(struct edge *e, struct waiting **at)
{
    struct waiting *w = *at;
    *at = w->next;
    e->waitings.n--;
    return w;
}

static void tell_call(struct edge *e, const struct request *q, struct str state)
{
    struct told t;
    told_begin(&t, FACT_EDGE_CALL, state);
    told_text(&t, FIELD_METHOD, q->msg->method);
    told_text(&t, FIELD_USER, q->user);
    told_text(&t, FIELD_OTHER, q->core.target.user);
    told_text(&t, FIELD_CALL_ID, q->call_id);
    told_text(&t, FIELD_SERVER, addr_write(q->from->flow.peer.ip, t.addr));
    told_end(e, &t);
}

static void go_on(struct edge *e, const struct waiting *w, const struct edge_target *targets,
                  size_t n)
{
    struct request q;
    struct err_at at;
    struct call_target to[CALL_TARGETS];
    struct call_from from = {w->from.flow, w->from.local};
    if (sip_read(str_of(w->bytes, w->len), &e->other, &at) != ERR_OK ||
        !request_read(e, &q, &w->from, &e->other)) {
        return;
    }
    n = n < CALL_TARGETS ? n : CALL_TARGETS;
    for (size_t i = 0; i < n; i++) {
        to[i] = (struct call_target){targets[i].contact, targets[i].flow, targets[i].q};
    }
    if (n == 0) {
        reply_refuse(e, &q, 480, none, STR("whom is called is not registered"));
        return;
    }
    if (str_eq(q.msg->method, STR("INVITE"))) {
        e->count[EDGE_CALLS]++;
        tell_call(e, &q, STR("started"));
    }
    call_on_request(e->call, &from, q.msg, to, n, e->now);
    relay_drain(e);
}

void edge_on_found(struct edge *e, uint32_t ticket, const struct edge_target *targets, size_t n,
                   usec_t now)
{
    edge_out_begin(e, now);
    for (struct waiting **at = &e->waitings.first; *at; at = &(*at)->next) {
        if ((*at)->ticket == ticket) {
            struct waiting *w = take(e, at);
            go_on(e, w, targets, n);
            free(w);
            return;
        }
    }
}

void relay_on_time(struct edge *e)
{
    struct waiting **at = &e->waitings.first;
    while (*at) {
        if ((*at)->until > e->now) {
            at = &(*at)->next;
            continue;
        }
        struct waiting *w = take(e, at);
        go_on(e, w, NULL, 0);
        free(w);
    }
}

usec_t relay_deadline(const struct edge *e)
{
    usec_t best = USEC_NONE;
    for (const struct waiting *w = e->waitings.first; w; w = w->next) {
        best = sooner(best, w->until);
    }
    return best;
}

void edge_relay_clear(struct edge *e)
{
    while (e->waitings.first) {
        free(take(e, &e->waitings.first));
    }
}
