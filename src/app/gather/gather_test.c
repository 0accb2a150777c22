/* Inputs into groups and pieces: what comes together, in which order, and what is said of it. */
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/gather/gather.h"
#include "base/sink.h"

#define OLD "0100 INF Aug 10 10:00:00.000000 (9-9) voice-old\n"
#define MID "0200 INF Aug 10 11:00:00.000000 (9-9) voice-mid\n"
#define LATE "0300 INF Aug 10 12:00:00.000000 (9-9) voice-new\n"

struct record {
    struct buf text;
    struct buf content;
    char name[600];
    uint64_t done, inputs, bytes;
    const char *unwanted; /* a piece whose name ends so is left out */
    enum err stop;        /* what piece_bytes returns */
    bool open;
};

static void line(struct record *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void line(struct record *r, const char *fmt, ...)
{
    char text[1000];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    assert_true(n >= 0 && (size_t)n < sizeof text);
    assert_int_equal(buf_add(&r->text, str_of(text, (size_t)n)), ERR_OK);
}

static enum err on_begin(void *ctx, struct str name, enum archive_kind kind, unsigned group)
{
    struct record *r = ctx;
    assert_false(r->open);
    if (r->unwanted && str_ends(name, str_z(r->unwanted))) {
        return ERR_END;
    }
    snprintf(r->name, sizeof r->name, "%u %.*s%s", group, STR_ARG(name),
             kind == ARCHIVE_KIND_CAPTURE ? " capture" : "");
    buf_reset(&r->content);
    r->open = true;
    return ERR_OK;
}

static enum err on_bytes(void *ctx, struct str bytes)
{
    struct record *r = ctx;
    assert_true(r->open);
    assert_int_equal(buf_add(&r->content, bytes), ERR_OK);
    return r->stop;
}

static void on_end(void *ctx, bool whole)
{
    struct record *r = ctx;
    assert_true(r->open);
    r->open = false;
    line(r, "%s [%zu]%s\n", r->name, r->content.len, whole ? "" : " cut");
}

static void on_group_end(void *ctx, unsigned group)
{
    line(ctx, "%u.\n", group);
}

static void on_problem(void *ctx, struct str input, struct str member, uint64_t offset,
                       const char *what)
{
    line(ctx, "! %.*s: %.*s @%llu: %s\n", STR_ARG(input), STR_ARG(member),
         (unsigned long long)offset, what);
}

static void on_note(void *ctx, struct str input, struct str member, const char *what)
{
    (void)input;
    line(ctx, "* %.*s: %s\n", STR_ARG(member), what);
}

static void on_progress(void *ctx, uint64_t done, uint64_t inputs, uint64_t bytes)
{
    struct record *r = ctx;
    assert_true(done >= r->done && bytes >= r->bytes && done <= inputs);
    r->done = done;
    r->inputs = inputs;
    r->bytes = bytes;
}

static struct gather_consumer consumer_of(struct record *r)
{
    return (struct gather_consumer){.ctx = r,
                                    .piece_begin = on_begin,
                                    .piece_bytes = on_bytes,
                                    .piece_end = on_end,
                                    .group_end = on_group_end,
                                    .problem = on_problem,
                                    .progress = on_progress,
                                    .note = on_note};
}

static void run_expect(struct record *r, const char *const *paths, size_t n,
                       const struct gather_options *options, enum err result, const char *told)
{
    struct gather_consumer c = consumer_of(r);
    struct gather *g = gather_new(options);
    assert_non_null(g);
    assert_int_equal(gather_run(g, paths, n, &c), result);
    assert_int_equal(buf_add(&r->text, str_of("", 1)), ERR_OK);
    assert_string_equal(r->text.p, told);
    if (result == ERR_OK) {
        assert_int_equal(r->done, gather_n(g));
        uint64_t bytes = 0;
        for (size_t i = 0; i < gather_n(g); i++) {
            bytes += gather_input(g, i)->bytes;
        }
        assert_int_equal(r->bytes, bytes);
    }
    gather_free(g);
    buf_clear(&r->text);
    buf_clear(&r->content);
}

static char root[256];

static int folder_setup(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    snprintf(root, sizeof root, "%.200s/gather_test.XXXXXX", tmp ? tmp : "/tmp");
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
    assert_int_equal(write(fd, content.p, content.len), content.len);
    close(fd);
}

struct file {
    const char *name;
    struct str content;
};

static void tgz_put(const char *path, const struct file *files, size_t n)
{
    struct archive *a = archive_write_new();
    assert_non_null(a);
    archive_write_add_filter_gzip(a);
    archive_write_set_format_ustar(a);
    assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
    for (size_t i = 0; i < n; i++) {
        struct archive_entry *e = archive_entry_new();
        archive_entry_set_pathname(e, files[i].name);
        archive_entry_set_filetype(e, AE_IFREG);
        archive_entry_set_perm(e, 0644);
        archive_entry_set_size(e, (la_int64_t)files[i].content.len);
        assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
        assert_int_equal(archive_write_data(a, files[i].content.p, files[i].content.len),
                         files[i].content.len);
        archive_entry_free(e);
    }
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
}

static const struct file rotated[] = {
    {"logs/messages", STR_INIT(LATE)},
    {"logs/messages.1", STR_INIT(MID)},
    {"status.xml", STR_INIT("<status/>")},
    {"logs/messages.2", STR_INIT(OLD)},
};

static void test_archive(void **state)
{
    (void)state;
    tgz_put("a.tgz", rotated, 4);
    tgz_put("b.tgz", rotated, 2);
    struct record r = {0};
    run_expect(&r, (const char *const[]){"a.tgz", "b.tgz"}, 2, &gather_options_usual, ERR_OK,
               "0 a.tgz!/logs/messages.2 [48]\n0 a.tgz!/logs/messages.1 [48]\n"
               "0 a.tgz!/status.xml [9]\n0 a.tgz!/logs/messages [48]\n0.\n"
               "1 b.tgz!/logs/messages.1 [48]\n1 b.tgz!/logs/messages [48]\n1.\n");
}

/* Logs of several phones in archives in one archive: one phone after the other. */
static void test_nested(void **state)
{
    (void)state;
    static char a[4096], b[4096];
    tgz_put("a.tgz", rotated, 4);
    tgz_put("b.tgz", rotated, 2);
    struct file files[] = {{"a.tgz", {a, 0}}, {"messages", STR_INIT(MID)}, {"b.tgz", {b, 0}}};
    int fd = open("a.tgz", O_RDONLY);
    files[0].content.len = (size_t)read(fd, a, sizeof a);
    close(fd);
    fd = open("b.tgz", O_RDONLY);
    files[2].content.len = (size_t)read(fd, b, sizeof b);
    close(fd);
    tgz_put("all.tgz", files, 3);
    struct record r = {.unwanted = "status.xml"};
    run_expect(
        &r, (const char *const[]){"all.tgz"}, 1, &gather_options_usual, ERR_OK,
        "0 all.tgz!/a.tgz!/logs/messages.2 [48]\n0 all.tgz!/a.tgz!/logs/messages.1 [48]\n"
        "0 all.tgz!/a.tgz!/logs/messages [48]\n"
        "0 all.tgz!/messages [48]\n"
        "0 all.tgz!/b.tgz!/logs/messages.1 [48]\n0 all.tgz!/b.tgz!/logs/messages [48]\n0.\n");
}

static void test_plain(void **state)
{
    (void)state;
    file_put("messages", STR(LATE));
    file_put("messages.1", STR(MID));
    file_put("messages.2", STR(OLD));
    tgz_put("a.tgz", rotated, 1);
    file_put("x.pcap", STR("\xd4\xc3\xb2\xa1\x02\0\x04\0"));
    assert_true(link("messages", "same") == 0);
    struct record r = {0};
    run_expect(&r,
               (const char *const[]){"messages", "a.tgz", "messages.1", "missing", "x.pcap", "same",
                                     "messages.2"},
               7, &gather_options_usual, ERR_OK,
               "! missing: missing @0: cannot be opened: No such file or directory\n"
               "* same: the same file as one before; read once\n"
               "0 messages.2 [48]\n0 messages.1 [48]\n0 x.pcap capture [8]\n0 messages [48]\n0.\n"
               "1 a.tgz!/logs/messages [48]\n1.\n");
    unlink("same");
}

static void test_folder(void **state)
{
    (void)state;
    assert_int_equal(mkdir("d", 0700), 0);
    assert_int_equal(mkdir("d/p", 0700), 0);
    file_put("d/messages", STR(LATE));
    file_put("d/messages.1", STR(MID));
    tgz_put("d/n.tgz", rotated, 2);
    file_put("d/p/messages", STR(MID));
    file_put("d/p/messages.1", STR(OLD));
    struct record r = {0};
    run_expect(&r, (const char *const[]){"d"}, 1, &gather_options_usual, ERR_OK,
               "0 d/messages.1 [48]\n0 d/messages [48]\n0.\n"
               "1 d/n.tgz!/logs/messages.1 [48]\n1 d/n.tgz!/logs/messages [48]\n1.\n"
               "2 d/p/messages.1 [48]\n2 d/p/messages [48]\n2.\n");
}

/* A log that is too large to be held goes first-come, and that is said. */
static void test_overflow(void **state)
{
    (void)state;
    static char big[300000];
    for (size_t i = 0; i < sizeof big; i++) {
        big[i] = i % 50 == 49 ? '\n' : 'x';
    }
    memcpy(big, LATE, sizeof LATE - 1);
    struct file files[] = {{"m.1", STR_INIT(MID)},
                           {"m.0", {big, sizeof big}},
                           {"m.2", STR_INIT(OLD)},
                           {"core", {big + 100, 200000}},
                           {"m.3", STR_INIT(OLD)}};
    struct gather_options options = gather_options_usual;
    options.hold_each = 100000;
    tgz_put("single.tgz", files + 1, 1);
    struct record single = {0};
    run_expect(&single, (const char *const[]){"single.tgz"}, 1, &options, ERR_OK,
               "0 single.tgz!/m.0 [300000]\n0.\n");
    tgz_put("big.tgz", files, 5);
    struct record r = {0};
    run_expect(&r, (const char *const[]){"big.tgz"}, 1, &options, ERR_OK,
               "0 big.tgz!/m.1 [48]\n"
               "* big.tgz!/m.0: too much to be held back: the order of the logs was not checked\n"
               "0 big.tgz!/m.0 [300000]\n"
               "0 big.tgz!/core [200000]\n" /* no log: it may overtake */
               "0 big.tgz!/m.2 [48]\n0 big.tgz!/m.3 [48]\n0.\n");
    options.hold_all = 2000; /* for the names, too: some pieces at a time */
    options.hold_each = 1000;
    memset(&r, 0, sizeof r);
    run_expect(&r, (const char *const[]){"big.tgz"}, 1, &options, ERR_OK,
               "0 big.tgz!/m.1 [48]\n"
               "* big.tgz!/m.0: too much to be held back: the order of the logs was not checked\n"
               "0 big.tgz!/m.0 [300000]\n0 big.tgz!/m.2 [48]\n"
               "0 big.tgz!/core [200000]\n0 big.tgz!/m.3 [48]\n0.\n");
}

static void test_stop(void **state)
{
    (void)state;
    tgz_put("a.tgz", rotated, 4);
    file_put("messages", STR(LATE));
    struct record r = {.stop = ERR_IO};
    run_expect(&r, (const char *const[]){"a.tgz"}, 1, &gather_options_usual, ERR_IO, "");
    memset(&r, 0, sizeof r);
    r.stop = ERR_USAGE;
    run_expect(&r, (const char *const[]){"messages", "a.tgz"}, 2, &gather_options_usual, ERR_USAGE,
               "");
    memset(&r, 0, sizeof r);
    r.stop = ERR_END; /* enough of each piece, not of all */
    run_expect(&r, (const char *const[]){"messages", "a.tgz"}, 2, &gather_options_usual, ERR_OK,
               "0 messages [48]\n0.\n1 a.tgz!/logs/messages.2 [48]\n1 a.tgz!/logs/messages.1 [48]\n"
               "1 a.tgz!/status.xml [9]\n1 a.tgz!/logs/messages [48]\n1.\n");
}

static void test_damaged(void **state)
{
    (void)state;
    struct stat st;
    tgz_put("cut.tgz", rotated, 4);
    assert_int_equal(stat("cut.tgz", &st), 0);
    assert_int_equal(truncate("cut.tgz", st.st_size - 6), 0);
    struct record r = {0};
    char told[600];
    snprintf(told, sizeof told,
             "! cut.tgz: cut.tgz @%lld: the compressed data end too early: the file was cut\n"
             "0 cut.tgz!/logs/messages.2 [48]\n0 cut.tgz!/logs/messages.1 [48]\n"
             "0 cut.tgz!/status.xml [9]\n0 cut.tgz!/logs/messages [48]\n0.\n",
             (long long)st.st_size - 6);
    run_expect(&r, (const char *const[]){"cut.tgz"}, 1, &gather_options_usual, ERR_OK, told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_archive),  cmocka_unit_test(test_nested),
        cmocka_unit_test(test_plain),    cmocka_unit_test(test_folder),
        cmocka_unit_test(test_overflow), cmocka_unit_test(test_stop),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
