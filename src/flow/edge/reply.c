/* Answers: what all of them have, and the two looks. */
#include <stdio.h>

#include "flow/edge/inside.h"
#include "proto/sip/sip_identity.h"

const struct str reply_events = STR_INIT("message-summary");

static const struct str methods = STR_INIT(
    "REGISTER, OPTIONS, INVITE, ACK, CANCEL, BYE, MESSAGE, REFER, SUBSCRIBE, NOTIFY, INFO, "
    "UPDATE, PRACK");

struct str reply_date(struct edge *e)
{
    static const char days[7][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    usec_t second = e->now / USEC_S;
    if (second != e->date || !e->date_text[0]) {
        int year = 0;
        int month = 0;
        int day = 0;
        int64_t number = second / 86400;
        int rest = (int)(second % 86400);
        time_civil(number, &year, &month, &day);
        snprintf(e->date_text, sizeof e->date_text, "%s, %02d %s %04d %02d:%02d:%02d GMT",
                 days[number % 7], day, time_month_name(month), year % 10000, rest / 3600,
                 rest / 60 % 60, rest % 60);
        e->date = second;
    }
    return str_z(e->date_text);
}

static struct str hex64(char text[16], uint64_t v)
{
    static const char hex[] = "0123456789abcdef";
    for (unsigned i = 16; i-- > 0; v >>= 4) {
        text[i] = hex[v & 15];
    }
    return str_of(text, 16);
}

struct str reply_tag(struct edge *e, struct str call_id, char text[16])
{
    return hex64(text, edge_stir(hash_str(&e->cfg.hash, call_id), 1));
}

/* "<digits>-<epoch ms>", as BroadWorks does. */
static struct str tag_with_time(struct edge *e, char text[40])
{
    int n = snprintf(text, 40, "%09u-%lld", (unsigned)(edge_random(e) % 1000000000),
                     (long long)(e->now / USEC_MS));
    return str_of(text, (size_t)n);
}

struct flow reply_flow(const struct edge *e, const struct request *q)
{
    struct flow f = q->from->flow;
    if (f.transport == TRANSPORT_UDP && !e->cfg.reply_to_source && !q->core.via.has_rport) {
        f.peer.port = (uint16_t)(q->core.via.port ? q->core.via.port : 5060);
    }
    return f;
}

/* Ours first, theirs as remote; ours belongs to the Call-ID (RFC 7989 4 to 6). */
static void session_put(struct edge *e, struct reply *r)
{
    struct sip_session theirs;
    char text[32 + 8 + 32];
    if (!sip_session_read(sip_value(r->q->msg, SIP_SESSION_ID), &theirs)) {
        return;
    }
    uint64_t h = hash_str(&e->cfg.hash, r->q->call_id);
    hex64(text, edge_stir(h, 2));
    hex64(text + 16, edge_stir(h, 3));
    text[12] = '4'; /* a UUID of version 4, in form */
    text[16] = '8';
    memcpy(text + 32, ";remote=", 8);
    memcpy(text + 40, theirs.local.p, 32);
    sip_field_put(&r->out, SIP_SESSION_ID, str_of(text, sizeof text));
}

void reply_begin(struct edge *e, struct reply *r, const struct request *q, unsigned status,
                 struct str reason)
{
    bool look = e->cfg.look == EDGE_BROADWORKS;
    r->q = q;
    r->start = e->out.text.len;
    r->out = edge_out_sink(e);
    r->status = status;
    r->tag = look ? tag_with_time(e, r->tag_text) : reply_tag(e, q->call_id, r->tag_text);
    struct sip_reply head = {.request = q->msg,
                             .core = q->read ? &q->core : NULL,
                             .status = status,
                             .reason = reason,
                             .to_tag = r->tag,
                             .source = q->from->flow.peer};
    sip_reply_begin(&r->out, &head);
    session_put(e, r);
    if (!look && e->cfg.server.len) {
        sip_field_put(&r->out, SIP_SERVER, e->cfg.server);
    }
    e->count[status < 700 && status >= 100 ? EDGE_OUT_1XX + status / 100 - 1 : EDGE_OUT_6XX]++;
}

/* "Name: value" becomes "Name:value", in place; returns the new length. */
static size_t tighten(char *p, size_t len)
{
    size_t to = 0;
    bool name = false; /* of a header field: no ':' yet */
    for (size_t i = 0; i < len; i++) {
        p[to++] = p[i];
        if (p[i] == '\n') {
            name = true;
            if (i + 1 < len && p[i + 1] == '\r') {
                memmove(p + to, p + i + 1, len - i - 1);
                return to + len - i - 1;
            }
        } else if (p[i] == ':' && name) {
            name = false;
            i += i + 1 < len && p[i + 1] == ' ';
        }
    }
    return to;
}

void reply_end(struct edge *e, struct reply *r)
{
    struct buf *text = &e->out.text;
    struct flow flow = reply_flow(e, r->q);
    sip_body_put(&r->out, str_of(NULL, 0), str_of(NULL, 0));
    if (r->out.err != ERR_OK) {
        text->len = r->start;
        e->count[EDGE_DROPPED_FULL]++;
        return;
    }
    if (e->cfg.look == EDGE_BROADWORKS) {
        text->len = r->start + tighten(text->p + r->start, text->len - r->start);
    }
    if (flow.transport == TRANSPORT_UDP && r->status >= 200) {
        struct str bytes = str_from(buf_str(text), r->start);
        replies_add(&e->replies, r->q->key, bytes, e->now);
    }
    edge_out_send(e, &flow, r->start);
}

void reply_allow(struct reply *r)
{
    sip_field_put(&r->out, SIP_ALLOW, methods);
}

void reply_refuse(struct edge *e, const struct request *q, unsigned status, struct str reason,
                  struct str why)
{
    struct reply r;
    reply_begin(e, &r, q, status, reason);
    if (status == 405 || status == 501) {
        reply_allow(&r);
    } else if (status == 489) {
        sip_field_put(&r.out, SIP_ALLOW_EVENTS, reply_events);
    } else if (status == 415) {
        sip_field_put(&r.out, SIP_ACCEPT, STR("application/sdp"));
    }
    reply_end(e, &r);
    edge_refused(e, q, status, why.len ? why : reason.len ? reason : sip_reason(status));
}

/* 503 with a time to come back that is not the same for all (RFC 3261 21.5.4): phones that are sent
 * away together would come back together. */
void reply_shed(struct edge *e, const struct request *q, enum edge_count what)
{
    struct reply r;
    uint32_t seconds = 20 + (uint32_t)(edge_random(e) % 40);
    e->count[what]++;
    reply_begin(e, &r, q, 503, str_of(NULL, 0));
    sip_field_fmt(&r.out, SIP_RETRY_AFTER, "%u", seconds);
    reply_end(e, &r);
    edge_refused(e, q, 503,
                 what == EDGE_SHED_NEW ? STR("overload: newcomers wait") : STR("overload"));
}

void reply_contact(struct edge *e, struct sink *out, const struct flow *flow, struct endpoint local)
{
    static const char *const transport[] = {[TRANSPORT_UDP] = "",
                                            [TRANSPORT_TCP] = ";transport=tcp",
                                            [TRANSPORT_TLS] = ";transport=tls"};
    char text[ENDPOINT_TEXT];
    sink_z(out, "<sip:");
    if (addr_unset(local.ip)) {
        sink_str(out, e->cfg.n_domains ? e->cfg.domains[0] : STR("localhost"));
    } else {
        sink_str(out, endpoint_write(local, text));
    }
    sink_z(out, transport[flow->transport % 3]);
    sink_char(out, '>');
}
