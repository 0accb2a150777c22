/* The messages: those passed on, with what a proxy changes (RFC 3261 16.6, 16.7), and those of our own. */
#include <stdio.h>

#include "flow/call/inside.h"
#include "proto/sip/sip_addr.h"
#include "proto/sip/sip_forward.h"
#include "proto/sip/sip_number.h"
#include "proto/sip/sip_reply.h"
#include "proto/sip/sip_uri.h"
#include "proto/sip/sip_via.h"

enum { HOPS = 70, SIDE_TEXT = 512, RETRY_LEAST = 5, RETRY_SPREAD = 10 };

static const struct str mark = STR_INIT("z9hG4bKdt");

bool call_branch_shard(struct str branch, uint16_t *ret_shard)
{
    uint64_t shard;
    if (!str_istarts(branch, mark) || branch.len < mark.len + 3 ||
        !str_hex64(str_head(str_from(branch, mark.len), 2), &shard)) {
        return false;
    }
    *ret_shard = (uint16_t)shard;
    return true;
}

bool call_is_branch(struct str branch)
{
    uint16_t shard;
    return call_branch_shard(branch, &shard) && branch.len == 44 && branch.p[11] == 'c';
}

uint64_t text_id(struct call *c)
{
    uint64_t serial = ++c->serial;
    return hash_more(c, c->seed, str_of((const char *)&serial, sizeof serial));
}

/* What stays the same when a request comes back unchanged: not the Via, not the hops. */
static uint64_t loop_hash(const struct call *c, const struct sip_msg *msg)
{
    uint64_t h = hash_str(&c->cfg.hash, msg->uri);
    h = hash_more(c, h, sip_value(msg, SIP_CALL_ID));
    h = hash_more(c, h, sip_value(msg, SIP_FROM));
    h = hash_more(c, h, sip_value(msg, SIP_TO));
    return hash_more(c, h, sip_value(msg, SIP_CSEQ));
}

bool text_looped(const struct call *c, const struct sip_msg *msg)
{
    uint64_t was, is = loop_hash(c, msg);
    struct sip_via via;
    struct err_at at;
    for (const struct sip_field *f = sip_find(msg, SIP_VIA); f; f = sip_find_next(msg, f)) {
        struct str rest = f->value;
        while (sip_via_next(&rest, &via, &at) == ERR_OK) {
            if (call_is_branch(via.branch) && str_hex64(str_from(via.branch, 28), &was) &&
                was == is) {
                return true;
            }
        }
    }
    return false;
}

/* Where we are reached by who is on that flow: "192.0.2.1:5061". */
static struct str side_host(const struct call *c, const struct call_from *from,
                            const struct flow *flow, char out[SIDE_TEXT])
{
    bool own = flow->listener == from->flow.listener && flow->transport == from->flow.transport;
    struct endpoint e = own ? from->local : c->local[flow->listener];
    if (addr_unset(e.ip)) {
        e.ip = from->local.ip;
    }
    if (c->cfg.host.len == 0 || c->cfg.host.len > SIDE_TEXT / 2) {
        char text[ENDPOINT_TEXT];
        struct str s = endpoint_write(e, text);
        memcpy(out, text, s.len);
        return str_of(out, s.len);
    }
    int n = e.port ? snprintf(out, SIDE_TEXT, "%.*s:%u", STR_ARG(c->cfg.host), (unsigned)e.port)
                   : snprintf(out, SIDE_TEXT, "%.*s", STR_ARG(c->cfg.host));
    return str_of(out, (size_t)n);
}

static const char *transport_name(const struct flow *flow)
{
    switch ((enum transport)flow->transport) {
    case TRANSPORT_TCP:
        return "TCP";
    case TRANSPORT_TLS:
        return "TLS";
    case TRANSPORT_UDP:
        break;
    }
    return "UDP";
}

/* "<sip:TOKEN@HOST;transport=tls;lr>". `by` is where it is used, `to` where it leads. */
static bool record_put(const struct call *c, const struct call_from *from,
                       const struct sip_msg *msg, const struct flow *by, const struct token *to,
                       struct sink *out)
{
    char token[TOKEN_TEXT], host[SIDE_TEXT];
    struct sip_addr caller;
    struct err_at at;
    if (sip_addr_read(sip_value(msg, SIP_FROM), SIP_STRICT, &caller, &at) != ERR_OK) {
        return false;
    }
    struct str user = token_write(c, to, sip_value(msg, SIP_CALL_ID), caller.tag, token);
    bool secure = str_istarts(msg->uri, STR("sips:"));
    sink_z(out, secure ? "<sips:" : "<sip:");
    sink_str(out, user);
    sink_char(out, '@');
    sink_str(out, side_host(c, from, by, host));
    if (!secure && is_stream(by)) {
        sink_z(out, by->transport == TRANSPORT_TLS ? ";transport=tls" : ";transport=tcp");
    }
    sink_z(out, ";lr>");
    return user.len != 0 && out->err == ERR_OK;
}

/* Two of them: one suits the transport of each side (RFC 5658 5). */
static bool record_write(const struct call *c, const struct call_from *from,
                         const struct sip_msg *msg, const struct flow *to, struct sink *out)
{
    const struct token back = {.to_caller = true, .flow = from->flow};
    const struct token forth = {.to_caller = false, .flow = *to};
    if (!record_put(c, from, msg, to, &back, out)) {
        return false;
    }
    sink_z(out, ", ");
    return record_put(c, from, msg, &from->flow, &forth, out);
}

static unsigned hops_left(const struct sip_msg *msg)
{
    uint32_t hops = HOPS;
    struct err_at at;
    struct str value = sip_value(msg, SIP_MAX_FORWARDS);
    if (value.p != NULL && sip_number_read(value, 255, &hops, &at) == ERR_OK && hops > 0) {
        hops--;
    }
    return hops;
}

