/* DISCOVER and INFORM, and the answers of every server. */
#include "app/probe/lease.h"

#include <errno.h>
#include <stdio.h>

#include "app/probe/target.h"
#include "proto/dhcp/dhcp_frame.h"
#include "proto/dhcp/dhcp_write.h"

enum { BYTES = 1500, CLASS_MOST = 128, HOSTNAME = 16 };

/* What a phone asks for is not known ("docs/sources.md"); this is all that this check shows. */
static const char parameters[] = {
    DHCP_OPT_MASK,
    DHCP_OPT_ROUTER,
    DHCP_OPT_DNS,
    DHCP_OPT_HOSTNAME,
    DHCP_OPT_DOMAIN,
    DHCP_OPT_NTP,
    DHCP_OPT_VENDOR,
    DHCP_OPT_LEASE,
    DHCP_OPT_SERVER,
    DHCP_OPT_T1,
    DHCP_OPT_T2,
    DHCP_OPT_CLASS,
    DHCP_OPT_TFTP_NAME,
    DHCP_OPT_BOOT_FILE,
    DHCP_OPT_SIP,
    DHCP_OPT_VIVSO,
    (char)DHCP_OPT_VLAN,
    (char)DHCP_OPT_TFTP_ADDRS,
    (char)DHCP_OPT_PROV_ADDR,
    (char)DHCP_OPT_PROV_URL,
};

static const uint32_t everybody = 0xffffffff;

/* How packets get onto the interface, and from it. */
struct way {
    int fd;
    bool raw; /* below the routing table */
};

static enum err message_write(const struct probe *p, const struct lease *a, char ret[BYTES],
                              size_t *ret_len)
{
    char class[CLASS_MOST];
    char name[HOSTNAME];
    bool known = !str_eq(p->o.model->name, STR("any"));
    struct dhcp_client c = {.type = a->type,
                            .xid = a->xid,
                            .secs = a->secs, /* relays may wait for it to rise */
                            .broadcast = a->type == DHCP_DISCOVER,
                            .mac = a->mac,
                            .parameters = str_of(parameters, sizeof parameters),
                            .max_size = BYTES};
    if (a->type == DHCP_INFORM) {
        c.ciaddr = a->link->address;
    }
    if (known) {
        c.class = target_fill(p->o.model->vendor_class, p->o.model, &a->mac, class, sizeof class);
    }
    if (known && p->o.has_mac) {
        (void)snprintf(name, sizeof name, "SEP%02X%02X%02X%02X%02X%02X", a->mac.b[0], a->mac.b[1],
                       a->mac.b[2], a->mac.b[3], a->mac.b[4], a->mac.b[5]);
        c.hostname = str_z(name);
    }
    return dhcp_write_client(&c, ret, BYTES, ret_len);
}

static enum err send_one(struct probe *p, struct lease *a, const struct way *w)
{
    char message[BYTES];
    char packet[BYTES + DHCP_FRAME_HEAD];
    char mac[MAC_TEXT];
    size_t len = 0;
    struct endpoint to = {addr4(everybody), DHCP_SERVER_PORT};
    mac_write(a->mac, mac);
    if (!probe_may(p, &to, "DHCP %s on %s for %s, to", dhcp_type_name(a->type), a->link->name,
                   mac)) {
        return ERR_END;
    }
    enum err e = message_write(p, a, message, &len);
    if (e == ERR_OK && w->raw) {
        struct dhcp_frame f = {
            .src = {addr4(0), DHCP_CLIENT_PORT}, .dst = to, .payload = str_of(message, len)};
        e = dhcp_frame_write(&f, packet, sizeof packet, &len);
        e = e == ERR_OK ? link_send(w->fd, a->link, str_of(packet, len)) : e;
    } else if (e == ERR_OK) {
        e = link_udp_send(w->fd, to, str_of(message, len));
    }
    a->sent += e == ERR_OK;
    return e;
}

/* Whether the answer is one to what was asked. */
static bool is_answer(const struct lease *a, const struct dhcp_message *m)
{
    uint8_t wanted = a->type == DHCP_DISCOVER ? DHCP_OFFER : DHCP_ACK;
    return m->op == DHCP_BOOTREPLY && m->xid == a->xid && m->type == wanted &&
           (!m->has_mac || mac_eq(m->mac, a->mac));
}

