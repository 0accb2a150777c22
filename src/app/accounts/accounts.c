/* Reading the accounts: every row, every mistake. */
#include "app/accounts/accounts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/accounts/inside.h"
#include "base/csv.h"
#include "io/tls/crypto.h"

enum { FILE_MOST = 512 * 1024 * 1024, SECRET_MOST = 4096, PATH_MOST = 4096 };

enum column {
    USER,
    AUTH,
    MAC,
    SECRET_FILE,
    HA1,
    HA1_SHA256,
    HA1_SHA512_256,
    SHA256,
    NOTE,
    COLUMNS
};

static const char *const column_name[COLUMNS] = {
    "user", "auth", "mac", "secret_file", "ha1", "ha1_sha256", "ha1_sha512_256", "sha256", "note"};

struct reading {
    struct csv csv;
    enum column column[CSV_FIELDS]; /* by the field's place */
    size_t n_columns;
    struct str value[COLUMNS]; /* of the row that is read; empty: none */
    char room[COLUMNS][CSV_FIELD_MOST];
    struct str folder; /* with the slash; empty: this one */
    struct str realm;
    bool open; /* others may read the file */
    bool told_open;
    size_t most;
    size_t *line; /* of each row */
    size_t cap;
    struct accounts_file *file;
    struct accounts_mistakes *mistakes;
};

/* -- mistakes */

