/* All of a device that its configuration is made of, in one read. */
#include "io/inventory/inside.h"
#include "io/inventory/layer.h"

static enum err read_line(struct edit *e, sqlite3_stmt *q, struct arena *a, struct facts_line *ret)
{
    *ret = (struct facts_line){.n = (unsigned)sql_int(q, 0),
                               .account = sql_int(q, 1),
                               .label = keep(a, sql_text(q, 2)),
                               .user = keep(a, sql_text(q, 3)),
                               .domain = keep(a, sql_text(q, 4)),
                               .number = keep(a, sql_text(q, 5)),
                               .display = keep(a, sql_text(q, 6)),
                               .auth = keep(a, sql_text(q, 7)),
                               .shared = sql_int(q, 8) > 1,
                               .registrar = sql_int(q, 9),
                               .registrar_name = keep(a, sql_text(q, 10)),
                               .proxy = keep(a, sql_text(q, 11)),
                               .outbound_proxy = keep(a, sql_text(q, 12)),
                               .realm = keep(a, sql_text(q, 13)),
                               .transport = (int)sql_int(q, 14)};
    if (key_open_sealed(e->key, "account", ret->account, sql_blob(q, 15), a, &ret->secret) !=
        ERR_OK) {
        return refuse(e, REFUSAL_SECRET, "account", ret->account,
                      "the secret of account %lld does not open: it is damaged",
                      (long long)ret->account);
    }
    return ERR_OK;
}

static enum err read_lines(struct edit *e, struct arena *a, struct device_facts *f)
{
    static const char lines[] =
        "SELECT l.n, l.account, l.label, a.user, a.domain, a.number, a.display, a.auth,"
        " (SELECT count(*) FROM line WHERE account = l.account), a.registrar, r.name, r.proxy,"
        " r.outbound, r.realm, r.transport, a.secret"
        " FROM line l JOIN account a ON a.id = l.account"
        " LEFT JOIN registrar r ON r.id = a.registrar WHERE l.device = ? ORDER BY l.n";
    enum err err = ERR_OK;
    f->line = arena_alloc(a, DEVICE_LINES_MOST * sizeof *f->line);
    if (!f->line) {
        return out_of_memory(e);
    }
    sqlite3_stmt *q = sql_query(&e->sql, lines, SQL_ARGS(SQL_INT(f->device.id)));
    while (err == ERR_OK && f->n_lines < DEVICE_LINES_MOST && sql_row(&e->sql, q)) {
        err = read_line(e, q, a, &f->line[f->n_lines++]);
    }
    sql_reset(q);
    return err == ERR_OK ? edit_state(e) : err;
}

static enum err read_layers(struct edit *e, struct arena *a, bool drafts, struct device_facts *f)
{
    const struct layer_ref ref[LAYER_KINDS] = {
        {.kind = LAYER_ORGANISATION, .model = STR("")},
        {.kind = LAYER_SITE, .id = f->device.site, .model = STR("")},
        {.kind = LAYER_MODEL, .model = f->device.model},
        {.kind = LAYER_DEVICE, .id = f->device.id, .model = STR("")},
    };
    for (size_t i = 0; i < LAYER_KINDS; i++) {
        struct layer *l = &f->layer[i];
        *l = (struct layer){.ref = ref[i]};
        if (ref[i].kind == LAYER_SITE && ref[i].id == 0) {
            continue;
        }
        (void)layer_read(e, &ref[i], a, l);
        enum err err = layer_values(e, drafts ? l->version : l->published, a, &l->value, &l->n);
        if (err != ERR_OK) {
            return err;
        }
        if (l->published_at > f->published_at) {
            f->published_at = l->published_at;
        }
    }
    return ERR_OK;
}

