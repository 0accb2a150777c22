/* Certificates read by OpenSSL. */
#ifndef IO_TLS_X509_H
#define IO_TLS_X509_H

#include "base/err.h"
#include "base/x509.h"

/* As x509_read of base/crypto.h. */
enum err tls_x509_read(struct str der, struct x509 *ret_x509) MUST_CHECK;

#endif
