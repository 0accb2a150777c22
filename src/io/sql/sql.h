/* SQLite as our databases use it: a file for its owner only, in WAL, brought to this program's form step by step;
 * statements that are prepared once; errors that stick until the end of a transaction. */
#ifndef IO_SQL_SQL_H
#define IO_SQL_SQL_H

#include <sqlite3.h>

#include "base/err.h"
#include "base/str.h"

enum { SQL_WHY = 256 };

/* The form of a database. A step, once released, never changes; what comes later is a step of its own. The number of
 * steps done stands in user_version, whose database it is in application_id. */
struct sql_form {
    int32_t application;
    const char *const *step; /* SQL; each is run in one transaction */
    size_t n_steps;
    const char *pragmas; /* of a connection that writes, once the file is known to be ours */
    int busy_ms;         /* how long a locked database is waited for */
};

/* Makes the file (0600) where it is missing, opens it, looks through a small one, runs the steps it lacks. ERR_IO;
 * ERR_MALFORMED: no database of ours, or damaged; ERR_LIMIT: made by a newer program; ERR_MEMORY. *ret_why says it in
 * words. */
enum err sql_open(const char *path, const struct sql_form *form, sqlite3 **ret,
                  char ret_why[SQL_WHY]) MUST_CHECK;
/* A second connection to one that sql_open has opened and looked through. */
enum err sql_open_again(const char *path, const struct sql_form *form, sqlite3 **ret,
                        char ret_why[SQL_WHY]) MUST_CHECK;
/* For reading only; no step is run. ERR_MISSING: there is none. Otherwise as sql_open. */
enum err sql_open_read(const char *path, const struct sql_form *form, sqlite3 **ret,
                       char ret_why[SQL_WHY]) MUST_CHECK;

/* -- statements of one thread */

enum { SQL_STATEMENTS = 256 };

struct sql {
    sqlite3 *db;
    int code; /* SQLite's first failure since sql_begin; nothing is run after it */
    char what[SQL_WHY];
    struct sql_kept {
        const char *text; /* found by address */
        sqlite3_stmt *q;
    } kept[SQL_STATEMENTS];
};

struct sql_arg {
    enum { SQL_IS_INT, SQL_IS_TEXT, SQL_IS_BLOB, SQL_IS_NULL } is;
    int64_t n;
    struct str s;
};
#define SQL_INT(x) ((struct sql_arg){.is = SQL_IS_INT, .n = (int64_t)(x)})
#define SQL_TEXT(x) ((struct sql_arg){.is = SQL_IS_TEXT, .s = (x)})
#define SQL_BLOB(x) ((struct sql_arg){.is = SQL_IS_BLOB, .s = (x)})
#define SQL_NULL ((struct sql_arg){.is = SQL_IS_NULL})
/* 0 as NULL: for what refers to nothing. */
#define SQL_ID(x) ((struct sql_arg){.is = (x) ? SQL_IS_INT : SQL_IS_NULL, .n = (x)})
#define SQL_ARGS(...)                      \
    (const struct sql_arg[]){__VA_ARGS__}, \
        sizeof((const struct sql_arg[]){__VA_ARGS__}) / sizeof(struct sql_arg)

void sql_init(struct sql *s, sqlite3 *db);
/* Statements and connection. */
void sql_close(struct sql *s);

/* `text` is constant: its statement is kept by its address. Texts and blobs of `arg` must live as long as it runs. NULL
 * after a failure; every function takes that. A statement is stepped to its end, or reset, before its text is used again. */
sqlite3_stmt *sql_query(struct sql *s, const char *text, const struct sql_arg *arg, size_t n);
/* True: a row. False: the end, or a failure; the statement is reset. */
bool sql_row(struct sql *s, sqlite3_stmt *q);
void sql_reset(sqlite3_stmt *q);
/* A statement without rows. False: a failure. */
bool sql_run(struct sql *s, const char *text, const struct sql_arg *arg, size_t n);
/* The first column of the first row. False: no row, NULL, or a failure. */
bool sql_one(struct sql *s, int64_t *ret, const char *text, const struct sql_arg *arg, size_t n);

/* Of the row; views are good until the next step. NULL: 0, empty. */
static inline int64_t sql_int(sqlite3_stmt *q, int column)
{
    return sqlite3_column_int64(q, column);
}
struct str sql_text(sqlite3_stmt *q, int column);
struct str sql_blob(sqlite3_stmt *q, int column);
static inline bool sql_null(sqlite3_stmt *q, int column)
{
    return sqlite3_column_type(q, column) == SQLITE_NULL;
}

/* Forgets an earlier failure. False: locked by another (s->code is SQLITE_BUSY), or another failure. */
bool sql_begin(struct sql *s);
/* For reading several rows as they stood at one moment; ended by sql_commit. */
bool sql_begin_read(struct sql *s);
/* False: something failed on the way, or now; nothing was changed. */
bool sql_commit(struct sql *s);
void sql_rollback(struct sql *s);

#endif
