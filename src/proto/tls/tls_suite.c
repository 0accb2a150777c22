/* Cipher suites: how they seal records. */
#include "proto/tls/tls_suite.h"

enum seal {
    SEAL_NONE,
    SEAL_AES_128_GCM,
    SEAL_AES_256_GCM,
    SEAL_CHACHA20_POLY1305,
    SEAL_AES_128_CBC_SHA,
    SEAL_AES_256_CBC_SHA,
    SEAL_AES_128_CBC_SHA256,
    SEAL_AES_256_CBC_SHA256,
    SEAL_AES_256_CBC_SHA384,
};

static const struct {
    uint16_t number;
    uint8_t seal;
    uint8_t hash;
} rows[] = {
#define CIPHER(number, name, seal, hash) {number, SEAL_##seal, HMAC_##hash},
#include "proto/tls/tls_cipher.def"
#undef CIPHER
};

/* `hash` is that of each suite's own row. */
static const struct tls_suite seals[] = {
    [SEAL_AES_128_GCM] = {.aead = AEAD_AES_128_GCM, .key_len = 16, .iv_len = 4},
    [SEAL_AES_256_GCM] = {.aead = AEAD_AES_256_GCM, .key_len = 32, .iv_len = 4},
    [SEAL_CHACHA20_POLY1305] = {.aead = AEAD_CHACHA20_POLY1305, .key_len = 32, .iv_len = 12},
    [SEAL_AES_128_CBC_SHA] = {.cbc = true, .mac = HMAC_SHA1, .mac_len = 20, .key_len = 16},
    [SEAL_AES_256_CBC_SHA] = {.cbc = true, .mac = HMAC_SHA1, .mac_len = 20, .key_len = 32},
    [SEAL_AES_128_CBC_SHA256] = {.cbc = true, .mac = HMAC_SHA256, .mac_len = 32, .key_len = 16},
    [SEAL_AES_256_CBC_SHA256] = {.cbc = true, .mac = HMAC_SHA256, .mac_len = 32, .key_len = 32},
    [SEAL_AES_256_CBC_SHA384] = {.cbc = true, .mac = HMAC_SHA384, .mac_len = 48, .key_len = 32},
};

bool tls_suite_find(uint16_t cipher, struct tls_suite *ret_suite)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].number == cipher && rows[i].seal != SEAL_NONE) {
            *ret_suite = seals[rows[i].seal];
            ret_suite->hash = (enum hmac_algorithm)rows[i].hash;
            return true;
        }
    }
    return false;
}

size_t tls_hash_len(enum hmac_algorithm hash)
{
    switch (hash) {
    case HMAC_SHA1:
        return 20;
    case HMAC_SHA256:
        return 32;
    case HMAC_SHA384:
        break;
    }
    return 48;
}
