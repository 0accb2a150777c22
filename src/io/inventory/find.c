/* The index of devices: reading it from the database, following changes, comparing. */
#include "io/inventory/find.h"

#include <string.h>

#include "base/fold.h"
#include "io/inventory/inside.h"

static uint32_t of_number(const struct find *f, int64_t n)
{
    return (uint32_t)hash_str(&f->key, str_of((const char *)&n, sizeof n));
}

enum err find_init(struct find *f, size_t most)
{
    *f = (struct find){0};
    random_bytes((uint8_t *)&f->key, sizeof f->key);
    if (rows_init(&f->devices, sizeof(struct find_device), most) != ERR_OK ||
        rows_init(&f->owners, sizeof(struct find_name), most) != ERR_OK ||
        rows_init(&f->sites, sizeof(struct find_name), most) != ERR_OK ||
        index_init(&f->device_id, &f->devices, offsetof(struct find_device, by_id)) != ERR_OK ||
        index_init(&f->device_mac, &f->devices, offsetof(struct find_device, by_mac)) != ERR_OK ||
        index_init(&f->owner_id, &f->owners, offsetof(struct find_name, link)) != ERR_OK ||
        index_init(&f->site_id, &f->sites, offsetof(struct find_name, link)) != ERR_OK) {
        find_clear(f);
        return ERR_MEMORY;
    }
    return ERR_OK;
}

void find_clear(struct find *f)
{
    index_clear(&f->device_id);
    index_clear(&f->device_mac);
    index_clear(&f->owner_id);
    index_clear(&f->site_id);
    rows_clear(&f->devices);
    rows_clear(&f->owners);
    rows_clear(&f->sites);
    slab_clear(&f->text);
}

size_t find_memory(const struct find *f)
{
    return rows_memory(&f->devices) + rows_memory(&f->owners) + rows_memory(&f->sites) +
           rows_memory(&f->device_id.bucket) + rows_memory(&f->device_mac.bucket) +
           rows_memory(&f->owner_id.bucket) + slab_memory(&f->text);
}

/* -- rows */

static struct find_name *name_row(const struct rows *rows, const struct index *ix, uint32_t hash,
                                  int64_t id, uint32_t *ret_number)
{
    for (uint32_t at = index_first(ix, hash); at; at = index_next(ix, at)) {
        struct find_name *n = rows_at(rows, at - 1);
        if (n->id == id) {
            *ret_number = at - 1;
            return n;
        }
    }
    return NULL;
}

static struct find_device *device_row_of(const struct find *f, int64_t id, uint32_t *ret_number)
{
    uint32_t hash = of_number(f, id);
    for (uint32_t at = index_first(&f->device_id, hash); at; at = index_next(&f->device_id, at)) {
        struct find_device *d = rows_at(&f->devices, at - 1);
        if (d->id == id) {
            *ret_number = at - 1;
            return d;
        }
    }
    return NULL;
}

struct find_device *find_device(const struct find *f, int64_t id)
{
    uint32_t number = 0;
    return device_row_of(f, id, &number);
}

struct find_device *find_by_mac(const struct find *f, uint64_t mac)
{
    uint32_t hash = of_number(f, (int64_t)mac);
    for (uint32_t at = index_first(&f->device_mac, hash); at; at = index_next(&f->device_mac, at)) {
        struct find_device *d = rows_at(&f->devices, at - 1);
        if (d->mac == mac) {
            return d;
        }
    }
    return NULL;
}

/* The text in a piece of its own, in place of the one before. */
static bool set_text(struct find *f, uint32_t *piece, uint16_t *len, struct str text)
{
    slab_give(&f->text, *piece, *len);
    *piece = 0;
    *len = 0;
    if (text.len == 0) {
        return true;
    }
    uint32_t to = slab_take(&f->text, text.len);
    if (to) {
        memcpy(slab_at(&f->text, to), text.p, text.len);
        *piece = to;
        *len = (uint16_t)text.len;
    }
    return to != 0;
}

static struct str text_of(const struct find *f, uint32_t piece, uint16_t len)
{
    return piece ? str_of(slab_at(&f->text, piece), len) : STR("");
}

/* -- names: sites and owners */

static void name_remove(struct find *f, struct rows *rows, struct index *ix, int64_t id)
{
    uint32_t number = 0;
    struct find_name *n = name_row(rows, ix, of_number(f, id), id, &number);
    if (n) {
        index_remove(ix, number);
        slab_give(&f->text, n->text, n->len);
        rows_give(rows, number);
    }
}

