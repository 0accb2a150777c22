/* For the tests: archives that are made in memory, and a visitor that writes down what it is told. */
#ifndef IO_ARCHIVE_ARCHIVE_TESTING_H
#define IO_ARCHIVE_ARCHIVE_TESTING_H

#include <archive.h>
#include <archive_entry.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
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

static inline void line(struct record *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static inline void line(struct record *r, const char *fmt, ...)
{
    char text[9000];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    assert_true(n >= 0 && (size_t)n < sizeof text);
    assert_int_equal(buf_add(&r->text, str_of(text, (size_t)n)), ERR_OK);
}

static inline enum err on_begin(void *ctx, struct str name, enum archive_kind kind)
{
    struct record *r = ctx;
    snprintf(r->name, sizeof r->name, "%.*s", STR_ARG(name));
    r->kind = kind;
    r->files++;
    buf_reset(&r->content);
    return r->begin;
}

static inline enum err on_bytes(void *ctx, struct str bytes)
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

static inline void on_end(void *ctx, bool whole)
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

static inline void on_problem(void *ctx, struct str member, uint64_t offset, const char *what)
{
    struct record *r = ctx;
    r->problems++;
    if (r->brief) {
        line(r, "! %.*s: %s\n", STR_ARG(member), what);
    } else {
        line(r, "! %.*s @%llu: %s\n", STR_ARG(member), (unsigned long long)offset, what);
    }
}

static inline struct archive_visitor visitor_of(struct record *r)
{
    return (struct archive_visitor){
        .ctx = r, .begin = on_begin, .bytes = on_bytes, .end = on_end, .problem = on_problem};
}

static inline void record_clear(struct record *r)
{
    buf_clear(&r->text);
    buf_clear(&r->content);
}

static inline void record_expect(struct record *r, const char *expected)
{
    assert_int_equal(buf_add(&r->text, str_of("", 1)), ERR_OK);
    assert_string_equal(r->text.p, expected);
}

/* Making archives */

static inline void add(struct buf *b, struct str s)
{
    assert_int_equal(buf_add(b, s), ERR_OK);
}

static inline void gz_put(struct buf *out, struct str in)
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

static inline struct archive *writer_new(enum form form)
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

static inline void archive_put(struct buf *out, enum form form, const struct file *files, size_t n)
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

static inline void one_put(struct buf *out, enum form form, const char *name, struct str content)
{
    struct file f = {.name = name, .content = content};
    archive_put(out, form, &f, 1);
}

/* Replaces the content of `b` by its gzip form. */
static inline void gz_over(struct buf *b)
{
    struct buf out = {0};
    gz_put(&out, buf_str(b));
    buf_clear(b);
    *b = out;
}

static inline void one_over(struct buf *b, enum form form, const char *name)
{
    struct buf out = {0};
    one_put(&out, form, name, buf_str(b));
    buf_clear(b);
    *b = out;
}

/* 64 KiB and more that compress to about half: letters from a fixed generator. */
static inline void noise_put(struct buf *b, size_t n)
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

/* Some archives that several tests use */

static inline void make_plain(struct buf *b)
{
    add(b, STR("just a line\n"));
}

static inline void make_empty(struct buf *b)
{
    (void)b;
}

static inline void make_pcapng_gz(struct buf *b)
{
    add(b, STR("\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a"));
    gz_over(b);
}

static inline void make_gz(struct buf *b)
{
    add(b, STR("in gzip\n"));
    gz_over(b);
}

static inline void make_zip(struct buf *b)
{
    archive_put(b, ZIP, three, 3);
}

static inline void make_tar_gz(struct buf *b)
{
    archive_put(b, USTAR, three, 3);
    gz_over(b);
}

static inline void make_tar_bz2(struct buf *b)
{
    archive_put(b, TAR_BZ2, three, 3);
}

static inline void make_nested(struct buf *b)
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

static inline void make_gz_cut_trailer(struct buf *b)
{
    make_gz(b);
    b->len -= 3;
}

#endif
