/* SIP out of a phone's log: the pieces of each field are joined, the rest is noise. */
#include "proto/sip/siplog.h"

#include "proto/sip/sip_number.h"
#include "proto/sip/siplog_line.h"
#include "proto/sip/siplog_plain.h"
#include "proto/sip/siplog_scan.h"

enum state {
    STATE_START,  /* no start line yet */
    STATE_FIELDS, /* header fields */
    STATE_BODY,
    STATE_AFTER, /* behind the empty line, no body expected */
};

/* The field (or start line) that is being put together. */
struct open_field {
    bool any;     /* there is one */
    bool closed;  /* its CR was seen */
    bool quote;   /* its text ends inside a quoted string */
    bool start;   /* it is the start line */
    size_t text;  /* clean offset of its first byte */
    size_t value; /* clean offset behind its colon */
    enum sip_header id;
};

struct unfold {
    struct siplog_out out;
    struct siplog_map *map;
    enum state state;
    bool has_cr;     /* the log kept the CRs: they tell where a field ends */
    bool blank_seen; /* an empty line since the field's last text */
    bool has_body;   /* Content-Length above 0, or a Content-Type without one */
    bool has_length;
    struct open_field field;
};

static struct str field_value(const struct unfold *u)
{
    /* Without room the text may end in front of the value. */
    return str_trim(str_from(str_of(u->out.p, u->out.len), u->field.value));
}

/* Ends the field's line; what it tells about the body is noted. */
static void field_end(struct unfold *u)
{
    uint32_t n;
    struct err_at at;
    if (!u->field.any) {
        return;
    }
    if (u->field.id == SIP_CONTENT_LENGTH &&
        sip_number_read(field_value(u), UINT32_MAX, &n, &at) == ERR_OK) {
        u->has_length = true;
        u->has_body = n > 0;
    } else if (u->field.id == SIP_CONTENT_TYPE && !u->has_length) {
        u->has_body = true;
    }
    siplog_out_add(&u->out, STR("\r\n"));
    u->field.any = false;
}

/* Appends a piece of the log to the open field. */
static void field_add(struct unfold *u, const struct siplog_line *line)
{
    struct siplog_run run = {line->text, line->offset};
    if (u->field.start) {
        siplog_out_add(&u->out, STR(" ")); /* its words lost what stood between them */
    }
    size_t before = u->out.len;
    siplog_out_run(&u->out, u->map, run);
    bool quotes = scan_line(line->text) & (SCAN_QUOTE | SCAN_ODD);
    for (size_t i = before; quotes && i < u->out.len; i++) {
        char c = u->out.p[i];
        if (c == '\\' && u->field.quote) {
            i++;
        } else if (c == '"') {
            u->field.quote = !u->field.quote;
        }
    }
    u->field.closed = line->cr;
    u->blank_seen = false;
}

static void field_begin(struct unfold *u, const struct siplog_line *line, enum sip_header id,
                        size_t value)
{
    field_end(u);
    u->field =
        (struct open_field){.any = true, .text = u->out.len, .value = u->out.len + value, .id = id};
    field_add(u, line);
}

/* How sure it is that a line begins a header field. */
enum begin {
    BEGIN_NOT,
    BEGIN_TOKEN, /* some token and ':' */
    BEGIN_KNOWN, /* the name of a known field */
};

static enum begin begin_of(const struct siplog_line *line, enum sip_header *ret_id,
                           size_t *ret_value)
{
    struct str name;
    if (!siplog_line_name(line->text, &name, ret_value)) {
        return BEGIN_NOT;
    }
    *ret_id = sip_header_id(name);
    return *ret_id != SIP_OTHER ? BEGIN_KNOWN : BEGIN_TOKEN;
}

/* Whether the line begins a field, seeing what stands before it. */
static bool begins_field(const struct unfold *u, const struct siplog_line *line, enum begin begin,
                         size_t value)
{
    bool open = u->field.any && !u->field.closed && u->has_cr;
    if (begin == BEGIN_NOT) {
        return false;
    }
    if (begin == BEGIN_KNOWN) {
        /* A compact name inside a quoted string is more likely text. */
        return !(u->field.any && u->field.quote && line->text.p[1] == ':');
    }
    if ((u->field.any && u->field.quote) || siplog_line_is_uri(line->text)) {
        return false;
    }
    /* Where CRs were kept, a line without one is prose ("Note: ...") unless its value comes later.
     */
    return !u->has_cr || line->cr || open || value == line->text.len ||
           memchr(line->text.p, '-', value) != NULL;
}

/* Whether the line goes on with the field above it. */
static bool joins_field(const struct unfold *u, const struct siplog_line *line)
{
    unsigned char c = (unsigned char)line->text.p[0];
    if (!u->field.any) {
        return false;
    }
    if (u->has_cr && u->field.closed) {
        return c == ';' || c == ',';
    }
    if (u->field.quote || (u->has_cr && line->cr)) {
        return true;
    }
    if (c >= 0x80) {
        return false; /* prose of another script; SIP has such bytes in quoted strings only */
    }
    static const char going_on[] = {';', ',', '_', '=', '"', '@', '-', '&'};
    return u->has_cr || field_value(u).len == 0 || memchr(going_on, c, sizeof going_on) != NULL;
}

static void fields_end(struct unfold *u)
{
    field_end(u);
    siplog_out_add(&u->out, STR("\r\n"));
    u->state = u->has_body ? STATE_BODY : STATE_AFTER;
}

