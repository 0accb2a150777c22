/* Leases: what a host asked for, who offered what, and what it took. */
#include <stdio.h>

#include "flow/capture/inside.h"
#include "proto/dhcp/dhcp.h"

enum { LIST_MOST = 2 };

static void tell_option(struct capture *c, struct host *h, const struct wire_at *at,
                        const char *key, struct str value, struct str info)
{
    struct fact f;
    if (value.len == 0) {
        return;
    }
    fact_init(&f, FACT_DHCP_OPTION);
    fact_add(&f, FIELD_KEY, str_z(key));
    fact_add(&f, FIELD_VALUE, value);
    host_tell(c, h, at, &f, info);
    trail_identity(c, h, at, &f, info);
}

static void tell_address(struct capture *c, struct host *h, const struct wire_at *at,
                         const char *key, struct addr a, struct str info)
{
    char text[ADDR_TEXT];
    tell_option(c, h, at, key, addr_write(a, text), info);
}

/* "router1", "router2": as phones write their leases. */
static void tell_list(struct capture *c, struct host *h, const struct wire_at *at,
                      const struct dhcp_message *m, uint8_t code, const char *name, bool always,
                      struct str info)
{
    struct addr list[LIST_MOST];
    char key[24];
    size_t n = dhcp_addrs(m, code, LIST_MOST, list);
    n = n < LIST_MOST ? n : LIST_MOST;
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(key, sizeof key, "%s%zu", name, i + 1);
        tell_address(c, h, at, key, list[i], info);
    }
    if (n == 0 && always) {
        (void)snprintf(key, sizeof key, "%s1", name);
        tell_option(c, h, at, key, STR("0.0.0.0"), info);
    }
}

static void lease(struct capture *c, struct host *h, const struct wire_at *at,
                  const struct dhcp_message *m)
{
    static const struct {
        uint8_t code;
        const char *key;
    } texts[] =
        {
            {DHCP_OPT_TFTP_NAME, "option66"},
            {DHCP_OPT_PROV_URL, "option160"},
            {DHCP_OPT_PROV_ADDR, "option159"},
            {DHCP_OPT_HOSTNAME, "hostname"},
        },
      others[] = {
          {DHCP_OPT_VENDOR, "option43"},
          {DHCP_OPT_CLASS, "option60"},
          {DHCP_OPT_VIVSO, "option125"},
      };
    char info[160];
    char ip[ADDR_TEXT];
    char from[ADDR_TEXT];
    struct addr server = at->src.ip;
    (void)dhcp_addr(m, DHCP_OPT_SERVER, &server);
    int n = snprintf(info, sizeof info, "DHCP ACK %s from server %s", addr_write(m->yiaddr, ip).p,
                     addr_write(server, from).p);
    struct str line = str_of(info, n > 0 ? (size_t)n : 0);
    fetch_settle(c, h, at);
    h->leased = true;
    struct addr router = {0};
    (void)dhcp_addr(m, DHCP_OPT_ROUTER, &router);
    if (!addr_eq(router, h->router)) {
        h->router = router;
        h->router_asked = 0;
        h->router_heard = false;
    }
    if (!addr_unset(m->yiaddr)) {
        tell_address(c, h, at, "ipaddr", m->yiaddr, line);
    }
    tell_list(c, h, at, m, DHCP_OPT_ROUTER, "router", true, line);
    tell_list(c, h, at, m, DHCP_OPT_DNS, "dns", true, line);
    tell_list(c, h, at, m, DHCP_OPT_NTP, "ntpsvr", false, line);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        tell_option(c, h, at, texts[i].key, dhcp_text(m, texts[i].code), line);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct str value = dhcp_text(m, others[i].code);
        if (str_find(value, STR("://")) != STR_NPOS) { /* of another use otherwise */
            tell_option(c, h, at, others[i].key, value, line);
        }
    }
    struct addr target;
    if (dhcp_addr(m, DHCP_OPT_TFTP_ADDRS, &target)) {
        tell_address(c, h, at, "option150", target, line);
    }
}

static bool is_phone(struct str class)
{
    return str_ifind(class, STR("phone")) != STR_NPOS || str_ifind(class, STR("CP-")) != STR_NPOS;
}

