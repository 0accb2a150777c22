/* A SIP message as it is put together: start line (RFC 3261 7.1, 7.2), fields. Inside the module only. */
#ifndef PROTO_SIP_START_H
#define PROTO_SIP_START_H

#include "proto/sip/sip.h"

/* Reads `line` (without CRLF) into request, method, uri, status, reason, version, start of *msg. */
enum err start_read(struct str line, enum sip_mode mode, struct sip_msg *msg,
                    struct err_at *reterr_at) MUST_CHECK;
/* One field more, `next` of *field being 0. False: the table is full. */
bool msg_add(struct sip_msg *msg, const struct sip_field *field);
/* Whether `line` is surely a start line: "METHOD uri SIP/2.0" or "SIP/2.0 NNN". */
bool start_is(struct str line);

#endif
