/* What the files of this module share: messages below records, and their decryption. */
#ifndef PROTO_TLS_INSIDE_H
#define PROTO_TLS_INSIDE_H

#include "proto/tls/tls.h"

/* One direction of a connection while bytes of it are read. */
struct flow {
    struct tls *t;
    struct tls_side *side;
    bool from_client;
    bool decrypted; /* the bytes at hand were */
    void *ctx;
};

void tls_emit(const struct flow *f, struct tls_event *e);
/* Nothing more is read of this direction. */
void tls_lost(const struct flow *f, size_t offset, const char *what, const char *rule);

/* The next bytes of handshake messages, cut anyhow. */
void tls_messages_on(const struct flow *f, struct str bytes);

/* Keys for what follows: ChangeCipherSpec up to TLS 1.2; ServerHello, Finished and KeyUpdate of
 * TLS 1.3. Without secrets the direction stays hidden. */
void tls_seal_changed(const struct flow *f);
void tls_seal_hello(const struct flow *f);
void tls_seal_finished(const struct flow *f);
void tls_seal_update(const struct flow *f);
/* Opens a record's payload into the room of the configuration: its real type and its content. */
bool tls_seal_open(const struct flow *f, struct str payload, uint8_t *ret_type,
                   struct str *ret_plain);

#endif
