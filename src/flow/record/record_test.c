/* Facts written as lines and read again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "flow/record/record.h"

#define TIME "2026-09-04T22:49:20.440161Z "

/* What was read, as text: "kind field=value;field=value\n". */
struct told {
    struct buf text;
    struct mark mark;
    struct fact last;
    unsigned marks;
};

static void on_mark(void *ctx, const struct mark *m)
{
    struct told *t = ctx;
    t->mark = *m;
    t->marks++;
}

static void on_fact(void *ctx, const struct fact *f)
{
    struct told *t = ctx;
    struct sink s = buf_sink(&t->text);
    sink_z(&s, fact_row(f->kind)->name);
    for (unsigned i = 0; i < f->n; i++) {
        sink_fmt(&s, "%s%s=%.*s", i ? ";" : " ", field_name((enum field)f->f[i].field),
                 STR_ARG(f->f[i].v));
    }
    sink_char(&s, '\n');
    t->last = *f;
}

static void read_all(struct str text, size_t step, struct told *t, struct record *r)
{
    uint32_t order = 7;
    struct record_sink sink = {.ctx = t, .mark = on_mark, .fact = on_fact};
    *t = (struct told){.marks = 0};
    record_begin(r, sink, 3, &order);
    for (size_t i = 0; i < text.len; i += step) {
        record_feed(r, str_head(str_from(text, i), step));
    }
    record_end(r);
    assert_int_equal(order - 7, t->marks);
}

struct row {
    const char *text, *told;
    unsigned marks, skipped, fields;
};

static const struct row rows[] = {
    {"", "", 0, 0, 0},
    {RECORD_MAGIC "1 probe host 2026-09-04T22:49:20.440161Z\n", "", 0, 0, 0},
    {TIME "srv.start host=sip.example.com\n", "srv.start host=sip.example.com\n", 1, 0, 0},
    {TIME "srv.start host=sip.example.com", "srv.start host=sip.example.com\n", 1, 0, 0},
    {TIME "srv.skip6\r\n", "srv.skip6\n", 1, 0, 0},
    {TIME "tls.alert reason=\"a \\\"b\\\" \\\\ \\x41\\n\" host=h\n",
     "tls.alert reason=a \"b\" \\ A\n;host=h\n", 1, 0, 0},
    {TIME "tls.alert reason=\"\" host=h\n", "tls.alert host=h\n", 1, 0, 0},
    {TIME "tls.alert reason=a reason=b\n", "tls.alert reason=a\n", 1, 0, 1},
    {TIME "tls.alert colour=red host=h\n", "tls.alert host=h\n", 1, 0, 1},
    {TIME "tls.alert mac=00:00:5e:00:53:01 host=h\n", "tls.alert host=h\n", 1, 0, 1},
    {TIME "sip.request response=secret method=REGISTER\n", "sip.request method=REGISTER\n", 1, 0,
     1},
    {TIME "tls.alert host=h reason=\"open\n", "tls.alert host=h\n", 1, 0, 1},
    {TIME "tls.alert host=h reason=\"\\q\"\n", "tls.alert host=h\n", 1, 0, 1},
    {TIME "tls.alert host\n", "tls.alert\n", 1, 0, 1},
    {TIME "no.kind host=h\n" TIME "srv.skip6\n", "srv.skip6\n", 2, 1, 0},
    {TIME "connect.none host=h\n", "", 1, 1, 0}, /* concluded, never read */
    {TIME "dns.silent host=h role=srv\n", "dns.silent host=h;role=srv\n", 1, 0, 0},
    {"yesterday srv.skip6\n", "", 0, 1, 0},
    {"2026-13-04T22:49:20.440161Z srv.skip6\n", "", 0, 1, 0},
    {"2026-09-04T24:49:20.440161Z srv.skip6\n", "", 0, 1, 0},
    {"2026-09-04T22:49:20Z srv.skip6\n", "", 0, 1, 0},
    {TIME "\n" TIME "srv.skip6\n", "srv.skip6\n", 2, 0, 0},
    {"# a word\n\n" TIME "srv.skip6\n", "srv.skip6\n", 1, 0, 0},
};

