/* Tokens of programs, sessions of browsers, the one-time set-up token: all are 256 random bits of which the SHA-256 is kept. */
#include "io/inventory/access.h"
#include "io/inventory/inside.h"

enum { SESSIONS_MOST = 20, TOKENS_MOST = 1000 };
#define USED_EACH (60 * USEC_S) /* how often the time of last use is written */

static enum err hash_of(struct edit *e, struct str head, struct str token, uint8_t ret[32])
{
    size_t len = 0;
    uint8_t digest[DIGEST_MOST];
    const struct str parts[] = {head, token};
    if (e->cfg->crypto->digest(DIGEST_SHA256, parts, 2, digest, &len) != ERR_OK) {
        return refuse(e, REFUSAL_SECRET, "token", 0, "the library for SHA-256 refuses");
    }
    memcpy(ret, digest, 32);
    return ERR_OK;
}

static struct str bytes(const uint8_t hash[32])
{
    return str_of((const char *)hash, 32);
}

/* In a time that does not tell where they differ. */
static bool same(struct str a, struct str b)
{
    unsigned differ = 0;
    for (size_t i = 0; a.len == b.len && i < a.len; i++) {
        differ |= (unsigned char)a.p[i] ^ (unsigned char)b.p[i];
    }
    return a.len == b.len && differ == 0;
}

/* -- tokens */

static enum err token_insert(struct edit *e, const struct token *t, const char *token,
                             int64_t *ret_id)
{
    uint8_t hash[32];
    int64_t other = 0;
    enum err err = edit_text(e, "name", t->name, 1, NAME_MOST);
    if (err == ERR_OK && (t->role < ROLE_READER || t->role > ROLE_ADMIN)) {
        err = refuse(e, REFUSAL_BAD_FIELD, "role", 0, "there is no such role");
    }
    if (err == ERR_OK && sql_one(&e->sql, &other, "SELECT id FROM token WHERE name = ?",
                                 SQL_ARGS(SQL_TEXT(t->name)))) {
        err = refuse(e, REFUSAL_NAME_USED, "name", other, "there is a token of that name");
    }
    if (err == ERR_OK && sql_one(&e->sql, &other, "SELECT count(*) FROM token", NULL, 0) &&
        other >= TOKENS_MOST) {
        err = refuse(e, REFUSAL_LIMIT, NULL, 0, "there are %d tokens: no more", TOKENS_MOST);
    }
    if (err == ERR_OK) {
        err = hash_of(e, STR(""), str_z(token), hash);
    }
    if (err != ERR_OK) {
        return err;
    }
    (void)sql_run(&e->sql,
                  "INSERT INTO token (name, role, hash, created, expires, last_used, by)"
                  " VALUES (?, ?, ?, ?, ?, 0, ?)",
                  SQL_ARGS(SQL_TEXT(t->name), SQL_INT(t->role), SQL_BLOB(bytes(hash)),
                           SQL_INT(e->who->now), SQL_INT(t->expires), SQL_TEXT(e->who->who)));
    *ret_id = sqlite3_last_insert_rowid(e->sql.db);
    edit_audit(e, "token.add", "token", *ret_id, t->name, STR(""),
               edit_row(e, "SELECT name, role, expires FROM token WHERE id = ?", *ret_id));
    return ERR_OK;
}

