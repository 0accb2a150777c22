/* States and timers of a DHCP client. */
#include "flow/lease/lease.h"

#include "base/random.h"
#include "proto/dhcp/dhcp_write.h"

enum {
    FIRST = 4,    /* s until a packet is repeated, then twice as long each time (RFC 2131 4.1) */
    LAST = 64,    /* s */
    REQUESTS = 4, /* for one offer */
    RENEW_LEAST = 60, /* s between two that renew (4.4.5) */
    LEASE_LEAST = 10, /* s: a shorter one is taken for one of that length */
};

static const uint8_t usual[] = {DHCP_OPT_MASK,       DHCP_OPT_ROUTER,    DHCP_OPT_DNS,
                                DHCP_OPT_DOMAIN,     DHCP_OPT_NTP,       DHCP_OPT_VENDOR,
                                DHCP_OPT_CLASS,      DHCP_OPT_TFTP_NAME, DHCP_OPT_VIVSO,
                                DHCP_OPT_TFTP_ADDRS, DHCP_OPT_PROV_ADDR, DHCP_OPT_PROV_URL};

void lease_cfg_usual(struct lease_cfg *cfg)
{
    *cfg = (struct lease_cfg){.parameters = str_of((const char *)usual, sizeof usual)};
}

void lease_init(struct lease *l, const struct lease_cfg *cfg, struct mac mac, uint64_t seed)
{
    l->cfg = cfg;
    l->mac = mac;
    l->random = seed;
    l->state = LEASE_OFF;
    l->sends = l->binds = l->loses = false;
    l->again = l->expiry = USEC_NONE;
    l->address = l->server = (struct addr){.family = 0};
}

/* -- packets out */

static const struct addr everybody = {.family = 4, .b = {255, 255, 255, 255}};

static void send_type(struct lease *l, uint8_t type)
{
    bool holds = l->state >= LEASE_BOUND;
    usec_t waited = (l->now - l->began) / USEC_S;
    const struct dhcp_client c = {
        .type = type,
        .xid = l->xid,
        .secs = (uint16_t)(waited > UINT16_MAX ? UINT16_MAX : waited),
        .broadcast = !holds,
        .mac = l->mac,
        .ciaddr = holds ? l->address : (struct addr){.family = 0},
        .requested = type == DHCP_REQUEST && !holds ? l->address : (struct addr){.family = 0},
        .server = (type == DHCP_REQUEST && !holds) || type == DHCP_RELEASE
                      ? l->server
                      : (struct addr){.family = 0},
        .hostname = l->cfg->hostname,
        .class = l->cfg->class,
        .parameters = type == DHCP_RELEASE ? STR("") : l->cfg->parameters,
        .max_size = type == DHCP_RELEASE ? 0 : LEASE_PACKET,
    };
    if (type == DHCP_REQUEST) {
        l->asked = l->now;
    }
    bool direct = l->state == LEASE_RENEWING || type == DHCP_RELEASE;
    l->to = (struct endpoint){direct ? l->server : everybody, DHCP_SERVER_PORT};
    l->sends = dhcp_write_client(&c, l->out, sizeof l->out, &l->out_len) == ERR_OK;
}

/* 4 s, 8 s ... 64 s, each a second more or less. */
static usec_t backoff(struct lease *l)
{
    unsigned s = l->tries < 4 ? (unsigned)FIRST << l->tries : LAST;
    l->tries++;
    return (usec_t)s * USEC_S - USEC_S + random_below(&l->random, 2 * USEC_S);
}

static void discover(struct lease *l)
{
    l->state = LEASE_SELECTING;
    l->address = l->server = (struct addr){.family = 0};
    l->xid = (uint32_t)random_next(&l->random);
    l->tries = 0;
    l->began = l->now;
    l->expiry = USEC_NONE;
    send_type(l, DHCP_DISCOVER);
    l->again = l->now + backoff(l);
}

void lease_start(struct lease *l, usec_t now)
{
    l->now = now;
    l->binds = l->loses = false;
    discover(l);
}

void lease_release(struct lease *l, usec_t now)
{
    l->now = now;
    l->sends = l->binds = l->loses = false;
    if (l->state >= LEASE_BOUND) {
        send_type(l, DHCP_RELEASE);
    }
    l->state = LEASE_OFF;
    l->again = l->expiry = USEC_NONE;
}

/* -- packets in */

static void offered(struct lease *l)
{
    const struct dhcp_message *m = &l->message;
    struct addr server;
    if (addr_unset(m->yiaddr) || !dhcp_addr(m, DHCP_OPT_SERVER, &server) || addr_unset(server)) {
        return;
    }
    l->address = m->yiaddr;
    l->server = server;
    l->state = LEASE_REQUESTING;
    l->tries = 0;
    send_type(l, DHCP_REQUEST);
    l->again = l->now + backoff(l);
}

static void lose(struct lease *l)
{
    bool held = l->state >= LEASE_BOUND;
    discover(l);
    l->loses = held;
}

