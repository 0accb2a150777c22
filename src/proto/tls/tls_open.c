/* Opening records: AEAD of TLS 1.3 (RFC 8446 5.2) and 1.2 (RFC 5288, RFC 7905), and AES-CBC with
 * HMAC of TLS 1.2 (RFC 5246 6.2.3.2, RFC 7366). */
#include "base/crypto.h"
#include "proto/tls/tls_inside.h"
#include "proto/tls/tls_suite.h"

enum { EXPLICIT = 8, BLOCK = 16 }; /* bytes: GCM's part of the nonce in the record; AES */

static struct str bytes_of(const uint8_t *p, size_t len)
{
    return str_of((const char *)p, len);
}

static void seq_write(uint64_t seq, uint8_t ret_bytes[8])
{
    for (size_t i = 0; i < 8; i++) {
        ret_bytes[i] = (uint8_t)(seq >> (56 - 8 * i));
    }
}

/* The nonce of TLS 1.3 and of ChaCha20: the sequence number over the end of the IV. */
static void nonce_write(const struct tls_seal *seal, uint8_t ret_nonce[AEAD_NONCE])
{
    uint8_t seq[8];
    seq_write(seal->seq, seq);
    memcpy(ret_nonce, seal->iv, AEAD_NONCE);
    for (size_t i = 0; i < 8; i++) {
        ret_nonce[4 + i] ^= seq[i];
    }
}

/* Sequence number, type, version and length (RFC 5246 6.2.3.3). */
static struct str aad_write(const struct tls_side *s, size_t len, uint8_t ret_aad[13])
{
    seq_write(s->seal.seq, ret_aad);
    memcpy(ret_aad + 8, s->head, 3);
    ret_aad[11] = (uint8_t)(len >> 8);
    ret_aad[12] = (uint8_t)len;
    return bytes_of(ret_aad, 13);
}

static bool open_13(const struct flow *f, const struct tls_suite *suite, struct str payload,
                    uint8_t *ret_type, struct str *ret_plain)
{
    const struct tls_side *s = f->side;
    uint8_t nonce[AEAD_NONCE];
    uint8_t *plain = f->t->cfg->plain;
    if (payload.len <= AEAD_TAG || s->head[0] != TLS_CONTENT_DATA) {
        return false;
    }
    nonce_write(&s->seal, nonce);
    enum err e = f->t->cfg->crypto->aead_open(suite->aead, bytes_of(s->seal.key, suite->key_len),
                                              bytes_of(nonce, sizeof nonce),
                                              bytes_of(s->head, sizeof s->head), payload, plain);
    size_t len = payload.len - AEAD_TAG;
    while (len > 0 && plain[len - 1] == 0) {
        len--; /* padding (RFC 8446 5.4) */
    }
    if (e != ERR_OK || len == 0) {
        return false;
    }
    *ret_type = plain[len - 1];
    *ret_plain = bytes_of(plain, len - 1);
    return true;
}

static bool open_12(const struct flow *f, const struct tls_suite *suite, struct str payload,
                    struct str *ret_plain)
{
    const struct tls_side *s = f->side;
    uint8_t nonce[AEAD_NONCE];
    uint8_t aad[13];
    size_t before = suite->iv_len == 4 ? EXPLICIT : 0;
    if (payload.len < before + AEAD_TAG) {
        return false;
    }
    size_t len = payload.len - before - AEAD_TAG;
    if (before != 0) {
        memcpy(nonce, s->seal.iv, 4);
        memcpy(nonce + 4, payload.p, EXPLICIT);
    } else {
        nonce_write(&s->seal, nonce);
    }
    *ret_plain = bytes_of(f->t->cfg->plain, len);
    return f->t->cfg->crypto->aead_open(suite->aead, bytes_of(s->seal.key, suite->key_len),
                                        bytes_of(nonce, sizeof nonce), aad_write(s, len, aad),
                                        str_from(payload, before), f->t->cfg->plain) == ERR_OK;
}

static bool mac_fits(const struct flow *f, const struct tls_suite *suite, struct str content,
                     struct str mac)
{
    const struct tls_side *s = f->side;
    uint8_t aad[13];
    uint8_t right[HMAC_MOST];
    size_t n = 0;
    const struct str parts[] = {aad_write(s, content.len, aad), content};
    return f->t->cfg->crypto->hmac(suite->mac, bytes_of(s->seal.secret, suite->mac_len), parts, 2,
                                   right, &n) == ERR_OK &&
           str_eq(bytes_of(right, n), mac);
}

/* The content without its padding, whose last byte tells how long it is. */
static bool unpad(struct str *content)
{
    size_t pad = (uint8_t)content->p[content->len - 1] + (size_t)1;
    if (pad > content->len) {
        return false;
    }
    content->len -= pad;
    return true;
}

static bool open_cbc(const struct flow *f, const struct tls_suite *suite, struct str payload,
                     struct str *ret_plain)
{
    const struct tls_seal *seal = &f->side->seal;
    uint8_t *plain = f->t->cfg->plain;
    struct str sealed = payload;
    if (seal->etm) {
        if (sealed.len < suite->mac_len) {
            return false;
        }
        sealed.len -= suite->mac_len;
    }
    if (sealed.len < 2 * BLOCK || sealed.len % BLOCK != 0 ||
        (seal->etm && !mac_fits(f, suite, sealed, str_from(payload, sealed.len))) ||
        f->t->cfg->crypto->cbc_open(bytes_of(seal->key, suite->key_len), str_head(sealed, BLOCK),
                                    str_from(sealed, BLOCK), plain) != ERR_OK) {
        return false;
    }
    struct str content = bytes_of(plain, sealed.len - BLOCK);
    if (!unpad(&content)) {
        return false;
    }
    if (!seal->etm) {
        if (content.len < suite->mac_len) {
            return false;
        }
        content.len -= suite->mac_len;
        if (!mac_fits(f, suite, content, bytes_of(plain + content.len, suite->mac_len))) {
            return false;
        }
    }
    *ret_plain = content;
    return true;
}

/* A number is used up by a record that could not be opened too, unless the first ones may be sealed
 * with other keys (0-RTT, or a handshake whose secret is not known). */
bool tls_seal_open(const struct flow *f, struct str payload, uint8_t *ret_type,
                   struct str *ret_plain)
{
    struct tls_seal *seal = &f->side->seal;
    struct tls_suite suite;
    bool ok = tls_suite_find(f->t->cipher, &suite);
    *ret_type = f->side->head[0];
    if (ok && f->t->version == TLS_1_3) {
        ok = open_13(f, &suite, payload, ret_type, ret_plain);
    } else if (ok) {
        ok = suite.cbc ? open_cbc(f, &suite, payload, ret_plain)
                       : open_12(f, &suite, payload, ret_plain);
    }
    if (ok || seal->proven || f->t->version != TLS_1_3) {
        seal->seq++;
    }
    seal->proven = seal->proven || ok;
    return ok;
}
