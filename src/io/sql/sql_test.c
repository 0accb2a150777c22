/* Statements and transactions on a database in a folder of the test's own; files that are not ours are tested with
 * io/store. */
#include "io/sql/sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[4096];
static char file[4200];

static int setup(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(dir, sizeof dir, "%s/sql.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(dir));
    (void)snprintf(file, sizeof file, "%s/x.db", dir);
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

static const char *const steps[] = {
    "CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, more BLOB) STRICT;",
    "ALTER TABLE a ADD COLUMN other INTEGER REFERENCES a;",
    "INSERT INTO a (name) VALUES ('twice'), ('twice');",
};

static struct sql_form form = {.application = 7,
                               .step = steps,
                               .n_steps = 1,
                               .pragmas = "PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON;"};

static void opened(struct sql *s, size_t n_steps)
{
    sqlite3 *db = NULL;
    char why[SQL_WHY] = "";
    form.n_steps = n_steps;
    if (sql_open(file, &form, &db, why) != ERR_OK) {
        fail_msg("%s", why);
    }
    sql_init(s, db);
}

static const char insert[] = "INSERT INTO a (id, name, more) VALUES (?, ?, ?)";

static void values_come_back(void **state)
{
    (void)state;
    struct sql s;
    opened(&s, 1);
    assert_true(sql_begin(&s));
    assert_true(sql_run(&s, insert, SQL_ARGS(SQL_INT(1), SQL_TEXT(STR("")), SQL_NULL)));
    assert_true(
        sql_run(&s, insert, SQL_ARGS(SQL_ID(0), SQL_TEXT(STR("b")), SQL_BLOB(str_of("\0\1", 2)))));
    assert_true(sql_commit(&s));
    sqlite3_stmt *q = sql_query(&s, "SELECT id, name, more FROM a ORDER BY id", NULL, 0);
    assert_true(sql_row(&s, q));
    assert_int_equal(sql_int(q, 0), 1);
    assert_int_equal(sql_text(q, 1).len, 0);
    assert_true(sql_null(q, 2));
    assert_true(sql_row(&s, q));
    assert_int_equal(sql_int(q, 0), 2);
    assert_true(str_eq(sql_blob(q, 2), str_of("\0\1", 2)));
    assert_false(sql_row(&s, q));
    int64_t n = 5;
    assert_true(sql_one(&s, &n, "SELECT count(*) FROM a", NULL, 0));
    assert_int_equal(n, 2);
    assert_false(sql_one(&s, &n, "SELECT id FROM a WHERE name = 'c'", NULL, 0));
    assert_int_equal(n, 2);
    assert_int_equal(s.code, SQLITE_OK);
    sql_close(&s);
}

static void a_failure_sticks(void **state)
{
    (void)state;
    struct sql s;
    int64_t n = 0;
    opened(&s, 1);
    assert_true(sql_begin(&s));
    assert_true(sql_run(&s, insert, SQL_ARGS(SQL_INT(1), SQL_TEXT(STR("a")), SQL_NULL)));
    assert_false(sql_run(&s, insert, SQL_ARGS(SQL_INT(2), SQL_TEXT(STR("a")), SQL_NULL)));
    assert_int_equal(s.code & 0xff, SQLITE_CONSTRAINT);
    assert_false(sql_run(&s, insert, SQL_ARGS(SQL_INT(3), SQL_TEXT(STR("c")), SQL_NULL)));
    assert_false(sql_commit(&s));
    assert_true(sql_begin_read(&s));
    assert_true(sql_one(&s, &n, "SELECT count(*) FROM a", NULL, 0));
    assert_int_equal(n, 0);
    assert_false(sql_one(&s, &n, "SELECT no such thing", NULL, 0));
    assert_false(sql_commit(&s));
    sql_close(&s);
}

static void one_writes_at_a_time(void **state)
{
    (void)state;
    struct sql a, b;
    sqlite3 *second = NULL;
    char why[SQL_WHY] = "";
    opened(&a, 1);
    assert_int_equal(sql_open_again(file, &form, &second, why), ERR_OK);
    sql_init(&b, second);
    assert_true(sql_begin(&a));
    assert_false(sql_begin(&b));
    assert_int_equal(b.code & 0xff, SQLITE_BUSY);
    assert_true(sql_run(&a, insert, SQL_ARGS(SQL_INT(1), SQL_TEXT(STR("a")), SQL_NULL)));
    assert_true(sql_commit(&a));
    assert_true(sql_begin(&b));
    assert_true(sql_commit(&b));
    sql_close(&a);
    sql_close(&b);
}

static void steps_are_whole(void **state)
{
    (void)state;
    struct sql s;
    sqlite3 *db = NULL;
    int64_t n = 0;
    char why[SQL_WHY] = "";
    opened(&s, 1);
    sql_close(&s);
    form.n_steps = 3;
    assert_int_equal(sql_open(file, &form, &db, why), ERR_IO); /* the third step fails */
    assert_non_null(strstr(why, "UNIQUE"));
    opened(&s, 2);
    assert_true(sql_one(&s, &n, "SELECT count(*) FROM a WHERE other IS NULL", NULL, 0));
    assert_int_equal(n, 0);
    sql_close(&s);
    form.n_steps = 1;
    assert_int_equal(sql_open(file, &form, &db, why), ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_come_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_failure_sticks, setup, teardown),
        cmocka_unit_test_setup_teardown(one_writes_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(steps_are_whole, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
