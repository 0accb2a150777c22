/* The database in a folder of the test's own. */
#include "io/store/store.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[4096];
static char file[4200];

static int setup(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(dir, sizeof dir, "%s/store.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(dir));
    (void)snprintf(file, sizeof file, "%s/dialtone.db", dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    static const char *const tails[] = {"", "-wal", "-shm"};
    char path[4300];
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof path, "%s%s", file, tails[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(dir), 0);
    return 0;
}

static struct store *opened(const struct store_cfg *cfg)
{
    struct store *s = NULL;
    char why[STORE_WHY] = "";
    enum err e = store_open(dir, cfg, &s, why);
    if (e != ERR_OK) {
        fail_msg("%s", why);
    }
    return s;
}

static void sql(const char *text)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

struct seen {
    size_t n;
    usec_t first, last;
    char line[64];
    enum err answer;
};

static enum err see(void *ctx, const struct journal_row *r)
{
    struct seen *seen = ctx;
    seen->first = seen->n++ ? seen->first : r->when;
    seen->last = r->when;
    (void)snprintf(seen->line, sizeof seen->line, "%.*s", STR_ARG(r->line));
    return seen->answer;
}

static struct seen read_all(struct store *s, const char *subject, usec_t from, size_t most)
{
    struct seen seen = {0};
    assert_int_equal(
        store_journal_read(
            s, &(struct journal_query){.subject = str_z(subject), .from = from, .most = most}, see,
            &seen, NULL),
        ERR_OK);
    return seen;
}

static bool add(struct store *s, usec_t when, const char *subject)
{
    struct journal_row r = {.when = when,
                            .subject = str_z(subject),
                            .source = STR("192.0.2.1"),
                            .kind = 110,
                            .line = STR("edge.registered user=1001")};
    return store_journal(s, &r);
}

static usec_t today(void)
{
    return (usec_t)time(NULL) * USEC_S;
}

/* Ten rows, ids from 1; those of one phone have even ids. */
static void pages_are_read(struct store *s, usec_t t)
{
    const struct {
        struct journal_query q;
        size_t n;
        int first, last; /* microseconds behind t */
        int64_t before;
    } rows[] = {
        {{.most = 4}, 4, 6, 9, 7},
        {{.most = 4, .before = 7}, 4, 2, 5, 3},
        {{.most = 4, .before = 3}, 2, 0, 1, 0},
        {{.most = 4, .before = 99}, 4, 6, 9, 7},
        {{.most = 3, .subject = STR("00:00:5e:00:53:01")}, 3, 5, 9, 6},
        {{.most = 3, .before = 6, .subject = STR("00:00:5e:00:53:01")}, 2, 1, 3, 0},
        {{.most = 4, .kind = 110}, 4, 6, 9, 7},
        {{.most = 4, .kind = 111}, 0, 0, 0, 0},
        {{.most = 4, .kind = 111, .scan = 6}, 0, 0, 0, 5}, /* looked at: 5 to 10 */
        {{.most = 4, .kind = 111, .scan = 6, .before = 5}, 0, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct seen seen = {0};
        int64_t before = -1;
        assert_int_equal(store_journal_read(s, &rows[i].q, see, &seen, &before), ERR_OK);
        assert_int_equal(seen.n, rows[i].n);
        assert_int_equal(seen.n ? seen.first - t : 0, rows[i].first);
        assert_int_equal(seen.n ? seen.last - t : 0, rows[i].last);
        assert_int_equal(before, rows[i].before);
    }
}

static void rows_are_read_again(void **state)
{
    (void)state;
    struct store *s = opened(NULL);
    usec_t t = today();
    for (int i = 0; i < 10; i++) {
        assert_true(add(s, t + i, i % 2 ? "00:00:5e:00:53:01" : ""));
    }
    store_close(s);
    s = opened(NULL);
    struct seen all = read_all(s, "", 0, 100);
    assert_int_equal(all.n, 10);
    assert_int_equal(all.first, t);
    assert_string_equal(all.line, "edge.registered user=1001");
    struct seen one = read_all(s, "00:00:5e:00:53:01", t + 2, 2);
    assert_int_equal(one.n, 2);
    assert_int_equal(one.first, t + 7); /* the newest two, the older first */
    assert_int_equal(one.last, t + 9);
    struct seen after = {0};
    assert_int_equal(store_journal_after(s, STR(""), 4, 3, see, &after), ERR_OK);
    assert_int_equal(after.n, 3);
    assert_int_equal(after.first, t + 4); /* ids count from 1 */
    after = (struct seen){0};
    assert_int_equal(store_journal_after(s, STR("00:00:5e:00:53:01"), 4, 9, see, &after), ERR_OK);
    assert_int_equal(after.n, 3);
    assert_int_equal(after.last, t + 9);
    struct seen stop = {.answer = ERR_LIMIT};
    assert_int_equal(store_journal_read(s, &(struct journal_query){.most = 100}, see, &stop, NULL),
                     ERR_LIMIT);
    assert_int_equal(stop.n, 1);
    pages_are_read(s, t);
    store_close(s);
    struct stat st;
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void only_the_newest_are_kept(void **state)
{
    (void)state;
    struct store *s = opened(&(struct store_cfg){.per_subject = 100, .queue = 100000});
    for (int i = 0; i < 4000; i++) {
        assert_true(add(s, today() + i, "1001"));
        assert_true(add(s, today() + i, i == 1 ? "1002" : "1003"));
    }
    store_close(s);
    s = opened(NULL);
    assert_in_range(read_all(s, "1001", 0, 100000).n, 100, 700);
    assert_int_equal(read_all(s, "1002", 0, 100000).n, 1);
    store_close(s);
}

static void old_and_surplus_rows_go(void **state)
{
    (void)state;
    struct store *s = opened(&(struct store_cfg){.age = USEC_DAY, .queue = 100000});
    for (int i = 0; i < 2000; i++) {
        assert_true(add(s, today() - 2 * USEC_DAY, ""));
    }
    assert_true(add(s, today(), ""));
    store_close(s);
    s = opened(&(struct store_cfg){.most = 500, .queue = 100000});
    assert_int_equal(read_all(s, "", 0, 100000).n, 1);
    for (int i = 0; i < 2000; i++) {
        assert_true(add(s, today(), ""));
    }
    store_close(s);
    s = opened(NULL);
    assert_in_range(read_all(s, "", 0, 100000).n, 490, 501);
    store_close(s);
}

enum { THREADS = 4, EACH = 5000 };

static void *many(void *ctx)
{
    static _Thread_local uintptr_t taken;
    taken = 0;
    for (int i = 0; i < EACH; i++) {
        taken += add(ctx, today(), "");
    }
    return (void *)taken;
}

static void nothing_is_lost_unsaid(void **state)
{
    (void)state;
    pthread_t thread[THREADS];
    uint64_t taken = 0;
    struct store *s = opened(&(struct store_cfg){.queue = 50});
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&thread[i], NULL, many, s), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *n = NULL;
        assert_int_equal(pthread_join(thread[i], &n), 0);
        taken += (uintptr_t)n;
    }
    struct store_counts c = store_counts(s);
    assert_int_equal(c.dropped, THREADS * EACH - taken);
    assert_int_equal(c.failed, 0);
    store_close(s);
    s = opened(NULL);
    assert_int_equal(read_all(s, "", 0, 1000000).n, taken);
    store_close(s);
}

static void refused(const char *text, enum err want)
{
    struct store *s = NULL;
    char why[STORE_WHY] = "";
    assert_int_equal(store_open(dir, NULL, &s, why), want);
    if (!strstr(why, text)) {
        fail_msg("'%s' is not in: %s", text, why);
    }
    assert_non_null(strstr(why, dir));
}

static void what_is_not_ours_is_refused(void **state)
{
    (void)state;
    store_close(opened(NULL));
    sql("PRAGMA user_version=99");
    refused("newer", ERR_LIMIT);
    sql("PRAGMA user_version=1; PRAGMA application_id=7");
    refused("another program", ERR_MALFORMED);
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    for (int i = 0; i < 1000; i++) {
        (void)fputs("this is no database. ", f);
    }
    assert_int_equal(fclose(f), 0);
    refused("no database", ERR_MALFORMED);
}

static void damage_is_told(void **state)
{
    (void)state;
    struct store *s = opened(NULL);
    for (int i = 0; i < 2000; i++) {
        assert_true(add(s, today(), "1001"));
    }
    store_close(s);
    int fd = open(file, O_RDWR | O_CLOEXEC);
    char noise[4096];
    memset(noise, 0x5a, sizeof noise);
    for (off_t at = 4096; at < 40960; at += 4096) {
        assert_int_equal(pwrite(fd, noise, sizeof noise, at), sizeof noise);
    }
    assert_int_equal(close(fd), 0);
    refused("damaged", ERR_MALFORMED);
}

static void reading_makes_nothing(void **state)
{
    (void)state;
    struct store *s = NULL;
    char why[STORE_WHY] = "";
    assert_int_equal(store_open_read(dir, &s, why), ERR_MISSING);
    assert_int_not_equal(access(file, F_OK), 0);
    struct store *writer = opened(NULL);
    assert_int_equal(store_open_read(dir, &s, why), ERR_OK);
    assert_int_equal(read_all(s, "", 0, 10).n, 0);
    store_close(s);
    store_close(writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_are_read_again, setup, teardown),
        cmocka_unit_test_setup_teardown(only_the_newest_are_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(old_and_surplus_rows_go, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_lost_unsaid, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_ours_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(damage_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(reading_makes_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
