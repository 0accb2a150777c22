/* IP addresses in text: RFC 4291 2.2 read, RFC 5952 written. */
#include "base/addr.h"

#include <stdio.h>

struct addr addr4(uint32_t host_order)
{
    return (struct addr){.family = 4,
                         .b = {(uint8_t)(host_order >> 24), (uint8_t)(host_order >> 16),
                               (uint8_t)(host_order >> 8), (uint8_t)host_order}};
}

struct addr addr_of(const void *bytes, size_t len)
{
    struct addr a = {.family = len == 4 ? 4 : len == 16 ? 6 : 0};
    if (a.family) {
        memcpy(a.b, bytes, len);
    }
    return a;
}

/* Four decimal numbers without leading zeros (RFC 6943 3.1.1 tells why not otherwise). */
static bool read4(struct str s, uint8_t b[4])
{
    for (int i = 0; i < 4; i++) {
        struct str part = i < 3 ? str_cut(&s, '.') : s;
        uint64_t n = 0;
        if (part.len == 0 || part.len > 3 || (part.len > 1 && part.p[0] == '0') ||
            !str_u64(part, &n) || n > 255) {
            return false;
        }
        b[i] = (uint8_t)n;
    }
    return true;
}

static bool group(struct str s, uint8_t b[2])
{
    uint64_t n = 0;
    if (s.len == 0 || s.len > 4 || !str_hex64(s, &n)) {
        return false;
    }
    b[0] = (uint8_t)(n >> 8);
    b[1] = (uint8_t)n;
    return true;
}

/* Groups of one side of "::" into `b`; returns how many bytes, or -1. */
static int groups(struct str s, uint8_t b[16], bool last)
{
    int n = 0;
    while (s.len) {
        size_t colon = str_chr(s, ':');
        struct str part = str_head(s, colon == STR_NPOS ? s.len : colon);
        if (colon == STR_NPOS && last && str_chr(part, '.') != STR_NPOS) {
            return n <= 12 && read4(part, b + n) ? n + 4 : -1;
        }
        if (n > 14 || !group(part, b + n)) {
            return -1;
        }
        n += 2;
        if (colon == STR_NPOS) {
            break;
        }
        s = str_from(s, colon + 1);
        if (s.len == 0) {
            return -1; /* ends in a single colon */
        }
    }
    return n;
}

static bool read6(struct str s, uint8_t b[16])
{
    size_t gap = str_find(s, STR("::"));
    if (gap == STR_NPOS) {
        return groups(s, b, true) == 16;
    }
    uint8_t tail[16];
    int head = groups(str_head(s, gap), b, false);
    struct str behind = str_from(s, gap + 2);
    int rest = groups(behind, tail, true);
    if (head < 0 || rest < 0 || head + rest > 14) {
        return false;
    }
    memset(b + head, 0, (size_t)(16 - head - rest));
    memcpy(b + 16 - rest, tail, (size_t)rest);
    return true;
}

bool addr_read(struct str s, struct addr *ret_a)
{
    struct addr a = {.family = 4};
    if (s.len > 2 && s.p[0] == '[' && s.p[s.len - 1] == ']') {
        s = str_of(s.p + 1, s.len - 2);
        a.family = 6;
    }
    bool six = str_chr(s, ':') != STR_NPOS;
    if (!six && a.family == 6) {
        return false;
    }
    a.family = six ? 6 : 4;
    if (!(six ? read6(s, a.b) : read4(s, a.b))) {
        return false;
    }
    *ret_a = a;
    return true;
}

static struct str write6(const uint8_t b[16], char *text)
{
    int best = -1;
    int best_n = 1; /* a single group of zeros stays (RFC 5952 4.2.2) */
    for (int i = 0; i < 8; i++) {
        int n = 0;
        while (i + n < 8 && b[2 * (i + n)] == 0 && b[2 * (i + n) + 1] == 0) {
            n++;
        }
        if (n > best_n) {
            best = i;
            best_n = n;
        }
        i += n;
    }
    size_t len = 0;
    for (int i = 0; i < 8; i++) {
        if (i == best) {
            len += (size_t)snprintf(text + len, ADDR_TEXT - len, "::");
            i += best_n - 1;
            continue;
        }
        bool colon = i && i != best + best_n;
        len +=
            (size_t)snprintf(text + len, ADDR_TEXT - len, colon || (i && best < 0) ? ":%x" : "%x",
                             (unsigned)(b[2 * i] << 8 | b[2 * i + 1]));
    }
    return str_of(text, len);
}

static struct str write4(const uint8_t b[4], char text[ADDR_TEXT])
{
    char *p = text;
    for (size_t i = 0; i < 4; i++) {
        if (i) {
            *p++ = '.';
        }
        if (b[i] >= 100) {
            *p++ = (char)('0' + b[i] / 100);
        }
        if (b[i] >= 10) {
            *p++ = (char)('0' + b[i] / 10 % 10);
        }
        *p++ = (char)('0' + b[i] % 10);
    }
    *p = '\0';
    return str_of(text, (size_t)(p - text));
}

struct str addr_write(struct addr a, char ret_text[ADDR_TEXT])
{
    ret_text[0] = '\0';
    if (a.family == 4) {
        return write4(a.b, ret_text);
    }
    return a.family == 6 ? write6(a.b, ret_text) : str_of(ret_text, 0);
}

struct str endpoint_write(struct endpoint e, char ret_text[ENDPOINT_TEXT])
{
    char ip[ADDR_TEXT];
    struct str s = addr_write(e.ip, ip);
    int n;
    if (e.port == 0) {
        n = snprintf(ret_text, ENDPOINT_TEXT, "%s", ip);
    } else {
        bool six = e.ip.family == 6;
        n = snprintf(ret_text, ENDPOINT_TEXT, "%s%.*s%s:%u", six ? "[" : "", STR_ARG(s),
                     six ? "]" : "", e.port);
    }
    return str_of(ret_text, (size_t)n);
}

bool endpoint_read(struct str s, uint16_t port, struct endpoint *ret_e)
{
    uint64_t n = port;
    size_t colon = s.len;
    if (addr_read(s, &ret_e->ip)) {
        ret_e->port = port;
        return true;
    }
    while (colon && s.p[colon - 1] != ':') {
        colon--;
    }
    /* An IPv6 address needs its brackets here: else its last group would be taken for a port. */
    struct str ip = str_head(s, colon ? colon - 1 : 0);
    bool bare = str_chr(ip, ':') != STR_NPOS && ip.p[0] != '[';
    if (bare || !addr_read(ip, &ret_e->ip) || !str_u64(str_from(s, colon), &n) || n < 1 ||
        n > UINT16_MAX) {
        return false;
    }
    ret_e->port = (uint16_t)n;
    return true;
}

bool addr_unset(struct addr a)
{
    static const uint8_t zero[16];
    return a.family == 0 || memcmp(a.b, zero, sizeof zero) == 0;
}
