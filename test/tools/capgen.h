/* The lower half of capgen: frames, what happens to them on their way, and the file. */
#ifndef TEST_TOOLS_CAPGEN_H
#define TEST_TOOLS_CAPGEN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/mac.h"

enum { MTU = 1500, LANE = 1 << 20, FRAME_MOST = 9000, LANES = 8 };

/* One end of what is said. */
struct host {
    struct mac mac;
    struct endpoint at;
};

/* Frames that wait for their turn. */
struct lane {
    uint8_t *p; /* each: two bytes of length, then the frame */
    size_t len;
    size_t at;
};

struct gen {
    uint64_t seed;
    uint64_t size;   /* bytes of the file to write */
    uint64_t phones; /* different ones */
    uint64_t vlan;   /* of phones; 0: none */
    uint64_t loss;   /* one segment of how many is missing; 0: none. The same: */
    uint64_t swap;   /* comes behind the next */
    uint64_t again;  /* comes twice */
    uint64_t six;    /* phones that speak IPv6 */
    uint64_t bulk;   /* in 100 packets, segments of long transfers */
    uint64_t talk;   /* in 10000 packets, those of journeys */
    uint64_t lanes;  /* journeys at a time */
    uint64_t nano;   /* the file's form: 0 or 1 */
    uint64_t ng;
    uint64_t big;
    uint64_t snap; /* bytes kept of each frame */
    FILE *out;
    uint64_t written;
    uint64_t time; /* nanoseconds */
    uint32_t ip_id;
    struct lane *lane; /* where frames go; NULL: into the file */
    struct lane lane_of[LANES];
    uint8_t held[FRAME_MOST]; /* a frame that comes behind the next */
    size_t held_len;
};

static inline uint64_t chance(struct gen *g)
{
    g->seed = g->seed * 6364136223846793005U + 1442695040888963407U;
    return g->seed >> 33;
}

static inline bool one_in(struct gen *g, uint64_t n)
{
    return n && chance(g) % n == 0;
}

/* -- numbers ------------------------------------------------------------------------------ */

static inline uint8_t *put(uint8_t *p, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        p[i] = (uint8_t)(v >> (8 * (bytes - 1 - i)));
    }
    return p + bytes;
}

static inline uint8_t *put_bytes(uint8_t *p, const void *from, size_t len)
{
    memcpy(p, from, len);
    return p + len;
}

/* In the order of the file. */
static inline uint8_t *put_file(const struct gen *g, uint8_t *p, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        p[i] = (uint8_t)(v >> (8 * (g->big ? bytes - 1 - i : i)));
    }
    return p + bytes;
}

/* -- the file ----------------------------------------------------------------------------- */

static inline void out(struct gen *g, const void *p, size_t len)
{
    if (fwrite(p, 1, len, g->out) != len) {
        perror("capgen");
        exit(1);
    }
    g->written += len;
}

static inline void file_begin(struct gen *g)
{
    uint8_t head[64];
    uint8_t *p = head;
    if (!g->ng) {
        p = put_file(g, p, g->nano ? 0xA1B23C4D : 0xA1B2C3D4, 4);
        p = put_file(g, put_file(g, p, 2, 2), 4, 2);
        p = put_file(g, p, 0, 8);
        p = put_file(g, put_file(g, p, g->snap, 4), 1, 4);
        out(g, head, (size_t)(p - head));
        return;
    }
    p = put_file(g, put_file(g, p, 0x0A0D0D0A, 4), 28, 4);
    p = put_file(g, put_file(g, p, 0x1A2B3C4D, 4), 1, 2);
    p = put_file(g, put_file(g, p, 0, 2), UINT64_MAX, 8);
    p = put_file(g, p, 28, 4);
    p = put_file(g, put_file(g, p, 1, 4), 32, 4);
    p = put_file(g, put_file(g, p, 1, 2), 0, 2);
    p = put_file(g, p, g->snap, 4);
    p = put_file(g, put_file(g, p, 9, 2), 1, 2); /* if_tsresol */
    p = put_file(g, put(p, g->nano ? 9 : 6, 1), 0, 3);
    p = put_file(g, put_file(g, p, 0, 4), 32, 4);
    out(g, head, (size_t)(p - head));
}

