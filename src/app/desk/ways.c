/* SIP's ways: a UDP port, a TCP or TLS connection for each that a line opens. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/desk/inside.h"
#include "base/random.h"

#define MINUTE (60 * USEC_S)

enum { TRIES = 8 /* local ports */, NAME = 256 };

struct desk_way {
    struct desk_way *next;
    struct desk *desk;
    uint32_t id;
    struct datagram *udp;
    struct stream *stream; /* NULL: over UDP */
    bool opened;
};

static struct desk_way *way_of(const struct desk *d, uint32_t id)
{
    struct desk_way *w = d->ways;
    while (w && w->id != id) {
        w = w->next;
    }
    return w;
}

static void unlink_way(struct desk_way *w)
{
    for (struct desk_way **at = &w->desk->ways; *at; at = &(*at)->next) {
        if (*at == w) {
            *at = w->next;
            return;
        }
    }
}

static void gone(struct desk_way *w)
{
    struct desk *d = w->desk;
    uint32_t id = w->id;
    unlink_way(w);
    free(w);
    handset_on_closed(&d->handset, id, desk_now(d));
    desk_settle(d);
}

/* -- over UDP */

static void on_datagram(void *ctx, struct endpoint peer, struct str bytes)
{
    const struct desk_way *w = ctx;
    struct desk *d = w->desk;
    (void)peer;
    handset_on_bytes(&d->handset, w->id, bytes, desk_now(d));
    desk_settle(d);
}

static enum err open_udp(struct desk_way *w, const struct handset_action *a)
{
    struct desk *d = w->desk;
    bool any = d->all->cfg->any_port;
    enum err e = datagram_new(d->all->loop, d->handset.lease->address, any ? 0 : a->port_least,
                              any ? 0 : a->port_most, 1, on_datagram, w, &w->udp);
    if (e == ERR_OK) {
        handset_on_open(&d->handset, w->id, datagram_local(w->udp), desk_now(d));
    }
    return e;
}

/* -- over connections. One that was given up while it stood belongs to nobody until its end is told. */

static void *on_opened(void *server_ctx, struct stream *s)
{
    struct desk_way *w = stream_ctx(s);
    struct desk *d = w->desk;
    (void)server_ctx;
    w->opened = true;
    handset_on_open(&d->handset, w->id, stream_local(s), desk_now(d));
    desk_settle(d);
    return w;
}

static size_t on_bytes(void *ctx, struct stream *s, struct str bytes)
{
    struct desk_way *w = ctx;
    struct desk *d = w->desk;
    (void)s;
    if (d) {
        handset_on_bytes(&d->handset, w->id, bytes, desk_now(d));
        desk_settle(d);
    }
    return bytes.len;
}

static void on_closed(void *ctx, struct stream *s, const char *why)
{
    struct desk_way *w = ctx;
    (void)s;
    (void)why;
    if (w->desk) {
        gone(w);
    } else {
        free(w);
    }
}

static void on_unshaken(void *server_ctx, struct stream *s, const char *reason, const char *text)
{
    struct desk_way *w = stream_ctx(s);
    struct desk *d = w->desk;
    (void)server_ctx;
    if (d->on->unshaken) {
        d->on->unshaken(d->ctx, d, reason, text);
    }
    gone(w);
}

static const struct stream_on on_stream = {
    .opened = on_opened, .bytes = on_bytes, .closed = on_closed, .unshaken = on_unshaken};

/* -- TLS: connections with the same settings share a context */

static bool same(const struct desks_way *a, const struct desks_way *b)
{
    return a->plain == b->plain && a->trust == b->trust && a->minimum == b->minimum &&
           a->maximum == b->maximum && a->minute == b->minute;
}

static enum err way_make(struct desks *all, struct desks_way *w, bool fresh)
{
    const struct tls_client_cfg cfg = {
        .ca_pem = all->trust[w->trust],
        .cert_pem = all->cfg->cert,
        .key_pem = all->cfg->key,
        .date = w->minute * MINUTE,
        .minimum = w->minimum,
        .maximum = w->maximum,
    };
    struct tls_client *tls = NULL;
    char why[TLS_WHY];
    enum err e = w->plain ? ERR_OK : tls_client_new(&cfg, &tls, why);
    if (e == ERR_OK) {
        e = fresh ? stream_way(all->streams, tls, 0, &on_stream, all, &w->way)
                  : stream_way_tls(all->streams, w->way, tls);
    }
    tls_client_free(tls);
    return e;
}

