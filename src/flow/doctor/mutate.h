/* For mutation_test.c: what people and machines do to a log before it is read. */
#ifndef FLOW_DOCTOR_MUTATE_H
#define FLOW_DOCTOR_MUTATE_H

#include "base/mac.h"
#include "base/sink.h"
#include "base/time.h"

enum { MUTATE_LINES = 4000, REDACTIONS = 5 };

/* A log cut into lines, and its lines into records: a head and what stands below it. */
struct cut_log {
    struct str line[MUTATE_LINES];
    unsigned n;
    unsigned record[MUTATE_LINES + 1]; /* the line at which each begins; record[records] is n */
    unsigned records;
};

/* "1154 NOT Sep 04 22:49:12.226653 " */
enum { HEAD_LEN = 32, HEAD_MONTH = 9, HEAD_CLOCK = 16 };

static inline bool is_head(struct str line)
{
    return line.len >= HEAD_LEN && ascii_digit(line.p[0]) && ascii_digit(line.p[3]) &&
           line.p[4] == ' ' && line.p[8] == ' ' && line.p[HEAD_CLOCK + 2] == ':';
}

static inline void log_cut(struct str text, struct cut_log *ret_l)
{
    ret_l->n = 0;
    ret_l->records = 0;
    while (text.len && ret_l->n < MUTATE_LINES) {
        struct str line = str_cut(&text, '\n');
        if (is_head(line)) {
            ret_l->record[ret_l->records++] = ret_l->n;
        }
        ret_l->line[ret_l->n++] = line;
    }
    ret_l->record[ret_l->records] = ret_l->n;
}

static inline void put_line(struct sink *s, struct str line)
{
    sink_str(s, line);
    sink_char(s, '\n');
}

static inline void put_lines(struct sink *s, const struct cut_log *l, unsigned from, unsigned to)
{
    for (unsigned i = from; i < to; i++) {
        put_line(s, l->line[i]);
    }
}

/* -- each makes variant `i` of the log; false when there is none */

static inline bool drop_one(const struct cut_log *l, unsigned i, struct sink *s)
{
    put_lines(s, l, 0, i);
    put_lines(s, l, i + 1, l->n);
    return i < l->n;
}

static inline bool drop_tenth(const struct cut_log *l, unsigned i, struct sink *s)
{
    for (unsigned k = 0; k < l->n; k++) {
        if (k % 10 != i) {
            put_line(s, l->line[k]);
        }
    }
    return i < 10;
}

static inline bool glue(const struct cut_log *l, unsigned i, struct sink *s)
{
    if (i + 1 >= l->records) {
        return false;
    }
    unsigned second = l->record[i + 1];
    put_lines(s, l, 0, second - 1);
    sink_str(s, l->line[second - 1]);
    put_lines(s, l, second, l->n);
    return true;
}

static inline int64_t clock_of(struct str line)
{
    int64_t part[4] = {0};
    const char *p = line.p + HEAD_CLOCK;
    (void)str_i64(str_of(p, 2), &part[0]);
    (void)str_i64(str_of(p + 3, 2), &part[1]);
    (void)str_i64(str_of(p + 6, 2), &part[2]);
    (void)str_i64(str_of(p + 9, 6), &part[3]);
    return ((part[0] * 60 + part[1]) * 60 + part[2]) * USEC_S + part[3];
}

/* Neighbours that were written within a millisecond change places, as two writers make them do. */
static inline bool reorder(const struct cut_log *l, unsigned i, struct sink *s)
{
    if (i + 1 >= l->records) {
        return false;
    }
    unsigned a = l->record[i];
    unsigned b = l->record[i + 1];
    unsigned end = l->record[i + 2 > l->records ? l->records : i + 2];
    int64_t apart = clock_of(l->line[b]) - clock_of(l->line[a]);
    bool near = apart >= 0 && apart <= 1000;
    put_lines(s, l, 0, a);
    put_lines(s, l, near ? b : a, near ? end : b);
    put_lines(s, l, near ? a : b, near ? b : end);
    put_lines(s, l, end, l->n);
    return true;
}

