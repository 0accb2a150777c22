/* Which protocol bytes are, by how they begin. Inside the module only. */
#ifndef FLOW_WIRE_SNIFF_H
#define FLOW_WIRE_SNIFF_H

#include "base/str.h"

enum { SNIFF_MOST = 64 }; /* bytes that always tell */

/* WIRE_TLS, WIRE_HTTP, WIRE_SIP, or WIRE_OTHER for all else. WIRE_UNKNOWN: more bytes tell. Empty
 * lines before the first (keepalives of SIP) are passed. */
unsigned sniff(struct str bytes);
/* Whether a datagram is a SIP message. */
bool sniff_sip(struct str bytes);

#endif
