/* Requests out of the bytes of a connection, and what their handlers are told. */
#include <stdlib.h>

#include "app/web/inside.h"
#include "proto/http/http_uri.h"

/* -- What an exchange holds */

void web_exchange_clear(struct web_exchange *x)
{
    uint32_t nth = x->nth;
    free(x->kept);
    buf_clear(&x->gathered);
    *x = (struct web_exchange){.nth = nth};
}

static struct str moved(struct str s, const char *from, size_t len, char *to)
{
    bool inside = s.p >= from && s.p <= from + len;
    return inside ? str_of(to + (s.p - from), s.len) : s;
}

/* The head's bytes go away with the call: it is copied, the views with it. False: no memory. */
static bool keep(struct web_exchange *x, struct str head_bytes)
{
    const struct http_head *h = x->head;
    size_t size = offsetof(struct http_head, fields) + h->n * sizeof h->fields[0];
    char *p = malloc(size + head_bytes.len + x->path.len);
    if (!p) {
        return false;
    }
    char *text = p + size;
    struct http_head *k = (struct http_head *)(void *)p;
    memcpy(k, h, size);
    memcpy(text, head_bytes.p, head_bytes.len);
    memcpy(text + head_bytes.len, x->path.p, x->path.len);
    k->method = moved(h->method, head_bytes.p, head_bytes.len, text);
    k->target = moved(h->target, head_bytes.p, head_bytes.len, text);
    k->version = moved(h->version, head_bytes.p, head_bytes.len, text);
    for (size_t i = 0; i < k->n; i++) {
        k->fields[i].name = moved(h->fields[i].name, head_bytes.p, head_bytes.len, text);
        k->fields[i].value = moved(h->fields[i].value, head_bytes.p, head_bytes.len, text);
    }
    x->query = moved(x->query, head_bytes.p, head_bytes.len, text);
    x->path = str_of(text + head_bytes.len, x->path.len);
    x->kept = p;
    x->head = k;
    return true;
}

/* -- Time */

/* The entry moves only when it would be too late: most requests end long before. */
void web_deadline(struct web_conn *c)
{
    usec_t due = httpd_deadline(&c->httpd);
    if (due != USEC_NONE && !c->ended && (!wheel_has(&c->entry) || due < c->entry.due)) {
        wheel_set(&c->port->web->wheel, &c->entry, due);
    }
}

void web_give_up(struct web_conn *c)
{
    struct web_exchange *x = &c->x;
    bool told = x->asked || x->open;
    x->asked = x->open = false;
    if (told && c->port->on->gone) {
        c->port->on->gone(c->port->ctx, x);
    }
}

void web_on_time(struct web_conn *c)
{
    struct web *w = c->port->web;
    enum httpd_late late = httpd_on_time(&c->httpd, loop_now(w->loop));
    w->counts.slow += late != HTTPD_NOT_LATE && late != HTTPD_LATE_IDLE;
    switch (late) {
    case HTTPD_NOT_LATE:
        web_deadline(c);
        break;
    case HTTPD_LATE_IDLE:
    case HTTPD_LATE_SENDING:
        web_end(c);
        break;
    case HTTPD_LATE_REQUEST:
    case HTTPD_LATE_BODY:
    case HTTPD_LATE_ANSWER:
        web_give_up(c);
        web_refuse_conn(c, c->httpd.status, c->httpd.why);
        break;
    }
}

void web_take_again(struct web_conn *c)
{
    struct web *w = c->port->web;
    if (!c->again && !c->busy) {
        c->again = true;
        c->next_again = w->again;
        w->again = c;
        loop_timer_at(w->timer, 0);
    }
}

/* -- Steps */

static void on_head(struct web_conn *c)
{
    struct web *w = c->port->web;
    struct web_exchange *x = &c->x;
    struct str path = STR("/");
    struct str query = STR("");
    enum err e = http_target_read(w->head.target, w->path_room, w->httpd.head_most, &path, &query);
    *x = (struct web_exchange){
        .head = &w->head, .path = path, .query = query, .nth = x->nth + 1, .asked = true};
    w->counts.requests++;
    if (w->draining) {
        (void)httpd_close_soon(&c->httpd);
    }
    if (e != ERR_OK) {
        web_refuse(x, 400, "a target that could be read in two ways");
        return;
    }
    c->port->on->request(c->port->ctx, x);
}

