/* Client certificates that are judged instead of refused: a phone whose certificate is over shall hear why. */
#include "io/tls/judge.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "io/tls/x509.h"

enum { VERDICTS = 1024, HASH = 32, FRESH_S = 3600, SHOWN_MOST = 8, FAULTS_LEVEL = 2 };

/* A phone comes again and again with the same certificate: its chain is checked once an hour. */
struct kept {
    unsigned char hash[HASH]; /* of all that was shown */
    time_t until;             /* 0: empty */
    struct client_cert client;
};

/* Of one context, so of one thread. */
struct judge {
    struct authorities authorities; /* references of its own; no store */
    bool weak_too;
    tls_identify *identify;
    void *identify_ctx;
    struct kept *kept; /* owned, VERDICTS */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int judge_index = -1;

static void on_free(void *parent, void *ptr, CRYPTO_EX_DATA *data, int index, long argl, void *argp)
{
    struct judge *j = ptr;
    (void)parent;
    (void)data;
    (void)index;
    (void)argl;
    (void)argp;
    if (j) {
        authorities_clear(&j->authorities);
        free(j->kept);
        free(j);
    }
}

static void find_index(void)
{
    judge_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, on_free);
}

/* -- one chain */

static enum client_verdict verdict_of(int error)
{
    switch (error) {
    case X509_V_OK:
        return CLIENT_VALID;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return CLIENT_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return CLIENT_NOT_YET;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
        return CLIENT_WEAK;
    case X509_V_ERR_INVALID_PURPOSE:
        return CLIENT_PURPOSE;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
        return CLIENT_UNKNOWN;
    }
    return CLIENT_BAD;
}

/* Notes the worst fault, and lets the library look for more. */
static int on_fault(int ok, X509_STORE_CTX *store)
{
    struct client_cert *c = X509_STORE_CTX_get_app_data(store);
    enum client_verdict v = ok ? CLIENT_VALID : verdict_of(X509_STORE_CTX_get_error(store));
    c->verdict = v > c->verdict ? v : c->verdict;
    return 1;
}

/* The authority at the end of the chain. */
static int authority_of(const struct authorities *a, X509_STORE_CTX *store)
{
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(store);
    int n = sk_X509_num(chain);
    const X509 *top = n > 0 ? sk_X509_value(chain, n - 1) : NULL;
    for (size_t i = 0; top && i < a->n; i++) {
        if (X509_cmp(a->at[i].cert, top) == 0) {
            return (int)a->at[i].file;
        }
    }
    return -1;
}

static void look_at_leaf(const struct judge *j, const X509 *leaf, struct client_cert *c)
{
    unsigned char *der = NULL;
    int len = i2d_X509(leaf, &der);
    struct x509 x;
    if (len > 0 && tls_x509_read(str_of((const char *)der, (size_t)len), &x) == ERR_OK) {
        c->not_before = x.not_before;
        c->not_after = x.not_after;
        (void)snprintf(c->issuer, sizeof c->issuer, "%.*s", (int)sizeof c->issuer - 1,
                       x.issuer[0] ? x.issuer : x.issuer_org);
        if (j->identify) {
            j->identify(j->identify_ctx, c->ca, &x, c);
        }
    }
    OPENSSL_free(der);
}

static void judge_chain(const struct judge *j, X509_STORE_CTX *store, struct client_cert *c)
{
    *c = (struct client_cert){.verdict = CLIENT_VALID, .ca = -1};
    X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(store),
                                     j->weak_too ? 0 : FAULTS_LEVEL);
    X509_STORE_CTX_set_verify_cb(store, on_fault);
    (void)X509_STORE_CTX_set_app_data(store, c);
    if (X509_verify_cert(store) < 0) {
        c->verdict = CLIENT_BAD;
    }
    c->ca = c->verdict < CLIENT_UNKNOWN ? authority_of(&j->authorities, store) : -1;
    if (c->ca < 0 && c->verdict < CLIENT_UNKNOWN) {
        c->verdict = CLIENT_UNKNOWN;
    }
    look_at_leaf(j, X509_STORE_CTX_get0_cert(store), c);
    ERR_clear_error();
}

/* -- what was shown before */

static bool hash_of(STACK_OF(X509) * shown, unsigned char ret_hash[HASH])
{
    unsigned char each[SHOWN_MOST][HASH];
    int n = sk_X509_num(shown);
    if (n < 1 || n > SHOWN_MOST) {
        return false;
    }
    for (int i = 0; i < n; i++) {
        unsigned len = 0;
        if (X509_digest(sk_X509_value(shown, i), EVP_sha256(), each[i], &len) != 1) {
            return false;
        }
    }
    return EVP_Digest(each, (size_t)n * HASH, ret_hash, NULL, EVP_sha256(), NULL) == 1;
}

