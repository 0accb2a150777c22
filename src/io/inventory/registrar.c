/* Registrars other than our edge. */
#include "io/inventory/inside.h"

static const char registrar_row[] =
    "SELECT name, proxy, outbound AS outbound_proxy, transport, realm FROM registrar WHERE id = ?";
static const char registrar_version[] = "SELECT version FROM registrar WHERE id = ?";

/* A host, or host:port, as a profile may hold it. */
static enum err check_host(struct edit *e, const char *field, struct str s, size_t least)
{
    enum err err = edit_text(e, field, s, least, 255);
    for (size_t i = 0; err == ERR_OK && i < s.len; i++) {
        if (!ascii_alnum(s.p[i]) && !strchr("-._:[]", s.p[i])) {
            return refuse(e, REFUSAL_BAD_FIELD, field, 0, "%s is a host, or host:port", field);
        }
    }
    return err;
}

static enum err check(struct edit *e, const struct registrar *r)
{
    int64_t other = 0;
    enum err err = edit_text(e, "name", r->name, 1, NAME_MOST);
    if (err == ERR_OK) {
        err = check_host(e, "proxy", r->proxy, 1);
    }
    if (err == ERR_OK) {
        err = check_host(e, "outbound_proxy", r->outbound_proxy, 0);
    }
    if (err == ERR_OK) {
        err = edit_text(e, "realm", r->realm, 0, 255);
    }
    if (err == ERR_OK && (r->transport < REGISTRAR_ANY || r->transport > REGISTRAR_TLS)) {
        err = refuse(e, REFUSAL_BAD_FIELD, "transport", 0, "there is no such transport");
    }
    if (err == ERR_OK &&
        sql_one(&e->sql, &other, "SELECT id FROM registrar WHERE name = ? AND id <> ?",
                SQL_ARGS(SQL_TEXT(r->name), SQL_INT(r->id)))) {
        err = refuse(e, REFUSAL_NAME_USED, "name", other, "there is a registrar of that name");
    }
    return err;
}

static void told(struct edit *e, const char *action, enum inventory_how how, int64_t id,
                 struct str name, struct str before)
{
    edit_audit(e, action, "registrar", id, name, before, edit_row(e, registrar_row, id));
    /* One that comes or goes is referred to by nothing. */
    edit_changed(e, &(struct inventory_change){.kind = INVENTORY_REGISTRAR,
                                               .how = how,
                                               .id = id,
                                               .online = how == INVENTORY_CHANGED});
}

static enum err add(struct edit *e, const struct registrar *r, int64_t *ret_id)
{
    struct registrar mine = *r;
    mine.id = 0;
    enum err err = check(e, &mine);
    if (err != ERR_OK) {
        return err;
    }
    if (sql_run(&e->sql,
                "INSERT INTO registrar (version, name, proxy, outbound, transport, realm)"
                " VALUES (1, ?, ?, ?, ?, ?)",
                SQL_ARGS(SQL_TEXT(r->name), SQL_TEXT(r->proxy), SQL_TEXT(r->outbound_proxy),
                         SQL_INT(r->transport), SQL_TEXT(r->realm)))) {
        *ret_id = sqlite3_last_insert_rowid(e->sql.db);
        told(e, "registrar.add", INVENTORY_ADDED, *ret_id, r->name, STR(""));
    }
    return ERR_OK;
}

