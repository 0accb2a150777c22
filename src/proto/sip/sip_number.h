/* Header fields that are numbers: CSeq, Expires, Min-Expires, Max-Forwards, Retry-After,
 * Content-Length. */
#ifndef PROTO_SIP_NUMBER_H
#define PROTO_SIP_NUMBER_H

#include "base/err.h"
#include "base/str.h"

struct sip_cseq {
    uint32_t number; /* below 2^31 (RFC 3261 8.1.1.5) */
    struct str method;
};

/* CSeq (RFC 3261 20.16). */
enum err sip_cseq_read(struct str value, struct sip_cseq *ret_cseq,
                       struct err_at *reterr_at) MUST_CHECK;
/* delta-seconds (RFC 3261 25.1): Expires, Min-Expires, Retry-After with its parameters and comment
 * passed over. Larger numbers are 2^32-1. */
enum err sip_seconds_read(struct str value, uint32_t *ret_seconds,
                          struct err_at *reterr_at) MUST_CHECK;
/* The whole of `value` as a number of at most `most`: Max-Forwards (255), Content-Length. */
enum err sip_number_read(struct str value, uint32_t most, uint32_t *ret_n,
                         struct err_at *reterr_at) MUST_CHECK;

#endif
