/* Compiling, matching and writing one line template. */
#include "proto/text/template.h"

#include <assert.h>

#include "proto/text/match.h"

static enum err wrong(struct err_at *reterr_at, size_t offset, const char *what)
{
    *reterr_at = (struct err_at){.offset = offset, .what = what, .rule = NULL};
    return ERR_MALFORMED;
}

/* Literal text from `from` up to a hole or the end; "{{" becomes one brace. */
static enum err read_literal(struct str text, size_t *at, struct arena *a, struct str *ret_lit)
{
    char *out = arena_alloc(a, text.len - *at + 1);
    size_t n = 0;
    if (!out) {
        return ERR_MEMORY;
    }
    while (*at < text.len) {
        char c = text.p[*at];
        bool brace = c == '{' && *at + 1 < text.len && text.p[*at + 1] == '{';
        if (c == '{' && !brace) {
            break;
        }
        out[n++] = c;
        *at += brace ? 2 : 1;
    }
    *ret_lit = str_of(out, n);
    return ERR_OK;
}

enum err template_read(struct template *t, struct str text, struct arena *a, template_name name,
                       void *ctx, struct err_at *reterr_at)
{
    size_t at = 0;
    *t = (struct template){.n = 0};
    for (;;) {
        enum err e = read_literal(text, &at, a, &t->lit[t->n]);
        if (e != ERR_OK) {
            return e;
        }
        if (at == text.len) {
            return text.len ? ERR_OK : wrong(reterr_at, 0, "the line template is empty");
        }
        if (t->n == TEMPLATE_HOLES) {
            return wrong(reterr_at, at, "a line template has at most 8 holes");
        }
        if (t->n && t->lit[t->n].len == 0) {
            return wrong(reterr_at, at, "two holes need text between them");
        }
        struct str rest = str_from(text, at + 1);
        size_t end = str_chr(rest, '}');
        enum hole_type type = HOLE_WORD;
        if (end == STR_NPOS) {
            return wrong(reterr_at, at, "the closing brace is missing");
        }
        if (!name(ctx, str_head(rest, end), &t->hole[t->n].tag, &type)) {
            return wrong(reterr_at, at, "no field has this name (see docs/facts.md)");
        }
        t->hole[t->n++].type = (uint8_t)type;
        at += end + 2;
    }
}

bool template_redacted(struct str s)
{
    if (s.len == 0) {
        return false;
    }
    if ((s.p[0] == '<' && s.p[s.len - 1] == '>') || (s.p[0] == '[' && s.p[s.len - 1] == ']')) {
        return true;
    }
    size_t run = 0;
    for (size_t i = 0; i < s.len; i++) {
        run = s.p[i] == 'X' || s.p[i] == '*' || s.p[i] == 'x' || s.p[i] == '#' ? run + 1 : 0;
        if (run >= 3) {
            return true;
        }
    }
    return str_eq(s, STR("MAC_ADDRESS")) || str_istarts(s, STR("redacted"));
}

/* Bytes of a bracketed redaction at the head of `s` (it may hold blanks), or 0. */
static size_t bracketed(struct str s)
{
    if (s.len && (s.p[0] == '<' || s.p[0] == '[')) {
        size_t end = str_chr(str_head(s, 48), s.p[0] == '<' ? '>' : ']');
        return end == STR_NPOS ? 0 : end + 1;
    }
    return 0;
}

/* Which holes take a byte: bit t for a hole of type t. Every byte in a hole is looked up.
 * WORD: no blank or tab. HOST: printed ASCII but ' " , ;. ADDR: letters, digits, .:[]*%<>_.
 * MAC: letters, digits, :-.*<>[]_. INT, HEX: digits, and Xx*#_- for redactions. REST: all. */
static const uint8_t takers[256] = {
    0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x40, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41,
    0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41,
    0x40, 0x43, 0x41, 0x73, 0x43, 0x47, 0x43, 0x41, 0x43, 0x43, 0x7f, 0x43, 0x41, 0x7b, 0x4f, 0x43,
    0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x4f, 0x41, 0x4f, 0x43, 0x4f, 0x43,
    0x43, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f,
    0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x7f, 0x4f, 0x4f, 0x4f, 0x43, 0x4f, 0x43, 0x7f,
    0x43, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f,
    0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x7f, 0x4f, 0x4f, 0x43, 0x43, 0x43, 0x43, 0x43,
    0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41,
    0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41,
    0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41,
    0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41,
    0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41,
    0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41,
    0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41,
    0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41,
};

