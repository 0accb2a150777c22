/* Real handshakes, made in memory by OpenSSL, read back by proto/tls: with a key log everything must
 * be seen, without one nothing of it, and the cuts must not matter. Prints a line for each talk. */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/tls/crypto.h"
#include "proto/tls/tls.h"
#include "proto/tls/tls_keys.h"
#include "proto/tls/tls_name.h"

#define CLIENT_SAYS "GET /client-says HTTP/1.1\r\n\r\n"
#define SERVER_SAYS "HTTP/1.1 200 server-says\r\n\r\n"

struct talk {
    const char *name;
    int version;
    const char *ciphers;  /* up to TLS 1.2; NULL: the library's */
    const char *suites;   /* TLS 1.3 */
    const char *curves;   /* of the server; one that the client does not guess makes it retry */
    bool client_verifies; /* and does not know the issuer */
    bool client_shows;    /* a certificate, asked for */
    bool update;          /* KeyUpdate in between */
    bool no_etm;
    const char *must; /* words that the events must hold, in this order */
};

static const struct talk talks[] = {
    {"1.2 AES-128-GCM", TLS1_2_VERSION, "ECDHE-RSA-AES128-GCM-SHA256", NULL, NULL, false, false,
     false, false, "sni certificate change finished* change finished* client-says server-says"},
    {"1.2 AES-256-GCM", TLS1_2_VERSION, "ECDHE-RSA-AES256-GCM-SHA384", NULL, NULL, false, true,
     false, false, "sni certificate certificate-request certificate finished* client-says"},
    {"1.2 ChaCha20", TLS1_2_VERSION, "ECDHE-RSA-CHACHA20-POLY1305", NULL, NULL, false, false, false,
     false, "finished* finished* client-says server-says"},
    {"1.2 RSA AES-128-GCM", TLS1_2_VERSION, "AES128-GCM-SHA256", NULL, NULL, false, false, false,
     false, "finished* finished* client-says server-says"},
    {"1.2 CBC SHA", TLS1_2_VERSION, "ECDHE-RSA-AES128-SHA", NULL, NULL, false, false, false, false,
     "finished* finished* client-says server-says"},
    {"1.2 CBC SHA256, MAC first", TLS1_2_VERSION, "ECDHE-RSA-AES128-SHA256", NULL, NULL, false,
     false, false, true, "finished* finished* client-says server-says"},
    {"1.2 CBC SHA384", TLS1_2_VERSION, "ECDHE-RSA-AES256-SHA384", NULL, NULL, false, false, false,
     false, "finished* finished* client-says server-says"},
    {"1.2 unknown issuer", TLS1_2_VERSION, NULL, NULL, NULL, true, false, false, false,
     "certificate alert:unknown_ca"},
    {"1.3 AES-128-GCM", TLS1_3_VERSION, NULL, "TLS_AES_128_GCM_SHA256", NULL, false, false, false,
     false, "sni certificate* finished* finished* client-says server-says"},
    {"1.3 AES-256-GCM", TLS1_3_VERSION, NULL, "TLS_AES_256_GCM_SHA384", NULL, false, true, false,
     false, "certificate-request* certificate* finished* certificate* finished* client-says"},
    {"1.3 ChaCha20", TLS1_3_VERSION, NULL, "TLS_CHACHA20_POLY1305_SHA256", NULL, false, false, true,
     false, "finished* finished* client-says server-says key_update* client-says server-says"},
    {"1.3 retry", TLS1_3_VERSION, NULL, "TLS_AES_128_GCM_SHA256", "P-384", false, false, false,
     false, "retry client-hello server-hello finished* client-says server-says"},
    {"1.3 unknown issuer", TLS1_3_VERSION, NULL, NULL, NULL, true, false, false, false,
     "certificate* finished* alert:unknown_ca"},
};

/* What was said: pieces with their direction. */
struct tape {
    struct buf bytes;
    struct {
        bool from_client;
        size_t len;
    } piece[256];
    size_t n;
};

static struct buf keylog;

