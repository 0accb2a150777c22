/* Failures as a bucket that leaks: `until` is when it is empty. */
#include "app/hub/throttle.h"

void throttle_init(struct throttle *t, const struct hash_key *key, unsigned most, usec_t each)
{
    memset(t, 0, sizeof *t);
    t->key = *key;
    t->most = most;
    t->each = each;
}

static size_t row(const struct throttle *t, struct str name)
{
    return hash_str(&t->key, name) % THROTTLE_ROWS;
}

usec_t throttle_wait(const struct throttle *t, struct str name, usec_t now)
{
    usec_t left = t->until[row(t, name)] - now;
    usec_t free = (usec_t)(t->most - 1) * t->each;
    return left > free ? left - free : 0;
}

void throttle_failed(struct throttle *t, struct str name, usec_t now)
{
    usec_t *until = &t->until[row(t, name)];
    usec_t full = now + (usec_t)t->most * t->each;
    *until = (*until > now ? *until : now) + t->each;
    *until = *until < full ? *until : full;
}

void throttle_forget(struct throttle *t, struct str name)
{
    t->until[row(t, name)] = 0;
}
