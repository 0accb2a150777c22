/* Guessing and crowding are slowed down: wrong digests are counted per source and name, per source, and per name; names that nobody has
 * are counted just as well. Challenges never count. */
#ifndef FLOW_GUARD_GUARD_H
#define FLOW_GUARD_GUARD_H

#include "base/addr.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/time.h"

enum {
    GUARD_SETS = 1 << 12,
    GUARD_WAYS = 4,
    GUARD_PAIR_MOST = 5,     /* wrong digests of a source and name in a minute */
    GUARD_SOURCE_MOST = 50,  /* of a source: it is suspect then */
    GUARD_USER_MOST = 100,   /* of a name, from wherever */
    GUARD_ANSWERS = 10,      /* a second, to a suspect source */
    GUARD_LOCK_S = 60,       /* doubled each time ... */
    GUARD_LOCK_MOST_S = 3600 /* ... up to this */
};

struct guard_entry {
    uint64_t key; /* 0: empty */
    usec_t since; /* of the minute that is counted */
    usec_t until; /* locked until */
    uint16_t count;
    uint16_t times;   /* it was locked before */
    uint32_t answers; /* in the second `second` */
    int64_t second;
};

struct guard {
    struct guard_entry *set; /* owned, GUARD_SETS * GUARD_WAYS */
    usec_t quiet;            /* from then on nothing in it counts any more */
};

/* What a wrong digest brought about. */
struct guard_verdict {
    bool pair, source, user; /* locked from now on */
    uint32_t seconds;        /* for so long */
};

enum err guard_new(struct guard *g) MUST_CHECK;
void guard_free(struct guard *g);
/* Whether nobody has guessed wrong for so long that nobody is locked or suspect. */
static inline bool guard_quiet(const struct guard *g, usec_t now)
{
    return now > g->quiet;
}
/* Seconds that this source may not try this name any more; 0: it may. */
uint32_t guard_locked(struct guard *g, const struct hash_key *key, struct addr source,
                      struct str user, usec_t now);
bool guard_suspect(struct guard *g, const struct hash_key *key, struct addr source, usec_t now);
/* Whether a suspect source gets one more answer in this second. */
bool guard_answer(struct guard *g, const struct hash_key *key, struct addr source, usec_t now);
struct guard_verdict guard_wrong(struct guard *g, const struct hash_key *key, struct addr source,
                                 struct str user, usec_t now);
/* Whether a source may bring one more new binding in this second, of `most`; 0: as many as it likes. */
bool guard_arrival(struct guard *g, const struct hash_key *key, struct addr source, uint32_t most,
                   usec_t now);
void guard_right(struct guard *g, const struct hash_key *key, struct addr source, struct str user,
                 usec_t now);

#endif
