/* Opening and closing the inventory, its master key, its housekeeping. */
#include "io/inventory/inventory.h"

#include <errno.h>
#include <unistd.h>

#include "io/inventory/inside.h"

enum { AUDIT_MOST = 1000000 };

/* -- the master key */

static const char *choose_key(struct inventory *inv, bool *ret_ours)
{
    const char *credentials = getenv("CREDENTIALS_DIRECTORY");
    *ret_ours = false;
    if (inv->cfg.key_file) {
        (void)snprintf(inv->key_path, sizeof inv->key_path, "%s", inv->cfg.key_file);
        return inv->key_path;
    }
    if (credentials) {
        (void)snprintf(inv->key_path, sizeof inv->key_path, "%s/dialtone.key", credentials);
        if (access(inv->key_path, F_OK) == 0) {
            return inv->key_path;
        }
    }
    *ret_ours = true;
    (void)snprintf(inv->key_path, sizeof inv->key_path, "%s/master.key", inv->cfg.dir);
    return inv->key_path;
}

static struct str check_of(struct inventory *inv)
{
    struct edit *e = &inv->edit;
    sqlite3_stmt *q = sql_query(&e->sql, "SELECT value FROM meta WHERE name = 'check'", NULL, 0);
    struct str sealed = sql_row(&e->sql, q) ? keep(&e->arena, sql_blob(q, 0)) : (struct str){0};
    sql_reset(q);
    return sealed;
}

static bool fits(struct inventory *inv, const struct key *k, struct str check)
{
    struct str plain;
    return key_open_sealed(k, "check", 0, check, &inv->edit.arena, &plain) == ERR_OK;
}

static bool put_check(struct edit *e, const struct key *k)
{
    struct str sealed = key_seal(k, "check", 0, STR("dialtone"), &e->arena);
    return sealed.p &&
           sql_run(&e->sql, "INSERT OR REPLACE INTO meta (name, value) VALUES ('check', ?)",
                   SQL_ARGS(SQL_BLOB(sealed)));
}

/* A change of the key that a crash cut short after its transaction: the new file takes its place now. */
static bool finish_rekey(struct inventory *inv, struct str check, char ret_why[INVENTORY_WHY])
{
    char path[4200];
    struct key k;
    (void)snprintf(path, sizeof path, "%s.new", inv->key_path);
    bool is_new =
        access(path, F_OK) == 0 && key_open(path, inv->cfg.crypto, false, &k, ret_why) == ERR_OK;
    if (is_new && fits(inv, &k, check) && rename(path, inv->key_path) == 0) {
        inv->key = k;
        return true;
    }
    return false;
}

static enum err open_key(struct inventory *inv, char ret_why[INVENTORY_WHY])
{
    bool ours = false;
    const char *path = choose_key(inv, &ours);
    struct str check = check_of(inv);
    if (inv->edit.sql.code != SQLITE_OK) {
        (void)snprintf(ret_why, INVENTORY_WHY, "%.120s: %.100s", inv->path, inv->edit.sql.what);
        return ERR_IO;
    }
    enum err e = key_open(path, inv->cfg.crypto, ours && !check.p, &inv->key, ret_why);
    if (e == ERR_OK && !check.p) {
        struct edit *edit = &inv->edit;
        bool ok = sql_begin(&edit->sql) && put_check(edit, &inv->key);
        return sql_commit(&edit->sql) && ok ? ERR_OK : ERR_IO;
    }
    if (e == ERR_OK && fits(inv, &inv->key, check)) {
        return ERR_OK;
    }
    if (check.p && ours && finish_rekey(inv, check, ret_why)) {
        return ERR_OK;
    }
    if (e == ERR_OK) {
        (void)snprintf(ret_why, INVENTORY_WHY,
                       "%.90s is not the key that the secrets in %.90s were sealed with", path,
                       inv->path);
        e = ERR_MALFORMED;
    } else if (e == ERR_MISSING) {
        (void)snprintf(ret_why, INVENTORY_WHY,
                       "%.90s is missing: the secrets in %.90s cannot be opened without it", path,
                       inv->path);
        e = ERR_MALFORMED;
    }
    return e;
}

/* -- a new master key */

