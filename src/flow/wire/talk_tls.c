/* TLS over a stream, and what is said inside where a key log opens it. */
#include "flow/wire/inside.h"
#include "flow/wire/sniff.h"

/* What an event of TLS comes to. */
struct way {
    struct wire *w;
    struct conn *c;
};

static void on_name(struct conn *c, struct str sni)
{
    struct secure *x = c->secure;
    if (sni.len && sni.len <= sizeof x->sni) {
        memcpy(x->sni, sni.p, sni.len);
        x->sni_len = (uint8_t)sni.len;
        c->c.sni = str_of(x->sni, x->sni_len);
    }
}

static void on_tls(void *ctx, bool from_client, const struct tls_event *e)
{
    struct way *y = ctx;
    struct conn *c = y->c;
    if (e->kind == TLS_CLIENT_HELLO) {
        on_name(c, e->hello.sni);
    }
    if (y->w->v.tls) {
        y->w->v.tls(y->w->v.ctx, &y->w->at, &c->c, from_client, e);
    }
    if (e->kind == TLS_DATA) {
        talk_on(y->w, c, &c->secure->inner, from_client ? CLIENT : SERVER, e->body);
    }
}

void secure_init(struct wire *w)
{
    tls_keys_init(&w->keys);
    if (w->cfg.keylog.len && tls_keys_add(&w->keys, w->cfg.keylog) != ERR_OK) {
        w->count.secrets_lost++;
    }
    w->tls_cfg = (struct tls_cfg){
        .on = on_tls, .crypto = w->cfg.crypto, .keys = &w->keys, .plain = w->plain};
}

static bool secure_open(struct wire *w, struct conn *c)
{
    if (c->secure) {
        return true;
    }
    c->secure = budget_take(&w->budget, sizeof *c->secure);
    if (!c->secure) {
        return false;
    }
    *c->secure = (struct secure){.charged = 0};
    c->secure->inner.inner = true;
    tls_init(&c->secure->tls, &w->tls_cfg);
    return true;
}

void secure_close(struct wire *w, struct conn *c)
{
    struct secure *x = c->secure;
    if (x) {
        tls_clear(&x->tls);
        talk_clear(w, &x->inner);
        w->budget.used -= x->charged;
        x->charged = 0;
        x->dead = true;
    }
}

void secure_free(struct wire *w, struct conn *c)
{
    secure_close(w, c);
    budget_give(&w->budget, c->secure, sizeof *c->secure);
    c->secure = NULL;
}

/* What it holds on its own counts as well; with too much of it the connection is passed over. */
static void charge(struct wire *w, struct conn *c)
{
    struct secure *x = c->secure;
    size_t now = tls_memory(&x->tls);
    size_t others = w->budget.used - x->charged;
    if (now > w->budget.limit - others) {
        secure_close(w, c);
        return;
    }
    w->budget.used = others + now;
    w->budget.most = w->budget.used > w->budget.most ? w->budget.used : w->budget.most;
    x->charged = now;
}

/* A connection that was joined late is read from a segment on that begins with a record. */
static bool joined(const struct conn *c, struct talk *s, unsigned side, struct str bytes)
{
    s->joined = s->joined || c->started[side] || sniff(bytes) == WIRE_TLS;
    return s->joined;
}

void talk_tls(struct wire *w, struct conn *c, unsigned side, struct str bytes)
{
    struct talk *s = &c->talks.side[side];
    if (s->lost || !secure_open(w, c) || c->secure->dead || !joined(c, s, side, bytes)) {
        return;
    }
    struct way y = {w, c};
    tls_feed(&c->secure->tls, side == CLIENT, bytes, &y);
    charge(w, c);
}

void talk_tls_hole(struct wire *w, struct conn *c, unsigned side, uint32_t len)
{
    struct talk *s = &c->talks.side[side];
    if (!s->joined || !c->secure || c->secure->dead) {
        return;
    }
    if (len == 0) { /* nobody knows where the next record begins */
        s->lost = true;
        return;
    }
    struct way y = {w, c};
    tls_gap(&c->secure->tls, side == CLIENT, len, &y);
}
