/* Members packed by zlib itself, then damaged. */
#include "io/inflate/inflate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <zlib.h>

#include <cmocka.h>

enum { MOST = 4096 };

static size_t pack(const char *text, size_t len, char *room)
{
    z_stream z = {.next_in = NULL};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)text;
    z.avail_in = (uInt)len;
    z.next_out = (Bytef *)room;
    z.avail_out = MOST;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(deflateEnd(&z), Z_OK);
    return MOST - z.avail_out;
}

static void test_members(void **state)
{
    char packed[2 * MOST];
    size_t n = pack("<flat-profile/>", 15, packed);
    struct buf out = {.limit = 100};
    (void)state;
    assert_int_equal(inflate_gzip()->gzip(str_of(packed, n), &out), ERR_OK);
    assert_true(str_eq(buf_str(&out), STR("<flat-profile/>")));
    buf_reset(&out);
    size_t second = pack("and more", 8, packed + n);
    assert_int_equal(inflate_gzip()->gzip(str_of(packed, n + second), &out), ERR_OK);
    assert_true(str_eq(buf_str(&out), STR("<flat-profile/>and more")));
    buf_clear(&out);
}

static void test_bad(void **state)
{
    char packed[MOST];
    size_t n = pack("<flat-profile/>", 15, packed);
    (void)state;
    for (size_t len = 0; len < n; len++) { /* cut anywhere */
        struct buf out = {.limit = 100};
        assert_int_equal(inflate_gzip()->gzip(str_of(packed, len), &out), ERR_MALFORMED);
        buf_clear(&out);
    }
    for (size_t at = n - 8; at < n; at++) { /* CRC and length */
        struct buf out = {.limit = 100};
        packed[at] ^= 1;
        assert_int_equal(inflate_gzip()->gzip(str_of(packed, n), &out), ERR_MALFORMED);
        packed[at] ^= 1;
        buf_clear(&out);
    }
}

/* A megabyte of zeros in a kilobyte. */
static void test_bomb(void **state)
{
    static char zeros[1 << 20];
    char packed[MOST];
    size_t n = pack(zeros, sizeof zeros, packed);
    struct buf out = {.limit = 1000};
    (void)state;
    assert_int_equal(inflate_gzip()->gzip(str_of(packed, n), &out), ERR_LIMIT);
    assert_true(out.len <= 1000);
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_bomb),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
