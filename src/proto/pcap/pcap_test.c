/* Capture files of every form, whole, in pieces, damaged and cut off. */
#include "proto/pcap/pcap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* -- building files ----------------------------------------------------------------------- */

struct file {
    uint8_t b[8192];
    size_t len;
    bool little;
};

static void put(struct file *f, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        f->b[f->len++] = (uint8_t)(v >> (8 * (f->little ? i : bytes - 1 - i)));
    }
}

static void put_text(struct file *f, const char *text, size_t len)
{
    memcpy(f->b + f->len, text, len);
    f->len += len;
}

static void header(struct file *f, uint32_t magic, uint32_t link)
{
    put(f, magic, 4);
    put(f, 2, 2);
    put(f, 4, 2);
    put(f, 0, 8);
    put(f, 65535, 4);
    put(f, link, 4);
}

static void record(struct file *f, uint32_t sec, uint32_t sub, const char *text, uint32_t wire)
{
    put(f, sec, 4);
    put(f, sub, 4);
    put(f, strlen(text), 4);
    put(f, wire, 4);
    put_text(f, text, strlen(text));
}

/* A block of pcapng; `text` is padded. */
static void block(struct file *f, uint32_t type, const struct file *fixed, const char *text)
{
    size_t pad = (4 - (fixed->len + strlen(text)) % 4) % 4;
    size_t len = 12 + fixed->len + strlen(text) + pad;
    put(f, type, 4);
    put(f, len, 4);
    put_text(f, (const char *)fixed->b, fixed->len);
    put_text(f, text, strlen(text));
    put(f, 0, (unsigned)pad);
    put(f, len, 4);
}

static void section(struct file *f)
{
    struct file in = {.little = f->little};
    put(&in, 0x1A2B3C4D, 4);
    put(&in, 1, 2);
    put(&in, 0, 2);
    put(&in, UINT64_MAX, 8);
    block(f, 0x0A0D0D0A, &in, "");
}

/* `resolution` 0: none told, as microseconds are. */
static void interface(struct file *f, uint32_t link, uint8_t resolution, int64_t offset)
{
    struct file in = {.little = f->little};
    put(&in, link, 2);
    put(&in, 0, 2);
    put(&in, 6, 4);
    put(&in, 2, 2); /* if_name */
    put(&in, 3, 2);
    put_text(&in, "en0", 4);
    if (resolution) {
        put(&in, 9, 2);
        put(&in, 1, 2);
        put(&in, resolution, 1);
        put(&in, 0, 3);
    }
    if (offset) {
        put(&in, 14, 2);
        put(&in, 8, 2);
        put(&in, (uint64_t)offset, 8);
    }
    put(&in, 0, 4);
    block(f, 1, &in, "");
}

static void enhanced(struct file *f, uint32_t number, uint64_t stamp, const char *text,
                     uint32_t wire)
{
    struct file in = {.little = f->little};
    put(&in, number, 4);
    put(&in, stamp >> 32, 4);
    put(&in, stamp, 4);
    put(&in, strlen(text), 4);
    put(&in, wire, 4);
    block(f, 6, &in, text);
}

/* -- reading them ------------------------------------------------------------------------- */

/* Everything told, one line each. */
struct told {
    char text[4096];
    size_t len;
    const char *from, *to; /* where the bytes given lie */
    unsigned copied;       /* frames handed out elsewhere */
};