static bool is_known(const struct lease *a, struct addr server)
{
    for (size_t i = 0; i < a->n; i++) {
        if (addr_eq(a->offer[i].server, server)) {
            return true;
        }
    }
    return false;
}

/* Keeps the first answer of each server; what else arrives takes no memory. */
static enum err answer_take(struct probe *p, struct lease *a, struct str bytes,
                            struct lease_offer *o)
{
    struct dhcp_message m;
    struct err_at at;
    if (dhcp_read(bytes, &m, &at) != ERR_OK || !is_answer(a, &m)) {
        a->refused++;
        return ERR_OK;
    }
    (void)dhcp_addr(&m, DHCP_OPT_SERVER, &o->server);
    if (is_known(a, o->server) || a->n == LEASE_OFFERS) {
        return ERR_OK;
    }
    struct str kept = arena_str(&p->arena, bytes);
    struct dhcp_message *copy = arena_alloc(&p->arena, sizeof *copy);
    if (copy == NULL || kept.len != bytes.len || dhcp_read(kept, copy, &at) != ERR_OK) {
        return ERR_MEMORY;
    }
    o->m = copy;
    o->relay = m.giaddr;
    a->offer[a->n++] = *o;
    return ERR_OK;
}

static enum err receive_one(struct probe *p, struct lease *a, const struct way *w, unsigned ms,
                            usec_t began)
{
    char bytes[2 * BYTES];
    size_t len = 0;
    struct endpoint from = {.port = 0};
    struct lease_offer o = {.has_from = w->raw};
    struct dhcp_frame f = {.payload = {NULL, 0}};
    struct err_at at;
    enum err e = w->raw ? link_next(w->fd, ms, bytes, sizeof bytes, &len, &o.from)
                        : link_udp_next(w->fd, ms, bytes, sizeof bytes, &len, &from);
    if (e != ERR_OK) {
        return e == ERR_END ? ERR_OK : e;
    }
    o.when = probe_now();
    o.ms = (probe_clock() - began) / USEC_MS;
    o.server = from.ip;
    if (w->raw) {
        if (dhcp_frame_read(str_of(bytes, len), &f, &at) != ERR_OK) {
            return ERR_OK;
        }
        o.server = f.src.ip;
    }
    return answer_take(p, a, w->raw ? f.payload : str_of(bytes, len), &o);
}

/* Asks at once, after a fifth and after three fifths of the time; hears until its end. */
static enum err ask(struct probe *p, struct lease *a, const struct way *w)
{
    unsigned wait = probe_wait(p);
    usec_t began = probe_clock();
    usec_t due[LEASE_TRIES + 1] = {0, wait * USEC_MS / 5, wait * USEC_MS * 3 / 5, wait * USEC_MS};
    enum err e = ERR_OK;
    for (unsigned i = 0; i < LEASE_TRIES && e == ERR_OK; i++) {
        a->secs = (uint16_t)((probe_clock() - began) / USEC_S);
        e = send_one(p, a, w);
        for (usec_t left = due[i + 1]; e == ERR_OK && left > 0;) {
            left = began + due[i + 1] - probe_clock();
            e = left > 0 ? receive_one(p, a, w, (unsigned)((left + USEC_MS - 1) / USEC_MS), began)
                         : ERR_OK;
        }
    }
    return e == ERR_END ? ERR_OK : e;
}

static enum err ask_by(struct probe *p, struct lease *a, bool raw)
{
    struct way w = {.fd = -1, .raw = raw};
    enum err e = p->o.dry_run ? ERR_OK
                 : raw        ? link_open(a->link, DHCP_CLIENT_PORT, &w.fd)
                              : link_udp_open(a->link, DHCP_CLIENT_PORT, &w.fd);
    a->n = a->sent = a->refused = 0;
    probe_allow(p, addr4(everybody));
    e = e == ERR_OK ? link_random(&a->xid) : e;
    e = e == ERR_OK ? ask(p, a, &w) : e;
    int error = errno;
    link_close(w.fd);
    errno = error;
    return e;
}

enum err lease_discover(struct probe *p, struct lease *a)
{
    a->type = DHCP_DISCOVER;
    return ask_by(p, a, true);
}

enum err lease_inform(struct probe *p, struct lease *a)
{
    a->type = DHCP_INFORM;
    return a->link->address.family == 4 ? ask_by(p, a, false) : ERR_MISSING;
}
