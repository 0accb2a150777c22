/* Answers: which variant, its head, its body at once or as the client takes it. */
#include <stdlib.h>
#include <unistd.h>

#include "app/web/inside.h"

void web_constant(void *owner)
{
    (void)owner;
}

static void release(void (*fn)(void *owner), void *owner)
{
    if (fn) {
        fn(owner);
    }
}

void web_end(struct web_conn *c)
{
    c->ended = true;
    stream_end(c->stream);
}

void web_source_clear(struct web_conn *c)
{
    struct web_source *s = &c->source;
    if (c->sending) {
        c->sending = false;
        release(s->release, s->owner);
        if (s->fd >= 0) {
            (void)close(s->fd);
        }
    }
    *s = (struct web_source){.fd = -1};
}

/* -- Heads */

static struct str date_line(struct web *w)
{
    usec_t second = loop_date(w->loop) / USEC_S;
    if (w->date_at != second) {
        w->date_at = second;
        w->date = httpd_date(second * USEC_S, w->date_room);
    }
    return w->date;
}

/* What was decided of an answer before its head is written. */
struct reply {
    const struct web_answer *a;
    unsigned status;
    struct str body; /* the variant; its bytes are not sent for HEAD */
    uint64_t length;
    bool gzip, bare; /* bare: no body goes out */
};

/* The variant, and what the request's conditions make of it. */
static struct reply choose(const struct web_exchange *x, const struct web_answer *a)
{
    struct reply r = {.a = a, .status = a->status, .body = a->body, .length = a->body.len};
    enum http_method m = http_method_of(x->head->method);
    bool get = m == HTTP_GET || m == HTTP_HEAD;
    r.gzip = a->gzip.len > 0 && http_takes_gzip(x->head);
    if (r.gzip) {
        r.body = a->gzip;
        r.length = a->gzip.len;
    }
    if (get && a->etag.len && a->status == 200) {
        char room[256];
        struct str other = httpd_etag_gzip(a->etag, room, sizeof room);
        enum http_condition c = http_condition(x->head, r.gzip && other.len ? other : a->etag);
        r.status = c == HTTP_NOT_MODIFIED ? 304 : c == HTTP_PRECONDITION_FAILED ? 412 : 200;
    }
    r.bare = m == HTTP_HEAD || r.status == 304 || r.status == 204;
    if (r.status == 412 && a->status != 412) {
        r.body = STR("");
        r.length = 0;
        r.gzip = false;
    }
    return r;
}

/* The answer begins: its head goes to the connection. */
static void head_send(struct web_conn *c, const struct reply *r, unsigned minor)
{
    struct web *w = c->port->web;
    const struct web_answer *a = r->a;
    const char *fields = c->port->on->fields;
    bool ok = r->status == a->status || r->status == 304;
    bool close = httpd_begin(&c->httpd, r->length, loop_now(w->loop));
    struct httpd_head head = {.status = r->status,
                              .date = date_line(w),
                              .type = ok && r->status != 304 ? a->type : NULL,
                              .etag = a->etag,
                              .gzip = r->gzip,
                              .vary = a->gzip.len > 0,
                              .fields = ok ? a->fields : STR(""),
                              .standing = fields ? str_z(fields) : STR(WEB_FIELDS_PLAIN),
                              .length = r->length,
                              .minor = minor,
                              .close = close};
    size_t len = httpd_head_write(&head, w->room, WEB_HEAD_ROOM);
    if (len == 0) {
        head.fields = STR(""); /* ours, and too long */
        len = httpd_head_write(&head, w->room, WEB_HEAD_ROOM);
    }
    w->counts.answered[r->status / 100 < 6 ? r->status / 100 : 0]++;
    stream_send(c->stream, str_of(w->room, len));
}

/* All of the answer is on its way. */
static void finish(struct web_conn *c)
{
    struct web *w = c->port->web;
    web_exchange_clear(&c->x);
    if (!httpd_answered(&c->httpd, loop_now(w->loop))) {
        web_end(c);
    } else if (c->held && !c->busy) {
        c->held = false;
        stream_hold(c->stream, false);
    }
    if (!c->busy) {
        web_deadline(c);
    }
}

/* -- Bodies */

/* The next part of a long body; the last one finishes the answer. */
static void feed(struct web_conn *c)
{
    struct web_source *s = &c->source;
    char *room = c->port->web->room;
    size_t n = s->left < WEB_PART ? (size_t)s->left : WEB_PART;
    struct str part = str_head(s->bytes, n);
    if (s->fd >= 0) {
        ssize_t got = pread(s->fd, room, n, (off_t)s->at);
        if (got <= 0) {
            web_end(c); /* the client sees that bytes are missing */
            return;
        }
        part = str_of(room, (size_t)got);
    }
    s->at += part.len;
    s->left -= part.len;
    s->bytes = str_from(s->bytes, part.len);
    stream_send(c->stream, part);
    if (s->left == 0) {
        web_source_clear(c);
        finish(c);
    }
}

/* A long body, sent as the client takes it. False: no memory for a copy. */
static bool source_begin(struct web_conn *c, const struct reply *r)
{
    struct web_source *s = &c->source;
    *s = (struct web_source){.bytes = r->body,
                             .fd = -1,
                             .left = r->body.len,
                             .release = r->a->release,
                             .owner = r->a->owner};
    if (!s->release) {
        char *copy = malloc(r->body.len);
        if (!copy) {
            return false;
        }
        memcpy(copy, r->body.p, r->body.len);
        s->bytes = str_of(copy, r->body.len);
        s->release = free;
        s->owner = copy;
    }
    c->sending = true;
    return true;
}

