/* What a phone tells about itself in Session-ID (RFC 7989) and User-Agent. */
#ifndef PROTO_SIP_IDENTITY_H
#define PROTO_SIP_IDENTITY_H

#include "base/mac.h"

struct sip_session {
    struct str local;  /* 32 hexadecimal digits */
    struct str remote; /* the same, or empty */
};

/* Session-ID: "LOCAL;remote=REMOTE". False when LOCAL is not 32 hexadecimal digits. */
bool sip_session_read(struct str value, struct sip_session *ret_session);
/* The MAC address in a Session-ID half as Cisco phones make it: ".{8}00105000a000" and 12 digits.
 * Seen in logs, not documented. */
bool sip_session_mac(struct str half, struct mac *ret_mac);

struct sip_agent {
    struct str product;  /* "Cisco-CP-8865-3PCC" */
    struct str model;    /* "CP-8865-3PCC": without "Cisco-" */
    struct str firmware; /* "12.0.2"; may be empty */
    bool has_mac;
    struct mac mac;
    struct str mac_text; /* the digits as they stand in the value, to point at or to redact */
};

/* User-Agent of a phone, SIP or HTTP:
 *
 *     Cisco-CP-8865-3PCC/12.0.2_MAC_UUID_UUID
 *     Cisco-CP-8865-3PCC/12.0.2 (MAC)
 *
 * The last UUID starts with the MAC when it ends as the other does; MAC itself may be missing or
 * redacted. False when there is no "product/version" at the start. */
bool sip_agent_read(struct str value, struct sip_agent *ret_agent);

#endif
