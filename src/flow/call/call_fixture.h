/* Phones round the proxy, in virtual time: for the tests and the fuzzer of this module. A phone does as it is
 * told, one word after another, and remembers what it needs for its next message. */
#ifndef FLOW_CALL_FIXTURE_H
#define FLOW_CALL_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>

#include "base/sink.h"
#include "flow/call/call.h"
#include "proto/sip/sip_addr.h"
#include "proto/sip/sip_reply.h"
#include "proto/sip/sip_via.h"

enum { PHONES = 4, TEXT = 4096, SENT = 64 };

/* Text in a fixed place; one that does not fit is empty, and the test shows it. */
struct note {
    char p[TEXT];
    size_t len;
};

static inline struct str note_str(const struct note *n)
{
    return str_of(n->p, n->len);
}

static inline void note_set(struct note *n, struct str s)
{
    n->len = s.len < TEXT ? s.len : 0;
    if (n->len) {
        memcpy(n->p, s.p, n->len);
    }
}

struct phone {
    const char *name;
    struct flow flow;
    struct endpoint local;
    unsigned cseq;
    char call_id[32];
    char tag[16];
    char remote[64]; /* the To of its requests in the dialog */
    struct note routes;
    struct note asked;  /* the request it answers */
    struct note answer; /* the last answer to its INVITE, 100 apart */
    struct note sent;   /* its last message */
    struct note invite;
};

struct sent {
    unsigned to;
    struct note bytes;
};

struct world {
    struct call *call;
    usec_t now;
    struct phone phone[PHONES];
    struct sent out[SENT]; /* what the proxy sent and nobody has looked at */
    size_t n_out;
    size_t lost; /* to nobody known */
};

/* No HMAC, but changes with every byte of key and parts: enough to test who checks it. */
static inline enum err fixture_hmac(enum hmac_algorithm algorithm, struct str key,
                                    const struct str *parts, size_t n, uint8_t ret_mac[HMAC_MOST],
                                    size_t *ret_len)
{
    const struct hash_key k = {{7, algorithm}};
    uint64_t h = hash_str(&k, key);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < parts[i].len; j++) {
            h = h * 0x100000001b3u ^ (uint8_t)parts[i].p[j];
        }
    }
    for (unsigned i = 0; i < 32; i++) {
        h = hash_str(&k, str_of((const char *)&h, sizeof h));
        ret_mac[i] = (uint8_t)h;
    }
    *ret_len = 32;
    return ERR_OK;
}

static const struct crypto fixture_crypto = {.hmac = fixture_hmac};

static const char *const phone_names[PHONES] = {"alice", "bob", "carol", "dave"};

/* `transports`: a letter for each phone: u, t (TCP), s (TLS). */
static inline void world_begin(struct world *w, const char *transports, size_t most)
{
    memset(w, 0, sizeof *w);
    w->now = 1000 * USEC_S;
    struct call_cfg cfg = {.crypto = &fixture_crypto,
                           .flow_key = {1, 2, 3},
                           .hash = {{5, 6}},
                           .shard = 3,
                           .realm = STR("example.com"),
                           .most = most};
    if (call_new(&cfg, 42, w->now, &w->call) != ERR_OK) {
        abort();
    }
    for (unsigned i = 0; i < PHONES; i++) {
        struct phone *p = &w->phone[i];
        uint8_t kind = transports[i] == 'u'   ? TRANSPORT_UDP
                       : transports[i] == 't' ? TRANSPORT_TCP
                                              : TRANSPORT_TLS;
        p->name = phone_names[i];
        p->flow = (struct flow){.transport = kind,
                                .listener = kind,
                                .peer = {addr4(0xC0000201u + i), (uint16_t)(5071 + i)}};
        if (kind != TRANSPORT_UDP) {
            p->flow.slot = i;
            p->flow.serial = 100 + i;
        }
        p->local = (struct endpoint){addr4(0xC0000264u), (uint16_t)(5060 + kind)};
        snprintf(p->call_id, sizeof p->call_id, "c-%s", p->name);
        snprintf(p->tag, sizeof p->tag, "tag-%s", p->name);
        call_on_local(w->call, kind, &p->local);
    }
}

static inline void world_end(struct world *w)
{
    call_free(w->call);
}

static inline struct call_from phone_from(const struct phone *p)
{
    return (struct call_from){p->flow, p->local};
}

static inline bool read_note(const struct note *n, struct sip_msg *msg)
{
    struct err_at at;
    return n->len != 0 && sip_read(note_str(n), msg, &at) == ERR_OK;
}

