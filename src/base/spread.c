/* Histograms. Values below 64 have a bucket each; then every power of two has 32. */
#include "base/spread.h"

static unsigned bucket_of(uint64_t v)
{
    if (v < (uint64_t)2 * SPREAD_FINE) {
        return (unsigned)v;
    }
    unsigned power = 63 - (unsigned)__builtin_clzll(v) - 5; /* v >> power is 32 to 63 */
    unsigned b = power * SPREAD_FINE + (unsigned)(v >> power);
    return b < SPREAD_BUCKETS ? b : SPREAD_BUCKETS - 1;
}

/* The highest value of a bucket. */
static uint64_t end_of(unsigned bucket)
{
    if (bucket < 2 * SPREAD_FINE) {
        return bucket;
    }
    unsigned power = bucket / SPREAD_FINE - 1;
    uint64_t fine = bucket % SPREAD_FINE + SPREAD_FINE;
    return ((fine + 1) << power) - 1;
}

void spread_add(struct spread *s, uint64_t value)
{
    uint32_t *count = &s->count[bucket_of(value)];
    *count += *count < UINT32_MAX;
    s->n++;
    s->sum += value;
    s->most = value > s->most ? value : s->most;
}

void spread_merge(struct spread *to, const struct spread *from)
{
    for (unsigned i = 0; i < SPREAD_BUCKETS; i++) {
        uint64_t sum = (uint64_t)to->count[i] + from->count[i];
        to->count[i] = sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
    }
    to->n += from->n;
    to->sum += from->sum;
    to->most = from->most > to->most ? from->most : to->most;
}

uint64_t spread_at(const struct spread *s, double share)
{
    double wanted = share * (double)s->n;
    uint64_t n = 0;
    for (unsigned i = 0; i < SPREAD_BUCKETS && s->n; i++) {
        n += s->count[i];
        if (n && (double)n >= wanted) {
            return end_of(i) < s->most ? end_of(i) : s->most;
        }
    }
    return s->most;
}
