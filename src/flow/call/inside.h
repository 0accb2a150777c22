/* Between the files of this module. A request that came in is a `struct in` (server transaction and
 * response context, RFC 3261 16.2, 17.2), each copy sent on a `struct out` (client transaction, 17.1). */
#ifndef FLOW_CALL_INSIDE_H
#define FLOW_CALL_INSIDE_H

#include "base/sink.h"
#include "base/wheel.h"
#include "flow/call/call.h"

/* RFC 3261 17.1.1.1, 17.1.2.2 and 16.6 step 11: Timer C is more than three minutes. */
#define CALL_T1 (500 * USEC_MS)
#define CALL_T2 (4 * USEC_S)
#define CALL_T4 (5 * USEC_S)
#define CALL_LONG (64 * CALL_T1) /* Timers B, F, H, J, L, M, and D over UDP */
#define CALL_TIMER_C (185 * USEC_S)
/* A non-INVITE is answered 100 when Timer E has reached T2, not before (RFC 4320 4.1). */
#define CALL_LATE (7 * CALL_T1)

enum { CALL_LISTENERS = 256, CALL_TAG = 16, CALL_BRANCH_TEXT = 64 };

/* What is timed: `again`, when something is sent once more and `step` later again; `over`, when it ends.
 * USEC_NONE: not. */
struct timed {
    struct wheel_entry entry; /* first: the wheel gives it back */
    bool is_out;
    usec_t again, step, over;
};

/* A transaction that hangs on a connection, to be found when that closes. */
struct tie {
    struct tie *next, **prev; /* prev NULL: it hangs on none (UDP) */
    struct timed *owner;
};

/* A copy of text that a transaction owns; counted against the memory of all. */
struct text {
    char *p;
    size_t len;
};

enum in_state {
    IN_PROCEEDING, /* no final answer yet (Trying too) */
    IN_COMPLETED,
    IN_CONFIRMED, /* INVITE: ACK seen */
    IN_ACCEPTED,  /* INVITE: 2xx went up (RFC 6026 7.1) */
};

struct in {
    struct timed timed;
    struct tie tie;
    struct in *chain; /* of the same bucket */
    uint64_t key;
    struct flow flow;
    struct endpoint local;
    enum in_state state;
    bool invite;
    bool dialog; /* it came by a token of ours */
    bool lost;   /* the caller's connection is gone: nothing is sent */
    bool done;   /* its own time is over; it goes with its last copy */
    struct text request;
    struct text last;     /* the answer that a retransmission gets */
    unsigned best_status; /* 0: none yet */
    struct text best;     /* empty: made by us */
    struct out *outs;
};

enum out_state {
    OUT_CALLING, /* nothing heard (Trying too) */
    OUT_PROCEEDING,
    OUT_COMPLETED,
    OUT_ACCEPTED, /* INVITE: 2xx (RFC 6026 7.2) */
};

enum cancel_why { CANCEL_NO, CANCEL_CALLER, CANCEL_ELSEWHERE, CANCEL_TIME };

struct out {
    struct timed timed;
    struct tie tie;
    struct out *chain; /* of the same bucket */
    struct out *next;  /* of the same request */
    struct in *in;
    uint64_t id; /* in its branch */
    struct flow flow;
    enum out_state state;
    enum cancel_why cancel; /* asked for; sent when `cancelling` holds it */
    usec_t timer_c;
    struct text request;
    struct text cancelling;
};

struct queued {
    struct flow flow;
    size_t at, len; /* in the text of the queue */
};

struct call {
    struct call_cfg cfg;
    struct endpoint local[CALL_LISTENERS];
    struct wheel wheel;
    uint64_t serial; /* of branches */
    uint64_t seed;
    size_t n;     /* transactions */
    size_t bytes; /* that their texts hold */
    size_t mask;  /* buckets - 1 */
    struct in **ins;
    struct out **outs;
    struct tie **ties;
    struct buf scratch; /* one message while it is written */
    struct buf text;    /* of what is to be sent */
    struct queued *queue;
    size_t n_queue, room, taken;
};

/* -- table.c: memory, keys, timers, the queue */
bool call_text_set(struct call *c, struct text *t, struct str s);
static inline struct str text_str(const struct text *t)
{
    return str_of(t->p, t->len);
}
/* NULL: the table is full, or no memory. */
struct in *in_new(struct call *c, const struct call_from *from, const struct sip_msg *msg);
void in_free(struct call *c, struct in *in);
/* The one that `msg` belongs to: its retransmission, its ACK, its CANCEL. */
struct in *in_find(const struct call *c, const struct call_from *from, const struct sip_msg *msg);
struct out *out_new(struct call *c, struct in *in, const struct flow *flow);
void out_free(struct call *c, struct out *out);
struct out *out_find(const struct call *c, struct str branch);
void tie_to(struct call *c, struct tie *tie, const struct flow *flow);
struct tie **tie_chain(const struct call *c, const struct flow *flow);
void timed_set(struct call *c, struct timed *t);
void send_to(struct call *c, const struct flow *flow, struct str bytes);
uint64_t hash_more(const struct call *c, uint64_t h, struct str s);

