/* The door: what comes in is brought to its transaction or makes a new one. */
#include "flow/call/inside.h"
#include "proto/sip/sip_number.h"
#include "proto/sip/sip_param.h"
#include "proto/sip/sip_via.h"

enum { TIMERS_AT_ONCE = 1024 };

/* What was taken out of the queue is forgotten when all was. */
static void begin(struct call *c)
{
    if (c->taken == c->n_queue) {
        c->taken = c->n_queue = 0;
        buf_reset(&c->text);
    }
}

void call_on_local(struct call *c, uint8_t listener, const struct endpoint *local)
{
    if (!addr_unset(local->ip) || addr_unset(c->local[listener].ip)) {
        c->local[listener] = *local;
    }
}

static void learn(struct call *c, const struct call_from *from)
{
    call_on_local(c, from->flow.listener, &from->local);
}

static bool is_method(const struct sip_msg *msg, const char *name)
{
    return str_eq(msg->method, str_z(name));
}

/* A new transaction for `msg`; NULL: there is no room, and that was said. */
static struct in *take(struct call *c, const struct call_from *from, const struct sip_msg *msg)
{
    struct in *in = in_new(c, from, msg);
    if (in == NULL && !is_method(msg, "ACK")) {
        send_to(c, &from->flow, text_reply(c, from, msg, 503));
    }
    return in;
}

/* What a proxy refuses (16.3); 0: nothing. */
static unsigned refused(const struct call *c, const struct sip_msg *msg)
{
    uint32_t hops;
    struct err_at at;
    struct str value = sip_value(msg, SIP_MAX_FORWARDS);
    if (value.p != NULL && sip_number_read(value, 255, &hops, &at) == ERR_OK && hops == 0) {
        return 483;
    }
    if (text_looped(c, msg)) {
        return 482;
    }
    return sip_find(msg, SIP_PROXY_REQUIRE) != NULL ? 420 : 0;
}

static unsigned count_routes(const struct sip_msg *msg)
{
    unsigned n = 0;
    for (const struct sip_field *f = sip_find(msg, SIP_ROUTE); f; f = sip_find_next(msg, f)) {
        struct str rest = f->value, item;
        while (sip_list_next(&rest, &item) == ERR_OK) {
            n++;
        }
    }
    return n;
}

/* Requests that open a dialog (RFC 3261 12, RFC 6665, RFC 3515). */
static bool opens_dialog(const struct sip_msg *msg)
{
    return is_method(msg, "INVITE") || is_method(msg, "SUBSCRIBE") || is_method(msg, "REFER");
}

void call_on_request(struct call *c, const struct call_from *from, const struct sip_msg *msg,
                     const struct call_target *targets, size_t n, usec_t now)
{
    begin(c);
    learn(c, from);
    if (call_on_again(c, from, msg, now)) {
        return;
    }
    struct in *in = take(c, from, msg);
    if (in == NULL) {
        return;
    }
    unsigned status = refused(c, msg);
    if (status != 0) {
        in_answer(c, in, status, now);
        return;
    }
    struct forward f = {.msg = msg, .routes_off = count_routes(msg), .record = opens_dialog(msg)};
    fork_start(c, from, in, &f, targets, n, now);
}

/* -- In dialogs */

static bool on_cancel(struct call *c, const struct call_from *from, const struct sip_msg *msg,
                      bool ours, usec_t now)
{
    struct in *in = in_find(c, from, msg);
    if (in == NULL && !ours) {
        return false;
    }
    /* Answered without a transaction: each retransmission gets the same (9.2). */
    send_to(c, &from->flow, text_reply(c, from, msg, in != NULL ? 200 : 481));
    if (in != NULL && in->state == IN_PROCEEDING) {
        fork_cancel(c, in, NULL, CANCEL_CALLER, now);
    }
    return true;
}

/* The ACK of a 2xx passes; that of another answer ends here (17.1.1.2). */
static bool on_ack(struct call *c, const struct call_from *from, const struct sip_msg *msg,
                   const struct route *route, usec_t now)
{
    struct in *in = in_find(c, from, msg);
    if (in != NULL && in->state != IN_ACCEPTED) {
        in_on_ack(c, in, now);
        return true;
    }
    struct forward f = {.msg = msg, .routes_off = route->off};
    if (route->kind == TOKEN_OK && refused(c, msg) == 0) {
        const struct flow *to = &route->token.flow;
        send_to(c, to, text_forward(c, from, text_id(c), to, &f));
    }
    return in != NULL || route->kind != TOKEN_NONE;
}

