/* TLS as seen on the wire (RFC 5246, RFC 8446): a connection's bytes, direction by direction, become
 * events. What is encrypted is said to be hidden; with the secrets of a key log it is opened. The
 * events are the same however the bytes are cut. */
#ifndef PROTO_TLS_TLS_H
#define PROTO_TLS_TLS_H

#include "base/err.h"
#include "base/sink.h"
#include "proto/tls/tls_hello.h"

struct crypto;
struct tls_keys;

enum {
    TLS_RECORD_MOST = 16384 + 2048, /* bytes of a record's payload (RFC 5246 6.2.3) */
    TLS_MESSAGE_MOST = 131072,      /* bytes of a handshake message; a longer one is TLS_LOST */
};

/* Record types (RFC 8446 B.1). */
enum tls_content {
    TLS_CONTENT_CHANGE_CIPHER = 20,
    TLS_CONTENT_ALERT = 21,
    TLS_CONTENT_HANDSHAKE = 22,
    TLS_CONTENT_DATA = 23,
    TLS_CONTENT_HEARTBEAT = 24,
};

enum tls_kind {
    TLS_CLIENT_HELLO,        /* `hello` */
    TLS_SERVER_HELLO,        /* `hello`; hello.retry: HelloRetryRequest */
    TLS_CERTIFICATE,         /* `certificates`; none in it: the side has none to show */
    TLS_CERTIFICATE_REQUEST, /* the server asks for a client certificate */
    TLS_FINISHED,            /* decrypted only */
    TLS_HANDSHAKE,           /* another handshake message, `message` tells which */
    TLS_CHANGE_CIPHER,       /* up to TLS 1.2: from here on this direction is encrypted */
    TLS_ALERT,               /* `alert` */
    TLS_DATA,                /* decrypted application data: `body`, never empty */
    TLS_HIDDEN,              /* a record whose content cannot be seen: `content`, `len` */
    TLS_MALFORMED,           /* one message breaks a rule: `at`; what follows is read on */
    TLS_NOT_TLS,             /* this direction begins with something else: `body` tells how */
    TLS_LOST,                /* bytes are missing or make no sense: `at`; nothing more is read */
};

struct tls_alert {
    bool hidden; /* encrypted: neither of the two is known */
    uint8_t level;
    uint8_t description;
};

struct tls_event {
    enum tls_kind kind;
    bool decrypted;
    uint64_t offset; /* bytes of this direction before the record that ended the event */
    uint8_t content; /* TLS_HIDDEN: the record's type; with TLS 1.3 always TLS_CONTENT_DATA */
    uint8_t message; /* handshake messages: their type (RFC 8446 B.3) */
    uint32_t len;    /* TLS_HIDDEN: bytes of the record's payload */
    struct str body; /* handshake messages: without their four bytes of header */
    struct tls_hello hello;
    struct tls_certs certificates;
    struct tls_alert alert;
    struct err_at at; /* TLS_MALFORMED, TLS_LOST; the offset counts from `offset` */
};

struct tls_cfg {
    /* Views are good until the call returns. `ctx` is what tls_feed was given. */
    void (*on)(void *ctx, bool from_client, const struct tls_event *e);
    const struct crypto *crypto; /* NULL: nothing is decrypted */
    const struct tls_keys *keys; /* NULL: nothing is decrypted */
    uint8_t *plain;              /* room for TLS_RECORD_MOST bytes; may be shared */
};

enum { TLS_SECRET_MOST = 48 };

/* How one direction is decrypted. */
struct tls_seal {
    bool on;
    bool proven;                     /* a record was opened with it */
    bool etm;                        /* the code is that of the encrypted bytes (RFC 7366) */
    uint8_t secret[TLS_SECRET_MOST]; /* TLS 1.3: what the next keys come from; before: MAC key */
    uint8_t key[32];
    uint8_t iv[12]; /* up to TLS 1.2 with GCM: four bytes */
    uint64_t seq;
};

struct tls_side {
    uint64_t offset;    /* bytes so far, lost ones included */
    uint64_t record_at; /* offset of the record at hand */
    uint8_t head[5];
    uint8_t head_len;
    uint8_t mode;     /* what happens to the payload at hand */
    uint8_t small[2]; /* of an alert */
    uint8_t small_len;
    bool begun;   /* a whole record header was seen */
    bool changed; /* ChangeCipherSpec was seen */
    bool finished;
    uint32_t left;      /* bytes of the payload that are still to come */
    struct buf record;  /* a sealed record as far as it came */
    struct buf message; /* a handshake message as far as it came */
    struct tls_seal seal;
};

/* One connection. */
struct tls {
    const struct tls_cfg *cfg;
    uint16_t version;            /* chosen by the server; 0: not known */
    uint16_t cipher;             /* the same */
    bool has_client, has_server; /* randoms */
    bool etm;                    /* the server chose encrypt_then_mac */
    uint8_t client_random[32];
    uint8_t server_random[32];
    struct tls_side side[2]; /* [0] from the client */
};

/* `cfg` must stay. */
void tls_init(struct tls *t, const struct tls_cfg *cfg);
/* Gives back what it holds. */
void tls_clear(struct tls *t);
/* The next bytes of a direction. */
void tls_feed(struct tls *t, bool from_client, struct str bytes, void *ctx);
/* `n` bytes of a direction are missing here. Inside a record that is hidden anyway that is no loss.
 */
void tls_gap(struct tls *t, bool from_client, uint64_t n, void *ctx);
/* Bytes that it holds on the heap. */
size_t tls_memory(const struct tls *t);

/* Whether bytes of a client begin as TLS does: with a record that holds a ClientHello. ERR_MORE:
 * they may (six bytes tell), ERR_MALFORMED: not. */
enum err tls_sniff(struct str bytes) MUST_CHECK;

#endif
