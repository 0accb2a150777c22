/* Persons and workspaces. */
#include "io/inventory/inside.h"

static const char owner_row[] =
    "SELECT CASE o.kind WHEN 0 THEN 'person' ELSE 'workspace' END AS kind, o.name, o.mail,"
    " s.name AS site, o.note FROM owner o LEFT JOIN site s ON s.id = o.site WHERE o.id = ?";
static const char person_version[] = "SELECT version FROM owner WHERE id = ? AND kind = 0";
static const char workspace_version[] = "SELECT version FROM owner WHERE id = ? AND kind = 1";

static const char *kind_name(enum owner_kind kind)
{
    return kind == OWNER_PERSON ? "person" : "workspace";
}

static enum err check_version(struct edit *e, enum owner_kind kind, int64_t id, int64_t wanted)
{
    return edit_version(e, kind == OWNER_PERSON ? person_version : workspace_version, id, wanted,
                        kind_name(kind));
}

static enum err check_mail(struct edit *e, const struct owner *o)
{
    int64_t other = 0;
    size_t at = str_chr(o->mail, '@');
    if (o->mail.len == 0) {
        return ERR_OK;
    }
    if (at == 0 || at == STR_NPOS || at + 1 == o->mail.len || str_chr(o->mail, ' ') != STR_NPOS) {
        return refuse(e, REFUSAL_BAD_FIELD, "mail", 0, "this is no mail address");
    }
    if (sql_one(
            &e->sql, &other,
            "SELECT id FROM owner WHERE mail IS NOT NULL AND lower(mail) = lower(?) AND id <> ?",
            SQL_ARGS(SQL_TEXT(o->mail), SQL_INT(o->id)))) {
        return refuse(e, REFUSAL_NAME_USED, "mail", other, "somebody else has this mail address");
    }
    return ERR_OK;
}

static enum err check(struct edit *e, const struct owner *o)
{
    int64_t n = 0;
    enum err err = edit_text(e, "name", o->name, 1, NAME_MOST);
    if (err == ERR_OK) {
        err = edit_text(e, "note", o->note, 0, NOTE_MOST);
    }
    if (err == ERR_OK) {
        err = edit_text(e, "mail", o->mail, 0, 254);
    }
    if (err == ERR_OK) {
        err = check_mail(e, o);
    }
    if (err == ERR_OK && o->site &&
        !sql_one(&e->sql, &n, "SELECT id FROM site WHERE id = ?", SQL_ARGS(SQL_INT(o->site)))) {
        err = refuse(e, REFUSAL_NOT_FOUND, "site_id", 0, "there is no such site");
    }
    return err;
}

static void told(struct edit *e, const char *verb, enum inventory_how how, const struct owner *o,
                 int64_t id, struct str before)
{
    char action[32];
    (void)snprintf(action, sizeof action, "%s.%s", kind_name(o->kind), verb);
    edit_audit(e, action, kind_name(o->kind), id, o->name, before, edit_row(e, owner_row, id));
    /* One that comes or goes is referred to by nothing. */
    edit_changed(
        e, &(struct inventory_change){
               .kind = INVENTORY_OWNER, .how = how, .id = id, .online = how == INVENTORY_CHANGED});
}

static struct sql_arg text_or_null(struct str s)
{
    return s.len ? SQL_TEXT(s) : SQL_NULL;
}

enum err owner_insert(struct edit *e, const struct owner *o, int64_t *ret_id)
{
    struct owner mine = *o;
    mine.id = 0;
    enum err err = check(e, &mine);
    if (err != ERR_OK) {
        return err;
    }
    if (sql_run(&e->sql,
                "INSERT INTO owner (version, kind, name, mail, site, note, created)"
                " VALUES (1, ?, ?, ?, ?, ?, ?)",
                SQL_ARGS(SQL_INT(o->kind), SQL_TEXT(o->name), text_or_null(o->mail),
                         SQL_ID(o->site), SQL_TEXT(o->note), SQL_INT(e->who->now)))) {
        *ret_id = sqlite3_last_insert_rowid(e->sql.db);
        told(e, "add", INVENTORY_ADDED, o, *ret_id, STR(""));
    }
    return edit_state(e);
}

