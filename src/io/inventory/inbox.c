/* Unknown phones: gathered in memory, a row for each proven MAC and each source that guesses. */
#include "io/inventory/inbox.h"

#include "io/inventory/inside.h"

enum { WAITING_MOST = 512, TEXT = 64 };

/* What was seen since it was written. */
struct waiting {
    bool proven, has_mac;
    struct mac mac, macs[UNKNOWN_MACS];
    size_t n_macs;
    char name[TEXT], source[TEXT], model[TEXT], serial[TEXT], how[TEXT], verdict[TEXT];
    usec_t first, last;
    uint64_t count;
};

struct unknown_list {
    struct waiting row[WAITING_MOST]; /* the one seen last first */
    size_t n;
};

void unknown_clear(struct inventory *inv)
{
    free(inv->unknown);
    inv->unknown = NULL;
}

static void copy(char to[TEXT], struct str s)
{
    if (s.len) {
        (void)snprintf(to, TEXT, "%.*s", STR_ARG(str_head(s, TEXT - 1)));
    }
}

static void add_mac(struct waiting *w, struct mac mac)
{
    for (size_t i = 0; i < w->n_macs; i++) {
        if (mac_eq(w->macs[i], mac)) {
            return;
        }
    }
    if (w->n_macs < UNKNOWN_MACS) {
        w->macs[w->n_macs++] = mac;
    }
}

static void read_macs(struct str blob, struct mac *to, size_t *ret_n)
{
    for (size_t i = 0; i + 6 <= blob.len && *ret_n < UNKNOWN_MACS; i += 6) {
        memcpy(to[(*ret_n)++].b, blob.p + i, 6);
    }
}

/* The row of that name moves to the front; a new one is there with count 0. *ret_new: the database has none either. */
static struct waiting *take_row(struct inventory *inv, bool proven, const char *name, bool *ret_new)
{
    struct unknown_list *l = inv->unknown;
    struct waiting w = {.proven = proven};
    size_t i = 0;
    for (; i < l->n && (l->row[i].proven != proven || strcmp(l->row[i].name, name) != 0); i++) {
    }
    *ret_new = false;
    if (i < l->n) {
        w = l->row[i];
    } else {
        struct sql *s = &inv->edit.sql;
        s->code = SQLITE_OK;
        sqlite3_stmt *q = sql_query(s, "SELECT macs FROM unknown WHERE proven = ? AND name = ?",
                                    SQL_ARGS(SQL_INT(proven), SQL_TEXT(str_z(name))));
        *ret_new = !sql_row(s, q);
        if (!*ret_new) {
            read_macs(sql_blob(q, 0), w.macs, &w.n_macs);
        }
        sql_reset(q);
        copy(w.name, str_z(name));
        l->n++;
    }
    memmove(&l->row[1], &l->row[0], i * sizeof w);
    l->row[0] = w;
    return &l->row[0];
}

bool inventory_unknown_seen(struct inventory *inv, const struct unknown_phone *u, usec_t now)
{
    char name[TEXT] = "";
    bool is_new = false;
    if (!inv->unknown) {
        inv->unknown = calloc(1, sizeof *inv->unknown);
    }
    if (inv->unknown && inv->unknown->n == WAITING_MOST) {
        unknown_flush(inv);
    }
    if (!inv->unknown || inv->unknown->n == WAITING_MOST) {
        return false; /* no memory, or an import is being written: this one is not counted */
    }
    if (u->proven) {
        mac_write(u->mac, name);
    } else {
        copy(name, u->source);
    }
    struct waiting *w = take_row(inv, u->proven, name, &is_new);
    w->first = w->count ? w->first : now;
    w->last = now;
    w->count++;
    if (u->has_mac || u->proven) {
        w->has_mac = true;
        w->mac = u->mac;
        add_mac(w, u->mac);
    }
    copy(w->source, u->source);
    copy(w->model, u->model);
    copy(w->serial, u->serial);
    copy(w->how, u->how);
    copy(w->verdict, u->verdict);
    return is_new;
}

static void write_row(struct edit *e, const struct waiting *w)
{
    static const char put[] =
        "INSERT INTO unknown (proven, name, mac, source, model, serial, how, verdict, first, last,"
        " count, macs) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
        " ON CONFLICT (proven, name) DO UPDATE SET mac = coalesce(?3, mac), source = ?4,"
        " model = iif(?5 = '', model, ?5), serial = iif(?6 = '', serial, ?6), how = ?7,"
        " verdict = ?8, last = ?10, count = count + ?11, macs = ?12";
    struct sql_arg mac = w->has_mac ? SQL_INT(mac_number(w->mac)) : SQL_NULL;
    (void)sql_run(
        &e->sql, put,
        SQL_ARGS(SQL_INT(w->proven), SQL_TEXT(str_z(w->name)), mac, SQL_TEXT(str_z(w->source)),
                 SQL_TEXT(str_z(w->model)), SQL_TEXT(str_z(w->serial)), SQL_TEXT(str_z(w->how)),
                 SQL_TEXT(str_z(w->verdict)), SQL_INT(w->first), SQL_INT(w->last),
                 SQL_INT(w->count),
                 SQL_BLOB(str_of((const char *)w->macs, w->n_macs * sizeof(struct mac)))));
}

