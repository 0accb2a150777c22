/* What was packed comes out again, and the same files give the same bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "io/archive/archive.h"
#include "io/archive/pack.h"

static void make(struct buf *out)
{
    struct sink s = buf_sink(out);
    struct pack *p = pack_new(&s);
    assert_non_null(p);
    assert_int_equal(pack_begin(p, "logs/a", 5), ERR_OK);
    assert_int_equal(pack_bytes(p, STR("hello")), ERR_OK);
    assert_int_equal(pack_begin(p, "logs/\xe3\x81\x82", 0), ERR_OK);
    assert_int_equal(pack_begin(p, "b", 3), ERR_OK);
    assert_int_equal(pack_bytes(p, STR("x")), ERR_OK);
    assert_int_equal(pack_bytes(p, STR("yz")), ERR_OK);
    assert_int_equal(pack_finish(p), ERR_OK);
    pack_free(p);
}

static enum err begin(void *ctx, struct str name, enum archive_kind kind)
{
    assert_int_equal(kind, ARCHIVE_KIND_FILE);
    assert_int_equal(buf_add(ctx, name), ERR_OK);
    return buf_add(ctx, STR("="));
}

static enum err bytes(void *ctx, struct str s)
{
    return buf_add(ctx, s);
}

static void end(void *ctx, bool whole)
{
    assert_true(whole);
    assert_int_equal(buf_add(ctx, STR(";")), ERR_OK);
}

static void problem(void *ctx, struct str member, uint64_t offset, const char *what)
{
    (void)ctx;
    (void)member;
    (void)offset;
    fail_msg("%s", what);
}

static void there_and_back(void **state)
{
    struct buf packed = {.limit = 0}, seen = {.limit = 0};
    (void)state;
    make(&packed);
    struct archive_visitor v = {
        .ctx = &seen, .begin = begin, .bytes = bytes, .end = end, .problem = problem};
    assert_int_equal(archive_walk_memory(buf_str(&packed), STR("x"), &archive_limits_usual, &v),
                     ERR_OK);
    struct str expected = STR("x!/logs/a=hello;x!/logs/\xe3\x81\x82=;x!/b=xyz;");
    assert_int_equal(seen.len, expected.len);
    assert_memory_equal(seen.p, expected.p, expected.len);
    buf_clear(&packed);
    buf_clear(&seen);
}

static void same_bytes(void **state)
{
    struct buf a = {.limit = 0}, b = {.limit = 0};
    (void)state;
    make(&a);
    make(&b);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.p, b.p, a.len);
    buf_clear(&a);
    buf_clear(&b);
}

static void no_room(void **state)
{
    struct buf small = {.limit = 10};
    struct sink s = buf_sink(&small);
    (void)state;
    struct pack *p = pack_new(&s);
    assert_non_null(p);
    assert_int_equal(pack_begin(p, "a", 1), ERR_OK);
    assert_int_equal(pack_bytes(p, STR("a")), ERR_OK);
    assert_int_equal(pack_finish(p), ERR_IO);
    pack_free(p);
    buf_clear(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(same_bytes),
        cmocka_unit_test(no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
