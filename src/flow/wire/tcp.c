/* TCP segments: how connections begin and end, and the way of their bytes to what is said. */
#include "flow/wire/inside.h"

/* What the functions that take bytes out of a stream know. */
struct way {
    struct wire *w;
    struct conn *c;
    unsigned side;
};

static void on_data(void *ctx, struct str bytes)
{
    struct way *y = ctx;
    y->c->c.bytes[y->side] += bytes.len;
    talk_on(y->w, y->c, &y->c->talks, y->side, bytes);
}

static void on_hole(void *ctx, uint32_t len)
{
    struct way *y = ctx;
    y->w->count.lost++;
    y->c->c.lost[y->side] = true;
    y->c->started[y->side] = false;
    talk_hole(y->w, y->c, &y->c->talks, y->side, len);
}

static void tell(struct wire *w, const struct conn *c, enum wire_tcp e, bool from_client)
{
    if (w->v.tcp) {
        w->v.tcp(w->v.ctx, &w->at, &c->c, e, from_client);
    }
}

static void flush(struct wire *w, struct conn *c)
{
    for (unsigned side = CLIENT; side <= SERVER; side++) {
        struct way y = {w, c, side};
        struct stream_sink sink = {&y, on_data, on_hole};
        stream_rest(&c->stream[side], &w->budget, &sink);
        stream_clear(&c->stream[side], &w->budget);
    }
}

void conn_end(struct wire *w, struct conn *c, bool reset_by_server)
{
    if (c->ended) {
        return;
    }
    flush(w, c);
    c->ended = true;
    talk_clear(w, &c->talks);
    secure_close(w, c);
    if (c->c.syns == 0 || reset_by_server) {
        return;
    }
    if (!c->answered && c->c.bytes[SERVER] == 0) {
        tell(w, c, WIRE_TCP_UNANSWERED, true);
    } else if (c->heard && c->c.bytes[CLIENT] && c->c.bytes[SERVER] == 0 && !c->c.lost[SERVER]) {
        tell(w, c, WIRE_TCP_SILENT, true);
    }
}

static void on_syn(struct wire *w, const struct packet_tcp *t, struct conn *c, bool from_client)
{
    usec_t now = w->at.time;
    if (c && from_client && c->c.syns && c->isn == t->seq && !c->ended) {
        if (now != USEC_NONE && c->syn != USEC_NONE && now >= c->syn &&
            now - c->syn <= WIRE_TWICE_MS * USEC_MS) {
            w->count.twice++;
            return;
        }
        c->syn = now;
        c->c.syns++;
        tell(w, c, WIRE_TCP_SYN_AGAIN, true);
        return;
    }
    if (c) { /* the ports are used again */
        conn_end(w, c, false);
        conn_remove(w, c);
    }
    c = conn_add(w, true);
    if (!c) {
        return;
    }
    c->c.syns = 1;
    c->syn = now;
    c->isn = t->seq;
    c->started[CLIENT] = true;
    stream_begin(&c->stream[CLIENT], t->seq + 1);
    tell(w, c, WIRE_TCP_SYN, true);
}

static struct conn *on_syn_ack(struct wire *w, const struct packet_tcp *t, struct conn *c,
                               bool from_client)
{
    if (c && (c->ended || from_client)) {
        return c;
    }
    c = c ? c : conn_add(w, false);
    if (c && !c->answered) {
        c->answered = true;
        c->started[SERVER] = true;
        if (!c->stream[SERVER].begun) {
            stream_begin(&c->stream[SERVER], t->seq + 1);
        }
    }
    return c;
}

static void on_reset(struct wire *w, struct conn *c, bool from_client)
{
    bool refused = !from_client && c->c.syns && !c->answered && c->c.bytes[SERVER] == 0;
    flush(w, c);
    tell(w, c, refused ? WIRE_TCP_REFUSED : WIRE_TCP_RESET, from_client);
    conn_end(w, c, !from_client);
}

static void on_fin(struct wire *w, struct conn *c, unsigned side)
{
    if (!c->fin[side]) {
        c->fin[side] = true;
        tell(w, c, WIRE_TCP_FIN, side == CLIENT);
    }
    if (c->fin[CLIENT] && c->fin[SERVER]) {
        conn_end(w, c, false);
    }
}

static bool is_service(uint16_t port)
{
    return port < 1024 || (port >= 5060 && port <= 5099) || port == 8080 || port == 8443;
}

/* A connection whose start the capture does not have: who is the client? */
static struct conn *midway(struct wire *w)
{
    uint16_t src = w->at.src.port;
    uint16_t dst = w->at.dst.port;
    bool to_service = is_service(src) == is_service(dst) ? dst <= src : is_service(dst);
    return conn_add(w, to_service);
}

static void on_bytes(struct wire *w, const struct packet_tcp *t, struct conn *c, unsigned side)
{
    struct way y = {w, c, side};
    struct stream_sink sink = {&y, on_data, on_hole};
    struct way other = {w, c, !side};
    struct stream_sink other_sink = {&other, on_data, on_hole};
    if (t->flags & TCP_ACK && c->stream[!side].head) {
        stream_acked(&c->stream[!side], &w->budget, t->ack, &other_sink);
    }
    if (t->len == 0) {
        return;
    }
    w->count.cut += t->data.len < t->len;
    if (c->talks.what == WIRE_OTHER) {
        c->c.bytes[side] += t->len;
        return;
    }
    stream_on(&c->stream[side], &w->budget, t->seq, t->data, t->len, &sink);
    if (c->talks.what == WIRE_OTHER) {
        stream_clear(&c->stream[CLIENT], &w->budget);
        stream_clear(&c->stream[SERVER], &w->budget);
    }
}

static void on_segment(struct wire *w, const struct packet_tcp *t, struct conn *c, bool from_client)
{
    c->heard = c->heard || !from_client;
    if (from_client && c->c.syns && !c->up && (t->flags & (TCP_ACK | TCP_RST)) == TCP_ACK) {
        c->answered = true;
        c->up = true;
        c->c.up = w->at.time;
        tell(w, c, WIRE_TCP_UP, true);
    }
    on_bytes(w, t, c, from_client ? CLIENT : SERVER);
    if (t->flags & TCP_RST) {
        on_reset(w, c, from_client);
    } else if (t->flags & TCP_FIN) {
        on_fin(w, c, from_client ? CLIENT : SERVER);
    }
}

void wire_tcp_packet(struct wire *w, const struct packet *p)
{
    struct packet_tcp t;
    enum packet_state state = packet_read_tcp(p, &t);
    if (state != PACKET_OK) {
        w->count.malformed += state == PACKET_BROKEN;
        w->count.cut += state == PACKET_CUT;
        return;
    }
    wire_at_set(w, p, t.src, t.dst);
    bool from_client = true;
    struct conn *c = conn_find(w, &from_client);
    if (t.flags & TCP_SYN && !(t.flags & TCP_RST)) {
        if (!(t.flags & TCP_ACK)) {
            on_syn(w, &t, c, from_client);
            return;
        }
        c = on_syn_ack(w, &t, c, from_client);
        from_client = false;
        t.seq++; /* data behind a SYN (RFC 7413) begins one later */
    }
    if (!c && t.len && !(t.flags & TCP_RST)) {
        c = midway(w);
        from_client = c && endpoint_eq(c->c.client, w->at.src);
    }
    if (c && !c->ended) {
        on_segment(w, &t, c, from_client);
    }
}
