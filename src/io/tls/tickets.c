/* Keys of session tickets. Four of them in a ring: the present one makes tickets, it and the two before open
 * them, the fourth is written when the hour is over and then becomes the present one. So nobody reads what is
 * written, and no handshake waits for a lock. */
#include "io/tls/tickets.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { KEYS = 4, GOOD = 3, NAME = 16, HOUR = 3600 };

struct ticket_key {
    unsigned char name[NAME];
    unsigned char aes[32];
    unsigned char hmac[32];
};

struct tls_tickets {
    pthread_mutex_t turning;
    atomic_uint present; /* counts the keys made; its place in the ring is present % KEYS */
    atomic_llong until;  /* seconds of run time */
    struct ticket_key key[KEYS];
};

static long long run_seconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec;
}

static bool key_make(struct ticket_key *k)
{
    return RAND_bytes(k->name, sizeof k->name) == 1 &&
           RAND_priv_bytes(k->aes, sizeof k->aes) == 1 &&
           RAND_priv_bytes(k->hmac, sizeof k->hmac) == 1;
}

enum err tls_tickets_new(struct tls_tickets **ret)
{
    struct tls_tickets *t = calloc(1, sizeof *t);
    if (!t) {
        return ERR_MEMORY;
    }
    /* All of them: a ticket of a name that was never given opens nothing. */
    for (size_t i = 0; i < KEYS; i++) {
        if (!key_make(&t->key[i])) {
            free(t);
            return ERR_IO;
        }
    }
    pthread_mutex_init(&t->turning, NULL);
    atomic_init(&t->present, KEYS);
    atomic_init(&t->until, run_seconds() + HOUR);
    *ret = t;
    return ERR_OK;
}

void tls_tickets_free(struct tls_tickets *t)
{
    if (t) {
        pthread_mutex_destroy(&t->turning);
        OPENSSL_cleanse(t->key, sizeof t->key);
        free(t);
    }
}

void tls_tickets_turn(struct tls_tickets *t)
{
    unsigned next = atomic_load_explicit(&t->present, memory_order_relaxed) + 1;
    if (key_make(&t->key[next % KEYS])) {
        atomic_store_explicit(&t->present, next, memory_order_release);
    }
}

static void turn_if_due(struct tls_tickets *t)
{
    long long now = run_seconds();
    if (now < atomic_load_explicit(&t->until, memory_order_relaxed) ||
        pthread_mutex_trylock(&t->turning) != 0) {
        return; /* or another thread is at it */
    }
    if (now >= atomic_load_explicit(&t->until, memory_order_relaxed)) {
        tls_tickets_turn(t);
        atomic_store_explicit(&t->until, now + HOUR, memory_order_relaxed);
    }
    pthread_mutex_unlock(&t->turning);
}

static bool key_use(const struct ticket_key *k, unsigned char *iv, EVP_CIPHER_CTX *cipher,
                    EVP_MAC_CTX *mac, int seal)
{
    char digest[] = "SHA256";
    unsigned char secret[sizeof k->hmac];
    memcpy(secret, k->hmac, sizeof secret);
    OSSL_PARAM p[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, secret, sizeof secret),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    bool ok = EVP_MAC_CTX_set_params(mac, p) == 1 &&
              EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, k->aes, iv, seal) == 1;
    OPENSSL_cleanse(secret, sizeof secret);
    return ok;
}

/* As SSL_CTX_set_tlsext_ticket_key_evp_cb(3) says: -1 error, 0 no ticket of ours, 1 fine, 2 fine but renew. */
static int on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
                     EVP_MAC_CTX *mac, int seal)
{
    struct tls_tickets *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    if (seal) {
        turn_if_due(t);
    }
    unsigned present = atomic_load_explicit(&t->present, memory_order_acquire);
    if (seal) {
        const struct ticket_key *k = &t->key[present % KEYS];
        memcpy(name, k->name, NAME);
        return RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) == 1 &&
                       key_use(k, iv, cipher, mac, 1)
                   ? 1
                   : -1;
    }
    for (unsigned age = 0; age < GOOD; age++) {
        const struct ticket_key *k = &t->key[(present - age) % KEYS];
        if (memcmp(name, k->name, NAME) == 0) {
            if (!key_use(k, iv, cipher, mac, 0)) {
                return -1;
            }
            return age == 0 ? 1 : 2;
        }
    }
    return 0;
}

bool tls_tickets_use(struct tls_tickets *t, SSL_CTX *ctx)
{
    if (!t) {
        SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
        return SSL_CTX_set_num_tickets(ctx, 0) == 1;
    }
    SSL_CTX_set_app_data(ctx, t);
    /* In TLS 1.2 a ticket saves four fifths of a handshake. In 1.3 it saves little of the next one, and costs each
     * connection time and memory. */
    return SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, on_ticket) == 1 &&
           SSL_CTX_set_num_tickets(ctx, 0) == 1;
}
