/* Loading line templates and finding the one that a text is of. */
#include "flow/dissect/lines.h"

enum { TAGS_MOST = 64 };

struct tag {
    struct str name;
    struct template_set *set;
};

struct lines {
    struct arena *a;
    struct line **row; /* [LINES_MOST] */
    size_t n;
    struct tag tag[TAGS_MOST];
    size_t n_tags;
    struct template_set *any;
    struct template_set *raw;
    struct tag *voice; /* the two that nearly every record has */
    struct tag *dnsmasq;
    struct str *added; /* [LINES_MOST] names of kinds that files brought */
    size_t n_added;
};

struct lines *lines_new(struct arena *a)
{
    struct lines *l = arena_alloc(a, sizeof *l);
    if (l) {
        l->a = a;
        l->row = arena_alloc(a, LINES_MOST * sizeof(struct line *));
        l->added = arena_alloc(a, LINES_MOST * sizeof *l->added);
        l->any = template_set_new(a);
        l->raw = template_set_new(a);
    }
    return l && l->row && l->added && l->any && l->raw ? l : NULL;
}

size_t lines_count(const struct lines *l)
{
    return l->n;
}

const struct line *lines_row(const struct lines *l, size_t row)
{
    return l->row[row - 1];
}

static bool field_type(void *ctx, struct str name, uint16_t *ret_tag, enum hole_type *ret_type)
{
    static const uint8_t types[FIELDS] = {
#define FIELD(id, text, type, secret) [FIELD_##id] = HOLE_##type,
#include "domain/fact/field.def"
#undef FIELD
    };
    (void)ctx;
    enum field f = field_read(name);
    if (f == FIELDS) {
        return false;
    }
    *ret_tag = (uint16_t)f;
    *ret_type = (enum hole_type)types[f];
    return true;
}

unsigned lines_kind(const struct lines *l, struct str name)
{
    unsigned kind = fact_kind_read(name);
    for (size_t i = 0; i < l->n_added && kind == 0; i++) {
        if (str_eq(l->added[i], name)) {
            kind = FACT_KINDS + (unsigned)i;
        }
    }
    return kind;
}

static struct template_set *set_of(struct lines *l, struct str tag)
{
    if (str_eq(tag, STR("any"))) {
        return l->any;
    }
    if (str_eq(tag, STR("raw"))) {
        return l->raw;
    }
    for (size_t i = 0; i < l->n_tags; i++) {
        if (str_eq(l->tag[i].name, tag)) {
            return l->tag[i].set;
        }
    }
    if (l->n_tags == TAGS_MOST) {
        return NULL;
    }
    struct tag *t = &l->tag[l->n_tags++];
    *t = (struct tag){.name = tag, .set = template_set_new(l->a)};
    if (str_eq(tag, STR("voice"))) {
        l->voice = t;
    } else if (str_eq(tag, STR("dnsmasq"))) {
        l->dnsmasq = t;
    }
    return t->set;
}

/* KIND: a row of fact.def, "-", or a new name. */
static enum err read_kind(struct lines *l, struct conf *c, struct str name, struct line *row)
{
    row->name = name;
    row->kind = FACT_NO_KIND;
    if (str_eq(name, STR("-"))) {
        return ERR_OK;
    }
    unsigned kind = lines_kind(l, name);
    if (kind >= 200 && kind < FACT_KINDS) {
        return conf_fail(c, "the kind %.*s is concluded, no line tells it", STR_ARG(name));
    }
    if (kind == 0) {
        if (str_chr(name, '.') == STR_NPOS || name.len > 40) {
            return conf_fail(
                c, "no kind of fact is called %.*s; a new one needs a dot, as acme.dropped",
                STR_ARG(str_head(name, 60)));
        }
        kind = FACT_KINDS + (unsigned)l->n_added;
        l->added[l->n_added++] = name;
    }
    row->kind = (uint16_t)kind;
    return ERR_OK;
}

static enum err check_fields(struct conf *c, const struct line *row)
{
    if (row->kind == FACT_NO_KIND || row->kind >= FACT_KINDS) {
        return ERR_OK;
    }
    /* SIP messages stand behind the line: its own fields are read from it. */
    for (unsigned i = 0; i < row->t.n; i++) {
        enum field f = (enum field)row->t.hole[i].tag;
        bool sip = row->kind == FACT_SIP_REQUEST || row->kind == FACT_SIP_RESPONSE;
        if (!sip && !fact_carries(row->kind, f) && row->kind != FACT_SRV_LOOKUP &&
            f != FIELD_TEXT && f != FIELD_CODE) {
            return conf_fail(c, "a fact %s has no field %s", fact_row(row->kind)->name,
                             field_name(f));
        }
    }
    return ERR_OK;
}

