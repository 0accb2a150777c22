/* The SIP edge of one shard: its life, and which part a message is for. */
#include "flow/edge/edge.h"

#include <stdlib.h>

#include "flow/edge/inside.h"
#include "proto/stun/stun.h"

static const struct str none = {NULL, 0};

/* -- Life */

void edge_cfg_usual(struct edge_cfg *cfg)
{
    *cfg = (struct edge_cfg){.reply_to_source = true, .shards = 1};
}

static void number_usual(uint32_t *n, uint32_t usual)
{
    *n = *n ? *n : usual;
}

static void defaults(struct edge_cfg *c)
{
    number_usual(&c->expires_least, 60);
    number_usual(&c->expires_most, c->look == EDGE_BROADWORKS ? 120 : 3600);
    number_usual(&c->expires_usual, 3600);
    number_usual(&c->nonce_life, 30);
    c->expires_spread = c->expires_spread > 100 ? 100 : c->expires_spread;
    c->contacts_most = c->contacts_most ? c->contacts_most : 8;
    c->bindings_most = c->bindings_most ? c->bindings_most : 1000000;
    c->accounts_most = c->accounts_most ? c->accounts_most : 1000000;
    c->replies_bytes = c->replies_bytes ? c->replies_bytes : 32 * 1024 * 1024;
    c->shards = c->shards ? c->shards : 1;
}

/* splitmix64: for tags, jitter and names; nothing that must not be guessed rests on it alone. */
uint64_t edge_stir(uint64_t x, uint64_t step)
{
    uint64_t z = x + step * 0x9e3779b97f4a7c15U;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27) * 0x94d049bb133111ebU;
    return z ^ z >> 31;
}

uint64_t edge_random(struct edge *e)
{
    e->random += 0x9e3779b97f4a7c15U;
    return edge_stir(e->random, 0);
}

static enum err tables_new(struct edge *e)
{
    const struct edge_cfg *c = &e->cfg;
    enum err err = accounts_new(&c->hash, c->accounts_most, &e->accounts);
    err = err == ERR_OK ? bindings_new(c->bindings_most, &e->bindings) : err;
    err = err == ERR_OK ? nonces_new(&e->nonces) : err;
    err = err == ERR_OK ? guard_new(&e->guard) : err;
    err = err == ERR_OK ? replies_new(&e->replies, c->replies_bytes) : err;
    err = err == ERR_OK ? refusals_new(&e->refusals) : err;
    struct call_cfg call = {
        .crypto = c->crypto, .hash = c->hash, .shard = c->shard, .realm = c->realm};
    memcpy(call.flow_key, c->flow_key, sizeof call.flow_key);
    return err == ERR_OK ? call_new(&call, edge_random(e), e->now, &e->call) : err;
}

enum err edge_new(const struct edge_cfg *cfg, uint64_t seed, usec_t now, struct edge **ret)
{
    struct edge *e = calloc(1, sizeof *e);
    if (!e) {
        return ERR_MEMORY;
    }
    e->cfg = *cfg;
    defaults(&e->cfg);
    e->random = seed;
    e->now = e->started = now;
    e->nonces.made = 1;
    e->notices.due = USEC_NONE;
    arena_init(&e->out.facts, 0);
    enum err err = tables_new(e);
    if (err != ERR_OK) {
        edge_free(e);
        return err;
    }
    *ret = e;
    return ERR_OK;
}

void edge_free(struct edge *e)
{
    if (!e) {
        return;
    }
    edge_relay_clear(e);
    notice_clear(e);
    call_free(e->call);
    refusals_free(e->refusals);
    replies_free(&e->replies);
    guard_free(&e->guard);
    nonces_free(&e->nonces);
    bindings_free(e->bindings);
    accounts_free(e->accounts);
    free(e->out.list);
    buf_clear(&e->out.text);
    arena_clear(&e->out.facts);
    free(e);
}

/* -- Requests */

/* OPTIONS to us or to a user of ours: what we can do, and no word about the user (RFC 3261 11.2). */
static void options_on(struct edge *e, const struct request *q)
{
    struct reply r;
    if (!q->core.target.sip) {
        reply_refuse(e, q, 416, none, none);
        return;
    }
    if (!request_is_domain(e, q, &q->core.target)) {
        reply_refuse(e, q, 404, STR("Not a domain of this server"), none);
        return;
    }
    if (!request_is_understood(e, q)) {
        return;
    }
    reply_begin(e, &r, q, 200, none);
    reply_allow(&r);
    sip_field_put(&r.out, SIP_ACCEPT, STR("application/sdp"));
    sip_field_put(&r.out, SIP_ACCEPT_LANGUAGE, STR("en"));
    sip_field_put(&r.out, SIP_SUPPORTED, STR("replaces"));
    sip_field_put(&r.out, SIP_ALLOW_EVENTS, reply_events);
    reply_end(e, &r);
}

/* A keepalive of phones behind NAT (NOTIFY out of a dialog): answered, and no more. */
static void notify_on(struct edge *e, const struct request *q)
{
    struct reply r;
    if (q->core.to.tag.len) {
        reply_refuse(e, q, 481, none, none);
        return;
    }
    reply_begin(e, &r, q, 200, none);
    reply_end(e, &r);
}

