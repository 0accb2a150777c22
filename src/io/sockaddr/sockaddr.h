/* Addresses as the system's calls take them. */
#ifndef IO_SOCKADDR_SOCKADDR_H
#define IO_SOCKADDR_SOCKADDR_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/addr.h"

union sockaddr_any {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* An endpoint without an address counts as 0.0.0.0. Returns the length. */
socklen_t sockaddr_put(struct endpoint e, union sockaddr_any *ret);
/* None for other families than IPv4 and IPv6. */
struct endpoint sockaddr_get(const union sockaddr_any *a);
/* The address that this host would send from to there; nothing is sent. False: errno. */
bool sockaddr_own(struct endpoint to, struct addr *ret);

#endif
