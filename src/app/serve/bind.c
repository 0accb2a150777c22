/* Opening ports: each worker has a socket of its own at every address, the kernel deals out (SO_REUSEPORT). */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "app/serve/house.h"
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

/* The first socket finds the port where any is right, the others join it. */
static bool bind_one(struct house *h, size_t i)
{
    struct listener *l = &h->plan.listener[i];
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

bool house_bind(struct house *h)
{
    for (size_t i = 0; i < h->plan.n_listeners; i++) {
        if (!bind_one(h, i)) {
            return false;
        }
    }
    if (h->plan.has_admin) {
        struct endpoint bound = h->plan.admin;
        if (stream_bind(h->plan.admin, &h->admin_fd, &bound) != ERR_OK) {
            h->admin_fd = -1;
            return complain("admin", h->plan.admin);
        }
        h->plan.admin.port = bound.port;
    }
    return true;
}

void house_say_ports(const struct house *h)
{
    char text[ENDPOINT_TEXT];
    for (size_t i = 0; i < h->plan.n_listeners; i++) {
        (void)endpoint_write(h->plan.listener[i].at, text);
        printf("listening %s %s\n", transport_name(h->plan.listener[i].transport), text);
    }
    if (h->plan.has_admin) {
        (void)endpoint_write(h->plan.admin, text);
        printf("listening admin %s\n", text);
    }
    (void)fflush(stdout);
}
