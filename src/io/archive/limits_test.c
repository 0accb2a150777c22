/* Limits of the walk: bombs, members, depth, headers, holes. */
#include "io/archive/archive_testing.h"

static void bomb_put(struct buf *b, size_t n)
{
    char zeros[4096] = {0};
    struct buf plain = {0};
    for (size_t i = 0; i < n; i += sizeof zeros) {
        add(&plain, str_of(zeros, sizeof zeros));
    }
    gz_put(b, buf_str(&plain));
    buf_clear(&plain);
}
static void make_bomb(struct buf *b)
{
    bomb_put(b, 2 << 20);
}
/* As 42.zip: every layer is harmless in itself. */
static void make_bomb_nested(struct buf *b)
{
    bomb_put(b, 2 << 20);
    gz_over(b);
    struct buf copy = {0};
    struct file files[2] = {{.name = "one"}, {.name = "two"}};
    add(&copy, buf_str(b));
    files[0].content = files[1].content = buf_str(&copy);
    buf_reset(b);
    archive_put(b, ZIP, files, 2);
    buf_clear(&copy);
}
static void make_many(struct buf *b)
{
    struct file files[20];
    for (size_t i = 0; i < 20; i++) {
        files[i] = (struct file){.name = "f", .content = STR_INIT("x")};
    }
    archive_put(b, USTAR, files, 20);
}
static void make_pax_header(struct buf *b)
{
    /* A header of type x with 2 MiB of records in front of a file. */
    size_t len = 2 << 20;
    char head[512] = {0};
    unsigned sum = 0;
    memcpy(head, "PaxHeader", 9);
    snprintf(head + 100, 8, "%07o", 0644U);
    snprintf(head + 124, 12, "%011o", (unsigned)len);
    memset(head + 148, ' ', 8);
    head[156] = 'x';
    memcpy(head + 257,
           "ustar\0"
           "00",
           8);
    for (size_t i = 0; i < 512; i++) {
        sum += (unsigned char)head[i];
    }
    snprintf(head + 148, 8, "%06o", sum);
    add(b, str_of(head, sizeof head));
    for (size_t i = 0; i < len; i += 16) {
        add(b, STR("16 comment=abcd\n"));
    }
    one_put(b, USTAR, "behind", STR("x"));
}
static void make_sparse(struct buf *b)
{
    struct archive *a = writer_new(PAX);
    size_t cap = 1 << 20, used = 0;
    char *p = malloc(cap);
    assert_non_null(p);
    archive_write_set_bytes_in_last_block(a, 1);
    assert_int_equal(archive_write_open_memory(a, p, cap, &used), ARCHIVE_OK);
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_pathname(e, "sparse");
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_size(e, 1 << 16);
    archive_entry_sparse_add_entry(e, (1 << 16) - 4096, 4096);
    assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
    archive_entry_free(e);
    struct buf content = {0};
    noise_put(&content, 1 << 16); /* the writer leaves the holes out */
    assert_int_equal(archive_write_data(a, content.p, content.len), 1 << 16);
    buf_clear(&content);
    archive_write_close(a);
    archive_write_free(a);
    add(b, str_of(p, used));
    free(p);
}

static const struct limit_case {
    const char *name;
    void (*make)(struct buf *b);
    struct archive_limits limits;
    const char *told;
} limit_cases[] = {
    {"bomb by ratio",
     make_bomb,
     {.ratio = 100, .ratio_from = 1 << 20},
     "! in: expands to more than 100 times its size, as a decompression bomb does; the rest is "
     "left "
     "out\nin [1048576] cut\n"},
    {"no bomb yet", make_bomb, {.ratio = 100, .ratio_from = 4 << 20}, "in [2097152]\n"},
    {"bomb by size",
     make_bomb,
     {.expanded = 1 << 20},
     "! in: expands to more than 1048576 bytes; the rest is left out\nin [1048576] cut\n"},
    {"nested bomb",
     make_bomb_nested,
     {.ratio = 300, .ratio_from = 1 << 20},
     "! in!/one: expands to more than 300 times its size, as a decompression bomb does; the rest "
     "is "
     "left out\nin!/one [786432] cut\n"},
    {"two nested bombs",
     make_bomb_nested,
     {.expanded = 3 << 20},
     "in!/one [2097152]\n! in!/two: expands to more than 3145728 bytes; the rest is left out\n"
     "in!/two [786432] cut\n"},
    {"members",
     make_many,
     {.members = 2},
     "in!/f [1]\nin!/f [1]\n! in: more than 2 members; the rest is left out\n"},
    {"large pax header",
     make_pax_header,
     {.members = 9},
     "! in: the archive is cut or damaged here: Special header too large\n"},
    {"sparse",
     make_sparse,
     {.members = 9},
     "! in!/sparse: a sparse file: 61440 bytes of holes are left out\nin!/sparse [4096]\n"},
    {"depth 1",
     make_nested,
     {.depth = 1},
     "! in!/x.dat: archives in archives, too deep; it is left out\nin!/beside [5]\n"},
};

static void test_limits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof limit_cases / sizeof limit_cases[0]; i++) {
        struct buf b = {0};
        struct record r = {.brief = true};
        struct archive_visitor v = visitor_of(&r);
        limit_cases[i].make(&b);
        print_message("%s\n", limit_cases[i].name);
        assert_int_equal(archive_walk_memory(buf_str(&b), STR("in"), &limit_cases[i].limits, &v),
                         ERR_OK);
        record_expect(&r, limit_cases[i].told);
        buf_clear(&b);
        record_clear(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_limits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
