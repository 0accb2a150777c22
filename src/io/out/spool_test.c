/* A spool gives back what was written, and leaves no name behind. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/out/spool.h"

static size_t names(const char *folder)
{
    size_t n = 0;
    DIR *d = opendir(folder);
    assert_non_null(d);
    while (readdir(d)) {
        n++;
    }
    closedir(d);
    return n;
}

static void there_and_back(void **state)
{
    struct spool s;
    char buf[4];
    size_t n = 0;
    struct buf all = {.limit = 0};
    struct sink out = buf_sink(&all);
    const char *folder = getenv("TMPDIR");
    (void)state;
    size_t before = names(folder ? folder : "/tmp");
    assert_int_equal(spool_open(&s), ERR_OK);
    assert_int_equal(names(folder ? folder : "/tmp"), before);
    sink_z(&s.sink, "hello world");
    assert_int_equal(spool_flush(&s), ERR_OK);
    assert_int_equal(s.len, 11);
    assert_int_equal(spool_read(&s, 6, buf, sizeof buf, &n), ERR_OK);
    assert_int_equal(n, 4);
    assert_memory_equal(buf, "worl", 4);
    assert_int_equal(spool_read(&s, 11, buf, sizeof buf, &n), ERR_END);
    assert_int_equal(spool_copy(&s, 2, 5, &out), ERR_OK);
    assert_memory_equal(all.p, "llo w", 5);
    assert_int_equal(spool_copy(&s, 2, 50, &out), ERR_IO);
    spool_close(&s);
    buf_clear(&all);
}

static void no_folder(void **state)
{
    struct spool s;
    const char *folder = getenv("TMPDIR");
    char *old = folder ? strdup(folder) : NULL;
    (void)state;
    setenv("TMPDIR", "/nonexistent", 1);
    assert_int_equal(spool_open(&s), ERR_IO);
    spool_close(&s);
    if (old) {
        setenv("TMPDIR", old, 1);
    } else {
        unsetenv("TMPDIR");
    }
    free(old);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(no_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
