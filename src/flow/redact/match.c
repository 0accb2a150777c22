/* Known values in a line: texts, MAC addresses, phone numbers, IP addresses. */
#include "flow/redact/match.h"

#include "flow/redact/address.h"

enum { MAC_DIGITS = 12, PREFIX_MOST = 5 /* digits of a country code or an exit code */ };

void match_texts(const struct values *t, struct str line, const struct match *m)
{
    for (size_t i = 0; i + 4 <= line.len; i++) {
        uint32_t v = values_at(t, line, i);
        if (v) {
            m->hit(m->ctx, v, i, t->v[v].text.len);
            i += t->v[v].text.len - 1;
        }
    }
}

/* "%3A" and its like: a separator in a URL. */
static bool coded(struct str s)
{
    return str_istarts(s, STR("%3a")) || str_istarts(s, STR("%2d")) || str_istarts(s, STR("%2e"));
}

static size_t separator(struct str s)
{
    if (s.len > 0 && (s.p[0] == ':' || s.p[0] == '-' || s.p[0] == '.')) {
        return 1;
    }
    return coded(s) ? 3 : 0;
}

void match_macs(const struct values *t, struct str line, const struct match *m)
{
    size_t at[MAC_DIGITS];
    char digits[MAC_DIGITS];
    size_t n = 0;
    for (size_t i = 0; i < line.len;) {
        if (ascii_hex(line.p[i]) < 0) {
            size_t skip = n ? separator(str_from(line, i)) : 0;
            if (!skip || i + skip >= line.len || ascii_hex(line.p[i + skip]) < 0) {
                n = 0;
            }
            i += skip ? skip : 1;
            continue;
        }
        if (n == MAC_DIGITS) {
            memmove(at, at + 1, sizeof at - sizeof at[0]);
            memmove(digits, digits + 1, sizeof digits - 1);
            n--;
        }
        at[n] = i;
        digits[n++] = ascii_lower(line.p[i]);
        if (n == MAC_DIGITS) {
            uint32_t v = values_find(t, VALUE_MAC, str_of(digits, MAC_DIGITS));
            if (v && !(t->v[v].flags & VALUE_DEAD)) {
                m->hit(m->ctx, v, at[0], i + 1 - at[0]);
            }
        }
        i++;
    }
}

/* A number that the `n` digits end with. */
static uint32_t phone_of(const struct values *t, uint32_t lengths, const char *digits, size_t n,
                         size_t least)
{
    for (size_t len = n < PHONE_MOST ? n : PHONE_MOST; len >= least; len--) {
        if (!(lengths >> len & 1) || n - len > PREFIX_MOST) {
            continue;
        }
        uint32_t v = values_find(t, VALUE_PHONE, str_of(digits + n - len, len));
        if (v && !(t->v[v].flags & VALUE_DEAD)) {
            return v;
        }
    }
    return 0;
}

/* Whether a letter beside short digits makes them a part of something else ("%2B" is a plus). */
static bool beside(struct str line, size_t from, size_t end)
{
    bool plus = from >= 3 && str_istarts(str_from(line, from - 3), STR("%2b"));
    return (from > 0 && ascii_alnum(line.p[from - 1]) && !plus) ||
           (end < line.len && ascii_alnum(line.p[end]));
}

struct phone {
    char digits[PHONE_MOST + PREFIX_MOST];
    size_t at[PHONE_MOST + PREFIX_MOST];
    size_t n;
    size_t groups;
    bool over; /* more digits than a number has */
};

/* The digits of one group at `i`; returns where it ends. */
static size_t phone_group(struct str line, size_t i, struct phone *p)
{
    p->groups++;
    for (; i < line.len && ascii_digit(line.p[i]); i++) {
        if (p->n == sizeof p->digits) {
            p->over = true;
            continue;
        }
        p->at[p->n] = i;
        p->digits[p->n++] = line.p[i];
    }
    return i;
}

void match_phones(const struct values *t, uint32_t lengths, struct str line, const struct match *m)
{
    for (size_t i = 0; lengths && i < line.len; i++) {
        if (!ascii_digit(line.p[i]) || (i > 0 && ascii_digit(line.p[i - 1]))) {
            continue;
        }
        struct phone p = {.n = 0};
        size_t end = i;
        for (bool more = true; more && !p.over;) {
            end = phone_group(line, end, &p);
            /* Alone, seven digits are enough; in groups, a match must be long to be none by chance. */
            size_t least = p.groups > 1 ? 9 : PHONE_LEAST;
            if (!p.over && p.n >= least) {
                uint32_t v = phone_of(t, lengths, p.digits, p.n, least);
                size_t from = v ? p.at[p.n - t->v[v].text.len] : 0;
                if (v && (t->v[v].text.len >= 10 || !beside(line, i, end))) {
                    m->hit(m->ctx, v, from, end - from);
                    break;
                }
            }
            size_t gap = 0;
            while (gap < 3 && end + gap < line.len && strchr(" -.()/", line.p[end + gap]) &&
                   line.p[end + gap]) {
                gap++;
            }
            more = gap > 0 && end + gap < line.len && ascii_digit(line.p[end + gap]);
            end += more ? gap : 0;
        }
    }
}

