/* Folding for search. The ranges are Unicode's blocks; the few irregular letters in them are left as they are. */
#include "base/fold.h"

#include "base/esc.h"

/* Half-width katakana U+FF66 to U+FF9D as hiragana, U+FF70 as the long mark. */
static const uint16_t half[] = {
    0x3092, 0x3041, 0x3043, 0x3045, 0x3047, 0x3049, 0x3083, 0x3085, 0x3087, 0x3063, 0x30fc, 0x3042,
    0x3044, 0x3046, 0x3048, 0x304a, 0x304b, 0x304d, 0x304f, 0x3051, 0x3053, 0x3055, 0x3057, 0x3059,
    0x305b, 0x305d, 0x305f, 0x3061, 0x3064, 0x3066, 0x3068, 0x306a, 0x306b, 0x306c, 0x306d, 0x306e,
    0x306f, 0x3072, 0x3075, 0x3078, 0x307b, 0x307e, 0x307f, 0x3080, 0x3081, 0x3082, 0x3084, 0x3086,
    0x3088, 0x3089, 0x308a, 0x308b, 0x308c, 0x308d, 0x308f, 0x3093};
enum { HALF_FIRST = 0xff66, HALF_LAST = 0xff9d, HALF_VOICED = 0xff9e, HALF_ROUND = 0xff9f };

static uint32_t latin(uint32_t c)
{
    if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7)) {
        return c + 0x20;
    }
    if (c >= 0x100 && c <= 0x17e) {
        bool odd = (c >= 0x139 && c <= 0x148) || c >= 0x179; /* there capitals have odd numbers */
        return c == 0x178                               ? 0xff
               : c == 0x130 || c == 0x138 || c == 0x149 ? c
                                                        : c + ((c & 1) == odd);
    }
    return c;
}

static uint32_t lower(uint32_t c)
{
    if (c >= 0x391 && c <= 0x3a9) { /* Greek */
        return c + 0x20;
    }
    if (c >= 0x400 && c <= 0x42f) { /* Cyrillic */
        return c < 0x410 ? c + 0x50 : c + 0x20;
    }
    return latin(c);
}

static uint32_t fold_one(uint32_t c)
{
    if (c >= 0xff01 && c <= 0xff5e) {
        c -= 0xff01 - '!';
    } else if (c >= 0x30a1 && c <= 0x30f6) {
        return c - 0x60;
    } else if (c >= HALF_FIRST && c <= HALF_LAST) {
        return half[c - HALF_FIRST];
    }
    return c == 0x3000 || c == '\t' || c == 0xa0 ? ' ' : lower(c);
}

/* The hiragana `c` with a voicing mark behind it; `c` where it takes none. */
static uint32_t voiced(uint32_t c, uint32_t mark)
{
    bool ha = c >= 0x306f && c <= 0x307b && (c - 0x306f) % 3 == 0;
    if (mark == HALF_ROUND) {
        return ha ? c + 2 : c;
    }
    bool ka = c >= 0x304b && c <= 0x3061 && (c & 1);
    bool tu = c == 0x3064 || c == 0x3066 || c == 0x3068;
    return ha || ka || tu ? c + 1 : c == 0x3046 ? 0x3094 : c;
}

static size_t utf8(uint32_t c, char to[4])
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--) {
        to[i] = (char)(0x80 | (c & 0x3f));
        c >>= 6;
    }
    static const uint8_t head[] = {0, 0, 0xc0, 0xe0, 0xf0};
    to[0] = (char)(head[n] | c);
    return n;
}

/* The next letter of `s`, folded, voicing marks with it; moves `s`. */
static size_t next(struct str *s, char to[4])
{
    uint32_t c = 0, mark = 0;
    size_t len = esc_utf8(*s, &c);
    if (c == 0xfffd && len == 1) {
        to[0] = s->p[0];
        *s = str_from(*s, 1);
        return 1;
    }
    *s = str_from(*s, len);
    bool narrow = c >= HALF_FIRST && c <= HALF_LAST;
    c = fold_one(c);
    if (narrow && s->len) {
        len = esc_utf8(*s, &mark);
        if (mark == HALF_VOICED || mark == HALF_ROUND) {
            c = voiced(c, mark);
            *s = str_from(*s, len);
        }
    }
    return utf8(c, to);
}

size_t fold(struct str s, char *to, size_t room)
{
    size_t n = 0;
    bool blank = true; /* none at the start */
    while (s.len) {
        char one[4];
        size_t len = next(&s, one);
        bool is_blank = len == 1 && one[0] == ' ';
        if (is_blank && blank) {
            continue;
        }
        if (len > room - n) {
            break;
        }
        memcpy(to + n, one, len);
        n += len;
        blank = is_blank;
    }
    return n && to[n - 1] == ' ' ? n - 1 : n;
}

/* Scripts that are written without blanks between words. */
static bool is_unspaced(uint32_t c)
{
    return (c >= 0x3005 && c <= 0x9fff) || (c >= 0xac00 && c <= 0xd7a3) ||
           (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x3ffff);
}

static bool begins_word(struct str text, size_t at)
{
    unsigned char before = at ? (unsigned char)text.p[at - 1] : ' ';
    return before < 0x80 && !ascii_alnum((char)before);
}

bool fold_has(struct str text, struct str word)
{
    uint32_t first = 0;
    if (word.len == 0) {
        return true;
    }
    (void)esc_utf8(word, &first);
    bool anywhere = is_unspaced(first);
    for (size_t at = 0; at + word.len <= text.len;) {
        size_t n = str_find(str_from(text, at), word);
        if (n == STR_NPOS) {
            return false;
        }
        if (anywhere || begins_word(text, at + n)) {
            return true;
        }
        at += n + 1;
    }
    return false;
}

static uint64_t bit(uint32_t c)
{
    return (uint64_t)1 << (c * UINT32_C(0x9e3779b1) >> 26);
}

/* A bit for the first two bytes of a word, one for its first three. */
static uint64_t begin_marks(struct str word)
{
    uint64_t marks = 0;
    uint32_t c = word.len ? (unsigned char)word.p[0] : 0;
    for (size_t i = 1; i < 3 && i < word.len; i++) {
        c = c << 8 | (unsigned char)word.p[i];
        marks |= bit(c);
    }
    return marks;
}

/* One for each letter of a script without blanks. */
static uint64_t letter_marks(struct str text)
{
    uint64_t marks = 0;
    while (text.len) {
        uint32_t c = 0;
        size_t n = (unsigned char)text.p[0] < 0x80 ? 1 : esc_utf8(text, &c);
        marks |= n > 1 && is_unspaced(c) ? bit(c) : 0;
        text = str_from(text, n);
    }
    return marks;
}

uint64_t fold_marks(struct str text)
{
    uint64_t marks = letter_marks(text);
    for (size_t i = 0; i < text.len; i++) {
        marks |= begins_word(text, i) ? begin_marks(str_from(text, i)) : 0;
    }
    return marks;
}

uint64_t fold_need(struct str word)
{
    uint32_t first = 0;
    if (word.len == 0) {
        return 0;
    }
    (void)esc_utf8(word, &first);
    return letter_marks(word) | (is_unspaced(first) ? 0 : begin_marks(word));
}
