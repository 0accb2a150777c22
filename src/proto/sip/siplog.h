/* SIP as it stands in a phone's log: "^M" for CR, blanks and page breaks between the lines, header
 * fields cut in the middle, addresses stripped or redacted. */
#ifndef PROTO_SIP_SIPLOG_H
#define PROTO_SIP_SIPLOG_H

#include "proto/sip/sip.h"

enum { SIPLOG_MOST = 65536 };  /* bytes of raw text that are read */
enum { SIPLOG_PIECES = 1024 }; /* runs of text that stand together in the log */
/* Room that any raw text of `n` bytes needs when it is clean. */
#define SIPLOG_ROOM(n) (2 * (size_t)(n) + 4)

/* Where the clean text stood in the raw one: runs in rising order of both. */
struct siplog_map {
    size_t n;
    struct {
        uint32_t clean;    /* offset of the run in the clean text */
        uint32_t raw;      /* its offset in the raw text */
    } runs[SIPLOG_PIECES]; /* when it is full, the last run stands for all that follow */
    size_t len; /* bytes of raw text that belong to the message; another start line ends it */
    bool cut;   /* the text ended inside a field, or there was no more room */
};

/* Makes a clean message with CRLF out of raw text that starts with the start line (blanks before it
 * are fine). Never fails; returns the length written to `out` (at most `cap`), 0 when there was no
 * text. */
size_t siplog_unfold(struct str raw, char *out, size_t cap, struct siplog_map *ret_map);
/* The raw offset of a clean one. */
size_t siplog_raw(const struct siplog_map *map, size_t clean);

struct siplog {
    struct str text;    /* the clean message: in the caller's buffer, or `raw` itself where that is
                         * clean but for its line ends */
    struct sip_msg msg; /* views into text; raw_offset and start_raw are offsets in the raw text */
    struct siplog_map map;
};

/* siplog_unfold and sip_read_lenient in one. `out` has room for `cap` bytes (SIPLOG_ROOM) and must
 * outlive the views. ERR_MALFORMED: there is no start line (*reterr_at counts in the raw text). */
enum err siplog_read(struct str raw, char *out, size_t cap, struct siplog *ret_log,
                     struct err_at *reterr_at) MUST_CHECK;
/* The raw offset of a view into log->text (a tag, an expires parameter ...). */
size_t siplog_where(const struct siplog *log, struct str view);

#endif
