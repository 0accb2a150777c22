/* Segments in order, late, twice, overlapping, missing; sequence numbers that wrap; limits. */
#include "flow/stream/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

struct told {
    char text[4096]; /* bytes as they came out; holes as "[3]" */
    size_t len;
};

static void on_data(void *ctx, struct str bytes)
{
    struct told *t = ctx;
    memcpy(t->text + t->len, bytes.p, bytes.len);
    t->len += bytes.len;
    t->text[t->len] = '\0';
}

static void on_hole(void *ctx, uint32_t len)
{
    struct told *t = ctx;
    t->len += (size_t)snprintf(t->text + t->len, sizeof t->text - t->len, "[%u]", len);
}

enum op { SEGMENT, ACKED, FLUSH };

/* Sequence numbers count from that of the stream's first byte. */
struct move {
    enum op op;
    int32_t seq;
    const char *text;
    uint32_t more; /* bytes of the segment that were not captured */
};

static void run(struct told *t, uint32_t first, size_t limit, const struct move *m, size_t n)
{
    struct stream s = {.next = 0};
    struct budget b = {.limit = limit};
    struct stream_sink sink = {t, on_data, on_hole};
    *t = (struct told){.len = 0};
    stream_begin(&s, first);
    for (size_t i = 0; i < n && m[i].text; i++) {
        uint32_t seq = first + (uint32_t)m[i].seq;
        uint32_t len = (uint32_t)strlen(m[i].text);
        switch (m[i].op) {
        case SEGMENT:
            stream_on(&s, &b, seq, str_of(m[i].text, len), len + m[i].more, &sink);
            break;
        case ACKED:
            stream_acked(&s, &b, seq, &sink);
            break;
        case FLUSH:
            stream_rest(&s, &b, &sink);
            break;
        }
    }
    stream_clear(&s, &b);
    assert_int_equal(b.used, 0);
    assert_int_equal(s.n_held, 0);
    assert_int_equal(s.held, 0);
}

static void bytes_come_in_their_order(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct move moves[8];
        const char *text;
    } rows[] = {
        {"in order", {{SEGMENT, 0, "abc", 0}, {SEGMENT, 3, "def", 0}}, "abcdef"},
        {"swapped", {{SEGMENT, 3, "def", 0}, {SEGMENT, 0, "abc", 0}}, "abcdef"},
        {"backwards",
         {{SEGMENT, 4, "ef", 0}, {SEGMENT, 2, "cd", 0}, {SEGMENT, 0, "ab", 0}},
         "abcdef"},
        {"twice", {{SEGMENT, 0, "abc", 0}, {SEGMENT, 0, "abc", 0}, {SEGMENT, 3, "d", 0}}, "abcd"},
        {"sent again with more", {{SEGMENT, 0, "abc", 0}, {SEGMENT, 0, "XXXdef", 0}}, "abcdef"},
        {"the first wins, behind", {{SEGMENT, 2, "cd", 0}, {SEGMENT, 0, "abXXef", 0}}, "abcdef"},
        {"the first wins, before",
         {{SEGMENT, 3, "def", 0}, {SEGMENT, 1, "bcXX", 0}, {SEGMENT, 0, "a", 0}},
         "abcdef"},
        {"covers several",
         {{SEGMENT, 2, "c", 0},
          {SEGMENT, 4, "e", 0},
          {SEGMENT, 1, "bXdXf", 0},
          {SEGMENT, 0, "a", 0}},
         "abcdef"},
        {"inside of another",
         {{SEGMENT, 1, "bcdef", 0}, {SEGMENT, 2, "XX", 0}, {SEGMENT, 0, "a", 0}},
         "abcdef"},
        {"old bytes only", {{SEGMENT, 0, "abc", 0}, {SEGMENT, 1, "XX", 0}}, "abc"},
        {"a keepalive",
         {{SEGMENT, 0, "abc", 0}, {SEGMENT, -1, "X", 0}, {SEGMENT, 3, "d", 0}},
         "abcd"},
        {"a hole at the end of all",
         {{SEGMENT, 0, "ab", 0}, {SEGMENT, 5, "fg", 0}, {FLUSH, 0, "", 0}},
         "ab[3]fg"},
        {"two holes",
         {{SEGMENT, 1, "b", 0}, {SEGMENT, 3, "d", 0}, {FLUSH, 0, "", 0}, {SEGMENT, 4, "e", 0}},
         "[1]b[1]de"},
        {"too late", {{SEGMENT, 2, "c", 0}, {FLUSH, 0, "", 0}, {SEGMENT, 0, "ab", 0}}, "[2]c"},
        {"cut short by the capture", {{SEGMENT, 0, "ab", 2}, {SEGMENT, 4, "ef", 0}}, "ab[2]ef"},
        {"cut short and late",
         {{SEGMENT, 2, "c", 2}, {SEGMENT, 0, "ab", 0}, {SEGMENT, 5, "f", 0}},
         "abc[2]f"},
        {"another place", {{SEGMENT, 0, "ab", 0}, {SEGMENT, STREAM_JUMP + 10, "yz", 0}}, "ab[0]yz"},
        {"back from there",
         {{SEGMENT, 0, "ab", 0}, {SEGMENT, -STREAM_JUMP - 10, "yz", 0}},
         "ab[0]yz"},
    };
    static const uint32_t firsts[] = {0, 1000, 0xFFFFFFFD, 0x7FFFFFFE};
    static struct told t;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (size_t k = 0; k < COUNT(firsts); k++) {
            run(&t, firsts[k], 100000, rows[i].moves, COUNT(rows[i].moves));
            if (strcmp(t.text, rows[i].text) != 0) {
                fail_msg("%s from %u: %s, not %s", rows[i].what, firsts[k], t.text, rows[i].text);
            }
        }
    }
}

