/* Texts and settings of many phones, each kept once. */
#include <stdlib.h>

#include "base/hash.h"
#include "base/index.h"
#include "base/slab.h"
#include "domain/phone/inside.h"

struct row {
    struct index_link link;
    uint32_t piece;
    uint16_t name, value; /* bytes; the value stands behind the name */
};

struct phone_pool {
    struct rows rows;
    struct index index;
    struct slab slab;
};

static struct row *row_at(const struct phone_pool *pool, uint32_t row)
{
    return rows_at(&pool->rows, row);
}

struct str pool_name(const struct phone_pool *pool, uint32_t row)
{
    const struct row *r = row_at(pool, row);
    return r->name ? str_of(slab_at(&pool->slab, r->piece), r->name) : STR("");
}

struct str pool_value(const struct phone_pool *pool, uint32_t row)
{
    const struct row *r = row_at(pool, row);
    return r->value ? str_of(slab_at(&pool->slab, r->piece) + r->name, r->value) : STR("");
}

static uint32_t hash_of(struct str name, struct str value)
{
    static const struct hash_key key = {{1, 2}}; /* the table is bounded, and its owner's */
    return (uint32_t)hash_pair(&key, name, value);
}

static uint32_t find(const struct phone_pool *pool, struct str name, struct str value,
                     uint32_t hash)
{
    for (uint32_t at = index_first(&pool->index, hash); at; at = index_next(&pool->index, at)) {
        if (str_eq(pool_name(pool, at - 1), name) && str_eq(pool_value(pool, at - 1), value)) {
            return at;
        }
    }
    return 0;
}

enum err pool_intern(struct phone_pool *pool, struct str name, struct str value, uint32_t *ret_row)
{
    uint32_t hash = hash_of(name, value);
    uint32_t row = 0, piece = 0;
    uint32_t at = find(pool, name, value, hash);
    if (at) {
        *ret_row = at - 1;
        return ERR_OK;
    }
    if (name.len > UINT16_MAX || value.len > PHONE_VALUE_MOST || name.len + value.len > SLAB_MOST) {
        return ERR_LIMIT;
    }
    if (name.len + value.len && !(piece = slab_take(&pool->slab, name.len + value.len))) {
        return ERR_MEMORY;
    }
    enum err err = rows_take(&pool->rows, &row);
    if (err) {
        slab_give(&pool->slab, piece, name.len + value.len);
        return err;
    }
    struct row *r = row_at(pool, row);
    *r = (struct row){.piece = piece, .name = (uint16_t)name.len, .value = (uint16_t)value.len};
    if (name.len) {
        memcpy(slab_at(&pool->slab, piece), name.p, name.len);
    }
    if (value.len) {
        memcpy(slab_at(&pool->slab, piece) + name.len, value.p, value.len);
    }
    index_add(&pool->index, row, hash);
    *ret_row = row;
    return ERR_OK;
}

enum err phone_pool_new(size_t most, struct phone_pool **ret)
{
    uint32_t none = 0;
    struct phone_pool *pool = calloc(1, sizeof *pool);
    if (!pool) {
        return ERR_MEMORY;
    }
    enum err err = rows_init(&pool->rows, sizeof(struct row), most);
    if (!err) {
        err = index_init(&pool->index, &pool->rows, offsetof(struct row, link));
    }
    if (!err) {
        err = pool_intern(pool, STR(""), STR(""), &none);
    }
    if (err) {
        phone_pool_free(pool);
        return err;
    }
    *ret = pool;
    return ERR_OK;
}

void phone_pool_free(struct phone_pool *pool)
{
    if (pool) {
        index_clear(&pool->index);
        rows_clear(&pool->rows);
        slab_clear(&pool->slab);
        free(pool);
    }
}

size_t phone_pool_memory(const struct phone_pool *pool)
{
    return rows_memory(&pool->rows) + slab_memory(&pool->slab);
}

struct str phone_pool_text(struct phone_pool *pool, struct str text)
{
    uint32_t row = 0;
    return pool_intern(pool, STR(""), text, &row) ? STR("") : pool_value(pool, row);
}
