/* Facts as lines of text: what a live probe saw or servers wrote in their journal, saved and read again.
 *
 *     # dialtone record 1 probe HOST TIME
 *     TIME KIND FIELD=VALUE FIELD="VALUE WITH BLANKS" ...
 *
 * Times are RFC 3339, UTC, microseconds. Kinds and fields are those of docs/facts.md. Inside quotes \" \\ \n
 * \r \t and \xNN stand for what they do elsewhere. Secret fields are never written. Unknown kinds and fields
 * are passed over and counted, so that an older program reads a newer record. */
#ifndef FLOW_RECORD_RECORD_H
#define FLOW_RECORD_RECORD_H

#include "base/sink.h"
#include "domain/fact/fact.h"

enum { RECORD_VERSION = 1, RECORD_LINE = 8192 };

/* How every record begins. */
#define RECORD_MAGIC "# dialtone record "

/* The head line. `source`: "probe", "journal". Blanks in `host` are replaced. */
void record_write_head(struct sink *out, const char *source, struct str host, usec_t start);
/* One line. Values are cut so that the line fits RECORD_LINE. `f` NULL: the time alone, for what was waited for
 * and did not come. */
void record_write(struct sink *out, usec_t when, const struct fact *f);

struct record_sink {
    void *ctx;
    /* Every line with a time, before its fact. */
    void (*mark)(void *ctx, const struct mark *m);
    /* Views are good until the call returns. */
    void (*fact)(void *ctx, const struct fact *f);
};

struct record {
    struct record_sink sink;
    uint32_t file;
    uint32_t *order;    /* of the last line; rises over all files; the caller's */
    uint32_t line_no;   /* of the line that is read, from 1 */
    uint64_t records;   /* lines that were a fact, or of a kind that is not known */
    uint64_t skipped;   /* lines that were no fact: unknown kind, no time, too long */
    uint64_t fields;    /* that were passed over */
    enum source source; /* SOURCE_PROBE, unless the head names the journal */
    bool newer;         /* the head names a version above RECORD_VERSION */
    bool over;          /* the line is longer than RECORD_LINE: passed over */
    size_t len;         /* bytes of the line so far */
    char line[RECORD_LINE];
    char value[RECORD_LINE]; /* quoted values, resolved */
};

/* A file begins. `order` is risen with every line. */
void record_begin(struct record *r, struct record_sink sink, uint32_t file, uint32_t *order);
/* Whatever the bytes are cut into, the facts are the same. */
void record_feed(struct record *r, struct str bytes);
/* The last line may lack its line end. */
void record_end(struct record *r);

#endif
