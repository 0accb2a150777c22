/* A load of phones: registrations (REGISTER, 401, REGISTER, 200) over UDP, TCP or TLS at a given rate or so many at a time, cheap
 * enough to be measured against. What it is asked for stands in main.c; here is what its parts share.
 *
 * Threads share nothing: each has its own phones, sockets and figures. */
#ifndef TEST_TOOLS_SIPLOAD_H
#define TEST_TOOLS_SIPLOAD_H

#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

enum via { VIA_UDP, VIA_TCP, VIA_TLS };

enum { MESSAGE_MOST = 2048, CHALLENGE_MOST = 256, BATCH = 32, WATCHED = 64, USER_LEN = 8 };
enum { FIRST_USER = 10000000 };

/* What was confirmed to a user: a lifetime in seconds, not above 0 where he unregistered, and when. */
struct held {
    uint32_t user;
    long granted;
    long long when;
};

struct options {
    struct sockaddr_in to;
    enum via via;
    bool each;      /* a new connection for each registration */
    bool silent;    /* connections only: nothing is said on them */
    bool once;      /* all lines are opened before anything else */
    bool resume;    /* TLS sessions are resumed */
    bool hold;      /* at the end, keeps everything open until standard input ends */
    unsigned users; /* phones; each belongs to one thread and one line */
    unsigned first; /* number of the first */
    unsigned threads;
    unsigned lines;   /* of each thread: UDP sockets or connections */
    unsigned sources; /* source addresses, 127.0.0.2 and so on; 0: the system's choice */
    unsigned flight;  /* registrations at a time of each thread; without a rate */
    double rate;      /* registrations a second of each thread; 0: so many at a time */
    uint64_t count;   /* registrations of each thread; 0: as time allows */
    uint64_t warm, time, give_up; /* ns: before counting, of counting, for one registration */
    unsigned expires;             /* s; 0 unregisters */
    unsigned wrong;               /* per cent of the registrations have a wrong response */
    unsigned broken;              /* per cent are preceded by a message with damaged bytes */
    unsigned seed;
    int tls; /* TLS1_2_VERSION, TLS1_3_VERSION, or 0 for what both sides like */
    const char *domain;
    const char *realm; /* for the list; else the challenge names it */
    const char *acked; /* file: one line for each binding that was confirmed */
    const char *fetch; /* such a file: its bindings are asked for; nothing is registered */
    struct held *held; /* of that file, n_held of them, in no order */
    uint32_t n_held;
    const char *ca, *cert, *key;
    pid_t watch[WATCHED]; /* whose CPU is counted */
    unsigned n_watch;
};

/* --- figures (figures.c) */

enum { BUCKETS = 64 * 32 };

/* Times from 1 us on, within 3 %. */
struct spread {
    uint64_t n, most;
    uint32_t bucket[BUCKETS];
};
void spread_add(struct spread *s, uint64_t ns);
void spread_join(struct spread *to, const struct spread *s);
/* Microseconds that `part` of all (0 to 1) do not exceed. */
double spread_at(const struct spread *s, double part);

struct figures {
    uint64_t begun, done, refused, lost, closed, unsent; /* registrations, over the whole run */
    uint64_t counted;                                    /* done within the time that counts */
    uint64_t again, stale, stray;     /* retransmissions; nonces too old; answers to nothing */
    uint64_t opened, failed, resumed; /* connections */
    uint64_t status[7];               /* answers, by hundreds */
    uint64_t broken;                  /* damaged messages sent */
    uint64_t missing;                 /* bindings that were confirmed and are not there */
    struct spread took;               /* from when it was due to its 200, of those counted */
    struct spread late;               /* from when it was due to when it was begun */
};
void figures_join(struct figures *to, const struct figures *f);

/* CPU and wall time of a stretch of the run, ns. */
struct clocks {
    uint64_t wall, own, watched;
};
void clocks_read(const struct options *o, struct clocks *ret);
/* One line of JSON. */
void figures_print(FILE *f, const struct options *o, const struct figures *all,
                   const struct clocks *from, const struct clocks *to);

uint64_t now_ns(void);

/* --- messages (message.c, answer.c) */

/* What one REGISTER says. */
struct said {
    uint32_t user, slot, gen, cseq;
    unsigned phase; /* 0: without credentials */
    bool wrong;
    const char *challenge; /* of phase 1 on: see answer_challenge */
};

struct writer {
    const struct options *o;
    char text[MESSAGE_MOST]; /* the REGISTER without credentials */
    size_t len, head;        /* head: where the credentials go */
    struct patch {
        uint16_t at;
        uint8_t what;
    } patch[16];
    size_t n_patches;
    EVP_MD *md5;
    EVP_MD_CTX *ctx;
    char ha2[32];
    char realm[64];
    char (*ha1)[32]; /* of each user for that realm */
    bool *has_ha1;
};
void writer_init(struct writer *w, const struct options *o, unsigned run);
void writer_clear(struct writer *w);
/* Bytes written to `out`, which has room for MESSAGE_MOST. */
size_t writer_register(struct writer *w, const struct said *said, char *out);
/* The secret of a user, NUL-terminated: what every side derives by the same rule. */
void user_secret(uint32_t user, char ret_secret[32]);
/* Prints "user secret HA1" for each user. */
void users_print(const struct options *o);

