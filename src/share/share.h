/* The files of the folder share/, embedded in the program (written at build time by tools/embed.c). */
#ifndef DIALTONE_SHARE_SHARE_H
#define DIALTONE_SHARE_SHARE_H

#include <stddef.h>

struct share_file {
    const char *name; /* path below share/, e.g. "findings/en/DH-01.txt" */
    const char *data; /* the bytes, followed by one NUL that `len` does not count */
    size_t len;       /* bytes */
};

/* Sorted by name, bytewise; `share_files_n` entries (may be 0). */
extern const struct share_file share_files[];
extern const size_t share_files_n;

#endif
