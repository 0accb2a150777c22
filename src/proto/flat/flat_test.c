#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "proto/flat/flat.h"

/* "name=value;..." of a document, and how it ended. */
static enum err all(const char *in, char *out, size_t cap)
{
    struct str rest = str_z(in), name, value;
    struct err_at at;
    char room[32];
    enum err e = ERR_OK;
    *out = 0;
    while ((e = flat_next(&rest, room, sizeof room, &name, &value, &at)) == ERR_OK) {
        size_t len = strlen(out);
        (void)snprintf(out + len, cap - len, "%.*s=%.*s;", STR_ARG(name), STR_ARG(value));
    }
    return e;
}

static void test_documents(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
        enum err end;
    } rows[] = {
        {"", "", ERR_END},
        {"<flat-profile/>", "flat-profile=;", ERR_END},
        {"<?xml version=\"1.0\"?><flat-profile>\n<A ua=\"na\">1</A>\n<B/><C></C></flat-profile>",
         "A=1;B=;C=;", ERR_END},
        {"<d><g><A>x</A></g><!-- <B>no</B> --><C>y</C></d>", "A=x;C=y;", ERR_END},
        {"<A x=\"a>b\" y='c>d'>1</A>", "A=1;", ERR_END},
        {"<A>&lt;&amp;&gt;&quot;&apos;&#65;&#x3042;</A>", "A=<&>\"'A\xe3\x81\x82;", ERR_END},
        {"<A>&nope;</A>", "", ERR_MALFORMED},
        {"<A>&amp</A>", "", ERR_MALFORMED},
        {"<A>&#0;</A>", "", ERR_MALFORMED},
        {"<A>&#xd800;</A>", "", ERR_MALFORMED},
        {"<A>&#x110000;</A>", "", ERR_MALFORMED},
        {"<!DOCTYPE x><A>1</A>", "", ERR_MALFORMED},
        {"<A><![CDATA[x]]></A>", "", ERR_MALFORMED},
        {"< A>1</A>", "", ERR_MALFORMED},
        {"<A>1</A><B", "A=1;", ERR_MORE},
        {"<A>1</A><B>2", "A=1;", ERR_MORE},
        {"<A>1</A><!-- x", "A=1;", ERR_MORE},
        {"<A>123456789012345678901234567890123</A>", "", ERR_LIMIT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[256];
        enum err e = all(rows[i].in, out, sizeof out);
        if (e != rows[i].end || strcmp(out, rows[i].out) != 0) {
            fail_msg("row %zu (%s): %s, %s", i, rows[i].in, err_name(e), out);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_documents)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
