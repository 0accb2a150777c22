/* Users and tokens. */
#include "io/inventory/access.h"
#include "io/inventory/inside.h"

enum { NAME_USER = 64, HASH_MOST = 512 };

static const char user_row[] =
    "SELECT name, CASE role WHEN 0 THEN 'reader' WHEN 1 THEN 'operator' ELSE 'admin' END AS role,"
    " iif(disabled, 1, NULL) AS disabled FROM user WHERE id = ?";
static const char user_version[] = "SELECT version FROM user WHERE id = ?";

static enum err check_role(struct edit *e, enum role role)
{
    return role >= ROLE_READER && role <= ROLE_ADMIN
               ? ERR_OK
               : refuse(e, REFUSAL_BAD_FIELD, "role", 0, "there is no such role");
}

static enum err check(struct edit *e, const struct user *u, size_t least_hash)
{
    int64_t other = 0;
    enum err err = edit_text(e, "name", u->name, 1, NAME_USER);
    if (err == ERR_OK) {
        err = edit_text(e, "password", u->hash, least_hash, HASH_MOST);
    }
    if (err == ERR_OK) {
        err = check_role(e, u->role);
    }
    if (err == ERR_OK && sql_one(&e->sql, &other, "SELECT id FROM user WHERE name = ? AND id <> ?",
                                 SQL_ARGS(SQL_TEXT(u->name), SQL_INT(u->id)))) {
        err = refuse(e, REFUSAL_NAME_USED, "name", other, "there is a user of that name");
    }
    return err;
}

static void told(struct edit *e, const char *action, enum inventory_how how, int64_t id,
                 struct str name, struct str before)
{
    edit_audit(e, action, "user", id, name, before, edit_row(e, user_row, id));
    edit_changed(e, &(struct inventory_change){.kind = INVENTORY_USER, .how = how, .id = id});
}

enum err user_insert(struct edit *e, const struct user *u, int64_t *ret_id)
{
    struct user mine = *u;
    mine.id = 0;
    enum err err = check(e, &mine, 1);
    if (err != ERR_OK) {
        return err;
    }
    if (sql_run(&e->sql,
                "INSERT INTO user (version, name, role, hash, disabled, created, last_login)"
                " VALUES (1, ?, ?, ?, ?, ?, 0)",
                SQL_ARGS(SQL_TEXT(u->name), SQL_INT(u->role), SQL_TEXT(u->hash),
                         SQL_INT(u->disabled), SQL_INT(e->who->now)))) {
        *ret_id = sqlite3_last_insert_rowid(e->sql.db);
        told(e, "user.add", INVENTORY_ADDED, *ret_id, u->name, STR(""));
    }
    return edit_state(e);
}

