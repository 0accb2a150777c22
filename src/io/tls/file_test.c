/* SHA-256 of files: FIPS 180-4's "abc", a part, what is not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/tls/file.h"

static void sums(void **state)
{
    static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    char sum[TLS_SHA256_TEXT];
    uint64_t size = 0;
    FILE *f = tmpfile();
    (void)state;
    assert_non_null(f);
    fputs("-abc", f);
    fflush(f);
    assert_int_equal(tls_file_sha256(fileno(f), 1, 3, sum, &size), ERR_OK);
    assert_string_equal(sum, abc);
    assert_int_equal(tls_file_sha256(fileno(f), 1, UINT64_MAX, sum, &size), ERR_OK);
    assert_string_equal(sum, abc);
    assert_int_equal(size, 3);
    assert_int_equal(tls_file_sha256(fileno(f), 2, 3, sum, &size), ERR_IO);
    assert_int_equal(tls_path_sha256("/nonexistent", sum, &size), ERR_IO);
    fclose(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sums)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
