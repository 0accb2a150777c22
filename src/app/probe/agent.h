/* A SIP user agent that asks one thing at a time over a connection that stands (RFC 3261 8.1, 17.1.2, 18). */
#ifndef APP_PROBE_AGENT_H
#define APP_PROBE_AGENT_H

#include "app/probe/connect.h"
#include "flow/dissect/dissect.h"
#include "proto/digest/digest.h"
#include "proto/sip/sip.h"
#include "proto/sip/sip_via.h"
#include "proto/sip/sip_write.h"

enum {
    AGENT_ROOM = 65536,
    AGENT_WORD = 40,
    AGENT_URI = 400,
    AGENT_TIMER_F = 16000, /* ms: phones give up a request after it (64*T1 of 250 ms) */
};

enum probe_agent_end {
    AGENT_ANSWERED, /* `msg` is set */
    AGENT_SILENT,
    AGENT_BROKEN, /* the connection ended, or what came was no SIP: `text` */
    AGENT_HELD,   /* leave to send was not given */
};

/* What a request is for: an answer is told as a fact only where it says something of a phone's journey. */
enum probe_agent_matter {
    AGENT_JOURNEY, /* all but a 423 that a phone copes with */
    AGENT_MADE_UP, /* the user does not exist: what holds for every user */
    AGENT_REMOVAL, /* of a binding that no phone would have made: what went well */
};

struct probe_agent {
    struct probe *p;
    struct probe_line *line;
    struct dissect dissect; /* messages into facts */
    enum probe_agent_matter matter;
    usec_t when; /* date of the message that is told */
    char call_id[AGENT_WORD], tag[AGENT_WORD], branch[AGENT_WORD];
    char sent_by[ENDPOINT_TEXT];
    char domain_uri[AGENT_URI]; /* "sip:sip.example.com" */
    char user_uri[AGENT_URI];   /* "sip:1001@sip.example.com" */
    char contact[AGENT_URI];
    struct str user_agent;
    uint32_t cseq;
    /* Of the last answer, until the next request. */
    struct sip_msg msg;
    char *message; /* [AGENT_ROOM], owned: what `msg` views */
    size_t message_len;
    char *in; /* [AGENT_ROOM], owned: what came and was not read yet */
    size_t in_len;
    int64_t ms;
    char text[160];
    /* What the server saw of us, where it says so (RFC 3261 18.2.1, RFC 3581). */
    char received[ADDR_TEXT];
    unsigned rport;
    bool rewritten; /* a Via came back with another host than was sent */
};

/* `user`: NULL for a made-up one. ERR_MEMORY. */
enum err probe_agent_init(struct probe_agent *a, struct probe *p, struct probe_line *line,
                          const char *user) MUST_CHECK;
void probe_agent_clear(struct probe_agent *a);
/* Sends the request (its dialogue fields are filled in) and waits for its final answer, sending again over UDP. */
enum probe_agent_end probe_agent_ask(struct probe_agent *a, struct sip_request *r,
                                     unsigned wait_ms);
/* OPTIONS for the domain. */
enum probe_agent_end probe_agent_options(struct probe_agent *a, unsigned wait_ms);
/* REGISTER: with `expires` < 0 without a contact, which asks and changes nothing (RFC 3261 10.2.3). `authorization` may be empty. */
enum probe_agent_end probe_agent_register(struct probe_agent *a, int64_t expires,
                                          struct str authorization, bool proxy, unsigned wait_ms);
/* The challenge of the last answer that can be answered, the first of several (RFC 8760 2.4). */
bool probe_agent_challenge(const struct probe_agent *a, struct digest *ret_d, bool *ret_proxy);
/* The lifetime that the last answer grants our contact; -1 not told. */
int64_t probe_agent_granted(const struct probe_agent *a);

#endif
