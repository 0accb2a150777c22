/* Invented TLS bytes for tests, and events as lines of text. */
#ifndef PROTO_TLS_TESTING_H
#define PROTO_TLS_TESTING_H

#include <stdio.h>

#include "proto/tls/tls.h"
#include "proto/tls/tls_name.h"

#define RANDOM_C "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC"
#define RANDOM_S "SSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSS"

/* Bodies of messages. Each hello is a literal, so that sizeof counts it. */
#define CLIENT_12                                                            \
    "\3\3" RANDOM_C "\0\0\4\xc0\x2f\0\x9c\1\0\0\x2b\0\0\0\x15\0\x13\0\0\x10" \
    "prov.example.com\0\x10\0\x0e\0\x0c\2h2\x8http/1.1"
#define SERVER_12 "\3\3" RANDOM_S "\0\xc0\x2f\0\0\5\xff\1\0\1\0"
/* Offers 1.3, 1.2 and a number of RFC 8701. */
#define CLIENT_13 "\3\3" RANDOM_C "\0\0\2\x13\1\1\0\0\x0b\0\x2b\0\7\6\x3a\x3a\3\4\3\3"
#define SERVER_13 "\3\3" RANDOM_S "\0\x13\1\0\0\6\0\x2b\0\2\3\4"
#define RETRY_13                                                       \
    "\3\3\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8" \
    "\x91\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33" \
    "\x9c\0\x13\1\0\0\6\0\x2b\0\2\3\4"

struct talk {
    char text[4096]; /* a line for each event */
    size_t len;
};

static inline void talk_add(struct talk *k, const char *text)
{
    int n = snprintf(k->text + k->len, sizeof k->text - k->len, "%s", text);
    k->len += n > 0 && (size_t)n < sizeof k->text - k->len ? (size_t)n : 0;
}

static inline void talk_hello(struct talk *k, const struct tls_hello *h, bool client)
{
    char text[256];
    const char *version = tls_version_name(h->version);
    const char *cipher = tls_cipher_name(h->cipher);
    (void)snprintf(text, sizeof text, " %s %s sni=%.*s alpn=%zu%s", version ? version : "?",
                   client   ? ""
                   : cipher ? cipher
                            : "?",
                   STR_ARG(h->sni), h->alpn.len, h->retry ? " retry" : "");
    talk_add(k, text);
}

/* As struct tls_cfg's `on`; ctx is a struct talk. */
static inline void talk_on(void *ctx, bool from_client, const struct tls_event *e)
{
    static const char *const names[] = {
        "client-hello", "server-hello", "certificate", "certificate-request",
        "finished",     "handshake",    "change",      "alert",
        "data",         "hidden",       "malformed",   "not-tls",
        "lost",
    };
    struct talk *k = ctx;
    char text[160];
    (void)snprintf(text, sizeof text, "%c%llu %s%s", from_client ? '>' : '<',
                   (unsigned long long)e->offset, names[e->kind], e->decrypted ? "*" : "");
    talk_add(k, text);
    if (e->kind == TLS_CLIENT_HELLO || e->kind == TLS_SERVER_HELLO) {
        talk_hello(k, &e->hello, e->kind == TLS_CLIENT_HELLO);
    } else if (e->kind == TLS_ALERT) {
        const char *name = e->alert.hidden ? "hidden" : tls_alert_name(e->alert.description);
        (void)snprintf(text, sizeof text, " %u %s", e->alert.level, name ? name : "?");
        talk_add(k, text);
    } else if (e->kind == TLS_DATA || e->kind == TLS_NOT_TLS) {
        (void)snprintf(text, sizeof text, " %.*s", (int)(e->body.len < 64 ? e->body.len : 64),
                       e->body.p);
        talk_add(k, text);
    } else if (e->kind == TLS_HANDSHAKE) {
        const char *name = tls_message_name(e->message);
        (void)snprintf(text, sizeof text, " %s", name ? name : "?");
        talk_add(k, text);
    } else if (e->kind == TLS_HIDDEN) {
        (void)snprintf(text, sizeof text, " %u %u", e->content, (unsigned)e->len);
        talk_add(k, text);
    } else if (e->kind == TLS_MALFORMED || e->kind == TLS_LOST) {
        (void)snprintf(text, sizeof text, " %zu %s", e->at.offset, e->at.what);
        talk_add(k, text);
    } else if (e->kind == TLS_CERTIFICATE) {
        struct tls_certs certs = e->certificates;
        struct str der;
        while (tls_certificate_next(&certs, &der)) {
            (void)snprintf(text, sizeof text, " %zu", der.len);
            talk_add(k, text);
        }
    }
    talk_add(k, "\n");
}

#endif
