/* Rules: cut into alternatives, the first that holds is done. */
#include "domain/rule/rule.h"

#include "domain/rule/inside.h"

/* -- what all files here use */

enum err reading_fail(struct reading *r, const char *where, const char *what)
{
    size_t offset = where >= r->all.p && where <= r->all.p + r->all.len ? (size_t)(where - r->all.p)
                                                                        : r->all.len;
    *r->at = (struct err_at){.offset = offset, .what = what, .rule = RULE_GUIDE};
    return ERR_MALFORMED;
}

void reading_step(const struct reading *r, struct rule_step s)
{
    if (r->cfg->step) {
        s.alternative = r->alternative;
        r->cfg->step(r->cfg->step_ctx, &s);
    }
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void reading_blank(struct reading *r)
{
    while (r->rest.len && is_blank(r->rest.p[0])) {
        r->rest = str_from(r->rest, 1);
    }
}

/* U+201C and U+201D, which stand in place of '"' where a rule was copied from a document. */
#define CURLY_OPEN STR("\xe2\x80\x9c")
#define CURLY_CLOSE STR("\xe2\x80\x9d")

bool reading_quoted(struct reading *r, struct str *ret, bool *ret_whole)
{
    bool curly = str_starts(r->rest, CURLY_OPEN) || str_starts(r->rest, CURLY_CLOSE);
    if (!curly && (r->rest.len == 0 || r->rest.p[0] != '"')) {
        return false;
    }
    size_t mark = curly ? 3 : 1;
    struct str inner = str_from(r->rest, mark);
    size_t end = curly ? str_find(inner, CURLY_CLOSE) : str_chr(inner, '"');
    *ret_whole = end != STR_NPOS;
    *ret = str_head(inner, *ret_whole ? end : inner.len);
    r->rest = str_from(inner, *ret_whole ? end + mark : inner.len);
    if (curly) {
        reading_step(r, (struct rule_step){.kind = RULE_STEP_NOTE,
                                           .text = STR("curly quotation marks: phones take only "
                                                       "straight ones")});
    }
    return true;
}

enum err reading_expand(struct reading *r, struct str text, bool secret, struct str *ret)
{
    enum err e = rule_expand(text, &r->cfg->values, secret, r->arena, ret);
    if (e == ERR_LIMIT) {
        (void)reading_fail(r, text.p, "is too long once its macros are expanded");
    }
    return e;
}

/* -- alternatives */

/* The first '|' outside of quotation marks, parentheses and brackets. */
static size_t alternative_end(struct str s)
{
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.p[i];
        quoted = quoted != (c == '"');
        if (quoted) {
            continue;
        }
        depth += c == '(' || c == '[' ? 1 : c == ')' || c == ']' ? -1 : 0;
        if (c == '|' && depth <= 0) {
            return i;
        }
    }
    return s.len;
}

/* "( ... )" at the start of the rest, and the mark behind it; moves behind that. 0: there is none. */
static char parenthesis(struct reading *r, struct str *ret_inner)
{
    int depth = 0;
    bool quoted = false;
    reading_blank(r);
    if (r->rest.len == 0 || r->rest.p[0] != '(') {
        return 0;
    }
    for (size_t i = 0; i < r->rest.len; i++) {
        char c = r->rest.p[i];
        quoted = quoted != (c == '"');
        depth += quoted ? 0 : c == '(' ? 1 : c == ')' ? -1 : 0;
        if (depth == 0 && !quoted) {
            *ret_inner = str_of(r->rest.p + 1, i - 1);
            r->rest = str_from(r->rest, i + 1);
            reading_blank(r);
            char mark = r->rest.len ? r->rest.p[0] : ' ';
            r->rest = mark == '?' || mark == '!' ? str_from(r->rest, 1) : r->rest;
            return mark;
        }
    }
    *ret_inner = r->rest;
    return ' ';
}

/* -- assignments */

static bool is_name_byte(char c)
{
    return ascii_alnum(c) || c == '_' || c == '-' || c == '.';
}

static enum err read_name(struct reading *r, struct str *ret)
{
    static const char letters[] = "ABCDEFGHIJKLMNOP";
    size_t n = 0;
    while (n < r->rest.len && is_name_byte(r->rest.p[n])) {
        n++;
    }
    struct str name = str_head(r->rest, n);
    if (n == 0) {
        return reading_fail(r, r->rest.p, "the name of a parameter is missing");
    }
    r->rest = str_from(r->rest, n);
    if (n == 1 && name.p[0] >= 'a' && name.p[0] <= 'p') {
        char *room = arena_alloc(r->arena, 8);
        if (!room) {
            return ERR_MEMORY;
        }
        memcpy(room, "GPP_", 4);
        room[4] = letters[name.p[0] - 'a'];
        name = str_of(room, 5);
    }
    *ret = name;
    return ERR_OK;
}

