/* Inside the module: session tickets of a context. */
#ifndef IO_TLS_TICKETS_H
#define IO_TLS_TICKETS_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "io/tls/server.h"

/* `t` NULL: the context gives no tickets. False: the library refuses. */
bool tls_tickets_use(struct tls_tickets *t, SSL_CTX *ctx);
/* A new key now, as each hour does it; for the tests. */
void tls_tickets_turn(struct tls_tickets *t);

#endif
