/* Settings that are changed at run time. */
#include "io/inventory/access.h"
#include "io/inventory/inside.h"

enum { VALUE_MOST = 65536, SETTINGS_MOST = 256 };

static void read_row(sqlite3_stmt *q, struct arena *a, struct setting *ret)
{
    *ret = (struct setting){.name = keep(a, sql_text(q, 0)),
                            .value = keep(a, sql_text(q, 1)),
                            .version = sql_int(q, 2)};
}

enum err inventory_setting_get(struct inventory *inv, struct str name, struct arena *a,
                               struct setting *ret, struct refusal *reterr)
{
    enum err err = ERR_OK;
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    sqlite3_stmt *q = sql_query(&e->sql, "SELECT name, value, version FROM setting WHERE name = ?",
                                SQL_ARGS(SQL_TEXT(name)));
    if (sql_row(&e->sql, q)) {
        read_row(q, a, ret);
    } else {
        err = refuse(e, REFUSAL_NOT_FOUND, "setting", 0, "it was never set");
    }
    sql_reset(q);
    return read_end(inv, err);
}

static enum err put(struct edit *e, const struct setting *s)
{
    int64_t version = 0, n = 0;
    enum err err = edit_text(e, "name", s->name, 1, 64);
    if (err == ERR_OK && s->value.len > VALUE_MOST) {
        err = refuse(e, REFUSAL_BAD_FIELD, "value", 0, "it is longer than %d bytes", VALUE_MOST);
    }
    bool there = sql_one(&e->sql, &version, "SELECT version FROM setting WHERE name = ?",
                         SQL_ARGS(SQL_TEXT(s->name)));
    if (err == ERR_OK && s->version && s->version != version) {
        err = refuse(e, REFUSAL_PRECONDITION, "version", 0,
                     "somebody else has changed it in the meantime");
    }
    if (err == ERR_OK && !there && sql_one(&e->sql, &n, "SELECT count(*) FROM setting", NULL, 0) &&
        n >= SETTINGS_MOST) {
        err = refuse(e, REFUSAL_LIMIT, NULL, 0, "there are %d settings: no more", SETTINGS_MOST);
    }
    if (err != ERR_OK) {
        return err;
    }
    (void)sql_run(&e->sql, "INSERT OR REPLACE INTO setting (name, value, version) VALUES (?, ?, ?)",
                  SQL_ARGS(SQL_TEXT(s->name), SQL_TEXT(s->value), SQL_INT(version + 1)));
    edit_audit(e, "setting.change", "setting", 0, s->name, STR(""), STR(""));
    edit_changed(e, &(struct inventory_change){
                        .kind = INVENTORY_SETTING, .how = INVENTORY_CHANGED, .online = true});
    return ERR_OK;
}

enum err inventory_setting_put(struct inventory *inv, const struct actor *who,
                               const struct setting *s, struct refusal *reterr)
{
    struct edit *e = edit_begin(inv, who, reterr);
    return e ? edit_end(inv, put(e, s)) : edit_not_begun(reterr);
}

enum err inventory_settings(struct inventory *inv, struct arena *a, struct setting **ret,
                            size_t *ret_n, struct refusal *reterr)
{
    struct list list = {.limit = SETTINGS_MOST, .size = sizeof(struct setting), .arena = a};
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = ERR_OK;
    sqlite3_stmt *q =
        sql_query(&e->sql, "SELECT name, value, version FROM setting ORDER BY name", NULL, 0);
    while (err == ERR_OK && sql_row(&e->sql, q)) {
        struct setting *to = list_row(&list);
        if (to) {
            read_row(q, a, to);
        }
        err = to ? ERR_OK : out_of_memory(e);
    }
    sql_reset(q);
    *ret = list.p;
    *ret_n = list.n;
    return read_end(inv, err);
}
