/* Reading the journal, over a connection of its own. */
#include "io/store/inside.h"

enum { BUSY_MS = 2000 };

static struct str text(sqlite3_stmt *q, int column)
{
    const char *p = (const char *)sqlite3_column_text(q, column);
    return str_of(p ? p : "", (size_t)sqlite3_column_bytes(q, column));
}

static enum err rows(sqlite3_stmt *q, enum err (*row)(void *ctx, const struct journal_row *r),
                     void *ctx)
{
    enum err e = ERR_OK;
    int code = SQLITE_ROW;
    while (e == ERR_OK && (code = sqlite3_step(q)) == SQLITE_ROW) {
        struct journal_row r = {.id = sqlite3_column_int64(q, 0),
                                .when = sqlite3_column_int64(q, 1),
                                .subject = text(q, 2),
                                .source = text(q, 3),
                                .kind = sqlite3_column_int(q, 4),
                                .line = text(q, 5)};
        e = row(ctx, &r);
    }
    return e != ERR_OK || code == SQLITE_DONE ? e : ERR_IO;
}

struct question {
    const char *sql;
    struct str subject;
    int64_t from; /* date, or id */
    size_t most;
};

static enum err ask(struct store *s, const struct question *k,
                    enum err (*row)(void *ctx, const struct journal_row *r), void *ctx)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *q = NULL;
    enum err e = ERR_IO;
    if (sqlite3_open_v2(s->path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) ==
            SQLITE_OK &&
        sqlite3_busy_timeout(db, BUSY_MS) == SQLITE_OK &&
        sqlite3_prepare_v2(db, k->sql, -1, &q, NULL) == SQLITE_OK) {
        (void)sqlite3_bind_int64(q, 1, k->from);
        (void)sqlite3_bind_int64(q, 2, k->most < INT32_MAX ? (sqlite3_int64)k->most : INT32_MAX);
        if (k->subject.len) {
            (void)sqlite3_bind_text(q, 3, k->subject.p, (int)k->subject.len, SQLITE_STATIC);
        }
        e = rows(q, row, ctx);
    }
    (void)sqlite3_finalize(q);
    (void)sqlite3_close(db);
    return e;
}

#define COLUMNS "SELECT id, at, subject, source, kind, line FROM "

enum err store_journal_read(struct store *s, struct str subject, usec_t from, size_t most,
                            enum err (*row)(void *ctx, const struct journal_row *r), void *ctx)
{
    static const char of_all[] = COLUMNS "(SELECT * FROM journal WHERE at >= ?1"
                                         " ORDER BY id DESC LIMIT ?2) ORDER BY id";
    static const char of_one[] = COLUMNS "(SELECT * FROM journal WHERE subject = ?3"
                                         " AND at >= ?1 ORDER BY id DESC LIMIT ?2) ORDER BY id";
    struct question k = {
        .sql = subject.len ? of_one : of_all, .subject = subject, .from = from, .most = most};
    return ask(s, &k, row, ctx);
}

enum err store_journal_after(struct store *s, struct str subject, int64_t id, size_t most,
                             enum err (*row)(void *ctx, const struct journal_row *r), void *ctx)
{
    static const char of_all[] = COLUMNS "journal WHERE id > ?1 ORDER BY id LIMIT ?2";
    static const char of_one[] =
        COLUMNS "journal WHERE subject = ?3 AND id > ?1 ORDER BY id LIMIT ?2";
    struct question k = {
        .sql = subject.len ? of_one : of_all, .subject = subject, .from = id, .most = most};
    return ask(s, &k, row, ctx);
}
