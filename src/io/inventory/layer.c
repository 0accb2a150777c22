/* Layers of configuration values: drafts and what they hold. */
#include "io/inventory/layer.h"

#include "base/json.h"
#include "io/inventory/inside.h"

/* -- which layer */

enum err layer_check(struct edit *e, const struct layer_ref *ref, struct layer_ref *ret)
{
    int64_t n = 0;
    unsigned lines = 0;
    *ret = (struct layer_ref){.kind = ref->kind, .model = STR("")};
    switch (ref->kind) {
    case LAYER_ORGANISATION:
        return ERR_OK;
    case LAYER_SITE:
        ret->id = ref->id;
        return sql_one(&e->sql, &n, "SELECT id FROM site WHERE id = ?", SQL_ARGS(SQL_INT(ref->id)))
                   ? ERR_OK
                   : refuse(e, REFUSAL_NOT_FOUND, "scope", 0, "there is no such site");
    case LAYER_MODEL:
        return e->cfg->model(e->cfg->ctx, ref->model, &ret->model, &lines)
                   ? ERR_OK
                   : refuse(e, REFUSAL_NOT_FOUND, "scope", 0, "the catalogue has no such model");
    case LAYER_DEVICE:
        ret->id = ref->id;
        return sql_one(&e->sql, &n, "SELECT id FROM device WHERE id = ?",
                       SQL_ARGS(SQL_INT(ref->id)))
                   ? ERR_OK
                   : refuse(e, REFUSAL_NOT_FOUND, "scope", 0, "there is no such device");
    }
    return refuse(e, REFUSAL_NOT_FOUND, "scope", 0, "there is no such layer");
}

#define LAYER_COLUMNS                                                                        \
    "SELECT l.id, l.kind, l.ref, l.model, l.draft, l.published, c.at, c.by, l.published_at," \
    " l.published_by FROM layer l LEFT JOIN content c ON c.id = l.draft"

static int64_t read_row(sqlite3_stmt *q, struct arena *a, struct layer *ret)
{
    *ret = (struct layer){.ref = {.kind = (enum layer_kind)sql_int(q, 1),
                                  .id = sql_int(q, 2),
                                  .model = keep(a, sql_text(q, 3))},
                          .version = sql_int(q, 4),
                          .published = sql_int(q, 5),
                          .changed = sql_int(q, 6),
                          .changed_by = keep(a, sql_text(q, 7)),
                          .published_at = sql_int(q, 8),
                          .published_by = keep(a, sql_text(q, 9))};
    return sql_int(q, 0);
}

int64_t layer_read(struct edit *e, const struct layer_ref *ref, struct arena *a, struct layer *ret)
{
    sqlite3_stmt *q =
        sql_query(&e->sql, LAYER_COLUMNS " WHERE l.kind = ? AND l.ref = ? AND l.model = ?",
                  SQL_ARGS(SQL_INT(ref->kind), SQL_INT(ref->id), SQL_TEXT(ref->model)));
    int64_t id = 0;
    *ret = (struct layer){.ref = *ref};
    if (sql_row(&e->sql, q)) {
        id = read_row(q, a, ret);
    }
    sql_reset(q);
    return id;
}

/* -- values */

static enum err open_value(struct edit *e, sqlite3_stmt *q, struct arena *a, struct str *ret)
{
    int64_t id = sql_int(q, 0);
    enum err err = key_open_sealed(e->key, "value", id, sql_blob(q, 2), a, ret);
    return err == ERR_OK
               ? ERR_OK
               : refuse(e, REFUSAL_SECRET, "values", id,
                        "the secret of value %lld does not open: it is damaged", (long long)id);
}

enum err layer_values(struct edit *e, int64_t content, struct arena *a, struct config_value **ret,
                      size_t *ret_n)
{
    int64_t n = 0;
    enum err err = ERR_OK;
    *ret = NULL;
    *ret_n = 0;
    if (!content || !sql_one(&e->sql, &n, "SELECT count(*) FROM value WHERE content = ?",
                             SQL_ARGS(SQL_INT(content)))) {
        return edit_state(e);
    }
    struct config_value *list = arena_alloc(a, ((size_t)n + 1) * sizeof *list);
    if (!list) {
        return out_of_memory(e);
    }
    sqlite3_stmt *q = sql_query(
        &e->sql, "SELECT id, name, value, secret FROM value WHERE content = ? ORDER BY name",
        SQL_ARGS(SQL_INT(content)));
    while (err == ERR_OK && sql_row(&e->sql, q)) {
        struct config_value *v = &list[(*ret_n)++];
        *v = (struct config_value){.name = keep(a, sql_text(q, 1)), .secret = sql_int(q, 3) != 0};
        if (v->secret) {
            err = open_value(e, q, a, &v->value);
        } else {
            v->value = keep(a, sql_text(q, 2));
        }
    }
    sql_reset(q);
    *ret = list;
    return err == ERR_OK ? edit_state(e) : err;
}

