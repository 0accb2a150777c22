/* Inside the module: client certificates that are judged instead of refused. */
#ifndef IO_TLS_JUDGE_H
#define IO_TLS_JUDGE_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "io/tls/server.h"

/* The authorities, of one or several files. */
struct authorities {
    X509_STORE *store;
    struct {
        X509 *cert;
        unsigned file;
    } at[TLS_AUTHORITIES];
    size_t n;
};

/* Adds the certificates of file number `file`. ERR_IO: ret_why tells. */
enum err authorities_read(struct authorities *a, unsigned file, const char *path,
                          char ret_why[TLS_WHY]) MUST_CHECK;
void authorities_clear(struct authorities *a);

/* Clients of this context are asked for certificates, and whatever they show is judged into the struct client_cert
 * that tls_judge_into named. Verdicts are kept for a while by the hash of what was shown. False: no memory. */
bool judge_use(SSL_CTX *ctx, const struct authorities *a, bool weak_too, tls_identify *identify,
               void *identify_ctx);

#endif
