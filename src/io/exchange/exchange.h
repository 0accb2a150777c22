/* One message out, one answer back: what asks name and time servers. Many at once.
 *
 * Own sockets and not a resolver library: a probe has to see what a library hides. c-ares (1.18) drops an
 * answer without a question (unbound refuses that way) and so calls a refusal silence, does not tell an
 * unreachable host from a refused port, nor an answer that came from another address, and tells no time of
 * a single try. */
#ifndef IO_EXCHANGE_H
#define IO_EXCHANGE_H

#include "base/addr.h"
#include "base/err.h"
#include "base/time.h"

enum {
    EXCHANGE_MOST = 64,     /* at once */
    EXCHANGE_BYTES = 65535, /* of one message */
    EXCHANGE_RESOLVERS = 8, /* of this host */
    EXCHANGE_DOMAIN = 256,
};

enum exchange_end {
    EXCHANGE_NONE, /* not run */
    EXCHANGE_ANSWERED,
    EXCHANGE_SILENT,      /* nothing in time */
    EXCHANGE_REFUSED,     /* the port is closed: ICMP, or a reset when connecting */
    EXCHANGE_UNREACHABLE, /* this host or a router knows no way, or a filter says no: os_error */
    EXCHANGE_CLOSED,      /* TCP: ended or reset before the answer was whole */
};

struct exchange {
    /* Given. */
    struct endpoint to;
    bool tcp;         /* each message behind two bytes of length, as DNS has it (RFC 1035 4.2.2) */
    struct str bytes; /* the caller's until the end */
    /* Whether `answer` is one to this; others are passed over. NULL: any. */
    bool (*fits)(const void *ctx, struct str answer);
    const void *ctx;
    unsigned tries;   /* UDP: sent at most so often; 0 counts as 1 */
    unsigned wait_ms; /* for one try; TCP: for all of it */

    /* What became of it. */
    enum exchange_end end;
    int os_error;          /* with EXCHANGE_UNREACHABLE and _CLOSED; 0: none */
    char *answer;          /* owned */
    size_t len;            /* bytes of it */
    usec_t sent;           /* the date when it was first sent (TCP: when connecting began) */
    usec_t last;           /* the date when it was last sent (TCP: when the bytes were) */
    usec_t arrived;        /* the date when it ended, or the answer was there */
    usec_t took;           /* run time from the first sending to the end */
    unsigned n_sent;       /* tries */
    unsigned strays;       /* answers that came from elsewhere, or did not fit */
    struct endpoint stray; /* where the last one from elsewhere came from; none: did not fit */

    /* The exchange's own. */
    int fd;
    bool connecting;
    usec_t begun, due; /* run time */
    size_t at;         /* TCP: bytes of length and message sent, then received */
    bool reading;
    uint8_t head[2];
};

/* Runs all of them side by side until each has ended. ERR_MEMORY; ERR_IO with errno where this host has no
 * socket left; ERR_LIMIT for more than EXCHANGE_MOST. Answers are freed by exchange_clear, also then. */
enum err exchange_run(struct exchange *x, size_t n) MUST_CHECK;
void exchange_clear(struct exchange *x, size_t n);
static inline struct str exchange_answer(const struct exchange *x)
{
    return str_of(x->answer, x->len);
}

/* -- one of them, driven by who has a loop of his own: begin, then serve whenever `fd` is ready (to be written to while exchange_writes
 * says so, else to be read from) or `due` has come, until fd is -1: `end` tells then. `due` is of CLOCK_MONOTONIC, in microseconds. */
enum err exchange_begin(struct exchange *x) MUST_CHECK; /* ERR_IO: no socket is left */
/* `room`: EXCHANGE_BYTES for its use, shared by all. */
void exchange_serve(struct exchange *x, bool ready, char *room);
static inline bool exchange_writes(const struct exchange *x)
{
    return x->tcp && !x->reading;
}
/* Ends it, whatever came. */
void exchange_stop(struct exchange *x);

/* The name servers of this host in their order, without those of one link (fe80::1%eth0), and the domain that
 * it looks in ("" for none), from a file as /etc/resolv.conf (NULL). ERR_IO with errno where it cannot be read. */
enum err exchange_resolvers(const char *file, struct endpoint ret[EXCHANGE_RESOLVERS],
                            size_t *ret_n, char ret_domain[EXCHANGE_DOMAIN]) MUST_CHECK;

#endif
