/* The SIP edge of one shard: registrar, what it says to phones, and the door to calls. Pure: messages in, actions out, time as
 * an argument. RFC 3261 8.2, 10.3, 17.2, 18.2, 22; RFC 3581, 4320, 5626 (flows), 7616, 8760.
 *
 *     edge_on_message(e, &from, bytes, now);
 *     while (edge_next(e, &action)) ...         // what it points at is good until the next edge_on_x
 *     wait until edge_deadline(e), then edge_on_time(e, now)
 *
 * Shards: an AOR belongs to one (edge_shard); whoever reads a message from a socket hands it to that one's thread. */
#ifndef FLOW_EDGE_EDGE_H
#define FLOW_EDGE_EDGE_H

#include "base/crypto.h"
#include "domain/account/account.h"
#include "domain/binding/binding.h"
#include "domain/fact/fact.h"

struct edge;

/* How a message came. */
struct edge_from {
    struct flow flow;      /* with peer */
    struct endpoint local; /* the address it came to */
    bool has_mac; /* TLS: the client's certificate carries this MAC, and its chain was verified */
    struct mac mac;
};

enum edge_look { EDGE_STANDARD, EDGE_BROADWORKS };

enum { EDGE_NAMES = 8, EDGE_SHARDS = 64 };

/* 0 and empty: the default in the comment. Texts must outlive the edge. */
struct edge_cfg {
    const struct crypto *crypto;
    enum edge_look look;
    struct str realm; /* required */
    struct str domains
        [EDGE_NAMES]; /* hosts of AORs that are ours, beside every literal address we listen on */
    size_t n_domains;
    struct str server; /* Server field; empty: none is sent */
    uint16_t shard, shards, node;
    uint8_t nonce_key[32]; /* the same in all shards and nodes */
    uint8_t flow_key[32];  /* of tokens in Record-Route */
    struct hash_key hash;
    uint32_t expires_least; /* s: 60 */
    uint32_t expires_most;  /* s: 3600; broadworks: 120 */
    uint32_t expires_usual; /* s, asked for nothing: 3600 */
    uint32_t
        arrivals_most; /* new bindings a second from one address; who comes later gets 503. 0: no limit */
    uint32_t expires_spread; /* percent by which a grant is shortened at random, against herds: 0 */
    uint32_t nonce_life;     /* s: 30 */
    uint16_t contacts_most;  /* of an AOR: 8 */
    size_t bindings_most;    /* 1,000,000 */
    size_t accounts_most;    /* 1,000,000 */
    size_t replies_bytes;    /* memory for answers kept for retransmissions (17.2.2): 32 MiB */
    bool
        mac_must_match; /* an account with a MAC is served by TLS with its certificate, and not otherwise: false */
    bool
        reply_to_source; /* UDP answers go where the request came from, asked (rport) or not: set by edge_cfg_usual */
};
/* Defaults for everything that has one. */
void edge_cfg_usual(struct edge_cfg *cfg);

enum edge_do {
    EDGE_SEND,  /* bytes to flow */
    EDGE_CLOSE, /* end the connection of flow once what was sent is out */
    EDGE_STORE, /* bytes: a binding record; on disk before anything sent later leaves */
    EDGE_TELL,  /* a fact for the journal */
    EDGE_FIND, /* ask the shard of `user` (edge_contacts) and come back with edge_on_found(ticket) */
};

struct edge_action {
    enum edge_do what;
    struct flow flow;
    struct str bytes;
    const struct fact *fact; /* kinds edge.*; f[] only, place and time are not set */
    struct str user;
    uint32_t ticket;
};

enum err edge_new(const struct edge_cfg *cfg, uint64_t seed, usec_t now,
                  struct edge **ret) MUST_CHECK;
void edge_free(struct edge *e);

/* The address of listener `listener` (of struct flow): calls tell it to phones that are reached over it. Known of each
 * listener that a message came to; told at the start for the others, its ip may be unset (any). */
void edge_on_local(struct edge *e, uint8_t listener, const struct endpoint *local);

/* `now` is the date (microseconds UTC) and must not fall; who calls takes care of a clock that is set back. */
/* A datagram, or one message of a stream (sip_frame_next). */
void edge_on_message(struct edge *e, const struct edge_from *from, struct str bytes, usec_t now);
/* A stream broke framing: `head` is what there is of the message (may be empty), status 400 or 513; answers and closes. */
void edge_on_broken(struct edge *e, const struct edge_from *from, struct str head, unsigned status,
                    usec_t now);
void edge_on_closed(struct edge *e, const struct flow *flow, usec_t now);
void edge_on_time(struct edge *e, usec_t now);
usec_t edge_deadline(const struct edge *e); /* USEC_NONE: none */
bool edge_next(struct edge *e, struct edge_action *ret);

/* How busy: 0 to 2. 1: newcomers get 503 with Retry-After, 2: refreshes too. */
void edge_load(struct edge *e, unsigned level);
/* Granted lifetimes end at most so many seconds from now on (0: as configured): before a planned end. */
void edge_drain(struct edge *e, uint32_t seconds);

/* Where a message belongs: REGISTER by its To, other requests by their From, responses by the branch that the edge gave.
 * One quick look, no full reading; anything unreadable belongs to shard 0. */
uint16_t edge_shard(const struct hash_key *key, uint16_t shards, struct str bytes);
uint16_t edge_shard_of(const struct hash_key *key, uint16_t shards, struct str user);

/* Contacts of an AOR for a call or a NOTIFY from another shard; at most `most`. Copies into `arena`. */
struct edge_target {
    struct str contact;
    struct flow flow;
    uint16_t q;
};
size_t edge_contacts(struct edge *e, struct str user, struct arena *arena, struct edge_target *ret,
                     size_t most);
void edge_on_found(struct edge *e, uint32_t ticket, const struct edge_target *targets, size_t n,
                   usec_t now);

/* Accounts. A removed account's bindings go with it (stored and told). */
enum err edge_account_put(struct edge *e, const struct account_row *row, usec_t now) MUST_CHECK;
bool edge_account_remove(struct edge *e, struct str user, usec_t now);

/* A binding read from the file of an earlier run: no flow but UDP's. ERR_MISSING: no such account; ERR_END: its time is over. */
enum err edge_restore(struct edge *e, enum binding_change change, struct str user,
                      const struct binding *b, usec_t now) MUST_CHECK;
/* Records of all bindings into `out`, `most` from *cursor on (0: the first); false when all were written. */
bool edge_snapshot(struct edge *e, uint32_t *cursor, size_t most, struct sink *out);

/* NOTIFY to every contact of `user`: "check-sync", "resync", "reboot_now", "restart_now", "report", "prt-gen" (RFC 3261 12 does
 * not apply: out of dialog). Answers the phone's challenge with the account's HA1 where its realm is ours. ERR_MISSING: no
 * account or nothing registered; ERR_USAGE: the event is not known. What came of it is told (edge.notified). */
enum err edge_notify(struct edge *e, struct str user, struct str event, usec_t now) MUST_CHECK;

/* Counters for /metrics; rise only, but for the gauges at the end. One table: edge_count.def. */
enum edge_count {
#define COUNT(id, name, labels, help) EDGE_##id,
#include "flow/edge/edge_count.def"
#undef COUNT
    EDGE_COUNTS,
};
const uint64_t *edge_counts(const struct edge *e);
size_t edge_bindings(const struct edge *e);
size_t edge_accounts(const struct edge *e);

#endif
