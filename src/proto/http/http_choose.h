/* What fits a request: its conditions (RFC 9110 13), the codings and languages it takes (RFC 9110 12.5). */
#ifndef PROTO_HTTP_CHOOSE_H
#define PROTO_HTTP_CHOOSE_H

#include "proto/http/http.h"

enum http_method {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_OPTIONS,
    HTTP_METHOD_OTHER,
};

enum http_method http_method_of(struct str method);

enum http_condition {
    HTTP_GO_ON,
    HTTP_NOT_MODIFIED,        /* answer 304 */
    HTTP_PRECONDITION_FAILED, /* answer 412 */
};

/* Whether the list of an If-Match (strong) or If-None-Match field names `etag`, which has its quotes; "*" names every one. */
bool http_etag_listed(struct str list, struct str etag, bool strong);
/* What If-Match and If-None-Match make of the request where `etag` is what there is now; empty: nothing is there. Dates are not
 * looked at. */
enum http_condition http_condition(const struct http_head *head, struct str etag);

/* Whether Accept-Encoding takes gzip. */
bool http_takes_gzip(const struct http_head *head);

/* The index of that of `offers` ("en", "ja") which Accept-Language likes best: "ja-JP" takes "ja", q-values count, of two as good the
 * one that stands first there. 0 where it names none of them. */
size_t http_language(const struct http_head *head, const char *const *offers, size_t n);

#endif
