/* Bindings: which contacts an AOR can be reached at, until when, over which flow (RFC 3261 10.3, RFC 5626). One
 * table per shard. A binding costs at most 320 bytes with everything around it. */
#ifndef DOMAIN_BINDING_BINDING_H
#define DOMAIN_BINDING_BINDING_H

#include "base/addr.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/sink.h"
#include "base/time.h"

enum transport { TRANSPORT_UDP, TRANSPORT_TCP, TRANSPORT_TLS };

/* What says how a message came and how an answer goes. */
struct flow {
    uint8_t transport; /* enum transport */
    uint8_t listener;  /* index of the listening address: answers leave by it */
    uint16_t worker;   /* TCP and TLS: who holds the connection */
    uint32_t slot;     /* TCP and TLS: which one there ... */
    uint32_t
        serial; /* ... and its number, never used again soon; 0: no connection (UDP, or lost) */
    struct endpoint peer;
};

/* Views while a binding is put in or read; the table holds its own copy, packed. */
struct binding {
    uint32_t account;   /* number in the account table */
    struct str contact; /* the URI as registered */
    struct str call_id;
    struct str agent;    /* User-Agent; what binding_agent leaves of it is kept */
    struct str instance; /* +sip.instance; empty: none */
    uint32_t reg_id;     /* RFC 5626; 0: none */
    uint32_t cseq;
    uint16_t q;    /* thousandths; 1000 without one */
    uint16_t node; /* who holds it */
    struct flow flow;
    usec_t registered; /* date, kept over refreshes */
    usec_t refreshed;  /* date of the last REGISTER */
    usec_t expires;    /* date */
};

enum { BINDING_AGENT_MOST = 64, BINDING_TEXT_MOST = 8192 - BINDING_AGENT_MOST };

/* A User-Agent as it is kept: product and version. What stands from a MAC address on is of one phone alone
 * ("Cisco-CP-8865-3PCC/12.0.2_00005e005301_..."); at most BINDING_AGENT_MOST bytes. */
struct str binding_agent(struct str user_agent);

struct bindings;

/* ERR_MEMORY. */
enum err bindings_new(size_t most, struct bindings **ret) MUST_CHECK;
void bindings_free(struct bindings *t);

/* The bindings of an AOR, a chain that begins at `first` (struct account.bindings). Index + 1; 0: the end. */
uint32_t bindings_next(const struct bindings *t, uint32_t at);
/* Reads one; views are good until the next change of the table. */
void bindings_read(const struct bindings *t, uint32_t at, struct binding *ret);
/* Puts a new one in front of the chain. ERR_LIMIT (the table is full; contact, Call-ID and instance are more than
 * BINDING_TEXT_MOST bytes), ERR_MEMORY: nothing changed. */
enum err bindings_add(struct bindings *t, const struct binding *b, uint32_t *first) MUST_CHECK;
/* Replaces one in place (a refresh: no allocation where the texts are the same). Views of
 * the table itself are fine. ERR_LIMIT, ERR_MEMORY: nothing changed. */
enum err bindings_set(struct bindings *t, uint32_t at, const struct binding *b) MUST_CHECK;
void bindings_remove(struct bindings *t, uint32_t at, uint32_t *first);
/* The connection ended: the bindings that used it (worker, slot and serial) stay, without flow: serial 0. The
 * number of them, and one of them. */
size_t bindings_flow_lost(struct bindings *t, const struct flow *flow, uint32_t *ret_one);
/* The next one whose time is over, 0 for none; it stays until it is removed. */
uint32_t bindings_expired(struct bindings *t, usec_t now);
/* When the next one's time is over; USEC_NONE: never. */
usec_t bindings_deadline(const struct bindings *t);
size_t bindings_count(const struct bindings *t);
/* All of them in turn, for snapshots: from *cursor 0, 0 at the end. Changes in between lose none that stays. */
uint32_t bindings_each(const struct bindings *t, uint32_t *cursor);
/* Bytes taken from the system. */
size_t bindings_memory(const struct bindings *t);

/* -- Records, for the file that survives a crash: one change, one record. A file that ends in the middle of one
 * is read up to it.
 *
 *     4  bytes of the rest, without the checksum     numbers are little-endian
 *     4  checksum of the rest
 *        the change, numbers, address, texts */
enum binding_change { BINDING_PUT, BINDING_REMOVE };
enum { BINDING_RECORD_MOST = 8 * 1024 + 512 };
/* REMOVE uses user and contact only; the account's number is not kept. ERR_LIMIT of the sink: the texts are
 * longer than the table takes them, or user than 255 bytes. */
void binding_record_write(struct sink *out, enum binding_change change, struct str user,
                          const struct binding *b);
/* The record at the start of `bytes`, *ret_len bytes. ERR_MORE. ERR_MALFORMED: the checksum is wrong, or it
 * cannot be. Views into `bytes`. */
enum err binding_record_read(struct str bytes, enum binding_change *ret_change,
                             struct str *ret_user, struct binding *ret_b,
                             size_t *ret_len) MUST_CHECK;

#endif
