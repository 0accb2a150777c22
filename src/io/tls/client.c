/* The client's side of TLS. */
#include "io/tls/client.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tls_client {
    char *ca, *cert, *key;             /* owned; NULL: none */
    char *ca_pem, *cert_pem, *key_pem; /* owned; NULL: none */
    usec_t date;
    bool blind;
    int minimum, maximum;
};

static bool keep(char **to, const char *text)
{
    *to = text ? strdup(text) : NULL;
    return !text || *to;
}

static bool keep_str(char **to, struct str text)
{
    *to = text.len ? malloc(text.len + 1) : NULL;
    if (*to) {
        memcpy(*to, text.p, text.len);
        (*to)[text.len] = '\0';
    }
    return text.len == 0 || *to;
}

static enum err fail(char ret_why[TLS_WHY], const char *file)
{
    unsigned long e = ERR_peek_last_error();
    const char *reason = e ? ERR_reason_error_string(e) : NULL;
    (void)snprintf(ret_why, TLS_WHY, "%.150s: %.90s", file, reason ? reason : "cannot be used");
    ERR_clear_error();
    return ERR_IO;
}

/* All certificates of a text; false where there is none. */
static bool authorities_of(SSL_CTX *ctx, const char *pem)
{
    BIO *in = BIO_new_mem_buf(pem, -1);
    X509 *x = NULL;
    unsigned n = 0;
    while (in && (x = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL) {
        n += X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), x) == 1;
        X509_free(x);
    }
    (void)BIO_free(in);
    if (n) {
        ERR_clear_error(); /* the end of the text is told as an error */
    }
    return n > 0;
}

/* The chain that was verified is not kept with each connection. */
static int on_verify(X509_STORE_CTX *store, void *ctx)
{
    int ok = X509_verify_cert(store);
    (void)ctx;
    X509_STORE_CTX_set0_verified_chain(store, NULL);
    return ok;
}

static bool authorities(SSL_CTX *ctx, const struct tls_client *t)
{
    SSL_CTX_set_verify(ctx, t->blind ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, on_verify, NULL);
    if (t->date) {
        X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(ctx), (time_t)(t->date / USEC_S));
    }
    if (t->blind) {
        return true;
    }
    if (t->ca_pem) {
        return authorities_of(ctx, t->ca_pem);
    }
    return t->ca ? SSL_CTX_load_verify_file(ctx, t->ca) == 1
                 : SSL_CTX_set_default_verify_paths(ctx) == 1;
}

/* The first certificate is our own, the others its chain. */
static bool chain_of(SSL_CTX *ctx, const char *pem)
{
    BIO *in = BIO_new_mem_buf(pem, -1);
    X509 *x = in ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;
    bool ok = x && SSL_CTX_use_certificate(ctx, x) == 1;
    X509_free(x);
    while (ok && (x = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL) {
        ok = SSL_CTX_add0_chain_cert(ctx, x) == 1;
        if (!ok) {
            X509_free(x);
        }
    }
    (void)BIO_free(in);
    if (ok) {
        ERR_clear_error();
    }
    return ok;
}

static bool key_of(SSL_CTX *ctx, const char *pem)
{
    BIO *in = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = in ? PEM_read_bio_PrivateKey(in, NULL, NULL, NULL) : NULL;
    bool ok = key && SSL_CTX_use_PrivateKey(ctx, key) == 1 && SSL_CTX_check_private_key(ctx) == 1;
    EVP_PKEY_free(key);
    (void)BIO_free(in);
    return ok;
}

static bool identity(SSL_CTX *ctx, const struct tls_client *t)
{
    if (t->cert_pem) {
        return chain_of(ctx, t->cert_pem) && key_of(ctx, t->key_pem ? t->key_pem : t->cert_pem);
    }
    return !t->cert ||
           (SSL_CTX_use_certificate_chain_file(ctx, t->cert) == 1 &&
            SSL_CTX_use_PrivateKey_file(ctx, t->key ? t->key : t->cert, SSL_FILETYPE_PEM) == 1 &&
            SSL_CTX_check_private_key(ctx) == 1);
}

bool tls_client_single(const struct tls_client *t)
{
    return t->minimum == TLS1_2_VERSION && t->maximum == TLS1_2_VERSION;
}

static const SSL_METHOD *method(const struct tls_client *t)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    return tls_client_single(t) ? TLSv1_2_client_method() : TLS_client_method();
#pragma GCC diagnostic pop
}

static SSL_CTX *context(const struct tls_client *t, const char **ret_file)
{
    SSL_CTX *ctx = SSL_CTX_new(method(t));
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
        *ret_file = t->ca       ? t->ca
                    : t->ca_pem ? "the authorities given"
                                : "the authorities of this host";
        ok = authorities(ctx, t);
    }
    if (ok) {
        *ret_file = t->cert ? t->cert : "the certificate given";
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
    if (!t || !keep(&t->ca, cfg->ca) || !keep(&t->cert, cfg->cert) || !keep(&t->key, cfg->key) ||
        !keep_str(&t->ca_pem, cfg->ca_pem) || !keep_str(&t->cert_pem, cfg->cert_pem) ||
        !keep_str(&t->key_pem, cfg->key_pem)) {
        tls_client_free(t);
        (void)snprintf(ret_why, TLS_WHY, "no memory");
        return ERR_MEMORY;
    }
    t->blind = cfg->blind;
    t->date = cfg->date;
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
        free(t->ca_pem);
        free(t->cert_pem);
        if (t->key_pem) {
            OPENSSL_cleanse(t->key_pem, strlen(t->key_pem));
        }
        free(t->key_pem);
        free(t);
    }
}

SSL_CTX *tls_client_context(const struct tls_client *t)
{
    const char *file = NULL;
    return context(t, &file);
}
