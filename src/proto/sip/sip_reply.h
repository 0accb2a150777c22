/* Writing the response to a request (RFC 3261 8.2.6), field by field. */
#ifndef PROTO_SIP_REPLY_H
#define PROTO_SIP_REPLY_H

#include "base/addr.h"
#include "base/sink.h"
#include "proto/sip/sip_core.h"

struct sip_reply {
    const struct sip_msg *request; /* may be one that only the lenient reader takes */
    const struct sip_core *core;   /* of the request, where it was read; else NULL */
    unsigned status;
    struct str reason; /* empty: the standard's words */
    struct str to_tag; /* put into To where the request has none; empty: nothing is */
    struct endpoint
        source; /* where the request came from: received and rport of the top Via (18.2.1,
                               RFC 3581 4); family 0: neither is put in */
};

/* The standard's words for a status (RFC 3261 21 and its extensions); of an unknown one, of its class. */
struct str sip_reason(unsigned status);

/* Start line, all Vias (the top one with received where sent-by is another host than the source or rport
 * was asked for, and rport filled in), From, To, Call-ID, CSeq, and Timestamp where there is one. Fields
 * that the request lacks are left out: a request too broken to be answered so is sip_check's matter. Folded
 * lines become one, so nothing that was copied begins a line. */
void sip_reply_begin(struct sink *out, const struct sip_reply *r);
/* One more field. The caller answers for `value` holding no line end (text from outside: sip_value_clean). */
void sip_field_put(struct sink *out, enum sip_header id, struct str value);
/* At most 1,023 bytes of value. */
void sip_field_fmt(struct sink *out, enum sip_header id, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Content-Length, the empty line, the body. `type` empty: no body. */
void sip_body_put(struct sink *out, struct str type, struct str body);

/* A Via value with received and rport as RFC 3581 4 and RFC 3261 18.2.1 want them of a server that got it from
 * `source`: the first via-parm is changed, all else is copied. One that cannot be read is copied. */
void sip_via_put(struct sink *out, struct str value, struct endpoint source);
/* Whether `value` holds no CR, LF or NUL. */
bool sip_value_clean(struct str value);
/* `value` in one line: folds and line ends become one blank (RFC 3261 7.3.1). */
void sip_value_put(struct sink *out, struct str value);

#endif
