/* What a request's target names: path, query, and the form that a body may have like a query (RFC 3986 2.1, 5.2.4; URL Standard
 * 5.1 for application/x-www-form-urlencoded). Decoded bytes go into the caller's room; where two readers could take one
 * name for two, it is refused. */
#ifndef PROTO_HTTP_URI_H
#define PROTO_HTTP_URI_H

#include "base/err.h"
#include "base/sink.h"
#include "base/str.h"

/* Path and query of a target in origin or absolute form. *ret_path lies in `room`: it begins with '/', is decoded, and its "." and
 * ".." segments are resolved, also those that were encoded. *ret_query is a view of `target`: raw, without its '?'.
 *
 * ERR_MALFORMED: no path; '%' without two digits; an encoded '/', '\' or control character, or a plain '\' or '#'; ".." above the
 * root. ERR_LIMIT: the path is longer than `cap`. */
enum err http_target_read(struct str target, char *room, size_t cap, struct str *ret_path,
                          struct str *ret_query) MUST_CHECK;

/* The next segment of a path, without its '/'; false at the end. "/a/" has the segments "a" and "". Moves `rest`. */
bool http_path_next(struct str *rest, struct str *ret_segment);

/* The next "name=value" of a query or of a form, both decoded into `room` ('+' is a blank); without '=' the value is empty. Moves
 * `rest`. ERR_END; ERR_MALFORMED: '%' without two digits, or %00; ERR_LIMIT: it needs more than `cap` bytes. */
enum err http_query_next(struct str *rest, char *room, size_t cap, struct str *ret_name,
                         struct str *ret_value) MUST_CHECK;
/* The first value called `name`. False: there is none, or something before it is damaged. */
bool http_query_find(struct str query, struct str name, char *room, size_t cap,
                     struct str *ret_value);

/* All of `in` without its percent signs; `plus`: '+' is a blank. ERR_MALFORMED, ERR_LIMIT as above. */
enum err http_percent_read(struct str in, bool plus, char *room, size_t cap,
                           struct str *ret) MUST_CHECK;
/* Everything but letters, digits and "-._~" as %XX. */
void http_percent_write(struct sink *out, struct str s);

#endif
