/* Opening ports: each worker has a socket of its own at every address, the kernel deals out (SO_REUSEPORT). */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/serve/house.h"
#include "io/sockaddr/sockaddr.h"
#include "io/stream/stream.h"
#include "io/udp/udp.h"

static bool complain(const char *transport, struct endpoint at)
{
    char text[ENDPOINT_TEXT];
    int error = errno;
    (void)endpoint_write(at, text);
    cli_error("cannot listen at %s %s: %s", transport, text, strerror(error));
    return false;
}

/* Whether nobody has the port: sockets that share one would let a second process in without a word, and each would get
 * half of what arrives. */
static bool port_is_free(struct endpoint at, bool udp)
{
    union sockaddr_any name;
    socklen_t len = sockaddr_put(at, &name);
    const int on = 1;
    int fd = socket(name.any.sa_family, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    if (name.any.sa_family == AF_INET6) {
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    }
    if (!udp) { /* connections of an earlier process that are still ending do not count */
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    }
    bool ok = bind(fd, &name.any, len) == 0 && (udp || listen(fd, 1) == 0);
    int error = errno;
    (void)close(fd);
    errno = error;
    return ok;
}

/* The first socket finds the port where any is right, the others join it. */
static bool bind_one(struct house *h, size_t i)
{
    struct listener *l = &h->plan.listener[i];
    if (l->at.port && !port_is_free(l->at, l->transport == TRANSPORT_UDP)) {
        return complain(transport_name(l->transport), l->at);
    }
    for (size_t w = 0; w < h->plan.n_workers; w++) {
        struct endpoint bound = l->at;
        enum err e = l->transport == TRANSPORT_UDP ? udp_bind(l->at, &h->fd[i][w], &bound)
                                                   : stream_bind(l->at, &h->fd[i][w], &bound);
        if (e != ERR_OK) {
            h->fd[i][w] = -1;
            return complain(transport_name(l->transport), l->at);
        }
        l->at.port = bound.port;
    }
    return true;
}

static bool bind_phones(struct house *h, size_t i)
{
    struct plan_phones *p = &h->plan.phones;
    struct endpoint *at = &p->listener[i].at;
    bool udp = p->listener[i].way == PROVISION_TFTP;
    if (at->port && !port_is_free(*at, udp)) {
        return complain(way_name(p->listener[i].way), *at);
    }
    for (size_t w = 0; w < h->plan.n_workers; w++) {
        struct endpoint bound = *at;
        int *fd = &h->phones_fd[i][w];
        enum err e = udp ? udp_bind(*at, fd, &bound) : stream_bind(*at, fd, &bound);
        if (e != ERR_OK) {
            *fd = -1;
            return complain(way_name(p->listener[i].way), *at);
        }
        at->port = bound.port;
    }
    return true;
}

static bool bind_web(const char *what, struct endpoint *at, int *fd)
{
    struct endpoint bound = *at;
    if ((at->port && !port_is_free(*at, false)) || stream_bind(*at, fd, &bound) != ERR_OK) {
        *fd = -1;
        return complain(what, *at);
    }
    at->port = bound.port;
    return true;
}

bool house_bind(struct house *h)
{
    for (size_t i = 0; i < h->plan.n_listeners; i++) {
        if (!bind_one(h, i)) {
            return false;
        }
    }
    for (size_t i = 0; i < h->plan.phones.n_listeners; i++) {
        if (!bind_phones(h, i)) {
            return false;
        }
    }
    for (size_t i = 0; i < h->plan.hub.n_listeners; i++) {
        if (!bind_web("hub", &h->plan.hub.listener[i].at, &h->hub_fd[i])) {
            return false;
        }
    }
    return !h->plan.has_admin || bind_web("admin", &h->plan.admin, &h->admin_fd);
}
void house_say_ports(const struct house *h)
{
    char text[ENDPOINT_TEXT];
    for (size_t i = 0; i < h->plan.n_listeners; i++) {
        (void)endpoint_write(h->plan.listener[i].at, text);
        printf("listening %s %s\n", transport_name(h->plan.listener[i].transport), text);
    }
    for (size_t i = 0; i < h->plan.phones.n_listeners; i++) {
        (void)endpoint_write(h->plan.phones.listener[i].at, text);
        printf("listening phones %s://%s\n", way_name(h->plan.phones.listener[i].way), text);
    }
    for (size_t i = 0; i < h->plan.hub.n_listeners; i++) {
        const struct web_listener *l = &h->plan.hub.listener[i];
        (void)endpoint_write(l->at, text);
        printf("listening hub %s://%s\n", l->tls ? "https" : "http", text);
    }
    if (h->plan.has_admin) {
        (void)endpoint_write(h->plan.admin, text);
        printf("listening admin %s\n", text);
    }
    (void)fflush(stdout);
}
