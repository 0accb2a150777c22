/* What one worker says to another: in each turn one letter to each, with all that is to be said. */
#ifndef APP_SERVE_PARCEL_H
#define APP_SERVE_PARCEL_H

#include "base/sink.h"
#include "flow/edge/edge.h"
#include "io/loop/loop.h"

struct worker;

enum item_kind {
    ITEM_MESSAGE, /* from, bytes: a message for the reader's shard */
    ITEM_CLOSED,  /* from.flow: that connection is over */
    ITEM_SEND,    /* from.flow, bytes: over a connection of the reader's; `worker` wants it */
    ITEM_CLOSE,   /* from.flow: end it */
    ITEM_FIND,    /* bytes: a user of the reader's shard; ticket; back to `worker` */
    ITEM_FOUND,   /* ticket; bytes: targets */
};

struct item {
    enum item_kind kind;
    uint16_t worker;
    uint32_t ticket;
    uint32_t len; /* of bytes, behind it */
    struct edge_from from;
};

struct parcel {
    struct loop_letter letter;
    struct worker *to;
    struct buf bytes; /* items, packed */
};

/* Adds to the parcel that goes from `w` to worker `to` at the end of this turn. False: no memory, or that one is too
 * far behind for a message (which is counted). */
bool parcel_add(struct worker *w, uint16_t to, const struct item *item, struct str bytes);
/* End of a turn: posts them. */
void parcels_post(struct worker *w);
/* Without a reader. */
void parcels_clear(struct worker *w);

/* Targets as bytes, and back: at most `most`, views into `bytes`; how many. */
void targets_write(struct buf *out, const struct edge_target *t, size_t n);
size_t targets_read(struct str bytes, struct edge_target *ret, size_t most);

#endif
