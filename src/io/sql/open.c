/* Opening a database: whose it is, whether it is whole, and the steps to its newest form. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/sql/sql.h"

/* A database up to this size is looked through when it is opened; of a larger one only what is used is seen. */
enum { CHECK_MOST = 32 * 1024 * 1024 };

/* Words for what SQLite refused: "DIR/dialtone.db: ..."; the kind of error. */
static enum err why(sqlite3 *db, int code, const char *path, char ret_why[SQL_WHY])
{
    int primary = code & 0xff;
    const char *text = db ? sqlite3_errmsg(db) : sqlite3_errstr(code);
    if (primary == SQLITE_NOTADB) {
        (void)snprintf(ret_why, SQL_WHY, "%.180s is no database, or one that is damaged", path);
        return ERR_MALFORMED;
    }
    if (primary == SQLITE_CORRUPT) {
        (void)snprintf(ret_why, SQL_WHY, "%.120s is damaged: %.80s; restore it, or move it away",
                       path, text);
        return ERR_MALFORMED;
    }
    (void)snprintf(ret_why, SQL_WHY, "%.160s: %.80s", path, text);
    return primary == SQLITE_NOMEM ? ERR_MEMORY : ERR_IO;
}

/* The file exists, for its owner only: SQLite gives its companions the same mode. */
static enum err make_file(const char *path, char ret_why[SQL_WHY])
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        (void)snprintf(ret_why, SQL_WHY, "%.180s: %.60s", path, strerror(errno));
        return ERR_IO;
    }
    (void)close(fd);
    return ERR_OK;
}

/* The one number that `text` gives. */
static int number(sqlite3 *db, const char *text, int64_t *ret_n)
{
    sqlite3_stmt *q = NULL;
    int code = sqlite3_prepare_v2(db, text, -1, &q, NULL);
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
static enum err version(sqlite3 *db, const struct sql_form *form, const char *path,
                        int64_t *ret_version, char ret_why[SQL_WHY])
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
        return why(db, code, path, ret_why);
    }
    if (application != form->application && (tables || application || v)) {
        (void)snprintf(ret_why, SQL_WHY, "%.180s is the database of another program", path);
        return ERR_MALFORMED;
    }
    if (v > (int64_t)form->n_steps) {
        (void)snprintf(ret_why, SQL_WHY,
                       "%.120s was written by a newer dialtone (step %lld, this one knows %zu)",
                       path, (long long)v, form->n_steps);
        return ERR_LIMIT;
    }
    *ret_version = v;
    return ERR_OK;
}

static int step(sqlite3 *db, const struct sql_form *form, int64_t i)
{
    char mark[96];
    (void)snprintf(mark, sizeof mark, "PRAGMA application_id=%d; PRAGMA user_version=%lld; COMMIT;",
                   form->application, (long long)i + 1);
    int code = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_exec(db, form->step[i], NULL, NULL, NULL);
    }
    if (code == SQLITE_OK) {
        code = sqlite3_exec(db, mark, NULL, NULL, NULL);
    }
    return code;
}

static enum err migrate(sqlite3 *db, const struct sql_form *form, const char *path,
                        char ret_why[SQL_WHY])
{
    int64_t at = 0;
    enum err e = version(db, form, path, &at, ret_why);
    for (; e == ERR_OK && at < (int64_t)form->n_steps; at++) {
        int code = step(db, form, at);
        if (code != SQLITE_OK) {
            e = why(db, code, path, ret_why);
            (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
        }
    }
    return e;
}

static int first_row(void *ctx, int n, char **value, char **name)
{
    (void)name;
    char *what = ctx;
    if (n > 0 && value[0]) {
        (void)snprintf(what, 128, "%s", value[0]);
    }
    return 0;
}

static enum err look_through(sqlite3 *db, const char *path, char ret_why[SQL_WHY])
{
    struct stat st;
    char what[128] = "";
    if (stat(path, &st) != 0 || st.st_size > CHECK_MOST) {
        return ERR_OK;
    }
    int code = sqlite3_exec(db, "PRAGMA quick_check(1)", first_row, what, NULL);
    if (code != SQLITE_OK) {
        return why(db, code, path, ret_why);
    }
    if (strcmp(what, "ok") != 0) {
        (void)snprintf(ret_why, SQL_WHY, "%.120s is damaged: %.80s; restore it, or move it away",
                       path, what);
        return ERR_MALFORMED;
    }
    return ERR_OK;
}

static enum err connect(const char *path, const struct sql_form *form, int flags, sqlite3 **ret,
                        char ret_why[SQL_WHY])
{
    int64_t at = 0;
    int code = sqlite3_open_v2(path, ret, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK) {
        return why(*ret, code, path, ret_why);
    }
    (void)sqlite3_busy_timeout(*ret, form->busy_ms);
    return version(*ret, form, path, &at, ret_why);
}

static enum err configure(sqlite3 *db, const char *path, const struct sql_form *form,
                          char ret_why[SQL_WHY])
{
    int code = sqlite3_exec(db, form->pragmas, NULL, NULL, NULL);
    return code == SQLITE_OK ? ERR_OK : why(db, code, path, ret_why);
}

static enum err given(sqlite3 *db, enum err e, sqlite3 **ret)
{
    if (e != ERR_OK) {
        (void)sqlite3_close(db);
        return e;
    }
    *ret = db;
    return ERR_OK;
}

enum err sql_open(const char *path, const struct sql_form *form, sqlite3 **ret,
                  char ret_why[SQL_WHY])
{
    sqlite3 *db = NULL;
    enum err e = make_file(path, ret_why);
    if (e == ERR_OK) {
        e = connect(path, form, SQLITE_OPEN_READWRITE, &db, ret_why);
    }
    if (e == ERR_OK) {
        e = configure(db, path, form, ret_why);
    }
    if (e == ERR_OK) {
        e = look_through(db, path, ret_why);
    }
    if (e == ERR_OK) {
        e = migrate(db, form, path, ret_why);
    }
    return given(db, e, ret);
}

enum err sql_open_again(const char *path, const struct sql_form *form, sqlite3 **ret,
                        char ret_why[SQL_WHY])
{
    sqlite3 *db = NULL;
    enum err e = connect(path, form, SQLITE_OPEN_READWRITE, &db, ret_why);
    if (e == ERR_OK) {
        e = configure(db, path, form, ret_why);
    }
    return given(db, e, ret);
}

enum err sql_open_read(const char *path, const struct sql_form *form, sqlite3 **ret,
                       char ret_why[SQL_WHY])
{
    sqlite3 *db = NULL;
    if (access(path, F_OK) != 0) {
        (void)snprintf(ret_why, SQL_WHY, "%.180s: %.60s", path, strerror(errno));
        return errno == ENOENT ? ERR_MISSING : ERR_IO;
    }
    enum err e = connect(path, form, SQLITE_OPEN_READONLY, &db, ret_why);
    return given(db, e, ret);
}
