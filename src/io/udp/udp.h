/* UDP sockets of a server: many datagrams a system call (recvmmsg, sendmmsg), SO_REUSEPORT, 4 MiB of buffer. */
#ifndef IO_UDP_UDP_H
#define IO_UDP_UDP_H

#include "base/addr.h"
#include "io/loop/loop.h"

struct udp;
/* `local` is set where the socket listens on all addresses (IP_PKTINFO): answers leave from it. */
typedef void udp_on_datagram(void *ctx, struct udp *u, struct endpoint peer, struct endpoint local,
                             struct str bytes);

/* A bound, shared (SO_REUSEPORT), non-blocking socket. Port 0: any; *ret_bound tells which. ERR_IO: errno. */
enum err udp_bind(struct endpoint at, int *ret_fd, struct endpoint *ret_bound) MUST_CHECK;
/* Takes over `fd`. */
enum err udp_new(struct loop *l, int fd, udp_on_datagram *fn, void *ctx,
                 struct udp **ret) MUST_CHECK;
/* Gathers; leaves at udp_flush (end of a turn). The bytes are copied. What the kernel does not take at once is kept up to 1,024 datagrams,
 * then dropped and counted. */
void udp_send(struct udp *u, struct endpoint to, struct endpoint local, struct str bytes);
void udp_flush(struct udp *u);
uint64_t udp_dropped(const struct udp *u);
void udp_free(struct udp *u);

#endif
