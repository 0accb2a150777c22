/* HTTP over a stream: heads are told, bodies passed over. */
#include "flow/wire/inside.h"
#include "flow/wire/sniff.h"

static void asked_add(struct talks *t, const struct http_head *h)
{
    uint8_t kind = str_eq(h->method, STR("HEAD"))      ? TALK_HEAD
                   : str_eq(h->method, STR("CONNECT")) ? TALK_CONNECT
                                                       : TALK_OTHER;
    if (t->n_asked == TALK_ASKED) {
        memmove(t->asked, t->asked + 1, --t->n_asked);
    }
    t->asked[t->n_asked++] = kind;
}

/* The method of the request that a final response answers. */
static struct str asked_next(struct talks *t, const struct http_head *h)
{
    if (t->n_asked == 0 || (h->status < 200 && h->status != 101)) {
        return str_of(NULL, 0);
    }
    uint8_t kind = t->asked[0];
    memmove(t->asked, t->asked + 1, --t->n_asked);
    return kind == TALK_HEAD ? STR("HEAD") : kind == TALK_CONNECT ? STR("CONNECT") : STR("GET");
}

static size_t on_body(struct talks *t, unsigned side, struct str bytes)
{
    struct talk *s = &t->side[side];
    struct str rest = bytes;
    struct str data;
    struct err_at at;
    switch (http_body_next(&s->body, &rest, &data, &at)) {
    case ERR_OK:
        return bytes.len - rest.len;
    case ERR_MORE:
        return bytes.len;
    case ERR_END:
        s->in_body = false;
        return bytes.len - rest.len;
    default:
        return talk_lose(s, bytes);
    }
}

/* Behind CONNECT or an upgrade stands another protocol. */
static void tunnel(struct talks *t)
{
    t->what = WIRE_UNKNOWN;
    t->n_asked = 0;
    for (unsigned i = 0; i < 2; i++) {
        t->side[i].tries = 0;
        t->side[i].in_body = false;
        t->side[i].lost = false;
    }
}

static void on_head(struct talks *t, unsigned side, const struct http_head *h)
{
    struct talk *s = &t->side[side];
    struct str method = str_of(NULL, 0);
    if (h->request) {
        asked_add(t, h);
    } else {
        method = asked_next(t, h);
    }
    http_body_init(&s->body, h, method);
    s->in_body = s->body.kind != HTTP_BODY_NONE;
    if (s->body.kind == HTTP_BODY_TUNNEL) {
        tunnel(t);
    }
}

size_t talk_http(struct wire *w, struct conn *c, struct talks *t, unsigned side, struct str bytes)
{
    struct talk *s = &t->side[side];
    struct http_head h;
    struct err_at at;
    if (s->in_body) {
        size_t n = on_body(t, side, bytes);
        if (n) {
            return n;
        }
    }
    /* Read again only when it may be whole. */
    if (s->len > SNIFF_MOST && talk_header_end(s, bytes) == STR_NPOS) {
        return bytes.len < HTTP_HEAD_MOST ? 0 : talk_lose(s, bytes);
    }
    switch (http_head_read(bytes, &h, &at)) {
    case ERR_OK:
        if (w->v.http) {
            w->v.http(w->v.ctx, &w->at, &c->c, side == CLIENT, &h, t->inner);
        }
        on_head(t, side, &h);
        return h.len;
    case ERR_MORE:
    case ERR_END:
        return 0;
    default:
        w->count.malformed++;
        return talk_lose(s, bytes);
    }
}
