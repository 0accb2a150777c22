/* DHCP in UDP in IPv4 (RFC 791 3.1, RFC 768, RFC 1071). */
#include "proto/dhcp/dhcp_frame.h"

#include "base/cursor.h"

enum {
    IP_LEN = 20,
    UDP_LEN = 8,
    TTL = 64,
    UDP = 17,
    MORE_FRAGMENTS = 0x2000,
    FRAGMENT_OFFSET = 0x1fff,
};

static void put(uint8_t *p, size_t size, uint32_t n)
{
    for (size_t i = 0; i < size; i++) {
        p[i] = (uint8_t)(n >> 8 * (size - 1 - i));
    }
}

/* The sum of 16-bit words, not yet folded. An odd last byte counts as the upper half of a word. */
static uint32_t sum(uint32_t start, const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        start += i % 2 ? p[i] : (uint32_t)p[i] << 8;
    }
    return start;
}

static uint16_t folded(uint32_t sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static void ip_write(const struct dhcp_frame *f, uint8_t *p, size_t len)
{
    memset(p, 0, IP_LEN);
    p[0] = 0x45; /* version 4, five words */
    put(p + 2, 2, (uint32_t)len);
    p[8] = TTL;
    p[9] = UDP;
    memcpy(p + 12, f->src.ip.b, 4);
    memcpy(p + 16, f->dst.ip.b, 4);
    put(p + 10, 2, folded(sum(0, p, IP_LEN)));
}

static void udp_write(const struct dhcp_frame *f, uint8_t *p, size_t len)
{
    put(p, 2, f->src.port);
    put(p + 2, 2, f->dst.port);
    put(p + 4, 2, (uint32_t)len);
    put(p + 6, 2, 0);
    memcpy(p + UDP_LEN, f->payload.p, f->payload.len);
    /* The addresses, the protocol and the length count as well (RFC 768). */
    uint32_t s = sum(UDP + (uint32_t)len, f->src.ip.b, 4);
    uint16_t check = folded(sum(sum(s, f->dst.ip.b, 4), p, len));
    put(p + 6, 2, check ? check : 0xffff);
}

enum err dhcp_frame_write(const struct dhcp_frame *f, void *ret_bytes, size_t cap, size_t *ret_len)
{
    size_t len = DHCP_FRAME_HEAD + f->payload.len;
    uint8_t *p = ret_bytes;
    if (f->payload.len > UINT16_MAX - DHCP_FRAME_HEAD || len > cap) {
        return ERR_LIMIT;
    }
    ip_write(f, p, len);
    udp_write(f, p + IP_LEN, len - IP_LEN);
    *ret_len = len;
    return ERR_OK;
}

static enum err malformed(size_t offset, const char *what, const char *rule,
                          struct err_at *reterr_at)
{
    *reterr_at = (struct err_at){offset, what, rule};
    return ERR_MALFORMED;
}

static enum err udp_read(struct cursor *c, struct dhcp_frame *ret_frame, struct err_at *reterr_at)
{
    size_t at = c->at;
    ret_frame->src.port = cursor_u16(c);
    ret_frame->dst.port = cursor_u16(c);
    size_t len = cursor_u16(c);
    cursor_skip(c, 2);
    ret_frame->payload = cursor_take(c, len < UDP_LEN ? SIZE_MAX : len - UDP_LEN);
    if (c->bad) {
        return malformed(at, "UDP is cut short", "RFC 768", reterr_at);
    }
    return ERR_OK;
}

enum err dhcp_frame_read(struct str packet, struct dhcp_frame *ret_frame, struct err_at *reterr_at)
{
    struct dhcp_frame f = {0};
    struct cursor c = cursor_of(packet);
    uint8_t first = cursor_u8(&c);
    size_t head = (size_t)(first & 0xf) * 4;
    cursor_skip(&c, 1);
    size_t len = cursor_u16(&c);
    cursor_skip(&c, 2);
    uint16_t fragment = cursor_u16(&c);
    cursor_skip(&c, 1);
    uint8_t protocol = cursor_u8(&c);
    cursor_skip(&c, 2);
    f.src.ip = addr4(cursor_u32(&c));
    f.dst.ip = addr4(cursor_u32(&c));
    if (c.bad || first >> 4 != 4 || head < IP_LEN || len < head || len > packet.len) {
        return malformed(0, "no whole IPv4 packet", "RFC 791 3.1", reterr_at);
    }
    if (folded(sum(0, c.p, head)) != 0) {
        return malformed(10, "the checksum of the IPv4 header is wrong", "RFC 791 3.1", reterr_at);
    }
    if (protocol != UDP || (fragment & (MORE_FRAGMENTS | FRAGMENT_OFFSET)) != 0) {
        return ERR_MISSING;
    }
    c = cursor_of(str_head(packet, len));
    c.at = head;
    enum err e = udp_read(&c, &f, reterr_at);
    if (e == ERR_OK) {
        *ret_frame = f;
    }
    return e;
}