struct answer {
    unsigned status;
    bool ours; /* slot, gen and phase are set */
    uint32_t slot, gen;
    unsigned phase;
    const char *text;
    size_t len;
};
void answer_read(const char *text, size_t len, struct answer *ret);
/* Realm, nonce, opaque, each NUL-terminated, then 'q' where qop is offered and 's' where the nonce before was stale, else
 * '-'. False: no MD5 challenge that fits. */
bool answer_challenge(const struct answer *a, char ret_challenge[CHALLENGE_MOST]);
/* Seconds granted; -1: the answer does not say. */
long answer_expires(const struct answer *a);

/* --- what was confirmed (fetch.c) */

/* Reads the file `fetch`: those users of it that the load has. */
void fetch_read(struct options *o);
/* Whether the answer has what was confirmed to that user; if not, says so. */
bool fetch_check(const struct options *o, const struct answer *a, uint32_t user);

/* --- a thread (thread.c; phones.c: registrations; line.c: sockets; secure.c: TLS) */

struct thread;

enum line_state { LINE_CLOSED, LINE_CONNECTING, LINE_SHAKING, LINE_OPEN };

/* A UDP socket or a connection. */
struct line {
    struct thread *t;
    int fd;
    uint32_t number;
    uint8_t state;
    uint32_t
        waiting; /* the slot of the registration that waits for the connection, or owns it; or NONE */
    SSL *ssl;
    char *rest; /* of a message that has not come whole, or NULL */
    size_t n_rest;
    char *unsent; /* what the kernel did not take */
    size_t n_unsent;
    struct batch *batch; /* UDP: what leaves at the end of the turn */
};

#define NONE UINT32_MAX
enum { LEVELS = 4 };

/* A registration under way. */
struct slot {
    uint32_t user, gen, cseq;
    uint32_t next, prev; /* in its list */
    uint8_t phase, level, stales;
    bool used, wrong;
    struct line *line;
    uint64_t due;   /* when it was to begin, ns */
    uint64_t again; /* when it is sent again or given up */
    char challenge[CHALLENGE_MOST];
};

/* Slots in the order of their `again`: each level waits equally long. */
struct queue {
    uint32_t first, last;
};

struct thread {
    const struct options *o;
    unsigned number;
    struct figures f;
    struct writer w;
    struct line *lines;
    struct slot *slots;
    uint32_t n_slots, n_free, in_flight;
    uint32_t *free_slots;
    struct queue queue[LEVELS + 1];   /* the last: given up when it is their turn */
    uint64_t start, count_from, stop; /* ns */
    uint64_t now;
    uint32_t gen, next_user, next_line, n_open;
    int poll;
    SSL_CTX *ctx;
    SSL_SESSION *session;
    FILE *acked;
    uint64_t random;
    char *room; /* BATCH datagrams, or what a connection says */
    char message[MESSAGE_MOST];
};

/* thread.c: opens its lines; registers until its time or count is over; gives everything back. `o`, `w`, `number` are set. */
void thread_open(struct thread *t);
void thread_talk(struct thread *t);
void thread_close(struct thread *t);

/* phones.c */
void phones_init(struct thread *t);
void phones_clear(struct thread *t);
/* Begins what is due, repeats what was not answered. */
void phones_turn(struct thread *t);
/* Nanoseconds until there is something to do. */
uint64_t phones_wait(const struct thread *t);
bool phones_over(const struct thread *t);
void phones_on_answer(struct thread *t, const char *text, size_t len);
/* The line is up; gone. */
void phones_on_open(struct line *l);
void phones_on_closed(struct line *l);

/* line.c */
void lines_init(struct thread *t);
void lines_clear(struct thread *t);
bool line_open(struct line *l);
void line_send(struct line *l, const char *text, size_t len);
void line_on(struct line *l, uint32_t events);
void line_close(struct line *l);
/* Sends the datagrams that gathered. */
void lines_flush(struct thread *t);

/* secure.c: results as read() and write(): -1 with EAGAIN: later. */
SSL_CTX *secure_ctx(struct thread *t);
void secure_new(struct line *l);
/* 1: done; 0: not yet; -1: failed. */
int secure_shake(struct line *l);
ssize_t secure_read(struct line *l, char *room, size_t len);
ssize_t secure_write(struct line *l, const char *text, size_t len);
void secure_free(struct line *l);

_Noreturn void die(const char *what);

#endif
