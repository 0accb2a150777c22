/* A scribe with the table of share/lines, and what it wrote: for the tests. */
#ifndef FLOW_SCRIBE_FIXTURE_H
#define FLOW_SCRIBE_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>

#include "flow/scribe/scribe.h"
#include "share/share.h"

struct written {
    struct scribe scribe; /* the first: hooks are given it */
    struct arena arena;
    struct lines *lines;
    usec_t offset;
    struct buf log, syslog;
    unsigned records;
};

static inline void written_must(bool so, const char *what)
{
    if (!so) {
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

static inline void written_record(void *ctx, struct str text)
{
    struct written *w = ctx;
    written_must(text.len && text.p[text.len - 1] == '\n', "a record without its line end");
    written_must(buf_add(&w->log, text) == ERR_OK, "no memory");
    w->records++;
}

static inline void written_syslog(void *ctx, struct str datagram)
{
    struct written *w = ctx;
    written_must(buf_add(&w->syslog, datagram) == ERR_OK &&
                     buf_add(&w->syslog, STR("\n")) == ERR_OK,
                 "no memory");
}

static inline struct lines *written_lines(struct arena *a)
{
    struct conf_error err;
    struct lines *l = lines_new(a);
    for (size_t i = 0; l && i < share_files_n; i++) {
        struct str name = str_z(share_files[i].name);
        struct str text = str_of(share_files[i].data, share_files[i].len);
        if (str_ends(name, STR(".lines"))) {
            written_must(lines_add(l, name, text, &err) == ERR_OK, "a table that cannot be read");
        }
    }
    written_must(l != NULL, "no memory");
    return l;
}

/* The date is `date` at time 0. */
static inline void written_begin(struct written *w, usec_t date, uint64_t seed)
{
    const struct scribe_out out = {.record = written_record, .syslog = written_syslog, .ctx = w};
    *w = (struct written){.offset = date};
    arena_init(&w->arena, 0);
    w->lines = written_lines(&w->arena);
    written_must(scribe_init(&w->scribe, w->lines, out, &w->offset, seed) == ERR_OK, "no memory");
}

static inline void written_forget(struct written *w)
{
    buf_reset(&w->log);
    buf_reset(&w->syslog);
    w->records = 0;
}

static inline void written_end(struct written *w)
{
    scribe_clear(&w->scribe);
    buf_clear(&w->log);
    buf_clear(&w->syslog);
    arena_clear(&w->arena);
}

#endif
