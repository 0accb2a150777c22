/* What DHCP servers offer: asked for on an interface, or as far as this host may know without. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/probe/lease.h"

enum { PATH = 512, TEXT = 256 };

/* The names of the interfaces that could be asked on. */
static void names_write(char ret[TEXT])
{
    struct link rows[LINK_MOST];
    size_t n = 0;
    size_t len = 0;
    ret[0] = '\0';
    if (link_list(rows, LINK_MOST, &n) != ERR_OK) {
        return;
    }
    for (size_t i = 0; i < n && len + LINK_NAME + 2 < TEXT; i++) {
        if (rows[i].ethernet && rows[i].up) {
            len +=
                (size_t)snprintf(ret + len, TEXT - len, "%s%s", len > 0 ? ", " : "", rows[i].name);
        }
    }
}

static void show_no_link(struct probe *p, enum err e)
{
    char names[TEXT];
    struct str subject = p->o.interface ? str_z(p->o.interface) : STR("dhcp");
    if (e == ERR_LIMIT) {
        names_write(names);
        probe_show(p, PROBE_SKIPPED, subject, -1,
                   "several interfaces are up: say which, with --interface (%s)", names);
        return;
    }
    probe_show(p, PROBE_SKIPPED, subject, -1, "%s",
               e != ERR_MISSING ? strerror(errno)
               : p->o.interface ? "there is no such interface"
                                : "no interface is up; name one with --interface");
}

/* The interface to ask on; false after showing why there is none. */
static bool choose(struct probe *p, struct link *ret)
{
    enum err e = link_find(p->o.interface, ret);
    if (e != ERR_OK) {
        show_no_link(p, e);
    } else if (!ret->up) {
        probe_show_stage(p, STAGE_LINK, PROBE_FAIL, str_z(ret->name), -1, "the interface is down");
    }
    return e == ERR_OK && ret->up;
}

/* Asking below the routing table is refused: what that takes, and how it is given. */
static void show_needs(struct probe *p, struct str subject)
{
    char self[PATH] = "dialtone";
    char why[TEXT + PATH];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : (ssize_t)strlen(self)] = '\0';
    (void)snprintf(why, sizeof why,
                   "a DISCOVER is sent without an address, below the routing table; run it with "
                   "sudo, or once: sudo setcap cap_net_raw+ep %s",
                   self);
    probe_needs(p, subject, "CAP_NET_RAW", why);
}

/* What can be had without CAP_NET_RAW: an INFORM where port 68 is free, and this host's own lease. */
static enum err ask_otherwise(struct probe *p, struct lease *a)
{
    struct str subject = str_z(a->link->name);
    enum err e = lease_inform(p, a);
    if (e == ERR_OK && a->n > 0) {
        lease_tell(p, a);
        return ERR_OK;
    }
    if (e == ERR_OK) {
        probe_show(p, PROBE_NOTE, subject, -1, "no server answers INFORM, which not all do");
    } else if (e == ERR_IO) {
        probe_show(p, PROBE_SKIPPED, subject, -1, "INFORM cannot be sent from port 68: %s",
                   errno == EADDRINUSE ? "this host's DHCP client holds it" : strerror(errno));
    }
    if (!lease_held(p, a->link)) {
        probe_show(p, PROBE_NOTE, subject, -1, "this host shows no lease of its own");
    }
    return e == ERR_MEMORY ? e : ERR_OK;
}

/* A phone asks the name and time servers of its lease, so the checks that follow do: unless other resolvers were
 * given, or this host has no address there to ask from. */
static void take_servers(struct probe *p, const struct lease *a)
{
    struct addr dns[PROBE_RESOLVERS];
    bool here = a->n > 0 && a->link->address.family == 4;
    bool mine = here && p->o.n_resolvers == 0;
    struct str domain = here ? dhcp_text(a->offer[0].m, DHCP_OPT_DOMAIN) : str_of(NULL, 0);
    size_t n_ntp = here ? dhcp_addrs(a->offer[0].m, DHCP_OPT_NTP, PROBE_NTP, p->ntp) : 0;
    p->n_ntp = n_ntp < PROBE_NTP ? n_ntp : PROBE_NTP;
    for (size_t i = 0; i < p->n_ntp; i++) {
        probe_allow(p, p->ntp[i]);
    }
    if (domain.len && domain.len < sizeof p->domain) {
        memcpy(p->domain, domain.p, domain.len);
        p->domain[domain.len] = '\0';
    }
    size_t n = mine ? dhcp_addrs(a->offer[0].m, DHCP_OPT_DNS, PROBE_RESOLVERS, dns) : 0;
    for (size_t i = 0; i < n && i < PROBE_RESOLVERS; i++) {
        p->o.resolver[i] = (struct endpoint){dns[i], 53};
        p->o.n_resolvers = i + 1;
        probe_allow(p, dns[i]);
    }
}

static enum err run(struct probe *p)
{
    struct link link;
    if (!choose(p, &link)) {
        return ERR_OK;
    }
    struct lease a = {.link = &link, .mac = p->o.has_mac ? p->o.mac : link.mac};
    if (!link.ethernet && !p->o.has_mac) {
        probe_show(p, PROBE_SKIPPED, str_z(link.name), -1,
                   "the interface has no MAC address to ask for; give one with --mac");
        return ERR_OK;
    }
    enum err e = lease_discover(p, &a);
    if (p->o.dry_run || e == ERR_MEMORY) {
        return e == ERR_MEMORY ? e : ERR_OK;
    }
    if (e == ERR_IO && errno == EPERM) {
        show_needs(p, str_z(link.name));
        return ask_otherwise(p, &a);
    }
    if (e != ERR_OK) {
        probe_show(p, PROBE_FAIL, str_z(link.name), -1, "cannot ask: %s",
                   e == ERR_IO ? strerror(errno) : err_name(e));
        return ERR_OK;
    }
    if (a.sent > 0) {
        lease_tell(p, &a);
        take_servers(p, &a);
    }
    return ERR_OK;
}

const struct check probe_dhcp = {.name = "dhcp", .stage = STAGE_DHCP, .run = run};
