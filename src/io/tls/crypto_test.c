/* Digests, codes and ciphers by OpenSSL against the vectors of their standards. */
#include "io/tls/crypto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

struct vector {
    enum digest_algorithm algorithm;
    const char *parts[3];
    const char *hex;
};

/* RFC 1321 A.5; FIPS 180-4 examples. */
static const struct vector vectors[] = {
    {DIGEST_MD5, {"", NULL}, "d41d8cd98f00b204e9800998ecf8427e"},
    {DIGEST_MD5, {"abc", NULL}, "900150983cd24fb0d6963f7d28e17f72"},
    {DIGEST_MD5, {"a", "", "bc"}, "900150983cd24fb0d6963f7d28e17f72"},
    {DIGEST_SHA256,
     {"ab", "c", NULL},
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {DIGEST_SHA512_256,
     {"abc", NULL},
     "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"},
};

static void digests_match(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const struct vector *v = &vectors[i];
        struct str parts[3];
        uint8_t out[DIGEST_MOST];
        char hex[2 * DIGEST_MOST + 1];
        size_t n = 0;
        size_t len;
        while (n < 3 && v->parts[n] != NULL) {
            parts[n] = str_z(v->parts[n]);
            n++;
        }
        assert_int_equal(tls_crypto()->digest(v->algorithm, parts, n, out, &len), ERR_OK);
        for (size_t b = 0; b < len; b++) {
            snprintf(hex + 2 * b, 3, "%02x", out[b]);
        }
        assert_string_equal(hex, v->hex);
    }
}

static void nothing_is_a_text_too(void **state)
{
    (void)state;
    uint8_t out[DIGEST_MOST];
    size_t len;
    assert_int_equal(tls_crypto()->digest(DIGEST_SHA256, NULL, 0, out, &len), ERR_OK);
    assert_int_equal(len, 32);
    assert_int_equal(out[0], 0xe3);
}

/* RFC 2202 3, RFC 4231 4.3: key "Jefe". */
static void codes_match(void **state)
{
    (void)state;
    static const struct {
        enum hmac_algorithm algorithm;
        const char *hex;
    } codes[] = {
        {HMAC_SHA1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
        {HMAC_SHA256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {HMAC_SHA384, "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
                      "8e2240ca5e69e2c78b3239ecfab21649"},
    };
    const struct str parts[] = {STR("what do ya want "), STR(""), STR("for nothing?")};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        uint8_t out[HMAC_MOST];
        char hex[2 * HMAC_MOST + 1];
        size_t len = 0;
        assert_int_equal(tls_crypto()->hmac(codes[i].algorithm, STR("Jefe"), parts, 3, out, &len),
                         ERR_OK);
        for (size_t b = 0; b < len; b++) {
            snprintf(hex + 2 * b, 3, "%02x", out[b]);
        }
        assert_string_equal(hex, codes[i].hex);
        assert_int_equal(tls_crypto()->hmac(codes[i].algorithm, STR(""), NULL, 0, out, &len),
                         ERR_OK);
    }
}

/* What a thread keeps from one code to the next changes none. */
static void keys_do_not_mix(void **state)
{
    (void)state;
    static const struct str keys[] = {STR_INIT("Jefe"), STR_INIT("Jefe"), STR_INIT("Jeff"),
                                      STR_INIT("Jef"),  STR_INIT(""),     STR_INIT("Jefe")};
    const struct str parts[] = {STR("what do ya want for nothing?")};
    uint8_t first[HMAC_MOST];
    size_t len = 0;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        uint8_t out[HMAC_MOST];
        assert_int_equal(tls_crypto()->hmac(HMAC_SHA256, keys[i], parts, 1, out, &len), ERR_OK);
        assert_int_equal(len, 32);
        if (i == 0) {
            memcpy(first, out, len);
        }
        assert_int_equal(memcmp(first, out, len) == 0, str_eq(keys[i], keys[0]));
    }
}

