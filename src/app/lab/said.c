/* Reports of a diagnosis, read and judged. */
#include "app/lab/said.h"

#include <stdio.h>
#include <string.h>

#include "io/jsonin/jsonin.h"

enum { TEXT_MOST = 1 << 16, LIST_MOST = 4096 };

static void text(struct jsonin_object *o, const char *name, char *ret, size_t cap)
{
    struct str v = {0};
    (void)jsonin_str(o, name, JSONIN_NULL | JSONIN_LINES, 0, TEXT_MOST, &v);
    (void)snprintf(ret, cap, "%.*s", STR_ARG(v));
}

static bool read_finding(struct said *s, struct jsonin_object *o)
{
    if (s->n == SAID_MOST) {
        return true;
    }
    struct said_finding *f = &s->finding[s->n++];
    text(o, "id", f->id, sizeof f->id);
    text(o, "level", f->level, sizeof f->level);
    text(o, "stage", f->stage, sizeof f->stage);
    text(o, "evidence_class", f->class, sizeof f->class);
    text(o, "message", f->text, sizeof f->text);
    return f->id[0] != 0;
}

static bool read_ladder(struct said *s, struct jsonin_object *phone)
{
    struct jsonin_list l;
    bool failed = false, registered = false;
    if (jsonin_list(phone, "ladder", JSONIN_NEEDED, 0, LIST_MOST, &l) != JSONIN_GIVEN) {
        return false;
    }
    for (size_t i = 0; i < l.n; i++) {
        struct jsonin_object o;
        char stage[24], state[24];
        if (!jsonin_list_object(&l, i, &o)) {
            return false;
        }
        text(&o, "stage", stage, sizeof stage);
        text(&o, "state", state, sizeof state);
        failed = failed || strcmp(state, "failed") == 0;
        registered = registered || (strcmp(stage, "registered") == 0 && strcmp(state, "ok") == 0);
    }
    s->green = s->green || (registered && !failed);
    return true;
}

static bool read_phone(struct said *s, struct jsonin_object *phone)
{
    struct jsonin_list l;
    if (jsonin_list(phone, "findings", JSONIN_NEEDED, 0, LIST_MOST, &l) != JSONIN_GIVEN) {
        return false;
    }
    for (size_t i = 0; i < l.n; i++) {
        struct jsonin_object o;
        if (!jsonin_list_object(&l, i, &o) || !read_finding(s, &o)) {
            return false;
        }
    }
    return read_ladder(s, phone);
}

/* Servers know a phone that shows no certificate by its user alone. */
static bool is_ours(struct jsonin_object *phone)
{
    char mac[24];
    text(phone, "mac", mac, sizeof mac);
    return !mac[0] || strcmp(mac, SITE_MAC) == 0;
}

bool said_read(struct said *s, struct str json)
{
    struct jsonin doc = {0};
    struct jsonin_object root, phone;
    struct jsonin_list l;
    bool ours = false;
    *s = (struct said){.n = 0};
    bool ok = jsonin_open(&doc, json, &root) &&
              jsonin_list(&root, "phones", JSONIN_NEEDED, 0, LIST_MOST, &l) == JSONIN_GIVEN;
    s->phones = ok ? l.n : 0;
    for (size_t i = 0; ok && i < l.n; i++) {
        ok = jsonin_list_object(&l, i, &phone);
        ours = ours || (ok && is_ours(&phone));
    }
    for (size_t i = 0; ok && i < l.n; i++) {
        ok = jsonin_list_object(&l, i, &phone) &&
             ((ours && !is_ours(&phone)) || read_phone(s, &phone));
    }
    jsonin_clear(&doc);
    return ok;
}

static bool is(const struct said_finding *f, const struct fault_see *see)
{
    return str_eq(str_z(f->id), see->id) && strcmp(f->stage, stage_name(see->stage)) == 0 &&
           str_eq(str_z(f->level), see->level);
}

/* Where all is well nothing above information may be said. */
static enum case_outcome judge_clean(const struct said *s, struct case_look *ret)
{
    *ret = (struct case_look){.outcome = OUTCOME_BLIND};
    for (size_t i = 0; i < s->n; i++) {
        if (strcmp(s->finding[i].level, "info") != 0) {
            ret->outcome = OUTCOME_WRONG;
            (void)snprintf(ret->id, sizeof ret->id, "%s", s->finding[i].id);
            break;
        }
    }
    return ret->outcome;
}

enum case_outcome said_judge(const struct said *s, const struct fault_see *see,
                             struct case_look *ret)
{
    if (!see) {
        return judge_clean(s, ret);
    }
    const char *level = see->blind ? "error" : see->level.p;
    size_t n = see->blind ? strlen("error") : see->level.len;
    bool errors = false;
    *ret = (struct case_look){.outcome = OUTCOME_MISSED};
    /* Of its own level the first; what is worse stands before it. */
    for (size_t i = 0; i < s->n; i++) {
        const struct said_finding *f = &s->finding[i];
        bool level_is = strlen(f->level) == n && memcmp(f->level, level, n) == 0;
        bool error = strcmp(f->level, "error") == 0;
        if ((error || level_is) && !ret->id[0]) {
            (void)snprintf(ret->id, sizeof ret->id, "%s", f->id);
        }
        errors = errors || error;
        if (!see->blind && is(f, see) && ret->outcome == OUTCOME_MISSED) {
            ret->outcome = strcmp(ret->id, f->id) == 0 ? OUTCOME_FIRST : OUTCOME_NAMED;
            (void)snprintf(ret->class, sizeof ret->class, "%s", f->class);
        }
    }
    if (see->blind) {
        ret->outcome = errors ? OUTCOME_WRONG : OUTCOME_BLIND;
    } else if (ret->outcome == OUTCOME_MISSED && (errors || ret->id[0])) {
        ret->outcome = OUTCOME_WRONG;
    }
    return ret->outcome;
}

bool said_same(const struct said *a, const struct said *b, bool other_words)
{
    bool same = a->n == b->n;
    for (size_t i = 0; same && i < a->n; i++) {
        const struct said_finding *x = &a->finding[i], *y = &b->finding[i];
        same = strcmp(x->id, y->id) == 0 && strcmp(x->level, y->level) == 0 &&
               strcmp(x->stage, y->stage) == 0 && (!other_words || strcmp(x->text, y->text) != 0);
    }
    return same;
}
