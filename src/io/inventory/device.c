/* Devices: adding, changing, replacing, releasing. */
#include "io/inventory/inside.h"

const char device_row[] =
    "SELECT CASE WHEN d.mac IS NULL THEN NULL ELSE printf('%012x', d.mac) END AS mac,"
    " d.model, d.serial,"
    " CASE o.kind WHEN 0 THEN 'person' ELSE 'workspace' END AS kind, o.name AS owner,"
    " s.name AS site, d.note,"
    " (SELECT group_concat(l.n || ':' || a.user, ' ') FROM line l JOIN account a"
    " ON a.id = l.account WHERE l.device = d.id) AS lines"
    " FROM device d JOIN owner o ON o.id = d.owner LEFT JOIN site s ON s.id = d.site"
    " WHERE d.id = ?";
static const char device_version[] = "SELECT version FROM device WHERE id = ?";

/* -- checks */

enum err device_mac_check(struct edit *e, struct str text, int64_t mine, bool *ret_has,
                          struct mac *ret)
{
    static const struct mac none = {{0}};
    int64_t other = 0;
    text = str_trim(text);
    *ret_has = text.len != 0;
    if (!*ret_has) {
        return ERR_OK;
    }
    if (!mac_read(text, ret) || mac_eq(*ret, none) || (ret->b[0] & 1)) {
        return refuse(e, REFUSAL_BAD_MAC, "mac", 0,
                      "this is no MAC address of a phone: twelve hexadecimal digits");
    }
    if (sql_one(&e->sql, &other, "SELECT id FROM device WHERE mac = ? AND id <> ?",
                SQL_ARGS(SQL_INT(mac_number(*ret)), SQL_INT(mine)))) {
        return refuse(e, REFUSAL_MAC_USED, "mac", other, "another device has this MAC address");
    }
    return ERR_OK;
}

static enum err check_model(struct edit *e, struct str name, struct str *ret, unsigned *ret_lines)
{
    if (!e->cfg->model(e->cfg->ctx, name, ret, ret_lines)) {
        return refuse(e, REFUSAL_UNKNOWN_MODEL, "model", 0, "the catalogue has no such model");
    }
    return ERR_OK;
}

/* The one owner, of the kind that was said; its site where the device names none. */
static enum err check_owner(struct edit *e, const struct device *d, int64_t *ret_owner,
                            int64_t *ret_site)
{
    enum owner_kind kind = d->person ? OWNER_PERSON : OWNER_WORKSPACE;
    int64_t id = d->person ? d->person : d->workspace;
    if (d->person && d->workspace) {
        return refuse(e, REFUSAL_TWO_OWNERS, "owner", 0,
                      "a device belongs to a person or to a workspace, not to both");
    }
    if (id == 0) {
        return refuse(e, REFUSAL_NO_OWNER, "owner", 0,
                      "a device belongs to a person or to a workspace");
    }
    sqlite3_stmt *q = sql_query(&e->sql, "SELECT site FROM owner WHERE id = ? AND kind = ?",
                                SQL_ARGS(SQL_INT(id), SQL_INT(kind)));
    bool there = sql_row(&e->sql, q);
    *ret_owner = id;
    *ret_site = there ? sql_int(q, 0) : 0;
    sql_reset(q);
    return there ? ERR_OK
                 : refuse(e, REFUSAL_NOT_FOUND, "owner", 0, "there is no such %s",
                          kind == OWNER_PERSON ? "person" : "workspace");
}

static enum err check_rest(struct edit *e, const struct device *d)
{
    int64_t id = 0;
    enum err err = edit_text(e, "serial", d->serial, 0, 64);
    if (err == ERR_OK) {
        err = edit_text(e, "note", d->note, 0, NOTE_MOST);
    }
    if (err == ERR_OK && d->site &&
        !sql_one(&e->sql, &id, "SELECT id FROM site WHERE id = ?", SQL_ARGS(SQL_INT(d->site)))) {
        err = refuse(e, REFUSAL_NOT_FOUND, "site_id", 0, "there is no such site");
    }
    return err;
}

