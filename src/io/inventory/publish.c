/* Publishing and undoing. */
#include "io/inventory/inside.h"
#include "io/inventory/layer.h"

/* Layers of the scope whose draft is not what is published. ?1: the publication, ?2 to ?4: the layer. */
#define NOTE_CHANGES                                          \
    "INSERT INTO published (publication, layer, was, became)" \
    " SELECT ?1, id, published, draft FROM layer WHERE draft <> published"

static const char *note_changes(enum publish_scope scope)
{
    static const char layer[] = NOTE_CHANGES " AND kind = ?2 AND ref = ?3 AND model = ?4";
    static const char site[] =
        NOTE_CHANGES " AND ?2 = ?2 AND ?4 = ?4 AND ((kind = 1 AND ref = ?3) OR"
                     " (kind = 3 AND ref IN (SELECT id FROM device WHERE site = ?3)))";
    static const char all[] = NOTE_CHANGES " AND ?2 = ?2 AND ?3 = ?3 AND ?4 = ?4";
    return scope == PUBLISH_LAYER ? layer : scope == PUBLISH_SITE ? site : all;
}

static int64_t insert_row(struct edit *e, const struct publication *p)
{
    (void)sql_run(&e->sql,
                  "INSERT INTO publication (at, by, note, scope, kind, ref, model, layers, undoes,"
                  " undone_by) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, 0)",
                  SQL_ARGS(SQL_INT(e->who->now), SQL_TEXT(e->who->who), SQL_TEXT(p->note),
                           SQL_INT(p->scope), SQL_INT(p->ref.kind), SQL_INT(p->ref.id),
                           SQL_TEXT(p->ref.model), SQL_INT(p->undoes)));
    return sqlite3_last_insert_rowid(e->sql.db);
}

/* Lets `published` point where the publication's rows say. */
static void take_effect(struct edit *e, int64_t id, uint64_t layers)
{
    (void)sql_run(&e->sql,
                  "UPDATE layer SET published = p.became, published_at = ?2, published_by = ?3"
                  " FROM published p WHERE p.publication = ?1 AND p.layer = layer.id",
                  SQL_ARGS(SQL_INT(id), SQL_INT(e->who->now), SQL_TEXT(e->who->who)));
    (void)sql_run(&e->sql, "UPDATE publication SET layers = ? WHERE id = ?",
                  SQL_ARGS(SQL_INT(layers), SQL_INT(id)));
}

/* Where only one device's layer was published, its MAC is told; else every phone may get another configuration. */
static void told(struct edit *e, const char *action, int64_t id, const struct publication *p,
                 uint64_t layers)
{
    char after[96];
    int64_t mac = 0;
    struct inventory_change c = {.kind = INVENTORY_PUBLISHED, .id = id, .online = true};
    if (p->scope == PUBLISH_LAYER && p->ref.kind == LAYER_DEVICE) {
        c.has_mac = c.had_mac = sql_one(&e->sql, &mac, "SELECT mac FROM device WHERE id = ?",
                                        SQL_ARGS(SQL_INT(p->ref.id)));
        c.one_device = true;
        c.mac = c.mac_was = mac_of(mac);
    }
    (void)snprintf(after, sizeof after, "{\"layers\":%llu,\"undoes\":%lld}",
                   (unsigned long long)layers, (long long)p->undoes);
    struct str name = p->scope == PUBLISH_ALL ? STR("everything") : layer_name(e, &p->ref);
    edit_audit(e, action, "publication", id, name, STR(""), str_z(after));
    edit_changed(e, &c);
}

static enum err publish(struct edit *e, struct publication *p, int64_t *ret_id,
                        uint64_t *ret_layers)
{
    struct layer_ref given = p->ref;
    p->ref = (struct layer_ref){.model = STR("")};
    enum err err = edit_text(e, "note", p->note, 0, NOTE_MOST);
    if (err == ERR_OK && p->scope != PUBLISH_ALL) {
        err = layer_check(e, &given, &p->ref);
    }
    if (err == ERR_OK && p->scope == PUBLISH_SITE && p->ref.kind != LAYER_SITE) {
        err = refuse(e, REFUSAL_BAD_FIELD, "scope", 0, "this scope is a site");
    }
    if (err != ERR_OK) {
        return err;
    }
    *ret_id = insert_row(e, p);
    (void)sql_run(&e->sql, note_changes(p->scope),
                  SQL_ARGS(SQL_INT(*ret_id), SQL_INT(p->ref.kind), SQL_INT(p->ref.id),
                           SQL_TEXT(p->ref.model)));
    *ret_layers = (uint64_t)sqlite3_changes(e->sql.db);
    if (*ret_layers == 0) {
        return refuse(e, REFUSAL_NOT_FOUND, "scope", 0, "nothing there waits to be published");
    }
    take_effect(e, *ret_id, *ret_layers);
    told(e, "publish", *ret_id, p, *ret_layers);
    return ERR_OK;
}