static void body_line(struct unfold *u, const struct siplog_line *line)
{
    struct siplog_run run = {line->text, line->offset};
    siplog_out_run(&u->out, u->map, run);
    siplog_out_add(&u->out, STR("\r\n"));
}

static void empty_line(struct unfold *u, const struct siplog_line *line)
{
    u->blank_seen = true;
    if (!line->cr) {
        return; /* noise of the log */
    }
    if (u->state == STATE_BODY) {
        body_line(u, line);
    } else if (u->state == STATE_FIELDS && u->field.any && !u->field.closed) {
        u->field.closed = true; /* the CR of a field whose address was stripped */
    } else if (u->state == STATE_FIELDS && u->field.any) {
        fields_end(u);
    }
}

static void start_line(struct unfold *u, const struct siplog_line *line)
{
    field_begin(u, line, SIP_OTHER, 0);
    u->field.start = true;
    u->state = STATE_FIELDS;
}

static void fields_line(struct unfold *u, const struct siplog_line *line)
{
    enum sip_header id = SIP_OTHER;
    size_t value = 0;
    enum begin begin = begin_of(line, &id, &value);
    if (begins_field(u, line, begin, value)) {
        field_begin(u, line, id, value);
    } else if (joins_field(u, line)) {
        field_add(u, line);
    } else if (u->has_body && !u->has_cr && u->blank_seen) {
        fields_end(u);
        body_line(u, line);
    }
}

/* The empty line was none of the message's when a well-known long name follows it. */
static void after_line(struct unfold *u, const struct siplog_line *line)
{
    enum sip_header id = SIP_OTHER;
    size_t value = 0;
    if (!u->out.full && begin_of(line, &id, &value) == BEGIN_KNOWN && line->cr &&
        line->text.p[1] != ':') {
        u->out.len -= 2;
        u->state = STATE_FIELDS;
        field_begin(u, line, id, value);
    }
}

static void text_line(struct unfold *u, const struct siplog_line *line)
{
    switch (u->state) {
    case STATE_START:
        start_line(u, line);
        return;
    case STATE_FIELDS:
        fields_line(u, line);
        return;
    case STATE_BODY:
        body_line(u, line);
        return;
    case STATE_AFTER:
        after_line(u, line);
        return;
    }
}

/* Another message begins: the text of this one is over. */
static bool ends_message(const struct unfold *u, const struct siplog_line *line)
{
    return u->state != STATE_START && u->state != STATE_BODY && siplog_line_is_start(line->text);
}

static void unfold_end(struct unfold *u)
{
    bool open = u->field.any && (u->field.quote || (u->has_cr && !u->field.closed));
    bool fields = u->state == STATE_FIELDS;
    field_end(u);
    if (fields) {
        siplog_out_add(&u->out, STR("\r\n"));
    }
    u->map->cut |= open || u->out.full;
}

size_t siplog_unfold(struct str raw, char *out, size_t cap, struct siplog_map *ret_map)
{
    struct unfold u = {.out = {.p = out, .cap = cap}, .map = ret_map};
    struct siplog_line line;
    struct str text = str_head(raw, SIPLOG_MOST);
    size_t at = 0;
    ret_map->n = 0;
    ret_map->cut = raw.len > SIPLOG_MOST;
    enum siplog_mark mark = siplog_line_mark(text);
    u.has_cr = mark != SIPLOG_NO_MARK;
    while (siplog_line_next(text, mark, &at, &line)) {
        if (line.text.len == 0) {
            empty_line(&u, &line);
        } else if (ends_message(&u, &line)) {
            at = line.offset;
            break;
        } else {
            text_line(&u, &line);
        }
    }
    unfold_end(&u);
    ret_map->len = at;
    return u.out.len;
}

size_t siplog_raw(const struct siplog_map *map, size_t clean)
{
    size_t low = 0;
    size_t high = map->n; /* the last run that starts at or before `clean` is in [low, high) */
    if (map->n == 0) {
        return 0;
    }
    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;
        if (map->runs[mid].clean <= clean) {
            low = mid;
        } else {
            high = mid;
        }
    }
    size_t first = map->runs[low].clean;
    return map->runs[low].raw + (clean > first ? clean - first : 0);
}

enum err siplog_read(struct str raw, char *out, size_t cap, struct siplog *ret_log,
                     struct err_at *reterr_at)
{
    struct siplog *log = ret_log;
    if (siplog_plain(raw, log)) {
        return ERR_OK;
    }
    log->text = str_of(out, siplog_unfold(raw, out, cap, &log->map));
    enum err e = sip_read_lenient(log->text, &log->msg, reterr_at);
    if (e != ERR_OK) {
        reterr_at->offset = siplog_raw(&log->map, reterr_at->offset);
        return e;
    }
    log->msg.cut |= log->map.cut;
    log->msg.start_raw = siplog_raw(&log->map, log->msg.start_raw);
    for (size_t i = 0; i < log->msg.n; i++) {
        log->msg.fields[i].raw_offset = siplog_raw(&log->map, log->msg.fields[i].raw_offset);
    }
    return ERR_OK;
}

size_t siplog_where(const struct siplog *log, struct str view)
{
    if (view.p == NULL || view.p < log->text.p || view.p > log->text.p + log->text.len) {
        return log->msg.start_raw;
    }
    return siplog_raw(&log->map, (size_t)(view.p - log->text.p));
}
