/* Keys of a direction: derived from the secrets of a key log (RFC 5246 5 and 6.3, RFC 8446 7). */
#include "base/crypto.h"
#include "proto/tls/tls_inside.h"
#include "proto/tls/tls_keys.h"
#include "proto/tls/tls_suite.h"

/* The secret for this connection, when decryption is possible at all. */
static bool secret_find(const struct tls *t, enum tls_label label, struct str *ret_secret)
{
    const struct tls_cfg *cfg = t->cfg;
    if (cfg->crypto == NULL || cfg->keys == NULL || cfg->plain == NULL || !t->has_client ||
        !t->has_server) {
        return false;
    }
    *ret_secret = tls_keys_find(cfg->keys, label, t->client_random);
    return ret_secret->len > 0;
}

/* PRF of TLS 1.2 with the label "key expansion" (RFC 5246 5): `len` bytes. */
static bool key_block(const struct tls *t, const struct tls_suite *suite, struct str master,
                      uint8_t *ret_block, size_t len)
{
    uint8_t a[HMAC_MOST];
    uint8_t out[HMAC_MOST];
    size_t n = 0;
    struct str parts[] = {
        {(const char *)a, 0},
        STR("key expansion"),
        {(const char *)t->server_random, sizeof t->server_random},
        {(const char *)t->client_random, sizeof t->client_random},
    };
    const struct crypto *c = t->cfg->crypto;
    if (c->hmac(suite->hash, master, parts + 1, 3, a, &n) != ERR_OK) {
        return false;
    }
    parts[0].len = n;
    for (size_t at = 0; at < len; at += n) {
        if (c->hmac(suite->hash, master, parts, 4, out, &n) != ERR_OK) {
            return false;
        }
        memcpy(ret_block + at, out, len - at < n ? len - at : n);
        memcpy(out, a, n);
        struct str last = str_of((const char *)out, n);
        if (c->hmac(suite->hash, master, &last, 1, a, &n) != ERR_OK) {
            return false;
        }
    }
    return true;
}

/* Takes this direction's part of the key block: MAC keys, keys, nonces (RFC 5246 6.3). */
static void block_use(const struct flow *f, const struct tls_suite *suite, const uint8_t *block)
{
    struct tls_seal *seal = &f->side->seal;
    size_t second = f->from_client ? 0 : 1;
    memcpy(seal->secret, block + second * suite->mac_len, suite->mac_len);
    block += 2 * suite->mac_len;
    memcpy(seal->key, block + second * suite->key_len, suite->key_len);
    block += 2 * suite->key_len;
    memcpy(seal->iv, block + second * suite->iv_len, suite->iv_len);
}

/* A second ChangeCipherSpec belongs to a new handshake inside this one, of which nothing is known.
 */
void tls_seal_changed(const struct flow *f)
{
    enum { BLOCK_MOST = 2 * (HMAC_MOST + 32 + 12) };
    struct tls_seal *seal = &f->side->seal;
    struct tls_suite suite;
    uint8_t block[BLOCK_MOST];
    struct str master;
    bool again = f->side->changed;
    *seal = (struct tls_seal){.etm = f->t->etm};
    if (again || f->t->version != TLS_1_2 || !tls_suite_find(f->t->cipher, &suite) ||
        !secret_find(f->t, TLS_KEY_MASTER, &master)) {
        return;
    }
    size_t len = 2 * ((size_t)suite.mac_len + suite.key_len + suite.iv_len);
    if (key_block(f->t, &suite, master, block, len)) {
        block_use(f, &suite, block);
        seal->on = true;
    }
}

/* HKDF-Expand-Label with no context (RFC 8446 7.1); at most one block of the hash. */
static bool expand(const struct tls *t, enum hmac_algorithm hash, struct str secret,
                   struct str label, uint8_t *ret_out, size_t len)
{
    uint8_t out[HMAC_MOST];
    size_t n = 0;
    const char head[] = {0, (char)len, (char)(6 + label.len)};
    const struct str parts[] = {{head, 3}, STR("tls13 "), label, {"\0\1", 2}};
    if (t->cfg->crypto->hmac(hash, secret, parts, 4, out, &n) != ERR_OK || n < len) {
        return false;
    }
    memcpy(ret_out, out, len);
    return true;
}

/* Keys of TLS 1.3 from a traffic secret (RFC 8446 7.3). */
static void traffic_use(const struct tls *t, struct tls_seal *seal, struct str secret)
{
    struct tls_suite suite;
    struct tls_seal new = {0};
    if (!tls_suite_find(t->cipher, &suite) || suite.cbc || secret.len != tls_hash_len(suite.hash)) {
        *seal = new;
        return;
    }
    memcpy(new.secret, secret.p, secret.len);
    new.on = expand(t, suite.hash, secret, STR("key"), new.key, suite.key_len) &&
             expand(t, suite.hash, secret, STR("iv"), new.iv, sizeof new.iv);
    *seal = new;
}

/* Without the secret of the handshake its records stay hidden, and nothing tells where they end: the
 * keys of what follows are tried on each until one fits. */
static void handshake_use(struct tls *t, size_t side)
{
    static const enum tls_label labels[][2] = {{TLS_KEY_CLIENT_HANDSHAKE, TLS_KEY_CLIENT_TRAFFIC},
                                               {TLS_KEY_SERVER_HANDSHAKE, TLS_KEY_SERVER_TRAFFIC}};
    struct str secret;
    if (secret_find(t, labels[side][0], &secret) || secret_find(t, labels[side][1], &secret)) {
        traffic_use(t, &t->side[side].seal, secret);
    }
}

void tls_seal_hello(const struct flow *f)
{
    if (f->t->version == TLS_1_3) {
        handshake_use(f->t, 0);
        handshake_use(f->t, 1);
    }
}

void tls_seal_finished(const struct flow *f)
{
    struct str secret;
    if (f->t->version != TLS_1_3) {
        return;
    }
    if (secret_find(f->t, f->from_client ? TLS_KEY_CLIENT_TRAFFIC : TLS_KEY_SERVER_TRAFFIC,
                    &secret)) {
        traffic_use(f->t, &f->side->seal, secret);
    } else {
        f->side->seal.on = false;
    }
}

void tls_seal_update(const struct flow *f)
{
    struct tls_suite suite;
    uint8_t next[TLS_SECRET_MOST];
    struct tls_seal *seal = &f->side->seal;
    if (f->t->version != TLS_1_3 || !seal->on || !tls_suite_find(f->t->cipher, &suite)) {
        return;
    }
    size_t len = tls_hash_len(suite.hash);
    seal->on = expand(f->t, suite.hash, str_of((const char *)seal->secret, len), STR("traffic upd"),
                      next, len);
    if (seal->on) {
        traffic_use(f->t, seal, str_of((const char *)next, len));
    }
}
