/* Pieces of a group in memory, under two limits. A piece that outgrows them is handed over as it
 * comes; what is held goes before it. */
#include "app/gather/hold.h"

#include <stdlib.h>

void hold_init(struct hold *h, const struct gather_options *options,
               const struct gather_consumer *to, uint64_t *handed)
{
    h->options = options;
    h->to = to;
    h->handed = handed;
    h->input = NULL;
    h->group = 0;
    h->chunks = NULL;
    h->pieces = NULL;
    h->n_chunks = h->cap_chunks = h->n = h->cap = h->names = h->head_len = 0;
    h->stored = 0;
    h->state = HOLD_IDLE;
    h->overflowed = h->noted = false;
    h->logs = 0;
}

/* Keeps the chunks for the next group. */
static void hold_forget(struct hold *h)
{
    for (size_t i = 0; i < h->n; i++) {
        free(h->pieces[i].name);
    }
    h->n = 0;
    h->names = 0;
    h->stored = 0;
}

void hold_clear(struct hold *h)
{
    hold_forget(h);
    for (size_t i = 0; i < h->n_chunks; i++) {
        free(h->chunks[i]);
    }
    free(h->chunks);
    free(h->pieces);
    h->chunks = NULL;
    h->pieces = NULL;
    h->n_chunks = h->cap_chunks = h->cap = 0;
}

void hold_start(struct hold *h, struct gather_input *input, unsigned group)
{
    hold_forget(h);
    h->input = input;
    h->group = group;
    h->state = HOLD_IDLE;
    h->overflowed = h->noted = false;
    h->logs = 0;
}

enum err hold_hand_begin(struct hold *h, struct str name, enum archive_kind kind)
{
    h->input->pieces++;
    return h->to->piece_begin(h->to->ctx, name, kind, h->group);
}

enum err hold_hand_bytes(struct hold *h, struct str bytes)
{
    h->input->bytes += bytes.len;
    *h->handed += bytes.len;
    return h->to->piece_bytes(h->to->ctx, bytes);
}

static enum err store_add(struct hold *h, struct str bytes)
{
    while (bytes.len > 0) {
        size_t chunk = (size_t)(h->stored / HOLD_CHUNK), at = (size_t)(h->stored % HOLD_CHUNK);
        if (chunk == h->cap_chunks) {
            size_t cap = h->cap_chunks ? h->cap_chunks * 2 : 16;
            char **more = realloc(h->chunks, cap * sizeof *more);
            if (!more) {
                return ERR_MEMORY;
            }
            h->chunks = more;
            h->cap_chunks = cap;
        }
        if (chunk == h->n_chunks) {
            h->chunks[chunk] = malloc(HOLD_CHUNK);
            if (!h->chunks[chunk]) {
                return ERR_MEMORY;
            }
            h->n_chunks++;
        }
        struct str part = str_head(bytes, HOLD_CHUNK - at);
        memcpy(h->chunks[chunk] + at, part.p, part.len);
        h->stored += part.len;
        bytes = str_from(bytes, part.len);
    }
    return ERR_OK;
}

/* The bytes of the store from `at` on, as far as they stand together. */
static struct str store_view(const struct hold *h, uint64_t at, uint64_t end)
{
    size_t in = (size_t)(at % HOLD_CHUNK);
    uint64_t len = end - at;
    return str_of(h->chunks[at / HOLD_CHUNK] + in,
                  len < HOLD_CHUNK - in ? (size_t)len : HOLD_CHUNK - in);
}

/* The bytes of a piece to the consumer, who has agreed to its begin. */
static enum err piece_hand(struct hold *h, const struct hold_piece *p)
{
    enum err e = ERR_OK;
    uint64_t end = p->start + p->len;
    for (uint64_t at = p->start; at < end && e == ERR_OK;) {
        struct str view = store_view(h, at, end);
        e = hold_hand_bytes(h, view);
        at += view.len;
    }
    return e;
}

static enum err piece_flush(struct hold *h, const struct hold_piece *p)
{
    enum err e = hold_hand_begin(h, str_of(p->name, p->name_len), p->kind);
    if (e == ERR_END) {
        return ERR_OK;
    }
    if (e == ERR_OK) {
        e = piece_hand(h, p);
    }
    if (e == ERR_OK || e == ERR_END) {
        h->to->piece_end(h->to->ctx, p->whole);
        e = ERR_OK;
    }
    return e;
}

/* The first `n` pieces, in their order. */
static enum err pieces_flush(struct hold *h, size_t n)
{
    if (n == 0) {
        return ERR_OK;
    }
    struct order_piece *order = calloc(n, sizeof *order);
    size_t *places = malloc(n * sizeof *places);
    enum err e = order && places ? ERR_OK : ERR_MEMORY;
    for (size_t i = 0; i < n && e == ERR_OK; i++) {
        order[i] = h->pieces[i].order;
    }
    if (e == ERR_OK) {
        e = order_pieces(order, n, places);
    }
    for (size_t i = 0; i < n && e == ERR_OK; i++) {
        e = piece_flush(h, &h->pieces[places[i]]);
    }
    free(places);
    free(order);
    return e;
}

enum err hold_flush(struct hold *h)
{
    enum err e = pieces_flush(h, h->n);
    hold_forget(h);
    return e;
}

/* The archive that a piece stands in directly; files beside archives are one scope too. */
static struct str scope_of(struct str name)
{
    for (size_t i = name.len; i >= 2; i--) {
        if (name.p[i - 2] == '!' && name.p[i - 1] == '/') {
            return str_head(name, i);
        }
    }
    return str_head(name, 0);
}

