/* Unnamed temporary files. */
#define _GNU_SOURCE /* O_TMPFILE, mkostemp */

#include "io/out/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum err spool_open(struct spool *s)
{
    const char *folder = getenv("TMPDIR");
    char name[4096];
    folder = folder && *folder ? folder : "/tmp";
    s->len = 0;
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
    if (fd < 0) {
        int n = snprintf(name, sizeof name, "%s/dialtone.XXXXXX", folder);
        mode_t mask = umask(077);
        fd = n > 0 && (size_t)n < sizeof name ? mkostemp(name, O_CLOEXEC) : -1;
        (void)umask(mask);
        if (fd >= 0) {
            (void)unlink(name);
        }
    }
    s->sink = out_init(&s->out, fd);
    return fd >= 0 ? ERR_OK : ERR_IO;
}

enum err spool_flush(struct spool *s)
{
    if (s->sink.err != ERR_OK || out_flush(&s->out) != ERR_OK) {
        errno = s->out.error ? s->out.error : EIO;
        return ERR_IO;
    }
    off_t end = lseek(s->out.fd, 0, SEEK_CUR);
    s->len = end > 0 ? (uint64_t)end : 0;
    return end >= 0 ? ERR_OK : ERR_IO;
}

enum err spool_read(const struct spool *s, uint64_t offset, char *buf, size_t cap, size_t *ret_n)
{
    ssize_t n = 0;
    do {
        n = pread(s->out.fd, buf, cap, (off_t)offset);
    } while (n < 0 && errno == EINTR);
    if (n <= 0) {
        return n < 0 ? ERR_IO : ERR_END;
    }
    *ret_n = (size_t)n;
    return ERR_OK;
}

enum err spool_copy(const struct spool *s, uint64_t offset, uint64_t len, struct sink *out)
{
    char buf[16384];
    while (len > 0) {
        size_t n = 0;
        enum err e = spool_read(s, offset, buf, len < sizeof buf ? (size_t)len : sizeof buf, &n);
        if (e != ERR_OK) {
            return e == ERR_END ? ERR_IO : e;
        }
        sink_str(out, str_of(buf, n));
        if (out->err != ERR_OK) {
            return out->err;
        }
        offset += n;
        len -= n;
    }
    return ERR_OK;
}

void spool_close(struct spool *s)
{
    if (s->out.fd >= 0) {
        (void)close(s->out.fd);
    }
    s->out.fd = -1;
}
