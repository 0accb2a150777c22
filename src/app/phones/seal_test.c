/* Encrypted configurations by real digests and ciphers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "flow/provision/provision.h"
#include "io/tls/crypto.h"
#include "proto/aes128gcm/aes128gcm.h"
#include "proto/salted/salted.h"

/* As `openssl enc -e -aes-256-cbc -md sha256 -k SecretPhrase1234 -S 0102030405060708` makes it. */
static void openssl_reads_it(void **state)
{
    (void)state;
    static const uint8_t salt[SALTED_SALT] = {1, 2, 3, 4, 5, 6, 7, 8};
    static const char want[] = "Salted__\x01\x02\x03\x04\x05\x06\x07\x08"
                               "\x3a\xea\x87\xbe\xc1\xf9\x5e\x7f\x20\x1e\x00\x5f\x41\x3f\x72\xac";
    struct buf b = {.limit = 0};
    assert_int_equal(
        salted_write(tls_crypto(), STR("SecretPhrase1234"), salt, STR("<flat-profile/>"), &b),
        ERR_OK);
    assert_true(str_eq(buf_str(&b), str_of(want, sizeof want - 1)));
    buf_clear(&b);
}

/* RFC 8188 3.1, and what is longer than a record. */
static void the_example_of_the_standard(void **state)
{
    (void)state;
    static const char ikm[] = "\xca\xa7\x65\x67\xeb\x58\x7a\x67\xe8\x81\x29\xaf\xed\x6b\x39\x3d";
    static const uint8_t salt[] = {0x23, 0x50, 0x6c, 0xc6, 0xd1, 0x6d, 0xb6, 0x5b,
                                   0xf7, 0xbb, 0xf3, 0xa8, 0xf7, 0x8c, 0x67, 0x9b};
    static const char want[] =
        "\x23\x50\x6c\xc6\xd1\x6d\xb6\x5b\xf7\xbb\xf3\xa8\xf7\x8c\x67\x9b\x00\x00\x10\x00\x00"
        "\xf8\xd0\x15\xb9\xbd\xaa\x16\x00\x44\xb9\x02\x91\x6a\x9a\x19\xbb\xe2\x31\x90\x8b\xda"
        "\xdc\xc1\x01\xd4\xf0\xfe\x97\x2f\x13\x86\x38";
    struct str key = str_of(ikm, sizeof ikm - 1), none = str_of(NULL, 0);
    struct buf b = {.limit = 0};
    assert_int_equal(
        aes128gcm_write(tls_crypto(), key, none, salt, 4096, STR("I am the walrus"), &b), ERR_OK);
    assert_true(str_eq(buf_str(&b), str_of(want, sizeof want - 1)));
    buf_reset(&b);
    /* 15 bytes of text, 3 of them in each record of 20. */
    assert_int_equal(
        aes128gcm_write(tls_crypto(), key, STR("a1"), salt, 20, STR("I am the walrus"), &b),
        ERR_OK);
    assert_int_equal(b.len, 21 + 2 + 5 * 20);
    assert_int_equal(aes128gcm_write(tls_crypto(), key, none, salt, 17, STR("x"), &b), ERR_USAGE);
    buf_clear(&b);
}

