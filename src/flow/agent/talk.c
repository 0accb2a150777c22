/* The messages of a call's dialog, made of the INVITE that began it (RFC 3261 12.1.1, 12.2.1.1, 13.3.1). */
#include "flow/agent/talk.h"

#include "proto/sdp/sdp.h"
#include "proto/sip/sip_contact.h"

static const struct str sdp_type = STR_INIT("application/sdp");
static const uint8_t codecs[] = {0, 8, 9}; /* PCMU, PCMA, G722 */

/* The INVITE that began it, read once more. */
static bool first_read(struct agent *a, struct heard *ret)
{
    struct err_at at;
    struct str text = str_of(a->calling->invite, a->calling->len);
    ret->msg = &a->work->second;
    return sip_read(text, &a->work->second, &at) == ERR_OK &&
           sip_core_read(ret->msg, &ret->core, &at) == ERR_OK;
}

bool agent_talk_is(struct agent *a, const struct sip_msg *msg)
{
    struct heard first;
    struct sip_addr from;
    struct err_at at;
    return first_read(a, &first) &&
           str_eq(sip_value(first.msg, SIP_CALL_ID), sip_value(msg, SIP_CALL_ID)) &&
           sip_addr_read(sip_value(msg, SIP_FROM), SIP_STRICT, &from, &at) == ERR_OK &&
           str_eq(from.tag, first.core.from.tag);
}

bool agent_caller(struct agent *a, struct str *ret_number, struct str *ret_name)
{
    struct heard first;
    if (!a->calling || !first_read(a, &first)) {
        return false;
    }
    *ret_number = first.core.from_uri.sip ? first.core.from_uri.user : first.core.from.uri;
    *ret_name = first.core.from.display;
    return true;
}

/* -- media */

static bool format_choose(struct agent_calling *c, const struct sdp *offer)
{
    for (unsigned i = 0; i < offer->n; i++) {
        if (memchr(codecs, offer->format[i], sizeof codecs)) {
            c->format = offer->format[i];
            return true;
        }
    }
    return false;
}

/* RFC 3264 6.1: what they only send, we only receive. */
static void media_take(struct agent_calling *c, const struct sdp *s)
{
    static const enum sdp_way mirror[] = {[SDP_SENDRECV] = SDP_SENDRECV,
                                          [SDP_SENDONLY] = SDP_RECVONLY,
                                          [SDP_RECVONLY] = SDP_SENDONLY,
                                          [SDP_INACTIVE] = SDP_INACTIVE};
    c->theirs = s->at;
    c->way = (uint8_t)mirror[s->way];
    c->held = s->way == SDP_SENDONLY || s->way == SDP_INACTIVE || addr_unset(s->at.ip);
}

unsigned agent_talk_offer(struct agent *a, const struct sip_msg *msg)
{
    struct agent_calling *c = a->calling;
    struct sdp s;
    struct err_at at;
    struct str type = str_trim(sip_value(msg, SIP_CONTENT_TYPE));
    c->offers = msg->body.len == 0;
    if (c->offers) {
        c->format = codecs[0];
        c->events = 101;
        c->streams = 1;
        c->audio_index = 0;
        c->way = SDP_SENDRECV;
        c->held = false;
        return 0;
    }
    if (!str_ieq(str_trim(str_head(type, str_chr(type, ';'))), sdp_type)) {
        return 415;
    }
    enum err e = sdp_read(msg->body, &s, &at);
    if (e == ERR_MALFORMED) {
        return 400;
    }
    if (e != ERR_OK || s.streams > SDP_FORMATS || !format_choose(c, &s)) {
        return 488;
    }
    c->events = s.events;
    c->streams = (uint8_t)s.streams;
    c->audio_index = (uint8_t)s.audio_index;
    media_take(c, &s);
    return 0;
}

void agent_talk_ack(struct agent *a, const struct sip_msg *msg)
{
    struct sdp s;
    struct err_at at;
    if (a->calling->offers && sdp_read(msg->body, &s, &at) == ERR_OK) {
        media_take(a->calling, &s);
    }
}