static void test_read(void **state)
{
    static struct record r;
    struct told t;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t step = 1; step < 200; step += 13) {
            read_all(str_z(rows[i].text), step, &t, &r);
            struct sink end = buf_sink(&t.text);
            sink_char(&end, 0);
            assert_string_equal(t.text.p, rows[i].told);
            assert_int_equal(t.marks, rows[i].marks);
            assert_int_equal(r.skipped, rows[i].skipped);
            assert_int_equal(r.fields, rows[i].fields);
            assert_false(r.newer);
            buf_clear(&t.text);
        }
    }
}

static void test_place_and_time(void **state)
{
    static struct record r;
    struct told t;
    (void)state;
    read_all(STR("# x\n" TIME "dns.silent host=h role=activation\n"), 1000, &t, &r);
    assert_int_equal(t.mark.year, 2026);
    assert_int_equal(t.mark.month, 9);
    assert_int_equal(t.mark.day, 4);
    assert_int_equal(t.mark.tod, ((22 * 60 + 49) * 60 + 20) * USEC_S + 440161);
    assert_int_equal(t.mark.source, SOURCE_PROBE);
    assert_int_equal(t.last.source, SOURCE_PROBE);
    assert_int_equal(t.last.place.file, 3);
    assert_int_equal(t.last.place.line, 2);
    assert_int_equal(t.last.order, 8);
    assert_int_equal(t.last.stage, STAGE_ACTIVATION_DNS);
    buf_clear(&t.text);
}

static void test_newer_and_long(void **state)
{
    static struct record r;
    static char text[2 * RECORD_LINE];
    struct told t;
    (void)state;
    read_all(STR(RECORD_MAGIC "2 probe host 2026-09-04T22:49:20.440161Z\n"), 1000, &t, &r);
    assert_true(r.newer);
    memset(text, 'x', sizeof text);
    text[RECORD_LINE + 10] = '\n';
    memcpy(text + RECORD_LINE + 11, TIME "srv.skip6\n", sizeof TIME + 9);
    read_all(str_of(text, RECORD_LINE + 11 + sizeof TIME + 9), 1000, &t, &r);
    assert_int_equal(r.skipped, 1);
    assert_int_equal(t.marks, 1);
    assert_int_equal(t.last.place.line, 2);
    buf_clear(&t.text);
}

static void test_written_is_read(void **state)
{
    static struct record r;
    static char big[3 * RECORD_LINE];
    struct buf b = {.limit = 0};
    struct sink s = buf_sink(&b);
    struct told t;
    struct fact f;
    (void)state;
    memset(big, '\x01', sizeof big);
    fact_init(&f, FACT_SIP_RESPONSE);
    fact_add(&f, FIELD_REASON, STR("Not \"here\"\r\n\\ \xff"));
    fact_add(&f, FIELD_SERVER, STR("2001:db8::1"));
    record_write_head(&s, "probe", STR("a host"), 1693867760440161);
    record_write(&s, 1693867760440161, &f);
    fact_init(&f, FACT_SIP_REQUEST);
    fact_add(&f, FIELD_RESPONSE, STR("0123456789abcdef"));
    fact_add(&f, FIELD_CONTACT, str_of(big, sizeof big));
    fact_add(&f, FIELD_METHOD, STR("REGISTER"));
    fact_add(&f, FIELD_VIA, str_of(big, sizeof big));
    record_write(&s, 1693867760440161, &f);
    assert_true(str_find(buf_str(&b), STR("0123456789abcdef")) == STR_NPOS);
    assert_true(
        str_starts(buf_str(&b), STR("# dialtone record 1 probe a?host 2023-09-04T22:49:20")));
    read_all(buf_str(&b), 77, &t, &r);
    assert_int_equal(r.skipped + r.fields, 0);
    assert_true(str_starts(
        buf_str(&t.text), STR("sip.response reason=Not \"here\"\r\n\\ \xff;server=2001:db8::1\n")));
    assert_int_equal(t.marks, 2);
    buf_clear(&t.text);
    buf_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_place_and_time),
        cmocka_unit_test(test_newer_and_long),
        cmocka_unit_test(test_written_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
