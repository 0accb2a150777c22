/* Inputs of the command line into the doctor. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "app/diagnose/diagnose.h"
#include "app/gather/gather.h"

struct reading {
    struct doctor *doctor;
    struct diagnose_raw *raw;
    uint32_t input;
    bool capture;         /* it is one */
    struct timespec last; /* when progress was shown */
    bool shown;
};

static enum err piece_begin(void *ctx, struct str name, enum archive_kind kind, unsigned group)
{
    struct reading *r = ctx;
    bool capture = kind == ARCHIVE_KIND_CAPTURE;
    r->input = doctor_begin(r->doctor, name, capture ? INPUT_CAPTURE : INPUT_NOTHING, group);
    r->capture = capture;
    return ERR_OK;
}

static void keep(struct reading *r, struct str bytes)
{
    struct diagnose_raw *raw = r->raw;
    if (r->input >= raw->n) {
        size_t n = r->input + 16;
        struct buf *p = realloc(raw->text, n * sizeof *p);
        if (!p) {
            return;
        }
        for (size_t i = raw->n; i < n; i++) {
            p[i] = (struct buf){.p = NULL};
        }
        raw->text = p;
        raw->n = n;
    }
    bytes = str_head(bytes, raw->left);
    if (buf_add(&raw->text[r->input], bytes) == ERR_OK) {
        raw->left -= bytes.len;
    }
}

static enum err piece_bytes(void *ctx, struct str bytes)
{
    struct reading *r = ctx;
    doctor_feed(r->doctor, bytes);
    if (r->raw && r->raw->left && !r->capture) {
        keep(r, bytes);
    }
    return ERR_OK;
}

static void piece_end(void *ctx, bool whole)
{
    struct reading *r = ctx;
    doctor_end(r->doctor, whole);
}

static void group_end(void *ctx, unsigned group)
{
    (void)ctx;
    (void)group;
}

static void problem(void *ctx, struct str input, struct str member, uint64_t offset,
                    const char *what)
{
    struct reading *r = ctx;
    doctor_problem(r->doctor, input, member, offset, str_z(what), true);
}

static void note(void *ctx, struct str input, struct str member, const char *what)
{
    struct reading *r = ctx;
    doctor_problem(r->doctor, input, member, 0, str_z(what), false);
}

static void progress(void *ctx, uint64_t done, uint64_t inputs, uint64_t bytes)
{
    struct reading *r = ctx;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double since =
        (double)(now.tv_sec - r->last.tv_sec) + (double)(now.tv_nsec - r->last.tv_nsec) / 1e9;
    if (since < 0.1) {
        return;
    }
    r->last = now;
    r->shown = true;
    enum { BAR = 30 };
    char bar[BAR + 1];
    size_t full = inputs ? (size_t)(done * BAR / inputs) : 0;
    for (size_t i = 0; i < BAR; i++) {
        bar[i] = i < full ? '#' : '.';
    }
    bar[BAR] = 0;
    fprintf(stderr, "\r[%s] %llu/%llu  %llu MB", bar, (unsigned long long)done,
            (unsigned long long)inputs, (unsigned long long)(bytes / 1000000));
}

enum err diagnose_read(struct doctor *d, const char *const *paths, size_t n, bool show,
                       struct diagnose_raw *raw)
{
    struct reading r = {.doctor = d, .raw = raw};
    struct gather_consumer c = {.ctx = &r,
                                .piece_begin = piece_begin,
                                .piece_bytes = piece_bytes,
                                .piece_end = piece_end,
                                .group_end = group_end,
                                .problem = problem,
                                .progress = show ? progress : NULL,
                                .note = note};
    struct gather *g = gather_new(&gather_options_usual);
    if (!g) {
        return ERR_MEMORY;
    }
    clock_gettime(CLOCK_MONOTONIC, &r.last);
    enum err e = gather_run(g, paths, n, &c);
    gather_free(g);
    if (r.shown) {
        fprintf(stderr, "\r\033[K");
    }
    if (e == ERR_OK) {
        doctor_finish(d);
    }
    return e;
}

void diagnose_raw_clear(struct diagnose_raw *raw)
{
    for (size_t i = 0; i < raw->n; i++) {
        buf_clear(&raw->text[i]);
    }
    free(raw->text);
    *raw = (struct diagnose_raw){.text = NULL};
}
