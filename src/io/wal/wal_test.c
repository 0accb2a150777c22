/* The file is opened, cut, locked, written anew, and runs out of room; what a process had written before it was
 * killed is there. */
#include "io/wal/wal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* A record: its length, a key, a number that rises, and a byte that follows from both, again and again. */
enum { HEAD = 12, KEYS = 64 };

struct content {
    uint32_t last[KEYS]; /* the number of the last record of each key */
    size_t records;
    enum err give; /* instead of ERR_OK */
};

static char fill_of(uint32_t key, uint32_t number)
{
    return (char)(key * 7 + number * 13);
}

static uint32_t get32(const char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static void put_record(struct buf *b, uint32_t key, uint32_t number, uint32_t len)
{
    uint32_t head[3] = {len, key, number};
    char body[8192];
    memset(body, fill_of(key, number), len);
    assert_int_equal(buf_add(b, str_of((const char *)head, sizeof head)), ERR_OK);
    assert_int_equal(buf_add(b, str_of(body, len)), ERR_OK);
}

static void add(struct wal *w, uint32_t key, uint32_t number, uint32_t len)
{
    struct buf b = {.limit = 0};
    put_record(&b, key, number, len);
    wal_add(w, buf_str(&b));
    buf_clear(&b);
}

static enum err on_bytes(void *ctx, struct str bytes, size_t *ret_used)
{
    struct content *c = ctx;
    *ret_used = 0;
    if (bytes.len < HEAD) {
        return c->give;
    }
    uint32_t len = get32(bytes.p);
    uint32_t key = get32(bytes.p + 4);
    uint32_t number = get32(bytes.p + 8);
    if (len > 8192 || key >= KEYS) {
        return ERR_MALFORMED;
    }
    if (bytes.len < HEAD + len) {
        return c->give;
    }
    const char *body = bytes.p + HEAD;
    if (len && (body[0] != fill_of(key, number) || memcmp(body, body + 1, len - 1) != 0)) {
        return ERR_MALFORMED;
    }
    c->last[key] = number;
    c->records++;
    *ret_used = HEAD + len;
    return c->give;
}

static const char *path_of(char text[256], const char *name)
{
    const char *folder = getenv("TMPDIR");
    (void)snprintf(text, 256, "%s/%s", folder ? folder : "/tmp", name);
    return text;
}

static struct wal *open_at(const char *path, struct content *c, uint64_t *ret_cut)
{
    struct wal *w = NULL;
    *c = (struct content){.give = ERR_OK};
    assert_int_equal(wal_open(path, on_bytes, c, ret_cut, &w), ERR_OK);
    return w;
}

static void test_written_and_read(void **state)
{
    (void)state;
    char text[256];
    const char *path = path_of(text, "read");
    struct content c;
    uint64_t cut;
    struct wal *w = open_at(path, &c, &cut);
    assert_int_equal(wal_flush(w), ERR_OK);
    /* More than a block is read at once. */
    for (uint32_t i = 0; i < 1000; i++) {
        add(w, i % KEYS, i, i * 8 % 8000);
    }
    assert_int_equal(wal_size(w), 0);
    assert_int_equal(wal_flush(w), ERR_OK);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(st.st_size, wal_size(w));
    wal_close(w);
    w = open_at(path, &c, &cut);
    assert_int_equal(c.records, 1000);
    assert_int_equal(c.last[0], 960);
    assert_int_equal(cut, 0);
    add(w, 1, 5000, 10);
    wal_close(w);
    w = open_at(path, &c, &cut);
    assert_int_equal(c.last[1], 5000);
    wal_close(w);
}

static void test_cut(void **state)
{
    (void)state;
    char text[256];
    const char *path = path_of(text, "cut");
    struct content c;
    uint64_t cut;
    struct wal *w = open_at(path, &c, &cut);
    for (uint32_t i = 0; i < 10; i++) {
        add(w, i, 7, 100);
    }
    wal_close(w);
    /* The end of a record is missing, then one in the middle is damaged. */
    assert_int_equal(truncate(path, 10 * 112 - 1), 0);
    w = open_at(path, &c, &cut);
    assert_int_equal(c.records, 9);
    assert_int_equal(cut, 111);
    wal_close(w);
    int fd = open(path, O_WRONLY);
    assert_int_equal(pwrite(fd, "\377\377\377\377", 4, 4 * 112), 4);
    assert_int_equal(close(fd), 0);
    w = open_at(path, &c, &cut);
    assert_int_equal(c.records, 4);
    assert_int_equal(cut, 5 * 112);
    add(w, 9, 8, 100);
    wal_close(w);
    w = open_at(path, &c, &cut);
    assert_int_equal(c.records, 5);
    assert_int_equal(c.last[9], 8);
    wal_close(w);
}

static void test_another_error(void **state)
{
    (void)state;
    char text[256];
    const char *path = path_of(text, "error");
    struct content c;
    uint64_t cut;
    struct wal *w = open_at(path, &c, &cut);
    add(w, 1, 1, 10);
    wal_close(w);
    c = (struct content){.give = ERR_MEMORY};
    assert_int_equal(wal_open(path, on_bytes, &c, &cut, &w), ERR_MEMORY);
    w = open_at(path, &c, &cut);
    assert_int_equal(c.records, 1);
    wal_close(w);
    assert_int_equal(wal_open(path_of(text, "none/file"), on_bytes, &c, &cut, &w), ERR_IO);
    assert_int_equal(errno, ENOENT);
}

static void test_lock(void **state)
{
    (void)state;
    char text[256];
    const char *path = path_of(text, "lock");
    struct content c;
    struct wal *other = NULL;
    uint64_t cut;
    struct wal *w = open_at(path, &c, &cut);
    assert_int_equal(wal_open(path, on_bytes, &c, &cut, &other), ERR_LIMIT);
    wal_close(w);
    w = open_at(path, &c, &cut);
    wal_close(w);
}

/* -- anew */

static void wait_for_place(struct wal *w)
{
    for (int i = 0; i < 20000 && wal_anew_under_way(w); i++) {
        (void)poll(NULL, 0, 1);
        assert_int_equal(wal_flush(w), ERR_OK);
    }
    assert_false(wal_anew_under_way(w));
}

static void snapshot(struct wal *w, const struct content *c, uint32_t from, uint32_t to)
{
    struct buf b = {.limit = 0};
    for (uint32_t key = from; key < to; key++) {
        put_record(&b, key, c->last[key], 1000);
    }
    assert_int_equal(wal_anew_add(w, buf_str(&b)), ERR_OK);
    buf_clear(&b);
}

static void test_anew(void **state)
{
    (void)state;
    char text[256];
    const char *path = path_of(text, "anew");
    struct content c;
    struct content now = {.give = ERR_OK};
    struct wal *other = NULL;
    uint64_t cut;
    struct wal *w = open_at(path, &c, &cut);
    assert_false(wal_wants_anew(w));
    for (uint32_t i = 1; !wal_wants_anew(w); i++) {
        add(w, i % KEYS, i, 1000);
        now.last[i % KEYS] = i;
        assert_int_equal(wal_flush(w), ERR_OK);
    }
    assert_true(wal_size(w) > 1024 * 1024);
    assert_int_equal(wal_anew_add(w, STR("")), ERR_USAGE);
    assert_int_equal(wal_anew_begin(w), ERR_OK);
    assert_int_equal(wal_anew_begin(w), ERR_USAGE);
    assert_false(wal_wants_anew(w));
    snapshot(w, &now, 0, KEYS / 2);
    /* One that is in the snapshot already, and one that comes yet. */
    add(w, 1, 100001, 10);
    add(w, KEYS - 1, 100002, 10);
    now.last[1] = 100001;
    now.last[KEYS - 1] = 100002;
    assert_int_equal(wal_flush(w), ERR_OK);
    snapshot(w, &now, KEYS / 2, KEYS);
    assert_int_equal(wal_anew_done(w), ERR_OK);
    add(w, 2, 100003, 10);
    now.last[2] = 100003;
    wait_for_place(w);
    assert_true(wal_size(w) < 100000);
    assert_false(wal_wants_anew(w));
    assert_int_equal(wal_open(path, on_bytes, &c, &cut, &other), ERR_LIMIT);
    add(w, 3, 100004, 10);
    now.last[3] = 100004;
    wal_close(w);
    w = open_at(path, &c, &cut);
    assert_int_equal(cut, 0);
    assert_int_equal(c.records, KEYS + 4);
    assert_memory_equal(c.last, now.last, sizeof c.last);
    wal_close(w);
}

static void test_anew_given_up(void **state)
{
    (void)state;
    char text[256];
    char left[256];
    const char *path = path_of(text, "given-up");
    struct content c;
    uint64_t cut;
    struct wal *w = open_at(path, &c, &cut);
    add(w, 1, 1, 10);
    assert_int_equal(wal_anew_begin(w), ERR_OK);
    add(w, 2, 2, 10);
    wal_close(w);
    assert_int_not_equal(access(path_of(left, "given-up.new"), F_OK), 0);
    w = open_at(path, &c, &cut);
    assert_int_equal(c.records, 2);
    wal_close(w);
}

/* -- no room */

static void limit_files(rlim_t most)
{
    struct rlimit r;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &r), 0);
    r.rlim_cur = most == RLIM_INFINITY ? r.rlim_max : most;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