enum err inventory_layer_get(struct inventory *inv, const struct layer_ref *ref, bool published,
                             struct arena *a, struct layer *ret, struct refusal *reterr)
{
    struct layer_ref mine;
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = layer_check(e, ref, &mine);
    if (err == ERR_OK) {
        mine.model = keep(a, mine.model);
        (void)layer_read(e, &mine, a, ret);
        err = layer_values(e, published ? ret->published : ret->version, a, &ret->value, &ret->n);
    }
    return read_end(inv, err);
}

enum err inventory_layers(struct inventory *inv, bool unpublished, struct page page,
                          struct arena *a, struct layer **ret, size_t *ret_n, struct str *ret_next,
                          struct refusal *reterr)
{
    static const char all[] = LAYER_COLUMNS " WHERE l.id > ? ORDER BY l.id LIMIT ?";
    static const char drafts[] =
        LAYER_COLUMNS " WHERE l.draft <> l.published AND l.id > ? ORDER BY l.id LIMIT ?";
    struct list list = {.limit = page_limit(&page), .size = sizeof(struct layer), .arena = a};
    int64_t after = 0, id = 0;
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = page_id(e, &page, 0, &after);
    sqlite3_stmt *q = sql_query(&e->sql, unpublished ? drafts : all,
                                SQL_ARGS(SQL_INT(after), SQL_INT(list.limit + 1)));
    *ret_next = STR("");
    while (err == ERR_OK && sql_row(&e->sql, q)) {
        struct layer *to = list_row(&list);
        if (to && list_full(&list)) {
            *ret_next = id_text(a, id);
            list.n--;
        } else if (to) {
            id = read_row(q, a, to);
        }
        err = to ? ERR_OK : out_of_memory(e);
    }
    sql_reset(q);
    *ret = list.p;
    *ret_n = list.n;
    return read_end(inv, err);
}

/* -- a new draft */

static int by_name(const void *a, const void *b)
{
    const struct config_value *const *x = a, *const *y = b;
    return str_cmp((*x)->name, (*y)->name);
}

static enum err check_value(struct edit *e, const struct config_value *v)
{
    enum err err = edit_text(e, "values", v->name, 1, NAME_MOST);
    if (err == ERR_OK && v->value.len > LAYER_VALUE_MOST) {
        err = refuse(e, REFUSAL_BAD_FIELD, "values", 0, "%.*s is longer than %d bytes",
                     STR_ARG(str_head(v->name, 64)), LAYER_VALUE_MOST);
    }
    for (size_t i = 0; err == ERR_OK && i < v->value.len; i++) {
        unsigned char c = (unsigned char)v->value.p[i];
        if ((c < ' ' && c != '\n' && c != '\t') || c == 0x7f) {
            err = refuse(e, REFUSAL_BAD_FIELD, "values", 0, "%.*s holds a control character",
                         STR_ARG(str_head(v->name, 64)));
        }
    }
    return err;
}

/* *ret: pointers to the values in order of names. */
static enum err check_values(struct edit *e, const struct config_value *value, size_t n,
                             const struct config_value ***ret)
{
    const struct config_value **list = arena_alloc(&e->arena, (n + 1) * sizeof(void *));
    if (n > LAYER_VALUES_MOST) {
        return refuse(e, REFUSAL_BAD_FIELD, "values", 0, "more than %d values", LAYER_VALUES_MOST);
    }
    if (!list) {
        return out_of_memory(e);
    }
    for (size_t i = 0; i < n; i++) {
        enum err err = check_value(e, &value[i]);
        if (err != ERR_OK) {
            return err;
        }
        list[i] = &value[i];
    }
    qsort(list, n, sizeof *list, by_name);
    for (size_t i = 1; i < n; i++) {
        if (str_eq(list[i]->name, list[i - 1]->name)) {
            return refuse(e, REFUSAL_BAD_FIELD, "values", 0, "%.*s stands twice",
                          STR_ARG(str_head(list[i]->name, 64)));
        }
    }
    *ret = list;
    return ERR_OK;
}

