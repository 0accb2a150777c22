/* Statements: prepared once, bound, stepped; the first failure sticks. */
#include "io/sql/sql.h"

#include <stdio.h>

void sql_init(struct sql *s, sqlite3 *db)
{
    *s = (struct sql){.db = db};
}

void sql_close(struct sql *s)
{
    for (size_t i = 0; i < SQL_STATEMENTS; i++) {
        (void)sqlite3_finalize(s->kept[i].q);
    }
    (void)sqlite3_close(s->db);
    *s = (struct sql){0};
}

static bool failed(struct sql *s, int code)
{
    if (s->code == SQLITE_OK) {
        s->code = code;
        (void)snprintf(s->what, sizeof s->what, "%.200s", sqlite3_errmsg(s->db));
    }
    return false;
}

/* The statement of that text; open addressing, never full in a program whose texts are fewer. */
static sqlite3_stmt *kept(struct sql *s, const char *text)
{
    size_t at = (uintptr_t)text * UINT64_C(0x9e3779b97f4a7c15) >> 56;
    for (size_t i = 0; i < SQL_STATEMENTS; i++) {
        struct sql_kept *k = &s->kept[(at + i) % SQL_STATEMENTS];
        if (k->text == text) {
            return k->q;
        }
        if (k->text == NULL) {
            int code = sqlite3_prepare_v3(s->db, text, -1, SQLITE_PREPARE_PERSISTENT, &k->q, NULL);
            if (code != SQLITE_OK) {
                (void)failed(s, code);
                return NULL;
            }
            k->text = text;
            return k->q;
        }
    }
    (void)failed(s, SQLITE_FULL);
    return NULL;
}

static int bind(sqlite3_stmt *q, int at, const struct sql_arg *a)
{
    const char *p = a->s.p ? a->s.p : "";
    switch (a->is) {
    case SQL_IS_INT:
        return sqlite3_bind_int64(q, at, a->n);
    case SQL_IS_TEXT:
        return sqlite3_bind_text64(q, at, p, a->s.len, SQLITE_STATIC, SQLITE_UTF8);
    case SQL_IS_BLOB:
        return sqlite3_bind_blob64(q, at, p, a->s.len, SQLITE_STATIC);
    case SQL_IS_NULL:
        return sqlite3_bind_null(q, at);
    }
    return SQLITE_MISUSE;
}

sqlite3_stmt *sql_query(struct sql *s, const char *text, const struct sql_arg *arg, size_t n)
{
    sqlite3_stmt *q = s->code == SQLITE_OK ? kept(s, text) : NULL;
    for (size_t i = 0; q && i < n; i++) {
        int code = bind(q, (int)i + 1, &arg[i]);
        if (code != SQLITE_OK) {
            (void)failed(s, code);
            return NULL;
        }
    }
    return q;
}

void sql_reset(sqlite3_stmt *q)
{
    if (q) {
        (void)sqlite3_reset(q);
        (void)sqlite3_clear_bindings(q);
    }
}

bool sql_row(struct sql *s, sqlite3_stmt *q)
{
    int code = q ? sqlite3_step(q) : SQLITE_DONE;
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code != SQLITE_DONE) {
        (void)failed(s, code);
    }
    sql_reset(q);
    return false;
}

bool sql_run(struct sql *s, const char *text, const struct sql_arg *arg, size_t n)
{
    sqlite3_stmt *q = sql_query(s, text, arg, n);
    (void)sql_row(s, q);
    sql_reset(q);
    return s->code == SQLITE_OK;
}

bool sql_one(struct sql *s, int64_t *ret, const char *text, const struct sql_arg *arg, size_t n)
{
    sqlite3_stmt *q = sql_query(s, text, arg, n);
    bool there = sql_row(s, q) && !sql_null(q, 0);
    if (there) {
        *ret = sql_int(q, 0);
    }
    sql_reset(q);
    return there;
}

struct str sql_text(sqlite3_stmt *q, int column)
{
    const char *p = (const char *)sqlite3_column_text(q, column);
    return str_of(p ? p : "", (size_t)sqlite3_column_bytes(q, column));
}

struct str sql_blob(sqlite3_stmt *q, int column)
{
    const char *p = sqlite3_column_blob(q, column);
    return str_of(p ? p : "", (size_t)sqlite3_column_bytes(q, column));
}

static bool begin(struct sql *s, const char *text)
{
    s->code = SQLITE_OK;
    int code = sqlite3_exec(s->db, text, NULL, NULL, NULL);
    return code == SQLITE_OK || failed(s, code);
}

bool sql_begin(struct sql *s)
{
    return begin(s, "BEGIN IMMEDIATE");
}

bool sql_begin_read(struct sql *s)
{
    return begin(s, "BEGIN");
}

void sql_rollback(struct sql *s)
{
    if (!sqlite3_get_autocommit(s->db)) {
        (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    }
}

bool sql_commit(struct sql *s)
{
    int code = s->code == SQLITE_OK ? sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL) : s->code;
    if (code == SQLITE_OK) {
        return true;
    }
    sql_rollback(s);
    return failed(s, code);
}
