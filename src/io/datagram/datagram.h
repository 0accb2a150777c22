/* A UDP socket that few datagrams go through and of which there may be many: a phone's SIP or RTP port. One system call each, nothing
 * is kept; io/udp is for servers. */
#ifndef IO_DATAGRAM_DATAGRAM_H
#define IO_DATAGRAM_DATAGRAM_H

#include "base/addr.h"
#include "io/loop/loop.h"

struct datagram;
/* `bytes` until it returns. May free the socket. */
typedef void datagram_on(void *ctx, struct endpoint peer, struct str bytes);

/* Bound to `ip` and the first free port of `least` to `most` that is even where `step` is 2; any where none of them is free, or both
 * are 0. Not shared. ERR_IO: errno; ERR_MEMORY. */
enum err datagram_new(struct loop *l, struct addr ip, uint16_t least, uint16_t most, unsigned step,
                      datagram_on *fn, void *ctx, struct datagram **ret) MUST_CHECK;
struct endpoint datagram_local(const struct datagram *d);
/* What the kernel does not take is lost, as on any way. */
void datagram_send(struct datagram *d, struct endpoint to, struct str bytes);
void datagram_free(struct datagram *d);

#endif
