/* What a cipher suite means for the records: algorithms and lengths. */
#ifndef PROTO_TLS_SUITE_H
#define PROTO_TLS_SUITE_H

#include "base/crypto.h"

struct tls_suite {
    bool cbc; /* AES in CBC mode with `mac`; otherwise `aead` */
    enum aead_algorithm aead;
    enum hmac_algorithm mac;
    enum hmac_algorithm hash; /* of the key derivation */
    uint8_t mac_len;          /* bytes of the MAC and of its key; 0 for AEAD */
    uint8_t key_len;
    uint8_t iv_len; /* bytes out of the key block of TLS 1.2 */
};

/* False when records of the suite cannot be opened here. */
bool tls_suite_find(uint16_t cipher, struct tls_suite *ret_suite);
/* Bytes of an HMAC by that algorithm. */
size_t tls_hash_len(enum hmac_algorithm hash);

#endif
