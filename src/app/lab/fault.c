/* Reading fault files. */
#include "app/lab/fault.h"

static const char *const views[] = {
    [VIEW_PRT] = "prt",     [VIEW_JOURNAL] = "journal", [VIEW_CAPTURE] = "capture",
    [VIEW_PROBE] = "probe", [VIEW_ALL] = "all",
};
_Static_assert(sizeof views / sizeof *views == FAULT_VIEWS, "every view has a name");

const char *fault_view_name(enum fault_view v)
{
    return views[v];
}

/* What is done: how many words stand behind it, and whether lines do. */
static const struct {
    const char *name;
    size_t least, most;
    bool lines;
} words[] = {
    [WORD_DHCP] = {"dhcp", 1, 1, false},
    [WORD_DHCP_NOT] = {"dhcp-not", 1, 1, false},
    [WORD_DHCP_OFF] = {"dhcp-off", 0, 0, false},
    [WORD_RIVAL] = {"rival", 0, 1, false},
    [WORD_DNS] = {"dns", 1, 1, false},
    [WORD_DNS_NOT] = {"dns-not", 1, 1, false},
    [WORD_DNS1] = {"dns1", 1, 1, false},
    [WORD_DNS1_NOT] = {"dns1-not", 1, 1, false},
    [WORD_DNS_OFF] = {"dns-off", 0, 0, false},
    [WORD_DNS1_OFF] = {"dns1-off", 0, 0, false},
    [WORD_EDGE_OFF] = {"edge-off", 0, 0, false},
    [WORD_FILTER] = {"filter", 1, FAULT_WORDS, false},
    [WORD_IP] = {"ip", 3, 3, false},
    [WORD_SERVE] = {"serve", 2, 2, false},
    [WORD_CERTIFICATE] = {"certificate", 2, 2, false},
    [WORD_DEVICE] = {"device", 1, 1, false},
    [WORD_PARAMETER] = {"parameter", 2, 2, false},
    [WORD_API] = {"api", 2, 3, false},
    [WORD_MEND] = {"mend", 2, 3, false},
    [WORD_WEB] = {"web", 1, 1, true},
    [WORD_WEB_OFF] = {"web-off", 1, 1, false},
    [WORD_REGISTRAR] = {"registrar", 1, 1, true},
    [WORD_SERVER] = {"server", 4, 4, false},
    [WORD_FILE] = {"file", 1, 1, true},
    [WORD_PHONE] = {"phone", 1, FAULT_WORDS, false},
    [WORD_PHONE2] = {"phone2", 0, FAULT_WORDS, false},
};
_Static_assert(sizeof words / sizeof *words == FAULT_KINDS, "every word has a row");

struct reading {
    struct conf c;
    struct arena *a;
    struct fault *f;
    struct fault_step *open; /* whose lines follow; NULL: none may */
    bool later;
};

static enum err word(struct reading *r, struct str *ret)
{
    enum err e = conf_word(&r->c, r->a, ret);
    return e == ERR_END ? conf_fail(&r->c, "a word is missing") : e;
}

static enum err end(struct reading *r)
{
    struct str more;
    enum err e = conf_word(&r->c, r->a, &more);
    return e == ERR_OK    ? conf_fail(&r->c, "'%.*s' is a word too many", STR_ARG(more))
           : e == ERR_END ? ERR_OK
                          : e;
}

/* -- what is seen */

static enum err read_level(struct reading *r, struct str *ret)
{
    enum err e = conf_word(&r->c, r->a, ret);
    if (e == ERR_END) {
        *ret = STR("error");
        return ERR_OK;
    }
    if (e == ERR_OK && !str_eq(*ret, STR("error")) && !str_eq(*ret, STR("warning")) &&
        !str_eq(*ret, STR("info"))) {
        return conf_fail(&r->c, "'%.*s' is none of error, warning, info", STR_ARG(*ret));
    }
    return e;
}

/* ID STAGE [LEVEL], or - "why" "why" */
static enum err read_see(struct reading *r, struct fault_see *see)
{
    struct str stage = {0};
    if (see->given) {
        return conf_fail(&r->c, "this was said before");
    }
    see->given = true;
    enum err e = word(r, &see->id);
    see->blind = e == ERR_OK && str_eq(see->id, STR("-"));
    for (int l = 0; see->blind && e == ERR_OK && l < FAULT_LANGS; l++) {
        e = word(r, &see->why[l]);
    }
    if (!see->blind) {
        e = e == ERR_OK ? word(r, &stage) : e;
        e = e == ERR_OK ? read_level(r, &see->level) : e;
        if (e == ERR_OK && !stage_read(stage, &see->stage)) {
            return conf_fail(&r->c, "'%.*s' is no stage", STR_ARG(stage));
        }
    }
    return e == ERR_OK ? end(r) : e;
}

/* -- what is done */

static enum err read_step(struct reading *r, enum fault_word w)
{
    struct fault *f = r->f;
    if (f->n == FAULT_STEPS) {
        return conf_fail(&r->c, "more than %d things are done", FAULT_STEPS);
    }
    struct fault_step *s = &f->step[f->n++];
    *s = (struct fault_step){.word = w, .later = r->later, .line = r->c.line};
    enum err e = ERR_OK;
    while (s->n < FAULT_WORDS && (e = conf_word(&r->c, r->a, &s->arg[s->n])) == ERR_OK) {
        s->n++;
    }
    if (e != ERR_OK && e != ERR_END) {
        return e;
    }
    if (s->n < words[w].least || s->n > words[w].most || str_trim(r->c.text).len) {
        return conf_fail(&r->c, "%s takes %zu to %zu words", words[w].name, words[w].least,
                         words[w].most);
    }
    r->open = words[w].lines ? s : NULL;
    return ERR_OK;
}

