/* Comma-separated values (RFC 4180), record by record. Pure: views into the caller's bytes. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/err.h"
#include "base/str.h"

enum { CSV_FIELDS = 16, CSV_FIELD_MOST = 4096 };

struct csv {
    struct str rest;  /* what was not read yet */
    size_t line;      /* of the record that was read last, from 1 */
    size_t next_line; /* where the next one begins */
    size_t n;
    struct str field[CSV_FIELDS];
    bool quoted[CSV_FIELDS]; /* the field is the inside of quotes, "" still doubled: csv_value */
};

/* `text` must outlive the reader; a byte order mark at its start is passed over. */
void csv_init(struct csv *c, struct str text);
/* The next record that is not an empty line. Lines end with CRLF or LF. ERR_END. ERR_MALFORMED: a quote inside a
 * field that is not quoted, or text behind the closing one; a closing one that is missing; a control character;
 * more than CSV_FIELDS fields, one longer than CSV_FIELD_MOST. reterr_at->what says it, c->line where; reading
 * goes on with the next line. */
enum err csv_next(struct csv *c, struct err_at *reterr_at) MUST_CHECK;
/* The field's text, quotes resolved into `room` (CSV_FIELD_MOST bytes) where there are any. */
struct str csv_value(const struct csv *c, size_t i, char *room);

#endif
