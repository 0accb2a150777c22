/* What passes an interface, into a file. */
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "io/link/link.h"

enum { FRAME_MOST = 65536, QUEUE = 8 << 20, ETHERNET = 1 };

/* The byte order is this host's, as the magic number tells (draft-ietf-opsawg-pcap 4). */
struct header {
    uint32_t magic;
    uint16_t major, minor;
    uint32_t zone, figures, most, type;
};
struct record {
    uint32_t s, us, kept, len;
};

static int listen_on(const struct link *l)
{
    struct sockaddr_ll at = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)l->index};
    int on = 1, queue = QUEUE;
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0 ||
                    bind(fd, (const struct sockaddr *)&at, sizeof at) != 0)) {
        int error = errno;
        link_close(fd);
        errno = error;
        return -1;
    }
    /* The kernel's limit may be lower: that is well. */
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &queue, sizeof queue);
    return fd;
}

static struct timespec time_of(struct msghdr *m)
{
    struct timespec t = {0};
    struct cmsghdr *c = CMSG_FIRSTHDR(m);
    for (; c; c = CMSG_NXTHDR(m, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS) {
            memcpy(&t, CMSG_DATA(c), sizeof t);
            return t;
        }
    }
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return t;
}

/* One frame from there into the file. */
static enum err pass_on(int from, int to, char *frame)
{
    char control[256] __attribute__((aligned(8)));
    struct iovec io = {frame, FRAME_MOST};
    struct msghdr m = {
        .msg_iov = &io, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t n = recvmsg(from, &m, MSG_TRUNC);
    if (n < 0) {
        return errno == EINTR || errno == ENETDOWN ? ERR_OK : ERR_IO;
    }
    struct timespec t = time_of(&m);
    uint32_t len = (uint32_t)n, kept = len < FRAME_MOST ? len : FRAME_MOST;
    struct record r = {(uint32_t)t.tv_sec, (uint32_t)(t.tv_nsec / 1000), kept, len};
    struct iovec out[] = {{&r, sizeof r}, {frame, kept}};
    return writev(to, out, 2) == (ssize_t)(sizeof r + kept) ? ERR_OK : ERR_IO;
}

enum err link_capture(const struct link *l, int to)
{
    static char frame[FRAME_MOST];
    const struct header h = {0xa1b2c3d4, 2, 4, 0, 0, FRAME_MOST, ETHERNET};
    int from = listen_on(l);
    enum err e = from >= 0 && write(to, &h, sizeof h) == (ssize_t)sizeof h ? ERR_OK : ERR_IO;
    while (e == ERR_OK) {
        e = pass_on(from, to, frame);
    }
    int error = errno;
    link_close(from);
    errno = error;
    return e;
}
