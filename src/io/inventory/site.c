/* Sites. */
#include "base/fold.h"
#include "io/inventory/inside.h"

static const char site_row[] = "SELECT name, note FROM site WHERE id = ?";
static const char site_version[] = "SELECT version FROM site WHERE id = ?";

static enum err check(struct edit *e, const struct site *s)
{
    int64_t other = 0;
    enum err err = edit_text(e, "name", s->name, 1, NAME_MOST);
    if (err == ERR_OK) {
        err = edit_text(e, "note", s->note, 0, NOTE_MOST);
    }
    if (err == ERR_OK && sql_one(&e->sql, &other, "SELECT id FROM site WHERE name = ? AND id <> ?",
                                 SQL_ARGS(SQL_TEXT(s->name), SQL_INT(s->id)))) {
        err = refuse(e, REFUSAL_NAME_USED, "name", other, "there is a site of that name");
    }
    return err;
}

static void told(struct edit *e, const char *action, enum inventory_how how, int64_t id,
                 struct str name, struct str before)
{
    edit_audit(e, action, "site", id, name, before, edit_row(e, site_row, id));
    /* One that comes or goes is referred to by nothing. */
    edit_changed(
        e, &(struct inventory_change){
               .kind = INVENTORY_SITE, .how = how, .id = id, .online = how == INVENTORY_CHANGED});
}

enum err site_insert(struct edit *e, const struct site *s, int64_t *ret_id)
{
    struct site mine = *s;
    mine.id = 0;
    enum err err = check(e, &mine);
    if (err != ERR_OK) {
        return err;
    }
    if (sql_run(&e->sql, "INSERT INTO site (version, name, note, created) VALUES (1, ?, ?, ?)",
                SQL_ARGS(SQL_TEXT(s->name), SQL_TEXT(s->note), SQL_INT(e->who->now)))) {
        *ret_id = sqlite3_last_insert_rowid(e->sql.db);
        told(e, "site.add", INVENTORY_ADDED, *ret_id, s->name, STR(""));
    }
    return edit_state(e);
}