/* Test case 2 of McGrew and Viega's "The Galois/Counter Mode of Operation". */
static void aead_opens_what_is_whole(void **state)
{
    (void)state;
    static const char zero[16];
    char sealed[] = "\x03\x88\xda\xce\x60\xb6\xa3\x92\xf3\x28\xc2\xb9\x71\xb2\xfe\x78"
                    "\xab\x6e\x47\xd4\x2c\xec\x13\xbd\xf5\x3a\x67\xb2\x12\x57\xbd\xdf";
    const struct crypto *c = tls_crypto();
    struct str key = str_of(zero, 16);
    struct str nonce = str_of(zero, AEAD_NONCE);
    struct str all = str_of(sealed, sizeof sealed - 1);
    uint8_t plain[16] = "................";
    assert_int_equal(c->aead_open(AEAD_AES_128_GCM, key, nonce, STR(""), all, plain), ERR_OK);
    assert_memory_equal(plain, zero, 16);
    assert_int_equal(c->aead_open(AEAD_AES_128_GCM, key, nonce, STR("x"), all, plain),
                     ERR_MALFORMED);
    assert_int_equal(c->aead_open(AEAD_AES_128_GCM, key, nonce, STR(""), str_head(all, 15), plain),
                     ERR_MALFORMED);
    assert_int_equal(c->aead_open(AEAD_AES_256_GCM, key, nonce, STR(""), all, plain), ERR_IO);
    sealed[0] ^= 1;
    assert_int_equal(c->aead_open(AEAD_AES_128_GCM, key, nonce, STR(""), all, plain),
                     ERR_MALFORMED);
}

static void what_is_sealed_opens(void **state)
{
    (void)state;
    static const char key[32] = "0123456789abcdef0123456789abcde";
    const struct crypto *c = tls_crypto();
    const struct str nonce = STR("twelve bytes"), aad = STR("row 7");
    for (size_t len = 0; len <= 40; len++) {
        uint8_t sealed[40 + AEAD_TAG], plain[40];
        struct str text = str_of("Circle Of Life, Circle Of Life, Circle Of Life", len);
        assert_int_equal(c->aead_seal(AEAD_AES_256_GCM, str_of(key, 32), nonce, aad, text, sealed),
                         ERR_OK);
        struct str all = str_of((const char *)sealed, len + AEAD_TAG);
        assert_int_equal(c->aead_open(AEAD_AES_256_GCM, str_of(key, 32), nonce, aad, all, plain),
                         ERR_OK);
        assert_memory_equal(plain, text.p, len);
        sealed[len / 2] ^= 1;
        assert_int_equal(c->aead_open(AEAD_AES_256_GCM, str_of(key, 32), nonce, aad, all, plain),
                         ERR_MALFORMED);
    }
    uint8_t out[AEAD_TAG];
    assert_int_equal(c->aead_seal(AEAD_AES_256_GCM, str_of(key, 16), nonce, aad, STR(""), out),
                     ERR_IO);
}

/* NIST SP 800-38A F.2.1. */
static void cbc_opens_blocks(void **state)
{
    (void)state;
    struct str key = STR("\x2b\x7e\x15\x16\x28\xae\xd2\xa6\xab\xf7\x15\x88\x09\xcf\x4f\x3c");
    struct str iv = STR("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f");
    struct str sealed = STR("\x76\x49\xab\xac\x81\x19\xb2\x46\xce\xe9\x8e\x9b\x12\xe9\x19\x7d");
    uint8_t plain[16];
    assert_int_equal(tls_crypto()->cbc_open(key, iv, sealed, plain), ERR_OK);
    assert_memory_equal(plain, "\x6b\xc1\xbe\xe2\x2e\x40\x9f\x96\xe9\x3d\x7e\x11\x73\x93\x17\x2a",
                        16);
    assert_int_equal(tls_crypto()->cbc_open(key, iv, str_head(sealed, 15), plain), ERR_MALFORMED);
    assert_int_equal(tls_crypto()->cbc_open(str_head(key, 8), iv, sealed, plain), ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_match),
        cmocka_unit_test(nothing_is_a_text_too),
        cmocka_unit_test(codes_match),
        cmocka_unit_test(keys_do_not_mix),
        cmocka_unit_test(aead_opens_what_is_whole),
        cmocka_unit_test(what_is_sealed_opens),
        cmocka_unit_test(cbc_opens_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
