/* Connections that we begin. They live in the same table and under the same limits as those that are accepted. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/sockaddr/sockaddr.h"
#include "io/stream/inside.h"
#include "io/tls/client.h"

enum { NAME_MOST = 256 };

enum err stream_way(struct stream_server *sv, const struct tls_client *tls, unsigned tag,
                    const struct stream_on *on, void *server_ctx, unsigned *ret_way)
{
    if (sv->n_listeners == STREAM_LISTENERS) {
        return ERR_LIMIT;
    }
    struct stream_listener *l = &sv->listener[sv->n_listeners];
    *l = (struct stream_listener){
        .server = sv, .fd = -1, .tag = tag, .on = on, .server_ctx = server_ctx, .way = true};
    if (tls) {
        l->tls = true;
        l->shares = tls_client_single(tls);
        l->ctx = tls_client_context(tls);
        if (!l->ctx) {
            return ERR_MEMORY;
        }
    }
    *ret_way = (unsigned)sv->n_listeners++;
    return ERR_OK;
}

enum err stream_way_tls(struct stream_server *sv, unsigned way, const struct tls_client *tls)
{
    struct stream_listener *l = &sv->listener[way];
    SSL_CTX *ctx = tls_client_context(tls);
    if (!ctx) {
        return ERR_MEMORY;
    }
    SSL_CTX_free(l->ctx); /* connections have references of their own */
    SSL_SESSION_free(l->shared);
    l->ctx = ctx;
    l->shared = NULL;
    l->shares = tls_client_single(tls);
    return ERR_OK;
}

/* -- beginning */

static int set(int fd, int level, int name)
{
    int on = 1;
    return setsockopt(fd, level, name, &on, sizeof on);
}

/* A socket that is on its way; -1: errno. */
static int begin(struct endpoint to, struct endpoint from)
{
    union sockaddr_any peer, own;
    socklen_t len = sockaddr_put(to, &peer);
    int fd = socket(peer.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    bool ok = set(fd, IPPROTO_TCP, TCP_NODELAY) == 0;
    if (ok && (from.ip.family || from.port)) {
        from.ip.family = from.ip.family ? from.ip.family : to.ip.family;
        socklen_t own_len = sockaddr_put(from, &own);
        /* A port is chosen when the other side is known: it only has to be free toward that one. */
        ok = set(fd, from.port ? SOL_SOCKET : IPPROTO_IP,
                 from.port ? SO_REUSEADDR : IP_BIND_ADDRESS_NO_PORT) == 0 &&
             bind(fd, &own.any, own_len) == 0;
    }
    if (!ok || (connect(fd, &peer.any, len) != 0 && errno != EINPROGRESS)) {
        int e = errno;
        (void)close(fd);
        errno = e;
        return -1;
    }
    return fd;
}

static bool tls_ready(struct stream *s, const char *name)
{
    SSL *ssl = SSL_new(s->listener->ctx);
    struct addr ip;
    char host[NAME_MOST]; /* the macro takes off const */
    bool ok = ssl && SSL_set_fd(ssl, s->fd) == 1;
    if (ok && name && *name) {
        bool address = addr_read(str_z(name), &ip);
        (void)snprintf(host, sizeof host, "%s", name);
        /* RFC 5922 7.2: no wildcards for SIP. */
        SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_WILDCARDS);
        ok = address ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1
                     : SSL_set1_host(ssl, name) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
    }
    if (!ok) {
        SSL_free(ssl);
        return false;
    }
    SSL_set_connect_state(ssl);
    s->ssl = ssl;
    s->server->handshaking++;
    return true;
}

enum err stream_connect(struct stream_server *sv, unsigned way, struct endpoint to,
                        struct endpoint from, const char *name, void *ctx, struct stream **ret)
{
    struct stream_listener *l = &sv->listener[way];
    if (sv->n >= sv->limits.most) {
        return ERR_LIMIT;
    }
    int fd = begin(to, from);
    if (fd < 0) {
        return ERR_IO;
    }
    struct stream *s = stream_add(l, fd, to);
    if (!s) {
        (void)close(fd);
        return ERR_MEMORY;
    }
    s->ctx = ctx;
    s->connecting = s->ours = true;
    if ((l->tls && !tls_ready(s, name)) || !stream_watch(s, LOOP_WRITE)) {
        stream_kill(s, "no memory");
        return ERR_MEMORY;
    }
    stream_due_set(s, DUE_FIRST, loop_now(sv->loop) + sv->limits.handshake);
    *ret = s;
    return ERR_OK;
}

/* -- arriving */

static const char *reason_of(int error)
{
    switch (error) {
    case ECONNREFUSED:
        return "refused";
    case ECONNRESET:
    case EPIPE:
        return "reset";
    case ETIMEDOUT:
        return "timeout";
    default:
        return "unreachable";
    }
}

void stream_connected(struct stream *s)
{
    int error = 0;
    socklen_t len = sizeof error;
    union sockaddr_any own = {.any.sa_family = AF_UNSPEC};
    if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0) {
        error = errno;
    }
    if (error) {
        stream_unshaken(s, reason_of(error), strerror(error));
        stream_kill(s, "it could not be connected");
        return;
    }
    s->connecting = false;
    len = sizeof own;
    if (getsockname(s->fd, &own.any, &len) == 0) {
        s->local = sockaddr_get(&own);
    }
    if (s->ssl) {
        stream_shake(s);
        return;
    }
    stream_opened(s);
    (void)stream_watch(s, LOOP_READ);
}
