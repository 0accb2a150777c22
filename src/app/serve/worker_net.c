/* A worker's sockets: datagrams and connections in, whole messages on. */
#include <stdlib.h>

#include "app/serve/worker_inside.h"
#include "domain/device/cert.h"
#include "io/tls/x509.h"

/* What a connection knows beside what io/stream does. */
struct conn {
    struct worker *worker;
    struct sip_frame frame;
    struct edge_from from;
    bool broken; /* framing is lost: what comes now is dropped, the edge ends it */
};

void worker_message(struct worker *w, const struct edge_from *from, struct str bytes)
{
    const struct workers *all = w->cfg.all;
    uint16_t shard = all->n > 1 ? edge_shard(&all->key, (uint16_t)all->n, bytes) : 0;
    if (shard == w->cfg.index) {
        w->from = from;
        edge_on_message(w->edge, from, bytes, loop_date(w->loop));
        worker_act(w);
        w->from = NULL;
        return;
    }
    (void)parcel_add(w, shard, &(struct item){.kind = ITEM_MESSAGE, .from = *from}, bytes);
}

/* -- UDP */

static void on_datagram(void *ctx, struct udp *u, struct endpoint peer, struct endpoint local,
                        struct str bytes)
{
    struct port *p = ctx;
    struct worker *w = p->worker;
    (void)u;
    struct edge_from from = {.flow = {.transport = TRANSPORT_UDP,
                                      .listener = p->listener,
                                      .worker = (uint16_t)w->cfg.index,
                                      .peer = peer},
                             .local = addr_unset(local.ip) ? w->cfg.plan->listener[p->listener].at
                                                           : local};
    w->own[TALLY_DATAGRAMS]++;
    worker_message(w, &from, bytes);
}

/* -- connections */

static void certified(struct conn *c, const struct stream *s)
{
    struct str der = stream_certificate(s);
    struct x509 x;
    struct device_cert cert;
    if (der.len && tls_x509_read(der, &x) == ERR_OK && device_cert_read(&x, &cert)) {
        c->from.has_mac = true;
        c->from.mac = cert.mac;
    }
}

static void *on_opened(void *ctx, struct stream *s)
{
    struct worker *w = ctx;
    struct conn *c = calloc(1, sizeof *c);
    if (!c) {
        stream_end(s);
        return NULL;
    }
    c->worker = w;
    c->from =
        (struct edge_from){.flow = {.transport = stream_is_tls(s) ? TRANSPORT_TLS : TRANSPORT_TCP,
                                    .listener = (uint8_t)stream_tag(s),
                                    .worker = (uint16_t)w->cfg.index,
                                    .slot = stream_slot(s),
                                    .serial = stream_serial(s),
                                    .peer = stream_peer(s)},
                           .local = stream_local(s)};
    certified(c, s);
    return c;
}

/* Framing is lost: said once, and the edge ends the connection. */
static void on_broken(struct conn *c, struct str head, enum err e)
{
    struct worker *w = c->worker;
    c->broken = true;
    edge_on_broken(w->edge, &c->from, head, e == ERR_LIMIT ? 513 : 400, loop_date(w->loop));
    worker_act(w);
}

static void on_piece(struct conn *c, struct stream *s, enum sip_piece piece, struct str bytes)
{
    switch (piece) {
    case SIP_PIECE_MESSAGE:
        worker_message(c->worker, &c->from, bytes);
        return;
    case SIP_PIECE_PING:
        stream_send(s, STR("\r\n"));
        return;
    case SIP_PIECE_BLANK:
        return;
    }
}

static size_t on_stream_bytes(void *ctx, struct stream *s, struct str bytes)
{
    struct conn *c = ctx;
    size_t used = 0;
    while (c && !c->broken && used < bytes.len) {
        enum sip_piece piece = SIP_PIECE_BLANK;
        size_t len = 0;
        struct err_at at;
        struct str rest = str_from(bytes, used);
        enum err e = sip_frame_next(&c->frame, rest, &piece, &len, &at);
        if (e == ERR_MORE) {
            return used;
        }
        if (e != ERR_OK) {
            on_broken(c, str_head(rest, len), e);
            break;
        }
        used += len;
        on_piece(c, s, piece, str_head(rest, len));
    }
    return c && !c->broken ? used : bytes.len;
}

static void on_stream_closed(void *ctx, struct stream *s, const char *why)
{
    struct conn *c = ctx;
    (void)s;
    (void)why;
    if (!c) {
        return;
    }
    struct worker *w = c->worker;
    for (size_t i = 0; i < w->cfg.all->n; i++) {
        if (i != w->cfg.index) {
            (void)parcel_add(w, (uint16_t)i, &(struct item){.kind = ITEM_CLOSED, .from = c->from},
                             STR(""));
        }
    }
    edge_on_closed(w->edge, &c->from.flow, loop_date(w->loop));
    worker_act(w);
    free(c);
}

/* -- all of them */

static const struct stream_on on_stream = {
    .opened = on_opened, .bytes = on_stream_bytes, .closed = on_stream_closed};

static enum err listen_one(struct worker *w, uint8_t i)
{
    int fd = w->cfg.fd[i];
    w->cfg.fd[i] = -1;
    enum transport t = w->cfg.plan->listener[i].transport;
    if (t == TRANSPORT_UDP) {
        w->port[i] = (struct port){.worker = w, .listener = i};
        return udp_new(w->loop, fd, on_datagram, &w->port[i], &w->port[i].udp);
    }
    return stream_listen(w->streams, fd, t == TRANSPORT_TLS ? w->cfg.tls : NULL, i, &on_stream, w);
}

enum err worker_listen(struct worker *w)
{
    enum err e = stream_server_new(w->loop, &w->cfg.plan->stream, &w->streams);
    for (uint8_t i = 0; e == ERR_OK && i < w->cfg.plan->n_listeners; i++) {
        e = listen_one(w, i);
    }
    return e;
}

void worker_unlisten(struct worker *w)
{
    for (size_t i = 0; i < w->cfg.plan->n_listeners; i++) {
        if (w->port[i].udp) {
            udp_free(w->port[i].udp);
        }
        w->port[i].udp = NULL;
    }
    struct stream_server *streams = w->streams;
    w->streams = NULL; /* what the edge still wants to say to their peers is too late */
    stream_server_free(streams);
}
