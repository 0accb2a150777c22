/* What the files of a worker share. All of it is its own thread's but for the atomics. */
#ifndef APP_SERVE_WORKER_INSIDE_H
#define APP_SERVE_WORKER_INSIDE_H

#include <pthread.h>

#include "app/serve/parcel.h"
#include "app/serve/worker.h"
#include "io/udp/udp.h"
#include "proto/sip/sip_frame.h"

/* One UDP socket. */
struct port {
    struct worker *worker;
    struct udp *udp; /* NULL: the listener is no UDP */
    uint8_t listener;
};

struct worker {
    struct worker_cfg cfg;
    pthread_t thread;
    bool started;
    bool quiet;                   /* about to end: no more letters to others */
    struct loop_letter *quieting; /* who wants to know when; waits for the hub's last answers */
    struct loop *loop;
    struct loop_turn turn;
    struct loop_timer *timer, *pulse, *draining;
    struct port port[LISTENERS_MOST];
    struct stream_server *streams;
    struct edge *edge;
    struct phones *phones; /* NULL: none are served */
    struct wal *wal;
    struct parcel *out[WORKERS_MOST]; /* being filled in this turn */
    atomic_size_t mail;               /* bytes on their way to this one */
    struct arena arena;               /* of one answer to edge_contacts */
    struct buf line;                  /* a fact as text */
    const struct edge_from *from;     /* of the message that is being answered; NULL: none */

    uint64_t handshakes_seen,
        handshakes_trimmed; /* at the last pulse; when memory was given back */
    unsigned unflushed;     /* datagrams since records went to disk */
    usec_t drain_until;     /* run time; USEC_NONE: not draining */
    unsigned load;
    usec_t calm; /* run time since when the lag asks for a lower level */
    uint32_t cursor;
    bool anew;
    uint64_t own[TALLY_EDGE]; /* counters of this file's kin */
    atomic_uint_fast64_t tally[TALLIES];
    atomic_int_fast64_t alive;
};

/* Tells who waits for it that nothing is under way any more. */
void worker_quieted(struct worker *w);
/* Whether the account of that user is of its shard. */
bool worker_has(const struct worker *w, struct str user);

/* worker_net.c: sockets. */
enum err worker_listen(struct worker *w) MUST_CHECK;
void worker_unlisten(struct worker *w);
/* A message for the shard of this one, or for another's. */
void worker_message(struct worker *w, const struct edge_from *from, struct str bytes);

/* worker_phones.c: activation and provisioning, where the plan has them. */
enum err worker_phones(struct worker *w) MUST_CHECK;

/* worker_act.c: what the edge wants done. */
void worker_act(struct worker *w);
void worker_send(struct worker *w, uint16_t asker, const struct flow *flow, struct str bytes);
void worker_close(struct worker *w, const struct flow *flow);

/* worker_turn.c: the end of a turn. */
void worker_keep(struct worker *w); /* what was stored goes to disk */
void worker_turn(void *ctx);
usec_t worker_clock(void); /* run time, now */

#endif
