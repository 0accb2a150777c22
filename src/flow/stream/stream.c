/* Putting TCP segments in order. */
#include "flow/stream/stream.h"

struct stream_part {
    struct stream_part *next;
    uint32_t seq;
    uint32_t len;      /* bytes on the wire */
    uint32_t captured; /* bytes below */
    char data[];
};

/* A stretch of sequence numbers and what was captured of it. */
struct span {
    uint32_t seq;
    uint32_t len;
    struct str data;
};

/* How far `a` is ahead of `b`, in sequence numbers that wrap. */
static int32_t ahead(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b);
}

static struct span span_head(struct span s, uint32_t n)
{
    return (struct span){s.seq, n, str_head(s.data, n)};
}

static struct span span_from(struct span s, uint32_t n)
{
    return (struct span){s.seq + n, s.len - n, str_from(s.data, n)};
}

void stream_begin(struct stream *s, uint32_t seq)
{
    s->next = seq;
    s->begun = true;
}

static void give(struct stream *s, struct span g, const struct stream_sink *sink)
{
    s->next = g.seq + g.len;
    s->acks = 0;
    if (g.data.len) {
        sink->data(sink->ctx, g.data);
    }
    if (g.len > g.data.len) {
        sink->hole(sink->ctx, g.len - (uint32_t)g.data.len);
    }
}

static void head_free(struct stream *s, struct budget *b)
{
    struct stream_part *p = s->head;
    s->head = p->next;
    s->tail = s->head ? s->tail : NULL;
    s->n_held--;
    s->held -= p->captured;
    budget_give(b, p, sizeof *p + p->captured);
}

/* Gives out the parts that are next. */
static void drain(struct stream *s, struct budget *b, const struct stream_sink *sink)
{
    while (s->head && ahead(s->next, s->head->seq) >= 0) {
        struct stream_part *p = s->head;
        struct span g = {p->seq, p->len, str_of(p->data, p->captured)};
        give(s, g, sink);
        head_free(s, b);
    }
}

/* Passes over the hole before the first part. */
static void skip(struct stream *s, struct budget *b, const struct stream_sink *sink)
{
    uint32_t lack = s->head->seq - s->next;
    s->next = s->head->seq;
    sink->hole(sink->ctx, lack);
    drain(s, b, sink);
}

/* Puts a part behind `after` (NULL: first). False at a limit. */
static bool insert(struct stream *s, struct budget *b, struct stream_part *after, struct span g)
{
    if (s->n_held >= STREAM_PARTS_MOST || s->held + g.data.len > STREAM_HELD_MOST) {
        return false;
    }
    struct stream_part *p = budget_take(b, sizeof *p + g.data.len);
    if (!p) {
        return false;
    }
    struct stream_part **link = after ? &after->next : &s->head;
    *p = (struct stream_part){
        .next = *link, .seq = g.seq, .len = g.len, .captured = (uint32_t)g.data.len};
    if (g.data.len) {
        memcpy(p->data, g.data.p, g.data.len);
    }
    *link = p;
    s->tail = p->next ? s->tail : p;
    s->n_held++;
    s->held += p->captured;
    return true;
}

/* Keeps of `g` what is not kept yet. Returns what found no room. */
static struct span keep(struct stream *s, struct budget *b, struct span g)
{
    struct stream_part *before = NULL;
    struct stream_part *at = s->head;
    if (s->tail && ahead(g.seq, s->tail->seq + s->tail->len) >= 0) {
        before = s->tail;
        at = NULL;
    }
    while (g.len) {
        if (at && ahead(g.seq, at->seq) >= 0) {
            int32_t covered = ahead(at->seq + at->len, g.seq);
            if (covered > 0) {
                g = span_from(g, (uint32_t)covered < g.len ? (uint32_t)covered : g.len);
            }
            before = at;
            at = at->next;
            continue;
        }
        uint32_t room = at ? at->seq - g.seq : g.len;
        struct span piece = span_head(g, room < g.len ? room : g.len);
        if (!insert(s, b, before, piece)) {
            return g;
        }
        before = before ? before->next : s->head;
        g = span_from(g, piece.len);
    }
    return g;
}

/* The part of `g` that is next, up to the first part that is kept; the rest is returned. */
static struct span give_next(struct stream *s, struct budget *b, struct span g,
                             const struct stream_sink *sink)
{
    int32_t old = ahead(s->next, g.seq);
    if (old > 0) {
        g = span_from(g, (uint32_t)old < g.len ? (uint32_t)old : g.len);
    }
    if (g.len == 0) {
        return g;
    }
    uint32_t room = s->head ? s->head->seq - g.seq : g.len;
    struct span piece = span_head(g, room < g.len ? room : g.len);
    give(s, piece, sink);
    drain(s, b, sink);
    return span_from(g, piece.len);
}

void stream_on(struct stream *s, struct budget *b, uint32_t seq, struct str data, uint32_t len,
               const struct stream_sink *sink)
{
    struct span g = {seq, len, str_head(data, len)};
    if (!s->begun) {
        stream_begin(s, seq);
    }
    int32_t far = ahead(seq, s->next);
    if (far > STREAM_JUMP || far < -STREAM_JUMP) {
        stream_rest(s, b, sink);
        s->next = seq;
        sink->hole(sink->ctx, 0);
    }
    while (g.len) {
        if (ahead(g.seq, s->next) <= 0) {
            g = give_next(s, b, g, sink);
            continue;
        }
        g = keep(s, b, g);
        if (g.len == 0) {
            return;
        }
        if (s->head) {
            skip(s, b, sink);
        } else { /* no memory for the first one */
            sink->hole(sink->ctx, g.seq - s->next);
            s->next = g.seq;
        }
    }
}

void stream_acked(struct stream *s, struct budget *b, uint32_t ack, const struct stream_sink *sink)
{
    if (s->head && ahead(ack, s->head->seq) >= 0 && ++s->acks > STREAM_ACKS_MOST) {
        s->acks = 0;
        skip(s, b, sink);
    }
}

void stream_rest(struct stream *s, struct budget *b, const struct stream_sink *sink)
{
    while (s->head) {
        skip(s, b, sink);
    }
}

void stream_clear(struct stream *s, struct budget *b)
{
    while (s->head) {
        head_free(s, b);
    }
}