enum err inventory_owner_add(struct inventory *inv, const struct actor *who, const struct owner *o,
                             int64_t *ret_id, struct refusal *reterr)
{
    int64_t id = 0;
    struct edit *e = edit_begin(inv, who, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = edit_end(inv, owner_insert(e, o, &id));
    if (err == ERR_OK) {
        *ret_id = id;
    }
    return err;
}

static enum err change(struct edit *e, const struct owner *o)
{
    enum err err = check_version(e, o->kind, o->id, o->version);
    if (err == ERR_OK) {
        err = check(e, o);
    }
    if (err != ERR_OK) {
        return err;
    }
    struct str before = edit_row(e, owner_row, o->id);
    (void)sql_run(&e->sql,
                  "UPDATE owner SET version = version + 1, name = ?, mail = ?, site = ?, note = ?"
                  " WHERE id = ?",
                  SQL_ARGS(SQL_TEXT(o->name), text_or_null(o->mail), SQL_ID(o->site),
                           SQL_TEXT(o->note), SQL_INT(o->id)));
    told(e, "change", INVENTORY_CHANGED, o, o->id, before);
    return ERR_OK;
}

enum err inventory_owner_change(struct inventory *inv, const struct actor *who,
                                const struct owner *o, struct refusal *reterr)
{
    struct edit *e = edit_begin(inv, who, reterr);
    return e ? edit_end(inv, change(e, o)) : edit_not_begun(reterr);
}

#define OWNER_COLUMNS                                                            \
    "SELECT o.id, o.version, o.kind, o.name, o.mail, o.site, o.note, o.created," \
    " (SELECT count(*) FROM device WHERE owner = o.id) FROM owner o"

static void read_row(sqlite3_stmt *q, struct arena *a, struct owner *ret)
{
    *ret = (struct owner){.id = sql_int(q, 0),
                          .version = sql_int(q, 1),
                          .kind = (enum owner_kind)sql_int(q, 2),
                          .name = keep(a, sql_text(q, 3)),
                          .mail = keep(a, sql_text(q, 4)),
                          .site = sql_int(q, 5),
                          .note = keep(a, sql_text(q, 6)),
                          .created = sql_int(q, 7),
                          .devices = (uint64_t)sql_int(q, 8)};
}

static enum err read_owner(struct edit *e, enum owner_kind kind, int64_t id, struct arena *a,
                           struct owner *ret)
{
    sqlite3_stmt *q = sql_query(&e->sql, OWNER_COLUMNS " WHERE o.id = ? AND o.kind = ?",
                                SQL_ARGS(SQL_INT(id), SQL_INT(kind)));
    bool there = sql_row(&e->sql, q);
    if (there) {
        read_row(q, a, ret);
    }
    sql_reset(q);
    return there ? ERR_OK
                 : refuse(e, REFUSAL_NOT_FOUND, kind_name(kind), 0, "there is no such %s",
                          kind_name(kind));
}

static enum err remove_owner(struct edit *e, enum owner_kind kind, int64_t id, int64_t wanted)
{
    struct owner o = {0};
    int64_t other = 0;
    enum err err = check_version(e, kind, id, wanted);
    if (err == ERR_OK) {
        err = read_owner(e, kind, id, &e->arena, &o);
    }
    if (err != ERR_OK) {
        return err;
    }
    if (sql_one(&e->sql, &other, "SELECT id FROM device WHERE owner = ? LIMIT 1",
                SQL_ARGS(SQL_INT(id)))) {
        return refuse(e, REFUSAL_IN_USE, "device", other, "a device belongs to this %s",
                      kind_name(kind));
    }
    struct str before = edit_row(e, owner_row, id);
    (void)sql_run(&e->sql, "DELETE FROM owner WHERE id = ?", SQL_ARGS(SQL_INT(id)));
    told(e, "remove", INVENTORY_REMOVED, &o, id, before);
    return ERR_OK;
}

enum err inventory_owner_remove(struct inventory *inv, const struct actor *who,
                                enum owner_kind kind, int64_t id, int64_t version,
                                struct refusal *reterr)
{
    struct edit *e = edit_begin(inv, who, reterr);
    return e ? edit_end(inv, remove_owner(e, kind, id, version)) : edit_not_begun(reterr);
}

enum err inventory_owner_get(struct inventory *inv, enum owner_kind kind, int64_t id,
                             struct arena *a, struct owner *ret, struct refusal *reterr)
{
    struct edit *e = read_begin(inv, reterr);
    return e ? read_end(inv, read_owner(e, kind, id, a, ret)) : edit_not_begun(reterr);
}

/* The owners of a page, as the index picked them. */
static enum err read_picked(struct edit *e, const struct picked *p, struct arena *a,
                            struct owner **ret, size_t *ret_n)
{
    struct owner *list = arena_alloc(a, (p->n + 1) * sizeof *list);
    if (!list) {
        return out_of_memory(e);
    }
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++) {
        const struct find_name *name = p->row[i];
        enum err err = read_owner(e, (enum owner_kind)name->kind, name->id, a, &list[n]);
        if (err == ERR_OK) {
            n++;
        } else if (e->why->code != REFUSAL_NOT_FOUND) {
            return err;
        }
    }
    *e->why = (struct refusal){0};
    *ret = list;
    *ret_n = n;
    return ERR_OK;
}

enum err inventory_owners(struct inventory *inv, const struct owner_query *q, struct arena *a,
                          struct owner **ret, size_t *ret_n, struct str *ret_next,
                          struct refusal *reterr)
{
    struct picked picked = {.limit = page_limit(&q->page)};
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = pick_owners(inv, q, &picked, a);
    if (err == ERR_OK) {
        err = read_picked(e, &picked, a, ret, ret_n);
    }
    if (err == ERR_OK) {
        *ret_next = picked.next;
    }
    return read_end(inv, err);
}
