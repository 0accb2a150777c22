/* Output: a buffered sink over a descriptor, and files that appear whole or not at all. */
#ifndef IO_OUT_OUT_H
#define IO_OUT_OUT_H

#include "base/sink.h"

enum { OUT_BUFFER = 64 * 1024 };

struct out {
    int fd;     /* not owned */
    int error;  /* errno of the first failure */
    bool gone;  /* nobody reads any more (EPIPE): no failure, the rest is dropped */
    size_t len; /* bytes that wait in the buffer */
    char buffer[OUT_BUFFER];
};

/* The sink writes to `fd`; it is good until out_flush was called a last time. */
struct sink out_init(struct out *o, int fd);
/* Writes what waits. ERR_IO: errno tells why, also when an earlier write failed. A reader that went
 * away is no error; SIGPIPE must be ignored by the program. */
enum err out_flush(struct out *o) MUST_CHECK;

/* A file that is written beside its place, under no name or a hidden one, readable by its owner
 * only, and gets its name when it is complete and on disk. */
struct out_file {
    struct out out;
    struct sink sink; /* where to write */
    char *path;       /* owned */
    char *spool;      /* owned; NULL while the file has no name */
    int folder;       /* descriptor of its folder */
    bool replace;
};

/* ERR_IO: errno tells why; EEXIST without `replace` when there is one already. The folder must
 * exist. ERR_MEMORY. */
enum err out_file_open(struct out_file *f, const char *path, bool replace) MUST_CHECK;
/* Puts the file into place and frees everything. On ERR_IO (errno) nothing is left behind and what
 * stood there before still does. */
enum err out_file_commit(struct out_file *f) MUST_CHECK;
/* Removes what was written; also after a failed open or a commit. */
void out_file_abort(struct out_file *f);

#endif
