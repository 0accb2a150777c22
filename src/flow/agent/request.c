/* Messages to the phone: responses go to their transaction, requests are answered (RFC 3261 8.2, 11). */
#include "flow/agent/inside.h"

/* The number in "z9hG4bK-77ad1320" of the top Via. */
static bool branch_of(const struct sip_msg *msg, uint64_t *ret_branch)
{
    struct sip_via via;
    struct err_at at;
    struct str head = STR("z9hG4bK-");
    return sip_via_read(sip_value(msg, SIP_VIA), &via, &at) == ERR_OK &&
           str_starts(via.branch, head) && str_hex64(str_from(via.branch, head.len), ret_branch) &&
           *ret_branch <= UINT32_MAX;
}

static void on_response(struct agent *a, const struct sip_msg *msg)
{
    uint64_t branch = 0;
    struct sip_cseq cseq;
    struct err_at at;
    if (!branch_of(msg, &branch) || sip_cseq_read(sip_value(msg, SIP_CSEQ), &cseq, &at) != ERR_OK) {
        return;
    }
    if (str_eq(cseq.method, STR("REGISTER"))) {
        if (branch == a->branch) {
            agent_register_on_response(a, msg, cseq.number);
        }
    } else {
        agent_call_on_response(a, msg, (uint32_t)branch);
    }
}

/* -- replies */

void agent_own_tag_put(const struct agent *a, struct sink *s, const struct sip_msg *msg)
{
    struct hash_key key = {{a->tag, a->session}};
    agent_write_hex(s, hash_str(&key, sip_value(msg, SIP_CALL_ID)), 1);
    sink_char(s, 'i');
    sink_char(s, (char)('0' + a->line->index % 10));
}

void agent_reply_begin(struct agent *a, struct sink *s, const struct heard *h, unsigned status)
{
    char tag[24];
    struct buf b = {.p = tag, .cap = sizeof tag, .limit = sizeof tag};
    struct sink t = buf_sink(&b);
    agent_own_tag_put(a, &t, h->msg);
    struct sip_reply r = {.request = h->msg,
                          .core = &h->core,
                          .status = status,
                          .to_tag = status > 100 ? buf_str(&b) : str_of(NULL, 0)};
    sip_reply_begin(s, &r);
    sink_str(s, STR("Server: "));
    agent_write_user_agent(a, s);
    sink_str(s, STR("\r\n"));
}

void agent_reply_plain(struct agent *a, const struct heard *h, unsigned status)
{
    struct sink s = agent_out(a);
    size_t from = s.buf->len;
    agent_reply_begin(a, &s, h, status);
    if (status == 405) {
        sip_field_put(&s, SIP_ALLOW, agent_allow);
    } else if (status == 489) {
        sip_field_put(&s, SIP_ALLOW_EVENTS, agent_events);
    }
    sip_body_put(&s, str_of(NULL, 0), str_of(NULL, 0));
    agent_send(a, &s, from);
}

static void on_options(struct agent *a, const struct heard *h)
{
    struct sink s = agent_out(a);
    size_t from = s.buf->len;
    agent_reply_begin(a, &s, h,
                      agent_call_is(a) ? 486 : 200); /* as an INVITE would be answered (11.2) */
    sip_field_put(&s, SIP_ALLOW, agent_allow);
    sip_field_put(&s, SIP_ALLOW_EVENTS, agent_events);
    sip_field_put(&s, SIP_SUPPORTED, agent_supported);
    sip_field_put(&s, SIP_ACCEPT, STR("application/sdp"));
    sip_body_put(&s, str_of(NULL, 0), str_of(NULL, 0));
    agent_send(a, &s, from);
}

/* Extensions that are required and not ours (8.2.2.3). False: it was answered. */
static bool extensions_known(struct agent *a, const struct heard *h)
{
    const struct sip_field *f = sip_find(h->msg, SIP_REQUIRE);
    for (; f; f = sip_find_next(h->msg, f)) {
        struct str rest = f->value, item;
        while (sip_list_next(&rest, &item) == ERR_OK) {
            if (!sip_list_has(agent_supported, item) && sip_value_clean(item)) {
                struct sink s = agent_out(a);
                size_t from = s.buf->len;
                agent_reply_begin(a, &s, h, 420);
                sip_field_put(&s, SIP_UNSUPPORTED, item);
                sip_body_put(&s, str_of(NULL, 0), str_of(NULL, 0));
                agent_send(a, &s, from);
                return false;
            }
        }
    }
    return true;
}

static bool for_us(const struct agent *a, const struct heard *h)
{
    char user[AGENT_URI];
    const struct sip_uri *u = &h->core.target;
    if (!u->sip || u->user.len > sizeof user) {
        return false;
    }
    return u->user.len == 0 || str_eq(sip_uri_user(u, user), a->line->user);
}

static void on_request(struct agent *a, const struct heard *h)
{
    static const struct str in_calls[] = {STR_INIT("INVITE"), STR_INIT("BYE"), STR_INIT("CANCEL"),
                                          STR_INIT("INFO"), STR_INIT("UPDATE")};
    struct str method = h->msg->method;
    if (str_eq(method, STR("ACK"))) {
        agent_call_on_request(a, h);
        return;
    }
    if (!for_us(a, h)) {
        agent_reply_plain(a, h, 404);
        return;
    }
    if (!str_eq(method, STR("CANCEL")) && !extensions_known(a, h)) {
        return;
    }
    for (size_t i = 0; i < sizeof in_calls / sizeof *in_calls; i++) {
        if (str_eq(method, in_calls[i])) {
            agent_call_on_request(a, h);
            return;
        }
    }
    if (str_eq(method, STR("OPTIONS"))) {
        on_options(a, h);
    } else if (str_eq(method, STR("NOTIFY"))) {
        agent_notify_on(a, h);
    } else if (str_eq(method, STR("SUBSCRIBE"))) {
        agent_reply_plain(a, h, 489);
    } else {
        agent_reply_plain(a, h, str_eq(method, STR("REFER")) ? 603 : 405);
    }
}

void agent_message_on(struct agent *a, struct str bytes)
{
    struct sip_msg *msg = &a->work->msg;
    struct heard h = {.msg = msg};
    struct err_at at;
    if (a->scribe && a->cfg->message && str_trim(bytes).len > 0) {
        struct str name = a->transport == SELECT_UDP ? STR("UDP") : STR("TCP");
        a->cfg->message(a->scribe, false, name, a->peer, bytes, a->now);
    }
    if (sip_read(bytes, msg, &at) != ERR_OK) {
        return;
    }
    if (!msg->request) {
        on_response(a, msg);
    } else if (sip_core_read(msg, &h.core, &at) == ERR_OK) {
        on_request(a, &h);
    }
}
