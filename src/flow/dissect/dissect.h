/* From the bytes of a log to facts: records, the messages that stand below them, the identities in
 * them. Whatever the bytes are cut into, the facts are the same. */
#ifndef FLOW_DISSECT_DISSECT_H
#define FLOW_DISSECT_DISSECT_H

#include "flow/dissect/memo.h"
#include "proto/digest/digest.h"
#include "proto/logcat/logcat.h"

/* Whether a secret that was given makes the response of some credentials. */
enum dissect_secret { DISSECT_SECRET_UNKNOWN, DISSECT_SECRET_RIGHT, DISSECT_SECRET_WRONG };

struct dissect_sink {
    void *ctx;
    /* Every record, before its fact. */
    void (*mark)(void *ctx, const struct mark *m);
    /* Views are good until the call returns. */
    void (*fact)(void *ctx, const struct fact *f);
    /* NULL when no secret was given. */
    enum dissect_secret (*secret)(void *ctx, const struct digest *d, struct str method);
    void *secret_ctx;
};

enum { DISSECT_MESSAGE_MOST = 65536 };

struct dissect {
    const struct lines *lines;
    struct memo *memo; /* owned */
    struct dissect_sink sink;
    struct logcat log;
    uint32_t file;
    uint32_t order;      /* of the last record; rises over all files */
    uint64_t text_lines; /* lines that were no record and belonged to none */
    uint64_t glued;
    /* The last record. */
    struct mark mark;
    enum { DISSECT_NOTHING, DISSECT_EMPTY, DISSECT_HTTP, DISSECT_SIP } below; /* what may follow */
    /* A SIP message whose lines are still coming. */
    struct {
        bool open;
        bool joined_cut; /* the last piece ended inside a line */
        uint32_t tid;
        unsigned age; /* records of others since its last piece */
        struct fact fact;
        char *raw; /* [DISSECT_MESSAGE_MOST], owned */
        size_t len;
        char *clean; /* owned */
        char line[512];
        char values[128]; /* of its head line, where that is not plain */
        char tag[16];
        size_t tag_len;
    } sip;
    char http_agent[160];
};

/* `lines` must outlive it. ERR_MEMORY is the only failure. */
enum err dissect_init(struct dissect *d, const struct lines *lines,
                      struct dissect_sink sink) MUST_CHECK;
/* A file begins: `file` is its index, lines count from 1 again. */
void dissect_begin(struct dissect *d, uint32_t file);
void dissect_feed(struct dissect *d, struct str bytes);
/* The file ends; returns how many records it had. */
uint64_t dissect_end(struct dissect *d);
void dissect_clear(struct dissect *d);

/* A SIP message that no log carried, whole: its facts as those of a log, read where `head` was.
 * `head` is of kind FACT_SIP_REQUEST when the phone sent it, FACT_SIP_RESPONSE when it received it,
 * with the fields address, port and transport of the server. */
void dissect_message(struct dissect *d, const struct fact *head, struct str message);
/* Identities in a callhome URL or path, a DHCP host name, a log message. */
void dissect_identity(struct dissect *d, const struct fact *f);

/* Between the files of this module. */

/* The message is complete: reads it and tells its facts. */
void dissect_sip_flush(struct dissect *d);
/* Identities in a User-Agent. */
void dissect_agent(struct dissect *d, const struct fact *base, struct str agent);
void dissect_tell(struct dissect *d, const struct fact *f);

#endif
