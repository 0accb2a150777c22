/* Datagrams. Most of a capture is speech (RTP): what a datagram is has to be seen from its ports
 * and first bytes, without a table. */
#include "flow/wire/inside.h"
#include "flow/wire/sniff.h"
#include "proto/dhcp/dhcp.h"
#include "proto/dns/dns.h"
#include "proto/ntp/ntp.h"
#include "proto/tftp/tftp.h"

/* A message that the capture cut short is no fault of its sender. */
static void malformed(struct wire *w)
{
    w->count.malformed += !w->cut;
}

static void on_dhcp(struct wire *w, struct str data)
{
    struct dhcp_message m;
    struct err_at at;
    if (!w->v.dhcp) {
        return;
    }
    if (dhcp_read(data, &m, &at) != ERR_OK) {
        malformed(w);
        return;
    }
    bool known = m.has_mac && wire_has_mac(&w->cfg.filter, &m.mac);
    if (w->unwanted && !known) {
        w->count.filtered++;
        return;
    }
    w->v.dhcp(w->v.ctx, &w->at, &m);
}

static void on_dns(struct wire *w, struct str data)
{
    struct dns_message m;
    struct err_at at;
    if (!w->v.dns) {
        return;
    }
    if (dns_read(data, &m, &at) != ERR_OK) {
        malformed(w);
        return;
    }
    w->v.dns(w->v.ctx, &w->at, &m, false);
}

static void on_ntp(struct wire *w, struct str data)
{
    struct ntp_message m;
    struct err_at at;
    if (w->v.ntp && ntp_read(data, &m, &at) == ERR_OK) {
        w->v.ntp(w->v.ctx, &w->at, &m);
    }
}

static void on_sip(struct wire *w, struct str data)
{
    while (data.p[0] == '\r' || data.p[0] == '\n') {
        data = str_from(data, 1);
    }
    if (w->v.sip) {
        w->v.sip(w->v.ctx, &w->at, NULL, data, !str_starts(data, STR("SIP/")), false);
    }
}

/* The transfer that the packet at hand belongs to, or NULL. */
static struct transfer *transfer_find(struct wire *w)
{
    const struct wire_at *at = &w->at;
    for (unsigned i = 0; i < w->n_transfers; i++) {
        struct transfer *t = &w->transfers[i];
        if ((endpoint_eq(t->client, at->src) && addr_eq(t->server, at->dst.ip)) ||
            (endpoint_eq(t->client, at->dst) && addr_eq(t->server, at->src.ip))) {
            return t;
        }
    }
    return NULL;
}

/* The answer to a request comes from another port than it was sent to (RFC 1350 4). */
static void transfer_add(struct wire *w)
{
    struct transfer *t = transfer_find(w);
    if (!t && w->n_transfers < WIRE_TRANSFERS) {
        t = &w->transfers[w->n_transfers++];
    }
    if (!t) {
        t = w->transfers;
        for (unsigned i = 1; i < WIRE_TRANSFERS; i++) {
            t = w->transfers[i].frame < t->frame ? &w->transfers[i] : t;
        }
    }
    *t = (struct transfer){w->at.src, w->at.dst.ip, w->at.frame};
}

static void on_tftp(struct wire *w, struct str data)
{
    struct tftp_message m;
    struct err_at at;
    if (tftp_read(data, &m, &at) != ERR_OK) {
        malformed(w);
        return;
    }
    if ((m.op == TFTP_RRQ || m.op == TFTP_WRQ) && w->at.dst.port == TFTP_PORT) {
        transfer_add(w);
    }
    if (w->v.tftp) {
        w->v.tftp(w->v.ctx, &w->at, &m);
    }
}

static bool either(const struct packet_udp *u, uint16_t port)
{
    return u->src == port || u->dst == port;
}

/* Whether a datagram between unknown ports may be of a transfer: two bytes of operation. */
static bool may_be_tftp(const struct wire *w, struct str data)
{
    return w->n_transfers && data.len >= 4 && data.p[0] == 0 && data.p[1] >= TFTP_DATA &&
           data.p[1] <= TFTP_OACK;
}

void wire_udp(struct wire *w, const struct packet *p)
{
    struct packet_udp u;
    enum packet_state state = packet_read_udp(p, &u);
    if (state != PACKET_OK || u.data.len == 0) {
        w->count.malformed += state == PACKET_BROKEN;
        w->count.cut += state == PACKET_CUT;
        return;
    }
    bool dhcp = either(&u, DHCP_SERVER_PORT) || either(&u, DHCP_CLIENT_PORT);
    bool named = dhcp || either(&u, DNS_PORT) || either(&u, NTP_PORT) || either(&u, TFTP_PORT);
    if (w->unwanted && !dhcp) {
        w->count.filtered++;
        return;
    }
    if (!named && !sniff_sip(u.data) && !may_be_tftp(w, u.data)) {
        return;
    }
    if (wire_twice(w, p)) {
        return;
    }
    w->cut = u.data.len < u.len;
    w->count.cut += w->cut;
    wire_at_set(w, p, u.src, u.dst);
    if (dhcp) {
        on_dhcp(w, u.data);
    } else if (sniff_sip(u.data)) {
        on_sip(w, u.data);
    } else if (either(&u, DNS_PORT)) {
        on_dns(w, u.data);
    } else if (either(&u, NTP_PORT)) {
        on_ntp(w, u.data);
    } else if (u.dst == TFTP_PORT || transfer_find(w)) {
        on_tftp(w, u.data);
    }
}
