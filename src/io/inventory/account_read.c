/* Accounts: reading them, and what the edge is given. */
#include "base/fold.h"
#include "io/inventory/inside.h"

#define ACCOUNT_COLUMNS                                                                   \
    "SELECT a.id, a.version, a.user, a.domain, a.number, a.display, a.auth, a.registrar," \
    " a.sha256, a.secret IS NOT NULL, a.created,"                                         \
    " (SELECT count(*) FROM line WHERE account = a.id) FROM account a"

static void read_row(sqlite3_stmt *q, struct arena *a, struct account_entry *ret)
{
    *ret = (struct account_entry){.id = sql_int(q, 0),
                                  .version = sql_int(q, 1),
                                  .user = keep(a, sql_text(q, 2)),
                                  .domain = keep(a, sql_text(q, 3)),
                                  .number = keep(a, sql_text(q, 4)),
                                  .display = keep(a, sql_text(q, 5)),
                                  .auth = keep(a, sql_text(q, 6)),
                                  .registrar = sql_int(q, 7),
                                  .sha256 = sql_int(q, 8) != 0,
                                  .has_secret = sql_int(q, 9) != 0,
                                  .created = sql_int(q, 10),
                                  .lines = (unsigned)sql_int(q, 11)};
}

static enum err missing(struct edit *e)
{
    return refuse(e, REFUSAL_NOT_FOUND, "account", 0, "there is no such account");
}

enum err inventory_account_get(struct inventory *inv, int64_t id, struct arena *a,
                               struct account_entry *ret, struct refusal *reterr)
{
    enum err err = ERR_OK;
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    sqlite3_stmt *q = sql_query(&e->sql, ACCOUNT_COLUMNS " WHERE a.id = ?", SQL_ARGS(SQL_INT(id)));
    if (sql_row(&e->sql, q)) {
        read_row(q, a, ret);
    } else {
        err = missing(e);
    }
    sql_reset(q);
    return read_end(inv, err);
}

/* Whether user or number begin with what was typed, or a word of the display name does. */
static bool fits(sqlite3_stmt *q, struct str typed, struct str word)
{
    char text[2 * NAME_MOST];
    return typed.len == 0 || str_starts(sql_text(q, 2), typed) ||
           str_starts(sql_text(q, 4), typed) ||
           fold_has(str_of(text, fold(sql_text(q, 5), text, sizeof text)), word);
}

static sqlite3_stmt *rows_of(struct edit *e, const struct account_query *q, int64_t after)
{
    static const char of_any[] = ACCOUNT_COLUMNS " WHERE a.id > ?1 ORDER BY a.id";
    static const char of_edge[] =
        ACCOUNT_COLUMNS " WHERE a.id > ?1 AND a.registrar IS NULL ORDER BY a.id";
    static const char of_one[] =
        ACCOUNT_COLUMNS " WHERE a.id > ?1 AND a.registrar = ?2 ORDER BY a.id";
    if (q->registrar < 0) {
        return sql_query(&e->sql, of_any, SQL_ARGS(SQL_INT(after)));
    }
    return q->registrar == 0
               ? sql_query(&e->sql, of_edge, SQL_ARGS(SQL_INT(after)))
               : sql_query(&e->sql, of_one, SQL_ARGS(SQL_INT(after), SQL_INT(q->registrar)));
}

enum err inventory_accounts(struct inventory *inv, const struct account_query *q, struct arena *a,
                            struct account_entry **ret, size_t *ret_n, struct str *ret_next,
                            struct refusal *reterr)
{
    char room[2 * NAME_MOST];
    struct str typed = str_trim(str_head(q->q, sizeof room));
    struct str word = str_of(room, fold(typed, room, sizeof room));
    struct list list = {
        .limit = page_limit(&q->page), .size = sizeof(struct account_entry), .arena = a};
    int64_t after = 0;
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = page_id(e, &q->page, 0, &after);
    sqlite3_stmt *s = err == ERR_OK ? rows_of(e, q, after) : NULL;
    while (err == ERR_OK && sql_row(&e->sql, s)) {
        bool wanted = (!q->unused || sql_int(s, 11) == 0) && fits(s, typed, word);
        struct account_entry *to = wanted ? list_row(&list) : NULL;
        if (to) {
            read_row(s, a, to);
        }
        err = list.lost ? out_of_memory(e) : list_full(&list) ? ERR_END : ERR_OK;
    }
    sql_reset(s);
    *ret = list.p;
    *ret_n = list_end(&list, ret_next, offsetof(struct account_entry, id));
    return read_end(inv, err == ERR_END ? ERR_OK : err);
}

/* -- secrets */