enum err inventory_publish(struct inventory *inv, const struct actor *who, enum publish_scope scope,
                           const struct layer_ref *ref, struct str note, int64_t *ret_id,
                           uint64_t *ret_layers, struct refusal *reterr)
{
    int64_t id = 0;
    uint64_t layers = 0;
    struct publication p = {.scope = scope, .note = note};
    struct edit *e = edit_begin(inv, who, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    if (ref) {
        p.ref = *ref;
    }
    enum err err = edit_end(inv, publish(e, &p, &id, &layers));
    if (err == ERR_OK) {
        *ret_id = id;
        *ret_layers = layers;
    }
    return err;
}

/* -- undo */

#define PUBLICATION_COLUMNS \
    "SELECT id, at, by, note, scope, kind, ref, model, layers, undoes, undone_by FROM publication"

static void read_row(sqlite3_stmt *q, struct arena *a, struct publication *ret)
{
    *ret = (struct publication){.id = sql_int(q, 0),
                                .at = sql_int(q, 1),
                                .by = keep(a, sql_text(q, 2)),
                                .note = keep(a, sql_text(q, 3)),
                                .scope = (enum publish_scope)sql_int(q, 4),
                                .ref = {.kind = (enum layer_kind)sql_int(q, 5),
                                        .id = sql_int(q, 6),
                                        .model = keep(a, sql_text(q, 7))},
                                .layers = (uint64_t)sql_int(q, 8),
                                .undoes = sql_int(q, 9),
                                .undone_by = sql_int(q, 10)};
}

static enum err find_publication(struct edit *e, int64_t id, struct publication *ret)
{
    static const char newest[] =
        PUBLICATION_COLUMNS " WHERE undoes = 0 AND undone_by = 0 ORDER BY id DESC LIMIT 1";
    static const char one[] = PUBLICATION_COLUMNS " WHERE id = ?";
    int64_t n = 0;
    sqlite3_stmt *q =
        id ? sql_query(&e->sql, one, SQL_ARGS(SQL_INT(id))) : sql_query(&e->sql, newest, NULL, 0);
    bool there = sql_row(&e->sql, q);
    if (there) {
        read_row(q, &e->arena, ret);
    }
    sql_reset(q);
    if (!there) {
        return refuse(e, REFUSAL_NOT_FOUND, "publication", 0, "there is no such publication");
    }
    if (ret->undone_by) {
        return refuse(e, REFUSAL_PRECONDITION, "publication", ret->undone_by,
                      "it has been taken back already");
    }
    if (!sql_one(&e->sql, &n, "SELECT 1 FROM published WHERE publication = ? LIMIT 1",
                 SQL_ARGS(SQL_INT(ret->id)))) {
        return refuse(e, REFUSAL_NOT_FOUND, "publication", 0,
                      "what was before it is not kept any more");
    }
    return ERR_OK;
}

static enum err check_newest(struct edit *e, int64_t id)
{
    int64_t other = 0;
    if (sql_one(&e->sql, &other,
                "SELECT l.id FROM published p JOIN layer l ON l.id = p.layer"
                " WHERE p.publication = ? AND l.published <> p.became LIMIT 1",
                SQL_ARGS(SQL_INT(id)))) {
        return refuse(e, REFUSAL_PRECONDITION, "publication", other,
                      "something of it has been published anew since");
    }
    return ERR_OK;
}

static enum err undo(struct edit *e, int64_t id, int64_t *ret_id, uint64_t *ret_layers)
{
    struct publication p = {0};
    enum err err = find_publication(e, id, &p);
    if (err == ERR_OK) {
        err = check_newest(e, p.id);
    }
    if (err != ERR_OK) {
        return err;
    }
    int64_t was = p.id;
    p.undoes = was;
    p.note = STR("");
    *ret_id = insert_row(e, &p);
    (void)sql_run(&e->sql,
                  "INSERT INTO published (publication, layer, was, became)"
                  " SELECT ?1, layer, became, was FROM published WHERE publication = ?2",
                  SQL_ARGS(SQL_INT(*ret_id), SQL_INT(was)));
    *ret_layers = (uint64_t)sqlite3_changes(e->sql.db);
    take_effect(e, *ret_id, *ret_layers);
    (void)sql_run(&e->sql, "UPDATE publication SET undone_by = ? WHERE id = ?",
                  SQL_ARGS(SQL_INT(*ret_id), SQL_INT(was)));
    told(e, "publish.undo", *ret_id, &p, *ret_layers);
    return ERR_OK;
}

enum err inventory_publish_undo(struct inventory *inv, const struct actor *who, int64_t id,
                                int64_t *ret_id, uint64_t *ret_layers, struct refusal *reterr)
{
    int64_t made = 0;
    uint64_t layers = 0;
    struct edit *e = edit_begin(inv, who, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = edit_end(inv, undo(e, id, &made, &layers));
    if (err == ERR_OK) {
        *ret_id = made;
        *ret_layers = layers;
    }
    return err;
}

enum err inventory_publications(struct inventory *inv, struct page page, struct arena *a,
                                struct publication **ret, size_t *ret_n, struct str *ret_next,
                                struct refusal *reterr)
{
    struct list list = {.limit = page_limit(&page), .size = sizeof(struct publication), .arena = a};
    int64_t before = 0;
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = page_id(e, &page, INT64_MAX, &before);
    sqlite3_stmt *q =
        sql_query(&e->sql, PUBLICATION_COLUMNS " WHERE id < ? ORDER BY id DESC LIMIT ?",
                  SQL_ARGS(SQL_INT(before), SQL_INT(list.limit + 1)));
    while (err == ERR_OK && sql_row(&e->sql, q)) {
        struct publication *to = list_row(&list);
        if (to) {
            read_row(q, a, to);
        }
        err = to ? ERR_OK : out_of_memory(e);
    }
    sql_reset(q);
    *ret = list.p;
    *ret_n = list_end(&list, ret_next, offsetof(struct publication, id));
    return read_end(inv, err);
}