static enum err read_constants(struct lines *l, struct conf *c, struct line *row)
{
    struct str word;
    enum err e;
    while ((e = conf_word(c, l->a, &word)) == ERR_OK) {
        struct str v = word;
        struct str name = str_cut(&v, '=');
        enum field f = field_read(name);
        if (v.len == 0 || f == FIELDS) {
            return conf_fail(c, "behind the text only field=value can stand, not %.*s",
                             STR_ARG(str_head(word, 60)));
        }
        if (row->n_constants == LINE_CONSTANTS) {
            return conf_fail(c, "a line has at most %d constant fields", LINE_CONSTANTS);
        }
        row->constant[row->n_constants].field = (uint16_t)f;
        row->constant[row->n_constants++].v = v;
    }
    return e == ERR_END ? ERR_OK : e;
}

static enum err add_row(struct lines *l, struct conf *c)
{
    struct str word;
    struct str kind;
    struct str tag;
    struct str text;
    struct err_at at;
    enum err e = conf_word(c, l->a, &word);
    if (e != ERR_OK || c->indented || !str_eq(word, STR("line"))) {
        return conf_fail(c, "a row begins with the word line");
    }
    if (conf_word(c, l->a, &kind) != ERR_OK || conf_word(c, l->a, &tag) != ERR_OK ||
        (e = conf_word(c, l->a, &text)) != ERR_OK) {
        return e == ERR_MALFORMED ? e : conf_fail(c, "a row is: line KIND TAG \"text\"");
    }
    struct line *row = arena_alloc(l->a, sizeof *row);
    if (!row || l->n == LINES_MOST) {
        return conf_fail(c, "more than %d line templates", LINES_MOST);
    }
    row->tag = tag;
    e = template_read(&row->t, text, l->a, field_type, NULL, &at);
    if (e == ERR_MALFORMED) {
        return conf_fail(c, "in the text at byte %zu: %s", at.offset + 1, at.what);
    }
    e = e == ERR_OK ? read_kind(l, c, kind, row) : e;
    e = e == ERR_OK ? check_fields(c, row) : e;
    e = e == ERR_OK ? read_constants(l, c, row) : e;
    if (e != ERR_OK) {
        return e;
    }
    struct template_set *set = set_of(l, tag);
    if (!set) {
        return conf_fail(c, "more than %d different tags", TAGS_MOST);
    }
    l->row[l->n++] = row;
    return template_set_add(set, &row->t, (uint16_t)l->n);
}

enum err lines_add(struct lines *l, struct str file, struct str text, struct conf_error *reterr)
{
    struct conf c;
    conf_init(&c, file, text, reterr);
    for (;;) {
        enum err e = conf_line(&c);
        if (e != ERR_OK) {
            return e == ERR_END ? ERR_OK : e;
        }
        e = add_row(l, &c);
        if (e != ERR_OK) {
            return e;
        }
    }
}

const struct template_set *lines_set(const struct lines *l, struct str tag)
{
    if (tag.len == 0) {
        return l->raw;
    }
    if (l->voice && str_eq(tag, l->voice->name)) {
        return l->voice->set;
    }
    if (l->dnsmasq && str_eq(tag, l->dnsmasq->name)) {
        return l->dnsmasq->set;
    }
    for (size_t i = 0; i < l->n_tags; i++) {
        if (str_eq(tag, l->tag[i].name)) {
            return l->tag[i].set;
        }
    }
    return NULL;
}

size_t lines_match_set(const struct lines *l, const struct template_set *set, struct str text,
                       struct template_match *ret_match)
{
    int row = set ? template_set_match(set, text, ret_match) : -1;
    if (row < 0) {
        row = template_set_match(l->any, text, ret_match);
    }
    return row < 0 ? 0 : (size_t)row;
}

size_t lines_match(const struct lines *l, struct str tag, struct str text,
                   struct template_match *ret_match)
{
    return lines_match_set(l, lines_set(l, tag), text, ret_match);
}
