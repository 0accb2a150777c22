/* What outlives the process. */
#include "app/serve/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/cli/cli.h"

enum { FILES_MOST = 256, PIECE = 256, PATH_MOST = 4400 };

/* A file of bindings. */
struct file {
    unsigned generation, index;
};

struct files {
    struct file at[FILES_MOST];
    size_t n;
};

static void path_of(const struct state *st, struct file f, char path[PATH_MOST])
{
    (void)snprintf(path, PATH_MOST, "%s/bindings.%u.%u", st->folder, f.generation, f.index);
}

static bool complain(const char *path)
{
    cli_error("%s: %s", path, strerror(errno));
    return false;
}

/* The folders above it too. */
static bool make_folder(const char *folder)
{
    char path[PATH_MOST];
    (void)snprintf(path, sizeof path, "%s", folder);
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdir(path, 0755) != 0 && errno != EEXIST) {
            return complain(path);
        }
        *slash = '/';
    }
    return mkdir(folder, 0700) == 0 || errno == EEXIST || complain(folder);
}

bool state_open(struct state *st, const char *folder)
{
    char path[PATH_MOST];
    *st = (struct state){.lock = -1};
    (void)snprintf(st->folder, sizeof st->folder, "%s", folder);
    if (!make_folder(folder)) {
        return false;
    }
    (void)snprintf(path, sizeof path, "%s/lock", folder);
    st->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (st->lock < 0) {
        return complain(path);
    }
    if (flock(st->lock, LOCK_EX | LOCK_NB) != 0) {
        cli_error(errno == EWOULDBLOCK ? "%s: another dialtone uses this folder"
                                       : "%s: cannot be locked",
                  folder);
        state_close(st);
        return false;
    }
    return true;
}

void state_close(struct state *st)
{
    if (st->lock >= 0) {
        (void)close(st->lock);
    }
    st->lock = -1;
}

/* -- the files there are */

static int older_first(const void *a, const void *b)
{
    const struct file *x = a, *y = b;
    if (x->generation != y->generation) {
        return x->generation < y->generation ? -1 : 1;
    }
    return (x->index > y->index) - (x->index < y->index);
}

static bool name_read(const char *name, struct file *ret)
{
    uint64_t g = 0, i = 0;
    struct str rest = str_z(name);
    if (!str_eq(str_cut(&rest, '.'), STR("bindings")) || !str_u64(str_cut(&rest, '.'), &g) ||
        !str_u64(rest, &i) || g >= UINT32_MAX || i >= UINT32_MAX) {
        return false;
    }
    *ret = (struct file){(unsigned)g, (unsigned)i};
    return true;
}

static bool list_files(const struct state *st, struct files *ret)
{
    DIR *d = opendir(st->folder);
    if (!d) {
        return complain(st->folder);
    }
    for (const struct dirent *e; (e = readdir(d));) {
        struct file f;
        if (!name_read(e->d_name, &f)) {
            continue;
        }
        if (ret->n == FILES_MOST) {
            cli_error("%s holds more than %d files of bindings", st->folder, FILES_MOST);
            (void)closedir(d);
            return false;
        }
        ret->at[ret->n++] = f;
    }
    (void)closedir(d);
    qsort(ret->at, ret->n, sizeof *ret->at, older_first);
    return true;
}

/* -- reading them */

struct restoring {
    struct state *st;
    struct edge *const *edges;
    const struct hash_key *key;
    size_t n;
    usec_t now;
};

static enum err restore_one(struct restoring *r, enum binding_change change, struct str user,
                            const struct binding *b)
{
    uint16_t shard = edge_shard_of(r->key, (uint16_t)r->n, user);
    enum err e = edge_restore(r->edges[shard], change, user, b, r->now);
    /* What this program would not take now is no reason not to start. */
    return e == ERR_MEMORY ? ERR_MEMORY : ERR_OK;
}

static enum err on_bytes(void *ctx, struct str bytes, size_t *ret_used)
{
    struct restoring *r = ctx;
    size_t used = 0;
    enum err e = ERR_OK;
    while (e == ERR_OK) {
        enum binding_change change = BINDING_PUT;
        struct str user;
        struct binding b;
        size_t len = 0;
        e = binding_record_read(str_from(bytes, used), &change, &user, &b, &len);
        if (e == ERR_OK) {
            used += len;
            e = restore_one(r, change, user, &b);
        }
    }
    *ret_used = used;
    return e == ERR_MORE ? ERR_OK : e;
}

static bool read_file(struct restoring *r, struct file f)
{
    char path[PATH_MOST];
    struct wal *wal = NULL;
    uint64_t cut = 0;
    path_of(r->st, f, path);
    enum err e = wal_open(path, on_bytes, r, &cut, &wal);
    if (e != ERR_OK) {
        cli_error("%s: %s", path,
                  e == ERR_IO      ? strerror(errno)
                  : e == ERR_LIMIT ? "another process holds it"
                                   : err_name(e));
        return false;
    }
    wal_close(wal);
    if (cut) {
        cli_error("warning: %s: the last %llu bytes cannot be read and are gone", path,
                  (unsigned long long)cut);
    }
    return true;
}

/* -- the new generation */

static enum err nothing(void *ctx, struct str bytes, size_t *ret_used)
{
    (void)ctx;
    *ret_used = bytes.len;
    return ERR_OK;
}

static bool write_snapshot(struct edge *e, struct wal *wal, const char *path)
{
    struct buf b = {.limit = 0};
    uint32_t cursor = 0;
    bool ok = true;
    for (bool more = true; more && ok;) {
        struct sink out = buf_sink(&b);
        buf_reset(&b);
        more = edge_snapshot(e, &cursor, PIECE, &out);
        ok = out.err == ERR_OK;
        if (ok && b.len) {
            wal_add(wal, buf_str(&b));
            ok = wal_flush(wal) == ERR_OK;
        }
    }
    buf_clear(&b);
    return ok || complain(path);
}

static bool sync_path(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return ok || complain(path);
}

static bool write_file(const struct state *st, struct file f, struct edge *e, struct wal **ret)
{
    char path[PATH_MOST];
    uint64_t cut = 0;
    path_of(st, f, path);
    (void)unlink(path);
    enum err err = wal_open(path, nothing, NULL, &cut, ret);
    if (err != ERR_OK) {
        return complain(path);
    }
    return write_snapshot(e, *ret, path) && sync_path(path);
}

static void remove_old(const struct state *st, const struct files *files)
{
    char path[PATH_MOST];
    for (size_t i = 0; i < files->n; i++) {
        path_of(st, files->at[i], path);
        (void)unlink(path);
    }
}

bool state_restore(struct state *st, struct edge *const *edges, const struct hash_key *key,
                   size_t n, usec_t now, struct wal **ret_wals)
{
    struct files files = {.n = 0};
    struct restoring r = {.st = st, .edges = edges, .key = key, .n = n, .now = now};
    bool ok = list_files(st, &files);
    for (size_t i = 0; ok && i < files.n; i++) {
        ok = read_file(&r, files.at[i]);
    }
    unsigned generation = files.n ? files.at[files.n - 1].generation + 1 : 1;
    for (size_t i = 0; ok && i < n; i++) {
        ok = write_file(st, (struct file){generation, (unsigned)i}, edges[i], &ret_wals[i]);
    }
    ok = ok && sync_path(st->folder);
    if (ok) {
        remove_old(st, &files);
    }
    return ok;
}
