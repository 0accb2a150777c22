/* Pages over HTTP. */
#include "app/serve/web.h"

#include <stdlib.h>

#include "proto/http/http.h"

enum { HEAD_MOST = 8192 };

static const struct stream_limits limits = {.most = 64,
                                            .most_of_peer = 32,
                                            .handshaking = 8,
                                            .input_most = HEAD_MOST + 1,
                                            .output_most = 4 * 1024 * 1024,
                                            .handshake = 5 * USEC_S,
                                            .piece = 5 * USEC_S,
                                            .idle = 60 * USEC_S,
                                            .first = 5 * USEC_S,
                                            .write = 10 * USEC_S};

struct web {
    struct loop *loop;
    struct loop_turn turn;
    struct stream_server *streams;
    const struct web_route *routes;
    void *ctx;
};

static const char *reason(unsigned status)
{
    switch (status) {
    case 200:
        return "OK";
    case 400:
        return "Bad Request";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 413:
        return "Content Too Large";
    case 431:
        return "Request Header Fields Too Large";
    case 501:
        return "Not Implemented";
    case 503:
        return "Service Unavailable";
    }
    return "Error";
}

struct answer {
    unsigned status;
    const char *type;
    bool close, head_only;
    struct buf body;
};

static void write_answer(const struct answer *a, struct buf *out)
{
    struct sink s = buf_sink(out);
    sink_fmt(&s, "HTTP/1.1 %u %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n", a->status,
             reason(a->status), a->type, a->body.len);
    sink_z(&s, "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n");
    if (a->status == 405) {
        sink_z(&s, "Allow: GET, HEAD\r\n");
    }
    sink_z(&s, a->close ? "Connection: close\r\n\r\n" : "\r\n");
    if (!a->head_only) {
        sink_str(&s, buf_str(&a->body));
    }
}

static void refuse(struct answer *a, unsigned status)
{
    struct sink s = buf_sink(&a->body);
    a->status = status;
    a->type = "text/plain; charset=utf-8";
    sink_fmt(&s, "%u %s\n", status, reason(status));
}

static const struct web_route *route_of(const struct web_route *routes, struct str target)
{
    struct str path = str_cut(&target, '?');
    for (; routes->path; routes++) {
        if (str_eq(path, str_z(routes->path))) {
            return routes;
        }
    }
    return NULL;
}

static void handle(const struct web_route *routes, void *ctx, const struct http_head *head,
                   struct answer *a)
{
    struct err_at at;
    bool get = str_eq(head->method, STR("GET"));
    const struct web_route *route = route_of(routes, head->target);
    a->head_only = str_eq(head->method, STR("HEAD"));
    a->close = head->close;
    if (http_request_check(head, &at) != ERR_OK) {
        a->close = true;
        refuse(a, 400);
    } else if (head->framing == HTTP_CHUNKED || (head->framing == HTTP_LENGTH && head->length)) {
        a->close = true; /* its body is not read */
        refuse(a, get || a->head_only ? 413 : route ? 405 : 404);
    } else if (!route) {
        refuse(a, 404);
    } else if (!get && !a->head_only) {
        refuse(a, 405);
    } else {
        struct sink s = buf_sink(&a->body);
        a->type = route->type;
        a->status = route->page(ctx, &s);
    }
}

void web_answer(const struct web_route *routes, void *ctx, struct str bytes, struct buf *out,
                size_t *ret_used, bool *ret_close)
{
    struct http_head head;
    struct err_at at;
    struct answer a = {.status = 400, .close = true};
    enum err e = http_head_read(bytes, &head, &at);
    *ret_used = 0;
    *ret_close = false;
    if (e == ERR_END || (e == ERR_MORE && bytes.len <= HEAD_MOST)) {
        return;
    }
    if (e == ERR_OK && head.len <= HEAD_MOST && head.request) {
        *ret_used = head.len;
        handle(routes, ctx, &head, &a);
    } else {
        *ret_used = bytes.len;
        refuse(&a, e == ERR_MALFORMED || (e == ERR_OK && !head.request) ? 400 : 431);
    }
    *ret_close = a.close;
    write_answer(&a, out);
    buf_clear(&a.body);
}

/* -- connections */

static void *on_opened(void *ctx, struct stream *s)
{
    (void)s;
    return ctx;
}

static size_t on_bytes(void *ctx, struct stream *s, struct str bytes)
{
    struct web *w = ctx;
    struct buf out = {.limit = 0};
    size_t used = 0;
    bool close = false;
    for (size_t n = 1; n && !close && used < bytes.len; used += n) {
        buf_reset(&out);
        web_answer(w->routes, w->ctx, str_from(bytes, used), &out, &n, &close);
        stream_send(s, buf_str(&out));
    }
    buf_clear(&out);
    if (close) {
        stream_end(s);
        return bytes.len;
    }
    return used;
}

static void on_closed(void *ctx, struct stream *s, const char *why)
{
    (void)ctx;
    (void)s;
    (void)why;
}

static void on_turn(void *ctx)
{
    struct web *w = ctx;
    stream_flush(w->streams);
}

enum err web_new(struct loop *l, int fd, const struct web_route *routes, void *ctx,
                 struct web **ret)
{
    static const struct stream_on on = {
        .opened = on_opened, .bytes = on_bytes, .closed = on_closed};
    struct web *w = calloc(1, sizeof *w);
    if (!w) {
        return ERR_MEMORY;
    }
    *w = (struct web){.loop = l, .routes = routes, .ctx = ctx, .turn = {.fn = on_turn, .ctx = w}};
    enum err e = stream_server_new(l, &limits, &w->streams);
    if (e == ERR_OK) {
        e = stream_listen(w->streams, fd, NULL, 0, &on, w);
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
    if (w) {
        if (w->streams) {
            stream_server_free(w->streams);
        }
        free(w);
    }
}
