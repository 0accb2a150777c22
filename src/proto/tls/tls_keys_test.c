/* Key logs: which lines count, what is found again. */
#include "proto/tls/tls_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define HEX_16 "0123456789abcdef0123456789ABCDEF"
#define HEX_32 HEX_16 HEX_16
#define HEX_48 HEX_32 HEX_16

static const char text[] = "# a comment\n"
                           "\n"
                           "CLIENT_RANDOM " HEX_32 " " HEX_48 "\r\n"
                           "CLIENT_RANDOM " HEX_32 " ff\n"
                           "  SERVER_TRAFFIC_SECRET_0\t" HEX_32 " " HEX_32 "\n"
                           "EXPORTER_SECRET " HEX_32 " " HEX_32 "\n"
                           "CLIENT_TRAFFIC_SECRET_0 " HEX_16 " " HEX_32 "\n"
                           "CLIENT_TRAFFIC_SECRET_0 " HEX_32 " " HEX_48 "ab\n"
                           "CLIENT_TRAFFIC_SECRET_0 " HEX_32 " abc\n"
                           "CLIENT_TRAFFIC_SECRET_0 " HEX_32 " \n"
                           "CLIENT_TRAFFIC_SECRET_0 " HEX_32 " xx\n"
                           "CLIENT_HANDSHAKE_TRAFFIC_SECRET " HEX_32 " 01";

static const uint8_t random_bytes[] = {
    0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
    0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};

static void lines_are_read(void **state)
{
    (void)state;
    struct tls_keys k;
    tls_keys_init(&k);
    assert_int_equal(tls_keys_find(&k, TLS_KEY_MASTER, random_bytes).len, 0);
    assert_int_equal(tls_keys_add(&k, str_z(text)), ERR_OK);
    assert_int_equal(k.n, 3);
    struct str master = tls_keys_find(&k, TLS_KEY_MASTER, random_bytes);
    assert_int_equal(master.len, 48); /* the first one counts */
    assert_memory_equal(master.p, random_bytes, 16);
    assert_int_equal(tls_keys_find(&k, TLS_KEY_SERVER_TRAFFIC, random_bytes).len, 32);
    assert_int_equal(tls_keys_find(&k, TLS_KEY_CLIENT_HANDSHAKE, random_bytes).len, 1);
    assert_int_equal(tls_keys_find(&k, TLS_KEY_CLIENT_TRAFFIC, random_bytes).len, 0);
    tls_keys_clear(&k);
    assert_int_equal(k.n, 0);
}

static void many_are_found(void **state)
{
    (void)state;
    struct tls_keys k;
    tls_keys_init(&k);
    uint8_t random[32] = {0};
    for (unsigned i = 0; i <= TLS_KEYS_MOST; i++) {
        char line[256];
        int n = snprintf(line, sizeof line, "CLIENT_RANDOM %064x %08x\n", i, i);
        assert_int_equal(tls_keys_add(&k, str_of(line, (size_t)n)),
                         i < TLS_KEYS_MOST ? ERR_OK : ERR_LIMIT);
    }
    for (unsigned i = 0; i < TLS_KEYS_MOST; i += 7) {
        random[30] = (uint8_t)(i >> 8);
        random[31] = (uint8_t)i;
        struct str secret = tls_keys_find(&k, TLS_KEY_MASTER, random);
        assert_int_equal(secret.len, 4);
        assert_memory_equal(secret.p, random + 28, 4);
    }
    tls_keys_clear(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_read),
        cmocka_unit_test(many_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
