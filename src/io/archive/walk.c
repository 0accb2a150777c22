/* The walk through archives in archives: what is in a source, by its first bytes. Tar, zip and bzip2
 * are read by libarchive, from a callback and never from a descriptor. */
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/archive/source.h"

enum {
    CONTAINER_BLOCK = 256 * 1024, /* zlib copies 32 KiB for each that it fills */
    /* Bytes that one header of a tar (with its pax records, long names and sparse maps) may take;
     * libarchive turns a sparse map into some 15 times its size in memory. */
    TAR_HEADER_MOST = 1024 * 1024,
};

/* A source that libarchive reads from. */
struct container {
    struct walk *w;
    struct source *in;
    struct archive *a; /* owned */
    bool expands;      /* what comes out counts as made by a decompressor */
    bool tar;
    enum err err;       /* how `in` ended, once it has */
    uint64_t header_at; /* `in` when the header was begun to be read */
    bool in_header;
    bool told; /* libarchive gave up inside a member, which was told */
    char block[CONTAINER_BLOCK];
};

/* One member of a container. */
struct source_member {
    struct source s;
    struct container *c;
    const char *p; /* what libarchive gave and was not taken yet; its memory */
    size_t n;
    int64_t offset; /* where the next byte should stand */
    uint64_t holes; /* bytes that a sparse file does not store */
    enum err after; /* what comes behind what was given */
};

static la_ssize_t container_read(struct archive *a, void *ctx, const void **ret_block)
{
    (void)a;
    struct container *c = ctx;
    size_t n = 0;
    *ret_block = c->block;
    if (c->in_header && c->tar && c->in->at - c->header_at > TAR_HEADER_MOST) {
        enum err e = walk_problem(c->w, c->header_at,
                                  "a header of this tar archive is larger than "
                                  "1 MiB; the rest is left out");
        c->err = e == ERR_OK ? ERR_MALFORMED : e;
    }
    while (c->err == ERR_OK && n < sizeof c->block) {
        size_t got = 0;
        c->err = source_read(c->in, c->block + n, sizeof c->block - n, &got);
        n += c->err == ERR_OK ? got : 0;
    }
    return (la_ssize_t)n; /* damage below is an end for libarchive: it gives what it has */
}

static bool container_usable(const struct container *c)
{
    return c->err == ERR_OK || c->err == ERR_END || c->err == ERR_MALFORMED;
}

/* Tells what libarchive found wrong, unless the cause lies in the source and was told there. */
static enum err container_problem(struct container *c, uint64_t offset, const char *lead,
                                  const char *trail)
{
    if (!container_usable(c)) {
        return c->err;
    }
    char what[RELAY_SLACK / 2];
    const char *text = archive_error_string(c->a);
    if (c->err == ERR_MALFORMED) {
        text = "the archive around it is damaged";
    }
    snprintf(what, sizeof what, "%s: %.200s%s", lead, text ? text : "damaged", trail);
    return walk_problem(c->w, offset, what);
}

static enum err member_more(struct source_member *m)
{
    struct container *c = m->c;
    const void *p = NULL;
    size_t n = 0;
    la_int64_t offset = m->offset;
    int r = archive_read_data_block(c->a, &p, &n, &offset);
    if (!container_usable(c)) {
        return c->err;
    }
    enum err e = ERR_OK;
    if (r == ARCHIVE_EOF) {
        return ERR_END;
    }
    m->p = r == ARCHIVE_FATAL ? NULL : p;
    m->n = m->p ? n : 0;
    if (m->n > 0 && offset > m->offset) {
        m->holes += (uint64_t)(offset - m->offset);
    }
    if (m->n > 0) {
        m->offset = offset + (la_int64_t)m->n;
    }
    if (r != ARCHIVE_OK) {
        c->told = r == ARCHIVE_FATAL;
        e = container_problem(c, m->s.at, "cut or damaged here", "");
        m->after = e == ERR_OK ? ERR_MALFORMED : e;
    }
    return m->n > 0 ? ERR_OK : m->after;
}

static enum err member_end(struct source_member *m)
{
    if (m->holes == 0) {
        return ERR_END;
    }
    char what[120];
    snprintf(what, sizeof what, "a sparse file: %llu bytes of holes are left out",
             (unsigned long long)m->holes);
    m->holes = 0;
    enum err e = walk_problem(m->c->w, m->s.at, what);
    return e == ERR_OK ? ERR_END : e;
}

