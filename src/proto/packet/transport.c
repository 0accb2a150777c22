/* What stands on IP: UDP (RFC 768), TCP (RFC 9293), ICMP; and ARP, which stands beside it. */
#include "proto/packet/inside.h"
#include "proto/packet/packet.h"

static const uint8_t *bytes(const struct packet *p)
{
    return (const uint8_t *)p->payload.p;
}

/* Why `n` bytes of the payload are not there. */
static enum packet_state lacking(const struct packet *p, uint32_t n)
{
    return n <= p->len ? PACKET_CUT : PACKET_BROKEN;
}

enum packet_state packet_read_udp(const struct packet *p, struct packet_udp *ret_u)
{
    const uint8_t *b = bytes(p);
    if (p->payload.len < 8) {
        return lacking(p, 8);
    }
    uint32_t len = packet_u16(b + 4);
    if (len != 0 && len < 8) {
        return PACKET_BROKEN;
    }
    /* 0, or more than IP has: cut into segments behind the capture. */
    len = len == 0 || len > p->len ? p->len : len;
    *ret_u = (struct packet_udp){.src = packet_u16(b),
                                 .dst = packet_u16(b + 2),
                                 .data = str_from(str_head(p->payload, len), 8),
                                 .len = len - 8};
    return PACKET_OK;
}

enum packet_state packet_read_tcp(const struct packet *p, struct packet_tcp *ret_t)
{
    const uint8_t *b = bytes(p);
    if (p->payload.len < 20) {
        return lacking(p, 20);
    }
    uint32_t header = (uint32_t)(b[12] >> 4) * 4;
    if (header < 20 || header > p->len) {
        return PACKET_BROKEN;
    }
    *ret_t = (struct packet_tcp){.src = packet_u16(b),
                                 .dst = packet_u16(b + 2),
                                 .flags = b[13],
                                 .seq = packet_u32(b + 4),
                                 .ack = packet_u32(b + 8),
                                 .data = str_from(p->payload, header),
                                 .len = p->len - header};
    return PACKET_OK;
}

/* Whether messages of that type quote the packet that they are about. */
static bool quotes(const struct packet *p, uint8_t type)
{
    if (p->proto == PACKET_ICMPV6) {
        return type >= 1 && type <= 4; /* RFC 4443 3 */
    }
    return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

static uint32_t next_mtu(const struct packet *p, const struct packet_icmp *i)
{
    if (p->proto == PACKET_ICMPV6) {
        return i->type == 2 ? packet_u32(bytes(p) + 4) : 0; /* RFC 4443 3.2 */
    }
    return i->type == 3 && i->code == 4 ? packet_u16(bytes(p) + 6) : 0; /* RFC 1191 4 */
}

enum packet_state packet_read_icmp(const struct packet *p, struct packet_icmp *ret_i)
{
    if (p->payload.len < 8) {
        return lacking(p, 8);
    }
    *ret_i = (struct packet_icmp){.type = bytes(p)[0], .code = bytes(p)[1]};
    ret_i->error = quotes(p, ret_i->type);
    if (!ret_i->error) {
        return PACKET_OK;
    }
    ret_i->mtu = next_mtu(p, ret_i);
    struct packet *q = &ret_i->quoted;
    if (packet_read_ip(str_from(p->payload, 8), p->len - 8, q) != PACKET_OK) {
        *q = (struct packet){.version = 0};
        return PACKET_OK;
    }
    if ((q->proto == PACKET_TCP || q->proto == PACKET_UDP) && q->at == 0 && q->payload.len >= 4) {
        ret_i->src = packet_u16(bytes(q));
        ret_i->dst = packet_u16(bytes(q) + 2);
    }
    return PACKET_OK;
}

enum packet_state packet_read_arp(const struct packet *p, struct packet_arp *ret_a)
{
    static const uint8_t ipv4_on_ethernet[] = {0, 1, 8, 0, 6, 4};
    const uint8_t *b = bytes(p);
    if (p->payload.len < 28) {
        return lacking(p, 28);
    }
    if (memcmp(b, ipv4_on_ethernet, sizeof ipv4_on_ethernet) != 0) {
        return PACKET_FOREIGN;
    }
    *ret_a = (struct packet_arp){
        .op = packet_u16(b + 6), .sender = addr_of(b + 14, 4), .target = addr_of(b + 24, 4)};
    memcpy(ret_a->sender_mac.b, b + 8, 6);
    memcpy(ret_a->target_mac.b, b + 18, 6);
    return PACKET_OK;
}