static void die(const char *what)
{
    (void)fprintf(stderr, "tlstalk: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static void must(bool ok, const char *what)
{
    if (!ok) {
        die(what);
    }
}

static void keylog_on(const SSL *ssl, const char *line)
{
    (void)ssl;
    must(buf_add(&keylog, str_z(line)) == ERR_OK && buf_add(&keylog, STR("\n")) == ERR_OK, "keys");
}

static X509 *certificate_new(EVP_PKEY *key)
{
    X509 *cert = X509_new();
    X509_NAME *name = X509_NAME_new();
    must(cert && name &&
             X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                        (const unsigned char *)"sip.example.com", -1, -1, 0) &&
             X509_set_version(cert, 2) && ASN1_INTEGER_set(X509_get_serialNumber(cert), 4711) &&
             X509_gmtime_adj(X509_getm_notBefore(cert), 0) &&
             X509_gmtime_adj(X509_getm_notAfter(cert), 3600) && X509_set_subject_name(cert, name) &&
             X509_set_issuer_name(cert, name) && X509_set_pubkey(cert, key) &&
             X509_sign(cert, key, EVP_sha256()),
         "certificate");
    X509_NAME_free(name);
    return cert;
}

static int accept_any(int ok, X509_STORE_CTX *store)
{
    (void)ok;
    (void)store;
    return 1;
}

static SSL_CTX *context_new(const struct talk *t, bool client, EVP_PKEY *key, X509 *cert)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    must(ctx && SSL_CTX_set_min_proto_version(ctx, t->version) &&
             SSL_CTX_set_max_proto_version(ctx, t->version),
         "context");
    must(!t->ciphers || SSL_CTX_set_cipher_list(ctx, t->ciphers), "ciphers");
    must(!t->suites || SSL_CTX_set_ciphersuites(ctx, t->suites), "suites");
    char curves[64]; /* the library's macros take texts as not constant */
    must((size_t)snprintf(curves, sizeof curves, "%s", t->curves ? t->curves : "") < sizeof curves,
         "curves");
    must(client || !t->curves || SSL_CTX_set1_curves_list(ctx, curves), "curves");
    if (t->no_etm) {
        SSL_CTX_set_options(ctx, SSL_OP_NO_ENCRYPT_THEN_MAC);
    }
    if (!client || t->client_shows) {
        must(SSL_CTX_use_certificate(ctx, cert) && SSL_CTX_use_PrivateKey(ctx, key), "key");
    }
    if (client) {
        SSL_CTX_set_keylog_callback(ctx, keylog_on);
        SSL_CTX_set_verify(ctx, t->client_verifies ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
    } else if (t->client_shows) {
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, accept_any);
    }
    return ctx;
}

/* Carries what one side wrote to the other; false when there was nothing. */
static bool carry(SSL *from, SSL *to, bool from_client, struct tape *tape)
{
    char room[4096];
    int n = BIO_read(SSL_get_wbio(from), room, sizeof room);
    if (n <= 0) {
        return false;
    }
    must(tape->n < sizeof tape->piece / sizeof *tape->piece &&
             buf_add(&tape->bytes, str_of(room, (size_t)n)) == ERR_OK &&
             BIO_write(SSL_get_rbio(to), room, n) == n,
         "carry");
    tape->piece[tape->n].from_client = from_client;
    tape->piece[tape->n++].len = (size_t)n;
    return true;
}

static void settle(SSL *client, SSL *server, struct tape *tape)
{
    char room[256];
    bool moved = true;
    while (moved) {
        (void)SSL_read(client, room, sizeof room);
        moved = carry(client, server, true, tape);
        (void)SSL_read(server, room, sizeof room);
        moved = carry(server, client, false, tape) || moved;
    }
}

static void say(SSL *client, SSL *server, struct tape *tape)
{
    must(SSL_write(client, CLIENT_SAYS, sizeof CLIENT_SAYS - 1) > 0, "client says");
    settle(client, server, tape);
    must(SSL_write(server, SERVER_SAYS, sizeof SERVER_SAYS - 1) > 0, "server says");
    settle(client, server, tape);
}

static SSL *side_new(SSL_CTX *ctx)
{
    SSL *ssl = SSL_new(ctx);
    must(ssl != NULL, "side");
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    return ssl;
}

static void record(const struct talk *t, EVP_PKEY *key, X509 *cert, struct tape *tape)
{
    SSL_CTX *contexts[] = {context_new(t, true, key, cert), context_new(t, false, key, cert)};
    SSL *client = side_new(contexts[0]);
    SSL *server = side_new(contexts[1]);
    SSL_set_connect_state(client);
    SSL_set_accept_state(server);
    char name[] = "sip.example.com";
    must(SSL_set_tlsext_host_name(client, name) == 1, "sni");
    settle(client, server, tape);
    if (!t->client_verifies) {
        must(SSL_is_init_finished(client) && SSL_is_init_finished(server), "handshake");
        say(client, server, tape);
        if (t->update) {
            must(SSL_key_update(client, SSL_KEY_UPDATE_REQUESTED), "update");
            say(client, server, tape);
        }
        (void)SSL_shutdown(client);
        settle(client, server, tape);
    }
    ERR_clear_error();
    SSL_free(client);
    SSL_free(server);
    SSL_CTX_free(contexts[0]);
    SSL_CTX_free(contexts[1]);
}

