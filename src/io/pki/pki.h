/* Keys and certificates of a lab (RFC 5280), made by OpenSSL. */
#ifndef IO_PKI_PKI_H
#define IO_PKI_PKI_H

#include "base/err.h"
#include "base/sink.h"
#include "base/time.h"

struct pki_pair; /* a certificate and its key */
struct ssl_ctx_st;

enum { PKI_WHY = 256 }; /* bytes with NUL */
enum { PKI_SUBJECT = 12 };

enum pki_key { PKI_P256, PKI_RSA_2048 };

/* Decides basic constraints, key usage and extended key usage. */
enum pki_role {
    PKI_CA,     /* issues certificates, but none that issue others */
    PKI_SERVER, /* of TLS */
    PKI_CLIENT,
};

struct pki_attribute {
    const char *type;  /* OpenSSL's short name: "CN", "OU", "SN" (surname), "serialNumber" */
    const char *value; /* UTF-8 */
};

enum pki_name_kind { PKI_DNS, PKI_IP, PKI_URI };

struct pki_name {
    enum pki_name_kind kind;
    const char *text;
};

struct pki_request {
    enum pki_role role;
    enum pki_key key;
    bool sha1; /* signed with SHA-1 instead of SHA-256 */
    struct pki_attribute subject[PKI_SUBJECT];
    size_t n_subject;
    const struct pki_name *name; /* subjectAltName */
    size_t n_names;
    usec_t from, until; /* whole seconds count */
    const struct pki_pair
        *same_key; /* its key in place of a new one; NULL: a new one of kind `key` */
};

/* A new key and its certificate with a random serial number of 127 bits, signed by `issuer`, or by
 * itself where that is NULL. ERR_IO: the library refuses, ret_why tells what; ERR_MEMORY. */
enum err pki_make(const struct pki_request *r, const struct pki_pair *issuer, struct pki_pair **ret,
                  char ret_why[PKI_WHY]) MUST_CHECK;
/* From two PEM files. ERR_IO: ret_why tells which file and what is wrong with it; the key does not
 * fit the certificate, or the certificate may not issue others. */
enum err pki_load_ca(const char *cert, const char *key, struct pki_pair **ret,
                     char ret_why[PKI_WHY]) MUST_CHECK;
void pki_free(struct pki_pair *p);
/* Shows it in the handshakes of an SSL_CTX, which keeps references of its own. */
bool pki_use(const struct pki_pair *p, struct ssl_ctx_st *ctx);

/* PEM; the key as PKCS #8 without a password. ERR_IO, ERR_MEMORY, or what the sink returned. */
enum err pki_write_cert(const struct pki_pair *p, struct sink *out) MUST_CHECK;
enum err pki_write_key(const struct pki_pair *p, struct sink *out) MUST_CHECK;

/* Calls `each` with every certificate of a file (PEM, or one in DER) in DER, until it returns
 * something else than ERR_OK, which is returned. ERR_IO: ret_why tells; ERR_MISSING: there is none. */
enum err pki_each(const char *path, enum err (*each)(void *ctx, struct str der), void *ctx,
                  char ret_why[PKI_WHY]) MUST_CHECK;

#endif
