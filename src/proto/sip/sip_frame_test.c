/* Streams cut into pieces, whatever they come in. */
#include "proto/sip/sip_frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

#define START "OPTIONS sip:example.com SIP/2.0\r\n"

static const struct {
    const char *stream;
    const char
        *pieces; /* M, P, B with the length of each; at the end E (the rest wants more), F or L with
                           the length of the head */
} cases[] = {
    {"", "E"},
    {"\r", "E"},
    {"\r\n", "B2 E"},
    {"\r\n\r", "B2 E"},
    {"\r\n\r\n", "B2 P2 E"},
    {"\r\n\r\n\r\n\r\n", "B2 P2 B2 P2 E"},
    {"\r\n\r\n\r\n" START "l: 0\r\n\r\n", "B2 P2 B2 M41 E"},
    {"\r\n" START "l: 0\r\n\r\n\r\n\r\n", "B2 M41 B2 P2 E"},
    {"\r\n" START "l: 0\r\n\r\n\r\n" START "l: 0\r\n\r\n", "B2 M41 B2 M41 E"},
    {"\r\n\rX", "B2 F0"},
    {"\rX", "F0"},
    {"\n\n", "F0"},
    {" " START, "F0"},
    {START "l: 0\r\n\r\n" START "Content-length : 3\r\n\r\nabc" START, "M41 M58 E"},
    {START "CONTENT-LENGTH:\r\n\t2\r\n \r\n\r\n\r\nM", "M61 E"},
    {START "l: 2\r\nl: 02\r\n\r\nab", "M50 E"},
    {START "l: 2\r\nContent-Length: 3\r\n\r\nabc", "F60"},
    {START "l: 2\r\nl: 99999999999999999999\r\n\r\nab", "F66"},
    {START "l: -1\r\n\r\n", "F42"},
    {START "l: 1 2\r\n\r\nab", "F43"},
    {START "l: 0x1\r\n\r\nab", "F43"},
    {START "l:\r\n\r\n", "F39"},
    {START "l: 65494\r\n\r\n", "L45"},
    {START "l: 99999999999999999999999999\r\n\r\n", "L66"},
    {START "\r\n", "F35"},
    {START "Lx: 1\r\nSubject: a\r\n l: 5\r\n\r\n", "F61"},
    {START "l;: 1\r\n\r\n", "F42"},
    {START "\rl: 0\r\n\r\n", "F42"},
    {"OPTIONS sip:example.com SIP/2.0\nl: 0\n\n", "F38"},
    {START "l: 0\n\r\n", "F40"},
    {START "l: 0\r\n\n", "F40"},
    {"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n", "F0"},
    {"\x16\x03\x01", "F0"},
    {"OPTIONS sip:example.com SIP/7.0\r\nl: 0\r\n\r\n", "M41 E"},
    {"OPTIONS  sip:example.com  SIP/2.0 \r\nl: 1\r\n\r\n\r", "M45 E"},
    {"SIP/2.0 200 OK\r\nl: 0\r\n\r\n\r", "M24 E"},
};

static void note(char *out, size_t cap, char kind, size_t len)
{
    size_t at = strlen(out);
    snprintf(out + at, cap - at, "%s%c%zu", at ? " " : "", kind, len);
}

/* Gives `s` in bits: `first` bytes, then `step` more each time. */
static void cut(struct str s, size_t first, size_t step, char *out, size_t cap)
{
    static const char kinds[] = {'M', 'B', 'P'};
    struct sip_frame f = {0};
    size_t begin = 0;
    size_t have = first;
    out[0] = '\0';
    for (;;) {
        enum sip_piece piece = SIP_PIECE_BLANK;
        size_t len = 0;
        struct err_at at = {0, NULL, NULL};
        enum err e = sip_frame_next(&f, str_from(str_head(s, have), begin), &piece, &len, &at);
        if (e == ERR_OK) {
            note(out, cap, kinds[piece], len);
            begin += len;
            assert_int_equal(f.seen, 0);
        } else if (e != ERR_MORE) {
            assert_non_null(at.what);
            note(out, cap, e == ERR_LIMIT ? 'L' : 'F', len);
            return;
        } else if (have >= s.len) {
            size_t n = strlen(out);
            snprintf(out + n, cap - n, n ? " E" : "E");
            return;
        } else {
            have += step;
        }
    }
}

static void test_every_cut(void **state)
{
    char got[200];
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct str s = str_z(cases[i].stream);
        for (size_t first = 0; first <= s.len; first++) {
            cut(s, first, s.len, got, sizeof got);
            assert_string_equal(got, cases[i].pieces);
        }
        for (size_t step = 1; step < 8; step++) {
            cut(s, 0, step, got, sizeof got);
            assert_string_equal(got, cases[i].pieces);
        }
    }
}

static void test_nul_is_no_number(void **state)
{
    static const char text[] = START "l: 1\0\r\n\r\na";
    char got[40];
    (void)state;
    cut(str_of(text, sizeof text - 1), 1, 1, got, sizeof got);
    assert_string_equal(got, "F42");
}

static void test_long_heads(void **state)
{
    static char text[SIP_MESSAGE_MOST + 100];
    char got[40];
    (void)state;
    memset(text, 'a', sizeof text);
    memcpy(text, START, strlen(START));
    cut(str_of(text, sizeof text), 0, 1000, got, sizeof got);
    assert_string_equal(got, "L65535");
    cut(str_of(text, SIP_MESSAGE_MOST - 1), 0, 1000, got, sizeof got);
    assert_string_equal(got, "E");
    /* The longest message that is taken, and one byte more. */
    static const char end[] = "\r\nl: 100\r\n\r\n";
    size_t n = SIP_MESSAGE_MOST - 100 - strlen(end);
    memcpy(text + n, end, strlen(end));
    memcpy(text + strlen(START), "X: ", 3);
    cut(str_of(text, SIP_MESSAGE_MOST), 0, 777, got, sizeof got);
    assert_string_equal(got, "M65535 E");
    memcpy(text + n + 1, end, strlen(end));
    text[n] = 'a';
    cut(str_of(text, sizeof text), 0, 777, got, sizeof got);
    assert_string_equal(got, "L65436");
}

/* Who waits for the rest of a message must not wait so for a phone's keepalive. */
static void test_nothing_begun(void **state)
{
    struct sip_frame f = {0};
    enum sip_piece piece = SIP_PIECE_MESSAGE;
    size_t len = 0;
    struct err_at at;
    (void)state;
    assert_int_equal(sip_frame_next(&f, STR("\r\n"), &piece, &len, &at), ERR_OK);
    assert_true(piece == SIP_PIECE_BLANK && len == 2 && f.seen == 0);
    assert_int_equal(sip_frame_next(&f, STR(""), &piece, &len, &at), ERR_MORE);
    assert_int_equal(sip_frame_next(&f, STR("R"), &piece, &len, &at), ERR_MORE);
    assert_int_equal(f.seen, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_nul_is_no_number),
        cmocka_unit_test(test_long_heads),
        cmocka_unit_test(test_nothing_begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
