/* One direction of a TCP connection as a stream of bytes (RFC 9293 3.4): segments come as they were
 * captured, bytes go out in their order, each once. What came first wins over what overlaps it
 * later. A segment that is next goes out where it lies; one that is early is kept, within limits. A
 * hole that is not filled in time is told and passed over. */
#ifndef FLOW_STREAM_STREAM_H
#define FLOW_STREAM_STREAM_H

#include "base/str.h"
#include "flow/stream/budget.h"

enum {
    STREAM_HELD_MOST = 256 << 10, /* bytes kept behind a hole; with more it is passed over */
    STREAM_PARTS_MOST = 256,      /* the same, in segments */
    STREAM_ACKS_MOST = 4,         /* packets that acknowledge a hole before it is passed over */
    STREAM_JUMP = 16 << 20,       /* bytes from where the stream is; farther is another place */
};

struct stream_part;

struct stream {
    uint32_t next; /* sequence number of the next byte */
    bool begun;
    uint8_t acks;             /* packets that acknowledged the hole */
    uint16_t n_held;          /* parts */
    uint32_t held;            /* bytes in them, as captured */
    struct stream_part *head; /* in order of their sequence numbers; owned */
    struct stream_part *tail;
};

/* What comes out. */
struct stream_sink {
    void *ctx;
    /* The next bytes; good until the call returns. The stream must not be changed within. */
    void (*data)(void *ctx, struct str bytes);
    /* `len` bytes are missing here. 0: nobody knows how many. */
    void (*hole)(void *ctx, uint32_t len);
};

/* Set to zero at first. The stream begins at `seq`; without this call at its first segment. */
void stream_begin(struct stream *s, uint32_t seq);
/* A segment whose first byte is `seq`, of `len` bytes, of which `data` was captured. */
void stream_on(struct stream *s, struct budget *b, uint32_t seq, struct str data, uint32_t len,
               const struct stream_sink *sink);
/* The other side has everything before `ack`. */
void stream_acked(struct stream *s, struct budget *b, uint32_t ack, const struct stream_sink *sink);
/* Nothing will come any more: what is kept goes out, with its holes. */
void stream_rest(struct stream *s, struct budget *b, const struct stream_sink *sink);
/* Forgets what is kept. */
void stream_clear(struct stream *s, struct budget *b);

#endif
