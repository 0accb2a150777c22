/* UDP sockets of a server. */
#define _GNU_SOURCE
#include "io/udp/udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/sockaddr/sockaddr.h"

enum {
    BATCH = 32,       /* datagrams in one system call */
    ROUNDS = 4,       /* batches read before the loop goes on to others */
    DATAGRAM = 65536, /* bytes that one may have */
    /* From one to the next: not a power of two, else the heads of all have the same few places in the caches. */
    STRIDE = DATAGRAM + 1088,
    WAITING = 1024, /* datagrams that wait for the kernel */
    WAITING_BYTES = 1 << 20,
    BUFFER = 4 << 20, /* of the kernel, for bursts */
    CONTROL = 64,
};

/* One datagram that waits: its bytes stand in udp.out. */
struct waiting {
    size_t at, len;
    union sockaddr_any to;
    struct addr from; /* none: the socket's own */
};

struct udp {
    int fd;
    bool wildcard;
    uint8_t family; /* 4 or 6 */
    struct endpoint bound;
    struct loop_watch *watch;
    udp_on_datagram *fn;
    void *ctx;
    bool gone; /* freed from within its own callback */
    bool reading;

    char *in; /* BATCH datagrams; pages that no datagram reached are never touched */
    struct mmsghdr in_msg[BATCH];
    struct iovec in_vec[BATCH];
    union sockaddr_any in_peer[BATCH];
    char in_control[BATCH][CONTROL];

    size_t n, first; /* waiting[first .. n) are not out yet */
    size_t out_len;
    struct waiting waiting[WAITING];
    char *out;
    bool blocked; /* the kernel takes no more: it says when it does */
    bool write_watched;
    uint64_t dropped;
};

static int set(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof value);
}

static bool options_set(int fd, struct endpoint at)
{
    /* The larger buffer needs a privilege; what the host allows is taken otherwise. */
    if (set(fd, SOL_SOCKET, SO_RCVBUFFORCE, BUFFER) != 0) {
        (void)set(fd, SOL_SOCKET, SO_RCVBUF, BUFFER);
    }
    if (at.ip.family == 6) {
        return set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) == 0 &&
               (!addr_unset(at.ip) || set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) == 0);
    }
    return !addr_unset(at.ip) || set(fd, IPPROTO_IP, IP_PKTINFO, 1) == 0;
}

/* Where any port will do, the socket is shared only once it has one: the kernel takes a port that another program shares for a free
 * one, as long as both share and have the same user, and would then hand each of them a part of the datagrams. */
static bool bind_shared(int fd, struct endpoint at)
{
    union sockaddr_any name;
    socklen_t len = sockaddr_put(at, &name);
    return (!at.port || set(fd, SOL_SOCKET, SO_REUSEPORT, 1) == 0) &&
           bind(fd, &name.any, len) == 0 && (at.port || set(fd, SOL_SOCKET, SO_REUSEPORT, 1) == 0);
}

enum err udp_bind(struct endpoint at, int *ret_fd, struct endpoint *ret_bound)
{
    uint8_t family = at.ip.family == 6 ? 6 : 4;
    int fd = socket(family == 6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return ERR_IO;
    }
    union sockaddr_any name;
    socklen_t len = sizeof name;
    if (!options_set(fd, at) || !bind_shared(fd, at)) {
        goto fail;
    }
    if (getsockname(fd, &name.any, &len) != 0) {
        goto fail;
    }
    *ret_bound = sockaddr_get(&name);
    *ret_fd = fd;
    return ERR_OK;
fail:;
    int why = errno;
    (void)close(fd);
    errno = why;
    return ERR_IO;
}

/* The address of ours that a datagram came to, where the socket listens on all of them. */
static struct endpoint local_of(const struct udp *u, struct msghdr *h)
{
    struct endpoint local = u->bound;
    if (!u->wildcard) {
        return local;
    }
    for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            local.ip = addr_of(&info.ipi_addr, 4);
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            local.ip = addr_of(&info.ipi6_addr, 16);
        }
    }
    return local;
}

