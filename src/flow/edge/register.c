/* REGISTER: the checks in the order of RFC 3261 10.3, and the 200. */
#include "flow/edge/inside.h"

enum { CALL_ID_MOST = 1024 };

static const struct str none = {NULL, 0};

/* Who holds a binding knows its Call-ID, or has its flow: nobody else learns that there is one. */
static bool is_refresh(const struct edge *e, const struct request *q, const struct account *a)
{
    uint32_t at = a ? a->bindings : 0;
    for (; at; at = bindings_next(e->bindings, at)) {
        struct binding b;
        bindings_read(e->bindings, at, &b);
        if (str_eq(b.call_id, q->call_id) || flow_same(&b.flow, &q->from->flow)) {
            return true;
        }
    }
    return false;
}

/* Who comes with credentials was let in before. */
static bool is_shed(struct edge *e, const struct request *q, const struct account *a)
{
    if (e->load == 0) {
        return false;
    }
    bool refresh = is_refresh(e, q, a);
    bool admitted = refresh || sip_find(q->msg, SIP_AUTHORIZATION) != NULL;
    if (e->load == 1 && admitted) {
        return false;
    }
    reply_shed(e, q, refresh ? EDGE_SHED_REFRESH : EDGE_SHED_NEW);
    return true;
}

/* Domain, extensions, body (10.3 1 and 2; 8.2.3). */
static bool head_check(struct edge *e, const struct request *q)
{
    if (!q->core.target.sip) {
        reply_refuse(e, q, 416, none, none);
        return false;
    }
    if (!request_is_domain(e, q, &q->core.target)) {
        reply_refuse(e, q, 404, STR("Not a domain of this server"), none);
        return false;
    }
    return request_is_understood(e, q);
}

/* May this account be registered so (10.3 5)? */
static bool rights_check(struct edge *e, const struct request *q)
{
    if (!request_is_domain(e, q, &q->core.to_uri)) {
        reply_refuse(e, q, 404, none, STR("To is not of a domain of ours"));
        return false;
    }
    return true;
}

static void contact_put(struct edge *e, struct reply *r, const struct binding *b)
{
    char number[STR_NUMBER];
    bool look = e->cfg.look == EDGE_BROADWORKS;
    struct sink *out = &r->out;
    sink_str(out, STR("Contact: <"));
    sink_str(out, b->contact);
    sink_char(out, '>');
    if (b->q != 1000) {
        sink_fmt(out, ";q=0.%03u", b->q);
    } else if (look) {
        sink_str(out, STR(";q=0.5"));
    }
    if (b->instance.len) {
        sink_str(out, STR(";+sip.instance=\""));
        sip_value_put(out, b->instance);
        sink_char(out, '"');
    }
    if (b->reg_id) {
        sink_fmt(out, ";reg-id=%u", b->reg_id);
    }
    sink_str(out, STR(";expires="));
    sink_str(out, str_number(number, (b->expires - e->now + USEC_S - 1) / USEC_S));
    sink_str(out, STR("\r\n"));
}

/* All bindings that there are now (10.3 8). */
static void answer_ok(struct edge *e, const struct request *q, const struct account *a)
{
    struct reply r;
    uint32_t at = a->bindings;
    bool look = e->cfg.look == EDGE_BROADWORKS;
    reply_begin(e, &r, q, 200, none);
    if (look) {
        sip_field_put(&r.out, SIP_ALLOW_EVENTS,
                      STR("call-info,line-seize,dialog,message-summary,as-feature-event,"
                          "x-broadworks-hoteling,x-broadworks-call-center-status,conference"));
    } else {
        sip_field_put(&r.out, SIP_ALLOW_EVENTS, reply_events);
        sip_field_put(&r.out, SIP_DATE, reply_date(e));
    }
    for (; at; at = bindings_next(e->bindings, at)) {
        struct binding b;
        bindings_read(e->bindings, at, &b);
        if (b.expires > e->now) {
            contact_put(e, &r, &b);
        }
    }
    reply_end(e, &r);
}

static void answer_brief(struct edge *e, const struct request *q)
{
    struct reply r;
    reply_begin(e, &r, q, 423, none);
    sip_field_fmt(&r.out, SIP_MIN_EXPIRES, "%u", e->cfg.expires_least);
    reply_end(e, &r);
    edge_refused(e, q, 423, STR("a shorter time was asked for than is granted"));
}

static void authorised(struct edge *e, const struct request *q, struct account *a,
                       const struct contacts *c, const struct auth_use *use)
{
    struct str reason;
    unsigned status = bind_contacts(e, q, a, c, use, &reason);
    if (status == 200) {
        answer_ok(e, q, a);
    } else if (status == 423) {
        answer_brief(e, q);
    } else if (status == 503) {
        reply_shed(e, q, EDGE_SHED_NEW);
    } else {
        reply_refuse(e, q, status, reason, none);
    }
}

void edge_register_on(struct edge *e, const struct request *q)
{
    struct contacts c;
    struct auth_use use;
    struct err_at at = {0, NULL, NULL};
    if (!head_check(e, q)) {
        return;
    }
    if (contacts_read(q->msg, &c, &at) != ERR_OK) {
        reply_refuse(e, q, 400, str_z(at.what), none);
        return;
    }
    if (q->call_id.len > CALL_ID_MOST) {
        reply_refuse(e, q, 400, STR("Call-ID is too long"), none);
        return;
    }
    bind_expire(e);
    struct account *a = accounts_find(e->accounts, q->user);
    if (is_shed(e, q, a) || auth_check(e, q, a, false, &use) != AUTH_RIGHT || !rights_check(e, q)) {
        return;
    }
    authorised(e, q, a, &c, &use);
}
