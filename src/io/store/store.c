/* Opening and closing the database. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/store/inside.h"

/* A database up to this size is looked through when it is opened; of a larger one only what is used is seen. */
enum { CHECK_MOST = 32 * 1024 * 1024, BUSY_MS = 5000 };

/* The file exists, for its owner only: SQLite gives its companions the same mode. */
static enum err make_file(const char *path, char ret_why[STORE_WHY])
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        (void)snprintf(ret_why, STORE_WHY, "%.180s: %.60s", path, strerror(errno));
        return ERR_IO;
    }
    (void)close(fd);
    return ERR_OK;
}

static enum err configure(sqlite3 *db, const char *path, char ret_why[STORE_WHY])
{
    int code = sqlite3_exec(db,
                            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                            "PRAGMA journal_size_limit=16777216; PRAGMA trusted_schema=OFF;",
                            NULL, NULL, NULL);
    return code == SQLITE_OK ? ERR_OK : store_why(db, code, path, ret_why);
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

static enum err look_through(sqlite3 *db, const char *path, char ret_why[STORE_WHY])
{
    struct stat st;
    char what[128] = "";
    if (stat(path, &st) != 0 || st.st_size > CHECK_MOST) {
        return ERR_OK;
    }
    int code = sqlite3_exec(db, "PRAGMA quick_check(1)", first_row, what, NULL);
    if (code != SQLITE_OK) {
        return store_why(db, code, path, ret_why);
    }
    if (strcmp(what, "ok") != 0) {
        (void)snprintf(ret_why, STORE_WHY, "%.120s is damaged: %.80s; restore it, or move it away",
                       path, what);
        return ERR_MALFORMED;
    }
    return ERR_OK;
}

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
    enum err e = make_file(s->path, ret_why);
    if (e == ERR_OK) {
        int code =
            sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
        e = code == SQLITE_OK ? ERR_OK : store_why(s->db, code, s->path, ret_why);
    }
    if (e == ERR_OK) {
        (void)sqlite3_busy_timeout(s->db, BUSY_MS);
        e = store_check(s->db, s->path, ret_why);
    }
    if (e == ERR_OK) {
        e = configure(s->db, s->path, ret_why);
    }
    if (e == ERR_OK) {
        e = look_through(s->db, s->path, ret_why);
    }
    if (e == ERR_OK) {
        e = store_migrate(s->db, s->path, ret_why);
    }
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
    enum err e = ERR_OK;
    if (access(s->path, F_OK) != 0) {
        (void)snprintf(ret_why, STORE_WHY, "%.180s: %.60s", s->path, strerror(errno));
        e = errno == ENOENT ? ERR_MISSING : ERR_IO;
    }
    if (e == ERR_OK) {
        int code = sqlite3_open_v2(s->path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
        e = code == SQLITE_OK ? store_check(db, s->path, ret_why)
                              : store_why(db, code, s->path, ret_why);
    }
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