static enum err assignment(struct reading *r)
{
    struct rule_assign *to = &r->to->assign[r->to->n_assigns];
    struct str written;
    bool whole = true;
    if (r->to->n_assigns == RULE_ASSIGNS) {
        return reading_fail(r, r->rest.p, "too many assignments");
    }
    enum err e = read_name(r, &to->name);
    if (e != ERR_OK) {
        return e;
    }
    reading_blank(r);
    if (r->rest.len == 0 || r->rest.p[0] != '=') {
        return reading_fail(r, r->rest.p, "\"=\" is missing behind the parameter's name");
    }
    r->rest = str_from(r->rest, 1);
    reading_blank(r);
    if (!reading_quoted(r, &written, &whole) || !whole) {
        return reading_fail(r, r->rest.p, "a value in quotation marks is missing");
    }
    e = reading_expand(r, written, false, &to->value);
    if (e == ERR_OK) {
        r->to->n_assigns++;
        reading_step(r, (struct rule_step){
                            .kind = RULE_STEP_ASSIGNED, .left = to->name, .right = to->value});
    }
    return e;
}

static enum err assignments(struct reading *r, struct str inner)
{
    struct str behind = r->rest;
    enum err e = ERR_OK;
    r->rest = inner;
    reading_blank(r);
    while (e == ERR_OK && r->rest.len) {
        e = assignment(r);
        reading_blank(r);
        if (e == ERR_OK && r->rest.len && r->rest.p[0] != ';') {
            e = reading_fail(r, r->rest.p, "\";\" is missing between assignments");
        }
        r->rest = str_from(r->rest, 1);
        reading_blank(r);
    }
    r->rest = behind;
    return e;
}

/* -- one alternative */

/* *ret_holds: whether its condition does; only then the rest of it is done. */
static enum err alternative(struct reading *r, bool last, bool *ret_holds)
{
    struct str inner = {0};
    const char *from = r->rest.p;
    char mark = parenthesis(r, &inner);
    enum err e = ERR_OK;
    *ret_holds = true;
    if (mark == '?') {
        e = rule_condition(r, inner, ret_holds);
        if (e != ERR_OK || !*ret_holds) {
            return e;
        }
        mark = parenthesis(r, &inner);
    } else if (!last) {
        return reading_fail(r, from,
                            "only the last alternative may be without a condition: what "
                            "follows would never be reached");
    }
    if (mark == '!') {
        e = assignments(r, inner);
    } else if (mark) {
        return reading_fail(r, from,
                            "behind \"(...)\" stands \"?\" for a condition, or \"!\" for "
                            "assignments");
    }
    return e == ERR_OK ? rule_target(r) : e;
}

static enum err rule_all(struct reading *r)
{
    struct str rest = r->all;
    for (r->alternative = 0;; r->alternative++) {
        bool holds = false;
        size_t end = alternative_end(rest);
        bool last = end == rest.len;
        if (r->alternative == RULE_ALTERNATIVES) {
            return reading_fail(r, rest.p, "too many alternatives");
        }
        r->rest = str_head(rest, end);
        enum err e = alternative(r, last, &holds);
        if (e != ERR_OK) {
            return e;
        }
        if (holds) {
            r->to->chosen = true;
            r->to->alternative = r->alternative;
            return ERR_OK;
        }
        if (last) {
            return ERR_OK;
        }
        rest = str_from(rest, end + 1);
    }
}

enum err rule_eval(struct str rule, const struct rule_cfg *cfg, struct arena *a,
                   struct rule_result *ret, struct err_at *reterr_at)
{
    struct reading r = {.all = str_trim(rule), .cfg = cfg, .arena = a, .to = ret, .at = reterr_at};
    *ret = (struct rule_result){.chosen = false};
    *reterr_at = (struct err_at){.offset = 0};
    if (rule.len > RULE_MOST) {
        (void)reading_fail(&r, r.all.p, "is longer than 4096 bytes");
        return ERR_LIMIT;
    }
    enum err e = ERR_OK;
    if (r.all.len == 0) {
        return ERR_OK;
    }
    if (cfg->kind == RULE_TRIGGER) {
        e = rule_condition(&r, r.all, &ret->chosen);
    } else if (cfg->kind == RULE_REPORT) {
        r.rest = r.all;
        e = rule_target(&r);
        ret->chosen = e == ERR_OK;
    } else {
        e = rule_all(&r);
    }
    reterr_at->offset += e != ERR_OK && r.all.len ? (size_t)(r.all.p - rule.p) : 0;
    return e;
}

bool rule_report_next(struct str *rest, struct str *ret_rule)
{
    bool quoted = false, options = false;
    size_t i = 0;
    *rest = str_trim(*rest);
    for (; i < rest->len; i++) {
        char c = rest->p[i];
        quoted = quoted != (c == '"');
        options = !quoted && (c == '[' || (options && c != ']'));
        if (!quoted && !options && is_blank(c)) {
            /* A blank between options and their URL does not end a rule. */
            struct str head = str_trim(str_head(*rest, i));
            if (!str_ends(head, STR("]"))) {
                break;
            }
        }
    }
    *ret_rule = str_head(*rest, i);
    *rest = str_from(*rest, i);
    return ret_rule->len > 0;
}

enum rule_http rule_http_class(unsigned status)
{
    if (status >= 200 && status < 300) {
        return RULE_HTTP_OK;
    }
    switch (status) {
    case 301:
    case 302:
        return RULE_HTTP_REDIRECT;
    case 401:
    case 407:
        return RULE_HTTP_LOGIN;
    case 404:
        return RULE_HTTP_MISSING;
    default:
        return RULE_HTTP_FAILED;
    }
}