static inline void file_frame(struct gen *g, const uint8_t *frame, size_t len)
{
    static const uint8_t zeros[4];
    uint8_t head[32];
    uint8_t *p = head;
    size_t kept = len < g->snap ? len : (size_t)g->snap;
    size_t pad = g->ng ? (4 - kept % 4) % 4 : 0;
    uint64_t units = g->nano ? g->time : g->time / 1000;
    uint64_t second = g->nano ? 1000000000 : 1000000;
    g->time += 20000 + chance(g) % 40000;
    if (g->ng) {
        p = put_file(g, put_file(g, p, 6, 4), 32 + kept + pad, 4);
        p = put_file(g, put_file(g, p, 0, 4), units >> 32, 4);
        p = put_file(g, put_file(g, p, units, 4), kept, 4);
    } else {
        p = put_file(g, put_file(g, p, units / second, 4), units % second, 4);
        p = put_file(g, p, kept, 4);
    }
    p = put_file(g, p, len, 4);
    out(g, head, (size_t)(p - head));
    out(g, frame, kept);
    if (g->ng) {
        out(g, zeros, pad);
        put_file(g, head, 32 + kept + pad, 4);
        out(g, head, 4);
    }
}

/* -- on the way --------------------------------------------------------------------------- */

static inline void lane_put(struct lane *l, const uint8_t *frame, size_t len)
{
    if (l->len + len + 2 > LANE) {
        fprintf(stderr, "capgen: a journey is too long\n");
        exit(1);
    }
    put(l->p + l->len, len, 2);
    memcpy(l->p + l->len + 2, frame, len);
    l->len += len + 2;
}

/* The next frame that waits goes into the file. False when none does. */
static inline bool lane_next(struct gen *g, struct lane *l)
{
    if (l->at == l->len) {
        l->at = 0;
        l->len = 0;
        return false;
    }
    size_t len = (size_t)l->p[l->at] << 8 | l->p[l->at + 1];
    file_frame(g, l->p + l->at + 2, len);
    l->at += 2 + len;
    return true;
}

static inline void deliver(struct gen *g, const uint8_t *frame, size_t len)
{
    if (g->lane) {
        lane_put(g->lane, frame, len);
    } else {
        file_frame(g, frame, len);
    }
}

/* What may be lost, swapped and repeated: segments of TCP. */
static inline void deliver_rough(struct gen *g, const uint8_t *frame, size_t len)
{
    if (one_in(g, g->loss)) {
        return;
    }
    if (one_in(g, g->swap) && !g->held_len) {
        memcpy(g->held, frame, len);
        g->held_len = len;
        return;
    }
    deliver(g, frame, len);
    if (one_in(g, g->again)) {
        deliver(g, frame, len);
    }
    if (g->held_len) {
        deliver(g, g->held, g->held_len);
        g->held_len = 0;
    }
}

/* -- frames ------------------------------------------------------------------------------- */

static inline uint16_t checksum(const uint8_t *p, size_t len)
{
    uint32_t sum = 0;
    for (size_t i = 0; i + 1 < len; i += 2) {
        sum += (uint32_t)p[i] << 8 | p[i + 1];
    }
    sum = (sum & 0xFFFF) + (sum >> 16);
    return (uint16_t) ~((sum & 0xFFFF) + (sum >> 16));
}

static inline uint8_t *ether(const struct gen *g, uint8_t *p, const struct host *from,
                             const struct host *to)
{
    p = put_bytes(put_bytes(p, to->mac.b, 6), from->mac.b, 6);
    if (g->vlan) {
        p = put(put(p, 0x8100, 2), g->vlan, 2);
    }
    return put(p, from->at.ip.family == 4 ? 0x0800 : 0x86DD, 2);
}

struct part {
    uint32_t at;
    bool more;
    bool whole;
};

static inline uint8_t *ip4(uint8_t *p, const struct host *from, const struct host *to,
                           uint8_t proto, size_t len, const struct part *part, uint32_t id)
{
    uint8_t *start = p;
    p = put(put(p, 0x4500, 2), len + 20, 2);
    p = put(put(p, id & 0xFFFF, 2), part->at / 8 | (part->more ? 0x2000U : 0), 2);
    p = put(put(put(p, 64, 1), proto, 1), 0, 2);
    p = put_bytes(put_bytes(p, from->at.ip.b, 4), to->at.ip.b, 4);
    put(start + 10, checksum(start, 20), 2);
    return p;
}

