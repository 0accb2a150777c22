/* A bump allocator over blocks from malloc. */
#include "base/arena.h"

#include <stdlib.h>

struct arena_block {
    struct arena_block *next;
    size_t size; /* bytes of data */
    size_t used;
    _Alignas(max_align_t) unsigned char data[];
};

/* Small first: most arenas hold one phone's evidence, and there may be thousands. */
enum { BLOCK_FIRST = 2048, BLOCK_MOST = 65536 };

void arena_init(struct arena *a, size_t limit)
{
    *a = (struct arena){.blocks = NULL, .used = 0, .limit = limit ? limit : SIZE_MAX};
}

static struct arena_block *block_new(struct arena *a, size_t need)
{
    size_t size = BLOCK_FIRST;
    if (a->blocks) {
        size = a->blocks->size * 2 < BLOCK_MOST ? a->blocks->size * 2 : BLOCK_MOST;
    }
    size = size < need ? need : size;
    size_t whole = sizeof(struct arena_block) + size;
    if (whole < size || whole > a->limit - a->used) {
        return NULL;
    }
    struct arena_block *b = malloc(whole);
    if (b) {
        *b = (struct arena_block){.next = a->blocks, .size = size, .used = 0};
        a->blocks = b;
        a->used += whole;
    }
    return b;
}

void *arena_room(struct arena *a, size_t size)
{
    size_t step = _Alignof(max_align_t);
    if (size > SIZE_MAX / 2) {
        return NULL;
    }
    size = (size + step - 1) / step * step;
    struct arena_block *b = a->blocks;
    if (!b || b->size - b->used < size) {
        b = block_new(a, size);
        if (!b) {
            return NULL;
        }
    }
    void *p = b->data + b->used;
    b->used += size;
    return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
    void *p = arena_room(a, size);
    return p ? memset(p, 0, size) : NULL;
}

struct str arena_str(struct arena *a, struct str s)
{
    char *p = s.len ? arena_room(a, s.len) : NULL;
    if (!p) {
        return str_of(NULL, 0);
    }
    memcpy(p, s.p, s.len);
    return str_of(p, s.len);
}

/* The newest block of `to` stays the newest: there is room left in it. */
void arena_move(struct arena *to, struct arena *from)
{
    struct arena_block **at = to->blocks ? &to->blocks->next : &to->blocks;
    struct arena_block *last = from->blocks;
    if (!last) {
        return;
    }
    while (last->next) {
        last = last->next;
    }
    last->next = *at;
    *at = from->blocks;
    to->used += from->used;
    from->blocks = NULL;
    from->used = 0;
}

void arena_reset(struct arena *a)
{
    struct arena_block *keep = a->blocks;
    if (!keep) {
        return;
    }
    a->blocks = keep->next;
    arena_clear(a);
    keep->next = NULL;
    keep->used = 0;
    a->blocks = keep;
    a->used = sizeof *keep + keep->size;
}

void arena_clear(struct arena *a)
{
    while (a->blocks) {
        struct arena_block *next = a->blocks->next;
        free(a->blocks);
        a->blocks = next;
    }
    a->used = 0;
}
