/* The journal's database (SQLite, WAL). A thread of its own writes; nobody waits for it. */
#ifndef IO_STORE_STORE_H
#define IO_STORE_STORE_H

#include "base/err.h"
#include "base/str.h"
#include "base/time.h"

enum { STORE_WHY = 256 };

struct store;

/* 0: the default in the comment. */
struct store_cfg {
    size_t queue;       /* rows that wait to be written, at most: 8,192 */
    size_t per_subject; /* rows of one subject that are kept, about: 500 */
    size_t most;        /* rows that are kept at all: 5,000,000 */
    usec_t age;         /* older rows go: 30 days */
};

/* Opens or makes DIR/dialtone.db (0600), brings it to this program's version step by step, each step in one
 * transaction, and starts the writer. Afterwards ERR_IO; ERR_MALFORMED: no database of ours, or damaged;
 * ERR_LIMIT: made by a newer program; ERR_MEMORY. *ret_why says it in words. */
enum err store_open(const char *dir, const struct store_cfg *cfg, struct store **ret,
                    char ret_why[STORE_WHY]) MUST_CHECK;
/* For reading only, beside a program that writes: no migration, no writer; store_journal is not for it.
 * ERR_MISSING: there is none. Otherwise as store_open. */
enum err store_open_read(const char *dir, struct store **ret, char ret_why[STORE_WHY]) MUST_CHECK;
/* What waits is written first. */
void store_close(struct store *s);

struct journal_row {
    int64_t id;         /* of rows that are read; rises */
    usec_t when;        /* date */
    struct str subject; /* MAC where known, else the user; empty: none */
    struct str source;  /* address it came from; empty: none */
    int kind;           /* number of the fact's kind */
    struct str line;    /* the fact as flow/record writes it */
};

/* From any thread; copies, takes no lock. False: the queue is full (or no memory), the row was dropped and
 * counted. */
bool store_journal(struct store *s, const struct journal_row *row);
/* Which rows; 0 or empty: any. */
struct journal_query {
    struct str subject;
    int kind;       /* number of the fact's kind */
    usec_t from;    /* not before that date */
    int64_t before; /* of lower ids */
    size_t most;    /* the newest so many of them */
    size_t scan;    /* of rows with and without a subject, so many are looked at */
};

/* Calls back with the rows, oldest first; views are good until it returns; what it returns other than ERR_OK ends the
 * reading and is returned. *ret_before (may be NULL): what `before` has to be for those that come next, 0 when there are none.
 * Rows that still wait in the queue are not seen. ERR_IO. Opens a connection of its own: from any thread. */
enum err store_journal_read(struct store *s, const struct journal_query *q,
                            enum err (*row)(void *ctx, const struct journal_row *r), void *ctx,
                            int64_t *ret_before) MUST_CHECK;

/* The same for rows behind the one of that id, the oldest `most`; the subject as above. */
enum err store_journal_after(struct store *s, struct str subject, int64_t id, size_t most,
                             enum err (*row)(void *ctx, const struct journal_row *r),
                             void *ctx) MUST_CHECK;

/* For /metrics; from any thread. */
struct store_counts {
    uint64_t written; /* rows */
    uint64_t dropped; /* rows: the queue was full */
    uint64_t failed;  /* rows that the database did not take */
    uint64_t waiting; /* rows in the queue, now */
};
struct store_counts store_counts(const struct store *s);

#endif
