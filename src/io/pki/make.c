/* Making keys and certificates. */
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <openssl/ssl.h>

#include "io/pki/internal.h"

enum { SERIAL_BITS = 127 }; /* RFC 5280 4.1.2.2: positive, at most 20 bytes */

enum err pki_refused(const char *what, char ret_why[PKI_WHY])
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    (void)snprintf(ret_why, PKI_WHY, "%s: %s", what, reason ? reason : "OpenSSL refuses");
    ERR_clear_error();
    return ERR_IO;
}

static EVP_PKEY *key_new(enum pki_key kind)
{
    switch (kind) {
    case PKI_P256:
        return EVP_EC_gen("P-256");
    case PKI_RSA_2048:
        return EVP_RSA_gen(2048);
    }
    return NULL;
}

static bool serial_set(X509 *cert)
{
    BIGNUM *n = BN_new();
    bool done = n && BN_rand(n, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
                BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)) != NULL;
    BN_free(n);
    return done;
}

static bool subject_set(const struct pki_request *r, X509 *cert)
{
    X509_NAME *name = X509_get_subject_name(cert);
    for (size_t i = 0; i < r->n_subject; i++) {
        if (X509_NAME_add_entry_by_txt(name, r->subject[i].type, MBSTRING_UTF8,
                                       (const unsigned char *)r->subject[i].value, -1, -1,
                                       0) != 1) {
            return false;
        }
    }
    return true;
}

/* A time to come or gone by: the choice between two-digit and four-digit years is OpenSSL's
 * (RFC 5280 4.1.2.5). */
static bool time_set(ASN1_TIME *room, usec_t t)
{
    return ASN1_TIME_set(room, (time_t)(t / USEC_S)) != NULL;
}

static enum err cert_fill(const struct pki_request *r, const struct pki_pair *issuer,
                          struct pki_pair *p, char ret_why[PKI_WHY])
{
    X509 *above = issuer ? issuer->cert : p->cert;
    if (X509_set_version(p->cert, X509_VERSION_3) != 1 || !serial_set(p->cert)) {
        return pki_refused("serial number", ret_why);
    }
    if (!subject_set(r, p->cert) ||
        X509_set_issuer_name(p->cert, X509_get_subject_name(above)) != 1) {
        return pki_refused("subject", ret_why);
    }
    if (!time_set(X509_getm_notBefore(p->cert), r->from) ||
        !time_set(X509_getm_notAfter(p->cert), r->until)) {
        return pki_refused("validity", ret_why);
    }
    if (X509_set_pubkey(p->cert, p->key) != 1) {
        return pki_refused("key", ret_why);
    }
    enum err e = pki_extend(r, above, p->cert, ret_why);
    if (e == ERR_OK && X509_sign(p->cert, issuer ? issuer->key : p->key,
                                 r->sha1 ? EVP_sha1() : EVP_sha256()) == 0) {
        e = pki_refused("signature", ret_why);
    }
    return e;
}

enum err pki_make(const struct pki_request *r, const struct pki_pair *issuer, struct pki_pair **ret,
                  char ret_why[PKI_WHY])
{
    struct pki_pair *p = calloc(1, sizeof *p);
    if (!p) {
        (void)snprintf(ret_why, PKI_WHY, "no memory");
        return ERR_MEMORY;
    }
    if (r->same_key && EVP_PKEY_up_ref(r->same_key->key) == 1) {
        p->key = r->same_key->key;
    } else {
        p->key = key_new(r->key);
    }
    p->cert = X509_new();
    enum err e = p->key && p->cert ? cert_fill(r, issuer, p, ret_why) : pki_refused("key", ret_why);
    if (e == ERR_OK) {
        *ret = p;
    } else {
        pki_free(p);
    }
    return e;
}

bool pki_use(const struct pki_pair *p, SSL_CTX *ctx)
{
    return SSL_CTX_use_certificate(ctx, p->cert) == 1 && SSL_CTX_use_PrivateKey(ctx, p->key) == 1;
}

void pki_free(struct pki_pair *p)
{
    if (p) {
        X509_free(p->cert);
        EVP_PKEY_free(p->key);
        free(p);
    }
}
