/* The head of a record: the common form at fixed places, and the relatives. */
#include "proto/logcat/header.h"

/* Little-endian or not, comparing three bytes is comparing three bytes. */
static bool is3(const char *p, const char *lit)
{
    return p[0] == lit[0] && p[1] == lit[1] && p[2] == lit[2];
}

bool logcat_read_level(const char *p, uint8_t *ret_level)
{
    static const char names[8][4] = {"DEB", "INF", "NOT", "WRN", "ERR", "CRT", "ALR", "EMG"};
    static const uint8_t by_first[26] = {
        ['A' - 'A'] = LOGCAT_ALR + 1, ['C' - 'A'] = LOGCAT_CRT + 1, ['D' - 'A'] = LOGCAT_DEB + 1,
        ['I' - 'A'] = LOGCAT_INF + 1, ['N' - 'A'] = LOGCAT_NOT + 1, ['W' - 'A'] = LOGCAT_WRN + 1,
    };
    if (*p < 'A' || *p > 'Z') {
        return false;
    }
    unsigned level = by_first[*p - 'A'];
    if (*p == 'E') {
        level = p[1] == 'M' ? LOGCAT_EMG + 1 : LOGCAT_ERR + 1;
    }
    if (level == 0 || !is3(p, names[level - 1])) {
        return false;
    }
    *ret_level = (uint8_t)(level - 1);
    return true;
}

const char *logcat_level_name(unsigned level)
{
    static const char *const names[8] = {"DEB", "INF", "NOT", "WRN", "ERR", "CRT", "ALR", "EMG"};
    return level < 8 ? names[level] : "?";
}

static unsigned month_of(const char *p)
{
    /* The sum of second and third letter differs for all twelve but Jun and Jul's neighbours. */
    switch (p[0]) {
    case 'J':
        return is3(p, "Jan") ? 1 : is3(p, "Jun") ? 6 : is3(p, "Jul") ? 7 : 0;
    case 'F':
        return is3(p, "Feb") ? 2 : 0;
    case 'M':
        return is3(p, "Mar") ? 3 : is3(p, "May") ? 5 : 0;
    case 'A':
        return is3(p, "Apr") ? 4 : is3(p, "Aug") ? 8 : 0;
    case 'S':
        return is3(p, "Sep") ? 9 : 0;
    case 'O':
        return is3(p, "Oct") ? 10 : 0;
    case 'N':
        return is3(p, "Nov") ? 11 : 0;
    case 'D':
        return is3(p, "Dec") ? 12 : 0;
    default:
        return 0;
    }
}

/* Two digits, or 100 and more. */
static unsigned two(const char *p)
{
    unsigned a = (unsigned)(unsigned char)p[0] - '0';
    unsigned b = (unsigned)(unsigned char)p[1] - '0';
    return a > 9 || b > 9 ? 100 : a * 10 + b;
}

bool logcat_read_clock(const char *p, usec_t *ret_tod)
{
    if (p[2] != ':' || p[5] != ':' || p[8] != '.') {
        return false;
    }
    unsigned h = two(p);
    unsigned m = two(p + 3);
    unsigned s = two(p + 6);
    unsigned u1 = two(p + 9);
    unsigned u2 = two(p + 11);
    unsigned u3 = two(p + 13);
    if (h > 23 || m > 59 || s > 60 || u1 > 99 || u2 > 99 || u3 > 99) {
        return false;
    }
    *ret_tod = (usec_t)(h * 3600 + m * 60 + s) * USEC_S + (usec_t)(u1 * 10000 + u2 * 100 + u3);
    return true;
}

bool logcat_read_date(const char *p, uint8_t *ret_month, uint8_t *ret_day)
{
    unsigned month = month_of(p);
    unsigned day = p[4] == ' ' ? two("00") + (unsigned)(unsigned char)p[5] - '0' : two(p + 4);
    if (month == 0 || p[3] != ' ' || day < 1 || day > 31) {
        return false;
    }
    *ret_month = (uint8_t)month;
    *ret_day = (uint8_t)day;
    return true;
}

