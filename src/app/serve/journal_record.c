/* Rows gathered, put in the order of their phones, and written. */
#include "app/serve/journal_record.h"

#include <stdlib.h>

#include "base/arena.h"
#include "flow/record/record.h"

struct row {
    struct str subject, line;
    size_t at; /* which one it was */
};

struct rows_read {
    struct arena arena; /* texts */
    struct row *row;    /* owned */
    size_t n, cap;
};

static enum err take(void *ctx, const struct journal_row *r)
{
    struct rows_read *all = ctx;
    if (r->subject.len == 0) {
        return ERR_OK; /* about no phone */
    }
    if (all->n == all->cap) {
        size_t cap = all->cap ? all->cap * 2 : 256;
        struct row *p = realloc(all->row, cap * sizeof *p);
        if (!p) {
            return ERR_MEMORY;
        }
        all->row = p;
        all->cap = cap;
    }
    struct row *to = &all->row[all->n];
    *to = (struct row){.subject = arena_str(&all->arena, r->subject),
                       .line = arena_str(&all->arena, r->line),
                       .at = all->n};
    if ((r->subject.len && !to->subject.p) || (r->line.len && !to->line.p)) {
        return ERR_MEMORY;
    }
    all->n++;
    return ERR_OK;
}

static int by_subject(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;
    size_t n = x->subject.len < y->subject.len ? x->subject.len : y->subject.len;
    int c = n ? memcmp(x->subject.p, y->subject.p, n) : 0;
    c = c ? c : (x->subject.len > y->subject.len) - (x->subject.len < y->subject.len);
    return c ? c : (x->at > y->at) - (x->at < y->at);
}

static void write_rows(const struct rows_read *all, usec_t now, struct sink *out)
{
    record_write_head(out, "journal", str_of(NULL, 0), now);
    for (size_t i = 0; i < all->n; i++) {
        const struct row *r = &all->row[i];
        if (i && !str_eq(r->subject, r[-1].subject)) {
            record_write(out, now, NULL);
        }
        sink_str(out, r->line);
        sink_char(out, '\n');
    }
    record_write(out, now, NULL);
}

enum err journal_record(struct store *s, struct str subject, uint64_t most, usec_t now,
                        struct sink *out)
{
    struct rows_read all = {.row = NULL};
    arena_init(&all.arena, SIZE_MAX);
    enum err e = store_journal_read(s, &(struct journal_query){.subject = subject, .most = most},
                                    take, &all, NULL);
    if (e == ERR_OK) {
        if (all.n) {
            qsort(all.row, all.n, sizeof *all.row, by_subject);
        }
        write_rows(&all, now, out);
        e = out->err;
    }
    arena_clear(&all.arena);
    free(all.row);
    return e;
}
