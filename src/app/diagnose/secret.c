/* Recomputing digest responses from passwords that a person gave in a file. */
#include "app/diagnose/secret.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/cli/cli.h"
#include "io/tls/crypto.h"

enum { SECRETS_MOST = 10000, LINE_MOST = 1024 };

struct secret {
    char user[256];
    char password[256];
};

struct secrets {
    struct secret *row; /* owned; cleared before it is freed */
    size_t n;
};

static bool add(struct secrets *s, struct str line, const char *path, size_t line_no)
{
    line = str_trim(line);
    if (line.len == 0 || line.p[0] == '#') {
        return true;
    }
    struct str password = line;
    struct str user = str_word(&password);
    password = str_trim(password);
    if (password.len == 0 || user.len >= sizeof s->row->user ||
        password.len >= sizeof s->row->password || s->n == SECRETS_MOST) {
        cli_error("%s:%zu: a line is USER PASSWORD, each below 256 bytes, at most %d lines", path,
                  line_no, SECRETS_MOST);
        return false;
    }
    struct secret *p = realloc(s->row, (s->n + 1) * sizeof *p);
    if (!p) {
        return false;
    }
    s->row = p;
    memset(&p[s->n], 0, sizeof *p);
    memcpy(p[s->n].user, user.p, user.len);
    memcpy(p[s->n].password, password.p, password.len);
    s->n++;
    return true;
}

struct secrets *secrets_load(const char *path)
{
    struct stat st;
    char line[LINE_MOST];
    size_t line_no = 0;
    FILE *f = fopen(path, "re");
    if (!f || fstat(fileno(f), &st) != 0) {
        cli_error("--secret-file: cannot open %s: %s", path, strerror(errno));
        if (f) {
            (void)fclose(f);
        }
        return NULL;
    }
    if (st.st_mode & (S_IRWXG | S_IRWXO)) {
        cli_error("--secret-file: %s can be read by others: chmod 600 it", path);
        (void)fclose(f);
        return NULL;
    }
    struct secrets *s = calloc(1, sizeof *s);
    bool ok = s != NULL;
    while (ok && fgets(line, sizeof line, f)) {
        ok = add(s, str_z(line), path, ++line_no);
    }
    explicit_bzero(line, sizeof line);
    (void)fclose(f);
    if (!ok) {
        secrets_free(s);
        return NULL;
    }
    return s;
}

void secrets_free(struct secrets *s)
{
    if (s) {
        if (s->row) {
            explicit_bzero(s->row, s->n * sizeof *s->row);
        }
        free(s->row);
        free(s);
    }
}

bool secrets_password(const struct secrets *s, struct str user, struct str *ret_password)
{
    for (size_t i = 0; s->row && i < s->n; i++) {
        if (str_eq(str_z(s->row[i].user), user) || strcmp(s->row[i].user, "*") == 0) {
            *ret_password = str_z(s->row[i].password);
            return true;
        }
    }
    return false;
}

enum dissect_secret secrets_check(void *ctx, const struct digest *d, struct str method)
{
    const struct secrets *s = ctx;
    const struct crypto *c = tls_crypto();
    enum digest_algorithm algorithm = DIGEST_MD5;
    bool sess = false;
    enum dissect_secret result = DISSECT_SECRET_UNKNOWN;
    if (digest_redacted(d->username) || digest_redacted(d->realm) || digest_redacted(d->uri) ||
        (d->algorithm.p && !digest_algorithm_read(d->algorithm, &algorithm, &sess))) {
        return result;
    }
    for (size_t i = 0; i < s->n; i++) {
        char ha1[DIGEST_HEX];
        size_t len = 0;
        enum digest_verdict v = DIGEST_WRONG;
        const struct secret *row = &s->row[i];
        if (strcmp(row->user, "*") != 0 && !str_eq(str_z(row->user), d->username)) {
            continue;
        }
        if (digest_ha1(c, algorithm, d->username, d->realm, str_z(row->password), ha1, &len) !=
                ERR_OK ||
            digest_verify(c, d, str_of(ha1, len), method, str_of(NULL, 0), NULL, &v) != ERR_OK) {
            continue;
        }
        if (v == DIGEST_RIGHT) {
            return DISSECT_SECRET_RIGHT;
        }
        result = DISSECT_SECRET_WRONG;
    }
    return result;
}
