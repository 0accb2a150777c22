/* All faults. */
#include "app/lab/catalogue.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/cli/cli.h"
#include "app/lab/program.h"
#include "share/share.h"

enum { ARENA_MOST = 64 << 20 };
static const struct str folder_name = STR_INIT("lab/");

static bool add(struct catalogue *c, struct str id, struct str text)
{
    struct conf_error err;
    enum err e =
        c->n < CATALOGUE_MOST ? fault_read(&c->fault[c->n], &c->a, id, text, &err) : ERR_LIMIT;
    if (e == ERR_MALFORMED) {
        cli_error("fault %.*s:%zu: %s", STR_ARG(id), err.line, err.what);
    } else if (e != ERR_OK) {
        cli_error("fault %.*s: %s", STR_ARG(id),
                  e == ERR_LIMIT ? "there are too many" : err_name(e));
    }
    c->n += e == ERR_OK;
    return e == ERR_OK;
}

static bool add_file(struct catalogue *c, const char *folder, const char *name)
{
    char path[4096];
    struct buf b = {0};
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    bool ok = file_read(path, &b);
    if (!ok) {
        cli_error("%s: %s", path, strerror(errno));
    }
    ok = ok && add(c, arena_str(&c->a, str_z(name)), arena_str(&c->a, buf_str(&b)));
    buf_clear(&b);
    return ok;
}

static bool add_folder(struct catalogue *c, const char *folder)
{
    DIR *d = opendir(folder);
    const struct dirent *e;
    bool ok = d != NULL;
    if (!ok) {
        cli_error("--faults: %s: %s", folder, strerror(errno));
    }
    while (ok && (e = readdir(d)) != NULL) {
        ok = e->d_name[0] == '.' || add_file(c, folder, e->d_name);
    }
    if (d) {
        (void)closedir(d);
    }
    return ok;
}

static int by_id(const void *a, const void *b)
{
    return str_cmp(((const struct fault *)a)->id, ((const struct fault *)b)->id);
}

bool catalogue_open(struct catalogue *c, const char *folder)
{
    *c = (struct catalogue){.fault = calloc(CATALOGUE_MOST, sizeof *c->fault)};
    arena_init(&c->a, ARENA_MOST);
    bool ok = c->fault != NULL;
    for (size_t i = 0; ok && i < share_files_n; i++) {
        struct str name = str_z(share_files[i].name);
        if (str_starts(name, folder_name)) {
            ok = add(c, str_from(name, folder_name.len),
                     str_of(share_files[i].data, share_files[i].len));
        }
    }
    ok = ok && (!folder || add_folder(c, folder));
    if (ok) {
        qsort(c->fault, c->n, sizeof *c->fault, by_id);
    }
    return ok;
}

void catalogue_clear(struct catalogue *c)
{
    arena_clear(&c->a);
    free(c->fault);
    *c = (struct catalogue){.n = 0};
}

const struct fault *catalogue_find(const struct catalogue *c, struct str id)
{
    for (size_t i = 0; i < c->n; i++) {
        if (str_ieq(c->fault[i].id, id)) {
            return &c->fault[i];
        }
    }
    return NULL;
}
