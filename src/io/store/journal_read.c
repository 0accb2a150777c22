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

static enum err open_read(struct store *s, sqlite3 **ret)
{
    if (sqlite3_open_v2(s->path, ret, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) ==
            SQLITE_OK &&
        sqlite3_busy_timeout(*ret, BUSY_MS) == SQLITE_OK) {
        return ERR_OK;
    }
    return ERR_IO;
}

static void bind_size(sqlite3_stmt *q, int at, size_t n)
{
    (void)sqlite3_bind_int64(q, at, n < INT32_MAX ? (sqlite3_int64)n : INT32_MAX);
}

static void bind_subject(sqlite3_stmt *q, int at, struct str subject)
{
    if (subject.len) {
        (void)sqlite3_bind_text(q, at, subject.p, (int)subject.len, SQLITE_STATIC);
    }
}

#define COLUMNS "SELECT id, at, subject, source, kind, line FROM "

/* -- backwards from the newest */

struct reading {
    enum err (*row)(void *ctx, const struct journal_row *r);
    void *ctx;
    size_t n;
    int64_t first; /* the lowest id */
};

static enum err on_row(void *ctx, const struct journal_row *r)
{
    struct reading *g = ctx;
    g->first = g->n++ ? g->first : r->id;
    return g->row(g->ctx, r);
}

/* The lowest and the highest id. */
static bool ends(sqlite3 *db, int64_t *ret_low, int64_t *ret_high)
{
    sqlite3_stmt *q = NULL;
    bool ok = sqlite3_prepare_v2(
                  db, "SELECT (SELECT min(id) FROM journal), (SELECT max(id) FROM journal)", -1, &q,
                  NULL) == SQLITE_OK &&
              sqlite3_step(q) == SQLITE_ROW;
    *ret_low = ok ? sqlite3_column_int64(q, 0) : 0;
    *ret_high = ok ? sqlite3_column_int64(q, 1) : 0;
    (void)sqlite3_finalize(q);
    return ok;
}

static enum err read_back(sqlite3 *db, const struct journal_query *k, int64_t floor, int64_t before,
                          struct reading *g)
{
#define WANTED \
    " AND id < ?3 AND at >= ?4 AND (?5 = 0 OR kind = ?5) ORDER BY id DESC LIMIT ?6) ORDER BY id"
    static const char of_all[] = COLUMNS "(SELECT * FROM journal WHERE id >= ?2" WANTED;
    static const char of_one[] =
        COLUMNS "(SELECT * FROM journal WHERE subject = ?1 AND id >= ?2" WANTED;
    sqlite3_stmt *q = NULL;
    enum err e = ERR_IO;
    if (sqlite3_prepare_v2(db, k->subject.len ? of_one : of_all, -1, &q, NULL) == SQLITE_OK) {
        bind_subject(q, 1, k->subject);
        (void)sqlite3_bind_int64(q, 2, floor);
        (void)sqlite3_bind_int64(q, 3, before);
        (void)sqlite3_bind_int64(q, 4, k->from);
        (void)sqlite3_bind_int(q, 5, k->kind);
        bind_size(q, 6, k->most);
        e = rows(q, on_row, g);
    }
    (void)sqlite3_finalize(q);
    return e;
}

enum err store_journal_read(struct store *s, const struct journal_query *q,
                            enum err (*row)(void *ctx, const struct journal_row *r), void *ctx,
                            int64_t *ret_before)
{
    sqlite3 *db = NULL;
    int64_t low = 0, high = 0, floor = 0;
    struct reading g = {.row = row, .ctx = ctx};
    enum err e = open_read(s, &db);
    if (e == ERR_OK && !ends(db, &low, &high)) {
        e = ERR_IO;
    }
    int64_t before = q->before && q->before <= high ? q->before : high + 1;
    if (q->scan && !q->subject.len && before - low > (int64_t)q->scan) {
        floor = before - (int64_t)q->scan;
    }
    if (e == ERR_OK) {
        e = read_back(db, q, floor, before, &g);
    }
    (void)sqlite3_close(db);
    int64_t next = g.n == q->most ? g.first : floor;
    if (ret_before) {
        *ret_before = next > low ? next : 0;
    }
    return e;
}

/* -- forwards */

enum err store_journal_after(struct store *s, struct str subject, int64_t id, size_t most,
                             enum err (*row)(void *ctx, const struct journal_row *r), void *ctx)
{
    static const char of_all[] = COLUMNS "journal WHERE id > ?1 ORDER BY id LIMIT ?2";
    static const char of_one[] =
        COLUMNS "journal WHERE subject = ?3 AND id > ?1 ORDER BY id LIMIT ?2";
    sqlite3 *db = NULL;
    sqlite3_stmt *q = NULL;
    enum err e = open_read(s, &db);
    if (e == ERR_OK) {
        e = sqlite3_prepare_v2(db, subject.len ? of_one : of_all, -1, &q, NULL) == SQLITE_OK
                ? ERR_OK
                : ERR_IO;
    }
    if (e == ERR_OK) {
        (void)sqlite3_bind_int64(q, 1, id);
        bind_size(q, 2, most);
        bind_subject(q, 3, subject);
        e = rows(q, row, ctx);
    }
    (void)sqlite3_finalize(q);
    (void)sqlite3_close(db);
    return e;
}