static struct sink scratch(struct call *c)
{
    buf_reset(&c->scratch);
    return buf_sink(&c->scratch);
}

static struct str written(const struct call *c, enum err e)
{
    return e == ERR_OK ? buf_str(&c->scratch) : str_of(NULL, 0);
}

struct str text_forward(struct call *c, const struct call_from *from, uint64_t id,
                        const struct flow *to, const struct forward *f)
{
    char host[SIDE_TEXT], via[SIDE_TEXT + CALL_BRANCH_TEXT + 32], record[2 * SIDE_TEXT];
    struct buf fixed = {record, 0, sizeof record, sizeof record};
    struct sink out = buf_sink(&fixed);
    if (f->record && !record_write(c, from, f->msg, to, &out)) {
        return str_of(NULL, 0);
    }
    struct str at = side_host(c, from, to, host);
    int n = snprintf(via, sizeof via, "SIP/2.0/%s %.*s;branch=%s%02xc%016llx%016llx;rport",
                     transport_name(to), STR_ARG(at), mark.p, c->cfg.shard & 0xffu,
                     (unsigned long long)id, (unsigned long long)loop_hash(c, f->msg));
    struct sip_forward write = {
        .msg = f->msg,
        .uri = f->uri,
        .via = str_of(via, (size_t)n),
        .source = from->flow.peer,
        .record_route = buf_str(&fixed),
        .routes_off = f->routes_off,
        .max_forwards = hops_left(f->msg),
        .drop_realm = c->cfg.realm,
    };
    out = scratch(c);
    return written(c, sip_forward_write(&out, &write));
}

struct str text_response(struct call *c, const struct sip_msg *msg)
{
    struct sip_forward write = {.msg = msg};
    struct sink out = scratch(c);
    return written(c, sip_forward_write(&out, &write));
}

/* The same for every answer to one request. */
static struct str to_tag(const struct call *c, const struct sip_msg *msg, char out[CALL_TAG + 1])
{
    uint64_t h = hash_more(c, c->seed, sip_value(msg, SIP_VIA));
    h = hash_more(c, h, sip_value(msg, SIP_CALL_ID));
    snprintf(out, CALL_TAG + 1, "%016llx", (unsigned long long)h);
    return str_of(out, CALL_TAG);
}

/* Never the same for all, or all come back at once. */
static unsigned retry_after(struct call *c)
{
    return RETRY_LEAST + (unsigned)(text_id(c) % RETRY_SPREAD);
}

struct str text_reply(struct call *c, const struct call_from *from, const struct sip_msg *msg,
                      unsigned status)
{
    char tag[CALL_TAG + 1];
    struct sip_reply reply = {.request = msg, .status = status, .source = from->flow.peer};
    if (status != 100) {
        reply.to_tag = to_tag(c, msg, tag);
    }
    struct sink out = scratch(c);
    sip_reply_begin(&out, &reply);
    if (status == 503) {
        sip_field_fmt(&out, SIP_RETRY_AFTER, "%u", retry_after(c));
    } else if (status == 420) {
        sip_field_put(&out, SIP_UNSUPPORTED, sip_value(msg, SIP_PROXY_REQUIRE));
    }
    sip_body_put(&out, str_of(NULL, 0), str_of(NULL, 0));
    return written(c, out.err);
}

static void field_put(struct sink *out, const char *name, struct str value)
{
    sink_z(out, name);
    sink_z(out, ": ");
    sink_str(out, value);
    sink_z(out, "\r\n");
}

/* ACK and CANCEL of a request that we sent: its Request-URI, Via, Routes and CSeq (9.1, 17.1.1.3). */
static struct str companion(struct call *c, const struct out *o, const char *method, struct str to,
                            const char *reason)
{
    struct sip_msg msg;
    struct err_at at;
    struct sip_cseq cseq;
    struct str via, vias;
    if (sip_read(text_str(&o->request), &msg, &at) != ERR_OK ||
        sip_cseq_read(sip_value(&msg, SIP_CSEQ), &cseq, &at) != ERR_OK) {
        return str_of(NULL, 0);
    }
    vias = sip_value(&msg, SIP_VIA);
    if (sip_list_next(&vias, &via) != ERR_OK) {
        return str_of(NULL, 0);
    }
    struct sink out = scratch(c);
    sink_z(&out, method);
    sink_char(&out, ' ');
    sink_str(&out, msg.uri);
    sink_z(&out, " SIP/2.0\r\n");
    field_put(&out, "Via", via);
    for (const struct sip_field *f = sip_find(&msg, SIP_ROUTE); f; f = sip_find_next(&msg, f)) {
        field_put(&out, "Route", f->value);
    }
    field_put(&out, "From", sip_value(&msg, SIP_FROM));
    field_put(&out, "To", to.p != NULL ? to : sip_value(&msg, SIP_TO));
    field_put(&out, "Call-ID", sip_value(&msg, SIP_CALL_ID));
    sink_fmt(&out, "CSeq: %u %s\r\nMax-Forwards: %d\r\n", cseq.number, method, HOPS);
    sink_z(&out, reason);
    sink_z(&out, "Content-Length: 0\r\n\r\n");
    return written(c, out.err);
}

struct str text_cancel(struct call *c, const struct out *out)
{
    /* RFC 3326 2: a phone whose call was taken elsewhere does not call it missed. */
    const char *reason = out->cancel == CANCEL_ELSEWHERE
                             ? "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n"
                             : "";
    return companion(c, out, "CANCEL", str_of(NULL, 0), reason);
}

struct str text_ack(struct call *c, const struct out *out, const struct sip_msg *response)
{
    return companion(c, out, "ACK", sip_value(response, SIP_TO), "");
}
