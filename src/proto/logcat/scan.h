/* Looking at 64 bytes of text at once: where lines end, where a clock time may stand, and whether
 * there is anything beyond ASCII. */
#ifndef PROTO_LOGCAT_SCAN_H
#define PROTO_LOGCAT_SCAN_H

#include <stdint.h>

struct scan {
    uint64_t newline; /* bit i: byte i is a newline */
    uint64_t colon;   /* bit i: byte i is a colon */
    uint64_t dot;     /* bit i: byte i is a full stop */
    uint64_t high;    /* bit i: byte i is 0x80 or above, or a control before newline */
};

#if defined(__SSE2__)
#include <emmintrin.h>

static inline struct scan scan64(const char *p)
{
    struct scan s = {0, 0, 0, 0};
    const __m128i nl = _mm_set1_epi8('\n');
    const __m128i co = _mm_set1_epi8(':');
    const __m128i dot = _mm_set1_epi8('.');
    for (unsigned i = 0; i < 4; i++) {
        __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i));
        /* Signed: all bytes from 0x80 are below newline, too. */
        __m128i odd = _mm_cmplt_epi8(b, _mm_set1_epi8('\n'));
        s.newline |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(b, nl)) << (16 * i);
        s.colon |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(b, co)) << (16 * i);
        s.dot |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(b, dot)) << (16 * i);
        s.high |= (uint64_t)(uint32_t)_mm_movemask_epi8(odd) << (16 * i);
    }
    return s;
}
#else
static inline struct scan scan64(const char *p)
{
    struct scan s = {0, 0, 0, 0};
    for (unsigned i = 0; i < 64; i++) {
        unsigned char c = (unsigned char)p[i];
        s.newline |= (uint64_t)(c == '\n') << i;
        s.colon |= (uint64_t)(c == ':') << i;
        s.dot |= (uint64_t)(c == '.') << i;
        s.high |= (uint64_t)(c >= 0x80 || c < '\n') << i;
    }
    return s;
}
#endif

#endif
