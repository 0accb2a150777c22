/* Provisioning passwords and keys of a device. */
#include "io/inventory/proof.h"

#include "io/inventory/inside.h"

enum { PASSWORD_MADE = 20 };

static enum err no_device(struct edit *e)
{
    return refuse(e, REFUSAL_NOT_FOUND, "device", 0, "there is no such device");
}

enum err device_with_mac(struct edit *e, int64_t device, struct mac *ret)
{
    sqlite3_stmt *q =
        sql_query(&e->sql, "SELECT mac FROM device WHERE id = ?", SQL_ARGS(SQL_INT(device)));
    bool there = sql_row(&e->sql, q);
    bool has_mac = there && !sql_null(q, 0);
    *ret = mac_of(there ? sql_int(q, 0) : 0);
    sql_reset(q);
    if (!there) {
        return no_device(e);
    }
    return has_mac ? ERR_OK
                   : refuse(e, REFUSAL_BAD_FIELD, "mac", 0, "the device has no MAC address yet");
}

/* The device's phone gets another answer from now on; the row itself has not changed. */
static void told(struct edit *e, const char *action, int64_t device)
{
    struct mac mac;
    bool has_mac = device_mac(e, device, &mac);
    edit_audit(e, action, "device", device, device_name(e, device), STR(""), STR(""));
    device_changed(e, INVENTORY_CHANGED, device, has_mac, mac);
}

/* -- passwords */

static enum err rotate(struct edit *e, int64_t device, usec_t overlap, struct str password)
{
    struct mac mac;
    enum err err = device_with_mac(e, device, &mac);
    if (err != ERR_OK) {
        return err;
    }
    (void)sql_run(&e->sql, "DELETE FROM password WHERE device = ? AND expires IS NOT NULL",
                  SQL_ARGS(SQL_INT(device)));
    (void)sql_run(&e->sql, "UPDATE password SET expires = ? WHERE device = ?",
                  SQL_ARGS(SQL_INT(e->who->now + (overlap > 0 ? overlap : 0)), SQL_INT(device)));
    (void)sql_run(&e->sql, "INSERT INTO password (device, created) VALUES (?, ?)",
                  SQL_ARGS(SQL_INT(device), SQL_INT(e->who->now)));
    int64_t id = sqlite3_last_insert_rowid(e->sql.db);
    struct str sealed = key_seal(e->key, "password", id, password, &e->arena);
    if (!sealed.p) {
        return out_of_memory(e);
    }
    (void)sql_run(&e->sql, "UPDATE password SET secret = ? WHERE id = ?",
                  SQL_ARGS(SQL_BLOB(sealed), SQL_INT(id)));
    told(e, "device.password", device);
    return edit_state(e);
}

