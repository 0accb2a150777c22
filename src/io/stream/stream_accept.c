/* Listening sockets: who is let in. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/sockaddr/sockaddr.h"
#include "io/stream/inside.h"

enum { BACKLOG = 4096 };

static int set(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof value);
}

enum err stream_bind(struct endpoint at, int *ret_fd, struct endpoint *ret_bound)
{
    union sockaddr_any name;
    socklen_t len = sockaddr_put(at, &name);
    int fd = socket(name.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return ERR_IO;
    }
    bool ok = set(fd, SOL_SOCKET, SO_REUSEADDR, 1) == 0 &&
              set(fd, SOL_SOCKET, SO_REUSEPORT, 1) == 0 &&
              (at.ip.family != 6 || set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) == 0) &&
              bind(fd, &name.any, len) == 0 && listen(fd, BACKLOG) == 0;
    len = sizeof name;
    if (!ok || getsockname(fd, &name.any, &len) != 0) {
        int why = errno;
        (void)close(fd);
        errno = why;
        return ERR_IO;
    }
    *ret_bound = sockaddr_get(&name);
    *ret_fd = fd;
    return ERR_OK;
}

/* The place of `ip` in the table, or the free one where it would stand. */
static struct peer_count *peer_at(struct peer_count *t, size_t cap, const struct hash_key *key,
                                  struct addr ip)
{
    size_t i = (size_t)hash_str(key, str_of((const char *)ip.b, sizeof ip.b)) & (cap - 1);
    while (t[i].n > 0 && !addr_eq(t[i].ip, ip)) {
        i = (i + 1) & (cap - 1);
    }
    return &t[i];
}

static bool more_peers(struct stream_server *sv)
{
    size_t cap = sv->peers_cap * 2;
    struct peer_count *t = calloc(cap, sizeof *t);
    if (!t) {
        return false;
    }
    for (size_t i = 0; i < sv->peers_cap; i++) {
        if (sv->peers[i].n > 0) {
            *peer_at(t, cap, &sv->peer_key, sv->peers[i].ip) = sv->peers[i];
        }
    }
    free(sv->peers);
    sv->peers = t;
    sv->peers_cap = cap;
    return true;
}

/* Of IPv6 the network counts: a host has as many addresses in it as it likes. */
static struct addr peer_of(struct addr ip)
{
    if (ip.family == 6) {
        memset(ip.b + 8, 0, 8);
    }
    return ip;
}

bool stream_peer_add(struct stream_server *sv, struct addr ip)
{
    ip = peer_of(ip);
    if (sv->n_peers * 2 >= sv->peers_cap && !more_peers(sv)) {
        return false;
    }
    struct peer_count *p = peer_at(sv->peers, sv->peers_cap, &sv->peer_key, ip);
    if (p->n >= sv->limits.most_of_peer) {
        return false;
    }
    if (p->n++ == 0) {
        p->ip = ip;
        sv->n_peers++;
    }
    return true;
}

/* The last of an address frees its place; those behind it that had to move on are put in anew. */
void stream_peer_remove(struct stream_server *sv, struct addr ip)
{
    struct peer_count *t = sv->peers;
    ip = peer_of(ip);
    struct peer_count *p = peer_at(t, sv->peers_cap, &sv->peer_key, ip);
    if (p->n == 0 || --p->n > 0) {
        return;
    }
    sv->n_peers--;
    size_t mask = sv->peers_cap - 1;
    for (size_t i = ((size_t)(p - t) + 1) & mask; t[i].n > 0; i = (i + 1) & mask) {
        struct peer_count moved = t[i];
        t[i].n = 0;
        *peer_at(t, sv->peers_cap, &sv->peer_key, moved.ip) = moved;
    }
}

static void accept_no_more(struct stream_server *sv, usec_t resume)
{
    sv->paused = true;
    sv->resume = resume;
    for (size_t i = 0; i < sv->n_listeners; i++) {
        struct stream_listener *l = &sv->listener[i];
        l->paused = l->watch && loop_watch_set(l->watch, 0) == ERR_OK;
    }
    if (resume != USEC_NONE) {
        stream_wake(sv, resume);
    }
}

void stream_accept_again(struct stream_server *sv)
{
    if (!sv->paused || sv->stopped) {
        return;
    }
    bool time = sv->resume == USEC_NONE || loop_now(sv->loop) >= sv->resume;
    if (!time || sv->handshaking >= sv->limits.handshaking || sv->n >= sv->limits.most) {
        return;
    }
    sv->paused = false;
    sv->resume = USEC_NONE;
    for (size_t i = 0; i < sv->n_listeners; i++) {
        struct stream_listener *l = &sv->listener[i];
        if (l->paused && loop_watch_set(l->watch, LOOP_READ) == ERR_OK) {
            l->paused = false;
        }
    }
}

