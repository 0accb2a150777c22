/* What the files of this module share. */
#ifndef IO_STORE_INSIDE_H
#define IO_STORE_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>

#include "io/sql/sql.h"
#include "io/store/store.h"

/* One row that waits; the texts stand behind it. */
struct waiting {
    struct waiting *next;
    usec_t when;
    int kind;
    uint32_t subject, source, line; /* bytes of each text, one behind the other in `text` */
    char text[];
};

struct store {
    char path[4096];
    struct store_cfg cfg;
    sqlite3 *db; /* the writer's; NULL: for reading only */
    sqlite3_stmt *add, *trim, *age, *most;
    pthread_t thread;
    int wake; /* eventfd: the list is not empty any more, or the end has come */
    _Atomic(struct waiting *) list; /* newest first */
    atomic_size_t n;                /* of list, and of what the writer took and has not written */
    atomic_bool end;
    atomic_uint_fast64_t written, dropped, failed;
};

/* journal.c: the writer. */
enum err store_writer_start(struct store *s) MUST_CHECK;
void store_writer_end(struct store *s);

#endif