static bool name_put(struct find *f, struct rows *rows, struct index *ix, int64_t id,
                     const struct find_name *with, struct str name, struct str mail)
{
    char text[FIND_TEXT];
    uint32_t number = 0;
    uint32_t hash = of_number(f, id);
    struct find_name *n = name_row(rows, ix, hash, id, &number);
    if (!n) {
        if (rows_take(rows, &number) != ERR_OK) {
            return false;
        }
        n = rows_at(rows, number);
        n->id = id;
        index_add(ix, number, hash);
    }
    size_t len = fold(name, text, sizeof text / 2);
    n->name_len = (uint16_t)len;
    if (mail.len) {
        text[len++] = '\n';
        len += fold(mail, text + len, sizeof text - len);
    }
    n->kind = with->kind;
    n->site = with->site;
    n->asked = 0;
    n->marks = fold_marks(str_of(text, len));
    return set_text(f, &n->text, &n->len, str_of(text, len));
}

static const char owner_all[] = "SELECT id, kind, site, name, mail FROM owner";
static const char owner_one[] = "SELECT id, kind, site, name, mail FROM owner WHERE id = ?";
static const char site_all[] = "SELECT id, name FROM site";
static const char site_one[] = "SELECT id, name FROM site WHERE id = ?";

static bool load_owners(struct inventory *inv, sqlite3_stmt *q)
{
    struct find *f = &inv->find;
    bool ok = true;
    while (ok && sql_row(&inv->edit.sql, q)) {
        struct find_name with = {.kind = (uint8_t)sql_int(q, 1), .site = sql_int(q, 2)};
        ok = name_put(f, &f->owners, &f->owner_id, sql_int(q, 0), &with, sql_text(q, 3),
                      sql_text(q, 4));
    }
    sql_reset(q);
    return ok && inv->edit.sql.code == SQLITE_OK;
}

static bool load_sites(struct inventory *inv, sqlite3_stmt *q)
{
    struct find *f = &inv->find;
    bool ok = true;
    while (ok && sql_row(&inv->edit.sql, q)) {
        ok = name_put(f, &f->sites, &f->site_id, sql_int(q, 0), &(struct find_name){0},
                      sql_text(q, 1), STR(""));
    }
    sql_reset(q);
    return ok && inv->edit.sql.code == SQLITE_OK;
}

/* -- devices */

static void device_remove(struct find *f, int64_t id)
{
    uint32_t number = 0;
    struct find_device *d = device_row_of(f, id, &number);
    if (d) {
        index_remove(&f->device_id, number);
        if (d->mac != FIND_NO_MAC) {
            index_remove(&f->device_mac, number);
        }
        slab_give(&f->text, d->text, d->len);
        rows_give(&f->devices, number);
    }
}

static struct find_device *device_take(struct find *f, int64_t id, uint32_t *ret_number)
{
    struct find_device *d = device_row_of(f, id, ret_number);
    if (d || rows_take(&f->devices, ret_number) != ERR_OK) {
        return d;
    }
    d = rows_at(&f->devices, *ret_number);
    d->id = id;
    d->mac = FIND_NO_MAC;
    index_add(&f->device_id, *ret_number, of_number(f, id));
    return d;
}

static void set_mac(struct find *f, struct find_device *d, uint32_t number, uint64_t mac)
{
    if (d->mac == mac) {
        return;
    }
    if (d->mac != FIND_NO_MAC) {
        index_remove(&f->device_mac, number);
    }
    d->mac = mac;
    if (mac != FIND_NO_MAC) {
        index_add(&f->device_mac, number, of_number(f, (int64_t)mac));
    }
}

static uint32_t name_number(struct find *f, const struct rows *rows, const struct index *ix,
                            int64_t id)
{
    uint32_t number = 0;
    return id && name_row(rows, ix, of_number(f, id), id, &number) ? number + 1 : 0;
}

struct text {
    char p[FIND_TEXT];
    size_t len;
};

static void add_text(struct text *t, struct str s)
{
    if (s.len && t->len < sizeof t->p - 1) {
        t->p[t->len++] = '\n';
        t->len += fold(s, t->p + t->len, sizeof t->p - t->len);
    }
}

/* A row of the query: device's columns, then those of one of its lines. */
enum {
    Q_ID,
    Q_MAC,
    Q_OWNER,
    Q_SITE,
    Q_MODEL,
    Q_SERIAL,
    Q_NOTE,
    Q_LABEL,
    Q_USER,
    Q_NUMBER,
    Q_DISPLAY
};

#define DEVICE_COLUMNS                                                                           \
    "SELECT d.id, d.mac, d.owner, d.site, d.model, d.serial, d.note, l.label, a.user, a.number," \
    " a.display FROM device d LEFT JOIN line l ON l.device = d.id"                               \
    " LEFT JOIN account a ON a.id = l.account"
static const char device_all[] = DEVICE_COLUMNS " ORDER BY d.id";
static const char device_one[] = DEVICE_COLUMNS " WHERE d.id = ?";

