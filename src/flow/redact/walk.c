/* Lines, and the seams between pieces of one message. */
#include "flow/redact/walk.h"

#include <stdlib.h>

#include "proto/logcat/logcat.h"

enum err walk_init(struct walk *w, struct walk_visitor v)
{
    *w = (struct walk){.v = v, .buf = malloc(WALK_BUFFER), .clean = malloc(LOGCAT_LINE_MOST)};
    if (!w->buf || !w->clean) {
        walk_clear(w);
        return ERR_MEMORY;
    }
    return ERR_OK;
}

void walk_clear(struct walk *w)
{
    free(w->buf);
    free(w->clean);
    w->buf = NULL;
    w->clean = NULL;
}

void walk_begin(struct walk *w, struct sink *out)
{
    *w = (struct walk){.v = w->v, .buf = w->buf, .clean = w->clean, .out = out};
}

static void show(struct walk *w, size_t from, size_t to, unsigned flags, uint64_t line)
{
    if (to > from) {
        w->v.text(w->v.ctx, w->buf + from, to - from, flags, line);
    }
}

/* Nothing came that goes on where this piece ended: its last word is whole after all. */
static void end_close(struct walk *w, struct walk_end *e)
{
    size_t from = e->to - e->from > WALK_SIDE ? e->to - WALK_SIDE : e->from;
    e->used = false;
    show(w, from, e->to, from > e->from ? WALK_OPEN_START : 0, e->line);
}

/* Shows both sides as one text and puts what became of it back. */
static void seam(struct walk *w, struct walk_end *e, size_t from, size_t to)
{
    char both[2 * WALK_SIDE];
    size_t left = e->to - e->from, right = to - from;
    unsigned flags = WALK_SEAM;
    if (left > WALK_SIDE) {
        left = WALK_SIDE;
        flags |= WALK_OPEN_START;
    }
    if (right > WALK_SIDE) {
        right = WALK_SIDE;
        flags |= WALK_OPEN_END;
    }
    e->used = false;
    memcpy(both, w->buf + e->to - left, left);
    memcpy(both + left, w->buf + from, right);
    w->v.text(w->v.ctx, both, left + right, flags, e->line);
    memcpy(w->buf + e->to - left, both, left);
    memcpy(w->buf + from, both + left, right);
}

static struct walk_end *end_room(struct walk *w)
{
    struct walk_end *oldest = &w->ends[0];
    for (size_t i = 0; i < WALK_OPEN; i++) {
        if (!w->ends[i].used) {
            return &w->ends[i];
        }
        if (w->ends[i].born < oldest->born) {
            oldest = &w->ends[i];
        }
    }
    end_close(w, oldest);
    return oldest;
}

/* The held line is the last of its record: shows it, and remembers its end if it may go on. */
static void record_end(struct walk *w)
{
    if (!w->held.used) {
        return;
    }
    struct str line = str_of(w->buf + w->held.from, w->held.to - w->held.from);
    bool open = w->record.used && w->record.bytes >= WALK_PIECE && line.len > 0 &&
                !str_ends(line, STR("^M")) && !str_ends(line, STR("\r"));
    show(w, w->held.from, w->held.to, w->held.flags | (open ? WALK_OPEN_END : 0), w->held.line);
    w->held.used = false;
    if (open) {
        struct walk_end *e = end_room(w);
        *e = (struct walk_end){.used = true,
                               .from = w->held.from,
                               .to = w->held.to,
                               .pid = w->record.pid,
                               .tid = w->record.tid,
                               .tag_len = w->record.tag_len,
                               .born = w->records,
                               .line = w->held.line};
        memcpy(e->tag, w->record.tag, e->tag_len);
    }
}

/* A record begins at [from, to). Returns whether it goes on where another ended. */
static bool record_begin(struct walk *w, const struct logcat_record *r, size_t from, size_t to)
{
    bool joined = false;
    const char *line = w->buf + from;
    size_t tag_len = r->tag.len <= sizeof w->record.tag ? r->tag.len : 0;
    w->records++;
    w->record.used = true;
    w->record.pid = r->pid;
    w->record.tid = r->tid;
    w->record.tag_len = (uint8_t)tag_len;
    if (tag_len) {
        memcpy(w->record.tag, r->tag.p, tag_len);
    }
    w->record.bytes = r->raw.len;
    bool here = r->raw.p && r->raw.p >= line && r->raw.p <= line + (to - from);
    for (size_t i = 0; i < WALK_OPEN; i++) {
        struct walk_end *e = &w->ends[i];
        if (!e->used) {
            continue;
        }
        if (here && !joined && e->pid == r->pid && e->tid == r->tid && e->tag_len == tag_len &&
            memcmp(e->tag, w->record.tag, tag_len) == 0) {
            seam(w, e, from + (size_t)(r->raw.p - line), to);
            joined = true;
        } else if (w->records - e->born > WALK_OPEN) {
            end_close(w, e);
        }
    }
    return joined;
}

