/* The servers of a loop: listeners, connections, their deadlines and their end. */
#include "app/web/web.h"

#include <stdlib.h>

#include "app/web/inside.h"

enum { TICK = 100000 };

const struct web_limits web_limits_usual = {
    .most = 4096,
    .most_of_peer = 512,
    .handshaking = 256,
    .head_most = 16 * 1024,
    .queue_most = 256 * 1024,
    .requests = 10000,
    .handshake = 10 * USEC_S,
    .head = 10 * USEC_S,
    .idle = 60 * USEC_S,
    .body = 15 * USEC_S,
    .request = 60 * USEC_S,
    .rate = 1024,
};

/* Deadlines of what is said are flow/httpd's; those of the transport are io/stream's. */
static struct stream_limits stream_limits_of(const struct web_limits *l)
{
    return (struct stream_limits){.most = l->most,
                                  .most_of_peer = l->most_of_peer,
                                  .handshaking = l->handshaking,
                                  .input_most = l->head_most + WEB_PART,
                                  .output_most = l->queue_most + 2 * WEB_PIPE_MOST + WEB_PART,
                                  .handshake = l->handshake,
                                  .write = 20 * USEC_S};
}

/* -- connections */

static void *on_opened(void *ctx, struct stream *s)
{
    struct web_port *p = ctx;
    struct web *w = p->web;
    struct web_conn *c = calloc(1, sizeof *c);
    if (!c) {
        stream_end(s);
        return NULL;
    }
    c->port = p;
    c->stream = s;
    c->source.fd = -1;
    httpd_init(&c->httpd, &w->httpd, loop_now(w->loop));
    c->next = w->conns;
    c->prev = &w->conns;
    if (c->next) {
        c->next->prev = &c->next;
    }
    w->conns = c;
    c->connection = p->on->opened ? p->on->opened(p->ctx, s) : NULL;
    web_deadline(c);
    return c;
}

static size_t on_bytes(void *ctx, struct stream *s, struct str bytes)
{
    (void)s;
    return ctx ? web_take(ctx, bytes) : bytes.len;
}

static void on_drained(void *ctx, struct stream *s)
{
    (void)s;
    if (ctx) {
        web_drained(ctx);
    }
}

static void unlink_again(struct web *w, struct web_conn *c)
{
    struct web_conn **at = &w->again;
    while (*at && *at != c) {
        at = &(*at)->next_again;
    }
    if (*at) {
        *at = c->next_again;
    }
}

static void on_closed(void *ctx, struct stream *s, const char *why)
{
    struct web_conn *c = ctx;
    (void)s;
    (void)why;
    if (!c) {
        return;
    }
    const struct web_handler *on = c->port->on;
    c->ended = true;
    web_give_up(c);
    web_source_clear(c);
    web_exchange_clear(&c->x);
    if (on->closed) {
        on->closed(c->port->ctx, c->connection);
    }
    if (c->again) {
        unlink_again(c->port->web, c);
    }
    wheel_unset(&c->port->web->wheel, &c->entry);
    *c->prev = c->next;
    if (c->next) {
        c->next->prev = c->prev;
    }
    free(c);
}

static void on_unshaken(void *ctx, struct stream *s, const char *reason, const char *text)
{
    struct web_port *p = ctx;
    if (p->on->unshaken) {
        p->on->unshaken(p->ctx, s, reason, text);
    }
}

/* -- time */

static void on_timer(void *ctx)
{
    struct web *w = ctx;
    usec_t now = loop_now(w->loop);
    for (struct wheel_entry *e; (e = wheel_next(&w->wheel, now));) {
        web_on_time((struct web_conn *)e);
    }
    struct web_conn *c = w->again;
    w->again = NULL;
    while (c) {
        struct web_conn *next = c->next_again;
        c->again = false;
        (void)web_take(c, STR(""));
        c = next;
    }
}

static void on_turn(void *ctx)
{
    struct web *w = ctx;
    stream_flush(w->streams);
    loop_timer_at(w->timer, w->again ? 0 : wheel_deadline(&w->wheel));
}

/* -- all of them */

static void set_limits(struct web *w, const struct web_limits *l)
{
    w->limits = *l;
    w->httpd = (struct httpd_limits){.head_most = l->head_most,
                                     .requests = l->requests,
                                     .head = l->head,
                                     .idle = l->idle,
                                     .request = l->request,
                                     .body = l->body,
                                     .rate = l->rate};
    if (w->httpd.head_most > HTTP_HEAD_MOST) {
        w->httpd.head_most = HTTP_HEAD_MOST;
    }
}

