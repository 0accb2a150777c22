/* Who guesses is slowed down; a table of fixed size, whose oldest entries give way. */
#include "flow/guard/guard.h"

#include <stdlib.h>

enum kind { KIND_PAIR, KIND_SOURCE, KIND_USER, KIND_ARRIVAL };

static const usec_t minute = 60 * USEC_S;

enum err guard_new(struct guard *g)
{
    g->set = calloc((size_t)GUARD_SETS * GUARD_WAYS, sizeof *g->set);
    g->quiet = INT64_MIN;
    return g->set ? ERR_OK : ERR_MEMORY;
}

void guard_free(struct guard *g)
{
    free(g->set);
}

/* An IPv6 source is its network of 64 bits: a host has all addresses of one. */
static uint64_t key_of(const struct hash_key *key, enum kind kind, struct addr source,
                       struct str user)
{
    char where[18];
    size_t len = source.family == 6 ? 8 : 4;
    where[0] = (char)kind;
    where[1] = (char)source.family;
    memcpy(where + 2, source.b, len);
    struct str a = str_of(where, kind == KIND_USER ? 1 : 2 + len);
    bool named = kind == KIND_PAIR || kind == KIND_USER;
    uint64_t h = hash_pair(key, a, named ? user : str_of(NULL, 0));
    return h ? h : 1;
}

static struct guard_entry *find(const struct guard *g, uint64_t key)
{
    struct guard_entry *set = g->set + (key % GUARD_SETS) * GUARD_WAYS;
    for (unsigned i = 0; i < GUARD_WAYS; i++) {
        if (set[i].key == key) {
            return &set[i];
        }
    }
    return NULL;
}

static struct guard_entry *find_or_make(struct guard *g, uint64_t key, usec_t now)
{
    struct guard_entry *found = find(g, key);
    if (found) {
        return found;
    }
    struct guard_entry *set = g->set + (key % GUARD_SETS) * GUARD_WAYS;
    struct guard_entry *oldest = set;
    for (unsigned i = 1; i < GUARD_WAYS; i++) {
        usec_t a = set[i].until > set[i].since ? set[i].until : set[i].since;
        usec_t b = oldest->until > oldest->since ? oldest->until : oldest->since;
        if (set[i].key == 0 || (oldest->key != 0 && a < b)) {
            oldest = &set[i];
        }
    }
    *oldest = (struct guard_entry){.key = key, .since = now};
    return oldest;
}

static uint32_t seconds_left(const struct guard_entry *x, usec_t now)
{
    return x && x->until > now ? (uint32_t)((x->until - now + USEC_S - 1) / USEC_S) : 0;
}

uint32_t guard_locked(struct guard *g, const struct hash_key *key, struct addr source,
                      struct str user, usec_t now)
{
    if (guard_quiet(g, now)) {
        return 0;
    }
    uint32_t pair = seconds_left(find(g, key_of(key, KIND_PAIR, source, user)), now);
    uint32_t name = seconds_left(find(g, key_of(key, KIND_USER, source, user)), now);
    return pair > name ? pair : name;
}

bool guard_suspect(struct guard *g, const struct hash_key *key, struct addr source, usec_t now)
{
    return !guard_quiet(g, now) &&
           seconds_left(find(g, key_of(key, KIND_SOURCE, source, str_of(NULL, 0))), now) > 0;
}

/* One more of so many in a second. */
static bool is_within(struct guard_entry *x, uint32_t most, usec_t now)
{
    if (x->second != now / USEC_S) {
        x->second = now / USEC_S;
        x->answers = 0;
    }
    return x->answers++ < most;
}

bool guard_answer(struct guard *g, const struct hash_key *key, struct addr source, usec_t now)
{
    struct guard_entry *x = find(g, key_of(key, KIND_SOURCE, source, str_of(NULL, 0)));
    return !x || is_within(x, GUARD_ANSWERS, now);
}

bool guard_arrival(struct guard *g, const struct hash_key *key, struct addr source, uint32_t most,
                   usec_t now)
{
    if (most == 0) {
        return true;
    }
    struct guard_entry *x =
        find_or_make(g, key_of(key, KIND_ARRIVAL, source, str_of(NULL, 0)), now);
    x->since = now;
    return is_within(x, most, now);
}

/* One more; the seconds it is locked for from now on, 0 if it is not. */
static uint32_t count(struct guard *g, uint64_t key, unsigned most, usec_t now)
{
    struct guard_entry *x = find_or_make(g, key, now);
    if (now - x->since > (usec_t)GUARD_LOCK_MOST_S * USEC_S) {
        x->times = 0;
    }
    if (now - x->since > minute) {
        x->since = now;
        x->count = 0;
    }
    x->count++;
    if (x->count < most) {
        return 0;
    }
    usec_t seconds = (usec_t)GUARD_LOCK_S << (x->times < 8 ? x->times : 8);
    seconds = seconds > GUARD_LOCK_MOST_S ? GUARD_LOCK_MOST_S : seconds;
    x->until = now + seconds * USEC_S;
    x->since = x->until;
    x->count = 0;
    x->times++;
    return (uint32_t)seconds;
}

struct guard_verdict guard_wrong(struct guard *g, const struct hash_key *key, struct addr source,
                                 struct str user, usec_t now)
{
    struct guard_verdict v = {0};
    struct str none = str_of(NULL, 0);
    uint32_t pair = count(g, key_of(key, KIND_PAIR, source, user), GUARD_PAIR_MOST, now);
    uint32_t from = count(g, key_of(key, KIND_SOURCE, source, none), GUARD_SOURCE_MOST, now);
    uint32_t name = count(g, key_of(key, KIND_USER, source, user), GUARD_USER_MOST, now);
    v.pair = pair > 0;
    v.source = from > 0;
    v.user = name > 0;
    v.seconds = pair > from ? pair : from;
    v.seconds = name > v.seconds ? name : v.seconds;
    usec_t quiet = now + minute + (usec_t)v.seconds * USEC_S;
    g->quiet = quiet > g->quiet ? quiet : g->quiet;
    return v;
}

void guard_right(struct guard *g, const struct hash_key *key, struct addr source, struct str user,
                 usec_t now)
{
    struct guard_entry *x =
        !guard_quiet(g, now) ? find(g, key_of(key, KIND_PAIR, source, user)) : NULL;
    if (x && x->until <= now) {
        x->key = 0;
    }
}
