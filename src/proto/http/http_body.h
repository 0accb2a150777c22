/* The body of an HTTP/1.x message (RFC 9112 6, 7): where it ends, and its bytes without the framing
 * of chunks, however the stream is cut. */
#ifndef PROTO_HTTP_BODY_H
#define PROTO_HTTP_BODY_H

#include "proto/http/http.h"

enum { HTTP_CHUNK_LINE_MOST = 1024 }; /* bytes of a chunk's size with its extensions */
enum { HTTP_TRAILER_MOST = 8192 };    /* bytes of all trailer fields */

enum http_kind {
    HTTP_BODY_NONE,
    HTTP_BODY_LENGTH,
    HTTP_BODY_CHUNKED,
    HTTP_BODY_CLOSE,  /* until the connection ends */
    HTTP_BODY_TUNNEL, /* no HTTP any more: what CONNECT or Upgrade made (RFC 9110 9.3.6, 7.8) */
};

struct http_body {
    enum http_kind kind;
    uint64_t left;  /* bytes of the body, or of the chunk, that are still to come */
    uint64_t seen;  /* bytes of the body so far */
    uint64_t read;  /* bytes of the stream so far, framing included */
    unsigned state; /* of the chunks' machine */
    unsigned line;  /* bytes of the line at hand, or of all trailers */
};

/* How the body of `head` ends (RFC 9112 6.3). `method`: of the request that a response answers;
 * empty when it is not known. */
void http_body_init(struct http_body *b, const struct http_head *head, struct str method);

/* Takes bytes from the front of `in`.
 *
 * ERR_OK: *ret_data is the next part of the body, a view into what was in `in`; call again.
 * ERR_MORE: `in` is used up. ERR_END: the body is complete, `in` begins with what comes behind it.
 * ERR_MALFORMED, ERR_LIMIT: the offset counts from the body's first byte; the stream has no known
 * end any more, and every later call is malformed as well. */
enum err http_body_next(struct http_body *b, struct str *in, struct str *ret_data,
                        struct err_at *reterr_at) MUST_CHECK;

/* Whether the body is complete when the connection ends here. */
bool http_body_may_end(const struct http_body *b);

#endif
