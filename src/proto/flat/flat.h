/* Elements with text of an XML document without more structure than that: the flat-profile that phones report (docs/sources.md: AGR). No XML
 * reader: no namespaces, no document types, and tags are not held against each other. */
#ifndef PROTO_FLAT_FLAT_H
#define PROTO_FLAT_FLAT_H

#include "base/err.h"
#include "base/str.h"

/* The next element that holds text only, or nothing; elements around it are passed over. The name is a view of the document, the
 * value lies in `room`, its references resolved. Moves `rest`.
 * ERR_END; ERR_MORE: the document ends within a tag; ERR_MALFORMED: a document type, a name that is none, a reference that is not known, a
 * byte 0 (the offset counts from the start of `rest`); ERR_LIMIT: the value needs more than `cap` bytes. */
enum err flat_next(struct str *rest, char *room, size_t cap, struct str *ret_name,
                   struct str *ret_value, struct err_at *reterr_at) MUST_CHECK;

#endif
