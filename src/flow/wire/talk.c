/* The bytes of a talk: kept until a message is whole, then read by what the talk is. */
#include "flow/wire/talk.h"

#include "flow/wire/inside.h"
#include "flow/wire/sniff.h"

static void drop(struct wire *w, struct talk *s)
{
    budget_give(&w->budget, s->held, s->cap);
    s->held = NULL;
    s->len = 0;
    s->cap = 0;
    s->looked = 0;
}

void talk_clear(struct wire *w, struct talks *t)
{
    drop(w, &t->side[CLIENT]);
    drop(w, &t->side[SERVER]);
}

size_t talk_lose(struct talk *s, struct str bytes)
{
    s->lost = true;
    s->in_body = false;
    return bytes.len;
}

size_t talk_header_end(struct talk *s, struct str bytes)
{
    size_t at = str_find(str_from(bytes, s->looked), STR("\r\n\r\n"));
    if (at != STR_NPOS) {
        s->looked += (uint32_t)at;
        return s->looked + 4;
    }
    s->looked = bytes.len > 3 ? (uint32_t)bytes.len - 3 : 0;
    return STR_NPOS;
}

void talk_hole(struct wire *w, struct conn *c, struct talks *t, unsigned side, uint32_t len)
{
    struct talk *s = &t->side[side];
    if (t->what == WIRE_TLS) {
        talk_tls_hole(w, c, side, len);
        return;
    }
    if (len && s->skip >= len) {
        s->skip -= len;
        return;
    }
    if (len && s->in_body && s->body.kind == HTTP_BODY_LENGTH && s->body.left >= len) {
        s->body.left -= len;
        return;
    }
    s->skip = 0;
    s->len = 0;
    talk_lose(s, str_of(NULL, 0));
    drop(w, s);
}

/* Appends to what is held. False without memory. */
static bool hold(struct wire *w, struct talk *s, struct str bytes)
{
    size_t want = s->len + bytes.len;
    if (want > s->cap) {
        size_t cap = want < 2048 ? 2048 : want * 2;
        char *more = budget_take(&w->budget, cap);
        if (!more) {
            return false;
        }
        if (s->len) {
            memcpy(more, s->held, s->len);
        }
        budget_give(&w->budget, s->held, s->cap);
        s->held = more;
        s->cap = (uint32_t)cap;
    }
    memcpy(s->held + s->len, bytes.p, bytes.len);
    s->len += (uint32_t)bytes.len;
    return true;
}

/* What the talk is, from the first bytes of a side. A server's greeting tells as well. */
static size_t classify(struct conn *c, struct talks *t, unsigned side, struct str bytes)
{
    struct talk *s = &t->side[side];
    if (bytes.p[0] == '\r' || bytes.p[0] == '\n') { /* a keepalive tells nothing */
        return 1;
    }
    unsigned what = c->c.server.port == 53 && !t->inner ? WIRE_DNS : sniff(bytes);
    if (what == WIRE_UNKNOWN && bytes.len < SNIFF_MOST) {
        return 0;
    }
    if (what == WIRE_TLS && t->inner) {
        what = WIRE_OTHER;
    }
    bool sure = c->started[side] || t->inner;
    if (what != WIRE_TLS && what != WIRE_HTTP && what != WIRE_SIP && what != WIRE_DNS) {
        /* Within a stream that was joined late, a later piece may begin with a message. */
        s->tries++;
        if (sure || s->tries >= TALK_TRIES) {
            t->what = WIRE_OTHER;
        }
        return bytes.len;
    }
    t->what = (uint8_t)what;
    if (!t->inner) {
        c->c.what = (uint8_t)what;
    }
    return 0;
}

static size_t step(struct wire *w, struct conn *c, struct talks *t, unsigned side, struct str bytes)
{
    struct talk *s = &t->side[side];
    if (s->skip) {
        size_t n = s->skip < bytes.len ? (size_t)s->skip : bytes.len;
        s->skip -= n;
        return n;
    }
    if (t->what == WIRE_UNKNOWN) {
        size_t n = classify(c, t, side, bytes);
        if (n || t->what == WIRE_UNKNOWN) {
            return n;
        }
    }
    if (s->lost && t->what != WIRE_TLS) {
        if (sniff(bytes) != t->what) {
            return bytes.len;
        }
        s->lost = false;
    }
    switch ((enum wire_what)t->what) {
    case WIRE_SIP:
        return talk_sip(w, c, t, side, bytes);
    case WIRE_HTTP:
        return talk_http(w, c, t, side, bytes);
    case WIRE_DNS:
        return talk_dns(w, c, t, side, bytes);
    case WIRE_TLS:
        talk_tls(w, c, side, bytes);
        break;
    case WIRE_UNKNOWN:
    case WIRE_OTHER:
        break;
    }
    return bytes.len;
}

void talk_on(struct wire *w, struct conn *c, struct talks *t, unsigned side, struct str bytes)
{
    struct talk *s = &t->side[side];
    bool held = s->len != 0;
    if (held) {
        if (!hold(w, s, bytes)) {
            talk_hole(w, c, t, side, 0);
            return;
        }
        bytes = str_of(s->held, s->len);
    }
    while (bytes.len && t->what != WIRE_OTHER) {
        size_t n = step(w, c, t, side, bytes);
        if (n == 0) {
            break;
        }
        s->looked = 0;
        bytes = str_from(bytes, n);
    }
    if (t->what == WIRE_OTHER || bytes.len > TALK_HELD) {
        talk_lose(s, bytes);
        bytes.len = 0;
    }
    if (held && bytes.len) {
        if (bytes.p != s->held) {
            memmove(s->held, bytes.p, bytes.len);
        }
        s->len = (uint32_t)bytes.len;
    } else if (held) {
        drop(w, s);
    } else if (bytes.len && !hold(w, s, bytes)) {
        talk_hole(w, c, t, side, 0);
    }
}
