/* IP fragments in any order, twice, overlapping, missing, too old, too many. */
#include "flow/stream/fragment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const uint8_t src[16] = {192, 0, 2, 1};
static const uint8_t dst[16] = {192, 0, 2, 2};

static struct packet part(uint32_t id, uint32_t at, const char *text, bool more)
{
    return (struct packet){.version = 4,
                           .proto = PACKET_UDP,
                           .src = src,
                           .dst = dst,
                           .id = id,
                           .at = at,
                           .more = more,
                           .fragment = true,
                           .payload = str_z(text),
                           .len = (uint32_t)strlen(text)};
}

struct piece {
    uint32_t at;
    const char *text;
    bool more;
};

static void packets_are_put_together(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct piece pieces[5];
        const char *text; /* NULL: not complete */
    } rows[] = {
        {"in order", {{0, "aaaaaaaabbbbbbbb", true}, {16, "cc", false}}, "aaaaaaaabbbbbbbbcc"},
        {"the last first",
         {{16, "cc", false}, {0, "aaaaaaaabbbbbbbb", true}},
         "aaaaaaaabbbbbbbbcc"},
        {"the middle last",
         {{0, "aaaaaaaa", true}, {16, "cccccccc", false}, {8, "bbbbbbbb", true}},
         "aaaaaaaabbbbbbbbcccccccc"},
        {"twice", {{0, "aaaaaaaa", true}, {0, "XXXXXXXX", true}, {8, "b", false}}, "aaaaaaaab"},
        {"overlap: the first wins",
         {{8, "bbbbbbbb", true}, {0, "aaaaaaaaXXXXXXXX", true}, {16, "c", false}},
         "aaaaaaaabbbbbbbbc"},
        {"one is missing", {{0, "aaaaaaaa", true}, {16, "c", false}}, NULL},
        {"no multiple of eight", {{0, "aaaaaaa", true}, {8, "b", false}}, NULL},
        {"behind the end",
         {{8, "b", false}, {16, "cccccccc", true}, {0, "aaaaaaaa", true}},
         "aaaaaaaab"},
        {"two ends",
         {{16, "c", false}, {8, "b", false}, {0, "aaaaaaaabbbbbbbb", true}},
         "aaaaaaaabbbbbbbbc"},
        {"an end before what came",
         {{16, "cccccccc", true}, {8, "b", false}, {0, "aaaaaaaa", true}},
         NULL},
        {"empty", {{0, "aaaaaaaa", true}, {8, "", false}}, NULL},
        {"too long", {{65528, "aaaaaaaaa", false}, {0, "aaaaaaaa", true}}, NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fragments f = {.round = 0};
        struct budget b = {.limit = 1 << 20};
        bool whole = false;
        for (size_t k = 0; k < COUNT(rows[i].pieces) && rows[i].pieces[k].text && !whole; k++) {
            const struct piece *x = &rows[i].pieces[k];
            struct packet p = part(7, x->at, x->text, x->more);
            whole = fragments_on(&f, &b, &p, 0);
            if (whole && (!rows[i].text || !str_eq(p.payload, str_z(rows[i].text)))) {
                fail_msg("%s: %.*s", rows[i].what, STR_ARG(p.payload));
            }
        }
        if (whole != (rows[i].text != NULL)) {
            fail_msg("%s: %d", rows[i].what, whole);
        }
        fragments_clear(&f, &b);
        assert_int_equal(f.incomplete, !whole);
        assert_int_equal(b.used, 0);
    }
}

static void packets_are_told_apart(void **state)
{
    (void)state;
    struct fragments f = {.round = 0};
    struct budget b = {.limit = 1 << 20};
    struct packet p = part(1, 0, "aaaaaaaa", true);
    assert_false(fragments_on(&f, &b, &p, 0));
    p = part(2, 8, "b", false);
    assert_false(fragments_on(&f, &b, &p, 0));
    p = part(1, 8, "b", false);
    p.proto = PACKET_TCP;
    assert_false(fragments_on(&f, &b, &p, 0));
    p = part(1, 8, "b", false);
    p.src = dst;
    assert_false(fragments_on(&f, &b, &p, 0));
    p = part(1, 8, "b", false);
    assert_true(fragments_on(&f, &b, &p, 0));
    fragments_clear(&f, &b);
    assert_int_equal(f.incomplete, 3);
}

static void fragments_cut_short_by_the_capture(void **state)
{
    (void)state;
    struct fragments f = {.round = 0};
    struct budget b = {.limit = 1 << 20};
    struct packet p = part(1, 0, "aaaaaaaabbbbbbbb", true);
    p.payload.len = 10;
    assert_false(fragments_on(&f, &b, &p, 0));
    p = part(1, 16, "c", false);
    assert_false(fragments_on(&f, &b, &p, 0));
    fragments_clear(&f, &b);
}

static void old_ones_are_forgotten(void **state)
{
    (void)state;
    struct fragments f = {.round = 0};
    struct budget b = {.limit = 1 << 20};
    struct packet p = part(1, 0, "aaaaaaaa", true);
    assert_false(fragments_on(&f, &b, &p, 0));
    p = part(1, 8, "b", false);
    assert_false(fragments_on(&f, &b, &p, (FRAGMENT_SECONDS + 1) * USEC_S));
    p = part(1, 0, "cccccccc", true);
    assert_true(fragments_on(&f, &b, &p, (FRAGMENT_SECONDS + 2) * USEC_S));
    assert_true(str_eq(p.payload, STR("ccccccccb")));
    fragments_clear(&f, &b);
    assert_int_equal(f.incomplete, 1);
}

static void the_oldest_makes_room(void **state)
{
    (void)state;
    struct fragments f = {.round = 0};
    struct budget b = {.limit = 100 << 20};
    for (uint32_t id = 0; id <= FRAGMENT_PACKETS_MOST; id++) {
        struct packet p = part(id, 0, "aaaaaaaa", true);
        assert_false(fragments_on(&f, &b, &p, 0));
    }
    struct packet p = part(1, 8, "b", false);
    assert_true(fragments_on(&f, &b, &p, 0));
    p = part(0, 8, "b", false);
    assert_false(fragments_on(&f, &b, &p, 0));
    fragments_clear(&f, &b);
    /* Without memory nothing is put together, and nothing breaks. */
    b.limit = 100;
    p = part(0, 0, "aaaaaaaa", true);
    assert_false(fragments_on(&f, &b, &p, 0));
    fragments_clear(&f, &b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_are_put_together),
        cmocka_unit_test(packets_are_told_apart),
        cmocka_unit_test(fragments_cut_short_by_the_capture),
        cmocka_unit_test(old_ones_are_forgotten),
        cmocka_unit_test(the_oldest_makes_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
