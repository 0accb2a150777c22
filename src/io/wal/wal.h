/* A file that grows by records and is now and then written anew: what survives kill -9. Bytes only: what a
 * record is is the caller's matter. One per shard, used by one thread; a lock on the file keeps a second
 * process out.
 *
 * What wal_flush says ERR_OK to is the kernel's: it is there after the process was killed. What wal_sync
 * wrote out is there after a power failure too. Nothing here waits for a disk but wal_close: syncing is
 * done by a thread of the file's own, which is started when it is first needed. */
#ifndef IO_WAL_WAL_H
#define IO_WAL_WAL_H

#include "base/err.h"
#include "base/sink.h"
#include "base/time.h"

struct wal;

/* `path` in a folder that exists; made with mode 0600. Reads what is there in blocks: `on_bytes` returns how
 * many it used up (0: needs more), and ERR_MALFORMED where the rest cannot be read: that is cut off, as is the
 * beginning of a record at the end, and *ret_cut tells how many bytes went. Another error of `on_bytes` is
 * returned, the file left as it is. ERR_IO (errno), ERR_MEMORY, ERR_LIMIT: another process holds it. */
enum err wal_open(const char *path,
                  enum err (*on_bytes)(void *ctx, struct str bytes, size_t *ret_used), void *ctx,
                  uint64_t *ret_cut, struct wal **ret) MUST_CHECK;
/* Gathers. Whole records, so that a file that is cut off is cut between them. */
void wal_add(struct wal *w, struct str record);
/* One write() of what gathered; nothing to do: no system call. ERR_IO: errno; what is not written stays for the
 * next try, up to 16 MiB. ERR_LIMIT: records are missing in the file (more than that gathered, or a sync
 * failed) until it was written anew. */
enum err wal_flush(struct wal *w) MUST_CHECK;
/* fdatasync in the background when `every` has passed since the last one and something was written: a power
 * failure loses at most that. `now` is any time that does not fall. */
void wal_sync(struct wal *w, usec_t now, usec_t every);

/* Writing anew: begin, add a snapshot piece by piece, done. Records of wal_add go into both files meanwhile, in
 * the order of the calls, until the new one is synced in the background and takes the old one's place; that
 * is done by a later wal_flush. */
/* The file grew to more than 4 times what it was when new and over 1 MiB, or records are missing in it; not
 * while one is being written, nor within a minute (of wal_sync's time) after that failed. */
bool wal_wants_anew(const struct wal *w);
/* ERR_IO: errno. ERR_USAGE: one is being written. */
enum err wal_anew_begin(struct wal *w) MUST_CHECK;
/* ERR_IO: it failed, now or since; the old file goes on, begin anew later. */
enum err wal_anew_add(struct wal *w, struct str records) MUST_CHECK;
enum err wal_anew_done(struct wal *w) MUST_CHECK;
/* One is being written, or waits to take the old one's place. */
bool wal_anew_under_way(const struct wal *w);

/* Bytes written to the file. */
uint64_t wal_size(const struct wal *w);
/* Flushed and synced. One being written anew is given up: the old file has everything. */
void wal_close(struct wal *w);

#endif
