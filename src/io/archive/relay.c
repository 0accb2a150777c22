/* Records in blocks, blocks in a ring, between the reading and the parsing thread. */
#include "io/archive/relay.h"

#include <assert.h>
#include <stdlib.h>

enum record_type { REC_INPUT, REC_INPUT_END, REC_BEGIN, REC_BYTES, REC_END, REC_PROBLEM };

struct record {
    uint32_t type;
    uint32_t len; /* bytes behind it, before padding */
    uint64_t value;
    uint64_t more;
    uint64_t unused; /* keeps what follows aligned */
};

static size_t padded(size_t n)
{
    return (n + 15) & ~(size_t)15;
}

enum err relay_init(struct relay *r, const struct archive_visitor *visitor, bool threaded)
{
    *r = (struct relay){.visitor = visitor, .threaded = threaded};
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->filled, NULL);
    pthread_cond_init(&r->emptied, NULL);
    for (size_t i = 0; i < (threaded ? RELAY_RING : 1); i++) {
        r->blocks[i] = malloc(sizeof *r->blocks[i]);
        if (!r->blocks[i]) {
            relay_clear(r);
            return ERR_MEMORY;
        }
        r->blocks[i]->len = 0;
    }
    r->fill = r->blocks[0];
    return ERR_OK;
}

void relay_clear(struct relay *r)
{
    for (size_t i = 0; i < RELAY_RING; i++) {
        free(r->blocks[i]);
    }
    pthread_cond_destroy(&r->emptied);
    pthread_cond_destroy(&r->filled);
    pthread_mutex_destroy(&r->lock);
    *r = (struct relay){0};
}

/* Telling */

static void verdict_note(struct relay *r, enum err e)
{
    if (e == ERR_END) {
        r->dropping = true;
        atomic_store_explicit(&r->skip, r->member, memory_order_relaxed);
    } else if (e != ERR_OK) {
        r->verdict = e;
    }
}

static void tell_begin(struct relay *r, const struct record *rec, const char *p)
{
    r->member++;
    r->dropping = false;
    verdict_note(
        r, r->visitor->begin(r->visitor->ctx, str_of(p, rec->len), (enum archive_kind)rec->value));
    r->unwanted = r->dropping;
}

static void tell_one(struct relay *r, const struct record *rec, const char *p)
{
    const struct archive_visitor *v = r->visitor;
    switch ((enum record_type)rec->type) {
    case REC_INPUT:
        if (v->input) {
            v->input(v->ctx, (size_t)rec->value);
        }
        break;
    case REC_INPUT_END:
        if (v->input_end) {
            v->input_end(v->ctx, (size_t)rec->value, rec->more);
        }
        break;
    case REC_BEGIN:
        tell_begin(r, rec, p);
        break;
    case REC_BYTES:
        if (!r->dropping && rec->len > 0) {
            verdict_note(r, v->bytes(v->ctx, str_of(p, rec->len)));
        }
        break;
    case REC_END:
        if (!r->unwanted) {
            v->end(v->ctx, rec->value != 0);
        }
        break;
    case REC_PROBLEM: /* the sentence, its NUL, the member */
        v->problem(v->ctx, str_of(p + rec->more, rec->len - rec->more), rec->value, p);
        break;
    }
}

static void tell_block(struct relay *r, struct relay_block *b)
{
    for (size_t at = 0; at < b->len && r->verdict == ERR_OK;) {
        struct record rec;
        memcpy(&rec, b->p + at, sizeof rec);
        tell_one(r, &rec, b->p + at + sizeof rec);
        at += sizeof rec + padded(rec.len);
    }
    b->len = 0;
}

enum err relay_tell(struct relay *r)
{
    pthread_mutex_lock(&r->lock);
    while (r->verdict == ERR_OK) {
        while (r->written == r->told && !r->done) {
            pthread_cond_wait(&r->filled, &r->lock);
        }
        if (r->written == r->told) {
            break;
        }
        struct relay_block *b = r->blocks[r->told % RELAY_RING];
        pthread_mutex_unlock(&r->lock);
        tell_block(r, b);
        pthread_mutex_lock(&r->lock);
        r->told++;
        if (r->written - r->told <= RELAY_WAKE) {
            pthread_cond_signal(&r->emptied);
        }
    }
    r->stop = true;
    pthread_cond_signal(&r->emptied);
    pthread_mutex_unlock(&r->lock);
    return r->verdict;
}

/* Writing */

