/* Opening the file: only one process has it, and it ends with a whole record. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/wal/inside.h"

enum { BLOCK = 256 * 1024, TRIES = 16 };

/* Whether `path` is still the file behind `fd`: its holder may have put a new one in its place. */
static bool still_there(const char *path, int fd)
{
    struct stat a;
    struct stat b;
    return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

enum err wal_lock(const char *path, int *ret_fd)
{
    for (int i = 0; i < TRIES; i++) {
        int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (fd < 0) {
            return ERR_IO;
        }
        if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
            int error = errno;
            (void)close(fd);
            errno = error;
            return error == EWOULDBLOCK ? ERR_LIMIT : ERR_IO;
        }
        if (still_there(path, fd)) {
            *ret_fd = fd;
            return ERR_OK;
        }
        (void)close(fd);
    }
    return ERR_LIMIT;
}

struct reading {
    char *p; /* owned */
    size_t len, cap;
    uint64_t used; /* bytes of the file */
};

/* Room for more: what waits is a part of a record. */
static enum err make_room(struct reading *r)
{
    if (r->len < r->cap) {
        return ERR_OK;
    }
    if (r->cap >= GATHER_MOST) {
        return ERR_MALFORMED;
    }
    size_t cap = r->cap ? 2 * r->cap : BLOCK;
    char *p = realloc(r->p, cap);
    if (!p) {
        return ERR_MEMORY;
    }
    r->p = p;
    r->cap = cap;
    return ERR_OK;
}

/* Hands out what is there until more is needed. */
static enum err hand_out(struct reading *r,
                         enum err (*on_bytes)(void *ctx, struct str bytes, size_t *ret_used),
                         void *ctx)
{
    size_t at = 0;
    enum err e = ERR_OK;
    while (e == ERR_OK && at < r->len) {
        size_t used = 0;
        e = on_bytes(ctx, str_of(r->p + at, r->len - at), &used);
        at += used;
        if (used == 0) {
            break;
        }
    }
    r->len -= at;
    r->used += at;
    memmove(r->p, r->p + at, r->len);
    return e;
}

static enum err read_all(int fd, struct reading *r,
                         enum err (*on_bytes)(void *ctx, struct str bytes, size_t *ret_used),
                         void *ctx)
{
    enum err e = ERR_OK;
    while (e == ERR_OK && (e = make_room(r)) == ERR_OK) {
        ssize_t n = read(fd, r->p + r->len, r->cap - r->len);
        if (n == 0) {
            return ERR_OK;
        }
        if (n < 0 && errno != EINTR) {
            return ERR_IO;
        }
        r->len += n > 0 ? (size_t)n : 0;
        e = hand_out(r, on_bytes, ctx);
    }
    return e;
}

enum err wal_read(int fd, enum err (*on_bytes)(void *ctx, struct str bytes, size_t *ret_used),
                  void *ctx, uint64_t *ret_size, uint64_t *ret_cut)
{
    struct reading r = {.p = NULL};
    struct stat st;
    enum err e = read_all(fd, &r, on_bytes, ctx);
    free(r.p);
    if (e != ERR_OK && e != ERR_MALFORMED) {
        return e;
    }
    if (fstat(fd, &st) != 0) {
        return ERR_IO;
    }
    uint64_t size = (uint64_t)st.st_size;
    if (size > r.used && ftruncate(fd, (off_t)r.used) != 0) {
        return ERR_IO;
    }
    *ret_size = r.used;
    *ret_cut = size - r.used;
    return ERR_OK;
}
