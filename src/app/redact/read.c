/* Inputs into a spool, and what identifies into the table. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/redact/job.h"
#include "base/esc.h"

volatile sig_atomic_t job_interrupted;

/* On standard error; names come from outside. */
static void tell(struct str name, const char *what)
{
    struct buf text = {.limit = 8192};
    struct sink s = buf_sink(&text);
    esc_term(&s, name);
    cli_error("%.*s: %s", STR_ARG(buf_str(&text)), what);
    buf_clear(&text);
}

/* Text has few control characters, whatever its letters are. */
static bool is_text(struct str head)
{
    size_t odd = 0;
    for (size_t i = 0; i < head.len; i++) {
        uint8_t c = (uint8_t)head.p[i];
        odd += c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1b;
    }
    return odd * 10 <= head.len;
}

static struct job_piece *piece_add(struct job *j, struct str name, unsigned group)
{
    if (j->n == j->cap) {
        size_t cap = j->cap ? 2 * j->cap : 16;
        struct job_piece *p = cap <= JOB_PIECES * 2 ? realloc(j->pieces, cap * sizeof *p) : NULL;
        if (!p) {
            return NULL;
        }
        j->pieces = p;
        j->cap = cap;
    }
    name = str_head(name, JOB_NAME - 64);
    char *copy = calloc(1, name.len + 1);
    if (!copy) {
        return NULL;
    }
    if (name.len) {
        memcpy(copy, name.p, name.len);
    }
    j->pieces[j->n] = (struct job_piece){.name = copy, .at = j->at, .group = group};
    return &j->pieces[j->n++];
}

static enum err piece_begin(void *ctx, struct str name, enum archive_kind kind, unsigned group)
{
    struct job *j = ctx;
    struct job_piece *p = piece_add(j, name, group);
    if (!p) {
        return ERR_MEMORY;
    }
    j->head_len = 0;
    j->decided = false;
    enum err e = redact_name(j->redact, REDACT_COLLECT, p->name, strlen(p->name));
    if (e == ERR_OK && kind == ARCHIVE_KIND_CAPTURE) {
        p->left_out = "a packet capture";
        tell(name, "a packet capture: left out");
        return ERR_END;
    }
    redact_begin(j->redact, REDACT_COLLECT, NULL);
    return e;
}

static enum err pass_on(struct job *j, struct str bytes)
{
    j->at += bytes.len;
    j->pieces[j->n - 1].len += bytes.len;
    sink_str(&j->original.sink, bytes);
    return j->original.sink.err != ERR_OK ? ERR_IO : redact_feed(j->redact, bytes);
}

static enum err decide(struct job *j)
{
    struct job_piece *p = &j->pieces[j->n - 1];
    struct str head = str_of(j->head, j->head_len);
    j->decided = true;
    if (!is_text(head)) {
        p->left_out = "no text";
        tell(str_z(p->name), "no text: left out");
        return ERR_END;
    }
    return pass_on(j, head);
}

static enum err piece_bytes(void *ctx, struct str bytes)
{
    struct job *j = ctx;
    if (job_interrupted) {
        return ERR_MISSING;
    }
    if (!j->decided) {
        struct str part = str_head(bytes, sizeof j->head - j->head_len);
        memcpy(j->head + j->head_len, part.p, part.len);
        j->head_len += part.len;
        bytes = str_from(bytes, part.len);
        enum err e = j->head_len == sizeof j->head ? decide(j) : ERR_OK;
        if (e != ERR_OK) {
            return e;
        }
    }
    return bytes.len ? pass_on(j, bytes) : ERR_OK;
}

static void piece_end(void *ctx, bool whole)
{
    struct job *j = ctx;
    struct job_piece *p = &j->pieces[j->n - 1];
    p->whole = whole;
    enum err e = j->decided || p->left_out ? ERR_OK : decide(j);
    /* A failure stays with the redaction or the spool and is told by what comes next. */
    if (e == ERR_OK && !p->left_out) {
        e = redact_end(j->redact);
    }
    j->failed = j->failed == ERR_OK && e != ERR_OK && e != ERR_END ? e : j->failed;
}

static void group_end(void *ctx, unsigned group)
{
    (void)ctx;
    (void)group;
}

static void problem(void *ctx, struct str input, struct str member, uint64_t offset,
                    const char *what)
{
    struct job *j = ctx;
    (void)offset;
    j->problems++;
    tell(member.len ? member : input, what);
}

enum err job_read(struct job *j)
{
    const struct gather_consumer c = {.ctx = j,
                                      .piece_begin = piece_begin,
                                      .piece_bytes = piece_bytes,
                                      .piece_end = piece_end,
                                      .group_end = group_end,
                                      .problem = problem};
    enum err e = gather_run(j->gather, j->args->arg, j->args->n, &c);
    e = e == ERR_OK ? j->failed : e;
    if (e == ERR_OK) {
        e = spool_flush(&j->original);
    }
    return e == ERR_OK ? redact_seal(j->redact) : e;
}
