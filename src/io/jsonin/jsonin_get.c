/* The questions. */
#include <jansson.h>
#include <stdio.h>

#include "io/jsonin/jsonin.h"

static void bad(struct jsonin_object *o, const char *name, const char *detail)
{
    jsonin_refuse(o, name, detail);
}

/* The member `name`, noted as asked for; NULL: it is not there, or null (*ret_had says which), or a fault. */
static json_t *member(struct jsonin_object *o, const char *name, unsigned how,
                      enum jsonin_had *ret_had)
{
    *ret_had = JSONIN_ABSENT;
    if (!jsonin_fine(o->doc)) {
        return NULL;
    }
    if (o->n_asked < JSONIN_MEMBERS) {
        o->asked[o->n_asked++] = name;
    }
    json_t *v = json_object_get(o->at, name);
    if (!v) {
        if (how & JSONIN_NEEDED) {
            bad(o, name, "is missing");
        }
        return NULL;
    }
    if (json_is_null(v)) {
        if (how & JSONIN_NULL) {
            *ret_had = JSONIN_NOTHING;
        } else {
            bad(o, name, "must not be null");
        }
        return NULL;
    }
    *ret_had = JSONIN_GIVEN;
    return v;
}

static enum jsonin_had wrong(struct jsonin_object *o, const char *name, const char *detail)
{
    bad(o, name, detail);
    return JSONIN_ABSENT;
}

static bool has_control(struct str s, bool lines)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool line = c == '\n' || c == '\r' || c == '\t';
        if ((c < ' ' && !(lines && line)) || c == 0x7f) {
            return true;
        }
    }
    return false;
}

enum jsonin_had jsonin_str(struct jsonin_object *o, const char *name, unsigned how, size_t least,
                           size_t most, struct str *ret)
{
    char detail[JSONIN_DETAIL];
    enum jsonin_had had;
    json_t *v = member(o, name, how, &had);
    if (!v) {
        return had;
    }
    if (!json_is_string(v)) {
        return wrong(o, name, "must be a text");
    }
    struct str s = str_of(json_string_value(v), json_string_length(v));
    if (s.len < least || s.len > most) {
        (void)snprintf(detail, sizeof detail, "must have %zu to %zu bytes", least, most);
        return wrong(o, name, s.len == 0 ? "must not be empty" : detail);
    }
    if (has_control(s, how & JSONIN_LINES)) {
        return wrong(o, name, "must not contain control characters");
    }
    *ret = s;
    return had;
}

enum jsonin_had jsonin_int(struct jsonin_object *o, const char *name, unsigned how, int64_t least,
                           int64_t most, int64_t *ret)
{
    char detail[JSONIN_DETAIL];
    enum jsonin_had had;
    json_t *v = member(o, name, how, &had);
    if (!v) {
        return had;
    }
    if (!json_is_integer(v) || json_integer_value(v) < least || json_integer_value(v) > most) {
        (void)snprintf(detail, sizeof detail, "must be a whole number from %lld to %lld",
                       (long long)least, (long long)most);
        return wrong(o, name, detail);
    }
    *ret = json_integer_value(v);
    return had;
}

enum jsonin_had jsonin_bool(struct jsonin_object *o, const char *name, unsigned how, bool *ret)
{
    enum jsonin_had had;
    json_t *v = member(o, name, how, &had);
    if (!v) {
        return had;
    }
    if (!json_is_boolean(v)) {
        return wrong(o, name, "must be true or false");
    }
    *ret = json_is_true(v);
    return had;
}

enum jsonin_had jsonin_id(struct jsonin_object *o, const char *name, unsigned how, uint64_t *ret)
{
    enum jsonin_had had;
    uint64_t id = 0;
    json_t *v = member(o, name, how, &had);
    if (!v) {
        return had;
    }
    struct str s = str_of(json_string_value(v), json_string_length(v));
    if (!json_is_string(v) || !str_u64(s, &id) || id == 0 || id > INT64_MAX || s.p[0] == '0') {
        return wrong(o, name, "must be an id: a decimal number as a text");
    }
    *ret = id;
    return had;
}

enum jsonin_had jsonin_word(struct jsonin_object *o, const char *name, unsigned how,
                            const char *const *words, unsigned *ret)
{
    char detail[JSONIN_DETAIL] = "must be one of";
    enum jsonin_had had;
    json_t *v = member(o, name, how, &had);
    if (!v) {
        return had;
    }
    struct str s = str_of(json_string_value(v), json_string_length(v));
    for (unsigned i = 0; words[i]; i++) {
        if (json_is_string(v) && str_eq(s, str_z(words[i]))) {
            *ret = i;
            return had;
        }
        size_t len = strlen(detail);
        (void)snprintf(detail + len, sizeof detail - len, "%s %s", i ? "," : "", words[i]);
    }
    return wrong(o, name, detail);
}