enum err inventory_password_rotate(struct inventory *inv, const struct actor *who, int64_t device,
                                   usec_t overlap, struct arena *a, struct str *ret_password,
                                   struct refusal *reterr)
{
    char made[PASSWORD_MADE + 1];
    struct edit *e = edit_begin(inv, who, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    random_word(made, PASSWORD_MADE);
    enum err err = edit_end(inv, rotate(e, device, overlap, str_of(made, PASSWORD_MADE)));
    if (err == ERR_OK) {
        *ret_password = keep(a, str_of(made, PASSWORD_MADE));
    }
    explicit_bzero(made, sizeof made);
    return err;
}

static enum err open_password(struct edit *e, sqlite3_stmt *q, struct arena *a, struct str *ret)
{
    int64_t id = sql_int(q, 0);
    return key_open_sealed(e->key, "password", id, sql_blob(q, 1), a, ret) == ERR_OK
               ? ERR_OK
               : refuse(e, REFUSAL_SECRET, "password", id, "the password does not open");
}

enum err inventory_password_get(struct inventory *inv, int64_t device, struct arena *a,
                                struct str *ret_password, struct refusal *reterr)
{
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    sqlite3_stmt *q =
        sql_query(&e->sql, "SELECT id, secret FROM password WHERE device = ? AND expires IS NULL",
                  SQL_ARGS(SQL_INT(device)));
    enum err err = sql_row(&e->sql, q)
                       ? open_password(e, q, a, ret_password)
                       : refuse(e, REFUSAL_NOT_FOUND, "password", 0, "the device has no password");
    sql_reset(q);
    return read_end(inv, err);
}

enum err inventory_password_drop(struct inventory *inv, const struct actor *who, int64_t device,
                                 struct refusal *reterr)
{
    struct edit *e = edit_begin(inv, who, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = ERR_OK;
    (void)sql_run(&e->sql, "DELETE FROM password WHERE device = ?", SQL_ARGS(SQL_INT(device)));
    if (sqlite3_changes(e->sql.db) == 0) {
        err = refuse(e, REFUSAL_NOT_FOUND, "password", 0, "the device has no password");
    } else {
        told(e, "device.password_drop", device);
    }
    return edit_end(inv, err);
}

static enum err make_proof(struct edit *e, struct mac mac, struct str password,
                           struct password_proof *ret)
{
    char user[13];
    uint8_t digest[DIGEST_MOST];
    size_t len = 0;
    hex_write(mac.b, sizeof mac.b, user);
    const struct str parts[] = {str_of(user, 12), STR(":"), e->cfg->provisioning_realm, STR(":"),
                                password};
    const struct crypto *c = e->cfg->crypto;
    if (c->digest(DIGEST_MD5, parts, 5, digest, &len) != ERR_OK) {
        return refuse(e, REFUSAL_SECRET, "password", 0, "the library for MD5 refuses");
    }
    memcpy(ret->ha1_md5, digest, sizeof ret->ha1_md5);
    if (c->digest(DIGEST_SHA256, parts, 5, digest, &len) != ERR_OK) {
        return refuse(e, REFUSAL_SECRET, "password", 0, "the library for SHA-256 refuses");
    }
    memcpy(ret->ha1_sha256, digest, sizeof ret->ha1_sha256);
    explicit_bzero(digest, sizeof digest);
    return ERR_OK;
}

enum err passwords_read(struct edit *e, const struct device *d, usec_t now,
                        struct password_proof ret[PASSWORDS_MOST], size_t *ret_n)
{
    enum err err = ERR_OK;
    *ret_n = 0;
    if (!d->has_mac) {
        return ERR_OK;
    }
    sqlite3_stmt *q = sql_query(&e->sql,
                                "SELECT id, secret, expires FROM password WHERE device = ?"
                                " AND (expires IS NULL OR expires > ?) ORDER BY id DESC LIMIT ?",
                                SQL_ARGS(SQL_INT(d->id), SQL_INT(now), SQL_INT(PASSWORDS_MOST)));
    while (err == ERR_OK && sql_row(&e->sql, q)) {
        struct str password = {0};
        struct password_proof *p = &ret[(*ret_n)++];
        p->expires = sql_int(q, 2);
        err = open_password(e, q, &e->arena, &password);
        if (err == ERR_OK) {
            err = make_proof(e, d->mac, password, p);
            wipe(password);
        }
    }
    sql_reset(q);
    return err;
}

/* -- keys */

enum err keys_read(struct edit *e, int64_t device, struct arena *a, struct device_keys *ret)
{
    struct str plain = {0};
    sqlite3_stmt *q = sql_query(&e->sql, "SELECT url_key, keys FROM device WHERE id = ?",
                                SQL_ARGS(SQL_INT(device)));
    enum err err = sql_row(&e->sql, q) ? ERR_OK : no_device(e);
    if (err == ERR_OK) {
        ret->url_key = keep(a, sql_text(q, 0));
        err = key_open_sealed(e->key, "device", device, sql_blob(q, 1), &e->arena, &plain);
        if (err != ERR_OK || plain.len != DEVICE_KEYS) {
            err = refuse(e, REFUSAL_SECRET, "keys", device, "the keys of device %lld do not open",
                         (long long)device);
        }
    }
    sql_reset(q);
    if (err == ERR_OK) {
        memcpy(ret->aes, plain.p, sizeof ret->aes);
        memcpy(ret->ikm, plain.p + sizeof ret->aes, sizeof ret->ikm);
        wipe(plain);
    }
    return err;
}

enum err inventory_keys_get(struct inventory *inv, int64_t device, struct arena *a,
                            struct device_keys *ret, struct refusal *reterr)
{
    struct edit *e = read_begin(inv, reterr);
    return e ? read_end(inv, keys_read(e, device, a, ret)) : edit_not_begun(reterr);
}

enum err inventory_keys_renew(struct inventory *inv, const struct actor *who, int64_t device,
                              struct refusal *reterr)
{
    int64_t n = 0;
    struct edit *e = edit_begin(inv, who, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err =
        sql_one(&e->sql, &n, "SELECT id FROM device WHERE id = ?", SQL_ARGS(SQL_INT(device)))
            ? keys_make(e, device)
            : no_device(e);
    if (err == ERR_OK) {
        edit_audit(e, "device.keys", "device", device, device_name(e, device), STR(""), STR(""));
        device_touched(e, device);
    }
    return edit_end(inv, err);
}

bool inventory_device_of_key(struct inventory *inv, struct str url_key, int64_t *ret_id)
{
    inv->edit.sql.code = SQLITE_OK;
    return sql_one(&inv->edit.sql, ret_id, "SELECT id FROM device WHERE url_key = ?",
                   SQL_ARGS(SQL_TEXT(url_key)));
}
