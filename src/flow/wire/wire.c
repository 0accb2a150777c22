/* The way of a capture through the readers, from file to message. */
#include "flow/wire/wire.h"

#include <stdlib.h>

#include "flow/wire/inside.h"

bool wire_is_capture(struct str head)
{
    return pcap_is(head);
}

bool wire_has_mac(const struct wire_filter *f, const struct mac *m)
{
    for (size_t i = 0; i < f->n_macs; i++) {
        if (mac_eq(f->macs[i], *m)) {
            return true;
        }
    }
    return false;
}

static bool has_addr(const struct wire_filter *f, const struct packet *p, const uint8_t *bytes)
{
    size_t n = p->version == 4 ? 4 : 16;
    for (size_t i = 0; i < f->n_addrs; i++) {
        if (f->addrs[i].family == p->version && memcmp(f->addrs[i].b, bytes, n) == 0) {
            return true;
        }
    }
    return false;
}

static bool wanted(const struct wire_filter *f, const struct packet *p)
{
    return wire_has_mac(f, &p->src_mac) || wire_has_mac(f, &p->dst_mac) || has_addr(f, p, p->src) ||
           has_addr(f, p, p->dst);
}

void wire_at_set(struct wire *w, const struct packet *p, uint16_t src, uint16_t dst)
{
    struct wire_at *at = &w->at;
    at->src = (struct endpoint){.ip = packet_addr(p, p->src), .port = src};
    at->dst = (struct endpoint){.ip = packet_addr(p, p->dst), .port = dst};
    at->src_mac = p->src_mac;
    at->dst_mac = p->dst_mac;
    at->has_mac = p->has_mac;
    at->vlan = p->vlan;
    at->proto = p->proto;
    at->ttl = p->ttl;
}

static uint64_t mix(uint64_t h, const void *bytes, size_t len)
{
    const char *p = bytes;
    for (; len; len -= len < 8 ? len : 8, p += 8) {
        uint64_t v = 0;
        memcpy(&v, p, len < 8 ? len : 8);
        h = (h ^ v) * 0x9E3779B97F4A7C15U;
        h ^= h >> 32;
    }
    return h;
}

bool wire_twice(struct wire *w, const struct packet *p)
{
    usec_t now = w->at.time;
    if (now == USEC_NONE) {
        return false;
    }
    size_t n = p->version == 4 ? 4 : 16;
    uint64_t h = mix(mix(p->len, p->src, n), p->dst, n);
    h = mix(h, p->payload.p, p->payload.len);
    for (unsigned i = 0; i < WIRE_RECENT; i++) {
        const struct recent *r = &w->recent[i];
        if (r->hash == h && now >= r->time && now - r->time <= WIRE_TWICE_MS * USEC_MS) {
            w->count.twice++;
            return true;
        }
    }
    w->recent[w->n_recent++ % WIRE_RECENT] = (struct recent){h, now};
    return false;
}

static void on_icmp(struct wire *w, const struct packet *p)
{
    struct packet_icmp i;
    enum packet_state state = packet_read_icmp(p, &i);
    w->count.malformed += state == PACKET_BROKEN;
    if (state != PACKET_OK || !i.error || !w->v.icmp || wire_twice(w, p)) {
        return;
    }
    struct wire_icmp m = {.version = p->version,
                          .type = i.type,
                          .code = i.code,
                          .proto = i.quoted.proto,
                          .mtu = i.mtu};
    if (i.quoted.version) {
        m.src = (struct endpoint){.ip = packet_addr(&i.quoted, i.quoted.src), .port = i.src};
        m.dst = (struct endpoint){.ip = packet_addr(&i.quoted, i.quoted.dst), .port = i.dst};
    }
    wire_at_set(w, p, 0, 0);
    w->v.icmp(w->v.ctx, &w->at, &m);
}

static void on_packet(struct wire *w, const struct packet *p)
{
    switch (p->proto) {
    case PACKET_UDP:
        wire_udp(w, p);
        break;
    case PACKET_TCP:
        wire_tcp_packet(w, p);
        break;
    case PACKET_ICMP:
    case PACKET_ICMPV6:
        on_icmp(w, p);
        break;
    default:
        break;
    }
}