/* From record i/2 on it is another month: one ahead, or one long past. */
static inline bool other_month(const struct cut_log *l, unsigned i, struct sink *s)
{
    unsigned from = i / 2 < l->records ? l->record[i / 2] : l->n;
    for (unsigned k = 0; k < l->n; k++) {
        if (k >= from && is_head(l->line[k])) {
            sink_str(s, str_head(l->line[k], HEAD_MONTH));
            sink_z(s, i % 2 ? "May" : "Nov");
            put_line(s, str_from(l->line[k], HEAD_MONTH + 3));
        } else {
            put_line(s, l->line[k]);
        }
    }
    return i / 2 < l->records;
}

/* Long messages in pieces of 1,024 bytes, each with a head; or cut off there. */
static inline bool pieces(const struct cut_log *l, unsigned i, struct sink *s)
{
    for (unsigned r = 0; r < l->records; r++) {
        struct str head = l->line[l->record[r]];
        size_t dash = str_find(str_from(head, HEAD_LEN), STR("voice-"));
        size_t start = dash == STR_NPOS ? HEAD_LEN : HEAD_LEN + dash + 6;
        size_t room = 1024;
        sink_str(s, str_head(head, start));
        for (unsigned k = l->record[r]; k < l->record[r + 1]; k++) {
            struct str rest = k == l->record[r] ? str_from(head, start) : l->line[k];
            while (rest.len > room) {
                sink_str(s, str_head(rest, room));
                rest = str_from(rest, room);
                sink_char(s, '\n');
                room = 1024;
                if (i == 1) {
                    goto next;
                }
                sink_str(s, str_head(head, start));
            }
            put_line(s, rest);
            room -= rest.len < room ? rest.len : room;
            room -= room ? 1 : 0;
        }
    next:;
    }
    return i < 2;
}

static inline bool strip_markup(const struct cut_log *l, unsigned i, struct sink *s)
{
    for (unsigned k = 0; k < l->n; k++) {
        struct str rest = l->line[k];
        while (rest.len) {
            size_t open = str_chr(rest, '<');
            size_t close = open == STR_NPOS ? STR_NPOS : str_chr(str_from(rest, open), '>');
            bool tag = close != STR_NPOS && close > 1 && ascii_alnum(rest.p[open + 1]);
            sink_str(s, str_head(rest, tag ? open : open == STR_NPOS ? open : open + 1));
            rest = open == STR_NPOS ? str_of(NULL, 0)
                                    : str_from(rest, tag ? open + close + 1 : open + 1);
        }
        sink_char(s, '\n');
    }
    return i < 1;
}

static inline bool line_ends(const struct cut_log *l, unsigned i, struct sink *s)
{
    for (unsigned k = 0; k < l->n; k++) {
        sink_str(s, l->line[k]);
        sink_z(s, "\r\n");
    }
    return i < 1;
}

/* Blanks behind heads become no-break spaces: the one before the text, or all of the head's. */
static inline bool no_break(const struct cut_log *l, unsigned i, struct sink *s)
{
    for (unsigned k = 0; k < l->n; k++) {
        struct str line = l->line[k];
        for (size_t c = 0; c < line.len; c++) {
            bool blank = line.p[c] == ' ' && is_head(line);
            bool here = i == 0 ? c == HEAD_LEN - 1 : c >= HEAD_LEN - 1;
            sink_str(s, blank && here ? STR("\xC2\xA0") : str_of(line.p + c, 1));
        }
        sink_char(s, '\n');
    }
    return i < 2;
}

/* Paragraphs around the records, blank lines and page breaks between all lines. */
static inline bool prose(const struct cut_log *l, unsigned i, struct sink *s)
{
    put_line(s, STR("The phone cannot register. This is what its log says:"));
    put_line(s, STR(""));
    for (unsigned k = 0; k < l->n; k++) {
        bool head = is_head(l->line[k]);
        if (i == 0 && head && k % 5 == 0) {
            put_line(s, STR(""));
            put_line(s, STR("As can be seen, the phone asks the server for its configuration: it "
                            "sends a request to it,"));
            put_line(s, STR("and waits. \xE3\x83\xAD\xE3\x82\xB0\xE3\x81\xAE\xE8\xA1\x8C."));
        }
        put_line(s, l->line[k]);
        if (i == 1) {
            put_line(s, STR(" "));
        } else if (i == 2 && k % 7 == 6) {
            sink_z(s, "\n\n\f\n");
        }
    }
    put_line(s, STR("Thank you for your help."));
    return i < 3;
}

