/* Calls between phones: a transaction-stateful proxy for requests that the edge has authenticated and
 * found targets for (RFC 3261 16, 17; RFC 4320, 5393, 5626, 5658, 6026). Never a relay: it sends only to
 * flows of bindings and to those that its own tokens name. Pure, as flow/edge: messages in (read by
 * sip_read, passed by sip_check), messages to send out, time as an argument. */
#ifndef FLOW_CALL_CALL_H
#define FLOW_CALL_CALL_H

#include "base/crypto.h"
#include "base/hash.h"
#include "domain/binding/binding.h"
#include "proto/sip/sip.h"

struct call; /* all calls of a shard */

enum { CALL_TARGETS = 8 };

/* Texts must outlive the calls. */
struct call_cfg {
    const struct crypto *crypto;
    uint8_t flow_key[32]; /* of tokens in Record-Route; the same in all shards */
    struct hash_key hash;
    uint16_t shard;   /* below 256 */
    struct str host;  /* of Via and Record-Route; empty: the address that a phone reaches us at */
    struct str realm; /* ours: Proxy-Authorization for it goes no further (RFC 3261 22.3) */
    size_t most;      /* transactions at once; 0: 20,000 */
};

struct call_target {
    struct str contact;
    struct flow flow;
    uint16_t q;
};

struct call_from {
    struct flow flow;
    struct endpoint local; /* the address it came to */
};

/* What it wants sent; the edge turns these into its own actions. */
struct call_send {
    struct flow flow;
    struct str bytes;
};

/* ERR_MEMORY. */
enum err call_new(const struct call_cfg *cfg, uint64_t seed, usec_t now,
                  struct call **ret) MUST_CHECK;
void call_free(struct call *c);

/* The address of listener `flow.listener`, as phones see it: Record-Route names it to those that are
 * reached over that listener. Told for any message, or at the start. Without an ip only its port is known,
 * and the ip that the caller reached stands for it. */
void call_on_local(struct call *c, uint8_t listener, const struct endpoint *local);

/* A request out of a dialog (no ACK, no CANCEL) with its targets, at least one, tried all at once (16.6).
 * An INVITE is answered 100 at once. Route fields do not steer it and are taken off. */
void call_on_request(struct call *c, const struct call_from *from, const struct sip_msg *msg,
                     const struct call_target *targets, size_t n, usec_t now);
/* Whether it is one for a transaction or dialog of ours: a CANCEL or ACK of an INVITE, or a request whose
 * topmost Route is our token. Handled if so: forwarded, answered (403 for a token that is not of this
 * dialog, 430 where the flow is gone, 481, 483), or absorbed. */
bool call_on_in_dialog(struct call *c, const struct call_from *from, const struct sip_msg *msg,
                       usec_t now);
/* A retransmission of a request that is being handled: absorbed or answered again. */
bool call_on_again(struct call *c, const struct call_from *from, const struct sip_msg *msg,
                   usec_t now);
/* A response whose top Via branch is ours (call_is_branch). One that is malformed or matches nothing is
 * dropped. */
void call_on_response(struct call *c, const struct call_from *from, const struct sip_msg *msg,
                      usec_t now);
/* The connection ended, or a send found it gone: what waits for an answer over it fails (430 in a
 * dialog, 480 else). */
void call_on_closed(struct call *c, const struct flow *flow, usec_t now);
void call_on_time(struct call *c, usec_t now);
usec_t call_deadline(const struct call *c); /* USEC_NONE: none */
/* Next thing to send; views are good until the next call_on_x after it returned false. */
bool call_next(struct call *c, struct call_send *ret);
size_t call_count(const struct call *c); /* transactions at present */

/* Branches that we make, here and in flow/edge: "z9hG4bKdt", two small hexadecimal digits of the shard,
 * then a letter: 'c' is flow/call's, 'e' flow/edge's, then whatever its maker needs. */
bool call_branch_shard(struct str branch, uint16_t *ret_shard);
/* It is one of flow/call's. */
bool call_is_branch(struct str branch);

#endif
