/* flow/lease on an interface. */
#include "app/desk/lan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "flow/lease/lease.h"
#include "io/datagram/datagram.h"
#include "io/link/link.h"
#include "proto/dhcp/dhcp_frame.h"

enum { PACKET = 2048, IN_A_ROW = 16, NAME = 32 };

struct lan {
    struct loop *loop;
    struct loop_watch *watch;
    struct loop_timer *timer;
    struct desk *desk;
    struct link link;
    int fd;
    struct datagram *direct; /* from our own address, while we have one; NULL */
    struct lease_cfg cfg;
    struct lease lease;
    char class[NAME], host[NAME];
    bool taken;
};

static void settle(struct lan *lan);

/* -- what an ACK says */

static bool is_text(struct str s)
{
    return s.len && !str_has_control(s);
}

/* A text, or four bytes that are an address (159 has been seen as both). */
static struct str option(const struct dhcp_message *m, uint8_t code, char room[ADDR_TEXT])
{
    struct str text = dhcp_text(m, code);
    struct addr a;
    if (is_text(text) || !dhcp_has(m, code)) {
        return text;
    }
    return dhcp_option(m, code).len == 4 && dhcp_addr(m, code, &a) ? addr_write(a, room) : text;
}

static struct addr first(const struct dhcp_message *m, uint8_t code)
{
    struct addr a = {.family = 0};
    (void)dhcp_addr(m, code, &a);
    return a;
}

static void bind(struct lan *lan, const struct dhcp_message *m)
{
    char room[3][ADDR_TEXT];
    struct handset_lease l = {
        .address = m->yiaddr,
        .mask = first(m, DHCP_OPT_MASK),
        .router = first(m, DHCP_OPT_ROUTER),
        .domain = dhcp_text(m, DHCP_OPT_DOMAIN),
        .option43 = dhcp_text(m, DHCP_OPT_VENDOR),
        .option60 = dhcp_text(m, DHCP_OPT_CLASS),
        .option66 = option(m, DHCP_OPT_TFTP_NAME, room[0]),
        .option125 = dhcp_text(m, DHCP_OPT_VIVSO),
        .option159 = option(m, DHCP_OPT_PROV_ADDR, room[1]),
        .option160 = option(m, DHCP_OPT_PROV_URL, room[2]),
    };
    (void)dhcp_addrs(m, DHCP_OPT_DNS, HANDSET_SERVERS, l.dns);
    (void)dhcp_addrs(m, DHCP_OPT_NTP, HANDSET_SERVERS, l.ntp);
    if (!dhcp_addrs(m, DHCP_OPT_TFTP_ADDRS, HANDSET_SERVERS, l.tftp) && !addr_unset(m->siaddr) &&
        !dhcp_has(m, DHCP_OPT_TFTP_NAME) && m->file.len) {
        l.tftp[0] = m->siaddr;
    }
    if (desk_lease(lan->desk, &l) != ERR_OK) {
        desk_lease_lost(lan->desk);
    }
}

/* -- packets */

static void send_packet(struct lan *lan, const struct lease_action *a)
{
    uint8_t packet[PACKET];
    size_t len = 0;
    if (a->from.family && lan->direct) {
        datagram_send(lan->direct, a->to, a->bytes);
        return;
    }
    struct addr nobody = addr4(0);
    const struct dhcp_frame f = {.src = {a->from.family ? a->from : nobody, DHCP_CLIENT_PORT},
                                 .dst = a->to,
                                 .payload = a->bytes};
    if (dhcp_frame_write(&f, packet, sizeof packet, &len) == ERR_OK &&
        link_send(lan->fd, &lan->link, str_of((char *)packet, len)) != ERR_OK) {
        return; /* lost on its way, as any packet may be: it is sent again */
    }
}

static void on_ready(void *ctx, unsigned events)
{
    struct lan *lan = ctx;
    uint8_t packet[PACKET];
    (void)events;
    for (unsigned i = 0; i < IN_A_ROW; i++) {
        size_t len = 0;
        struct mac from;
        struct dhcp_frame f = {.payload = {NULL, 0}};
        struct err_at at;
        if (link_next(lan->fd, 0, packet, sizeof packet, &len, &from) != ERR_OK) {
            break;
        }
        if (dhcp_frame_read(str_of((char *)packet, len), &f, &at) == ERR_OK &&
            f.src.port == DHCP_SERVER_PORT) {
            lease_on_packet(&lan->lease, f.payload, loop_now(lan->loop));
            settle(lan);
        }
    }
}

