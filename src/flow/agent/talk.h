/* A call, and the messages of its dialog. Inside the module only. */
#ifndef FLOW_AGENT_TALK_H
#define FLOW_AGENT_TALK_H

#include "flow/agent/inside.h"

enum { CALL_RINGS = 180 }; /* s; then 480 */

enum call_phase {
    CALL_RINGING,
    CALL_ANSWERED, /* 200 waits for its ACK */
    CALL_TALKING,
    CALL_REFUSED, /* the final answer waits for its ACK */
    CALL_LEAVING, /* BYE waits for its answer */
};

struct agent_calling {
    enum call_phase phase;
    unsigned status; /* of the answer that is sent again */
    struct endpoint media, theirs;
    bool offers; /* the INVITE had no offer: our answer is one */
    bool held;
    uint8_t way; /* enum sdp_way, of ours */
    uint8_t format, events;
    uint8_t streams, audio_index;
    usec_t again, step, over;
    uint32_t cseq, branch, peer_cseq, session, version;
    size_t len;
    char invite[]; /* the first one, as it came */
};

/* Whether `msg` belongs to the call: its Call-ID and the other side's tag. */
bool agent_talk_is(struct agent *a, const struct sip_msg *msg);
/* What an INVITE offers. 0, or the status that refuses it. */
unsigned agent_talk_offer(struct agent *a, const struct sip_msg *msg);
/* The SDP of an ACK, where we made the offer. */
void agent_talk_ack(struct agent *a, const struct sip_msg *msg);
/* The answer of calling->status to the first INVITE; 200 to `h`, one within the dialog. */
void agent_talk_respond(struct agent *a);
void agent_talk_respond_again(struct agent *a, const struct heard *h);
void agent_talk_bye(struct agent *a);

#endif
