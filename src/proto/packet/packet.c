/* Link layers and IP (IEEE 802.3, 802.1Q; RFC 791, RFC 8200). */
#include "proto/packet/packet.h"

#include "proto/packet/inside.h"

enum {
    TYPE_IPV4 = 0x0800,
    TYPE_IPV6 = 0x86DD,
    TYPE_8021Q = 0x8100,
    TYPE_8021AD = 0x88A8,
    TYPE_QINQ = 0x9100, /* before 802.1ad */
    TYPE_LENGTH = 1500, /* up to here it is a length (IEEE 802.3 3.2.6) */
};

enum {
    LINK_NULL = 0,
    LINK_ETHERNET = 1,
    LINK_RAW_BSD = 12,
    LINK_RAW_OPENBSD = 14,
    LINK_RAW = 101,
    LINK_LOOP = 108,
    LINK_COOKED = 113,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_COOKED2 = 276,
};

/* What is left of the frame; the headers come off it one by one. */
struct rest {
    const uint8_t *p;
    uint32_t len;  /* bytes captured */
    uint32_t wire; /* bytes on the wire */
};

/* Why `n` bytes are not there. */
static enum packet_state lacking(const struct rest *r, uint32_t n)
{
    return n <= r->wire ? PACKET_CUT : PACKET_BROKEN;
}

static void step(struct rest *r, uint32_t n)
{
    r->p += n;
    r->len -= n;
    r->wire -= n;
}

static void payload(struct packet *p, const struct rest *r)
{
    p->payload = str_of((const char *)r->p, r->len);
    p->len = r->wire;
}

/* What follows is `len` bytes long; the rest is padding. */
static void limit(struct rest *r, uint32_t len)
{
    r->wire = len < r->wire ? len : r->wire;
    r->len = len < r->len ? len : r->len;
}

static enum packet_state ipv4(struct rest r, struct packet *p)
{
    if (r.len < 20) {
        return lacking(&r, 20);
    }
    uint32_t header = (uint32_t)(r.p[0] & 15) * 4;
    uint32_t total = packet_u16(r.p + 2);
    uint16_t part = packet_u16(r.p + 6);
    if (r.p[0] >> 4 != 4 || header < 20 || (total && total < header)) {
        return PACKET_BROKEN;
    }
    p->version = 4;
    p->src = r.p + 12;
    p->dst = r.p + 16;
    p->ttl = r.p[8];
    p->proto = r.p[9];
    p->id = packet_u16(r.p + 4);
    p->at = (part & 0x1FFFU) * 8;
    p->more = part & 0x2000;
    p->fragment = p->more || p->at;
    if (total) { /* 0: cut into segments by the network card, behind the capture */
        if (total > r.wire) {
            r.wire = total; /* quoted by ICMP, which need not quote all */
        }
        limit(&r, total);
    }
    if (r.len < header) {
        return lacking(&r, header);
    }
    step(&r, header);
    payload(p, &r);
    return PACKET_OK;
}

static bool is_extension(uint8_t next)
{
    switch (next) {
    case 0:   /* hop by hop */
    case 43:  /* routing */
    case 51:  /* authentication */
    case 60:  /* options of the destination */
    case 135: /* mobility */
    case 139: /* host identity */
    case 140: /* shim6 */
        return true;
    default:
        return false;
    }
}

/* RFC 8200 4. Stops behind a fragment header: what follows is whole only when put together. */
static enum packet_state extensions(struct rest r, struct packet *p)
{
    for (int i = 0; i < PACKET_EXTENSIONS_MOST; i++) {
        bool fragment = p->proto == PACKET_FRAGMENT;
        if (!fragment && !is_extension(p->proto)) {
            payload(p, &r);
            return PACKET_OK;
        }
        if (r.len < 8) {
            return lacking(&r, 8);
        }
        /* In units of eight bytes without the first, but RFC 4302 2.2: of four without two. */
        uint32_t len = fragment ? 8 : p->proto == 51 ? (r.p[1] + 2U) * 4 : (r.p[1] + 1U) * 8;
        if (r.len < len) {
            return lacking(&r, len);
        }
        if (fragment) {
            uint16_t part = packet_u16(r.p + 2);
            p->id = packet_u32(r.p + 4);
            p->at = part & 0xFFF8U;
            p->more = part & 1;
            p->fragment = p->more || p->at;
        }
        p->proto = r.p[0];
        step(&r, len);
        if (p->fragment) {
            payload(p, &r);
            return PACKET_OK;
        }
    }
    return PACKET_BROKEN;
}

