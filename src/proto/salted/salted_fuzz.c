/* Any bytes as a container: what comes out lies inside the room and is a profile. What is written is read again. Digest and cipher are
 * played: the cipher adds a byte of the key. */
#include <stdlib.h>

#include "proto/salted/salted.h"

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static enum err fake_digest(enum digest_algorithm algorithm, const struct str *parts, size_t n,
                            uint8_t ret_digest[DIGEST_MOST], size_t *ret_len)
{
    uint8_t sum = (uint8_t)algorithm;
    for (size_t i = 0; i < n; i++) {
        for (size_t b = 0; b < parts[i].len; b++) {
            sum = (uint8_t)(sum * 31 + (uint8_t)parts[i].p[b]);
        }
    }
    *ret_len = algorithm == DIGEST_MD5 ? 16 : 32;
    memset(ret_digest, sum, *ret_len);
    return ERR_OK;
}

static enum err fake_cbc(struct str key, struct str iv, struct str in, uint8_t *ret_out)
{
    must(key.len == 32 && iv.len == 16 && in.len > 0 && in.len % 16 == 0);
    for (size_t i = 0; i < in.len; i++) {
        ret_out[i] = (uint8_t)in.p[i] ^ (uint8_t)key.p[0];
    }
    return ERR_OK;
}

static const struct crypto crypto = {
    .digest = fake_digest, .cbc_open = fake_cbc, .cbc_seal = fake_cbc};

static void hear(struct str sealed, char *room)
{
    struct str plain;
    enum digest_algorithm digest;
    struct err_at at = {0, NULL, NULL};
    enum err e = salted_read(&crypto, STR("pass"), sealed, room, &plain, &digest, &at);
    if (e == ERR_OK) {
        must(plain.p == room && plain.len > 0 && plain.len + SALTED_OVERHEAD < sealed.len);
        must(digest == DIGEST_SHA256 || digest == DIGEST_MD5);
    } else {
        must(e == ERR_MALFORMED && at.what != NULL && at.offset <= sealed.len);
    }
}

static void tell(struct str content)
{
    static const uint8_t salt[SALTED_SALT] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct buf plain = {.limit = 0}, sealed = {.limit = 0};
    struct str back;
    enum digest_algorithm digest = DIGEST_MD5;
    struct err_at at;
    must(buf_add(&plain, STR("<")) == ERR_OK && buf_add(&plain, content) == ERR_OK);
    must(salted_write(&crypto, STR("pass"), salt, buf_str(&plain), &sealed) == ERR_OK);
    char *room = malloc(sealed.len);
    must(room &&
         salted_read(&crypto, STR("pass"), buf_str(&sealed), room, &back, &digest, &at) == ERR_OK);
    must(digest == DIGEST_SHA256 && str_eq(back, buf_str(&plain)));
    free(room);
    buf_clear(&sealed);
    buf_clear(&plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct str bytes = str_of((const char *)data, len);
    char *room = malloc(len ? len : 1);
    must(room != NULL);
    hear(bytes, room);
    free(room);
    tell(bytes);
    return 0;
}
