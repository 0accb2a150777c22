/* Views of bytes: search, comparison, numbers. */
#include "base/str.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define YES_2 true, true
#define YES_10 YES_2, YES_2, YES_2, YES_2, YES_2
#define YES_26 YES_10, YES_10, YES_2, YES_2, YES_2
const bool ascii_alnum_byte[256] = {['0'] = YES_10, ['A'] = YES_26, ['a'] = YES_26};

const signed char ascii_hex_digit[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
    ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
};

size_t str_find(struct str s, struct str needle)
{
    /* By its first byte: needles are short, and memmem prepares itself for long ones. */
    for (size_t i = 0; i + needle.len <= s.len; i++) {
        const char *at = memchr(s.p + i, needle.p[0], s.len - needle.len + 1 - i);
        if (!at) {
            break;
        }
        i = (size_t)(at - s.p);
        if (memcmp(at, needle.p, needle.len) == 0) {
            return i;
        }
    }
    return STR_NPOS;
}

bool str_istarts(struct str s, struct str head)
{
    size_t i = 0;
    if (s.len < head.len) {
        return false;
    }
    /* Most texts that are the same are so to the letter. */
    while (i + 8 <= head.len && memcmp(s.p + i, head.p + i, 8) == 0) {
        i += 8;
    }
    for (; i < head.len; i++) {
        if (s.p[i] != head.p[i] && ascii_lower(s.p[i]) != ascii_lower(head.p[i])) {
            return false;
        }
    }
    return true;
}

size_t str_ifind(struct str s, struct str needle)
{
    for (size_t i = 0; i + needle.len <= s.len; i++) {
        if (str_istarts(str_from(s, i), needle)) {
            return i;
        }
    }
    return STR_NPOS;
}

static bool is_control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7f;
}

/* One by one. */
static size_t control_of_few(struct str s)
{
    size_t i = 0;
    while (i < s.len && !is_control(s.p[i])) {
        i++;
    }
    return i < s.len ? i : STR_NPOS;
}

#if defined(__SSE2__)
/* A bit for each control character of 16 bytes. */
static unsigned controls_16(const char *p)
{
    __m128i b = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(b, _mm_set1_epi8(0x1f)), b);
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(low, _mm_cmpeq_epi8(b, _mm_set1_epi8(0x7f))));
}

size_t str_control(struct str s)
{
    if (s.len < 16) {
        return control_of_few(s);
    }
    for (size_t i = 0; i < s.len; i += 16) {
        i = i + 16 > s.len ? s.len - 16 : i; /* at the end some of it once more */
        unsigned found = controls_16(s.p + i);
        if (found) {
            return i + (size_t)__builtin_ctz(found);
        }
    }
    return STR_NPOS;
}
#else
size_t str_control(struct str s)
{
    return control_of_few(s);
}
#endif

int str_cmp(struct str a, struct str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    if (c != 0) {
        return c;
    }
    return a.len < b.len ? -1 : a.len > b.len;
}

struct str str_cut(struct str *rest, char sep)
{
    size_t at = str_chr(*rest, sep);
    struct str head = str_head(*rest, at);
    *rest = at == STR_NPOS ? str_from(*rest, rest->len) : str_from(*rest, at + 1);
    return head;
}

struct str str_word(struct str *rest)
{
    while (rest->len && (rest->p[0] == ' ' || rest->p[0] == '\t')) {
        *rest = str_from(*rest, 1);
    }
    size_t n = 0;
    while (n < rest->len && rest->p[n] != ' ' && rest->p[n] != '\t') {
        n++;
    }
    struct str word = str_head(*rest, n);
    *rest = str_from(*rest, n);
    return word;
}

size_t str_digits(struct str s, uint64_t *ret_n)
{
    uint64_t n = 0;
    size_t i = 0;
    for (; i < s.len && ascii_digit(s.p[i]); i++) {
        uint64_t d = (uint64_t)(s.p[i] - '0');
        n = n > (UINT64_MAX - d) / 10 ? UINT64_MAX : n * 10 + d;
    }
    if (i) {
        *ret_n = n;
    }
    return i;
}

bool str_u64(struct str s, uint64_t *ret_n)
{
    uint64_t n = 0;
    if (s.len == 0 || s.len > 20 || str_digits(s, &n) != s.len || (n == UINT64_MAX)) {
        return false;
    }
    *ret_n = n;
    return true;
}

bool str_i64(struct str s, int64_t *ret_n)
{
    bool neg = s.len && s.p[0] == '-';
    uint64_t n = 0;
    if (!str_u64(neg ? str_from(s, 1) : s, &n) || n > INT64_MAX) {
        return false;
    }
    *ret_n = neg ? -(int64_t)n : (int64_t)n;
    return true;
}

bool str_hex64(struct str s, uint64_t *ret_n)
{
    uint64_t n = 0;
    if (s.len == 0 || s.len > 16) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        int d = ascii_hex(s.p[i]);
        if (d < 0) {
            return false;
        }
        n = n << 4 | (uint64_t)d;
    }
    *ret_n = n;
    return true;
}

struct str str_number(char buf[STR_NUMBER], int64_t n)
{
    char *end = &buf[STR_NUMBER - 1];
    char *p = end;
    uint64_t u = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    *end = 0;
    do {
        *--p = (char)('0' + u % 10);
        u /= 10;
    } while (u);
    if (n < 0) {
        *--p = '-';
    }
    return str_of(p, (size_t)(end - p));
}