static enum err member_read(struct source *s, char *buf, size_t cap, size_t *ret_n)
{
    struct source_member *m = (struct source_member *)(void *)s;
    while (m->n == 0) {
        if (m->after != ERR_OK) {
            return m->after;
        }
        enum err e = member_more(m);
        if (e != ERR_OK) {
            return e == ERR_END ? member_end(m) : e;
        }
    }
    size_t n = m->n < cap ? m->n : cap;
    memcpy(buf, m->p, n);
    m->p += n;
    m->n -= n;
    *ret_n = n;
    return m->c->expands ? walk_made(m->c->w, n, m->s.at) : ERR_OK;
}

static struct container *container_new(struct walk *w, struct source *in, enum source_form form)
{
    struct container *c = malloc(sizeof *c);
    if (!c) {
        return NULL;
    }
    memset(c, 0, offsetof(struct container, block));
    c->w = w;
    c->in = in;
    c->expands = form != SOURCE_TAR;
    c->tar = form == SOURCE_TAR;
    c->a = archive_read_new();
    int r = c->a ? ARCHIVE_OK : ARCHIVE_FATAL;
    if (r == ARCHIVE_OK && form == SOURCE_TAR) {
        r = archive_read_support_format_tar(c->a);
        if (r == ARCHIVE_OK) {
            r = archive_read_set_option(c->a, "tar", "read_concatenated_archives", "1");
        }
    } else if (r == ARCHIVE_OK && form == SOURCE_ZIP) {
        /* The streaming reader: the other one keeps the whole directory in memory. */
        r = archive_read_support_format_zip_streamable(c->a);
    } else if (r == ARCHIVE_OK) {
        /* Not ARCHIVE_OK when it would start a program for it. */
        r = archive_read_support_filter_bzip2(c->a);
        if (r == ARCHIVE_OK) {
            archive_read_support_format_empty(c->a);
            r = archive_read_support_format_raw(c->a);
        }
    }
    if (r == ARCHIVE_OK) {
        r = archive_read_open(c->a, c, NULL, container_read, NULL);
    }
    if (r != ARCHIVE_OK && container_usable(c)) {
        archive_read_free(c->a);
        c->a = NULL;
    }
    return c;
}

static void container_free(struct container *c)
{
    if (c) {
        archive_read_free(c->a);
        free(c);
    }
}

static enum err probe_head(struct archive_probe *probe, struct source *s, enum archive_kind kind)
{
    enum err e = ERR_OK;
    probe->kind = kind;
    while (e == ERR_OK && probe->head_len < sizeof probe->head) {
        size_t n = 0;
        e = source_read(s, probe->head + probe->head_len, sizeof probe->head - probe->head_len, &n);
        probe->head_len += e == ERR_OK ? n : 0;
    }
    return e == ERR_MEMORY ? e : ERR_OK;
}

/* The stored bytes of the member as they are, to the visitor. */
static enum err deliver(struct walk *w, struct source *s, enum archive_kind kind)
{
    if (w->probe) {
        return probe_head(w->probe, s, kind);
    }
    enum err end = ERR_OK;
    enum err e = relay_begin(w->relay, walk_name(w), kind);
    while (e == ERR_OK && end == ERR_OK && !relay_skipped(w->relay)) {
        char *room;
        size_t cap, n = 0;
        e = relay_room(w->relay, &room, &cap);
        if (e == ERR_OK) {
            end = source_read(s, room, cap, &n);
        }
        if (e == ERR_OK && end == ERR_OK) {
            relay_put(w->relay, n);
        }
    }
    if (e == ERR_OK && end != ERR_MISSING) {
        e = relay_end(w->relay, end == ERR_OK || end == ERR_END);
    }
    return e == ERR_OK && end != ERR_END && end != ERR_MALFORMED ? end : e;
}

/* Appends a member's path to the name. Returns the length to go back to. */
static size_t name_push(struct walk *w, struct archive_entry *entry)
{
    size_t before = w->name_len;
    const char *path = archive_entry_pathname(entry);
    if (!path) {
        path = archive_entry_pathname_utf8(entry);
    }
    struct str name = str_head(str_z(path ? path : "(name unreadable)"), ARCHIVE_NAME_MOST);
    if (w->name_len + 2 + name.len <= sizeof w->name) {
        memcpy(w->name + w->name_len, "!/", 2);
        memcpy(w->name + w->name_len + 2, name.p, name.len);
        w->name_len += 2 + name.len;
    }
    return before;
}