static void test_full(void **state)
{
    (void)state;
    char text[256];
    const char *path = path_of(text, "full");
    struct content c = {.give = ERR_OK};
    uint64_t cut;
    struct wal *w = open_at(path, &c, &cut);
    (void)signal(SIGXFSZ, SIG_IGN);
    limit_files(50000);
    for (uint32_t i = 0; i < 100; i++) {
        add(w, i % KEYS, i, 1000);
    }
    assert_int_equal(wal_flush(w), ERR_IO);
    assert_int_equal(errno, EFBIG);
    assert_int_equal(wal_flush(w), ERR_IO);
    assert_int_equal(wal_size(w), 50000);
    /* Neither does a new one find room; the old one goes on. */
    assert_int_equal(wal_anew_begin(w), ERR_OK);
    for (int i = 0; i < 2; i++) {
        enum err e = ERR_OK;
        struct buf b = {.limit = 0};
        for (uint32_t k = 0; k < 300; k++) {
            put_record(&b, 1, 1, 1000);
        }
        e = wal_anew_add(w, buf_str(&b));
        assert_int_equal(e, ERR_IO);
        buf_clear(&b);
    }
    assert_int_equal(wal_anew_done(w), ERR_IO);
    assert_false(wal_anew_under_way(w));
    limit_files(RLIM_INFINITY);
    assert_int_equal(wal_flush(w), ERR_OK);
    wal_close(w);
    w = open_at(path, &c, &cut);
    assert_int_equal(c.records, 100);
    assert_int_equal(cut, 0);
    wal_close(w);
}