static enum err open_secret(struct edit *e, int64_t id, struct str sealed, struct arena *a,
                            struct str *ret)
{
    enum err err = key_open_sealed(e->key, "account", id, sealed, a, ret);
    if (err == ERR_OK || err == ERR_MEMORY) {
        return err == ERR_OK ? ERR_OK : out_of_memory(e);
    }
    return refuse(e, REFUSAL_SECRET, "account", id,
                  "the secret of account %lld does not open: it is damaged", (long long)id);
}

enum err inventory_account_secret_get(struct inventory *inv, int64_t id, struct arena *arena,
                                      struct str *ret_secret, struct refusal *reterr)
{
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    sqlite3_stmt *q =
        sql_query(&e->sql, "SELECT secret FROM account WHERE id = ?", SQL_ARGS(SQL_INT(id)));
    enum err err =
        sql_row(&e->sql, q) ? open_secret(e, id, sql_blob(q, 0), arena, ret_secret) : missing(e);
    sql_reset(q);
    return read_end(inv, err);
}

/* -- for the edge */

/* The MAC of the one device, where there is one. */
#define PROOF_COLUMNS                                                                   \
    "SELECT a.id, a.user, a.auth, a.sha256, a.secret, count(DISTINCT d.id), max(d.mac)" \
    " FROM account a LEFT JOIN line l ON l.account = a.id"                              \
    " LEFT JOIN device d ON d.id = l.device WHERE a.registrar IS NULL"

static enum err make_ha1(struct edit *e, struct str secret, struct account_proof *p)
{
    struct str name = p->auth.len ? p->auth : p->user;
    const struct str parts[] = {name, STR(":"), e->cfg->realm, STR(":"), secret};
    for (int i = DIGEST_MD5; i <= DIGEST_SHA256; i++) {
        size_t len = 0;
        if (e->cfg->crypto->digest((enum digest_algorithm)i, parts, sizeof parts / sizeof *parts,
                                   p->ha1[i], &len) == ERR_OK) {
            p->has_ha1 = (uint8_t)(p->has_ha1 | 1U << i);
        }
    }
    return p->has_ha1 ? ERR_OK
                      : refuse(e, REFUSAL_SECRET, "account", p->id, "the library refuses digests");
}

static enum err read_proof(struct edit *e, sqlite3_stmt *q, struct arena *a,
                           struct account_proof *ret)
{
    struct str secret = {0};
    *ret = (struct account_proof){.id = sql_int(q, 0),
                                  .user = keep(a, sql_text(q, 1)),
                                  .auth = keep(a, sql_text(q, 2)),
                                  .sha256 = sql_int(q, 3) != 0,
                                  .has_mac = sql_int(q, 5) == 1 && !sql_null(q, 6),
                                  .mac = mac_of(sql_int(q, 6))};
    enum err err = open_secret(e, ret->id, sql_blob(q, 4), &e->arena, &secret);
    if (err == ERR_OK) {
        err = make_ha1(e, secret, ret);
        wipe(secret);
    }
    return err;
}

enum err inventory_account_proof(struct inventory *inv, int64_t id, struct str user,
                                 struct arena *a, struct account_proof *ret, struct refusal *reterr)
{
    static const char by_id[] = PROOF_COLUMNS " AND a.id = ? GROUP BY a.id";
    static const char by_user[] = PROOF_COLUMNS " AND a.domain = ? AND a.user = ? GROUP BY a.id";
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    sqlite3_stmt *q =
        id ? sql_query(&e->sql, by_id, SQL_ARGS(SQL_INT(id)))
           : sql_query(&e->sql, by_user, SQL_ARGS(SQL_TEXT(e->cfg->domain), SQL_TEXT(user)));
    enum err err = sql_row(&e->sql, q) ? read_proof(e, q, a, ret) : missing(e);
    sql_reset(q);
    return read_end(inv, err);
}

enum err inventory_account_proofs(struct inventory *inv,
                                  enum err (*each)(void *ctx, const struct account_proof *p),
                                  void *ctx, struct refusal *reterr)
{
    static const char all[] = PROOF_COLUMNS " GROUP BY a.id ORDER BY a.id";
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = ERR_OK;
    sqlite3_stmt *q = sql_query(&e->sql, all, NULL, 0);
    while (err == ERR_OK && sql_row(&e->sql, q)) {
        struct account_proof p;
        err = read_proof(e, q, &e->arena, &p);
        if (err == ERR_OK) {
            err = each(ctx, &p);
        }
        explicit_bzero(&p, sizeof p);
        arena_reset(&e->arena);
    }
    sql_reset(q);
    return read_end(inv, err);
}
