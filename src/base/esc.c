/* Escaping for terminal, HTML, JSON and CSV. */
#include "base/esc.h"

size_t esc_utf8(struct str s, uint32_t *ret_cp)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char c = (unsigned char)s.p[0];
    size_t n = c < 0x80 ? 1 : c >> 5 == 6 ? 2 : c >> 4 == 14 ? 3 : c >> 3 == 30 ? 4 : 0;
    *ret_cp = 0xFFFD;
    if (n == 0 || n > s.len) {
        return 1;
    }
    uint32_t cp = n == 1 ? c : c & (0xFFU >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        unsigned char t = (unsigned char)s.p[i];
        if (t >> 6 != 2) {
            return 1;
        }
        cp = cp << 6 | (t & 0x3F);
    }
    if (cp < least[n] || cp > 0x10FFFF || (cp >= 0xD800 && cp < 0xE000)) {
        return 1;
    }
    *ret_cp = cp;
    return n;
}

/* Line and paragraph separators, bidirectional marks and overrides, byte order mark. */
static bool is_unseen(uint32_t cp)
{
    return (cp >= 0x80 && cp < 0xA0) || (cp >= 0x200B && cp <= 0x200F) ||
           (cp >= 0x2028 && cp <= 0x202E) || (cp >= 0x2066 && cp <= 0x2069) || cp == 0xFEFF;
}

/* Writes `text`; every code point that `one` does not take itself goes out as it is. */
static void each(struct sink *s, struct str text, bool (*one)(struct sink *s, uint32_t cp))
{
    size_t plain = 0; /* bytes at the head of text that go out as they are */
    while (plain < text.len) {
        uint32_t cp = 0;
        size_t n = esc_utf8(str_from(text, plain), &cp);
        bool bad = cp == 0xFFFD && n == 1;
        if (!bad && cp >= 0x20 && cp < 0x7F && cp != '<' && cp != '>' && cp != '&' && cp != '"' &&
            cp != '\'' && cp != '\\') {
            plain += n;
            continue;
        }
        sink_str(s, str_head(text, plain));
        if (bad) {
            sink_z(s, "\xEF\xBF\xBD");
        } else if (!one(s, cp)) {
            sink_str(s, str_of(text.p + plain, n));
        }
        text = str_from(text, plain + n);
        plain = 0;
    }
    sink_str(s, text);
}

static bool one_term(struct sink *s, uint32_t cp)
{
    if (cp == '\t') {
        sink_char(s, ' ');
    } else if (cp < 0x20 || cp == 0x7F) {
        sink_fmt(s, "\\x%02X", (unsigned)cp);
    } else if (is_unseen(cp)) {
        sink_fmt(s, "\\u%04X", (unsigned)cp);
    } else {
        return false;
    }
    return true;
}

static bool one_html(struct sink *s, uint32_t cp)
{
    switch (cp) {
    case '<':
        sink_z(s, "&lt;");
        return true;
    case '>':
        sink_z(s, "&gt;");
        return true;
    case '&':
        sink_z(s, "&amp;");
        return true;
    case '"':
        sink_z(s, "&quot;");
        return true;
    case '\'':
        sink_z(s, "&#39;");
        return true;
    case '\t':
    case '\n':
        return false;
    }
    if (cp < 0x20 || cp == 0x7F) {
        sink_fmt(s, "\\x%02X", (unsigned)cp);
        return true;
    }
    if (is_unseen(cp)) {
        sink_fmt(s, "\\u%04X", (unsigned)cp);
        return true;
    }
    return false;
}

static bool one_json(struct sink *s, uint32_t cp)
{
    switch (cp) {
    case '"':
        sink_z(s, "\\\"");
        return true;
    case '\\':
        sink_z(s, "\\\\");
        return true;
    case '\n':
        sink_z(s, "\\n");
        return true;
    case '\r':
        sink_z(s, "\\r");
        return true;
    case '\t':
        sink_z(s, "\\t");
        return true;
    }
    if (cp < 0x20 || cp == 0x7F || cp == '<' || cp == '>' || cp == '&' || is_unseen(cp)) {
        sink_fmt(s, "\\u%04x", (unsigned)cp);
        return true;
    }
    return false;
}

void esc_term(struct sink *s, struct str text)
{
    each(s, text, one_term);
}

void esc_html(struct sink *s, struct str text)
{
    each(s, text, one_html);
}

void esc_json(struct sink *s, struct str text)
{
    each(s, text, one_json);
}

static bool one_csv(struct sink *s, uint32_t cp)
{
    if (cp == '"') {
        sink_z(s, "\"\"");
        return true;
    }
    return cp == '\n' ? false : one_term(s, cp);
}

void esc_csv(struct sink *s, struct str text)
{
    bool formula = text.len && strchr("=+-@\t\r", text.p[0]) && text.p[0];
    bool quote = formula;
    for (size_t i = 0; i < text.len && !quote; i++) {
        quote = strchr(",\"\r\n ;", text.p[i]) != NULL;
    }
    if (!quote) {
        each(s, text, one_csv);
        return;
    }
    sink_char(s, '"');
    if (formula) {
        sink_char(s, '\'');
    }
    each(s, text, one_csv);
    sink_char(s, '"');
}

static bool is_wide(uint32_t cp)
{
    return (cp >= 0x1100 && cp <= 0x115F) || (cp >= 0x2E80 && cp <= 0xA4CF) ||
           (cp >= 0xAC00 && cp <= 0xD7A3) || (cp >= 0xF900 && cp <= 0xFAFF) ||
           (cp >= 0xFE30 && cp <= 0xFE6F) || (cp >= 0xFF00 && cp <= 0xFF60) ||
           (cp >= 0xFFE0 && cp <= 0xFFE6) || (cp >= 0x1F300 && cp <= 0x1FAFF) || cp >= 0x20000;
}

size_t esc_term_width(struct str text)
{
    size_t w = 0;
    while (text.len) {
        uint32_t cp = 0;
        size_t n = esc_utf8(text, &cp);
        bool bad = cp == 0xFFFD && n == 1;
        if (!bad && cp != '\t' && (cp < 0x20 || cp == 0x7F)) {
            w += 4;
        } else if (!bad && is_unseen(cp)) {
            w += 6;
        } else {
            w += is_wide(cp) ? 2 : 1;
        }
        text = str_from(text, n);
    }
    return w;
}
