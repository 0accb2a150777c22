/* Cutting a text into lines and lines into records. */
#include "proto/logcat/logcat.h"

#include <stdlib.h>

#include "proto/logcat/header.h"
#include "proto/logcat/scan.h"

enum err logcat_init(struct logcat *l, struct logcat_visitor v)
{
    *l = (struct logcat){.v = v};
    l->carry = malloc(LOGCAT_LINE_MOST);
    l->clean = malloc(LOGCAT_LINE_MOST);
    if (!l->carry || !l->clean) {
        logcat_clear(l);
        return ERR_MEMORY;
    }
    return ERR_OK;
}

void logcat_clear(struct logcat *l)
{
    free(l->carry);
    free(l->clean);
    l->carry = NULL;
    l->clean = NULL;
}

/* Bytes of a blank beyond ASCII at the head of `s` (NBSP, U+2000..200A, 202F, 205F, 3000), or 0. */
static size_t odd_blank(struct str s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    if (s.len >= 2 && p[0] == 0xC2 && p[1] == 0xA0) {
        return 2;
    }
    if (s.len >= 3 && p[0] == 0xE2 &&
        ((p[1] == 0x80 && ((p[2] >= 0x80 && p[2] <= 0x8A) || p[2] == 0xAF)) ||
         (p[1] == 0x81 && p[2] == 0x9F))) {
        return 3;
    }
    return s.len >= 3 && p[0] == 0xE3 && p[1] == 0x80 && p[2] == 0x80 ? 3 : 0;
}

/* `line` with every blank as ' ' in `clean`, or `line` itself when it is plain already. */
static struct str plain(struct str line, char *clean)
{
    bool odd = false;
    for (size_t i = 0; i < line.len && !odd; i++) {
        unsigned char c = (unsigned char)line.p[i];
        odd = c == '\t' || c >= 0x80 || c == 0;
    }
    if (!odd) {
        return line;
    }
    size_t n = 0;
    for (size_t i = 0; i < line.len;) {
        size_t blank = odd_blank(str_from(line, i));
        char c = line.p[i];
        clean[n++] = blank || c == '\t' || c == 0 ? ' ' : c;
        i += blank ? blank : 1;
    }
    return str_of(clean, n);
}

/* Where a second record begins within `line`, looking from byte `from`; STR_NPOS for none. */
static size_t second_record(struct str line, size_t from)
{
    /* " INF Aug 10 16:56:46.142687" with a number before it: found by its clock. */
    for (size_t i = from + 18; line.p && i + 13 <= line.len; i++) {
        const char *colon = memchr(line.p + i, ':', line.len - 12 - i);
        if (!colon) {
            break;
        }
        i = (size_t)(colon - line.p);
        if (line.p[i + 3] != ':' || line.p[i + 6] != '.') {
            continue;
        }
        size_t clock = i - 2;
        usec_t tod = 0;
        uint8_t month = 0;
        uint8_t day = 0;
        uint8_t level = 0;
        if (!logcat_read_clock(line.p + clock, &tod) ||
            !logcat_read_date(line.p + clock - 7, &month, &day) ||
            !logcat_read_level(line.p + clock - 11, &level) || line.p[clock - 12] != ' ') {
            continue;
        }
        size_t seq = clock - 12;
        size_t digits = 0;
        while (seq > 0 && digits < 4 && ascii_digit(line.p[seq - 1])) {
            seq--;
            digits++;
        }
        if (digits == 4 && (seq > from || from == 0) && seq > 0) {
            return seq;
        }
    }
    return STR_NPOS;
}

bool logcat_read(struct str line, char *clean, struct logcat_record *ret_r)
{
    struct str s = plain(str_head(line, LOGCAT_LINE_MOST), clean);
    *ret_r = (struct logcat_record){.line = line};
    if (!logcat_read_header(s, ret_r) && !logcat_read_syslog(s, ret_r)) {
        return false;
    }
    ret_r->line = line;
    return true;
}

static void emit(struct logcat *l, struct logcat_record *r, struct str line, size_t col)
{
    r->line = line;
    r->line_no = l->line_no;
    r->offset = l->offset;
    r->col = (uint32_t)col;
    l->records++;
    l->v.record(l->v.ctx, r);
}

/* One part of a line that has several records, or the only one. */
static void one_part(struct logcat *l, struct str part, struct str line, size_t col, bool glued)
{
    struct logcat_record r = {.glued = glued};
    if (logcat_read_header(part, &r) || (!glued && logcat_read_syslog(part, &r))) {
        r.glued = glued;
        emit(l, &r, line, col);
    } else if (!glued || str_trim(part).len) {
        l->v.other(l->v.ctx, line, l->line_no, l->offset);
    }
}

/* A line in which a second record may stand, or which is not plain ASCII. */
static void slow_line(struct logcat *l, struct str line)
{
    struct str s = plain(line, l->clean);
    bool same = s.p == line.p;
    size_t from = 0;
    for (;;) {
        struct logcat_record r;
        struct str rest = str_from(s, from);
        /* A second record stands behind the head of the first. */
        bool head = logcat_read_header(rest, &r);
        size_t behind = head ? (size_t)(r.raw.p - rest.p) : 0;
        size_t second = second_record(rest, behind);
        bool glued = from || second != STR_NPOS;
        struct str part = str_head(rest, second);
        one_part(l, part, same && glued ? part : line, same ? from : 0, glued);
        if (second == STR_NPOS) {
            return;
        }
        from += second;
    }
}