/* Not IP, or not as it should be. */
static void on_other(struct wire *w, enum packet_state state, uint16_t link, const struct packet *p)
{
    struct packet_arp m;
    if (state == PACKET_FOREIGN && w->v.arp && packet_read_arp(p, &m) == PACKET_OK) {
        w->at.src = (struct endpoint){.ip = m.sender};
        w->at.dst = (struct endpoint){.ip = m.target};
        w->at.src_mac = m.sender_mac;
        w->at.has_mac = true;
        w->v.arp(w->v.ctx, &w->at, &m);
    }
    w->count.cut += state == PACKET_CUT;
    w->count.malformed += state == PACKET_BROKEN;
    if (state == PACKET_NO_LINK) {
        w->count.unknown++;
        w->count.link_unseen = link;
    }
}

static void on_frame(void *ctx, const struct pcap_frame *f)
{
    struct wire *w = ctx;
    struct packet p;
    w->count.frames++;
    w->at.frame = f->number;
    w->at.time = f->time;
    if (f->time != USEC_NONE) {
        w->count.last = f->time;
        w->count.first = w->count.first == USEC_NONE ? f->time : w->count.first;
    }
    enum packet_state state = packet_read(f->link, f->bytes, f->len, &p);
    if (state != PACKET_OK) {
        on_other(w, state, f->link, &p);
        return;
    }
    if (p.fragment) {
        w->count.fragments++;
        if (!fragments_on(&w->fragments, &w->budget, &p, f->time) ||
            packet_extensions(&p) != PACKET_OK) {
            return;
        }
    }
    w->unwanted = w->filtering && !wanted(&w->cfg.filter, &p);
    if (w->unwanted && p.proto != PACKET_UDP) {
        w->count.filtered++;
        return;
    }
    on_packet(w, &p);
}

static void on_secrets(void *ctx, uint32_t type, struct str text)
{
    struct wire *w = ctx;
    if (type == PCAP_SECRETS_TLS && tls_keys_add(&w->keys, text) != ERR_OK) {
        w->count.secrets_lost++;
    }
}

static void on_problem(void *ctx, uint64_t offset, const char *what)
{
    struct wire *w = ctx;
    if (w->count.problems++ < WIRE_PROBLEMS_MOST && w->v.problem) {
        w->v.problem(w->v.ctx, offset, what);
    }
}

struct wire *wire_new(const struct wire_visitor *v, const struct wire_cfg *cfg)
{
    struct wire *w = calloc(1, sizeof *w);
    if (!w) {
        return NULL;
    }
    w->v = *v;
    w->cfg = *cfg;
    w->filtering = cfg->filter.n_macs || cfg->filter.n_addrs;
    w->budget.limit = cfg->memory ? cfg->memory : WIRE_MEMORY;
    w->table = calloc(WIRE_HASH, sizeof(struct conn *));
    if (!w->table) {
        free(w);
        return NULL;
    }
    return w;
}

void wire_free(struct wire *w)
{
    if (!w) {
        return;
    }
    w->v = (struct wire_visitor){.ctx = NULL}; /* nothing more is told */
    wire_end(w);
    free(w->table);
    free(w);
}

void wire_begin(struct wire *w)
{
    wire_end(w);
    struct pcap_visitor v = {
        .ctx = w, .frame = on_frame, .secrets = on_secrets, .problem = on_problem};
    pcap_init(&w->pcap, v);
    w->count = (struct wire_count){.first = USEC_NONE, .last = USEC_NONE};
    w->at = (struct wire_at){.time = USEC_NONE};
    w->n_transfers = 0;
    memset(w->recent, 0, sizeof w->recent);
    secure_init(w);
    w->begun = true;
}

void wire_feed(struct wire *w, struct str bytes)
{
    w->count.bytes += bytes.len;
    pcap_feed(&w->pcap, bytes);
}

void wire_end(struct wire *w)
{
    if (!w->begun) {
        return;
    }
    pcap_end(&w->pcap);
    conns_clear(w);
    fragments_clear(&w->fragments, &w->budget);
    w->count.incomplete = w->fragments.incomplete;
    w->count.memory_most = w->budget.most;
    w->fragments = (struct fragments){.round = 0};
    w->budget.most = 0;
    pcap_clear(&w->pcap);
    tls_keys_clear(&w->keys);
    w->begun = false;
}

struct wire_count wire_count(const struct wire *w)
{
    return w->count;
}
