/* One change: its transaction, what it refuses, its row of the audit trail, who hears of it. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/esc.h"
#include "base/json.h"
#include "io/inventory/inside.h"

const char *refusal_name(enum refusal_code code)
{
    static const char *const names[] = {
#define REFUSAL(name, text) text,
#include "io/inventory/refusal.def"
#undef REFUSAL
    };
    return names[code];
}

enum err refusal_err(enum refusal_code code)
{
    switch (code) {
    case REFUSAL_NONE:
        return ERR_OK;
    case REFUSAL_NOT_FOUND:
    case REFUSAL_EXPIRED:
    case REFUSAL_SPENT:
        return ERR_MISSING;
    case REFUSAL_LIMIT:
    case REFUSAL_BUSY:
        return ERR_LIMIT;
    case REFUSAL_SECRET:
    case REFUSAL_STORAGE:
        return ERR_IO;
    case REFUSAL_MEMORY:
        return ERR_MEMORY;
    case REFUSAL_BAD_MAC:
    case REFUSAL_MAC_USED:
    case REFUSAL_MAC_DUPLICATE:
    case REFUSAL_UNKNOWN_MODEL:
    case REFUSAL_NO_OWNER:
    case REFUSAL_TWO_OWNERS:
    case REFUSAL_BAD_NUMBER:
    case REFUSAL_NUMBER_USED:
    case REFUSAL_USER_USED:
    case REFUSAL_NAME_USED:
    case REFUSAL_IN_USE:
    case REFUSAL_LINE_LIMIT:
    case REFUSAL_BAD_FIELD:
    case REFUSAL_PRECONDITION:
    case REFUSAL_BAD_CSV:
        return ERR_USAGE;
    }
    return ERR_USAGE;
}

enum err refuse(struct edit *e, enum refusal_code code, const char *field, int64_t other,
                const char *fmt, ...)
{
    *e->why = (struct refusal){.code = code, .field = field, .other = other};
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(e->why->what, sizeof e->why->what, fmt, ap);
    va_end(ap);
    return refusal_err(code);
}

enum err out_of_memory(struct edit *e)
{
    return refuse(e, REFUSAL_MEMORY, NULL, 0, "there is no memory");
}

enum err edit_state(struct edit *e)
{
    int primary = e->sql.code & 0xff;
    if (primary == SQLITE_OK) {
        return ERR_OK;
    }
    if (primary == SQLITE_NOMEM) {
        return out_of_memory(e);
    }
    if (primary == SQLITE_BUSY) {
        return refuse(e, REFUSAL_BUSY, NULL, 0, "an import is being written; again in a moment");
    }
    return refuse(e, REFUSAL_STORAGE, NULL, 0, "the database: %.100s", e->sql.what);
}

/* -- transactions */

static struct edit *begin(struct inventory *inv, const struct actor *who, struct refusal *reterr)
{
    struct edit *e = &inv->edit;
    e->who = who;
    e->why = reterr;
    e->n_changes = 0;
    arena_reset(&e->arena);
    *reterr = (struct refusal){0};
    return e;
}

struct edit *edit_begin(struct inventory *inv, const struct actor *who, struct refusal *reterr)
{
    struct edit *e = begin(inv, who, reterr);
    if (atomic_load(&inv->importing)) {
        e->sql.code = SQLITE_BUSY;
    } else {
        (void)sql_begin(&e->sql);
    }
    return edit_state(e) == ERR_OK ? e : NULL;
}

enum err edit_not_begun(const struct refusal *why)
{
    return refusal_err(why->code);
}

struct edit *read_begin(struct inventory *inv, struct refusal *reterr)
{
    struct edit *e = begin(inv, NULL, reterr);
    (void)sql_begin_read(&e->sql);
    return edit_state(e) == ERR_OK ? e : NULL;
}

enum err read_end(struct inventory *inv, enum err e)
{
    struct edit *edit = &inv->edit;
    return sql_commit(&edit->sql) ? e : edit_state(edit);
}

static void tell(struct inventory *inv)
{
    struct edit *e = &inv->edit;
    inv->commits++;
    for (size_t i = 0; i < e->n_changes; i++) {
        find_on(inv, &e->change[i]);
        unknown_on(inv, &e->change[i]);
    }
    if (e->n_changes && inv->cfg.changed) {
        inv->cfg.changed(inv->cfg.ctx, e->change, e->n_changes);
    }
}

enum err edit_end(struct inventory *inv, enum err e)
{
    struct edit *edit = &inv->edit;
    if (edit->sql.code != SQLITE_OK) {
        e = edit_state(
            edit); /* what was refused may have been for want of a row that could not be read */
    }
    if (e != ERR_OK) {
        sql_rollback(&edit->sql);
        inv->refused++;
        return e;
    }
    if (!sql_commit(&edit->sql)) {
        inv->refused++;
        return edit_state(edit);
    }
    tell(inv);
    return ERR_OK;
}

/* -- who hears of it */

static bool more_changes(struct edit *e)
{
    size_t cap = e->cap ? 2 * e->cap : 16;
    struct inventory_change *c = realloc(e->change, cap * sizeof *c);
    if (c) {
        e->change = c;
        e->cap = cap;
    }
    return c != NULL;
}

void edit_changed(struct edit *e, const struct inventory_change *c)
{
    if (e->quiet) {
        return;
    }
    if (e->n_changes == e->cap && !more_changes(e)) {
        /* No room to tell them apart: all may have changed. */
        if (e->n_changes) {
            e->n_changes = 1;
            e->change[0] = (struct inventory_change){.kind = INVENTORY_ALL, .online = true};
        } else {
            e->sql.code = SQLITE_NOMEM;
        }
        return;
    }
    struct inventory_change *to = &e->change[e->n_changes++];
    *to = *c;
    to->user = keep(&e->arena, c->user);
    to->user_was = keep(&e->arena, c->user_was);
}

