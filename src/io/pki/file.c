/* Certificates and keys as files. */
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/pki/internal.h"

static FILE *file_open(const char *path, char ret_why[PKI_WHY])
{
    FILE *in = fopen(path, "re");
    if (!in) {
        (void)snprintf(ret_why, PKI_WHY, "%.180s: %s", path, strerror(errno));
    }
    return in;
}

/* OpenSSL would ask the terminal for a password. */
static int no_password(char *buf, int size, int writing, void *ctx)
{
    (void)buf;
    (void)size;
    (void)writing;
    (void)ctx;
    return -1;
}

static enum err check(const struct pki_pair *p, const char *cert, const char *key,
                      char ret_why[PKI_WHY])
{
    if (!p->cert || !p->key) {
        return pki_refused(p->cert ? key : cert, ret_why);
    }
    if (X509_check_private_key(p->cert, p->key) != 1) {
        return pki_refused(key, ret_why);
    }
    if (X509_check_ca(p->cert) != 1) {
        (void)snprintf(ret_why, PKI_WHY, "%.180s: may not issue certificates", cert);
        return ERR_IO;
    }
    return ERR_OK;
}

enum err pki_load_ca(const char *cert, const char *key, struct pki_pair **ret,
                     char ret_why[PKI_WHY])
{
    struct pki_pair *p = calloc(1, sizeof *p);
    FILE *cert_in = file_open(cert, ret_why);
    FILE *key_in = cert_in ? file_open(key, ret_why) : NULL;
    enum err e = p ? ERR_IO : ERR_MEMORY;
    if (p && cert_in && key_in) {
        p->cert = PEM_read_X509(cert_in, NULL, no_password, NULL);
        p->key = p->cert ? PEM_read_PrivateKey(key_in, NULL, no_password, NULL) : NULL;
        e = check(p, cert, key, ret_why);
    }
    if (key_in) {
        (void)fclose(key_in);
    }
    if (cert_in) {
        (void)fclose(cert_in);
    }
    if (e == ERR_OK) {
        *ret = p;
    } else {
        pki_free(p);
    }
    return e;
}

/* What OpenSSL wrote into memory goes on to the sink; `clean` wipes it before it is freed. */
static enum err pass_on(BIO *bio, bool written, bool clean, struct sink *out)
{
    char *p = NULL;
    long len = bio ? BIO_get_mem_data(bio, &p) : 0;
    enum err e = !bio ? ERR_MEMORY : ERR_IO;
    if (written && len > 0) {
        sink_str(out, str_of(p, (size_t)len));
        e = out->err;
    }
    if (clean && len > 0) {
        OPENSSL_cleanse(p, (size_t)len);
    }
    BIO_free(bio);
    ERR_clear_error();
    return e;
}

enum err pki_write_cert(const struct pki_pair *p, struct sink *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    return pass_on(bio, bio && PEM_write_bio_X509(bio, p->cert) == 1, false, out);
}

enum err pki_write_key(const struct pki_pair *p, struct sink *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    return pass_on(
        bio, bio && PEM_write_bio_PKCS8PrivateKey(bio, p->key, NULL, NULL, 0, NULL, NULL) == 1,
        true, out);
}

static enum err give(X509 *cert, enum err (*each)(void *ctx, struct str der), void *ctx)
{
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);
    enum err e = len > 0 ? each(ctx, str_of((const char *)der, (size_t)len)) : ERR_MEMORY;
    OPENSSL_free(der);
    return e;
}

enum err pki_each(const char *path, enum err (*each)(void *ctx, struct str der), void *ctx,
                  char ret_why[PKI_WHY])
{
    FILE *in = file_open(path, ret_why);
    if (!in) {
        return ERR_IO;
    }
    X509 *cert = NULL;
    size_t n = 0;
    enum err e = ERR_OK;
    while (e == ERR_OK && (cert = PEM_read_X509(in, NULL, no_password, NULL)) != NULL) {
        e = give(cert, each, ctx);
        X509_free(cert);
        n++;
    }
    if (n == 0 && fseek(in, 0, SEEK_SET) == 0 && (cert = d2i_X509_fp(in, NULL)) != NULL) {
        e = give(cert, each, ctx);
        X509_free(cert);
        n++;
    }
    (void)fclose(in);
    ERR_clear_error();
    if (n == 0) {
        (void)snprintf(ret_why, PKI_WHY, "%.180s: no certificate", path);
        e = ERR_MISSING;
    }
    return e;
}
