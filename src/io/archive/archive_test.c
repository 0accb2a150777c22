/* The walk over archives that are made here: forms, nesting, order, every damage, every limit. */
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "base/sink.h"
#include "io/archive/archive.h"

/* What the visitor was told, one line for each file and each problem. */

struct record {
    struct buf text;    /* the lines */
    struct buf content; /* of the current file */
    char name[8192];
    enum archive_kind kind;
    unsigned files, problems;
    uint64_t bytes;
    bool brief; /* sizes instead of contents, offsets left out */
    enum err begin, more;
};

static void line(struct record *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void line(struct record *r, const char *fmt, ...)
{
    char text[9000];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    assert_true(n >= 0 && (size_t)n < sizeof text);
    assert_int_equal(buf_add(&r->text, str_of(text, (size_t)n)), ERR_OK);
}

static enum err on_begin(void *ctx, struct str name, enum archive_kind kind)
{
    struct record *r = ctx;
    snprintf(r->name, sizeof r->name, "%.*s", STR_ARG(name));
    r->kind = kind;
    r->files++;
    buf_reset(&r->content);
    return r->begin;
}

static enum err on_bytes(void *ctx, struct str bytes)
{
    struct record *r = ctx;
    assert_true(bytes.len > 0);
    r->bytes += bytes.len;
    if (!r->brief) {
        assert_int_equal(buf_add(&r->content, bytes), ERR_OK);
    } else {
        r->content.len += bytes.len;
    }
    return r->more;
}

static void on_end(void *ctx, bool whole)
{
    struct record *r = ctx;
    const char *kind = r->kind == ARCHIVE_KIND_CAPTURE ? " capture" : "";
    const char *cut = whole ? "" : " cut";
    if (r->content.len > 40 || r->brief) {
        line(r, "%s [%zu]%s%s\n", r->name, r->content.len, kind, cut);
    } else {
        line(r, "%s '%.*s'%s%s\n", r->name, (int)r->content.len, r->content.p ? r->content.p : "",
             kind, cut);
    }
    if (r->brief) {
        r->content.len = 0;
    }
}

static void on_problem(void *ctx, struct str member, uint64_t offset, const char *what)
{
    struct record *r = ctx;
    r->problems++;
    if (r->brief) {
        line(r, "! %.*s: %s\n", STR_ARG(member), what);
    } else {
        line(r, "! %.*s @%llu: %s\n", STR_ARG(member), (unsigned long long)offset, what);
    }
}

static struct archive_visitor visitor_of(struct record *r)
{
    return (struct archive_visitor){
        .ctx = r, .begin = on_begin, .bytes = on_bytes, .end = on_end, .problem = on_problem};
}

static void record_clear(struct record *r)
{
    buf_clear(&r->text);
    buf_clear(&r->content);
}

static void record_expect(struct record *r, const char *expected)
{
    assert_int_equal(buf_add(&r->text, str_of("", 1)), ERR_OK);
    assert_string_equal(r->text.p, expected);
}

/* Making archives */

static void add(struct buf *b, struct str s)
{
    assert_int_equal(buf_add(b, s), ERR_OK);
}

static void gz_put(struct buf *out, struct str in)
{
    z_stream z = {0};
    size_t cap = in.len + in.len / 8 + 1024;
    Bytef *p = malloc(cap);
    Bytef *copy = malloc(in.len + 1);
    assert_non_null(p);
    assert_non_null(copy);
    if (in.len > 0) {
        memcpy(copy, in.p, in.len);
    }
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = copy;
    z.avail_in = (uInt)in.len;
    z.next_out = p;
    z.avail_out = (uInt)cap;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    add(out, str_of((char *)p, cap - z.avail_out));
    deflateEnd(&z);
    free(copy);
    free(p);
}

struct file {
    const char *name;
    struct str content;
    unsigned type;    /* 0: a regular file */
    const char *link; /* hard link to */
};

enum form { USTAR, PAX, GNU, ZIP, ZIP_STORED, ZIP_LOCKED, TAR_BZ2 };

static struct archive *writer_new(enum form form)
{
    struct archive *a = archive_write_new();
    assert_non_null(a);
    switch (form) {
    case TAR_BZ2:
        archive_write_add_filter_bzip2(a);
        archive_write_set_format_ustar(a);
        break;
    case USTAR:
        archive_write_set_format_ustar(a);
        break;
    case PAX:
        archive_write_set_format_pax(a);
        break;
    case GNU:
        archive_write_set_format_gnutar(a);
        break;
    case ZIP:
    case ZIP_STORED:
    case ZIP_LOCKED:
        archive_write_set_format_zip(a);
        archive_write_set_options(a,
                                  form == ZIP_STORED ? "compression=store" : "compression=deflate");
        break;
    }
    if (form == ZIP_LOCKED) {
        assert_int_equal(archive_write_set_options(a, "encryption=zipcrypt"), ARCHIVE_OK);
        assert_int_equal(archive_write_set_passphrase(a, "open sesame"), ARCHIVE_OK);
    }
    return a;
}

static void archive_put(struct buf *out, enum form form, const struct file *files, size_t n)
{
    struct archive *a = writer_new(form);
    size_t cap = 1 << 20, used = 0;
    for (size_t i = 0; i < n; i++) {
        cap += files[i].content.len * 2 + 4096;
    }
    char *p = malloc(cap);
    assert_non_null(p);
    archive_write_set_bytes_in_last_block(a, 1);
    assert_int_equal(archive_write_open_memory(a, p, cap, &used), ARCHIVE_OK);
    for (size_t i = 0; i < n; i++) {
        struct archive_entry *e = archive_entry_new();
        archive_entry_set_pathname(e, files[i].name);
        archive_entry_set_filetype(e, files[i].type ? files[i].type : (unsigned)AE_IFREG);
        archive_entry_set_perm(e, 0644);
        archive_entry_set_mtime(e, 1693000000, 0);
        archive_entry_set_size(e, (la_int64_t)files[i].content.len);
        if (files[i].type == AE_IFLNK) {
            archive_entry_set_symlink(e, files[i].link);
        } else if (files[i].link) {
            archive_entry_set_hardlink(e, files[i].link);
        }
        assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
        if (files[i].content.len > 0) {
            archive_write_data(a, files[i].content.p, files[i].content.len);
        }
        archive_entry_free(e);
    }
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
    add(out, str_of(p, used));
    free(p);
}

static void one_put(struct buf *out, enum form form, const char *name, struct str content)
{
    struct file f = {.name = name, .content = content};
    archive_put(out, form, &f, 1);
}

/* Replaces the content of `b` by its gzip form. */
static void gz_over(struct buf *b)
{
    struct buf out = {0};
    gz_put(&out, buf_str(b));
    buf_clear(b);
    *b = out;
}

static void one_over(struct buf *b, enum form form, const char *name)
{
    struct buf out = {0};
    one_put(&out, form, name, buf_str(b));
    buf_clear(b);
    *b = out;
}

/* 64 KiB and more that compress to about half: letters from a fixed generator. */
static void noise_put(struct buf *b, size_t n)
{
    uint32_t x = 12345;
    for (size_t i = 0; i < n; i++) {
        x = x * 1103515245 + 12345;
        char c = (char)('a' + (x >> 16) % 16);
        add(b, str_of(&c, 1));
    }
}

static const struct file three[] = {
    {.name = "b/messages", .content = STR_INIT("newer\n")},
    {.name = "a/messages.1", .content = STR_INIT("older\n")},
    {.name = "empty", .content = STR_INIT("")},
};

/* The cases: what is built, and what the visitor is told of it */

static void make_plain(struct buf *b)
{
    add(b, STR("just a line\n"));
}
static void make_empty(struct buf *b)
{
    (void)b;
}
static void make_pcap(struct buf *b)
{
    add(b, STR("\xd4\xc3\xb2\xa1\x02\0\x04\0"));
}
static void make_pcapng_gz(struct buf *b)
{
    add(b, STR("\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a"));
    gz_over(b);
}
static void make_not_pcapng(struct buf *b)
{
    add(b, STR("\n\r\r\nblank lines first"));
}
static void make_gz(struct buf *b)
{
    add(b, STR("in gzip\n"));
    gz_over(b);
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
static void make_zip(struct buf *b)
{
    archive_put(b, ZIP, three, 3);
}
static void make_zip_stored(struct buf *b)
{
    archive_put(b, ZIP_STORED, three, 3);
}
static void make_tar_gz(struct buf *b)
{
    archive_put(b, USTAR, three, 3);
    gz_over(b);
}
static void make_tar_bz2(struct buf *b)
{
    archive_put(b, TAR_BZ2, three, 3);
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
static void make_nested(struct buf *b)
{
    struct buf log = {0}, zip = {0};
    gz_put(&log, STR("deep\n"));
    one_put(&zip, ZIP, "c.bin", buf_str(&log));
    struct file files[] = {
        {.name = "x.dat", .content = buf_str(&zip)},
        {.name = "beside", .content = STR_INIT("flat\n")},
    };
    archive_put(b, PAX, files, 2);
    gz_over(b);
    buf_clear(&log);
    buf_clear(&zip);
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
static void make_gz_cut_trailer(struct buf *b)
{
    make_gz(b);
    b->len -= 3;
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

/* Limits */

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
     "left out\nin!/one [917504] cut\n"},
    {"two nested bombs",
     make_bomb_nested,
     {.expanded = 3 << 20},
     "in!/one [2097152]\n! in!/two: expands to more than 3145728 bytes; the rest is left out\n"
     "in!/two [917504] cut\n"},
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

/* Files */

static char root[256];

static int folder_setup(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    snprintf(root, sizeof root, "%.200s/archive_test.XXXXXX", tmp ? tmp : "/tmp");
    return mkdtemp(root) && chdir(root) == 0 ? 0 : -1;
}

static int folder_teardown(void **state)
{
    (void)state;
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    return chdir("/") == 0 ? system(command) : -1;
}

static void file_put(const char *path, struct str content)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content.p ? content.p : "", content.len), content.len);
    close(fd);
}

static void file_make(const char *path, void (*make)(struct buf *b))
{
    struct buf b = {0};
    make(&b);
    file_put(path, buf_str(&b));
    buf_clear(&b);
}

static void test_folder(void **state)
{
    (void)state;
    assert_int_equal(mkdir("d", 0700), 0);
    assert_int_equal(mkdir("d/b", 0700), 0);
    assert_int_equal(mkdir("d/b/empty", 0700), 0);
    file_put("d/c", STR("C"));
    file_put("d/a", STR("A"));
    file_put("d/B", STR("B"));
    file_make("d/b/x.tgz", make_tar_gz);
    assert_int_equal(symlink("..", "d/b/up"), 0);
    assert_int_equal(symlink("../a", "d/b/z"), 0);
    assert_int_equal(symlink("nowhere", "d/e"), 0);
    assert_int_equal(mkfifo("d/f", 0600), 0);
    struct record r = {0};
    struct archive_visitor v = visitor_of(&r);
    const char *path = "d";
    assert_int_equal(archive_walk(&path, 1, &archive_limits_usual, &v), ERR_OK);
    record_expect(&r, "d/B 'B'\nd/a 'A'\n"
                      "! d/b/up @0: a symbolic link to a folder; not followed\n"
                      "d/b/x.tgz!/b/messages 'newer\n'\n"
                      "d/b/x.tgz!/a/messages.1 'older\n'\nd/b/x.tgz!/empty ''\n"
                      "d/b/z 'A'\nd/c 'C'\n"
                      "! d/e @0: a symbolic link that leads nowhere: No such file or directory\n"
                      "! d/f @0: a device, pipe or socket, not a file; skipped\n");
    record_clear(&r);
}

static void test_folder_limits(void **state)
{
    (void)state;
    char path[256] = "deep";
    assert_int_equal(mkdir(path, 0700), 0);
    for (int i = 0; i < 40; i++) {
        strcat(path, "/x");
        assert_int_equal(mkdir(path, 0700), 0);
    }
    strcat(path, "/log");
    file_put(path, STR("too deep"));
    assert_int_equal(mkdir("many", 0700), 0);
    for (int i = 0; i < 9; i++) {
        snprintf(path, sizeof path, "many/%d", i);
        file_put(path, STR("x"));
    }
    struct record r = {.brief = true};
    struct archive_visitor v = visitor_of(&r);
    struct archive_limits limits = {.members = 2, .depth = 1};
    const char *paths[] = {"deep", "many", "missing", "/dev/null"};
    assert_int_equal(archive_walk(paths, 4, &limits, &v), ERR_OK);
    assert_non_null(strstr(r.text.p, "folders in folders, too deep; it is left out\n"));
    assert_non_null(strstr(r.text.p, "too many files in one folder; this one and the rest are left "
                                     "out\n! missing: cannot be opened: No such file or directory\n"
                                     "! /dev/null: a device or socket, not a file; skipped\n"));
    assert_int_equal(r.files, 2);
    record_clear(&r);
}

/* What input and input_end say, in a list that goes through the second thread. */
static void on_input(void *ctx, size_t index)
{
    line(ctx, "> %zu\n", index);
}
static void on_input_end(void *ctx, size_t index, uint64_t size)
{
    line(ctx, "< %zu %llu\n", index, (unsigned long long)size);
}

static void make_large_tar_gz(struct buf *b)
{
    struct buf big = {0};
    noise_put(&big, 3000000);
    struct file files[] = {{.name = "big", .content = buf_str(&big)},
                           {.name = "small", .content = STR_INIT("s")}};
    archive_put(b, USTAR, files, 2);
    gz_over(b);
    buf_clear(&big);
}

static void test_thread(void **state)
{
    (void)state;
    file_make("large.tgz", make_large_tar_gz);
    file_put("plain", STR("plain"));
    struct record r = {.brief = true};
    struct archive_visitor v = visitor_of(&r);
    v.input = on_input;
    v.input_end = on_input_end;
    const char *paths[] = {"large.tgz", "plain", "large.tgz"};
    struct stat st;
    assert_int_equal(stat("large.tgz", &st), 0);
    char expected[400];
    snprintf(expected, sizeof expected,
             "> 0\nlarge.tgz!/big [3000000]\nlarge.tgz!/small [1]\n< 0 %lld\n"
             "> 1\nplain [5]\n< 1 5\n"
             "> 2\nlarge.tgz!/big [3000000]\nlarge.tgz!/small [1]\n< 2 %lld\n",
             (long long)st.st_size, (long long)st.st_size);
    assert_int_equal(archive_walk(paths, 3, &archive_limits_usual, &v), ERR_OK);
    record_expect(&r, expected);
    record_clear(&r);
}

static void test_stop(void **state)
{
    (void)state;
    static const struct {
        enum err begin, more, result;
        const char *told;
    } stops[] = {
        {ERR_END, ERR_OK, ERR_OK, ""},
        {ERR_OK, ERR_END, ERR_OK, NULL},
        {ERR_USAGE, ERR_OK, ERR_USAGE, ""},
        {ERR_OK, ERR_IO, ERR_IO, ""},
    };
    file_make("large.tgz", make_large_tar_gz);
    for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++) {
        struct record r = {.brief = true, .begin = stops[i].begin, .more = stops[i].more};
        struct archive_visitor v = visitor_of(&r);
        const char *path = "large.tgz";
        assert_int_equal(archive_walk(&path, 1, &archive_limits_usual, &v), stops[i].result);
        add(&r.text, str_of("", 1));
        if (stops[i].told) {
            assert_string_equal(r.text.p, stops[i].told);
        } else {
            assert_true(r.bytes < 500000); /* one block of the large one */
            assert_non_null(strstr(r.text.p, "large.tgz!/small [1]\n"));
        }
        record_clear(&r);
    }
}

