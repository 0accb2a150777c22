/* The walk over archives in memory: forms, nesting, order, every damage. */
#include "io/archive/archive_testing.h"

/* The cases: what is built, and what the visitor is told of it */

static void make_pcap(struct buf *b)
{
    add(b, STR("\xd4\xc3\xb2\xa1\x02\0\x04\0"));
}
static void make_not_pcapng(struct buf *b)
{
    add(b, STR("\n\r\r\nblank lines first"));
}
static void make_gz_two(struct buf *b)
{
    gz_put(b, STR("first "));
    gz_put(b, STR("second"));
    add(b, STR("\0\0\0\0"));
}
static void make_gz_empty(struct buf *b)
{
    gz_put(b, STR(""));
}
static void make_ustar(struct buf *b)
{
    archive_put(b, USTAR, three, 3);
}
static void make_pax(struct buf *b)
{
    archive_put(b, PAX, three, 3);
}
static void make_gnu(struct buf *b)
{
    archive_put(b, GNU, three, 3);
}
static void make_zip_stored(struct buf *b)
{
    archive_put(b, ZIP_STORED, three, 3);
}
static void make_two_tars(struct buf *b)
{
    one_put(b, USTAR, "one", STR("1"));
    one_put(b, USTAR, "two", STR("2"));
}
static void make_old_tar(struct buf *b)
{
    one_put(b, USTAR, "old", STR("no magic"));
    /* Version 7 has no magic: take it out and mend the sum. */
    unsigned sum = 0;
    memset(b->p + 257, 0, 8);
    memset(b->p + 148, ' ', 8);
    for (size_t i = 0; i < 512; i++) {
        sum += (unsigned char)b->p[i];
    }
    snprintf(b->p + 148, 8, "%06o", sum);
}
static void make_kinds(struct buf *b)
{
    static const struct file files[] = {
        {.name = "dir/", .type = AE_IFDIR},
        {.name = "dir/log", .content = STR_INIT("log")},
        {.name = "dir/hard", .link = "dir/log"},
        {.name = "dir/soft", .type = AE_IFLNK, .link = "../../etc/passwd"},
        {.name = "dev/tty", .type = AE_IFCHR},
        {.name = "../../etc/passwd", .content = STR_INIT("harmless")},
    };
    archive_put(b, USTAR, files, 6);
}
static void make_locked(struct buf *b)
{
    one_put(b, ZIP_LOCKED, "secret.log", STR("not to be read"));
}
static void make_gz_crc(struct buf *b)
{
    gz_put(b, STR("first "));
    b->p[b->len - 8] ^= 1;
    gz_put(b, STR("second"));
}
static void make_gz_length(struct buf *b)
{
    gz_put(b, STR("first "));
    b->p[b->len - 4] ^= 1;
    gz_put(b, STR("second"));
}
static void make_tar_gz_crc(struct buf *b)
{
    make_tar_gz(b);
    b->p[b->len - 8] ^= 1;
}
static void make_gz_cut(struct buf *b)
{
    noise_put(b, 100000);
    gz_over(b);
    b->len /= 2;
}
static void make_gz_damaged(struct buf *b)
{
    gz_put(b, STR("first "));
    size_t second = b->len;
    gz_put(b, STR("second"));
    b->p[second + 10] |= 6; /* a block of the reserved type, RFC 1951 3.2.3 */
}
static void make_gz_trailing(struct buf *b)
{
    make_gz(b);
    add(b, STR("\0\0garbage"));
}
static void make_gz_header_cut(struct buf *b)
{
    add(b, STR("\x1f\x8b\x08\0"));
}
static void make_tar_cut(struct buf *b)
{
    struct buf big = {0};
    noise_put(&big, 3000);
    struct file files[] = {{.name = "small", .content = STR_INIT("whole")},
                           {.name = "big", .content = buf_str(&big)}};
    archive_put(b, USTAR, files, 2);
    b->len = 512 + 512 + 512 + 1000;
    buf_clear(&big);
}
static void make_tar_gz_cut(struct buf *b)
{
    struct buf big = {0};
    noise_put(&big, 100000);
    one_put(b, USTAR, "big", buf_str(&big));
    gz_over(b);
    b->len /= 2;
    buf_clear(&big);
}
static void make_tar_damaged(struct buf *b)
{
    static const struct file files[] = {{.name = "one", .content = STR_INIT("1")},
                                        {.name = "two", .content = STR_INIT("2")},
                                        {.name = "three", .content = STR_INIT("3")}};
    archive_put(b, USTAR, files, 3);
    b->p[1024 + 3] ^= 1; /* in the header of "two" */
}
static void make_zip_crc(struct buf *b)
{
    static const struct file files[] = {{.name = "one", .content = STR_INIT("the first file")},
                                        {.name = "two", .content = STR_INIT("the second")}};
    archive_put(b, ZIP, files, 2);
    size_t at = str_find(buf_str(b), STR("PK\x07\x08"));
    b->p[at + 4] ^= 1; /* the data descriptor, APPNOTE 4.3.9 */
}
static void make_zip_cut(struct buf *b)
{
    struct buf big = {0};
    noise_put(&big, 100000);
    one_put(b, ZIP_STORED, "big", buf_str(&big));
    b->len = 50000;
    buf_clear(&big);
}
static void make_zip_method(struct buf *b)
{
    make_zip(b);
    b->p[8] = 14; /* LZMA, APPNOTE 4.4.5 */
}
static void make_foreign(struct buf *b)
{
    static const struct file files[] = {{.name = "a",
                                         .content = STR_INIT("\xfd"
                                                             "7zXZ\0\0")},
                                        {.name = "b", .content = STR_INIT("fine")}};
    archive_put(b, USTAR, files, 2);
}
static void make_deep(struct buf *b)
{
    add(b, STR("bottom"));
    for (int i = 0; i < 6; i++) {
        char name[16];
        snprintf(name, sizeof name, "%d", i);
        one_over(b, i % 2 ? ZIP : USTAR, name);
        if (i % 2 == 0) {
            gz_over(b);
        }
    }
}
static void make_deep_gz(struct buf *b)
{
    add(b, STR("bottom"));
    for (int i = 0; i < 12; i++) {
        gz_over(b);
    }
}
static void make_tiny_tar(struct buf *b)
{
    add(b, STR("\x1f\x8b"));
}
static void make_long_name(struct buf *b)
{
    char name[2000];
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    one_put(b, PAX, name, STR("x"));
}
static void make_raw_name(struct buf *b)
{
    one_put(b, USTAR, "na\xffme\x1b[31m", STR("x"));
}
static void make_utf8_name(struct buf *b)
{
    one_put(b, ZIP, "caf\xc3\xa9.log", STR("x"));
}

