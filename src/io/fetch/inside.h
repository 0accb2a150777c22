/* Between fetch.c, which talks to libcurl, and fetch_tls.c, which looks into its TLS. */
#ifndef IO_FETCH_INSIDE_H
#define IO_FETCH_INSIDE_H

#include "io/fetch/fetch.h"

struct fetch_watch {
    struct fetch_answer *a;
    int64_t began; /* by fetch_clock */
};

/* Run time in microseconds. */
int64_t fetch_clock(void);
/* Watches the handshakes of an SSL_CTX; what is seen goes into the answer. `watch` must stay. */
void fetch_watch_set(void *ssl_ctx, struct fetch_watch *watch);
/* Once der is complete: where each certificate stands in it. */
void fetch_chain_set(struct fetch_answer *a);

#endif