static void begins_at_its_first_segment(void **state)
{
    (void)state;
    static struct told t;
    struct stream s = {.next = 0};
    struct budget b = {.limit = 1000};
    struct stream_sink sink = {&t, on_data, on_hole};
    t = (struct told){.len = 0};
    stream_on(&s, &b, 777, STR("abc"), 3, &sink);
    assert_string_equal(t.text, "abc");
    assert_int_equal(s.next, 780);
}

static void acknowledged_holes_are_passed(void **state)
{
    (void)state;
    static struct told t;
    struct move m[STREAM_ACKS_MOST + 3] = {{SEGMENT, 3, "def", 0}};
    for (size_t i = 1; i < COUNT(m); i++) {
        m[i] = (struct move){ACKED, 6, "", 0};
    }
    run(&t, 5, 1000, m, STREAM_ACKS_MOST + 1);
    assert_string_equal(t.text, "");
    run(&t, 5, 1000, m, COUNT(m));
    assert_string_equal(t.text, "[3]def");
    for (size_t i = 1; i < COUNT(m); i++) {
        m[i].seq = 2; /* not what is missing */
    }
    run(&t, 5, 1000, m, COUNT(m));
    assert_string_equal(t.text, "");
}

static void what_is_kept_is_bounded(void **state)
{
    (void)state;
    static struct told t;
    static struct move m[STREAM_PARTS_MOST + 2];
    for (size_t i = 0; i < COUNT(m); i++) {
        m[i] = (struct move){SEGMENT, 1 + 2 * (int32_t)i, "x", 0};
    }
    run(&t, 0, 1 << 20, m, STREAM_PARTS_MOST);
    assert_string_equal(t.text, "");
    run(&t, 0, 1 << 20, m, STREAM_PARTS_MOST + 1);
    assert_string_equal(t.text, "[1]x");
    /* No memory at all: what is early comes out at once. */
    run(&t, 0, 0, m, 3);
    assert_string_equal(t.text, "[1]x[1]x[1]x");
    /* Little of it. */
    run(&t, 0, 100, m, 6);
    assert_string_equal(t.text, "[1]x[1]x");
}

static void bytes_kept_are_bounded(void **state)
{
    (void)state;
    static struct told t;
    static char big[1001];
    memset(big, 'x', 1000);
    struct stream s = {.next = 0};
    struct budget b = {.limit = 10 << 20};
    struct stream_sink sink = {&t, on_data, on_hole};
    stream_begin(&s, 0);
    uint32_t seq = 1;
    for (; s.held + 1000 <= STREAM_HELD_MOST && s.n_held < STREAM_PARTS_MOST; seq += 1000) {
        t.len = 0;
        stream_on(&s, &b, seq, str_of(big, 1000), 1000, &sink);
    }
    assert_int_equal(t.len, 0);
    assert_true(s.held <= STREAM_HELD_MOST);
    stream_clear(&s, &b);
    assert_int_equal(b.used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_in_their_order),
        cmocka_unit_test(begins_at_its_first_segment),
        cmocka_unit_test(acknowledged_holes_are_passed),
        cmocka_unit_test(what_is_kept_is_bounded),
        cmocka_unit_test(bytes_kept_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