/* A request that only makes sense inside a dialog or transaction, and is in none of ours. */
static void stray_on(struct edge *e, const struct request *q)
{
    reply_refuse(e, q, 481, none, none);
}

static void publish_on(struct edge *e, const struct request *q)
{
    reply_refuse(e, q, 405, none, none);
}

struct method {
    struct str name;
    void (*on)(struct edge *e, const struct request *q);
};

static const struct method methods[] = {
    {STR_INIT("REGISTER"), edge_register_on},
    {STR_INIT("OPTIONS"), options_on},
    {STR_INIT("INVITE"), relay_on},
    {STR_INIT("SUBSCRIBE"), subscribe_on},
    {STR_INIT("NOTIFY"), notify_on},
    {STR_INIT("MESSAGE"), relay_on},
    {STR_INIT("REFER"), relay_on},
    {STR_INIT("BYE"), stray_on},
    {STR_INIT("CANCEL"), stray_on},
    {STR_INIT("INFO"), stray_on},
    {STR_INIT("UPDATE"), stray_on},
    {STR_INIT("PRACK"), stray_on},
    {STR_INIT("PUBLISH"), publish_on},
};

static const struct method *method_find(struct str name)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (str_eq(name, methods[i].name)) {
            return &methods[i];
        }
    }
    return NULL;
}

bool edge_knows_method(struct str name)
{
    return method_find(name) != NULL || str_eq(name, STR("ACK"));
}

static void dispatch(struct edge *e, const struct request *q)
{
    const struct method *m = method_find(q->msg->method);
    if (m == NULL) {
        reply_refuse(e, q, 501, none, none);
        return;
    }
    m->on(e, q);
}

/* It came before, and what was said then is said again (RFC 3261 17.2.2). */
static bool is_again(struct edge *e, const struct request *q)
{
    struct str answer;
    bool udp = q->from->flow.transport == TRANSPORT_UDP;
    if (udp && replies_find(&e->replies, q->key, e->now, &answer)) {
        struct sink s = edge_out_sink(e);
        size_t start = e->out.text.len;
        struct flow flow = reply_flow(e, q);
        sink_str(&s, answer);
        edge_out_send(e, &flow, start);
        e->count[EDGE_IN_AGAIN]++;
        return true;
    }
    return false;
}

static bool is_of_call(struct edge *e, const struct request *q)
{
    struct call_from from = {q->from->flow, q->from->local};
    if (str_eq(q->msg->method, STR("REGISTER"))) {
        return false;
    }
    bool done = call_on_again(e->call, &from, q->msg, e->now) ||
                call_on_in_dialog(e->call, &from, q->msg, e->now);
    relay_drain(e);
    return done || relay_on_again(e, q);
}

static void on_request(struct edge *e, const struct edge_from *from, const struct sip_msg *msg)
{
    struct request q;
    e->count[EDGE_IN_REQUEST]++;
    if (!request_read(e, &q, from, msg) || is_again(e, &q) || is_of_call(e, &q)) {
        return;
    }
    if (str_eq(msg->method, STR("ACK"))) {
        e->count[EDGE_DROPPED_STRAY]++;
        return;
    }
    if (e->cfg.shards > 1 && edge_shard_of(&e->cfg.hash, e->cfg.shards, q.user) != e->cfg.shard) {
        reply_refuse(e, &q, 400, STR("The user is not where it was looked for"), none);
        return;
    }
    dispatch(e, &q);
}

/* -- Messages */

static void on_response(struct edge *e, const struct edge_from *from, const struct sip_msg *msg)
{
    struct sip_via via;
    struct err_at at;
    struct call_from where = {from->flow, from->local};
    e->count[EDGE_IN_RESPONSE]++;
    if (notice_on_response(e, msg)) {
        return;
    }
    if (sip_via_read(sip_value(msg, SIP_VIA), &via, &at) == ERR_OK && call_is_branch(via.branch)) {
        call_on_response(e->call, &where, msg, e->now);
        relay_drain(e);
        return;
    }
    e->count[EDGE_DROPPED_STRAY]++;
}

/* Blank lines, NULs, or next to nothing: what keeps a path through NAT open. */
static bool is_keepalive(struct str bytes)
{
    enum { SHORT = 4 };
    return bytes.len <= SHORT || (bytes.p[0] == '\r' && str_trim(bytes).len == 0);
}

static void on_keepalive(struct edge *e, const struct edge_from *from, struct str bytes)
{
    e->count[EDGE_IN_KEEPALIVE]++;
    if (from->flow.transport != TRANSPORT_UDP && str_eq(bytes, STR("\r\n\r\n"))) {
        struct sink s = edge_out_sink(e);
        size_t start = e->out.text.len;
        sink_z(&s, "\r\n"); /* RFC 5626 4.4.1 */
        edge_out_send(e, &from->flow, start);
    }
}

