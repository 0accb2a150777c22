/* HTTP/1.1 servers (RFC 9110, 9112) on a loop: listeners, requests, answers now or later. Any number of `struct web`, each on one loop
 * and used from that loop's thread only; nothing is shared between them. Framing and deadlines are flow/httpd's.
 *
 * From other threads: keep the web_id, send a letter to the loop, web_find() there (NULL: the client is gone, the answer is dropped). */
#ifndef APP_WEB_WEB_H
#define APP_WEB_WEB_H

#include "base/sink.h"
#include "io/stream/stream.h"
#include "proto/http/http_choose.h"

struct web;          /* connections of one loop */
struct web_exchange; /* one request and its answer */

/* Names an exchange for ever after. */
struct web_id {
    uint32_t slot, serial; /* the connection, as io/stream has it */
    uint32_t nth;          /* request of it */
};

struct web_limits {
    size_t most, most_of_peer, handshaking; /* connections: 4,096; 512; 256 */
    size_t head_most;                       /* bytes of a head: 16 KiB */
    size_t queue_most; /* bytes of an open answer that wait for a slow reader: 256 KiB */
    uint64_t requests; /* of one connection: 10,000; the last answer says so */
    usec_t handshake;  /* 10 s */
    usec_t head;       /* from a request's first byte to the end of its head: 10 s */
    usec_t idle;       /* between requests: 60 s */
    usec_t body;       /* grace for a body, to which a second comes for each `rate` bytes: 15 s */
    usec_t request;    /* from the first byte (web_pieces: from the last one) to the answer: 60 s */
    uint64_t rate;     /* bytes a second, in and out: 1,024; who is slower is ended */
};

/* The figures above. */
extern const struct web_limits web_limits_usual;

/* What a listener's requests meet. All may be NULL but `request`. */
struct web_handler {
    /* A connection stands (TLS: its handshake is done). What it returns is web_connection of its requests; `closed` gets it back. */
    void *(*opened)(void *ctx, struct stream *s);
    void (*closed)(void *ctx, void *connection);
    void (*unshaken)(void *ctx, struct stream *s, const char *reason,
                     const char *text); /* as io/stream's */
    /* A head has been read and checked. Does one of: answer | web_gather | web_pieces | nothing: the answer comes later. */
    void (*request)(void *ctx, struct web_exchange *x);
    /* Behind web_gather: the whole body, valid during the call. Answers, or does so later. */
    void (*body)(void *ctx, struct web_exchange *x, struct str whole);
    /* Behind web_pieces: each part, valid during the call, then `end`. Any may answer, and nothing more of the body comes then. */
    void (*piece)(void *ctx, struct web_exchange *x, struct str bytes);
    void (*end)(void *ctx, struct web_exchange *x);
    /* What waited of an open answer is out, after a web_push that said false. */
    void (*room)(void *ctx, struct web_exchange *x);
    /* The client went, broke the framing, or a deadline is over, before there was an answer or while one was open: the last
     * call for x. Never comes from within another call for it. */
    void (*gone)(void *ctx, struct web_exchange *x);
    /* Writes the body of a refusal (what 400 to 505 say) and returns its Content-Type; `why` in plain words, may be NULL. NULL: a line of
     * text. */
    const char *(*refusal)(void *ctx, unsigned status, const char *why, struct sink *out);
    const char *
        fields; /* constant header lines that every answer has, each with CRLF; NULL: web_fields_plain */
};

/* refusal: problem details (RFC 9457). */
const char *web_problem(void *ctx, unsigned status, const char *why, struct sink *out);
/* For pages: nothing from elsewhere, no frames, no guessing of types. */
#define WEB_FIELDS_PAGES                                                                 \
    "Content-Security-Policy: default-src 'self'; base-uri 'none'; form-action 'self'; " \
    "frame-ancestors 'none'; object-src 'none'\r\n"                                      \
    "X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n"                       \
    "Referrer-Policy: no-referrer\r\nCross-Origin-Opener-Policy: same-origin\r\n"        \
    "Cross-Origin-Resource-Policy: same-origin\r\n"
/* For programs. */
#define WEB_FIELDS_PLAIN "X-Content-Type-Options: nosniff\r\n"