/* By both digests that `openssl enc` has had as its default; with another passphrase or a byte changed, not at all. */
static void what_openssl_wrote_is_read(void **state)
{
    static const char head[] = "Salted__\x01\x02\x03\x04\x05\x06\x07\x08";
    static const struct {
        enum digest_algorithm digest;
        char body[17];
    } rows[] = {
        {DIGEST_SHA256, "\x3a\xea\x87\xbe\xc1\xf9\x5e\x7f\x20\x1e\x00\x5f\x41\x3f\x72\xac"},
        {DIGEST_MD5, "\x0b\x37\x06\xa4\xfe\x5e\xeb\x28\x23\x1f\x36\x39\xef\x5d\xde\x04"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char sealed[32], room[sizeof sealed];
        struct str plain;
        enum digest_algorithm digest;
        struct err_at at;
        memcpy(sealed, head, 16);
        memcpy(sealed + 16, rows[i].body, 16);
        struct str all = str_of(sealed, sizeof sealed), pass = STR("SecretPhrase1234");
        assert_int_equal(salted_read(tls_crypto(), pass, all, room, &plain, &digest, &at), ERR_OK);
        assert_true(str_eq(plain, STR("<flat-profile/>")) && digest == rows[i].digest);
        assert_int_equal(
            salted_read(tls_crypto(), STR("SecretPhrase1235"), all, room, &plain, &digest, &at),
            ERR_MALFORMED);
        assert_int_equal(at.offset, SALTED_OVERHEAD);
        assert_int_equal(
            salted_read(tls_crypto(), pass, str_head(all, 31), room, &plain, &digest, &at),
            ERR_MALFORMED);
        assert_int_equal(
            salted_read(tls_crypto(), pass, str_from(all, 1), room, &plain, &digest, &at),
            ERR_MALFORMED);
        assert_int_equal(at.offset, 0);
        sealed[31] ^= 1;
        assert_int_equal(salted_read(tls_crypto(), pass, all, room, &plain, &digest, &at),
                         ERR_MALFORMED);
    }
}

/* What aes128gcm_write made, whole, cut, changed, and with another key. */
static void records_are_read(void **state)
{
    static const uint8_t salt[AES128GCM_SALT] = {7};
    static const struct {
        size_t head; /* bytes that are left */
        size_t change;
        enum err want;
    } rows[] = {
        {1000, 1000, ERR_OK},
        {21 + 2 + 100 - 20, 1000, ERR_MALFORMED},
        {21 + 2 + 90, 1000, ERR_MALFORMED},
        {21 + 2, 1000, ERR_MALFORMED},
        {20, 1000, ERR_MALFORMED},
        {1000, 0, ERR_MALFORMED},
        {1000, 21 + 2, ERR_MALFORMED},
        {1000, 21, ERR_OK}, /* the key's name is not sealed */
        {1000, 18, ERR_MALFORMED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b = {.limit = 0};
        struct aes128gcm_head head;
        struct str plain;
        struct err_at at;
        char room[200];
        assert_int_equal(aes128gcm_write(tls_crypto(), STR("keying"), STR("a1"), salt, 20,
                                         STR("I am the walrus"), &b),
                         ERR_OK);
        if (rows[i].change < b.len) {
            b.p[rows[i].change] ^= 1;
        }
        struct str sealed = str_head(buf_str(&b), rows[i].head);
        enum err e = aes128gcm_head_read(sealed, &head, &at);
        e = e == ERR_OK ? aes128gcm_read(tls_crypto(), STR("keying"), &head, room, &plain, &at) : e;
        assert_int_equal(e, rows[i].want);
        if (e == ERR_OK) {
            assert_true(str_eq(plain, STR("I am the walrus")));
            assert_int_equal(aes128gcm_read(tls_crypto(), STR("Keying"), &head, room, &plain, &at),
                             ERR_MALFORMED);
        }
        buf_clear(&b);
    }
}

/* The same configuration and key give the same bytes: a phone that has them is told so. */
static void a_seal_is_for_its_content(void **state)
{
    (void)state;
    struct prov_device d = {
        .plain = STR("<flat-profile/>"), .pass = STR("secret"), .ikm = STR("keying")};
    struct buf one = {.limit = 0}, two = {.limit = 0};
    static const enum provision_body forms[] = {BODY_AES_CBC, BODY_AES128GCM};
    for (size_t i = 0; i < 2; i++) {
        buf_reset(&one);
        buf_reset(&two);
        assert_int_equal(provision_seal(tls_crypto(), &d, forms[i], &one), ERR_OK);
        assert_int_equal(provision_seal(tls_crypto(), &d, forms[i], &two), ERR_OK);
        assert_true(str_eq(buf_str(&one), buf_str(&two)));
        struct prov_device other = d;
        other.plain = STR("<flat-profile></flat-profile>");
        buf_reset(&two);
        assert_int_equal(provision_seal(tls_crypto(), &other, forms[i], &two), ERR_OK);
        assert_false(str_eq(str_head(buf_str(&one), 16), str_head(buf_str(&two), 16)));
    }
    d.pass = d.ikm = str_of(NULL, 0);
    assert_int_equal(provision_seal(tls_crypto(), &d, BODY_AES_CBC, &one), ERR_MISSING);
    buf_clear(&one);
    buf_clear(&two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openssl_reads_it),           cmocka_unit_test(the_example_of_the_standard),
        cmocka_unit_test(what_openssl_wrote_is_read), cmocka_unit_test(records_are_read),
        cmocka_unit_test(a_seal_is_for_its_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
