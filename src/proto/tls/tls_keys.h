/* Secrets of TLS connections, out of key logs: what programs write to SSLKEYLOGFILE
 * (draft-ietf-tls-keylogfile), and what pcapng carries as Decryption Secrets. */
#ifndef PROTO_TLS_KEYS_H
#define PROTO_TLS_KEYS_H

#include "base/err.h"
#include "base/sink.h"

enum { TLS_KEYS_MOST = 65536 }; /* secrets kept; what comes after is passed over */

enum tls_label {
    TLS_KEY_MASTER,           /* CLIENT_RANDOM, up to TLS 1.2 */
    TLS_KEY_CLIENT_HANDSHAKE, /* CLIENT_HANDSHAKE_TRAFFIC_SECRET */
    TLS_KEY_SERVER_HANDSHAKE,
    TLS_KEY_CLIENT_TRAFFIC, /* CLIENT_TRAFFIC_SECRET_0 */
    TLS_KEY_SERVER_TRAFFIC,
};

struct tls_keys {
    struct buf rows; /* one behind the other */
    size_t n;
    uint32_t *slots; /* hash table: row numbers from 1, 0 for none; owned */
    size_t n_slots;
};

void tls_keys_init(struct tls_keys *k);
void tls_keys_clear(struct tls_keys *k);
/* Whole lines. Lines that are no secret of a known label are passed over. ERR_LIMIT, ERR_MEMORY:
 * what came before stays. */
enum err tls_keys_add(struct tls_keys *k, struct str text) MUST_CHECK;
/* The secret for a ClientHello's random (32 bytes); an empty view when there is none. */
struct str tls_keys_find(const struct tls_keys *k, enum tls_label label, const uint8_t *random);

#endif
