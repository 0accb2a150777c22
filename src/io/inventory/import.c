/* Devices from comma-separated values: the header, the rows, one transaction for all of them. */
#include "io/inventory/import.h"

#include "base/csv.h"
#include "io/inventory/inside.h"

enum column {
    MAC,
    MODEL,
    KIND,
    OWNER,
    MAIL,
    SITE,
    NUMBER,
    USER,
    DISPLAY,
    SECRET,
    REGISTRAR,
    SERIAL,
    NOTE,
    COLUMNS
};

static const char *const column_name[COLUMNS] = {"mac",       "model",  "kind", "owner",   "mail",
                                                 "site",      "number", "user", "display", "secret",
                                                 "registrar", "serial", "note"};

struct import {
    struct inventory *inv;
    struct edit edit; /* over a connection of its own */
    struct actor who;
    struct arena texts; /* of `who` */
    struct refusal why; /* of the row, or of the import as a whole */
    char *text;
    size_t len;
    struct csv csv;
    enum column column[CSV_FIELDS]; /* by the field's place */
    size_t n_columns;
    struct str value[COLUMNS]; /* of the row that is read */
    char room[COLUMNS][CSV_FIELD_MOST];
    bool preview, partial, failed;
    struct import_row *row;
    size_t n, cap;
    uint32_t *made; /* the rows that made a device, in order: their ids follow each other */
    size_t n_made;
    int64_t device, owner, site; /* the last ids before */
    uint64_t there;              /* devices before */
    struct import_result result;
};

/* -- the header */

static enum err read_header(struct import *m, struct edit *e)
{
    struct err_at at;
    bool has[COLUMNS] = {false};
    csv_init(&m->csv, str_of(m->text, m->len));
    enum err err = csv_next(&m->csv, &at);
    if (err != ERR_OK) {
        return refuse(e, REFUSAL_BAD_CSV, "header", 0, "%s",
                      err == ERR_END ? "the file is empty: its first line names the columns"
                                     : at.what);
    }
    for (size_t i = 0; i < m->csv.n; i++) {
        struct str name = csv_value(&m->csv, i, m->room[0]);
        size_t c = 0;
        for (; c < COLUMNS && !str_ieq(name, str_z(column_name[c])); c++) {
        }
        if (c == COLUMNS || has[c]) {
            return refuse(e, REFUSAL_BAD_CSV, "header", 0,
                          c == COLUMNS ? "there is no column '%.*s'"
                                       : "the column '%.*s' stands twice",
                          STR_ARG(str_head(name, 40)));
        }
        m->column[i] = (enum column)c;
        has[c] = true;
    }
    m->n_columns = m->csv.n;
    return has[MODEL] ? ERR_OK
                      : refuse(e, REFUSAL_BAD_CSV, "header", 0, "there must be a column model");
}

/* -- a row */

/* What a spreadsheet was given with an apostrophe, lest it be a formula, comes back without it. */
static struct str unescaped(struct str s)
{
    bool formula = s.len > 1 && s.p[0] == '\'' && strchr("=+-@", s.p[1]);
    return formula ? str_from(s, 1) : s;
}

static enum err read_values(struct import *m, struct edit *e)
{
    if (m->csv.n != m->n_columns) {
        return refuse(e, REFUSAL_BAD_CSV, NULL, 0,
                      "%zu fields, where the first line names %zu columns", m->csv.n, m->n_columns);
    }
    memset(m->value, 0, sizeof m->value);
    for (size_t i = 0; i < m->csv.n; i++) {
        enum column c = m->column[i];
        m->value[c] = unescaped(csv_value(&m->csv, i, m->room[c]));
    }
    return ERR_OK;
}

static enum err read_kind(struct import *m, struct edit *e, enum owner_kind *ret)
{
    static const struct {
        const char *name;
        enum owner_kind kind;
    } kinds[] = {{"", OWNER_PERSON},
                 {"person", OWNER_PERSON},
                 {"personal", OWNER_PERSON},
                 {"workspace", OWNER_WORKSPACE},
                 {"shared", OWNER_WORKSPACE}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (str_ieq(m->value[KIND], str_z(kinds[i].name))) {
            *ret = kinds[i].kind;
            return ERR_OK;
        }
    }
    return refuse(e, REFUSAL_BAD_FIELD, "kind", 0, "kind is person or workspace");
}