static bool takes(enum hole_type type, char c)
{
    return takers[(unsigned char)c] >> type & 1U;
}

/* The first byte from `at` on that a hole of the type does not take, or that is `stop`. */
static size_t hole_run(enum hole_type type, struct str line, size_t at, char stop)
{
    if (type == HOLE_REST) {
        size_t n = str_chr(str_from(line, at), stop);
        return n == STR_NPOS ? line.len : at + n;
    }
    while (at < line.len && line.p[at] != stop && takes(type, line.p[at])) {
        at++;
    }
    return at;
}

/* The end of hole `i` that begins at `from`: where the text behind it stands. STR_NPOS when the
 * hole cannot end well. *ret_cut: the line ended first. */
static size_t hole_end(const struct template *t, unsigned i, struct str line, size_t from,
                       bool *ret_cut)
{
    enum hole_type type = (enum hole_type)t->hole[i].type;
    struct str next = t->lit[i + 1];
    size_t at = from;
    assert((line.p || !line.len) && (next.p || !next.len));
    *ret_cut = false;
    if (next.len == 0) { /* the last hole, and the last thing of the template */
        if (type == HOLE_REST) {
            return line.len;
        }
        at += bracketed(str_from(line, at));
        while (at < line.len && takes(type, line.p[at])) {
            at++;
        }
        return at > from || type == HOLE_MAC ? at : STR_NPOS;
    }
    size_t skip = type == HOLE_REST ? 0 : bracketed(str_from(line, at));
    if (skip && !str_starts(str_from(line, at), next)) {
        at += skip;
    }
    while ((at = hole_run(type, line, at, next.p[0])) < line.len) {
        struct str rest = str_from(line, at);
        if (next.len == 1 ? rest.p[0] == next.p[0] : str_starts(rest, next)) {
            break;
        }
        if (rest.len < next.len && str_starts(next, rest)) {
            *ret_cut = true;
            break;
        }
        if (!takes(type, rest.p[0])) {
            return STR_NPOS;
        }
        at++;
    }
    *ret_cut = *ret_cut || at == line.len;
    if (at == from && type != HOLE_MAC && type != HOLE_REST && !*ret_cut) {
        return STR_NPOS;
    }
    return at;
}

bool template_match(const struct template *t, struct str line, struct template_match *ret_match)
{
    if (!str_starts(line, t->lit[0])) {
        ret_match->cut = false;
        if (line.len < 8 || line.len >= t->lit[0].len || !str_starts(t->lit[0], line)) {
            return false;
        }
        ret_match->cut = true;
        for (unsigned i = 0; i < t->n; i++) {
            ret_match->hole[i] = str_of(line.p + line.len, 0);
        }
        ret_match->len = line.len;
        return true;
    }
    return template_match_holes(t, line, ret_match);
}

bool template_match_holes(const struct template *t, struct str line,
                          struct template_match *ret_match)
{
    size_t at = t->lit[0].len;
    ret_match->cut = false;
    for (unsigned i = 0; i < t->n; i++) {
        if (ret_match->cut) {
            ret_match->hole[i] = str_of(line.p + line.len, 0);
            continue;
        }
        bool cut = false;
        size_t end = hole_end(t, i, line, at, &cut);
        if (end == STR_NPOS || (cut && t->lit[0].len == 0)) {
            return false;
        }
        ret_match->hole[i] = str_of(line.p + at, end - at);
        ret_match->cut = cut;
        at = cut ? line.len : end + t->lit[i + 1].len;
    }
    ret_match->len = at;
    return true;
}

void template_write(const struct template *t, const struct str *values, struct sink *out)
{
    for (unsigned i = 0; i < t->n; i++) {
        sink_str(out, t->lit[i]);
        sink_str(out, values[i]);
    }
    sink_str(out, t->lit[t->n]);
}
