/* SipHash-1-3 against values of an independent implementation, and texts told apart. */
#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* As the authors publish theirs: key 00 01 .. 0f, input the first n bytes of 00 01 02 ... */
static const struct hash_key counted = {{0x0706050403020100, 0x0f0e0d0c0b0a0908}};

static const struct {
    size_t len;
    uint64_t hash;
} vectors[] = {
    {0, 0xabac0158050fc4dc},  {1, 0xc9f49bf37d57ca93},  {2, 0x82cb9b024dc7d44d},
    {3, 0x8bf80ab8e7ddf7fb},  {4, 0xcf75576088d38328},  {5, 0xdef9d52f49533b67},
    {6, 0xc50d2b50c59f22a7},  {7, 0xd3927d989bb11140},  {8, 0x369095118d299a8e},
    {9, 0x25a48eb36c063de4},  {10, 0x79de85ee92ff097f}, {11, 0x70c118c1f94dc352},
    {12, 0x78a384b157b4d9a2}, {13, 0x306f760c1229ffa7}, {14, 0x605aa111c0f95d34},
    {15, 0xd320d86d2a519956}, {16, 0xcc4fdd1a7d908b66}, {31, 0x2370dd1f8c21d1bc},
    {63, 0x9d199062b7bbb3a8},
};

static void test_vectors(void **state)
{
    char input[64];
    (void)state;
    for (size_t i = 0; i < sizeof input; i++) {
        input[i] = (char)i;
    }
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        assert_int_equal(hash_str(&counted, str_of(input, vectors[i].len)), vectors[i].hash);
    }
    assert_int_equal(hash_str(&counted, str_of(NULL, 0)), vectors[0].hash);
}

static void test_keys_differ(void **state)
{
    const struct hash_key other = {{1, 2}};
    (void)state;
    assert_int_not_equal(hash_str(&counted, STR("alice")), hash_str(&other, STR("alice")));
}

static void test_pairs(void **state)
{
    (void)state;
    uint64_t h = hash_pair(&counted, STR("ab"), STR("c"));
    assert_int_equal(h, hash_pair(&counted, STR("ab"), STR("c")));
    assert_int_not_equal(h, hash_pair(&counted, STR("a"), STR("bc")));
    assert_int_not_equal(h, hash_pair(&counted, STR("c"), STR("ab")));
    assert_int_not_equal(hash_pair(&counted, STR(""), STR("abc")),
                         hash_pair(&counted, STR("abc"), STR("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_keys_differ),
        cmocka_unit_test(test_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
