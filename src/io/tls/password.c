/* scrypt by OpenSSL. */
#include "io/tls/password.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>

/* RFC 7914 2: N = 2^15 and r = 8 take 32 MiB. Other figures in a text are none of ours. */
enum { LOG_N = 15, R = 8, P = 1, SALT = 16, KEY = 32 };
#define MEMORY_MOST (UINT64_C(64) * 1024 * 1024)
#define HEAD "$scrypt$15$8$1$"

static bool derive(struct str password, const uint8_t salt[SALT], uint8_t ret_key[KEY])
{
    return EVP_PBE_scrypt(password.len ? password.p : "", password.len, salt, SALT,
                          UINT64_C(1) << LOG_N, R, P, MEMORY_MOST, ret_key, KEY) == 1;
}

static void write_hex(char *to, const uint8_t *from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(to + 2 * i, 3, "%02x", from[i]);
    }
}

static bool read_hex(struct str from, uint8_t *to, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int high = 2 * i + 1 < from.len ? ascii_hex(from.p[2 * i]) : -1;
        int low = high >= 0 ? ascii_hex(from.p[2 * i + 1]) : -1;
        if (low < 0) {
            return false;
        }
        to[i] = (uint8_t)(high * 16 + low);
    }
    return from.len == 2 * n;
}

enum err tls_password_make(struct str password, char ret_text[TLS_PASSWORD_TEXT])
{
    uint8_t salt[SALT], key[KEY];
    char salt_text[2 * SALT + 1], key_text[2 * KEY + 1];
    if (RAND_bytes(salt, sizeof salt) != 1 || !derive(password, salt, key)) {
        return ERR_IO;
    }
    write_hex(salt_text, salt, sizeof salt);
    write_hex(key_text, key, sizeof key);
    (void)snprintf(ret_text, TLS_PASSWORD_TEXT, HEAD "%s$%s", salt_text, key_text);
    OPENSSL_cleanse(key, sizeof key);
    return ERR_OK;
}

bool tls_password_fits(struct str password, struct str text)
{
    uint8_t salt[SALT] = {0}, key[KEY] = {0}, made[KEY];
    bool ours = str_starts(text, STR(HEAD));
    struct str rest = ours ? str_from(text, sizeof HEAD - 1) : STR("");
    ours = read_hex(str_cut(&rest, '$'), salt, sizeof salt) && read_hex(rest, key, sizeof key);
    bool same = derive(password, salt, made) && CRYPTO_memcmp(made, key, sizeof key) == 0;
    OPENSSL_cleanse(made, sizeof made);
    return ours && same;
}