static bool tls_begin(struct stream *s)
{
    SSL *ssl = SSL_new(s->listener->ctx);
    if (!ssl || SSL_set_fd(ssl, s->fd) != 1) {
        SSL_free(ssl);
        return false;
    }
    SSL_set_accept_state(ssl);
    if (s->listener->judges) {
        s->client = calloc(1, sizeof *s->client);
        if (!s->client || SSL_set_app_data(ssl, s->client) != 1) {
            SSL_free(ssl);
            return false;
        }
        *s->client = (struct client_cert){.verdict = CLIENT_NONE, .ca = -1};
    }
    s->ssl = ssl;
    s->server->handshaking++;
    return true;
}

static void admit(struct stream_listener *l, int fd, const union sockaddr_any *from)
{
    struct stream_server *sv = l->server;
    struct endpoint peer = sockaddr_get(from);
    if (sv->n >= sv->limits.most || !stream_peer_add(sv, peer.ip)) {
        sv->counts.refused++;
        (void)close(fd);
        return;
    }
    (void)set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    struct stream *s = stream_add(l, fd, peer);
    if (!s) {
        sv->counts.refused++;
        stream_peer_remove(sv, peer.ip);
        (void)close(fd);
        return;
    }
    sv->counts.accepted++;
    union sockaddr_any local = {.any.sa_family = AF_UNSPEC};
    socklen_t len = sizeof local;
    if (getsockname(fd, &local.any, &len) == 0) {
        s->local = sockaddr_get(&local);
    }
    usec_t now = loop_now(sv->loop);
    if (!l->tls) {
        stream_opened(s);
        (void)stream_watch(s, LOOP_READ);
        return;
    }
    stream_due_set(s, DUE_FIRST, now + sv->limits.handshake);
    if (!tls_begin(s)) {
        sv->counts.handshake_failed++;
        stream_kill(s, "no memory");
        return;
    }
    /* The library takes 16 KB for a handshake that has begun: not before the peer has said something. */
    (void)stream_watch(s, LOOP_READ);
}

static void on_accept(void *ctx, unsigned events)
{
    struct stream_listener *l = ctx;
    struct stream_server *sv = l->server;
    (void)events;
    for (unsigned i = 0; i < STREAM_ACCEPTS; i++) {
        if (sv->handshaking >= sv->limits.handshaking) {
            accept_no_more(sv,
                           USEC_NONE); /* those that wait do so in the kernel, until one is done */
            return;
        }
        union sockaddr_any from = {.any.sa_family = AF_UNSPEC};
        socklen_t len = sizeof from;
        int fd = accept4(l->fd, &from.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            admit(l, fd, &from);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            sv->counts.refused++;
            accept_no_more(sv, loop_now(sv->loop) + STREAM_PAUSE_USEC);
            return;
        }
        if (errno == EAGAIN) {
            return;
        }
    }
}

enum err stream_listen(struct stream_server *sv, int fd, struct tls_server *tls, unsigned tag,
                       const struct stream_on *on, void *server_ctx)
{
    if (sv->n_listeners == STREAM_LISTENERS) {
        return ERR_LIMIT;
    }
    struct stream_listener *l = &sv->listener[sv->n_listeners];
    *l = (struct stream_listener){.server = sv, .fd = fd, .tag = tag, .on = on};
    l->server_ctx = server_ctx;
    if (tls) {
        l->tls = true;
        l->asks_clients = tls_server_asks_clients(tls);
        l->judges = tls_server_judges(tls);
        l->ctx = tls_server_context(tls);
        if (!l->ctx) {
            return ERR_MEMORY;
        }
    }
    enum err e = loop_watch_new(sv->loop, fd, on_accept, l, &l->watch);
    if (!e) {
        e = loop_watch_set(l->watch, LOOP_READ);
    }
    if (e) {
        loop_watch_free(l->watch);
        SSL_CTX_free(l->ctx);
        return e;
    }
    sv->n_listeners++;
    return ERR_OK;
}

void stream_listen_tls(struct stream_server *sv, struct tls_server *tls)
{
    for (size_t i = 0; i < sv->n_listeners; i++) {
        struct stream_listener *l = &sv->listener[i];
        SSL_CTX *ctx = l->tls && !l->way ? tls_server_context(tls) : NULL;
        if (ctx) {
            SSL_CTX_free(l->ctx);
            l->ctx = ctx;
            l->asks_clients = tls_server_asks_clients(tls);
            l->judges = tls_server_judges(tls);
        }
    }
}

void stream_listen_stop(struct stream_server *sv)
{
    sv->stopped = true;
    for (size_t i = 0; i < sv->n_listeners; i++) {
        struct stream_listener *l = &sv->listener[i];
        loop_watch_free(l->watch);
        l->watch = NULL;
        if (l->fd >= 0) {
            (void)close(l->fd);
        }
        l->fd = -1;
    }
}