/* -- redaction: five habits */

static inline void x_out(struct str value, char x, size_t from, struct sink *s)
{
    for (size_t i = 0; i < value.len; i++) {
        bool keep = i < from || !ascii_alnum(value.p[i]);
        sink_char(s, keep ? value.p[i] : x);
    }
}

enum secret { SECRET_MAC, SECRET_ADDRESS, SECRET_HOST, SECRET_NUMBER, SECRETS };

static inline void redact_as(unsigned style, enum secret kind, struct str value, struct sink *s)
{
    static const char *const name[SECRETS] = {"<MAC_ADDRESS>", "<IP_ADDRESS>", "<HOST>",
                                              "<NUMBER>"};
    size_t dot = str_chr(value, '.');
    size_t half = str_chr(str_from(value, dot + 1), '.');
    switch (style) {
    case 0:
        if (kind == SECRET_HOST) {
            sink_str(s, value);
        } else {
            sink_z(s, name[kind]);
        }
        break;
    case 1:
        x_out(value, 'X', 0, s);
        break;
    case 2:
        sink_z(s, kind == SECRET_HOST ? "" : "****");
        if (kind == SECRET_HOST) {
            sink_str(s, value);
        }
        break;
    case 3:
        sink_z(s, "[REDACTED]");
        break;
    default: /* the last octets, the last label */
        if (kind == SECRET_HOST) {
            size_t last = value.len;
            while (last && value.p[last - 1] != '.') {
                last--;
            }
            sink_str(s, str_head(value, last));
            sink_char(s, 'x');
        } else if (kind == SECRET_ADDRESS) {
            sink_str(s, str_head(value, dot + 1 + half + 1));
            sink_z(s, "XXX.XXX");
        } else {
            x_out(value, 'X', value.len / 2, s);
        }
        break;
    }
}

static inline bool word_char(char c)
{
    return ascii_alnum(c) || c == '.' || c == ':' || c == '-' || c == '_';
}

/* What a person sees as worth hiding at the head of `s`; its length, or 0. */
static inline size_t secret_at(struct str s, enum secret *ret_kind)
{
    size_t end = 0;
    size_t dots = 0;
    bool letters = false;
    struct mac m;
    while (end < s.len &&
           (ascii_alnum(s.p[end]) || s.p[end] == '.' || (s.p[end] == '-' && letters))) {
        dots += s.p[end] == '.';
        letters = letters || ascii_lower(s.p[end]) >= 'a';
        end++;
    }
    while (end && s.p[end - 1] == '.') {
        end--;
        dots--;
    }
    struct str v = str_head(s, end);
    if (s.len >= 17 && s.p[2] == ':' && mac_read(str_head(s, 17), &m)) {
        *ret_kind = SECRET_MAC;
        return 17;
    }
    if (end == 12 && mac_read(v, &m)) {
        *ret_kind = SECRET_MAC;
        return 12;
    }
    if (!letters && dots == 3 && !str_eq(v, STR("0.0.0.0")) && !str_starts(v, STR("255."))) {
        *ret_kind = SECRET_ADDRESS;
        return end;
    }
    if (!letters && dots == 0 && end == 8) {
        *ret_kind = SECRET_NUMBER;
        return end;
    }
    *ret_kind = SECRET_HOST;
    return letters && (str_ends(v, STR(".example.com")) || str_ends(v, STR(".example.net"))) ? end
                                                                                             : 0;
}

static inline bool redact(const struct cut_log *l, unsigned i, struct sink *s)
{
    for (unsigned k = 0; k < l->n; k++) {
        struct str line = l->line[k];
        size_t at = is_head(line) ? HEAD_LEN : 0;
        sink_str(s, str_head(line, at));
        while (at < line.len) {
            enum secret kind = SECRET_HOST;
            size_t n =
                at && word_char(line.p[at - 1]) && line.p[at - 1] != '.' && line.p[at - 1] != ':'
                    ? 0
                    : secret_at(str_from(line, at), &kind);
            if (n) {
                redact_as(i, kind, str_of(line.p + at, n), s);
            } else {
                sink_char(s, line.p[at]);
                n = 1;
            }
            at += n;
        }
        sink_char(s, '\n');
    }
    return i < REDACTIONS;
}

#endif
