/* The walk over files, folders and standard input, through the second thread and without it. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/archive/archive_testing.h"

static char root[256];

static int folder_setup(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    snprintf(root, sizeof root, "%.200s/archive_test.XXXXXX", tmp ? tmp : "/tmp");
    return mkdtemp(root) && chdir(root) == 0 ? 0 : -1;
}

/* The test run removes its TMPDIR afterwards. */
static int folder_teardown(void **state)
{
    (void)state;
    return chdir("/");
}

static void file_put(const char *path, struct str content)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content.p ? content.p : "", content.len), content.len);
    close(fd);
}

static void file_make(const char *path, void (*make)(struct buf *b))
{
    struct buf b = {0};
    make(&b);
    file_put(path, buf_str(&b));
    buf_clear(&b);
}

static void test_folder(void **state)
{
    (void)state;
    assert_int_equal(mkdir("d", 0700), 0);
    assert_int_equal(mkdir("d/b", 0700), 0);
    assert_int_equal(mkdir("d/b/empty", 0700), 0);
    file_put("d/c", STR("C"));
    file_put("d/a", STR("A"));
    file_put("d/B", STR("B"));
    file_make("d/b/x.tgz", make_tar_gz);
    assert_int_equal(symlink("..", "d/b/up"), 0);
    assert_int_equal(symlink("../a", "d/b/z"), 0);
    assert_int_equal(symlink("nowhere", "d/e"), 0);
    assert_int_equal(mkfifo("d/f", 0600), 0);
    struct record r = {0};
    struct archive_visitor v = visitor_of(&r);
    const char *path = "d";
    assert_int_equal(archive_walk(&path, 1, &archive_limits_usual, &v), ERR_OK);
    record_expect(&r, "d/B 'B'\nd/a 'A'\n"
                      "! d/b/up @0: a symbolic link to a folder; not followed\n"
                      "d/b/x.tgz!/b/messages 'newer\n'\n"
                      "d/b/x.tgz!/a/messages.1 'older\n'\nd/b/x.tgz!/empty ''\n"
                      "d/b/z 'A'\nd/c 'C'\n"
                      "! d/e @0: a symbolic link that leads nowhere: No such file or directory\n"
                      "! d/f @0: a device, pipe or socket, not a file; skipped\n");
    record_clear(&r);
}

static void test_folder_limits(void **state)
{
    (void)state;
    char path[256] = "deep";
    size_t len = strlen(path);
    assert_int_equal(mkdir(path, 0700), 0);
    for (int i = 0; i < 40; i++) {
        len += (size_t)snprintf(path + len, sizeof path - len, "/x");
        assert_int_equal(mkdir(path, 0700), 0);
    }
    snprintf(path + len, sizeof path - len, "/log");
    file_put(path, STR("too deep"));
    assert_int_equal(mkdir("many", 0700), 0);
    for (int i = 0; i < 9; i++) {
        snprintf(path, sizeof path, "many/%d", i);
        file_put(path, STR("x"));
    }
    struct record r = {.brief = true};
    struct archive_visitor v = visitor_of(&r);
    struct archive_limits limits = {.members = 2, .depth = 1};
    const char *paths[] = {"deep", "many", "missing", "/dev/null"};
    assert_int_equal(archive_walk(paths, 4, &limits, &v), ERR_OK);
    add(&r.text, str_of("", 1));
    assert_non_null(strstr(r.text.p, "folders in folders, too deep; it is left out\n"));
    assert_non_null(strstr(r.text.p, "too many files in one folder; this one and the rest are left "
                                     "out\n! missing: cannot be opened: No such file or directory\n"
                                     "! /dev/null: a device or socket, not a file; skipped\n"));
    assert_int_equal(r.files, 2);
    record_clear(&r);
}

/* What input and input_end say, in a list that goes through the second thread. */
static void on_input(void *ctx, size_t index)
{
    line(ctx, "> %zu\n", index);
}
static void on_input_end(void *ctx, size_t index, uint64_t size)
{
    line(ctx, "< %zu %llu\n", index, (unsigned long long)size);
}

static void make_large_tar_gz(struct buf *b)
{
    struct buf big = {0};
    noise_put(&big, 3000000);
    struct file files[] = {{.name = "big", .content = buf_str(&big)},
                           {.name = "small", .content = STR_INIT("s")}};
    archive_put(b, USTAR, files, 2);
    gz_over(b);
    buf_clear(&big);
}

