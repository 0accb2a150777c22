/* TLS from outside: views stay inside, events do not depend on the cuts, nothing is kept behind. The
 * input is a run of pieces: a byte (1: from the client, 2: a gap), two of length, the bytes. Ciphers
 * are played: they open whatever they get. */
#include <stdlib.h>

#include "base/crypto.h"
#include "proto/tls/tls_keys.h"
#include "proto/tls/tls_testing.h"

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static enum err fake_hmac(enum hmac_algorithm algorithm, struct str key, const struct str *parts,
                          size_t n, uint8_t ret_mac[HMAC_MOST], size_t *ret_len)
{
    (void)key;
    *ret_len = algorithm == HMAC_SHA384 ? 48 : algorithm == HMAC_SHA256 ? 32 : 20;
    memset(ret_mac, n > 0 && parts[0].len > 0 ? parts[0].p[0] : 0, *ret_len);
    return ERR_OK;
}

static enum err fake_aead(enum aead_algorithm algorithm, struct str key, struct str nonce,
                          struct str aad, struct str sealed, uint8_t *ret_plain)
{
    (void)algorithm;
    must(nonce.len == AEAD_NONCE && key.len >= 16 && aad.len >= 5 && sealed.len >= AEAD_TAG);
    memcpy(ret_plain, sealed.p, sealed.len - AEAD_TAG);
    return ERR_OK;
}

static enum err fake_cbc(struct str key, struct str iv, struct str sealed, uint8_t *ret_plain)
{
    must(key.len >= 16 && iv.len == 16 && sealed.len % 16 == 0 && sealed.len > 0);
    memcpy(ret_plain, sealed.p, sealed.len);
    return ERR_OK;
}

/* The events of a run, as a number. */
struct sum {
    uint64_t hash;
    uint64_t n;
};

static void add(struct sum *s, uint64_t value)
{
    s->hash = (s->hash ^ value) * 0x100000001b3U;
}

static void add_bytes(struct sum *s, struct str bytes)
{
    add(s, bytes.len);
    for (size_t i = 0; i < bytes.len; i++) {
        add(s, (unsigned char)bytes.p[i]);
    }
}

static void on(void *ctx, bool from_client, const struct tls_event *e)
{
    struct sum *s = ctx;
    struct tls_certs certs = e->certificates;
    struct str one;
    s->n++;
    add(s, from_client);
    add(s, e->kind);
    add(s, e->offset);
    add(s, e->len);
    add(s, e->at.offset);
    add_bytes(s, e->body);
    if (e->kind == TLS_CLIENT_HELLO || e->kind == TLS_SERVER_HELLO) {
        struct str list = e->hello.alpn;
        add_bytes(s, e->hello.sni);
        add_bytes(s, e->hello.ciphers);
        while (tls_alpn_next(&list, &one)) {
            add_bytes(s, one);
        }
    }
    while (tls_certificate_next(&certs, &one)) {
        add_bytes(s, one);
    }
}

static struct sum run(const struct tls_cfg *cfg, struct str in, size_t step)
{
    struct tls t;
    struct sum s = {0, 0};
    tls_init(&t, cfg);
    while (in.len >= 3) {
        bool from_client = in.p[0] & 1;
        bool gap = in.p[0] & 2;
        size_t len = (size_t)((unsigned char)in.p[1] << 8 | (unsigned char)in.p[2]);
        struct str bytes = str_head(str_from(in, 3), len);
        in = str_from(in, 3 + bytes.len);
        if (gap) {
            tls_gap(&t, from_client, len, &s);
            continue;
        }
        while (bytes.len > 0) {
            tls_feed(&t, from_client, str_head(bytes, step), &s);
            bytes = str_from(bytes, step);
        }
    }
    must(tls_memory(&t) <= 4 * (TLS_RECORD_MOST + TLS_MESSAGE_MOST));
    add(&s, t.side[0].offset);
    add(&s, t.side[1].offset);
    tls_clear(&t);
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct crypto crypto = {
        .hmac = fake_hmac, .aead_open = fake_aead, .cbc_open = fake_cbc};
    static uint8_t plain[TLS_RECORD_MOST];
    static const char log[] =
        "CLIENT_RANDOM "
        "4343434343434343434343434343434343434343434343434343434343434343 00\n"
        "SERVER_HANDSHAKE_TRAFFIC_SECRET "
        "4343434343434343434343434343434343434343434343434343434343434343 "
        "4343434343434343434343434343434343434343434343434343434343434343\n"
        "CLIENT_TRAFFIC_SECRET_0 "
        "4343434343434343434343434343434343434343434343434343434343434343 "
        "4343434343434343434343434343434343434343434343434343434343434343\n";
    struct str text = str_of((const char *)data, len);
    struct tls_keys keys;
    tls_keys_init(&keys);
    must(tls_keys_add(&keys, STR(log)) == ERR_OK && keys.n == 3);
    must(tls_keys_add(&keys, text) == ERR_OK);
    const struct tls_cfg cfg = {on, &crypto, &keys, plain};
    struct sum whole = run(&cfg, text, SIZE_MAX);
    struct sum cut = run(&cfg, text, 1);
    must(whole.n == cut.n && whole.hash == cut.hash);
    tls_keys_clear(&keys);
    return 0;
}
