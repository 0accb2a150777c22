/* Reading facts from lines. */
#include "flow/record/record.h"

/* Two or four digits at `at`; -1 when one of them is none. */
static int digits(struct str s, size_t at, size_t n)
{
    int v = 0;
    for (size_t i = at; i < at + n; i++) {
        if (i >= s.len || !ascii_digit(s.p[i])) {
            return -1;
        }
        v = v * 10 + (s.p[i] - '0');
    }
    return v;
}

/* "2023-09-04T22:49:20.440161Z" and nothing else (RFC 3339, as time_write writes it). */
static bool read_time(struct str s, struct mark *m)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd.ddddddZ";
    if (s.len != sizeof form - 1) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        if (form[i] == 'd' ? !ascii_digit(s.p[i]) : s.p[i] != form[i]) {
            return false;
        }
    }
    int year = digits(s, 0, 4), month = digits(s, 5, 2), day = digits(s, 8, 2);
    int hour = digits(s, 11, 2), minute = digits(s, 14, 2), second = digits(s, 17, 2);
    if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) {
        return false;
    }
    m->year = (uint16_t)year;
    m->month = (uint8_t)month;
    m->day = (uint8_t)day;
    m->tod = ((hour * 60 + minute) * (usec_t)60 + second) * USEC_S + digits(s, 20, 6);
    return true;
}

static bool read_escape(struct str s, size_t *at, char *ret_c)
{
    char c = *at < s.len ? s.p[(*at)++] : 0;
    switch (c) {
    case '"':
    case '\\':
        *ret_c = c;
        return true;
    case 'n':
        *ret_c = '\n';
        return true;
    case 'r':
        *ret_c = '\r';
        return true;
    case 't':
        *ret_c = '\t';
        return true;
    case 'x': {
        int high = *at < s.len ? ascii_hex(s.p[*at]) : -1;
        int low = *at + 1 < s.len ? ascii_hex(s.p[*at + 1]) : -1;
        *at += 2;
        *ret_c = (char)(high * 16 + low);
        return high >= 0 && low >= 0;
    }
    default:
        return false;
    }
}

/* The value at the start of `*rest`, which moves behind it. Quoted ones are resolved into r->value. */
static bool read_value(struct record *r, struct str *rest, size_t *used, struct str *ret_v)
{
    if (rest->len == 0 || rest->p[0] != '"') {
        *ret_v = str_cut(rest, ' ');
        return true;
    }
    size_t from = *used;
    size_t at = 1;
    while (at < rest->len && rest->p[at] != '"') {
        char c = rest->p[at++];
        if (c == '\\' && !read_escape(*rest, &at, &c)) {
            return false;
        }
        r->value[(*used)++] = c;
    }
    if (at >= rest->len) {
        return false; /* no closing quote */
    }
    *ret_v = str_of(r->value + from, *used - from);
    *rest = str_from(*rest, at + 1);
    return true;
}

static void read_fields(struct record *r, struct str rest, struct fact *f)
{
    size_t used = 0;
    for (rest = str_trim(rest); rest.len; rest = str_trim(rest)) {
        struct str v;
        size_t eq = str_chr(rest, '=');
        struct str name = str_head(rest, eq);
        rest = eq == STR_NPOS ? str_of(NULL, 0) : str_from(rest, eq + 1);
        if (eq == STR_NPOS || !read_value(r, &rest, &used, &v)) {
            r->fields++;
            return;
        }
        enum field field = field_read(name);
        bool fits = field != FIELDS && !field_secret(field) && fact_carries(f->kind, field) &&
                    !fact_get(f, field).p && f->n < FACT_FIELDS;
        if (fits) {
            fact_add(f, field, v);
        } else {
            r->fields++;
        }
    }
}

/* What is read from evidence, not what is concluded from it. A probe asks each resolver: it sees one of
 * several that is silent. */
static bool is_read(enum fact_kind kind)
{
    return kind != FACT_NO_KIND &&
           (kind < FACT_TARGET_DHCP || kind == FACT_REGISTER_SECRET || kind == FACT_DNS_SILENT);
}

/* A kind of no stage of its own stands where its role does. */
static enum stage stage_of(const struct fact *f)
{
    struct str role = fact_get(f, FIELD_ROLE);
    if (f->kind != FACT_DNS_SILENT) {
        return (enum stage)f->stage;
    }
    return str_eq(role, STR("activation"))     ? STAGE_ACTIVATION_DNS
           : str_eq(role, STR("provisioning")) ? STAGE_PROVISIONING_DNS
           : role.len                          ? STAGE_SRV
                                               : STAGE_NONE;
}

static void read_head(struct record *r, struct str line)
{
    uint64_t version = 0;
    if (str_starts(line, STR(RECORD_MAGIC))) {
        struct str rest = str_from(line, sizeof RECORD_MAGIC - 1);
        r->newer |= str_u64(str_word(&rest), &version) && version > RECORD_VERSION;
        bool journal = str_eq(str_word(&rest), STR("journal"));
        r->source = journal ? SOURCE_JOURNAL : SOURCE_PROBE;
    }
}

static void read_line(struct record *r)
{
    struct str line = str_of(r->line, r->len);
    struct str rest = str_trim(line);
    struct fact f;
    if (rest.len == 0 || rest.p[0] == '#') {
        read_head(r, line);
        return;
    }
    struct mark m = {
        .file = r->file, .line = r->line_no, .order = *r->order + 1, .source = (uint8_t)r->source};
    if (!read_time(str_word(&rest), &m)) {
        r->skipped++;
        return;
    }
    (*r->order)++;
    r->records++;
    r->sink.mark(r->sink.ctx, &m);
    struct str name = str_word(&rest);
    enum fact_kind kind = fact_kind_read(name);
    if (!is_read(kind)) {
        r->skipped += name.len != 0;
        return;
    }
    fact_init(&f, kind);
    f.source = (uint8_t)r->source;
    f.order = m.order;
    f.tod = m.tod;
    f.text = str_trim(line);
    f.place = (struct place){.file = r->file,
                             .line = r->line_no,
                             .col = (uint32_t)(name.p - f.text.p),
                             .len = (uint32_t)name.len};
    read_fields(r, rest, &f);
    f.stage = (uint8_t)stage_of(&f);
    r->sink.fact(r->sink.ctx, &f);
}

static void end_line(struct record *r)
{
    r->line_no++;
    if (r->over) {
        r->skipped++;
    } else {
        read_line(r);
    }
    r->len = 0;
    r->over = false;
}

void record_begin(struct record *r, struct record_sink sink, uint32_t file, uint32_t *order)
{
    r->sink = sink;
    r->file = file;
    r->order = order;
    r->line_no = 0;
    r->records = r->skipped = r->fields = 0;
    r->source = SOURCE_PROBE;
    r->newer = r->over = false;
    r->len = 0;
}

void record_feed(struct record *r, struct str bytes)
{
    while (bytes.len) {
        size_t at = str_chr(bytes, '\n');
        struct str part = str_head(bytes, at);
        r->over |= part.len > sizeof r->line - r->len;
        if (!r->over && part.len) {
            memcpy(r->line + r->len, part.p, part.len);
            r->len += part.len;
        }
        if (at == STR_NPOS) {
            return;
        }
        end_line(r);
        bytes = str_from(bytes, at + 1);
    }
}

void record_end(struct record *r)
{
    if (r->len || r->over) {
        end_line(r);
    }
}