static void test_stdin(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct buf b = {0};
    make_tar_gz(&b);
    assert_int_equal(write(ends[1], b.p, b.len), b.len);
    close(ends[1]);
    int before = dup(STDIN_FILENO);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    struct record r = {0};
    struct archive_visitor v = visitor_of(&r);
    const char *path = "-";
    assert_int_equal(archive_walk(&path, 1, &archive_limits_usual, &v), ERR_OK);
    record_expect(&r, "-!/b/messages 'newer\n'\n-!/a/messages.1 'older\n'\n-!/empty ''\n");
    if (before >= 0) {
        dup2(before, STDIN_FILENO);
        close(before);
    }
    buf_clear(&b);
    record_clear(&r);
}

static void test_probe(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        void (*make)(struct buf *b);
        bool container, packed;
        enum archive_kind kind;
        const char *head;
    } probes[] = {
        {"plain", make_plain, false, false, ARCHIVE_KIND_FILE, "just a line\n"},
        {"gz", make_gz, false, true, ARCHIVE_KIND_FILE, "in gzip\n"},
        {"tar.bz2", make_tar_bz2, true, true, ARCHIVE_KIND_FILE, ""},
        {"zip", make_zip, true, false, ARCHIVE_KIND_FILE, ""},
        {"pcapng.gz", make_pcapng_gz, false, true, ARCHIVE_KIND_CAPTURE, NULL},
        {"gz cut", make_gz_cut_trailer, false, true, ARCHIVE_KIND_FILE, "in gzip\n"},
        {"empty", make_empty, false, false, ARCHIVE_KIND_FILE, ""},
    };
    struct archive_probe *p = malloc(sizeof *p);
    assert_non_null(p);
    for (size_t i = 0; i < sizeof probes / sizeof probes[0]; i++) {
        file_make("probe", probes[i].make);
        print_message("%s\n", probes[i].name);
        assert_int_equal(archive_probe("probe", p), ERR_OK);
        assert_true(p->regular);
        assert_int_equal(p->container, probes[i].container);
        assert_int_equal(p->packed, probes[i].packed);
        assert_int_equal(p->kind, probes[i].kind);
        if (probes[i].head) {
            assert_true(str_eq(str_of(p->head, p->head_len), str_z(probes[i].head)));
        }
        assert_int_equal(p->tail_len, probes[i].packed || probes[i].container ? 0 : p->size);
    }
    assert_int_equal(archive_probe("missing", p), ERR_IO);
    assert_int_equal(archive_probe(".", p), ERR_OK);
    assert_true(p->folder && !p->regular);
    free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory), cmocka_unit_test(test_limits),
        cmocka_unit_test(test_folder), cmocka_unit_test(test_folder_limits),
        cmocka_unit_test(test_thread), cmocka_unit_test(test_stop),
        cmocka_unit_test(test_stdin),  cmocka_unit_test(test_probe),
    };
    return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
