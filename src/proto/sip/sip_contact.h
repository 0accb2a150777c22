/* Contact (RFC 3261 20.10). */
#ifndef PROTO_SIP_CONTACT_H
#define PROTO_SIP_CONTACT_H

#include "proto/sip/sip_addr.h"

enum { SIP_Q_NONE = -1 };

struct sip_contact {
    bool star; /* "*": nothing else is set */
    struct sip_addr addr;
    int q; /* thousandths, 0 to 1000; SIP_Q_NONE */
    bool has_expires;
    bool expires_malformed; /* no number: taken as 3600 (RFC 3261 20.10) */
    uint32_t expires;       /* seconds; larger numbers are 2^32-1 (RFC 3261 20.10) */
    bool has_instance;
    struct str instance; /* +sip.instance, the inside of its quotes (RFC 5626 4.1) */
    struct str reg_id;   /* as written (RFC 5626 4.2); empty without one */
};

/* The next contact of a comma list, as sip_addr_next. */
enum err sip_contact_next(struct str *rest, enum sip_mode mode, struct sip_contact *ret_contact,
                          struct err_at *reterr_at) MUST_CHECK;

#endif