/* T1 and T2 as the server says, as long as they stand in order; else half and seven eighths (4.4.5). */
static void bound(struct lease *l)
{
    const struct dhcp_message *m = &l->message;
    uint32_t length = 0, t1 = 0, t2 = 0;
    struct addr server;
    if (addr_unset(m->yiaddr) || !dhcp_number(m, DHCP_OPT_LEASE, 4, &length)) {
        return;
    }
    length = length < LEASE_LEAST ? LEASE_LEAST : length;
    bool two = dhcp_number(m, DHCP_OPT_T2, 4, &t2) && t2 < length;
    t2 = two ? t2 : length - length / 8;
    bool one = dhcp_number(m, DHCP_OPT_T1, 4, &t1) && t1 < t2;
    t1 = one ? t1 : (length / 2 < t2 ? length / 2 : t2 / 2);
    if (dhcp_addr(m, DHCP_OPT_SERVER, &server)) {
        l->server = server;
    }
    l->address = m->yiaddr;
    l->state = LEASE_BOUND;
    bool ever = length == UINT32_MAX;
    l->expiry = ever ? USEC_NONE : l->asked + length * USEC_S;
    l->t1 = l->asked + t1 * USEC_S;
    l->t2 = l->asked + t2 * USEC_S;
    l->again = ever ? USEC_NONE : (l->t1 > l->now ? l->t1 : l->now);
    l->sends = false;
    l->binds = true;
}

static bool ours(const struct lease *l)
{
    const struct dhcp_message *m = &l->message;
    return m->op == DHCP_BOOTREPLY && m->xid == l->xid && m->has_mac && mac_eq(m->mac, l->mac);
}

void lease_on_packet(struct lease *l, struct str payload, usec_t now)
{
    struct err_at at;
    l->now = now;
    if (l->state == LEASE_OFF || l->state == LEASE_BOUND || l->binds ||
        payload.len > sizeof l->heard) {
        return;
    }
    memcpy(l->heard, payload.p ? payload.p : "", payload.len);
    if (dhcp_read(str_of(l->heard, payload.len), &l->message, &at) != ERR_OK || !ours(l)) {
        return;
    }
    if (l->state == LEASE_SELECTING) {
        if (l->message.type == DHCP_OFFER) {
            offered(l);
        }
    } else if (l->message.type == DHCP_ACK) {
        bound(l);
    } else if (l->message.type == DHCP_NAK) {
        lose(l);
    }
}

/* -- time */

/* Half of what is left until then, a minute at least. */
static void renew_again(struct lease *l, usec_t until)
{
    usec_t half = (until - l->now) / 2;
    usec_t least = RENEW_LEAST * USEC_S;
    l->again = l->now + (half > least ? half : least);
    l->again = l->again < until ? l->again : until;
}

static void renew(struct lease *l, enum lease_state state, usec_t until)
{
    bool first = l->state != state;
    l->state = state;
    if (first && state == LEASE_RENEWING) {
        l->xid = (uint32_t)random_next(&l->random);
    }
    l->began = first ? l->now : l->began;
    send_type(l, DHCP_REQUEST);
    renew_again(l, until);
}

static void repeat(struct lease *l, uint8_t type)
{
    send_type(l, type);
    l->again = l->now + backoff(l);
}

void lease_on_time(struct lease *l, usec_t now)
{
    l->now = now;
    if (l->again == USEC_NONE || now < l->again) {
        return;
    }
    switch (l->state) {
    case LEASE_SELECTING:
        repeat(l, DHCP_DISCOVER);
        break;
    case LEASE_REQUESTING:
        if (l->tries >= REQUESTS) {
            discover(l);
        } else {
            repeat(l, DHCP_REQUEST);
        }
        break;
    case LEASE_BOUND:
    case LEASE_RENEWING:
    case LEASE_REBINDING:
        if (l->expiry != USEC_NONE && now >= l->expiry) {
            lose(l);
        } else if (now >= l->t2) {
            renew(l, LEASE_REBINDING, l->expiry);
        } else {
            renew(l, LEASE_RENEWING, l->t2);
        }
        break;
    case LEASE_OFF:
        l->again = USEC_NONE;
        break;
    }
}

usec_t lease_deadline(const struct lease *l)
{
    return l->again;
}

bool lease_next(struct lease *l, struct lease_action *ret_action)
{
    *ret_action = (struct lease_action){.message = &l->message};
    if (l->loses) {
        l->loses = false;
        ret_action->what = LEASE_LOSE;
    } else if (l->binds) {
        l->binds = false;
        ret_action->what = LEASE_BIND;
    } else if (l->sends) {
        l->sends = false;
        ret_action->what = LEASE_SEND;
        ret_action->bytes = str_of((const char *)l->out, l->out_len);
        ret_action->to = l->to;
        if (!addr_eq(l->to.ip, everybody)) {
            ret_action->from = l->address;
        }
    } else {
        return false;
    }
    return true;
}