static inline uint8_t *ip6(uint8_t *p, const struct host *from, const struct host *to,
                           uint8_t proto, size_t len, const struct part *part, uint32_t id)
{
    p = put(put(p, 0x60000000, 4), len + (part->whole ? 0 : 8), 2);
    p = put(put(p, part->whole ? proto : 44, 1), 64, 1);
    p = put_bytes(put_bytes(p, from->at.ip.b, 16), to->at.ip.b, 16);
    if (!part->whole) {
        p = put(put(put(p, proto, 1), 0, 1), part->at | part->more, 2);
        p = put(p, id, 4);
    }
    return p;
}

/* An IP packet, in fragments where it is longer than a frame; the last ones may come first. */
static inline void ip_send(struct gen *g, const struct host *from, const struct host *to,
                           uint8_t proto, const uint8_t *payload, size_t len)
{
    static uint8_t frames[8][FRAME_MOST];
    size_t lens[8];
    size_t n = 0;
    size_t room = from->at.ip.family == 4 ? MTU - 20 : MTU - 48;
    bool whole = len <= room;
    uint32_t id = ++g->ip_id;
    room = room / 8 * 8;
    for (size_t at = 0; at < len && n < 8; n++) {
        size_t take = whole || len - at < room ? len - at : room;
        struct part part = {(uint32_t)at, at + take < len, whole};
        uint8_t *p = ether(g, frames[n], from, to);
        p = from->at.ip.family == 4 ? ip4(p, from, to, proto, take, &part, id)
                                    : ip6(p, from, to, proto, take, &part, id);
        p = put_bytes(p, payload + at, take);
        for (; p - frames[n] < 60; p++) { /* as Ethernet does */
            *p = 0;
        }
        lens[n] = (size_t)(p - frames[n]);
        at += take;
    }
    bool backwards = n > 1 && chance(g) % 2;
    for (size_t i = 0; i < n; i++) {
        size_t k = backwards ? n - 1 - i : i;
        if (proto == 6) {
            deliver_rough(g, frames[k], lens[k]);
        } else {
            deliver(g, frames[k], lens[k]);
        }
    }
}

static inline void udp_send(struct gen *g, const struct host *from, const struct host *to,
                            const void *data, size_t len)
{
    static uint8_t b[FRAME_MOST];
    uint8_t *p = put(put(b, from->at.port, 2), to->at.port, 2);
    p = put(put(p, len + 8, 2), 0, 2);
    p = put_bytes(p, data, len);
    ip_send(g, from, to, 17, b, (size_t)(p - b));
}

/* -- connections -------------------------------------------------------------------------- */

struct tcp {
    struct host end[2];
    uint32_t seq[2];
};

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

static inline void segment(struct gen *g, struct tcp *t, unsigned side, uint8_t flags,
                           const void *data, size_t len)
{
    static uint8_t b[FRAME_MOST];
    uint8_t *p = put(put(b, t->end[side].at.port, 2), t->end[!side].at.port, 2);
    p = put(put(p, t->seq[side], 4), flags & ACK ? t->seq[!side] : 0, 4);
    p = put(put(put(p, 0x50, 1), flags, 1), 0xFFFF, 2);
    p = put_bytes(put(p, 0, 4), data, len);
    ip_send(g, &t->end[side], &t->end[!side], 6, b, (size_t)(p - b));
    t->seq[side] += (uint32_t)len + ((flags & (SYN | FIN)) != 0);
}

static inline void tcp_open(struct gen *g, struct tcp *t, struct host client, struct host server)
{
    *t = (struct tcp){{client, server}, {(uint32_t)chance(g) * 2, (uint32_t)chance(g) * 2}};
    segment(g, t, 0, SYN, "", 0);
    segment(g, t, 1, SYN | ACK, "", 0);
    segment(g, t, 0, ACK, "", 0);
}

/* Bytes of one side, in segments of a full frame, each second one acknowledged. */
static inline void tcp_say(struct gen *g, struct tcp *t, unsigned side, const void *data,
                           size_t len)
{
    const uint8_t *p = data;
    for (size_t at = 0; at < len;) {
        size_t n = len - at < MTU - 80 ? len - at : MTU - 80;
        segment(g, t, side, PSH | ACK, p + at, n);
        at += n;
    }
    segment(g, t, !side, ACK, "", 0);
}

static inline void tcp_close(struct gen *g, struct tcp *t)
{
    segment(g, t, 0, FIN | ACK, "", 0);
    segment(g, t, 1, FIN | ACK, "", 0);
    segment(g, t, 0, ACK, "", 0);
}

#endif
