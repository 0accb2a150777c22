/* Inside the module: what a connection is made of. */
#ifndef IO_STREAM_INSIDE_H
#define IO_STREAM_INSIDE_H

#include <openssl/ssl.h>

#include "base/client.h"
#include "base/hash.h"
#include "base/wheel.h"
#include "io/stream/stream.h"
#include "io/tls/server.h"

enum stream_state {
    STREAM_HANDSHAKE,
    STREAM_OPEN,
    STREAM_HALF,   /* the peer has ended its side: what is still owed to it is sent */
    STREAM_ENDING, /* stream_end: closed once everything is out */
    STREAM_LINGER, /* our side is shut: read until the peer sees it, so that no reset eats our last bytes */
    STREAM_DEAD, /* closed, waiting to be told and freed */
};

/* What a connection can be too late with. */
enum stream_due { DUE_FIRST, DUE_PIECE, DUE_WRITE, DUE_IDLE, DUES };

enum {
    STREAM_READ = 16 * 1024, /* bytes that one read takes */
    STREAM_READS = 16,       /* reads before others have their turn */
    STREAM_SHAKES =
        16, /* steps of handshakes in one turn, a third of a millisecond each and more */
    STREAM_LINGER_USEC = 2000000,
    STREAM_HALF_USEC = 500000,
    STREAM_PAUSE_USEC = 100000, /* no accepts for so long, when descriptors are used up */
    STREAM_ACCEPTS = 64,        /* in one go */
    STREAM_ROUNDS = 4, /* of writing in one turn, where more is sent as soon as all is out */
};

struct piece_buffer {
    char *p;
    uint32_t len, cap, at; /* bytes [at, len) wait */
};

struct stream_listener;

struct stream {
    struct wheel_entry entry; /* first: the wheel gives it back */
    struct stream_server *server;
    struct stream_listener *listener;
    SSL *ssl; /* NULL: plain TCP */
    struct loop_watch *watch;
    void *ctx;
    struct stream *next_dirty, *next_dead, *next_again;
    struct piece_buffer in, out; /* no memory while nothing waits */
    char *certificate;
    struct client_cert *client; /* where clients are judged; owned */
    const char *why;
    usec_t due[DUES]; /* USEC_NONE: not running */
    usec_t heard;     /* when it last said something whole; 0: never */
    int fd;
    uint32_t slot, serial;
    uint16_t certificate_len;
    uint8_t state;
    uint8_t watching; /* LOOP_READ, LOOP_WRITE */
    bool dirty, again, opened;
    bool held;      /* not read from while much waits for it */
    bool on_hold;   /* nor while the server's side does not want it */
    bool due_again; /* it wants what waits once more */
    bool ours;      /* we began it */
    bool connecting;
    struct endpoint peer, local;
};

struct stream_listener {
    struct stream_server *server;
    struct loop_watch *watch;
    int fd;
    unsigned tag;
    bool tls, paused;
    bool way; /* nothing is accepted: connections that we begin */
    SSL_CTX *ctx;
    bool shares;         /* connections that we begin keep one session between them */
    SSL_SESSION *shared; /* owned: that of the first; NULL */
    bool asks_clients, judges;
    const struct stream_on *on;
    void *server_ctx;
};

/* Connections by the peer's address. */
struct peer_count {
    struct addr ip; /* none: free */
    uint32_t n;
};

enum { STREAM_LISTENERS = 16 };

struct stream_server {
    struct loop *loop;
    struct stream_limits limits;
    struct stream_counts counts;
    struct stream_listener listener[STREAM_LISTENERS];
    size_t n_listeners;
    struct stream **slots;
    uint32_t n_slots, free_slots, *free_slot; /* a stack */
    uint32_t last_serial, end_cursor;
    size_t n, handshaking;
    unsigned shaken; /* steps of handshakes in this turn */
    struct peer_count *peers;
    size_t peers_cap, n_peers;
    struct hash_key peer_key;
    struct wheel wheel;
    struct loop_timer *timer;
    struct stream *dirty, *dead, *again;
    bool paused;   /* accepting */
    usec_t resume; /* USEC_NONE: when there is room */
    bool stopped;
    char *room; /* STREAM_READ bytes */
};

/* stream.c */
void stream_due_set(struct stream *s, enum stream_due what, usec_t when);
void stream_wake(struct stream_server *sv, usec_t when);
/* Marks it dead: told and freed by the loop. `why`: NULL for a regular end. */
void stream_kill(struct stream *s, const char *why);
/* stream_io.c */
void stream_ready(void *ctx, unsigned events);
void stream_read(struct stream *s);
/* Hands over what waits, if it is due. */
void stream_redeliver(struct stream *s);
/* After the others: reads, whatever its descriptor shows. */
void stream_read_later(struct stream *s);
void stream_write(struct stream *s);
bool stream_watch(struct stream *s, unsigned events);
/* Tries the handshake; opens when it is done. */
void stream_shake(struct stream *s);
void stream_opened(struct stream *s);
/* One that never opened: counted and told. */
void stream_unshaken(struct stream *s, const char *reason, const char *text);
/* stream_connect.c */
/* It can be written to, or could not be connected. */
void stream_connected(struct stream *s);
/* stream_accept.c */
void stream_accept_again(struct stream_server *sv);
bool stream_peer_add(struct stream_server *sv, struct addr ip);
void stream_peer_remove(struct stream_server *sv, struct addr ip);
struct stream *stream_add(struct stream_listener *l, int fd, struct endpoint peer);

#endif
