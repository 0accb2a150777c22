/* Reading the head of an HTTP/1.x message (RFC 9112 2 to 6): start line, header fields, and what
 * they say of the body. Views into the caller's bytes; nothing is copied or allocated. Where two
 * readers could differ about where a message ends, it is refused. */
#ifndef PROTO_HTTP_HTTP_H
#define PROTO_HTTP_HTTP_H

#include "base/err.h"
#include "base/str.h"

enum { HTTP_HEAD_MOST = 65536 }; /* bytes of a head; more is ERR_LIMIT */
enum { HTTP_FIELDS_MOST = 100 }; /* header fields in a head; one more is ERR_LIMIT */
enum { HTTP_METHOD_MOST = 32 };  /* bytes of a method */

enum http_header {
#define HEADER(id, name) HTTP_##id,
#include "proto/http/http_header.def"
#undef HEADER
    HTTP_HEADER_N, /* how many are known */
    HTTP_OTHER = HTTP_HEADER_N,
};

struct http_field {
    enum http_header id;
    struct str name;  /* as written */
    struct str value; /* without blanks at its ends */
};

/* How the fields of a head frame the body; what the status and the method of the request do to it
 * is http_body_init's matter. */
enum http_framing {
    HTTP_UNFRAMED, /* neither field: a request has no body, a response reaches to the close */
    HTTP_LENGTH,   /* Content-Length */
    HTTP_CHUNKED,  /* Transfer-Encoding that ends with chunked */
};

struct http_head {
    bool request;
    unsigned minor;     /* HTTP/1.minor: 0 or 1 (a higher one is read as 1, RFC 9110 2.5) */
    struct str method;  /* request */
    struct str target;  /* request */
    unsigned status;    /* response: 100 to 999 */
    struct str reason;  /* response; may be empty */
    struct str version; /* "HTTP/1.1" */
    enum http_framing framing;
    uint64_t length; /* HTTP_LENGTH: bytes of the body */
    bool close;      /* the connection ends behind this message (RFC 9112 9.3) */
    size_t len;      /* bytes of the head: empty lines before it and the one behind it included */
    size_t n;        /* of fields[] */
    struct http_field fields[HTTP_FIELDS_MOST]; /* in their order */
};

/* Reads the head at the start of `bytes`.
 *
 * ERR_MORE: the head is not all there. ERR_MALFORMED: *reterr_at tells; also told early, as soon as
 * the first bytes can be no start line, so that bytes of another protocol are not waited upon.
 * ERR_LIMIT: a head of more than HTTP_HEAD_MOST bytes or HTTP_FIELDS_MOST fields. ERR_END: nothing
 * but empty lines, of which up to two are passed (RFC 9112 2.2).
 *
 * Malformed are: a line that does not end with CRLF (RFC 9112 2.2), a folded line (5.2), a blank
 * between name and ':' (5.1), control characters in a value, Content-Length that is no number or
 * comes with two numbers (6.3), Content-Length beside Transfer-Encoding (6.1), chunked that is not
 * last or stands twice (7.1), Transfer-Encoding in HTTP/1.0, two Host (3.2). */
enum err http_head_read(struct str bytes, struct http_head *ret_head,
                        struct err_at *reterr_at) MUST_CHECK;

/* What a server must refuse although it reads well (RFC 9112 3.2): HTTP/1.1 without Host, a Host
 * that is no host, a target of a form that the method cannot have. Offsets count from the first
 * byte of the method. */
enum err http_request_check(const struct http_head *head, struct err_at *reterr_at) MUST_CHECK;

/* The header of that name, letters in any case; HTTP_OTHER when it is not known. */
enum http_header http_header_id(struct str name);
/* The name as the standard spells it; "" for HTTP_OTHER. */
struct str http_header_name(enum http_header id);

/* The first field `id`, or NULL. */
const struct http_field *http_find(const struct http_head *head, enum http_header id);
/* The next field of the same id behind `prev`, or NULL. */
const struct http_field *http_find_next(const struct http_head *head,
                                        const struct http_field *prev);
/* The value of the first field `id`; an empty view with a NULL pointer when there is none. */
struct str http_value(const struct http_head *head, enum http_header id);
/* Whether a field `id` has `member` in its list, letters in any case (RFC 9110 5.6.1). */
bool http_lists(const struct http_head *head, enum http_header id, struct str member);
/* The next member of a list of words, empty ones passed; false at the end. Moves `rest`. Quoted
 * strings are not known here. */
bool http_list_next(struct str *rest, struct str *ret_member);

#endif
