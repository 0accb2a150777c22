/* One request over HTTP or HTTPS, by libcurl, and everything about how it went: phones use that library
 * too, so what it says here is what a phone's log says. Nothing is followed, nothing is asked of a
 * resolver, and nothing is sent but to the address given. In the caller's thread. */
#ifndef IO_FETCH_FETCH_H
#define IO_FETCH_FETCH_H

#include "base/addr.h"
#include "base/sink.h"
#include "base/time.h"

enum {
    FETCH_CHAIN = 10,
    FETCH_TEXT = 256,       /* bytes with NUL, as the next two */
    FETCH_FIELD = 256,      /* of a header field */
    FETCH_URL = 2048,       /* of a URL */
    FETCH_DER_MOST = 65536, /* bytes of all certificates */
};

/* How it failed, for who does not want to know libcurl's numbers. */
enum fetch_fault {
    FETCH_NO_FAULT,
    FETCH_TIMEOUT,     /* nothing came in time */
    FETCH_REFUSED,     /* RST to the SYN, or ICMP port unreachable */
    FETCH_UNREACHABLE, /* no route, or ICMP says so */
    FETCH_RESET,       /* RST behind the handshake of TCP */
    FETCH_CLOSED,      /* the connection ended before an answer */
    FETCH_UNTRUSTED,   /* the certificate does not verify: `verify` */
    FETCH_NAME,        /* the certificate is for other names */
    FETCH_ALERT,       /* TLS: the server sent `alert` */
    FETCH_REJECTED,    /* TLS: what the server offers is not acceptable: a version, for one */
    FETCH_NOT_TLS,     /* something else than TLS answers */
    FETCH_OTHER,       /* see `text` */
};

struct fetch_cfg {
    const char *ca_file;    /* PEM; NULL: what this host trusts */
    const char *cert_file;  /* PEM, own certificate with its chain; NULL: none */
    const char *key_file;   /* PEM; NULL: in cert_file */
    const char *proxy;      /* "http://192.0.2.1:3128"; NULL: none, whatever the environment says */
    const char *user_agent; /* NULL: none is sent */
    unsigned minimum;       /* TLS, 0x0301 (1.0) to 0x0304 (1.3); 0: the lowest */
    unsigned maximum;       /* the same; 0: the highest */
};

struct fetch_ask {
    const char *url;
    struct endpoint at; /* of the URL's host, or of the proxy where there is one */
    unsigned wait_ms;   /* for all of it */
    size_t body_most;   /* bytes that are kept; what goes beyond ends the transfer (`cut`) */
    const char *method; /* NULL: GET */
    struct str body;    /* p NULL: none */
    const char *const *
        fields; /* "Accept: text/csv", ended by NULL; NULL: none. A password in one is the caller's to clear */
};

/* Times are microseconds since the beginning; -1: it did not come so far. */
struct fetch_answer {
    enum fetch_fault fault;
    int code;              /* libcurl's, as phones log it; 0: the answer is whole or cut */
    char text[FETCH_TEXT]; /* of the failure, in the library's words */
    unsigned status;       /* 0: no answer */
    char reason[FETCH_FIELD];
    char type[FETCH_FIELD];      /* Content-Type */
    char server[FETCH_FIELD];    /* Server */
    char via[FETCH_FIELD];       /* Via */
    char challenge[FETCH_FIELD]; /* WWW-Authenticate or Proxy-Authenticate */
    char cookie[FETCH_FIELD];    /* Set-Cookie, the last */
    char redirect[FETCH_URL];    /* where it sends us to, made absolute; "" nowhere */
    bool cut;                    /* body_most was reached */
    struct buf body;             /* owned */
    int64_t connect_us, tls_us, first_us, total_us;
    unsigned version;             /* of TLS, 0x0301 to 0x0304; 0: no handshake was done */
    char cipher[64];              /* the same; "" */
    bool asked;                   /* the server wants a certificate of ours */
    int alert;                    /* description that the server sent (RFC 8446 6); -1: none */
    long verify;                  /* 0: the chain is trusted, or none was shown */
    char verify_text[FETCH_TEXT]; /* "certificate has expired" */
    int verify_depth;             /* of the certificate that failed */
    struct buf der;               /* the chain as sent, one behind the other; owned */
    struct str chain[FETCH_CHAIN];
    size_t n_chain;
};

/* ERR_OK whenever it was tried, also when it failed (`fault`). ERR_MEMORY; ERR_USAGE: the URL is none
 * of http or https, or a file cannot be read (ret_answer->text). Give the answer to
 * fetch_answer_clear in any case. */
enum err fetch_get(const struct fetch_cfg *cfg, const struct fetch_ask *ask,
                   struct fetch_answer *ret_answer) MUST_CHECK;
void fetch_answer_clear(struct fetch_answer *a);

/* A URL taken apart, in the manner of the library that will use it. */
struct fetch_url {
    bool tls;       /* https */
    char host[256]; /* without brackets */
    uint16_t port;
    bool bare; /* names no resource: path "/" and no query */
};
/* ERR_USAGE: no URL of http or https. */
enum err fetch_url_read(const char *url, struct fetch_url *ret_url) MUST_CHECK;

#endif