static enum err put_value(struct edit *e, int64_t content, const struct config_value *v)
{
    struct sql_arg value = v->secret ? SQL_BLOB(STR("")) : SQL_TEXT(v->value);
    (void)sql_run(&e->sql, "INSERT INTO value (content, name, value, secret) VALUES (?, ?, ?, ?)",
                  SQL_ARGS(SQL_INT(content), SQL_TEXT(v->name), value, SQL_INT(v->secret)));
    if (!v->secret) {
        return edit_state(e);
    }
    int64_t id = sqlite3_last_insert_rowid(e->sql.db);
    struct str sealed = key_seal(e->key, "value", id, v->value, &e->arena);
    if (!sealed.p) {
        return out_of_memory(e);
    }
    (void)sql_run(&e->sql, "UPDATE value SET value = ? WHERE id = ?",
                  SQL_ARGS(SQL_BLOB(sealed), SQL_INT(id)));
    return edit_state(e);
}

/* Where it stands, for the audit trail: "site/3", "model/CP-8865-3PCC". */
struct str layer_name(struct edit *e, const struct layer_ref *ref)
{
    static const char *const kinds[] = {"organisation", "site", "model", "device"};
    char text[NAME_MOST + 32];
    if (ref->kind == LAYER_MODEL) {
        (void)snprintf(text, sizeof text, "model/%.*s", STR_ARG(str_head(ref->model, NAME_MOST)));
    } else if (ref->kind == LAYER_ORGANISATION) {
        return STR("organisation");
    } else {
        (void)snprintf(text, sizeof text, "%s/%lld", kinds[ref->kind], (long long)ref->id);
    }
    return keep(&e->arena, str_z(text));
}

/* Values of `a` that `b` has not, or has otherwise; both in order of names. */
static struct str differing(struct edit *e, const struct config_value *const *a, size_t n_a,
                            const struct config_value *const *b, size_t n_b)
{
    struct buf text = {.limit = 1 << 18};
    struct sink out = buf_sink(&text);
    struct json j;
    json_init(&j, &out, 0);
    json_open(&j, '{');
    for (size_t i = 0, k = 0; i < n_a; i++) {
        while (k < n_b && str_cmp(b[k]->name, a[i]->name) < 0) {
            k++;
        }
        bool same = k < n_b && str_eq(b[k]->name, a[i]->name) && str_eq(b[k]->value, a[i]->value);
        if (!same) {
            char name[NAME_MOST + 1];
            (void)snprintf(name, sizeof name, "%.*s", STR_ARG(a[i]->name));
            json_kstr(&j, name, a[i]->secret ? STR("***") : a[i]->value);
        }
    }
    json_close(&j, '}');
    struct str s = out.err == ERR_OK ? keep(&e->arena, buf_str(&text)) : STR("{}");
    buf_clear(&text);
    return s;
}

static enum err told_put(struct edit *e, const struct layer_ref *ref, int64_t was,
                         const struct config_value *const *now, size_t n)
{
    struct config_value *old = NULL;
    size_t n_old = 0;
    enum err err = layer_values(e, was, &e->arena, &old, &n_old);
    if (err != ERR_OK) {
        return err;
    }
    const struct config_value **list = arena_alloc(&e->arena, (n_old + 1) * sizeof(void *));
    if (!list) {
        return out_of_memory(e);
    }
    for (size_t i = 0; i < n_old; i++) {
        list[i] = &old[i];
    }
    edit_audit(e, "layer.change", "layer", ref->id, layer_name(e, ref),
               differing(e, list, n_old, now, n), differing(e, now, n, list, n_old));
    edit_changed(e, &(struct inventory_change){.kind = INVENTORY_LAYER, .how = INVENTORY_CHANGED});
    return ERR_OK;
}

/* Contents of a layer that nothing points at any more. */
static void prune(struct edit *e, int64_t layer)
{
    (void)sql_run(&e->sql,
                  "DELETE FROM content WHERE layer = ?1"
                  " AND id NOT IN (SELECT draft FROM layer WHERE id = ?1)"
                  " AND id NOT IN (SELECT published FROM layer WHERE id = ?1)"
                  " AND id NOT IN (SELECT was FROM published WHERE layer = ?1)"
                  " AND id NOT IN (SELECT became FROM published WHERE layer = ?1)",
                  SQL_ARGS(SQL_INT(layer)));
}

