/* Small captures, packet by packet, and what is told of them as text: for the tests of this module. */
#ifndef FLOW_WIRE_FIXTURE_H
#define FLOW_WIRE_FIXTURE_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "flow/wire/wire.h"
#include "proto/dhcp/dhcp.h"
#include "proto/dns/dns.h"
#include "proto/http/http.h"
#include "proto/ntp/ntp.h"
#include "proto/packet/packet.h"
#include "proto/tftp/tftp.h"
#include "proto/tls/tls.h"

enum { FIN = 1, SYN = 2, RST = 4, ACK = 16 };

/* A capture of Ethernet in the making. Host n is 192.0.2.n with 00:00:5e:00:53:n. */
struct cap {
    uint8_t b[1 << 20];
    size_t len;
    unsigned seconds; /* of the next frame */
    unsigned step;    /* seconds from one to the next */
};

static inline void put(struct cap *c, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        c->b[c->len++] = (uint8_t)(v >> (8 * (bytes - 1 - i)));
    }
}

static inline void put_str(struct cap *c, struct str s)
{
    if (s.len) {
        memcpy(c->b + c->len, s.p, s.len);
        c->len += s.len;
    }
}

static inline void cap_begin(struct cap *c)
{
    c->len = 0;
    c->seconds = 1;
    c->step = 1;
    put(c, 0xA1B2C3D4, 4);
    put(c, 0x00020004, 4);
    put(c, 0, 8);
    put(c, 65535, 4);
    put(c, 1, 4);
}

/* The headers of a frame whose IP payload has `len` bytes, of which `lost` are not captured. */
static inline void frame_begin(struct cap *c, uint8_t from, uint8_t to, uint8_t proto, size_t len,
                               size_t lost)
{
    put(c, c->seconds, 4);
    c->seconds += c->step;
    put(c, 0, 4);
    put(c, 34 + len - lost, 4);
    put(c, 34 + len, 4);
    put(c, 0x00005E005300U + to, 6);
    put(c, 0x00005E005300U + from, 6);
    put(c, 0x0800, 2);
    put(c, 0x4500, 2);
    put(c, 20 + len, 2);
    put(c, 0, 4);
    put(c, 64, 1);
    put(c, proto, 1);
    put(c, 0, 2);
    put(c, 0xC0000200U + from, 4);
    put(c, 0xC0000200U + to, 4);
}

static inline void udp(struct cap *c, uint8_t from, uint16_t sport, uint8_t to, uint16_t dport,
                       struct str data)
{
    frame_begin(c, from, to, 17, 8 + data.len, 0);
    put(c, sport, 2);
    put(c, dport, 2);
    put(c, 8 + data.len, 2);
    put(c, 0, 2);
    put_str(c, data);
}

/* One end of a connection. */
struct end {
    uint8_t host;
    uint16_t port;
    uint32_t seq; /* of its next byte */
};

/* A segment; `seq` of the sender moves on. */
static inline void tcp(struct cap *c, struct end *from, const struct end *to, uint8_t flags,
                       struct str data)
{
    frame_begin(c, from->host, to->host, 6, 20 + data.len, 0);
    put(c, from->port, 2);
    put(c, to->port, 2);
    put(c, from->seq, 4);
    put(c, flags & ACK ? to->seq : 0, 4);
    put(c, 0x50, 1);
    put(c, flags, 1);
    put(c, 0xFFFF, 2);
    put(c, 0, 4);
    put_str(c, data);
    from->seq += (uint32_t)data.len + ((flags & (SYN | FIN)) != 0);
}

static inline void tcp_open(struct cap *c, struct end *client, struct end *server)
{
    tcp(c, client, server, SYN, STR(""));
    tcp(c, server, client, SYN | ACK, STR(""));
    tcp(c, client, server, ACK, STR(""));
}

static inline void tcp_close(struct cap *c, struct end *client, struct end *server)
{
    tcp(c, client, server, FIN | ACK, STR(""));
    tcp(c, server, client, FIN | ACK, STR(""));
    tcp(c, client, server, ACK, STR(""));
}

/* -- what is told --------------------------------------------------------------------------- */

struct told {
    char text[1 << 16]; /* a line an event: frame, kind, more */
    size_t len;
};

