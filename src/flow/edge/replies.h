/* Answers kept byte for byte for requests that come again over UDP (RFC 3261 17.2.2: Timer J, 32 s). In blocks that are given
 * back when all in them is over; past the limit the oldest go. Inside the module only. */
#ifndef FLOW_EDGE_REPLIES_H
#define FLOW_EDGE_REPLIES_H

#include "base/err.h"
#include "base/str.h"
#include "base/time.h"

enum { REPLIES_BLOCK = 64 * 1024, REPLIES_SETS = 1 << 13, REPLIES_WAYS = 8 };

struct replies_block {
    char *p; /* owned */
    size_t used;
    usec_t last; /* when its newest answer was put in */
};

struct replies {
    struct replies_block *ring; /* owned, `most` of them; block k stands at k % most */
    size_t most;
    uint64_t first, end; /* numbers of the blocks that are there */
    uint64_t *set; /* owned, REPLIES_SETS * REPLIES_WAYS: 16 bits of the key, place + 1; 0: none */
};

/* ERR_MEMORY. `bytes`: of all blocks together. */
enum err replies_new(struct replies *r, size_t bytes) MUST_CHECK;
void replies_free(struct replies *r);
/* Without memory, or longer than a block: not kept. */
void replies_add(struct replies *r, uint64_t key, struct str answer, usec_t now);
/* The answer that was given; good until the next call. */
bool replies_find(const struct replies *r, uint64_t key, usec_t now, struct str *ret_answer);
void replies_on_time(struct replies *r, usec_t now);
usec_t replies_deadline(const struct replies *r);
size_t replies_bytes(const struct replies *r);

#endif
