/* Reading rule rows, and whether a fact is of a pattern. */
#include "domain/diagnosis/rules.h"

const char *level_name(enum level l)
{
    static const char *const names[LEVELS] = {"info", "warning", "error"};
    return names[l];
}

const char *evidence_class_name(enum evidence_class c)
{
    static const char *const names[CLASSES] = {"assumed", "shape", "seen"};
    return names[c];
}

const struct rule *rules_find(const struct rules *r, struct str id)
{
    for (const struct rule *u = r->first; u; u = u->next) {
        if (str_eq(u->id, id)) {
            return u;
        }
    }
    return NULL;
}

/* Nothing may stand behind what was read of the line. */
static enum err at_end(struct conf *c)
{
    struct str rest = str_trim(c->text);
    return rest.len == 0
               ? ERR_OK
               : conf_fail(c, "%.*s stands where the line should end", STR_ARG(str_head(rest, 60)));
}

/* Two to four capital letters or digits, the first a letter; a hyphen; two digits. */
static bool is_id(struct str s)
{
    size_t dash = str_chr(s, '-');
    if (dash == STR_NPOS || dash < 2 || dash > 4 || s.len != dash + 3) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        bool digit = ascii_digit(s.p[i]);
        bool capital = s.p[i] >= 'A' && s.p[i] <= 'Z';
        bool ok = i < dash ? capital || (digit && i > 0) : i == dash || digit;
        if (!ok) {
            return false;
        }
    }
    return true;
}

static enum err read_condition(struct conf *c, struct str word, struct condition *ret)
{
    static const struct {
        const char *text;
        enum operator op;
    } ops[] = {
        {"!=", OP_IS_NOT}, {"=", OP_IS}, {"~", OP_CONTAINS}, {"<", OP_BELOW}, {">", OP_ABOVE}};
    struct str name = word;
    *ret = (struct condition){.op = OP_THERE};
    if (word.len && word.p[0] == '!') {
        ret->op = OP_ABSENT;
        name = str_from(word, 1);
    } else {
        for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
            size_t at = str_find(word, str_z(ops[i].text));
            if (at != STR_NPOS) {
                name = str_head(word, at);
                ret->op = (uint8_t)ops[i].op;
                ret->v = str_from(word, at + strlen(ops[i].text));
                break;
            }
        }
    }
    enum field f = field_read(name);
    if (f == FIELDS) {
        return conf_fail(c, "no field is called %.*s (see docs/facts.md)",
                         STR_ARG(str_head(name, 60)));
    }
    if (ret->op != OP_THERE && ret->op != OP_ABSENT && ret->v.len == 0) {
        return conf_fail(c, "a value is missing behind %.*s", STR_ARG(str_head(word, 60)));
    }
    ret->field = (uint16_t)f;
    return ERR_OK;
}

/* `reason~"two words"`: the quoted part is a word of its own for the reader of lines. */
static enum err next_condition(struct conf *c, struct arena *a, struct str *ret_word)
{
    c->text = str_trim(c->text);
    size_t quote = str_chr(c->text, '"');
    size_t blank = str_chr(c->text, ' ');
    if (quote == STR_NPOS || quote == 0 || blank < quote) {
        return conf_word(c, a, ret_word);
    }
    struct str head = str_head(c->text, quote);
    struct str inside;
    c->text = str_from(c->text, quote);
    enum err e = conf_word(c, a, &inside);
    char *p = e == ERR_OK ? arena_alloc(a, head.len + inside.len + 1) : NULL;
    if (e != ERR_OK || !p) {
        return e != ERR_OK ? e : ERR_MEMORY;
    }
    memcpy(p, head.p, head.len);
    if (inside.len) {
        memcpy(p + head.len, inside.p, inside.len);
    }
    *ret_word = str_of(p, head.len + inside.len);
    return ERR_OK;
}