void unknown_flush(struct inventory *inv)
{
    struct refusal ignored;
    struct unknown_list *l = inv->unknown;
    if (!l || l->n == 0) {
        return;
    }
    struct edit *e = edit_begin(inv, NULL, &ignored);
    if (!e) {
        return;
    }
    for (size_t i = l->n; i > 0; i--) {
        write_row(e, &l->row[i - 1]);
    }
    (void)sql_run(&e->sql,
                  "DELETE FROM unknown WHERE id IN (SELECT id FROM unknown ORDER BY last DESC,"
                  " id DESC LIMIT -1 OFFSET ?)",
                  SQL_ARGS(SQL_INT(UNKNOWN_MOST)));
    if (edit_end(inv, ERR_OK) == ERR_OK) {
        l->n = 0;
    }
}

void unknown_on(struct inventory *inv, const struct inventory_change *c)
{
    struct unknown_list *l = inv->unknown;
    for (size_t i = 0; l && c->kind == INVENTORY_DEVICE && c->has_mac && i < l->n; i++) {
        if (l->row[i].proven && mac_eq(l->row[i].mac, c->mac)) {
            memmove(&l->row[i], &l->row[i + 1], (l->n - i - 1) * sizeof *l->row);
            l->n--;
            return;
        }
    }
}

#define UNKNOWN_COLUMNS                                                                     \
    "SELECT id, proven, mac, source, model, serial, how, verdict, first, last, count, macs" \
    " FROM unknown"

static void read_row(sqlite3_stmt *q, struct arena *a, struct unknown_phone *ret)
{
    *ret = (struct unknown_phone){.id = sql_int(q, 0),
                                  .proven = sql_int(q, 1) != 0,
                                  .has_mac = !sql_null(q, 2),
                                  .mac = mac_of(sql_int(q, 2)),
                                  .source = keep(a, sql_text(q, 3)),
                                  .model = keep(a, sql_text(q, 4)),
                                  .serial = keep(a, sql_text(q, 5)),
                                  .how = keep(a, sql_text(q, 6)),
                                  .verdict = keep(a, sql_text(q, 7)),
                                  .first = sql_int(q, 8),
                                  .last = sql_int(q, 9),
                                  .count = (uint64_t)sql_int(q, 10)};
    read_macs(sql_blob(q, 11), ret->macs, &ret->n_macs);
}

/* The cursor: "last.id" of the last row. */
static enum err read_cursor(struct edit *e, struct str cursor, int64_t *ret_last, int64_t *ret_id)
{
    struct str last = str_cut(&cursor, '.');
    *ret_last = *ret_id = INT64_MAX;
    if (last.len && (!str_i64(last, ret_last) || !str_i64(cursor, ret_id))) {
        return refuse(e, REFUSAL_BAD_FIELD, "cursor", 0, "this is no cursor of ours");
    }
    return ERR_OK;
}

enum err inventory_unknowns(struct inventory *inv, struct page page, struct arena *a,
                            struct unknown_phone **ret, size_t *ret_n, struct str *ret_next,
                            struct refusal *reterr)
{
    struct list list = {
        .limit = page_limit(&page), .size = sizeof(struct unknown_phone), .arena = a};
    int64_t last = 0, id = 0;
    struct str next;
    unknown_flush(inv);
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = read_cursor(e, page.cursor, &last, &id);
    sqlite3_stmt *q = sql_query(
        &e->sql, UNKNOWN_COLUMNS " WHERE (last, id) < (?, ?) ORDER BY last DESC, id DESC LIMIT ?",
        SQL_ARGS(SQL_INT(last), SQL_INT(id), SQL_INT(list.limit + 1)));
    while (err == ERR_OK && sql_row(&e->sql, q)) {
        struct unknown_phone *to = list_row(&list);
        if (to) {
            read_row(q, a, to);
        }
        err = to ? ERR_OK : out_of_memory(e);
    }
    sql_reset(q);
    struct unknown_phone *rows = list.p;
    *ret = rows;
    *ret_n = list_end(&list, &next, offsetof(struct unknown_phone, id));
    *ret_next = STR("");
    if (rows && next.len) {
        char text[64];
        (void)snprintf(text, sizeof text, "%lld.%lld", (long long)rows[*ret_n - 1].last,
                       (long long)rows[*ret_n - 1].id);
        *ret_next = keep(a, str_z(text));
    }
    return read_end(inv, err);
}

enum err inventory_unknown_get(struct inventory *inv, int64_t id, struct arena *a,
                               struct unknown_phone *ret, struct refusal *reterr)
{
    enum err err = ERR_OK;
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    sqlite3_stmt *q = sql_query(&e->sql, UNKNOWN_COLUMNS " WHERE id = ?", SQL_ARGS(SQL_INT(id)));
    if (sql_row(&e->sql, q)) {
        read_row(q, a, ret);
    } else {
        err = refuse(e, REFUSAL_NOT_FOUND, "unknown", 0, "there is no such phone in the inbox");
    }
    sql_reset(q);
    return read_end(inv, err);
}

enum err inventory_unknown_remove(struct inventory *inv, const struct actor *who, int64_t id,
                                  struct refusal *reterr)
{
    unknown_flush(inv);
    struct edit *e = edit_begin(inv, who, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = ERR_OK;
    struct str before = edit_row(e, "SELECT name, source, count FROM unknown WHERE id = ?", id);
    (void)sql_run(&e->sql, "DELETE FROM unknown WHERE id = ?", SQL_ARGS(SQL_INT(id)));
    if (sqlite3_changes(e->sql.db) == 0) {
        err = refuse(e, REFUSAL_NOT_FOUND, "unknown", 0, "there is no such phone in the inbox");
    } else {
        edit_audit(e, "unknown.remove", "unknown", id, STR(""), before, STR(""));
        edit_changed(e, &(struct inventory_change){
                            .kind = INVENTORY_UNKNOWN, .how = INVENTORY_REMOVED, .id = id});
    }
    return edit_end(inv, err);
}