enum err inventory_token_add(struct inventory *inv, const struct actor *who, const struct token *t,
                             int64_t *ret_id, char ret_token[ACCESS_TOKEN_TEXT],
                             struct refusal *reterr)
{
    int64_t id = 0;
    char token[44];
    struct edit *e = edit_begin(inv, who, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    random_token(token);
    enum err err = edit_end(inv, token_insert(e, t, token, &id));
    if (err == ERR_OK) {
        *ret_id = id;
        memcpy(ret_token, token, sizeof token);
    }
    return err;
}

enum err inventory_token_remove(struct inventory *inv, const struct actor *who, int64_t id,
                                struct refusal *reterr)
{
    struct edit *e = edit_begin(inv, who, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = ERR_OK;
    struct str before = edit_row(e, "SELECT name, role, expires FROM token WHERE id = ?", id);
    (void)sql_run(&e->sql, "DELETE FROM token WHERE id = ?", SQL_ARGS(SQL_INT(id)));
    if (sqlite3_changes(e->sql.db) == 0) {
        err = refuse(e, REFUSAL_NOT_FOUND, "token", 0, "there is no such token");
    } else {
        edit_audit(e, "token.remove", "token", id, STR(""), before, STR(""));
    }
    return edit_end(inv, err);
}

#define TOKEN_COLUMNS "SELECT id, name, role, created, expires, last_used, by FROM token"

static void read_token(sqlite3_stmt *q, struct arena *a, struct token *ret)
{
    *ret = (struct token){.id = sql_int(q, 0),
                          .name = keep(a, sql_text(q, 1)),
                          .role = (enum role)sql_int(q, 2),
                          .created = sql_int(q, 3),
                          .expires = sql_int(q, 4),
                          .last_used = sql_int(q, 5),
                          .by = keep(a, sql_text(q, 6))};
}

/* Neither audited nor waited for: it may be lost where the database is busy. */
static void note_use(struct inventory *inv, const char *sql, int64_t id, usec_t now)
{
    struct sql *s = &inv->edit.sql;
    if (!atomic_load(&inv->importing)) {
        s->code = SQLITE_OK;
        (void)sql_run(s, sql, SQL_ARGS(SQL_INT(now), SQL_INT(id)));
        s->code = SQLITE_OK;
    }
}

enum err inventory_token_check(struct inventory *inv, struct str token, usec_t now, struct arena *a,
                               struct token *ret, struct refusal *reterr)
{
    uint8_t hash[32];
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = hash_of(e, STR(""), token, hash);
    sqlite3_stmt *q =
        sql_query(&e->sql, TOKEN_COLUMNS " WHERE hash = ?", SQL_ARGS(SQL_BLOB(bytes(hash))));
    if (err == ERR_OK && sql_row(&e->sql, q)) {
        read_token(q, a, ret);
    } else if (err == ERR_OK) {
        err = refuse(e, REFUSAL_NOT_FOUND, "token", 0, "there is no such token");
    }
    sql_reset(q);
    err = read_end(inv, err);
    if (err == ERR_OK && ret->expires && ret->expires <= now) {
        return refuse(e, REFUSAL_EXPIRED, "token", ret->id, "the token has expired");
    }
    if (err == ERR_OK && now - ret->last_used >= USED_EACH) {
        note_use(inv, "UPDATE token SET last_used = ? WHERE id = ?", ret->id, now);
    }
    return err;
}

enum err inventory_tokens(struct inventory *inv, struct page page, struct arena *a,
                          struct token **ret, size_t *ret_n, struct str *ret_next,
                          struct refusal *reterr)
{
    struct list list = {.limit = page_limit(&page), .size = sizeof(struct token), .arena = a};
    int64_t after = 0;
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = page_id(e, &page, 0, &after);
    sqlite3_stmt *q = sql_query(&e->sql, TOKEN_COLUMNS " WHERE id > ? ORDER BY id LIMIT ?",
                                SQL_ARGS(SQL_INT(after), SQL_INT(list.limit + 1)));
    while (err == ERR_OK && sql_row(&e->sql, q)) {
        struct token *to = list_row(&list);
        if (to) {
            read_token(q, a, to);
        }
        err = to ? ERR_OK : out_of_memory(e);
    }
    sql_reset(q);
    *ret = list.p;
    *ret_n = list_end(&list, ret_next, offsetof(struct token, id));
    return read_end(inv, err);
}

/* -- sessions */

/* Derived from the cookie, which a page cannot read: who has it has the session. */
static enum err csrf_of(struct edit *e, struct str cookie, char ret[ACCESS_TOKEN_TEXT])
{
    uint8_t hash[32];
    enum err err = hash_of(e, STR("csrf:"), cookie, hash);
    if (err == ERR_OK) {
        hex_write(hash, 20, ret);
    }
    return err;
}

static enum err session_insert(struct edit *e, int64_t user, usec_t length, const char *cookie,
                               char csrf[ACCESS_TOKEN_TEXT], int64_t *ret_id)
{
    uint8_t hash[32];
    int64_t n = 0;
    usec_t now = e->who->now;
    enum err err = hash_of(e, STR(""), str_z(cookie), hash);
    if (err == ERR_OK) {
        err = csrf_of(e, str_z(cookie), csrf);
    }
    if (err == ERR_OK && !sql_one(&e->sql, &n, "SELECT id FROM user WHERE id = ? AND NOT disabled",
                                  SQL_ARGS(SQL_INT(user)))) {
        err = refuse(e, REFUSAL_NOT_FOUND, "user", 0, "there is no such user");
    }
    if (err != ERR_OK) {
        return err;
    }
    (void)sql_run(&e->sql,
                  "INSERT INTO session (hash, user, created, seen, expires) VALUES (?, ?, ?, ?, ?)",
                  SQL_ARGS(SQL_BLOB(bytes(hash)), SQL_INT(user), SQL_INT(now), SQL_INT(now),
                           SQL_INT(now + length)));
    *ret_id = sqlite3_last_insert_rowid(e->sql.db);
    (void)sql_run(&e->sql,
                  "DELETE FROM session WHERE user = ?1 AND id NOT IN"
                  " (SELECT id FROM session WHERE user = ?1 ORDER BY id DESC LIMIT ?2)",
                  SQL_ARGS(SQL_INT(user), SQL_INT(SESSIONS_MOST)));
    (void)sql_run(&e->sql, "UPDATE user SET last_login = ? WHERE id = ?",
                  SQL_ARGS(SQL_INT(now), SQL_INT(user)));
    edit_audit(e, "session.begin", "user", user, STR(""), STR(""), STR(""));
    return ERR_OK;
}

enum err inventory_session_add(struct inventory *inv, const struct actor *who, int64_t user,
                               usec_t length, int64_t *ret_id, char ret_cookie[ACCESS_TOKEN_TEXT],
                               char ret_csrf[ACCESS_TOKEN_TEXT], struct refusal *reterr)
{
    int64_t id = 0;
    char cookie[44], csrf[ACCESS_TOKEN_TEXT];
    struct edit *e = edit_begin(inv, who, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    random_token(cookie);
    enum err err = edit_end(inv, session_insert(e, user, length, cookie, csrf, &id));
    if (err == ERR_OK) {
        *ret_id = id;
        memcpy(ret_cookie, cookie, sizeof cookie);
        memcpy(ret_csrf, csrf, sizeof csrf);
    }
    return err;
}

static enum err read_session(struct edit *e, struct str cookie, struct arena *a,
                             struct session *ret)
{
    uint8_t hash[32];
    enum err err = hash_of(e, STR(""), cookie, hash);
    sqlite3_stmt *q = sql_query(&e->sql,
                                "SELECT s.id, s.user, u.name, u.role, s.created, s.seen, s.expires"
                                " FROM session s JOIN user u ON u.id = s.user"
                                " WHERE s.hash = ? AND NOT u.disabled",
                                SQL_ARGS(SQL_BLOB(bytes(hash))));
    if (err == ERR_OK && sql_row(&e->sql, q)) {
        *ret = (struct session){.id = sql_int(q, 0),
                                .user = sql_int(q, 1),
                                .name = keep(a, sql_text(q, 2)),
                                .role = (enum role)sql_int(q, 3),
                                .created = sql_int(q, 4),
                                .seen = sql_int(q, 5),
                                .expires = sql_int(q, 6)};
    } else if (err == ERR_OK) {
        err = refuse(e, REFUSAL_NOT_FOUND, "session", 0, "there is no such session");
    }
    sql_reset(q);
    return err;
}

static enum err check_csrf(struct edit *e, struct str cookie, struct str csrf)
{
    char want[ACCESS_TOKEN_TEXT] = "";
    if (!csrf.p) {
        return ERR_OK;
    }
    enum err err = csrf_of(e, cookie, want);
    return err != ERR_OK || same(csrf, str_z(want))
               ? err
               : refuse(e, REFUSAL_PRECONDITION, "csrf", 0,
                        "the request does not bring the session's token");
}

enum err inventory_session_check(struct inventory *inv, struct str cookie, struct str csrf,
                                 usec_t idle, usec_t now, struct arena *a, struct session *ret,
                                 struct refusal *reterr)
{
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = read_session(e, cookie, a, ret);
    err = read_end(inv, err);
    if (err == ERR_OK && (ret->expires <= now || now - ret->seen > idle)) {
        return refuse(e, REFUSAL_EXPIRED, "session", ret->id, "the session is over");
    }
    if (err == ERR_OK) {
        err = check_csrf(e, cookie, csrf);
    }
    if (err == ERR_OK && now - ret->seen >= USED_EACH) {
        note_use(inv, "UPDATE session SET seen = ? WHERE id = ?", ret->id, now);
    }
    return err;
}

enum err inventory_session_csrf(struct inventory *inv, struct str cookie,
                                char ret_csrf[ACCESS_TOKEN_TEXT], struct refusal *reterr)
{
    inv->edit.why = reterr;
    return csrf_of(&inv->edit, cookie, ret_csrf);
}

enum err inventory_session_end(struct inventory *inv, const struct actor *who, int64_t id,
                               struct refusal *reterr)
{
    int64_t user = 0;
    struct edit *e = edit_begin(inv, who, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = ERR_OK;
    if (sql_one(&e->sql, &user, "SELECT user FROM session WHERE id = ?", SQL_ARGS(SQL_INT(id)))) {
        (void)sql_run(&e->sql, "DELETE FROM session WHERE id = ?", SQL_ARGS(SQL_INT(id)));
        edit_audit(e, "session.end", "user", user, STR(""), STR(""), STR(""));
    } else {
        err = refuse(e, REFUSAL_NOT_FOUND, "session", 0, "there is no such session");
    }
    return edit_end(inv, err);
}

/* -- set-up */

static enum err setup_open(struct edit *e)
{
    int64_t id = 0;
    return sql_one(&e->sql, &id, "SELECT id FROM user LIMIT 1", NULL, 0)
               ? refuse(e, REFUSAL_IN_USE, "user", id, "the installation has been set up already")
               : ERR_OK;
}

static enum err setup_put(struct edit *e, const char *token, usec_t until)
{
    uint8_t hash[32];
    enum err err = setup_open(e);
    if (err == ERR_OK) {
        err = hash_of(e, STR(""), str_z(token), hash);
    }
    if (err == ERR_OK) {
        (void)sql_run(&e->sql,
                      "INSERT OR REPLACE INTO meta (name, value) VALUES ('setup', ?), ('until', ?)",
                      SQL_ARGS(SQL_BLOB(bytes(hash)), SQL_INT(until)));
    }
    return err;
}

enum err inventory_setup_make(struct inventory *inv, usec_t now, usec_t valid,
                              char ret_token[ACCESS_TOKEN_TEXT], struct refusal *reterr)
{
    char token[44];
    struct edit *e = edit_begin(inv, NULL, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    random_token(token);
    enum err err = edit_end(inv, setup_put(e, token, now + valid));
    if (err == ERR_OK) {
        memcpy(ret_token, token, sizeof token);
    }
    return err;
}

static enum err setup_check(struct edit *e, struct str token, usec_t now)
{
    uint8_t hash[32] = {0};
    int64_t until = 0;
    enum err err = setup_open(e);
    if (err == ERR_OK) {
        err = hash_of(e, STR(""), token, hash);
    }
    if (err != ERR_OK) {
        return err;
    }
    sqlite3_stmt *q = sql_query(&e->sql, "SELECT value FROM meta WHERE name = 'setup'", NULL, 0);
    bool fits = sql_row(&e->sql, q) && same(sql_blob(q, 0), bytes(hash));
    sql_reset(q);
    if (!fits) {
        return refuse(e, REFUSAL_NOT_FOUND, "token", 0, "this is not the token for setting up");
    }
    if (!sql_one(&e->sql, &until, "SELECT value FROM meta WHERE name = 'until'", NULL, 0) ||
        until <= now) {
        return refuse(e, REFUSAL_EXPIRED, "token", 0, "the token for setting up has expired");
    }
    return ERR_OK;
}

enum err inventory_setup_check(struct inventory *inv, struct str token, usec_t now,
                               struct refusal *reterr)
{
    struct edit *e = read_begin(inv, reterr);
    return e ? read_end(inv, setup_check(e, token, now)) : edit_not_begun(reterr);
}

enum err inventory_setup_use(struct inventory *inv, const struct actor *who, struct str token,
                             struct str name, struct str hash, int64_t *ret_user,
                             struct refusal *reterr)
{
    int64_t id = 0;
    struct edit *e = edit_begin(inv, who, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = setup_check(e, token, who->now);
    if (err == ERR_OK) {
        err = user_insert(e, &(struct user){.name = name, .role = ROLE_ADMIN, .hash = hash}, &id);
    }
    (void)sql_run(&e->sql, "DELETE FROM meta WHERE name IN ('setup', 'until')", NULL, 0);
    err = edit_end(inv, err);
    if (err == ERR_OK) {
        *ret_user = id;
    }
    return err;
}