/* -- who hears of it */

struct str device_name(struct edit *e, int64_t id)
{
    char text[MAC_TEXT];
    int64_t mac = 0;
    if (!sql_one(&e->sql, &mac, "SELECT mac FROM device WHERE id = ?", SQL_ARGS(SQL_INT(id)))) {
        return STR("");
    }
    mac_write(mac_of(mac), text);
    return keep(&e->arena, str_z(text));
}

bool device_mac(struct edit *e, int64_t id, struct mac *ret)
{
    int64_t mac = 0;
    bool has = sql_one(&e->sql, &mac, "SELECT mac FROM device WHERE id = ?", SQL_ARGS(SQL_INT(id)));
    *ret = mac_of(mac);
    return has;
}

void device_changed(struct edit *e, enum inventory_how how, int64_t id, bool had_mac,
                    struct mac was)
{
    struct mac mac;
    bool has_mac = device_mac(e, id, &mac);
    edit_changed(e, &(struct inventory_change){.kind = INVENTORY_DEVICE,
                                               .how = how,
                                               .id = id,
                                               .had_mac = had_mac,
                                               .mac_was = was,
                                               .has_mac = has_mac,
                                               .mac = mac,
                                               .online = true});
}

void device_touched(struct edit *e, int64_t id)
{
    struct mac mac;
    bool has_mac = device_mac(e, id, &mac);
    (void)sql_run(&e->sql, "UPDATE device SET version = version + 1 WHERE id = ?",
                  SQL_ARGS(SQL_INT(id)));
    device_changed(e, INVENTORY_CHANGED, id, has_mac, mac);
}

/* -- adding */

enum err keys_make(struct edit *e, int64_t device)
{
    char name[33];
    uint8_t keys[DEVICE_KEYS];
    random_word(name, 32);
    random_bytes(keys, sizeof keys);
    struct str sealed =
        key_seal(e->key, "device", device, str_of((const char *)keys, sizeof keys), &e->arena);
    explicit_bzero(keys, sizeof keys);
    if (!sealed.p) {
        return out_of_memory(e);
    }
    (void)sql_run(&e->sql, "UPDATE device SET url_key = ?, keys = ? WHERE id = ?",
                  SQL_ARGS(SQL_TEXT(str_z(name)), SQL_BLOB(sealed), SQL_INT(device)));
    return edit_state(e);
}

static enum err first_line(struct edit *e, const struct device_new *d, int64_t owner,
                           struct str secret, struct device_line *ret)
{
    enum err err = ERR_OK;
    sqlite3_stmt *q = NULL;
    *ret = (struct device_line){.n = 1};
    if (sql_one(&e->sql, &ret->account, "SELECT id FROM account WHERE domain = ? AND number = ?",
                SQL_ARGS(SQL_TEXT(e->cfg->domain), SQL_TEXT(d->number)))) {
        return ERR_OK;
    }
    struct account_entry a = {.user = d->user.len ? d->user : d->number,
                              .number = d->number,
                              .display = d->display,
                              .registrar = d->registrar};
    if (a.display.len == 0) {
        q = sql_query(&e->sql, "SELECT name FROM owner WHERE id = ?", SQL_ARGS(SQL_INT(owner)));
        a.display = sql_row(&e->sql, q) ? keep(&e->arena, sql_text(q, 0)) : STR("");
        sql_reset(q);
    }
    err = account_insert(e, &a, secret, &ret->account);
    return err;
}

static bool names_line(const struct device_new *d)
{
    return d->number.len || d->user.len;
}

static enum err insert_lines(struct edit *e, const struct device_new *d, int64_t owner,
                             struct str secret, unsigned most, int64_t id)
{
    struct device_line first;
    if (!names_line(d)) {
        return lines_put(e, id, d->device.line, d->device.n_lines, most);
    }
    if (d->device.n_lines) {
        return refuse(e, REFUSAL_LINE_LIMIT, "lines", 0,
                      "a number makes line 1, which is given too");
    }
    enum err err = first_line(e, d, owner, secret, &first);
    return err == ERR_OK ? lines_put(e, id, &first, 1, most) : err;
}

