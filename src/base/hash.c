/* SipHash-1-3: one round a word, three at the end (Aumasson, Bernstein: "SipHash: a fast short-input
 * PRF", 2012). */
#include "base/hash.h"

struct state {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static inline void stir(struct state *s)
{
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v1;
    s->v0 += s->v3;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 = rotate(s->v2, 32);
}

static inline void absorb(struct state *s, uint64_t word)
{
    s->v3 ^= word;
    stir(s);
    s->v0 ^= word;
}

/* Eight bytes, the first one lowest; written out, compilers see one load. */
static inline uint64_t whole_word(const char *p)
{
    const unsigned char *b = (const unsigned char *)p;
    return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24 |
           (uint64_t)b[4] << 32 | (uint64_t)b[5] << 40 | (uint64_t)b[6] << 48 |
           (uint64_t)b[7] << 56;
}

/* The same of fewer. */
static inline uint64_t part_word(const char *p, size_t n)
{
    uint64_t word = 0;
    for (size_t i = 0; i < n; i++) {
        word |= (uint64_t)(unsigned char)p[i] << (8 * i);
    }
    return word;
}

uint64_t hash_str(const struct hash_key *key, struct str s)
{
    struct state v = {key->k[0] ^ 0x736f6d6570736575, key->k[1] ^ 0x646f72616e646f6d,
                      key->k[0] ^ 0x6c7967656e657261, key->k[1] ^ 0x7465646279746573};
    size_t whole = s.len & ~(size_t)7;
    for (size_t i = 0; i < whole; i += 8) {
        absorb(&v, whole_word(s.p + i));
    }
    uint64_t tail = s.len > whole ? part_word(s.p + whole, s.len - whole) : 0;
    absorb(&v, tail | (uint64_t)s.len << 56);
    v.v2 ^= 0xff;
    stir(&v);
    stir(&v);
    stir(&v);
    return v.v0 ^ v.v1 ^ v.v2 ^ v.v3;
}

uint64_t hash_pair(const struct hash_key *key, struct str a, struct str b)
{
    /* Each first text gives a key of its own, so that where it ends cannot be moved. */
    struct hash_key second = {{key->k[0] ^ hash_str(key, a), key->k[1]}};
    return hash_str(&second, b);
}
