/* Small UDP sockets. */
#include "io/datagram/datagram.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/sockaddr/sockaddr.h"

enum { BYTES = 65535, IN_A_ROW = 16 };

struct datagram {
    int fd;
    struct loop_watch *watch;
    struct endpoint local;
    datagram_on *fn;
    void *ctx;
    bool reading, gone; /* freed while it is read from: what remains goes then */
};

static void on_ready(void *ctx, unsigned events)
{
    struct datagram *d = ctx;
    char bytes[BYTES];
    (void)events;
    d->reading = true;
    for (unsigned i = 0; i < IN_A_ROW && !d->gone; i++) {
        union sockaddr_any from = {.any.sa_family = 0};
        socklen_t len = sizeof from;
        ssize_t n = recvfrom(d->fd, bytes, sizeof bytes, 0, &from.any, &len);
        if (n < 0) {
            break;
        }
        d->fn(d->ctx, sockaddr_get(&from), str_of(bytes, (size_t)n));
    }
    d->reading = false;
    if (d->gone) {
        free(d);
    }
}

static bool bind_to(struct datagram *d, struct addr ip, uint16_t port)
{
    union sockaddr_any own = {.any.sa_family = 0};
    socklen_t len = sockaddr_put((struct endpoint){ip, port}, &own);
    if (bind(d->fd, &own.any, len) != 0) {
        return false;
    }
    len = sizeof own;
    if (getsockname(d->fd, &own.any, &len) != 0) {
        return false;
    }
    d->local = sockaddr_get(&own);
    return true;
}

static bool bind_one(struct datagram *d, struct addr ip, uint16_t least, uint16_t most,
                     unsigned step)
{
    for (unsigned port = least + (step == 2 ? least % 2U : 0U); port && port <= most;
         port += step) {
        if (bind_to(d, ip, (uint16_t)port)) {
            return true;
        }
        if (errno != EADDRINUSE && errno != EACCES) {
            return false;
        }
    }
    return bind_to(d, ip, 0);
}

enum err datagram_new(struct loop *l, struct addr ip, uint16_t least, uint16_t most, unsigned step,
                      datagram_on *fn, void *ctx, struct datagram **ret)
{
    struct datagram *d = calloc(1, sizeof *d);
    if (!d) {
        return ERR_MEMORY;
    }
    *d = (struct datagram){.fn = fn, .ctx = ctx};
    d->fd =
        socket(ip.family == 6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    enum err e = d->fd >= 0 && bind_one(d, ip, least, most, step) ? ERR_OK : ERR_IO;
    e = e == ERR_OK ? loop_watch_new(l, d->fd, on_ready, d, &d->watch) : e;
    e = e == ERR_OK ? loop_watch_set(d->watch, LOOP_READ) : e;
    if (e != ERR_OK) {
        int why = errno;
        datagram_free(d);
        errno = why;
        return e;
    }
    *ret = d;
    return ERR_OK;
}

struct endpoint datagram_local(const struct datagram *d)
{
    return d->local;
}

void datagram_send(struct datagram *d, struct endpoint to, struct str bytes)
{
    union sockaddr_any sa;
    socklen_t len = sockaddr_put(to, &sa);
    (void)sendto(d->fd, bytes.p, bytes.len, 0, &sa.any, len);
}

void datagram_free(struct datagram *d)
{
    if (!d) {
        return;
    }
    loop_watch_free(d->watch);
    if (d->fd >= 0) {
        (void)close(d->fd);
    }
    d->gone = true;
    if (!d->reading) {
        free(d);
    }
}