static bool device_begin(struct find *f, sqlite3_stmt *q, uint32_t *ret_number, struct text *t)
{
    struct find_device *d = device_take(f, sql_int(q, Q_ID), ret_number);
    if (!d) {
        return false;
    }
    set_mac(f, d, *ret_number, sql_null(q, Q_MAC) ? FIND_NO_MAC : (uint64_t)sql_int(q, Q_MAC));
    d->owner = name_number(f, &f->owners, &f->owner_id, sql_int(q, Q_OWNER));
    d->site = name_number(f, &f->sites, &f->site_id, sql_int(q, Q_SITE));
    t->len = fold(sql_text(q, Q_MODEL), t->p, 256);
    d->model_len = (uint16_t)t->len;
    add_text(t, sql_text(q, Q_SERIAL));
    add_text(t, sql_text(q, Q_NOTE));
    return true;
}

static void add_line(struct text *t, sqlite3_stmt *q)
{
    for (int i = Q_LABEL; i <= Q_DISPLAY; i++) {
        bool same = i == Q_NUMBER && str_eq(sql_text(q, Q_NUMBER), sql_text(q, Q_USER));
        if (!same) {
            add_text(t, sql_text(q, i));
        }
    }
}

static bool device_end(struct find *f, uint32_t number, const struct text *t)
{
    struct find_device *d = rows_at(&f->devices, number);
    d->marks = fold_marks(str_of(t->p, t->len));
    return set_text(f, &d->text, &d->len, str_of(t->p, t->len));
}

/* Rows of one device stand together. */
static bool load_devices(struct inventory *inv, sqlite3_stmt *q, size_t *ret_n)
{
    struct find *f = &inv->find;
    struct text t = {.len = 0};
    int64_t id = 0;
    uint32_t number = 0;
    bool ok = true;
    *ret_n = 0;
    while (ok && sql_row(&inv->edit.sql, q)) {
        if (sql_int(q, Q_ID) != id) {
            ok = (id == 0 || device_end(f, number, &t)) && device_begin(f, q, &number, &t);
            id = sql_int(q, Q_ID);
            *ret_n += 1;
        }
        add_line(&t, q);
    }
    sql_reset(q);
    ok = ok && (id == 0 || device_end(f, number, &t));
    return ok && inv->edit.sql.code == SQLITE_OK;
}

enum err find_load(struct inventory *inv)
{
    struct sql *s = &inv->edit.sql;
    size_t n = 0;
    find_clear(&inv->find);
    enum err e = find_init(&inv->find, inv->cfg.devices_most);
    if (e != ERR_OK) {
        return e;
    }
    if (!sql_begin_read(s) || !load_sites(inv, sql_query(s, site_all, NULL, 0)) ||
        !load_owners(inv, sql_query(s, owner_all, NULL, 0)) ||
        !load_devices(inv, sql_query(s, device_all, NULL, 0), &n)) {
        e = s->code == SQLITE_OK ? ERR_MEMORY : ERR_IO;
    }
    return sql_commit(s) || e != ERR_OK ? e : ERR_IO;
}

/* -- following */

void find_added(struct inventory *inv, int64_t site, int64_t owner, int64_t device)
{
    static const char sites[] = "SELECT id, name FROM site WHERE id > ?";
    static const char owners[] = "SELECT id, kind, site, name, mail FROM owner WHERE id > ?";
    static const char devices[] = DEVICE_COLUMNS " WHERE d.id > ? ORDER BY d.id";
    struct sql *s = &inv->edit.sql;
    size_t n = 0;
    s->code = SQLITE_OK;
    bool ok = load_sites(inv, sql_query(s, sites, SQL_ARGS(SQL_INT(site)))) &&
              load_owners(inv, sql_query(s, owners, SQL_ARGS(SQL_INT(owner)))) &&
              load_devices(inv, sql_query(s, devices, SQL_ARGS(SQL_INT(device))), &n);
    inv->find.stale = inv->find.stale || !ok;
}

static bool on_device(struct inventory *inv, int64_t id)
{
    size_t n = 0;
    bool ok = load_devices(inv, sql_query(&inv->edit.sql, device_one, SQL_ARGS(SQL_INT(id))), &n);
    if (ok && n == 0) {
        device_remove(&inv->find, id);
    }
    return ok;
}

static bool on_account(struct inventory *inv, int64_t id)
{
    struct sql *s = &inv->edit.sql;
    sqlite3_stmt *q =
        sql_query(s, "SELECT DISTINCT device FROM line WHERE account = ?", SQL_ARGS(SQL_INT(id)));
    bool ok = true;
    while (ok && sql_row(s, q)) {
        ok = on_device(inv, sql_int(q, 0));
    }
    sql_reset(q);
    return ok;
}