/* "4.3.2.1.in-addr.arpa" names 1.2.3.4. */
static void address4(struct str line, size_t at,
                     void (*each)(void *ctx, const struct match_address *address), void *ctx)
{
    struct match_address m = {.form = MATCH_DOTTED, .at = at};
    char before = at > 0 ? line.p[at - 1] : ' ', further = at > 1 ? line.p[at - 2] : ' ';
    struct str rest = str_from(line, at);
    m.len = address_read4(rest, '.', m.a);
    if (m.len == 0) {
        m.form = MATCH_DASHED;
        m.len = address_read4(rest, '-', m.a);
    }
    struct str behind = str_from(rest, m.len);
    char sep = m.form == MATCH_DASHED ? '-' : '.';
    if (m.len == 0 || (before == sep && ascii_digit(further)) ||
        (behind.len > 0 && ascii_digit(behind.p[0])) ||
        (behind.len > 1 && behind.p[0] == sep && ascii_digit(behind.p[1]))) {
        return;
    }
    if (m.form == MATCH_DOTTED) {
        /* "product/12.0.2.1" is a version. */
        m.sure = !ascii_alnum(before) && !(before == '/' && ascii_alnum(further)) &&
                 !(behind.len > 0 && ascii_alnum(behind.p[0]));
        if (str_istarts(behind, STR(".in-addr.arpa"))) {
            const uint8_t r[4] = {m.a[3], m.a[2], m.a[1], m.a[0]};
            memcpy(m.a, r, sizeof r);
            m.form = MATCH_REVERSED;
        }
    } else {
        /* "dhcp-203-0-113-9", but no load ("sip88xx-12-0-1-11") and no date. */
        size_t from = at;
        while (from > 0 && (ascii_alnum(line.p[from - 1]) || line.p[from - 1] == '-')) {
            from--;
        }
        m.sure = before == '-' && ascii_alnum(further) && !ascii_digit(further) &&
                 !str_istarts(str_from(line, from), STR("sip")) &&
                 !str_istarts(str_from(line, from), STR("cp-"));
    }
    each(ctx, &m);
}

static size_t address6(struct str line, size_t at,
                       void (*each)(void *ctx, const struct match_address *address), void *ctx)
{
    struct match_address m = {.form = MATCH_IP6, .at = at, .sure = true};
    m.len = address_read6(str_from(line, at), m.a);
    size_t end = at + m.len;
    if (m.len == 0 || (end < line.len && (ascii_alnum(line.p[end]) || line.p[end] == ':'))) {
        return 0;
    }
    each(ctx, &m);
    return m.len;
}

void match_addresses(struct str line, void (*each)(void *ctx, const struct match_address *address),
                     void *ctx)
{
    for (size_t i = 0; i < line.len; i++) {
        char c = line.p[i], before = i > 0 ? line.p[i - 1] : ' ';
        if (ascii_digit(c) && !ascii_digit(before)) {
            address4(line, i, each, ctx);
        }
        if ((ascii_hex(c) >= 0 || (c == ':' && before != ':')) && !ascii_alnum(before) &&
            before != ':') {
            size_t n = address6(line, i, each, ctx);
            i += n ? n - 1 : 0;
        }
    }
}

bool match_mac_digits(struct str s, char ret_digits[12])
{
    size_t n = 0;
    for (size_t i = 0; i < s.len;) {
        if (coded(str_from(s, i))) {
            i += 3;
            continue;
        }
        if (ascii_hex(s.p[i]) >= 0) {
            if (n == MAC_DIGITS) {
                return false;
            }
            ret_digits[n++] = ascii_lower(s.p[i]);
        } else if (ascii_alnum(s.p[i])) {
            return false;
        }
        i++;
    }
    return n == MAC_DIGITS;
}

void match_mac_write(const char *digits, char *p, size_t len)
{
    size_t at[MAC_DIGITS] = {0};
    size_t n = 0;
    for (size_t i = 0; i < len;) {
        if (coded(str_of(p + i, len - i))) {
            i += 3;
            continue;
        }
        if (ascii_hex(p[i]) >= 0) {
            at[n++ % MAC_DIGITS] = i; /* "SEP" in front has one too: the last twelve count */
        }
        i++;
    }
    for (size_t k = 1; n >= MAC_DIGITS && k <= 6; k++) {
        p[at[(n - k) % MAC_DIGITS]] = digits[MAC_DIGITS - k];
    }
}