static bool mistake(struct reading *r, size_t line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* False, always: for `return mistake(...)`. */
static bool mistake(struct reading *r, size_t line, const char *fmt, ...)
{
    struct accounts_mistakes *m = r->mistakes;
    if (m->n < ACCOUNTS_MISTAKES) {
        va_list ap;
        va_start(ap, fmt);
        m->at[m->n].line = line;
        (void)vsnprintf(m->at[m->n].what, ACCOUNTS_WHAT, fmt, ap);
        va_end(ap);
    }
    m->n++;
    return false;
}

static int by_line(const void *a, const void *b)
{
    const struct accounts_mistake *x = a, *y = b;
    return (x->line > y->line) - (x->line < y->line);
}

/* -- the first line */

static bool column_of(struct str name, enum column *ret)
{
    if (str_ieq(name, STR("number"))) {
        *ret = USER;
        return true;
    }
    for (int i = 0; i < COLUMNS; i++) {
        if (str_ieq(name, str_z(column_name[i]))) {
            *ret = (enum column)i;
            return true;
        }
    }
    return false;
}

static bool read_columns(struct reading *r)
{
    struct err_at at;
    bool has[COLUMNS] = {false};
    enum err e = csv_next(&r->csv, &at);
    if (e != ERR_OK) {
        return e == ERR_END ? mistake(r, 0, "the file is empty: its first line names the columns")
                            : mistake(r, r->csv.line, "%s", at.what);
    }
    for (size_t i = 0; i < r->csv.n; i++) {
        struct str name = csv_value(&r->csv, i, r->room[0]);
        if (!column_of(name, &r->column[i])) {
            return mistake(r, r->csv.line,
                           "there is no column '%.*s'; columns are user (or number), "
                           "auth, mac, secret_file, ha1, ha1_sha256, ha1_sha512_256, sha256, note",
                           (int)(name.len < 40 ? name.len : 40), name.p);
        }
        if (has[r->column[i]]) {
            return mistake(r, r->csv.line, "the column %s stands twice", column_name[r->column[i]]);
        }
        has[r->column[i]] = true;
    }
    r->n_columns = r->csv.n;
    return has[USER] || mistake(r, r->csv.line, "the first line names no column user");
}

/* -- a row */

static bool hex_bytes(struct str s, size_t len, uint8_t *to)
{
    if (s.len != 2 * len) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        int high = ascii_hex(s.p[2 * i]), low = ascii_hex(s.p[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        to[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool given_ha1(struct reading *r, struct account_row *row)
{
    static const struct {
        enum column column;
        enum digest_algorithm algorithm;
        size_t len;
    } forms[] = {{HA1, DIGEST_MD5, 16},
                 {HA1_SHA256, DIGEST_SHA256, 32},
                 {HA1_SHA512_256, DIGEST_SHA512_256, 32}};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct str v = r->value[forms[i].column];
        if (v.len == 0) {
            continue;
        }
        if (!hex_bytes(v, forms[i].len, row->ha1[forms[i].algorithm])) {
            return mistake(r, r->csv.line, "%s must be %zu hexadecimal digits",
                           column_name[forms[i].column], 2 * forms[i].len);
        }
        row->has_ha1 |= (uint8_t)(1U << forms[i].algorithm);
    }
    if (row->has_ha1 && r->open && !r->told_open) {
        r->told_open = true;
        return mistake(r, 0,
                       "it holds HA1s, which are as good as passwords, and others can read it: "
                       "chmod 600 it");
    }
    return true;
}

static bool hash_secret(struct reading *r, struct account_row *row, struct str password)
{
    struct str name = row->auth.len ? row->auth : row->user;
    const struct str parts[] = {name, STR(":"), r->realm, STR(":"), password};
    for (int a = DIGEST_MD5; a <= (row->sha256 ? DIGEST_SHA256 : DIGEST_MD5); a++) {
        size_t len = 0;
        if (row->has_ha1 & 1U << a) {
            continue;
        }
        if (tls_crypto()->digest((enum digest_algorithm)a, parts, sizeof parts / sizeof *parts,
                                 row->ha1[a], &len) != ERR_OK) {
            return mistake(r, r->csv.line, "the library for %s refuses",
                           a == DIGEST_MD5 ? "MD5" : "SHA-256");
        }
        row->has_ha1 |= (uint8_t)(1U << a);
    }
    return true;
}

static bool secret_path(const struct reading *r, struct str name, char path[PATH_MOST])
{
    struct str folder = name.p[0] == '/' ? STR("") : r->folder;
    int n = snprintf(path, PATH_MOST, "%.*s%.*s", STR_ARG(folder), STR_ARG(name));
    return n > 0 && n < PATH_MOST && str_chr(name, '\0') == STR_NPOS;
}

static bool given_secret(struct reading *r, struct account_row *row)
{
    char path[PATH_MOST], what[ACCOUNTS_WHAT] = "";
    char *text = NULL;
    size_t len = 0;
    bool open = false;
    struct str name = r->value[SECRET_FILE];
    if (name.len == 0) {
        return row->has_ha1 || mistake(r, r->csv.line, "it has neither a secret file nor an HA1");
    }
    if (!secret_path(r, name, path)) {
        return mistake(r, r->csv.line, "the name of the secret file is too long");
    }
    if (secret_read(path, SECRET_MOST, &text, &len, &open, what) != ERR_OK) {
        return mistake(r, r->csv.line, "secret file %.160s: %.80s", path, what);
    }
    struct str rest = str_of(text, len);
    struct str password = str_cut(&rest, '\n');
    if (str_ends(password, STR("\r"))) {
        password.len--;
    }
    bool ok = open ? mistake(r, r->csv.line,
                             "secret file %.160s can be read by others: chmod 600 it", path)
              : password.len == 0 || str_chr(password, '\0') != STR_NPOS
                  ? mistake(r, r->csv.line,
                            "the first line of the secret file %.160s is no password", path)
                  : hash_secret(r, row, password);
    secret_free(text, len);
    return ok;
}

static bool yes(struct reading *r, struct str v, bool *ret)
{
    static const char *const on[] = {"yes", "true", "1"};
    static const char *const off[] = {"", "no", "false", "0"};
    for (size_t i = 0; i < 3; i++) {
        if (str_ieq(v, str_z(on[i]))) {
            *ret = true;
            return true;
        }
    }
    for (size_t i = 0; i < 4; i++) {
        if (str_ieq(v, str_z(off[i]))) {
            *ret = false;
            return true;
        }
    }
    return mistake(r, r->csv.line, "sha256 is yes or no, not '%.*s'",
                   (int)(v.len < 20 ? v.len : 20), v.p);
}

static bool read_values(struct reading *r)
{
    struct err_at at;
    enum err e = csv_next(&r->csv, &at);
    if (e == ERR_MALFORMED) {
        return mistake(r, r->csv.line, "%s", at.what);
    }
    if (e != ERR_OK) {
        return false;
    }
    if (r->csv.n != r->n_columns) {
        return mistake(r, r->csv.line, "%zu fields, where the first line names %zu columns",
                       r->csv.n, r->n_columns);
    }
    memset(r->value, 0, sizeof r->value);
    for (size_t i = 0; i < r->csv.n; i++) {
        r->value[r->column[i]] = csv_value(&r->csv, i, r->room[r->column[i]]);
    }
    return true;
}

static bool read_row(struct reading *r, struct account_row *row)
{
    struct str mac = r->value[MAC];
    *row = (struct account_row){.user = r->value[USER], .auth = r->value[AUTH]};
    if (row->user.len == 0 || row->user.len > ACCOUNT_USER_MOST) {
        return mistake(r, r->csv.line, "a user is 1 to %d bytes long", ACCOUNT_USER_MOST);
    }
    if (row->auth.len > ACCOUNT_USER_MOST) {
        return mistake(r, r->csv.line, "auth is longer than %d bytes", ACCOUNT_USER_MOST);
    }
    row->has_mac = mac.len && mac_read(mac, &row->mac);
    if (mac.len && !row->has_mac) {
        return mistake(r, r->csv.line, "'%.*s' is no MAC address",
                       (int)(mac.len < 40 ? mac.len : 40), mac.p);
    }
    return yes(r, r->value[SHA256], &row->sha256) && given_ha1(r, row) && given_secret(r, row);
}

/* -- all rows */

static bool more_lines(struct reading *r, size_t cap)
{
    size_t *line = realloc(r->line, cap * sizeof *line);
    if (line) {
        r->line = line;
    }
    return line != NULL;
}

/* Rows are copied, not moved by realloc: what they leave behind is overwritten. */
static bool room(struct reading *r)
{
    struct accounts_file *f = r->file;
    size_t cap = r->cap ? 2 * r->cap : 256;
    if (f->n < r->cap) {
        return true;
    }
    struct account_row *row = more_lines(r, cap) ? malloc(cap * sizeof *row) : NULL;
    if (!row) {
        return false;
    }
    if (f->n) {
        memcpy(row, f->row, f->n * sizeof *row);
        explicit_bzero(f->row, f->n * sizeof *f->row);
    }
    free(f->row);
    f->row = row;
    r->cap = cap;
    return true;
}

static enum err keep(struct reading *r, const struct account_row *row)
{
    struct accounts_file *f = r->file;
    if (f->n == r->most) {
        (void)mistake(r, r->csv.line, "more than %zu accounts", r->most);
        return ERR_LIMIT;
    }
    if (!room(r)) {
        return ERR_MEMORY;
    }
    struct account_row *to = &f->row[f->n];
    *to = *row;
    to->user = arena_str(&f->text, row->user);
    to->auth = row->auth.len ? arena_str(&f->text, row->auth) : (struct str){0};
    if (!to->user.p || (row->auth.len && !to->auth.p)) {
        return ERR_MEMORY;
    }
    r->line[f->n++] = r->csv.line;
    f->with_mac += row->has_mac;
    return ERR_OK;
}

static enum err read_rows(struct reading *r)
{
    enum err e = ERR_OK;
    while (e == ERR_OK) {
        struct account_row row;
        size_t was = r->mistakes->n;
        if (!read_values(r)) {
            if (r->mistakes->n == was) {
                break; /* the end */
            }
            continue;
        }
        bool ok = read_row(r, &row);
        e = ok ? keep(r, &row) : ERR_OK;
        explicit_bzero(&row, sizeof row);
    }
    return e == ERR_LIMIT ? ERR_OK : e;
}

/* -- by user, each once */

struct place {
    const struct account_row *row;
    size_t line;
};

static int by_user(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    int order = str_cmp(x->row->user, y->row->user);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

static enum err sort(struct reading *r)
{
    struct accounts_file *f = r->file;
    size_t n = f->n ? f->n : 1;
    struct place *place = malloc(n * sizeof *place);
    struct account_row *sorted = malloc(n * sizeof *sorted);
    if (!place || !sorted) {
        free(place);
        free(sorted);
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < f->n; i++) {
        place[i] = (struct place){&f->row[i], r->line[i]};
    }
    qsort(place, f->n, sizeof *place, by_user);
    for (size_t i = 0; i < f->n; i++) {
        sorted[i] = *place[i].row;
        if (i && str_eq(place[i - 1].row->user, place[i].row->user)) {
            struct str user = sorted[i].user;
            (void)mistake(r, place[i].line, "the user %.*s stands in line %zu already",
                          STR_ARG(user), place[i - 1].line);
        }
    }
    if (f->row) {
        explicit_bzero(f->row, f->n * sizeof *f->row);
    }
    free(f->row);
    free(place);
    f->row = sorted;
    return ERR_OK;
}

static enum err read_text(struct reading *r)
{
    if (!read_columns(r)) {
        return ERR_MALFORMED;
    }
    enum err e = read_rows(r);
    if (e == ERR_OK) {
        e = sort(r);
    }
    if (e == ERR_OK && r->mistakes->n) {
        size_t told = r->mistakes->n < ACCOUNTS_MISTAKES ? r->mistakes->n : ACCOUNTS_MISTAKES;
        qsort(r->mistakes->at, told, sizeof *r->mistakes->at, by_line);
        e = ERR_MALFORMED;
    }
    return e;
}

static struct str folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? str_of(path, (size_t)(slash - path) + 1) : STR("");
}

enum err accounts_file_read(const char *path, struct str realm, size_t most,
                            struct accounts_file *ret, struct accounts_mistakes *ret_mistakes)
{
    struct accounts_file file = {0};
    char *text = NULL;
    size_t len = 0;
    struct reading *r = calloc(1, sizeof *r);
    *ret_mistakes = (struct accounts_mistakes){0};
    if (!r) {
        return ERR_MEMORY;
    }
    arena_init(&file.text, 0);
    r->file = &file;
    r->mistakes = ret_mistakes;
    r->realm = realm;
    r->most = most;
    r->folder = folder_of(path);
    enum err e = secret_read(path, FILE_MOST, &text, &len, &r->open, ret_mistakes->at[0].what);
    if (e == ERR_OK) {
        csv_init(&r->csv, str_of(text, len));
        e = read_text(r);
    } else {
        ret_mistakes->n = 1;
    }
    secret_free(text, len);
    free(r->line);
    explicit_bzero(r, sizeof *r);
    free(r);
    if (e != ERR_OK) {
        accounts_file_clear(&file);
        return e;
    }
    *ret = file;
    return ERR_OK;
}

void accounts_file_clear(struct accounts_file *f)
{
    if (f->row) {
        explicit_bzero(f->row, f->n * sizeof *f->row);
    }
    free(f->row);
    arena_clear(&f->text);
    *f = (struct accounts_file){0};
}