/* As struct tls_cfg's `on`: words into the buffer that ctx is. */
static void on(void *ctx, bool from_client, const struct tls_event *e)
{
    static const char *const names[] = {
        "client-hello", "server-hello", "certificate", "certificate-request",
        "finished",     "handshake",    "change",      "alert",
        "data",         "hidden",       "malformed",   "not-tls",
        "lost",
    };
    struct buf *b = ctx;
    struct sink s = buf_sink(b);
    sink_fmt(&s, " %s%s", names[e->kind], e->decrypted ? "*" : "");
    if (e->kind == TLS_ALERT && !e->alert.hidden) {
        sink_fmt(&s, ":%s", tls_alert_name(e->alert.description));
    } else if (e->kind == TLS_HANDSHAKE) {
        sink_fmt(&s, " %s%s", tls_message_name(e->message), e->decrypted ? "*" : "");
    } else if (e->kind == TLS_CLIENT_HELLO && str_eq(e->hello.sni, STR("sip.example.com"))) {
        sink_z(&s, " sni");
    } else if (e->kind == TLS_SERVER_HELLO && e->hello.retry) {
        sink_z(&s, " retry");
    } else if (e->kind == TLS_DATA) {
        struct str says = str_from(e->body, from_client ? 5 : 13);
        sink_fmt(&s, " %.*s", STR_ARG(str_head(says, 11)));
    }
    must(s.err == ERR_OK, "events");
}

static void replay(const struct tape *tape, const struct tls_keys *keys, size_t step,
                   struct buf *ret_events)
{
    static uint8_t plain[TLS_RECORD_MOST];
    const struct tls_cfg cfg = {on, tls_crypto(), keys, plain};
    struct tls tls;
    struct str rest = buf_str(&tape->bytes);
    tls_init(&tls, &cfg);
    for (size_t i = 0; i < tape->n; i++) {
        struct str piece = str_head(rest, tape->piece[i].len);
        rest = str_from(rest, piece.len);
        while (piece.len > 0) {
            tls_feed(&tls, tape->piece[i].from_client, str_head(piece, step), ret_events);
            piece = str_from(piece, step);
        }
    }
    tls_clear(&tls);
}

static bool holds(struct str events, struct str words)
{
    while (words.len > 0) {
        struct str word = str_word(&words);
        struct str next;
        do {
            next = str_word(&events);
        } while (next.len > 0 && !str_eq(next, word));
        if (next.len == 0) {
            return false;
        }
    }
    return true;
}

static bool check(const struct talk *t, const struct tape *tape)
{
    static const size_t steps[] = {1, 2, 7, 100};
    struct tls_keys keys;
    struct buf whole = {0};
    struct buf dark = {0};
    tls_keys_init(&keys);
    must(tls_keys_add(&keys, buf_str(&keylog)) == ERR_OK, "key log");
    replay(tape, &keys, SIZE_MAX, &whole);
    replay(tape, NULL, SIZE_MAX, &dark);
    bool ok = holds(buf_str(&whole), str_z(t->must)) &&
              str_find(buf_str(&whole), STR("hidden")) == STR_NPOS &&
              str_find(buf_str(&dark), STR("*")) == STR_NPOS &&
              (t->client_verifies || str_find(buf_str(&dark), STR("hidden")) != STR_NPOS);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct buf cut = {0};
        replay(tape, &keys, steps[i], &cut);
        ok = ok && str_eq(buf_str(&cut), buf_str(&whole));
        buf_clear(&cut);
    }
    printf("%-6s %s\n", ok ? "ok" : "FAILED", t->name);
    if (!ok) {
        printf("  wanted: %s\n  with keys:%.*s\n  without:%.*s\n", t->must,
               STR_ARG(buf_str(&whole)), STR_ARG(buf_str(&dark)));
    }
    tls_keys_clear(&keys);
    buf_clear(&whole);
    buf_clear(&dark);
    return ok;
}

int main(void)
{
    EVP_PKEY *key = EVP_RSA_gen(2048);
    must(key != NULL, "key");
    X509 *cert = certificate_new(key);
    bool ok = true;
    for (size_t i = 0; i < sizeof talks / sizeof *talks; i++) {
        static struct tape tape;
        tape = (struct tape){0};
        record(&talks[i], key, cert, &tape);
        ok = check(&talks[i], &tape) && ok;
        buf_clear(&tape.bytes);
        buf_reset(&keylog);
    }
    buf_clear(&keylog);
    X509_free(cert);
    EVP_PKEY_free(key);
    return ok ? 0 : 1;
}