/* The site of that name, made where there is none. */
static enum err want_site(struct import *m, struct edit *e, struct import_row *row, int64_t *ret)
{
    struct site s = {.name = m->value[SITE], .note = STR("")};
    if (s.name.len == 0 ||
        sql_one(&e->sql, ret, "SELECT id FROM site WHERE name = ?", SQL_ARGS(SQL_TEXT(s.name)))) {
        return ERR_OK;
    }
    row->new_site = true;
    return site_insert(e, &s, ret);
}

static enum err owner_by_name(struct import *m, struct edit *e, enum owner_kind kind, int64_t *ret)
{
    size_t n = 0;
    sqlite3_stmt *q = sql_query(&e->sql, "SELECT id FROM owner WHERE name = ? AND kind = ? LIMIT 2",
                                SQL_ARGS(SQL_TEXT(m->value[OWNER]), SQL_INT(kind)));
    while (sql_row(&e->sql, q)) {
        *ret = sql_int(q, 0);
        n++;
    }
    return n < 2 ? ERR_OK
                 : refuse(e, REFUSAL_BAD_FIELD, "owner", *ret,
                          "several have this name: tell them apart by mail");
}

/* *ret stays 0 where the row names nobody. */
static enum err want_owner(struct import *m, struct edit *e, enum owner_kind kind, int64_t site,
                           struct import_row *row, int64_t *ret)
{
    struct owner o = {.kind = kind,
                      .name = m->value[OWNER],
                      .mail = kind == OWNER_PERSON ? m->value[MAIL] : STR(""),
                      .site = site,
                      .note = STR("")};
    if (o.mail.len &&
        sql_one(&e->sql, ret,
                "SELECT id FROM owner WHERE mail IS NOT NULL AND lower(mail) = lower(?)"
                " AND kind = 0",
                SQL_ARGS(SQL_TEXT(o.mail)))) {
        return ERR_OK;
    }
    if (o.name.len == 0) {
        return o.mail.len ? refuse(e, REFUSAL_NO_OWNER, "owner", 0,
                                   "nobody has this mail address, and no name is given")
                          : ERR_OK;
    }
    if (o.mail.len == 0) {
        enum err err = owner_by_name(m, e, kind, ret);
        if (err != ERR_OK || *ret) {
            return err;
        }
    }
    row->new_owner = true;
    return owner_insert(e, &o, ret);
}

static enum err want_registrar(struct import *m, struct edit *e, int64_t *ret)
{
    struct str name = m->value[REGISTRAR];
    if (name.len == 0 || sql_one(&e->sql, ret, "SELECT id FROM registrar WHERE name = ?",
                                 SQL_ARGS(SQL_TEXT(name)))) {
        return ERR_OK;
    }
    return refuse(e, REFUSAL_NOT_FOUND, "registrar", 0, "there is no registrar of that name");
}

/* Whether an account will be made; a secret for one that is there would silently be none. */
static enum err want_account(struct import *m, struct edit *e, struct import_row *row)
{
    int64_t id = 0;
    bool there = m->value[NUMBER].len &&
                 sql_one(&e->sql, &id, "SELECT id FROM account WHERE domain = ? AND number = ?",
                         SQL_ARGS(SQL_TEXT(e->cfg->domain), SQL_TEXT(m->value[NUMBER])));
    row->new_account = !there && (m->value[NUMBER].len || m->value[USER].len);
    if (m->value[SECRET].len && !row->new_account) {
        return refuse(e, REFUSAL_BAD_FIELD, "secret", id,
                      there ? "the number's account is there already, with a secret of its own"
                            : "a secret belongs to a number or user");
    }
    return ERR_OK;
}

static enum err add_device(struct import *m, struct edit *e, struct import_row *row)
{
    struct device_new d = {
        .mac = m->value[MAC],
        .number = m->value[NUMBER],
        .user = m->value[USER],
        .display = m->value[DISPLAY],
        .device = {.model = m->value[MODEL], .serial = m->value[SERIAL], .note = m->value[NOTE]}};
    enum owner_kind kind = OWNER_PERSON;
    int64_t owner = 0;
    enum err err = device_mac_check(e, d.mac, 0, &row->has_mac, &row->mac);
    if (err == ERR_OK) {
        err = read_kind(m, e, &kind);
    }
    if (err == ERR_OK) {
        err = want_site(m, e, row, &d.device.site);
    }
    if (err == ERR_OK) {
        err = want_owner(m, e, kind, d.device.site, row, &owner);
    }
    if (err == ERR_OK) {
        err = want_registrar(m, e, &d.registrar);
    }
    if (err == ERR_OK) {
        err = want_account(m, e, row);
    }
    if (err != ERR_OK) {
        return err;
    }
    *(kind == OWNER_PERSON ? &d.device.person : &d.device.workspace) = owner;
    struct str secret = m->value[SECRET].len ? m->value[SECRET] : (struct str){0};
    return device_insert(e, &d, secret, &row->device);
}

