/* Buffered output to pipes and files; files in place, refused, given up. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/out/out.h"

static char root[256];
static struct out out;
static struct out_file file;

static int folder_setup(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    snprintf(root, sizeof root, "%.200s/out_test.XXXXXX", tmp ? tmp : "/tmp");
    return mkdtemp(root) && chdir(root) == 0 ? 0 : -1;
}

/* The test run removes its TMPDIR afterwards. */
static int folder_teardown(void **state)
{
    (void)state;
    return chdir("/");
}

static void content_expect(const char *path, const char *expected)
{
    char text[100] = {0};
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, text, sizeof text - 1), strlen(expected));
    assert_string_equal(text, expected);
    close(fd);
}

/* How many names stand in the folder, spooled ones too. */
static size_t names(const char *path)
{
    size_t n = 0;
    DIR *dir = opendir(path);
    assert_non_null(dir);
    while (readdir(dir)) {
        n++;
    }
    closedir(dir);
    return n - 2;
}

static void *pipe_drain(void *arg)
{
    int fd = *(int *)arg;
    static size_t got;
    char buf[777];
    ssize_t n;
    got = 0;
    while ((n = read(fd, buf, sizeof buf)) > 0) {
        for (ssize_t i = 0; i < n; i++, got++) {
            if (buf[i] != (char)('a' + got % 26)) {
                return NULL;
            }
        }
    }
    return &got;
}

/* Pieces of all sizes arrive as written, through a pipe that takes less at a time. */
static void test_pipe(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 0, 100, OUT_BUFFER - 101, 1, OUT_BUFFER, 3 * OUT_BUFFER + 5,
                                   7};
    static char text[4 * OUT_BUFFER];
    int ends[2];
    pthread_t thread;
    void *got;
    size_t at = 0;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(pthread_create(&thread, NULL, pipe_drain, &ends[0]), 0);
    struct sink s = out_init(&out, ends[1]);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (size_t j = 0; j < sizes[i]; j++) {
            text[j] = (char)('a' + (at + j) % 26);
        }
        sink_str(&s, str_of(text, sizes[i]));
        at += sizes[i];
    }
    assert_int_equal(s.err, ERR_OK);
    assert_int_equal(out_flush(&out), ERR_OK);
    close(ends[1]);
    pthread_join(thread, &got);
    close(ends[0]);
    assert_non_null(got);
    assert_int_equal(*(size_t *)got, at);
}

static void test_reader_gone(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    struct sink s = out_init(&out, ends[1]);
    sink_fill(&s, 'x', 3 * OUT_BUFFER);
    assert_int_equal(s.err, ERR_OK);
    assert_int_equal(out_flush(&out), ERR_OK);
    assert_true(out.gone);
    close(ends[1]);
}

static void test_failure(void **state)
{
    (void)state;
    int fd = open("/dev/full", O_WRONLY);
    if (fd < 0) {
        skip();
    }
    struct sink s = out_init(&out, fd);
    sink_z(&s, "waits in the buffer");
    assert_int_equal(s.err, ERR_OK);
    errno = 0;
    assert_int_equal(out_flush(&out), ERR_IO);
    assert_int_equal(errno, ENOSPC);
    errno = 0;
    assert_int_equal(out_flush(&out), ERR_IO);
    assert_int_equal(errno, ENOSPC);
    close(fd);
}

static void test_file(void **state)
{
    (void)state;
    struct stat st;
    assert_int_equal(out_file_open(&file, "report", false), ERR_OK);
    sink_z(&file.sink, "first");
    assert_int_equal(access("report", F_OK), -1);
    assert_int_equal(out_file_commit(&file), ERR_OK);
    content_expect("report", "first");
    assert_int_equal(stat("report", &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(st.st_nlink, 1);

    assert_int_equal(out_file_open(&file, "report", false), ERR_IO);
    assert_int_equal(errno, EEXIST);
    out_file_abort(&file);

    assert_int_equal(out_file_open(&file, "./report", true), ERR_OK);
    sink_z(&file.sink, "second");
    content_expect("report", "first");
    assert_int_equal(out_file_commit(&file), ERR_OK);
    content_expect("report", "second");
    out_file_abort(&file);
    assert_int_equal(names("."), 1);
    unlink("report");
}

static void test_file_abort(void **state)
{
    (void)state;
    assert_int_equal(out_file_open(&file, "given-up", false), ERR_OK);
    sink_fill(&file.sink, 'x', 100000);
    out_file_abort(&file);
    assert_int_equal(names("."), 0);
}

/* The place is taken between open and commit. */
static void test_file_race(void **state)
{
    (void)state;
    assert_int_equal(out_file_open(&file, "race", false), ERR_OK);
    sink_z(&file.sink, "ours");
    int fd = open("race", O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "theirs", 6), 6);
    close(fd);
    assert_int_equal(out_file_commit(&file), ERR_IO);
    assert_int_equal(errno, EEXIST);
    content_expect("race", "theirs");
    assert_int_equal(names("."), 1);
    unlink("race");
}

static void test_file_disk_full(void **state)
{
    (void)state;
    struct rlimit before, tiny;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    tiny = before;
    tiny.rlim_cur = 1000;
    assert_int_equal(out_file_open(&file, "full", false), ERR_OK);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tiny), 0);
    sink_fill(&file.sink, 'x', 3 * OUT_BUFFER);
    enum err e = out_file_commit(&file);
    int error = errno;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(e, ERR_IO);
    assert_int_equal(error, EFBIG);
    assert_int_equal(names("."), 0);
}

static void test_file_refused(void **state)
{
    (void)state;
    assert_int_equal(mkdir("folder", 0700), 0);
    assert_int_equal(symlink("elsewhere", "link"), 0);
    static const struct {
        const char *path;
        int error;
    } refused[] = {{"missing/report", ENOENT},
                   {"folder", EISDIR},
                   {"folder/", EISDIR},
                   {"link", EEXIST}, /* nothing is written through a link */
                   {"", EISDIR}};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        errno = 0;
        assert_int_equal(out_file_open(&file, refused[i].path, true), ERR_IO);
        assert_int_equal(errno, refused[i].error);
    }
    assert_int_equal(names("."), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pipe),           cmocka_unit_test(test_reader_gone),
        cmocka_unit_test(test_failure),        cmocka_unit_test(test_file),
        cmocka_unit_test(test_file_abort),     cmocka_unit_test(test_file_race),
        cmocka_unit_test(test_file_disk_full), cmocka_unit_test(test_file_refused),
    };
    return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