static enum packet_state ipv6(struct rest r, struct packet *p)
{
    if (r.len < 40) {
        return lacking(&r, 40);
    }
    if (r.p[0] >> 4 != 6) {
        return PACKET_BROKEN;
    }
    uint32_t len = packet_u16(r.p + 4);
    p->version = 6;
    p->src = r.p + 8;
    p->dst = r.p + 24;
    p->proto = r.p[6];
    p->ttl = r.p[7];
    step(&r, 40);
    if (len) { /* 0: a jumbogram (RFC 2675), or as above */
        r.wire = len > r.wire ? len : r.wire;
        limit(&r, len);
    }
    return extensions(r, p);
}

static enum packet_state ip(struct rest r, struct packet *p)
{
    if (r.len == 0) {
        return lacking(&r, 1);
    }
    return r.p[0] >> 4 == 4 ? ipv4(r, p) : ipv6(r, p);
}

static bool is_tag(uint16_t type)
{
    return type == TYPE_8021Q || type == TYPE_8021AD || type == TYPE_QINQ;
}

/* From an EtherType on, which `r` begins behind. */
static enum packet_state typed(struct rest r, uint16_t type, struct packet *p)
{
    for (int i = 0; i < PACKET_TAGS_MOST && is_tag(type); i++) {
        if (r.len < 4) {
            return lacking(&r, 4);
        }
        if (p->vlan == 0) {
            p->vlan = packet_u16(r.p) & 0x0FFF;
        }
        type = packet_u16(r.p + 2);
        step(&r, 4);
    }
    static const uint8_t snap[] = {0xAA, 0xAA, 3, 0, 0, 0}; /* RFC 1042 */
    if (type <= TYPE_LENGTH && r.len >= 8 && memcmp(r.p, snap, sizeof snap) == 0) {
        type = packet_u16(r.p + 6);
        step(&r, 8);
    }
    p->ethertype = type;
    if (type == TYPE_IPV4) {
        return ipv4(r, p);
    }
    if (type == TYPE_IPV6) {
        return ipv6(r, p);
    }
    payload(p, &r);
    return PACKET_FOREIGN;
}

static enum packet_state ethernet(struct rest r, struct packet *p)
{
    if (r.len < 14) {
        return lacking(&r, 14);
    }
    memcpy(p->dst_mac.b, r.p, 6);
    memcpy(p->src_mac.b, r.p + 6, 6);
    p->has_mac = true;
    uint16_t type = packet_u16(r.p + 12);
    step(&r, 14);
    return typed(r, type, p);
}

/* Linux cooked captures, of both versions. */
static enum packet_state cooked(struct rest r, bool second, struct packet *p)
{
    uint32_t header = second ? 20 : 16;
    if (r.len < header) {
        return lacking(&r, header);
    }
    unsigned mac_len = second ? r.p[11] : packet_u16(r.p + 4);
    if (mac_len == 6) {
        memcpy(p->src_mac.b, r.p + (second ? 12 : 6), 6);
        p->has_mac = true;
    }
    uint16_t type = packet_u16(r.p + (second ? 0 : 14));
    step(&r, header);
    return typed(r, type, p);
}

/* NULL has the address family in the order of the machine that captured, LOOP in network order. */
static enum packet_state loopback(struct rest r, struct packet *p)
{
    if (r.len < 4) {
        return lacking(&r, 4);
    }
    step(&r, 4);
    return ip(r, p);
}

enum packet_state packet_read(uint16_t link, struct str frame, uint32_t wire, struct packet *ret_p)
{
    struct rest r = {(const uint8_t *)frame.p, (uint32_t)frame.len, wire};
    *ret_p = (struct packet){.version = 0};
    switch (link) {
    case LINK_ETHERNET:
        return ethernet(r, ret_p);
    case LINK_COOKED:
        return cooked(r, false, ret_p);
    case LINK_COOKED2:
        return cooked(r, true, ret_p);
    case LINK_NULL:
    case LINK_LOOP:
        return loopback(r, ret_p);
    case LINK_RAW:
    case LINK_RAW_BSD:
    case LINK_RAW_OPENBSD:
    case LINK_IPV4:
    case LINK_IPV6:
        return ip(r, ret_p);
    default:
        return PACKET_NO_LINK;
    }
}

enum packet_state packet_read_ip(struct str bytes, uint32_t wire, struct packet *ret_p)
{
    struct rest r = {(const uint8_t *)bytes.p, (uint32_t)bytes.len, wire};
    *ret_p = (struct packet){.version = 0};
    return ip(r, ret_p);
}

enum packet_state packet_extensions(struct packet *p)
{
    struct rest r = {(const uint8_t *)p->payload.p, (uint32_t)p->payload.len, p->len};
    return p->version == 6 ? extensions(r, p) : PACKET_OK;
}
