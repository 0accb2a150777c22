/* The address of an interface (netdevice(7)), and the way out (rtnetlink's older sister). */
#include <errno.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/link/link.h"

static struct sockaddr_in sockaddr_in_of(struct addr a)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    memcpy(&in.sin_addr, a.b, sizeof in.sin_addr);
    return in;
}

static bool set_address(int fd, const struct link *l, unsigned long what, struct addr a)
{
    struct ifreq r = {.ifr_flags = 0};
    struct sockaddr_in in = sockaddr_in_of(a);
    (void)snprintf(r.ifr_name, sizeof r.ifr_name, "%s", l->name);
    memcpy(&r.ifr_addr, &in, sizeof in);
    return ioctl(fd, what, &r) == 0;
}

static bool set_router(int fd, const struct link *l, struct addr router)
{
    char name[LINK_NAME];
    struct rtentry r = {.rt_flags = RTF_UP | RTF_GATEWAY, .rt_dev = name};
    struct sockaddr_in any = {.sin_family = AF_INET}, gate = sockaddr_in_of(router);
    (void)snprintf(name, sizeof name, "%s", l->name);
    memcpy(&r.rt_dst, &any, sizeof any);
    memcpy(&r.rt_genmask, &any, sizeof any);
    memcpy(&r.rt_gateway, &gate, sizeof gate);
    return ioctl(fd, SIOCADDRT, &r) == 0 || errno == EEXIST;
}

enum err link_take(const struct link *l, struct addr address, struct addr mask, struct addr router)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && set_address(fd, l, SIOCSIFADDR, address) &&
              (addr_unset(mask) || set_address(fd, l, SIOCSIFNETMASK, mask)) &&
              (addr_unset(router) || set_router(fd, l, router));
    int why = errno;
    link_close(fd);
    errno = why;
    return ok ? ERR_OK : ERR_IO;
}

enum err link_give(const struct link *l)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    /* There is none: that is what was wanted. */
    bool ok = fd >= 0 && (set_address(fd, l, SIOCSIFADDR, addr4(0)) || errno == EADDRNOTAVAIL);
    int why = errno;
    link_close(fd);
    errno = why;
    return ok ? ERR_OK : ERR_IO;
}