/* "1754 INF Aug 10 16:56:46.142687": every part at its fixed place. */
static bool read_fixed(struct str line, struct logcat_record *r)
{
    const char *p = line.p;
    if (line.len < LOGCAT_FIXED || p[4] != ' ' || p[8] != ' ' || p[12] != ' ' || p[15] != ' ' ||
        (line.len > LOGCAT_FIXED && p[LOGCAT_FIXED] != ' ')) {
        return false;
    }
    unsigned high = two(p);
    unsigned low = two(p + 2);
    if (high > 99 || low > 99 || !logcat_read_level(p + 5, &r->level) ||
        !logcat_read_date(p + 9, &r->month, &r->day) || !logcat_read_clock(p + 16, &r->tod)) {
        return false;
    }
    r->seq = high * 100 + low;
    r->has_seq = true;
    r->dialect = LOGCAT_MPP;
    return true;
}

static void skip_blanks(struct str *s)
{
    while (s->len && (s->p[0] == ' ' || s->p[0] == '\t')) {
        *s = str_from(*s, 1);
    }
}

/* Number, colon or not, level, date or not, clock; one or more blanks between them. */
static bool read_loose(struct str line, struct logcat_record *r, size_t *ret_len)
{
    struct str s = line;
    uint64_t seq = 0;
    bool colon = false;
    skip_blanks(&s);
    size_t digits = str_digits(s, &seq);
    if (digits > 9) {
        return false;
    }
    s = str_from(s, digits);
    if (digits && s.len && s.p[0] == ':') {
        colon = true;
        s = str_from(s, 1);
    }
    if (digits) {
        if (s.len == 0 || s.p[0] != ' ') {
            return false;
        }
        skip_blanks(&s);
    }
    if (s.len < 4 || !logcat_read_level(s.p, &r->level) || s.p[3] != ' ') {
        return false;
    }
    s = str_from(s, 4);
    skip_blanks(&s);
    r->month = 0;
    r->day = 0;
    if (s.len > 7 && logcat_read_date(s.p, &r->month, &r->day) && s.p[6] == ' ') {
        s = str_from(s, 6);
        skip_blanks(&s);
    } else if (s.len > 6 && month_of(s.p) && s.p[3] == ' ' && ascii_digit(s.p[4]) &&
               s.p[5] == ' ') { /* one digit for the day */
        r->month = (uint8_t)month_of(s.p);
        r->day = (uint8_t)(s.p[4] - '0');
        s = str_from(s, 5);
        skip_blanks(&s);
    }
    if (s.len < 15 || !logcat_read_clock(s.p, &r->tod)) {
        return false;
    }
    s = str_from(s, 15);
    if ((s.len && s.p[0] != ' ') || (!digits && !r->month)) {
        return false;
    }
    r->seq = (uint32_t)seq;
    r->has_seq = digits != 0;
    r->dialect = colon || !r->month ? LOGCAT_TNP : LOGCAT_MPP;
    *ret_len = line.len - s.len;
    return true;
}

/* Up to nine decimal digits at `p`; returns how many bytes they are. Two or three stand in every
 * record. */
static size_t read_number(const char *p, size_t len, uint32_t *ret_n)
{
    uint32_t n = 0;
    size_t i = 0;
    for (; i < len && i < 9 && ascii_digit(p[i]); i++) {
        n = n * 10 + (uint32_t)(p[i] - '0');
    }
    *ret_n = n;
    return i;
}

/* "(975-1286)" or "(618:927)" */
static size_t read_thread(struct str s, struct logcat_record *r)
{
    uint32_t pid;
    uint32_t tid;
    if (s.len < 5 || s.p[0] != '(') {
        return 0;
    }
    size_t at = 1 + read_number(s.p + 1, s.len - 1, &pid);
    if (at == 1 || at == s.len || (s.p[at] != '-' && s.p[at] != ':')) {
        return 0;
    }
    size_t sep = at++;
    at += read_number(s.p + at, s.len - at, &tid);
    if (at == sep + 1 || at == s.len || s.p[at] != ')') {
        return 0;
    }
    r->pid = pid;
    r->tid = tid;
    if (s.p[sep] == ':') {
        r->dialect = LOGCAT_ENTERPRISE;
    }
    return at + 1;
}

static bool is_tag_char(char c)
{
    return ascii_alnum(c) || c == '_' || c == '(' || c == ')';
}

