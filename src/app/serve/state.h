/* The folder of what outlives the process: a lock, the database, and the bindings.
 *
 * Bindings: one file a worker, "bindings.G.I", where G is a generation. Each start reads all files there are, whatever
 * the number of workers was, into the shards they belong to now, writes generation G + 1 and removes the older ones:
 * nothing is served before that, so whatever is read twice says the same. */
#ifndef APP_SERVE_STATE_H
#define APP_SERVE_STATE_H

#include "flow/edge/edge.h"
#include "io/wal/wal.h"

struct state {
    char folder[4096];
    int lock; /* descriptor; -1: none */
};

/* Makes the folder (0700) where it is not there, and locks it. False after telling on standard error. */
bool state_open(struct state *st, const char *folder) MUST_CHECK;
/* Reads what there is into edges[0..n), by their key; opens a new file for each; those that were opened
 * are the caller's, also when it fails. False after telling on standard error. */
bool state_restore(struct state *st, struct edge *const *edges, const struct hash_key *key,
                   size_t n, usec_t now, struct wal **ret_wals) MUST_CHECK;
void state_close(struct state *st);

#endif
