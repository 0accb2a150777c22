/* The bytes of answers: heads and the framing of chunks (RFC 9112 4, 7.1). */
#ifndef FLOW_HTTPD_HTTPD_WRITE_H
#define FLOW_HTTPD_HTTPD_WRITE_H

#include "flow/httpd/httpd.h"

struct httpd_head {
    unsigned status;  /* 200 to 599 */
    struct str date;  /* "Date: ...\r\n" (httpd_date); empty: none */
    const char *type; /* Content-Type; NULL: none */
    struct str etag;  /* with its quotes; empty: none */
    bool
        gzip; /* Content-Encoding, and "-gz" at the end of the ETag: another representation, another strong tag */
    bool vary;           /* Vary: Accept-Encoding */
    struct str fields;   /* whole lines, each with its CRLF */
    struct str standing; /* more of them, the same for all answers of a listener */
    uint64_t length;     /* of the body; HTTPD_UNKNOWN: chunked, or until the end for HTTP/1.0 */
    unsigned minor;      /* of the request */
    bool close;
};

/* Bytes of the head with its empty line; 0: `cap` are too few. 204 and 304 have no length. */
size_t httpd_head_write(const struct httpd_head *a, char *room, size_t cap);

enum { HTTPD_DATE = 40, HTTPD_CHUNK = 20 };
/* "Date: Sun, 06 Nov 1994 08:49:37 GMT" and CRLF. */
struct str httpd_date(usec_t date, char room[HTTPD_DATE]);
/* What stands before the `len` bytes of a chunk; behind them stands CRLF. */
struct str httpd_chunk(size_t len, char room[HTTPD_CHUNK]);
#define HTTPD_LAST_CHUNK "0\r\n\r\n"
#define HTTPD_CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"

/* "Not Found"; "Status" for one that is not known. */
const char *httpd_reason(unsigned status);

/* The ETag of the compressed variant into room: "\"abc-gz\"". Empty where it does not fit. */
struct str httpd_etag_gzip(struct str etag, char *room, size_t cap);

#endif
