/* What a TLS client's certificate is worth, and which phone it is about: judged by io/tls, believed or not by flow. */
#ifndef BASE_CLIENT_H
#define BASE_CLIENT_H

#include "base/mac.h"
#include "base/time.h"

/* From the best to the worst; of several faults the worst is told. */
enum client_verdict {
    CLIENT_VALID,
    CLIENT_EXPIRED,
    CLIENT_NOT_YET, /* valid later */
    CLIENT_WEAK,    /* a signature with SHA-1 or MD5, or a short key, somewhere in the chain */
    CLIENT_PURPOSE, /* not for clients */
    CLIENT_UNKNOWN, /* by no authority that is known here */
    CLIENT_BAD,     /* a signature is wrong, or the chain breaks another rule */
    CLIENT_NONE,    /* none was shown */
};

enum { CLIENT_WORD = 40, CLIENT_ISSUER = 64 }; /* bytes with NUL */

/* That the client has the key was proven by the handshake, whatever the verdict. */
struct client_cert {
    enum client_verdict verdict;
    int ca;                       /* which of the authorities, by index; -1: none */
    usec_t not_before, not_after; /* of the certificate itself */
    bool has_mac;                 /* its subject has a shape that its authority may use */
    struct mac mac;
    char model[CLIENT_WORD];    /* "CP-8865-3PCC"; "" where it does not tell */
    char serial[CLIENT_WORD];   /* the phone's own */
    char issuer[CLIENT_ISSUER]; /* common name; cut */
};

#endif