static void test_thread(void **state)
{
    (void)state;
    file_make("large.tgz", make_large_tar_gz);
    file_put("plain", STR("plain"));
    struct record r = {.brief = true};
    struct archive_visitor v = visitor_of(&r);
    v.input = on_input;
    v.input_end = on_input_end;
    const char *paths[] = {"large.tgz", "plain", "large.tgz"};
    struct stat st;
    assert_int_equal(stat("large.tgz", &st), 0);
    char expected[400];
    snprintf(expected, sizeof expected,
             "> 0\nlarge.tgz!/big [3000000]\nlarge.tgz!/small [1]\n< 0 %lld\n"
             "> 1\nplain [5]\n< 1 5\n"
             "> 2\nlarge.tgz!/big [3000000]\nlarge.tgz!/small [1]\n< 2 %lld\n",
             (long long)st.st_size, (long long)st.st_size);
    assert_int_equal(archive_walk(paths, 3, &archive_limits_usual, &v), ERR_OK);
    record_expect(&r, expected);
    record_clear(&r);
}

static void test_stop(void **state)
{
    (void)state;
    static const struct {
        enum err begin, more, result;
        const char *told;
    } stops[] = {
        {ERR_END, ERR_OK, ERR_OK, ""},
        {ERR_OK, ERR_END, ERR_OK, NULL},
        {ERR_USAGE, ERR_OK, ERR_USAGE, ""},
        {ERR_OK, ERR_IO, ERR_IO, ""},
    };
    file_make("large.tgz", make_large_tar_gz);
    for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++) {
        struct record r = {.brief = true, .begin = stops[i].begin, .more = stops[i].more};
        struct archive_visitor v = visitor_of(&r);
        const char *path = "large.tgz";
        assert_int_equal(archive_walk(&path, 1, &archive_limits_usual, &v), stops[i].result);
        add(&r.text, str_of("", 1));
        if (stops[i].told) {
            assert_string_equal(r.text.p, stops[i].told);
        } else {
            assert_true(r.bytes < 500000); /* one block of the large one */
            assert_non_null(strstr(r.text.p, "large.tgz!/small [1]\n"));
        }
        record_clear(&r);
    }
}

static void test_stdin(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct buf b = {0};
    make_tar_gz(&b);
    assert_int_equal(write(ends[1], b.p, b.len), b.len);
    close(ends[1]);
    int before = dup(STDIN_FILENO);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    struct record r = {0};
    struct archive_visitor v = visitor_of(&r);
    const char *path = "-";
    assert_int_equal(archive_walk(&path, 1, &archive_limits_usual, &v), ERR_OK);
    record_expect(&r, "-!/b/messages 'newer\n'\n-!/a/messages.1 'older\n'\n-!/empty ''\n");
    if (before >= 0) {
        dup2(before, STDIN_FILENO);
        close(before);
    }
    buf_clear(&b);
    record_clear(&r);
}

static void test_probe(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        void (*make)(struct buf *b);
        bool container, packed;
        enum archive_kind kind;
        const char *head;
    } probes[] = {
        {"plain", make_plain, false, false, ARCHIVE_KIND_FILE, "just a line\n"},
        {"gz", make_gz, false, true, ARCHIVE_KIND_FILE, "in gzip\n"},
        {"tar.bz2", make_tar_bz2, true, true, ARCHIVE_KIND_FILE, ""},
        {"zip", make_zip, true, false, ARCHIVE_KIND_FILE, ""},
        {"pcapng.gz", make_pcapng_gz, false, true, ARCHIVE_KIND_CAPTURE, NULL},
        {"gz cut", make_gz_cut_trailer, false, true, ARCHIVE_KIND_FILE, "in gzip\n"},
        {"empty", make_empty, false, false, ARCHIVE_KIND_FILE, ""},
    };
    struct archive_probe *p = malloc(sizeof *p);
    assert_non_null(p);
    for (size_t i = 0; i < sizeof probes / sizeof probes[0]; i++) {
        file_make("probe", probes[i].make);
        print_message("%s\n", probes[i].name);
        assert_int_equal(archive_probe("probe", p), ERR_OK);
        assert_true(p->regular);
        assert_int_equal(p->container, probes[i].container);
        assert_int_equal(p->packed, probes[i].packed);
        assert_int_equal(p->kind, probes[i].kind);
        if (probes[i].head) {
            assert_true(str_eq(str_of(p->head, p->head_len), str_z(probes[i].head)));
        }
        assert_int_equal(p->tail_len, probes[i].packed || probes[i].container ? 0 : p->size);
    }
    assert_int_equal(archive_probe("missing", p), ERR_IO);
    assert_int_equal(archive_probe(".", p), ERR_OK);
    assert_true(p->folder && !p->regular);
    free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_folder), cmocka_unit_test(test_folder_limits),
        cmocka_unit_test(test_thread), cmocka_unit_test(test_stop),
        cmocka_unit_test(test_stdin),  cmocka_unit_test(test_probe)};
    return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
