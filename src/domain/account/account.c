/* Accounts: rows with their texts behind them in one piece of memory, found by a keyed hash of the user. */
#include "domain/account/account.h"

#include <stdlib.h>

#include "base/slab.h"

struct accounts {
    struct hash_key key;
    struct rows rows; /* struct account; one that is free has no HA1 */
    struct index users;
    struct slab text;
};

enum err accounts_new(const struct hash_key *key, size_t most, struct accounts **ret)
{
    struct accounts *t = calloc(1, sizeof *t);
    if (!t) {
        return ERR_MEMORY;
    }
    t->key = *key;
    enum err e = rows_init(&t->rows, sizeof(struct account), most);
    if (e == ERR_OK) {
        e = index_init(&t->users, &t->rows, offsetof(struct account, link));
    }
    if (e != ERR_OK) {
        accounts_free(t);
        return e;
    }
    *ret = t;
    return ERR_OK;
}

void accounts_free(struct accounts *t)
{
    if (t) {
        rows_clear(&t->rows);
        index_clear(&t->users);
        slab_clear(&t->text);
        free(t);
    }
}

static size_t ha1_len(unsigned algorithm)
{
    return algorithm == DIGEST_MD5 ? 16 : 32;
}

/* Bytes of HA1 of all algorithms below `end`. */
static size_t ha1_before(uint8_t has_ha1, unsigned end)
{
    size_t n = 0;
    for (unsigned i = 0; i < end; i++) {
        n += has_ha1 & 1U << i ? ha1_len(i) : 0;
    }
    return n;
}

static size_t text_len(const struct account *a)
{
    return ha1_before(a->has_ha1, ACCOUNT_ALGORITHMS) + a->user.len + a->auth.len;
}

static struct str put_text(char **at, struct str s)
{
    struct str copy = str_of(*at, s.len);
    if (s.len) {
        memcpy(*at, s.p, s.len);
    }
    *at += s.len;
    return copy;
}

/* `a` takes what the row says; its memory is new. */
static enum err fill(struct accounts *t, struct account *a, const struct account_row *row)
{
    struct str auth = str_eq(row->auth, row->user) ? str_of(NULL, 0) : row->auth;
    size_t len = ha1_before(row->has_ha1, ACCOUNT_ALGORITHMS) + row->user.len + auth.len;
    uint32_t text = slab_take(&t->text, len);
    if (!text) {
        return ERR_MEMORY;
    }
    char *at = slab_at(&t->text, text);
    a->ha1 = (const uint8_t *)at;
    for (unsigned i = 0; i < ACCOUNT_ALGORITHMS; i++) {
        if (row->has_ha1 & 1U << i) {
            (void)put_text(&at, str_of((const char *)row->ha1[i], ha1_len(i)));
        }
    }
    a->user = put_text(&at, row->user);
    a->auth = put_text(&at, auth);
    a->text = text;
    a->has_ha1 = row->has_ha1;
    a->has_mac = row->has_mac;
    a->mac = row->has_mac ? row->mac : (struct mac){{0}};
    a->sha256 = row->sha256;
    return ERR_OK;
}

static bool row_ok(const struct account_row *row)
{
    return row->user.len > 0 && row->user.len <= ACCOUNT_USER_MOST &&
           row->auth.len <= ACCOUNT_USER_MOST && row->has_ha1 != 0 &&
           row->has_ha1 < 1U << ACCOUNT_ALGORITHMS;
}

static uint32_t hash_of(const struct accounts *t, struct str user)
{
    return (uint32_t)hash_str(&t->key, user);
}

static enum err add(struct accounts *t, const struct account_row *row)
{
    uint32_t number;
    enum err e = rows_take(&t->rows, &number);
    if (e != ERR_OK) {
        return e;
    }
    struct account *a = rows_at(&t->rows, number);
    e = fill(t, a, row);
    if (e != ERR_OK) {
        rows_give(&t->rows, number);
        return e;
    }
    a->number = number;
    index_add(&t->users, number, hash_of(t, row->user));
    return ERR_OK;
}

enum err accounts_put(struct accounts *t, const struct account_row *row)
{
    if (!row_ok(row)) {
        return ERR_MALFORMED;
    }
    struct account *a = accounts_find(t, row->user);
    if (!a) {
        return add(t, row);
    }
    uint32_t text = a->text;
    size_t len = text_len(a);
    enum err e = fill(t, a, row);
    if (e == ERR_OK) {
        slab_give(&t->text, text, len);
    }
    return e;
}

bool accounts_remove(struct accounts *t, struct str user)
{
    struct account *a = accounts_find(t, user);
    if (!a) {
        return false;
    }
    uint32_t number = accounts_number(t, a);
    index_remove(&t->users, number);
    slab_give(&t->text, a->text, text_len(a));
    rows_give(&t->rows, number);
    return true;
}

struct account *accounts_find(struct accounts *t, struct str user)
{
    uint32_t at = index_first(&t->users, hash_of(t, user));
    for (; at; at = index_next(&t->users, at)) {
        struct account *a = rows_at(&t->rows, at - 1);
        if (str_eq(a->user, user)) {
            return a;
        }
    }
    return NULL;
}

struct account *accounts_at(struct accounts *t, uint32_t number)
{
    struct account *a = number < t->rows.used ? rows_at(&t->rows, number) : NULL;
    return a && a->has_ha1 ? a : NULL;
}

uint32_t accounts_number(const struct accounts *t, const struct account *a)
{
    (void)t;
    return a->number;
}

const uint8_t *account_ha1(const struct account *a, enum digest_algorithm algorithm,
                           size_t *ret_len)
{
    if (!(a->has_ha1 & 1U << algorithm)) {
        return NULL;
    }
    *ret_len = ha1_len(algorithm);
    return a->ha1 + ha1_before(a->has_ha1, algorithm);
}

size_t accounts_count(const struct accounts *t)
{
    return t->rows.n;
}

size_t accounts_memory(const struct accounts *t)
{
    return rows_memory(&t->rows) + rows_memory(&t->users.bucket) + slab_memory(&t->text);
}

struct account *accounts_each(struct accounts *t, uint32_t *cursor)
{
    while (*cursor < t->rows.used) {
        struct account *a = accounts_at(t, (*cursor)++);
        if (a) {
            return a;
        }
    }
    return NULL;
}
