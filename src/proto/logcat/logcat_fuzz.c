/* The record reader gives the same records however the bytes are cut, and never loses one. */
#include <stdlib.h>

#include "proto/logcat/logcat.h"

struct seen {
    uint64_t hash;
    uint64_t records;
    uint64_t others;
};

static void mix(struct seen *s, struct str v)
{
    for (size_t i = 0; i < v.len; i++) {
        s->hash = (s->hash ^ (unsigned char)v.p[i]) * 0x100000001B3U;
    }
    s->hash = (s->hash ^ 0xFF ^ v.len) * 0x100000001B3U;
}

static void on_record(void *ctx, const struct logcat_record *r)
{
    struct seen *s = ctx;
    s->records++;
    mix(s, r->tag);
    mix(s, r->text);
    mix(s, r->line);
    s->hash ^= r->line_no * 31 + r->seq + (uint64_t)r->tod + r->pid * 7U + r->col;
    if (r->raw.len < r->text.len || r->month > 12 || r->day > 31) {
        abort();
    }
}

static void on_other(void *ctx, struct str line, uint64_t line_no, uint64_t offset)
{
    struct seen *s = ctx;
    s->others++;
    mix(s, line);
    s->hash ^= line_no + offset * 3;
}

static struct seen run(const char *p, size_t n, size_t step)
{
    struct seen s = {.hash = 1};
    struct logcat l;
    struct logcat_visitor v = {.ctx = &s, .record = on_record, .other = on_other};
    if (logcat_init(&l, v) != ERR_OK) {
        abort();
    }
    for (size_t at = 0; at < n; at += step) {
        logcat_feed(&l, str_of(p + at, n - at < step ? n - at : step));
    }
    logcat_end(&l);
    logcat_clear(&l);
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *p = (const char *)data;
    struct seen whole = run(p, size, size ? size : 1);
    static const size_t steps[] = {1, 7, 64, 1000};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct seen cut = run(p, size, steps[i]);
        if (cut.hash != whole.hash || cut.records != whole.records || cut.others != whole.others) {
            abort();
        }
    }
    return 0;
}
