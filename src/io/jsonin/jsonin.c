/* Members of a JSON document by name and type. */
#include "io/jsonin/jsonin.h"

#include <jansson.h>
#include <stdio.h>
#include <strings.h>

/* -- faults */

static void fault(struct jsonin *doc, enum jsonin_fault what, const char *path, const char *name,
                  const char *detail)
{
    if (doc->fault == JSONIN_FINE) {
        doc->fault = what;
        (void)snprintf(doc->field, sizeof doc->field, "%s%s", path, name);
        (void)snprintf(doc->detail, sizeof doc->detail, "%s", detail);
    }
}

static void bad(struct jsonin_object *o, const char *name, const char *detail)
{
    fault(o->doc, JSONIN_BAD, o->path, name, detail);
}

void jsonin_refuse(struct jsonin_object *o, const char *name, const char *detail)
{
    bad(o, name, detail);
}

/* -- the document */

/* Brackets outside of texts; whether they fit each other is the library's to say. */
static bool too_deep(struct str s)
{
    size_t depth = 0;
    bool text = false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.p[i];
        if (text) {
            i += c == '\\';
            text = c != '"';
        } else if (c == '"') {
            text = true;
        } else if (c == '{' || c == '[') {
            if (++depth > JSONIN_DEPTH) {
                return true;
            }
        } else if ((c == '}' || c == ']') && depth) {
            depth--;
        }
    }
    return false;
}

bool jsonin_open(struct jsonin *doc, struct str bytes, struct jsonin_object *ret)
{
    json_error_t why;
    *doc = (struct jsonin){.root = NULL};
    *ret = (struct jsonin_object){.doc = doc};
    if (too_deep(bytes)) {
        fault(doc, JSONIN_SYNTAX, "", "", "nested too deep");
        return false;
    }
    doc->root = json_loadb(bytes.len ? bytes.p : "", bytes.len, JSON_REJECT_DUPLICATES, &why);
    if (!doc->root) {
        char detail[JSONIN_DETAIL];
        (void)snprintf(detail, sizeof detail, "line %d, column %d: %.120s", why.line, why.column,
                       why.text);
        fault(doc, JSONIN_SYNTAX, "", "", detail);
        return false;
    }
    if (!json_is_object(doc->root)) {
        fault(doc, JSONIN_SYNTAX, "", "", "an object is expected: {...}");
        return false;
    }
    ret->at = doc->root;
    return true;
}

/* The library gives its memory back as it is: what might be a secret goes before. Depth: JSONIN_DEPTH. */
/* NOLINTBEGIN(misc-no-recursion) */
static void wipe(json_t *at)
{
    const char *key;
    json_t *value;
    size_t i;
    if (json_is_string(at)) {
        size_t len = json_string_length(at);
        union {
            const char *in;
            char *out;
        } text = {.in = json_string_value(at)};
        explicit_bzero(text.out, len);
        return;
    }
    json_object_foreach(at, key, value)
    {
        wipe(value);
    }
    json_array_foreach(at, i, value)
    {
        wipe(value);
    }
}
/* NOLINTEND(misc-no-recursion) */

void jsonin_clear(struct jsonin *doc)
{
    if (doc->root) {
        wipe(doc->root);
        json_decref(doc->root);
        doc->root = NULL;
    }
}
