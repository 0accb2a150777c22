/* Devices: reading them. */
#include "io/inventory/inside.h"

#define DEVICE_COLUMNS                                                                        \
    "SELECT d.id, d.version, d.mac, d.model, d.serial, o.kind, o.id, o.name, o.mail, d.site," \
    " s.name, d.note, d.created FROM device d JOIN owner o ON o.id = d.owner"                 \
    " LEFT JOIN site s ON s.id = d.site"

static void read_row(sqlite3_stmt *q, struct arena *a, struct device *ret)
{
    bool person = sql_int(q, 5) == OWNER_PERSON;
    *ret = (struct device){.id = sql_int(q, 0),
                           .version = sql_int(q, 1),
                           .has_mac = !sql_null(q, 2),
                           .mac = mac_of(sql_int(q, 2)),
                           .model = keep(a, sql_text(q, 3)),
                           .serial = keep(a, sql_text(q, 4)),
                           .person = person ? sql_int(q, 6) : 0,
                           .workspace = person ? 0 : sql_int(q, 6),
                           .owner = keep(a, sql_text(q, 7)),
                           .mail = keep(a, sql_text(q, 8)),
                           .site = sql_int(q, 9),
                           .site_name = keep(a, sql_text(q, 10)),
                           .note = keep(a, sql_text(q, 11)),
                           .created = sql_int(q, 12)};
}

enum err device_read_lines(struct edit *e, struct arena *a, struct device *d)
{
    d->line = arena_alloc(a, DEVICE_LINES_MOST * sizeof *d->line);
    if (!d->line) {
        return out_of_memory(e);
    }
    sqlite3_stmt *q = sql_query(&e->sql,
                                "SELECT l.n, l.account, l.label, a.user, a.domain, a.number,"
                                " a.display, a.registrar,"
                                " (SELECT count(*) FROM line WHERE account = l.account)"
                                " FROM line l JOIN account a ON a.id = l.account"
                                " WHERE l.device = ? ORDER BY l.n",
                                SQL_ARGS(SQL_INT(d->id)));
    while (sql_row(&e->sql, q) && d->n_lines < DEVICE_LINES_MOST) {
        d->line[d->n_lines++] = (struct device_line){.n = (unsigned)sql_int(q, 0),
                                                     .account = sql_int(q, 1),
                                                     .label = keep(a, sql_text(q, 2)),
                                                     .user = keep(a, sql_text(q, 3)),
                                                     .domain = keep(a, sql_text(q, 4)),
                                                     .number = keep(a, sql_text(q, 5)),
                                                     .display = keep(a, sql_text(q, 6)),
                                                     .registrar = sql_int(q, 7),
                                                     .shared = sql_int(q, 8) > 1};
    }
    sql_reset(q);
    return edit_state(e);
}

enum err device_read(struct edit *e, int64_t id, struct arena *a, struct device *ret)
{
    sqlite3_stmt *q = sql_query(&e->sql, DEVICE_COLUMNS " WHERE d.id = ?", SQL_ARGS(SQL_INT(id)));
    bool there = sql_row(&e->sql, q);
    if (there) {
        read_row(q, a, ret);
    }
    sql_reset(q);
    return there ? device_read_lines(e, a, ret)
                 : refuse(e, REFUSAL_NOT_FOUND, "device", 0, "there is no such device");
}

static enum err read_history(struct edit *e, struct arena *a, struct device *d)
{
    d->was = arena_alloc(a, DEVICE_MACS_MOST * sizeof *d->was);
    if (!d->was) {
        return out_of_memory(e);
    }
    sqlite3_stmt *q = sql_query(&e->sql,
                                "SELECT mac, since, until FROM mac WHERE device = ?"
                                " ORDER BY until DESC, rowid DESC LIMIT ?",
                                SQL_ARGS(SQL_INT(d->id), SQL_INT(DEVICE_MACS_MOST)));
    while (sql_row(&e->sql, q)) {
        d->was[d->n_was++] = (struct device_mac){
            .mac = mac_of(sql_int(q, 0)), .from = sql_int(q, 1), .until = sql_int(q, 2)};
    }
    return ERR_OK;
}

enum err inventory_device_get(struct inventory *inv, int64_t id, struct arena *a,
                              struct device *ret, struct refusal *reterr)
{
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = device_read(e, id, a, ret);
    return read_end(inv, err == ERR_OK ? read_history(e, a, ret) : err);
}

bool inventory_device_of_mac(struct inventory *inv, struct mac mac, int64_t *ret_id)
{
    const struct find_device *d =
        find_ready(inv) ? find_by_mac(&inv->find, (uint64_t)mac_number(mac)) : NULL;
    if (d) {
        *ret_id = d->id;
    }
    return d != NULL;
}

enum err inventory_account_devices(struct inventory *inv, int64_t account, struct arena *a,
                                   int64_t **ret_id, size_t *ret_n, struct refusal *reterr)
{
    struct list list = {.limit = LIMIT_MOST, .size = sizeof(int64_t), .arena = a};
    struct str next;
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = ERR_OK;
    sqlite3_stmt *q = sql_query(
        &e->sql, "SELECT DISTINCT device FROM line WHERE account = ? ORDER BY device LIMIT ?",
        SQL_ARGS(SQL_INT(account), SQL_INT(LIMIT_MOST)));
    while (err == ERR_OK && sql_row(&e->sql, q)) {
        int64_t *to = list_row(&list);
        if (to) {
            *to = sql_int(q, 0);
        }
        err = to ? ERR_OK : out_of_memory(e);
    }
    sql_reset(q);
    *ret_id = list.p;
    *ret_n = list_end(&list, &next, 0);
    return read_end(inv, err);
}

/* -- lists of MAC addresses */

static int by_mac(const void *x, const void *y)
{
    const struct mac_verdict *const *a = x, *const *b = y;
    int order = memcmp((*a)->mac.b, (*b)->mac.b, sizeof(struct mac));
    return order ? order : (*a > *b) - (*a < *b);
}

static void check_one(struct inventory *inv, struct str text, struct mac_verdict *v)
{
    static const struct mac none = {{0}};
    *v = (struct mac_verdict){0};
    v->has_mac = mac_read(str_trim(text), &v->mac);
    if (!v->has_mac || mac_eq(v->mac, none) || (v->mac.b[0] & 1)) {
        v->code = REFUSAL_BAD_MAC;
    } else if (inventory_device_of_mac(inv, v->mac, &v->other)) {
        v->code = REFUSAL_MAC_USED;
    }
}

/* A MAC that stands in the list before is told so, also one that is used. */
enum err inventory_macs_check(struct inventory *inv, const struct str *mac, size_t n,
                              struct mac_verdict *ret)
{
    enum { MOST = 10000 };
    if (n > MOST) {
        return ERR_LIMIT;
    }
    struct mac_verdict **sorted = malloc((n + 1) * sizeof *sorted);
    if (!sorted) {
        return ERR_MEMORY;
    }
    size_t good = 0;
    for (size_t i = 0; i < n; i++) {
        check_one(inv, mac[i], &ret[i]);
        if (ret[i].code != REFUSAL_BAD_MAC) {
            sorted[good++] = &ret[i];
        }
    }
    qsort(sorted, good, sizeof *sorted, by_mac);
    for (size_t i = 1, first = 0; i < good; i++) {
        if (mac_eq(sorted[i]->mac, sorted[first]->mac)) {
            sorted[i]->code = REFUSAL_MAC_DUPLICATE;
            sorted[i]->other = sorted[first] - ret;
        } else {
            first = i;
        }
    }
    free(sorted);
    return ERR_OK;
}
