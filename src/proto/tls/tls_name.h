/* Names of TLS's numbers, as the registries of IANA spell them. */
#ifndef PROTO_TLS_NAME_H
#define PROTO_TLS_NAME_H

#include "base/str.h"

/* "TLS 1.2", "SSL 3.0"; NULL when it is none. */
const char *tls_version_name(uint16_t version);
/* "unknown_ca"; NULL when it is not known (RFC 8446 6). */
const char *tls_alert_name(uint8_t description);
/* "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"; NULL when it is not known. */
const char *tls_cipher_name(uint16_t cipher);
/* "certificate_verify"; NULL when it is not known (RFC 8446 B.3). */
const char *tls_message_name(uint8_t type);

#endif
