/* A DHCP message inside of UDP and IPv4, for sockets below the routing table: a client without an
 * address has no other way (RFC 2131 4.1). */
#ifndef PROTO_DHCP_FRAME_H
#define PROTO_DHCP_FRAME_H

#include "base/addr.h"
#include "base/err.h"

enum { DHCP_FRAME_HEAD = 28 }; /* bytes before the message: IPv4 without options, UDP */

struct dhcp_frame {
    struct endpoint src, dst; /* IPv4 */
    struct str payload;
};

/* Writes the packet with its checksums. ERR_LIMIT when `cap` bytes are too few, or it is longer than
 * IPv4 allows. */
enum err dhcp_frame_write(const struct dhcp_frame *f, void *ret_bytes, size_t cap,
                          size_t *ret_len) MUST_CHECK;
/* Reads a packet that begins with its IPv4 header; what follows its length is padding. The checksum
 * of UDP is not looked at: within one host it is never filled in. ERR_MALFORMED: not IPv4, header
 * damaged, cut short; ERR_MISSING: a fragment, or not UDP. */
enum err dhcp_frame_read(struct str packet, struct dhcp_frame *ret_frame,
                         struct err_at *reterr_at) MUST_CHECK;

#endif
