/* Writing a SIP request without a body (RFC 3261 7.1, 8.1.1). */
#ifndef PROTO_SIP_WRITE_H
#define PROTO_SIP_WRITE_H

#include "base/sink.h"

enum { SIP_EXPIRES_NONE = -1 };

/* Empty views leave their field out. Nothing is checked but that no value holds a line end. */
struct sip_request {
    struct str method;
    struct str uri;       /* Request-URI */
    struct str transport; /* of the Via: "TLS", "TCP", "UDP" */
    struct str sent_by;   /* "192.0.2.10:5061" */
    struct str branch;    /* with z9hG4bK (8.1.1.7) */
    bool rport;           /* ask for it (RFC 3581 3) */
    struct str from;      /* a URI */
    struct str from_tag;
    struct str to; /* a URI */
    struct str call_id;
    uint32_t cseq;      /* below 2^31 (8.1.1.5) */
    struct str contact; /* a URI */
    int64_t expires;    /* seconds, of Contact and Expires; SIP_EXPIRES_NONE */
    struct str user_agent;
    struct str accept;
    struct str authorization; /* the whole value */
    bool proxy;               /* it answers a 407: Proxy-Authorization */
};

/* ERR_MALFORMED: a value holds CR, LF or NUL. Otherwise the sink's error. */
enum err sip_request_write(struct sink *out, const struct sip_request *r) MUST_CHECK;

#endif
