/* The table of values: open hashing over one array, and a second index by the first four bytes. */
#include "flow/redact/values.h"

#include <stdlib.h>

enum { ARENA_MOST = 40 * 1024 * 1024 };

enum err values_init(struct values *t, size_t most)
{
    *t = (struct values){.most = most, .slot_n = 1024};
    while (t->slot_n < 2 * most) {
        t->slot_n *= 2;
    }
    arena_init(&t->arena, ARENA_MOST);
    t->v = calloc(most + 1, sizeof *t->v);
    t->slots = calloc(t->slot_n, sizeof *t->slots);
    t->starts = calloc(t->slot_n, sizeof *t->starts);
    if (!t->v || !t->slots || !t->starts) {
        values_clear(t);
        return ERR_MEMORY;
    }
    return ERR_OK;
}

void values_clear(struct values *t)
{
    arena_clear(&t->arena);
    free(t->v);
    free(t->slots);
    free(t->starts);
    *t = (struct values){.n = 0};
}

/* FNV-1a, 32 bits. */
static uint32_t hash(uint32_t h, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        h = (h ^ (uint8_t)s.p[i]) * 16777619U;
    }
    return h ^ h >> 15;
}

static size_t slot(const struct values *t, enum value_kind kind, struct str text)
{
    return hash(2166136261U + (uint32_t)kind, text) & (t->slot_n - 1);
}

uint32_t values_find(const struct values *t, enum value_kind kind, struct str text)
{
    for (uint32_t i = t->slots[slot(t, kind, text)]; i; i = t->v[i].next) {
        if (t->v[i].kind == kind && str_eq(t->v[i].text, text)) {
            return i;
        }
    }
    return 0;
}

enum err values_add(struct values *t, enum value_kind kind, enum redact_class class,
                    struct str text, unsigned flags, uint32_t *ret_i)
{
    uint32_t i = values_find(t, kind, text);
    if (i == 0) {
        if (t->n >= t->most) {
            return ERR_LIMIT;
        }
        struct str copy = arena_str(&t->arena, text);
        if (copy.len != text.len) {
            return ERR_LIMIT;
        }
        i = (uint32_t)++t->n;
        size_t at = slot(t, kind, text);
        t->v[i] = (struct value){.text = copy,
                                 .next = t->slots[at],
                                 .kind = (uint8_t)kind,
                                 .class = (uint8_t) class,
                                 .flags = (uint8_t)flags};
        t->slots[at] = i;
    } else if (!(flags & VALUE_MAYBE)) {
        t->v[i].flags &= (uint8_t)~VALUE_MAYBE;
    }
    *ret_i = i;
    return ERR_OK;
}

static size_t start(const struct values *t, const char *p)
{
    char four[4];
    for (size_t i = 0; i < sizeof four; i++) {
        four[i] = ascii_lower(p[i]);
    }
    return hash(2166136261U, str_of(four, sizeof four)) & (t->slot_n - 1);
}

/* The first two bytes as a number. */
static unsigned pair(const char *p)
{
    return (unsigned)(uint8_t)ascii_lower(p[0]) << 8 | (uint8_t)ascii_lower(p[1]);
}

void values_literal(struct values *t, uint32_t i)
{
    size_t at = start(t, t->v[i].text.p);
    unsigned two = pair(t->v[i].text.p);
    t->pairs[two / 8] |= (uint8_t)(1U << two % 8);
    t->v[i].next_at = t->starts[at];
    t->starts[at] = i;
}

static bool same(struct str value, const char *p)
{
    for (size_t i = 0; i < value.len; i++) {
        if (ascii_lower(p[i]) != value.p[i]) {
            return false;
        }
    }
    return true;
}

/* A letter or digit beside the value would make it a part of something else. */
static bool whole(const struct value *v, struct str line, size_t at)
{
    size_t end = at + v->text.len;
    bool host = v->class == REDACT_DOMAIN;
    if (at > 0 && ascii_alnum(v->text.p[0]) &&
        (ascii_alnum(line.p[at - 1]) || (host && line.p[at - 1] == '-'))) {
        return false;
    }
    return end >= line.len || !ascii_alnum(v->text.p[v->text.len - 1]) ||
           !(ascii_alnum(line.p[end]) || (host && line.p[end] == '-'));
}

uint32_t values_at(const struct values *t, struct str line, size_t at)
{
    uint32_t best = 0;
    size_t room = line.len - at;
    if (room < 4) {
        return 0;
    }
    /* Most places are passed here: the index of starts does not fit into the near caches. */
    unsigned two = pair(line.p + at);
    if (!(t->pairs[two / 8] >> two % 8 & 1)) {
        return 0;
    }
    for (uint32_t i = t->starts[start(t, line.p + at)]; i; i = t->v[i].next_at) {
        const struct value *v = &t->v[i];
        if (v->text.len <= room && v->text.len > t->v[best].text.len &&
            same(v->text, line.p + at) && (!(v->flags & VALUE_WHOLE) || whole(v, line, at))) {
            best = i;
        }
    }
    return best;
}

struct str values_lower(struct str s, char buf[VALUE_LONGEST])
{
    s = str_head(s, VALUE_LONGEST);
    for (size_t i = 0; i < s.len; i++) {
        buf[i] = ascii_lower(s.p[i]);
    }
    return str_of(buf, s.len);
}
