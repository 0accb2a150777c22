/* Lines of raw log text, and the clean text they go to. Inside the module only. */
#ifndef PROTO_SIP_SIPLOG_LINE_H
#define PROTO_SIP_SIPLOG_LINE_H

#include "proto/sip/siplog.h"

/* What ends a SIP line in this log. */
enum siplog_mark {
    SIPLOG_NO_MARK, /* nothing does: no CR at all, or one on every line, noise included */
    SIPLOG_CARET,   /* "^M"; real CRs are the copy's */
    SIPLOG_CR,      /* CR, which the noise between has not */
};

struct siplog_line {
    struct str text; /* without blanks at its ends, CRs and "^M" */
    size_t offset;   /* of text in the raw text */
    bool cr;         /* it ended in the log's mark */
};

enum siplog_mark siplog_line_mark(struct str raw);
/* The line at `*at`, which is moved behind it; false at the end. A line ends at LF, and behind a
 * "^M" or CR in the middle too (logs whose LFs were lost). */
bool siplog_line_next(struct str raw, enum siplog_mark mark, size_t *at,
                      struct siplog_line *ret_line);
/* "name:" at the start; ret_value is the offset behind the colon. */
bool siplog_line_name(struct str text, struct str *ret_name, size_t *ret_value);
/* The token in front of the ':' is the scheme of a URI. */
bool siplog_line_is_uri(struct str text);
/* A whole start line. */
bool siplog_line_is_start(struct str text);

struct siplog_out {
    char *p;
    size_t len;
    size_t cap;
    bool full;
};

struct siplog_run {
    struct str text;
    size_t raw; /* its offset in the raw text */
};

/* Appends as it is. When there is no room, nothing more is ever appended but line ends that were
 * kept free. */
void siplog_out_add(struct siplog_out *o, struct str s);
/* Appends text of the log and maps it: Unicode blanks become ' ', control characters '?',
 * <PLACEHOLDER> loses its brackets. */
void siplog_out_run(struct siplog_out *o, struct siplog_map *map, struct siplog_run run);

#endif
