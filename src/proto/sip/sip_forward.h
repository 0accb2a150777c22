/* A message copied on with changes, as a proxy makes them (RFC 3261 16.6, 16.7). Everything that is not
 * named is copied as it stands, byte for byte, in its order; unknown fields and bodies included. */
#ifndef PROTO_SIP_FORWARD_H
#define PROTO_SIP_FORWARD_H

#include "base/addr.h"
#include "base/sink.h"
#include "proto/sip/sip.h"

struct sip_forward {
    const struct sip_msg *msg; /* read by sip_read; a missing Content-Length is put in (18.3) */
    /* Requests. */
    struct str uri;          /* new Request-URI; empty: as it is */
    struct str via;          /* put on top, the whole value; empty: none */
    struct endpoint source;  /* received and rport of the Via below it; family 0: as it is */
    struct str record_route; /* put on top, the whole value with <>; empty: none */
    unsigned routes_off;     /* so many Route values are taken from the top */
    unsigned max_forwards;   /* the new value */
    struct str drop_realm; /* Proxy-Authorization of this realm is taken out (22.3); empty: none */
    /* Responses: the top Via is taken off. */
};

/* ERR_MALFORMED, with nothing written: there are fewer Routes than must go, or no Via would be left of a
 * response (16.7 step 3: it was for us). Otherwise the sink's error. */
enum err sip_forward_write(struct sink *out, const struct sip_forward *f) MUST_CHECK;

#endif