/* A verdict holds until a date of the certificate passes, and an hour at most: the chain has dates of its own. */
static time_t good_until(const struct client_cert *c, time_t now)
{
    const usec_t dates[] = {c->not_before, c->not_after};
    time_t until = now + FRESH_S;
    for (size_t i = 0; i < 2; i++) {
        time_t date = (time_t)(dates[i] / USEC_S);
        if (dates[i] != USEC_NONE && date > now && date < until) {
            until = date;
        }
    }
    return until;
}

/* As SSL_CTX_set_cert_verify_callback(3) says; the handshake goes on whatever comes of it. */
static int on_certificate(X509_STORE_CTX *store, void *arg)
{
    struct judge *j = arg;
    const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct client_cert *to = ssl ? SSL_get_app_data(ssl) : NULL;
    unsigned char hash[HASH];
    struct kept *k = NULL;
    time_t now = time(NULL);
    X509_STORE_CTX_set_error(store, X509_V_OK);
    if (!to) {
        return 1;
    }
    if (hash_of(X509_STORE_CTX_get0_untrusted(store), hash)) {
        k = &j->kept[(hash[0] << 8 | hash[1]) % VERDICTS];
        if (k->until > now && memcmp(k->hash, hash, HASH) == 0) {
            *to = k->client;
            return 1;
        }
    }
    judge_chain(j, store, to);
    X509_STORE_CTX_set_error(store, X509_V_OK);
    if (k) {
        memcpy(k->hash, hash, HASH);
        k->client = *to;
        k->until = good_until(to, now);
    }
    return 1;
}

static void refer(struct authorities *to, const struct authorities *from)
{
    for (size_t i = 0; i < from->n; i++) {
        to->at[i] = from->at[i];
        (void)X509_up_ref(to->at[i].cert);
    }
    to->n = from->n;
}

bool judge_use(SSL_CTX *ctx, const struct authorities *a, bool weak_too, tls_identify *identify,
               void *identify_ctx)
{
    if (pthread_once(&once, find_index) != 0 || judge_index < 0) {
        return false;
    }
    struct judge *j = calloc(1, sizeof *j);
    if (!j) {
        return false;
    }
    *j = (struct judge){.weak_too = weak_too, .identify = identify, .identify_ctx = identify_ctx};
    j->kept = calloc(VERDICTS, sizeof *j->kept);
    if (!j->kept || SSL_CTX_set_ex_data(ctx, judge_index, j) != 1) {
        free(j->kept);
        free(j);
        return false;
    }
    refer(&j->authorities, a);
    /* No names of authorities are told: phones would keep back what they have, and nobody could say why. */
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, on_certificate, j);
    return !a->store || SSL_CTX_set1_verify_cert_store(ctx, a->store) == 1;
}

/* -- authorities */

static enum err fail(char ret_why[TLS_WHY], const char *file, const char *what)
{
    (void)snprintf(ret_why, TLS_WHY, "%s: %s", file, what);
    ERR_clear_error();
    return ERR_IO;
}

static enum err add(struct authorities *a, unsigned file, X509 *cert)
{
    if (a->n == TLS_AUTHORITIES) {
        return ERR_LIMIT;
    }
    if (X509_STORE_add_cert(a->store, cert) != 1) {
        return ERR_MEMORY;
    }
    a->at[a->n].cert = cert;
    a->at[a->n++].file = file;
    return ERR_OK;
}

enum err authorities_read(struct authorities *a, unsigned file, const char *path,
                          char ret_why[TLS_WHY])
{
    size_t before = a->n;
    enum err e = ERR_OK;
    if (!a->store) {
        a->store = X509_STORE_new();
        if (!a->store) {
            return ERR_MEMORY;
        }
        /* Any certificate of the file vouches, also one that another issued. */
        (void)X509_STORE_set_flags(a->store, X509_V_FLAG_PARTIAL_CHAIN);
    }
    BIO *in = BIO_new_file(path, "r");
    if (!in) {
        return fail(ret_why, path, "cannot be read");
    }
    for (X509 *cert; !e && (cert = PEM_read_bio_X509(in, NULL, NULL, NULL));) {
        e = add(a, file, cert);
        if (e) {
            X509_free(cert);
        }
    }
    BIO_free(in);
    ERR_clear_error();
    if (e == ERR_LIMIT) {
        return fail(ret_why, path, "holds too many certificates");
    }
    return e                ? e
           : a->n == before ? fail(ret_why, path, "holds no certificates of an authority")
                            : ERR_OK;
}

void authorities_clear(struct authorities *a)
{
    for (size_t i = 0; i < a->n; i++) {
        X509_free(a->at[i].cert);
    }
    X509_STORE_free(a->store);
    *a = (struct authorities){.n = 0};
}