enum err web_new(struct loop *l, const struct web_limits *limits, struct web **ret)
{
    struct web *w = calloc(1, sizeof *w);
    if (!w) {
        return ERR_MEMORY;
    }
    struct stream_limits sl = stream_limits_of(limits);
    w->loop = l;
    w->turn = (struct loop_turn){.fn = on_turn, .ctx = w};
    w->date_at = USEC_NONE;
    set_limits(w, limits);
    wheel_init(&w->wheel, TICK, loop_now(l));
    w->path_room = malloc(w->httpd.head_most);
    w->room = malloc(WEB_PART);
    enum err e = w->path_room && w->room ? loop_timer_new(l, on_timer, w, &w->timer) : ERR_MEMORY;
    if (e == ERR_OK) {
        e = stream_server_new(l, &sl, &w->streams);
    }
    if (e != ERR_OK) {
        web_free(w);
        return e;
    }
    loop_on_turn(l, &w->turn);
    *ret = w;
    return ERR_OK;
}

void web_free(struct web *w)
{
    if (!w) {
        return;
    }
    stream_server_free(w->streams);
    loop_timer_free(w->timer);
    free(w->path_room);
    free(w->room);
    free(w);
}

enum err web_listen(struct web *w, int fd, struct tls_server *tls, unsigned tag,
                    const struct web_handler *on, void *ctx)
{
    static const struct stream_on streams = {.opened = on_opened,
                                             .bytes = on_bytes,
                                             .closed = on_closed,
                                             .unshaken = on_unshaken,
                                             .drained = on_drained};
    if (w->n_ports == WEB_LISTENERS) {
        return ERR_LIMIT;
    }
    struct web_port *p = &w->port[w->n_ports];
    *p = (struct web_port){w, on, ctx};
    enum err e = stream_listen(w->streams, fd, tls, tag, &streams, p);
    w->n_ports += e == ERR_OK;
    return e;
}

void web_tls(struct web *w, struct tls_server *tls)
{
    stream_listen_tls(w->streams, tls);
}

void web_drain(struct web *w)
{
    w->draining = true;
    stream_listen_stop(w->streams);
    for (struct web_conn *c = w->conns; c; c = c->next) {
        if (httpd_close_soon(&c->httpd)) {
            web_end(c);
        }
    }
}

size_t web_connections(const struct web *w)
{
    return stream_count(w->streams);
}

const struct web_counts *web_counts(const struct web *w)
{
    return &w->counts;
}

const struct stream_counts *web_stream_counts(const struct web *w)
{
    return stream_counts(w->streams);
}

/* -- requests */

struct web_id web_id(const struct web_exchange *x)
{
    const struct web_conn *c = web_conn_of(x);
    return (struct web_id){stream_slot(c->stream), stream_serial(c->stream), x->nth};
}

struct web_exchange *web_find(struct web *w, struct web_id id)
{
    struct stream *s = stream_find(w->streams, id.slot, id.serial);
    struct web_conn *c = s ? stream_ctx(s) : NULL;
    return c && c->x.nth == id.nth && (c->x.asked || c->x.open) ? &c->x : NULL;
}

struct web *web_of(const struct web_exchange *x)
{
    return web_conn_of(x)->port->web;
}

struct stream *web_stream(const struct web_exchange *x)
{
    return web_conn_of(x)->stream;
}

void *web_connection(const struct web_exchange *x)
{
    return web_conn_of(x)->connection;
}

enum http_method web_method(const struct web_exchange *x)
{
    enum http_method m = http_method_of(x->head->method);
    return m == HTTP_HEAD ? HTTP_GET : m;
}

struct str web_path(const struct web_exchange *x)
{
    return x->path;
}

struct str web_query(const struct web_exchange *x)
{
    return x->query;
}

const struct http_head *web_head(const struct web_exchange *x)
{
    return x->head;
}

uint64_t web_length(const struct web_exchange *x)
{
    return httpd_length(&web_conn_of(x)->httpd);
}

void *web_mine(const struct web_exchange *x)
{
    return x->mine;
}

void web_mine_set(struct web_exchange *x, void *mine)
{
    x->mine = mine;
}
