/* Network interfaces of this host, and packets on one of them: below the routing table, where a host
 * without address speaks (AF_PACKET), or as UDP where it has one. */
#ifndef IO_LINK_LINK_H
#define IO_LINK_LINK_H

#include "base/addr.h"
#include "base/err.h"
#include "base/mac.h"
#include "base/sink.h"

enum { LINK_NAME = 16, LINK_MOST = 64 };

struct link {
    char name[LINK_NAME];
    unsigned index;
    struct mac mac;
    bool ethernet;       /* has a MAC address */
    bool up;             /* is up and has carrier */
    struct addr address; /* the first of IPv4; none without */
};

/* The interfaces but those that loop back, at most `most` of them, in the order of the system. ERR_IO:
 * errno tells why. */
enum err link_list(struct link *ret, size_t most, size_t *ret_n) MUST_CHECK;
/* The interface called `name`; with NULL the only one with Ethernet that is up. ERR_MISSING: there is
 * none; ERR_LIMIT: without name, there are several. ERR_IO. */
enum err link_find(const char *name, struct link *ret) MUST_CHECK;

/* A socket that gets the IPv4 packets with UDP to port `port` which arrive on the interface, and sends
 * to everybody on it. ERR_IO: errno tells why, EPERM without CAP_NET_RAW. */
enum err link_open(const struct link *l, uint16_t port, int *ret_fd) MUST_CHECK;
/* Sends a packet that begins with its IPv4 header to the Ethernet address of everybody, from the
 * interface's own. ERR_IO. */
enum err link_send(int fd, const struct link *l, struct str packet) MUST_CHECK;
/* Waits up to `ms` milliseconds for a packet: its bytes from the IPv4 header on, cut at `cap`, and the
 * Ethernet address it came from. ERR_END: none came. ERR_IO. */
enum err link_next(int fd, unsigned ms, void *ret_bytes, size_t cap, size_t *ret_len,
                   struct mac *ret_from) MUST_CHECK;

/* A UDP socket on the interface's address and `port`, which may send to everybody. ERR_IO: errno tells
 * why, EACCES for a port below 1024 without CAP_NET_BIND_SERVICE, EADDRINUSE. */
enum err link_udp_open(const struct link *l, uint16_t port, int *ret_fd) MUST_CHECK;
enum err link_udp_send(int fd, struct endpoint to, struct str payload) MUST_CHECK;
/* As link_next: the payload, and whence it came. */
enum err link_udp_next(int fd, unsigned ms, void *ret_bytes, size_t cap, size_t *ret_len,
                       struct endpoint *ret_from) MUST_CHECK;

/* Either socket; -1 is fine. */
void link_close(int fd);

/* Gives the interface this address, and a way out where `router` is one; it takes CAP_NET_ADMIN. ERR_IO: errno. */
enum err link_take(const struct link *l, struct addr address, struct addr mask,
                   struct addr router) MUST_CHECK;
/* Takes it away again, and what leads over it. ERR_IO. */
enum err link_give(const struct link *l) MUST_CHECK;

/* Writes all that passes the interface, both ways, into the file `to`, as pcap with microseconds, a frame at a time, until the process ends. The
 * file's header is written once nothing is missed any more. It takes CAP_NET_RAW. ERR_IO: errno. */
enum err link_capture(const struct link *l, int to) MUST_CHECK;

/* Four bytes from the system's source of chance. ERR_IO. */
enum err link_random(uint32_t *ret_n) MUST_CHECK;

/* The file in which this host's DHCP client keeps the lease of the interface: systemd-networkd's or
 * dhclient's, below the folder `root` ("" for the system's own). The text goes into `ret_text`, the
 * path into `ret_path`. ERR_MISSING: there is none that may be read; ERR_MEMORY, ERR_LIMIT. */
enum { LINK_PATH = 128 };
enum err link_lease(const char *root, const struct link *l, struct buf *ret_text,
                    char ret_path[LINK_PATH]) MUST_CHECK;

#endif
