/* Lines of raw log text, and the clean text they go to. */
#include "proto/sip/siplog_line.h"

#include <assert.h>

#include "proto/sip/sip_lex.h"
#include "proto/sip/sip_start.h"
#include "proto/sip/siplog_scan.h"

enum { NAME_MOST = 64 }; /* bytes of a header field's name */
enum { END_ROOM = 4 };   /* kept free for the two CRLFs that end a message */

/* Length of the blank at the start of `s`, 0 when there is none. Unicode's blanks in UTF-8 that
 * texts of logs were seen to hold: NBSP, U+2000 to U+200B, U+202F, U+3000, U+FEFF. */
static size_t blank_len(struct str s)
{
    if (s.len == 0) {
        return 0;
    }
    switch ((unsigned char)s.p[0]) {
    case ' ':
    case '\t':
    case '\f':
    case '\v':
        return 1;
    case 0xc2:
        return str_starts(s, STR("\xc2\xa0")) ? 2 : 0;
    case 0xe2:
        return s.len >= 3 && (unsigned char)s.p[1] == 0x80 &&
                       ((unsigned char)s.p[2] <= 0x8b || (unsigned char)s.p[2] == 0xaf)
                   ? 3
                   : 0;
    case 0xe3:
        return str_starts(s, STR("\xe3\x80\x80")) ? 3 : 0;
    case 0xef:
        return str_starts(s, STR("\xef\xbb\xbf")) ? 3 : 0;
    default:
        return 0;
    }
}

static size_t blank_len_back(struct str s)
{
    for (size_t n = 1; n <= 3 && n <= s.len; n++) {
        if (blank_len(str_from(s, s.len - n)) == n) {
            return n;
        }
    }
    return 0;
}

/* Length of the CR, as a byte or as "^M", at the start of `s`. */
static size_t cr_len(struct str s)
{
    if (s.len > 0 && s.p[0] == '\r') {
        return 1;
    }
    return str_starts(s, STR("^M")) ? 2 : 0;
}

static struct str trim_back(struct str s)
{
    size_t n;
    while ((n = blank_len_back(s)) > 0) {
        s.len -= n;
    }
    return s;
}

/* Passes CRs, blanks and one LF from `i` on. */
static size_t line_end_pass(struct str raw, size_t i, enum siplog_mark mark, bool *ret_cr)
{
    for (;;) {
        struct str rest = str_from(raw, i);
        size_t cr = cr_len(rest);
        size_t n = cr ? cr : blank_len(rest);
        if (n == 0) {
            break;
        }
        *ret_cr |= (cr == 1 && mark == SIPLOG_CR) || (cr == 2 && mark == SIPLOG_CARET);
        i += n;
    }
    return i < raw.len && raw.p[i] == '\n' ? i + 1 : i;
}

static bool ends_line(struct str raw, size_t i)
{
    char c = raw.p[i];
    return c == '\n' || c == '\r' || (c == '^' && i + 1 < raw.len && raw.p[i + 1] == 'M');
}

bool siplog_line_next(struct str raw, enum siplog_mark mark, size_t *at,
                      struct siplog_line *ret_line)
{
    size_t i = *at;
    size_t n;
    if (i >= raw.len) {
        return false;
    }
    assert(raw.p);
    while ((n = blank_len(str_from(raw, i))) > 0) {
        i += n;
    }
    size_t start = i;
    i += scan_to_end(str_from(raw, i));
    while (i < raw.len && !ends_line(raw, i)) { /* a '^' without M */
        i += 1 + scan_to_end(str_from(raw, i + 1));
    }
    ret_line->text = trim_back(str_of(raw.p + start, i - start));
    ret_line->offset = start;
    ret_line->cr = false;
    *at = line_end_pass(raw, i, mark, &ret_line->cr);
    return true;
}

/* Whether some LF has no CR before it, or there is no LF at all. */
static bool cr_is_rare(struct str raw)
{
    size_t lines = 0;
    for (size_t i = 0; i < raw.len; i++) {
        if (raw.p[i] != '\n') {
            continue;
        }
        lines++;
        struct str line = trim_back(str_head(raw, i));
        if (line.len == 0 || line.p[line.len - 1] != '\r') {
            return true;
        }
    }
    return lines == 0;
}

enum siplog_mark siplog_line_mark(struct str raw)
{
    if (str_find(raw, STR("^M")) != STR_NPOS) {
        return SIPLOG_CARET;
    }
    return str_chr(raw, '\r') != STR_NPOS && cr_is_rare(raw) ? SIPLOG_CR : SIPLOG_NO_MARK;
}

