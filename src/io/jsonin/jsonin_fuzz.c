/* Any bytes as the body of a request: nothing is answered twice, a fault stays the first one. */
#include <stdlib.h>

#include "io/jsonin/jsonin.h"

static const char *one(void *ctx, struct str name, struct str value)
{
    size_t *sum = ctx;
    *sum += name.len + value.len;
    return NULL;
}

static void ask(struct jsonin_object *o)
{
    static const char *const words[] = {"person", "workspace", NULL};
    struct jsonin_object owner = {0}, values = {0};
    struct jsonin_list lines = {0};
    struct str text = {0};
    int64_t n = 0;
    uint64_t id = 0;
    unsigned word = 0;
    size_t sum = 0;
    (void)jsonin_str(o, "mac", JSONIN_NEEDED, 1, 64, &text);
    (void)jsonin_id(o, "site_id", JSONIN_NULL, &id);
    if (jsonin_object(o, "owner", 0, &owner) == JSONIN_GIVEN) {
        (void)jsonin_word(&owner, "kind", JSONIN_NEEDED, words, &word);
        (void)jsonin_end(&owner);
    }
    if (jsonin_list(o, "lines", 0, 0, 16, &lines) == JSONIN_GIVEN) {
        struct jsonin_object line;
        for (size_t i = 0; i < lines.n && jsonin_list_object(&lines, i, &line); i++) {
            (void)jsonin_int(&line, "n", 0, 1, 16, &n);
            (void)jsonin_end(&line);
        }
    }
    if (jsonin_object(o, "values", JSONIN_NULL, &values) == JSONIN_GIVEN) {
        jsonin_each(&values, 100, 1000, one, &sum);
    }
    if (jsonin_end(o) != jsonin_fine(o->doc)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jsonin doc;
    struct jsonin_object o;
    if (jsonin_open(&doc, str_of((const char *)data, size), &o)) {
        ask(&o);
    } else if (doc.fault != JSONIN_SYNTAX) {
        abort();
    }
    if (doc.fault != JSONIN_FINE && !*doc.detail) {
        abort();
    }
    jsonin_clear(&doc);
    return 0;
}