static enum err flush_here(struct relay *r)
{
    tell_block(r, r->fill);
    return r->verdict == ERR_OK ? ERR_OK : ERR_MISSING;
}

enum err relay_flush(struct relay *r)
{
    if (r->fill->len == 0) {
        return ERR_OK;
    }
    if (!r->threaded) {
        return flush_here(r);
    }
    pthread_mutex_lock(&r->lock);
    r->written++;
    if (r->written - r->told >= RELAY_WAKE) {
        pthread_cond_signal(&r->filled);
    }
    while (r->written - r->told == RELAY_RING && !r->stop) {
        pthread_cond_wait(&r->emptied, &r->lock);
    }
    bool stop = r->stop;
    pthread_mutex_unlock(&r->lock);
    r->fill = r->blocks[r->written % RELAY_RING];
    if (stop) {
        r->fill->len = 0;
    }
    return stop ? ERR_MISSING : ERR_OK;
}

void relay_done(struct relay *r)
{
    if (relay_flush(r) != ERR_OK) {
        r->fill->len = 0;
    }
    pthread_mutex_lock(&r->lock);
    r->done = true;
    pthread_cond_signal(&r->filled);
    pthread_mutex_unlock(&r->lock);
}

/* Room for a record with `len` bytes behind it; fills in all but those bytes. */
static enum err record_add(struct relay *r, struct record rec, char **ret_p)
{
    assert(sizeof rec + padded(rec.len) <= sizeof r->fill->p);
    if (r->fill->len + sizeof rec + padded(rec.len) > sizeof r->fill->p) {
        enum err e = relay_flush(r);
        if (e != ERR_OK) {
            return e;
        }
    }
    memcpy(r->fill->p + r->fill->len, &rec, sizeof rec);
    *ret_p = r->fill->p + r->fill->len + sizeof rec;
    r->fill->len += sizeof rec + padded(rec.len);
    return ERR_OK;
}

enum err relay_input(struct relay *r, size_t index)
{
    char *p;
    return record_add(r, (struct record){.type = REC_INPUT, .value = index}, &p);
}

enum err relay_input_end(struct relay *r, size_t index, uint64_t size)
{
    char *p;
    return record_add(r, (struct record){.type = REC_INPUT_END, .value = index, .more = size}, &p);
}

enum err relay_begin(struct relay *r, struct str name, enum archive_kind kind)
{
    char *p;
    struct record rec = {.type = REC_BEGIN, .len = (uint32_t)name.len, .value = (uint64_t)kind};
    enum err e = record_add(r, rec, &p);
    if (e == ERR_OK) {
        memcpy(p, name.p, name.len);
        r->begun++;
    }
    return e;
}

enum err relay_room(struct relay *r, char **ret_p, size_t *ret_cap)
{
    if (r->fill->len + sizeof(struct record) + RELAY_LEAST > sizeof r->fill->p) {
        enum err e = relay_flush(r);
        if (e != ERR_OK) {
            return e;
        }
    }
    *ret_p = r->fill->p + r->fill->len + sizeof(struct record);
    *ret_cap = sizeof r->fill->p - r->fill->len - sizeof(struct record);
    if (*ret_cap > RELAY_BLOCK) {
        *ret_cap = RELAY_BLOCK;
    }
    return ERR_OK;
}

void relay_put(struct relay *r, size_t n)
{
    struct record rec = {.type = REC_BYTES, .len = (uint32_t)n};
    memcpy(r->fill->p + r->fill->len, &rec, sizeof rec);
    r->fill->len += sizeof rec + padded(n);
    if (r->fill->len > sizeof r->fill->p) {
        r->fill->len = sizeof r->fill->p; /* no padding behind the last one */
    }
}

bool relay_skipped(struct relay *r)
{
    return atomic_load_explicit(&r->skip, memory_order_relaxed) == r->begun;
}

enum err relay_end(struct relay *r, bool whole)
{
    char *p;
    return record_add(r, (struct record){.type = REC_END, .value = whole}, &p);
}

enum err relay_problem(struct relay *r, struct str member, uint64_t offset, const char *what)
{
    size_t text = strlen(what) + 1;
    struct record rec = {
        .type = REC_PROBLEM, .len = (uint32_t)(text + member.len), .value = offset, .more = text};
    char *p;
    enum err e = record_add(r, rec, &p);
    if (e == ERR_OK) {
        memcpy(p, what, text);
        memcpy(p + text, member.p, member.len);
    }
    return e;
}
