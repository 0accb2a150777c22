/* Connecting to a server by UDP, TCP or TLS, each step with a deadline, and saying exactly how it failed.
 * One connection at a time, in the caller's thread: for a tool that asks, not for one that serves.
 * A certificate that does not verify is noted, not refused: who asks wants to see it. */
#ifndef IO_DIAL_DIAL_H
#define IO_DIAL_DIAL_H

#include "base/addr.h"
#include "base/err.h"
#include "base/time.h"

enum dial_transport { DIAL_UDP, DIAL_TCP };

enum dial_outcome {
    DIAL_OK,
    DIAL_TIMEOUT,     /* no answer in time */
    DIAL_REFUSED,     /* RST to a SYN, or ICMP port unreachable */
    DIAL_UNREACHABLE, /* no route, or ICMP says so */
    DIAL_RESET,       /* RST behind the handshake of TCP */
    DIAL_CLOSED,      /* the peer closed */
    DIAL_ALERT,       /* TLS: the peer sent an alert (`alert`) */
    DIAL_REJECTED, /* TLS: what the peer sent is not acceptable to us (`text`); a version below ours, for one */
    DIAL_NOT_TLS, /* something else than TLS answers */
    DIAL_LOCAL,   /* this host refuses (errno in `error`) */
};

enum { DIAL_CHAIN = 10, DIAL_TEXT = 160 };

/* What a TLS client trusts and offers. */
struct dial_cfg {
    const char *ca_file;   /* PEM; NULL: what this host trusts */
    const char *cert_file; /* PEM, own certificate with its chain; NULL: none */
    const char *key_file;  /* PEM */
    unsigned minimum,
        maximum; /* 0x0301 (TLS 1.0) to 0x0304 (TLS 1.3); 0: the lowest, the highest */
};

struct dial_context;

/* NULL after writing into reterr what is wrong with a file. */
struct dial_context *dial_context_new(const struct dial_cfg *cfg, char reterr[DIAL_TEXT]);
void dial_context_free(struct dial_context *c);

struct dial {
    int fd;    /* -1: not connected */
    void *ssl; /* owned; NULL: without TLS */
    enum dial_transport transport;
    struct endpoint local, remote;
    int64_t connect_us;   /* to the end of TCP's handshake */
    int64_t handshake_us; /* of TLS */
    int error;            /* errno of the failure, 0 without one */
    int alert;            /* description that the peer sent (RFC 8446 6); -1 none */
    char text[DIAL_TEXT]; /* of the failure, in the library's words; may be empty */
};

/* What the peer showed in a TLS handshake. Views live as long as the connection. */
struct dial_peer {
    unsigned version;         /* 0x0301 to 0x0304 */
    const char *version_text; /* "TLSv1.2" */
    const char *cipher;
    struct str chain[DIAL_CHAIN]; /* DER, as sent, the server's own first */
    size_t n_chain;
    bool asked;              /* it wants a certificate of ours */
    long verify;             /* 0: the chain ends in a trusted one, and none is out of date */
    const char *verify_text; /* "unable to get local issuer certificate" */
    int verify_depth;        /* of the certificate that failed */
};

/* Connects; UDP: binds the peer. `from` may be NULL, or names a local address (and port) to use. */
enum dial_outcome dial_open(struct dial *d, enum dial_transport t, const struct endpoint *from,
                            struct endpoint to, unsigned wait_ms);
/* TLS over a connection that stands. `name` is the SNI; NULL or an address: none is sent. */
enum dial_outcome dial_secure(struct dial *d, struct dial_context *c, const char *name,
                              unsigned wait_ms);
/* After a handshake that ended well, or went wrong behind the certificate. False: none came; `asked` is set
 * all the same. */
bool dial_peer(const struct dial *d, struct dial_peer *ret_p);
/* All of `bytes`. */
enum dial_outcome dial_send(struct dial *d, struct str bytes, unsigned wait_ms);
/* Some bytes, at least one, or one datagram; at most `most`. DIAL_CLOSED: the peer ended the connection. */
enum dial_outcome dial_receive(struct dial *d, void *to, size_t most, size_t *ret_n,
                               unsigned wait_ms);
void dial_close(struct dial *d);

/* "timeout", "refused" ...: constant. */
const char *dial_outcome_name(enum dial_outcome o);
/* "handshake failure" for 40 (RFC 8446 6); "alert" for unknown numbers. */
const char *dial_alert_name(int alert);

#endif