bool call_on_in_dialog(struct call *c, const struct call_from *from, const struct sip_msg *msg,
                       usec_t now)
{
    struct route route;
    begin(c);
    route_read(c, msg, &route);
    if (is_method(msg, "CANCEL")) {
        return on_cancel(c, from, msg, route.kind != TOKEN_NONE, now);
    }
    if (is_method(msg, "ACK")) {
        return on_ack(c, from, msg, &route, now);
    }
    if (route.kind == TOKEN_NONE) {
        return false;
    }
    learn(c, from);
    struct in *in = call_on_again(c, from, msg, now) ? NULL : take(c, from, msg);
    if (in == NULL) {
        return true;
    }
    in->dialog = true;
    unsigned status = route.kind == TOKEN_BAD ? 403 : refused(c, msg);
    if (status != 0) {
        in_answer(c, in, status, now);
        return true;
    }
    const struct call_target target = {.flow = route.token.flow};
    struct forward f = {.msg = msg, .routes_off = route.off};
    fork_start(c, from, in, &f, &target, 1, now);
    return true;
}

bool call_on_again(struct call *c, const struct call_from *from, const struct sip_msg *msg,
                   usec_t now)
{
    (void)now;
    begin(c);
    if (is_method(msg, "ACK") || is_method(msg, "CANCEL")) {
        return false;
    }
    struct in *in = in_find(c, from, msg);
    if (in != NULL) {
        in_again(c, in);
    }
    return in != NULL;
}

/* -- Answers, ends, time */

/* The topmost Via is ours; the one below it is what leads back to the caller, and what the phone made of it. */
static bool vias_read(const struct sip_msg *msg, struct sip_via *ret_via)
{
    struct sip_via below;
    struct err_at at;
    const struct sip_field *f = sip_find(msg, SIP_VIA);
    struct str rest = f ? f->value : str_of(NULL, 0);
    if (sip_via_next(&rest, ret_via, &at) != ERR_OK) {
        return false;
    }
    if (rest.len == 0) {
        f = sip_find_next(msg, f);
        rest = f ? f->value : rest;
    }
    enum err e = rest.len > 0 ? sip_via_next(&rest, &below, &at) : ERR_END;
    return e == ERR_OK || e == ERR_END;
}

void call_on_response(struct call *c, const struct call_from *from, const struct sip_msg *msg,
                      usec_t now)
{
    struct sip_via via;
    struct err_at at;
    begin(c);
    learn(c, from);
    if (msg->request || sip_check(msg, &at) != ERR_OK || !vias_read(msg, &via)) {
        return;
    }
    struct out *out = out_find(c, via.branch);
    if (out != NULL) {
        out_on_response(c, out, msg, now);
    }
}

static void on_lost_caller(struct call *c, struct in *in, usec_t now)
{
    in->lost = true;
    if (in->state == IN_PROCEEDING) {
        fork_cancel(c, in, NULL, CANCEL_CALLER, now);
    }
}

void call_on_closed(struct call *c, const struct flow *flow, usec_t now)
{
    begin(c);
    if (!is_stream(flow)) {
        return;
    }
    /* Nothing here unties: transactions end by their timers. */
    for (struct tie *t = *tie_chain(c, flow); t != NULL; t = t->next) {
        if (t->owner->is_out) {
            struct out *out = (struct out *)(void *)t->owner;
            if (same_connection(&out->flow, flow)) {
                out_fail(c, out, out->in->dialog ? 430 : 480, now);
            }
        } else {
            struct in *in = (struct in *)(void *)t->owner;
            if (same_connection(&in->flow, flow)) {
                on_lost_caller(c, in, now);
            }
        }
    }
}

void call_on_time(struct call *c, usec_t now)
{
    begin(c);
    /* The rest is still due: call_deadline says so. */
    for (unsigned i = 0; i < TIMERS_AT_ONCE; i++) {
        struct wheel_entry *e = wheel_next(&c->wheel, now);
        if (e == NULL) {
            return;
        }
        struct timed *t = (struct timed *)(void *)e;
        if (t->is_out) {
            out_on_time(c, (struct out *)(void *)t, now);
        } else {
            in_on_time(c, (struct in *)(void *)t, now);
        }
    }
}