static void body_put(struct sink *s, const struct agent_calling *c)
{
    char text[2048];
    struct buf b = {.p = text, .cap = sizeof text, .limit = sizeof text};
    struct sink t = buf_sink(&b);
    struct sdp_write w = {.session = c->session,
                          .version = c->version + 1,
                          .at = c->media,
                          .way = (enum sdp_way)c->way,
                          .format = {c->format},
                          .n = 1,
                          .events = c->events,
                          .streams = c->streams,
                          .audio_index = c->audio_index};
    sdp_write(&t, &w);
    sip_body_put(s, sdp_type, buf_str(&b));
}

/* -- messages */

static void routes_put(struct sink *s, const struct sip_msg *msg, enum sip_header as)
{
    const struct sip_field *f = sip_find(msg, SIP_RECORD_ROUTE);
    for (; f; f = sip_find_next(msg, f)) {
        sink_str(s, sip_header_name(as));
        sink_str(s, STR(": "));
        sip_value_put(s, f->value);
        sink_str(s, STR("\r\n"));
    }
}

static void respond(struct agent *a, const struct heard *h, unsigned status)
{
    struct sink s = agent_out(a);
    size_t from = s.buf->len;
    agent_reply_begin(a, &s, h, status);
    if (status < 300) {
        routes_put(&s, h->msg, SIP_RECORD_ROUTE);
        sink_str(&s, STR("Contact: "));
        agent_write_contact_uri(a, &s);
        sink_str(&s, STR("\r\n"));
        sip_field_put(&s, SIP_ALLOW, agent_allow);
        sip_field_put(&s, SIP_SUPPORTED, agent_supported);
    }
    if (status == 200) {
        body_put(&s, a->calling);
    } else {
        sip_body_put(&s, str_of(NULL, 0), str_of(NULL, 0));
    }
    agent_send(a, &s, from);
}

void agent_talk_respond(struct agent *a)
{
    struct heard first;
    if (first_read(a, &first)) {
        respond(a, &first, a->calling->status);
    }
}

void agent_talk_respond_again(struct agent *a, const struct heard *h)
{
    respond(a, h, 200);
}

/* The target of the dialog: the caller's Contact, else its From. */
static struct str target_of(const struct heard *first)
{
    struct str rest = sip_value(first->msg, SIP_CONTACT);
    struct sip_contact c;
    struct err_at at;
    bool found = sip_contact_next(&rest, SIP_STRICT, &c, &at) == ERR_OK && !c.star;
    return found ? c.addr.uri : first->core.from.uri;
}

void agent_talk_bye(struct agent *a)
{
    struct heard first;
    if (!first_read(a, &first)) {
        return;
    }
    struct sink s = agent_out(a);
    size_t from = s.buf->len;
    sink_str(&s, STR("BYE "));
    sip_value_put(&s, target_of(&first));
    sink_str(&s, STR(" SIP/2.0\r\n"));
    agent_write_via(a, &s, a->calling->branch);
    routes_put(&s, first.msg, SIP_ROUTE);
    sink_str(&s, STR("From: "));
    sip_value_put(&s, sip_value(first.msg, SIP_TO));
    sink_str(&s, STR(";tag="));
    agent_own_tag_put(a, &s, first.msg);
    sink_str(&s, STR("\r\nTo: "));
    sip_value_put(&s, sip_value(first.msg, SIP_FROM));
    sink_str(&s, STR("\r\nCall-ID: "));
    sip_value_put(&s, sip_value(first.msg, SIP_CALL_ID));
    sink_str(&s, STR("\r\n"));
    sip_field_fmt(&s, SIP_CSEQ, "%u BYE", a->calling->cseq);
    sink_str(&s, STR("Max-Forwards: 70\r\nUser-Agent: "));
    agent_write_user_agent(a, &s);
    sink_str(&s, STR("\r\n"));
    agent_write_session(a, &s);
    sip_body_put(&s, str_of(NULL, 0), str_of(NULL, 0));
    agent_send(a, &s, from);
}