/* -- the audit trail */

static void column(struct json *j, sqlite3_stmt *q, int i)
{
    const char *name = sqlite3_column_name(q, i);
    if (sqlite3_column_type(q, i) == SQLITE_INTEGER) {
        json_kint(j, name, sql_int(q, i));
    } else if (sqlite3_column_bytes(q, i) > 0) {
        json_kstr(j, name, sql_text(q, i));
    }
}

struct str edit_row(struct edit *e, const char *sql, int64_t id)
{
    struct buf b = {.limit = 1 << 20};
    struct sink out = buf_sink(&b);
    struct json j;
    struct str text = {0};
    sqlite3_stmt *q = sql_query(&e->sql, sql, SQL_ARGS(SQL_INT(id)));
    if (sql_row(&e->sql, q)) {
        json_init(&j, &out, 0);
        json_open(&j, '{');
        for (int i = 0; i < sqlite3_column_count(q); i++) {
            if (!sql_null(q, i)) {
                column(&j, q, i);
            }
        }
        json_close(&j, '}');
        text = keep(&e->arena, buf_str(&b));
        sql_reset(q);
    }
    buf_clear(&b);
    return text;
}

void edit_audit(struct edit *e, const char *action, const char *object, int64_t id, struct str name,
                struct str before, struct str after)
{
    (void)sql_run(&e->sql,
                  "INSERT INTO audit (at, who, source, action, object, object_id, name, before,"
                  " after) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                  SQL_ARGS(SQL_INT(e->who->now), SQL_TEXT(e->who->who), SQL_TEXT(e->who->source),
                           SQL_TEXT(str_z(action)), SQL_TEXT(str_z(object)), SQL_INT(id),
                           SQL_TEXT(name), SQL_TEXT(before), SQL_TEXT(after)));
}

/* -- what is checked everywhere */

enum err edit_version(struct edit *e, const char *sql, int64_t id, int64_t version,
                      const char *field)
{
    int64_t now = 0;
    if (!sql_one(&e->sql, &now, sql, SQL_ARGS(SQL_INT(id)))) {
        enum err err = edit_state(e);
        return err != ERR_OK ? err
                             : refuse(e, REFUSAL_NOT_FOUND, field, 0,
                                      "there is no such %s (any more)", field);
    }
    if (version && version != now) {
        return refuse(e, REFUSAL_PRECONDITION, "version", 0,
                      "somebody else has changed it in the meantime");
    }
    return ERR_OK;
}

static bool is_utf8(struct str s)
{
    while (s.len) {
        uint32_t c = 0;
        size_t n = esc_utf8(s, &c);
        if (n == 1 && c == 0xfffd) {
            return false;
        }
        s = str_from(s, n);
    }
    return true;
}

enum err edit_text(struct edit *e, const char *field, struct str s, size_t least, size_t most)
{
    if (s.len < least || s.len > most) {
        return s.len < least ? refuse(e, REFUSAL_BAD_FIELD, field, 0, "%s must not be empty", field)
                             : refuse(e, REFUSAL_BAD_FIELD, field, 0, "%s is longer than %zu bytes",
                                      field, most);
    }
    if (str_has_control(s) || !is_utf8(s)) {
        return refuse(e, REFUSAL_BAD_FIELD, field, 0, "%s holds a control character or is no UTF-8",
                      field);
    }
    if (str_trim(s).len != s.len) {
        return refuse(e, REFUSAL_BAD_FIELD, field, 0, "%s begins or ends with a blank", field);
    }
    return ERR_OK;
}

/* -- pages */

enum err page_id(struct edit *e, const struct page *p, int64_t start, int64_t *ret)
{
    int64_t id = start;
    if (p->cursor.len && (!str_i64(p->cursor, &id) || id <= 0)) {
        return refuse(e, REFUSAL_BAD_FIELD, "cursor", 0, "this is no cursor of ours");
    }
    *ret = id;
    return ERR_OK;
}

size_t page_limit(const struct page *p)
{
    return p->limit == 0 ? LIMIT_DEFAULT : p->limit < LIMIT_MOST ? p->limit : LIMIT_MOST;
}

void *list_row(struct list *l)
{
    if (l->p == NULL) {
        l->p = arena_alloc(l->arena, (l->limit + 1) * l->size);
        l->lost = l->p == NULL;
    }
    return l->p && l->n <= l->limit ? (char *)l->p + l->n++ * l->size : NULL;
}

size_t list_end(struct list *l, struct str *ret_next, size_t id)
{
    *ret_next = STR("");
    if (l->n > l->limit) {
        int64_t last = 0;
        l->n = l->limit;
        memcpy(&last, (char *)l->p + (l->n - 1) * l->size + id, sizeof last);
        *ret_next = id_text(l->arena, last);
    }
    return l->n;
}

struct str id_text(struct arena *a, int64_t id)
{
    char text[STR_NUMBER];
    return keep(a, str_number(text, id));
}

struct str keep(struct arena *a, struct str s)
{
    return s.len ? arena_str(a, s) : STR("");
}

void wipe(struct str s)
{
    if (s.len) {
        char *p = NULL;
        memcpy(&p, &s.p, sizeof p); /* it is ours: only the view is constant */
        explicit_bzero(p, s.len);
    }
}
