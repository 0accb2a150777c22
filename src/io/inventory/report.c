/* Problem reports: what is known of each; their bytes are files. */
#include "io/inventory/inbox.h"
#include "io/inventory/inside.h"

static const char report_row[] = "SELECT device, name, size, source, by FROM report WHERE id = ?";

static enum err check(struct edit *e, const struct problem_report *r)
{
    int64_t id = 0;
    if (r->device && !sql_one(&e->sql, &id, "SELECT id FROM device WHERE id = ?",
                              SQL_ARGS(SQL_INT(r->device)))) {
        return refuse(e, REFUSAL_NOT_FOUND, "device", 0, "there is no such device");
    }
    return ERR_OK;
}

static struct sql_arg mac_arg(const struct problem_report *r)
{
    return r->has_mac ? SQL_INT(mac_number(r->mac)) : SQL_NULL;
}

static void told(struct edit *e, enum inventory_how how, int64_t id)
{
    edit_changed(e, &(struct inventory_change){.kind = INVENTORY_REPORT, .how = how, .id = id});
}

static enum err add(struct edit *e, const struct problem_report *r, int64_t *ret_id)
{
    enum err err = check(e, r);
    if (err == ERR_OK) {
        err = edit_text(e, "file", str_trim(r->name), 0, 255);
    }
    if (err != ERR_OK) {
        return err;
    }
    (void)sql_run(&e->sql,
                  "INSERT INTO report (device, mac, source, by, name, serial, user, size, sha256,"
                  " at, state, finding, stage, title, severity, findings)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '', '', '', 0, 0)",
                  SQL_ARGS(SQL_ID(r->device), mac_arg(r), SQL_TEXT(r->source), SQL_TEXT(r->by),
                           SQL_TEXT(str_trim(r->name)), SQL_TEXT(r->serial), SQL_TEXT(r->user),
                           SQL_INT(r->size), SQL_BLOB(str_of((const char *)r->sha256, 32)),
                           SQL_INT(e->who->now)));
    *ret_id = sqlite3_last_insert_rowid(e->sql.db);
    edit_audit(e, "report.add", "report", *ret_id, r->name, STR(""),
               edit_row(e, report_row, *ret_id));
    told(e, INVENTORY_ADDED, *ret_id);
    return ERR_OK;
}

enum err inventory_report_add(struct inventory *inv, const struct actor *who,
                              const struct problem_report *r, int64_t *ret_id,
                              struct refusal *reterr)
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

static enum err missing(struct edit *e)
{
    return refuse(e, REFUSAL_NOT_FOUND, "report", 0, "there is no such problem report");
}

