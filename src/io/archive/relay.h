/* From the thread that reads to the thread that parses: what the visitor shall be told is written
 * into blocks, record after record, and the blocks go through a small ring. Without a second
 * thread, a full block is told on the spot. */
#ifndef IO_ARCHIVE_RELAY_H
#define IO_ARCHIVE_RELAY_H

#include <pthread.h>
#include <stdatomic.h>

#include "io/archive/archive.h"

enum {
    RELAY_BLOCK = 256 * 1024, /* bytes of content that one block takes */
    RELAY_SLACK = 1024,       /* more, so that a record in front leaves room for that much */
    RELAY_RING = 8,           /* blocks */
    RELAY_WAKE = 4,     /* blocks that are worth waking a thread; it may wait for fewer otherwise */
    RELAY_LEAST = 4096, /* less room than that is not offered */
};

struct relay_block {
    size_t len; /* bytes of records */
    _Alignas(16) char p[RELAY_BLOCK + RELAY_SLACK];
};

struct relay {
    const struct archive_visitor *visitor;
    bool threaded;
    struct relay_block *blocks[RELAY_RING]; /* owned; only the first without a second thread */

    /* The writer's side. */
    struct relay_block *fill;
    uint64_t begun; /* members so far */

    /* Between the two. */
    pthread_mutex_t lock;
    pthread_cond_t filled, emptied;
    size_t written, told;  /* blocks since the start; written - told are waiting */
    bool done;             /* the writer writes no more */
    bool stop;             /* the visitor wants no more */
    _Atomic uint64_t skip; /* the member (as counted by `begun`) that the visitor left out */

    /* The teller's side. */
    uint64_t member; /* as `begun` */
    bool dropping;   /* the rest of this member is not wanted */
    bool unwanted;   /* nor is its end */
    enum err verdict;
};

/* ERR_MEMORY. */
enum err relay_init(struct relay *r, const struct archive_visitor *visitor,
                    bool threaded) MUST_CHECK;
void relay_clear(struct relay *r);

/* The writer's. All return ERR_OK, or ERR_MISSING: nobody listens any more. */
enum err relay_input(struct relay *r, size_t index) MUST_CHECK;
enum err relay_input_end(struct relay *r, size_t index, uint64_t size) MUST_CHECK;
enum err relay_begin(struct relay *r, struct str name, enum archive_kind kind) MUST_CHECK;
/* A place for bytes of the member, at least RELAY_LEAST; relay_put tells how many were written. */
enum err relay_room(struct relay *r, char **ret_p, size_t *ret_cap) MUST_CHECK;
void relay_put(struct relay *r, size_t n);
/* The visitor does not want the rest of the member (it may be known late, or never). */
bool relay_skipped(struct relay *r);
enum err relay_end(struct relay *r, bool whole) MUST_CHECK;
enum err relay_problem(struct relay *r, struct str member, uint64_t offset,
                       const char *what) MUST_CHECK;
/* Hands over what was written so far. */
enum err relay_flush(struct relay *r) MUST_CHECK;
/* Hands over the rest; nothing may follow. */
void relay_done(struct relay *r);

/* The teller's: calls the visitor until the writer is done or the visitor has enough. */
enum err relay_tell(struct relay *r) MUST_CHECK;

#endif
