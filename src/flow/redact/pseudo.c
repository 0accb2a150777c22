/* Numbered pseudonyms of the same length and character class. */
#include "flow/redact/pseudo.h"

#include "proto/sip/sip_epoch.h"

enum { COUNTED_LEAST = 1 << 14 }; /* how far the last characters count before others are taken */

static struct str filler(enum redact_class class)
{
    switch (class) {
    case REDACT_USER:
        return STR("user");
    case REDACT_NAME:
        return STR("name");
    case REDACT_DOMAIN:
        return STR("site");
    case REDACT_REALM:
        return STR("realm");
    case REDACT_SECRET:
        return STR("secret");
    case REDACT_SSID:
        return STR("wlan");
    case REDACT_DEVICE:
        return STR("host");
    case REDACT_WORD:
        return STR("word");
    case REDACT_MAC:
    case REDACT_SERIAL:
    case REDACT_IP4:
    case REDACT_IP6:
    case REDACT_PHONE:
    case REDACT_NONCE:
    case REDACT_DIGEST:
    case REDACT_CLASSES:
        break;
    }
    return STR("a");
}

/* Bytes of the UTF-8 sequence that ends before `end`; 0 when there is none of two to four bytes. */
static size_t sequence_before(struct str s, size_t end)
{
    size_t n = 0;
    while (n < 3 && n + 1 < end && ((uint8_t)s.p[end - 1 - n] & 0xc0) == 0x80) {
        n++;
    }
    if (n == 0) {
        return 0;
    }
    uint8_t head = (uint8_t)s.p[end - 1 - n];
    bool fits = n == 1   ? (head & 0xe0) == 0xc0 && head > 0xc1
                : n == 2 ? (head & 0xf0) == 0xe0
                         : (head & 0xf8) == 0xf0 && head < 0xf5;
    return fits ? n + 1 : 0;
}

/* Writes digit `d` of the letters that take `len` bytes: accented Latin, Hiragana, faces. */
static void sequence_write(size_t len, uint32_t d, char *out)
{
    static const char *const heads[] = {"", "", "\xc3", "\xe3\x81", "\xf0\x9f\x98"};
    memcpy(out, heads[len], len - 1);
    out[len - 1] = (char)(0x81 + d);
}

static bool all_hex(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (ascii_hex(s.p[i]) < 0) {
            return false;
        }
    }
    return s.len >= 8;
}

/* How many bytes at the start stay: in a nonce, the server's clock. */
static size_t fixed(enum redact_class class, struct str text)
{
    char big[VALUE_LONGEST];
    usec_t t = 0;
    static const struct str head = STR_INIT("BroadWorksX");
    if (class != REDACT_NONCE || text.len >= sizeof big || !str_istarts(text, head)) {
        return 0;
    }
    size_t end = str_chr(str_from(text, head.len), 't');
    if (end == STR_NPOS) {
        return 0;
    }
    end += head.len;
    memcpy(big, text.p, text.len);
    memcpy(big, head.p, head.len);
    big[end] = 'T';
    return sip_epoch_nonce(str_of(big, text.len), &t) ? end + 1 : 0;
}

bool pseudo_digits(uint32_t n, char *out, size_t len)
{
    while (len > 0) {
        out[--len] = (char)('0' + n % 10);
        n /= 10;
    }
    return n == 0;
}

bool pseudo_write(enum redact_class class, struct str text, uint32_t n, char *out)
{
    uint64_t room = 1; /* how many the characters passed so far can tell apart */
    size_t from = fixed(class, text), letters = 0;
    struct str fill = filler(class);
    memcpy(out, text.p, text.len);
    if (from == 0 && (class == REDACT_DIGEST || class == REDACT_NONCE) && all_hex(text)) {
        return pseudo_digits(n, out, text.len);
    }
    for (size_t end = text.len; end > from;) {
        size_t len = sequence_before(text, end);
        char c = text.p[end - 1];
        bool letter = ascii_alnum(c) || (uint8_t)c >= 0x80; /* a stray byte too */
        uint32_t radix = len ? 63 : ascii_digit(c) ? 10 : letter ? 26 : 1;
        bool counts = room < COUNTED_LEAST || n > 0;
        uint32_t d = counts ? n % radix : 0;
        if (len) {
            sequence_write(len, d, out + end - len);
        } else if (radix == 10) {
            out[end - 1] = (char)('0' + d);
        } else if (radix == 26) {
            out[end - 1] = (char)('a' + d);
        }
        if (counts) {
            n /= radix;
            room = room < COUNTED_LEAST ? room * radix : room;
        } else if (radix == 26) {
            out[end - 1] = 0; /* told below, from the left */
        }
        end -= len ? len : 1;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (out[i] == 0 && text.p[i] != 0) {
            out[i] = fill.p[letters++ % fill.len];
        }
    }
    return n == 0 && room > 1;
}

void pseudo_apply(const char *pseudo, char *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool big = p[i] >= 'A' && p[i] <= 'Z' && pseudo[i] >= 'a' && pseudo[i] <= 'z';
        p[i] = big ? (char)(pseudo[i] - 32) : pseudo[i];
    }
}
