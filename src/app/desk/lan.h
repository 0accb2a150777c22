/* A phone's place in a real network: its lease by DHCP on an interface, whose address it is then. */
#ifndef APP_DESK_LAN_H
#define APP_DESK_LAN_H

#include "app/desk/desk.h"

struct lan;

/* Opens the interface (NULL: the only one that is up) for the phone `d`, which stays. ERR_MISSING, ERR_LIMIT: as link_find says;
 * ERR_IO: errno, EPERM without CAP_NET_RAW. */
enum err lan_new(struct loop *l, const char *interface, struct desk *d, uint64_t seed,
                 struct lan **ret) MUST_CHECK;
/* For desk_on: asks for a lease, takes the address. */
void lan_wants_lease(struct lan *lan);
/* ERR_IO: errno, EPERM without CAP_NET_ADMIN. */
enum err lan_takes(struct lan *lan, const struct handset_lease *lease) MUST_CHECK;
/* The phone reboots: its address is gone, nothing is asked until it wants a lease again. */
void lan_down(struct lan *lan);
/* The DHCP server that gave the lease; family 0: none did. */
struct addr lan_server(const struct lan *lan);
/* Gives the lease back, and the address. */
void lan_free(struct lan *lan);

#endif
