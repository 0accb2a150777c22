/* What the pure layers need of OpenSSL. */
#ifndef IO_TLS_CRYPTO_H
#define IO_TLS_CRYPTO_H

#include "base/crypto.h"

/* The table; constant, shared by all threads. Its functions return ERR_IO when the library refuses
 * (an algorithm that its configuration forbids, as MD5 under FIPS) and ERR_MEMORY. */
const struct crypto *tls_crypto(void);

#endif
