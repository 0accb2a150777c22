/* Rows, the index over them, and pieces of memory: random operations against plain arrays. */
#include "base/index.h"
#include "base/slab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static uint32_t rand_of(uint32_t *seed, uint32_t below)
{
    *seed = *seed * 1664525U + 1013904223U;
    return (*seed >> 8) % below;
}

struct thing {
    uint64_t value;
    struct index_link link;
};

static void test_rows(void **state)
{
    (void)state;
    struct rows r;
    uint32_t a;
    uint32_t b;
    assert_int_equal(rows_init(&r, sizeof(struct thing), 2), ERR_OK);
    assert_int_equal(rows_take(&r, &a), ERR_OK);
    assert_int_equal(rows_take(&r, &b), ERR_OK);
    assert_int_not_equal(a, b);
    struct thing *t = rows_at(&r, a);
    t->value = UINT64_MAX;
    t->link.hash = 7;
    rows_give(&r, a);
    assert_int_equal(t->link.hash, 0);
    assert_int_equal(rows_take(&r, &a), ERR_OK);
    assert_int_equal(t->value, 0);
    uint32_t c;
    assert_int_equal(rows_take(&r, &c), ERR_LIMIT);
    rows_clear(&r);
}

enum { MANY = 5000, HASHES = 700 };

static size_t of_hash(const struct index *ix, const struct rows *r, uint32_t hash)
{
    size_t n = 0;
    for (uint32_t at = index_first(ix, hash); at; at = index_next(ix, at)) {
        const struct thing *t = rows_at(r, at - 1);
        assert_int_equal(t->link.hash, hash);
        n++;
    }
    return n;
}

/* Each hash has as many rows as the model says, at every size on the way up and down. */
static void test_index(void **state)
{
    (void)state;
    struct rows r;
    struct index ix;
    static uint32_t numbers[MANY];
    size_t of[HASHES] = {0};
    size_t n = 0;
    uint32_t seed = 3;
    assert_int_equal(rows_init(&r, sizeof(struct thing), MANY), ERR_OK);
    assert_int_equal(index_init(&ix, &r, offsetof(struct thing, link)), ERR_OK);
    assert_int_equal(index_first(&ix, 5), 0);
    for (size_t i = 0; i < 60000; i++) {
        uint32_t hash = rand_of(&seed, HASHES) * 0x9e3779b1U;
        bool add = n == 0 || (n < MANY && rand_of(&seed, 100) < (i < 30000 ? 60 : 30));
        if (add) {
            assert_int_equal(rows_take(&r, &numbers[n]), ERR_OK);
            index_add(&ix, numbers[n++], hash);
        } else {
            size_t k = rand_of(&seed, (uint32_t)n);
            const struct thing *t = rows_at(&r, numbers[k]);
            hash = t->link.hash;
            index_remove(&ix, numbers[k]);
            rows_give(&r, numbers[k]);
            numbers[k] = numbers[--n];
        }
        /* The inverse: the number that the hash was made of. */
        size_t *count = &of[(hash * 0x0e8b2f51U) % HASHES];
        *count += add ? 1 : (size_t)-1;
        assert_int_equal(of_hash(&ix, &r, hash), *count);
    }
    index_clear(&ix);
    rows_clear(&r);
}

/* Pieces do not overlap, are as large as was asked for, and are used again. */
static void test_slab(void **state)
{
    enum { PIECES = 2000 };
    (void)state;
    struct slab s = {.n_blocks = 0};
    struct {
        uint32_t piece, size;
    } have[PIECES] = {{0}};
    uint32_t seed = 5;
    size_t memory = 0;
    for (size_t i = 0; i < 100000; i++) {
        size_t k = rand_of(&seed, PIECES);
        if (have[k].piece) {
            const char *p = slab_at(&s, have[k].piece);
            for (uint32_t j = 0; j < have[k].size; j++) {
                assert_int_equal(p[j], (char)k);
            }
            slab_give(&s, have[k].piece, have[k].size);
            have[k].piece = 0;
        } else {
            have[k].size = rand_of(&seed, rand_of(&seed, 50) ? 300 : SLAB_MOST + 1);
            have[k].piece = slab_take(&s, have[k].size);
            assert_int_not_equal(have[k].piece, 0);
            memset(slab_at(&s, have[k].piece), (int)k, have[k].size);
        }
        memory = i == 50000 ? slab_memory(&s) : memory;
    }
    assert_true(slab_memory(&s) <= memory + memory / 4);
    assert_int_equal(slab_take(&s, SLAB_MOST + 1), 0);
    slab_give(&s, 0, 10);
    slab_clear(&s);
    assert_int_equal(slab_memory(&s), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_index),
        cmocka_unit_test(test_slab),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
