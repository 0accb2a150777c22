/* A DHCP client (RFC 2131 4.4): discovers, takes the first offer, renews, binds anew, gives back. Pure: packets and time in, packets and
 * what became of the lease out.
 *
 *     lease_init(l, &cfg, mac, seed); lease_start(l, now);
 *     lease_on_packet(l, udp_payload, now); lease_on_time(l, now) at lease_deadline(l)
 *     while (lease_next(l, &action)) ... */
#ifndef FLOW_LEASE_LEASE_H
#define FLOW_LEASE_LEASE_H

#include "base/mac.h"
#include "base/time.h"
#include "proto/dhcp/dhcp.h"

enum { LEASE_PACKET = 1500 /* bytes that are sent, or kept of an answer */ };

/* Texts outlive the client. lease_cfg_usual: what phones ask for. */
struct lease_cfg {
    struct str hostname;   /* option 12; may be empty */
    struct str class;      /* option 60, as it stands; may be empty */
    struct str parameters; /* option 55 */
};
void lease_cfg_usual(struct lease_cfg *cfg);

enum lease_state {
    LEASE_OFF,
    LEASE_SELECTING,  /* a DISCOVER is out */
    LEASE_REQUESTING, /* the offer's REQUEST is out */
    LEASE_BOUND,
    LEASE_RENEWING,  /* from T1 on: its server is asked */
    LEASE_REBINDING, /* from T2 on: any server is */
};

enum lease_do_what {
    LEASE_SEND, /* bytes, to, from: no address: below the routing table */
    LEASE_BIND, /* message: the ACK of a new lease or of one renewed */
    LEASE_LOSE, /* NAK, or it ran out: the address is nobody's now. It goes on by itself */
};

struct lease_action {
    enum lease_do_what what;
    struct str bytes;
    struct endpoint to;
    struct addr from;
    const struct dhcp_message *message; /* until the next call */
};

/* The caller's memory; fields are the module's own. */
struct lease {
    const struct lease_cfg *cfg;
    struct mac mac;
    uint64_t random;
    enum lease_state state;
    uint32_t xid;
    unsigned tries;
    bool sends, binds, loses; /* actions that wait */
    usec_t now, began, asked; /* `asked`: when the last REQUEST left: a lease counts from there */
    usec_t again;             /* what is to be done next; USEC_NONE: nothing */
    usec_t t1, t2, expiry;    /* run time; expiry USEC_NONE: never */
    struct addr address, server;
    struct endpoint to;
    size_t out_len;
    uint8_t out[LEASE_PACKET];
    struct dhcp_message message;
    char heard[LEASE_PACKET]; /* its bytes */
};

void lease_init(struct lease *l, const struct lease_cfg *cfg, struct mac mac, uint64_t seed);
void lease_start(struct lease *l, usec_t now);
/* A datagram from port 67 to port 68; what is not for us is passed over. */
void lease_on_packet(struct lease *l, struct str payload, usec_t now);
void lease_on_time(struct lease *l, usec_t now);
usec_t lease_deadline(const struct lease *l); /* USEC_NONE: none */
bool lease_next(struct lease *l, struct lease_action *ret_action);
/* RELEASE where there is a lease; then it is off. */
void lease_release(struct lease *l, usec_t now);

#endif
