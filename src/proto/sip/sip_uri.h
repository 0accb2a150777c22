/* SIP and SIPS URIs (RFC 3261 19.1); of any other scheme only the scheme is taken off. */
#ifndef PROTO_SIP_URI_H
#define PROTO_SIP_URI_H

#include "base/addr.h"
#include "base/err.h"
#include "base/str.h"

struct sip_uri {
    struct str scheme;
    bool sip;        /* scheme sip or sips; the fields below are set only then */
    bool secure;     /* sips */
    bool has_user;   /* there was a '@' */
    struct str user; /* escapes left as they are; with telephone parameters, if any */
    struct str password;
    struct str host;    /* an IPv6 address without its brackets */
    bool ip6;           /* host stood in brackets */
    unsigned port;      /* 0 where none was given */
    struct str params;  /* from the first ';', for sip_param_next; or empty */
    struct str headers; /* behind the '?', or empty */
    struct str opaque;  /* other schemes: what follows the ':' */
};

/* The whole of `s` as a URI. ERR_MALFORMED with the offset in `s`. */
enum err sip_uri_read(struct str s, struct sip_uri *ret_uri, struct err_at *reterr_at) MUST_CHECK;

/* RFC 3261 19.1.4, with the default transport and port left as written (5060 is not the same as none);
 * phones differ in parameters that both may lack. False as well when one is no SIP URI and the texts differ,
 * and when a parameter or header list is longer than 32 and not the same text. */
bool sip_uri_eq(const struct sip_uri *a, const struct sip_uri *b);
/* The user part with its %XX resolved into `out` (at least u->user.len bytes): "bob" of "%62ob". */
struct str sip_uri_user(const struct sip_uri *u, char *out);

/* `host` (of a URI or a Via) as an address. Three colons in front of a dotted part are two: what RFC 3261's
 * grammar makes of RFC 2373's (RFC 5118 4.10). False: it is a name. */
bool sip_host_addr(struct str host, struct addr *ret_addr);
/* "host", "host:port", "[v6]:port" at the start of `*rest`, which is moved behind it. Blanks round
 * the colon are allowed (RFC 3261 25.1 COLON). Redacted addresses ("151.101.XXX.XXX") are names. */
enum err sip_hostport_next(struct str *rest, struct str *ret_host, bool *ret_ip6,
                           unsigned *ret_port, struct err_at *reterr_at) MUST_CHECK;

#endif
