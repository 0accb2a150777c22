/* ClientHello, ServerHello and Certificate (RFC 8446 4.1, 4.4.2; RFC 5246 7.4.1, 7.4.2), read from
 * a whole message without its header. Views into the caller's bytes. */
#ifndef PROTO_TLS_HELLO_H
#define PROTO_TLS_HELLO_H

#include "base/err.h"
#include "base/str.h"

enum {
    TLS_SSL3 = 0x0300,
    TLS_1_0 = 0x0301,
    TLS_1_1 = 0x0302,
    TLS_1_2 = 0x0303,
    TLS_1_3 = 0x0304,
};

struct tls_hello {
    uint16_t legacy;   /* legacy_version */
    uint16_t version;  /* client: the highest offered; server: the chosen one */
    struct str random; /* 32 bytes */
    struct str session;
    struct str ciphers;  /* client: two bytes each, in order of preference */
    uint16_t cipher;     /* server: the chosen one */
    struct str versions; /* client: supported_versions, two bytes each; empty without */
    struct str sni;      /* client: the host name; empty without (RFC 6066 3) */
    struct str alpn;     /* the protocol names, see tls_alpn_next (RFC 7301) */
    bool retry;          /* server: HelloRetryRequest */
    bool ech;            /* client: the real names may be in an encrypted ClientHello */
    bool etm;            /* encrypt_then_mac (RFC 7366) */
};

/* A list of certificates, the sender's own first. */
struct tls_certs {
    struct str rest;
    bool extensions; /* of TLS 1.3: each is followed by extensions */
};

/* ERR_MALFORMED: the offset counts from the first byte of `body`. */
enum err tls_client_hello_read(struct str body, struct tls_hello *ret_hello,
                               struct err_at *reterr_at) MUST_CHECK;
enum err tls_server_hello_read(struct str body, struct tls_hello *ret_hello,
                               struct err_at *reterr_at) MUST_CHECK;
/* `version`: that of the connection. */
enum err tls_certificate_read(struct str body, uint16_t version, struct tls_certs *ret_certs,
                              struct err_at *reterr_at) MUST_CHECK;

/* The next certificate (DER) of a list that was read; false at the end. */
bool tls_certificate_next(struct tls_certs *certs, struct str *ret_der);
/* The next two-byte number of a list (versions, ciphers); false at the end. Moves `rest`. */
bool tls_number_next(struct str *rest, uint16_t *ret_number);
/* The next name of `alpn`; false at the end. Moves `rest`. */
bool tls_alpn_next(struct str *rest, struct str *ret_name);
/* A number that clients strew in to keep servers tolerant (RFC 8701). */
bool tls_is_grease(uint16_t number);

#endif