static void in_prepare(struct udp *u)
{
    for (size_t i = 0; i < BATCH; i++) {
        u->in_vec[i] = (struct iovec){u->in + i * STRIDE, DATAGRAM};
        u->in_msg[i].msg_hdr = (struct msghdr){
            .msg_name = &u->in_peer[i],
            .msg_namelen = sizeof u->in_peer[i],
            .msg_iov = &u->in_vec[i],
            .msg_iovlen = 1,
            .msg_control = u->wildcard ? u->in_control[i] : NULL,
            .msg_controllen = u->wildcard ? CONTROL : 0,
        };
    }
}

/* What recvmmsg wrote into the heads that it was given. */
static void in_again(struct udp *u, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        u->in_msg[i].msg_hdr.msg_namelen = sizeof u->in_peer[i];
        u->in_msg[i].msg_hdr.msg_controllen = u->wildcard ? CONTROL : 0;
        u->in_msg[i].msg_hdr.msg_flags = 0;
    }
}

static void destroy(struct udp *u)
{
    loop_watch_free(u->watch);
    if (u->fd >= 0) {
        (void)close(u->fd);
    }
    free(u->in);
    free(u->out);
    free(u);
}

static void read_some(struct udp *u)
{
    u->reading = true;
    for (unsigned round = 0; round < ROUNDS && !u->gone; round++) {
        int n = recvmmsg(u->fd, u->in_msg, BATCH, 0, NULL);
        /* An ICMP error for an answer of ours that nobody wanted shows here: it says nothing to others. */
        if (n < 0 && (errno == EINTR || errno == ECONNREFUSED)) {
            continue;
        }
        if (n <= 0) {
            break;
        }
        for (int i = 0; i < n && !u->gone; i++) {
            struct msghdr *h = &u->in_msg[i].msg_hdr;
            struct endpoint peer = sockaddr_get(&u->in_peer[i]);
            if (peer.port != 0) {
                u->fn(u->ctx, u, peer, local_of(u, h),
                      str_of(u->in_vec[i].iov_base, u->in_msg[i].msg_len));
            }
        }
        in_again(u, (size_t)n);
        if (n < BATCH) {
            break;
        }
    }
    u->reading = false;
    if (u->gone) {
        destroy(u);
    }
}

static void on_ready(void *ctx, unsigned events)
{
    struct udp *u = ctx;
    if (events & LOOP_WRITE) {
        u->blocked = false;
        udp_flush(u);
    }
    if (events & LOOP_READ) {
        read_some(u);
    }
}

enum err udp_new(struct loop *l, int fd, udp_on_datagram *fn, void *ctx, struct udp **ret)
{
    union sockaddr_any name = {.any.sa_family = 0};
    socklen_t len = sizeof name;
    if (getsockname(fd, &name.any, &len) != 0) {
        return ERR_IO;
    }
    struct udp *u = calloc(1, sizeof *u);
    if (!u) {
        return ERR_MEMORY;
    }
    u->fd = -1;
    u->bound = sockaddr_get(&name);
    u->family = u->bound.ip.family;
    u->wildcard = addr_unset(u->bound.ip);
    u->fn = fn;
    u->ctx = ctx;
    u->in = malloc((size_t)BATCH * STRIDE);
    u->out = malloc(WAITING_BYTES);
    enum err e = ERR_MEMORY;
    if (u->in && u->out) {
        in_prepare(u);
        e = loop_watch_new(l, fd, on_ready, u, &u->watch);
    }
    if (!e) {
        e = loop_watch_set(u->watch, LOOP_READ);
    }
    if (e) {
        destroy(u);
        return e;
    }
    u->fd = fd;
    *ret = u;
    return ERR_OK;
}