/* `clocks`: how often colons and a full stop stand as in a clock time, 2 for more. `odd`: there is
 * more than printed ASCII in the line. */
static void one_line(struct logcat *l, struct str line, unsigned clocks, bool odd)
{
    struct logcat_record r;
    l->line_no++;
    if (line.len > LOGCAT_LINE_MOST) {
        line.len = LOGCAT_LINE_MOST;
        l->cut_lines++;
        clocks = 2;
    }
    if (line.len && line.p[line.len - 1] == '\r') {
        line.len--;
    }
    bool head = !odd && clocks == 1 && logcat_read_header(line, &r);
    if (!head && (odd || clocks)) { /* the clock may be that of a record behind other text */
        slow_line(l, line);
    } else if (head || logcat_read_syslog(line, &r)) { /* whose clock may be of another form */
        r.glued = false;
        emit(l, &r, line, 0);
    } else {
        l->v.other(l->v.ctx, line, l->line_no, l->offset);
    }
}

static void carried_line(struct logcat *l, struct str more, bool ended)
{
    size_t room = LOGCAT_LINE_MOST - l->carried;
    size_t take = more.len < room ? more.len : room;
    if (take) {
        memcpy(l->carry + l->carried, more.p, take);
        l->carried += take;
    }
    if (take < more.len) {
        l->skipping = true;
    }
    l->skipped += more.len - take;
    if (!ended) {
        return;
    }
    size_t whole = l->carried + l->skipped;
    struct str line = str_of(l->carry, l->carried);
    if (!l->skipping && line.len && line.p[line.len - 1] == '\r') {
        line.len--;
    }
    l->cut_lines += l->skipping;
    l->carried = 0;
    l->line_no++;
    slow_line(l, line);
    l->offset += whole + 1;
    l->skipped = 0;
    l->skipping = false;
}

/* How many bits are set: 0, 1, or 2 for more (counting them all is a call on plain x86-64). */
static unsigned none_one_many(uint64_t bits)
{
    return bits == 0 ? 0 : (bits & (bits - 1)) == 0 ? 1 : 2;
}

/* Lines of a stretch that holds whole lines only. */
static void whole_lines(struct logcat *l, struct str s)
{
    const char *start = s.p; /* of the current line */
    const char *base = s.p;
    const char *end = s.p + s.len;
    unsigned clocks = 0;
    bool odd = false;
    uint64_t before = 0; /* the last six colon bits of the block before */
    char tail[64];
    while (base < end) {
        const char *at = base;
        size_t left = (size_t)(end - base);
        if (left < 64) {
            memset(tail, ' ', sizeof tail);
            memcpy(tail, base, left);
            at = tail;
        }
        struct scan m = scan64(at);
        /* "46:56." as in every clock time. */
        uint64_t clock = m.dot & (m.colon << 3 | before >> 3) & (m.colon << 6 | before);
        before = m.colon >> 58;
        while (m.newline) {
            unsigned bit = (unsigned)__builtin_ctzll(m.newline);
            uint64_t upto = ((uint64_t)2 << bit) - 1; /* 0 - 1 for bit 63: all */
            clocks += none_one_many(clock & upto);
            odd = odd || (m.high & upto);
            one_line(l, str_of(start, (size_t)(base + bit - start)), clocks, odd);
            l->offset += (uint64_t)(base + bit + 1 - start);
            start = base + bit + 1;
            clocks = 0;
            odd = false;
            clock &= ~upto;
            m.high &= ~upto;
            m.newline &= m.newline - 1;
        }
        clocks += none_one_many(clock);
        odd = odd || m.high;
        base += 64;
    }
}

void logcat_feed(struct logcat *l, struct str bytes)
{
    if (l->carried || l->skipping) {
        size_t nl = str_chr(bytes, '\n');
        carried_line(l, str_head(bytes, nl), nl != STR_NPOS);
        bytes = nl == STR_NPOS ? str_from(bytes, bytes.len) : str_from(bytes, nl + 1);
    }
    size_t whole = bytes.len;
    while (whole && bytes.p[whole - 1] != '\n') {
        whole--;
    }
    /* Whole lines that are too long are cut on the way, like carried ones. */
    whole_lines(l, str_head(bytes, whole));
    if (whole < bytes.len) {
        carried_line(l, str_from(bytes, whole), false);
    }
}

void logcat_end(struct logcat *l)
{
    if (l->carried || l->skipping) {
        carried_line(l, str_of(NULL, 0), true);
    }
}

bool logcat_peek(struct str head, struct logcat_key *ret_key)
{
    *ret_key = (struct logcat_key){.valid = false};
    while (head.len) {
        struct logcat_record r;
        struct str line = str_cut(&head, '\n');
        if (line.len < LOGCAT_FIXED || !logcat_read_header(line, &r) || !r.month || !r.has_seq) {
            continue;
        }
        *ret_key = (struct logcat_key){
            .seq = r.seq, .month = r.month, .day = r.day, .tod = r.tod, .valid = true};
        return true;
    }
    return false;
}
