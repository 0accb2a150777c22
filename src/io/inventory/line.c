/* Lines of a device: which account is on which key. */
#include "io/inventory/inside.h"

/* What the lines given must be: each place once, places that the model has, accounts that are there. */
static enum err check(struct edit *e, const struct device_line *line, size_t n, unsigned most)
{
    bool taken[DEVICE_LINES_MOST + 1] = {false};
    if (n > DEVICE_LINES_MOST || n > most) {
        return refuse(e, REFUSAL_LINE_LIMIT, "lines", 0, "the model has %u lines", most);
    }
    for (size_t i = 0; i < n; i++) {
        int64_t id = 0;
        if (line[i].n == 0 || line[i].n > most || line[i].n > DEVICE_LINES_MOST) {
            return refuse(e, REFUSAL_LINE_LIMIT, "lines", 0,
                          "there is no line %u: the model has %u", line[i].n, most);
        }
        if (taken[line[i].n]) {
            return refuse(e, REFUSAL_LINE_LIMIT, "lines", 0, "line %u stands twice", line[i].n);
        }
        taken[line[i].n] = true;
        if (!sql_one(&e->sql, &id, "SELECT id FROM account WHERE id = ?",
                     SQL_ARGS(SQL_INT(line[i].account)))) {
            return refuse(e, REFUSAL_NOT_FOUND, "account_id", 0, "there is no such account");
        }
        enum err err = edit_text(e, "label", line[i].label, 0, NAME_MOST);
        if (err != ERR_OK) {
            return err;
        }
    }
    return ERR_OK;
}

/* Each account of the device's lines gets to know: whose MAC it has may be another now. */
static void accounts_changed(struct edit *e, int64_t device)
{
    int64_t id[DEVICE_LINES_MOST];
    size_t n = 0;
    sqlite3_stmt *q = sql_query(&e->sql, "SELECT DISTINCT account FROM line WHERE device = ?",
                                SQL_ARGS(SQL_INT(device)));
    while (sql_row(&e->sql, q) && n < DEVICE_LINES_MOST) {
        id[n++] = sql_int(q, 0);
    }
    sql_reset(q);
    for (size_t i = 0; i < n; i++) {
        account_changed(e, id[i]);
    }
}

void lines_told(struct edit *e, int64_t device)
{
    if (!e->quiet) {
        accounts_changed(e, device);
    }
}

enum err lines_put(struct edit *e, int64_t device, const struct device_line *line, size_t n,
                   unsigned most)
{
    enum err err = check(e, line, n, most);
    if (err != ERR_OK) {
        return err;
    }
    lines_told(e, device);
    (void)sql_run(&e->sql, "DELETE FROM line WHERE device = ?", SQL_ARGS(SQL_INT(device)));
    for (size_t i = 0; i < n; i++) {
        (void)sql_run(&e->sql, "INSERT INTO line (device, n, account, label) VALUES (?, ?, ?, ?)",
                      SQL_ARGS(SQL_INT(device), SQL_INT(line[i].n), SQL_INT(line[i].account),
                               SQL_TEXT(line[i].label)));
    }
    lines_told(e, device);
    return edit_state(e);
}
