/* Addresses as the system's calls take them. */
#include "io/sockaddr/sockaddr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <unistd.h>

socklen_t sockaddr_put(struct endpoint e, union sockaddr_any *ret)
{
    memset(ret, 0, sizeof *ret);
    if (e.ip.family == 6) {
        ret->v6.sin6_family = AF_INET6;
        ret->v6.sin6_port = htons(e.port);
        memcpy(&ret->v6.sin6_addr, e.ip.b, 16);
        return sizeof ret->v6;
    }
    ret->v4.sin_family = AF_INET;
    ret->v4.sin_port = htons(e.port);
    memcpy(&ret->v4.sin_addr, e.ip.b, 4);
    return sizeof ret->v4;
}

struct endpoint sockaddr_get(const union sockaddr_any *a)
{
    if (a->any.sa_family == AF_INET) {
        return (struct endpoint){addr_of(&a->v4.sin_addr, 4), ntohs(a->v4.sin_port)};
    }
    if (a->any.sa_family == AF_INET6) {
        return (struct endpoint){addr_of(&a->v6.sin6_addr, 16), ntohs(a->v6.sin6_port)};
    }
    return (struct endpoint){.port = 0};
}

bool sockaddr_own(struct endpoint to, struct addr *ret)
{
    union sockaddr_any sa;
    socklen_t len = sockaddr_put(to, &sa);
    int fd = socket(sa.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && connect(fd, &sa.any, len) == 0;
    len = sizeof sa;
    ok = ok && getsockname(fd, &sa.any, &len) == 0;
    int why = errno;
    if (ok) {
        *ret = sockaddr_get(&sa).ip;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    errno = why;
    return ok && ret->family != 0;
}