static enum err read_pattern(struct rules *r, struct conf *c, struct pattern *ret)
{
    struct str word;
    enum err e = conf_word(c, r->arena, &word);
    if (e != ERR_OK) {
        return e == ERR_END ? conf_fail(c, "the kind of fact is missing") : e;
    }
    unsigned kind = fact_kind_read(word);
    if (kind == 0 && r->added_kind) {
        kind = r->added_kind(r->ctx, word);
    }
    if (kind == 0) {
        return conf_fail(c, "no kind of fact and no line template is called %.*s",
                         STR_ARG(str_head(word, 60)));
    }
    *ret = (struct pattern){.kind = (uint16_t)kind};
    while ((e = next_condition(c, r->arena, &word)) == ERR_OK) {
        if (ret->n == CONDITIONS_MOST) {
            return conf_fail(c, "more than %d conditions", CONDITIONS_MOST);
        }
        e = read_condition(c, word, &ret->c[ret->n++]);
        if (e != ERR_OK) {
            return e;
        }
        enum field f = (enum field)ret->c[ret->n - 1].field;
        if (kind < FACT_KINDS && !fact_carries(kind, f)) {
            return conf_fail(c, "a fact %s has no field %s", fact_row(kind)->name, field_name(f));
        }
    }
    return e == ERR_END ? ERR_OK : e;
}

static enum err add_pattern(struct rules *r, struct conf *c, struct pattern *list, uint8_t *n,
                            int most)
{
    if (*n == most) {
        return conf_fail(c, "more than %d lines of this kind in one rule", most);
    }
    enum err e = read_pattern(r, c, &list[*n]);
    *n = (uint8_t)(*n + (e == ERR_OK));
    return e;
}

static enum err read_level(struct conf *c, struct str v, struct rule *u)
{
    for (int l = 0; l < LEVELS; l++) {
        if (str_eq(v, str_z(level_name((enum level)l)))) {
            u->level = (enum level)l;
            return ERR_OK;
        }
    }
    return conf_fail(c, "a level is error, warning or info, not %.*s", STR_ARG(str_head(v, 40)));
}

static enum err read_class(struct conf *c, struct str v, struct rule *u)
{
    for (int l = 0; l < CLASSES; l++) {
        if (str_eq(v, str_z(evidence_class_name((enum evidence_class)l)))) {
            u->class = (enum evidence_class)l;
            return ERR_OK;
        }
    }
    return conf_fail(c, "a class is seen, shape or assumed, not %.*s", STR_ARG(str_head(v, 40)));
}

static enum err read_actor(struct conf *c, struct str v, struct rule *u)
{
    static const char *const actors[] = {"lan", "hub", "provider", "service", "support", "user"};
    for (size_t i = 0; i < sizeof actors / sizeof *actors; i++) {
        if (str_eq(v, str_z(actors[i]))) {
            u->actor = str_z(actors[i]);
            return ERR_OK;
        }
    }
    return conf_fail(c, "an actor is lan, hub, provider, service, support or user, not %.*s",
                     STR_ARG(str_head(v, 40)));
}

static enum err read_excludes(struct rules *r, struct conf *c, struct rule *u)
{
    struct str id;
    struct str reason;
    if (conf_word(c, r->arena, &id) != ERR_OK || conf_word(c, r->arena, &reason) != ERR_OK ||
        !is_id(id)) {
        return conf_fail(c, "a row is: excludes ID REASON");
    }
    if (u->n_excludes == EXCLUDES_MOST) {
        return conf_fail(c, "more than %d excludes", EXCLUDES_MOST);
    }
    u->excludes[u->n_excludes].id = id;
    u->excludes[u->n_excludes++].reason = reason;
    return at_end(c);
}

static enum err read_row(struct rules *r, struct conf *c, struct rule *u, struct str key)
{
    struct str v = str_trim(c->text);
    if (str_eq(key, STR("when"))) {
        return add_pattern(r, c, u->when, &u->n_when, WHEN_MOST);
    }
    if (str_eq(key, STR("with"))) {
        return add_pattern(r, c, u->with, &u->n_with, WITH_MOST);
    }
    if (str_eq(key, STR("unless"))) {
        return add_pattern(r, c, u->unless, &u->n_unless, UNLESS_MOST);
    }
    if (str_eq(key, STR("excludes"))) {
        return read_excludes(r, c, u);
    }
    if (str_eq(key, STR("level"))) {
        return read_level(c, v, u);
    }
    if (str_eq(key, STR("class"))) {
        return read_class(c, v, u);
    }
    if (str_eq(key, STR("actor"))) {
        return read_actor(c, v, u);
    }
    if (str_eq(key, STR("fallback"))) {
        u->fallback = true;
        return at_end(c);
    }
    return conf_fail(c, "no row of a rule begins with %.*s", STR_ARG(str_head(key, 40)));
}