/* What changes with everything that the configuration is made of. */
static void stamp(struct edit *e, struct device_facts *f, bool drafts)
{
    static const struct hash_key key = {{0x6469616c, 0x746f6e65}};
    static const char lines[] =
        "SELECT total(a.version * 31 + a.id + l.n * 7 + coalesce(r.version, 0) * 1009"
        " + coalesce(r.id, 0) * 13) FROM line l JOIN account a ON a.id = l.account"
        " LEFT JOIN registrar r ON r.id = a.registrar WHERE l.device = ?";
    static const char owner[] =
        "SELECT o.version FROM device d JOIN owner o ON o.id = d.owner WHERE d.id = ?";
    static const char site[] =
        "SELECT s.version FROM device d JOIN site s ON s.id = d.site WHERE d.id = ?";
    static const char password[] = "SELECT max(id) FROM password WHERE device = ?";
    static const char shared[] =
        "SELECT count(*) FROM line WHERE account IN (SELECT account FROM line WHERE device = ?)";
    static const char *const sums[] = {lines, owner, site, password, shared};
    int64_t part[sizeof sums / sizeof *sums + LAYER_KINDS + 2] = {0};
    size_t n = 0;
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++, n++) {
        (void)sql_one(&e->sql, &part[n], sums[i], SQL_ARGS(SQL_INT(f->device.id)));
    }
    for (size_t i = 0; i < LAYER_KINDS; i++) {
        part[n++] = drafts ? f->layer[i].version : f->layer[i].published;
    }
    part[n++] = f->device.id;
    part[n++] = f->device.version;
    f->stamp = hash_str(&key, str_of((const char *)part, sizeof part));
}

static enum err read_proofs(struct edit *e, usec_t now, struct arena *a, struct device_facts *f)
{
    enum err err = keys_read(e, f->device.id, a, &f->keys);
    if (err == ERR_OK) {
        err = passwords_read(e, &f->device, now, f->password, &f->n_passwords);
    }
    (void)sql_one(&e->sql, &f->window_until,
                  "SELECT until FROM window WHERE device = ? AND until > ?",
                  SQL_ARGS(SQL_INT(f->device.id), SQL_INT(now)));
    return err;
}

enum err inventory_device_facts(struct inventory *inv, int64_t device, bool drafts, usec_t now,
                                struct arena *a, struct device_facts *ret, struct refusal *reterr)
{
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    *ret = (struct device_facts){0};
    enum err err = device_read(e, device, a, &ret->device);
    if (err == ERR_OK) {
        err = read_lines(e, a, ret);
    }
    if (err == ERR_OK) {
        err = read_layers(e, a, drafts, ret);
    }
    if (err == ERR_OK) {
        err = read_proofs(e, now, a, ret);
    }
    if (err == ERR_OK) {
        stamp(e, ret, drafts);
    } else {
        device_facts_wipe(ret);
    }
    return read_end(inv, err);
}

void device_facts_wipe(struct device_facts *f)
{
    for (size_t i = 0; i < f->n_lines; i++) {
        wipe(f->line[i].secret);
    }
    for (size_t i = 0; i < LAYER_KINDS; i++) {
        for (size_t k = 0; k < f->layer[i].n; k++) {
            if (f->layer[i].value[k].secret) {
                wipe(f->layer[i].value[k].value);
            }
        }
    }
    explicit_bzero(&f->keys.aes, sizeof f->keys.aes);
    explicit_bzero(&f->keys.ikm, sizeof f->keys.ikm);
    explicit_bzero(f->password, sizeof f->password);
}

/* -- what phones told of themselves */

enum err inventory_config_report_put(struct inventory *inv, int64_t device, usec_t at,
                                     struct str bytes, struct refusal *reterr)
{
    enum { MOST = 256 * 1024 };
    struct edit *e = edit_begin(inv, NULL, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    int64_t n = 0;
    enum err err = ERR_OK;
    if (bytes.len > MOST) {
        err = refuse(e, REFUSAL_BAD_FIELD, "report", 0, "it is larger than %d bytes", MOST);
    } else if (!sql_one(&e->sql, &n, "SELECT id FROM device WHERE id = ?",
                        SQL_ARGS(SQL_INT(device)))) {
        err = refuse(e, REFUSAL_NOT_FOUND, "device", 0, "there is no such device");
    } else {
        (void)sql_run(&e->sql,
                      "INSERT OR REPLACE INTO config_report (device, at, bytes) VALUES (?, ?, ?)",
                      SQL_ARGS(SQL_INT(device), SQL_INT(at), SQL_BLOB(bytes)));
    }
    return edit_end(inv, err);
}

enum err inventory_config_report_get(struct inventory *inv, int64_t device, struct arena *a,
                                     struct config_report *ret, struct refusal *reterr)
{
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    *ret = (struct config_report){0};
    sqlite3_stmt *q = sql_query(&e->sql, "SELECT at, bytes FROM config_report WHERE device = ?",
                                SQL_ARGS(SQL_INT(device)));
    if (sql_row(&e->sql, q)) {
        *ret = (struct config_report){.at = sql_int(q, 0), .bytes = keep(a, sql_blob(q, 1))};
    }
    sql_reset(q);
    return read_end(inv, ERR_OK);
}
