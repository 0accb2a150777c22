/* The head of a record: the common form at fixed places, and the relatives. */
#include "proto/logcat/header.h"

/* Little-endian or not, comparing three bytes is comparing three bytes. */
static inline bool is3(const char *p, const char *lit)
{
    return p[0] == lit[0] && p[1] == lit[1] && p[2] == lit[2];
}

static inline bool read_level(const char *p, uint8_t *ret_level)
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

bool logcat_read_level(const char *p, uint8_t *ret_level)
{
    return read_level(p, ret_level);
}

const char *logcat_level_name(unsigned level)
{
    static const char *const names[8] = {"DEB", "INF", "NOT", "WRN", "ERR", "CRT", "ALR", "EMG"};
    return level < 8 ? names[level] : "?";
}

/* 0 when it is no month. */
static inline unsigned month_of(const char *p)
{
    static const char names[13][4] = {"",    "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    /* The sum of second and third letter tells all twelve apart, modulo 32. */
    static const uint8_t by_sum[32] = {
        [15] = 1, [7] = 2,  [19] = 3, [2] = 4,   [26] = 5, [3] = 6,
        [1] = 7,  [28] = 8, [21] = 9, [23] = 10, [5] = 11, [8] = 12,
    };
    unsigned month = by_sum[((unsigned char)p[1] + (unsigned char)p[2]) % 32];
    return is3(p, names[month]) ? month : 0;
}

/* Two digits, or 100 and more. */
static inline unsigned two(const char *p)
{
    unsigned a = (unsigned)(unsigned char)p[0] - '0';
    unsigned b = (unsigned)(unsigned char)p[1] - '0';
    return a > 9 || b > 9 ? 100 : a * 10 + b;
}

/* Whether the eight bytes at `p` are as in `shape`, where a 0 stands for any digit. All eight are
 * looked at together, each in its own byte of a number. */
static inline bool is_shape(const char *p, const char shape[9])
{
    const uint64_t ones = 0x0101010101010101U;
    uint64_t want;
    uint64_t have;
    memcpy(&want, shape, sizeof want);
    memcpy(&have, p, sizeof have);
    /* Top bits: where a literal byte is wanted; a shape is constant, and so is this. */
    uint64_t literal = (want ^ '0' * ones) + 0x7F * ones;
    uint64_t differ = have ^ want; /* of a digit: its value */
    uint64_t above_9 = differ | (differ + 0x76 * ones);
    uint64_t not_0 = differ | ((differ & 0x7F * ones) + 0x7F * ones);
    return ((above_9 | (not_0 & literal)) & 0x80 * ones) == 0;
}

/* The two digits at `p`. */
static inline unsigned pair(const char *p)
{
    return (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
}

static inline bool read_clock(const char *p, usec_t *ret_tod)
{
    if (!is_shape(p, "00:00:00") || !is_shape(p + 7, "0.000000")) {
        return false;
    }
    unsigned h = pair(p);
    unsigned m = pair(p + 3);
    unsigned s = pair(p + 6);
    if (h > 23 || m > 59 || s > 60) {
        return false;
    }
    unsigned u = pair(p + 9) * 10000 + pair(p + 11) * 100 + pair(p + 13);
    *ret_tod = (usec_t)(h * 3600 + m * 60 + s) * USEC_S + u;
    return true;
}

bool logcat_read_clock(const char *p, usec_t *ret_tod)
{
    return read_clock(p, ret_tod);
}

static inline bool read_date(const char *p, uint8_t *ret_month, uint8_t *ret_day)
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

bool logcat_read_date(const char *p, uint8_t *ret_month, uint8_t *ret_day)
{
    return read_date(p, ret_month, ret_day);
}

/* "1754 INF Aug 10 16:56:46.142687": every part at its fixed place. */
static inline bool read_fixed(struct str line, struct logcat_record *r)
{
    const char *p = line.p;
    if (line.len < LOGCAT_FIXED || p[4] != ' ' || p[8] != ' ' || p[12] != ' ' || p[15] != ' ' ||
        (line.len > LOGCAT_FIXED && p[LOGCAT_FIXED] != ' ')) {
        return false;
    }
    unsigned high = two(p);
    unsigned low = two(p + 2);
    if (high > 99 || low > 99 || !read_level(p + 5, &r->level) ||
        !read_date(p + 9, &r->month, &r->day) || !read_clock(p + 16, &r->tod)) {
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
static inline size_t read_number(const char *p, size_t len, uint32_t *ret_n)
{
    uint32_t n = 0;
    size_t i = 0;
    for (len = len < 9 ? len : 9; i < len && ascii_digit(p[i]); i++) {
        n = n * 10 + (uint32_t)(p[i] - '0');
    }
    *ret_n = n;
    return i;
}

/* "(975-1286)" or "(618:927)" */
static inline size_t read_thread(struct str s, struct logcat_record *r)
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
static inline void read_tag(struct str s, struct logcat_record *r)
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

static inline struct str without_end(struct str s)
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