enum err inventory_site_add(struct inventory *inv, const struct actor *who, const struct site *s,
                            int64_t *ret_id, struct refusal *reterr)
{
    int64_t id = 0;
    struct edit *e = edit_begin(inv, who, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = edit_end(inv, site_insert(e, s, &id));
    if (err == ERR_OK) {
        *ret_id = id;
    }
    return err;
}

static enum err change(struct edit *e, const struct site *s)
{
    enum err err = edit_version(e, site_version, s->id, s->version, "site");
    if (err == ERR_OK) {
        err = check(e, s);
    }
    if (err != ERR_OK) {
        return err;
    }
    struct str before = edit_row(e, site_row, s->id);
    (void)sql_run(&e->sql, "UPDATE site SET version = version + 1, name = ?, note = ? WHERE id = ?",
                  SQL_ARGS(SQL_TEXT(s->name), SQL_TEXT(s->note), SQL_INT(s->id)));
    told(e, "site.change", INVENTORY_CHANGED, s->id, s->name, before);
    return ERR_OK;
}

enum err inventory_site_change(struct inventory *inv, const struct actor *who, const struct site *s,
                               struct refusal *reterr)
{
    struct edit *e = edit_begin(inv, who, reterr);
    return e ? edit_end(inv, change(e, s)) : edit_not_begun(reterr);
}

static enum err unused(struct edit *e, int64_t id)
{
    int64_t other = 0;
    if (sql_one(&e->sql, &other, "SELECT id FROM device WHERE site = ? LIMIT 1",
                SQL_ARGS(SQL_INT(id)))) {
        return refuse(e, REFUSAL_IN_USE, "device", other, "devices stand there");
    }
    if (sql_one(&e->sql, &other, "SELECT id FROM owner WHERE site = ? LIMIT 1",
                SQL_ARGS(SQL_INT(id)))) {
        return refuse(e, REFUSAL_IN_USE, "owner", other, "people or workspaces belong to it");
    }
    return edit_state(e);
}

static enum err remove_site(struct edit *e, int64_t id, int64_t version)
{
    enum err err = edit_version(e, site_version, id, version, "site");
    if (err == ERR_OK) {
        err = unused(e, id);
    }
    if (err != ERR_OK) {
        return err;
    }
    struct str before = edit_row(e, site_row, id);
    sqlite3_stmt *q =
        sql_query(&e->sql, "SELECT name FROM site WHERE id = ?", SQL_ARGS(SQL_INT(id)));
    struct str name = sql_row(&e->sql, q) ? keep(&e->arena, sql_text(q, 0)) : STR("");
    sql_reset(q);
    layer_delete(e, LAYER_SITE, id);
    (void)sql_run(&e->sql, "DELETE FROM site WHERE id = ?", SQL_ARGS(SQL_INT(id)));
    told(e, "site.remove", INVENTORY_REMOVED, id, name, before);
    return ERR_OK;
}

enum err inventory_site_remove(struct inventory *inv, const struct actor *who, int64_t id,
                               int64_t version, struct refusal *reterr)
{
    struct edit *e = edit_begin(inv, who, reterr);
    return e ? edit_end(inv, remove_site(e, id, version)) : edit_not_begun(reterr);
}

#define SITE_COLUMNS                                     \
    "SELECT s.id, s.version, s.name, s.note, s.created," \
    " (SELECT count(*) FROM device WHERE site = s.id) FROM site s"

static void read_row(sqlite3_stmt *q, struct arena *a, struct site *ret)
{
    *ret = (struct site){.id = sql_int(q, 0),
                         .version = sql_int(q, 1),
                         .name = keep(a, sql_text(q, 2)),
                         .note = keep(a, sql_text(q, 3)),
                         .created = sql_int(q, 4),
                         .devices = (uint64_t)sql_int(q, 5)};
}

enum err inventory_site_get(struct inventory *inv, int64_t id, struct arena *a, struct site *ret,
                            struct refusal *reterr)
{
    enum err err = ERR_OK;
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    sqlite3_stmt *q = sql_query(&e->sql, SITE_COLUMNS " WHERE s.id = ?", SQL_ARGS(SQL_INT(id)));
    if (sql_row(&e->sql, q)) {
        read_row(q, a, ret);
    } else {
        err = refuse(e, REFUSAL_NOT_FOUND, "site", 0, "there is no such site");
    }
    sql_reset(q);
    return read_end(inv, err);
}

static bool fits(struct str word, struct str name)
{
    char text[2 * NAME_MOST];
    return fold_has(str_of(text, fold(name, text, sizeof text)), word);
}

enum err inventory_sites(struct inventory *inv, struct str q, struct page page, struct arena *a,
                         struct site **ret, size_t *ret_n, struct str *ret_next,
                         struct refusal *reterr)
{
    char room[2 * NAME_MOST];
    struct str word = str_of(room, fold(str_head(q, sizeof room), room, sizeof room));
    struct list list = {.limit = page_limit(&page), .size = sizeof(struct site), .arena = a};
    int64_t after = 0;
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = page_id(e, &page, 0, &after);
    sqlite3_stmt *s =
        sql_query(&e->sql, SITE_COLUMNS " WHERE s.id > ? ORDER BY s.id", SQL_ARGS(SQL_INT(after)));
    while (err == ERR_OK && sql_row(&e->sql, s)) {
        struct site *to = fits(word, sql_text(s, 2)) ? list_row(&list) : NULL;
        if (to) {
            read_row(s, a, to);
        }
        err = list.lost ? out_of_memory(e) : list_full(&list) ? ERR_END : ERR_OK;
    }
    sql_reset(s);
    *ret = list.p;
    *ret_n = list_end(&list, ret_next, offsetof(struct site, id));
    return read_end(inv, err == ERR_END ? ERR_OK : err);
}
