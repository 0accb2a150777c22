/* Writing tar.gz by libarchive: pax only where a name asks for it, gzip without a time. */
#include "io/archive/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>

struct pack {
    struct archive *a;
    struct archive_entry *entry;
    struct sink *out;
};

static la_ssize_t on_write(struct archive *a, void *ctx, const void *bytes, size_t len)
{
    struct pack *p = ctx;
    (void)a;
    sink_str(p->out, str_of(bytes, len));
    return p->out->err == ERR_OK ? (la_ssize_t)len : -1;
}

struct pack *pack_new(struct sink *out)
{
    struct pack *p = calloc(1, sizeof *p);
    if (!p) {
        return NULL;
    }
    p->out = out;
    p->a = archive_write_new();
    p->entry = archive_entry_new();
    if (!p->a || !p->entry || archive_write_set_format_pax_restricted(p->a) != ARCHIVE_OK ||
        archive_write_add_filter_gzip(p->a) != ARCHIVE_OK ||
        archive_write_set_options(p->a, "gzip:!timestamp") != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(p->a, 1) != ARCHIVE_OK ||
        archive_write_open(p->a, p, NULL, on_write, NULL) != ARCHIVE_OK) {
        pack_free(p);
        return NULL;
    }
    return p;
}

enum err pack_begin(struct pack *p, const char *name, uint64_t size)
{
    archive_entry_clear(p->entry);
    archive_entry_set_pathname(p->entry, name);
    archive_entry_set_size(p->entry, (la_int64_t)size);
    archive_entry_set_filetype(p->entry, AE_IFREG);
    archive_entry_set_perm(p->entry, 0644);
    archive_entry_set_mtime(p->entry, 0, 0);
    /* A warning: the name is no text of this locale. It is written byte for byte. */
    int code = archive_write_header(p->a, p->entry);
    return code == ARCHIVE_OK || code == ARCHIVE_WARN ? ERR_OK : ERR_IO;
}

enum err pack_bytes(struct pack *p, struct str bytes)
{
    while (bytes.len > 0) {
        la_ssize_t n = archive_write_data(p->a, bytes.p, bytes.len);
        if (n <= 0) {
            return ERR_IO;
        }
        bytes = str_from(bytes, (size_t)n);
    }
    return ERR_OK;
}

enum err pack_finish(struct pack *p)
{
    return archive_write_close(p->a) == ARCHIVE_OK && p->out->err == ERR_OK ? ERR_OK : ERR_IO;
}

void pack_free(struct pack *p)
{
    if (p) {
        archive_entry_free(p->entry);
        archive_write_free(p->a);
        free(p);
    }
}