static enum err begin(struct rules *r, struct conf *c, struct rule **ret_u)
{
    struct str id;
    if (conf_word(c, r->arena, &id) != ERR_OK || !is_id(id)) {
        return conf_fail(c, "an id is two to four capital letters, a hyphen and two digits: AB-01");
    }
    struct rule *u = NULL;
    for (u = r->first; u && !str_eq(u->id, id); u = u->next) {
    }
    if (u) {
        struct rule *next = u->next;
        *u = (struct rule){.next = next};
    } else {
        u = arena_alloc(r->arena, sizeof *u);
        if (!u) {
            return ERR_MEMORY;
        }
        *(r->last ? &r->last->next : &r->first) = u;
        r->last = u;
        r->n++;
    }
    u->id = id;
    u->actor = STR("support");
    *ret_u = u;
    return at_end(c);
}

enum err rules_add(struct rules *r, struct str file, struct str text, struct conf_error *reterr)
{
    struct conf c;
    struct rule *u = NULL;
    struct str key;
    enum err e;
    conf_init(&c, file, text, reterr);
    while ((e = conf_line(&c)) == ERR_OK) {
        e = conf_word(&c, r->arena, &key);
        bool head = !c.indented && e == ERR_OK && str_eq(key, STR("finding"));
        if (e == ERR_OK && (head || !u || !c.indented)) {
            if (u && u->n_when == 0) {
                return conf_fail(&c, "the rule above, %.*s, has no line \"when\"", STR_ARG(u->id));
            }
            e = head ? begin(r, &c, &u) : conf_fail(&c, "a rule begins with: finding ID");
        } else if (e == ERR_OK) {
            e = read_row(r, &c, u, key);
        }
        if (e != ERR_OK) {
            return e;
        }
    }
    if (e == ERR_END && u && u->n_when == 0) {
        return conf_fail(&c, "the rule %.*s has no line \"when\"", STR_ARG(u->id));
    }
    return e == ERR_END ? ERR_OK : e;
}

/* '?' is any one byte, '*' at the end any rest. */
static bool glob(struct str pattern, struct str s)
{
    if (pattern.len && pattern.p[pattern.len - 1] == '*') {
        pattern.len--;
        s = str_head(s, pattern.len);
    }
    if (pattern.len != s.len) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        if (pattern.p[i] != '?' && pattern.p[i] != s.p[i]) {
            return false;
        }
    }
    return true;
}

static bool any_of(struct str list, struct str s)
{
    while (list.len) {
        if (glob(str_cut(&list, ','), s)) {
            return true;
        }
    }
    return false;
}

/* The right side of < and >: a number, or the name of another field. */
static bool compare(const struct condition *c, const struct fact *f, struct str v)
{
    int64_t a = 0;
    int64_t b = 0;
    enum field other = field_read(c->v);
    if (!str_i64(v, &a) || !str_i64(other == FIELDS ? c->v : fact_get(f, other), &b)) {
        return false;
    }
    return c->op == OP_BELOW ? a < b : a > b;
}

static bool condition_holds(const struct condition *c, const struct fact *f)
{
    struct str v = fact_get(f, (enum field)c->field);
    switch ((enum operator)c->op) {
    case OP_IS:
        return v.len && any_of(c->v, v);
    case OP_IS_NOT:
        return !any_of(c->v, v);
    case OP_CONTAINS:
        return v.len && str_ifind(v, c->v) != STR_NPOS;
    case OP_BELOW:
    case OP_ABOVE:
        return compare(c, f, v);
    case OP_THERE:
        return v.len != 0;
    case OP_ABSENT:
        return v.len == 0;
    }
    return false;
}

bool pattern_holds(const struct pattern *p, const struct fact *f)
{
    if (p->kind != f->kind) {
        return false;
    }
    for (unsigned i = 0; i < p->n; i++) {
        if (!condition_holds(&p->c[i], f)) {
            return false;
        }
    }
    return true;
}
