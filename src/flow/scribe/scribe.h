/* The log of an emulated phone, in the shape of a real one's: records with number, level, date and thread, dumps of SIP and HTTP, long
 * messages in pieces. Every line is a row of the table that `dialtone diagnose` reads by (share/lines); what no row holds is not written,
 * so a phone never says what no source documents.
 *
 *     1754 INF Aug 10 16:56:46.142687 dnsmasq[564]: query[A] activate.example.com from 127.0.0.1
 *
 * Pure: records go to a function of the caller. */
#ifndef FLOW_SCRIBE_SCRIBE_H
#define FLOW_SCRIBE_SCRIBE_H

#include "base/addr.h"
#include "flow/dissect/lines.h"

enum {
    SCRIBE_KNOWN = 256,  /* places for rows that were looked up; a power of two */
    SCRIBE_PIECE = 1024, /* bytes of a message in one record */
    SCRIBE_TEXT = 65536, /* bytes of a message; what is longer is cut */
};

/* A text that was looked for: its row, or none. */
struct scribe_known {
    const char *tag, *text;
    const struct template *t; /* NULL: no row holds it */
};

struct scribe_out {
    /* A record with its line end; a dump has more lines. */
    void (*record)(void *ctx, struct str text);
    /* A message of the phone's Log_*_Msg templates as a datagram of syslog, 1,024 bytes at most (RFC 3164 4.1; its header without a
     * host name: Syslog_Identifier None). May be NULL. */
    void (*syslog)(void *ctx, struct str datagram);
    void *ctx;
};

/* The caller's memory; fields are the module's own. */
struct scribe {
    const struct lines *lines;
    struct scribe_out out;
    const usec_t *offset; /* what is added to run time for the phone's date */
    uint64_t random;
    usec_t last;     /* of the record before: writing one takes its time */
    unsigned number; /* of the last record; four digits */
    unsigned pid_system, pid_names, pid_voice;
    unsigned tid_system, tid_rules, tid_sip;
    uint64_t written, unknown; /* records; lines that no row holds */
    const char *unknown_text;  /* the last of these */
    uint64_t sip_sent, sip_received, sip_bytes_sent, sip_bytes_received; /* messages told of */
    struct scribe_known known[SCRIBE_KNOWN];
    struct buf text;   /* owned: the message that is written */
    struct buf record; /* owned */
};

/* `lines` and what `offset` points to outlive it. ERR_MEMORY. */
enum err scribe_init(struct scribe *s, const struct lines *lines, struct scribe_out out,
                     const usec_t *offset, uint64_t seed) MUST_CHECK;
void scribe_clear(struct scribe *s);
/* Power on: numbers and processes begin anew. */
void scribe_boot(struct scribe *s);
/* The voice process began anew: its number is higher. */
void scribe_restart(struct scribe *s);

/* -- for handset_cfg, select_cfg and agent_cfg; `scribe` NULL: nothing. */
/* `text`: that of a row, constant; NULL: values[0] is the whole line: a library's own words (tag "raw"), or a message that the phone's
 * configuration words ("voice"). */
void scribe_line(void *scribe, const char *tag, const char *text, const struct str *values,
                 size_t n, usec_t now);
void scribe_message(void *scribe, bool sent, struct str transport, struct endpoint peer,
                    struct str text, usec_t now);
/* A head of HTTP: all of what was sent, the first line of what came (no more of that was ever seen in a log). */
void scribe_head(void *scribe, bool sent, struct str head, usec_t now);

#endif
