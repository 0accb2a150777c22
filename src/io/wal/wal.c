/* Gathering, writing, syncing. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/wal/inside.h"

enum { KEEP = 1024 * 1024 /* bytes of an empty buffer that are not given back */ };

/* -- gathered */

bool gathered_add(struct gathered *g, struct str bytes)
{
    return g->buf.len + bytes.len <= GATHER_MOST && buf_add(&g->buf, bytes) == ERR_OK;
}

enum err gathered_write(struct gathered *g)
{
    size_t at = 0;
    enum err e = ERR_OK;
    while (at < g->buf.len && e == ERR_OK) {
        ssize_t n = write(g->fd, g->buf.p + at, g->buf.len - at);
        if (n > 0) {
            at += (size_t)n;
        } else if (n == 0 || errno != EINTR) {
            e = ERR_IO;
        }
    }
    g->size += at;
    g->buf.len -= at;
    if (g->buf.len) {
        memmove(g->buf.p, g->buf.p + at, g->buf.len);
    } else if (g->buf.cap > KEEP) {
        buf_clear(&g->buf);
    }
    return e;
}

void gathered_close(struct gathered *g)
{
    buf_clear(&g->buf);
    if (g->fd >= 0) {
        (void)close(g->fd);
    }
    *g = (struct gathered){.fd = -1};
}

/* -- opening and closing */

static enum err set_paths(struct wal *w, const char *path)
{
    size_t len = strlen(path) + sizeof ".new";
    w->path = strdup(path);
    w->path_new = malloc(len);
    char *folder = strdup(path);
    enum err e = w->path && w->path_new && folder ? ERR_OK : ERR_MEMORY;
    if (e == ERR_OK) {
        (void)snprintf(w->path_new, len, "%s.new", path);
        char *slash = strrchr(folder, '/');
        if (slash) {
            slash[slash == folder] = '\0';
        }
        w->folder = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        e = w->folder >= 0 ? ERR_OK : ERR_IO;
    }
    free(folder);
    return e;
}

static void release(struct wal *w)
{
    int error = errno;
    helper_clear(&w->helper);
    gathered_close(&w->file);
    gathered_close(&w->fresh);
    if (w->folder >= 0) {
        (void)close(w->folder);
    }
    free(w->path);
    free(w->path_new);
    free(w);
    errno = error;
}

enum err wal_open(const char *path,
                  enum err (*on_bytes)(void *ctx, struct str bytes, size_t *ret_used), void *ctx,
                  uint64_t *ret_cut, struct wal **ret)
{
    struct wal *w = calloc(1, sizeof *w);
    if (!w) {
        return ERR_MEMORY;
    }
    w->folder = w->file.fd = w->fresh.fd = -1;
    helper_init(&w->helper);
    enum err e = set_paths(w, path);
    if (e == ERR_OK) {
        e = wal_lock(path, &w->file.fd);
    }
    if (e == ERR_OK) {
        (void)unlink(w->path_new);
        e = wal_read(w->file.fd, on_bytes, ctx, &w->file.size, ret_cut);
    }
    if (e != ERR_OK) {
        release(w);
        return e;
    }
    *ret = w;
    return ERR_OK;
}

void wal_close(struct wal *w)
{
    if (w) {
        anew_give_up(w);
        if (gathered_write(&w->file) == ERR_OK) {
            (void)fdatasync(w->file.fd);
        }
        if (w->folder_changed) {
            (void)fsync(w->folder);
        }
        release(w);
    }
}

uint64_t wal_size(const struct wal *w)
{
    return w->file.size;
}

/* -- records */

void wal_add(struct wal *w, struct str record)
{
    if (!gathered_add(&w->file, record)) {
        w->missing = true;
    }
    if ((w->anew == ANEW_COLLECTS || w->anew == ANEW_SYNCS) && !gathered_add(&w->fresh, record)) {
        anew_give_up(w);
    }
}

enum err wal_flush(struct wal *w)
{
    enum err e = ERR_OK;
    int error = 0;
    if (w->file.buf.len) {
        e = gathered_write(&w->file);
        error = errno;
        w->written = true;
    }
    if (w->fresh.buf.len && gathered_write(&w->fresh) != ERR_OK) {
        anew_give_up(w);
    }
    if (w->helper.started || w->anew == ANEW_SYNCS || w->folder_changed) {
        anew_step(w);
    }
    errno = error;
    return e == ERR_OK && w->missing ? ERR_LIMIT : e;
}

void wal_sync(struct wal *w, usec_t now, usec_t every)
{
    w->now = now;
    if (w->written && now - w->synced >= every && helper_ask(&w->helper, JOB_DATA, w->file.fd)) {
        w->written = false;
        w->synced = now;
    }
}
