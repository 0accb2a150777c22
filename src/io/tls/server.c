/* The server's side of TLS: files into contexts. */
#include "io/tls/server.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/tls/judge.h"
#include "io/tls/tickets.h"

struct identity {
    X509 *cert;
    EVP_PKEY *key;
    STACK_OF(X509) * chain;
};

struct tls_server {
    struct identity id[TLS_CERTIFICATES];
    size_t n;
    X509_STORE *clients; /* NULL: none are asked for */
    STACK_OF(X509_NAME) * names;
    bool client_must, client_old, judge;
    struct authorities phones; /* where it judges */
    tls_identify *identify;
    void *identify_ctx;
    int minimum;
    struct tls_tickets *tickets;
    usec_t ends;
};

static enum err fail(char ret_why[TLS_WHY], const char *file, const char *what)
{
    unsigned long code = ERR_get_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    snprintf(ret_why, TLS_WHY, "%s: %s%s%s", file, what, reason ? ": " : "", reason ? reason : "");
    ERR_clear_error();
    return ERR_IO;
}

/* A key with a password cannot be asked about: nobody may sit there. */
static int no_password(char *buf, int size, int rw, void *ctx)
{
    (void)buf;
    (void)size;
    (void)rw;
    (void)ctx;
    return -1;
}

static usec_t date_of(const ASN1_TIME *t)
{
    struct tm tm;
    memset(&tm, 0, sizeof tm);
    if (!ASN1_TIME_to_tm(t, &tm)) {
        return USEC_NONE;
    }
    return (time_days(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday) * 86400 + tm.tm_hour * 3600 +
            tm.tm_min * 60 + tm.tm_sec) *
           USEC_S;
}

static enum err chain_read(struct identity *id, const char *file, char ret_why[TLS_WHY])
{
    BIO *in = BIO_new_file(file, "r");
    if (!in) {
        return fail(ret_why, file, "cannot be read");
    }
    enum err e = ERR_OK;
    id->cert = PEM_read_bio_X509_AUX(in, NULL, no_password, NULL);
    id->chain = sk_X509_new_null();
    if (!id->cert || !id->chain) {
        e = fail(ret_why, file, "holds no certificate in PEM form");
    }
    while (!e) {
        X509 *next = PEM_read_bio_X509(in, NULL, no_password, NULL);
        if (!next) {
            ERR_clear_error(); /* the end, or something else behind the chain: a key for one */
            break;
        }
        if (sk_X509_push(id->chain, next) <= 0) {
            X509_free(next);
            e = ERR_MEMORY;
        }
    }
    BIO_free(in);
    return e;
}

static enum err key_read(struct identity *id, const char *file, char ret_why[TLS_WHY])
{
    BIO *in = BIO_new_file(file, "r");
    if (!in) {
        return fail(ret_why, file, "cannot be read");
    }
    id->key = PEM_read_bio_PrivateKey(in, NULL, no_password, NULL);
    BIO_free(in);
    if (!id->key) {
        return fail(ret_why, file, "holds no private key in PEM form without password");
    }
    if (X509_check_private_key(id->cert, id->key) != 1) {
        return fail(ret_why, file, "is not the key of the certificate");
    }
    return ERR_OK;
}

static enum err clients_read(struct tls_server *t, const char *file, char ret_why[TLS_WHY])
{
    t->clients = X509_STORE_new();
    if (!t->clients) {
        return ERR_MEMORY;
    }
    if (X509_STORE_load_file(t->clients, file) != 1) {
        return fail(ret_why, file, "holds no certificates of an authority");
    }
    t->names = SSL_load_client_CA_file(file);
    return t->names ? ERR_OK : fail(ret_why, file, "holds no certificates of an authority");
}

static enum err files_read(struct tls_server *t, const struct tls_server_cfg *cfg,
                           char ret_why[TLS_WHY])
{
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < TLS_CERTIFICATES && cfg->cert[i]; i++) {
        struct identity *id = &t->id[t->n++];
        e = chain_read(id, cfg->cert[i], ret_why);
        if (!e) {
            e = key_read(id, cfg->key[i] ? cfg->key[i] : cfg->cert[i], ret_why);
        }
        if (!e) {
            usec_t ends = date_of(X509_get0_notAfter(id->cert));
            t->ends = i == 0 || ends < t->ends ? ends : t->ends;
        }
    }
    if (!e && cfg->client_ca && !cfg->judge) {
        e = clients_read(t, cfg->client_ca, ret_why);
    }
    for (unsigned i = 0; !e && cfg->judge && i < TLS_PHONE_CAS && cfg->phone_ca[i]; i++) {
        e = authorities_read(&t->phones, i, cfg->phone_ca[i], ret_why);
    }
    return e;
}