/* More waits than is kept: the file says that something is missing, until it was written anew. */
static void test_missing(void **state)
{
    (void)state;
    char text[256];
    const char *path = path_of(text, "missing");
    struct content c;
    struct content now = {.give = ERR_OK};
    uint64_t cut;
    struct wal *w = open_at(path, &c, &cut);
    (void)signal(SIGXFSZ, SIG_IGN);
    limit_files(50000);
    for (uint32_t i = 0; i < 3000; i++) {
        add(w, i % KEYS, i, 8000);
        now.last[i % KEYS] = i;
    }
    assert_int_equal(wal_flush(w), ERR_IO);
    limit_files(RLIM_INFINITY);
    assert_int_equal(wal_flush(w), ERR_LIMIT);
    assert_true(wal_wants_anew(w));
    assert_int_equal(wal_anew_begin(w), ERR_OK);
    snapshot(w, &now, 0, KEYS);
    assert_int_equal(wal_anew_done(w), ERR_OK);
    while (wal_flush(w) == ERR_LIMIT) {
        (void)poll(NULL, 0, 1);
    }
    wait_for_place(w);
    wal_close(w);
    w = open_at(path, &c, &cut);
    assert_int_equal(c.records, KEYS);
    assert_memory_equal(c.last, now.last, sizeof c.last);
    wal_close(w);
}

