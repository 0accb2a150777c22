/* Reading comma-separated values (RFC 4180). */
#include "base/csv.h"

void csv_init(struct csv *c, struct str text)
{
    static const struct str mark = STR_INIT("\xef\xbb\xbf");
    if (str_starts(text, mark)) {
        text = str_from(text, mark.len);
    }
    *c = (struct csv){.rest = text, .next_line = 1};
}

static bool refuse(struct err_at *at, const char *what)
{
    *at = (struct err_at){.what = what, .rule = "RFC 4180 2"};
    return false;
}

/* Bytes up to the closing quote, which is not counted; `rest` begins behind the opening one. */
static bool quoted(struct csv *c, size_t *ret_len, struct err_at *at)
{
    struct str window = str_head(c->rest, 2 * CSV_FIELD_MOST + 2);
    size_t i = 0;
    bool doubled = true;
    while (doubled) {
        size_t n = str_chr(str_from(window, i), '"');
        if (n == STR_NPOS) {
            return refuse(at, "a closing quotation mark is missing");
        }
        i += n;
        doubled = i + 1 < window.len && window.p[i + 1] == '"';
        i += doubled ? 2 : 0;
    }
    *ret_len = i;
    return true;
}

static bool ends_field(struct str s)
{
    return s.len == 0 || s.p[0] == ',' || s.p[0] == '\n' ||
           (s.p[0] == '\r' && s.len > 1 && s.p[1] == '\n');
}

static size_t bare(struct str s)
{
    size_t i = 0;
    while (!ends_field(str_from(s, i))) {
        i++;
    }
    return i;
}

static bool clean(struct str s, bool in_quotes, struct err_at *at)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char b = (unsigned char)s.p[i];
        if ((b < 0x20 && b != '\t') || b == 0x7f) {
            return refuse(at, "a control character or a line end stands in a field");
        }
        if (b == '"' && !in_quotes) {
            return refuse(at, "a quotation mark stands in a field that does not begin with one");
        }
    }
    return s.len <= CSV_FIELD_MOST || refuse(at, "a field is longer than 4,096 bytes");
}

/* One field; `rest` is left at what ends it. */
static bool field(struct csv *c, struct err_at *at)
{
    if (c->n == CSV_FIELDS) {
        return refuse(at, "a record has more than 16 fields");
    }
    bool in_quotes = c->rest.len && c->rest.p[0] == '"';
    size_t len = 0;
    if (in_quotes) {
        c->rest = str_from(c->rest, 1);
        if (!quoted(c, &len, at)) {
            return false;
        }
    } else {
        len = bare(c->rest);
    }
    struct str s = str_head(c->rest, len);
    if (!clean(s, in_quotes, at)) {
        return false;
    }
    c->rest = str_from(c->rest, len + in_quotes);
    if (!ends_field(c->rest)) {
        return refuse(at, "text stands behind a closing quotation mark");
    }
    c->quoted[c->n] = in_quotes;
    c->field[c->n++] = s;
    return true;
}

static void next_line(struct csv *c)
{
    (void)str_cut(&c->rest, '\n');
    c->next_line++;
}

/* Line ends in front of a record. */
static void pass_empty(struct csv *c)
{
    while (c->rest.len) {
        struct str rest = c->rest;
        struct str line = str_trim(str_cut(&rest, '\n'));
        if (line.len) {
            break;
        }
        next_line(c);
    }
}

enum err csv_next(struct csv *c, struct err_at *reterr_at)
{
    pass_empty(c);
    c->line = c->next_line;
    c->n = 0;
    if (c->rest.len == 0) {
        return ERR_END;
    }
    for (bool more = true; more;) {
        if (!field(c, reterr_at)) {
            next_line(c);
            return ERR_MALFORMED;
        }
        more = c->rest.len && c->rest.p[0] == ',';
        if (more) {
            c->rest = str_from(c->rest, 1);
        }
    }
    next_line(c);
    return ERR_OK;
}

struct str csv_value(const struct csv *c, size_t i, char *room)
{
    struct str s = c->field[i];
    size_t n = 0;
    if (!c->quoted[i] || str_chr(s, '"') == STR_NPOS) {
        return str_trim(s);
    }
    for (size_t at = 0; at < s.len; at++) {
        room[n++] = s.p[at];
        at += s.p[at] == '"';
    }
    return str_trim(str_of(room, n));
}