static inline void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static inline void tell(struct told *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static inline void tell(struct told *t, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(t->text + t->len, sizeof t->text - t->len, fmt, ap);
    va_end(ap);
    must(n >= 0 && t->len + (size_t)n < sizeof t->text);
    t->len += (size_t)n;
}

static inline void on_dhcp(void *ctx, const struct wire_at *at, const struct dhcp_message *m)
{
    tell(ctx, "%d dhcp %s\n", (int)at->frame, dhcp_type_name(m->type));
}

static inline void on_dns(void *ctx, const struct wire_at *at, const struct dns_message *m,
                          bool over_tcp)
{
    tell(ctx, "%d dns %d%s\n", (int)at->frame, m->id, over_tcp ? " tcp" : "");
}

static inline void on_tcp(void *ctx, const struct wire_at *at, const struct wire_conn *conn,
                          enum wire_tcp e, bool from_client)
{
    static const char *const names[] = {"syn",   "syn-again", "up",     "refused",
                                        "reset", "fin",       "silent", "unanswered"};
    tell(ctx, "%d tcp %u %s %c\n", (int)at->frame, conn->id, names[e], from_client ? 'c' : 's');
}

static inline void on_tls(void *ctx, const struct wire_at *at, const struct wire_conn *conn,
                          bool from_client, const struct tls_event *e)
{
    static const char *const names[] = {
        "client-hello", "server-hello", "certificate", "request", "finished", "handshake", "change",
        "alert",        "data",         "hidden",      "broken",  "not-tls",  "lost"};
    tell(ctx, "%d tls %c %s %.*s\n", (int)at->frame, from_client ? 'c' : 's', names[e->kind],
         STR_ARG(conn->sni));
}

static inline void on_http(void *ctx, const struct wire_at *at, const struct wire_conn *conn,
                           bool from_client, const struct http_head *h, bool decrypted)
{
    (void)conn;
    tell(ctx, "%d http %c%s %.*s %u\n", (int)at->frame, from_client ? 'c' : 's',
         decrypted ? " decrypted" : "", STR_ARG(h->request ? h->target : h->reason), h->status);
}

static inline void on_sip(void *ctx, const struct wire_at *at, const struct wire_conn *conn,
                          struct str message, bool from_client, bool decrypted)
{
    struct str line = message;
    line = str_trim(str_cut(&line, '\n'));
    tell(ctx, "%d sip %s %c%s %u %.*s\n", (int)at->frame, conn ? "tcp" : "udp",
         from_client ? 'c' : 's', decrypted ? " decrypted" : "", (unsigned)message.len,
         STR_ARG(line));
}

static inline void on_tftp(void *ctx, const struct wire_at *at, const struct tftp_message *m)
{
    tell(ctx, "%d tftp %s\n", (int)at->frame, tftp_op_name(m->op));
}

static inline void on_ntp(void *ctx, const struct wire_at *at, const struct ntp_message *m)
{
    tell(ctx, "%d ntp %u\n", (int)at->frame, m->mode);
}

static inline void on_icmp(void *ctx, const struct wire_at *at, const struct wire_icmp *m)
{
    char dst[ENDPOINT_TEXT];
    tell(ctx, "%d icmp %u.%u %u %.*s\n", (int)at->frame, m->type, m->code, m->proto,
         STR_ARG(endpoint_write(m->dst, dst)));
}

static inline void on_arp(void *ctx, const struct wire_at *at, const struct packet_arp *m)
{
    char sender[ADDR_TEXT], target[ADDR_TEXT];
    tell(ctx, "%d arp %u %.*s %.*s\n", (int)at->frame, m->op,
         STR_ARG(addr_write(m->sender, sender)), STR_ARG(addr_write(m->target, target)));
}

static inline void on_problem(void *ctx, uint64_t offset, const char *what)
{
    tell(ctx, "problem at %d: %s\n", (int)offset, what);
}

/* Reads the capture whole, then in pieces: the same is told. */
static inline struct wire_count read_cap(const struct cap *c, const struct wire_cfg *cfg,
                                         struct told *t)
{
    static struct told again;
    static const size_t steps[] = {1 << 20, 17, 1000};
    struct wire_count count = {0};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct told *to = i == 0 ? t : &again;
        struct wire_visitor v = {to,     on_dhcp, on_dns, on_tcp,  on_tls, on_http,
                                 on_sip, on_tftp, on_ntp, on_icmp, on_arp, on_problem};
        *to = (struct told){.len = 0};
        struct wire *w = wire_new(&v, cfg);
        must(w != NULL);
        wire_begin(w);
        for (size_t at = 0; at < c->len; at += steps[i]) {
            size_t n = c->len - at < steps[i] ? c->len - at : steps[i];
            wire_feed(w, str_of((const char *)c->b + at, n));
        }
        wire_end(w);
        count = wire_count(w);
        wire_free(w);
        must(strcmp(to->text, t->text) == 0);
    }
    return count;
}

#endif
