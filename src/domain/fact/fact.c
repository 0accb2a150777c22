/* Tables of kinds and fields, and access to a fact's fields. */
#include "domain/fact/fact.h"

#include <assert.h>

static const struct fact_row rows[FACT_KINDS] = {
#define FACT(number, id, text, stage, fields) [number] = {text, STAGE_##stage, fields},
#include "domain/fact/fact.def"
#undef FACT
};

static const struct {
    const char *name;
    bool secret;
} fields_table[FIELDS] = {
#define FIELD(id, text, type, secret) [FIELD_##id] = {text, (secret) != 0},
#include "domain/fact/field.def"
#undef FIELD
};

const struct fact_row *fact_row(unsigned kind)
{
    static const struct fact_row none = {NULL, STAGE_NONE, ""};
    return kind < FACT_KINDS ? &rows[kind] : &none;
}

enum fact_kind fact_kind_read(struct str name)
{
    for (unsigned k = 1; k < FACT_KINDS; k++) {
        if (rows[k].name && str_eq(name, str_z(rows[k].name))) {
            return (enum fact_kind)k;
        }
    }
    return FACT_NO_KIND;
}

const char *source_name(enum source s)
{
    static const char *const names[SOURCES] = {"log", "capture", "probe", "journal"};
    return names[s];
}

const char *field_name(enum field f)
{
    return fields_table[f].name;
}

bool field_secret(enum field f)
{
    return fields_table[f].secret;
}

enum field field_read(struct str name)
{
    for (unsigned f = 0; f < FIELDS; f++) {
        if (str_eq(name, str_z(fields_table[f].name))) {
            return (enum field)f;
        }
    }
    return FIELDS;
}

bool fact_carries(unsigned kind, enum field f)
{
    struct str rest = str_z(fact_row(kind)->fields);
    while (rest.len) {
        if (str_eq(str_word(&rest), str_z(fields_table[f].name))) {
            return true;
        }
    }
    return false;
}

void fact_init(struct fact *f, enum fact_kind kind)
{
    f->kind = (uint16_t)kind;
    f->stage = (uint8_t)rows[kind].stage;
    f->flags = 0;
    f->source = SOURCE_LOG;
    f->n = 0;
    f->rule = 0;
    f->seq = 0;
    f->pid = 0;
    f->order = 0;
    f->tod = USEC_NONE;
    f->mono = 0;
    f->place = (struct place){0};
    f->text = str_of(NULL, 0);
}

void fact_like(struct fact *f, enum fact_kind kind, const struct fact *base)
{
    fact_init(f, kind);
    f->flags = base->flags;
    f->source = base->source;
    f->seq = base->seq;
    f->pid = base->pid;
    f->order = base->order;
    f->tod = base->tod;
    f->mono = base->mono;
    f->place = base->place;
    f->text = base->text;
}

void fact_add(struct fact *f, enum field field, struct str v)
{
    if (v.len == 0) {
        return;
    }
    assert(f->n < FACT_FIELDS);
    if (f->n < FACT_FIELDS) {
        f->f[f->n].field = (uint16_t)field;
        f->f[f->n].v = v;
        f->n++;
    }
}

struct str fact_get(const struct fact *f, enum field field)
{
    for (unsigned i = 0; i < f->n; i++) {
        if (f->f[i].field == field) {
            return f->f[i].v;
        }
    }
    return str_of(NULL, 0);
}

int64_t fact_int(const struct fact *f, enum field field, int64_t otherwise)
{
    int64_t n = 0;
    return str_i64(fact_get(f, field), &n) ? n : otherwise;
}

/* Whether `v` stands in `line`. */
static bool stands_in(struct str v, struct str line)
{
    return line.p && v.p >= line.p && v.p + v.len <= line.p + line.len;
}

/* Copies `s` to `*to`, which is moved behind it. */
static struct str put(char **to, struct str s)
{
    char *p = *to;
    if (s.len) {
        memcpy(p, s.p, s.len);
    }
    *to += s.len;
    return str_of(p, s.len);
}

struct fact *fact_copy(struct arena *a, const struct fact *f, size_t text_most)
{
    /* Only the fields in use are kept: there may be very many facts. */
    size_t size = offsetof(struct fact, f) + f->n * sizeof f->f[0];
    struct str text = str_head(f->text, text_most);
    size_t chars = text.len;
    for (unsigned i = 0; i < f->n; i++) {
        chars += stands_in(f->f[i].v, text) ? 0 : f->f[i].v.len;
    }
    struct fact *copy = arena_room(a, size + chars);
    if (!copy) {
        return NULL;
    }
    char *to = (char *)copy + size;
    memcpy(copy, f, offsetof(struct fact, f));
    copy->text = put(&to, text);
    for (unsigned i = 0; i < f->n; i++) {
        struct str v = f->f[i].v;
        copy->f[i].field = f->f[i].field;
        /* A field that stands inside the line is a view into the copy of the line. */
        copy->f[i].v =
            stands_in(v, text) ? str_of(copy->text.p + (v.p - text.p), v.len) : put(&to, v);
    }
    return copy;
}
