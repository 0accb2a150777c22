/* How often somebody may guess: tries that failed, by name. A table of fixed size: names whose hashes meet share a row, so a crowd
 * of names frees none. Pure. */
#ifndef APP_HUB_THROTTLE_H
#define APP_HUB_THROTTLE_H

#include "base/hash.h"
#include "base/time.h"

enum { THROTTLE_ROWS = 4096 };

struct throttle {
    struct hash_key key;
    unsigned most;               /* failures that are free, at least 1 */
    usec_t each;                 /* after it one is forgotten */
    usec_t until[THROTTLE_ROWS]; /* when all of them are forgotten */
};

void throttle_init(struct throttle *t, const struct hash_key *key, unsigned most, usec_t each);
/* How long `name` has to wait before it may try; 0: it may now. */
usec_t throttle_wait(const struct throttle *t, struct str name, usec_t now);
void throttle_failed(struct throttle *t, struct str name, usec_t now);
/* It was right: nothing is held against it any more. */
void throttle_forget(struct throttle *t, struct str name);

#endif
