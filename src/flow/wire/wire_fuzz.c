/* A whole capture: the same events however it is cut, and memory within its limit, also when that
 * is small. */
#include <stdlib.h>

#include "flow/wire/wire.h"
#include "proto/packet/packet.h"

struct seen {
    uint64_t hash;
    uint64_t n;
    uint64_t frame;
};

static void mix(struct seen *s, uint64_t v)
{
    s->hash = (s->hash ^ v) * 0x100000001B3U;
    s->n++;
}

static void mix_at(struct seen *s, const struct wire_at *at)
{
    if (at->frame < s->frame) { /* events come in the order of the frames */
        abort();
    }
    s->frame = at->frame;
    mix(s, at->frame);
    mix(s, at->src.port);
    mix(s, at->dst.port);
}

static void mix_str(struct seen *s, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        mix(s, (unsigned char)text.p[i]);
    }
}

static void on_dhcp(void *ctx, const struct wire_at *at, const struct dhcp_message *m)
{
    (void)m;
    mix_at(ctx, at);
}

static void on_dns(void *ctx, const struct wire_at *at, const struct dns_message *m, bool tcp)
{
    (void)m;
    mix_at(ctx, at);
    mix(ctx, tcp);
}

static void on_tcp(void *ctx, const struct wire_at *at, const struct wire_conn *conn,
                   enum wire_tcp e, bool from_client)
{
    mix_at(ctx, at);
    mix(ctx, conn->id);
    mix(ctx, e);
    mix(ctx, from_client);
    mix(ctx, conn->bytes[0]);
    mix(ctx, conn->bytes[1]);
}

static void on_tls(void *ctx, const struct wire_at *at, const struct wire_conn *conn,
                   bool from_client, const struct tls_event *e)
{
    (void)e;
    mix_at(ctx, at);
    mix(ctx, conn->id);
    mix(ctx, from_client);
}

static void on_http(void *ctx, const struct wire_at *at, const struct wire_conn *conn,
                    bool from_client, const struct http_head *h, bool decrypted)
{
    (void)h;
    mix_at(ctx, at);
    mix(ctx, conn->id);
    mix(ctx, from_client + 2U * decrypted);
}

static void on_sip(void *ctx, const struct wire_at *at, const struct wire_conn *conn,
                   struct str message, bool from_client, bool decrypted)
{
    mix_at(ctx, at);
    mix(ctx, conn ? conn->id : 0);
    mix(ctx, from_client + 2U * decrypted);
    mix_str(ctx, message);
}

static void on_tftp(void *ctx, const struct wire_at *at, const struct tftp_message *m)
{
    (void)m;
    mix_at(ctx, at);
}

static void on_ntp(void *ctx, const struct wire_at *at, const struct ntp_message *m)
{
    (void)m;
    mix_at(ctx, at);
}

static void on_arp(void *ctx, const struct wire_at *at, const struct packet_arp *m)
{
    mix_at(ctx, at);
    mix(ctx, m->op);
}

static void on_icmp(void *ctx, const struct wire_at *at, const struct wire_icmp *m)
{
    mix_at(ctx, at);
    mix(ctx, m->type);
    mix(ctx, m->dst.port);
}

static void on_problem(void *ctx, uint64_t offset, const char *what)
{
    mix(ctx, offset);
    mix_str(ctx, str_z(what));
}

static struct seen run(const char *p, size_t n, size_t step, size_t memory)
{
    struct seen s = {.hash = 1};
    struct wire_visitor v = {.ctx = &s,
                             .dhcp = on_dhcp,
                             .dns = on_dns,
                             .tcp = on_tcp,
                             .tls = on_tls,
                             .http = on_http,
                             .sip = on_sip,
                             .tftp = on_tftp,
                             .ntp = on_ntp,
                             .icmp = on_icmp,
                             .arp = on_arp,
                             .problem = on_problem};
    struct wire_cfg cfg = {.memory = memory};
    struct wire *w = wire_new(&v, &cfg);
    if (!w) {
        return s;
    }
    wire_begin(w);
    for (size_t at = 0; at < n; at += step) {
        wire_feed(w, str_of(p + at, n - at < step ? n - at : step));
    }
    wire_end(w);
    if (memory && wire_count(w).memory_most > memory) {
        abort();
    }
    wire_free(w);
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *p = (const char *)data;
    struct seen whole = run(p, size, size ? size : 1, 0);
    struct seen cut = run(p, size, 61, 0);
    if (cut.hash != whole.hash || cut.n != whole.n) {
        abort();
    }
    (void)run(p, size, 1000, 3000);
    return 0;
}
