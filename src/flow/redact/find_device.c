/* What names a device: MAC addresses and serial numbers, by their spelling and by their place. */
#include "flow/redact/find.h"

enum { MAC_DIGITS = 12, UUID_LEN = 36, SESSION_LEN = 32 };

static bool all_hex(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (ascii_hex(s.p[i]) < 0) {
            return false;
        }
    }
    return s.len > 0;
}

static bool has_letter(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_digit(s.p[i]) && ascii_alnum(s.p[i])) {
            return true;
        }
    }
    return false;
}

static char beside(const struct find *f, const char *p)
{
    return p >= f->line.p && p < f->line.p + f->line.len ? *p : ' ';
}

/* LLLYYWWSSSS: place, year, week, number. */
static bool is_serial(struct str s)
{
    if (s.len != 11) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        bool big = s.p[i] >= 'A' && s.p[i] <= 'Z';
        if (i < 3 ? !big : i < 7 ? !ascii_digit(s.p[i]) : !big && !ascii_digit(s.p[i])) {
            return false;
        }
    }
    int week = (s.p[5] - '0') * 10 + (s.p[6] - '0');
    return week >= 1 && week <= 53;
}

void find_spelled(struct find *f, struct str word)
{
    static const struct str prefixes[] = {STR_INIT("SEP"), STR_INIT("ATA"), STR_INIT("VGC"),
                                          STR_INIT("SIP"), STR_INIT("BAT")};
    char before = beside(f, word.p - 1), after = beside(f, word.p + word.len);
    if (word.len == MAC_DIGITS && all_hex(word)) {
        bool sure = (before == '(' && after == ')') || (before == '/' && after == '.');
        find_tell(f, REDACT_MAC, word, sure);
    } else if (word.len == MAC_DIGITS + 3 && all_hex(str_from(word, 3))) {
        for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
            if (str_istarts(word, prefixes[i])) {
                find_tell(f, REDACT_MAC, str_from(word, 3), true);
            }
        }
    } else if (word.len == SESSION_LEN && all_hex(word) &&
               str_ieq(str_of(word.p + 8, MAC_DIGITS), STR("00105000a000"))) {
        find_tell(f, REDACT_MAC, str_from(word, SESSION_LEN - MAC_DIGITS), true);
    } else if (is_serial(word)) {
        find_tell(f, REDACT_SERIAL, word, true);
    }
}

/* The separator at the start of `s`: bytes, and its first one. */
static size_t separator(struct str s, char *ret_sep)
{
    static const struct str coded[] = {STR_INIT("%3A"), STR_INIT("%2D"), STR_INIT("%2E")};
    for (size_t i = 0; i < sizeof coded / sizeof coded[0]; i++) {
        if (str_istarts(s, coded[i])) {
            *ret_sep = ":-."[i];
            return 3;
        }
    }
    if (s.len > 0 && (s.p[0] == ':' || s.p[0] == '-' || s.p[0] == '.')) {
        *ret_sep = s.p[0];
        return 1;
    }
    return 0;
}

/* Exactly `n` hexadecimal digits. */
static bool group(struct str s, size_t n)
{
    return s.len >= n && all_hex(str_head(s, n)) && (s.len == n || ascii_hex(s.p[n]) < 0);
}

/* Six groups of two or three of four, with one kind of separator. Returns the length, or 0. */
static size_t spelled(struct str s, char *ret_sep)
{
    size_t each = group(s, 2) ? 2 : group(s, 4) ? 4 : 0;
    size_t at = each;
    for (size_t digits = each; each && digits < MAC_DIGITS; digits += each) {
        char sep = 0;
        size_t n = separator(str_from(s, at), &sep);
        if (n == 0 || (digits > each && sep != *ret_sep) || (each == 4 && sep == ':') ||
            !group(str_from(s, at + n), each)) {
            return 0;
        }
        *ret_sep = sep;
        at += n + each;
    }
    return at;
}

/* A longer chain of the same kind (a fingerprint, a UUID) is no MAC. */
static bool chained(const struct find *f, struct str mac, char sep)
{
    char other = 0;
    size_t end = (size_t)(mac.p - f->line.p) + mac.len;
    struct str rest = str_from(f->line, end);
    size_t n = separator(rest, &other);
    size_t each = mac.len > 2 && ascii_hex(mac.p[2]) >= 0 ? 4 : 2;
    if (n && other == sep && group(str_from(rest, n), each) &&
        !(rest.len > n + each && ascii_alnum(rest.p[n + each]))) {
        return true;
    }
    if (beside(f, mac.p - 1) != sep) {
        return false;
    }
    return each == 4 ||
           (ascii_hex(beside(f, mac.p - 2)) >= 0 && ascii_hex(beside(f, mac.p - 3)) >= 0 &&
            !ascii_alnum(beside(f, mac.p - 4)));
}