static int64_t insert_layer(struct edit *e, const struct layer_ref *ref)
{
    (void)sql_run(&e->sql, "INSERT INTO layer (kind, ref, model, draft) VALUES (?, ?, ?, 0)",
                  SQL_ARGS(SQL_INT(ref->kind), SQL_INT(ref->id), SQL_TEXT(ref->model)));
    return sqlite3_last_insert_rowid(e->sql.db);
}

static enum err put(struct edit *e, const struct layer_ref *given, int64_t version,
                    const struct config_value *value, size_t n, int64_t *ret_version)
{
    struct layer_ref ref;
    struct layer now;
    const struct config_value **list = NULL;
    enum err err = layer_check(e, given, &ref);
    if (err == ERR_OK) {
        err = check_values(e, value, n, &list);
    }
    if (err != ERR_OK) {
        return err;
    }
    int64_t layer = layer_read(e, &ref, &e->arena, &now);
    if (version >= 0 && version != now.version) {
        return refuse(e, REFUSAL_PRECONDITION, "version", 0,
                      "somebody else has changed it in the meantime");
    }
    layer = layer ? layer : insert_layer(e, &ref);
    (void)sql_run(&e->sql, "INSERT INTO content (layer, at, by) VALUES (?, ?, ?)",
                  SQL_ARGS(SQL_INT(layer), SQL_INT(e->who->now), SQL_TEXT(e->who->who)));
    *ret_version = sqlite3_last_insert_rowid(e->sql.db);
    for (size_t i = 0; list && i < n && err == ERR_OK; i++) {
        err = put_value(e, *ret_version, list[i]);
    }
    if (err == ERR_OK) {
        err = told_put(e, &ref, now.version, list, n);
    }
    (void)sql_run(&e->sql, "UPDATE layer SET draft = ? WHERE id = ?",
                  SQL_ARGS(SQL_INT(*ret_version), SQL_INT(layer)));
    prune(e, layer);
    return err;
}

enum err inventory_layer_put(struct inventory *inv, const struct actor *who,
                             const struct layer_ref *ref, int64_t version,
                             const struct config_value *value, size_t n, int64_t *ret_version,
                             struct refusal *reterr)
{
    int64_t made = 0;
    struct edit *e = edit_begin(inv, who, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = edit_end(inv, put(e, ref, version, value, n, &made));
    if (err == ERR_OK) {
        *ret_version = made;
    }
    return err;
}

void layer_delete(struct edit *e, enum layer_kind kind, int64_t ref)
{
    (void)sql_run(&e->sql,
                  "DELETE FROM published WHERE layer IN (SELECT id FROM layer WHERE kind = ? AND"
                  " ref = ?)",
                  SQL_ARGS(SQL_INT(kind), SQL_INT(ref)));
    (void)sql_run(&e->sql,
                  "DELETE FROM content WHERE layer IN (SELECT id FROM layer WHERE kind = ? AND"
                  " ref = ?)",
                  SQL_ARGS(SQL_INT(kind), SQL_INT(ref)));
    (void)sql_run(&e->sql, "DELETE FROM layer WHERE kind = ? AND ref = ?",
                  SQL_ARGS(SQL_INT(kind), SQL_INT(ref)));
}

/* What publications older than the last UNDO_KEPT let go, some layers at a time. */
void contents_prune(struct edit *e)
{
    enum { AT_ONCE = 500 };
    static const char old[] =
        "SELECT publication, layer FROM published WHERE publication <="
        " (SELECT id FROM publication ORDER BY id DESC LIMIT 1 OFFSET ?) LIMIT ?";
    int64_t layer[AT_ONCE] = {0}, publication[AT_ONCE] = {0};
    size_t n = 0;
    sqlite3_stmt *q = sql_query(&e->sql, old, SQL_ARGS(SQL_INT(UNDO_KEPT), SQL_INT(AT_ONCE)));
    while (n < AT_ONCE && sql_row(&e->sql, q)) {
        publication[n] = sql_int(q, 0);
        layer[n++] = sql_int(q, 1);
    }
    sql_reset(q);
    for (size_t i = 0; i < n; i++) {
        (void)sql_run(&e->sql, "DELETE FROM published WHERE publication = ? AND layer = ?",
                      SQL_ARGS(SQL_INT(publication[i]), SQL_INT(layer[i])));
        prune(e, layer[i]);
    }
}
