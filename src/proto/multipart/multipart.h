/* Forms with files in them, as they are sent: multipart/form-data (RFC 7578, RFC 2046 5.1), read as it comes, however it is cut. Only the
 * head of the part at hand is held, in the reader itself; nothing is allocated. */
#ifndef PROTO_MULTIPART_MULTIPART_H
#define PROTO_MULTIPART_MULTIPART_H

#include "base/err.h"
#include "base/str.h"

enum {
    MULTIPART_BOUNDARY = 70,    /* bytes of a boundary (RFC 2046 5.1.1) */
    MULTIPART_HEAD_MOST = 4096, /* bytes of the head of a part */
    MULTIPART_PARTS_MOST = 100,
};

enum multipart_event {
    MULTIPART_PART, /* one begins: `part` tells which */
    MULTIPART_DATA, /* some of its bytes */
    MULTIPART_END,  /* it is whole */
};

/* Views of the reader's own memory, good until the next part. */
struct multipart_part {
    struct str name; /* of the field */
    struct str
        filename; /* as the sender wrote it, perhaps with folders: never a name of ours. NULL pointer: there is none */
    struct str type; /* Content-Type; empty: none */
};

struct multipart {
    char delimiter[4 + MULTIPART_BOUNDARY]; /* CRLF "--" boundary */
    size_t delimiter_len;
    size_t matched; /* bytes of the delimiter that have come */
    size_t given;   /* of these, those that are no data in any case */
    unsigned state, parts;
    uint64_t read; /* bytes so far */
    struct multipart_part part;
    size_t head_len;
    char head[MULTIPART_HEAD_MOST];
};

/* `type`: the value of the Content-Type field, "multipart/form-data; boundary=...", the boundary in quotes or not. ERR_MISSING: another type.
 * ERR_MALFORMED: no boundary, or none that may be. */
enum err multipart_init(struct multipart *m, struct str type) MUST_CHECK;

/* Takes bytes from the front of `in`.
 *
 * ERR_OK: *ret_event happened; *ret_data is a view of `in` or of the reader; call again. ERR_MORE: `in` is used up. ERR_END: the last
 * part's end has come; what is behind it means nothing. ERR_MALFORMED, ERR_LIMIT: the offset counts from the first byte; every later call is
 * malformed as well. Malformed are: a delimiter with anything but blanks behind it, a part without a field's name, a head with a
 * folded line or a line that is no field. */
enum err multipart_next(struct multipart *m, struct str *in, enum multipart_event *ret_event,
                        struct str *ret_data, struct err_at *reterr_at) MUST_CHECK;

/* Whether the form was whole when the body ended. */
bool multipart_whole(const struct multipart *m);

#endif