enum jsonin_had jsonin_object(struct jsonin_object *o, const char *name, unsigned how,
                              struct jsonin_object *ret)
{
    enum jsonin_had had;
    json_t *v = member(o, name, how, &had);
    if (!v) {
        return had;
    }
    if (!json_is_object(v)) {
        return wrong(o, name, "must be an object");
    }
    *ret = (struct jsonin_object){.doc = o->doc, .at = v};
    (void)snprintf(ret->path, sizeof ret->path, "%.60s%.30s.", o->path, name);
    return had;
}

enum jsonin_had jsonin_list(struct jsonin_object *o, const char *name, unsigned how, size_t least,
                            size_t most, struct jsonin_list *ret)
{
    char detail[JSONIN_DETAIL];
    enum jsonin_had had;
    json_t *v = member(o, name, how, &had);
    if (!v) {
        return had;
    }
    if (!json_is_array(v)) {
        return wrong(o, name, "must be a list");
    }
    if (json_array_size(v) < least || json_array_size(v) > most) {
        (void)snprintf(detail, sizeof detail, "must have %zu to %zu items", least, most);
        return wrong(o, name, detail);
    }
    *ret = (struct jsonin_list){.doc = o->doc, .at = v, .n = json_array_size(v)};
    (void)snprintf(ret->path, sizeof ret->path, "%.60s%.30s", o->path, name);
    return had;
}

/* An item as if it were a member of an object without a name. */
static struct jsonin_object place(const struct jsonin_list *l, size_t i, const char *behind)
{
    struct jsonin_object o = {.doc = l->doc};
    (void)snprintf(o.path, sizeof o.path, "%.70s[%zu]%s", l->path, i, behind);
    return o;
}

bool jsonin_list_object(struct jsonin_list *l, size_t i, struct jsonin_object *ret)
{
    json_t *v = json_array_get(l->at, i);
    if (!jsonin_fine(l->doc)) {
        return false;
    }
    if (!json_is_object(v)) {
        struct jsonin_object at = place(l, i, "");
        bad(&at, "", "must be an object");
        return false;
    }
    *ret = place(l, i, ".");
    ret->at = v;
    return true;
}

bool jsonin_list_str(struct jsonin_list *l, size_t i, size_t most, struct str *ret)
{
    json_t *v = json_array_get(l->at, i);
    if (!jsonin_fine(l->doc)) {
        return false;
    }
    if (!json_is_string(v) || json_string_length(v) > most) {
        struct jsonin_object at = place(l, i, "");
        bad(&at, "", json_is_string(v) ? "is too long" : "must be a text");
        return false;
    }
    *ret = str_of(json_string_value(v), json_string_length(v));
    return true;
}

void jsonin_each(struct jsonin_object *o, size_t most, size_t text_most,
                 const char *(*one)(void *ctx, struct str name, struct str value), void *ctx)
{
    if (!jsonin_fine(o->doc)) {
        return;
    }
    union {
        const json_t *in;
        json_t *out;
    } at = {.in = o->at}; /* the library's iterators take what they do not change as theirs */
    if (json_object_size(at.out) > most) {
        bad(o, "", "has too many members");
        return;
    }
    for (void *i = json_object_iter(at.out); i && jsonin_fine(o->doc);
         i = json_object_iter_next(at.out, i)) {
        const char *name = json_object_iter_key(i);
        json_t *v = json_object_iter_value(i);
        struct str value = str_of(json_string_value(v), json_string_length(v));
        const char *why = NULL;
        if (!json_is_string(v) && !json_is_null(v)) {
            why = "must be a text or null";
        } else if (value.len > text_most) {
            why = "is too long";
        } else if (value.p && has_control(value, true)) {
            why = "must not contain control characters";
        } else {
            why = one(ctx, str_z(name), value);
        }
        if (why) {
            bad(o, name, why);
        }
    }
}

bool jsonin_end(struct jsonin_object *o)
{
    union {
        const json_t *in;
        json_t *out;
    } at = {.in = o->at};
    for (void *i = jsonin_fine(o->doc) ? json_object_iter(at.out) : NULL; i;
         i = json_object_iter_next(at.out, i)) {
        const char *name = json_object_iter_key(i);
        bool known = false;
        for (size_t k = 0; k < o->n_asked && !known; k++) {
            known = strcmp(o->asked[k], name) == 0;
        }
        if (!known) {
            bad(o, name, "is not known here");
            o->doc->fault = JSONIN_UNKNOWN;
            break;
        }
    }
    return jsonin_fine(o->doc);
}
