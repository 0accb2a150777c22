/* The server's clock as BroadWorks lets it be seen. The formats are inferred from logs, not
 * documented: what they give is a hint whose plausibility (2000 to 2100) was checked. */
#ifndef PROTO_SIP_EPOCH_H
#define PROTO_SIP_EPOCH_H

#include "base/time.h"

/* A To tag "412345678-1700000000150": milliseconds since 1970 behind the '-'. */
bool sip_epoch_tag(struct str tag, usec_t *ret_time);
/* A nonce "BroadWorksXloyw3v6cT4qpwwBW": milliseconds in base 36 between 'X' and 'T'. */
bool sip_epoch_nonce(struct str nonce, usec_t *ret_time);

#endif
