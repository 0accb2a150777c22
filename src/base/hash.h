/* A keyed hash (SipHash-1-3) for tables whose keys come from outside: without the key nobody can aim at
 * one slot. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/str.h"

struct hash_key {
    uint64_t k[2]; /* random, one for the process */
};

uint64_t hash_str(const struct hash_key *key, struct str s);
/* The same of two texts, told apart ("ab","c" is not "a","bc"). */
uint64_t hash_pair(const struct hash_key *key, struct str a, struct str b);

#endif
