/* The client's side of TLS 1.2 and 1.3, by OpenSSL: which servers are believed, and what is shown to them. */
#ifndef IO_TLS_CLIENT_H
#define IO_TLS_CLIENT_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"
#include "base/time.h"
#include "io/tls/server.h"

struct tls_client_cfg {
    const char *ca;   /* PEM: authorities to believe; NULL: those of this host */
    const char *cert; /* PEM: own certificate, its chain behind it; NULL: none */
    const char *key;  /* PEM; NULL: in the certificate's */
    /* The same as texts (PEM), in place of files; empty: none. key_pem empty: in cert_pem. */
    struct str ca_pem, cert_pem, key_pem;
    usec_t date;      /* servers' certificates are held against it; 0: against the time */
    bool blind;       /* any certificate is taken */
    unsigned minimum; /* version; 0: 0x0303, TLS 1.2 */
    unsigned maximum; /* 0: the highest */
};

struct tls_client;
/* ERR_IO: ret_why says which file and what is wrong with it. */
enum err tls_client_new(const struct tls_client_cfg *cfg, struct tls_client **ret,
                        char ret_why[TLS_WHY]) MUST_CHECK;
void tls_client_free(struct tls_client *t);
/* Only one version is spoken, 1.2, and by a method that knows no other: what a handshake leaves behind may be shared. */
bool tls_client_single(const struct tls_client *t);
/* A context for one thread; owned by the caller (SSL_CTX_free). NULL without memory. */
struct ssl_ctx_st *tls_client_context(const struct tls_client *t);

#endif
