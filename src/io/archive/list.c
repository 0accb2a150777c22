/* The files below a folder. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/sink.h"
#include "io/archive/archive.h"

struct listing {
    const struct archive_limits *limits;
    const struct archive_lister *to;
    struct buf path; /* NUL-terminated; `len` without the NUL */
    uint32_t files;
};

struct names {
    char **z; /* owned, and so is each */
    size_t n, cap;
};

static void names_clear(struct names *names)
{
    for (size_t i = 0; i < names->n; i++) {
        free(names->z[i]);
    }
    free(names->z);
}

static enum err names_add(struct names *names, const char *z)
{
    if (names->n == names->cap) {
        size_t cap = names->cap ? names->cap * 2 : 64;
        char **more = realloc(names->z, cap * sizeof *more);
        if (!more) {
            return ERR_MEMORY;
        }
        names->z = more;
        names->cap = cap;
    }
    names->z[names->n] = strdup(z);
    if (!names->z[names->n]) {
        return ERR_MEMORY;
    }
    names->n++;
    return ERR_OK;
}

static int names_order(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum err path_set(struct listing *l, size_t len, struct str name)
{
    l->path.len = len;
    enum err e = ERR_OK;
    if (len > 0 && l->path.p[len - 1] != '/') {
        e = buf_add(&l->path, STR("/"));
    }
    if (e == ERR_OK) {
        e = buf_add(&l->path, name);
    }
    if (e == ERR_OK) {
        e = buf_add(&l->path, str_of("", 1));
        l->path.len -= e == ERR_OK;
    }
    return e;
}

static void list_problem(struct listing *l, const char *what)
{
    l->to->problem(l->to->ctx, buf_str(&l->path), 0, what);
}

static void list_failed(struct listing *l, const char *lead)
{
    char what[160];
    snprintf(what, sizeof what, "%s: %s", lead, strerror(errno));
    list_problem(l, what);
}

static enum err folder_names(struct listing *l, struct names *ret_names)
{
    DIR *dir = opendir(l->path.p);
    if (!dir) {
        list_failed(l, "cannot be opened");
        return ERR_OK;
    }
    enum err e = ERR_OK;
    struct dirent *d;
    errno = 0;
    while (e == ERR_OK && ret_names->n <= l->limits->members && (d = readdir(dir)) != NULL) {
        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0) {
            e = names_add(ret_names, d->d_name);
        }
        errno = 0;
    }
    if (e == ERR_OK && errno != 0) {
        list_failed(l, "cannot be read on");
    }
    closedir(dir);
    if (ret_names->n > 0) {
        qsort(ret_names->z, ret_names->n, sizeof ret_names->z[0], names_order);
    }
    return e;
}

static enum err list_file(struct listing *l, uint64_t size)
{
    l->files++;
    if (l->limits->members > 0 && l->files > l->limits->members) {
        list_problem(l, "too many files in one folder; this one and the rest are left out");
        return ERR_LIMIT;
    }
    return l->to->file(l->to->ctx, l->path.p, size);
}

/* Folders call each other as deep as the limit says.
 * NOLINTBEGIN(misc-no-recursion) */
static enum err list_folder(struct listing *l, unsigned depth);

static enum err list_entry(struct listing *l, unsigned depth)
{
    struct stat st, target;
    if (lstat(l->path.p, &st) != 0) {
        list_failed(l, "cannot be read");
        return ERR_OK;
    }
    bool link = S_ISLNK(st.st_mode);
    if (link && stat(l->path.p, &target) != 0) {
        list_failed(l, "a symbolic link that leads nowhere");
        return ERR_OK;
    }
    if (S_ISREG(link ? target.st_mode : st.st_mode)) {
        return list_file(l, (uint64_t)(link ? target.st_size : st.st_size));
    }
    if (link && S_ISDIR(target.st_mode)) {
        list_problem(l, "a symbolic link to a folder; not followed");
    } else if (!S_ISDIR(st.st_mode)) {
        list_problem(l, "a device, pipe or socket, not a file; skipped");
    } else if (depth >= 32 * (l->limits->depth ? l->limits->depth : ARCHIVE_DEPTH)) {
        list_problem(l, "folders in folders, too deep; it is left out");
    } else {
        return list_folder(l, depth + 1);
    }
    return ERR_OK;
}

static enum err list_folder(struct listing *l, unsigned depth)
{
    struct names names = {0};
    size_t len = l->path.len;
    enum err e = folder_names(l, &names);
    for (size_t i = 0; i < names.n && e == ERR_OK; i++) {
        e = path_set(l, len, str_z(names.z[i]));
        if (e == ERR_OK) {
            e = list_entry(l, depth);
        }
    }
    names_clear(&names);
    return e;
}
/* NOLINTEND(misc-no-recursion) */

enum err archive_list(const char *path, const struct archive_limits *limits,
                      const struct archive_lister *lister)
{
    struct listing l = {.limits = limits, .to = lister};
    enum err e = path_set(&l, 0, str_z(path));
    if (e == ERR_OK) {
        e = list_folder(&l, 0);
    }
    buf_clear(&l.path);
    return e == ERR_LIMIT || e == ERR_END ? ERR_OK : e;
}
