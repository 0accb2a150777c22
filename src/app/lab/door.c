/* Connections passed on. */
#define _GNU_SOURCE /* accept4 */
#include "app/lab/door.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/sockaddr/sockaddr.h"

enum { GUESTS = 64, ROOM = 16384 };

/* One way: bytes of `from` that are to go to `to`. */
struct way {
    int from, to;
    size_t n;
    bool over; /* `from` has ended */
    char bytes[ROOM];
};

struct guest {
    bool in;
    struct way way[2];
};

enum err door_listen(uint16_t port, int *ret_fd, uint16_t *ret_port)
{
    union sockaddr_any a;
    socklen_t n = sizeof a;
    struct endpoint at;
    int on = 1;
    if (!endpoint_read(STR("127.0.0.1"), port, &at)) {
        return ERR_USAGE;
    }
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    bool ok = fd >= 0 && bind(fd, &a.any, sockaddr_put(at, &a)) == 0;
    if (!ok && fd >= 0 && errno == EADDRINUSE) {
        at.port = 0;
        ok = bind(fd, &a.any, sockaddr_put(at, &a)) == 0;
    }
    ok = ok && listen(fd, GUESTS) == 0 && getsockname(fd, &a.any, &n) == 0;
    if (!ok) {
        int error = errno;
        (void)close(fd);
        errno = error;
        return ERR_IO;
    }
    *ret_fd = fd;
    *ret_port = sockaddr_get(&a).port;
    return ERR_OK;
}

static void let_in(int fd, struct endpoint to, struct guest *g)
{
    union sockaddr_any a;
    int outside = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    if (outside < 0) {
        return;
    }
    int inside = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t n = sockaddr_put(to, &a);
    if (inside < 0 || connect(inside, &a.any, n) != 0) {
        (void)close(outside);
        (void)close(inside);
        return;
    }
    g->in = true;
    g->way[0] = (struct way){.from = outside, .to = inside};
    g->way[1] = (struct way){.from = inside, .to = outside};
}

/* False: nothing more can pass. */
static bool pass(struct way *w, const struct pollfd *from, const struct pollfd *to)
{
    if (w->n == 0 && !w->over && (from->revents & (POLLIN | POLLHUP | POLLERR))) {
        ssize_t n = recv(w->from, w->bytes, sizeof w->bytes, MSG_DONTWAIT);
        w->over = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
        w->n = n > 0 ? (size_t)n : 0;
        if (w->over) {
            (void)shutdown(w->to, SHUT_WR);
        }
    }
    if (w->n && (to->revents & (POLLOUT | POLLERR))) {
        ssize_t n = send(w->to, w->bytes, w->n, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN && errno != EINTR) {
            return false;
        }
        w->n -= n > 0 ? (size_t)n : 0;
        memmove(w->bytes, w->bytes + (n > 0 ? n : 0), w->n);
    }
    return true;
}

static void serve(struct guest *g, struct pollfd p[2])
{
    bool both = pass(&g->way[0], &p[0], &p[1]) && pass(&g->way[1], &p[1], &p[0]);
    if (!both || (g->way[0].over && g->way[1].over && !g->way[0].n && !g->way[1].n)) {
        (void)close(g->way[0].from);
        (void)close(g->way[1].from);
        g->in = false;
    }
}

static short wants(const struct way *out, const struct way *in)
{
    return (short)((out->n == 0 && !out->over ? POLLIN : 0) | (in->n ? POLLOUT : 0));
}

enum err door_keep(int fd, struct endpoint to)
{
    static struct guest guest[GUESTS];
    static struct pollfd p[1 + 2 * GUESTS];
    for (;;) {
        struct guest *room = NULL;
        for (size_t i = 0; i < GUESTS; i++) {
            struct guest *g = &guest[i];
            room = g->in ? room : g;
            p[1 + 2 * i] = (struct pollfd){.fd = g->in ? g->way[0].from : -1,
                                           .events = wants(&g->way[0], &g->way[1])};
            p[2 + 2 * i] = (struct pollfd){.fd = g->in ? g->way[1].from : -1,
                                           .events = wants(&g->way[1], &g->way[0])};
        }
        p[0] = (struct pollfd){.fd = room ? fd : -1, .events = POLLIN};
        if (poll(p, 1 + 2 * GUESTS, -1) < 0 && errno != EINTR) {
            return ERR_IO;
        }
        for (size_t i = 0; i < GUESTS; i++) {
            if (guest[i].in) {
                serve(&guest[i], &p[1 + 2 * i]);
            }
        }
        if (room && !room->in && p[0].revents) {
            let_in(fd, to, room);
        }
    }
}
