/* Records become facts by the table of line templates; what stands below a record is joined to it. */
#include "flow/dissect/dissect.h"

#include <stdlib.h>

#include "proto/sip/siplog.h"

enum { PIECE_LEAST = 900 }; /* bytes of a message that may be the first of several pieces */

static void on_record(void *ctx, const struct logcat_record *r);
static void on_other(void *ctx, struct str line, uint64_t line_no, uint64_t offset);

enum err dissect_init(struct dissect *d, const struct lines *lines, struct dissect_sink sink)
{
    *d = (struct dissect){.lines = lines, .sink = sink};
    d->memo = memo_new();
    d->sip.raw = malloc(DISSECT_MESSAGE_MOST);
    d->sip.clean = malloc(SIPLOG_ROOM(DISSECT_MESSAGE_MOST));
    struct logcat_visitor v = {.ctx = d, .record = on_record, .other = on_other};
    bool memory = d->memo && d->sip.raw && d->sip.clean;
    enum err e = memory ? logcat_init(&d->log, v) : ERR_MEMORY;
    if (e != ERR_OK) {
        dissect_clear(d);
    }
    return e;
}

void dissect_clear(struct dissect *d)
{
    memo_free(d->memo);
    free(d->sip.raw);
    free(d->sip.clean);
    d->memo = NULL;
    d->sip.raw = NULL;
    d->sip.clean = NULL;
    logcat_clear(&d->log);
}

void dissect_begin(struct dissect *d, uint32_t file)
{
    d->file = file;
    d->below = DISSECT_NOTHING;
    d->log.line_no = 0;
    d->log.offset = 0;
    d->log.records = 0;
}

void dissect_feed(struct dissect *d, struct str bytes)
{
    logcat_feed(&d->log, bytes);
}

uint64_t dissect_end(struct dissect *d)
{
    logcat_end(&d->log);
    dissect_sip_flush(d);
    return d->log.records;
}

void dissect_tell(struct dissect *d, const struct fact *f)
{
    d->sink.fact(d->sink.ctx, f);
}

enum told {
    TOLD_NOTHING, /* no line template is of this shape */
    TOLD_KNOWN,   /* one is, but it tells no fact */
    TOLD_FACT,
};

/* The fact that `text` (behind `tag`) tells, with the fields of its template. */
static enum told read_fact(struct dissect *d, struct str tag, struct str text, struct fact *ret_f)
{
    struct template_match m;
    size_t row = memo_match(d->memo, d->lines, tag, text, &m);
    if (row == 0) {
        return TOLD_NOTHING;
    }
    const struct line *l = lines_row(d->lines, row);
    if (l->kind == FACT_NO_KIND) {
        return TOLD_KNOWN;
    }
    fact_init(ret_f, l->kind < FACT_KINDS ? (enum fact_kind)l->kind : FACT_LINE_SEEN);
    ret_f->kind = l->kind;
    ret_f->rule = (uint16_t)row;
    for (unsigned i = 0; i < l->t.n; i++) {
        fact_add(ret_f, (enum field)l->t.hole[i].tag, m.hole[i]);
    }
    for (unsigned i = 0; i < l->n_constants; i++) {
        fact_add(ret_f, (enum field)l->constant[i].field, l->constant[i].v);
    }
    ret_f->place.len = (uint32_t)m.len;
    return TOLD_FACT;
}

/* Where the fact was read: `text` stands within `line` unless its blanks had to be made plain. */
static void set_place(struct dissect *d, struct fact *f, struct str line, struct str text,
                      uint32_t line_no)
{
    f->order = d->mark.order;
    f->seq = d->mark.seq;
    f->pid = d->mark.pid;
    f->tod = d->mark.tod;
    f->flags = d->mark.glued ? FACT_GLUED : 0;
    f->place.file = d->file;
    f->place.line = line_no;
    bool inside = text.p >= line.p && text.p <= line.p + line.len;
    f->place.col = inside ? (uint32_t)(text.p - line.p) : 0;
    if (!inside) {
        f->place.len = 0;
    }
    f->text = line;
}

