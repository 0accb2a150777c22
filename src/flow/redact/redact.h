/* Takes identities out of logs: what names a device, a person, a customer's network or a secret is
 * replaced by a numbered pseudonym of the same length and character class; all else stays byte for
 * byte. Three passes over the same texts, in the same order:
 *
 *     redact_begin(r, REDACT_COLLECT, NULL)  redact_feed*  redact_end     for every text
 *     redact_seal(r)                                                      once
 *     redact_begin(r, REDACT_REPLACE, out)   redact_feed*  redact_end     for every text
 *     redact_begin(r, REDACT_CHECK, NULL)    redact_feed*  redact_end     for every text made
 *
 * docs/redact.md lists what is replaced and what stays. */
#ifndef FLOW_REDACT_REDACT_H
#define FLOW_REDACT_REDACT_H

#include "base/sink.h"

enum redact_class {
    REDACT_MAC,
    REDACT_SERIAL,
    REDACT_IP4, /* public addresses only, as with IP6 */
    REDACT_IP6,
    REDACT_PHONE,
    REDACT_USER,
    REDACT_NAME, /* display names */
    REDACT_DOMAIN,
    REDACT_REALM,
    REDACT_NONCE,
    REDACT_DIGEST, /* response, cnonce, opaque */
    REDACT_SECRET,
    REDACT_SSID,
    REDACT_DEVICE, /* switch names, host names */
    REDACT_WORD,   /* given by redact_also */
    REDACT_CLASSES,
};

enum redact_pass { REDACT_COLLECT, REDACT_REPLACE, REDACT_CHECK };

enum { REDACT_MOST = 100000 }; /* values, prefixes of addresses included */

struct redact;

/* `most` values are held, 0 for REDACT_MOST. ERR_MEMORY. */
enum err redact_new(size_t most, struct redact **ret_r) MUST_CHECK;
void redact_free(struct redact *r);

/* Before the first pass. Words of `text` that are never taken for a name outside of its place (the
 * log's own vocabulary). ERR_LIMIT, ERR_MEMORY. */
enum err redact_guard(struct redact *r, struct str text) MUST_CHECK;
/* Stays: a value, or a domain with all below it. */
enum err redact_keep(struct redact *r, struct str word) MUST_CHECK;
/* Goes, wherever it stands. ERR_USAGE: shorter than 3 bytes or longer than 512. */
enum err redact_also(struct redact *r, struct str word) MUST_CHECK;

/* A text begins. `out` (REPLACE only) receives as many bytes as are fed. */
void redact_begin(struct redact *r, enum redact_pass pass, struct sink *out);
/* ERR_LIMIT: more values than are held; ERR_MEMORY; what the sink returned. */
enum err redact_feed(struct redact *r, struct str bytes) MUST_CHECK;
enum err redact_end(struct redact *r) MUST_CHECK;
/* The first pass is over: gives every value its pseudonym. */
enum err redact_seal(struct redact *r) MUST_CHECK;
/* A name of a file, in any pass, between texts; `name` is changed in place (REPLACE only). */
enum err redact_name(struct redact *r, enum redact_pass pass, char *name, size_t len) MUST_CHECK;

/* The first original that a CHECK pass met since redact_new. */
struct redact_leak {
    enum redact_class class;
    uint64_t line; /* within its text, from 1 */
};
bool redact_leaked(const struct redact *r, struct redact_leak *ret_leak);

/* Values with a pseudonym, and places where they were replaced. */
uint64_t redact_values(const struct redact *r, enum redact_class class);
uint64_t redact_places(const struct redact *r, enum redact_class class);
const char *redact_class_name(enum redact_class class);
/* Every value in the order of its first appearance. */
void redact_each(const struct redact *r,
                 void (*each)(void *ctx, enum redact_class class, struct str original,
                              struct str pseudonym),
                 void *ctx);

/* For tests of the check: values of this class are left as they are. */
void redact_spare(struct redact *r, enum redact_class class);

#endif
