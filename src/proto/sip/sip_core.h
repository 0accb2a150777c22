/* The fields that every SIP message has, read. */
#ifndef PROTO_SIP_CORE_H
#define PROTO_SIP_CORE_H

#include "proto/sip/sip.h"
#include "proto/sip/sip_addr.h"
#include "proto/sip/sip_number.h"
#include "proto/sip/sip_uri.h"
#include "proto/sip/sip_via.h"

struct sip_core {
    struct sip_uri target; /* of a request: the Request-URI */
    struct sip_via via;    /* the topmost */
    struct sip_addr from, to;
    struct sip_uri from_uri, to_uri;
    struct sip_cseq cseq;
};

/* As sip_check, for who goes on with what is read on the way. With an error, *ret_core means nothing. */
enum err sip_core_read(const struct sip_msg *msg, struct sip_core *ret_core,
                       struct err_at *reterr_at) MUST_CHECK;

#endif
