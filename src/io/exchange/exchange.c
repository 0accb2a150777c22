/* Sockets of many exchanges behind one poll(2). A datagram socket is not connected, so that an answer from
 * another address is seen; IP_RECVERR has it hear ICMP errors all the same (ip(7)). */
#include "io/exchange/exchange.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "io/sockaddr/sockaddr.h"

enum { IN_A_ROW = 64 /* messages that are taken before the time is looked at again */ };

static usec_t clock_read(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (usec_t)t.tv_sec * USEC_S + t.tv_nsec / 1000;
}

static void finish(struct exchange *x, enum exchange_end end, int os_error)
{
    x->end = end;
    x->os_error = os_error;
    x->arrived = clock_read(CLOCK_REALTIME);
    x->took = clock_read(CLOCK_MONOTONIC) - x->begun;
    if (x->fd >= 0) {
        close(x->fd);
        x->fd = -1;
    }
}

static void failed(struct exchange *x, int os_error)
{
    if (os_error == ECONNREFUSED) {
        finish(x, EXCHANGE_REFUSED, 0);
    } else if (os_error == ETIMEDOUT) {
        finish(x, EXCHANGE_SILENT, 0);
    } else if (x->tcp && !x->connecting) {
        finish(x, EXCHANGE_CLOSED, os_error);
    } else {
        finish(x, EXCHANGE_UNREACHABLE, os_error);
    }
}

static bool passing(int os_error)
{
    return os_error == EAGAIN || os_error == EINTR || os_error == EINPROGRESS;
}

static void keep(struct exchange *x, const char *bytes, size_t len)
{
    x->answer = malloc(len ? len : 1);
    if (x->answer) {
        memcpy(x->answer, bytes, len);
        x->len = len;
    }
    finish(x, EXCHANGE_ANSWERED, 0);
}

static void wait_again(struct exchange *x)
{
    x->due = clock_read(CLOCK_MONOTONIC) + x->wait_ms * USEC_MS;
}

static void send_datagram(struct exchange *x)
{
    union sockaddr_any sa;
    socklen_t len = sockaddr_put(x->to, &sa);
    x->n_sent++;
    x->last = clock_read(CLOCK_REALTIME);
    wait_again(x);
    if (sendto(x->fd, x->bytes.p, x->bytes.len, 0, &sa.any, len) < 0 && !passing(errno)) {
        failed(x, errno);
    }
}

