/* The client's side of TLS. */
#include "io/tls/client.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tls_client {
    char *ca, *cert, *key; /* owned; NULL: none */
    bool blind;
    int minimum, maximum;
};

static bool keep(char **to, const char *text)
{
    *to = text ? strdup(text) : NULL;
    return !text || *to;
}

static enum err fail(char ret_why[TLS_WHY], const char *file)
{
    unsigned long e = ERR_peek_last_error();
    const char *reason = e ? ERR_reason_error_string(e) : NULL;
    (void)snprintf(ret_why, TLS_WHY, "%.150s: %.90s", file, reason ? reason : "cannot be used");
    ERR_clear_error();
    return ERR_IO;
}

static bool authorities(SSL_CTX *ctx, const struct tls_client *t)
{
    SSL_CTX_set_verify(ctx, t->blind ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    return t->blind || (t->ca ? SSL_CTX_load_verify_file(ctx, t->ca) == 1
                              : SSL_CTX_set_default_verify_paths(ctx) == 1);
}

static bool identity(SSL_CTX *ctx, const struct tls_client *t)
{
    return !t->cert ||
           (SSL_CTX_use_certificate_chain_file(ctx, t->cert) == 1 &&
            SSL_CTX_use_PrivateKey_file(ctx, t->key ? t->key : t->cert, SSL_FILETYPE_PEM) == 1 &&
            SSL_CTX_check_private_key(ctx) == 1);
}

static SSL_CTX *context(const struct tls_client *t, const char **ret_file)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    *ret_file = "TLS";
    if (!ctx) {
        return NULL;
    }
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN |
                              SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(ctx, 1);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
    bool ok = SSL_CTX_set_min_proto_version(ctx, t->minimum) == 1 &&
              SSL_CTX_set_max_proto_version(ctx, t->maximum) == 1;
    if (ok) {
        *ret_file = t->ca ? t->ca : "the authorities of this host";
        ok = authorities(ctx, t);
    }
    if (ok) {
        *ret_file = t->cert ? t->cert : "";
        ok = identity(ctx, t);
    }
    if (!ok) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}

enum err tls_client_new(const struct tls_client_cfg *cfg, struct tls_client **ret,
                        char ret_why[TLS_WHY])
{
    const char *file = NULL;
    struct tls_client *t = calloc(1, sizeof *t);
    if (!t || !keep(&t->ca, cfg->ca) || !keep(&t->cert, cfg->cert) || !keep(&t->key, cfg->key)) {
        tls_client_free(t);
        (void)snprintf(ret_why, TLS_WHY, "no memory");
        return ERR_MEMORY;
    }
    t->blind = cfg->blind;
    t->minimum = cfg->minimum ? (int)cfg->minimum : TLS1_2_VERSION;
    t->maximum = (int)cfg->maximum;
    ERR_clear_error();
    /* What the library will not use shows now, not at the first connection. */
    SSL_CTX *trial = context(t, &file);
    if (!trial) {
        enum err e = fail(ret_why, file);
        tls_client_free(t);
        return e;
    }
    SSL_CTX_free(trial);
    *ret = t;
    return ERR_OK;
}

void tls_client_free(struct tls_client *t)
{
    if (t) {
        free(t->ca);
        free(t->cert);
        free(t->key);
        free(t);
    }
}

SSL_CTX *tls_client_context(const struct tls_client *t)
{
    const char *file = NULL;
    return context(t, &file);
}