/* A line behind a step that has lines: as it stands, without its indentation. */
static enum err read_text(struct reading *r)
{
    if (!r->open) {
        return conf_fail(&r->c, "the line is indented, but what is above it has no lines");
    }
    struct str before = r->open->text;
    /* "" stands for an empty line, which the reader of lines passes over. */
    struct str line = str_eq(r->c.text, STR("\"\"")) ? STR("") : r->c.text;
    size_t len = before.len + line.len + 1;
    char *p = len <= FAULT_TEXT ? arena_room(r->a, len) : NULL;
    if (!p) {
        return len <= FAULT_TEXT ? ERR_MEMORY
                                 : conf_fail(&r->c, "more than %d bytes of lines", FAULT_TEXT);
    }
    if (before.len) {
        memcpy(p, before.p, before.len);
    }
    memcpy(p + before.len, line.p, line.len);
    p[len - 1] = '\n';
    r->open->text = str_of(p, len);
    return ERR_OK;
}

/* -- a line */

static enum err read_lang(struct reading *r, struct str name, struct str text[FAULT_LANGS])
{
    int l = str_eq(name, STR("en")) ? FAULT_EN : str_eq(name, STR("ja")) ? FAULT_JA : FAULT_LANGS;
    if (l == FAULT_LANGS) {
        return conf_fail(&r->c, "'%.*s' is no language: en, ja", STR_ARG(name));
    }
    if (text[l].len) {
        return conf_fail(&r->c, "this was said before");
    }
    enum err e = word(r, &text[l]);
    return e == ERR_OK ? end(r) : e;
}

static enum err read_seconds(struct reading *r)
{
    struct str v;
    uint64_t n = 0;
    enum err e = word(r, &v);
    if (e == ERR_OK && (!str_u64(v, &n) || n == 0 || n > 300)) {
        return conf_fail(&r->c, "'%.*s' is no number of seconds from 1 to 300", STR_ARG(v));
    }
    r->f->seconds = (unsigned)n;
    return e == ERR_OK ? end(r) : e;
}

static enum err read_more(struct reading *r, struct str name)
{
    struct fault *f = r->f;
    struct str v;
    for (int i = 0; i < FAULT_VIEWS; i++) {
        if (str_eq(name, str_z(views[i]))) {
            return read_see(r, &f->see[i]);
        }
    }
    for (int w = 0; w < FAULT_KINDS; w++) {
        if (str_eq(name, str_z(words[w].name))) {
            return read_step(r, (enum fault_word)w);
        }
    }
    if (str_eq(name, STR("cure"))) {
        enum err e = word(r, &v);
        return e == ERR_OK ? read_lang(r, v, f->cure) : e;
    }
    if (str_eq(name, STR("seconds"))) {
        return read_seconds(r);
    }
    bool *flag = str_eq(name, STR("boots"))   ? &f->boots
                 : str_eq(name, STR("reset")) ? &f->reset
                 : str_eq(name, STR("waits")) ? &f->waits
                 : str_eq(name, STR("later")) ? &r->later
                                              : NULL;
    if (!flag) {
        return conf_fail(&r->c, "a line begins with '%.*s', which is no word of a fault",
                         STR_ARG(name));
    }
    *flag = true;
    return end(r);
}

static enum err read_line(struct reading *r, struct fault_see *usual)
{
    struct str name;
    if (r->c.indented) {
        return read_text(r);
    }
    r->open = NULL;
    enum err e = word(r, &name);
    if (e != ERR_OK) {
        return e;
    }
    if (str_eq(name, STR("finding"))) {
        return read_see(r, usual);
    }
    if (str_eq(name, STR("en")) || str_eq(name, STR("ja"))) {
        return read_lang(r, name, r->f->about);
    }
    return read_more(r, name);
}

static enum err complete(struct reading *r, const struct fault_see *usual)
{
    struct fault *f = r->f;
    if (!usual->given || usual->blind) {
        return conf_fail(&r->c, "no line says which finding names it: finding ID STAGE");
    }
    for (int l = 0; l < FAULT_LANGS; l++) {
        if (!f->about[l].len || !f->cure[l].len) {
            return conf_fail(&r->c, "en, ja, cure en and cure ja are needed");
        }
    }
    if (f->n == 0) {
        return conf_fail(&r->c, "nothing is done");
    }
    f->finding = usual->id;
    for (int i = 0; i < FAULT_VIEWS; i++) {
        if (!f->see[i].given) {
            f->see[i] = *usual;
        }
    }
    return ERR_OK;
}

bool fault_is_nearest(const struct fault *f, enum fault_view v)
{
    return !f->see[v].blind && !str_eq(f->see[v].id, f->finding);
}

enum err fault_read(struct fault *f, struct arena *a, struct str file, struct str text,
                    struct conf_error *ret_error)
{
    struct reading r = {.a = a, .f = f};
    struct fault_see usual = {.given = false};
    enum err e;
    *f = (struct fault){.id = file, .seconds = 20};
    conf_init(&r.c, file, text, ret_error);
    while ((e = conf_line(&r.c)) == ERR_OK) {
        if ((e = read_line(&r, &usual)) != ERR_OK) {
            return e;
        }
    }
    return e == ERR_END ? complete(&r, &usual) : e;
}