enum err inventory_report_told(struct inventory *inv, const struct problem_report *r,
                               struct refusal *reterr)
{
    struct edit *e = edit_begin(inv, NULL, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = check(e, r);
    if (err == ERR_OK) {
        (void)sql_run(&e->sql,
                      "UPDATE report SET device = ?, mac = ?, serial = ?, state = ?, finding = ?,"
                      " stage = ?, title = ?, severity = ?, findings = ? WHERE id = ?",
                      SQL_ARGS(SQL_ID(r->device), mac_arg(r), SQL_TEXT(r->serial),
                               SQL_INT(r->state), SQL_TEXT(r->finding), SQL_TEXT(r->stage),
                               SQL_TEXT(r->title), SQL_INT(r->severity), SQL_INT(r->findings),
                               SQL_INT(r->id)));
        err = sqlite3_changes(e->sql.db) ? ERR_OK : missing(e);
        told(e, INVENTORY_CHANGED, r->id);
    }
    return edit_end(inv, err);
}

#define REPORT_COLUMNS                                                                          \
    "SELECT id, device, mac, source, by, name, serial, user, size, sha256, at, state, finding," \
    " stage, title, severity, findings FROM report"

static void read_row(sqlite3_stmt *q, struct arena *a, struct problem_report *ret)
{
    *ret = (struct problem_report){.id = sql_int(q, 0),
                                   .device = sql_int(q, 1),
                                   .has_mac = !sql_null(q, 2),
                                   .mac = mac_of(sql_int(q, 2)),
                                   .source = keep(a, sql_text(q, 3)),
                                   .by = keep(a, sql_text(q, 4)),
                                   .name = keep(a, sql_text(q, 5)),
                                   .serial = keep(a, sql_text(q, 6)),
                                   .user = keep(a, sql_text(q, 7)),
                                   .size = (uint64_t)sql_int(q, 8),
                                   .at = sql_int(q, 10),
                                   .state = (enum report_state)sql_int(q, 11),
                                   .finding = keep(a, sql_text(q, 12)),
                                   .stage = keep(a, sql_text(q, 13)),
                                   .title = keep(a, sql_text(q, 14)),
                                   .severity = (int)sql_int(q, 15),
                                   .findings = (uint64_t)sql_int(q, 16)};
    struct str sha256 = sql_blob(q, 9);
    if (sha256.len == sizeof ret->sha256) {
        memcpy(ret->sha256, sha256.p, sha256.len);
    }
}

enum err inventory_report_get(struct inventory *inv, int64_t id, struct arena *a,
                              struct problem_report *ret, struct refusal *reterr)
{
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    sqlite3_stmt *q = sql_query(&e->sql, REPORT_COLUMNS " WHERE id = ?", SQL_ARGS(SQL_INT(id)));
    bool there = sql_row(&e->sql, q);
    if (there) {
        read_row(q, a, ret);
    }
    sql_reset(q);
    return read_end(inv, there ? ERR_OK : missing(e));
}

static const char *rows_of(const struct report_query *q)
{
    static const char all[] = REPORT_COLUMNS " WHERE id < ?1 AND ?2 = ?2 ORDER BY id DESC LIMIT ?3";
    static const char one[] =
        REPORT_COLUMNS " WHERE id < ?1 AND device = ?2 ORDER BY id DESC LIMIT ?3";
    static const char none[] =
        REPORT_COLUMNS " WHERE id < ?1 AND device IS NULL AND ?2 = ?2 ORDER BY id DESC LIMIT ?3";
    return q->device ? one : q->nobody ? none : all;
}

enum err inventory_reports(struct inventory *inv, const struct report_query *q, struct arena *a,
                           struct problem_report **ret, size_t *ret_n, struct str *ret_next,
                           struct refusal *reterr)
{
    struct list list = {
        .limit = page_limit(&q->page), .size = sizeof(struct problem_report), .arena = a};
    int64_t before = 0;
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = page_id(e, &q->page, INT64_MAX, &before);
    sqlite3_stmt *s =
        sql_query(&e->sql, rows_of(q),
                  SQL_ARGS(SQL_INT(before), SQL_INT(q->device), SQL_INT(list.limit + 1)));
    while (err == ERR_OK && sql_row(&e->sql, s)) {
        struct problem_report *to = list_row(&list);
        if (to) {
            read_row(s, a, to);
        }
        err = to ? ERR_OK : out_of_memory(e);
    }
    sql_reset(s);
    *ret = list.p;
    *ret_n = list_end(&list, ret_next, offsetof(struct problem_report, id));
    return read_end(inv, err);
}

enum err inventory_report_remove(struct inventory *inv, const struct actor *who, int64_t id,
                                 struct refusal *reterr)
{
    struct edit *e = edit_begin(inv, who, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = ERR_OK;
    struct str before = edit_row(e, report_row, id);
    (void)sql_run(&e->sql, "DELETE FROM report WHERE id = ?", SQL_ARGS(SQL_INT(id)));
    if (sqlite3_changes(e->sql.db) == 0) {
        err = missing(e);
    } else {
        edit_audit(e, "report.remove", "report", id, STR(""), before, STR(""));
        told(e, INVENTORY_REMOVED, id);
    }
    return edit_end(inv, err);
}

enum err inventory_reports_surplus(struct inventory *inv, uint64_t most, uint64_t size,
                                   struct arena *a, int64_t **ret_id, size_t *ret_n,
                                   struct refusal *reterr)
{
    static const char surplus[] =
        "SELECT id FROM (SELECT id, row_number() OVER newest AS place, sum(size) OVER newest AS"
        " bytes FROM report WINDOW newest AS (ORDER BY id DESC))"
        " WHERE place > ? OR bytes > ? ORDER BY id LIMIT ?";
    struct list list = {.limit = LIMIT_MOST, .size = sizeof(int64_t), .arena = a};
    struct str next;
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = ERR_OK;
    sqlite3_stmt *q =
        sql_query(&e->sql, surplus,
                  SQL_ARGS(SQL_INT(most < INT64_MAX ? most : INT64_MAX),
                           SQL_INT(size < INT64_MAX ? size : INT64_MAX), SQL_INT(LIMIT_MOST)));
    while (err == ERR_OK && sql_row(&e->sql, q)) {
        int64_t *to = list_row(&list);
        if (to) {
            *to = sql_int(q, 0);
        }
        err = to ? ERR_OK : out_of_memory(e);
    }
    sql_reset(q);
    *ret_id = list.p;
    *ret_n = list_end(&list, &next, 0);
    return read_end(inv, err);
}