static uint32_t scope_number(const struct hold *h, struct str name)
{
    enum { BACK = 64 }; /* pieces of a scope may stand around a nested archive */
    struct str scope = scope_of(name);
    for (size_t i = h->n, tried = 0; i > 0 && tried < BACK; i--, tried++) {
        const struct hold_piece *p = &h->pieces[i - 1];
        if (str_eq(scope_of(str_of(p->name, p->name_len)), scope)) {
            return p->order.scope;
        }
    }
    return (uint32_t)h->n;
}

static enum err piece_add(struct hold *h, struct str name, enum archive_kind kind)
{
    if (h->n == h->cap) {
        size_t cap = h->cap ? h->cap * 2 : 16;
        struct hold_piece *more = realloc(h->pieces, cap * sizeof *more);
        if (!more) {
            return ERR_MEMORY;
        }
        h->pieces = more;
        h->cap = cap;
    }
    char *copy = malloc(name.len + 1);
    if (!copy) {
        return ERR_MEMORY;
    }
    memcpy(copy, name.p, name.len);
    uint32_t scope = scope_number(h, name);
    h->pieces[h->n++] = (struct hold_piece){.name = copy,
                                            .name_len = name.len,
                                            .kind = kind,
                                            .start = h->stored,
                                            .order = {.scope = scope}};
    h->names += name.len + 3 * sizeof *h->pieces;
    return ERR_OK;
}

static enum err stream_begin(struct hold *h, struct str name, enum archive_kind kind)
{
    enum err e = hold_hand_begin(h, name, kind);
    h->state = e == ERR_OK ? HOLD_STREAMING : HOLD_DROPPING;
    return e;
}

enum err hold_begin(struct hold *h, struct str name, enum archive_kind kind)
{
    if (kind == ARCHIVE_KIND_CAPTURE) {
        return stream_begin(h, name, kind); /* its frames have full times */
    }
    if (h->stored + h->names > h->options->hold_all) {
        enum err e = hold_flush(h); /* many small ones */
        if (e != ERR_OK) {
            return e;
        }
        h->overflowed = true;
    }
    h->state = HOLD_KEEPING;
    h->head_len = 0;
    return piece_add(h, name, kind);
}

/* Order matters from the second log on. */
static void log_seen(struct hold *h, const struct hold_piece *p)
{
    h->logs++;
    if (h->overflowed && h->logs > 1 && !h->noted && h->to->note) {
        h->noted = true;
        h->to->note(h->to->ctx, str_z(h->input->path), str_of(p->name, p->name_len),
                    "too much to be held back: the order of the logs was not checked");
    }
}

/* The current piece outgrew the limits: from now on it goes to the consumer as it comes. */
static enum err overflow(struct hold *h)
{
    struct hold_piece p = h->pieces[h->n - 1];
    struct logcat_key key;
    bool log = logcat_peek(str_of(h->head, h->head_len), &key);
    enum err e = ERR_OK;
    bool full = h->stored + h->names > h->options->hold_all;
    if ((log && h->n > 1) || full) {
        e = pieces_flush(h, h->n - 1);
    }
    h->overflowed |= log || full;
    if (e == ERR_OK && log) {
        log_seen(h, &p);
    }
    if (e == ERR_OK) {
        e = stream_begin(h, str_of(p.name, p.name_len), p.kind);
    }
    if (e == ERR_OK) {
        e = piece_hand(h, &p);
    }
    if ((log && h->n > 1) || full) {
        hold_forget(h);
    } else {
        h->n--;
        h->names -= p.name_len + 3 * sizeof p;
        h->stored = p.start;
        free(p.name);
    }
    return e;
}

enum err hold_bytes(struct hold *h, struct str bytes)
{
    if (h->state == HOLD_STREAMING) {
        return hold_hand_bytes(h, bytes);
    }
    if (h->state != HOLD_KEEPING) {
        return ERR_END;
    }
    struct str head = str_head(bytes, sizeof h->head - h->head_len);
    memcpy(h->head + h->head_len, head.p, head.len);
    h->head_len += head.len;
    enum err e = store_add(h, bytes);
    if (e != ERR_OK) {
        return e;
    }
    h->pieces[h->n - 1].len += bytes.len;
    bool large = h->pieces[h->n - 1].len > h->options->hold_each;
    return large || h->stored + h->names > h->options->hold_all ? overflow(h) : ERR_OK;
}

static struct order_keys piece_keys(struct hold *h, const struct hold_piece *p)
{
    char tail[HOLD_TAIL];
    size_t n = 0;
    uint64_t end = p->start + p->len;
    uint64_t at = p->len > sizeof tail ? end - sizeof tail : p->start;
    while (at < end) {
        struct str view = store_view(h, at, end);
        memcpy(tail + n, view.p, view.len);
        n += view.len;
        at += view.len;
    }
    return order_keys_of(str_of(h->head, h->head_len), str_of(tail, n));
}

void hold_end(struct hold *h, bool whole)
{
    if (h->state == HOLD_STREAMING) {
        h->to->piece_end(h->to->ctx, whole);
    } else if (h->state == HOLD_KEEPING) {
        struct hold_piece *p = &h->pieces[h->n - 1];
        p->whole = whole;
        p->order.keys = piece_keys(h, p);
        if (p->order.keys.first.valid) {
            log_seen(h, p);
        }
    }
    h->state = HOLD_IDLE;
}
