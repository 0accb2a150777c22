/* Via (RFC 3261 20.42, RFC 3581). */
#ifndef PROTO_SIP_VIA_H
#define PROTO_SIP_VIA_H

#include "base/err.h"
#include "base/str.h"

struct sip_via {
    struct str protocol;  /* "SIP" */
    struct str version;   /* "2.0" */
    struct str transport; /* "TLS", "TCP", "UDP", "WSS" ... as written */
    struct str host;      /* sent-by; an IPv6 address without its brackets */
    bool ip6;
    unsigned port;       /* 0 where none was given */
    struct str params;   /* all of them, from the first ';'; or empty */
    struct str branch;   /* empty without one */
    struct str received; /* without brackets */
    struct str maddr;
    bool has_rport;
    unsigned rport; /* 0: asked for, not yet filled in */
    struct str
        rport_text; /* "rport" or "rport=5060" as written; NULL: it stands in quotes, or not once */
    unsigned ttl;   /* 0 without one */
};

/* The next via-parm of a comma list; `*rest` is moved behind it and its comma. ERR_END when nothing
 * is left. Offsets of *reterr_at count from the start of *rest. */
enum err sip_via_next(struct str *rest, struct sip_via *ret_via,
                      struct err_at *reterr_at) MUST_CHECK;
/* The first via-parm of `value`; what follows it is not read. */
enum err sip_via_read(struct str value, struct sip_via *ret_via,
                      struct err_at *reterr_at) MUST_CHECK;
/* The branch starts with "z9hG4bK" (RFC 3261 8.1.1.7). */
bool sip_via_magic(const struct sip_via *via);

#endif
