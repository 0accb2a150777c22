/* Reading a whole SIP message (RFC 3261 7): start line, header fields, body. Views into the
 * caller's text; nothing is copied or allocated. */
#ifndef PROTO_SIP_SIP_H
#define PROTO_SIP_SIP_H

#include "base/err.h"
#include "base/str.h"
#include "proto/sip/sip_header.h"

enum { SIP_FIELDS_MOST = 128 };    /* header fields in a message; one more is ERR_LIMIT */
enum { SIP_MESSAGE_MOST = 65535 }; /* bytes of a message (RFC 3261 18.1.1) */

enum sip_mode {
    SIP_STRICT,  /* from the network */
    SIP_LENIENT, /* from a log: redacted, cut, with addresses stripped */
};

struct sip_field {
    enum sip_header id;
    struct str name;  /* as written, perhaps compact */
    struct str value; /* without blanks at its ends; folded lines are spanned with their CRLF */
    size_t
        raw_offset; /* of the name's first byte in the text read; in the raw log for siplog_read */
    uint8_t next;   /* the place of the next one with this id, plus 1; 0: none */
};

struct sip_msg {
    bool request;
    enum sip_mode mode;
    struct str method; /* request */
    struct str uri;    /* request: the Request-URI; empty where a log lost it */
    unsigned status;   /* response: 100 to 699; 0 where a log lost it */
    struct str reason; /* response; may be empty */
    struct str
        version; /* "SIP/2.0"; whether it is 2.0 is sip_check's matter (505); empty when lost */
    struct str start;             /* the whole start line without its CRLF */
    size_t start_raw;             /* offset of the start line, as raw_offset */
    size_t n;                     /* of fields[] */
    uint8_t first[SIP_OTHER + 1]; /* by id: the place of the first such field, plus 1; 0: none */
    uint8_t last[SIP_OTHER + 1];  /* where there is a first */
    struct sip_field fields[SIP_FIELDS_MOST]; /* in their order */
    struct str body;
    bool has_length; /* a Content-Length was given; a stream needs it (RFC 3261 18.3) */
    bool cut;        /* lenient only: the message ends before it should */
    size_t len;      /* bytes of the text that are this message, CRLFs before it included */
};

/* Reads one message at the start of `text`, strictly.
 *
 * ERR_MORE: the text ends before the header or the body does (a datagram that ends so is malformed,
 * RFC 3261 18.3). ERR_MALFORMED and ERR_LIMIT: see *reterr_at. ERR_END: nothing but CRLFs
 * (keepalive). Structure only: which fields must be there is sip_check's matter, what is in them
 * that of the field readers. A body without Content-Length reaches to the end of `text`. */
enum err sip_read(struct str text, struct sip_msg *ret_msg, struct err_at *reterr_at) MUST_CHECK;

/* The same for a clean text out of a log (siplog_unfold): lines that are no header fields are
 * passed over, a missing Request-URI or status is left empty, the end may come anywhere
 * (ret_msg->cut). ERR_MALFORMED only when the first line is no start line at all, ERR_LIMIT past
 * the table, which then holds the first ones. */
enum err sip_read_lenient(struct str text, struct sip_msg *ret_msg,
                          struct err_at *reterr_at) MUST_CHECK;

/* The rules that span fields (RFC 3261 8.1.1, 8.2, 7.3.1): mandatory fields there, those that may
 * stand once only once, CSeq, From, To and the top Via well-formed, CSeq's method that of the
 * request. Offsets of *reterr_at count from msg->start. */
enum err sip_check(const struct sip_msg *msg, struct err_at *reterr_at) MUST_CHECK;

/* The first field `id`, or NULL. */
static inline const struct sip_field *sip_find(const struct sip_msg *msg, enum sip_header id)
{
    return msg->first[id] ? &msg->fields[msg->first[id] - 1] : NULL;
}

/* The next field of the same id behind `prev`, or NULL. */
static inline const struct sip_field *sip_find_next(const struct sip_msg *msg,
                                                    const struct sip_field *prev)
{
    return prev->next ? &msg->fields[prev->next - 1] : NULL;
}

/* The value of the first field `id`, or an empty view with a NULL pointer. */
static inline struct str sip_value(const struct sip_msg *msg, enum sip_header id)
{
    const struct sip_field *f = sip_find(msg, id);
    return f ? f->value : str_of(NULL, 0);
}

#endif
