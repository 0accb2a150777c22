/* Frames: whatever the bytes and the link layer, the views stay inside. The first byte chooses the
 * link type, the second how much of the frame the capture lost. */
#include <stdlib.h>

#include "proto/packet/packet.h"

static void inside(struct str all, struct str view)
{
    if (view.p && (view.p < all.p || view.p + view.len > all.p + all.len)) {
        abort();
    }
}

static void transport(struct str frame, const struct packet *p)
{
    struct packet_udp u;
    struct packet_tcp t;
    struct packet_icmp i;
    if (p->payload.len > p->len) {
        abort();
    }
    if (packet_read_udp(p, &u) == PACKET_OK) {
        inside(frame, u.data);
    }
    if (packet_read_tcp(p, &t) == PACKET_OK) {
        inside(frame, t.data);
        if (t.data.len > t.len) {
            abort();
        }
    }
    if (packet_read_icmp(p, &i) == PACKET_OK) {
        inside(frame, i.quoted.payload);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t links[] = {1, 113, 276, 0, 108, 101, 228, 229, 12, 999};
    if (size < 2) {
        return 0;
    }
    struct str frame = str_of((const char *)data + 2, size - 2);
    uint32_t wire = (uint32_t)frame.len + data[1];
    struct packet p;
    struct packet_arp a;
    enum packet_state state =
        packet_read(links[data[0] % (sizeof links / sizeof *links)], frame, wire, &p);
    inside(frame, p.payload);
    if (state == PACKET_FOREIGN) {
        (void)packet_read_arp(&p, &a);
    }
    if (state != PACKET_OK) {
        return 0;
    }
    size_t n = p.version == 4 ? 4 : 16;
    inside(frame, str_of((const char *)p.src, n));
    inside(frame, str_of((const char *)p.dst, n));
    (void)packet_addr(&p, p.src);
    if (!p.fragment) {
        transport(frame, &p);
    }
    return 0;
}
