/* SIP in a log as nearly all of it stands there: every line whole, with its CR. Inside the module
 * only. */
#ifndef PROTO_SIP_SIPLOG_PLAIN_H
#define PROTO_SIP_SIPLOG_PLAIN_H

#include "proto/sip/siplog.h"

/* Reads `raw` where it stands, without a copy; false when anything in it needs a second look (then
 * *ret_log means nothing): a line without "^M", a blank in front of a line, a byte beyond ASCII, a
 * placeholder in angle brackets, a quote that does not close, a name that is not known, a body. */
bool siplog_plain(struct str raw, struct siplog *ret_log);

#endif
