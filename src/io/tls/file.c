/* Digests of files, piece by piece. */
#include "io/tls/file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

static enum err update(EVP_MD_CTX *ctx, int fd, uint64_t offset, uint64_t len, uint64_t *ret_size)
{
    char buf[16384];
    uint64_t done = 0;
    while (done < len) {
        size_t want = len - done < sizeof buf ? (size_t)(len - done) : sizeof buf;
        ssize_t n = pread(fd, buf, want, (off_t)(offset + done));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 || (n == 0 && len != UINT64_MAX)) {
            return ERR_IO;
        }
        if (n == 0) {
            break;
        }
        if (EVP_DigestUpdate(ctx, buf, (size_t)n) != 1) {
            return ERR_IO;
        }
        done += (uint64_t)n;
    }
    *ret_size = done;
    return ERR_OK;
}

enum err tls_file_sha256(int fd, uint64_t offset, uint64_t len, char ret_text[TLS_SHA256_TEXT],
                         uint64_t *ret_size)
{
    static const char hex[] = "0123456789abcdef";
    uint8_t sum[EVP_MAX_MD_SIZE];
    uint64_t size = 0;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (!ctx) {
        return ERR_MEMORY;
    }
    enum err e = EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1
                     ? update(ctx, fd, offset, len, &size)
                     : ERR_IO;
    if (e == ERR_OK && EVP_DigestFinal_ex(ctx, sum, NULL) != 1) {
        e = ERR_IO;
    }
    EVP_MD_CTX_free(ctx);
    for (size_t i = 0; e == ERR_OK && i < 32; i++) {
        ret_text[2 * i] = hex[sum[i] >> 4];
        ret_text[2 * i + 1] = hex[sum[i] & 15];
    }
    if (e == ERR_OK) {
        ret_text[64] = '\0';
        *ret_size = size;
    }
    return e;
}

enum err tls_path_sha256(const char *path, char ret_text[TLS_SHA256_TEXT], uint64_t *ret_size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return ERR_IO;
    }
    enum err e = tls_file_sha256(fd, 0, UINT64_MAX, ret_text, ret_size);
    (void)close(fd);
    return e;
}