enum err inventory_user_add(struct inventory *inv, const struct actor *who, const struct user *u,
                            int64_t *ret_id, struct refusal *reterr)
{
    int64_t id = 0;
    struct edit *e = edit_begin(inv, who, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = edit_end(inv, user_insert(e, u, &id));
    if (err == ERR_OK) {
        *ret_id = id;
    }
    return err;
}

static enum err not_last_admin(struct edit *e, int64_t id)
{
    int64_t n = 0;
    bool is_admin =
        sql_one(&e->sql, &n, "SELECT id FROM user WHERE id = ? AND role = 2 AND NOT disabled",
                SQL_ARGS(SQL_INT(id)));
    if (is_admin &&
        !sql_one(&e->sql, &n, "SELECT id FROM user WHERE id <> ? AND role = 2 AND NOT disabled",
                 SQL_ARGS(SQL_INT(id)))) {
        return refuse(e, REFUSAL_IN_USE, "role", id, "this is the last admin");
    }
    return ERR_OK;
}

static enum err change(struct edit *e, const struct user *u)
{
    int64_t role = 0;
    enum err err = edit_version(e, user_version, u->id, u->version, "user");
    if (err == ERR_OK) {
        err = check(e, u, 0);
    }
    if (err == ERR_OK && (u->disabled || u->role != ROLE_ADMIN)) {
        err = not_last_admin(e, u->id);
    }
    if (err != ERR_OK) {
        return err;
    }
    struct str before = edit_row(e, user_row, u->id);
    bool had_role =
        sql_one(&e->sql, &role, "SELECT role FROM user WHERE id = ?", SQL_ARGS(SQL_INT(u->id)));
    (void)sql_run(&e->sql,
                  "UPDATE user SET version = version + 1, name = ?1, role = ?2,"
                  " hash = iif(?3 = '', hash, ?3), disabled = ?4 WHERE id = ?5",
                  SQL_ARGS(SQL_TEXT(u->name), SQL_INT(u->role), SQL_TEXT(u->hash),
                           SQL_INT(u->disabled), SQL_INT(u->id)));
    if (u->hash.len || u->disabled || !had_role || role != (int64_t)u->role) {
        (void)sql_run(&e->sql, "DELETE FROM session WHERE user = ?", SQL_ARGS(SQL_INT(u->id)));
    }
    told(e, u->hash.len ? "user.password" : "user.change", INVENTORY_CHANGED, u->id, u->name,
         before);
    return ERR_OK;
}

enum err inventory_user_change(struct inventory *inv, const struct actor *who, const struct user *u,
                               struct refusal *reterr)
{
    struct edit *e = edit_begin(inv, who, reterr);
    return e ? edit_end(inv, change(e, u)) : edit_not_begun(reterr);
}

#define USER_COLUMNS "SELECT id, version, name, role, disabled, created, last_login, hash FROM user"

static void read_row(sqlite3_stmt *q, struct arena *a, struct user *ret)
{
    *ret = (struct user){.id = sql_int(q, 0),
                         .version = sql_int(q, 1),
                         .name = keep(a, sql_text(q, 2)),
                         .role = (enum role)sql_int(q, 3),
                         .disabled = sql_int(q, 4) != 0,
                         .created = sql_int(q, 5),
                         .last_login = sql_int(q, 6)};
}

static enum err read_one(struct edit *e, sqlite3_stmt *q, bool hash, struct arena *a,
                         struct user *ret)
{
    bool there = sql_row(&e->sql, q);
    if (there) {
        read_row(q, a, ret);
        ret->hash = hash ? keep(a, sql_text(q, 7)) : STR("");
    }
    sql_reset(q);
    return there ? ERR_OK : refuse(e, REFUSAL_NOT_FOUND, "user", 0, "there is no such user");
}

enum err inventory_user_get(struct inventory *inv, int64_t id, struct arena *a, struct user *ret,
                            struct refusal *reterr)
{
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    sqlite3_stmt *q = sql_query(&e->sql, USER_COLUMNS " WHERE id = ?", SQL_ARGS(SQL_INT(id)));
    return read_end(inv, read_one(e, q, false, a, ret));
}

enum err inventory_user_find(struct inventory *inv, struct str name, struct arena *a,
                             struct user *ret, struct refusal *reterr)
{
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    sqlite3_stmt *q = sql_query(&e->sql, USER_COLUMNS " WHERE name = ?", SQL_ARGS(SQL_TEXT(name)));
    return read_end(inv, read_one(e, q, true, a, ret));
}

enum err inventory_user_remove(struct inventory *inv, const struct actor *who, int64_t id,
                               int64_t version, struct refusal *reterr)
{
    struct user u = {0};
    struct edit *e = edit_begin(inv, who, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = edit_version(e, user_version, id, version, "user");
    if (err == ERR_OK) {
        err = not_last_admin(e, id);
    }
    if (err == ERR_OK) {
        err = read_one(e, sql_query(&e->sql, USER_COLUMNS " WHERE id = ?", SQL_ARGS(SQL_INT(id))),
                       false, &e->arena, &u);
    }
    if (err == ERR_OK) {
        struct str before = edit_row(e, user_row, id);
        (void)sql_run(&e->sql, "DELETE FROM user WHERE id = ?", SQL_ARGS(SQL_INT(id)));
        told(e, "user.remove", INVENTORY_REMOVED, id, u.name, before);
    }
    return edit_end(inv, err);
}

enum err inventory_users(struct inventory *inv, struct page page, struct arena *a,
                         struct user **ret, size_t *ret_n, struct str *ret_next,
                         struct refusal *reterr)
{
    struct list list = {.limit = page_limit(&page), .size = sizeof(struct user), .arena = a};
    int64_t after = 0;
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = page_id(e, &page, 0, &after);
    sqlite3_stmt *q = sql_query(&e->sql, USER_COLUMNS " WHERE id > ? ORDER BY id LIMIT ?",
                                SQL_ARGS(SQL_INT(after), SQL_INT(list.limit + 1)));
    while (err == ERR_OK && sql_row(&e->sql, q)) {
        struct user *to = list_row(&list);
        if (to) {
            read_row(q, a, to);
        }
        err = to ? ERR_OK : out_of_memory(e);
    }
    sql_reset(q);
    *ret = list.p;
    *ret_n = list_end(&list, ret_next, offsetof(struct user, id));
    return read_end(inv, err);
}
