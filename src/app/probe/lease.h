/* Asking for a lease without taking one: every server's offer, or, for a host that may not speak below the
 * routing table, what servers tell a host that has an address. */
#ifndef APP_PROBE_LEASE_H
#define APP_PROBE_LEASE_H

#include "app/probe/probe.h"
#include "io/link/link.h"
#include "proto/dhcp/dhcp.h"

enum { LEASE_OFFERS = 16, LEASE_TRIES = 3 };

/* One server's answer. */
struct lease_offer {
    struct addr server; /* option 54, or whence it came */
    struct addr relay;  /* giaddr; 0.0.0.0 on the same segment */
    bool has_from;
    struct mac from;              /* who put it on this segment: the server, or a relay */
    usec_t when;                  /* the date */
    int64_t ms;                   /* since the first question */
    const struct dhcp_message *m; /* in p->arena, with its bytes */
};

struct lease {
    const struct link *link;
    uint8_t type;   /* DHCP_DISCOVER or DHCP_INFORM: what was asked */
    struct mac mac; /* who asks: --mac, or the interface's */
    uint32_t xid;
    uint16_t secs; /* since the first question */
    unsigned sent;
    size_t n;
    struct lease_offer offer[LEASE_OFFERS]; /* the first of each server, in the order of arrival */
    unsigned refused; /* answers that were no DHCP, or of a kind that was not asked for */
};

/* Sends DISCOVERs on a->link from the first to half of --timeout, and listens for as long as --timeout says
 * from the first on: a rogue server may be slow. Nothing is REQUESTed, so no address is taken. ERR_IO with
 * errno: EPERM without CAP_NET_RAW. ERR_MEMORY. */
enum err lease_discover(struct probe *p, struct lease *a) MUST_CHECK;
/* The same by INFORM over UDP, from the interface's address. ERR_IO: EACCES without CAP_NET_BIND_SERVICE,
 * EADDRINUSE while the host's own client holds port 68. ERR_MISSING: the interface has no address. */
enum err lease_inform(struct probe *p, struct lease *a) MUST_CHECK;

/* Facts and rows of what was answered (lease_show.c). */
void lease_tell(struct probe *p, const struct lease *a);
/* Rows of the lease that this host itself holds; false when it shows none. */
bool lease_held(struct probe *p, const struct link *l);

#endif