/* Why a member has no bytes to be read, or NULL. `*ret_quiet`: that is as it should be. */
static const char *member_unusable(struct container *c, struct archive_entry *entry,
                                   bool *ret_quiet)
{
    *ret_quiet = false;
    int type = (int)archive_entry_filetype(entry);
    if (type == AE_IFDIR || type == AE_IFLNK ||
        (archive_entry_hardlink(entry) && archive_entry_size(entry) == 0)) {
        *ret_quiet = true;
        return "";
    }
    if (type != AE_IFREG && type != 0) {
        return "a device, pipe or socket, not a file; skipped";
    }
    if (archive_entry_is_data_encrypted(entry) || archive_entry_is_metadata_encrypted(entry)) {
        return "encrypted; unpack it with its password and give the files instead";
    }
    if (!c->tar) {
        /* The other methods may ask for as much memory as the archive says. */
        const char *format = archive_format_name(c->a);
        if (format && !strstr(format, "(uncompressed)") && !strstr(format, "(deflation)")) {
            return "compressed by a method other than deflate; unpack it and give the files "
                   "instead";
        }
    }
    return NULL;
}

/* From here on the functions call each other, as deep as the limit says.
 * NOLINTBEGIN(misc-no-recursion) */
static enum err member_walk(struct container *c, struct archive_entry *entry, unsigned depth);

/* A header that cannot be read. Tells only the first of several in a row. */
static enum err header_damaged(struct container *c, uint64_t at, bool again)
{
    if (again) {
        return ERR_OK;
    }
    return container_problem(c, at, "a member's header is damaged",
                             "; what can be read behind it is used");
}

static enum err container_next(struct container *c, struct archive_entry **ret_entry, int *ret_r)
{
    c->header_at = c->in->at;
    c->in_header = true;
    *ret_r = archive_read_next_header(c->a, ret_entry);
    c->in_header = false;
    return container_usable(c) ? ERR_OK : c->err;
}

static enum err container_walk(struct container *c, unsigned depth)
{
    struct archive_entry *entry;
    bool damaged = false;
    int64_t last = -1;
    for (;;) {
        int r;
        enum err e = container_next(c, &entry, &r);
        int64_t at = archive_read_header_position(c->a);
        if (e != ERR_OK || r == ARCHIVE_EOF) {
            return e;
        }
        if (r == ARCHIVE_FATAL) {
            if (c->told || c->err == ERR_MALFORMED) {
                return ERR_OK;
            }
            uint64_t end = (uint64_t)archive_filter_bytes(c->a, 0);
            return container_problem(c, end, "the archive is cut or damaged here", "");
        }
        if (r == ARCHIVE_OK || r == ARCHIVE_WARN) {
            e = member_walk(c, entry, depth);
            damaged = false;
        } else if (at == last) {
            return ERR_OK; /* no way forward */
        } else {
            e = header_damaged(c, (uint64_t)at, damaged);
            damaged = true;
        }
        last = at;
        if (e != ERR_OK) {
            return e;
        }
    }
}

/* What is behind the end that the container saw, so that sums are checked. */
static enum err source_drain(struct source *s)
{
    char buf[4096];
    size_t n;
    enum err e;
    do {
        e = source_read(s, buf, sizeof buf, &n);
    } while (e == ERR_OK);
    return e == ERR_END || e == ERR_MALFORMED ? ERR_OK : e;
}

static enum err walk_any(struct walk *w, struct source *s, unsigned depth);

static enum err walk_container(struct walk *w, struct source *s, enum source_form form,
                               unsigned depth)
{
    if (w->probe) {
        w->probe->container = true;
        return ERR_OK;
    }
    struct container *c = container_new(w, s, form);
    enum err e = ERR_MEMORY;
    if (c && !c->a) {
        e = walk_problem(w, 0, "cannot be read as an archive");
    } else if (c) {
        e = container_usable(c) ? container_walk(c, depth) : c->err;
    }
    container_free(c);
    return e == ERR_OK ? source_drain(s) : e;
}

