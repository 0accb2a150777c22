/* Activation codes and enrolment windows. */
#include "io/inventory/inside.h"
#include "io/inventory/proof.h"

enum { DIGITS = 16, WINDOWS_MOST = 1024 };

/* -- codes */

static void make_digits(char to[CODE_TEXT])
{
    enum { FAIR = 250 };
    for (size_t i = 0; i < DIGITS;) {
        uint8_t b[DIGITS];
        random_bytes(b, sizeof b);
        for (size_t k = 0; k < sizeof b && i < DIGITS; k++) {
            if (b[k] < FAIR) {
                to[i++] = (char)('0' + b[k] % 10);
            }
        }
    }
    to[DIGITS] = 0;
}

/* The digits alone; false: not sixteen of them. */
static bool clean_digits(struct str s, char to[CODE_TEXT])
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (ascii_digit(s.p[i]) && n < DIGITS) {
            to[n++] = s.p[i];
        } else if (s.p[i] != ' ' && s.p[i] != '-') {
            return false;
        }
    }
    to[n] = 0;
    return n == DIGITS;
}

static enum err code_make(struct edit *e, int64_t device, usec_t expires, const char *code)
{
    int64_t n = 0;
    uint8_t hash[32];
    if (!sql_one(&e->sql, &n, "SELECT id FROM device WHERE id = ?", SQL_ARGS(SQL_INT(device)))) {
        return refuse(e, REFUSAL_NOT_FOUND, "device", 0, "there is no such device");
    }
    if (key_hash(e->key, str_of(code, DIGITS), hash) != ERR_OK) {
        return out_of_memory(e);
    }
    (void)sql_run(&e->sql, "DELETE FROM code WHERE device = ?", SQL_ARGS(SQL_INT(device)));
    (void)sql_run(&e->sql, "INSERT INTO code (hash, device, created, expires) VALUES (?, ?, ?, ?)",
                  SQL_ARGS(SQL_BLOB(str_of((const char *)hash, sizeof hash)), SQL_INT(device),
                           SQL_INT(e->who->now), SQL_INT(expires)));
    edit_audit(e, "device.code", "device", device, device_name(e, device), STR(""), STR(""));
    return ERR_OK;
}