struct sealed_in {
    const char *what, *select, *update;
};

static const struct sealed_in sealed_columns[] = {
    {"account", "SELECT id, secret FROM account WHERE secret IS NOT NULL AND id > ? ORDER BY id",
     "UPDATE account SET secret = ? WHERE id = ?"},
    {"device", "SELECT id, keys FROM device WHERE keys IS NOT NULL AND id > ? ORDER BY id",
     "UPDATE device SET keys = ? WHERE id = ?"},
    {"password", "SELECT id, secret FROM password WHERE secret IS NOT NULL AND id > ? ORDER BY id",
     "UPDATE password SET secret = ? WHERE id = ?"},
    {"value", "SELECT rowid, value FROM value WHERE secret AND rowid > ? ORDER BY rowid",
     "UPDATE value SET value = ? WHERE rowid = ?"},
};

static enum err seal_row(struct edit *e, const struct key *k, const struct sealed_in *in,
                         int64_t id, struct str sealed)
{
    struct str plain;
    if (key_open_sealed(e->key, in->what, id, sealed, &e->arena, &plain) != ERR_OK) {
        return refuse(e, REFUSAL_SECRET, NULL, id, "the secret of %s %lld does not open", in->what,
                      (long long)id);
    }
    struct str anew = key_seal(k, in->what, id, plain, &e->arena);
    wipe(plain);
    if (!anew.p) {
        return out_of_memory(e);
    }
    (void)sql_run(&e->sql, in->update, SQL_ARGS(SQL_BLOB(anew), SQL_INT(id)));
    return edit_state(e);
}

/* The statement is begun anew for each row: it must not see what is written meanwhile. */
static enum err seal_anew(struct edit *e, const struct key *k, const struct sealed_in *in)
{
    enum err err = ERR_OK;
    int64_t id = 0;
    for (bool more = true; more && err == ERR_OK;) {
        sqlite3_stmt *q = sql_query(&e->sql, in->select, SQL_ARGS(SQL_INT(id)));
        struct str sealed = {0};
        more = sql_row(&e->sql, q);
        if (more) {
            id = sql_int(q, 0);
            sealed = keep(&e->arena, sql_blob(q, 1));
        }
        sql_reset(q);
        if (more) {
            err = seal_row(e, k, in, id, sealed);
            arena_reset(&e->arena);
        }
    }
    return err == ERR_OK ? edit_state(e) : err;
}

static enum err rekey(struct inventory *inv, struct edit *e, const struct key *k)
{
    enum err err = ERR_OK;
    for (size_t i = 0; i < sizeof sealed_columns / sizeof *sealed_columns && err == ERR_OK; i++) {
        err = seal_anew(e, k, &sealed_columns[i]);
    }
    if (err == ERR_OK && !put_check(e, k)) {
        err = out_of_memory(e);
    }
    /* Their hashes were made with the old key. */
    (void)sql_run(&e->sql, "DELETE FROM code", NULL, 0);
    edit_audit(e, "key.change", "key", 0, STR(""), STR(""), STR(""));
    (void)inv;
    return err;
}

