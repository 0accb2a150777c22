/* Bytes that come one after the other, from a file, from memory, or out of another source. */
#ifndef IO_ARCHIVE_SOURCE_H
#define IO_ARCHIVE_SOURCE_H

#include "io/archive/relay.h"

enum { SOURCE_HEAD = 512 /* a tar header; every other mark is shorter */ };

/* ERR_OK: 1 to `cap` bytes; ERR_END: the regular end; ERR_MALFORMED: the end, and something is
 * missing or wrong, which has been told; ERR_LIMIT: told, the whole input ends here; ERR_MEMORY and
 * ERR_MISSING (nobody listens): the walk ends. */
struct source {
    enum err (*read)(struct source *s, char *buf, size_t cap, size_t *ret_n);
    uint64_t at;      /* bytes taken out so far */
    enum err pending; /* what the next read returns once the head is used up */
    size_t head_at, head_len;
    char head[SOURCE_HEAD];
};

/* The first bytes (fewer than SOURCE_HEAD only at the end), without taking them out. */
struct str source_peek(struct source *s);
enum err source_read(struct source *s, char *buf, size_t cap, size_t *ret_n) MUST_CHECK;

/* One walk: the counters of one input, and the name of where it is. */
struct walk {
    struct relay *relay;         /* or NULL, and */
    struct archive_probe *probe; /* only a first look is taken, and nobody is told anything */
    const struct archive_limits *limits;
    uint64_t read;    /* bytes of the input itself */
    uint64_t made;    /* bytes that decompressors made of them */
    uint32_t members; /* so far */
    size_t name_len;
    char name[8192];
};

struct str walk_name(const struct walk *w);
/* Tells a problem with what the name names. ERR_OK or ERR_MISSING. */
enum err walk_problem(struct walk *w, uint64_t offset, const char *what) MUST_CHECK;
/* Counts bytes that a decompressor made; ERR_LIMIT (told) when it is too much. */
enum err walk_made(struct walk *w, size_t n, uint64_t offset) MUST_CHECK;
/* Everything in `s`, whose name is set. ERR_OK also after damage. */
enum err walk_source(struct walk *w, struct source *s) MUST_CHECK;

struct source_file {
    struct source s;
    struct walk *w;
    int fd;
};

void source_file_init(struct source_file *f, struct walk *w, int fd);

struct source_memory {
    struct source s;
    struct walk *w;
    struct str rest;
};

void source_memory_init(struct source_memory *m, struct walk *w, struct str bytes);

/* Decompresses `in`. NULL without memory. */
struct source_gzip;
struct source_gzip *source_gzip_new(struct walk *w, struct source *in);
struct source *source_gzip_source(struct source_gzip *g);
void source_gzip_free(struct source_gzip *g);

enum source_form {
    SOURCE_PLAIN,
    SOURCE_CAPTURE,
    SOURCE_GZIP,
    SOURCE_BZIP2,
    SOURCE_TAR,
    SOURCE_ZIP,
    SOURCE_FOREIGN, /* an archive of a kind that is not read here */
};

/* Which form bytes have that start so. `ret_foreign` names the kind of SOURCE_FOREIGN. */
enum source_form source_form(struct str head, const char **ret_foreign);

#endif
