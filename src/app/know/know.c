/* Reading folders of line templates, rules and texts. */
#include "app/know/know.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILES_MOST = 2000, FILE_MOST = 1 << 20, DEPTH_MOST = 4 };

struct file {
    char *name; /* relative to the folder, owned */
    struct str text;
};

struct folder {
    struct file file[FILES_MOST];
    size_t n;
    struct arena *arena;
    const char *root;
};

static bool read_file(struct folder *d, const char *path, struct str *ret_text)
{
    FILE *f = fopen(path, "rbe");
    if (!f) {
        cli_error("--rules: cannot open %s: %s", path, strerror(errno));
        return false;
    }
    char *p = malloc(FILE_MOST + 1);
    size_t n = p ? fread(p, 1, FILE_MOST + 1, f) : 0;
    bool ok = p && !ferror(f) && n <= FILE_MOST;
    if (ok) {
        *ret_text = arena_str(d->arena, str_of(p, n));
    } else {
        cli_error("--rules: %s: %s", path, n > FILE_MOST ? "longer than 1 MiB" : "cannot be read");
    }
    free(p);
    (void)fclose(f);
    return ok;
}

/* NOLINTBEGIN(misc-no-recursion): at most DEPTH_MOST folders deep */
static bool walk(struct folder *d, const char *relative, int depth)
{
    char path[1024];
    snprintf(path, sizeof path, "%s%s%s", d->root, *relative ? "/" : "", relative);
    DIR *dir = depth < DEPTH_MOST ? opendir(path) : NULL;
    if (!dir) {
        cli_error("--rules: cannot open the folder %s: %s", path, strerror(errno));
        return false;
    }
    bool ok = true;
    const struct dirent *e;
    while (ok && (e = readdir(dir))) {
        char name[512];
        char whole[1600];
        struct stat st;
        if (e->d_name[0] == '.') {
            continue;
        }
        int n = snprintf(name, sizeof name, "%s%s%s", relative, *relative ? "/" : "", e->d_name);
        snprintf(whole, sizeof whole, "%s/%s", d->root, name);
        if (n < 0 || (size_t)n >= sizeof name || stat(whole, &st) != 0) {
            continue;
        }
        if (S_ISDIR(st.st_mode)) {
            ok = walk(d, name, depth + 1);
        } else if (knowledge_round(str_z(name)) && S_ISREG(st.st_mode)) {
            if (d->n == FILES_MOST) {
                cli_error("--rules: more than %d files in %s", FILES_MOST, d->root);
                ok = false;
            } else if ((ok = read_file(d, whole, &d->file[d->n].text))) {
                d->file[d->n].name = strdup(name);
                ok = d->file[d->n].name != NULL;
                d->n += ok;
            }
        }
    }
    (void)closedir(dir);
    return ok;
}
/* NOLINTEND(misc-no-recursion) */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct file *)a)->name, ((const struct file *)b)->name);
}

static bool add_folder(struct know *n, const char *root)
{
    struct folder *d = calloc(1, sizeof *d);
    struct conf_error err = {.line = 0};
    if (!d) {
        return false;
    }
    d->arena = &n->files;
    d->root = root;
    bool ok = walk(d, "", 0);
    qsort(d->file, d->n, sizeof d->file[0], by_name);
    if (ok && d->n == 0) {
        cli_error("--rules: no file *.lines, *.rules or findings/en/ID.txt in %s", root);
        ok = false;
    }
    for (int round = 1; round <= 3 && ok; round++) {
        for (size_t i = 0; i < d->n && ok; i++) {
            struct str name = arena_str(&n->files, str_z(d->file[i].name));
            if (knowledge_round(name) == round &&
                knowledge_add(&n->k, name, d->file[i].text, &err) != ERR_OK) {
                cli_error("%s/%.*s:%zu: %s", root, STR_ARG(err.file), err.line, err.what);
                ok = false;
            }
        }
    }
    for (size_t i = 0; i < d->n; i++) {
        free(d->file[i].name);
    }
    free(d);
    return ok;
}

bool know_load(struct know *n, const struct cli_args *a)
{
    struct conf_error err = {.line = 0};
    const char *root;
    arena_init(&n->files, (size_t)256 << 20);
    if (knowledge_init(&n->k) != ERR_OK) {
        cli_error("no memory");
        return false;
    }
    bool ok = knowledge_add_share(&n->k, &err) == ERR_OK;
    if (!ok) {
        cli_error("%.*s:%zu: %s", STR_ARG(err.file), err.line, err.what);
    }
    for (size_t i = 0; ok && (root = cli_repeated(a, "rules", i)); i++) {
        ok = add_folder(n, root);
    }
    if (ok && knowledge_check(&n->k, &err) != ERR_OK) {
        cli_error("%.*s: %s", STR_ARG(err.file), err.what);
        ok = false;
    }
    if (!ok) {
        know_clear(n);
    }
    return ok;
}

void know_clear(struct know *n)
{
    knowledge_clear(&n->k);
    arena_clear(&n->files);
}

enum language know_language(const struct cli_args *a)
{
    const char *given = cli_value(a, "lang", NULL);
    if (given) {
        return strcmp(given, "ja") == 0 ? LANG_JA : LANG_EN;
    }
    const char *locale = getenv("LC_ALL");
    locale = locale && *locale ? locale : getenv("LC_MESSAGES");
    locale = locale && *locale ? locale : getenv("LANG");
    return locale && strncmp(locale, "ja", 2) == 0 ? LANG_JA : LANG_EN;
}
