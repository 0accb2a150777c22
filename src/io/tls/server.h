/* The server's side of TLS 1.2 and 1.3, by OpenSSL: certificates (P-256 first, RSA beside it), tickets with
 * rotating keys shared by all threads, optional client certificates. Certificates are reloaded by making a new
 * one: connections keep the one they began with. */
#ifndef IO_TLS_SERVER_H
#define IO_TLS_SERVER_H

#include <stdbool.h>

#include "base/client.h"
#include "base/err.h"
#include "base/x509.h"

enum { TLS_CERTIFICATES = 4, TLS_PHONE_CAS = 8, TLS_AUTHORITIES = 64, TLS_WHY = 256 };

/* Which phone a certificate is about, into has_mac, mac, model and serial; `ca`: index of the authority's file, -1 where
 * no authority vouches for it. */
typedef void tls_identify(void *ctx, int ca, const struct x509 *x, struct client_cert *ret_client);

struct tls_server_cfg {
    const char *cert[TLS_CERTIFICATES]; /* PEM files: own certificate first, its chain behind it */
    const char *key[TLS_CERTIFICATES];  /* PEM files; NULL: in the certificate's */
    const char
        *client_ca;   /* PEM: clients are asked for certificates of these; NULL: they are not */
    bool client_must; /* without one no handshake */
    bool client_old;  /* chains signed with SHA-1 too, as phones of before 2017 or so have them */
    /* Instead of client_ca and client_must: clients are asked, no handshake fails for what they show, and the verdict
     * stands on the connection. With client_old short keys and SHA-1 are no fault. */
    bool judge;
    const char *phone_ca[TLS_PHONE_CAS]; /* PEM files, up to the first NULL; may be none */
    tls_identify *identify;              /* may be NULL */
    void *identify_ctx;                  /* outlives all connections; any thread comes with it */
    unsigned minimum;                    /* version; 0: 0x0303, TLS 1.2 */
};

/* Keys of the session tickets of TLS 1.2 (RFC 5077): a new one each hour, the two before it still open tickets. */
struct tls_tickets;
/* ERR_MEMORY; ERR_IO: no random numbers. */
enum err tls_tickets_new(struct tls_tickets **ret) MUST_CHECK;
void tls_tickets_free(struct tls_tickets *t);

struct tls_server;
/* ERR_IO: ret_why says which file and what is wrong with it. No tickets where `tickets` is NULL or clients are
 * asked for certificates (a ticket would carry them). `tickets` must outlive all contexts. */
enum err tls_server_new(const struct tls_server_cfg *cfg, struct tls_tickets *tickets,
                        struct tls_server **ret, char ret_why[TLS_WHY]) MUST_CHECK;
void tls_server_free(struct tls_server *t);
/* The date at which the first of our certificates ends. */
usec_t tls_server_ends(const struct tls_server *t);
/* A context for one thread, which shares nothing that is written with those of other threads; owned by the caller
 * (SSL_CTX_free). NULL without memory. */
struct ssl_ctx_st *tls_server_context(const struct tls_server *t);
bool tls_server_asks_clients(const struct tls_server *t);
/* Whether its connections are judged: SSL_set_app_data says then where the verdict goes. */
bool tls_server_judges(const struct tls_server *t);

#endif
