/* Tags, texts, references. XML 1.0 (fifth edition) 2.1, 2.5, 3.1, 4.1, 4.6. */
#include "proto/flat/flat.h"

enum { REFERENCE_MOST = 10 };

static enum err wrong(struct err_at *at, size_t offset, const char *what)
{
    *at = (struct err_at){.offset = offset, .what = what, .rule = "XML 1.0"};
    return ERR_MALFORMED;
}

static bool name_byte(char c, bool first)
{
    return c == '_' || (first ? ascii_alnum(c) && !ascii_digit(c)
                              : ascii_alnum(c) || c == '-' || c == '.' || c == ':');
}

/* Where `mark` ends, from `at` on; 0: nowhere. */
static size_t behind(struct str s, size_t at, struct str mark)
{
    size_t i = str_find(str_from(s, at), mark);
    return i == STR_NPOS ? 0 : at + i + mark.len;
}

/* The '>' of the tag at `at`: one within quotes is none. 0: nowhere. */
static size_t tag_end(struct str s, size_t at)
{
    char quote = 0;
    for (size_t i = at; i < s.len; i++) {
        char c = s.p[i];
        if (quote) {
            quote = c == quote ? 0 : quote;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '>') {
            return i;
        }
    }
    return 0;
}

/* -- references */

static size_t put_utf8(uint64_t cp, char *to)
{
    if (cp < 0x80) {
        to[0] = (char)cp;
        return 1;
    }
    size_t n = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    static const unsigned char head[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n; i > 1; i--) {
        to[i - 1] = (char)(0x80 | (cp & 0x3f));
        cp >>= 6;
    }
    to[0] = (char)(head[n] | cp);
    return n;
}

/* "amp", "#39", "#x27": how many bytes it makes; 0: not known. */
static size_t reference(struct str name, char to[4])
{
    static const struct {
        struct str name;
        char c;
    } known[] = {{STR_INIT("amp"), '&'},
                 {STR_INIT("lt"), '<'},
                 {STR_INIT("gt"), '>'},
                 {STR_INIT("quot"), '"'},
                 {STR_INIT("apos"), '\''}};
    uint64_t cp = 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (str_eq(name, known[i].name)) {
            to[0] = known[i].c;
            return 1;
        }
    }
    bool hex = str_starts(name, STR("#x"));
    bool number = hex ? str_hex64(str_from(name, 2), &cp)
                      : str_starts(name, STR("#")) && str_u64(str_from(name, 1), &cp);
    bool surrogate = cp >= 0xd800 && cp < 0xe000;
    return number && cp > 0 && cp < 0x110000 && !surrogate ? put_utf8(cp, to) : 0;
}

static enum err resolve(struct str text, size_t offset, char *room, size_t cap, struct str *ret,
                        struct err_at *at)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        char one[4] = {text.p[i]};
        size_t len = 1;
        if (text.p[i] == '&') {
            struct str rest = str_head(str_from(text, i + 1), REFERENCE_MOST);
            size_t end = str_chr(rest, ';');
            len = end == STR_NPOS ? 0 : reference(str_head(rest, end), one);
            if (len == 0) {
                return wrong(at, offset + i, "a reference that is not known");
            }
            i += end + 1;
        } else if (text.p[i] == 0) {
            return wrong(at, offset + i, "a byte 0");
        }
        if (len > cap - n) {
            return ERR_LIMIT;
        }
        memcpy(room + n, one, len);
        n += len;
    }
    *ret = str_of(room, n);
    return ERR_OK;
}

/* -- elements */

/* What is no element, at '<': where it ends. 0: it does not. */
static enum err pass_over(struct str s, size_t at, size_t *ret_end, struct err_at *reterr_at)
{
    struct str tag = str_from(s, at);
    if (str_starts(tag, STR("<?"))) {
        *ret_end = behind(s, at, STR("?>"));
    } else if (str_starts(tag, STR("<!--"))) {
        *ret_end = behind(s, at, STR("-->"));
    } else if (str_starts(tag, STR("</"))) {
        *ret_end = behind(s, at, STR(">"));
    } else {
        return wrong(reterr_at, at, "a document type, or a section");
    }
    return *ret_end ? ERR_OK : ERR_MORE;
}

/* The element at `at`: its name and, where it holds text only, that. *ret_leaf false: others are in it. */
static enum err element(struct str s, size_t at, struct str *ret_name, struct str *ret_text,
                        size_t *ret_end, bool *ret_leaf)
{
    size_t n = at + 1, end = tag_end(s, at);
    while (n < s.len && name_byte(s.p[n], n == at + 1)) {
        n++;
    }
    if (end == 0) {
        return ERR_MORE;
    }
    *ret_name = str_of(s.p + at + 1, n - at - 1);
    *ret_text = STR("");
    *ret_leaf = true;
    *ret_end = end + 1;
    if (s.p[end - 1] == '/') {
        return ERR_OK;
    }
    size_t close = str_chr(str_from(s, end + 1), '<');
    if (close == STR_NPOS) {
        return ERR_MORE;
    }
    *ret_text = str_of(s.p + end + 1, close);
    *ret_leaf = str_starts(str_from(s, end + 1 + close), STR("</"));
    *ret_end = end + 1 + close;
    return ERR_OK;
}

enum err flat_next(struct str *rest, char *room, size_t cap, struct str *ret_name,
                   struct str *ret_value, struct err_at *reterr_at)
{
    const struct str s = *rest;
    size_t at = 0;
    for (;;) {
        size_t open = str_chr(str_from(s, at), '<'), end = 0;
        struct str name = {0}, text = {0};
        bool leaf = false;
        if (open == STR_NPOS) {
            *rest = str_from(s, s.len);
            return ERR_END;
        }
        at += open;
        bool is_element = at + 1 < s.len && name_byte(s.p[at + 1], true);
        enum err e = is_element ? element(s, at, &name, &text, &end, &leaf)
                                : pass_over(s, at, &end, reterr_at);
        if (e != ERR_OK) {
            return e;
        }
        if (leaf) {
            e = resolve(text, at, room, cap, ret_value, reterr_at);
            *rest = str_from(s, end);
            *ret_name = name;
            return e;
        }
        at = end;
    }
}
