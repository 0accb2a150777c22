/* The steps from one form of the database to the next. A step, once released, never changes; what comes later is a
 * step of its own. The number of steps done stands in user_version, whose database it is in application_id. */
#include <stdio.h>
#include <string.h>

#include "io/store/inside.h"

enum { APPLICATION = 0x64746e65 }; /* "dtne" */

static const char *const steps[] = {
    /* 1: the journal */
    "CREATE TABLE journal ("
    " id INTEGER PRIMARY KEY,"
    " at INTEGER NOT NULL," /* microseconds, UTC */
    " subject TEXT NOT NULL,"
    " source TEXT NOT NULL,"
    " kind INTEGER NOT NULL,"
    " line TEXT NOT NULL) STRICT;"
    "CREATE INDEX journal_subject ON journal (subject, id);",
};
enum { STEPS = sizeof steps / sizeof *steps };

enum err store_why(sqlite3 *db, int code, const char *path, char ret_why[STORE_WHY])
{
    int primary = code & 0xff;
    const char *text = db ? sqlite3_errmsg(db) : sqlite3_errstr(code);
    if (primary == SQLITE_NOTADB) {
        (void)snprintf(ret_why, STORE_WHY, "%.180s is no database, or one that is damaged", path);
        return ERR_MALFORMED;
    }
    if (primary == SQLITE_CORRUPT) {
        (void)snprintf(ret_why, STORE_WHY, "%.120s is damaged: %.80s; restore it, or move it away",
                       path, text);
        return ERR_MALFORMED;
    }
    (void)snprintf(ret_why, STORE_WHY, "%.160s: %.80s", path, text);
    return primary == SQLITE_NOMEM ? ERR_MEMORY : ERR_IO;
}

/* The one number that `sql` gives. */
static int number(sqlite3 *db, const char *sql, int64_t *ret_n)
{
    sqlite3_stmt *q = NULL;
    int code = sqlite3_prepare_v2(db, sql, -1, &q, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(q);
    }
    if (code == SQLITE_ROW) {
        *ret_n = sqlite3_column_int64(q, 0);
        code = SQLITE_OK;
    }
    (void)sqlite3_finalize(q);
    return code;
}

/* Who made it, how far it is; a file without any table is a new one. */
static enum err version(sqlite3 *db, const char *path, int64_t *ret_version,
                        char ret_why[STORE_WHY])
{
    int64_t application = 0, tables = 0, v = 0;
    int code = number(db, "PRAGMA application_id", &application);
    if (code == SQLITE_OK) {
        code = number(db, "SELECT count(*) FROM sqlite_schema", &tables);
    }
    if (code == SQLITE_OK) {
        code = number(db, "PRAGMA user_version", &v);
    }
    if (code != SQLITE_OK) {
        return store_why(db, code, path, ret_why);
    }
    if (application != APPLICATION && (tables || application || v)) {
        (void)snprintf(ret_why, STORE_WHY, "%.180s is the database of another program", path);
        return ERR_MALFORMED;
    }
    if (v > STEPS) {
        (void)snprintf(ret_why, STORE_WHY,
                       "%.120s was written by a newer dialtone (step %lld, this one knows %d)",
                       path, (long long)v, (int)STEPS);
        return ERR_LIMIT;
    }
    *ret_version = v;
    return ERR_OK;
}

static int step(sqlite3 *db, int64_t i)
{
    char mark[96];
    (void)snprintf(mark, sizeof mark, "PRAGMA application_id=%d; PRAGMA user_version=%lld; COMMIT;",
                   APPLICATION, (long long)i + 1);
    int code = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_exec(db, steps[i], NULL, NULL, NULL);
    }
    if (code == SQLITE_OK) {
        code = sqlite3_exec(db, mark, NULL, NULL, NULL);
    }
    return code;
}

enum err store_check(sqlite3 *db, const char *path, char ret_why[STORE_WHY])
{
    int64_t at = 0;
    return version(db, path, &at, ret_why);
}

enum err store_migrate(sqlite3 *db, const char *path, char ret_why[STORE_WHY])
{
    int64_t at = 0;
    enum err e = version(db, path, &at, ret_why);
    for (; e == ERR_OK && at < STEPS; at++) {
        int code = step(db, at);
        if (code != SQLITE_OK) {
            e = store_why(db, code, path, ret_why);
            (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
        }
    }
    return e;
}
