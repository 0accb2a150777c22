/* Domain names: read through compression pointers, as text, and back. */
#include "proto/dns/dns_name.h"

#include <stdio.h>

static const char rule_name[] = "RFC 1035 4.1.4";

/* The two high bits of a length byte (RFC 1035 4.1.4; 01 and 10 never came into use). */
enum { KIND = 0xc0, KIND_LABEL = 0x00, KIND_POINTER = 0xc0 };

static uint8_t byte_at(struct str s, size_t at)
{
    return (uint8_t)s.p[at];
}

static enum err fail(size_t offset, const char *what, struct err_at *reterr_at)
{
    *reterr_at = (struct err_at){offset, what, rule_name};
    return ERR_MALFORMED;
}

enum err dns_name_read(struct str message, size_t *at, struct dns_name *ret_name,
                       struct err_at *reterr_at)
{
    size_t here = *at;
    size_t low = here; /* a pointer has to lead before everything that was read so far */
    size_t behind = 0;
    size_t wire = 1; /* the root's length byte */
    for (;;) {
        size_t left = here < message.len ? message.len - here : 0;
        uint8_t n = left ? byte_at(message, here) : 0;
        size_t need = (n & KIND) == KIND_POINTER ? 2 : (size_t)n + 1;
        if ((n & KIND) != KIND_POINTER && (n & KIND) != KIND_LABEL) {
            return fail(here, "a label is of an unknown type", reterr_at);
        }
        if (left < need) {
            return behind ? fail(here, "a label goes past the end", reterr_at) : ERR_MORE;
        }
        if ((n & KIND) == KIND_POINTER) {
            size_t to = (size_t)(n & ~KIND) << 8 | byte_at(message, here + 1);
            behind = behind ? behind : here + 2;
            if (to >= low) {
                return fail(here, "a compressed name does not point back", reterr_at);
            }
            here = low = to;
            continue;
        }
        here += need;
        if (n == 0) {
            break;
        }
        wire += need;
        if (wire > DNS_NAME_WIRE) {
            return fail(*at, "a name is longer than 255 bytes", reterr_at);
        }
    }
    *ret_name = (struct dns_name){message, *at};
    *at = behind ? behind : here;
    return ERR_OK;
}

bool dns_label_next(struct dns_name *rest, struct str *ret_label)
{
    struct str m = rest->message;
    while (rest->at + 1 < m.len && (byte_at(m, rest->at) & KIND) == KIND_POINTER) {
        rest->at = (size_t)(byte_at(m, rest->at) & ~KIND) << 8 | byte_at(m, rest->at + 1);
    }
    if (rest->at >= m.len || byte_at(m, rest->at) == 0) {
        return false;
    }
    *ret_label = str_head(str_from(m, rest->at + 1), byte_at(m, rest->at));
    rest->at += 1 + ret_label->len;
    return true;
}

static size_t label_text(struct str label, char *text)
{
    size_t len = 0;
    for (size_t i = 0; i < label.len; i++) {
        char c = label.p[i];
        if (c == '.' || c == '\\') {
            text[len++] = '\\';
            text[len++] = c;
        } else if (c > ' ' && c <= '~') {
            text[len++] = c;
        } else {
            len += (size_t)snprintf(text + len, 5, "\\%03u", (unsigned)(uint8_t)c);
        }
    }
    return len;
}

/* 255 bytes hold at most 250 of labels (four of 63 or fewer), each at most four characters. */
struct str dns_name_text(struct dns_name name, char ret_text[DNS_NAME_TEXT])
{
    struct str label;
    size_t len = 0;
    while (dns_label_next(&name, &label)) {
        if (len) {
            ret_text[len++] = '.';
        }
        len += label_text(label, ret_text + len);
    }
    if (len == 0 && name.message.len) {
        ret_text[len++] = '.';
    }
    ret_text[len] = '\0';
    return str_of(ret_text, len);
}

bool dns_name_eq(struct dns_name a, struct dns_name b)
{
    if (a.message.p == b.message.p && a.at == b.at) {
        return true;
    }
    struct str la;
    struct str lb;
    for (;;) {
        bool more_a = dns_label_next(&a, &la);
        bool more_b = dns_label_next(&b, &lb);
        if (!more_a || !more_b) {
            return more_a == more_b;
        }
        if (!str_ieq(la, lb)) {
            return false;
        }
    }
}

bool dns_name_root(struct dns_name name)
{
    struct str label;
    return !dns_label_next(&name, &label);
}

/* The next byte of a label in text; returns how many characters it took, 0 for a wrong escape. */
static size_t char_read(struct str s, uint8_t *ret_c)
{
    uint64_t n;
    if (s.p[0] != '\\') {
        *ret_c = (uint8_t)s.p[0];
        return 1;
    }
    if (s.len >= 2 && !ascii_digit(s.p[1])) {
        *ret_c = (uint8_t)s.p[1];
        return 2;
    }
    if (s.len < 4 || !str_u64(str_of(s.p + 1, 3), &n) || n > 255) {
        return 0;
    }
    *ret_c = (uint8_t)n;
    return 4;
}

/* One label of `*text` into `wire`, with its length byte; moves `text` behind the label and its dot.
 * Returns the bytes written, 0 where it is no label. */
static size_t label_wire(struct str *text, uint8_t *wire, size_t room)
{
    size_t n = 0;
    while (text->len && text->p[0] != '.') {
        uint8_t c;
        size_t used = char_read(*text, &c);
        if (used == 0 || n == DNS_LABEL || n + 1 >= room) {
            return 0;
        }
        wire[++n] = c;
        *text = str_from(*text, used);
    }
    *text = str_from(*text, 1);
    wire[0] = (uint8_t)n;
    return n ? n + 1 : 0;
}

bool dns_name_wire(struct str text, uint8_t ret_wire[DNS_NAME_WIRE], size_t *ret_len)
{
    uint8_t wire[DNS_NAME_WIRE];
    size_t len = 0;
    if (text.len == 0) {
        return false;
    }
    if (str_eq(text, STR("."))) {
        text.len = 0;
    }
    while (text.len) {
        size_t n = len + 1 < sizeof wire ? label_wire(&text, wire + len, sizeof wire - 1 - len) : 0;
        if (n == 0) {
            return false;
        }
        len += n;
    }
    wire[len++] = 0;
    memcpy(ret_wire, wire, len);
    *ret_len = len;
    return true;
}
