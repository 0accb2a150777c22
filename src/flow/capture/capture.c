/* A capture from its first byte to the facts of its last host. */
#include "flow/capture/capture.h"

#include <stdio.h>
#include <stdlib.h>

#include "flow/capture/inside.h"

static void on_problem(void *ctx, uint64_t offset, const char *what)
{
    struct capture *c = ctx;
    c->cfg.problem(c->cfg.ctx, offset, what, true);
}

/* Facts of SIP messages and of who the phone is come through the reader of logs. */
static void on_fact(void *ctx, const struct fact *f)
{
    struct capture *c = ctx;
    if (c->sip_at) {
        host_tell(c, c->sip_host, c->sip_at, f, c->sip_info);
    }
}

static void on_mark(void *ctx, const struct mark *m)
{
    (void)ctx;
    (void)m;
}

struct capture *capture_new(const struct capture_cfg *cfg)
{
    struct capture *c = calloc(1, sizeof *c);
    if (!c) {
        return NULL;
    }
    c->cfg = *cfg;
    arena_init(&c->arena, CAPTURE_MEMORY);
    struct dissect_sink sink = {.ctx = c, .mark = on_mark, .fact = on_fact};
    struct wire_visitor v = {.ctx = c,
                             .dhcp = trail_dhcp,
                             .dns = trail_dns,
                             .tcp = trail_tcp,
                             .tls = trail_tls,
                             .http = trail_http,
                             .sip = trail_sip,
                             .tftp = trail_tftp,
                             .ntp = trail_ntp,
                             .icmp = trail_icmp,
                             .arp = trail_arp,
                             .problem = cfg->problem ? on_problem : NULL};
    struct wire_cfg w = {.crypto = cfg->crypto,
                         .keylog = cfg->keylog,
                         .filter = {.macs = c->cfg.mac,
                                    .n_macs = cfg->n_macs,
                                    .addrs = c->cfg.addr,
                                    .n_addrs = cfg->n_addrs}};
    enum err e = dissect_init(&c->sip, NULL, sink);
    c->wire = e == ERR_OK ? wire_new(&v, &w) : NULL;
    if (!c->wire) {
        capture_free(c);
        return NULL;
    }
    return c;
}

void capture_free(struct capture *c)
{
    if (!c) {
        return;
    }
    wire_free(c->wire);
    dissect_clear(&c->sip);
    arena_clear(&c->arena);
    free(c);
}

void capture_begin(struct capture *c, uint32_t file)
{
    c->file = file;
    c->now = USEC_NONE;
    wire_begin(c->wire);
}

void capture_feed(struct capture *c, struct str bytes)
{
    wire_feed(c->wire, bytes);
}

static void settle(struct capture *c)
{
    struct wire_at end = {.time = c->now};
    for (struct host *h = c->hosts; h; h = h->next) {
        unsigned n = h->n_links < LINKS_MOST ? h->n_links : LINKS_MOST;
        for (unsigned i = 0; i < n; i++) {
            link_settle(c, h, &h->link[i], &end);
        }
        fetch_settle(c, h, &end);
        dns_settle(c, h);
        dhcp_settle(c, h);
        clock_settle(c, h);
        router_settle(c, h);
    }
}

/* Who is reported: hosts that behave like phones; where none does, whoever asked for anything. */
static bool wanted(const struct capture *c, const struct host *h, bool any_phone)
{
    bool told = c->cfg.n_macs || c->cfg.n_addrs;
    return h->n_facts && (told || any_phone ? h->phone || told : !h->server);
}

/* "3 frames were ...": nothing where there are none. */
static void say(struct capture *c, bool damage, unsigned long long n, const char *what)
{
    char text[200];
    if (n && c->cfg.problem) {
        (void)snprintf(text, sizeof text, "%llu %s", n, what);
        c->cfg.problem(c->cfg.ctx, 0, text, damage);
    }
}

static void hand_over(struct capture *c, const struct capture_sink *sink, uint32_t *order)
{
    bool any_phone = false;
    unsigned long long others = 0;
    for (const struct host *h = c->hosts; h; h = h->next) {
        any_phone = any_phone || (h->phone && h->n_facts && !h->server);
    }
    for (struct host *h = c->hosts; h; h = h->next) {
        if (!wanted(c, h, any_phone) || h->server) {
            others += h->n_facts != 0;
            continue;
        }
        if (h->has_mac && !host_shares_mac(c, h)) {
            char mac[MAC_TEXT];
            struct fact f;
            struct wire_at first = {.frame = h->first->frame, .time = h->first->time};
            first.src.ip = h->ip;
            mac_write(h->mac, mac);
            fact_init(&f, FACT_PHONE_MODEL);
            fact_add(&f, FIELD_MAC, str_z(mac));
            host_tell(c, h, &first, &f, STR("Ethernet address"));
        }
        sink->host(sink->ctx);
        host_hand_over(c, h, sink, order);
    }
    say(c, false, any_phone ? others : 0,
        "other hosts of the capture do not behave like phones and were left out; --host ADDRESS "
        "shows one");
}

static void forget(struct capture *c)
{
    arena_reset(&c->arena);
    c->hosts = NULL;
    c->last = NULL;
    c->n_hosts = 0;
    c->n_nameless = 0;
    c->left_out = 0;
    memset(c->bucket, 0, sizeof c->bucket);
}

uint64_t capture_end(struct capture *c, const struct capture_sink *sink, uint32_t *order)
{
    wire_end(c->wire);
    struct wire_count n = wire_count(c->wire);
    c->now = n.last;
    settle(c);
    hand_over(c, sink, order);
    say(c, true, c->left_out, "hosts and facts found no room in the memory that is set aside");
    say(c, false, n.lost, "gaps in TCP streams: packets that the capture does not hold");
    say(c, true, n.cut,
        "frames were cut short by the capture; record whole packets (tcpdump -s 0)");
    say(c, true, n.unknown, "frames are of a link layer that is not known here");
    forget(c);
    return n.frames;
}
