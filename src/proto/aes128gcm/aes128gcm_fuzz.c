/* Any bytes as a content: views stay inside. What is written is read again, and not when its last record is gone. Code and cipher are
 * played: the cipher adds a byte of key and nonce, its tag is that byte. */
#include <stdlib.h>

#include "proto/aes128gcm/aes128gcm.h"

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static enum err fake_hmac(enum hmac_algorithm algorithm, struct str key, const struct str *parts,
                          size_t n, uint8_t ret_mac[HMAC_MOST], size_t *ret_len)
{
    must(algorithm == HMAC_SHA256 && n == 1);
    *ret_len = 32;
    memset(ret_mac, (key.len ? key.p[0] : 0) + (parts[0].len ? parts[0].p[0] : 0), *ret_len);
    return ERR_OK;
}

static uint8_t mask_of(struct str key, struct str nonce)
{
    must(key.len == 16 && nonce.len == AEAD_NONCE);
    return (uint8_t)(key.p[0] ^ nonce.p[AEAD_NONCE - 1]);
}

static enum err fake_open(enum aead_algorithm algorithm, struct str key, struct str nonce,
                          struct str aad, struct str sealed, uint8_t *ret_plain)
{
    uint8_t mask = mask_of(key, nonce);
    must(algorithm == AEAD_AES_128_GCM && aad.len == 0 && sealed.len > AEAD_TAG);
    for (size_t i = 0; i < sealed.len - AEAD_TAG; i++) {
        ret_plain[i] = (uint8_t)sealed.p[i] ^ mask;
    }
    return (uint8_t)sealed.p[sealed.len - 1] == mask ? ERR_OK : ERR_MALFORMED;
}

static enum err fake_seal(enum aead_algorithm algorithm, struct str key, struct str nonce,
                          struct str aad, struct str plain, uint8_t *ret_sealed)
{
    uint8_t mask = mask_of(key, nonce);
    must(algorithm == AEAD_AES_128_GCM && aad.len == 0);
    for (size_t i = 0; i < plain.len; i++) {
        ret_sealed[i] = (uint8_t)plain.p[i] ^ mask;
    }
    memset(ret_sealed + plain.len, mask, AEAD_TAG);
    return ERR_OK;
}

static const struct crypto crypto = {
    .hmac = fake_hmac, .aead_open = fake_open, .aead_seal = fake_seal};

/* The content of `sealed` in memory of its own size; ret_plain->p NULL: refused. To be freed by the caller. */
static char *hear(struct str sealed, struct str *ret_plain)
{
    struct aes128gcm_head head;
    struct err_at at = {0, NULL, NULL};
    *ret_plain = str_of(NULL, 0);
    if (aes128gcm_head_read(sealed, &head, &at) != ERR_OK) {
        must(at.what != NULL && at.offset <= sealed.len);
        return NULL;
    }
    must(head.records.len <= sealed.len && head.keyid.len <= 255);
    char *room = malloc(head.records.len + 1);
    must(room != NULL);
    enum err e = aes128gcm_read(&crypto, STR("ikm"), &head, room, ret_plain, &at);
    must(e == ERR_OK ? ret_plain->p == room && ret_plain->len <= head.records.len
                     : e == ERR_MALFORMED && at.what && at.offset <= head.records.len);
    return room;
}

static void tell(struct str content, uint32_t record)
{
    static const uint8_t salt[AES128GCM_SALT] = {1};
    struct buf sealed = {.limit = 0};
    struct str plain;
    must(aes128gcm_write(&crypto, STR("ikm"), STR("k"), salt, record, content, &sealed) == ERR_OK);
    char *room = hear(buf_str(&sealed), &plain);
    must(plain.p != NULL && str_eq(plain, content));
    free(room);
    size_t least = AES128GCM_SALT + 6;
    if (sealed.len - least > record) {
        room = hear(str_head(buf_str(&sealed), least + record), &plain);
        must(plain.p == NULL);
        free(room);
    }
    buf_clear(&sealed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct str bytes = str_of((const char *)data, len), plain;
    free(hear(bytes, &plain));
    tell(bytes, 18 + (len ? data[0] : 0));
    return 0;
}
