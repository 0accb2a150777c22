/* The journal's database: its form, opening and closing it. */
#include <stdio.h>
#include <stdlib.h>

#include "io/store/inside.h"

_Static_assert((int)STORE_WHY == (int)SQL_WHY, "words of one length");

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

static const struct sql_form form = {
    .application = 0x64746e65, /* "dtne" */
    .step = steps,
    .n_steps = sizeof steps / sizeof *steps,
    .pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
               "PRAGMA journal_size_limit=16777216; PRAGMA trusted_schema=OFF;",
    .busy_ms = 5000,
};

static struct store *new_store(const char *dir, char ret_why[STORE_WHY])
{
    struct store *s = calloc(1, sizeof *s);
    int n = s ? snprintf(s->path, sizeof s->path, "%s/dialtone.db", dir) : 0;
    if (!s || n < 0 || (size_t)n >= sizeof s->path) {
        (void)snprintf(ret_why, STORE_WHY, "%s", s ? "the folder's name is too long" : "no memory");
        free(s);
        return NULL;
    }
    s->wake = -1;
    return s;
}

static struct store_cfg with_defaults(const struct store_cfg *cfg)
{
    struct store_cfg c = cfg ? *cfg : (struct store_cfg){0};
    c.queue = c.queue ? c.queue : 8192;
    c.per_subject = c.per_subject ? c.per_subject : 500;
    c.most = c.most ? c.most : 5000000;
    c.age = c.age ? c.age : 30 * USEC_DAY;
    return c;
}

enum err store_open(const char *dir, const struct store_cfg *cfg, struct store **ret,
                    char ret_why[STORE_WHY])
{
    struct store *s = new_store(dir, ret_why);
    if (!s) {
        return ERR_MEMORY;
    }
    s->cfg = with_defaults(cfg);
    enum err e = sql_open(s->path, &form, &s->db, ret_why);
    if (e == ERR_OK && (e = store_writer_start(s)) != ERR_OK) {
        (void)snprintf(ret_why, STORE_WHY, "%.120s: the journal's writer cannot start: %.80s",
                       s->path, sqlite3_errmsg(s->db));
    }
    if (e != ERR_OK) {
        (void)sqlite3_close(s->db);
        free(s);
        return e;
    }
    *ret = s;
    return ERR_OK;
}

enum err store_open_read(const char *dir, struct store **ret, char ret_why[STORE_WHY])
{
    sqlite3 *db = NULL;
    struct store *s = new_store(dir, ret_why);
    if (!s) {
        return ERR_MEMORY;
    }
    enum err e = sql_open_read(s->path, &form, &db, ret_why);
    (void)sqlite3_close(db);
    if (e != ERR_OK) {
        free(s);
        return e;
    }
    *ret = s;
    return ERR_OK;
}

void store_close(struct store *s)
{
    if (!s) {
        return;
    }
    if (s->db) {
        store_writer_end(s);
        (void)sqlite3_close(s->db);
    }
    free(s);
}