/* The Record-Route values of `msg` as Route fields, in their order or turned round (RFC 3261 12.1). */
static inline void routes_of(struct note *routes, const struct sip_msg *msg, bool turned)
{
    struct str item[8];
    size_t n = 0;
    for (const struct sip_field *f = sip_find(msg, SIP_RECORD_ROUTE); f;
         f = sip_find_next(msg, f)) {
        struct str rest = f->value;
        while (n < 8 && sip_list_next(&rest, &item[n]) == ERR_OK) {
            n++;
        }
    }
    struct buf b = {0};
    struct sink out = buf_sink(&b);
    for (size_t i = 0; i < n; i++) {
        sink_z(&out, "Route: ");
        sink_str(&out, item[turned ? n - 1 - i : i]);
        sink_z(&out, "\r\n");
    }
    note_set(routes, buf_str(&b));
    buf_clear(&b);
}

/* The dialog that an INVITE or its answer opens. */
static inline void dialog_take(struct phone *p, const struct sip_msg *msg)
{
    struct str remote = sip_value(msg, msg->request ? SIP_FROM : SIP_TO);
    struct str call_id = sip_value(msg, SIP_CALL_ID);
    if (sip_find(msg, SIP_RECORD_ROUTE) == NULL) {
        return;
    }
    snprintf(p->remote, sizeof p->remote, "%.*s", STR_ARG(remote));
    snprintf(p->call_id, sizeof p->call_id, "%.*s", STR_ARG(call_id));
    routes_of(&p->routes, msg, !msg->request);
}

/* What a phone keeps of what it gets. */
static inline void phone_hears(struct phone *p, const struct note *bytes)
{
    struct sip_msg msg;
    if (!read_note(bytes, &msg)) {
        return;
    }
    dialog_take(p, &msg);
    if (msg.request && !str_eq(msg.method, STR("ACK")) && !str_eq(msg.method, STR("CANCEL"))) {
        p->asked = *bytes;
    } else if (!msg.request && msg.status > 100 &&
               str_ends(sip_value(&msg, SIP_CSEQ), STR("INVITE"))) {
        p->answer = *bytes;
    }
}

static inline void world_collect(struct world *w)
{
    struct call_send send;
    while (call_next(w->call, &send)) {
        unsigned to = 0;
        while (to < PHONES && !endpoint_eq(w->phone[to].flow.peer, send.flow.peer)) {
            to++;
        }
        w->lost += to == PHONES;
        if (to == PHONES || w->n_out == SENT) {
            continue;
        }
        struct sent *s = &w->out[w->n_out++];
        s->to = to;
        note_set(&s->bytes, send.bytes);
        phone_hears(&w->phone[to], &s->bytes);
    }
}

/* Forward in time, from deadline to deadline. */
static inline void world_until(struct world *w, usec_t when)
{
    for (unsigned i = 0; i < 10000 && w->n_out < SENT; i++) {
        usec_t due = call_deadline(w->call);
        if (due == USEC_NONE || due > when) {
            w->now = when;
            return;
        }
        w->now = due > w->now ? due : w->now;
        call_on_time(w->call, w->now);
        world_collect(w);
    }
}

/* -- What phones say */

static const char *const via_names[] = {"UDP", "TCP", "TLS"};

static inline void request_head(struct sink *out, struct phone *p, const char *method,
                                const char *uri, unsigned hops)
{
    char at[ENDPOINT_TEXT];
    struct str host = endpoint_write(p->flow.peer, at);
    sink_fmt(out, "%s %s SIP/2.0\r\nVia: SIP/2.0/%s %.*s;branch=z9hG4bK-%s-%u%s;rport\r\n", method,
             uri, via_names[p->flow.transport], STR_ARG(host), p->name, p->cseq,
             strcmp(method, "ACK") == 0 ? "-ack" : "");
    sink_fmt(out, "Max-Forwards: %u\r\nFrom: <sip:%s@example.com>;tag=%s\r\n", hops, p->name,
             p->tag);
    sink_fmt(out, "Call-ID: %s\r\nCSeq: %u %s\r\n", p->call_id, p->cseq, method);
    sink_fmt(out, "Contact: <sip:%s@%.*s>\r\n", p->name, STR_ARG(host));
}

static inline void phone_invites(struct phone *p, const char *method, const char *to, unsigned hops,
                                 const char *more)
{
    char uri[64];
    struct buf b = {0};
    struct sink out = buf_sink(&b);
    snprintf(uri, sizeof uri, "sip:%s@example.com", to);
    p->cseq++;
    request_head(&out, p, method, uri, hops);
    sink_fmt(&out,
             "To: <%s>\r\n%sProxy-Authorization: Digest username=\"a\", realm=\"example.com\"\r\n",
             uri, more);
    sink_z(&out, "Content-Length: 4\r\n\r\nv=0\n");
    note_set(&p->sent, buf_str(&b));
    p->invite = p->sent;
    buf_clear(&b);
}