static void sip_begin(struct dissect *d, const struct fact *f, const struct logcat_record *r)
{
    dissect_sip_flush(d);
    d->below = DISSECT_SIP;
    d->sip.open = true;
    d->sip.tid = r->tid;
    d->sip.age = 0;
    d->sip.fact = *f;
    struct str line = str_head(f->text, sizeof d->sip.line);
    memcpy(d->sip.line, line.p, line.len);
    d->sip.fact.text = str_of(d->sip.line, line.len);
    /* Fields of the head line are kept as views into the copy of the line; of a line whose blanks
     * were made plain they stand elsewhere and are copied on their own. */
    size_t used = 0;
    for (unsigned i = 0; i < f->n; i++) {
        struct str v = f->f[i].v;
        bool inside = v.p >= f->text.p && v.p < f->text.p + line.len;
        if (inside) {
            v = str_head(str_from(d->sip.fact.text, (size_t)(v.p - f->text.p)), v.len);
        } else if (f->f[i].field == FIELD_TEXT || v.len > sizeof d->sip.values - used) {
            v = str_of(NULL, 0);
        } else {
            memcpy(d->sip.values + used, v.p, v.len);
            v = str_of(d->sip.values + used, v.len);
            used += v.len;
        }
        d->sip.fact.f[i].v = v;
    }
    /* The message itself begins behind "SIP MSG::". */
    struct str start = fact_get(f, FIELD_TEXT);
    size_t skip = start.p && start.p >= r->raw.p ? (size_t)(start.p - r->raw.p) : r->raw.len;
    start = str_from(r->raw, skip);
    start = str_head(start, DISSECT_MESSAGE_MOST - 1);
    if (start.len) {
        memcpy(d->sip.raw, start.p, start.len);
    }
    d->sip.len = start.len;
    d->sip.raw[d->sip.len++] = '\n';
    d->sip.tag_len = r->tag.len < sizeof d->sip.tag ? r->tag.len : 0;
    memcpy(d->sip.tag, r->tag.p, d->sip.tag_len);
}

static void sip_line(struct dissect *d, struct str line)
{
    if (line.len + 1 > DISSECT_MESSAGE_MOST - d->sip.len) {
        return;
    }
    if (line.len) {
        memcpy(d->sip.raw + d->sip.len, line.p, line.len);
    }
    d->sip.len += line.len;
    d->sip.raw[d->sip.len++] = '\n';
}

/* Whether the message's last line may go on in the next piece: it did not end in ^M. */
static bool sip_open_end(const struct dissect *d)
{
    struct str s = str_head(str_of(d->sip.raw, d->sip.len), d->sip.len - 1);
    return !str_ends(s, STR("^M")) && !str_ends(s, STR("\r"));
}

/* Long messages are written in pieces of 1,024 bytes, each with a head of its own. A record of the
 * same thread and tag right behind that tells nothing by itself is such a piece. */
static bool sip_piece(struct dissect *d, const struct logcat_record *r)
{
    struct str tag = str_of(d->sip.tag, d->sip.tag_len);
    if (r->tod == USEC_NONE || d->sip.fact.tod == USEC_NONE) {
        return false;
    }
    usec_t gap = r->tod - d->sip.fact.tod;
    if (r->pid != d->sip.fact.pid || r->tid != d->sip.tid || !str_eq(r->tag, tag) ||
        gap > 50 * USEC_MS || gap < -50 * USEC_MS || d->sip.len < 512) {
        return false;
    }
    if (sip_open_end(d)) {
        d->sip.len--; /* goes on within the line */
    }
    sip_line(d, r->raw);
    d->below = DISSECT_SIP;
    d->sip.age = 0;
    return true;
}

static void take(struct dissect *d, struct fact *f, const struct logcat_record *r)
{
    switch (f->kind) {
    case FACT_SIP_REQUEST:
    case FACT_SIP_RESPONSE:
        if (str_eq(r->tag, STR("voice")) || str_eq(r->tag, STR("JAVA"))) {
            sip_begin(d, f, r);
            return;
        }
        break;
    case FACT_HTTP_REQUEST:
        d->below = DISSECT_HTTP;
        break;
    default:
        break;
    }
    dissect_tell(d, f);
    dissect_identity(d, f);
}