static enum err walk_bzip2(struct walk *w, struct source *s, unsigned depth)
{
    struct archive_entry *entry;
    struct container *c = container_new(w, s, SOURCE_BZIP2);
    enum err e = ERR_MEMORY;
    int r = ARCHIVE_FATAL;
    if (c && c->a) {
        e = container_next(c, &entry, &r);
    } else if (c) {
        e = ERR_OK;
    }
    if (e == ERR_OK && r == ARCHIVE_EOF) {
        e = deliver(w, s, ARCHIVE_KIND_FILE); /* empty, as its source is by now */
    } else if (e == ERR_OK && r < ARCHIVE_WARN) {
        e = walk_problem(w, 0, "the compressed data are damaged");
    } else if (e == ERR_OK) {
        struct source_member m = {.s = {.read = member_read}, .c = c};
        e = walk_any(w, &m.s, depth);
    }
    container_free(c);
    return e;
}

static enum err walk_gzip(struct walk *w, struct source *s, unsigned depth)
{
    struct source_gzip *g = source_gzip_new(w, s);
    if (!g) {
        return ERR_MEMORY;
    }
    enum err e = walk_any(w, source_gzip_source(g), depth);
    source_gzip_free(g);
    return e;
}

static enum err walk_foreign(struct walk *w, const char *foreign)
{
    char what[160];
    snprintf(what, sizeof what,
             "%s data, which are not read here; decompress it and give the files instead", foreign);
    return walk_problem(w, 0, what);
}

/* `depth` counts archives and compressions around `s`, two of them (tar.gz) for one level. */
static enum err walk_any(struct walk *w, struct source *s, unsigned depth)
{
    const char *foreign = NULL;
    enum source_form form = source_form(source_peek(s), &foreign);
    bool packed = form == SOURCE_GZIP || form == SOURCE_BZIP2;
    if (w->probe) {
        w->probe->packed |= packed;
    }
    bool outer = packed || form == SOURCE_TAR || form == SOURCE_ZIP;
    if (outer && depth >= 2 * (w->limits->depth ? w->limits->depth : ARCHIVE_DEPTH)) {
        return walk_problem(w, 0, "archives in archives, too deep; it is left out");
    }
    switch (form) {
    case SOURCE_GZIP:
        return walk_gzip(w, s, depth + 1);
    case SOURCE_BZIP2:
        return walk_bzip2(w, s, depth + 1);
    case SOURCE_TAR:
    case SOURCE_ZIP:
        return walk_container(w, s, form, depth + (depth % 2 == 0 ? 2 : 1));
    case SOURCE_FOREIGN:
        return walk_foreign(w, foreign);
    case SOURCE_CAPTURE:
        return deliver(w, s, ARCHIVE_KIND_CAPTURE);
    case SOURCE_PLAIN:
        break;
    }
    return deliver(w, s, ARCHIVE_KIND_FILE);
}

static enum err member_count(struct walk *w)
{
    w->members++;
    if (w->limits->members == 0 || w->members <= w->limits->members) {
        return ERR_OK;
    }
    char what[120];
    snprintf(what, sizeof what, "more than %u members; the rest is left out", w->limits->members);
    enum err e = walk_problem(w, 0, what);
    return e == ERR_OK ? ERR_LIMIT : e;
}

static enum err member_walk(struct container *c, struct archive_entry *entry, unsigned depth)
{
    enum err e = member_count(c->w);
    if (e != ERR_OK) {
        return e;
    }
    bool quiet;
    const char *why = member_unusable(c, entry, &quiet);
    size_t before = name_push(c->w, entry);
    if (why) {
        e = quiet ? ERR_OK : walk_problem(c->w, 0, why);
    } else {
        struct source_member m = {.s = {.read = member_read}, .c = c};
        e = walk_any(c->w, &m.s, depth);
    }
    c->w->name_len = before;
    if (e == ERR_OK) {
        /* What was not taken; were it damaged, the next header says so. */
        (void)archive_read_data_skip(c->a);
        e = container_usable(c) ? ERR_OK : c->err;
    }
    return e;
}

/* NOLINTEND(misc-no-recursion) */

enum err walk_source(struct walk *w, struct source *s)
{
    return walk_any(w, s, 0);
}
