/* What a diagnosis says of its phones; a child that cannot do it leaves nothing behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/hub/report.h"
#include "domain/diagnosis/rules.h"

static void test_read(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        bool ok, has_mac;
        int level;
        const char *finding, *serial;
        unsigned findings;
    } row[] = {
        {"{", false, false, -1, NULL, NULL, 0},
        {"{\"schema\":\"x\"}", false, false, -1, NULL, NULL, 0},
        {"{\"phones\":[]}", true, false, -1, NULL, NULL, 0},
        {"{\"phones\":[{\"mac\":null,\"serial\":null,\"findings\":[]}]}", true, false, -1, NULL,
         NULL, 0},
        {"{\"phones\":[{\"mac\":\"00:00:5e:00:53:01\",\"serial\":\"FCH1\",\"confidence\":0.5,"
         "\"findings\":[{\"id\":\"DN-01\",\"level\":\"error\",\"stage\":\"activation-dns\"},"
         "{\"id\":\"RF-09\",\"level\":\"info\",\"stage\":\"none\"}]}]}",
         true, true, LEVEL_ERROR, "DN-01", "FCH1", 2},
        {"{\"phones\":[{\"mac\":null,\"serial\":\"A\",\"findings\":[]},"
         "{\"mac\":\"00:00:5e:00:53:02\",\"serial\":\"B\","
         "\"findings\":[{\"id\":\"RF-05\",\"level\":\"warning\",\"stage\":\"registered\"}]}]}",
         true, true, LEVEL_WARNING, "RF-05", "B", 1},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct report_text text;
        struct report_done d;
        assert_int_equal(report_read(str_z(row[i].json), &text, &d), row[i].ok);
        assert_int_equal(d.level, row[i].level);
        assert_int_equal(d.has_mac, row[i].has_mac);
        assert_int_equal(d.findings, row[i].findings);
        assert_true(str_eq(str_z(d.finding), str_z(row[i].finding)));
        assert_true(str_eq(str_z(d.serial), str_z(row[i].serial)));
    }
}

struct world {
    struct loop *loop;
    unsigned done;
    bool ok;
};

static void on_done(void *ctx, const struct report_done *d)
{
    struct world *w = ctx;
    w->done++;
    w->ok = d->ok;
    if (w->done == 2) {
        loop_stop(w->loop);
    }
}

/* This test's program is no dialtone: it knows no `diagnose`, and its own tests must not run again. */
static void test_failing_child(void **state)
{
    (void)state;
    char folder[] = "/tmp/report_test.XXXXXX";
    char path[64], made[80];
    struct world w = {.loop = NULL};
    struct reports *r = NULL;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/missing", folder);
    assert_int_equal(loop_new(&w.loop), ERR_OK);
    assert_int_equal(reports_new(w.loop, on_done, &w, &r), ERR_OK);
    assert_int_equal(reports_add(r, 1, path), ERR_OK);
    assert_int_equal(reports_add(r, 2, path), ERR_OK);
    loop_run(w.loop);
    assert_int_equal(w.done, 2);
    assert_false(w.ok);
    reports_free(r);
    loop_free(w.loop);
    snprintf(made, sizeof made, "%s.json", path);
    assert_int_not_equal(access(made, F_OK), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_failing_child),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
