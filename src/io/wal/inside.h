/* What the files of this module share. */
#ifndef IO_WAL_INSIDE_H
#define IO_WAL_INSIDE_H

#include <pthread.h>

#include "io/wal/wal.h"

/* -- helper.c: a thread that syncs one thing at a time. */
enum job { JOB_NONE, JOB_DATA, JOB_ANEW, JOB_FOLDER };

struct helper {
    bool started;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* Under the lock: */
    enum job job; /* being done, or done and not yet asked about */
    int fd;
    int error; /* errno of the job; 0: it went well */
    bool done, end;
};

void helper_init(struct helper *h);
/* Syncs `fd`. False: another job is not done or not asked about, or there is no descriptor: ask again later. */
bool helper_ask(struct helper *h, enum job job, int fd);
/* The job that is done, once, with its errno; JOB_NONE: there is none. */
enum job helper_done(struct helper *h, int *ret_error);
/* Waits for the job that is being done, and ends. */
void helper_clear(struct helper *h);

/* -- wal.c */
enum { GATHER_MOST = 16 * 1024 * 1024 };

/* Bytes on their way into a file. */
struct gathered {
    int fd; /* -1: none */
    struct buf buf;
    uint64_t size; /* of the file */
};

/* False: no memory, or more than GATHER_MOST would wait. */
bool gathered_add(struct gathered *g, struct str bytes);
/* Writes all that waits; what could not be written stays. ERR_IO: errno. */
enum err gathered_write(struct gathered *g) MUST_CHECK;
void gathered_close(struct gathered *g);

enum anew { ANEW_NONE, ANEW_COLLECTS, ANEW_SYNCS, ANEW_FAILED };

struct wal {
    char *path, *path_new; /* owned */
    int folder;
    struct gathered file, fresh;
    enum anew anew;
    bool asked;          /* ANEW_SYNCS: the helper has it */
    bool folder_changed; /* the new file took the old one's place, and the folder is not synced */
    bool missing;        /* records are not in the file, and will not be */
    bool written;        /* since the last sync */
    uint64_t size_new;   /* of the file when it was new */
    usec_t now, synced, retry;
    struct helper helper;
};

/* anew.c: one step towards the new file taking the old one's place. */
void anew_step(struct wal *w);
void anew_give_up(struct wal *w);

/* read.c: opens and locks; reads all that can be read, cuts the rest off. */
enum err wal_lock(const char *path, int *ret_fd) MUST_CHECK;
enum err wal_read(int fd, enum err (*on_bytes)(void *ctx, struct str bytes, size_t *ret_used),
                  void *ctx, uint64_t *ret_size, uint64_t *ret_cut) MUST_CHECK;

#endif
