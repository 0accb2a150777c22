/* Captures to facts: the same however the bytes are cut, of the hosts that are wanted, in little memory. */
#include "flow/capture/capture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/sink.h"

static struct buf told; /* hosts and facts as text */
static unsigned problems;

static void on_host(void *ctx)
{
    (void)ctx;
    assert_int_equal(buf_add(&told, STR("host\n")), ERR_OK);
}

static void on_mark(void *ctx, const struct mark *m)
{
    uint32_t *before = ctx;
    assert_true(m->order == *before + 1);
    assert_int_equal(m->source, SOURCE_CAPTURE);
    *before = m->order;
}

static void on_fact(void *ctx, const struct fact *f)
{
    char text[64];
    (void)ctx;
    int n = snprintf(text, sizeof text, "%u %s", f->place.line, fact_row(f->kind)->name);
    assert_int_equal(buf_add(&told, str_of(text, (size_t)n)), ERR_OK);
    for (unsigned i = 0; i < f->n; i++) {
        assert_true(fact_carries(f->kind, (enum field)f->f[i].field));
        assert_int_equal(buf_add(&told, STR(" ")), ERR_OK);
        assert_int_equal(buf_add(&told, f->f[i].v), ERR_OK);
    }
    assert_int_equal(buf_add(&told, STR("\n")), ERR_OK);
}

static void on_problem(void *ctx, uint64_t offset, const char *what, bool damage)
{
    (void)ctx;
    (void)offset;
    assert_non_null(what);
    problems += damage;
}

static struct buf file(const char *name)
{
    struct buf b = {.p = NULL};
    char path[4096];
    char chunk[4096];
    const char *src = getenv("SRC");
    (void)snprintf(path, sizeof path, "%s/test/fixtures/captures/%s.pcap", src ? src : ".", name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, f)) > 0;) {
        assert_int_equal(buf_add(&b, str_of(chunk, n)), ERR_OK);
    }
    fclose(f);
    return b;
}

/* What is told of `bytes`, given in pieces of `chunk`. */
static uint64_t tell(struct capture *c, struct str bytes, size_t chunk)
{
    uint32_t order = 0;
    uint32_t marked = 0;
    struct capture_sink sink = {.ctx = &marked, .host = on_host, .mark = on_mark, .fact = on_fact};
    buf_reset(&told);
    capture_begin(c, 0);
    while (bytes.len) {
        capture_feed(c, str_head(bytes, chunk));
        bytes = str_from(bytes, chunk);
    }
    uint64_t frames = capture_end(c, &sink, &order);
    assert_int_equal(order, marked);
    return frames;
}

static void cut_anywhere(void **state)
{
    static const char *const names[] = {"DN-01-one", "DH-01", "TL-02", "clean-tcp", "SV-05"};
    static const size_t chunks[] = {1, 7, 64, 1000};
    struct capture_cfg cfg = {.problem = on_problem};
    (void)state;
    struct capture *c = capture_new(&cfg);
    assert_non_null(c);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct buf b = file(names[i]);
        uint64_t frames = tell(c, buf_str(&b), SIZE_MAX);
        struct buf whole = told;
        told = (struct buf){.p = NULL};
        assert_true(frames > 4);
        assert_true(whole.len > 200);
        for (size_t k = 0; k < sizeof chunks / sizeof *chunks; k++) {
            assert_int_equal(tell(c, buf_str(&b), chunks[k]), frames);
            assert_true(str_eq(buf_str(&told), buf_str(&whole)));
        }
        buf_clear(&whole);
        buf_clear(&b);
    }
    assert_int_equal(problems, 0);
    capture_free(c);
    buf_clear(&told);
}

static bool says(const char *text)
{
    return str_find(buf_str(&told), str_z(text)) != STR_NPOS;
}

static void facts_of_frames(void **state)
{
    struct capture_cfg cfg = {.problem = on_problem};
    (void)state;
    struct capture *c = capture_new(&cfg);
    struct buf b = file("DN-03");
    (void)tell(c, buf_str(&b), SIZE_MAX);
    assert_true(says(" dhcp.option option66") == false);
    assert_true(says("dhcp.option dns1 192.0.2.53"));
    assert_true(says("phone.model 00:00:5e:00:53:21"));
    assert_true(says("fetch.start https://activate.example.com/"));
    assert_true(says("dns.query A activate.example.com 192.0.2.100"));
    assert_true(says("dns.reply activate.example.com NXDOMAIN 192.0.2.53"));
    assert_true(says("fetch.noresolve activate.example.com"));
    buf_clear(&b);
    b = file("clean-tcp");
    (void)tell(c, buf_str(&b), SIZE_MAX);
    assert_true(says("dns.srv _sips._tcp.sip.example.net") || says("dns.srv _sip._tcp"));
    assert_true(says("sip.request"));
    assert_true(says("tls.up activate.example.com"));
    assert_true(says("tls.hidden activate.example.com"));
    buf_clear(&b);
    capture_free(c);
    buf_clear(&told);
}

static void wanted_hosts_only(void **state)
{
    struct capture_cfg cfg = {.n_addrs = 1};
    (void)state;
    struct buf b = file("DN-03");
    cfg.addr[0] = addr4(0xc0000264);
    struct capture *c = capture_new(&cfg);
    (void)tell(c, buf_str(&b), SIZE_MAX);
    assert_true(says("NXDOMAIN"));
    capture_free(c);
    cfg.addr[0] = addr4(0xc000024d);
    c = capture_new(&cfg);
    (void)tell(c, buf_str(&b), SIZE_MAX);
    assert_int_equal(told.len, 0);
    capture_free(c);
    buf_clear(&b);
    buf_clear(&told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(facts_of_frames),
        cmocka_unit_test(wanted_hosts_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
