/* Digests by OpenSSL 3's EVP. */
#include "io/tls/crypto.h"

#include <openssl/evp.h>

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

const struct crypto *tls_crypto(void)
{
    static const struct crypto table = {.digest = digest};
    return &table;
}