static void on_piece(struct web_conn *c, struct str piece)
{
    struct web_exchange *x = &c->x;
    if (x->wants == WEB_PIECES) {
        if (c->port->on->piece) {
            c->port->on->piece(c->port->ctx, x, piece);
        }
        return;
    }
    bool all = httpd_length(&c->httpd) == piece.len && x->gathered.len == 0;
    if (all) {
        x->whole = piece;
    } else if (buf_add(&x->gathered, piece) != ERR_OK) {
        web_give_up(c);
        web_refuse_conn(c, 503, "no memory");
    }
}

static void on_whole(struct web_conn *c)
{
    struct web_exchange *x = &c->x;
    const struct web_handler *on = c->port->on;
    if (x->wants == WEB_PIECES) {
        if (on->end) {
            on->end(c->port->ctx, x);
        }
        return;
    }
    struct buf gathered = x->gathered;
    x->gathered = (struct buf){.limit = 0};
    if (on->body) {
        on->body(c->port->ctx, x, x->whole.len ? x->whole : buf_str(&gathered));
    }
    x->whole = STR("");
    buf_clear(&gathered);
}

static void on_refused(struct web_conn *c)
{
    struct web *w = c->port->web;
    w->counts.broken++;
    web_give_up(c);
    web_refuse_conn(c, c->httpd.status, c->httpd.why);
}

/* Who asks without reading the answers waits. */
static bool may_go_on(const struct web_conn *c)
{
    return !c->x.paused && (c->x.asked || stream_waiting(c->stream) <= WEB_PIPE_MOST);
}

static void hold(struct web_conn *c, bool on)
{
    if (c->held != on) {
        c->held = on;
        stream_hold(c->stream, on);
    }
}

static bool step(struct web_conn *c, struct str *in, struct str *head_bytes)
{
    struct web *w = c->port->web;
    struct str piece;
    const char *start = in->p;
    switch (httpd_next(&c->httpd, in, loop_now(w->loop), &w->head, &piece)) {
    case HTTPD_HEAD:
        *head_bytes = str_of(start, (size_t)(in->p - start));
        on_head(c);
        return true;
    case HTTPD_PIECE:
        on_piece(c, piece);
        return true;
    case HTTPD_WHOLE:
        on_whole(c);
        return true;
    case HTTPD_REFUSE:
        on_refused(c);
        return true;
    case HTTPD_OVER:
        *in = str_from(*in, in->len);
        return false;
    case HTTPD_MORE:
    case HTTPD_HOLD:
        break;
    }
    return false;
}

size_t web_take(struct web_conn *c, struct str bytes)
{
    struct str in = bytes;
    struct str head_bytes = STR("");
    bool more = true;
    c->busy = true;
    while (more && may_go_on(c)) {
        more = step(c, &in, &head_bytes);
    }
    c->busy = false;
    struct web_exchange *x = &c->x;
    if ((x->asked || x->open) && !x->kept && !keep(x, head_bytes)) {
        web_give_up(c);
        web_refuse_conn(c, 503, "no memory");
    }
    /* A head that is not all there waits for more; what stands behind a request, for its answer. */
    bool waits = more || x->asked || x->open || c->sending;
    hold(c, in.len > 0 && waits);
    web_deadline(c);
    return bytes.len - in.len;
}

/* -- What handlers say of bodies */

static void want(struct web_exchange *x, enum web_wants wants, uint64_t most)
{
    struct web_conn *c = web_conn_of(x);
    x->wants = (uint8_t)wants;
    bool go_on = httpd_want(&c->httpd, most, wants == WEB_PIECES, loop_now(c->port->web->loop));
    if (go_on) {
        stream_send(c->stream, STR(HTTPD_CONTINUE));
    }
    if (!c->busy) {
        hold(c, false);
        web_take_again(c);
    }
}

void web_gather(struct web_exchange *x, size_t most)
{
    want(x, WEB_GATHERS, most);
}

void web_pieces(struct web_exchange *x, uint64_t most)
{
    want(x, WEB_PIECES, most);
}

void web_pause(struct web_exchange *x)
{
    struct web_conn *c = web_conn_of(x);
    x->paused = x->wants == WEB_PIECES;
    if (x->paused && !c->busy) {
        hold(c, true);
    }
}

void web_resume(struct web_exchange *x)
{
    struct web_conn *c = web_conn_of(x);
    if (x->paused) {
        x->paused = false;
        if (!c->busy) {
            hold(c, false);
            web_take_again(c);
        }
    }
}
