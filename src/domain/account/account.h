/* Accounts: who may register as what. One table per shard; no locks, rows are put and removed one by one.
 * Keys: the user part of the AOR (unescaped, case kept: RFC 3261 19.1.4 compares users with case). */
#ifndef DOMAIN_ACCOUNT_ACCOUNT_H
#define DOMAIN_ACCOUNT_ACCOUNT_H

#include "base/crypto.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/index.h"
#include "base/mac.h"
#include "base/time.h"

enum { ACCOUNT_USER_MOST = 128, ACCOUNT_ALGORITHMS = 3 };

/* What is put in; copied. HA1 in bytes, for the realm of the edge, by enum digest_algorithm. */
struct account_row {
    struct str user; /* of the AOR */
    struct str auth; /* the digest's username; empty: the same as user */
    bool has_mac;
    struct mac mac;
    uint8_t has_ha1; /* bit per enum digest_algorithm */
    uint8_t ha1[ACCOUNT_ALGORITHMS][DIGEST_MOST];
    bool sha256; /* offers SHA-256 too (RFC 8760): phones that were not told stumble over it */
};

struct account {
    struct str user;
    struct str auth; /* empty: the same as user */
    const uint8_t
        *ha1; /* 16 or 32 bytes for each that is there, by enum digest_algorithm: account_ha1 */
    usec_t locked;     /* the guard's: until then nothing is verified but for a known flow */
    uint32_t bindings; /* first binding of this AOR in the binding table + 1; 0: none */
    struct index_link link;
    uint32_t number;
    uint32_t text; /* the piece of memory that user, auth and ha1 are in */
    uint16_t n_bindings;
    uint8_t failures; /* the guard's */
    uint8_t has_ha1;
    struct mac mac;
    bool has_mac, sha256;
};

struct accounts; /* the table */

/* ERR_MEMORY. */
enum err accounts_new(const struct hash_key *key, size_t most, struct accounts **ret) MUST_CHECK;
void accounts_free(struct accounts *t);
/* Adds the row, or changes the one of that user in place: bindings and guard stay. ERR_LIMIT, ERR_MEMORY,
 * ERR_MALFORMED (user empty, user or auth too long, no HA1): nothing changed. */
enum err accounts_put(struct accounts *t, const struct account_row *row) MUST_CHECK;
/* False: there was none. The caller has removed its bindings. */
bool accounts_remove(struct accounts *t, struct str user);
/* Pointers are good until the next put or remove; numbers until the row is removed. NULL: none. */
struct account *accounts_find(struct accounts *t, struct str user);
struct account *accounts_at(struct accounts *t, uint32_t number);
uint32_t accounts_number(const struct accounts *t, const struct account *a);
/* NULL: none of that algorithm. */
const uint8_t *account_ha1(const struct account *a, enum digest_algorithm algorithm,
                           size_t *ret_len);
size_t accounts_count(const struct accounts *t);
/* Bytes taken from the system. */
size_t accounts_memory(const struct accounts *t);
/* Rows in turn, from *cursor 0; NULL at the end. */
struct account *accounts_each(struct accounts *t, uint32_t *cursor);

#endif
