/* Records: views stay inside, and what was read is written and read again the same. */
#include <stdlib.h>

#include "flow/record/record.h"

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

struct seen {
    struct sink *again; /* NULL: the second time */
    uint64_t facts, bytes;
};

static void on_mark(void *ctx, const struct mark *m)
{
    (void)ctx;
    must(m->tod >= 0 && m->month >= 1 && m->month <= 12 && m->line > 0);
}

static void on_fact(void *ctx, const struct fact *f)
{
    struct seen *s = ctx;
    must(f->kind < FACT_KINDS && fact_row(f->kind)->name && f->n <= FACT_FIELDS);
    for (unsigned i = 0; i < f->n; i++) {
        must(f->f[i].v.p != NULL && !field_secret((enum field)f->f[i].field));
        s->bytes += f->f[i].v.len;
    }
    s->facts++;
    if (s->again) {
        record_write(s->again, 1693867760440161, f);
    }
}

static void read_all(struct str text, size_t step, struct seen *s)
{
    static struct record r;
    uint32_t order = 0;
    struct record_sink sink = {.ctx = s, .mark = on_mark, .fact = on_fact};
    record_begin(&r, sink, 0, &order);
    for (size_t i = 0; i < text.len; i += step) {
        record_feed(&r, str_head(str_from(text, i), step));
    }
    record_end(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct str text = str_of((const char *)data, len);
    struct buf b = {.limit = 0};
    struct sink out = buf_sink(&b);
    struct seen whole = {.again = &out}, cut = {.again = NULL}, second = {.again = NULL};
    read_all(text, len + 1, &whole);
    read_all(text, 7, &cut);
    read_all(buf_str(&b), 1024, &second);
    must(whole.facts == cut.facts && whole.bytes == cut.bytes);
    must(second.facts == whole.facts && second.bytes <= whole.bytes);
    buf_clear(&b);
    return 0;
}
