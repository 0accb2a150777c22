/* Digests, codes and ciphers by OpenSSL 3's EVP. */
#include "io/tls/crypto.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "io/tls/x509.h"

static const EVP_MD *md_of(enum digest_algorithm algorithm)
{
    switch (algorithm) {
    case DIGEST_MD5:
        return EVP_md5();
    case DIGEST_SHA256:
        return EVP_sha256();
    case DIGEST_SHA512_256:
        return EVP_sha512_256();
    }
    return NULL;
}

static enum err digest(enum digest_algorithm algorithm, const struct str *parts, size_t n,
                       uint8_t ret_digest[DIGEST_MOST], size_t *ret_len)
{
    uint8_t out[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (ctx == NULL) {
        return ERR_MEMORY;
    }
    bool ok = EVP_DigestInit_ex(ctx, md_of(algorithm), NULL) == 1;
    for (size_t i = 0; ok && i < n; i++) {
        ok = parts[i].len == 0 || EVP_DigestUpdate(ctx, parts[i].p, parts[i].len) == 1;
    }
    ok = ok && EVP_DigestFinal_ex(ctx, out, &len) == 1 && len <= DIGEST_MOST;
    EVP_MD_CTX_free(ctx);
    if (!ok) {
        return ERR_IO;
    }
    memcpy(ret_digest, out, len);
    *ret_len = len;
    return ERR_OK;
}

static char *hmac_name(enum hmac_algorithm algorithm)
{
    static char names[][8] = {
        [HMAC_SHA1] = "SHA1",
        [HMAC_SHA256] = "SHA256",
        [HMAC_SHA384] = "SHA384",
    };
    return names[algorithm];
}

static enum err hmac(enum hmac_algorithm algorithm, struct str key, const struct str *parts,
                     size_t n, uint8_t ret_mac[HMAC_MOST], size_t *ret_len)
{
    uint8_t out[EVP_MAX_MD_SIZE];
    size_t len = 0;
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, hmac_name(algorithm), 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;
    /* A key of no bytes must not be NULL, which means the one of before. */
    const char *p = key.len ? key.p : "";
    bool ok = ctx && EVP_MAC_init(ctx, (const uint8_t *)p, key.len, params) == 1;
    for (size_t i = 0; ok && i < n; i++) {
        ok = parts[i].len == 0 ||
             EVP_MAC_update(ctx, (const uint8_t *)parts[i].p, parts[i].len) == 1;
    }
    ok = ok && EVP_MAC_final(ctx, out, &len, sizeof out) == 1 && len <= HMAC_MOST;
    EVP_MAC_CTX_free(ctx);
    EVP_MAC_free(mac);
    if (!ok) {
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

/* A context for decryption with that key; NULL when they do not fit each other. */
static EVP_CIPHER_CTX *cipher_open(const EVP_CIPHER *cipher, struct str key, struct str iv)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (ctx && ((size_t)EVP_CIPHER_get_key_length(cipher) != key.len ||
                (size_t)EVP_CIPHER_get_iv_length(cipher) != iv.len ||
                EVP_DecryptInit_ex2(ctx, cipher, (const uint8_t *)key.p, (const uint8_t *)iv.p,
                                    NULL) != 1)) {
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
    EVP_CIPHER_CTX *ctx = cipher_open(aead_of(algorithm), key, nonce);
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

static enum err cbc_open(struct str key, struct str iv, struct str sealed, uint8_t *ret_plain)
{
    int n = 0;
    if (sealed.len > INT32_MAX) {
        return ERR_MALFORMED;
    }
    EVP_CIPHER_CTX *ctx =
        cipher_open(key.len == 32 ? EVP_aes_256_cbc() : EVP_aes_128_cbc(), key, iv);
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

const struct crypto *tls_crypto(void)
{
    static const struct crypto table = {
        .digest = digest,
        .hmac = hmac,
        .aead_open = aead_open,
        .cbc_open = cbc_open,
        .x509_read = tls_x509_read,
    };
    return &table;
}
