/* Holds the pieces of one group back until they can be handed over oldest first. */
#ifndef APP_GATHER_HOLD_H
#define APP_GATHER_HOLD_H

#include "app/gather/gather.h"
#include "app/gather/order.h"

enum { HOLD_CHUNK = 64 * 1024, HOLD_TAIL = 8 * 1024 };

enum hold_state {
    HOLD_IDLE,
    HOLD_KEEPING,   /* the piece goes into the store */
    HOLD_STREAMING, /* the piece goes to the consumer */
    HOLD_DROPPING,  /* the consumer does not want it */
};

struct hold_piece {
    char *name; /* owned */
    size_t name_len;
    enum archive_kind kind;
    bool whole;
    uint64_t start, len; /* bytes in the store */
    struct order_piece order;
};

struct hold {
    const struct gather_options *options;
    const struct gather_consumer *to;
    struct gather_input *input; /* whose bytes are counted */
    uint64_t *handed;           /* bytes in all, for the progress */
    unsigned group;

    /* One run of bytes in chunks; the pieces stand in it one behind the other. */
    char **chunks; /* owned, and so is each */
    size_t n_chunks, cap_chunks;
    uint64_t stored;

    struct hold_piece *pieces; /* owned; the last one is the current one while HOLD_KEEPING */
    size_t n, cap;
    size_t names; /* bytes of the names and what is kept beside them */

    enum hold_state state;
    bool overflowed; /* something went to the consumer before its group was complete */
    bool noted;      /* that this was told */
    uint64_t logs;   /* pieces of the group that have a record */
    size_t head_len;
    char head[ARCHIVE_HEAD]; /* of the current piece */
};

void hold_init(struct hold *h, const struct gather_options *options,
               const struct gather_consumer *to, uint64_t *handed);
void hold_clear(struct hold *h);
/* A new group. */
void hold_start(struct hold *h, struct gather_input *input, unsigned group);
/* One piece, as a visitor gets it. */
enum err hold_begin(struct hold *h, struct str name, enum archive_kind kind) MUST_CHECK;
enum err hold_bytes(struct hold *h, struct str bytes) MUST_CHECK;
void hold_end(struct hold *h, bool whole);
/* Hands over what is held. */
enum err hold_flush(struct hold *h) MUST_CHECK;

/* To the consumer, counted. */
enum err hold_hand_begin(struct hold *h, struct str name, enum archive_kind kind) MUST_CHECK;
enum err hold_hand_bytes(struct hold *h, struct str bytes) MUST_CHECK;

#endif
