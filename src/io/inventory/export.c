/* Devices as comma-separated values. */
#include "base/esc.h"
#include "io/inventory/import.h"
#include "io/inventory/inside.h"

static void write_row(sqlite3_stmt *q, struct sink *out)
{
    char mac[MAC_TEXT] = "";
    if (!sql_null(q, 1)) {
        mac_write(mac_of(sql_int(q, 1)), mac);
    }
    sink_z(out, mac);
    for (int i = 2; i < sqlite3_column_count(q); i++) {
        sink_char(out, ',');
        esc_csv(out, sql_text(q, i));
    }
    sink_z(out, "\r\n");
}

enum err inventory_export(struct inventory *inv, struct arena *a, struct str *cursor, size_t rows,
                          struct sink *out, struct refusal *reterr)
{
    static const char devices[] =
        "SELECT d.id, d.mac, d.model, iif(o.kind = 0, 'person', 'workspace'), o.name, o.mail,"
        " s.name, a.number, iif(a.user = a.number, '', a.user), a.display, r.name, d.serial, d.note"
        " FROM device d JOIN owner o ON o.id = d.owner LEFT JOIN site s ON s.id = d.site"
        " LEFT JOIN line l ON l.device = d.id AND l.n = 1 LEFT JOIN account a ON a.id = l.account"
        " LEFT JOIN registrar r ON r.id = a.registrar WHERE d.id > ? ORDER BY d.id LIMIT ?";
    int64_t after = 0, last = 0;
    size_t n = 0;
    struct page page = {.cursor = *cursor};
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = page_id(e, &page, 0, &after);
    if (err == ERR_OK && after == 0) {
        sink_z(out, "mac,model,kind,owner,mail,site,number,user,display,registrar,serial,note\r\n");
    }
    sqlite3_stmt *q =
        sql_query(&e->sql, devices, SQL_ARGS(SQL_INT(after), SQL_INT(rows ? rows : 1000)));
    while (err == ERR_OK && sql_row(&e->sql, q)) {
        write_row(q, out);
        last = sql_int(q, 0);
        n++;
    }
    sql_reset(q);
    err = read_end(inv, err);
    if (err == ERR_OK) {
        *cursor = n == (rows ? rows : 1000) ? id_text(a, last) : STR("");
    }
    return err;
}