static void adopt(struct edit *e, struct mac mac)
{
    char text[MAC_TEXT];
    mac_write(mac, text);
    (void)sql_run(&e->sql, "DELETE FROM unknown WHERE proven = 1 AND name = ?",
                  SQL_ARGS(SQL_TEXT(str_z(text))));
}

static int64_t insert_row(struct edit *e, const struct device *d, struct str model, int64_t owner,
                          int64_t site)
{
    char unique[33]; /* until its keys are made */
    random_word(unique, 32);
    struct sql_arg mac = d->has_mac ? SQL_INT(mac_number(d->mac)) : SQL_NULL;
    (void)sql_run(&e->sql,
                  "INSERT INTO device (version, mac, model, serial, owner, site, note, url_key,"
                  " created) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)",
                  SQL_ARGS(mac, SQL_TEXT(model), SQL_TEXT(d->serial), SQL_INT(owner), SQL_ID(site),
                           SQL_TEXT(d->note), SQL_TEXT(str_z(unique)), SQL_INT(e->who->now)));
    return sqlite3_last_insert_rowid(e->sql.db);
}

static enum err check_new(struct edit *e, const struct device_new *d, struct device *ret,
                          struct str *ret_model, unsigned *ret_lines)
{
    int64_t n = 0;
    *ret = d->device;
    enum err err = device_mac_check(e, d->mac, 0, &ret->has_mac, &ret->mac);
    if (err == ERR_OK) {
        err = check_model(e, d->device.model, ret_model, ret_lines);
    }
    if (err == ERR_OK) {
        err = check_rest(e, &d->device);
    }
    if (err == ERR_OK && !e->quiet &&
        sql_one(&e->sql, &n, "SELECT count(*) FROM device", NULL, 0) &&
        (uint64_t)n >= e->cfg->devices_most) {
        err = refuse(e, REFUSAL_LIMIT, NULL, 0, "there are %lld devices: no more are taken",
                     (long long)n);
    }
    return err;
}

enum err device_insert(struct edit *e, const struct device_new *d, struct str secret,
                       int64_t *ret_id)
{
    struct device row;
    struct str model;
    unsigned lines = 0;
    int64_t owner = 0, site = 0;
    enum err err = check_new(e, d, &row, &model, &lines);
    if (err == ERR_OK) {
        err = check_owner(e, &row, &owner, &site);
    }
    if (err != ERR_OK) {
        return err;
    }
    int64_t id = insert_row(e, &row, model, owner, row.site ? row.site : site);
    err = edit_state(e);
    if (err == ERR_OK) {
        err = keys_make(e, id);
    }
    if (err == ERR_OK) {
        err = insert_lines(e, d, owner, secret, lines, id);
    }
    if (err != ERR_OK) {
        return err;
    }
    if (row.has_mac) {
        adopt(e, row.mac);
    }
    edit_audit(e, "device.add", "device", id, device_name(e, id), STR(""),
               edit_row(e, device_row, id));
    device_changed(e, INVENTORY_ADDED, id, false, (struct mac){{0}});
    *ret_id = id;
    return edit_state(e);
}

