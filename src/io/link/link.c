/* The interfaces of this host, and what it knows of their leases. */
#include "io/link/link.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

/* The row of that name; a new one when there is room. */
static struct link *row_of(struct link *rows, size_t most, size_t *n, const char *name)
{
    for (size_t i = 0; i < *n; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    if (*n == most || strlen(name) >= LINK_NAME) {
        return NULL;
    }
    struct link *l = &rows[(*n)++];
    *l = (struct link){.index = if_nametoindex(name)};
    (void)snprintf(l->name, sizeof l->name, "%s", name);
    return l;
}

static void address_note(struct link *l, const struct sockaddr *sa)
{
    if (sa->sa_family == AF_INET && l->address.family == 0) {
        struct sockaddr_in in;
        memcpy(&in, sa, sizeof in);
        l->address = addr4(ntohl(in.sin_addr.s_addr));
    } else if (sa->sa_family == AF_PACKET) {
        struct sockaddr_ll ll;
        memcpy(&ll, sa, sizeof ll);
        l->ethernet = ll.sll_hatype == ARPHRD_ETHER && ll.sll_halen == sizeof l->mac.b;
        if (l->ethernet) {
            memcpy(l->mac.b, ll.sll_addr, sizeof l->mac.b);
        }
    }
}

enum err link_list(struct link *ret, size_t most, size_t *ret_n)
{
    struct ifaddrs *all;
    size_t n = 0;
    if (getifaddrs(&all) != 0) {
        return ERR_IO;
    }
    for (const struct ifaddrs *a = all; a != NULL; a = a->ifa_next) {
        struct link *l = a->ifa_flags & IFF_LOOPBACK ? NULL : row_of(ret, most, &n, a->ifa_name);
        if (l != NULL) {
            l->up = (a->ifa_flags & IFF_UP) && (a->ifa_flags & IFF_RUNNING);
        }
        if (l != NULL && a->ifa_addr != NULL) {
            address_note(l, a->ifa_addr);
        }
    }
    freeifaddrs(all);
    *ret_n = n;
    return ERR_OK;
}

enum err link_find(const char *name, struct link *ret)
{
    struct link rows[LINK_MOST];
    size_t n;
    size_t found = 0;
    enum err e = link_list(rows, LINK_MOST, &n);
    if (e != ERR_OK) {
        return e;
    }
    for (size_t i = 0; i < n; i++) {
        if (name != NULL ? strcmp(rows[i].name, name) == 0 : rows[i].ethernet && rows[i].up) {
            *ret = rows[i];
            found++;
        }
    }
    return found == 0 ? ERR_MISSING : found > 1 ? ERR_LIMIT : ERR_OK;
}

enum err link_random(uint32_t *ret_n)
{
    return getrandom(ret_n, sizeof *ret_n, 0) == (ssize_t)sizeof *ret_n ? ERR_OK : ERR_IO;
}

static enum err file_read(const char *path, struct buf *ret_text)
{
    char block[4096];
    size_t n;
    FILE *f = fopen(path, "rbe");
    if (f == NULL) {
        return ERR_MISSING;
    }
    enum err e = ERR_OK;
    while (e == ERR_OK && (n = fread(block, 1, sizeof block, f)) > 0) {
        e = buf_add(ret_text, str_of(block, n));
    }
    e = e == ERR_OK && ferror(f) ? ERR_MISSING : e;
    (void)fclose(f);
    return e;
}

enum err link_lease(const char *root, const struct link *l, struct buf *ret_text,
                    char ret_path[LINK_PATH])
{
    enum { PLACES = 3 };
    char path[PLACES][LINK_PATH];
    (void)snprintf(path[0], LINK_PATH, "%s/run/systemd/netif/leases/%u", root, l->index);
    (void)snprintf(path[1], LINK_PATH, "%s/var/lib/dhcp/dhclient.%s.leases", root, l->name);
    (void)snprintf(path[2], LINK_PATH, "%s/var/lib/dhcp/dhclient.leases", root);
    for (size_t i = 0; i < PLACES; i++) {
        buf_reset(ret_text);
        enum err e = file_read(path[i], ret_text);
        if (e != ERR_MISSING) {
            memcpy(ret_path, path[i], LINK_PATH);
            return e;
        }
    }
    return ERR_MISSING;
}