static void tell(struct told *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void tell(struct told *t, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    t->len += (size_t)vsnprintf(t->text + t->len, sizeof t->text - t->len, fmt, ap);
    va_end(ap);
    assert_true(t->len < sizeof t->text);
}

static void on_frame(void *ctx, const struct pcap_frame *f)
{
    struct told *t = ctx;
    t->copied += f->bytes.p < t->from || f->bytes.p + f->bytes.len > t->to;
    tell(t, "%d@%d link %u if %u ", (int)f->number, (int)f->offset, f->link, f->interface);
    if (f->time == USEC_NONE) {
        tell(t, "no time");
    } else {
        tell(t, "%lld", (long long)f->time);
    }
    tell(t, " %u '%.*s'\n", f->len, STR_ARG(f->bytes));
}

static void on_secrets(void *ctx, uint32_t type, struct str text)
{
    tell(ctx, "secrets %x '%.*s'\n", type, STR_ARG(text));
}

static void on_problem(void *ctx, uint64_t offset, const char *what)
{
    tell(ctx, "problem at %d: %s\n", (int)offset, what);
}

static struct told read_in(const struct file *f, size_t step)
{
    struct told t = {.len = 0};
    struct pcap p;
    struct pcap_visitor v = {
        .ctx = &t, .frame = on_frame, .secrets = on_secrets, .problem = on_problem};
    pcap_init(&p, v);
    for (size_t at = 0; at < f->len; at += step) {
        size_t n = f->len - at < step ? f->len - at : step;
        t.from = (const char *)f->b + at;
        t.to = t.from + n;
        pcap_feed(&p, str_of(t.from, n));
    }
    pcap_end(&p);
    pcap_clear(&p);
    return t;
}

/* The same is told however the file is cut. */
static void expect(const struct file *f, const char *text)
{
    static const size_t steps[] = {1, 3, 16, 100};
    struct told whole = read_in(f, sizeof f->b);
    assert_string_equal(whole.text, text);
    assert_int_equal(whole.copied, 0);
    for (size_t i = 0; i < COUNT(steps); i++) {
        assert_string_equal(read_in(f, steps[i]).text, text);
    }
}

/* -- pcap --------------------------------------------------------------------------------- */

static void every_form_of_pcap(void **state)
{
    (void)state;
    static const struct {
        uint32_t magic;
        bool little;
        uint32_t sub;
    } forms[] = {
        {0xA1B2C3D4, false, 123456},
        {0xA1B2C3D4, true, 123456},
        {0xA1B23C4D, false, 123456789},
        {0xA1B23C4D, true, 123456789},
    };
    for (size_t i = 0; i < COUNT(forms); i++) {
        struct file f = {.little = forms[i].little};
        header(&f, forms[i].magic, 1);
        record(&f, 1700000000, forms[i].sub, "first", 5);
        record(&f, 1700000001, 0, "second", 60);
        expect(&f, "1@24 link 1 if 0 1700000000123456 5 'first'\n"
                   "2@45 link 1 if 0 1700000001000000 60 'second'\n");
    }
}

static void longer_record_headers(void **state)
{
    (void)state;
    struct file f = {.little = true};
    header(&f, 0xA1B2CD34, 113);
    for (int i = 0; i < 2; i++) {
        put(&f, 10, 4);
        put(&f, 7, 4);
        put(&f, 3, 4);
        put(&f, 3, 4);
        put(&f, 0xFFFFFFFF, 8);
        put_text(&f, "abc", 3);
    }
    expect(&f, "1@24 link 113 if 0 10000007 3 'abc'\n2@51 link 113 if 0 10000007 3 'abc'\n");
}

static void link_type_without_its_upper_bits(void **state)
{
    (void)state;
    struct file f = {.little = true};
    header(&f, 0xA1B2C3D4, 0x14000001); /* with the length of the FCS */
    record(&f, 1, 2, "x", 1);
    expect(&f, "1@24 link 1 if 0 1000002 1 'x'\n");
}

static void what_is_no_capture(void **state)
{
    (void)state;
    struct file f = {.little = true};
    put_text(&f, "1754 INF Aug 10 16:56:46.142687 (975-1286) voice-text\n", 54);
    expect(&f, "problem at 0: this is no capture file\n");
    f.len = 3;
    expect(&f, "problem at 0: this is no capture file\n");
    f.len = 0;
    expect(&f, "");
    f = (struct file){.little = true};
    header(&f, 0xA1B2C3D4, 1);
    f.b[4] = 9; /* the version */
    expect(&f, "problem at 0: this is no capture file\n");
    assert_true(pcap_is(STR("\xA1\xB2\xC3\xD4")) && pcap_is(STR("\n\r\r\n")));
    assert_true(pcap_is(STR("\x4D\x3C\xB2\xA1....")));
    assert_false(pcap_is(STR("\xA1\xB2\xC3")) || pcap_is(STR("PK\3\4")));
}

static void cut_off(void **state)
{
    (void)state;
    struct file f = {.little = true};
    header(&f, 0xA1B2C3D4, 1);
    record(&f, 1, 0, "whole", 5);
    record(&f, 2, 0, "not whole", 9);
    f.len -= 4;
    expect(&f,
           "1@24 link 1 if 0 1000000 5 'whole'\nproblem at 45: the file ends within a packet\n");
    f.len = 45 + 7;
    expect(&f,
           "1@24 link 1 if 0 1000000 5 'whole'\nproblem at 45: the file ends within a packet\n");
}

static void broken_in_the_middle(void **state)
{
    (void)state;
    struct file f = {.little = true};
    header(&f, 0xA1B2C3D4, 1);
    record(&f, 1700000000, 0, "before", 6);
    for (int i = 0; i < 37; i++) { /* a hole in the file */
        put(&f, 0, 1);
    }
    record(&f, 1700000005, 9, "behind", 6);
    record(&f, 1700000006, 9, "and on", 6);
    expect(&f, "1@24 link 1 if 0 1700000000000000 6 'before'\n"
               "problem at 46: the header of a packet is broken\n"
               "2@83 link 1 if 0 1700000005000009 6 'behind'\n"
               "3@105 link 1 if 0 1700000006000009 6 'and on'\n");
}

static void one_file_behind_the_other(void **state)
{
    (void)state;
    struct file f = {.little = true};
    header(&f, 0xA1B2C3D4, 1);
    record(&f, 1, 0, "one", 3);
    f.little = false;
    header(&f, 0xA1B23C4D, 101);
    record(&f, 2, 3000, "two", 3);
    expect(&f, "1@24 link 1 if 0 1000000 3 'one'\n2@67 link 101 if 0 2000003 3 'two'\n");
}

/* -- pcapng ------------------------------------------------------------------------------- */

static void every_block_of_pcapng(void **state)
{
    (void)state;
    for (int little = 0; little < 2; little++) {
        struct file f = {.little = little != 0};
        struct file in = {.little = f.little};
        section(&f);
        interface(&f, 1, 0, 0);
        enhanced(&f, 0, 1700000000000001, "packet", 60);
        put(&in, 9, 4);
        block(&f, 3, &in, "simple, cut"); /* by the snaplen of the interface */
        in.len = 0;
        put(&in, 0, 2);
        put(&in, 1, 2);
        put(&in, 0, 4);
        put(&in, 77, 4);
        put(&in, 3, 4);
        put(&in, 3, 4);
        block(&f, 2, &in, "old");
        in.len = 0;
        put(&in, PCAP_SECRETS_TLS, 4);
        put(&in, 5, 4);
        block(&f, 10, &in, "KEYS\n");
        in.len = 0;
        block(&f, 0x40000BAD, &in, "whatever comes later");
        enhanced(&f, 0, 2, "last", 4);
        expect(&f, "1@60 link 1 if 0 1700000000000001 60 'packet'\n"
                   "2@100 link 1 if 0 no time 9 'simple'\n"
                   "3@128 link 1 if 0 77 3 'old'\n"
                   "secrets 544c534b 'KEYS\n'\n"
                   "4@224 link 1 if 0 2 4 'last'\n");
    }
}

static void interfaces_and_their_clocks(void **state)
{
    (void)state;
    struct file f = {.little = true};
    section(&f);
    interface(&f, 1, 9, 0);
    interface(&f, 113, 3, 100);
    interface(&f, 101, 0x80 | 10, -1);
    interface(&f, 276, 0x80 | 50, 0);
    interface(&f, 1, 40, 0); /* finer than a number can tell */
    enhanced(&f, 0, 1700000000123456789, "a", 1);
    enhanced(&f, 1, 5001, "b", 1);
    enhanced(&f, 2, 3 * 1024 + 512, "c", 1);
    enhanced(&f, 3, (UINT64_C(7) << 50) + (UINT64_C(1) << 49), "d", 1);
    enhanced(&f, 4, 1, "e", 1);
    enhanced(&f, 5, 1, "f", 1);
    struct told t = read_in(&f, sizeof f.b);
    assert_non_null(strstr(t.text, "link 1 if 0 1700000000123456 1 'a'\n"));
    assert_non_null(strstr(t.text, "link 113 if 1 105001000 1 'b'\n"));
    assert_non_null(strstr(t.text, "link 101 if 2 2500000 1 'c'\n"));
    assert_non_null(strstr(t.text, "link 276 if 3 7500000 1 'd'\n"));
    assert_non_null(strstr(t.text, "link 1 if 4 no time 1 'e'\n"));
    assert_non_null(strstr(t.text, "a packet of an interface that was not described\n"));
}

static void sections_of_either_order(void **state)
{
    (void)state;
    struct file f = {.little = true};
    section(&f);
    interface(&f, 1, 0, 0);
    enhanced(&f, 0, 1, "little", 6);
    f.little = false;
    section(&f);
    interface(&f, 101, 9, 0);
    enhanced(&f, 0, 2000, "big", 3);
    expect(&f, "1@60 link 1 if 0 1 6 'little'\n2@168 link 101 if 0 2 3 'big'\n");
}

static void broken_blocks(void **state)
{
    (void)state;
    static const struct {
        size_t at; /* in the second packet's block */
        uint8_t value;
        const char *what;
    } rows[] = {
        {32, 99, "the two lengths of a block differ"},
        {4, 41, "the length of a block is broken"},
        {4, 8, "the length of a block is broken"},
        {7, 1, "the length of a block is broken"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char want[400];
        struct file f = {.little = true};
        section(&f);
        interface(&f, 1, 0, 0);
        enhanced(&f, 0, 1, "good", 4);
        size_t second = f.len;
        enhanced(&f, 0, 2, "evil", 4);
        enhanced(&f, 0, 3, "well", 4);
        f.b[second + rows[i].at] = rows[i].value;
        snprintf(want, sizeof want,
                 "1@60 link 1 if 0 1 4 'good'\nproblem at 96: %s\n2@132 link 1 if 0 3 4 'well'\n",
                 rows[i].what);
        expect(&f, want);
    }
}

static void packets_longer_than_their_block(void **state)
{
    (void)state;
    struct file f = {.little = true};
    section(&f);
    interface(&f, 1, 0, 0);
    enhanced(&f, 0, 1, "long", 4);
    f.b[60 + 20] = 200; /* its captured length */
    enhanced(&f, 0, 2, "next", 4);
    expect(&f, "problem at 60: a packet is longer than its block\n1@96 link 1 if 0 2 4 'next'\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_of_pcap),
        cmocka_unit_test(longer_record_headers),
        cmocka_unit_test(link_type_without_its_upper_bits),
        cmocka_unit_test(what_is_no_capture),
        cmocka_unit_test(cut_off),
        cmocka_unit_test(broken_in_the_middle),
        cmocka_unit_test(one_file_behind_the_other),
        cmocka_unit_test(every_block_of_pcapng),
        cmocka_unit_test(interfaces_and_their_clocks),
        cmocka_unit_test(sections_of_either_order),
        cmocka_unit_test(broken_blocks),
        cmocka_unit_test(packets_longer_than_their_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
