/* A thread that serves: one loop, its sockets, its connections, one shard of the edge with its file of bindings.
 * Threads share nothing but letters. */
#ifndef APP_SERVE_WORKER_H
#define APP_SERVE_WORKER_H

#include <stdatomic.h>

#include "app/hub/hub.h"
#include "app/serve/plan.h"
#include "io/store/store.h"
#include "io/wal/wal.h"

struct worker;

/* What a worker tells of itself at the end of each turn, for /metrics; any thread reads it. */
enum tally {
#define TALLY(id, name, type, labels, help) TALLY_##id,
#include "app/serve/tally.def"
#undef TALLY
    TALLY_EDGE, /* from here on the counters of the edge */
    TALLIES = TALLY_EDGE + EDGE_COUNTS,
};
uint64_t worker_tally(const struct worker *w, unsigned tally);
/* Run time (CLOCK_MONOTONIC) at which it was last seen alive; at most a second old where all is well. */
usec_t worker_alive(const struct worker *w);

struct workers {
    struct worker *at[WORKERS_MOST];
    size_t n;
    struct hash_key key; /* of shards */
};

/* What a worker is made of. It takes over the edge, the file and the descriptors, also when it fails; tls, plan and
 * store stay the caller's and outlive it. */
struct worker_cfg {
    const struct plan *plan;
    struct workers *all; /* at[index] is set when it is made */
    unsigned index;
    struct edge *edge;
    struct wal *wal;     /* NULL: nothing is kept */
    struct store *store; /* NULL: no journal */
    struct hub *hub;     /* NULL: none */
    struct tls_server *tls;
    int fd[LISTENERS_MOST];           /* in the order of the plan */
    const struct plan_phones *phones; /* NULL: none are served */
    struct tls_server *phones_tls;
    int phones_fd[PHONES_LISTENERS]; /* in the order of the plan */
    struct loop *owner;              /* gets the letters back that are answered */
};
enum err worker_new(const struct worker_cfg *cfg, struct worker **ret) MUST_CHECK;
/* Once all of them are made. */
enum err worker_start(struct worker *w) MUST_CHECK;
/* Waits for its end (worker_stop) and frees it. */
void worker_join(struct worker *w);

/* -- What the owner asks; each is a letter, none waits. */

/* No new connections, those there are end one by one until `until` (run time). */
void worker_drain(struct worker *w, usec_t until, uint32_t seconds);
/* The last turn: what was answered leaves, sockets are closed. `done` is called in the owner's thread; when all are
 * quiet no letter is on its way between them any more, and they may be stopped. */
void worker_quiet(struct worker *w, void (*done)(void *owner_ctx));
void worker_stop(struct worker *w);
/* New connections get these certificates, each where it is not NULL; the old ones may be freed once all workers are
 * `done`. */
void worker_tls(struct worker *w, struct tls_server *tls, struct tls_server *phones,
                void (*done)(void *owner_ctx));

/* Does its part of the order, then hub_order_done. */
void worker_order(struct worker *w, struct hub_order *order);

/* Accounts: those of its shard are put, those named are removed; `done` is called in the owner's thread. Both lists
 * stay until then. */
struct worker_accounts {
    const struct account_row *row;
    size_t n;
    const struct str *gone;
    size_t n_gone;
    void (*done)(void *ctx, struct worker_accounts *a);
    atomic_size_t left, failed; /* workers that are not ready yet; rows that were not taken */
};
void worker_put_accounts(struct worker *w, struct worker_accounts *a);

#endif