void find_on(struct inventory *inv, const struct inventory_change *c)
{
    struct find *f = &inv->find;
    struct sql *s = &inv->edit.sql;
    bool ok = true;
    s->code = SQLITE_OK;
    if (c->kind == INVENTORY_ALL) {
        ok = find_load(inv) == ERR_OK;
    } else if (c->kind == INVENTORY_DEVICE) {
        ok = on_device(inv, c->id);
    } else if (c->kind == INVENTORY_ACCOUNT) {
        ok = on_account(inv, c->id);
    } else if (c->kind == INVENTORY_OWNER && c->how == INVENTORY_REMOVED) {
        name_remove(f, &f->owners, &f->owner_id, c->id);
    } else if (c->kind == INVENTORY_OWNER) {
        ok = load_owners(inv, sql_query(s, owner_one, SQL_ARGS(SQL_INT(c->id))));
    } else if (c->kind == INVENTORY_SITE && c->how == INVENTORY_REMOVED) {
        name_remove(f, &f->sites, &f->site_id, c->id);
    } else if (c->kind == INVENTORY_SITE) {
        ok = load_sites(inv, sql_query(s, site_one, SQL_ARGS(SQL_INT(c->id))));
    }
    f->stale = f->stale || !ok;
}

bool find_ready(struct inventory *inv)
{
    if (inv->find.stale && find_load(inv) != ERR_OK) {
        inv->find.stale = true;
        return false;
    }
    return true;
}

/* -- comparing */

bool find_fragment(struct str s, uint64_t *ret, uint8_t *ret_digits)
{
    uint64_t n = 0;
    uint8_t digits = 0;
    s = str_istarts(s, STR("SEP")) ? str_from(s, 3) : s;
    for (size_t i = 0; i < s.len; i++) {
        int digit = ascii_hex(s.p[i]);
        if (digit < 0 && s.p[i] != ':' && s.p[i] != '-' && s.p[i] != '.') {
            return false;
        }
        if (digit >= 0) {
            n = n << 4 | (uint64_t)digit;
            digits++;
        }
        if (digits > 12) {
            return false;
        }
    }
    *ret = n;
    *ret_digits = digits;
    return digits > 0;
}

bool find_mac_has(uint64_t mac, uint64_t fragment, uint8_t digits)
{
    uint64_t mask = ((uint64_t)1 << 4 * digits) - 1;
    if (mac == FIND_NO_MAC) {
        return false;
    }
    for (int places = 12 - digits; places >= 0; places--, mac >>= 4) {
        if ((mac & mask) == fragment) {
            return true;
        }
    }
    return false;
}

bool find_query(struct str q, struct find_query *ret)
{
    struct str rest = str_of(ret->room, 0);
    ret->n = 0;
    if (q.len > sizeof ret->room) {
        return false;
    }
    rest.len = fold(q, ret->room, sizeof ret->room);
    for (struct str w = str_word(&rest); w.len; w = str_word(&rest)) {
        if (ret->n == FIND_WORDS) {
            return false;
        }
        ret->word[ret->n] = w;
        ret->need[ret->n] = fold_need(w);
        /* Shorter ones would fit every other MAC. */
        if (!find_fragment(w, &ret->fragment[ret->n], &ret->digits[ret->n]) ||
            ret->digits[ret->n] < 3) {
            ret->digits[ret->n] = 0;
        }
        ret->n++;
    }
    return true;
}

/* Bit per word; kept in the row, as one owner or site has many devices. */
static uint8_t name_fits(struct find *f, const struct find_query *q, struct find_name *n)
{
    if (n && n->asked != f->asked) {
        struct str text = text_of(f, n->text, n->len);
        n->asked = f->asked;
        n->fits = 0;
        for (size_t i = 0; i < q->n; i++) {
            bool fits = (n->marks & q->need[i]) == q->need[i] && fold_has(text, q->word[i]);
            n->fits = (uint8_t)(n->fits | (unsigned)fits << i);
        }
    }
    return n ? n->fits : 0;
}

bool find_name_fits(struct find *f, const struct find_query *q, struct find_name *n)
{
    return name_fits(f, q, n) == (uint8_t)((1U << q->n) - 1);
}

bool find_fits(struct find *f, const struct find_query *q, const struct find_device *d)
{
    unsigned names =
        q->n ? name_fits(f, q, find_owner_of(f, d)) | name_fits(f, q, find_site_of(f, d)) : 0;
    for (size_t i = 0; i < q->n; i++) {
        bool fits = names >> i & 1 ||
                    (q->digits[i] && find_mac_has(d->mac, q->fragment[i], q->digits[i])) ||
                    ((d->marks & q->need[i]) == q->need[i] &&
                     fold_has(text_of(f, d->text, d->len), q->word[i]));
        if (!fits) {
            return false;
        }
    }
    return true;
}
