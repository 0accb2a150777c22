/* Loading line templates, rules and texts. */
#include "flow/doctor/knowledge.h"

#include <stdio.h>

#include "share/share.h"

const char *language_name(enum language l)
{
    return l == LANG_JA ? "ja" : "en";
}

static unsigned added_kind(void *ctx, struct str name)
{
    return lines_kind(ctx, name);
}

enum err knowledge_init(struct knowledge *k)
{
    arena_init(&k->arena, (size_t)32 << 20);
    k->lines = lines_new(&k->arena);
    if (!k->lines) {
        arena_clear(&k->arena);
        return ERR_MEMORY;
    }
    k->rules = (struct rules){.arena = &k->arena, .added_kind = added_kind, .ctx = k->lines};
    for (int l = 0; l < LANGS; l++) {
        k->texts[l] = (struct texts){.arena = &k->arena};
    }
    return ERR_OK;
}

void knowledge_clear(struct knowledge *k)
{
    arena_clear(&k->arena);
}

static bool in_language(struct str name, struct str folder, enum language *ret_l,
                        struct str *ret_rest)
{
    for (int l = 0; l < LANGS; l++) {
        struct str rest = name;
        if (str_starts(rest, folder)) {
            rest = str_from(rest, folder.len);
            struct str lang = str_z(language_name((enum language)l));
            if (str_starts(rest, lang)) {
                *ret_l = (enum language)l;
                *ret_rest = str_from(rest, lang.len);
                return true;
            }
        }
    }
    return false;
}

int knowledge_round(struct str name)
{
    enum language l;
    struct str rest;
    if (str_ends(name, STR(".lines"))) {
        return 1;
    }
    if (str_ends(name, STR(".rules"))) {
        return 2;
    }
    bool ours = (in_language(name, STR("findings/"), &l, &rest) && str_starts(rest, STR("/"))) ||
                (in_language(name, STR("messages/"), &l, &rest) && str_eq(rest, STR(".txt")));
    return ours && str_ends(name, STR(".txt")) ? 3 : 0;
}

enum err knowledge_add(struct knowledge *k, struct str name, struct str text,
                       struct conf_error *reterr)
{
    enum language l = LANG_EN;
    struct str rest = name;
    switch (knowledge_round(name)) {
    case 1:
        return lines_add(k->lines, name, text, reterr);
    case 2:
        return rules_add(&k->rules, name, text, reterr);
    case 3:
        if (in_language(name, STR("messages/"), &l, &rest)) {
            return texts_add_messages(&k->texts[l], name, text, reterr);
        }
        (void)in_language(name, STR("findings/"), &l, &rest);
        return texts_add(&k->texts[l], str_of(rest.p + 1, rest.len - 5), name, text, reterr);
    default:
        return ERR_OK;
    }
}

enum err knowledge_add_share(struct knowledge *k, struct conf_error *reterr)
{
    for (int round = 1; round <= 3; round++) {
        for (size_t i = 0; i < share_files_n; i++) {
            struct str name = str_z(share_files[i].name);
            if (knowledge_round(name) != round) {
                continue;
            }
            enum err e =
                knowledge_add(k, name, str_of(share_files[i].data, share_files[i].len), reterr);
            if (e != ERR_OK) {
                return e;
            }
        }
    }
    return ERR_OK;
}

static enum err wrong_text(struct conf_error *reterr, struct str id, const char *what)
{
    *reterr = (struct conf_error){.file = id};
    snprintf(reterr->what, sizeof reterr->what, "%s", what);
    return ERR_MALFORMED;
}

/* Every {name} of a text that is filled in closes and is a field. */
static bool names_known(struct str text)
{
    for (;;) {
        size_t open = str_chr(text, '{');
        if (open == STR_NPOS) {
            return true;
        }
        struct str rest = str_from(text, open + 1);
        size_t close = str_chr(rest, '}');
        if (close == STR_NPOS || field_read(str_head(rest, close)) == FIELDS) {
            return false;
        }
        text = str_from(rest, close + 1);
    }
}

static enum err check_texts(const struct knowledge *k, const struct texts *t,
                            struct conf_error *reterr)
{
    for (const struct finding_text *f = t->findings; f; f = f->next) {
        if (!rules_find(&k->rules, f->id)) {
            return wrong_text(reterr, f->id, "there is a text but no rule of this id");
        }
        if (!names_known(f->v[TEXT_MESSAGE]) || !names_known(f->v[TEXT_NEXT])) {
            return wrong_text(
                reterr, f->id,
                "its message or next holds a {name} that is no field, or does not close");
        }
    }
    return ERR_OK;
}

enum err knowledge_check(const struct knowledge *k, struct conf_error *reterr)
{
    for (const struct rule *u = k->rules.first; u; u = u->next) {
        if (!texts_find(&k->texts[LANG_EN], u->id)) {
            *reterr = (struct conf_error){.file = STR_INIT("findings/en")};
            snprintf(reterr->what, sizeof reterr->what,
                     "the finding %.*s has no text: findings/en/%.*s.txt is missing",
                     STR_ARG(u->id), STR_ARG(u->id));
            return ERR_MALFORMED;
        }
    }
    for (int l = 0; l < LANGS; l++) {
        enum err e = check_texts(k, &k->texts[l], reterr);
        if (e != ERR_OK) {
            return e;
        }
    }
    return ERR_OK;
}
