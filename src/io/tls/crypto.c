/* Digests, codes and ciphers by OpenSSL 3's EVP. */
#include "io/tls/crypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>

#include "io/tls/x509.h"

enum { DIGESTS = DIGEST_SHA512_256 + 1, CODES = HMAC_SHA384 + 1, KEY_MOST = 64 };

/* What a thread keeps: looking an algorithm up and making a context for it cost more than the digest of a short text. */
struct kept {
    EVP_MD *md[DIGESTS];
    EVP_MD_CTX *ctx;
    struct code {
        EVP_MAC_CTX *ctx;
        uint8_t key[KEY_MOST]; /* that of the last code */
        size_t key_len;
        bool keyed;
    } code[CODES];
};

static pthread_key_t kept_key;
static pthread_once_t kept_once = PTHREAD_ONCE_INIT;
static bool kept_works;

static void kept_free(void *of_thread)
{
    struct kept *k = of_thread;
    for (size_t i = 0; i < DIGESTS; i++) {
        EVP_MD_free(k->md[i]);
    }
    for (size_t i = 0; i < CODES; i++) {
        EVP_MAC_CTX_free(k->code[i].ctx);
    }
    EVP_MD_CTX_free(k->ctx);
    OPENSSL_cleanse(k, sizeof *k);
    free(k);
}

static void kept_init(void)
{
    kept_works = pthread_key_create(&kept_key, kept_free) == 0;
}

/* NULL without memory. */
static struct kept *kept(void)
{
    if (pthread_once(&kept_once, kept_init) != 0 || !kept_works) {
        return NULL;
    }
    struct kept *k = pthread_getspecific(kept_key);
    if (k) {
        return k;
    }
    k = calloc(1, sizeof *k);
    if (k) {
        k->ctx = EVP_MD_CTX_new();
        if (!k->ctx || pthread_setspecific(kept_key, k) != 0) {
            kept_free(k);
            k = NULL;
        }
    }
    return k;
}

static const EVP_MD *md_of(struct kept *k, enum digest_algorithm algorithm)
{
    static const char *const names[DIGESTS] = {
        [DIGEST_MD5] = "MD5", [DIGEST_SHA256] = "SHA256", [DIGEST_SHA512_256] = "SHA512-256"};
    if (!k->md[algorithm]) {
        k->md[algorithm] = EVP_MD_fetch(NULL, names[algorithm], NULL);
    }
    return k->md[algorithm];
}

enum { SHORT = 512 }; /* bytes that are put together before the library gets them */

/* The parts as one text: each call of the library costs more than copying a word. False: they are too long. */
static bool joined(const struct str *parts, size_t n, char text[SHORT], struct str *ret_text)
{
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        if (parts[i].len > SHORT - len) {
            return false;
        }
        if (parts[i].len) {
            memcpy(text + len, parts[i].p, parts[i].len);
        }
        len += parts[i].len;
    }
    *ret_text = str_of(text, len);
    return true;
}