/* `"Couldn't resolve host 'x'`: quotation marks that a copy put round a text. */
static struct str unquoted(struct str s)
{
    s = str_trim(s);
    if (s.len && s.p[0] == '"') {
        s = str_from(s, 1);
    }
    if (s.len && s.p[s.len - 1] == '"') {
        s.len--;
    }
    return s;
}

static void on_record(void *ctx, const struct logcat_record *r)
{
    struct dissect *d = ctx;
    struct fact f;
    char prefixed[1024];
    d->mark = (struct mark){
        .file = d->file,
        .line = (uint32_t)r->line_no,
        .order = ++d->order,
        .seq = r->seq,
        .has_seq = r->has_seq,
        .glued = r->glued,
        .dnsmasq = r->daemon && str_eq(r->tag, STR("dnsmasq")),
        .voice = !r->daemon && r->tag.len == 5 && str_eq(r->tag, STR("voice")),
        .month = r->month,
        .day = r->day,
        .pid = r->pid,
        .tod = r->tod,
    };
    d->glued += r->glued;
    d->below = DISSECT_NOTHING;
    struct str text = r->text;
    if (r->dialect == LOGCAT_SYSLOG && text.len < sizeof prefixed - 5) {
        memcpy(prefixed, "fapp-", 5);
        memcpy(prefixed + 5, text.p, text.len);
        text = str_of(prefixed, text.len + 5);
    }
    if (r->tag.len == 0 && text.len && text.p[0] == '"') {
        text = unquoted(text);
    }
    enum told told = text.len ? read_fact(d, r->tag, text, &f) : TOLD_NOTHING;
    if (d->sip.open) {
        if (told == TOLD_NOTHING && sip_piece(d, r)) {
            d->sink.mark(d->sink.ctx, &d->mark);
            return;
        }
        /* Other threads may write between two pieces of a long message. */
        bool waits = sip_open_end(d) && d->sip.len > PIECE_LEAST;
        bool same = r->tid == d->sip.tid && r->pid == d->sip.fact.pid;
        if (d->sip.age++ > 16 || same || (told == TOLD_FACT && !waits)) {
            dissect_sip_flush(d);
        }
    }
    d->sink.mark(d->sink.ctx, &d->mark);
    if (told == TOLD_FACT) {
        set_place(d, &f, r->line, text, (uint32_t)r->line_no);
        take(d, &f, r);
    } else if (r->text.len == 0) {
        d->below = DISSECT_EMPTY;
    }
}

static void below_empty(struct dissect *d, struct str line, uint64_t line_no)
{
    struct fact f;
    struct str text = unquoted(line);
    if (text.len == 0) {
        return;
    }
    d->below = DISSECT_NOTHING;
    if (read_fact(d, str_of(NULL, 0), text, &f) == TOLD_FACT) {
        set_place(d, &f, line, text, (uint32_t)line_no);
        dissect_tell(d, &f);
        dissect_identity(d, &f);
    }
}

static void below_http(struct dissect *d, struct str line, uint64_t line_no)
{
    struct str text = str_trim(line);
    if (str_istarts(text, STR("User-Agent:"))) {
        struct fact base;
        fact_init(&base, FACT_PHONE_MODEL);
        set_place(d, &base, line, text, (uint32_t)line_no);
        base.place.len = (uint32_t)text.len;
        if (str_ends(text, STR("^M"))) {
            text.len -= 2;
        }
        dissect_agent(d, &base, str_trim(str_from(text, 11)));
    }
}

static void on_other(void *ctx, struct str line, uint64_t line_no, uint64_t offset)
{
    struct dissect *d = ctx;
    (void)offset;
    switch (d->below) {
    case DISSECT_EMPTY:
        below_empty(d, line, line_no);
        break;
    case DISSECT_HTTP:
        below_http(d, line, line_no);
        break;
    case DISSECT_SIP:
        sip_line(d, line);
        break;
    case DISSECT_NOTHING:
        d->text_lines += line.len != 0;
        break;
    }
}
