/* The log of a phone, cut into records. A record is
 *     1754 INF Aug 10 16:56:46.142687 (975-1286) voice-text
 * with relatives: a colon in the thread field or no such field (enterprise loads), no date and a
 * colon behind the number (79xx), no number (pieces of long messages), and the bare text of the
 * phone's log messages behind a syslog header. Lines that are no record belong to the one above. */
#ifndef PROTO_LOGCAT_LOGCAT_H
#define PROTO_LOGCAT_LOGCAT_H

#include "base/err.h"
#include "base/str.h"
#include "base/time.h"

enum logcat_dialect {
    LOGCAT_MPP,        /* (pid-tid), or no thread field */
    LOGCAT_ENTERPRISE, /* (pid:tid) */
    LOGCAT_TNP,        /* 79xx: "12: NOT 03:43:03.123456 TAG: text" */
    LOGCAT_SYSLOG,     /* network syslog: what a Log_*_Msg template says */
};

enum logcat_level {
    LOGCAT_DEB,
    LOGCAT_INF,
    LOGCAT_NOT,
    LOGCAT_WRN,
    LOGCAT_ERR,
    LOGCAT_CRT,
    LOGCAT_ALR,
    LOGCAT_EMG,
};

struct logcat_record {
    struct str line; /* the line as it stands, without line end; a glued record: its part of it */
    uint64_t line_no;
    uint64_t offset; /* of the line in the text, in bytes */
    uint32_t col;    /* where this record begins within its line (not 0: it was glued) */
    uint32_t seq;
    bool has_seq;
    bool glued;      /* another record stands on the same line */
    uint8_t dialect; /* enum logcat_dialect */
    uint8_t level;   /* enum logcat_level */
    uint8_t month;   /* 1 to 12; 0: the record tells no date */
    uint8_t day;
    usec_t tod;   /* time of day; USEC_NONE: the record tells none */
    uint32_t pid; /* of the thread field, or of daemon[pid] */
    uint32_t tid;
    struct str tag;  /* "voice", "dnsmasq", "DHCP"; empty for a raw text */
    bool daemon;     /* "tag[pid]: text" rather than "tag-text" */
    struct str text; /* behind the tag, without ^M, CR and blanks at its end; other blanks as ' ' */
    struct str raw;  /* the same, to the very end of the line, with its ^M */
};

struct logcat_visitor {
    void *ctx;
    /* Views are good until the call returns. */
    void (*record)(void *ctx, const struct logcat_record *r);
    /* A line that is no record; `line` without its line end. Empty lines too. */
    void (*other)(void *ctx, struct str line, uint64_t line_no, uint64_t offset);
};

enum { LOGCAT_LINE_MOST = 65536 }; /* bytes of a line; what stands behind them is passed over */

struct logcat {
    struct logcat_visitor v;
    uint64_t line_no;   /* lines finished */
    uint64_t offset;    /* bytes finished */
    uint64_t cut_lines; /* lines over LOGCAT_LINE_MOST */
    uint64_t records;
    uint64_t nuls; /* NUL bytes seen */
    char *carry;   /* the head of a line that the last bytes did not end; owned */
    char *clean;   /* a line with its odd blanks made plain; owned */
    size_t carried;
    bool skipping; /* inside the rest of an over-long line */
    uint64_t skipped;
};

/* ERR_MEMORY is the only failure. */
enum err logcat_init(struct logcat *l, struct logcat_visitor v) MUST_CHECK;
/* Takes the next bytes; however they are cut, the records are the same. */
void logcat_feed(struct logcat *l, struct str bytes);
/* The text ends here: a last line without line end counts. */
void logcat_end(struct logcat *l);
void logcat_clear(struct logcat *l);

/* One line on its own. False when it is no record. Fills all but line_no and offset. `clean` needs
 * LOGCAT_LINE_MOST bytes. */
bool logcat_read(struct str line, char *clean, struct logcat_record *ret_r);

/* What tells the order of pieces of a log. */
struct logcat_key {
    uint32_t seq;
    uint8_t month;
    uint8_t day;
    usec_t tod;
    bool valid; /* the piece has a record with a date */
};
/* The first dated record in `head`. False when there is none. */
bool logcat_peek(struct str head, struct logcat_key *ret_key);

const char *logcat_level_name(unsigned level);

#endif