void udp_send(struct udp *u, struct endpoint to, struct endpoint local, struct str bytes)
{
    if (u->n == WAITING || u->out_len + bytes.len > WAITING_BYTES) {
        udp_flush(u);
    }
    if (u->n == WAITING || u->out_len + bytes.len > WAITING_BYTES || to.ip.family != u->family) {
        u->dropped++;
        return;
    }
    struct waiting *w = &u->waiting[u->n++];
    w->at = u->out_len;
    w->len = bytes.len;
    w->from = u->wildcard ? local.ip : (struct addr){.family = 0};
    (void)sockaddr_put(to, &w->to);
    memcpy(u->out + u->out_len, bytes.p, bytes.len);
    u->out_len += bytes.len;
}

/* The address that the datagram leaves from. */
static size_t control_put(struct addr from, char control[CONTROL])
{
    struct msghdr h = {.msg_control = control, .msg_controllen = CONTROL};
    struct cmsghdr *c = CMSG_FIRSTHDR(&h);
    if (from.family == 4) {
        struct in_pktinfo info = {.ipi_ifindex = 0};
        memcpy(&info.ipi_spec_dst, from.b, 4);
        c->cmsg_level = IPPROTO_IP;
        c->cmsg_type = IP_PKTINFO;
        c->cmsg_len = CMSG_LEN(sizeof info);
        memcpy(CMSG_DATA(c), &info, sizeof info);
        return CMSG_SPACE(sizeof info);
    }
    struct in6_pktinfo info = {.ipi6_ifindex = 0};
    memcpy(&info.ipi6_addr, from.b, 16);
    c->cmsg_level = IPPROTO_IPV6;
    c->cmsg_type = IPV6_PKTINFO;
    c->cmsg_len = CMSG_LEN(sizeof info);
    memcpy(CMSG_DATA(c), &info, sizeof info);
    return CMSG_SPACE(sizeof info);
}

/* Up to BATCH of those that wait; how many the kernel took, or -1 with errno. */
static int send_some(struct udp *u)
{
    struct mmsghdr msg[BATCH];
    struct iovec vec[BATCH];
    _Alignas(struct cmsghdr) char control[BATCH][CONTROL];
    unsigned n = 0;
    for (; n < BATCH && u->first + n < u->n; n++) {
        struct waiting *w = &u->waiting[u->first + n];
        vec[n] = (struct iovec){u->out + w->at, w->len};
        msg[n].msg_hdr = (struct msghdr){
            .msg_name = &w->to,
            .msg_namelen = u->family == 4 ? sizeof w->to.v4 : sizeof w->to.v6,
            .msg_iov = &vec[n],
            .msg_iovlen = 1,
        };
        if (w->from.family) {
            memset(control[n], 0, CONTROL);
            msg[n].msg_hdr.msg_control = control[n];
            msg[n].msg_hdr.msg_controllen = control_put(w->from, control[n]);
        }
    }
    return sendmmsg(u->fd, msg, n, 0);
}

void udp_flush(struct udp *u)
{
    if (u->blocked) {
        return;
    }
    while (u->first < u->n) {
        int n = send_some(u);
        if (n > 0) {
            u->first += (size_t)n;
            continue;
        }
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && (errno == EAGAIN || errno == ENOBUFS)) {
            u->blocked = u->write_watched =
                loop_watch_set(u->watch, LOOP_READ | LOOP_WRITE) == ERR_OK;
            return;
        }
        /* The first one cannot go (no route, a port nobody listens on): the others are not held up. */
        if (n < 0 && errno != ECONNREFUSED) {
            u->first++;
            u->dropped++;
        }
    }
    u->n = u->first = u->out_len = 0;
    if (u->write_watched && loop_watch_set(u->watch, LOOP_READ) == ERR_OK) {
        u->write_watched = false;
    }
}

uint64_t udp_dropped(const struct udp *u)
{
    return u->dropped;
}

void udp_free(struct udp *u)
{
    if (!u) {
        return;
    }
    udp_flush(u);
    if (u->reading) {
        u->gone = true;
        return;
    }
    destroy(u);
}
