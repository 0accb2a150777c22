/* What stands in a line of a SIP message, looking at 16 bytes at once. Inside the module only. */
#ifndef PROTO_SIP_SIPLOG_SCAN_H
#define PROTO_SIP_SIPLOG_SCAN_H

#include "base/str.h"

/* A byte of a line calls for: */
enum {
    SCAN_ODD = 1,   /* a second look: a control, beyond ASCII, '\' or '^' */
    SCAN_QUOTE = 2, /* it is '"' */
    SCAN_ANGLE = 4, /* it is '<' */
};

static inline unsigned scan_byte(char c)
{
    bool odd = (unsigned char)c < ' ' || (unsigned char)c >= 0x7F || c == '\\' || c == '^';
    return odd ? SCAN_ODD : c == '"' ? SCAN_QUOTE : c == '<' ? SCAN_ANGLE : 0;
}

#if defined(__SSE2__)
#include <emmintrin.h>

struct scan_found {
    __m128i odd, quote, angle;
};

static inline void scan_16(const char *p, struct scan_found *f)
{
    __m128i b = _mm_loadu_si128((const __m128i *)(const void *)p);
    /* Signed: all bytes from 0x80 are below a blank, too. */
    __m128i odd = _mm_cmplt_epi8(b, _mm_set1_epi8(' '));
    odd = _mm_or_si128(odd, _mm_cmpeq_epi8(b, _mm_set1_epi8(0x7F)));
    odd = _mm_or_si128(odd, _mm_cmpeq_epi8(b, _mm_set1_epi8('\\')));
    odd = _mm_or_si128(odd, _mm_cmpeq_epi8(b, _mm_set1_epi8('^')));
    f->odd = _mm_or_si128(f->odd, odd);
    f->quote = _mm_or_si128(f->quote, _mm_cmpeq_epi8(b, _mm_set1_epi8('"')));
    f->angle = _mm_or_si128(f->angle, _mm_cmpeq_epi8(b, _mm_set1_epi8('<')));
}

/* Bytes of `s` in front of the first that ends a line or may: LF, CR, '^'. */
static inline size_t scan_to_end(struct str s)
{
    size_t i = 0;
    for (; i + 16 <= s.len; i += 16) {
        __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(s.p + i));
        __m128i end = _mm_or_si128(_mm_cmpeq_epi8(b, _mm_set1_epi8('\n')),
                                   _mm_cmpeq_epi8(b, _mm_set1_epi8('\r')));
        end = _mm_or_si128(end, _mm_cmpeq_epi8(b, _mm_set1_epi8('^')));
        unsigned bits = (unsigned)_mm_movemask_epi8(end);
        if (bits) {
            return i + (unsigned)__builtin_ctz(bits);
        }
    }
    while (i < s.len && s.p[i] != '\n' && s.p[i] != '\r' && s.p[i] != '^') {
        i++;
    }
    return i;
}

/* All that its bytes call for. */
static inline unsigned scan_line(struct str line)
{
    unsigned seen = 0;
    if (line.len < 16) {
        for (size_t i = 0; i < line.len; i++) {
            seen |= scan_byte(line.p[i]);
        }
        return seen;
    }
    struct scan_found f = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
    for (size_t i = 0; i + 16 <= line.len; i += 16) {
        scan_16(line.p + i, &f);
    }
    scan_16(line.p + line.len - 16, &f); /* what is left, and some of it again */
    seen |= _mm_movemask_epi8(f.odd) ? SCAN_ODD : 0;
    seen |= _mm_movemask_epi8(f.quote) ? SCAN_QUOTE : 0;
    seen |= _mm_movemask_epi8(f.angle) ? SCAN_ANGLE : 0;
    return seen;
}
#else
static inline size_t scan_to_end(struct str s)
{
    size_t i = 0;
    while (i < s.len && s.p[i] != '\n' && s.p[i] != '\r' && s.p[i] != '^') {
        i++;
    }
    return i;
}

static inline unsigned scan_line(struct str line)
{
    unsigned seen = 0;
    for (size_t i = 0; i < line.len; i++) {
        seen |= scan_byte(line.p[i]);
    }
    return seen;
}
#endif

#endif
