/* The master key, and what is sealed with it. */
#ifndef IO_INVENTORY_KEY_H
#define IO_INVENTORY_KEY_H

#include "base/arena.h"
#include "base/crypto.h"
#include "base/err.h"
#include "base/str.h"

enum { KEY_BYTES = 32, KEY_WHY = 256, SEAL_MORE = AEAD_NONCE + AEAD_TAG };

struct key {
    const struct crypto *crypto;
    uint8_t seal[KEY_BYTES]; /* derived: for sealing */
    uint8_t code[KEY_BYTES]; /* derived: for hashes of short secrets */
};

/* 64 hexadecimal digits in a file that only its owner (or, of another owner's, our group) can read. `make`: where there is none, a random one is
 * written, 0600, synced. ERR_MISSING, ERR_IO, ERR_MALFORMED (no key, or others can read it), ERR_MEMORY. */
enum err key_open(const char *path, const struct crypto *crypto, bool make, struct key *ret,
                  char ret_why[KEY_WHY]) MUST_CHECK;
void key_wipe(struct key *k);

/* AES-256-GCM with a random nonce before it; `what` and `id` bind it to its row. An empty view with a NULL pointer: no
 * memory, or the library refuses. */
struct str key_seal(const struct key *k, const char *what, int64_t id, struct str plain,
                    struct arena *a);
/* ERR_MALFORMED: another key, another row, damaged. */
enum err key_open_sealed(const struct key *k, const char *what, int64_t id, struct str sealed,
                         struct arena *a, struct str *ret_plain) MUST_CHECK;
/* HMAC-SHA256 under a key of its own. */
enum err key_hash(const struct key *k, struct str text, uint8_t ret[32]) MUST_CHECK;

/* From the system, or the process ends: there is nothing to go on with. */
void random_bytes(uint8_t *to, size_t n);
/* `n` letters and digits without 0, O, 1, l, I, and NUL. */
void random_word(char *to, size_t n);
/* 256 bits as 43 letters of base64url, and NUL. */
void random_token(char to[44]);
void hex_write(const uint8_t *b, size_t n, char *to); /* 2n digits and NUL */

#endif
