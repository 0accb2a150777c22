/* Problem reports as phones bring them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "app/phones/form.h"

#define PART(name, more, value) \
    "--B\r\nContent-Disposition: form-data; name=" name more "\r\n\r\n" value "\r\n"

static const struct {
    const char *name, *type, *body;
    bool whole;
    const char *device, *serial, *username, *file, *kept;
} rows[] = {
    {"quoted", "multipart/form-data; boundary=B",
     PART("\"devicename\"", "", "\"SEP00005E005301\"") PART("\"serialno\"", "", "\"FCH00000001\"")
         PART("\"username\"", "", "\"Alice\"")
             PART("\"prt_file\"", "; filename=\"probrep-20260101-000000.tar.gz\"", "bytes") "--B--",
     true, "SEP00005E005301", "FCH00000001", "Alice", "probrep-20260101-000000.tar.gz", "bytes"},
    {"bare", "multipart/form-data; boundary=\"B\"",
     PART("devicename", "", "SEP00005E005301") PART("other", "", "x")
         PART("prt_file", "; filename=C:\\x\\a.tar.gz", "by\r\ntes") "--B--\r\n",
     true, "SEP00005E005301", "", "", "a.tar.gz", "by\r\ntes"},
    {"cut off", "multipart/form-data; boundary=B",
     PART("\"prt_file\"", "; filename=\"a\"", "bytes"), false, "", "", "", "a", "bytes"},
    {"no file", "multipart/form-data; boundary=B", PART("\"devicename\"", "", "x") "--B--", false,
     "x", "", "", "", ""},
    {"two files: the first counts", "multipart/form-data; boundary=B",
     PART("\"prt_file\"", "; filename=\"a\"", "one")
         PART("\"prt_file\"", "; filename=\"b\"", "two") "--B--",
     true, "", "", "", "a", "one"},
    {"a file as it is", "application/gzip", "bytes", true, "", "", "", "", "bytes"},
};

static char kept[256];

static void keep(void *ctx, struct str bytes)
{
    size_t at = strlen(kept);
    (void)ctx;
    snprintf(kept + at, sizeof kept - at, "%.*s", STR_ARG(bytes));
}

static void forms_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str body = str_z(rows[i].body);
        for (size_t piece = 1; piece <= body.len; piece += piece < 4 ? 1 : body.len) {
            static struct form f;
            kept[0] = 0;
            assert_true(form_init(&f, str_z(rows[i].type)));
            for (size_t at = 0; at < body.len; at += piece) {
                assert_true(form_take(&f, str_head(str_from(body, at), piece), keep, NULL));
            }
            if (form_whole(&f) != rows[i].whole || strcmp(f.device, rows[i].device) != 0 ||
                strcmp(f.serial, rows[i].serial) != 0 ||
                strcmp(f.username, rows[i].username) != 0 || strcmp(f.name, rows[i].file) != 0 ||
                strcmp(kept, rows[i].kept) != 0) {
                fail_msg("%s, %zu at a time: '%s' '%s' '%s' '%s' '%s'", rows[i].name, piece,
                         f.device, f.serial, f.username, f.name, kept);
            }
        }
    }
}

static void damaged_forms_are_refused(void **state)
{
    (void)state;
    static struct form f;
    assert_false(form_init(&f, STR("multipart/form-data")));
    assert_true(form_init(&f, STR("multipart/form-data; boundary=B")));
    assert_false(form_take(&f, STR("--B\r\nContent-Disposition form-data\r\n\r\nx"), keep, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_are_read),
        cmocka_unit_test(damaged_forms_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