/* A MAC that an earlier row brought is told as such. */
static void told_twice(struct import *m, struct refusal *why)
{
    int64_t place = why->other - m->device - 1;
    if (why->code == REFUSAL_MAC_USED && place >= 0 && (size_t)place < m->n_made) {
        why->code = REFUSAL_MAC_DUPLICATE;
        why->other = m->made[place];
        (void)snprintf(why->what, sizeof why->what, "line %zu has this MAC address too",
                       m->row[why->other].line);
    }
}

static void one_row(struct import *m, enum err read, const struct err_at *at)
{
    struct edit *e = &m->edit;
    struct import_row *row = &m->row[m->n];
    *row = (struct import_row){.line = m->csv.line};
    m->why = (struct refusal){0};
    arena_reset(&e->arena);
    (void)sql_run(&e->sql, "SAVEPOINT a_row", NULL, 0);
    enum err err =
        read == ERR_OK ? read_values(m, e) : refuse(e, REFUSAL_BAD_CSV, NULL, 0, "%s", at->what);
    if (err == ERR_OK) {
        err = add_device(m, e, row);
    }
    if (err == ERR_OK) {
        m->made[m->n_made++] = (uint32_t)m->n;
        m->result.good++;
    } else {
        told_twice(m, &m->why);
        row->refused = m->why;
        row->device = 0;
        row->new_owner = row->new_site = row->new_account = false;
        m->result.refused++;
        (void)sql_run(&e->sql, "ROLLBACK TO a_row", NULL, 0);
    }
    (void)sql_run(&e->sql, "RELEASE a_row", NULL, 0);
    m->n++;
    m->result.rows++;
}

/* -- all rows */

static bool room_for_one(struct import *m)
{
    size_t cap = m->cap ? 2 * m->cap : 1024;
    if (m->n < m->cap) {
        return true;
    }
    struct import_row *row = realloc(m->row, cap * sizeof *row);
    if (!row) {
        return false;
    }
    m->row = row;
    uint32_t *made = realloc(m->made, cap * sizeof *made);
    if (!made) {
        return false;
    }
    m->made = made;
    m->cap = cap;
    return true;
}

static enum err read_rows(struct import *m)
{
    struct edit *e = &m->edit;
    for (;;) {
        struct err_at at = {0};
        enum err read = csv_next(&m->csv, &at);
        if (read == ERR_END) {
            return edit_state(e);
        }
        if (m->there + m->result.good >= m->inv->cfg.devices_most) {
            return refuse(e, REFUSAL_LIMIT, NULL, 0, "no more than %zu devices are taken",
                          m->inv->cfg.devices_most);
        }
        if (m->n == IMPORT_ROWS_MOST) {
            return refuse(e, REFUSAL_LIMIT, NULL, 0, "more than %d rows", IMPORT_ROWS_MOST);
        }
        if (!room_for_one(m)) {
            return out_of_memory(e);
        }
        one_row(m, read, &at);
        if (e->sql.code != SQLITE_OK) {
            return edit_state(e);
        }
    }
}

static int64_t last_id(struct edit *e, const char *table)
{
    int64_t id = 0;
    (void)sql_one(&e->sql, &id, "SELECT seq FROM sqlite_sequence WHERE name = ?",
                  SQL_ARGS(SQL_TEXT(str_z(table))));
    return id;
}

static void told_all(struct import *m)
{
    char after[96];
    (void)snprintf(after, sizeof after, "{\"rows\":%llu,\"added\":%llu,\"refused\":%llu}",
                   (unsigned long long)m->result.rows, (unsigned long long)m->result.good,
                   (unsigned long long)m->result.refused);
    edit_audit(&m->edit, "import", "import", 0, STR(""), STR(""), str_z(after));
}

static enum err write_all(struct import *m)
{
    struct edit *e = &m->edit;
    if (!sql_begin(&e->sql)) {
        return edit_state(e);
    }
    int64_t n = 0;
    (void)sql_one(&e->sql, &n, "SELECT count(*) FROM device", NULL, 0);
    m->there = (uint64_t)n;
    m->device = last_id(e, "device");
    m->owner = last_id(e, "owner");
    m->site = last_id(e, "site");
    enum err err = read_rows(m);
    bool keep_it =
        err == ERR_OK && !m->preview && m->result.good && (m->partial || m->result.refused == 0);
    if (!keep_it) {
        sql_rollback(&e->sql);
        return err;
    }
    told_all(m);
    m->result.done = sql_commit(&e->sql);
    return m->result.done ? ERR_OK : edit_state(e);
}