static void on_time(void *ctx)
{
    struct lan *lan = ctx;
    lease_on_time(&lan->lease, loop_now(lan->loop));
    settle(lan);
}

static void settle(struct lan *lan)
{
    struct lease_action a;
    while (lease_next(&lan->lease, &a)) {
        switch (a.what) {
        case LEASE_SEND:
            send_packet(lan, &a);
            break;
        case LEASE_BIND:
            bind(lan, a.message);
            break;
        case LEASE_LOSE:
            lan_down(lan);
            desk_lease_lost(lan->desk);
            break;
        }
    }
    loop_timer_at(lan->timer, lease_deadline(&lan->lease));
}

/* Renewals go through `direct`; what answers them comes in below, as all else does. */
static void on_direct(void *ctx, struct endpoint peer, struct str bytes)
{
    (void)ctx;
    (void)peer;
    (void)bytes;
}

/* -- the outside */

static void name_it(struct lan *lan)
{
    static const char digits[] = "0123456789ABCDEF";
    const struct phone *p = &lan->desk->phone;
    int n = snprintf(lan->class, sizeof lan->class, "CP-%.*s", STR_ARG(phone_model(p)));
    size_t len = 0;
    for (const char *c = "SEP"; *c; c++) {
        lan->host[len++] = *c;
    }
    for (size_t i = 0; i < sizeof p->mac.b; i++) {
        lan->host[len++] = digits[p->mac.b[i] >> 4];
        lan->host[len++] = digits[p->mac.b[i] & 15];
    }
    lease_cfg_usual(&lan->cfg);
    lan->cfg.hostname = str_of(lan->host, len);
    /* Its NUL goes along (docs/sources.md: WAZO). */
    lan->cfg.class = n > 0 && n < NAME ? str_of(lan->class, (size_t)n + 1) : STR("");
}

enum err lan_new(struct loop *l, const char *interface, struct desk *d, uint64_t seed,
                 struct lan **ret)
{
    struct lan *lan = calloc(1, sizeof *lan);
    if (!lan) {
        return ERR_MEMORY;
    }
    lan->loop = l;
    lan->desk = d;
    lan->fd = -1;
    enum err e = link_find(interface, &lan->link);
    e = e == ERR_OK ? link_open(&lan->link, DHCP_CLIENT_PORT, &lan->fd) : e;
    e = e == ERR_OK ? loop_watch_new(l, lan->fd, on_ready, lan, &lan->watch) : e;
    e = e == ERR_OK ? loop_watch_set(lan->watch, LOOP_READ) : e;
    e = e == ERR_OK ? loop_timer_new(l, on_time, lan, &lan->timer) : e;
    name_it(lan);
    lease_init(&lan->lease, &lan->cfg, d->phone.mac, seed);
    if (e != ERR_OK) {
        int why = errno;
        lan_free(lan);
        errno = why;
        return e;
    }
    *ret = lan;
    return ERR_OK;
}

void lan_wants_lease(struct lan *lan)
{
    lease_start(&lan->lease, loop_now(lan->loop));
    settle(lan);
}

enum err lan_takes(struct lan *lan, const struct handset_lease *lease)
{
    enum err e = link_take(&lan->link, lease->address, lease->mask, lease->router);
    lan->taken = e == ERR_OK;
    datagram_free(lan->direct);
    lan->direct = NULL;
    if (e == ERR_OK && datagram_new(lan->loop, lease->address, DHCP_CLIENT_PORT, DHCP_CLIENT_PORT,
                                    1, on_direct, lan, &lan->direct) != ERR_OK) {
        lan->direct = NULL; /* it renews below the routing table then */
    }
    return e;
}

void lan_down(struct lan *lan)
{
    datagram_free(lan->direct);
    lan->direct = NULL;
    if (lan->taken && link_give(&lan->link) == ERR_OK) {
        lan->taken = false;
    }
}

struct addr lan_server(const struct lan *lan)
{
    return lan->lease.state >= LEASE_BOUND ? lan->lease.server : (struct addr){.family = 0};
}

void lan_free(struct lan *lan)
{
    if (!lan) {
        return;
    }
    lease_release(&lan->lease, loop_now(lan->loop));
    if (lan->timer) {
        settle(lan);
    }
    lan_down(lan);
    loop_timer_free(lan->timer);
    loop_watch_free(lan->watch);
    link_close(lan->fd);
    free(lan);
}
