/* Reading and writing addresses. Ranges: IANA special-purpose registries (RFC 6890), RFC 5737, RFC 3849,
 * RFC 9637, RFC 6598. */
#include "flow/redact/address.h"

size_t address_read4(struct str s, char sep, uint8_t ret_a[4])
{
    size_t at = 0;
    for (size_t i = 0; i < 4; i++) {
        unsigned n = 0;
        size_t digits = 0;
        if (i > 0 && (at >= s.len || s.p[at++] != sep)) {
            return 0;
        }
        while (at < s.len && digits < 3 && ascii_digit(s.p[at])) {
            n = n * 10 + (unsigned)(s.p[at++] - '0');
            digits++;
        }
        if (digits == 0 || n > 255) {
            return 0;
        }
        ret_a[i] = (uint8_t)n;
    }
    return at;
}

/* One group of hexadecimal digits. Returns how many there were. */
static size_t group(struct str s, uint16_t *ret_group)
{
    unsigned n = 0;
    size_t digits = 0;
    while (digits < s.len && digits < 5 && ascii_hex(s.p[digits]) >= 0) {
        n = n << 4 | (unsigned)ascii_hex(s.p[digits++]);
    }
    *ret_group = (uint16_t)n;
    return digits <= 4 ? digits : 0;
}

size_t address_read6(struct str s, uint8_t ret_a[16])
{
    uint16_t g[8] = {0}, zero[8] = {0};
    size_t n = 0, gap = 9, at = 0;
    while (n < 8) {
        if (gap == 9 && s.len - at >= 2 && s.p[at] == ':' && s.p[at + 1] == ':') {
            gap = n;
            at += 2;
        } else if (n > 0 && n != gap) {
            if (at + 1 >= s.len || s.p[at] != ':' || ascii_hex(s.p[at + 1]) < 0) {
                break;
            }
            at++;
        }
        size_t digits = group(str_from(s, at), &g[n]);
        if (digits == 0) {
            break;
        }
        at += digits;
        n++;
    }
    if (n == 8 ? gap != 9 : gap == 9) {
        return 0;
    }
    if (gap != 9) {
        memcpy(zero + gap + (8 - n), g + gap, (n - gap) * sizeof g[0]);
        memcpy(zero, g, gap * sizeof g[0]);
        memcpy(g, zero, sizeof g);
    }
    for (size_t i = 0; i < 8; i++) {
        ret_a[2 * i] = (uint8_t)(g[i] >> 8);
        ret_a[2 * i + 1] = (uint8_t)g[i];
    }
    return at;
}

bool address_public4(const uint8_t a[4])
{
    static const struct {
        uint32_t from, mask;
    } stay[] = {
        {0x00000000, 0xff000000}, {0x0a000000, 0xff000000}, {0x64400000, 0xffc00000},
        {0x7f000000, 0xff000000}, {0xa9fe0000, 0xffff0000}, {0xac100000, 0xfff00000},
        {0xc0000000, 0xffffff00}, {0xc0000200, 0xffffff00}, {0xc0586300, 0xffffff00},
        {0xc0a80000, 0xffff0000}, {0xc6120000, 0xfffe0000}, {0xc6336400, 0xffffff00},
        {0xcb007100, 0xffffff00}, {0xe0000000, 0xe0000000},
    };
    uint32_t n = (uint32_t)a[0] << 24 | (uint32_t)a[1] << 16 | (uint32_t)a[2] << 8 | a[3];
    for (size_t i = 0; i < sizeof stay / sizeof stay[0]; i++) {
        if ((n & stay[i].mask) == stay[i].from) {
            return false;
        }
    }
    return (n & 0x00ffffff) != 0; /* a mask rather than a host */
}

bool address_public6(const uint8_t a[16])
{
    if ((a[0] & 0xe0) != 0x20) {
        return false;
    }
    bool db8 = a[0] == 0x20 && a[1] == 0x01 && a[2] == 0x0d && a[3] == 0xb8;
    return !db8 && !(a[0] == 0x3f && a[1] == 0xff && (a[2] & 0xf0) == 0);
}

bool address_mac(const uint8_t a[16], char ret_mac[12])
{
    static const char hex[] = "0123456789abcdef";
    const uint8_t m[6] = {a[8] ^ 2, a[9], a[10], a[13], a[14], a[15]};
    if (a[11] != 0xff || a[12] != 0xfe) {
        return false;
    }
    for (size_t i = 0; i < 6; i++) {
        ret_mac[2 * i] = hex[m[i] >> 4];
        ret_mac[2 * i + 1] = hex[m[i] & 15];
    }
    return true;
}

/* The next number of `len` digits to the base, right-aligned behind zeros. */
static void digits(char *p, size_t len, unsigned n, unsigned base, bool upper)
{
    const char *set = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    while (len > 0) {
        p[--len] = set[n % base];
        n /= base;
    }
}

void address_write4(const uint8_t a[4], char *p, size_t len)
{
    size_t at = 0;
    for (size_t i = 0; i < 4 && at < len; i++, at++) {
        size_t from = at;
        while (at < len && ascii_digit(p[at])) {
            at++;
        }
        digits(p + from, at - from, a[i], 10, false);
    }
}

void address_write6(const uint8_t a[16], char *p, size_t len)
{
    size_t left = 0, right = 0, gap = len;
    bool upper = false;
    for (size_t i = 0; i < len; i++) {
        upper |= p[i] >= 'A' && p[i] <= 'F';
        gap = gap == len && p[i] == ':' && i + 1 < len && p[i + 1] == ':' ? i : gap;
    }
    /* From the left up to the gap, then from the right down to it. */
    for (size_t at = 0; at < gap; at++, left++) {
        size_t from = at;
        while (at < gap && p[at] != ':') {
            at++;
        }
        digits(p + from, at - from, (unsigned)(a[2 * left] << 8 | a[2 * left + 1]), 16, upper);
    }
    for (size_t at = len; at > gap + 2; at--, right++) {
        size_t to = at;
        while (at > gap && p[at - 1] != ':') {
            at--;
        }
        size_t g = 7 - right;
        digits(p + at, to - at, (unsigned)(a[2 * g] << 8 | a[2 * g + 1]), 16, upper);
    }
}
