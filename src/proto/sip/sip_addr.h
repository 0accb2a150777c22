/* name-addr and addr-spec with parameters: From, To, Route, Path ... (RFC
 * 3261 20.10, 20.20, 20.39). */
#ifndef PROTO_SIP_ADDR_H
#define PROTO_SIP_ADDR_H

#include "proto/sip/sip.h"
#include "proto/sip/sip_param.h"

struct sip_addr {
    struct str display; /* inside of the quotes, or the words before '<'; may be empty */
    struct str uri;     /* not looked into; SIP_LENIENT: empty where the log lost it */
    bool angle;         /* the URI stood in <> */
    struct str params;  /* those of the field, from the first ';'; or empty */
    struct str tag;     /* empty without one */
    struct str raw;     /* all of the item, without the comma behind it */
};

/* The next address of a comma list; `*rest` is moved behind it and its comma. ERR_END when nothing
 * is left. Offsets of *reterr_at count from the start of *rest. */
enum err sip_addr_next(struct str *rest, enum sip_mode mode, struct sip_addr *ret_addr,
                       struct err_at *reterr_at) MUST_CHECK;
/* `value` as exactly one address (From, To). An empty value is ERR_MALFORMED when strict. */
enum err sip_addr_read(struct str value, enum sip_mode mode, struct sip_addr *ret_addr,
                       struct err_at *reterr_at) MUST_CHECK;

#endif