/* -- killed */

enum { ROUNDS = 200 };

struct told {
    uint32_t key, number;
};

static uint32_t draw(uint32_t *seed, uint32_t below)
{
    *seed = *seed * 1664525U + 1013904223U;
    return (*seed >> 8) % below;
}

struct child {
    struct wal *w;
    struct content c;
    uint32_t seed, number, at; /* `at`: the key that the snapshot has come to */
    bool anew;
};

static void write_anew(struct child *k)
{
    if (!k->anew && !wal_anew_under_way(k->w) && wal_size(k->w) > 1000000) {
        k->anew = wal_anew_begin(k->w) == ERR_OK;
        k->at = 0;
    } else if (k->anew && k->at < KEYS) {
        snapshot(k->w, &k->c, k->at, k->at + 8);
        k->at += 8;
    } else if (k->anew) {
        assert_int_equal(wal_anew_done(k->w), ERR_OK);
        k->anew = false;
    }
}

/* Writes and tells what is safe, until it is killed. */
static _Noreturn void write_for_ever(const char *path, uint32_t seed, uint32_t number, int out)
{
    struct child k = {.seed = seed, .number = number};
    uint64_t cut;
    k.w = open_at(path, &k.c, &cut);
    for (usec_t now = 0;; now++) {
        struct told told[64];
        uint32_t n = 1 + draw(&k.seed, 64);
        for (uint32_t i = 0; i < n; i++) {
            told[i] = (struct told){draw(&k.seed, KEYS), ++k.number};
            add(k.w, told[i].key, told[i].number, draw(&k.seed, 8000));
            k.c.last[told[i].key] = told[i].number;
        }
        if (wal_flush(k.w) != ERR_OK || write(out, told, n * sizeof *told) < 0) {
            _exit(1);
        }
        wal_sync(k.w, now, 10);
        write_anew(&k);
    }
}

/* Reads what the child tells until it has told `most`, kills it, and reads the rest. */
static void kill_after(pid_t pid, int in, uint32_t most, uint32_t *told, uint32_t *highest)
{
    struct told t[64];
    uint32_t n = 0;
    ssize_t got;
    while ((got = read(in, t, sizeof t)) > 0) {
        assert_int_equal((size_t)got % sizeof *t, 0);
        for (size_t i = 0; i < (size_t)got / sizeof *t; i++) {
            told[t[i].key] = t[i].number;
            *highest = t[i].number > *highest ? t[i].number : *highest;
        }
        n += (uint32_t)((size_t)got / sizeof *t);
        if (n >= most) {
            assert_int_equal(kill(pid, SIGKILL), 0);
            most = UINT32_MAX;
        }
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
}

static void test_killed(void **state)
{
    (void)state;
    char text[256];
    const char *path = path_of(text, "killed");
    uint32_t told[KEYS] = {0};
    uint32_t highest = 0;
    uint32_t seed = 11;
    size_t cuts = 0;
    size_t anew = 0;
    ino_t file = 0;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        int end[2];
        struct content c;
        uint64_t cut;
        assert_int_equal(pipe(end), 0);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            (void)close(end[0]);
            write_for_ever(path, seed + round, highest + 100, end[1]);
        }
        (void)close(end[1]);
        kill_after(pid, end[0], 1 + draw(&seed, round % 16 ? 600 : 6000), told, &highest);
        (void)close(end[0]);
        struct wal *w = open_at(path, &c, &cut);
        for (uint32_t key = 0; key < KEYS; key++) {
            assert_true(c.last[key] >= told[key]);
        }
        struct stat st;
        assert_int_equal(stat(path, &st), 0);
        anew += st.st_ino != file;
        file = st.st_ino;
        cuts += cut != 0;
        wal_close(w);
    }
    print_message("%d rounds, %u records told, %zu ends cut off, written anew in %zu rounds\n",
                  ROUNDS, highest, cuts, anew);
    assert_true(anew > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written_and_read),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_another_error),
        cmocka_unit_test(test_lock),
        cmocka_unit_test(test_anew),
        cmocka_unit_test(test_anew_given_up),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