enum err inventory_code_make(struct inventory *inv, const struct actor *who, int64_t device,
                             usec_t valid, char ret_code[CODE_TEXT], usec_t *ret_expires,
                             struct refusal *reterr)
{
    char code[CODE_TEXT];
    struct edit *e = edit_begin(inv, who, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    make_digits(code);
    enum err err = edit_end(inv, code_make(e, device, who->now + valid, code));
    if (err == ERR_OK) {
        memcpy(ret_code, code, sizeof code);
        *ret_expires = who->now + valid;
    }
    return err;
}

struct code {
    uint8_t hash[32];
    int64_t device;
    usec_t expires;
    bool spent, has_mac; /* spent: by `by`; has_mac: of its device, `mac` */
    struct mac by, mac;
};

static enum err find_code(struct edit *e, struct str text, struct code *ret)
{
    char code[CODE_TEXT];
    if (!clean_digits(text, code)) {
        return refuse(e, REFUSAL_NOT_FOUND, "code", 0, "this is no activation code");
    }
    if (key_hash(e->key, str_of(code, DIGITS), ret->hash) != ERR_OK) {
        return out_of_memory(e);
    }
    sqlite3_stmt *q = sql_query(&e->sql,
                                "SELECT c.device, c.expires, c.mac, d.mac FROM code c JOIN device d"
                                " ON d.id = c.device WHERE c.hash = ?",
                                SQL_ARGS(SQL_BLOB(str_of((const char *)ret->hash, 32))));
    bool there = sql_row(&e->sql, q);
    if (there) {
        ret->device = sql_int(q, 0);
        ret->expires = sql_int(q, 1);
        ret->spent = !sql_null(q, 2);
        ret->by = mac_of(sql_int(q, 2));
        ret->has_mac = !sql_null(q, 3);
        ret->mac = mac_of(sql_int(q, 3));
    }
    sql_reset(q);
    return there ? ERR_OK
                 : refuse(e, REFUSAL_NOT_FOUND, "code", 0, "there is no such activation code");
}

static enum err check_code(struct edit *e, const struct code *c, struct mac mac)
{
    int64_t other = 0;
    if (c->expires <= e->who->now) {
        return refuse(e, REFUSAL_EXPIRED, "code", c->device, "the activation code has expired");
    }
    if (c->spent && !mac_eq(c->by, mac)) {
        return refuse(e, REFUSAL_SPENT, "code", c->device, "another phone has used this code");
    }
    if (sql_one(&e->sql, &other, "SELECT id FROM device WHERE mac = ? AND id <> ?",
                SQL_ARGS(SQL_INT(mac_number(mac)), SQL_INT(c->device)))) {
        return refuse(e, REFUSAL_MAC_USED, "mac", other, "another device has this MAC address");
    }
    return ERR_OK;
}

static enum err take(struct edit *e, const struct code *c, struct mac mac, struct str serial)
{
    enum err err = ERR_OK;
    struct str before = edit_row(e, device_row, c->device);
    (void)sql_run(&e->sql, "UPDATE code SET mac = ? WHERE hash = ?",
                  SQL_ARGS(SQL_INT(mac_number(mac)), SQL_BLOB(str_of((const char *)c->hash, 32))));
    if (!c->has_mac || !mac_eq(c->mac, mac)) {
        device_mac_set(e, c->device, true, mac);
        err = c->has_mac ? keys_make(e, c->device) : ERR_OK;
    }
    if (serial.len && serial.len <= 64 && !str_has_control(serial)) {
        (void)sql_run(&e->sql, "UPDATE device SET serial = ? WHERE id = ?",
                      SQL_ARGS(SQL_TEXT(serial), SQL_INT(c->device)));
    }
    (void)sql_run(&e->sql, "UPDATE device SET version = version + 1 WHERE id = ?",
                  SQL_ARGS(SQL_INT(c->device)));
    edit_audit(e, "device.activate", "device", c->device, device_name(e, c->device), before,
               edit_row(e, device_row, c->device));
    device_changed(e, INVENTORY_CHANGED, c->device, c->has_mac, c->mac);
    lines_told(e, c->device);
    return err;
}

enum err inventory_code_use(struct inventory *inv, const struct actor *who, struct str code,
                            struct mac mac, struct str serial, int64_t *ret_device,
                            struct refusal *reterr)
{
    struct code c = {0};
    struct edit *e = edit_begin(inv, who, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = find_code(e, code, &c);
    if (err == ERR_OK) {
        err = check_code(e, &c, mac);
    }
    if (err == ERR_OK && !c.spent) {
        err = take(e, &c, mac, serial);
    }
    err = edit_end(inv, err);
    if (err == ERR_OK) {
        *ret_device = c.device;
    }
    return err;
}

enum err inventory_code_state(struct inventory *inv, int64_t device, usec_t now,
                              struct code_state *ret, struct refusal *reterr)
{
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    *ret = (struct code_state){0};
    ret->there =
        sql_one(&e->sql, &ret->expires,
                "SELECT expires FROM code WHERE device = ? AND mac IS NULL AND expires > ?",
                SQL_ARGS(SQL_INT(device), SQL_INT(now)));
    return read_end(inv, ERR_OK);
}

/* -- windows */

void windows_changed(struct edit *e, int64_t device)
{
    edit_changed(
        e, &(struct inventory_change){
               .kind = INVENTORY_WINDOW, .how = INVENTORY_CHANGED, .id = device, .online = true});
}

static enum err open_window(struct edit *e, int64_t device, usec_t length, int64_t *ret_id)
{
    struct mac mac;
    int64_t n = 0;
    char after[64];
    enum err err = device_with_mac(e, device, &mac);
    if (err == ERR_OK && (length <= 0 || length > USEC_DAY)) {
        err = refuse(e, REFUSAL_BAD_FIELD, "minutes", 0, "a window is open for at most a day");
    }
    if (err == ERR_OK &&
        sql_one(&e->sql, &n, "SELECT count(*) FROM window WHERE until > ? AND device <> ?",
                SQL_ARGS(SQL_INT(e->who->now), SQL_INT(device))) &&
        n >= WINDOWS_MOST) {
        err = refuse(e, REFUSAL_LIMIT, NULL, 0, "%d windows are open: no more", WINDOWS_MOST);
    }
    if (err != ERR_OK) {
        return err;
    }
    (void)sql_run(&e->sql, "DELETE FROM window WHERE device = ?", SQL_ARGS(SQL_INT(device)));
    (void)sql_run(&e->sql,
                  "INSERT INTO window (device, opened, until, by, used) VALUES (?, ?, ?, ?, 0)",
                  SQL_ARGS(SQL_INT(device), SQL_INT(e->who->now), SQL_INT(e->who->now + length),
                           SQL_TEXT(e->who->who)));
    *ret_id = sqlite3_last_insert_rowid(e->sql.db);
    (void)snprintf(after, sizeof after, "{\"minutes\":%lld}", (long long)(length / USEC_S / 60));
    edit_audit(e, "window.open", "device", device, device_name(e, device), STR(""), str_z(after));
    windows_changed(e, device);
    return ERR_OK;
}

enum err inventory_window_open(struct inventory *inv, const struct actor *who, int64_t device,
                               usec_t length, int64_t *ret_id, usec_t *ret_until,
                               struct refusal *reterr)
{
    int64_t id = 0;
    struct edit *e = edit_begin(inv, who, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = edit_end(inv, open_window(e, device, length, &id));
    if (err == ERR_OK) {
        *ret_id = id;
        *ret_until = who->now + length;
    }
    return err;
}

enum err inventory_window_close(struct inventory *inv, const struct actor *who, int64_t id,
                                struct refusal *reterr)
{
    int64_t device = 0;
    struct edit *e = edit_begin(inv, who, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = ERR_OK;
    if (sql_one(&e->sql, &device, "SELECT device FROM window WHERE id = ?",
                SQL_ARGS(SQL_INT(id)))) {
        (void)sql_run(&e->sql, "DELETE FROM window WHERE id = ?", SQL_ARGS(SQL_INT(id)));
        edit_audit(e, "window.close", "device", device, device_name(e, device), STR(""), STR(""));
        windows_changed(e, device);
    } else {
        err = refuse(e, REFUSAL_NOT_FOUND, "window", 0, "there is no such window");
    }
    return edit_end(inv, err);
}

enum err inventory_windows(struct inventory *inv, usec_t now, struct page page, struct arena *a,
                           struct window **ret, size_t *ret_n, struct str *ret_next,
                           struct refusal *reterr)
{
    static const char windows[] =
        "SELECT w.id, w.device, d.mac, w.opened, w.until, w.by, w.used FROM window w"
        " JOIN device d ON d.id = w.device WHERE w.until > ? AND w.id < ?"
        " ORDER BY w.id DESC LIMIT ?";
    struct list list = {.limit = page_limit(&page), .size = sizeof(struct window), .arena = a};
    int64_t before = 0;
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = page_id(e, &page, INT64_MAX, &before);
    sqlite3_stmt *q = sql_query(&e->sql, windows,
                                SQL_ARGS(SQL_INT(now), SQL_INT(before), SQL_INT(list.limit + 1)));
    while (err == ERR_OK && sql_row(&e->sql, q)) {
        struct window *to = list_row(&list);
        if (to) {
            *to = (struct window){.id = sql_int(q, 0),
                                  .device = sql_int(q, 1),
                                  .mac = mac_of(sql_int(q, 2)),
                                  .opened = sql_int(q, 3),
                                  .until = sql_int(q, 4),
                                  .by = keep(a, sql_text(q, 5)),
                                  .used = (uint64_t)sql_int(q, 6)};
        }
        err = to ? ERR_OK : out_of_memory(e);
    }
    sql_reset(q);
    *ret = list.p;
    *ret_n = list_end(&list, ret_next, offsetof(struct window, id));
    return read_end(inv, err);
}

void inventory_window_used(struct inventory *inv, int64_t device)
{
    struct refusal ignored;
    struct edit *e = edit_begin(inv, NULL, &ignored);
    if (e) {
        (void)sql_run(&e->sql, "UPDATE window SET used = used + 1 WHERE device = ?",
                      SQL_ARGS(SQL_INT(device)));
        enum err done = edit_end(inv, ERR_OK);
        (void)done; /* it only counts */
    }
}
