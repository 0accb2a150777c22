/* Between fetch.c, which talks to libcurl, and fetch_tls.c, which looks into its TLS. */
#ifndef IO_FETCH_INSIDE_H
#define IO_FETCH_INSIDE_H

#include "io/fetch/fetch.h"

/* Watches the handshakes of an SSL_CTX; what is seen goes into the answer. */
void fetch_watch(void *ssl_ctx, struct fetch_answer *a);
/* Once der is complete: where each certificate stands in it. */
void fetch_chain_set(struct fetch_answer *a);

#endif