static inline bool is_stream(const struct flow *flow)
{
    return flow->transport != TRANSPORT_UDP;
}
static inline bool same_connection(const struct flow *a, const struct flow *b)
{
    return a->worker == b->worker && a->slot == b->slot && a->serial == b->serial;
}
/* A connection that is known to be gone. */
static inline bool is_dead(const struct flow *flow)
{
    return is_stream(flow) && flow->serial == 0;
}
static inline bool is_due(usec_t when, usec_t now)
{
    return when != USEC_NONE && when <= now;
}

/* -- token.c: what Record-Route says (RFC 5626 5.2, RFC 5658) */
enum token_kind {
    TOKEN_NONE, /* no token at all */
    TOKEN_BAD,  /* changed, or of another dialog */
    TOKEN_OK,
};

/* A dialog has two, each naming one side. */
struct token {
    bool to_caller; /* it leads to who opened the dialog; else to who was called */
    struct flow flow;
};

enum { TOKEN_TEXT = 96 };
/* Empty when the library refuses. */
struct str token_write(const struct call *c, const struct token *t, struct str call_id,
                       struct str caller_tag, char out[TOKEN_TEXT]);
/* `user` of a Route in `msg`. `back`: it must lead to who sends `msg`, else to the other side. */
enum token_kind token_read(const struct call *c, struct str user, const struct sip_msg *msg,
                           bool back, struct token *ret_token);

/* What the Route fields of a request say about us. */
struct route {
    enum token_kind kind;
    struct token token; /* TOKEN_OK */
    unsigned off;       /* values that are ours, from the top */
};
void route_read(const struct call *c, const struct sip_msg *msg, struct route *ret_route);

/* -- text.c: messages of our own, and those passed on; all into c->scratch, empty when it failed */
struct forward {
    const struct sip_msg *msg;
    struct str uri; /* empty: as it is */
    unsigned routes_off;
    bool record; /* opens a dialog: Record-Route */
};
struct str text_forward(struct call *c, const struct call_from *from, uint64_t id,
                        const struct flow *to, const struct forward *f);
/* The branch of an ACK that passes without a transaction comes of an id that nobody has. */
uint64_t text_id(struct call *c);
struct str text_response(struct call *c, const struct sip_msg *msg);
struct str text_reply(struct call *c, const struct call_from *from, const struct sip_msg *msg,
                      unsigned status);
struct str text_cancel(struct call *c, const struct out *out);
struct str text_ack(struct call *c, const struct out *out, const struct sip_msg *response);
/* Whether a Via of ours shows that this very request was here before (16.3 step 4, RFC 5393 4.2). */
bool text_looped(const struct call *c, const struct sip_msg *msg);

/* -- in.c: the server transaction */
void in_provisional(struct call *c, struct in *in, struct str bytes);
void in_final(struct call *c, struct in *in, unsigned status, struct str bytes, usec_t now);
/* A final answer of our own. */
void in_answer(struct call *c, struct in *in, unsigned status, usec_t now);
void in_again(struct call *c, struct in *in);
void in_on_ack(struct call *c, struct in *in, usec_t now);
void in_on_time(struct call *c, struct in *in, usec_t now);
/* Ends it where nothing more can come. */
void in_release(struct call *c, struct in *in);

/* -- out.c: the client transaction */
void out_start(struct call *c, struct out *out, usec_t now);
void out_on_response(struct call *c, struct out *out, const struct sip_msg *msg, usec_t now);
void out_cancel(struct call *c, struct out *out, enum cancel_why why, usec_t now);
/* No answer will come. */
void out_fail(struct call *c, struct out *out, unsigned status, usec_t now);
void out_on_time(struct call *c, struct out *out, usec_t now);

/* -- fork.c: the response context (16.6, 16.7, 16.10) */
void fork_start(struct call *c, const struct call_from *from, struct in *in,
                const struct forward *f, const struct call_target *targets, size_t n, usec_t now);
void fork_provisional(struct call *c, struct in *in, const struct sip_msg *msg);
void fork_success(struct call *c, struct out *out, const struct sip_msg *msg, usec_t now);
/* A final answer other than 2xx; `msg` NULL: there is none and this status stands for it. */
void fork_failure(struct call *c, struct in *in, unsigned status, const struct sip_msg *msg,
                  usec_t now);
void fork_settle(struct call *c, struct in *in, usec_t now);
void fork_cancel(struct call *c, struct in *in, const struct out *but, enum cancel_why why,
                 usec_t now);

#endif
