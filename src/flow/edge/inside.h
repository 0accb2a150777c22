/* The parts of the edge. Inside the module only. */
#ifndef FLOW_EDGE_INSIDE_H
#define FLOW_EDGE_INSIDE_H

#include "base/arena.h"
#include "flow/call/call.h"
#include "flow/edge/edge.h"
#include "flow/edge/nonce.h"
#include "flow/edge/replies.h"
#include "flow/guard/guard.h"
#include "proto/digest/digest.h"
#include "proto/sip/sip_contact.h"
#include "proto/sip/sip_core.h"
#include "proto/sip/sip_reply.h"

/* -- What is to be done (out.c): a queue, and the bytes it points at. Both are used again and again. */
struct out_action {
    enum edge_do what;
    struct flow flow;
    size_t start, len; /* bytes in text; EDGE_FIND: the user */
    const struct fact *fact;
    uint32_t ticket;
};

struct out {
    struct out_action *list; /* owned */
    size_t n, cap, at;
    struct buf text;
    struct arena facts;
};

/* A request that was read. */
struct request {
    const struct edge_from *from;
    const struct sip_msg *msg;
    struct sip_core core;
    bool read; /* all of core is known; else the topmost Via at most */
    struct str call_id;
    struct str user; /* whose it is: of To for REGISTER, else of From; no escapes */
    char user_text[ACCOUNT_USER_MOST];
    uint64_t key; /* of its transaction */
};

struct notice; /* a client transaction (notify.c) */
enum { NOTICE_LISTS = 256 };
struct notices {
    struct notice *list[NOTICE_LISTS]; /* owned; by number */
    size_t n;
    uint64_t made;
    usec_t due; /* when the first of them is, or before; USEC_NONE: there is none */
};

struct waiting; /* a request that waits for its targets (relay.c) */
struct waitings {
    struct waiting *first; /* owned, newest first */
    size_t n;
    uint32_t made;
};

struct refusals; /* refusals of the last minute (refused.c) */

struct edge {
    struct edge_cfg cfg;
    uint64_t random;
    usec_t now;
    usec_t started;
    struct accounts *accounts;
    struct bindings *bindings;
    struct call *call;
    struct out out;
    struct nonces nonces;
    struct guard guard;
    struct replies replies;
    struct notices notices;
    struct waitings waitings;
    struct refusals *refusals;
    size_t sha256; /* accounts that are offered SHA-256 */
    unsigned load;
    uint32_t drain; /* s; 0: not */
    usec_t date;    /* the second that date_text shows */
    char date_text[32];
    struct digest_a2 a2;  /* of the credentials before */
    struct sip_msg msg;   /* the one being read */
    struct sip_msg other; /* one read in between */
    struct str bytes;     /* of msg */
    uint64_t count[EDGE_COUNTS];
};

uint64_t edge_random(struct edge *e);
/* One of many numbers that belong to `x`. */
uint64_t edge_stir(uint64_t x, uint64_t step);
/* Whether the method is known here; another is 501. */
bool edge_knows_method(struct str name);

/* -- out.c */
/* A new round: what was handed out is forgotten. */
void edge_out_begin(struct edge *e, usec_t now);
/* Writes behind what is there; `start` of the functions below is out.text.len before. */
struct sink edge_out_sink(struct edge *e);
void edge_out_send(struct edge *e, const struct flow *flow, size_t start);
void edge_out_close(struct edge *e, const struct flow *flow);
void edge_out_store(struct edge *e, enum binding_change change, struct str user,
                    const struct binding *b);
void edge_out_find(struct edge *e, struct str user, uint32_t ticket);
void edge_out_tell(struct edge *e, const struct fact *f);

/* -- told.c: facts for the journal */
struct told {
    struct fact fact;
    char numbers[6][STR_NUMBER];
    unsigned n;
    char addr[ADDR_TEXT];
    char mac[MAC_TEXT];
};
void told_begin(struct told *t, enum fact_kind kind, struct str state);
void told_number(struct told *t, enum field field, int64_t n);
/* user, and the MAC of the account where `a` is not NULL. */
void told_user(struct told *t, struct str user, const struct account *a);
/* server, port, transport: where it came from. */
void told_flow(struct told *t, const struct flow *flow);
void told_text(struct told *t, enum field field, struct str text);
void told_end(struct edge *e, struct told *t);
/* A binding began or ended. */
void told_binding(struct edge *e, enum fact_kind kind, struct str state, const struct account *a,
                  const struct binding *b);

/* -- refused.c: refusals become one row per source, status, user and minute */
enum err refusals_new(struct refusals **ret) MUST_CHECK;
void refusals_free(struct refusals *r);
void edge_refused(struct edge *e, const struct request *q, unsigned status, struct str why);
void refusals_on_time(struct edge *e);
usec_t refusals_deadline(const struct refusals *r);

/* -- reply.c: answers */
struct reply {
    const struct request *q;
    size_t start;
    struct sink out;
    unsigned status;
    char tag_text[40];
    struct str tag; /* of To, where the request had none */
};
/* Up to the fields that every answer of ours has. `reason` empty: the standard's. */
void reply_begin(struct edge *e, struct reply *r, const struct request *q, unsigned status,
                 struct str reason);