void inventory_import_run(struct import *m)
{
    m->failed = write_all(m) != ERR_OK;
    for (size_t i = 0; i < m->n && !m->result.done; i++) {
        m->row[i].device = 0;
    }
}

/* -- its life */

static enum err connect(struct import *m, struct edit *e)
{
    enum { PATIENCE_MS = 10000 };
    char words[SQL_WHY];
    sqlite3 *db = NULL;
    if (sql_open_again(m->inv->path, &inventory_form, &db, words) != ERR_OK) {
        return refuse(e, REFUSAL_STORAGE, NULL, 0, "%.150s", words);
    }
    (void)sqlite3_busy_timeout(db, PATIENCE_MS);
    /* Rows fall all over the indexes: pages that do not fit would be written again and again. */
    (void)sqlite3_exec(db, "PRAGMA cache_size=-262144", NULL, NULL, NULL);
    sql_init(&m->edit.sql, db);
    return ERR_OK;
}

static struct import *new_import(struct inventory *inv, const struct actor *who, struct str text)
{
    struct import *m = calloc(1, sizeof *m);
    char *copy = m ? malloc(text.len + 1) : NULL;
    if (!copy) {
        free(m);
        return NULL;
    }
    memcpy(copy, text.p ? text.p : "", text.len);
    arena_init(&m->texts, 0);
    arena_init(&m->edit.arena, 1 << 20);
    m->inv = inv;
    m->text = copy;
    m->len = text.len;
    m->who = (struct actor){
        .who = keep(&m->texts, who->who), .source = keep(&m->texts, who->source), .now = who->now};
    m->edit.cfg = &inv->cfg;
    m->edit.key = &inv->key;
    m->edit.who = &m->who;
    m->edit.why = &m->why;
    m->edit.quiet = true;
    return m;
}

enum err inventory_import_new(struct inventory *inv, const struct actor *who, struct str text,
                              bool preview, bool partial, struct import **ret,
                              struct refusal *reterr)
{
    struct edit asked = {.why = reterr};
    *reterr = (struct refusal){0};
    if (inv->import_there) {
        return refuse(&asked, REFUSAL_BUSY, NULL, 0, "another import is on its way");
    }
    struct import *m = new_import(inv, who, text);
    if (!m) {
        return out_of_memory(&asked);
    }
    inv->import_there = true;
    m->preview = preview;
    m->partial = partial;
    enum err err = read_header(m, &asked);
    if (err == ERR_OK) {
        err = connect(m, &asked);
    }
    if (err != ERR_OK) {
        inventory_import_free(m);
        return err;
    }
    atomic_store(&inv->importing, true);
    *ret = m;
    return ERR_OK;
}

enum err inventory_import_end(struct import *m, struct import_result *ret,
                              const struct import_row **ret_row, struct refusal *reterr)
{
    struct inventory *inv = m->inv;
    atomic_store(&inv->importing, false);
    *reterr = m->failed ? m->why : (struct refusal){0};
    *ret = m->result;
    *ret_row = m->row;
    if (m->failed) {
        return refusal_err(reterr->code);
    }
    if (m->result.done) {
        const struct inventory_change all = {.kind = INVENTORY_ALL, .online = true};
        inv->commits++;
        find_added(inv, m->site, m->owner, m->device);
        for (size_t i = 0; i < m->n; i++) {
            unknown_on(inv, &(struct inventory_change){.kind = INVENTORY_DEVICE,
                                                       .has_mac = m->row[i].has_mac,
                                                       .mac = m->row[i].mac});
        }
        if (inv->cfg.changed) {
            inv->cfg.changed(inv->cfg.ctx, &all, 1);
        }
    }
    return ERR_OK;
}

void inventory_import_free(struct import *m)
{
    if (!m) {
        return;
    }
    atomic_store(&m->inv->importing, false);
    m->inv->import_there = false;
    if (m->edit.sql.db) {
        sql_close(&m->edit.sql);
    }
    explicit_bzero(m->text, m->len); /* secrets may stand there */
    free(m->text);
    free(m->row);
    free(m->made);
    free(m->edit.change);
    arena_clear(&m->edit.arena);
    arena_clear(&m->texts);
    explicit_bzero(m->room, sizeof m->room);
    free(m);
}
