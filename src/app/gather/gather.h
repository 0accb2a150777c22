/* The inputs of a command line as pieces of evidence, in an order that makes sense: what belongs
 * together comes together as a group, and pieces of a rotated log come oldest first, whatever
 * they are called. */
#ifndef APP_GATHER_GATHER_H
#define APP_GATHER_GATHER_H

#include "io/archive/archive.h"

enum gather_kind {
    GATHER_FILE,    /* content to be looked at; may be compressed */
    GATHER_CAPTURE, /* pcap or pcapng */
    GATHER_ARCHIVE, /* tar or zip, may be compressed */
    GATHER_STREAM,  /* standard input or a pipe: known only while it is read */
    GATHER_UNREADABLE,
    GATHER_DUPLICATE, /* the same file was given before, by this or another name */
};

/* One file: given on the command line, or found in a folder that was. */
struct gather_input {
    char *path; /* owned by the gather */
    enum gather_kind kind;
    uint64_t size;     /* bytes on disk, or of a stream, once it was read */
    uint64_t pieces;   /* that were handed over or left out by the consumer */
    uint64_t bytes;    /* handed over */
    uint64_t problems; /* told */
    unsigned group;    /* from 0, in the order of reading */
};

/* Called on the caller's thread:
 *     ((piece_begin piece_bytes* piece_end)* group_end)*,  with the others anywhere between. */
struct gather_consumer {
    void *ctx;
    /* ERR_OK: send it; ERR_END: leave it out (neither bytes nor its end come); everything else
     * ends the run with that error. */
    enum err (*piece_begin)(void *ctx, struct str name, enum archive_kind kind, unsigned group);
    /* ERR_END: no more of this one (its end comes). */
    enum err (*piece_bytes)(void *ctx, struct str bytes);
    void (*piece_end)(void *ctx, bool whole);
    void (*group_end)(void *ctx, unsigned group);
    /* `input`: the path of the file. The rest as in struct archive_visitor. */
    void (*problem)(void *ctx, struct str input, struct str member, uint64_t offset,
                    const char *what);
    /* Inputs that are finished, of how many, and all bytes handed over. May be NULL. */
    void (*progress)(void *ctx, uint64_t done_inputs, uint64_t inputs, uint64_t bytes);
    /* Nothing is wrong with the input, but the reader should know. May be NULL. */
    void (*note)(void *ctx, struct str input, struct str member, const char *what);
};

struct gather_options {
    struct archive_limits archive;
    size_t hold_each; /* bytes of one piece that are held back to be put in order */
    size_t hold_all;  /* of all the pieces of a group */
};

/* 8 MiB of each piece, 24 MiB in all. */
extern const struct gather_options gather_options_usual;

struct gather;

/* NULL without memory. The options are copied. */
struct gather *gather_new(const struct gather_options *options);
void gather_free(struct gather *g);
/* Reads everything, once. What cannot be read is a problem, not an error. Returns ERR_OK, what the
 * consumer returned to end it, or ERR_MEMORY. */
enum err gather_run(struct gather *g, const char *const *paths, size_t n,
                    const struct gather_consumer *consumer) MUST_CHECK;

/* Every file, in the order given (files of a folder: by folder, then by name). */
size_t gather_n(const struct gather *g);
const struct gather_input *gather_input(const struct gather *g, size_t i);

#endif