#define THREE "in!/b/messages 'newer\n'\nin!/a/messages.1 'older\n'\nin!/empty ''\n"
#define N64 "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"

static const struct walk_case {
    const char *name;
    void (*make)(struct buf *b);
    const char *told;
} cases[] = {
    {"plain", make_plain, "in 'just a line\n'\n"},
    {"empty", make_empty, "in ''\n"},
    {"pcap", make_pcap, "in '\xd4\xc3\xb2\xa1\x02' capture\n"},
    {"pcapng.gz", make_pcapng_gz, "in '\n\r\r\n\x1c' capture\n"},
    {"not pcapng", make_not_pcapng, "in '\n\r\r\nblank lines first'\n"},
    {"gz", make_gz, "in 'in gzip\n'\n"},
    {"two gz members, zeros", make_gz_two, "in 'first second'\n"},
    {"empty gz", make_gz_empty, "in ''\n"},
    {"two bytes", make_tiny_tar, "in '\x1f\x8b'\n"},
    {"ustar", make_ustar, THREE},
    {"pax", make_pax, THREE},
    {"gnu", make_gnu, THREE},
    {"zip", make_zip, THREE},
    {"stored zip", make_zip_stored, THREE},
    {"tar.gz", make_tar_gz, THREE},
    {"tar.bz2", make_tar_bz2, THREE},
    {"two tars", make_two_tars, "in!/one '1'\nin!/two '2'\n"},
    {"tar without magic", make_old_tar, "in!/old 'no magic'\n"},
    {"nested", make_nested, "in!/x.dat!/c.bin 'deep\n'\nin!/beside 'flat\n'\n"},
    {"kinds", make_kinds,
     "in!/dir/log 'log'\n"
     "! in!/dev/tty @0: a device, pipe or socket, not a file; skipped\n"
     "in!/../../etc/passwd 'harmless'\n"},
    {"encrypted zip", make_locked,
     "! in!/secret.log @0: encrypted; unpack it with its password and give the files instead\n"},
    {"gz with a wrong CRC", make_gz_crc,
     "! in @22: the checksum (CRC) is wrong: some of its bytes are damaged\n"
     "in 'first second' cut\n"},
    {"gz with a wrong length", make_gz_length,
     "! in @26: the stated length is wrong: bytes are missing or damaged\n"
     "in 'first second' cut\n"},
    {"tar.gz with a wrong CRC", make_tar_gz_crc,
     "! in @149: the checksum (CRC) is wrong: some of its bytes are damaged\n" THREE},
    {"cut gz", make_gz_cut,
     "! in @28761: the compressed data end too early: the file was cut\nin [49529] cut\n"},
    {"gz cut in its trailer", make_gz_cut_trailer,
     "! in @25: the compressed data end too early: the file was cut\nin 'in gzip\n' cut\n"},
    {"damaged gz", make_gz_damaged,
     "! in @37: the compressed data are damaged (invalid block type); what stands before is used\n"
     "in 'first ' cut\n"},
    {"gz and garbage", make_gz_trailing,
     "! in @30: bytes that are no gzip data stand behind the compressed data; they are left out\n"
     "in 'in gzip\n' cut\n"},
    {"gz of a header only", make_gz_header_cut,
     "! in @4: the compressed data end too early: the file was cut\nin '' cut\n"},
    {"cut tar", make_tar_cut,
     "in!/small 'whole'\n"
     "! in!/big @1000: cut or damaged here: Truncated tar archive\nin!/big [1000] cut\n"},
    {"cut tar.gz", make_tar_gz_cut,
     "! in @28820: the compressed data end too early: the file was cut\n"
     "! in!/big @49461: cut or damaged here: the archive around it is damaged\n"
     "in!/big [49461] cut\n"},
    {"damaged tar", make_tar_damaged,
     "in!/one '1'\n"
     "! in @1024: a member's header is damaged: Damaged tar archive; what can be read behind it is "
     "used\n"
     "in!/three '3'\n"},
    {"zip with a wrong CRC", make_zip_crc,
     "! in!/one @0: cut or damaged here: ZIP bad CRC: 0xa3804e29 should be 0xa3804e28\n"
     "in!/one 'the first file' cut\nin!/two 'the second'\n"},
    {"cut zip", make_zip_cut,
     "! in!/big @49941: cut or damaged here: Truncated ZIP file data\nin!/big [49941] cut\n"},
    {"zip with another method", make_zip_method,
     "! in!/b/messages @0: compressed by a method other than deflate; unpack it and give the files "
     "instead\n"
     "in!/a/messages.1 'older\n'\nin!/empty ''\n"},
    {"foreign", make_foreign,
     "! in!/a @0: xz data, which are not read here; decompress it and give the files instead\n"
     "in!/b 'fine'\n"},
    {"too deep", make_deep,
     "! in!/5!/4!/3!/2!/1 @0: archives in archives, too deep; it is left out\n"},
    {"too deep gz", make_deep_gz, "! in @0: archives in archives, too deep; it is left out\n"},
    {"long name", make_long_name, "in!/" N64 N64 N64 N64 N64 N64 N64 N64 " 'x'\n"},
    {"raw name", make_raw_name, "in!/na\xffme\x1b[31m 'x'\n"},
    {"UTF-8 name", make_utf8_name, "in!/caf\xc3\xa9.log 'x'\n"},
};

static void test_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf b = {0};
        struct record r = {0};
        struct archive_visitor v = visitor_of(&r);
        cases[i].make(&b);
        assert_int_equal(archive_walk_memory(buf_str(&b), STR("in"), &archive_limits_usual, &v),
                         ERR_OK);
        print_message("%s\n", cases[i].name);
        record_expect(&r, cases[i].told);
        buf_clear(&b);
        record_clear(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
