/* Accounts: checks, changes, secrets. */
#include "io/inventory/inside.h"

enum { USER_MOST = 128, NUMBER_MOST = 32, SECRET_MOST = 128, SECRET_MADE = 24 };

static const char account_row[] =
    "SELECT a.user, a.domain, a.number, a.display, a.auth, r.name AS registrar, a.sha256,"
    " CASE WHEN a.secret IS NULL THEN NULL ELSE '***' END AS secret"
    " FROM account a LEFT JOIN registrar r ON r.id = a.registrar WHERE a.id = ?";
static const char account_version[] = "SELECT version FROM account WHERE id = ?";

/* What the user part of a SIP URI may hold unescaped (RFC 3261 25.1). */
static enum err check_user(struct edit *e, const char *field, struct str s, size_t least)
{
    enum err err = edit_text(e, field, s, least, USER_MOST);
    for (size_t i = 0; err == ERR_OK && i < s.len; i++) {
        if (!ascii_alnum(s.p[i]) && !strchr("-_.!~*'()&=+$,;?/", s.p[i])) {
            return refuse(e, REFUSAL_BAD_FIELD, field, 0,
                          "%s holds a character that a SIP user cannot", field);
        }
    }
    return err;
}

static enum err check_domain(struct edit *e, struct str s)
{
    enum err err = edit_text(e, "domain", s, 1, 255);
    for (size_t i = 0; err == ERR_OK && i < s.len; i++) {
        if (!ascii_alnum(s.p[i]) && !strchr("-._:[]", s.p[i])) {
            return refuse(e, REFUSAL_BAD_FIELD, "domain", 0, "this is no host name");
        }
    }
    return err;
}

static enum err check_number(struct edit *e, struct str s)
{
    bool good = s.len <= NUMBER_MOST;
    for (size_t i = 0; good && i < s.len; i++) {
        good = ascii_digit(s.p[i]) || s.p[i] == '*' || s.p[i] == '#' || (s.p[i] == '+' && i == 0);
    }
    return good ? ERR_OK
                : refuse(e, REFUSAL_BAD_NUMBER, "number", 0,
                         "a number is up to %d digits, * and #, perhaps behind a +", NUMBER_MOST);
}

static enum err check_unused(struct edit *e, const struct account_entry *a)
{
    int64_t other = 0;
    if (sql_one(&e->sql, &other, "SELECT id FROM account WHERE domain = ? AND user = ? AND id <> ?",
                SQL_ARGS(SQL_TEXT(a->domain), SQL_TEXT(a->user), SQL_INT(a->id)))) {
        return refuse(e, REFUSAL_USER_USED, "user", other, "another account has this user");
    }
    if (a->number.len &&
        sql_one(&e->sql, &other,
                "SELECT id FROM account WHERE domain = ? AND number = ? AND id <> ?",
                SQL_ARGS(SQL_TEXT(a->domain), SQL_TEXT(a->number), SQL_INT(a->id)))) {
        return refuse(e, REFUSAL_NUMBER_USED, "number", other, "another account has this number");
    }
    if (a->registrar && !sql_one(&e->sql, &other, "SELECT id FROM registrar WHERE id = ?",
                                 SQL_ARGS(SQL_INT(a->registrar)))) {
        return refuse(e, REFUSAL_NOT_FOUND, "registrar_id", 0, "there is no such registrar");
    }
    return ERR_OK;
}

/* The domain is filled in. */
static enum err check(struct edit *e, struct account_entry *a)
{
    a->domain = a->domain.len ? a->domain : e->cfg->domain;
    enum err err = check_number(e, a->number);
    if (err == ERR_OK) {
        err = check_user(e, "user", a->user, 1);
    }
    if (err == ERR_OK) {
        err = check_user(e, "auth", a->auth, 0);
    }
    if (err == ERR_OK) {
        err = check_domain(e, a->domain);
    }
    if (err == ERR_OK) {
        err = edit_text(e, "display", a->display, 0, NAME_MOST);
    }
    return err == ERR_OK ? check_unused(e, a) : err;
}

static enum err check_secret(struct edit *e, struct str secret)
{
    if (secret.len == 0 || secret.len > SECRET_MOST || str_has_control(secret)) {
        return refuse(e, REFUSAL_BAD_FIELD, "secret", 0,
                      "a secret is 1 to %d bytes without control characters", SECRET_MOST);
    }
    return ERR_OK;
}

