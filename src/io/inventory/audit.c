/* Reading the audit trail. */
#include "io/inventory/audit.h"

#include "io/inventory/inside.h"

#define AUDIT_COLUMNS                                                                       \
    "SELECT id, at, who, source, action, object, object_id, name, before, after FROM audit" \
    " WHERE id < ?1 AND (?2 = '' OR who = ?2) AND at >= ?3 AND at < ?4"

static sqlite3_stmt *rows_of(struct edit *e, const struct audit_query *q, int64_t before,
                             size_t limit)
{
    static const char all[] = AUDIT_COLUMNS " AND ?5 = ?5 AND ?6 = ?6 ORDER BY id DESC LIMIT ?7";
    static const char of_kind[] =
        AUDIT_COLUMNS " AND object = ?5 AND ?6 = ?6 ORDER BY id DESC LIMIT ?7";
    static const char of_one[] =
        AUDIT_COLUMNS " AND object = ?5 AND object_id = ?6 ORDER BY id DESC LIMIT ?7";
    const char *sql = !q->object.len ? all : q->object_id ? of_one : of_kind;
    return sql_query(&e->sql, sql,
                     SQL_ARGS(SQL_INT(before), SQL_TEXT(q->who), SQL_INT(q->from),
                              SQL_INT(q->until ? q->until : INT64_MAX), SQL_TEXT(q->object),
                              SQL_INT(q->object_id), SQL_INT(limit)));
}

static void read_row(sqlite3_stmt *q, struct arena *a, struct audit_row *ret)
{
    *ret = (struct audit_row){.id = sql_int(q, 0),
                              .at = sql_int(q, 1),
                              .who = keep(a, sql_text(q, 2)),
                              .source = keep(a, sql_text(q, 3)),
                              .action = keep(a, sql_text(q, 4)),
                              .object = keep(a, sql_text(q, 5)),
                              .object_id = sql_int(q, 6),
                              .name = keep(a, sql_text(q, 7)),
                              .before = keep(a, sql_text(q, 8)),
                              .after = keep(a, sql_text(q, 9))};
}

enum err inventory_audit(struct inventory *inv, const struct audit_query *q, struct arena *a,
                         struct audit_row **ret, size_t *ret_n, struct str *ret_next,
                         struct refusal *reterr)
{
    struct list list = {
        .limit = page_limit(&q->page), .size = sizeof(struct audit_row), .arena = a};
    int64_t before = 0;
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = page_id(e, &q->page, INT64_MAX, &before);
    sqlite3_stmt *s = err == ERR_OK ? rows_of(e, q, before, list.limit + 1) : NULL;
    while (err == ERR_OK && sql_row(&e->sql, s)) {
        struct audit_row *to = list_row(&list);
        if (to) {
            read_row(s, a, to);
        }
        err = to ? ERR_OK : out_of_memory(e);
    }
    sql_reset(s);
    *ret = list.p;
    *ret_n = list_end(&list, ret_next, offsetof(struct audit_row, id));
    return read_end(inv, err);
}

enum err inventory_audit_add(struct inventory *inv, const struct actor *who, struct str action,
                             struct str object, int64_t object_id, struct str name,
                             struct str after, struct refusal *reterr)
{
    char words[2][64];
    struct edit *e = edit_begin(inv, who, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    (void)snprintf(words[0], sizeof words[0], "%.*s", STR_ARG(str_head(action, 60)));
    (void)snprintf(words[1], sizeof words[1], "%.*s", STR_ARG(str_head(object, 60)));
    edit_audit(e, words[0], words[1], object_id, name, STR(""), after);
    return edit_end(inv, ERR_OK);
}
