/* What a server shows in a handshake that libcurl makes: the chain, what is wrong with it, alerts. */
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>

#include "io/fetch/inside.h"

static void chain_keep(struct fetch_answer *a, STACK_OF(X509) * chain)
{
    a->der.limit = FETCH_DER_MOST;
    for (int i = 0; i < sk_X509_num(chain) && i < FETCH_CHAIN; i++) {
        unsigned char *der = NULL;
        int len = i2d_X509(sk_X509_value(chain, i), &der);
        bool kept = len > 0 && buf_add(&a->der, str_of((const char *)der, (size_t)len)) == ERR_OK;
        OPENSSL_free(der);
        if (!kept) {
            return;
        }
        a->chain[a->n_chain++].len = (size_t)len;
    }
}

void fetch_chain_set(struct fetch_answer *a)
{
    struct str rest = buf_str(&a->der);
    for (size_t i = 0; i < a->n_chain; i++) {
        a->chain[i] = str_head(rest, a->chain[i].len);
        rest = str_from(rest, a->chain[i].len);
    }
}

/* In place of the library's own verification, which it calls: the chain is kept whatever comes of it.
 */
static int on_verify(X509_STORE_CTX *store, void *ctx)
{
    struct fetch_answer *a = ((struct fetch_watch *)ctx)->a;
    int ok = X509_verify_cert(store);
    buf_reset(&a->der);
    a->n_chain = 0;
    chain_keep(a, X509_STORE_CTX_get0_untrusted(store));
    a->verify = X509_STORE_CTX_get_error(store);
    a->verify_depth = X509_STORE_CTX_get_error_depth(store);
    if (a->verify != X509_V_OK) {
        (void)snprintf(a->verify_text, sizeof a->verify_text, "%s",
                       X509_verify_cert_error_string(a->verify));
    }
    return ok;
}

static void on_info(const SSL *ssl, int where, int value)
{
    const struct fetch_watch *w = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    struct fetch_answer *a = w->a;
    if ((where & SSL_CB_HANDSHAKE_START) && a->connect_us < 0) {
        a->connect_us = fetch_clock() - w->began; /* the library does not tell when TLS fails */
    }
    if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && (value & 0xff) != 0) {
        a->alert = value & 0xff;
    }
    if (where & SSL_CB_HANDSHAKE_DONE) {
        a->version = (unsigned)SSL_version(ssl);
        (void)snprintf(a->cipher, sizeof a->cipher, "%s", SSL_get_cipher_name(ssl));
    }
}

static int on_asked(SSL *ssl, void *ctx)
{
    (void)ssl;
    ((struct fetch_watch *)ctx)->a->asked = true;
    return 1;
}

void fetch_watch_set(void *ssl_ctx, struct fetch_watch *watch)
{
    SSL_CTX *ctx = ssl_ctx;
    SSL_CTX_set_app_data(ctx, watch);
    SSL_CTX_set_info_callback(ctx, on_info);
    SSL_CTX_set_cert_cb(ctx, on_asked, watch);
    SSL_CTX_set_cert_verify_callback(ctx, on_verify, watch);
    /* Versions and signatures that are too old are for the caller to say. */
    SSL_CTX_set_security_level(ctx, 0);
}