/* "voice-text", "dnsmasq[564]: text", in the 79xx dialect "TAG: text". */
static void read_tag(struct str s, struct logcat_record *r)
{
    size_t n = 0;
    r->tag = str_of(s.p, 0);
    r->text = s;
    r->daemon = false;
    if (str_starts(s, STR("voice-"))) { /* these two most of all */
        n = 5;
    } else if (str_starts(s, STR("dnsmasq["))) {
        n = 7;
    } else {
        while (n < s.len && n < 24 && is_tag_char(s.p[n])) {
            n++;
        }
    }
    if (n == 0 || n >= s.len) {
        return;
    }
    if (s.p[n] == '-' || (r->dialect == LOGCAT_TNP && s.p[n] == ':')) {
        r->tag = str_head(s, n);
        r->text = str_from(s, n + 1);
        if (s.p[n] == ':' && r->text.len && r->text.p[0] == ' ') {
            r->text = str_from(r->text, 1);
        }
    } else if (s.p[n] == '[') {
        uint32_t pid;
        size_t d = read_number(s.p + n + 1, s.len - n - 1, &pid);
        struct str rest = str_from(s, n + 1 + d);
        if (d && str_starts(rest, STR("]:"))) {
            r->tag = str_head(s, n);
            r->daemon = true;
            r->pid = pid;
            r->text = str_from(rest, rest.len > 2 && rest.p[2] == ' ' ? 3 : 2);
        }
    }
}

static struct str without_end(struct str s)
{
    for (;;) {
        char last = s.len ? s.p[s.len - 1] : 'x';
        if (last == ' ' || last == '\r' || last == '\t') {
            s.len--;
        } else if (last == 'M' && s.len > 1 && s.p[s.len - 2] == '^') {
            s.len -= 2;
        } else {
            return s;
        }
    }
}

bool logcat_read_header(struct str line, struct logcat_record *r)
{
    size_t len = LOGCAT_FIXED;
    r->pid = 0;
    r->tid = 0;
    if (!read_fixed(line, r) && !read_loose(line, r, &len)) {
        return false;
    }
    struct str rest = str_from(line, len);
    if (rest.len) {
        rest = str_from(rest, 1);
    }
    if (r->dialect == LOGCAT_TNP || (rest.len && rest.p[0] == ' ')) {
        skip_blanks(&rest);
    }
    size_t thread = read_thread(rest, r);
    if (thread) {
        rest = str_from(rest, thread);
        if (rest.len && rest.p[0] == ' ') {
            rest = str_from(rest, 1);
        }
    }
    r->raw = rest;
    read_tag(without_end(rest), r);
    r->raw = str_from(rest, (size_t)(r->text.p ? r->text.p - rest.p : 0));
    return true;
}

/* A line of network syslog begins with its priority, a version, a date, or the message itself. */
static bool may_be_syslog(struct str line)
{
    while (line.len && line.p[0] == ' ') {
        line = str_from(line, 1);
    }
    uint8_t month = 0;
    uint8_t day = 0;
    return line.len > 6 && (line.p[0] == '<' || line.p[0] == '1' || str_starts(line, STR("CP-")) ||
                            logcat_read_date(line.p, &month, &day));
}

/* Behind a syslog header stands the text of a Log_*_Msg template: "CP-8851-3PCC MAC -- ...". */
bool logcat_read_syslog(struct str line, struct logcat_record *r)
{
    if (!may_be_syslog(line)) {
        return false;
    }
    size_t at = str_find(line, STR(" -- "));
    size_t pn = str_find(str_head(line, at), STR("CP-"));
    if (at == STR_NPOS || pn == STR_NPOS || str_find(str_from(line, pn), STR("-3P")) == STR_NPOS) {
        return false;
    }
    struct str head = str_head(line, pn);
    struct str s = str_trim(head);
    if (str_starts(s, STR("<"))) {
        size_t pri = str_chr(str_head(s, 6), '>');
        if (pri == STR_NPOS) {
            return false;
        }
        s = str_from(s, pri + 1);
    }
    *r = (struct logcat_record){.dialect = LOGCAT_SYSLOG, .level = LOGCAT_NOT, .tod = USEC_NONE};
    if (s.len >= 15 && logcat_read_date(s.p, &r->month, &r->day)) {
        usec_t t = 0;
        char clock[16] = "hh:mm:ss.000000";
        memcpy(clock, s.p + 7, 8);
        if (!logcat_read_clock(clock, &t)) {
            return false;
        }
        r->tod = t;
    } else if (s.len && !str_starts(s, STR("1 "))) {
        return false; /* prose that speaks of a phone */
    }
    r->tag = STR("voice");
    r->text = without_end(str_from(line, pn));
    r->raw = str_from(line, pn);
    return true;
}