/* Ends it, keeps it for retransmissions, sends it. */
void reply_end(struct edge *e, struct reply *r);
/* All of it; a refusal is told. `why`: for the journal; empty: the reason. */
void reply_refuse(struct edge *e, const struct request *q, unsigned status, struct str reason,
                  struct str why);
void reply_allow(struct reply *r);
/* Where an answer to `q` goes (RFC 3261 18.2.2, RFC 3581 4). */
struct flow reply_flow(const struct edge *e, const struct request *q);
/* "Mon, 04 Sep 2023 22:51:08 GMT" of e->now. */
struct str reply_date(struct edge *e);
/* The tag that belongs to a Call-ID, the same each time. */
struct str reply_tag(struct edge *e, struct str call_id, char text[16]);
/* "<sip:192.0.2.1:5060;transport=tcp>": how we are reached by who talks over `flow` to `local`. */
void reply_contact(struct edge *e, struct sink *out, const struct flow *flow,
                   struct endpoint local);
/* 503 with a Retry-After that differs from phone to phone. */
void reply_shed(struct edge *e, const struct request *q, enum edge_count what);
extern const struct str reply_events; /* what SUBSCRIBE may ask for */

/* -- request.c */
/* Reads what every request needs. False: it was answered or dropped. */
bool request_read(struct edge *e, struct request *q, const struct edge_from *from,
                  const struct sip_msg *msg);
/* A text that could not be read as a message: 400 where there is enough for it. */
void request_broken(struct edge *e, const struct edge_from *from, struct str bytes, unsigned status,
                    struct str why);
/* No extension is required of us, no body that has to be understood (RFC 3261 8.2.2.3, 8.2.3). False: answered. */
bool request_is_understood(struct edge *e, const struct request *q);
/* The same of one field: Require, or Proxy-Require (16.3). */
bool request_requires_nothing(struct edge *e, const struct request *q, enum sip_header id);
/* Whether it is a host whose users are ours. */
bool request_is_domain(const struct edge *e, const struct request *q, const struct sip_uri *uri);

/* -- auth.c */
enum auth {
    AUTH_RIGHT,
    AUTH_DONE, /* it was answered, or dropped */
};
struct auth_use {
    uint32_t nc;
    usec_t made; /* the nonce; USEC_NONE: not known */
};
/* Whether `q` proves to be account `a`'s (NULL: there is no such account); answers it otherwise. `proxy`: 407. */
enum auth auth_check(struct edge *e, const struct request *q, struct account *a, bool proxy,
                     struct auth_use *ret_use);
/* The account has a binding with this flow. */
bool auth_is_known_flow(const struct edge *e, const struct account *a, const struct flow *flow);
bool flow_same(const struct flow *a, const struct flow *b);

/* -- register.c, bind.c */
void edge_register_on(struct edge *e, const struct request *q);
enum { CONTACTS_MOST = 32 };
struct contacts {
    struct sip_contact list[CONTACTS_MOST];
    struct sip_uri uri[CONTACTS_MOST];
    size_t n;
    bool star;
};
/* ERR_MALFORMED, ERR_LIMIT: *reterr_at. */
enum err contacts_read(const struct sip_msg *msg, struct contacts *ret,
                       struct err_at *reterr_at) MUST_CHECK;
/* Makes the bindings of `a` what `q` asks for, all or nothing. 200, or the status of the refusal with *ret_reason. */
unsigned bind_contacts(struct edge *e, const struct request *q, struct account *a,
                       const struct contacts *c, const struct auth_use *use,
                       struct str *ret_reason);
/* Those whose time is over go, some of them. */
void bind_expire(struct edge *e);
void bind_remove(struct edge *e, struct account *a, uint32_t at, struct str state);
/* What is granted to who asks for `asked` seconds. */
uint32_t bind_grant(struct edge *e, uint32_t asked);

/* -- subscribe.c */
void subscribe_on(struct edge *e, const struct request *q);

/* -- relay.c */
void relay_on(struct edge *e, const struct request *q);
bool relay_on_again(struct edge *e, const struct request *q);
void relay_on_time(struct edge *e);
usec_t relay_deadline(const struct edge *e);
void edge_relay_clear(struct edge *e);
/* What flow/call wants sent becomes actions. */
void relay_drain(struct edge *e);

/* -- notify.c */
struct notice_ask {
    struct str user;  /* of the account; empty: nothing is told, no challenge is answered */
    struct str event; /* what is told as key */
    struct flow flow;
    struct endpoint local;
    struct str uri;      /* Request-URI */
    struct str from, to; /* whole values, with tags */
    struct str call_id;
    uint32_t cseq;
    struct str fields; /* Event, Subscription-State, Content-Type ...: whole lines with CRLF */
    struct str body;
};
void notice_send(struct edge *e, const struct notice_ask *ask);
bool notice_on_response(struct edge *e, const struct sip_msg *msg);
void notice_on_closed(struct edge *e, const struct flow *flow);
void notice_on_time(struct edge *e);
usec_t notice_deadline(const struct edge *e);
void notice_clear(struct edge *e);

static inline usec_t sooner(usec_t a, usec_t b)
{
    return a == USEC_NONE || (b != USEC_NONE && b < a) ? b : a;
}

#endif
