/* The blocks of pcapng (draft-ietf-opsawg-pcapng 4). */
#include <stdlib.h>

#include "proto/pcap/inside.h"

enum block {
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 2, /* obsolete */
    BLOCK_SIMPLE = 3,
    BLOCK_ENHANCED = 6,
    BLOCK_SECRETS = 10,
    BLOCK_SECTION = 0x0A0D0D0A,
};

enum { BLOCK_LEAST = 12, ORDER_MAGIC = 0x1A2B3C4D, OPTION_END = 0, OPTION_TSRESOL = 9 };
enum { OPTION_TSOFFSET = 14, DATA_ENHANCED = 28, DATA_SIMPLE = 12, DATA_SECRETS = 16 };
#define SECONDS_MOST ((uint64_t)1 << 40) /* of a time stamp or its offset; past it there is none */

/* Units per second of if_tsresol (4.2): a power of ten, or of two. 0: it does not fit. */
static uint64_t units(uint8_t resolution)
{
    unsigned power = resolution & 0x7F;
    if (resolution & 0x80) {
        return power < 64 ? (uint64_t)1 << power : 0;
    }
    uint64_t n = 1;
    for (unsigned i = 0; i < power; i++) {
        if (i >= 19) {
            return 0;
        }
        n *= 10;
    }
    return n;
}

static usec_t time_of(const struct pcap_interface *in, uint64_t stamp)
{
    uint64_t sec = 0;
    uint64_t us = 0;
    if (in->per_sec == 1000000) {
        sec = stamp / 1000000;
        us = stamp % 1000000;
    } else if (in->per_sec == 1000000000) {
        sec = stamp / 1000000000;
        us = stamp % 1000000000 / 1000;
    } else if (in->per_sec) {
        sec = stamp / in->per_sec;
        us = stamp % in->per_sec;
        /* The product below has to fit; 2^44 units times 10^6 does. */
        unsigned shift = in->per_sec >> 44 ? 20 : 0;
        us = (us >> shift) * 1000000 / (in->per_sec >> shift);
    }
    if (in->per_sec == 0 || sec > SECONDS_MOST) {
        return USEC_NONE;
    }
    return (usec_t)sec * USEC_S + (usec_t)us + in->offset_us;
}

static void option_read(const struct pcap *p, struct pcap_interface *in, uint16_t code,
                        struct str value)
{
    if (code == OPTION_TSRESOL && value.len == 1) {
        in->per_sec = units((uint8_t)value.p[0]);
    }
    if (code == OPTION_TSOFFSET && value.len == 8) {
        uint64_t high = pcap_u32(p, value, p->swapped ? 4 : 0);
        int64_t sec = (int64_t)(high << 32 | pcap_u32(p, value, p->swapped ? 0 : 4));
        bool sane = sec < (int64_t)SECONDS_MOST && sec > -(int64_t)SECONDS_MOST;
        in->offset_us = sane ? sec * USEC_S : 0;
    }
}

/* The options from `at` on, of an interface. They end with the block, or before it. */
static void options_read(const struct pcap *p, struct str block, struct pcap_interface *in)
{
    size_t end = block.len - 4;
    size_t at = 16;
    while (at + 4 <= end) {
        uint16_t code = pcap_u16(p, block, at);
        size_t len = pcap_u16(p, block, at + 2);
        at += 4;
        if (code == OPTION_END || len > end - at) {
            return;
        }
        option_read(p, in, code, str_of(block.p + at, len));
        at += (len + 3) / 4 * 4;
    }
}

static bool interfaces_grow(struct pcap *p)
{
    if (p->n_interfaces < p->interfaces_cap) {
        return true;
    }
    uint32_t cap = p->interfaces_cap ? p->interfaces_cap * 2 : 4;
    struct pcap_interface *more = realloc(p->interfaces, cap * sizeof *more);
    if (!more) {
        return false;
    }
    p->interfaces = more;
    p->interfaces_cap = cap;
    return true;
}

static void interface_add(struct pcap *p, struct str block)
{
    if (block.len < 20) {
        pcap_problem(p, p->offset, "the description of an interface is too short");
        return;
    }
    if (p->n_interfaces == PCAP_INTERFACES_MOST || !interfaces_grow(p)) {
        pcap_problem(p, p->offset, "too many interfaces");
        return;
    }
    struct pcap_interface *in = &p->interfaces[p->n_interfaces++];
    *in = (struct pcap_interface){
        .link = pcap_u16(p, block, 8), .snaplen = pcap_u32(p, block, 12), .per_sec = 1000000};
    options_read(p, block, in);
}