enum err exchange_begin(struct exchange *x)
{
    union sockaddr_any sa;
    socklen_t len = sockaddr_put(x->to, &sa);
    const int on = 1;
    bool six = x->to.ip.family == 6;
    x->answer = NULL;
    x->begun = clock_read(CLOCK_MONOTONIC);
    x->sent = clock_read(CLOCK_REALTIME);
    x->fd = socket(sa.any.sa_family,
                   (x->tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (x->fd < 0) {
        int e = errno;
        finish(x, EXCHANGE_UNREACHABLE, e);
        errno = e;
        return e == EAFNOSUPPORT ? ERR_OK : ERR_IO;
    }
    if (!x->tcp) {
        (void)setsockopt(x->fd, six ? IPPROTO_IPV6 : IPPROTO_IP, six ? IPV6_RECVERR : IP_RECVERR,
                         &on, sizeof on);
        send_datagram(x);
        return ERR_OK;
    }
    (void)setsockopt(x->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    x->connecting = true;
    x->n_sent = 1;
    wait_again(x);
    if (connect(x->fd, &sa.any, len) != 0 && !passing(errno)) {
        failed(x, errno);
    }
    return ERR_OK;
}

/* One datagram; false when there is none left. */
static bool datagram(struct exchange *x, char *room)
{
    union sockaddr_any sa = {.any.sa_family = 0};
    socklen_t len = sizeof sa;
    ssize_t n = recvfrom(x->fd, room, EXCHANGE_BYTES, 0, &sa.any, &len);
    if (n < 0) {
        if (!passing(errno)) {
            failed(x, errno);
        }
        return false;
    }
    struct str answer = str_of(room, (size_t)n);
    struct endpoint from = sockaddr_get(&sa);
    bool ours = endpoint_eq(from, x->to);
    if (ours && (!x->fits || x->fits(x->ctx, answer))) {
        keep(x, answer.p, answer.len);
        return false;
    }
    x->strays++;
    if (!ours) {
        x->stray = from;
    }
    return true;
}

/* The length and the message, as far as the socket takes them. */
static void write_on(struct exchange *x)
{
    x->head[0] = (uint8_t)(x->bytes.len >> 8);
    x->head[1] = (uint8_t)x->bytes.len;
    while (x->at < 2 + x->bytes.len) {
        bool head = x->at < 2;
        struct str part =
            head ? str_of((char *)x->head + x->at, 2 - x->at) : str_from(x->bytes, x->at - 2);
        ssize_t n = send(x->fd, part.p, part.len, MSG_NOSIGNAL | (head ? MSG_MORE : 0));
        if (n < 0) {
            if (!passing(errno)) {
                failed(x, errno);
            }
            return;
        }
        x->at += (size_t)n;
    }
    x->reading = true;
    x->at = 0;
    x->last = clock_read(CLOCK_REALTIME);
}

/* More of the answer; false when the socket has no more for now, or all of it came. */
static bool read_on(struct exchange *x)
{
    size_t whole = (size_t)x->head[0] << 8 | x->head[1];
    bool head = x->at < 2;
    char *to = head ? (char *)x->head + x->at : x->answer + (x->at - 2);
    ssize_t n = recv(x->fd, to, head ? 2 - x->at : whole - (x->at - 2), 0);
    if (n <= 0) {
        if (n == 0) {
            finish(x, EXCHANGE_CLOSED, 0);
        } else if (!passing(errno)) {
            failed(x, errno);
        }
        return false;
    }
    x->at += (size_t)n;
    whole = (size_t)x->head[0] << 8 | x->head[1];
    if (x->at == 2) {
        x->answer = malloc(whole ? whole : 1);
        if (!x->answer) {
            finish(x, EXCHANGE_CLOSED, ENOMEM);
            return false;
        }
    }
    if (x->at < 2 || x->at < 2 + whole) {
        return true;
    }
    if (!x->fits || x->fits(x->ctx, str_of(x->answer, whole))) {
        x->len = whole;
        finish(x, EXCHANGE_ANSWERED, 0);
        return false;
    }
    x->strays++;
    free(x->answer);
    x->answer = NULL;
    x->at = 0;
    return true;
}

static void stream(struct exchange *x)
{
    if (x->connecting) {
        int e = 0;
        socklen_t len = sizeof e;
        (void)getsockopt(x->fd, SOL_SOCKET, SO_ERROR, &e, &len);
        if (e) {
            failed(x, e);
            return;
        }
        x->connecting = false;
    }
    if (!x->reading) {
        write_on(x);
    }
    for (unsigned i = 0; i < IN_A_ROW && x->fd >= 0 && x->reading && read_on(x); i++) {
    }
}

static void on_time(struct exchange *x)
{
    if (!x->tcp && x->n_sent < x->tries) {
        send_datagram(x);
    } else {
        finish(x, EXCHANGE_SILENT, 0);
    }
}

/* Milliseconds until the next one is due, -1 where all have ended. */
static int poll_fill(const struct exchange *x, size_t n, struct pollfd *fds)
{
    usec_t now = clock_read(CLOCK_MONOTONIC);
    usec_t least = -1;
    for (size_t i = 0; i < n; i++) {
        fds[i] =
            (struct pollfd){.fd = x[i].fd, .events = exchange_writes(&x[i]) ? POLLOUT : POLLIN};
        if (x[i].fd >= 0) {
            usec_t left = x[i].due > now ? x[i].due - now : 0;
            least = least < 0 || left < least ? left : least;
        }
    }
    return least < 0 ? -1 : (int)((least + USEC_MS - 1) / USEC_MS);
}

void exchange_serve(struct exchange *x, bool ready, char *room)
{
    if (ready && x->tcp) {
        stream(x);
    } else if (ready) {
        for (unsigned i = 0; i < IN_A_ROW && x->fd >= 0 && datagram(x, room); i++) {
        }
    }
    if (x->fd >= 0 && clock_read(CLOCK_MONOTONIC) >= x->due) {
        on_time(x);
    }
}

static enum err run(struct exchange *x, size_t n, char *room)
{
    struct pollfd fds[EXCHANGE_MOST];
    for (size_t i = 0; i < n; i++) {
        enum err e = exchange_begin(&x[i]);
        if (e != ERR_OK) {
            return e;
        }
    }
    for (int wait; (wait = poll_fill(x, n, fds)) >= 0;) {
        if (poll(fds, n, wait) < 0 && errno != EINTR) {
            return ERR_IO;
        }
        for (size_t i = 0; i < n; i++) {
            if (x[i].fd >= 0) {
                exchange_serve(&x[i], fds[i].revents != 0, room);
            }
        }
    }
    return ERR_OK;
}

enum err exchange_run(struct exchange *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        x[i].fd = -1;
        x[i].answer = NULL;
    }
    if (n > EXCHANGE_MOST) {
        return ERR_LIMIT;
    }
    char *room = malloc(EXCHANGE_BYTES);
    enum err e = room ? run(x, n, room) : ERR_MEMORY;
    int kept = errno;
    free(room);
    for (size_t i = 0; i < n; i++) {
        if (x[i].fd >= 0) {
            close(x[i].fd);
            x[i].fd = -1;
        }
        e = e == ERR_OK && x[i].end == EXCHANGE_ANSWERED && !x[i].answer ? ERR_MEMORY : e;
    }
    errno = kept;
    return e;
}

void exchange_clear(struct exchange *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(x[i].answer);
        x[i].answer = NULL;
        x[i].len = 0;
    }
}

void exchange_stop(struct exchange *x)
{
    if (x->fd >= 0) {
        close(x->fd);
        x->fd = -1;
    }
    exchange_clear(x, 1);
}
