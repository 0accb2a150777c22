/* IP packets put together from their fragments (RFC 791 3.2, RFC 8200 4.5). What came first wins
 * over what overlaps it later. */
#ifndef FLOW_STREAM_FRAGMENT_H
#define FLOW_STREAM_FRAGMENT_H

#include "base/time.h"
#include "flow/stream/budget.h"
#include "proto/packet/packet.h"

enum {
    FRAGMENT_PACKETS_MOST = 32, /* packets that are put together at a time */
    FRAGMENT_BYTES_MOST = 65535,
    FRAGMENT_SECONDS = 60, /* RFC 8200 4.5; then what came is forgotten */
};

struct fragment_packet;

struct fragments {
    struct fragment_packet *packets[FRAGMENT_PACKETS_MOST]; /* owned; NULL or not in use: free */
    uint64_t round;                                         /* counts the calls */
    uint64_t incomplete;                                    /* packets given up */
};

/* Set to zero at first. Takes a packet with p->fragment. True when it completes one: then *p is the
 * whole, whose payload is good until the next call. `now` may be USEC_NONE. */
bool fragments_on(struct fragments *f, struct budget *b, struct packet *p, usec_t now);
/* Gives the memory back; what is not complete is counted. */
void fragments_clear(struct fragments *f, struct budget *b);

#endif
