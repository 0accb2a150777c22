/* SUBSCRIBE: message-summary is answered as the standards ask (RFC 6665 4.2, RFC 3842), any other event by 489. */
#include "flow/edge/inside.h"

enum { EXPIRES_MOST = 3600 };

static const struct str none = {NULL, 0};

static struct str event_of(const struct request *q)
{
    struct str value = sip_value(q->msg, SIP_EVENT);
    return str_trim(str_cut(&value, ';'));
}

static uint32_t expires_of(const struct request *q)
{
    uint32_t seconds = EXPIRES_MOST;
    struct err_at at;
    struct str field = sip_value(q->msg, SIP_EXPIRES);
    if (field.p && sip_seconds_read(field, &seconds, &at) != ERR_OK) {
        seconds = EXPIRES_MOST;
    }
    return seconds < EXPIRES_MOST ? seconds : EXPIRES_MOST;
}

/* The state of the mailbox that is not there, in the dialog of the SUBSCRIBE. */
static void notify(struct edge *e, const struct request *q, const struct sip_contact *c,
                   struct str tag, uint32_t expires)
{
    static const struct str body = STR_INIT("Messages-Waiting: no\r\n");
    struct buf b = {.limit = 8192};
    struct sink s = buf_sink(&b);
    sip_value_put(&s, q->core.to.raw);
    if (q->core.to.tag.len == 0) {
        sink_z(&s, ";tag=");
        sink_str(&s, tag);
    }
    size_t from_len = b.len;
    sip_value_put(&s, q->core.from.raw);
    size_t to_len = b.len - from_len;
    sink_z(&s, "Event: message-summary\r\nSubscription-State: ");
    if (expires) {
        sink_fmt(&s, "active;expires=%u\r\n", expires);
    } else {
        sink_z(&s, "terminated;reason=timeout\r\n");
    }
    sink_z(&s, "Content-Type: application/simple-message-summary\r\n");
    struct notice_ask ask = {.flow = reply_flow(e, q),
                             .local = q->from->local,
                             .uri = c->addr.uri,
                             .from = str_of(b.p, from_len),
                             .to = str_of(b.p + from_len, to_len),
                             .call_id = q->call_id,
                             /* Rising over the dialog, without keeping one. */
                             .cseq = (uint32_t)(e->now / USEC_S & INT32_MAX),
                             .fields = str_from(buf_str(&b), from_len + to_len),
                             .body = body};
    if (s.err == ERR_OK) {
        notice_send(e, &ask);
    }
    buf_clear(&b);
}

static void accept(struct edge *e, const struct request *q)
{
    struct reply r;
    struct sip_contact c;
    struct err_at at = {0, NULL, NULL};
    uint32_t expires = expires_of(q);
    struct str rest = sip_value(q->msg, SIP_CONTACT);
    if (sip_contact_next(&rest, SIP_STRICT, &c, &at) != ERR_OK || c.star) {
        reply_refuse(e, q, 400, STR("SUBSCRIBE needs one Contact"), none);
        return;
    }
    reply_begin(e, &r, q, 200, none);
    sip_field_fmt(&r.out, SIP_EXPIRES, "%u", expires);
    sink_z(&r.out, "Contact: ");
    reply_contact(e, &r.out, &q->from->flow, q->from->local);
    sink_z(&r.out, "\r\n");
    reply_end(e, &r);
    notify(e, q, &c, r.tag, expires);
}

void subscribe_on(struct edge *e, const struct request *q)
{
    struct auth_use use;
    if (!request_is_domain(e, q, &q->core.target)) {
        reply_refuse(e, q, 404, STR("Not a domain of this server"), none);
        return;
    }
    if (!request_is_understood(e, q)) {
        return;
    }
    if (!str_eq(event_of(q), reply_events)) {
        reply_refuse(e, q, 489, none, none);
        return;
    }
    struct account *a = accounts_find(e->accounts, q->user);
    if (auth_is_known_flow(e, a, &q->from->flow) ||
        auth_check(e, q, a, false, &use) == AUTH_RIGHT) {
        accept(e, q);
    }
}
