/* Packets on one interface. */
#include <errno.h>
#include <linux/filter.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/link/link.h"

/* Lets pass UDP to `port` in IPv4 packets that are no later fragments: the kernel wakes us for nothing
 * else. Offsets count from the IPv4 header. */
static int filter_set(int fd, uint16_t port)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 6),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 4, 0),
        BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
        BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

/* The socket gets no packet before the filter stands: it is bound to a protocol only then. */
enum err link_open(const struct link *l, uint16_t port, int *ret_fd)
{
    struct sockaddr_ll at = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_ifindex = (int)l->index};
    int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return ERR_IO;
    }
    if (filter_set(fd, port) != 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0) {
        int error = errno;
        link_close(fd);
        errno = error;
        return ERR_IO;
    }
    *ret_fd = fd;
    return ERR_OK;
}

enum err link_send(int fd, const struct link *l, struct str packet)
{
    struct sockaddr_ll to = {.sll_family = AF_PACKET,
                             .sll_protocol = htons(ETH_P_IP),
                             .sll_ifindex = (int)l->index,
                             .sll_halen = ETH_ALEN,
                             .sll_addr = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
    ssize_t n = sendto(fd, packet.p, packet.len, 0, (struct sockaddr *)&to, sizeof to);
    return n == (ssize_t)packet.len ? ERR_OK : ERR_IO;
}

/* ERR_END when nothing came in time, or a signal came. */
static enum err readable(int fd, unsigned ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int n = poll(&p, 1, (int)(ms > INT32_MAX ? INT32_MAX : ms));
    if (n < 0 && errno != EINTR) {
        return ERR_IO;
    }
    return n > 0 ? ERR_OK : ERR_END;
}

static enum err receive(int fd, unsigned ms, struct str into, struct sockaddr *from,
                        socklen_t from_len, size_t *ret_len)
{
    enum err e = readable(fd, ms);
    if (e != ERR_OK) {
        return e;
    }
    struct iovec part = {.iov_base = (void *)(uintptr_t)into.p, .iov_len = into.len};
    struct msghdr m = {
        .msg_name = from, .msg_namelen = from_len, .msg_iov = &part, .msg_iovlen = 1};
    ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT);
    if (n < 0) {
        return errno == EAGAIN || errno == EINTR ? ERR_END : ERR_IO;
    }
    *ret_len = (size_t)n;
    return ERR_OK;
}

enum err link_next(int fd, unsigned ms, void *ret_bytes, size_t cap, size_t *ret_len,
                   struct mac *ret_from)
{
    struct sockaddr_ll from = {0};
    enum err e =
        receive(fd, ms, str_of(ret_bytes, cap), (struct sockaddr *)&from, sizeof from, ret_len);
    if (e == ERR_OK) {
        memcpy(ret_from->b, from.sll_addr, sizeof ret_from->b);
    }
    return e;
}

static struct sockaddr_in sockaddr_of(struct endpoint e)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(e.port)};
    memcpy(&in.sin_addr, e.ip.b, sizeof in.sin_addr);
    return in;
}

enum err link_udp_open(const struct link *l, uint16_t port, int *ret_fd)
{
    static const int on = 1;
    struct sockaddr_in at = sockaddr_of((struct endpoint){l->address, port});
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return ERR_IO;
    }
    if (setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, l->name, (socklen_t)strlen(l->name)) != 0 ||
        bind(fd, (struct sockaddr *)&at, sizeof at) != 0) {
        int error = errno;
        link_close(fd);
        errno = error;
        return ERR_IO;
    }
    *ret_fd = fd;
    return ERR_OK;
}

enum err link_udp_send(int fd, struct endpoint to, struct str payload)
{
    struct sockaddr_in in = sockaddr_of(to);
    ssize_t n = sendto(fd, payload.p, payload.len, 0, (struct sockaddr *)&in, sizeof in);
    return n == (ssize_t)payload.len ? ERR_OK : ERR_IO;
}

enum err link_udp_next(int fd, unsigned ms, void *ret_bytes, size_t cap, size_t *ret_len,
                       struct endpoint *ret_from)
{
    struct sockaddr_in from = {0};
    enum err e =
        receive(fd, ms, str_of(ret_bytes, cap), (struct sockaddr *)&from, sizeof from, ret_len);
    if (e == ERR_OK) {
        *ret_from = (struct endpoint){addr4(ntohl(from.sin_addr.s_addr)), ntohs(from.sin_port)};
    }
    return e;
}

void link_close(int fd)
{
    if (fd >= 0) {
        (void)close(fd);
    }
}
