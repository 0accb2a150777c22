/* Writes a tar.gz of regular files. The same files give the same bytes: no times, no owners. */
#ifndef IO_ARCHIVE_PACK_H
#define IO_ARCHIVE_PACK_H

#include "base/sink.h"

struct pack;

/* NULL without memory. `out` must outlive it. */
struct pack *pack_new(struct sink *out);
/* A file of `size` bytes; as many must follow. `name` (relative, NUL-terminated) is taken as it is.
 * ERR_IO: the sink failed. */
enum err pack_begin(struct pack *p, const char *name, uint64_t size) MUST_CHECK;
enum err pack_bytes(struct pack *p, struct str bytes) MUST_CHECK;
/* The end of the archive. ERR_IO. */
enum err pack_finish(struct pack *p) MUST_CHECK;
void pack_free(struct pack *p);

#endif
