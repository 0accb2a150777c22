/* Hands the bytes of every stored file of an input to a visitor: a plain file, a folder, standard
 * input, tar, zip, gzip, bzip2, and all of them in each other. Recognised by content, never by
 * name. Nothing is ever unpacked to disk. The input is hostile: every limit and every damage
 * becomes a problem that is told, and what can still be read is. */
#ifndef IO_ARCHIVE_ARCHIVE_H
#define IO_ARCHIVE_ARCHIVE_H

#include "base/err.h"
#include "base/str.h"

enum archive_kind {
    ARCHIVE_KIND_FILE,    /* the visitor looks at the content */
    ARCHIVE_KIND_CAPTURE, /* starts as a pcap or pcapng file does */
};

enum {
    ARCHIVE_DEPTH = 5,
    ARCHIVE_NAME_MOST = 512,  /* bytes of one member's path; longer ones are cut */
    ARCHIVE_HEAD = 64 * 1024, /* bytes that archive_probe looks at */
    ARCHIVE_TAIL = 16 * 1024,
};

/* For one input, 0 for none. */
struct archive_limits {
    uint64_t expanded;   /* bytes that all decompressors together may make */
    uint64_t ratio_from; /* bytes made before the ratio counts */
    uint32_t ratio;      /* bytes made for each byte of the input */
    uint32_t members;    /* members of archives, files of a folder */
    uint32_t depth; /* archives in archives; folders in folders: 32 times that; 0: ARCHIVE_DEPTH */
};

/* 16 GiB, 300:1 behind 64 MiB, 100,000 members, 5 deep. */
extern const struct archive_limits archive_limits_usual;

/* Called on the thread that called archive_walk, in this order for every input:
 *     input (begin bytes* end)* input_end,  with problem anywhere between. */
struct archive_visitor {
    void *ctx;
    /* The input number `index` starts. May be NULL. */
    void (*input)(void *ctx, size_t index);
    /* A stored file starts: "prt.tar.gz!/logs/logcat". A compressed file that is no archive keeps
     * its own name. The name is raw bytes from outside. ERR_OK: send it; ERR_END: leave it out (no
     * bytes and no end will come); everything else ends the walk with that error. */
    enum err (*begin)(void *ctx, struct str name, enum archive_kind kind);
    /* Never empty. ERR_END: no more of this one (end comes); otherwise as above. */
    enum err (*bytes)(void *ctx, struct str bytes);
    /* `whole`: false when something is missing from it or is damaged. */
    void (*end)(void *ctx, bool whole);
    /* `size`: bytes read of the input itself. May be NULL. */
    void (*input_end)(void *ctx, size_t index, uint64_t size);
    /* `offset` counts in the bytes of what `member` names, as they are stored there (in the
     * compressed bytes of a .gz). `what` is a plain sentence without a full stop. */
    void (*problem)(void *ctx, struct str member, uint64_t offset, const char *what);
};

/* Walks the `n` paths in turn; "-" is standard input. A path that cannot be read is a problem, not an
 * error. Reading and decompressing run in a second thread (not for one plain file, which needs none).
 * Returns ERR_OK, what the visitor returned to end the walk, or ERR_MEMORY. */
enum err archive_walk(const char *const *paths, size_t n, const struct archive_limits *limits,
                      const struct archive_visitor *visitor) MUST_CHECK;
/* The same for bytes in memory, on the caller's thread. */
enum err archive_walk_memory(struct str bytes, struct str name, const struct archive_limits *limits,
                             const struct archive_visitor *visitor) MUST_CHECK;

/* What archive_list tells. */
struct archive_lister {
    void *ctx;
    /* A regular file (or a symbolic link to one); otherwise as the visitor's begin. */
    enum err (*file)(void *ctx, const char *path, uint64_t size);
    void (*problem)(void *ctx, struct str path, uint64_t offset, const char *what);
};

/* The files below a folder, in bytewise order of their names, folders in their place among them.
 * Symbolic links to folders are not followed. */
enum err archive_list(const char *path, const struct archive_limits *limits,
                      const struct archive_lister *lister) MUST_CHECK;

/* A first look at a file, without a visitor. */
struct archive_probe {
    bool regular;   /* a regular file; of others (a pipe) nothing was read */
    bool folder;    /* nothing was read either */
    bool container; /* tar or zip, compressed or not: it has members */
    bool packed;    /* compressed */
    enum archive_kind kind;
    uint64_t size; /* bytes on disk */
    uint64_t device, inode;
    size_t head_len, tail_len;
    char head[ARCHIVE_HEAD]; /* the start of the content, decompressed; of containers 512 bytes */
    char tail[ARCHIVE_TAIL]; /* the end of a plain file */
};

/* ERR_IO: errno says why it cannot be opened. */
enum err archive_probe(const char *path, struct archive_probe *ret_probe) MUST_CHECK;

#endif