/* `flip`: one digit of the token is another. */
static inline void phone_says(struct phone *p, const char *method, bool flip, unsigned hops)
{
    struct buf b = {0};
    struct sink out = buf_sink(&b);
    p->sent.len = 0;
    if (p->routes.len == 0) {
        return;
    }
    p->cseq += strcmp(method, "ACK") != 0;
    request_head(&out, p, method, "sip:contact@192.0.2.9", hops);
    sink_fmt(&out, "To: %s\r\n", p->remote);
    struct note routes = p->routes;
    if (flip && routes.len > 40) {
        routes.p[40] = routes.p[40] == '0' ? '1' : '0';
    }
    sink_str(&out, note_str(&routes));
    sink_z(&out, "Content-Length: 0\r\n\r\n");
    note_set(&p->sent, buf_str(&b));
    buf_clear(&b);
}

/* CANCEL, or the ACK of an answer other than 2xx: Via and CSeq of the INVITE. */
static inline void phone_follows(struct phone *p, const char *method)
{
    struct sip_msg msg, answer;
    struct buf b = {0};
    struct sink out = buf_sink(&b);
    if (!read_note(&p->invite, &msg)) {
        return;
    }
    bool answered = strcmp(method, "ACK") == 0 && read_note(&p->answer, &answer);
    struct str to = sip_value(answered ? &answer : &msg, SIP_TO);
    sink_fmt(&out, "%s %.*s SIP/2.0\r\nVia: %.*s\r\nFrom: %.*s\r\nTo: %.*s\r\nCall-ID: %s\r\n",
             method, STR_ARG(msg.uri), STR_ARG(sip_value(&msg, SIP_VIA)),
             STR_ARG(sip_value(&msg, SIP_FROM)), STR_ARG(to), p->call_id);
    struct str number =
        str_head(sip_value(&msg, SIP_CSEQ), str_chr(sip_value(&msg, SIP_CSEQ), ' '));
    sink_fmt(&out, "CSeq: %.*s %s\r\nContent-Length: 0\r\n\r\n", STR_ARG(number), method);
    note_set(&p->sent, buf_str(&b));
    buf_clear(&b);
}

static inline void phone_answers(struct phone *p, unsigned status)
{
    struct sip_msg msg;
    struct buf b = {0};
    struct sink out = buf_sink(&b);
    if (!read_note(&p->asked, &msg)) {
        return;
    }
    struct sip_reply reply = {.request = &msg, .status = status, .to_tag = str_z(p->tag)};
    sip_reply_begin(&out, &reply);
    for (const struct sip_field *f = sip_find(&msg, SIP_RECORD_ROUTE); f;
         f = sip_find_next(&msg, f)) {
        sip_field_put(&out, SIP_RECORD_ROUTE, f->value);
    }
    sip_field_fmt(&out, SIP_CONTACT, "<sip:%s@192.0.2.9>", p->name);
    sip_body_put(&out, str_of(NULL, 0), str_of(NULL, 0));
    note_set(&p->sent, buf_str(&b));
    buf_clear(&b);
}

/* What `p` has ready goes to the proxy; `targets`: bit per phone, for a request out of a dialog. False: the
 * proxy says that it has nothing to do with it. */
static inline bool world_send(struct world *w, struct phone *p, unsigned targets)
{
    struct sip_msg msg;
    struct call_target t[PHONES];
    struct call_from from = phone_from(p);
    char contact[PHONES][40];
    size_t n = 0;
    bool taken = true;
    struct err_at at;
    if (!read_note(&p->sent, &msg) || sip_check(&msg, &at) != ERR_OK) {
        return false;
    }
    for (unsigned i = 0; i < PHONES; i++) {
        if (targets & 1u << i) {
            snprintf(contact[n], sizeof *contact, "sip:%s@192.0.2.%u", w->phone[i].name, i + 1);
            t[n] = (struct call_target){str_z(contact[n]), w->phone[i].flow, 1000};
            n++;
        }
    }
    if (!msg.request) {
        call_on_response(w->call, &from, &msg, w->now);
    } else if (n != 0) {
        call_on_request(w->call, &from, &msg, t, n, w->now);
    } else {
        taken = call_on_again(w->call, &from, &msg, w->now) ||
                call_on_in_dialog(w->call, &from, &msg, w->now);
    }
    world_collect(w);
    return taken;
}

#endif