static void frame_give(struct pcap *p, struct pcap_frame *f)
{
    if (f->interface >= p->n_interfaces) {
        pcap_problem(p, p->offset, "a packet of an interface that was not described");
        return;
    }
    f->link = p->interfaces[f->interface].link;
    f->offset = p->offset;
    f->number = ++p->frames;
    if (f->len < f->bytes.len) {
        f->len = (uint32_t)f->bytes.len;
    }
    p->v.frame(p->v.ctx, f);
}

/* Enhanced packets (4.3), and the obsolete ones, whose interface has 16 bits only. */
static void packet(struct pcap *p, struct str block, bool obsolete)
{
    uint32_t len = block.len >= DATA_ENHANCED + 4 ? pcap_u32(p, block, 20) : UINT32_MAX;
    if (len > block.len - 4 || len + DATA_ENHANCED > block.len - 4) {
        pcap_problem(p, p->offset, "a packet is longer than its block");
        return;
    }
    uint64_t stamp = (uint64_t)pcap_u32(p, block, 12) << 32 | pcap_u32(p, block, 16);
    struct pcap_frame f = {.interface = obsolete ? pcap_u16(p, block, 8) : pcap_u32(p, block, 8),
                           .len = pcap_u32(p, block, 24),
                           .bytes = str_of(block.p + DATA_ENHANCED, len)};
    f.time =
        f.interface < p->n_interfaces ? time_of(&p->interfaces[f.interface], stamp) : USEC_NONE;
    frame_give(p, &f);
}

/* A packet without a time, of the first interface; its length is the least of three (4.4). */
static void simple(struct pcap *p, struct str block)
{
    if (block.len < DATA_SIMPLE + 4) {
        pcap_problem(p, p->offset, "a packet is longer than its block");
        return;
    }
    uint32_t wire = pcap_u32(p, block, 8);
    size_t len = block.len - DATA_SIMPLE - 4;
    uint32_t snaplen = p->n_interfaces ? p->interfaces[0].snaplen : 0;
    len = wire < len ? wire : len;
    len = snaplen && snaplen < len ? snaplen : len;
    struct pcap_frame f = {
        .len = wire, .time = USEC_NONE, .bytes = str_of(block.p + DATA_SIMPLE, len)};
    frame_give(p, &f);
}

static void secrets(struct pcap *p, struct str block)
{
    uint32_t len = block.len >= DATA_SECRETS + 4 ? pcap_u32(p, block, 12) : UINT32_MAX;
    if (len > block.len - 4 || len + DATA_SECRETS > block.len - 4) {
        pcap_problem(p, p->offset, "secrets are longer than their block");
        return;
    }
    if (p->v.secrets) {
        p->v.secrets(p->v.ctx, pcap_u32(p, block, 8), str_of(block.p + DATA_SECRETS, len));
    }
}

static void block_on(struct pcap *p, uint32_t type, struct str block)
{
    switch (type) {
    case BLOCK_SECTION:
        p->n_interfaces = 0;
        break;
    case BLOCK_INTERFACE:
        interface_add(p, block);
        break;
    case BLOCK_PACKET:
        packet(p, block, true);
        break;
    case BLOCK_SIMPLE:
        simple(p, block);
        break;
    case BLOCK_ENHANCED:
        packet(p, block, false);
        break;
    case BLOCK_SECRETS:
        secrets(p, block);
        break;
    default: /* statistics, names and whatever comes later */
        break;
    }
}

/* The order of numbers that a section header at `s` gives; false: it gives none (4.1). */
static bool section_order(struct pcap *p, struct str s)
{
    struct pcap as = {.swapped = false};
    uint32_t magic = pcap_u32(&as, s, 8);
    bool known = magic == ORDER_MAGIC || __builtin_bswap32(magic) == ORDER_MAGIC;
    if (known) {
        p->swapped = magic != ORDER_MAGIC;
    }
    return known;
}

size_t pcap_step_block(struct pcap *p, struct str s)
{
    if (s.len < BLOCK_LEAST) {
        return pcap_more(p, BLOCK_LEAST);
    }
    uint32_t type = pcap_u32(p, s, 0);
    if (type == BLOCK_SECTION && !section_order(p, s)) {
        pcap_lose(p, "the header of a section is broken");
        return 4;
    }
    uint32_t len = pcap_u32(p, s, 4);
    if (len < BLOCK_LEAST || len % 4 || len > PCAP_BLOCK_MOST) {
        pcap_lose(p, "the length of a block is broken");
        return 4;
    }
    if (s.len < len) {
        return pcap_more(p, len);
    }
    if (pcap_u32(p, s, len - 4) != len) {
        pcap_lose(p, "the two lengths of a block differ");
        return 4;
    }
    block_on(p, type, str_head(s, len));
    return len;
}
