/* Writing facts as lines. */
#include "flow/record/record.h"

enum { VALUE_ROOM = RECORD_LINE / 2 };

static bool plain(char c)
{
    unsigned char b = (unsigned char)c;
    return b > 0x20 && b < 0x7f && c != '"' && c != '\\';
}

static void write_escaped(struct sink *out, char c)
{
    unsigned char b = (unsigned char)c;
    switch (c) {
    case '"':
    case '\\':
        sink_char(out, '\\');
        sink_char(out, c);
        return;
    case '\n':
        sink_z(out, "\\n");
        return;
    case '\r':
        sink_z(out, "\\r");
        return;
    case '\t':
        sink_z(out, "\\t");
        return;
    default:
        if (b < 0x20 || b >= 0x7f) {
            sink_fmt(out, "\\x%02x", b);
        } else {
            sink_char(out, c);
        }
    }
}

/* Returns the bytes that it took of `room`. */
static size_t write_value(struct sink *out, struct str v, size_t room)
{
    bool quote = false;
    for (size_t i = 0; i < v.len && !quote; i++) {
        quote = !plain(v.p[i]);
    }
    v = str_head(v, quote ? room / 4 : room);
    if (!quote) {
        sink_str(out, v);
        return v.len;
    }
    sink_char(out, '"');
    for (size_t i = 0; i < v.len; i++) {
        write_escaped(out, v.p[i]);
    }
    sink_char(out, '"');
    return v.len * 4;
}

void record_write_head(struct sink *out, const char *source, struct str host, usec_t start)
{
    char time[TIME_TEXT];
    time_write(start, time);
    sink_fmt(out, RECORD_MAGIC "%d %s ", RECORD_VERSION, source);
    for (size_t i = 0; i < host.len && i < 255; i++) {
        sink_char(out, plain(host.p[i]) ? host.p[i] : '?');
    }
    sink_fmt(out, "%s %s\n", host.len ? "" : "-", time);
}

void record_write(struct sink *out, usec_t when, const struct fact *f)
{
    char time[TIME_TEXT];
    size_t room = VALUE_ROOM;
    time_write(when, time);
    if (!f) {
        sink_fmt(out, "%s\n", time);
        return;
    }
    if (f->kind >= FACT_KINDS || !fact_row(f->kind)->name) {
        return;
    }
    sink_fmt(out, "%s %s", time, fact_row(f->kind)->name);
    for (unsigned i = 0; i < f->n; i++) {
        enum field field = (enum field)f->f[i].field;
        if (!field_secret(field)) {
            sink_fmt(out, " %s=", field_name(field));
            room -= write_value(out, f->f[i].v, room);
        }
    }
    sink_char(out, '\n');
}