/* What was given, or a random one in the edit's arena. */
static struct str secret_or_random(struct edit *e, struct str secret)
{
    char *made = secret.p ? NULL : arena_alloc(&e->arena, SECRET_MADE + 1);
    if (made) {
        random_word(made, SECRET_MADE);
        return str_of(made, SECRET_MADE);
    }
    return secret;
}

static enum err put_secret(struct edit *e, int64_t id, struct str secret)
{
    enum err err = check_secret(e, secret);
    if (err != ERR_OK) {
        return err;
    }
    struct str sealed = key_seal(e->key, "account", id, secret, &e->arena);
    if (!sealed.p) {
        return out_of_memory(e);
    }
    (void)sql_run(&e->sql, "UPDATE account SET secret = ? WHERE id = ?",
                  SQL_ARGS(SQL_BLOB(sealed), SQL_INT(id)));
    return ERR_OK;
}

/* -- who hears of it */

struct reach {
    struct str user;
    bool edge;
};

static struct reach reach_of(struct edit *e, int64_t id)
{
    struct reach r = {0};
    sqlite3_stmt *q = sql_query(&e->sql, "SELECT user, registrar FROM account WHERE id = ?",
                                SQL_ARGS(SQL_INT(id)));
    if (sql_row(&e->sql, q)) {
        r = (struct reach){.user = keep(&e->arena, sql_text(q, 0)), .edge = sql_null(q, 1)};
    }
    sql_reset(q);
    return r;
}

static void changed(struct edit *e, enum inventory_how how, int64_t id, struct reach was)
{
    struct reach now = {0};
    if (how != INVENTORY_REMOVED) {
        now = reach_of(e, id);
    }
    edit_changed(e, &(struct inventory_change){.kind = INVENTORY_ACCOUNT,
                                               .how = how,
                                               .id = id,
                                               .user_was = was.user,
                                               .user = now.user,
                                               .edge_was = was.edge,
                                               .edge = now.edge,
                                               .online = true});
}

/* The devices whose lines it is get another configuration. */
static void devices_changed(struct edit *e, int64_t id)
{
    sqlite3_stmt *q = sql_query(&e->sql,
                                "SELECT DISTINCT d.id, d.mac FROM line l JOIN device d"
                                " ON d.id = l.device WHERE l.account = ?",
                                SQL_ARGS(SQL_INT(id)));
    while (sql_row(&e->sql, q)) {
        struct mac mac = mac_of(sql_int(q, 1));
        edit_changed(e, &(struct inventory_change){.kind = INVENTORY_DEVICE,
                                                   .how = INVENTORY_CHANGED,
                                                   .id = sql_int(q, 0),
                                                   .had_mac = !sql_null(q, 1),
                                                   .has_mac = !sql_null(q, 1),
                                                   .mac_was = mac,
                                                   .mac = mac,
                                                   .online = true});
    }
}

void account_changed(struct edit *e, int64_t id)
{
    changed(e, INVENTORY_CHANGED, id, reach_of(e, id));
}

/* -- changes */

static struct sql_arg text_or_null(struct str s)
{
    return s.len ? SQL_TEXT(s) : SQL_NULL;
}

enum err account_insert(struct edit *e, const struct account_entry *a, struct str secret,
                        int64_t *ret_id)
{
    struct account_entry mine = *a;
    mine.id = 0;
    enum err err = check(e, &mine);
    if (err != ERR_OK) {
        return err;
    }
    if (!sql_run(&e->sql,
                 "INSERT INTO account (version, user, domain, number, display, auth, registrar,"
                 " sha256, created) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)",
                 SQL_ARGS(SQL_TEXT(mine.user), SQL_TEXT(mine.domain), text_or_null(mine.number),
                          SQL_TEXT(mine.display), SQL_TEXT(mine.auth), SQL_ID(mine.registrar),
                          SQL_INT(mine.sha256), SQL_INT(e->who->now)))) {
        return edit_state(e);
    }
    *ret_id = sqlite3_last_insert_rowid(e->sql.db);
    err = put_secret(e, *ret_id, secret_or_random(e, secret));
    if (err != ERR_OK) {
        return err;
    }
    edit_audit(e, "account.add", "account", *ret_id, mine.user, STR(""),
               edit_row(e, account_row, *ret_id));
    changed(e, INVENTORY_ADDED, *ret_id, (struct reach){0});
    return edit_state(e);
}

