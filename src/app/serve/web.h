/* A small HTTP/1.1 server (RFC 9112) on io/stream, for pages that are made at once from what the process knows. Limits: heads of
 * 8 KiB, no bodies, deadlines and numbers of connections as io/stream has them. */
#ifndef APP_SERVE_WEB_H
#define APP_SERVE_WEB_H

#include "base/sink.h"
#include "io/stream/stream.h"

/* Writes the page; returns the status. */
typedef unsigned web_page(void *ctx, struct sink *out);

struct web_route {
    const char *path; /* NULL ends the table */
    const char *type; /* Content-Type */
    web_page *page;
};

struct web;

/* Takes over `fd`, a listening socket. `routes` must outlive it. */
enum err web_new(struct loop *l, int fd, const struct web_route *routes, void *ctx,
                 struct web **ret) MUST_CHECK;
void web_free(struct web *w);

/* The answer to what waits at the start of `bytes`, into `out`; *ret_used bytes were used up (0: more is needed), *ret_close: the
 * connection ends behind it. Pure. */
void web_answer(const struct web_route *routes, void *ctx, struct str bytes, struct buf *out,
                size_t *ret_used, bool *ret_close);

#endif
