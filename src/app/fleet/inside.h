/* Between the files of the fleet. */
#ifndef APP_FLEET_INSIDE_H
#define APP_FLEET_INSIDE_H

#include <pthread.h>

#include "app/cli/cli.h"
#include "app/desk/desk.h"
#include "app/diagnose/secret.h"
#include "base/hash.h"
#include "base/index.h"
#include "base/wheel.h"
#include "flow/agent/agent.h"
#include "flow/fleet/pace.h"
#include "flow/fleet/tally.h"
#include "io/loop/loop.h"
#include "io/pki/pki.h"
#include "io/stream/stream.h"
#include "io/tls/client.h"
#include "io/udp/udp.h"

enum {
    FLEET_PHONES = 1000000,
    FLEET_THREADS = 64,
    FLEET_USER = 24, /* bytes of a user's name with NUL */
    FLEET_SOCKETS = 32,
    FLEET_TEXT = 256,
};

/* What was asked for; texts are the command line's. */
struct fleet_cfg {
    uint64_t phones, seed;
    uint64_t first_user;
    unsigned threads;
    const char *server, *domain, *pace_text;
    enum select_transport transport;
    struct pace pace;
    usec_t length;   /* of all of it; USEC_NONE: until every phone was up once, or gave up */
    usec_t storm_at; /* all begin anew; USEC_NONE: never */
    uint32_t expires;
    struct addr from;        /* the first local address; none: the system's choice */
    unsigned froms;          /* so many, counting up */
    struct secrets *secrets; /* owned */
    struct tls_client *tls;  /* owned; NULL: not over TLS */
    /* Whole journeys, from the name of the activation service on. */
    bool journeys;
    struct desk_cfg desk;
    struct handset_lease lease[FLEET_SOCKETS]; /* one for each of `froms` */
    struct pki_pair *authority; /* owned: signs what phones show; NULL: they show nothing */
    struct buf trust;           /* owned */
};

/* Reads the command line. False after telling what is wrong. */
bool fleet_cfg_read(const struct cli_args *a, struct fleet_cfg *ret);
extern const struct cli_option fleet_option_table[];

struct worker;

/* One phone. Rows of the worker's table; the number is k / threads. */
struct member {
    struct index_link link; /* by user */
    struct wheel_entry timer;
    struct agent agent;
    struct agent_line line;
    usec_t due;   /* when it was to begin, run time */
    usec_t wakes; /* what the timer is set to */
    usec_t asked; /* a REGISTER without credentials is on the way since; USEC_NONE */
    struct worker *worker;
    struct stream *stream; /* its connection, begun or open; NULL: none */
    uint32_t number;
    uint8_t socket;
    bool begun, up, was_up, failed;
    char user[FLEET_USER];
};

/* A phone that makes the whole journey. Rows of the worker's table, as members are. */
struct traveller {
    struct desk desk; /* first */
    struct worker *worker;
    usec_t due, asked;
    uint32_t number;
    bool begun, up, was_up, failed;
};

struct fleet;

/* A thread with its share of the phones: every n-th. */
struct worker {
    struct fleet *fleet;
    unsigned number;
    pthread_t thread;
    struct loop *loop;
    struct loop_timer *timer, *second;
    struct loop_turn turn;
    struct agent_work *work;
    struct hash_key key;
    struct rows members;
    struct rows travellers;
    struct desks *desks;       /* NULL: no journeys */
    struct pki_pair *identity; /* owned: whose key all travellers have; NULL: none was needed yet */
    struct index by_user;
    struct wheel wheel;
    struct udp *udp[FLEET_SOCKETS];
    struct endpoint local[FLEET_SOCKETS];
    unsigned n_udp;
    struct stream_server *streams; /* NULL over UDP */
    unsigned way;
    usec_t start, date0; /* run time when the pace began */
    uint64_t next;       /* of its phones: the next that begins */
    usec_t next_due;     /* since the start; USEC_NONE: no more */
    uint32_t stormed;    /* members that the storm has reached */
    struct tally tally;
    uint64_t settled; /* phones that were up once or failed */
    usec_t cpu;       /* of the thread, at the last look */
    usec_t looked;
    double busiest;
    uint64_t connected, trimmed; /* as last looked at, as of the last trim */
    /* What main looks at, under the lock. */
    pthread_mutex_t lock;
    struct tally shown;
    uint64_t shown_settled;
    double shown_busiest;
    usec_t shown_cpu;
};

struct fleet {
    struct fleet_cfg cfg;
    struct agent_cfg agent;
    char server[FLEET_TEXT];
    struct worker *worker;
    unsigned n;
};

/* -- one phone that travels (traveller.c) */

enum err traveller_init(struct worker *w, struct traveller *t, uint64_t k) MUST_CHECK;
void traveller_start(struct worker *w, struct traveller *t, usec_t due, usec_t now);
void traveller_storm(struct worker *w, struct traveller *t, usec_t due);
struct mac fleet_mac(uint64_t seed, uint64_t k);
/* What a hub imports to know them all. */
int fleet_list(const struct fleet_cfg *cfg);

/* Makes its phones, and the sockets; nothing is sent yet. ERR_MEMORY, ERR_IO. */
enum err worker_init(struct worker *w, struct fleet *f, unsigned number) MUST_CHECK;
void worker_clear(struct worker *w);
/* The body of the thread; until loop_stop. */
void *worker_run(void *worker);

/* -- one phone (member.c) */

enum err member_init(struct worker *w, struct member *m, uint64_t k) MUST_CHECK;
void member_start(struct worker *w, struct member *m, usec_t due, usec_t now);
/* Carries out what the agent wants, and sets its timer anew. */
void member_settle(struct worker *w, struct member *m, usec_t now);
void member_on_time(struct worker *w, struct member *m, usec_t now);
/* The phone that a message is for, by its user; NULL: none of ours. */
struct member *member_find(struct worker *w, struct str message);
/* Its connection is ended, and nothing more is heard of it. */
void member_cut(struct member *m);
/* What happens to connections; server_ctx: the worker. */
extern const struct stream_on member_on_stream;
void member_on_datagram(void *ctx, struct udp *u, struct endpoint peer, struct endpoint local,
                        struct str bytes);

#endif
