/* Parameters ";name=value" and comma lists, as most header fields have them (RFC 3261 7.3.1). */
#ifndef PROTO_SIP_PARAM_H
#define PROTO_SIP_PARAM_H

#include "base/err.h"
#include "base/str.h"

struct sip_param {
    struct str name;
    struct str value; /* the inside of a quoted string, escapes left as they are */
    bool has_value;   /* there was a '=' */
    bool quoted;
};

/* The next parameter of `*rest` (";name=value;name ..."), which is moved behind it. ERR_END at the
 * end of the text or in front of a comma; ERR_MALFORMED otherwise (offsets from the start of
 * *rest). */
enum err sip_param_next(struct str *rest, struct sip_param *ret_param,
                        struct err_at *reterr_at) MUST_CHECK;
/* The next parameter that is well-formed; what is damaged is passed over. False at the end. */
bool sip_param_some(struct str *params, struct sip_param *ret_param);
/* The first parameter of that name (any case) in well-formed or damaged `params`. */
bool sip_param_find(struct str params, struct str name, struct sip_param *ret_param);

/* The next item of a comma list; commas in "quotes" and <brackets> do not count. `*rest` is moved
 * behind the comma. ERR_END when nothing is left. Empty items are skipped (RFC 2616 2.1 lists). */
enum err sip_list_next(struct str *rest, struct str *ret_item) MUST_CHECK;
/* Whether a comma list of tokens (Supported, Allow, Require) has `token`, in any case. */
bool sip_list_has(struct str list, struct str token);

#endif
