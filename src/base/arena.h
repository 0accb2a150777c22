/* Memory that is given out piece by piece and taken back whole, under a limit. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/err.h"
#include "base/str.h"

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first; owned */
    size_t used;                /* bytes taken from the system */
    size_t limit;               /* bytes; past it arena_alloc returns NULL */
};

/* `limit` in bytes, 0 for none. Takes nothing from the system yet. */
void arena_init(struct arena *a, size_t limit);
/* `size` bytes, zeroed, aligned for any type; NULL at the limit or without memory. */
void *arena_alloc(struct arena *a, size_t size) MUST_CHECK;
/* The same, with whatever the memory held before: for who writes all of it. */
void *arena_room(struct arena *a, size_t size) MUST_CHECK;
/* A copy of `s` inside the arena. At the limit: an empty view. */
struct str arena_str(struct arena *a, struct str s);
/* Hands all that `from` gave out over to `to`, whatever its limit; `from` is empty then. */
void arena_move(struct arena *to, struct arena *from);
/* Forgets everything but keeps one block for the next round. */
void arena_reset(struct arena *a);
/* Gives everything back; the arena can be used again. */
void arena_clear(struct arena *a);

#endif
