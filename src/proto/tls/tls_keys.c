/* Key logs: lines of label, client random and secret, found again by random. */
#include "proto/tls/tls_keys.h"

#include <stdlib.h>

enum { RANDOM = 32, SECRET = 48 };

struct row {
    uint8_t label;
    uint8_t len; /* of secret */
    uint8_t random[RANDOM];
    uint8_t secret[SECRET];
};

static const struct str labels[] = {
    [TLS_KEY_MASTER] = STR_INIT("CLIENT_RANDOM"),
    [TLS_KEY_CLIENT_HANDSHAKE] = STR_INIT("CLIENT_HANDSHAKE_TRAFFIC_SECRET"),
    [TLS_KEY_SERVER_HANDSHAKE] = STR_INIT("SERVER_HANDSHAKE_TRAFFIC_SECRET"),
    [TLS_KEY_CLIENT_TRAFFIC] = STR_INIT("CLIENT_TRAFFIC_SECRET_0"),
    [TLS_KEY_SERVER_TRAFFIC] = STR_INIT("SERVER_TRAFFIC_SECRET_0"),
};

void tls_keys_init(struct tls_keys *k)
{
    *k = (struct tls_keys){0};
}

void tls_keys_clear(struct tls_keys *k)
{
    buf_clear(&k->rows);
    free(k->slots);
    tls_keys_init(k);
}

static struct row row_at(const struct tls_keys *k, size_t i)
{
    struct row row;
    memcpy(&row, k->rows.p + i * sizeof row, sizeof row);
    return row;
}

/* FNV-1a */
static size_t hash(uint8_t label, const uint8_t *random)
{
    uint64_t h = 0xcbf29ce484222325U ^ label;
    for (size_t i = 0; i < RANDOM; i++) {
        h = (h ^ random[i]) * 0x100000001b3U;
    }
    return (size_t)(h ^ h >> 32);
}

/* The slot of the row, or the empty one where it would go. There is always an empty one. */
static size_t slot_find(const struct tls_keys *k, uint8_t label, const uint8_t *random)
{
    size_t mask = k->n_slots - 1;
    size_t i = hash(label, random) & mask;
    for (;; i = (i + 1) & mask) {
        uint32_t n = k->slots[i];
        if (n == 0) {
            return i;
        }
        struct row row = row_at(k, n - 1);
        if (row.label == label && memcmp(row.random, random, RANDOM) == 0) {
            return i;
        }
    }
}

/* Twice as many slots, at most half of them used. */
static enum err grow(struct tls_keys *k)
{
    size_t n_slots = k->n_slots ? 2 * k->n_slots : 256;
    uint32_t *slots = calloc(n_slots, sizeof *slots);
    if (slots == NULL) {
        return ERR_MEMORY;
    }
    free(k->slots);
    k->slots = slots;
    k->n_slots = n_slots;
    for (size_t i = 0; i < k->n; i++) {
        struct row row = row_at(k, i);
        slots[slot_find(k, row.label, row.random)] = (uint32_t)i + 1;
    }
    return ERR_OK;
}

/* `n` bytes at most; false when the text is no whole number of bytes or has more. */
static bool hex_read(struct str text, uint8_t *ret_bytes, size_t n, size_t *ret_len)
{
    if (text.len % 2 != 0 || text.len / 2 > n) {
        return false;
    }
    for (size_t i = 0; i < text.len; i += 2) {
        int high = ascii_hex(text.p[i]);
        int low = ascii_hex(text.p[i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        ret_bytes[i / 2] = (uint8_t)(high << 4 | low);
    }
    *ret_len = text.len / 2;
    return true;
}

static bool line_read(struct str line, struct row *ret_row)
{
    struct row row = {0};
    struct str label = str_word(&line);
    struct str random = str_word(&line);
    size_t len = 0;
    while (row.label < sizeof labels / sizeof *labels && !str_eq(labels[row.label], label)) {
        row.label++;
    }
    if (row.label == sizeof labels / sizeof *labels ||
        !hex_read(random, row.random, RANDOM, &len) || len != RANDOM ||
        !hex_read(str_word(&line), row.secret, SECRET, &len) || len == 0) {
        return false;
    }
    row.len = (uint8_t)len;
    *ret_row = row;
    return true;
}

static enum err row_add(struct tls_keys *k, const struct row *row)
{
    enum err e = 2 * (k->n + 1) > k->n_slots ? grow(k) : ERR_OK;
    if (e != ERR_OK) {
        return e;
    }
    size_t slot = slot_find(k, row->label, row->random);
    if (k->slots[slot] != 0) {
        return ERR_OK;
    }
    if (k->n == TLS_KEYS_MOST) {
        return ERR_LIMIT;
    }
    e = buf_add(&k->rows, str_of((const char *)row, sizeof *row));
    if (e == ERR_OK) {
        k->slots[slot] = (uint32_t)++k->n;
    }
    return e;
}

enum err tls_keys_add(struct tls_keys *k, struct str text)
{
    enum err e = ERR_OK;
    while (e == ERR_OK && text.len > 0) {
        struct row row;
        if (line_read(str_trim(str_cut(&text, '\n')), &row)) {
            e = row_add(k, &row);
        }
    }
    return e;
}

struct str tls_keys_find(const struct tls_keys *k, enum tls_label label, const uint8_t *random)
{
    uint32_t n = k->n_slots ? k->slots[slot_find(k, (uint8_t)label, random)] : 0;
    if (n == 0) {
        return str_of(NULL, 0);
    }
    const char *row = k->rows.p + (n - 1) * sizeof(struct row);
    return str_of(row + offsetof(struct row, secret), row_at(k, n - 1).len);
}