enum err inventory_rekey(struct inventory *inv, const char *path, const struct actor *who,
                         struct refusal *reterr)
{
    char made[4200], why[KEY_WHY] = "";
    struct key k;
    struct edit *e = edit_begin(inv, who, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    (void)snprintf(made, sizeof made, "%s.new", inv->key_path);
    if (!path) {
        (void)unlink(made);
    }
    if (key_open(path ? path : made, inv->cfg.crypto, true, &k, why) != ERR_OK) {
        return edit_end(inv, refuse(e, REFUSAL_SECRET, NULL, 0, "%.150s", why));
    }
    enum err err = edit_end(inv, rekey(inv, e, &k));
    if (err == ERR_OK) {
        inv->key = k;
        if (!path && rename(made, inv->key_path) != 0) {
            err = refuse(e, REFUSAL_SECRET, NULL, 0, "%.100s cannot be renamed: %.40s", made,
                         strerror(errno));
        }
    }
    key_wipe(&k);
    return err;
}

/* -- opening */

static enum err init(struct inventory *inv, const struct inventory_cfg *cfg,
                     char ret_why[INVENTORY_WHY])
{
    sqlite3 *db = NULL;
    inv->cfg = *cfg;
    inv->cfg.devices_most = cfg->devices_most ? cfg->devices_most : 1000000;
    inv->edit.cfg = &inv->cfg;
    inv->edit.key = &inv->key;
    int n = snprintf(inv->path, sizeof inv->path, "%s/hub.db", cfg->dir);
    if (n < 0 || (size_t)n >= sizeof inv->path) {
        (void)snprintf(ret_why, INVENTORY_WHY, "the folder's name is too long");
        return ERR_LIMIT;
    }
    enum err e = sql_open(inv->path, &inventory_form, &db, ret_why);
    if (e != ERR_OK) {
        return e;
    }
    sql_init(&inv->edit.sql, db);
    e = open_key(inv, ret_why);
    if (e == ERR_OK && (e = find_load(inv)) != ERR_OK) {
        (void)snprintf(ret_why, INVENTORY_WHY, "%.120s: the devices cannot be read: %.80s",
                       inv->path, e == ERR_MEMORY ? "no memory" : inv->edit.sql.what);
    }
    return e;
}

_Static_assert((int)INVENTORY_WHY == (int)SQL_WHY && (int)INVENTORY_WHY == (int)KEY_WHY,
               "words of one length");

enum err inventory_open(const struct inventory_cfg *cfg, struct inventory **ret,
                        char ret_why[INVENTORY_WHY])
{
    struct inventory *inv = calloc(1, sizeof *inv);
    if (!inv) {
        (void)snprintf(ret_why, INVENTORY_WHY, "no memory");
        return ERR_MEMORY;
    }
    arena_init(&inv->edit.arena, 64 << 20);
    enum err e = init(inv, cfg, ret_why);
    if (e != ERR_OK) {
        inventory_close(inv);
        return e;
    }
    *ret = inv;
    return ERR_OK;
}

void inventory_close(struct inventory *inv)
{
    if (!inv) {
        return;
    }
    if (inv->edit.sql.db) {
        unknown_flush(inv);
        sql_close(&inv->edit.sql);
    }
    find_clear(&inv->find);
    arena_clear(&inv->edit.arena);
    free(inv->edit.change);
    unknown_clear(inv);
    key_wipe(&inv->key);
    free(inv);
}

/* -- housekeeping */

void inventory_tick(struct inventory *inv, usec_t now)
{
    static const char *const old[] = {
        "DELETE FROM session WHERE expires < ?",
        "DELETE FROM window WHERE until < ?",
        "DELETE FROM password WHERE expires IS NOT NULL AND expires < ?",
        /* Codes are remembered for a while, so that one that comes late is told as expired. */
        "DELETE FROM code WHERE expires < ? - 604800000000",
    };
    static const char audit[] = "DELETE FROM audit WHERE id IN (SELECT id FROM audit ORDER BY id"
                                " LIMIT 1000) AND id <= (SELECT max(id) FROM audit) - ?";
    struct refusal ignored;
    unknown_flush(inv);
    struct edit *e = edit_begin(inv, NULL, &ignored);
    if (!e) {
        return;
    }
    for (size_t i = 0; i < sizeof old / sizeof *old; i++) {
        (void)sql_run(&e->sql, old[i], SQL_ARGS(SQL_INT(now)));
    }
    (void)sql_run(&e->sql, audit, SQL_ARGS(SQL_INT(AUDIT_MOST)));
    contents_prune(e);
    enum err done = edit_end(inv, ERR_OK);
    (void)done; /* what was not done is done at the next tick */
}

static uint64_t count(struct inventory *inv, const char *sql)
{
    int64_t n = 0;
    (void)sql_one(&inv->edit.sql, &n, sql, NULL, 0);
    return (uint64_t)n;
}

struct inventory_counts inventory_counts(struct inventory *inv)
{
    inv->edit.sql.code = SQLITE_OK;
    return (struct inventory_counts){.devices = inv->find.devices.n,
                                     .owners = inv->find.owners.n,
                                     .accounts = count(inv, "SELECT count(*) FROM account"),
                                     .index_bytes = find_memory(&inv->find),
                                     .commits = inv->commits,
                                     .refused = inv->refused};
}
