/* Bytes kept aside on disk, in a file that has no name and that only this process can read. */
#ifndef IO_OUT_SPOOL_H
#define IO_OUT_SPOOL_H

#include "io/out/out.h"

struct spool {
    struct out out;
    struct sink sink; /* where to write */
    uint64_t len;     /* bytes that spool_flush put on disk */
};

/* In TMPDIR, else /tmp. ERR_IO: errno tells why. */
enum err spool_open(struct spool *s) MUST_CHECK;
/* What was written can be read. ERR_IO. */
enum err spool_flush(struct spool *s) MUST_CHECK;
/* 1 to `cap` bytes from `offset`; ERR_END behind the last. ERR_IO. */
enum err spool_read(const struct spool *s, uint64_t offset, char *buf, size_t cap,
                    size_t *ret_n) MUST_CHECK;
/* The bytes [offset, offset + len) into `out`. ERR_IO, or what the sink returned. */
enum err spool_copy(const struct spool *s, uint64_t offset, uint64_t len,
                    struct sink *out) MUST_CHECK;
void spool_close(struct spool *s);

#endif
