/* The server's side of one HTTP/1.1 connection (RFC 9112): bytes in, requests and their bodies out, one after the other; when it
 * has been waited for long enough, and whether the connection lives on behind an answer. Pure: no socket, no clock. Bytes that
 * belong to the next request stay with the caller until the answer at hand is out. The same for every way the bytes are cut.
 *
 *     for (;;) switch (httpd_next(&h, &in, now, &head, &piece)) {
 *     case HTTPD_MORE:   what is left of `in` is kept; more comes behind it
 *     case HTTPD_HEAD:   httpd_want(), or answer
 *     case HTTPD_PIECE:  part of the body
 *     case HTTPD_WHOLE:  the body's end
 *     case HTTPD_HOLD:   nothing is taken before httpd_want or httpd_answered: keep `in`, then call again
 *     case HTTPD_REFUSE: answer h.status with httpd_begin/httpd_answered; the connection ends behind it
 *     case HTTPD_OVER:   nothing more is read
 *     }
 *
 * An answer: httpd_begin (does the connection end behind it?), its bytes by httpd_write.h, httpd_answered once all is out. */
#ifndef FLOW_HTTPD_HTTPD_H
#define FLOW_HTTPD_HTTPD_H

#include "base/time.h"
#include "proto/http/http_body.h"

struct httpd_limits {
    size_t head_most;  /* bytes of a head; at most HTTP_HEAD_MOST */
    uint64_t requests; /* of one connection: the last answer says so */
    usec_t
        head; /* from a request's first byte (the first request: from the beginning) to the end of its head */
    usec_t idle;    /* without a request */
    usec_t request; /* from a request's first byte to its answer; a streamed body: from its end */
    usec_t body;    /* grace for a body, to which a second comes for each `rate` bytes that came */
    uint64_t rate;  /* bytes a second */
};

enum httpd_step {
    HTTPD_MORE,
    HTTPD_HEAD,
    HTTPD_PIECE,
    HTTPD_WHOLE,
    HTTPD_HOLD,
    HTTPD_REFUSE,
    HTTPD_OVER,
};

enum httpd_state {
    HTTPD_IDLE,    /* no byte of a request is there */
    HTTPD_READING, /* part of a head is */
    HTTPD_ASKED,   /* a head was given; whether its body is wanted is not known */
    HTTPD_BODY,    /* its body is given as it comes */
    HTTPD_PASSED,  /* its answer is out or under way, its body passed over */
    HTTPD_READ,    /* all of the request was given; its answer is not out */
    HTTPD_ENDED,   /* nothing more is read */
};

/* What a deadline that is over means. */
enum httpd_late {
    HTTPD_NOT_LATE,
    HTTPD_LATE_IDLE,    /* end the connection, without a word */
    HTTPD_LATE_REQUEST, /* the client was too slow: answer h.status (408), then end */
    HTTPD_LATE_BODY,    /* as that, and the request that was given is given up */
    HTTPD_LATE_ANSWER,  /* ours was: answer h.status (503), the request is given up */
    HTTPD_LATE_SENDING, /* the client takes the answer too slowly: end the connection */
};

/* All zero is no connection: httpd_init. */
struct httpd {
    const struct httpd_limits *limits;
    struct http_body body;
    uint64_t requests;   /* begun so far */
    uint64_t body_most;  /* of the body at hand */
    usec_t since;        /* of the state at hand, or of the request */
    usec_t due;          /* USEC_NONE: none */
    size_t scanned;      /* bytes of an unfinished head that were looked at */
    unsigned status;     /* HTTPD_REFUSE */
    const char *why;     /* plain words for it */
    uint8_t state;       /* enum httpd_state */
    uint8_t empty_lines; /* before the head at hand */
    bool has_body;       /* the request at hand has one */
    bool close;          /* the connection ends behind the answer at hand */
    bool answering;      /* httpd_begin was called */
    bool expects;        /* the client waits for 100 Continue */
    bool streamed;       /* the body's length sets its own deadline */
    bool last;           /* httpd_close_soon */
    bool old;            /* HTTP/1.0 */
};

enum {
    HTTPD_PASS_MOST = 64 * 1024
}; /* bytes of an unwanted body that are passed over to keep a connection */
#define HTTPD_UNKNOWN UINT64_MAX /* a length that is not known before the end */

void httpd_init(struct httpd *h, const struct httpd_limits *limits, usec_t now);

/* The next thing in `in`, which moves behind it. A head's views are of `in`. */
enum httpd_step httpd_next(struct httpd *h, struct str *in, usec_t now, struct http_head *ret_head,
                           struct str *ret_piece);
/* Behind HTTPD_HEAD: the body is wanted, of `most` bytes at most; more is HTTPD_REFUSE with 413, at once where the length is known.
 * `streamed`: it may take as long as its length needs. True: send "HTTP/1.1 100 Continue" and an empty line now. */
bool httpd_want(struct httpd *h, uint64_t most, bool streamed, usec_t now);
/* The body's length as the head told it; HTTPD_UNKNOWN: chunked. */
uint64_t httpd_length(const struct httpd *h);
/* Whether all of the body has been given (or there is none). */
bool httpd_has_all(const struct httpd *h);

/* An answer of `len` bytes begins. True: it must say "Connection: close". */
bool httpd_begin(struct httpd *h, uint64_t len, usec_t now);
/* All of it was handed on. False: the connection ends. */
bool httpd_answered(struct httpd *h, usec_t now);
/* The next answer is the last one; a connection without a request ends at once (true). */
bool httpd_close_soon(struct httpd *h);

static inline usec_t httpd_deadline(const struct httpd *h)
{
    return h->due;
}
enum httpd_late httpd_on_time(struct httpd *h, usec_t now);

#endif
