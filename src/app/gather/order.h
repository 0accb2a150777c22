/* Which pieces of a log are older, told by their first and last records. Pure. */
#ifndef APP_GATHER_ORDER_H
#define APP_GATHER_ORDER_H

#include "base/err.h"
#include "proto/logcat/logcat.h"

struct order_keys {
    struct logcat_key first; /* not valid: no log, the piece keeps its place */
    struct logcat_key last;  /* not valid: as `first` */
};

struct order_piece {
    struct order_keys keys;
    uint32_t scope; /* pieces of one scope stay together */
};

/* The first record of `head` and the last of `tail`; `tail` may be empty. */
struct order_keys order_keys_of(struct str head, struct str tail);
/* `ret_order[i]` is the index of the piece that comes at place i. ERR_MEMORY. */
enum err order_pieces(const struct order_piece *pieces, size_t n, size_t *ret_order) MUST_CHECK;

#endif