void find_macs(struct find *f)
{
    for (size_t i = 0; f->line.p && i + 13 < f->line.len; i++) {
        char sep = 0;
        struct str rest = str_from(f->line, i);
        if (ascii_hex(f->line.p[i]) < 0 ||
            (i > 0 && ascii_alnum(f->line.p[i - 1]) && !(i > 2 && f->line.p[i - 3] == '%'))) {
            continue;
        }
        size_t n = spelled(rest, &sep);
        if (n == 0 || (i + n < f->line.len && ascii_alnum(f->line.p[i + n])) ||
            chained(f, str_head(rest, n), sep)) {
            continue;
        }
        find_tell(f, REDACT_MAC, str_head(rest, n), sep == ':' || has_letter(str_head(rest, n)));
        i += n - 1;
    }
}

void find_mac(struct find *f, enum redact_class class, struct str word, struct str rest)
{
    (void)word;
    if (str_istarts(rest, STR(" address"))) {
        rest = str_from(rest, 8);
    }
    if (!find_assigned(&rest, true)) {
        rest = str_trim(rest);
    }
    struct str v = find_value(rest, false);
    if (v.len >= MAC_DIGITS && group(v, MAC_DIGITS)) {
        find_tell(f, class, str_head(v, MAC_DIGITS), true);
    }
}

static void tell_serial(struct find *f, struct str v)
{
    size_t digits = 0;
    for (size_t i = 0; i < v.len; i++) {
        if (!ascii_alnum(v.p[i])) {
            return;
        }
        digits += ascii_digit(v.p[i]);
    }
    if (v.len >= 6 && v.len <= 24 && digits > 0) {
        find_tell(f, REDACT_SERIAL, v, true);
    }
}

void find_serial(struct find *f, enum redact_class class, struct str word, struct str rest)
{
    (void)word;
    (void)class;
    if (str_istarts(rest, STR(" number"))) {
        rest = str_from(rest, 7);
    }
    if (find_assigned(&rest, true)) {
        tell_serial(f, find_value(rest, false));
    }
}

/* Where the last part of `s` begins; `*ret_before` is what stands in front of its separator. */
static struct str last_part(struct str s, struct str *ret_before)
{
    for (size_t at = s.len; at > 0; at--) {
        if (s.p[at - 1] == ':') {
            *ret_before = str_head(s, at - 1);
            return str_from(s, at);
        }
        if (at > 2 && str_ieq(str_of(s.p + at - 3, 3), STR("%3A"))) {
            *ret_before = str_head(s, at - 3);
            return str_from(s, at);
        }
    }
    *ret_before = str_of(s.p, 0);
    return s;
}

/* id=MAC:SERIAL:MODEL */
void find_callhome(struct find *f, enum redact_class class, struct str word, struct str rest)
{
    (void)word;
    if (!find_assigned(&rest, false)) {
        return;
    }
    if (rest.len > 0 && rest.p[0] == '<') {
        /* <MAC_ADDRESS>: taken out already; the serial number behind it may not be. */
        rest = str_from(rest, str_chr(rest, '>') == STR_NPOS ? 1 : str_chr(rest, '>') + 1);
    }
    struct str before, address;
    struct str model = last_part(find_value(rest, false), &before);
    struct str serial = last_part(before, &address);
    if (before.len == 0 || model.len == 0) {
        return;
    }
    tell_serial(f, serial);
    size_t digits = 0;
    for (size_t i = 0; i < address.len; i++) {
        digits += ascii_hex(address.p[i]) >= 0;
    }
    if (digits >= MAC_DIGITS && digits <= MAC_DIGITS + 10 && address.len <= 32) {
        find_tell(f, class, address, true);
    }
}

/* The second starts with the MAC when it ends as the first does (proto/sip/sip_identity.h). */
void find_uuids(struct find *f, struct str word)
{
    if (word.len <= 2 * UUID_LEN) {
        return;
    }
    struct str last = str_of(word.p + (word.len - UUID_LEN), UUID_LEN);
    struct str first = str_of(last.p - UUID_LEN - 1, UUID_LEN);
    bool shape = last.p[-1] == '_' && all_hex(str_head(last, 8)) && last.p[8] == '-' &&
                 all_hex(str_of(last.p + 9, 4)) && last.p[13] == '-';
    if (shape && str_ieq(str_from(first, 13), str_from(last, 13)) &&
        !str_ieq(str_head(first, 13), str_head(last, 13))) {
        find_tell(f, REDACT_MAC, str_head(last, 13), true);
    }
}

/* urn:uuid:00000000-0000-0000-0000-MAC; elsewhere the last 12 digits may be anything. */
void find_uuid(struct find *f, enum redact_class class, struct str word, struct str rest)
{
    (void)word;
    struct str id = str_head(str_from(rest, 1), UUID_LEN);
    if (str_starts(rest, STR(":")) && id.len == UUID_LEN && all_hex(str_from(id, 24))) {
        find_tell(f, class, str_from(id, 24), str_starts(id, STR("00000000-0000-0000-0000-")));
    }
}