static void hold(struct walk *w, size_t from, size_t to, unsigned flags)
{
    w->held.used = true;
    w->held.from = from;
    w->held.to = to;
    w->held.flags = flags;
    w->held.line = ++w->lines;
}

/* A whole line [from, to), without its line end. */
static void take(struct walk *w, size_t from, size_t to)
{
    struct logcat_record r;
    if (str_trim(str_of(w->buf + from, to - from)).len == 0) {
        /* Blank lines that a copy put between the lines do not end a record. */
        w->lines++;
        return;
    }
    if (!logcat_read(str_of(w->buf + from, to - from), w->clean, &r)) {
        if (w->held.used) {
            show(w, w->held.from, w->held.to, w->held.flags, w->held.line);
        }
        w->record.bytes += to - from + 1;
        hold(w, from, to, 0);
        return;
    }
    record_end(w);
    if (!record_begin(w, &r, from, to)) {
        hold(w, from, to, 0);
        return;
    }
    /* What stood at the seam was shown; the head of this line does not belong to it. */
    size_t payload = from + (size_t)(r.raw.p - (w->buf + from));
    show(w, from, payload, 0, w->lines + 1);
    hold(w, payload, to, WALK_OPEN_START);
}

/* A part of a line that is too long, [from, to); the line goes on before and behind it. */
static void take_part(struct walk *w, size_t from, size_t to, bool last)
{
    if (!w->long_line) {
        record_end(w);
        w->record.used = false;
        w->lines++;
    } else {
        /* One byte more than a side, so that its first word counts as cut. */
        struct walk_end e = {.from = from - WALK_SIDE - 1, .to = from, .line = w->lines};
        seam(w, &e, from, to);
    }
    show(w, from, to, (w->long_line ? WALK_OPEN_START : 0U) | (last ? 0U : WALK_OPEN_END),
         w->lines);
    w->long_line = !last;
}

/* Passes on what nobody will look at again. */
static void pass_on(struct walk *w)
{
    size_t keep = w->scanned > 2 * WALK_SIDE ? w->scanned - 2 * WALK_SIDE : 0;
    if (w->held.used && w->held.from < keep) {
        keep = w->held.from;
    }
    for (size_t i = 0; i < WALK_OPEN; i++) {
        struct walk_end *e = &w->ends[i];
        if (e->used && e->from < keep && w->scanned - e->from > WALK_BUFFER / 2) {
            end_close(w, e);
        } else if (e->used && e->from < keep) {
            keep = e->from;
        }
    }
    if (w->out) {
        sink_str(w->out, str_of(w->buf, keep));
    }
    memmove(w->buf, w->buf + keep, w->len - keep);
    w->len -= keep;
    w->scanned -= keep;
    w->held.from -= w->held.used ? keep : 0;
    w->held.to -= w->held.used ? keep : 0;
    for (size_t i = 0; i < WALK_OPEN; i++) {
        w->ends[i].from -= w->ends[i].used ? keep : 0;
        w->ends[i].to -= w->ends[i].used ? keep : 0;
    }
}

static void scan(struct walk *w)
{
    while (w->scanned < w->len) {
        struct str rest = str_of(w->buf + w->scanned, w->len - w->scanned);
        size_t n = str_chr(rest, '\n');
        if (n != STR_NPOS && n <= WALK_LINE) {
            if (w->long_line) {
                take_part(w, w->scanned, w->scanned + n, true);
            } else {
                take(w, w->scanned, w->scanned + n);
            }
            w->scanned += n + 1;
        } else if (rest.len > WALK_LINE) {
            take_part(w, w->scanned, w->scanned + WALK_LINE, false);
            w->scanned += WALK_LINE;
        } else {
            return;
        }
    }
}

void walk_feed(struct walk *w, struct str bytes)
{
    while (bytes.len > 0) {
        size_t n = WALK_BUFFER - w->len < bytes.len ? WALK_BUFFER - w->len : bytes.len;
        memcpy(w->buf + w->len, bytes.p, n);
        w->len += n;
        bytes = str_from(bytes, n);
        if (w->len == WALK_BUFFER) {
            scan(w);
            pass_on(w);
        }
    }
}

void walk_end(struct walk *w)
{
    scan(w);
    if (w->scanned < w->len && w->long_line) {
        take_part(w, w->scanned, w->len, true);
    } else if (w->scanned < w->len) {
        take(w, w->scanned, w->len);
    }
    record_end(w);
    for (size_t i = 0; i < WALK_OPEN; i++) {
        if (w->ends[i].used) {
            end_close(w, &w->ends[i]);
        }
    }
    if (w->out) {
        sink_str(w->out, str_of(w->buf, w->len));
    }
    w->len = 0;
    w->scanned = 0;
}