static enum err digest(enum digest_algorithm algorithm, const struct str *parts, size_t n,
                       uint8_t ret_digest[DIGEST_MOST], size_t *ret_len)
{
    uint8_t out[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    char text[SHORT];
    struct str whole;
    struct kept *k = kept();
    if (!k) {
        return ERR_MEMORY;
    }
    if (joined(parts, n, text, &whole)) {
        parts = &whole;
        n = 1;
    }
    const EVP_MD *md = md_of(k, algorithm);
    bool ok = md && EVP_DigestInit_ex2(k->ctx, md, NULL) == 1;
    for (size_t i = 0; ok && i < n; i++) {
        ok = parts[i].len == 0 || EVP_DigestUpdate(k->ctx, parts[i].p, parts[i].len) == 1;
    }
    ok = ok && EVP_DigestFinal_ex(k->ctx, out, &len) == 1 && len <= DIGEST_MOST;
    if (!ok) {
        return ERR_IO;
    }
    memcpy(ret_digest, out, len);
    *ret_len = len;
    return ERR_OK;
}

static EVP_MAC_CTX *mac_of(enum hmac_algorithm algorithm)
{
    static char names[CODES][8] = {
        [HMAC_SHA1] = "SHA1", [HMAC_SHA256] = "SHA256", [HMAC_SHA384] = "SHA384"};
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, names[algorithm], 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;
    EVP_MAC_free(mac);
    if (ctx && EVP_MAC_CTX_set_params(ctx, params) != 1) {
        EVP_MAC_CTX_free(ctx);
        ctx = NULL;
    }
    return ctx;
}

/* Ready for a text; with the key of the time before, its part of the work is there already. */
static bool mac_begin(struct code *c, enum hmac_algorithm algorithm, struct str key)
{
    if (!c->ctx) {
        c->ctx = mac_of(algorithm);
    }
    if (!c->ctx) {
        return false;
    }
    if (c->keyed && c->key_len == key.len && memcmp(c->key, key.p, key.len) == 0) {
        return EVP_MAC_init(c->ctx, NULL, 0, NULL) == 1;
    }
    c->keyed = key.len > 0 && key.len <= KEY_MOST;
    if (c->keyed) {
        memcpy(c->key, key.p, key.len);
        c->key_len = key.len;
    }
    /* A key of no bytes must not be NULL, which means the one of before. */
    return EVP_MAC_init(c->ctx, (const uint8_t *)(key.len ? key.p : ""), key.len, NULL) == 1;
}

static enum err hmac(enum hmac_algorithm algorithm, struct str key, const struct str *parts,
                     size_t n, uint8_t ret_mac[HMAC_MOST], size_t *ret_len)
{
    uint8_t out[EVP_MAX_MD_SIZE];
    size_t len = 0;
    char text[SHORT];
    struct str whole;
    struct kept *k = kept();
    if (!k) {
        return ERR_MEMORY;
    }
    if (joined(parts, n, text, &whole)) {
        parts = &whole;
        n = 1;
    }
    struct code *c = &k->code[algorithm];
    bool ok = mac_begin(c, algorithm, key);
    for (size_t i = 0; ok && i < n; i++) {
        ok = parts[i].len == 0 ||
             EVP_MAC_update(c->ctx, (const uint8_t *)parts[i].p, parts[i].len) == 1;
    }
    ok = ok && EVP_MAC_final(c->ctx, out, &len, sizeof out) == 1 && len <= HMAC_MOST;
    if (!ok) {
        c->keyed = false;
        return ERR_IO;
    }
    memcpy(ret_mac, out, len);
    *ret_len = len;
    return ERR_OK;
}

static const EVP_CIPHER *aead_of(enum aead_algorithm algorithm)
{
    switch (algorithm) {
    case AEAD_AES_128_GCM:
        return EVP_aes_128_gcm();
    case AEAD_AES_256_GCM:
        return EVP_aes_256_gcm();
    case AEAD_CHACHA20_POLY1305:
        return EVP_chacha20_poly1305();
    }
    return NULL;
}

enum way { OPENS, SEALS }; /* as EVP_CipherInit_ex2 takes it */

/* A context with that key; NULL when they do not fit each other. */
static EVP_CIPHER_CTX *cipher_init(enum way way, const EVP_CIPHER *cipher, struct str key,
                                   struct str iv)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (ctx && ((size_t)EVP_CIPHER_get_key_length(cipher) != key.len ||
                (size_t)EVP_CIPHER_get_iv_length(cipher) != iv.len ||
                EVP_CipherInit_ex2(ctx, cipher, (const uint8_t *)key.p, (const uint8_t *)iv.p,
                                   way == SEALS, NULL) != 1)) {
        EVP_CIPHER_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}

static enum err aead_open(enum aead_algorithm algorithm, struct str key, struct str nonce,
                          struct str aad, struct str sealed, uint8_t *ret_plain)
{
    int n = 0;
    if (sealed.len < AEAD_TAG || sealed.len > INT32_MAX || aad.len > INT32_MAX) {
        return ERR_MALFORMED;
    }
    size_t len = sealed.len - AEAD_TAG;
    uint8_t tag[AEAD_TAG];
    memcpy(tag, sealed.p + len, AEAD_TAG);
    EVP_CIPHER_CTX *ctx = cipher_init(OPENS, aead_of(algorithm), key, nonce);
    if (ctx == NULL) {
        return ERR_IO;
    }
    bool ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, AEAD_TAG, tag) == 1 &&
              EVP_DecryptUpdate(ctx, NULL, &n, (const uint8_t *)aad.p, (int)aad.len) == 1 &&
              EVP_DecryptUpdate(ctx, ret_plain, &n, (const uint8_t *)sealed.p, (int)len) == 1 &&
              EVP_DecryptFinal_ex(ctx, ret_plain + n, &n) == 1;
    EVP_CIPHER_CTX_free(ctx);
    return ok ? ERR_OK : ERR_MALFORMED;
}

