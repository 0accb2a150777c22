/* One run of `dialtone redact`. Between the files of this module. */
#ifndef APP_REDACT_JOB_H
#define APP_REDACT_JOB_H

#include <signal.h>

#include "app/gather/gather.h"
#include "app/know/know.h"
#include "flow/redact/redact.h"
#include "io/out/spool.h"

enum {
    JOB_HEAD = 4096, /* bytes by which text is told from other things */
    JOB_NAME = 1024,
    JOB_PIECES = 20000,
    JOB_REPORT = 16 << 20, /* bytes */
};

/* A file of the input: a plain one, or a member of an archive. */
struct job_piece {
    char *name;       /* owned; the original one until job_replace */
    uint64_t at, len; /* in the spools; the same in both */
    unsigned group;
    bool whole;
    const char *left_out; /* why; NULL: it is in the copy */
};

struct job {
    const struct cli_args *args;
    struct know know;
    struct redact *redact;
    struct gather *gather;
    struct spool original, copy;
    struct job_piece *pieces; /* owned */
    size_t n, cap;
    uint64_t at; /* bytes in the spool of originals */
    /* The piece that is read. */
    size_t head_len;
    bool decided;
    uint64_t problems; /* told on standard error: something of the input is missing */
    enum err failed;   /* what the end of a piece met */
    char head[JOB_HEAD];
};

/* Set by a signal. */
extern volatile sig_atomic_t job_interrupted;

/* Reads all inputs into the spool, and what identifies into the table. Tells on standard error what
 * is wrong. ERR_MISSING: interrupted. */
enum err job_read(struct job *j) MUST_CHECK;
/* Writes the copy into its spool, and replaces in the names. */
enum err job_replace(struct job *j) MUST_CHECK;
/* Looks for originals in the copy. ERR_MALFORMED after telling where one is left. */
enum err job_check(struct job *j) MUST_CHECK;
/* One text that goes with the copy. */
enum err job_check_text(struct job *j, const char *name, struct str text) MUST_CHECK;

/* Where the copy goes when nobody said: in the current folder, the name without identities. */
enum err job_name(struct job *j, bool plain, bool whole_case, char ret_name[JOB_NAME]) MUST_CHECK;
/* Whether the input was one plain file. */
bool job_plain(const struct job *j);
/* The copy as a plain text, or as tar.gz; with the report and the manifest for --case. */
enum err job_write_plain(struct job *j, struct sink *out) MUST_CHECK;
enum err job_write_archive(struct job *j, bool whole_case, struct sink *out) MUST_CHECK;
/* The piece's name in the archive: relative, without "..", members below their archive; in a case
 * below "logs". */
void job_member_name(const struct job *j, size_t i, bool below, char out[JOB_NAME]);
/* The private table. */
void job_write_map(struct job *j, struct sink *out);

/* For --case (case.c). */
enum err job_report(struct job *j, bool json, struct buf *out) MUST_CHECK;
enum err job_manifest(struct job *j, struct buf *out) MUST_CHECK;

#endif
