/* What the files of io/pki share. */
#ifndef IO_PKI_INTERNAL_H
#define IO_PKI_INTERNAL_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "io/pki/pki.h"

struct pki_pair {
    X509 *cert;
    EVP_PKEY *key;
};

/* What OpenSSL says of the last failure, behind `what`; empties its queue. Returns ERR_IO. */
enum err pki_refused(const char *what, char ret_why[PKI_WHY]);
/* Basic constraints, key usage, extended key usage, key identifiers, names. */
enum err pki_extend(const struct pki_request *r, X509 *issuer, X509 *cert,
                    char ret_why[PKI_WHY]) MUST_CHECK;

#endif
