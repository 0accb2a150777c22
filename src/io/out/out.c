/* Buffered output and spooled files: open(2) O_TMPFILE, linkat(2), rename(2), fsync(2). */
#define _GNU_SOURCE /* O_TMPFILE */
#include "io/out/out.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err out_fail(struct out *o, int error)
{
    if (error == EPIPE) {
        o->gone = true;
        return ERR_OK;
    }
    o->error = error;
    errno = error;
    return ERR_IO;
}

static enum err write_all(struct out *o, struct str s)
{
    while (s.len > 0 && !o->gone) {
        ssize_t n = write(o->fd, s.p, s.len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return out_fail(o, errno);
        }
        s = str_from(s, (size_t)n);
    }
    return ERR_OK;
}

enum err out_flush(struct out *o)
{
    if (o->error) {
        errno = o->error;
        return ERR_IO;
    }
    size_t len = o->len;
    o->len = 0;
    return write_all(o, str_of(o->buffer, len));
}

static enum err out_write(void *ctx, struct str s)
{
    struct out *o = ctx;
    if (o->gone) {
        return ERR_OK;
    }
    if (s.len > sizeof o->buffer - o->len) {
        enum err e = out_flush(o);
        if (e != ERR_OK) {
            return e;
        }
    }
    if (s.len >= sizeof o->buffer) {
        return write_all(o, s);
    }
    memcpy(o->buffer + o->len, s.p ? s.p : "", s.len);
    o->len += s.len;
    return ERR_OK;
}

struct sink out_init(struct out *o, int fd)
{
    o->fd = fd;
    o->error = 0;
    o->gone = false;
    o->len = 0;
    return (struct sink){.write = out_write, .ctx = o};
}

/* Spooled files */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int folder_open(const char *path)
{
    const char *base = base_name(path);
    if (base == path) {
        return open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    char *folder = strndup(path, (size_t)(base - path));
    if (!folder) {
        return -1;
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = errno;
    free(folder);
    errno = error;
    return fd;
}

/* A name beside the place that nothing has yet; `open_it` also makes the file. ERR_IO: errno. */
static enum err spool_name(struct out_file *f, bool open_it)
{
    const char *base = base_name(f->path);
    size_t size = strlen(base) + 32;
    f->spool = malloc(size);
    if (!f->spool) {
        return ERR_MEMORY;
    }
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(f->spool, size, ".%.200s.%ld-%u", base, (long)getpid(), i);
        if (open_it) {
            f->out.fd = openat(f->folder, f->spool, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
            if (f->out.fd >= 0) {
                return ERR_OK;
            }
        } else {
            char proc[64];
            snprintf(proc, sizeof proc, "/proc/self/fd/%d", f->out.fd);
            if (linkat(AT_FDCWD, proc, f->folder, f->spool, AT_SYMLINK_FOLLOW) == 0) {
                return ERR_OK;
            }
        }
        if (errno != EEXIST) {
            break;
        }
    }
    free(f->spool);
    f->spool = NULL;
    return ERR_IO;
}

/* A file without a name where the file system can do that and the name can be given later. */
static enum err spool_open(struct out_file *f)
{
    int fd = -1;
    if (access("/proc/self/fd", X_OK) == 0) {
        fd = openat(f->folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    }
    if (fd < 0) {
        return spool_name(f, true);
    }
    f->out.fd = fd;
    return ERR_OK;
}

static enum err place_check(const struct out_file *f)
{
    struct stat st;
    if (fstatat(f->folder, base_name(f->path), &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT ? ERR_OK : ERR_IO;
    }
    if (f->replace && S_ISREG(st.st_mode)) {
        return ERR_OK;
    }
    errno = S_ISDIR(st.st_mode) ? EISDIR : EEXIST;
    return ERR_IO;
}

enum err out_file_open(struct out_file *f, const char *path, bool replace)
{
    f->path = strdup(path);
    f->spool = NULL;
    f->replace = replace;
    f->folder = -1;
    f->out.fd = -1;
    if (!f->path) {
        return ERR_MEMORY;
    }
    enum err e = ERR_IO;
    if (*base_name(path) == '\0') {
        errno = EISDIR;
    } else {
        f->folder = folder_open(path);
        e = f->folder < 0 ? ERR_IO : place_check(f);
    }
    if (e == ERR_OK) {
        e = spool_open(f);
    }
    if (e == ERR_OK) {
        f->sink = out_init(&f->out, f->out.fd);
        return ERR_OK;
    }
    out_file_abort(f);
    return e;
}

/* Under its hidden name it is complete; now it takes its place. */
static enum err spool_place(struct out_file *f)
{
    const char *base = base_name(f->path);
    if (f->replace) {
        if (renameat(f->folder, f->spool, f->folder, base) != 0) {
            return ERR_IO;
        }
    } else {
        /* Unlike rename, link fails when somebody took the place meanwhile. */
        if (linkat(f->folder, f->spool, f->folder, base, 0) != 0) {
            return ERR_IO;
        }
        (void)unlinkat(f->folder, f->spool, 0);
    }
    free(f->spool);
    f->spool = NULL;
    return ERR_OK;
}

enum err out_file_commit(struct out_file *f)
{
    enum err e = f->sink.err == ERR_OK ? out_flush(&f->out) : ERR_IO;
    if (f->sink.err != ERR_OK) {
        errno = f->out.error ? f->out.error : EIO;
    }
    if (e == ERR_OK && f->out.gone) {
        errno = EPIPE;
        e = ERR_IO;
    }
    if (e == ERR_OK && fsync(f->out.fd) != 0) {
        e = ERR_IO;
    }
    if (e == ERR_OK && !f->spool) {
        e = spool_name(f, false);
    }
    if (e == ERR_OK) {
        e = spool_place(f);
    }
    if (e == ERR_OK) {
        (void)fsync(f->folder); /* the name; some file systems cannot */
    }
    out_file_abort(f);
    return e;
}

void out_file_abort(struct out_file *f)
{
    int error = errno;
    if (f->out.fd >= 0) {
        close(f->out.fd);
    }
    if (f->spool) {
        (void)unlinkat(f->folder, f->spool, 0);
    }
    if (f->folder >= 0) {
        close(f->folder);
    }
    free(f->spool);
    free(f->path);
    f->spool = f->path = NULL;
    f->out.fd = f->folder = -1;
    errno = error;
}
