/* One transfer's socket: packets out while the kernel takes them, packets in from its client only. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/tftpd/inside.h"
#include "io/sockaddr/sockaddr.h"

/* Connected, so that packets of others (RFC 1350 4: unknown transfer IDs) do not come here at all. */
static int socket_open(struct endpoint peer, struct endpoint local)
{
    union sockaddr_any name;
    socklen_t len = sockaddr_put(peer, &name);
    int fd = socket(name.any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    bool ok = true;
    if (!addr_unset(local.ip)) {
        union sockaddr_any own;
        socklen_t own_len = sockaddr_put((struct endpoint){.ip = local.ip}, &own);
        ok = bind(fd, &own.any, own_len) == 0;
    }
    if (!ok || connect(fd, &name.any, len) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static void on_ready(void *ctx, unsigned events)
{
    struct transfer *t = ctx;
    struct tftpd *d = t->d;
    usec_t now = loop_now(d->loop);
    if (events & LOOP_READ) {
        for (unsigned i = 0; i < 64; i++) {
            ssize_t n = recv(t->fd, d->room, TFTPD_PACKET, 0);
            if (n < 0) {
                break; /* EAGAIN; or the client's port is closed, and time tells */
            }
            if (t->given) {
                tftp_send_on(&t->send, str_of(d->room, (size_t)n), now);
            }
        }
    }
    if (t->given) {
        transfer_go(t);
    }
}

struct transfer *transfer_new(struct tftpd *d, struct endpoint peer, struct endpoint local,
                              struct str request)
{
    struct transfer *t = calloc(1, sizeof *t + request.len);
    if (!t) {
        return NULL;
    }
    t->d = d;
    t->peer = peer;
    t->local = local;
    t->serial = ++d->serial;
    t->request_len = request.len;
    memcpy(t->request, request.p, request.len);
    t->fd = socket_open(peer, local);
    if (t->fd < 0 || loop_watch_new(d->loop, t->fd, on_ready, t, &t->watch) != ERR_OK) {
        if (t->fd >= 0) {
            (void)close(t->fd);
        }
        free(t);
        return NULL;
    }
    if (loop_watch_set(t->watch, LOOP_READ) != ERR_OK) {
        loop_watch_free(t->watch);
        (void)close(t->fd);
        free(t);
        return NULL;
    }
    return t;
}

void transfer_free(struct transfer *t)
{
    struct tftpd *d = t->d;
    wheel_unset(&d->wheel, &t->entry);
    d->at[t->slot] = NULL;
    d->n--;
    if (t->release) {
        t->release(t->owner);
    }
    loop_watch_free(t->watch);
    (void)close(t->fd);
    free(t);
}

static void finish(struct transfer *t)
{
    struct tftpd *d = t->d;
    struct tftpd_id id = {t->slot, t->serial};
    struct endpoint peer = t->peer;
    uint64_t sent = t->send.acked * t->send.blksize;
    uint64_t bytes = sent < t->bytes.len ? sent : t->bytes.len;
    const char *why = t->send.why;
    why ? d->counts.failed++ : d->counts.done++;
    transfer_free(t);
    if (d->on->done) {
        d->on->done(d->ctx, id, peer, bytes, why);
    }
}

void transfer_go(struct transfer *t)
{
    struct tftpd *d = t->d;
    usec_t now = loop_now(d->loop);
    size_t len;
    bool blocked = false;
    while (!blocked && tftp_send_next(&t->send, t->bytes, d->room, TFTPD_PACKET, now, &len)) {
        /* What the kernel does not take now is lost on the way: it comes again. */
        blocked = send(t->fd, d->room, len, MSG_NOSIGNAL) < 0 && errno == EAGAIN;
    }
    if (blocked != t->blocked &&
        loop_watch_set(t->watch, LOOP_READ | (blocked ? LOOP_WRITE : 0)) == ERR_OK) {
        t->blocked = blocked;
    }
    if (t->send.over) {
        finish(t);
        return;
    }
    wheel_set(&d->wheel, &t->entry, tftp_send_deadline(&t->send));
}

void transfer_refuse(struct transfer *t, enum tftp_error code, const char *text)
{
    struct tftpd *d = t->d;
    struct tftp_message m = {.op = TFTP_ERROR, .code = (uint16_t)code};
    size_t len;
    m.error = str_z(text ? text : tftp_error_text((uint16_t)code));
    if (tftp_write(&m, d->room, TFTPD_PACKET, &len) == ERR_OK) {
        (void)send(t->fd, d->room, len, MSG_NOSIGNAL);
    }
    d->counts.refused++;
    transfer_free(t);
}