static void reply_send(struct web_conn *c, const struct reply *r, unsigned minor)
{
    c->x.asked = false;
    head_send(c, r, minor);
    bool sends = !r->bare && r->body.len > 0;
    if (sends && r->body.len > WEB_COPY_MOST) {
        if (source_begin(c, r)) {
            feed(c);
        } else {
            web_end(c);
        }
        web_deadline(c);
        return;
    }
    if (sends) {
        stream_send(c->stream, r->body);
    }
    release(r->a->release, r->a->owner);
    finish(c);
}

void web_answer(struct web_exchange *x, const struct web_answer *a)
{
    struct web_conn *c = web_conn_of(x);
    if (!x->asked) {
        release(a->release, a->owner);
        return;
    }
    struct reply r = choose(x, a);
    reply_send(c, &r, x->head->minor);
}

bool web_may_change(const struct web_exchange *x, struct str etag)
{
    return http_condition(x->head, etag) == HTTP_GO_ON;
}

void web_send_file(struct web_exchange *x, const struct web_answer *a, int fd, uint64_t len)
{
    struct web_conn *c = web_conn_of(x);
    struct reply r = {.a = a, .status = a->status};
    if (x->asked) {
        r = choose(x, a);
    }
    r.length = r.status == 412 ? 0 : len;
    if (!x->asked || r.bare || r.length == 0) {
        (void)close(fd);
        r.body = STR("");
        if (x->asked) {
            reply_send(c, &r, x->head->minor);
        }
        return;
    }
    x->asked = false;
    head_send(c, &r, x->head->minor);
    c->source = (struct web_source){.fd = fd, .left = len};
    c->sending = true;
    feed(c);
    web_deadline(c);
}

/* -- Refusals */

static const char *refusal_text(unsigned status, struct sink *out)
{
    sink_fmt(out, "%u %s\n", status, httpd_reason(status));
    return "text/plain; charset=utf-8";
}

static void refuse(struct web_conn *c, unsigned status, const char *why, bool bare, unsigned minor)
{
    const struct web_handler *on = c->port->on;
    struct buf body = {.limit = 0};
    struct sink s = buf_sink(&body);
    const char *type =
        on->refusal ? on->refusal(c->port->ctx, status, why, &s) : refusal_text(status, &s);
    struct web_answer a = {.status = status,
                           .type = type,
                           .fields = STR("Cache-Control: no-store\r\n"),
                           .body = buf_str(&body)};
    struct reply r = {
        .a = &a, .status = status, .body = a.body, .length = a.body.len, .bare = bare};
    reply_send(c, &r, minor);
    buf_clear(&body);
}

void web_refuse(struct web_exchange *x, unsigned status, const char *why)
{
    if (x->asked) {
        bool bare = http_method_of(x->head->method) == HTTP_HEAD;
        refuse(web_conn_of(x), status, why, bare, x->head->minor);
    }
}

void web_refuse_conn(struct web_conn *c, unsigned status, const char *why)
{
    if (!c->ended) {
        refuse(c, status, why, false, 1);
    }
}

/* -- Open answers */

void web_open(struct web_exchange *x, const struct web_answer *a)
{
    struct web_conn *c = web_conn_of(x);
    struct reply r = {.a = a, .status = a->status, .length = HTTPD_UNKNOWN};
    if (!x->asked) {
        return;
    }
    x->chunked = x->head->minor > 0;
    x->asked = false;
    x->open = true;
    bool bare = http_method_of(x->head->method) == HTTP_HEAD;
    if (bare) {
        (void)httpd_close_soon(&c->httpd);
    }
    head_send(c, &r, x->head->minor);
    if (bare) {
        web_end(c);
    }
}

bool web_push(struct web_exchange *x, struct str bytes)
{
    struct web_conn *c = web_conn_of(x);
    if (!x->open || bytes.len == 0) {
        return true;
    }
    if (stream_waiting(c->stream) + bytes.len > c->port->web->limits.queue_most) {
        x->full = true;
        return false;
    }
    char room[HTTPD_CHUNK];
    if (x->chunked) {
        stream_send(c->stream, httpd_chunk(bytes.len, room));
    }
    stream_send(c->stream, bytes);
    if (x->chunked) {
        stream_send(c->stream, STR("\r\n"));
    }
    return true;
}

void web_close(struct web_exchange *x)
{
    struct web_conn *c = web_conn_of(x);
    if (x->open) {
        x->open = false;
        if (x->chunked) {
            stream_send(c->stream, STR(HTTPD_LAST_CHUNK));
        }
        finish(c);
    }
}

void web_drop(struct web_exchange *x)
{
    struct web_conn *c = web_conn_of(x);
    web_exchange_clear(x);
    web_end(c);
}

void web_drained(struct web_conn *c)
{
    struct web_exchange *x = &c->x;
    if (c->sending) {
        feed(c);
    } else if (x->open && x->full) {
        x->full = false;
        if (c->port->on->room) {
            c->port->on->room(c->port->ctx, x);
        }
    } else if (c->held && !x->asked && !x->open) {
        c->held = false;
        stream_hold(c->stream, false);
    }
}