bool siplog_line_name(struct str text, struct str *ret_name, size_t *ret_value)
{
    struct sip_lex l = lex_of(text);
    struct str name = lex_token(&l);
    if (name.len == 0 || name.len > NAME_MOST || !ascii_alnum(name.p[0]) ||
        ascii_digit(name.p[0]) || !lex_mark(&l, ':')) {
        return false;
    }
    *ret_name = name;
    *ret_value = l.at;
    return true;
}

bool siplog_line_is_uri(struct str text)
{
    static const struct str schemes[] = {
        STR_INIT("sip:"),   STR_INIT("sips:"), STR_INIT("tel:"), STR_INIT("urn:"),
        STR_INIT("https:"), STR_INIT("http:"), STR_INIT("im:"),  STR_INIT("mailto:"),
    };
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (str_istarts(text, schemes[i])) {
            return true;
        }
    }
    return false;
}

bool siplog_line_is_start(struct str text)
{
    return start_is(text);
}

void siplog_out_add(struct siplog_out *o, struct str s)
{
    if (o->cap - o->len < s.len) {
        o->full = true;
        return;
    }
    memcpy(o->p + o->len, s.p, s.len);
    o->len += s.len;
}

static void map_add(struct siplog_map *map, size_t clean, size_t raw)
{
    if (map->n > 0 && map->runs[map->n - 1].clean == clean) {
        map->n--; /* the run before it came to nothing */
    }
    if (map->n < SIPLOG_PIECES) {
        map->runs[map->n].clean = (uint32_t)clean;
        map->runs[map->n].raw = (uint32_t)raw;
        map->n++;
    }
}

/* Length of "<CAPITALS_1>" at the start of `s`, 0 when it is none. */
static size_t placeholder_len(struct str s)
{
    size_t n = 1;
    if (s.len < 3 || s.p[0] != '<' || s.p[1] < 'A' || s.p[1] > 'Z') {
        return 0;
    }
    while (n < s.len &&
           ((s.p[n] >= 'A' && s.p[n] <= 'Z') || ascii_digit(s.p[n]) || s.p[n] == '_')) {
        n++;
    }
    return n < s.len && s.p[n] == '>' ? n + 1 : 0;
}

static void byte_add(struct siplog_out *o, char c)
{
    if (o->full || o->cap - o->len <= END_ROOM) {
        o->full = true;
        return;
    }
    bool control = (unsigned char)c < ' ' || c == 0x7f;
    o->p[o->len++] = control ? '?' : c;
}

/* Bytes at the start of `s` that need no second look. */
static size_t plain_len(struct str s)
{
    size_t n = 0;
    while (n < s.len && s.p[n] >= ' ' && s.p[n] <= '~' && s.p[n] != '<' && s.p[n] != '>') {
        n++;
    }
    return n;
}

/* As many of them as there is room for. */
static size_t plain_add(struct siplog_out *o, struct str s)
{
    size_t room = o->cap - o->len > END_ROOM ? o->cap - o->len - END_ROOM : 0;
    struct str plain = str_head(s, plain_len(s));
    o->full |= plain.len > room;
    plain = str_head(plain, room);
    if (plain.len > 0) {
        memcpy(o->p + o->len, plain.p, plain.len);
        o->len += plain.len;
    }
    return plain.len;
}

void siplog_out_run(struct siplog_out *o, struct siplog_map *map, struct siplog_run run)
{
    size_t i = 0;
    size_t close = STR_NPOS; /* offset of the '>' that is to be left out */
    bool moved = true;       /* raw and clean offsets no longer rise together */
    while (i < run.text.len && !o->full) {
        struct str rest = str_from(run.text, i);
        size_t blank = blank_len(rest);
        if (i == close || (close == STR_NPOS && placeholder_len(rest) > 0)) {
            close = i == close ? STR_NPOS : i + placeholder_len(rest) - 1;
            moved = true;
            i++;
            continue;
        }
        if (moved) {
            map_add(map, o->len, run.raw + i);
            moved = false;
        }
        size_t plain = plain_add(o, rest);
        if (plain > 0) {
            i += plain;
            continue;
        }
        byte_add(o, blank > 0 ? ' ' : run.text.p[i]);
        moved |= blank > 1;
        i += blank > 0 ? blank : 1;
    }
}