enum err inventory_registrar_add(struct inventory *inv, const struct actor *who,
                                 const struct registrar *r, int64_t *ret_id, struct refusal *reterr)
{
    int64_t id = 0;
    struct edit *e = edit_begin(inv, who, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = edit_end(inv, add(e, r, &id));
    if (err == ERR_OK) {
        *ret_id = id;
    }
    return err;
}

static enum err change(struct edit *e, const struct registrar *r)
{
    enum err err = edit_version(e, registrar_version, r->id, r->version, "registrar");
    if (err == ERR_OK) {
        err = check(e, r);
    }
    if (err != ERR_OK) {
        return err;
    }
    struct str before = edit_row(e, registrar_row, r->id);
    (void)sql_run(&e->sql,
                  "UPDATE registrar SET version = version + 1, name = ?, proxy = ?, outbound = ?,"
                  " transport = ?, realm = ? WHERE id = ?",
                  SQL_ARGS(SQL_TEXT(r->name), SQL_TEXT(r->proxy), SQL_TEXT(r->outbound_proxy),
                           SQL_INT(r->transport), SQL_TEXT(r->realm), SQL_INT(r->id)));
    told(e, "registrar.change", INVENTORY_CHANGED, r->id, r->name, before);
    return ERR_OK;
}

enum err inventory_registrar_change(struct inventory *inv, const struct actor *who,
                                    const struct registrar *r, struct refusal *reterr)
{
    struct edit *e = edit_begin(inv, who, reterr);
    return e ? edit_end(inv, change(e, r)) : edit_not_begun(reterr);
}

#define REGISTRAR_COLUMNS                                                        \
    "SELECT r.id, r.version, r.name, r.proxy, r.outbound, r.transport, r.realm," \
    " (SELECT count(*) FROM account WHERE registrar = r.id) FROM registrar r"

static void read_row(sqlite3_stmt *q, struct arena *a, struct registrar *ret)
{
    *ret = (struct registrar){.id = sql_int(q, 0),
                              .version = sql_int(q, 1),
                              .name = keep(a, sql_text(q, 2)),
                              .proxy = keep(a, sql_text(q, 3)),
                              .outbound_proxy = keep(a, sql_text(q, 4)),
                              .transport = (enum registrar_transport)sql_int(q, 5),
                              .realm = keep(a, sql_text(q, 6)),
                              .accounts = (uint64_t)sql_int(q, 7)};
}

static enum err read_registrar(struct edit *e, int64_t id, struct arena *a, struct registrar *ret)
{
    sqlite3_stmt *q =
        sql_query(&e->sql, REGISTRAR_COLUMNS " WHERE r.id = ?", SQL_ARGS(SQL_INT(id)));
    bool there = sql_row(&e->sql, q);
    if (there) {
        read_row(q, a, ret);
    }
    sql_reset(q);
    return there ? ERR_OK
                 : refuse(e, REFUSAL_NOT_FOUND, "registrar", 0, "there is no such registrar");
}

static enum err remove_registrar(struct edit *e, int64_t id, int64_t version)
{
    struct registrar r = {0};
    int64_t other = 0;
    enum err err = edit_version(e, registrar_version, id, version, "registrar");
    if (err == ERR_OK) {
        err = read_registrar(e, id, &e->arena, &r);
    }
    if (err != ERR_OK) {
        return err;
    }
    if (sql_one(&e->sql, &other, "SELECT id FROM account WHERE registrar = ? LIMIT 1",
                SQL_ARGS(SQL_INT(id)))) {
        return refuse(e, REFUSAL_IN_USE, "account", other, "accounts register there");
    }
    struct str before = edit_row(e, registrar_row, id);
    (void)sql_run(&e->sql, "DELETE FROM registrar WHERE id = ?", SQL_ARGS(SQL_INT(id)));
    told(e, "registrar.remove", INVENTORY_REMOVED, id, r.name, before);
    return ERR_OK;
}

enum err inventory_registrar_remove(struct inventory *inv, const struct actor *who, int64_t id,
                                    int64_t version, struct refusal *reterr)
{
    struct edit *e = edit_begin(inv, who, reterr);
    return e ? edit_end(inv, remove_registrar(e, id, version)) : edit_not_begun(reterr);
}

enum err inventory_registrar_get(struct inventory *inv, int64_t id, struct arena *a,
                                 struct registrar *ret, struct refusal *reterr)
{
    struct edit *e = read_begin(inv, reterr);
    return e ? read_end(inv, read_registrar(e, id, a, ret)) : edit_not_begun(reterr);
}

enum err inventory_registrars(struct inventory *inv, struct page page, struct arena *a,
                              struct registrar **ret, size_t *ret_n, struct str *ret_next,
                              struct refusal *reterr)
{
    struct list list = {.limit = page_limit(&page), .size = sizeof(struct registrar), .arena = a};
    int64_t after = 0;
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = page_id(e, &page, 0, &after);
    sqlite3_stmt *q = sql_query(&e->sql, REGISTRAR_COLUMNS " WHERE r.id > ? ORDER BY r.id LIMIT ?",
                                SQL_ARGS(SQL_INT(after), SQL_INT(list.limit + 1)));
    while (err == ERR_OK && sql_row(&e->sql, q)) {
        struct registrar *to = list_row(&list);
        if (to) {
            read_row(q, a, to);
        }
        err = to ? ERR_OK : out_of_memory(e);
    }
    sql_reset(q);
    *ret = list.p;
    *ret_n = list_end(&list, ret_next, offsetof(struct registrar, id));
    return read_end(inv, err);
}
