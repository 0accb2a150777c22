/* Digests by OpenSSL against the vectors of their standards. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_match),
        cmocka_unit_test(nothing_is_a_text_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