enum err tls_server_new(const struct tls_server_cfg *cfg, struct tls_tickets *tickets,
                        struct tls_server **ret, char ret_why[TLS_WHY])
{
    struct tls_server *t = calloc(1, sizeof *t);
    if (!t) {
        snprintf(ret_why, TLS_WHY, "no memory");
        return ERR_MEMORY;
    }
    ERR_clear_error();
    t->client_must = cfg->client_must;
    t->client_old = cfg->client_old;
    t->minimum = cfg->minimum ? (int)cfg->minimum : TLS1_2_VERSION;
    t->judge = cfg->judge;
    t->identify = cfg->identify;
    t->identify_ctx = cfg->identify_ctx;
    t->tickets = cfg->client_ca || cfg->judge ? NULL : tickets;
    snprintf(ret_why, TLS_WHY, "no memory");
    enum err e = files_read(t, cfg, ret_why);
    if (!e) {
        /* A certificate and key that the library will not use show now, not at the first handshake. */
        SSL_CTX *trial = tls_server_context(t);
        if (!trial) {
            e = fail(ret_why, cfg->cert[0] ? cfg->cert[0] : "TLS", "cannot be used");
        }
        SSL_CTX_free(trial);
    }
    if (e) {
        tls_server_free(t);
        return e;
    }
    *ret = t;
    return ERR_OK;
}

void tls_server_free(struct tls_server *t)
{
    if (!t) {
        return;
    }
    for (size_t i = 0; i < t->n; i++) {
        X509_free(t->id[i].cert);
        EVP_PKEY_free(t->id[i].key);
        sk_X509_pop_free(t->id[i].chain, X509_free);
    }
    X509_STORE_free(t->clients);
    authorities_clear(&t->phones);
    sk_X509_NAME_pop_free(t->names, X509_NAME_free);
    free(t);
}

usec_t tls_server_ends(const struct tls_server *t)
{
    return t->ends;
}

bool tls_server_asks_clients(const struct tls_server *t)
{
    return t->clients != NULL || t->judge;
}

bool tls_server_judges(const struct tls_server *t)
{
    return t->judge;
}

static bool identities_set(SSL_CTX *ctx, const struct tls_server *t)
{
    for (size_t i = 0; i < t->n; i++) {
        /* A key of its own: signing touches what the library keeps with it. */
        EVP_PKEY *key = EVP_PKEY_dup(t->id[i].key);
        bool ok = key && SSL_CTX_use_cert_and_key(ctx, t->id[i].cert, key, t->id[i].chain, 1) == 1;
        EVP_PKEY_free(key);
        if (!ok) {
            return false;
        }
    }
    return true;
}

static bool clients_set(SSL_CTX *ctx, const struct tls_server *t)
{
    if (t->judge) {
        return judge_use(ctx, &t->phones, t->client_old, t->identify, t->identify_ctx);
    }
    if (!t->clients) {
        SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
        return true;
    }
    SSL_CTX_set1_verify_cert_store(ctx, t->clients);
    SSL_CTX_set_verify(
        ctx, SSL_VERIFY_PEER | (t->client_must ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL);
    STACK_OF(X509_NAME) *names = SSL_dup_CA_list(t->names);
    if (!names) {
        return false;
    }
    SSL_CTX_set_client_CA_list(ctx, names);
    if (t->client_old) {
        /* OpenSSL 3 refuses SHA-1 signatures above level 0. Our own certificate and the versions and
         * ciphers below stay what they are. */
        SSL_CTX_set_security_level(ctx, 0);
    }
    return true;
}

static void memory_and_speed(SSL_CTX *ctx)
{
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN |
                              SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(ctx, 1);
    (void)SSL_CTX_set_timeout(ctx,
                              7200); /* seconds that a ticket is good for: as long as its key */
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
}

SSL_CTX *tls_server_context(const struct tls_server *t)
{
    static const unsigned char context[] = "dialtone";
    char groups[] = "X25519:P-256:P-384"; /* the macro takes off const */
    /* SHA-256 first: its keys are made sooner and kept in less memory than those of SHA-384. */
    static const char suites[] =
        "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (!ctx) {
        return NULL;
    }
    memory_and_speed(ctx);
    bool ok = SSL_CTX_set_min_proto_version(ctx, t->minimum) == 1 &&
              SSL_CTX_set1_groups_list(ctx, groups) == 1 &&
              SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
              SSL_CTX_set_ciphersuites(ctx, suites) == 1 &&
              SSL_CTX_set_session_id_context(ctx, context, sizeof context - 1) == 1 &&
              identities_set(ctx, t) && clients_set(ctx, t) && tls_tickets_use(t->tickets, ctx);
    if (!ok) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}