static void on_stun(struct edge *e, const struct edge_from *from, struct str bytes)
{
    struct stun stun;
    struct err_at at;
    enum { BINDING = 1 };
    e->count[EDGE_IN_STUN]++;
    if (stun_read(bytes, &stun, &at) == ERR_OK && stun.type == BINDING) {
        struct sink s = edge_out_sink(e);
        size_t start = e->out.text.len;
        stun_answer(&s, &stun, from->flow.peer);
        edge_out_send(e, &from->flow, start);
    }
}

void edge_on_local(struct edge *e, uint8_t listener, const struct endpoint *local)
{
    call_on_local(e->call, listener, local);
}

void edge_on_message(struct edge *e, const struct edge_from *from, struct str bytes, usec_t now)
{
    struct err_at at = {0, "The message ends too early", NULL};
    bool udp = from->flow.transport == TRANSPORT_UDP;
    edge_out_begin(e, now);
    edge_on_local(e, from->flow.listener, &from->local);
    if (udp && stun_is(bytes)) {
        on_stun(e, from, bytes);
        return;
    }
    if (is_keepalive(bytes)) {
        on_keepalive(e, from, bytes);
        return;
    }
    enum err err = sip_read(bytes, &e->msg, &at);
    if (err == ERR_END) {
        e->count[EDGE_IN_KEEPALIVE]++;
    } else if (err != ERR_OK) {
        request_broken(e, from, bytes, 400, str_z(at.what));
    } else if (e->msg.request) {
        e->bytes = bytes;
        on_request(e, from, &e->msg);
    } else {
        on_response(e, from, &e->msg);
    }
}

void edge_on_broken(struct edge *e, const struct edge_from *from, struct str head, unsigned status,
                    usec_t now)
{
    edge_out_begin(e, now);
    request_broken(e, from, head, status,
                   status == 400 ? STR("Where the message ends cannot be told") : none);
    edge_out_close(e, &from->flow);
}

/* -- Connections and time */

void edge_on_closed(struct edge *e, const struct flow *flow, usec_t now)
{
    struct told t;
    edge_out_begin(e, now);
    notice_on_closed(e, flow);
    call_on_closed(e->call, flow, e->now);
    relay_drain(e);
    uint32_t one = 0;
    size_t n = bindings_flow_lost(e->bindings, flow, &one);
    e->count[EDGE_FLOW_LOST] += n;
    if (n) {
        struct binding b;
        bindings_read(e->bindings, one, &b);
        const struct account *a = accounts_at(e->accounts, b.account);
        told_begin(&t, FACT_EDGE_FLOW_LOST, none);
        told_user(&t, a->user, a);
        told_flow(&t, flow);
        told_number(&t, FIELD_COUNT, (int64_t)n);
        told_end(e, &t);
    }
}

void edge_on_time(struct edge *e, usec_t now)
{
    edge_out_begin(e, now);
    bind_expire(e);
    replies_on_time(&e->replies, e->now);
    notice_on_time(e);
    relay_on_time(e);
    refusals_on_time(e);
    call_on_time(e->call, e->now);
    relay_drain(e);
}

usec_t edge_deadline(const struct edge *e)
{
    usec_t d = bindings_deadline(e->bindings);
    d = sooner(d, replies_deadline(&e->replies));
    d = sooner(d, notice_deadline(e));
    d = sooner(d, relay_deadline(e));
    d = sooner(d, refusals_deadline(e->refusals));
    return sooner(d, call_deadline(e->call));
}

void edge_load(struct edge *e, unsigned level)
{
    struct told t;
    char text[STR_NUMBER];
    if (level == e->load) {
        return;
    }
    edge_out_begin(e, e->now);
    told_begin(&t, FACT_EDGE_SHED, str_number(text, level));
    told_number(&t, FIELD_COUNT, (int64_t)(e->count[EDGE_SHED_NEW] + e->count[EDGE_SHED_REFRESH]));
    told_end(e, &t);
    e->load = level;
}

void edge_drain(struct edge *e, uint32_t seconds)
{
    e->drain = seconds;
}

/* -- Accounts */

enum err edge_account_put(struct edge *e, const struct account_row *row, usec_t now)
{
    edge_out_begin(e, now);
    const struct account *old = accounts_find(e->accounts, row->user);
    bool had = old && old->sha256;
    enum err err = accounts_put(e->accounts, row);
    if (err == ERR_OK) {
        e->sha256 += row->sha256;
        e->sha256 -= had;
    }
    return err;
}

bool edge_account_remove(struct edge *e, struct str user, usec_t now)
{
    edge_out_begin(e, now);
    struct account *a = accounts_find(e->accounts, user);
    if (!a) {
        return false;
    }
    while (a->bindings) {
        e->count[EDGE_REMOVED]++;
        bind_remove(e, a, a->bindings, STR("removed"));
    }
    e->sha256 -= a->sha256;
    return accounts_remove(e->accounts, user);
}

const uint64_t *edge_counts(const struct edge *e)
{
    return e->count;
}

size_t edge_bindings(const struct edge *e)
{
    return bindings_count(e->bindings);
}

size_t edge_accounts(const struct edge *e)
{
    return accounts_count(e->accounts);
}
