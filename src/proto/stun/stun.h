/* STUN Binding, as much as a SIP server needs on its UDP port (RFC 5389, RFC 8489; RFC 5626 4.4.2, 8). */
#ifndef PROTO_STUN_STUN_H
#define PROTO_STUN_STUN_H

#include "base/addr.h"
#include "base/err.h"
#include "base/sink.h"

enum { STUN_ID = 12, STUN_ANSWER_MOST = 128 };
enum { STUN_REQUEST = 0x0001, STUN_SUCCESS = 0x0101, STUN_ERROR = 0x0111 };

struct stun {
    unsigned type; /* STUN_REQUEST ...; may be another method or class */
    uint8_t id[STUN_ID];
    bool fingerprint; /* a FINGERPRINT is there, and right */
    unsigned unknown; /* the first comprehension-required attribute that is not known; 0: none */
    struct endpoint mapped; /* of a response: XOR-MAPPED-ADDRESS; family 0 without */
};

/* The first two bits are 0 and the magic cookie stands where it must: no SIP message begins so. */
bool stun_is(struct str datagram);
/* ERR_MALFORMED (to be dropped, RFC 8489 6.3): lengths that do not fit the datagram, an address that is none,
 * a wrong FINGERPRINT. */
enum err stun_read(struct str datagram, struct stun *ret_stun, struct err_at *reterr_at) MUST_CHECK;
/* The answer to a Binding request from `source`: success with XOR-MAPPED-ADDRESS, or 420 naming the unknown
 * attribute; FINGERPRINT where the request had one. At most STUN_ANSWER_MOST bytes. Of anything but a request,
 * nothing: there is no answer to it. */
void stun_answer(struct sink *out, const struct stun *request, struct endpoint source);
/* A Binding request, for clients and tests. */
void stun_request(struct sink *out, const uint8_t id[STUN_ID]);

#endif
