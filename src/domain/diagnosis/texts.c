/* Reading and filling in the texts of findings. */
#include "domain/diagnosis/texts.h"

static const char *const keys[TEXT_KEYS] = {
    [TEXT_TITLE] = "title",   [TEXT_MESSAGE] = "message",           [TEXT_EXPLAIN] = "explain",
    [TEXT_CAUSES] = "causes", [TEXT_CONFIRM] = "confirm",           [TEXT_REMEDY] = "remedy",
    [TEXT_NEXT] = "next",     [TEXT_SIDE_EFFECTS] = "side-effects",
};

static enum err wrong(struct conf_error *reterr, struct str file, size_t line, const char *what)
{
    reterr->file = file;
    reterr->line = line;
    size_t n = strlen(what);
    n = n < sizeof reterr->what - 1 ? n : sizeof reterr->what - 1;
    memcpy(reterr->what, what, n);
    reterr->what[n] = 0;
    return ERR_MALFORMED;
}

static int key_of(struct str name)
{
    for (int k = 0; k < TEXT_KEYS; k++) {
        if (str_eq(name, str_z(keys[k]))) {
            return k;
        }
    }
    return -1;
}

enum err texts_add(struct texts *t, struct str id, struct str file, struct str text,
                   struct conf_error *reterr)
{
    struct finding_text *f = arena_alloc(t->arena, sizeof *f);
    struct str rest = text;
    size_t line_no = 0;
    int key = -1;
    if (!f) {
        return ERR_MEMORY;
    }
    f->id = arena_str(t->arena, id);
    while (rest.len) {
        struct str line = str_cut(&rest, '\n');
        line_no++;
        if (str_trim(line).len == 0 || line.p[0] == '#') {
            continue;
        }
        if (line.p[0] != ' ') {
            struct str v = line;
            key = key_of(str_cut(&v, ':'));
            if (key < 0) {
                return wrong(reterr, file, line_no,
                             "a key is title, message, explain, causes, confirm, remedy, "
                             "side-effects or next");
            }
            f->v[key] = v;
        } else if (key < 0) {
            return wrong(reterr, file, line_no, "a text stands before the first key");
        } else { /* the value reaches to the end of this line */
            f->v[key].len = (size_t)(line.p + line.len - f->v[key].p);
        }
    }
    for (int k = 0; k < TEXT_KEYS; k++) {
        if (str_trim(f->v[k]).len == 0 && k != TEXT_NEXT) {
            return wrong(reterr, file, line_no, "a key is missing or empty: all but next must be");
        }
    }
    f->next = t->findings;
    t->findings = f;
    return ERR_OK;
}

enum err texts_add_messages(struct texts *t, struct str file, struct str text,
                            struct conf_error *reterr)
{
    size_t line_no = 0;
    while (text.len) {
        struct str v = str_cut(&text, '\n');
        line_no++;
        if (str_trim(v).len == 0 || v.p[0] == '#') {
            continue;
        }
        struct str key = str_cut(&v, ':');
        struct message *m = arena_alloc(t->arena, sizeof *m);
        if (!m) {
            return ERR_MEMORY;
        }
        m->key = key;
        m->text = str_trim(v);
        if (m->text.len == 0) {
            return wrong(reterr, file, line_no, "a message is: key: text");
        }
        m->next = t->messages;
        t->messages = m;
    }
    return ERR_OK;
}

const struct finding_text *texts_find(const struct texts *t, struct str id)
{
    for (const struct finding_text *f = t->findings; f; f = f->next) {
        if (str_eq(f->id, id)) {
            return f;
        }
    }
    return NULL;
}

struct str texts_message(const struct texts *t, const char *key)
{
    for (const struct message *m = t->messages; m; m = m->next) {
        if (str_eq(m->key, str_z(key))) {
            return m->text;
        }
    }
    return str_z(key);
}

/* Appends a line to a text that is being joined; the arena gives its pieces one behind the other
 * only by chance, so the room is taken at once. */
static void join(char *out, size_t *n, struct str line, bool blank)
{
    if (*n && blank) {
        out[(*n)++] = ' ';
    }
    if (line.len) {
        memcpy(out + *n, line.p, line.len);
        *n += line.len;
    }
}

bool texts_item(struct str *rest, struct arena *a, struct str *ret_item)
{
    char *out = arena_alloc(a, rest->len + 1);
    size_t n = 0;
    bool any = false;
    while (out && rest->len) {
        struct str ahead = *rest;
        struct str line = str_trim(str_cut(&ahead, '\n'));
        bool head = str_starts(line, STR("- "));
        if (head && any) {
            break;
        }
        *rest = ahead;
        if (line.len) {
            join(out, &n, head ? str_from(line, 2) : line, true);
            any = true;
        }
    }
    *ret_item = str_of(out, n);
    return any;
}

bool texts_paragraph(struct str *rest, bool japanese, struct arena *a, struct str *ret_paragraph)
{
    char *out = arena_alloc(a, rest->len + 1);
    size_t n = 0;
    while (out && rest->len) {
        struct str line = str_trim(str_cut(rest, '\n'));
        if (line.len == 0 && n) {
            break;
        }
        join(out, &n, line, !japanese);
    }
    *ret_paragraph = str_of(out, n);
    return n != 0;
}

/* One stretch without <<>>. False when a value was missing. */
static bool fill(struct str text, texts_value value, void *ctx, struct str missing,
                 struct sink *out)
{
    bool whole = true;
    while (text.len) {
        size_t open = str_chr(text, '{');
        size_t close = open == STR_NPOS ? STR_NPOS : str_chr(str_from(text, open), '}');
        if (close == STR_NPOS) {
            sink_str(out, text);
            return whole;
        }
        struct str v = value(ctx, str_of(text.p + open + 1, close - 1));
        sink_str(out, str_head(text, open));
        sink_str(out, v.len ? v : missing);
        whole = whole && v.len;
        text = str_from(text, open + close + 1);
    }
    return whole;
}

static enum err nowhere(void *ctx, struct str s)
{
    (void)ctx;
    (void)s;
    return ERR_OK;
}

/* The inside of <<...>>: there when all its values are; of <<!{name}...>>: when that one is not. */
static void optional(struct str inside, texts_value value, void *ctx, struct sink *out)
{
    struct str none = str_of(NULL, 0);
    struct sink trial = {.write = nowhere};
    size_t close = str_chr(inside, '}');
    if (close != STR_NPOS && inside.p && str_starts(inside, STR("!{"))) {
        if (value(ctx, str_of(inside.p + 2, close - 2)).len == 0) {
            (void)fill(str_from(inside, close + 1), value, ctx, none, out);
        }
    } else if (fill(inside, value, ctx, none, &trial)) {
        (void)fill(inside, value, ctx, none, out);
    }
}

void texts_fill(struct str text, texts_value value, void *ctx, struct str missing, struct sink *out,
                bool *ret_whole)
{
    *ret_whole = true;
    while (text.len) {
        size_t open = str_find(text, STR("<<"));
        size_t close = open == STR_NPOS ? STR_NPOS : str_find(str_from(text, open), STR(">>"));
        if (close == STR_NPOS) {
            *ret_whole = fill(text, value, ctx, missing, out) && *ret_whole;
            return;
        }
        *ret_whole = fill(str_head(text, open), value, ctx, missing, out) && *ret_whole;
        optional(str_of(text.p + open + 2, close - 2), value, ctx, out);
        text = str_from(text, open + close + 2);
    }
}