/* The way for `want`, in place of the one that was used least lately where there are too many. */
static enum err way_find(struct desks *all, struct desks_way *want)
{
    struct desks_way *w = NULL, *oldest = NULL;
    for (unsigned i = 0; i < all->n_ways && !w; i++) {
        struct desks_way *at = &all->way[i];
        w = same(at, want) ? at : NULL;
        oldest = !at->plain && (!oldest || at->used < oldest->used) ? at : oldest;
    }
    if (!w) {
        bool fresh = all->n_ways < DESK_WAYS;
        w = fresh ? &all->way[all->n_ways] : oldest;
        want->way = fresh ? 0 : w->way;
        enum err e = way_make(all, want, fresh);
        if (e != ERR_OK) {
            return e;
        }
        *w = *want;
        all->n_ways += fresh;
    }
    w->used = ++all->used;
    want->way = w->way;
    return ERR_OK;
}

static enum err connect_from(struct desk_way *w, const struct handset_action *a, unsigned way,
                             uint16_t port)
{
    struct desk *d = w->desk;
    char name[NAME];
    struct endpoint from = {.ip = d->handset.lease->address, .port = port};
    (void)snprintf(name, sizeof name, "%.*s", STR_ARG(a->text));
    return stream_connect(d->all->streams, way, a->peer, from, name, w, &w->stream);
}

/* From a port of the range by chance; where it is taken, from another, at last from any. */
static enum err open_stream(struct desk_way *w, const struct handset_action *a)
{
    struct desk *d = w->desk;
    struct desks_way want = {
        .plain = a->transport != SELECT_TLS,
    };
    if (!want.plain) {
        want.trust = d->trust;
        want.minimum = desk_tls_version(a->tls_least, 0x0302);
        want.maximum = desk_tls_version(a->tls_most, 0);
        want.minute = desk_tls_date(d) / MINUTE;
    }
    enum err e = way_find(d->all, &want);
    unsigned range = a->port_most >= a->port_least ? a->port_most - a->port_least + 1u : 0;
    for (unsigned i = 0; e == ERR_OK; i++) {
        bool any = i == TRIES || range == 0 || a->port_least == 0 || d->all->cfg->any_port;
        uint32_t step = any ? 0 : random_below(&d->handset.random, range);
        e = connect_from(w, a, want.way, any ? 0 : (uint16_t)(a->port_least + step));
        if (e == ERR_OK || any) {
            break;
        }
        e = e == ERR_IO && (errno == EADDRINUSE || errno == EADDRNOTAVAIL) ? ERR_OK : e;
    }
    return e;
}

/* -- what the handset asks for */

void desk_open(struct desk *d, const struct handset_action *a)
{
    struct desk_way *w = calloc(1, sizeof *w);
    enum err e = w ? ERR_OK : ERR_MEMORY;
    if (w) {
        *w = (struct desk_way){.next = d->ways, .desk = d, .id = a->id};
        d->ways = w;
        e = a->transport == SELECT_UDP ? open_udp(w, a) : open_stream(w, a);
    }
    if (e != ERR_OK && w) {
        unlink_way(w);
        free(w);
    }
    if (e != ERR_OK) {
        handset_on_closed(&d->handset, a->id, desk_now(d));
    }
}

void desk_send(struct desk *d, const struct handset_action *a)
{
    struct desk_way *w = way_of(d, a->id);
    if (w && w->udp) {
        datagram_send(w->udp, a->peer, a->text);
    } else if (w && w->opened) {
        stream_send(w->stream, a->text);
    }
}

/* One that is in no list any more. */
static void end_way(struct desk_way *w)
{
    if (w->opened) {
        w->desk = NULL;
        stream_end(w->stream);
        return;
    }
    if (w->stream) {
        stream_end(w->stream);
    }
    datagram_free(w->udp);
    free(w);
}

void desk_close(struct desk *d, uint32_t id)
{
    struct desk_way *w = way_of(d, id);
    if (w) {
        unlink_way(w);
        end_way(w);
    }
}

void desk_close_all(struct desk *d)
{
    struct desk_way *w = d->ways;
    d->ways = NULL;
    while (w) {
        struct desk_way *next = w->next;
        end_way(w);
        w = next;
    }
}