static enum err aead_seal(enum aead_algorithm algorithm, struct str key, struct str nonce,
                          struct str aad, struct str plain, uint8_t *ret_sealed)
{
    int n = 0;
    if (plain.len > INT32_MAX || aad.len > INT32_MAX) {
        return ERR_IO;
    }
    EVP_CIPHER_CTX *ctx = cipher_init(SEALS, aead_of(algorithm), key, nonce);
    if (ctx == NULL) {
        return ERR_IO;
    }
    bool ok =
        EVP_EncryptUpdate(ctx, NULL, &n, (const uint8_t *)aad.p, (int)aad.len) == 1 &&
        EVP_EncryptUpdate(ctx, ret_sealed, &n, (const uint8_t *)plain.p, (int)plain.len) == 1 &&
        EVP_EncryptFinal_ex(ctx, ret_sealed + n, &n) == 1 &&
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG, ret_sealed + plain.len) == 1;
    EVP_CIPHER_CTX_free(ctx);
    return ok ? ERR_OK : ERR_IO;
}

static enum err cbc_open(struct str key, struct str iv, struct str sealed, uint8_t *ret_plain)
{
    int n = 0;
    if (sealed.len > INT32_MAX) {
        return ERR_MALFORMED;
    }
    EVP_CIPHER_CTX *ctx =
        cipher_init(OPENS, key.len == 32 ? EVP_aes_256_cbc() : EVP_aes_128_cbc(), key, iv);
    if (ctx == NULL) {
        return ERR_IO;
    }
    bool ok =
        EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
        EVP_DecryptUpdate(ctx, ret_plain, &n, (const uint8_t *)sealed.p, (int)sealed.len) == 1 &&
        EVP_DecryptFinal_ex(ctx, ret_plain + n, &n) == 1;
    EVP_CIPHER_CTX_free(ctx);
    return ok ? ERR_OK : ERR_MALFORMED;
}

static enum err cbc_seal(struct str key, struct str iv, struct str plain, uint8_t *ret_sealed)
{
    int n = 0;
    if (plain.len > INT32_MAX) {
        return ERR_IO;
    }
    EVP_CIPHER_CTX *ctx =
        cipher_init(SEALS, key.len == 32 ? EVP_aes_256_cbc() : EVP_aes_128_cbc(), key, iv);
    if (ctx == NULL) {
        return ERR_IO;
    }
    bool ok =
        EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
        EVP_EncryptUpdate(ctx, ret_sealed, &n, (const uint8_t *)plain.p, (int)plain.len) == 1 &&
        EVP_EncryptFinal_ex(ctx, ret_sealed + n, &n) == 1;
    EVP_CIPHER_CTX_free(ctx);
    return ok ? ERR_OK : ERR_IO;
}

const struct crypto *tls_crypto(void)
{
    static const struct crypto table = {
        .digest = digest,
        .hmac = hmac,
        .aead_open = aead_open,
        .aead_seal = aead_seal,
        .cbc_open = cbc_open,
        .cbc_seal = cbc_seal,
        .x509_read = tls_x509_read,
    };
    return &table;
}