enum err inventory_device_add(struct inventory *inv, const struct actor *who,
                              const struct device_new *d, int64_t *ret_id, struct refusal *reterr)
{
    int64_t id = 0;
    struct edit *e = edit_begin(inv, who, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = edit_end(inv, device_insert(e, d, (struct str){0}, &id));
    if (err == ERR_OK) {
        *ret_id = id;
    }
    return err;
}

/* -- changing */

static enum err change(struct edit *e, const struct device *d)
{
    struct str model;
    unsigned lines = 0;
    int64_t owner = 0, site = 0;
    enum err err = edit_version(e, device_version, d->id, d->version, "device");
    if (err == ERR_OK) {
        err = check_model(e, d->model, &model, &lines);
    }
    if (err == ERR_OK) {
        err = check_owner(e, d, &owner, &site);
    }
    if (err == ERR_OK) {
        err = check_rest(e, d);
    }
    if (err != ERR_OK) {
        return err;
    }
    struct str before = edit_row(e, device_row, d->id);
    (void)sql_run(&e->sql,
                  "UPDATE device SET model = ?, serial = ?, owner = ?, site = ?, note = ?"
                  " WHERE id = ?",
                  SQL_ARGS(SQL_TEXT(model), SQL_TEXT(d->serial), SQL_INT(owner), SQL_ID(d->site),
                           SQL_TEXT(d->note), SQL_INT(d->id)));
    err = lines_put(e, d->id, d->line, d->n_lines, lines);
    if (err == ERR_OK) {
        edit_audit(e, "device.change", "device", d->id, device_name(e, d->id), before,
                   edit_row(e, device_row, d->id));
        device_touched(e, d->id);
    }
    return err;
}

enum err inventory_device_change(struct inventory *inv, const struct actor *who,
                                 const struct device *d, struct refusal *reterr)
{
    struct edit *e = edit_begin(inv, who, reterr);
    return e ? edit_end(inv, change(e, d)) : edit_not_begun(reterr);
}

/* -- another phone in its place */

void device_mac_set(struct edit *e, int64_t id, bool has_mac, struct mac mac)
{
    (void)sql_run(&e->sql,
                  "INSERT INTO mac (device, mac, since, until) SELECT id, mac,"
                  " coalesce((SELECT max(until) FROM mac WHERE device = ?1), created), ?2"
                  " FROM device WHERE id = ?1 AND mac IS NOT NULL",
                  SQL_ARGS(SQL_INT(id), SQL_INT(e->who->now)));
    (void)sql_run(&e->sql,
                  "DELETE FROM mac WHERE device = ?1 AND rowid NOT IN (SELECT rowid FROM mac"
                  " WHERE device = ?1 ORDER BY until DESC, rowid DESC LIMIT ?2)",
                  SQL_ARGS(SQL_INT(id), SQL_INT(DEVICE_MACS_MOST)));
    (void)sql_run(&e->sql, "UPDATE device SET mac = ?, serial = '' WHERE id = ?",
                  SQL_ARGS(has_mac ? SQL_INT(mac_number(mac)) : SQL_NULL, SQL_INT(id)));
    static const char *const proofs[] = {"DELETE FROM password WHERE device = ?",
                                         "DELETE FROM window WHERE device = ?",
                                         "DELETE FROM config_report WHERE device = ?"};
    for (size_t i = 0; i < sizeof proofs / sizeof *proofs; i++) {
        (void)sql_run(&e->sql, proofs[i], SQL_ARGS(SQL_INT(id)));
    }
    windows_changed(e, id);
    if (has_mac) {
        adopt(e, mac);
    }
}

static enum err check_replacement(struct edit *e, int64_t id, struct str *model)
{
    unsigned lines = 0;
    int64_t last = 0;
    if (model->len == 0) {
        return ERR_OK;
    }
    enum err err = check_model(e, *model, model, &lines);
    if (err == ERR_OK &&
        sql_one(&e->sql, &last, "SELECT max(n) FROM line WHERE device = ?",
                SQL_ARGS(SQL_INT(id))) &&
        last > (int64_t)lines) {
        err = refuse(e, REFUSAL_LINE_LIMIT, "model", 0, "line %lld is in use, and the model has %u",
                     (long long)last, lines);
    }
    return err;
}

static enum err replace(struct edit *e, int64_t id, int64_t version, struct str text,
                        struct str model)
{
    struct mac mac, was;
    bool has_mac = false;
    enum err err = edit_version(e, device_version, id, version, "device");
    if (err == ERR_OK) {
        err = device_mac_check(e, text, id, &has_mac, &mac);
    }
    if (err == ERR_OK) {
        err = check_replacement(e, id, &model);
    }
    if (err != ERR_OK) {
        return err;
    }
    bool had_mac = device_mac(e, id, &was);
    if (had_mac && has_mac && mac_eq(was, mac)) {
        return refuse(e, REFUSAL_MAC_USED, "mac", id, "the device has this MAC address already");
    }
    struct str before = edit_row(e, device_row, id);
    device_mac_set(e, id, has_mac, mac);
    (void)sql_run(&e->sql, "DELETE FROM code WHERE device = ?", SQL_ARGS(SQL_INT(id)));
    (void)sql_run(&e->sql,
                  "UPDATE device SET version = version + 1, model = iif(?1 = '', model, ?1)"
                  " WHERE id = ?2",
                  SQL_ARGS(SQL_TEXT(model), SQL_INT(id)));
    err = keys_make(e, id);
    if (err == ERR_OK) {
        edit_audit(e, "device.replace", "device", id, device_name(e, id), before,
                   edit_row(e, device_row, id));
        device_changed(e, INVENTORY_CHANGED, id, had_mac, was);
        lines_told(e, id);
    }
    return err;
}

enum err inventory_device_replace(struct inventory *inv, const struct actor *who, int64_t id,
                                  int64_t version, struct str mac, struct str model,
                                  struct refusal *reterr)
{
    struct edit *e = edit_begin(inv, who, reterr);
    return e ? edit_end(inv, replace(e, id, version, mac, model)) : edit_not_begun(reterr);
}

/* -- releasing */

static enum err drop_accounts(struct edit *e, const int64_t *account, size_t n)
{
    enum err err = ERR_OK;
    for (size_t i = 0; i < n && err == ERR_OK; i++) {
        int64_t other = 0;
        if (!sql_one(&e->sql, &other, "SELECT device FROM line WHERE account = ? LIMIT 1",
                     SQL_ARGS(SQL_INT(account[i])))) {
            err = account_delete(e, account[i]);
        }
    }
    return err;
}

static enum err remove_device(struct edit *e, int64_t id, int64_t version, bool accounts)
{
    struct mac was;
    struct device d = {0};
    int64_t account[DEVICE_LINES_MOST];
    enum err err = edit_version(e, device_version, id, version, "device");
    if (err == ERR_OK) {
        err = device_read(e, id, &e->arena, &d);
    }
    if (err != ERR_OK) {
        return err;
    }
    bool had_mac = device_mac(e, id, &was);
    struct str before = edit_row(e, device_row, id), name = device_name(e, id);
    for (size_t i = 0; i < d.n_lines; i++) {
        account[i] = d.line[i].account;
    }
    layer_delete(e, LAYER_DEVICE, id);
    (void)sql_run(&e->sql, "DELETE FROM device WHERE id = ?", SQL_ARGS(SQL_INT(id)));
    edit_audit(e, "device.remove", "device", id, name, before, STR(""));
    device_changed(e, INVENTORY_REMOVED, id, had_mac, was);
    windows_changed(e, id);
    for (size_t i = 0; i < d.n_lines && !accounts; i++) {
        account_changed(e, account[i]);
    }
    return accounts ? drop_accounts(e, account, d.n_lines) : ERR_OK;
}

enum err inventory_device_remove(struct inventory *inv, const struct actor *who, int64_t id,
                                 int64_t version, bool accounts, struct refusal *reterr)
{
    struct edit *e = edit_begin(inv, who, reterr);
    return e ? edit_end(inv, remove_device(e, id, version, accounts)) : edit_not_begun(reterr);
}

enum err inventory_device_serial(struct inventory *inv, int64_t id, struct str serial,
                                 struct refusal *reterr)
{
    struct edit *e = edit_begin(inv, NULL, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = edit_text(e, "serial", serial, 1, 64);
    if (err == ERR_OK &&
        sql_run(&e->sql, "UPDATE device SET serial = ?1 WHERE id = ?2 AND serial <> ?1",
                SQL_ARGS(SQL_TEXT(serial), SQL_INT(id))) &&
        sqlite3_changes(e->sql.db)) {
        struct mac mac;
        bool has_mac = device_mac(e, id, &mac);
        device_changed(e, INVENTORY_CHANGED, id, has_mac, mac);
    }
    return edit_end(inv, err);
}
