/* Connections, accepted or begun: TCP or TLS behind one face, driven by poll on their own descriptors. An idle TLS connection costs at most
 * 15 KB in this process. Every limit and deadline against slow, silent and greedy peers lives here. */
#ifndef IO_STREAM_STREAM_H
#define IO_STREAM_STREAM_H

#include "base/addr.h"
#include "base/mac.h"
#include "io/loop/loop.h"

struct client_cert; /* base/client.h */
struct tls_client;  /* io/tls/client.h */
struct tls_server;  /* io/tls/server.h */
struct stream;
struct stream_server; /* all connections of one loop */

struct stream_limits {
    size_t most; /* connections of this loop: 16,000 */
    size_t
        most_of_peer; /* from one address (IPv6: one /64), before and after the handshake: 4,096 (a site behind one NAT address is many phones) */
    size_t handshaking; /* TLS handshakes at once: 2,000; further accepts wait in the kernel */
    size_t input_most;  /* bytes of an unfinished piece: 65,535 */
    size_t
        output_most; /* bytes that wait for a slow reader: 256 KiB; past it the connection is ended */
    usec_t handshake; /* 10 s */
    usec_t piece;     /* from the first byte of a piece to its last: 10 s; 0: never */
    usec_t idle;      /* nothing at all: 0 (never): phones keep silent between refreshes */
    usec_t first;     /* from accepted (handshake done) to the first whole piece: 30 s */
    usec_t write;     /* bytes wait and nothing goes out: 20 s */
};

/* The figures above. */
extern const struct stream_limits stream_limits_usual;

struct stream_on {
    /* Accepted, handshake done. What it returns is the stream's ctx (may be NULL). */
    void *(*opened)(void *server_ctx, struct stream *s);
    /* All bytes that wait, from the start of a piece. Returns how many it used up; the rest comes again with more
     * behind it. May send and end, here and on other connections. */
    size_t (*bytes)(void *ctx, struct stream *s, struct str bytes);
    /* Once for each opened one; `why` in plain words, NULL: the peer ended it, or stream_end did. May be NULL. */
    void (*closed)(void *ctx, struct stream *s, const char *why);
    /* TLS: a handshake failed, nothing was opened. `reason`: the alert that the peer sent ("unknown_ca"), or
     * "no-shared-cipher", "no-shared-version", "not-tls", "timeout", "closed", "other"; `text`: OpenSSL's words,
     * may be empty. May be NULL. */
    void (*unshaken)(void *server_ctx, struct stream *s, const char *reason, const char *text);
    /* All that was sent is with the kernel. May send more. May be NULL. */
    void (*drained)(void *ctx, struct stream *s);
};

/* `slot` and `serial` of struct flow name a connection of this server for ever after. */
enum err stream_server_new(struct loop *l, const struct stream_limits *limits,
                           struct stream_server **ret) MUST_CHECK;
void stream_server_free(struct stream_server *sv);
/* A listening, shared (SO_REUSEPORT), non-blocking socket. ERR_IO. */
enum err stream_bind(struct endpoint at, int *ret_fd, struct endpoint *ret_bound) MUST_CHECK;
/* Takes over `fd`; tls NULL: plain TCP. `tag` is stream_tag of its connections. */
enum err stream_listen(struct stream_server *sv, int fd, struct tls_server *tls, unsigned tag,
                       const struct stream_on *on, void *server_ctx) MUST_CHECK;
/* TLS connections that are accepted from now on use `tls`; those there are keep what they began with (a reference of their own to its
 * SSL_CTX: the old one may be freed as soon as this returns). */
void stream_listen_tls(struct stream_server *sv, struct tls_server *tls);
/* No more accepts. */
void stream_listen_stop(struct stream_server *sv);

/* -- connections that we begin */

/* A way to servers: plain TCP without `tls`. `*ret_way` is for stream_connect. ERR_LIMIT, ERR_MEMORY. */
enum err stream_way(struct stream_server *sv, const struct tls_client *tls, unsigned tag,
                    const struct stream_on *on, void *server_ctx, unsigned *ret_way) MUST_CHECK;
/* Connections that are begun from now on use `tls`, as with stream_listen_tls. */
enum err stream_way_tls(struct stream_server *sv, unsigned way,
                        const struct tls_client *tls) MUST_CHECK;
/* Begins a connection from `from` (no address, no port: the system's choice). `name`: TLS: what the certificate has to be for, a name or
 * an address; "" or NULL: anything. `ctx` is its context from now on, whatever `opened` returns. Then either `opened` is called, or
 * `unshaken` and nothing more: "refused", "unreachable", "reset", "timeout", "untrusted" (text says why), or a reason as above. Within the
 * limits `handshake` (for all of it) and `most`; ended before by stream_end, nothing is called. ERR_IO: errno; ERR_LIMIT; ERR_MEMORY. */
enum err stream_connect(struct stream_server *sv, unsigned way, struct endpoint to,
                        struct endpoint from, const char *name, void *ctx,
                        struct stream **ret) MUST_CHECK;

struct stream *stream_find(struct stream_server *sv, uint32_t slot, uint32_t serial);
uint32_t stream_slot(const struct stream *s);
uint32_t stream_serial(const struct stream *s);
unsigned stream_tag(const struct stream *s);
struct endpoint stream_peer(const struct stream *s);
struct endpoint stream_local(const struct stream *s);
void *stream_ctx(const struct stream *s);
bool stream_is_tls(const struct stream *s);
/* The client's certificate: DER of the leaf, verified unless it is judged; empty without one. */
struct str stream_certificate(const struct stream *s);
/* What the client showed, of a listener whose TLS judges (tls_server_cfg); NULL of others. */
const struct client_cert *stream_client(const struct stream *s);

/* Gathers, leaves at the end of the turn. */
void stream_send(struct stream *s, struct str bytes);
/* Bytes of stream_send that the kernel has not taken yet. */
size_t stream_waiting(const struct stream *s);
/* true: nothing more is read, nor handed to `bytes`, however long: the peer waits. false: what waited is handed over again in the
 * next turn. */
void stream_hold(struct stream *s, bool hold);
/* Ends it once everything is out (or `write` is over). `closed` is called from the loop, never from within. */
void stream_end(struct stream *s);
void stream_flush(struct stream_server *sv); /* end of a turn */

size_t stream_count(const struct stream_server *sv);
/* Ends connections that have nothing in hand, `n` at most (draining): how many. */
size_t stream_end_some(struct stream_server *sv, size_t n);
/* accepted, handshakes failed, refused by a limit, ended by each deadline ...: for /metrics */
struct stream_counts {
    uint64_t accepted, handshakes, handshake_failed, refused, slow, silent, overflow, bytes_in,
        bytes_out, resumed;
};
const struct stream_counts *stream_counts(const struct stream_server *sv);

#endif
