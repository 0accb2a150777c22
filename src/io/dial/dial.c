/* Sockets: connecting, sending and receiving with a deadline. */
#include "io/dial/dial.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "io/dial/inside.h"
#include "io/sockaddr/sockaddr.h"

const char *dial_outcome_name(enum dial_outcome o)
{
    static const char *const names[] = {
        [DIAL_OK] = "ok",
        [DIAL_TIMEOUT] = "no answer",
        [DIAL_REFUSED] = "refused",
        [DIAL_UNREACHABLE] = "unreachable",
        [DIAL_RESET] = "reset",
        [DIAL_CLOSED] = "closed by the peer",
        [DIAL_ALERT] = "TLS alert",
        [DIAL_REJECTED] = "not acceptable",
        [DIAL_NOT_TLS] = "answers, but not in TLS",
        [DIAL_LOCAL] = "this host refuses",
    };
    return names[o];
}

int64_t dial_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

enum dial_outcome dial_failed(struct dial *d, int error)
{
    d->error = error;
    switch (error) {
    case ECONNREFUSED:
        return DIAL_REFUSED;
    case ETIMEDOUT:
        return DIAL_TIMEOUT;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
        return DIAL_UNREACHABLE;
    case ECONNRESET:
    case EPIPE:
        return DIAL_RESET;
    default:
        return DIAL_LOCAL;
    }
}

/* Until the descriptor is ready for `events`, or the deadline. False at the deadline. */
bool dial_ready(const struct dial *d, short events, int64_t deadline)
{
    for (;;) {
        struct pollfd p = {.fd = d->fd, .events = events};
        int64_t left = (deadline - dial_clock() + 999) / 1000;
        int n = poll(&p, 1, left > 0 ? (int)(left < INT32_MAX ? left : INT32_MAX) : 0);
        if (n > 0) {
            return true;
        }
        if ((n == 0 && left <= 0) || (n < 0 && errno != EINTR)) {
            return false;
        }
    }
}

static void name_ends(struct dial *d)
{
    union sockaddr_any a;
    socklen_t len = sizeof a;
    if (getsockname(d->fd, &a.any, &len) == 0) {
        d->local = sockaddr_get(&a);
    }
}

static enum dial_outcome finish_connect(struct dial *d, int64_t deadline)
{
    int error = 0;
    socklen_t len = sizeof error;
    if (!dial_ready(d, POLLOUT, deadline)) {
        return dial_failed(d, ETIMEDOUT);
    }
    if (getsockopt(d->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0) {
        error = errno;
    }
    return error ? dial_failed(d, error) : DIAL_OK;
}

static enum dial_outcome open_socket(struct dial *d, const struct endpoint *from, int64_t deadline)
{
    union sockaddr_any to, own;
    int one = 1;
    socklen_t len = sockaddr_put(d->remote, &to);
    int type = d->transport == DIAL_TCP ? SOCK_STREAM : SOCK_DGRAM;
    d->fd = socket(to.any.sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (d->fd < 0) {
        return dial_failed(d, errno);
    }
    if (d->transport == DIAL_TCP) {
        (void)setsockopt(d->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    }
    if (from) {
        socklen_t own_len = sockaddr_put(*from, &own);
        if (bind(d->fd, &own.any, own_len) != 0) {
            return dial_failed(d, errno);
        }
    }
    if (connect(d->fd, &to.any, len) != 0) {
        if (errno != EINPROGRESS && errno != EINTR) {
            return dial_failed(d, errno);
        }
        return finish_connect(d, deadline);
    }
    return DIAL_OK;
}

enum dial_outcome dial_open(struct dial *d, enum dial_transport t, const struct endpoint *from,
                            struct endpoint to, unsigned wait_ms)
{
    *d = (struct dial){.fd = -1, .transport = t, .remote = to, .alert = -1};
    int64_t began = dial_clock();
    enum dial_outcome o = open_socket(d, from, began + (int64_t)wait_ms * 1000);
    d->connect_us = dial_clock() - began;
    if (o == DIAL_OK) {
        name_ends(d);
    } else if (d->fd >= 0) {
        (void)close(d->fd);
        d->fd = -1;
    }
    return o;
}

static enum dial_outcome send_plain(struct dial *d, struct str bytes, int64_t deadline)
{
    while (bytes.len) {
        ssize_t n = send(d->fd, bytes.p, bytes.len, MSG_NOSIGNAL);
        if (n >= 0) {
            bytes = str_from(bytes, (size_t)n);
        } else if (errno == EAGAIN) {
            if (!dial_ready(d, POLLOUT, deadline)) {
                return dial_failed(d, ETIMEDOUT);
            }
        } else if (errno != EINTR) {
            return dial_failed(d, errno);
        }
    }
    return DIAL_OK;
}

static enum dial_outcome receive_plain(struct dial *d, void *to, size_t most, size_t *ret_n,
                                       int64_t deadline)
{
    for (;;) {
        ssize_t n = recv(d->fd, to, most, 0);
        if (n > 0 || (n == 0 && d->transport == DIAL_UDP)) {
            *ret_n = (size_t)n;
            return DIAL_OK;
        }
        if (n == 0) {
            return DIAL_CLOSED;
        }
        if (errno == EAGAIN) {
            if (!dial_ready(d, POLLIN, deadline)) {
                return dial_failed(d, ETIMEDOUT);
            }
        } else if (errno != EINTR) {
            return dial_failed(d, errno);
        }
    }
}

enum dial_outcome dial_send(struct dial *d, struct str bytes, unsigned wait_ms)
{
    int64_t deadline = dial_clock() + (int64_t)wait_ms * 1000;
    return d->ssl ? dial_send_tls(d, bytes, deadline) : send_plain(d, bytes, deadline);
}

enum dial_outcome dial_receive(struct dial *d, void *to, size_t most, size_t *ret_n,
                               unsigned wait_ms)
{
    int64_t deadline = dial_clock() + (int64_t)wait_ms * 1000;
    return d->ssl ? dial_receive_tls(d, to, most, ret_n, deadline)
                  : receive_plain(d, to, most, ret_n, deadline);
}

void dial_close(struct dial *d)
{
    dial_end_tls(d);
    if (d->fd >= 0) {
        (void)close(d->fd);
    }
    d->fd = -1;
}