enum err inventory_account_add(struct inventory *inv, const struct actor *who,
                               const struct account_entry *a, struct str secret, int64_t *ret_id,
                               struct arena *arena, struct str *ret_secret, struct refusal *reterr)
{
    int64_t id = 0;
    struct edit *e = edit_begin(inv, who, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    secret = secret_or_random(e, secret);
    enum err err = edit_end(inv, account_insert(e, a, secret, &id));
    if (err == ERR_OK) {
        *ret_id = id;
        if (ret_secret) {
            *ret_secret = keep(arena, secret);
        }
    }
    return err;
}

static enum err change(struct edit *e, const struct account_entry *given)
{
    struct account_entry a = *given;
    enum err err = edit_version(e, account_version, a.id, a.version, "account");
    if (err == ERR_OK) {
        err = check(e, &a);
    }
    if (err != ERR_OK) {
        return err;
    }
    struct reach was = reach_of(e, a.id);
    struct str before = edit_row(e, account_row, a.id);
    (void)sql_run(&e->sql,
                  "UPDATE account SET version = version + 1, user = ?, domain = ?, number = ?,"
                  " display = ?, auth = ?, registrar = ?, sha256 = ? WHERE id = ?",
                  SQL_ARGS(SQL_TEXT(a.user), SQL_TEXT(a.domain), text_or_null(a.number),
                           SQL_TEXT(a.display), SQL_TEXT(a.auth), SQL_ID(a.registrar),
                           SQL_INT(a.sha256), SQL_INT(a.id)));
    edit_audit(e, "account.change", "account", a.id, a.user, before,
               edit_row(e, account_row, a.id));
    changed(e, INVENTORY_CHANGED, a.id, was);
    devices_changed(e, a.id);
    return ERR_OK;
}

enum err inventory_account_change(struct inventory *inv, const struct actor *who,
                                  const struct account_entry *a, struct refusal *reterr)
{
    struct edit *e = edit_begin(inv, who, reterr);
    return e ? edit_end(inv, change(e, a)) : edit_not_begun(reterr);
}

static enum err secret_set(struct edit *e, int64_t id, int64_t version, struct str secret)
{
    enum err err = edit_version(e, account_version, id, version, "account");
    if (err == ERR_OK) {
        err = put_secret(e, id, secret);
    }
    if (err != ERR_OK) {
        return err;
    }
    (void)sql_run(&e->sql, "UPDATE account SET version = version + 1 WHERE id = ?",
                  SQL_ARGS(SQL_INT(id)));
    edit_audit(e, "account.secret", "account", id, reach_of(e, id).user,
               STR("{\"secret\":\"***\"}"), STR("{\"secret\":\"***\"}"));
    account_changed(e, id);
    devices_changed(e, id);
    return ERR_OK;
}

enum err inventory_account_secret_set(struct inventory *inv, const struct actor *who, int64_t id,
                                      int64_t version, struct str secret, struct arena *arena,
                                      struct str *ret_secret, struct refusal *reterr)
{
    struct edit *e = edit_begin(inv, who, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    secret = secret_or_random(e, secret);
    enum err err = edit_end(inv, secret_set(e, id, version, secret));
    if (err == ERR_OK && ret_secret) {
        *ret_secret = keep(arena, secret);
    }
    return err;
}

enum err account_delete(struct edit *e, int64_t id)
{
    int64_t other = 0;
    if (sql_one(&e->sql, &other, "SELECT device FROM line WHERE account = ? LIMIT 1",
                SQL_ARGS(SQL_INT(id)))) {
        return refuse(e, REFUSAL_IN_USE, "device", other, "a line of a device uses it");
    }
    struct reach was = reach_of(e, id);
    struct str before = edit_row(e, account_row, id);
    (void)sql_run(&e->sql, "DELETE FROM account WHERE id = ?", SQL_ARGS(SQL_INT(id)));
    edit_audit(e, "account.remove", "account", id, was.user, before, STR(""));
    changed(e, INVENTORY_REMOVED, id, was);
    return edit_state(e);
}

enum err inventory_account_remove(struct inventory *inv, const struct actor *who, int64_t id,
                                  int64_t version, struct refusal *reterr)
{
    struct edit *e = edit_begin(inv, who, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = edit_version(e, account_version, id, version, "account");
    return edit_end(inv, err == ERR_OK ? account_delete(e, id) : err);
}
