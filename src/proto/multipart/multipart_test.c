/* Forms, whole and cut at every place. */
#include "proto/multipart/multipart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* "[name|filename|type]data;" for each part, "." at the end, "!" for damage. */
static void hear(struct str type, struct str body, size_t step, char *room, size_t cap)
{
    static struct multipart m;
    size_t n = 0;
    room[0] = '\0';
    if (multipart_init(&m, type) != ERR_OK) {
        snprintf(room, cap, "no");
        return;
    }
    while (body.len > 0) {
        struct str in = str_head(body, step);
        enum multipart_event event;
        struct str data;
        struct err_at at = {0, NULL, NULL};
        enum err e;
        body = str_from(body, step);
        while ((e = multipart_next(&m, &in, &event, &data, &at)) == ERR_OK) {
            if (event == MULTIPART_PART) {
                n += (size_t)snprintf(room + n, cap - n, "[%.*s|%.*s|%.*s]", STR_ARG(m.part.name),
                                      STR_ARG(m.part.filename), STR_ARG(m.part.type));
            } else if (event == MULTIPART_DATA) {
                n += (size_t)snprintf(room + n, cap - n, "%.*s", STR_ARG(data));
            } else {
                n += (size_t)snprintf(room + n, cap - n, ";");
            }
            assert_true(n < cap);
        }
        if (e == ERR_END) {
            snprintf(room + n, cap - n, ".");
            assert_true(multipart_whole(&m));
            return;
        }
        assert_false(multipart_whole(&m));
        if (e != ERR_MORE) {
            assert_non_null(at.what);
            snprintf(room + n, cap - n, "!");
            return;
        }
        assert_int_equal(in.len, 0);
    }
}

#define TYPE "multipart/form-data; boundary=b0"
#define FIELD(name) "Content-Disposition: form-data; name=" name "\r\n\r\n"

static const struct {
    const char *type, *body, *heard;
} forms[] = {
    {TYPE, "--b0\r\n" FIELD("\"a\"") "one\r\n--b0\r\n" FIELD("b") "two\r\n--b0--\r\nepilogue",
     "[a||]one;[b||]two;."},
    {"Multipart/Form-Data;charset=utf-8; Boundary=\"b 0\"", "--b 0\r\n" FIELD("a") "x\r\n--b 0--",
     "[a||]x;."},
    {TYPE, "preamble\r\n--b0\r\n" FIELD("a") "\r\n--b0--", "[a||];."},
    {TYPE, "--b0\r\n" FIELD("a") "--b0--", "[a||];."},
    {TYPE,
     "--b0 \t\r\ncontent-disposition:form-data;name=prt_file;filename=prt.tar.gz\r\n"
     "Content-Type: application/gzip\r\nX-Other: y\r\n\r\n\r\n\r\r\n--b\r\n--b1\r\n-\r\n--b0--",
     "[prt_file|prt.tar.gz|application/gzip]\r\n\r\r\n--b\r\n--b1\r\n-;."},
    {TYPE,
     "--b0\r\nContent-Disposition: form-data; name=\"a\\\"b\"; "
     "filename=\"C:\\\\x\\y;z\"\r\n\r\n\r\n--b0--",
     "[a\"b|C:\\x\\y;z|];."},
    {TYPE, "--b0--", "."},
    {TYPE, "--b0\r\n" FIELD("a") "no end", "[a||]no end"},
    {TYPE, "--b0x\r\n", "!"},
    {TYPE, "--b0-x", "!"},
    {TYPE, "--b0\r\n\r\nx\r\n--b0--", "!"},
    {TYPE, "--b0\r\nContent-Type: text/plain\r\n\r\nx\r\n--b0--", "!"},
    {TYPE, "--b0\r\nContent-Disposition: form-data; name=\"a\r\n\r\n", "!"},
    {TYPE, "--b0\r\nContent-Disposition: form-data; name=\"\"\r\n\r\n", "!"},
    {TYPE, "--b0\r\nContent-Disposition: attachment; name=a\r\n\r\n", "!"},
    {TYPE, "--b0\r\nno field\r\n\r\n", "!"},
    {TYPE, "--b0\r\nA: b\r\n folded\r\n\r\n", "!"},
    {"multipart/form-data", "", "no"},
    {"multipart/form-data; boundary=", "", "no"},
    {"multipart/form-data; boundary=\"a", "", "no"},
    {"multipart/form-data; boundary=a*b", "", "no"},
    {"multipart/form-data; boundary=\"a \"", "", "no"},
    {"multipart/form-data; boundary="
     "01234567890123456789012345678901234567890123456789012345678901234567890",
     "", "no"},
    {"multipart/mixed; boundary=b0", "", "no"},
    {"application/x-www-form-urlencoded", "", "no"},
};

static void forms_are_read_however_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(forms); i++) {
        struct str body = str_z(forms[i].body);
        for (size_t step = body.len ? body.len : 1; step > 0; step--) {
            char heard[500];
            hear(str_z(forms[i].type), body, step, heard, sizeof heard);
            if (strcmp(heard, forms[i].heard) != 0) {
                fail_msg("case %zu by %zu: %s", i, step, heard);
            }
        }
    }
}

static enum err run(struct str body)
{
    static struct multipart m;
    enum multipart_event event;
    struct str data;
    struct err_at at;
    enum err e;
    assert_int_equal(multipart_init(&m, STR(TYPE)), ERR_OK);
    while ((e = multipart_next(&m, &body, &event, &data, &at)) == ERR_OK) {
    }
    return e;
}

static void limits_hold(void **state)
{
    (void)state;
    static char body[16000];
    size_t n = 0;
    for (unsigned i = 0; i <= MULTIPART_PARTS_MOST; i++) {
        n += (size_t)snprintf(body + n, sizeof body - n, "--b0\r\n" FIELD("a") "\r\n");
    }
    assert_int_equal(run(str_of(body, n)), ERR_LIMIT);
    n = (size_t)snprintf(body, sizeof body, "--b0\r\nA: ");
    memset(body + n, 'x', sizeof body - n);
    assert_int_equal(run(str_of(body, sizeof body)), ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_are_read_however_cut),
        cmocka_unit_test(limits_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