enum err web_new(struct loop *l, const struct web_limits *limits, struct web **ret) MUST_CHECK;
/* Takes over `fd` (stream_bind) on ERR_OK; tls NULL: plain. `tag` is stream_tag of its connections; `on` must outlive the web. ERR_LIMIT: 16
 * listeners are there. */
enum err web_listen(struct web *w, int fd, struct tls_server *tls, unsigned tag,
                    const struct web_handler *on, void *ctx) MUST_CHECK;
/* For who comes from now on; the old one may be freed then. */
void web_tls(struct web *w, struct tls_server *tls);
/* No more accepts; connections end behind their answers, those without a request at once. Open answers are their handler's to close. */
void web_drain(struct web *w);
/* Before loop_free. `gone` and `closed` are called. */
void web_free(struct web *w);
size_t web_connections(const struct web *w);

struct web_counts {
    uint64_t requests;
    uint64_t answered[6]; /* by the first digit of the status */
    uint64_t slow;        /* requests that a deadline ended */
    uint64_t broken;      /* what was no request that can be read */
};
const struct web_counts *web_counts(const struct web *w);
const struct stream_counts *web_stream_counts(const struct web *w);

/* -- The request. */
struct web_id web_id(const struct web_exchange *x);
struct web_exchange *web_find(struct web *w, struct web_id id); /* NULL: gone, or answered */
struct web *web_of(const struct web_exchange *x);
struct stream *web_stream(const struct web_exchange *x); /* peer, local, TLS, certificate */
void *web_connection(const struct web_exchange *x);
/* HTTP_GET for HEAD too: the body of its answer is left out. */
enum http_method web_method(const struct web_exchange *x);
/* Decoded, without dot segments (proto/http/http_uri.h); what could be two names was refused with 400. */
struct str web_path(const struct web_exchange *x);
struct str web_query(const struct web_exchange *x); /* raw */
/* Its views are valid as long as x. */
const struct http_head *web_head(const struct web_exchange *x);
uint64_t web_length(const struct web_exchange *x); /* of the body; UINT64_MAX: chunked */
/* The handler's own; NULL at first. */
void *web_mine(const struct web_exchange *x);
void web_mine_set(struct web_exchange *x, void *mine);

/* -- Its body, as said in `request`; "100 Continue" goes out where the client waits for it. More than `most` bytes: 413. */
void web_gather(struct web_exchange *x, size_t most);
void web_pieces(struct web_exchange *x, uint64_t most);
/* No pieces between these two. */
void web_pause(struct web_exchange *x);
void web_resume(struct web_exchange *x);

/* -- Its answer. No callback comes for x behind it and x is not to be used any more, but for web_open. */
struct web_answer {
    unsigned status;
    const char *type; /* Content-Type; NULL: none */
    struct str
        etag; /* with its quotes; empty: none. GET and HEAD: conditions are judged by it (304, 412) */
    struct str fields; /* further header lines, each with CRLF */
    struct str body;
    struct str
        gzip; /* the same, compressed; empty: none. Taken by Accept-Encoding, with an ETag of its own ("abc-gz") */
    /* Whose bytes body and gzip are. NULL: they are copied before the call returns. web_constant: they outlive the web. Else: called
     * once with `owner`, at once or later, on this thread, when they are not needed any more. */
    void (*release)(void *owner);
    void *owner;
};
void web_constant(void *owner);
void web_answer(struct web_exchange *x, const struct web_answer *a);
/* Its body by `refusal`. */
void web_refuse(struct web_exchange *x, unsigned status, const char *why);
/* False: If-Match or If-None-Match do not allow to change what has `etag` now (empty: nothing is there); answer 412. */
bool web_may_change(const struct web_exchange *x, struct str etag);
/* `len` bytes from the beginning of `fd`, which it takes over. Read as the client takes them. */
void web_send_file(struct web_exchange *x, const struct web_answer *a, int fd, uint64_t len);
/* An answer that stays open (events, exports): its head now, then as much as wanted until web_close. A HEAD request's connection ends
 * (`gone`). */
void web_open(struct web_exchange *x, const struct web_answer *a);
/* False: not taken, more than `queue_most` would wait. */
bool web_push(struct web_exchange *x, struct str bytes);
void web_close(struct web_exchange *x); /* the body is whole */
void web_drop(struct web_exchange *x);  /* ends the connection as it is; no `gone` comes */

#endif
