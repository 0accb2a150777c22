/* Names of SIP header fields (RFC 3261 20 and its extensions); the one table is sip_header.def. */
#ifndef PROTO_SIP_HEADER_H
#define PROTO_SIP_HEADER_H

#include "base/str.h"

enum sip_header {
#define HEADER(id, name, slot) SIP_##id,
#define COMPACT(id, name, slot, letter) SIP_##id,
#include "proto/sip/sip_header.def"
#undef HEADER
#undef COMPACT
    SIP_HEADER_N, /* how many are known */
    SIP_OTHER = SIP_HEADER_N,
};

/* The header of that name, long or compact, letters in any case; SIP_OTHER when it is not known. */
enum sip_header sip_header_id(struct str name);
/* Where the table has that name (not empty): the slot that sip_header.def must give it. */
unsigned sip_header_slot(struct str name);
/* The long name as the standard spells it; "" for SIP_OTHER. */
struct str sip_header_name(enum sip_header id);

#endif
