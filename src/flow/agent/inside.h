/* Between the files of this module. */
#ifndef FLOW_AGENT_INSIDE_H
#define FLOW_AGENT_INSIDE_H

#include "base/hash.h"
#include "base/random.h"
#include "base/sink.h"
#include "flow/agent/agent.h"
#include "proto/digest/digest.h"
#include "proto/sip/sip.h"
#include "proto/sip/sip_core.h"
#include "proto/sip/sip_frame.h"
#include "proto/sip/sip_param.h"
#include "proto/sip/sip_reply.h"

enum {
    WORK_QUEUE = 64,         /* actions of one event at most */
    WORK_TEXT = 96 * 1024,   /* bytes that they say */
    AUTH_MOST = 4096,        /* bytes of credentials that we write */
    NONCE_LIFE = 60,         /* s: of challenges of ours */
    CALL_INVITE_MOST = 8192, /* bytes of an INVITE that we answer */
};

struct agent_work {
    const struct agent *owner;
    unsigned n, taken;
    struct buf text; /* all of it is there from the start: views into it stay */
    struct sip_msg msg;
    struct sip_msg second; /* of an INVITE that is looked at again */
    struct agent_action queue[WORK_QUEUE];
};

/* What came of a stream, up to a message's end. */
struct agent_stream {
    struct sip_frame frame;
    struct buf rest;
};

/* What a message from the server is, read so far. */
struct heard {
    const struct sip_msg *msg;
    struct sip_core core; /* requests */
};

/* -- agent.c */
/* Something is told to it now: before anything else. */
void agent_told(struct agent *a, usec_t now);
struct sink agent_out(struct agent *a);
/* One more action; a scratch one where there is no room. */
struct agent_action *agent_push(struct agent *a, enum agent_do what);
/* What was written since `from` leaves as one message. */
void agent_send(struct agent *a, struct sink *s, size_t from);
void agent_disconnect(struct agent *a);
static inline usec_t sooner(usec_t x, usec_t y)
{
    return x == USEC_NONE || (y != USEC_NONE && y < x) ? y : x;
}

/* -- register.c */
void agent_register_begin(struct agent *a);
void agent_register_leave(struct agent *a);
void agent_register_on_names(struct agent *a);
void agent_register_on_open(struct agent *a);
void agent_register_on_closed(struct agent *a);
void agent_register_on_response(struct agent *a, const struct sip_msg *msg, unsigned long cseq);
void agent_register_on_time(struct agent *a);
usec_t agent_register_deadline(const struct agent *a);
/* The server in use is given up for the next one. */
void agent_register_lost(struct agent *a, enum agent_why why, unsigned status);

/* -- retry.c */
/* Whether `status` is in "5??,486". */
bool agent_codes_have(struct str codes, unsigned status);
/* Microseconds to wait; USEC_NONE: no more. `after`: Retry-After in s, 0: none. */
usec_t agent_retry_delay(struct agent *a, enum agent_why why, unsigned status, uint32_t after);
/* From a grant to its refresh. */
usec_t agent_refresh_delay(const struct agent_cfg *cfg, uint32_t granted);
/* Seconds that a 2xx grants to our contact. */
uint32_t agent_granted_read(const struct agent *a, const struct sip_msg *msg);

/* -- auth.c */
/* Credentials for a challenge of `msg` into a->auth. False: none can be answered. */
bool agent_auth_answer(struct agent *a, const struct sip_msg *msg, bool proxy, struct str method,
                       struct str uri);
bool agent_auth_stale(const struct sip_msg *msg, bool proxy);
/* Whether `msg` proves that it comes from who knows the line's password. */
bool agent_auth_proven(struct agent *a, const struct sip_msg *msg);
/* The value of WWW-Authenticate. */
void agent_auth_challenge_write(struct agent *a, struct sink *s);

/* -- write.c */
void agent_write_register(struct agent *a, struct sink *s, uint32_t expires, struct str auth);
/* Hexadecimal digits, at least so many. */
void agent_write_hex(struct sink *s, uint64_t n, unsigned least);
void agent_write_via(const struct agent *a, struct sink *s, uint32_t branch);
void agent_write_contact_uri(const struct agent *a, struct sink *s);
void agent_write_user_agent(const struct agent *a, struct sink *s);
void agent_write_session(const struct agent *a, struct sink *s);
void agent_write_alive(struct agent *a, struct sink *s);
extern const struct str agent_allow, agent_events, agent_supported;

/* -- stream.c */
void agent_stream_on_bytes(struct agent *a, struct str bytes);
void agent_stream_clear(struct agent *a);

/* -- request.c */
void agent_message_on(struct agent *a, struct str bytes);
void agent_reply_begin(struct agent *a, struct sink *s, const struct heard *h, unsigned status);
void agent_reply_plain(struct agent *a, const struct heard *h, unsigned status);
/* Our tag in the dialog of that Call-ID: the same for a request that is sent again. */
void agent_own_tag_put(const struct agent *a, struct sink *s, const struct sip_msg *msg);

/* -- notify.c */
void agent_notify_on(struct agent *a, const struct heard *h);

/* -- call.c */
void agent_call_on_request(struct agent *a, const struct heard *h);
void agent_call_on_response(struct agent *a, const struct sip_msg *msg, uint32_t branch);
void agent_call_on_time(struct agent *a);
usec_t agent_call_deadline(const struct agent *a);
bool agent_call_is(const struct agent *a);
/* Ends without a word; its connection is gone. */
void agent_call_drop(struct agent *a);

#endif