static void identity(struct capture *c, struct host *h, const struct wire_at *at,
                     const struct dhcp_message *m, struct str info)
{
    struct str class = dhcp_text(m, DHCP_OPT_CLASS);
    struct str name = dhcp_text(m, DHCP_OPT_HOSTNAME);
    struct fact f;
    size_t model = str_find(class, STR("CP-"));
    h->phone |= is_phone(class) || str_istarts(name, STR("SEP"));
    if (model != STR_NPOS) {
        struct str rest = str_from(class, model);
        fact_init(&f, FACT_PHONE_MODEL);
        fact_add(&f, FIELD_MODEL, str_word(&rest));
        host_tell(c, h, at, &f, info);
    }
    if (name.len) {
        tell_option(c, h, at, "hostname", name, info);
    }
}

static void discover(struct capture *c, struct host *h, const struct wire_at *at,
                     const struct dhcp_message *m)
{
    char info[80];
    int n = snprintf(info, sizeof info, "DHCP %s", dhcp_type_name(m->type));
    if (h->discovers == 0 || h->leased) {
        h->discover = *at;
        h->discovers = 0;
        h->offered = false;
        h->leased = false;
        identity(c, h, at, m, str_of(info, n > 0 ? (size_t)n : 0));
    }
    h->discovers++;
}

static void offer(struct capture *c, struct host *h, const struct wire_at *at,
                  const struct dhcp_message *m)
{
    char info[160];
    char ip[ADDR_TEXT];
    char text[ADDR_TEXT];
    unsigned most = sizeof h->offer_from / sizeof *h->offer_from;
    struct addr server = at->src.ip;
    (void)dhcp_addr(m, DHCP_OPT_SERVER, &server);
    h->offered = true;
    for (unsigned i = 0; i < h->n_offers; i++) {
        if (addr_eq(h->offer_from[i], server)) {
            return;
        }
    }
    if (h->n_offers == most) {
        return;
    }
    h->offer_from[h->n_offers++] = server;
    struct fact f;
    fact_init(&f, FACT_DHCP_OFFER);
    fact_add(&f, FIELD_SERVER, addr_write(server, text));
    fact_add(&f, FIELD_ADDRESS, addr_write(m->yiaddr, ip));
    int n = snprintf(info, sizeof info, "DHCP OFFER %s from server %s", ip, text);
    host_tell(c, h, at, &f, str_of(info, n > 0 ? (size_t)n : 0));
}

void dhcp_settle(struct capture *c, struct host *h)
{
    char info[120];
    struct fact f;
    if (h->discovers < 2 || h->offered || h->leased || c->now - h->discover.time < SILENCE) {
        return;
    }
    fact_init(&f, FACT_DHCP_TIMEOUT);
    int n = snprintf(info, sizeof info, "DHCP DISCOVER sent %u times in %d s, no offer",
                     h->discovers, (int)((c->now - h->discover.time) / USEC_S));
    struct str line = str_of(info, n > 0 ? (size_t)n : 0);
    fact_add(&f, FIELD_TEXT, line);
    host_tell(c, h, &h->discover, &f, line);
}

void trail_dhcp(void *ctx, const struct wire_at *at, const struct dhcp_message *m)
{
    struct capture *c = ctx;
    c->now = at->time;
    struct host *h = m->has_mac ? host_of_mac(c, m->mac) : NULL;
    if (!h) {
        return;
    }
    switch (m->type) {
    case DHCP_DISCOVER:
        discover(c, h, at, m);
        break;
    case DHCP_OFFER:
        offer(c, h, at, m);
        break;
    case DHCP_ACK:
        lease(c, h, at, m);
        host_address(c, h, m->yiaddr);
        break;
    case DHCP_DECLINE: {
        struct fact f;
        struct addr a = {0};
        char text[ADDR_TEXT];
        (void)dhcp_addr(m, DHCP_OPT_REQUESTED, &a);
        fact_init(&f, FACT_DHCP_DUPLICATE);
        fact_add(&f, FIELD_ADDRESS, addr_write(a, text));
        host_tell(c, h, at, &f, STR("DHCP DECLINE: the address is in use"));
        break;
    }
    case DHCP_REQUEST:
        if (h->discovers == 0) {
            identity(c, h, at, m, STR("DHCP REQUEST"));
        }
        break;
    default:
        break;
    }
}
