/* Session descriptions as SIP carries them (RFC 4566): the audio of an offer, and one to answer or offer with (RFC 3264). */
#ifndef PROTO_SDP_H
#define PROTO_SDP_H

#include "base/addr.h"
#include "base/err.h"
#include "base/sink.h"

enum sdp_way { SDP_SENDRECV, SDP_SENDONLY, SDP_RECVONLY, SDP_INACTIVE };

enum { SDP_FORMATS = 16, SDP_NO_EVENTS = 255 };

/* The first audio stream over plain RTP. */
struct sdp {
    struct endpoint at; /* where its side hears; ip unset: on hold in the old way (RFC 3264 8.4) */
    enum sdp_way way;   /* seen from its side */
    uint8_t format[SDP_FORMATS]; /* payload types below 128, in their order */
    unsigned n;
    uint8_t events;       /* payload type of telephone-event (RFC 4733); SDP_NO_EVENTS */
    unsigned streams;     /* m= lines in all */
    unsigned audio_index; /* which of them it is */
};

/* ERR_MALFORMED: no v=0, or a line that is none. ERR_MISSING: no such stream that is switched on. */
enum err sdp_read(struct str text, struct sdp *ret_sdp, struct err_at *reterr_at) MUST_CHECK;

struct sdp_write {
    uint32_t session, version; /* of o= */
    struct endpoint at;
    enum sdp_way way;
    uint8_t format[SDP_FORMATS]; /* of 0, 8, 9 */
    unsigned n;
    uint8_t events;   /* SDP_NO_EVENTS: none */
    unsigned streams; /* m= lines in all: an answer has as many as its offer (RFC 3264 6); 0: one */
    unsigned audio_index; /* the others are switched off */
};

void sdp_write(struct sink *out, const struct sdp_write *w);

#endif
