/* The order of pieces of a log, told by their records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "app/gather/order.h"

enum { MOST = 6 };

static const struct order_case {
    const char *name;
    struct {
        const char *text;
        uint32_t scope;
    } pieces[MOST];
    const char *order; /* digits */
} cases[] = {
    {"newest first, as rotated files are listed",
     {{"0300 INF Aug 10 12:00:00.000000 (9-9) voice-c\n0399 INF Aug 10 12:59:00.000000 (9-9) v-c\n",
       0},
      {"0200 INF Aug 10 11:00:00.000000 (9-9) voice-b\n0299 INF Aug 10 11:59:00.000000 (9-9) v-b\n",
       0},
      {"0100 INF Aug 10 10:00:00.000000 (9-9) voice-a\n0199 INF Aug 10 10:59:00.000000 (9-9) v-a\n",
       0}},
     "210"},
    {"in order already",
     {{"0100 INF Aug 10 10:00:00.000000 (9-9) voice-a\n", 0},
      {"0200 INF Aug 10 11:00:00.000000 (9-9) voice-b\n", 0}},
     "01"},
    {"what is no log keeps its place",
     {{"0300 INF Aug 10 12:00:00.000000 (9-9) voice-c\n", 0},
      {"<status/>\n", 0},
      {"0200 INF Aug 10 11:00:00.000000 (9-9) voice-b\n", 0},
      {"", 0}},
     "2103"},
    {"the turn of the year",
     {{"0001 INF Jan  2 00:00:00.000000 (9-9) voice-b\n", 0},
      {"9000 INF Dec 30 00:00:00.000000 (9-9) voice-a\n", 0},
      {"0500 INF Feb  1 00:00:00.000000 (9-9) voice-c\n", 0}},
     "102"},
    {"the clock is set in the middle: the end of a piece counts",
     {{"0001 INF May 10 17:21:46.000000 (9-9) voice-boot\n0400 INF Sep  4 22:51:08.000000 (9-9) "
       "v-x\n",
       0},
      {"5000 INF Sep  3 01:00:00.000000 (9-9) voice-a\n5100 INF Sep  3 02:00:00.000000 (9-9) v-a\n",
       0}},
     "10"},
    {"a piece that ends before the clock is set belongs before the one that goes on",
     {{"0051 INF May 10 17:22:00.000000 (9-9) voice-c\n0400 INF Sep  4 22:51:08.000000 (9-9) v-c\n",
       0},
      {"0001 INF May 10 17:21:46.000000 (9-9) voice-b\n0050 INF May 10 17:21:59.000000 (9-9) v-b\n",
       0},
      {"5000 INF Sep  3 01:00:00.000000 (9-9) voice-a\n5100 INF Sep  3 02:00:00.000000 (9-9) v-a\n",
       0}},
     "210"},
    {"the number wraps",
     {{"0000 INF Aug 10 10:00:00.000000 (9-9) voice-b\n0010 INF Aug 10 10:00:00.000000 (9-9) v-b\n",
       0},
      {"9990 INF Aug 10 10:00:00.000000 (9-9) voice-a\n9999 INF Aug 10 10:00:00.000000 (9-9) v-a\n",
       0}},
     "10"},
    {"the same time, no chain: as given",
     {{"0007 INF Aug 10 10:00:00.000000 (9-9) voice-a\n", 0},
      {"0003 INF Aug 10 10:00:00.000000 (9-9) voice-b\n", 0}},
     "01"},
    {"two phones: their pieces do not mix",
     {{"0102 INF Aug 10 10:02:00.000000 (9-9) voice-a\n", 7},
      {"0901 INF Aug 10 10:01:00.000000 (9-9) voice-b\n", 3},
      {"0100 INF Aug 10 10:00:00.000000 (9-9) voice-a\n", 7},
      {"0903 INF Aug 10 10:03:00.000000 (9-9) voice-b\n", 3}},
     "2013"},
    {"lines of no record at the ends",
     {{"prose\n0300 INF Aug 10 12:00:00.000000 (9-9) voice-b\n\tmore\n\tof it\n", 0},
      {"prose\n0200 INF Aug 10 11:00:00.000000 (9-9) voice-a\nprose", 0}},
     "10"},
};

static void test_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct order_piece pieces[MOST];
        size_t order[MOST], n = 0;
        char got[MOST + 1] = {0};
        for (; n < MOST && cases[i].pieces[n].text; n++) {
            struct str text = str_z(cases[i].pieces[n].text);
            pieces[n] = (struct order_piece){order_keys_of(text, text), cases[i].pieces[n].scope};
        }
        assert_int_equal(order_pieces(pieces, n, order), ERR_OK);
        for (size_t k = 0; k < n; k++) {
            got[k] = (char)('0' + order[k]);
        }
        print_message("%s\n", cases[i].name);
        assert_string_equal(got, cases[i].order);
    }
}

static void test_none(void **state)
{
    (void)state;
    size_t order[1];
    assert_int_equal(order_pieces(NULL, 0, order), ERR_OK);
}

/* A ring of numbers must not become a ring of pieces. */
static void test_ring(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "0001 INF Aug 10 10:00:00.000000 (9-9) v-a\n0002 INF Aug 10 10:00:00.000000 (9-9) v-a\n",
        "0003 INF Aug 10 10:00:00.000000 (9-9) v-a\n0000 INF Aug 10 10:00:00.000000 (9-9) v-a\n",
    };
    struct order_piece pieces[2];
    size_t order[2];
    for (size_t i = 0; i < 2; i++) {
        pieces[i] = (struct order_piece){order_keys_of(str_z(texts[i]), str_z(texts[i])), 0};
    }
    assert_int_equal(order_pieces(pieces, 2, order), ERR_OK);
    assert_int_equal(order[0] + order[1], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
