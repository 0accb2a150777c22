/* Goes through a text line by line, shows each line to a visitor that may change its bytes, and
 * passes them on. Long messages are logged in pieces of 1,024 bytes, each with a head of its own:
 * where one piece ends and the next of the same thread begins, the visitor is shown the two sides as
 * one. Whatever the bytes are cut into, the visitor is shown the same. */
#ifndef FLOW_REDACT_WALK_H
#define FLOW_REDACT_WALK_H

#include "base/sink.h"

enum {
    WALK_LINE = 32 * 1024,    /* bytes; longer lines are shown in parts */
    WALK_BUFFER = 512 * 1024, /* bytes held at most */
    WALK_SIDE = 1500,         /* bytes shown of either side of a seam */
    WALK_PIECE = 512,         /* bytes of a record that may go on in the next */
    WALK_OPEN = 16,           /* pieces whose next one is awaited, and records to wait for it */
};

enum {
    WALK_OPEN_START = 1, /* the first word of the text may have begun before it */
    WALK_OPEN_END = 2,   /* the last word may go on */
    WALK_SEAM = 4,       /* two sides of a seam */
};

struct walk_visitor {
    void *ctx;
    /* `p` may be changed. `line` counts from 1; of a seam it is that of its end. */
    void (*text)(void *ctx, char *p, size_t len, unsigned flags, uint64_t line);
};

/* The end of a piece. Offsets are in the buffer. */
struct walk_end {
    bool used;
    size_t from, to;
    uint32_t pid, tid;
    uint8_t tag_len;
    char tag[16];
    uint64_t born; /* as records */
    uint64_t line;
};

struct walk {
    struct walk_visitor v;
    struct sink *out; /* may be NULL */
    char *buf;        /* [WALK_BUFFER], owned */
    char *clean;      /* for the log reader, owned */
    size_t len;
    size_t scanned; /* bytes whose lines were found */
    /* The last line found, not shown yet: only the next one tells whether its record goes on. */
    struct {
        bool used;
        size_t from, to; /* without line end */
        unsigned flags;
        uint64_t line;
    } held;
    /* The record that the held line belongs to. */
    struct {
        bool used;
        uint32_t pid, tid;
        uint8_t tag_len;
        char tag[16];
        size_t bytes;
    } record;
    struct walk_end ends[WALK_OPEN];
    uint64_t records;
    uint64_t lines;
    bool long_line; /* inside a line over WALK_LINE */
};

enum err walk_init(struct walk *w, struct walk_visitor v) MUST_CHECK;
void walk_clear(struct walk *w);
void walk_begin(struct walk *w, struct sink *out);
void walk_feed(struct walk *w, struct str bytes);
void walk_end(struct walk *w);

#endif
