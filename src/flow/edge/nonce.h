/* Nonces that need no memory to be known again: time, number and place under an HMAC (RFC 7616 5.4), and beside them the last nc of
 * each of the newest ones (3.4, 5.5). Inside the module only. */
#ifndef FLOW_EDGE_NONCE_H
#define FLOW_EDGE_NONCE_H

#include "base/crypto.h"
#include "base/time.h"

enum {
    NONCE_RING = 1 << 20,
    NONCE_RECENT = 1 << 12,
    NONCE_OTHERS = 1 << 14,
    NONCE_GROUP = 4,
    NONCE_TEXT = 80
};

struct nonce {
    usec_t made;
    uint32_t number;
    uint16_t shard, node;
    uint64_t code;
};

/* The HMAC that was made last. */
struct nonce_mac {
    bool known;
    usec_t made;
    uint32_t group; /* number / NONCE_GROUP */
    uint32_t place; /* shard and node */
    uint8_t mac[HMAC_MOST];
};

struct nonces {
    uint16_t *last; /* owned, NONCE_RING: the highest nc used; by number */
    uint32_t made;  /* the number of the next one */
    /* owned, NONCE_RECENT: the newest, by number; what is answered at once needs no HMAC again */
    struct nonce *recent;
    struct nonce_mac mac;
    uint64_t *others; /* owned, NONCE_OTHERS: of other nodes, nonce and nc in one */
};

enum nonce_state {
    NONCE_GOOD,
    NONCE_OLD,   /* ours, but its time is over, or what was used of it is no longer known */
    NONCE_ALIEN, /* not ours */
};

struct edge;

/* ERR_MEMORY. */
enum err nonces_new(struct nonces *n) MUST_CHECK;
void nonces_free(struct nonces *n);
/* A new one into `text`; an empty view when the library refuses. */
struct str nonce_make(struct edge *e, char text[NONCE_TEXT]);
enum nonce_state nonce_read(struct edge *e, struct str text, struct nonce *ret_nonce);
/* Uses `nc` of a good nonce: false when it, or a higher one, was used before. */
bool nonce_use(struct edge *e, const struct nonce *n, uint32_t nc);

#endif
