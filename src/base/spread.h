/* How values spread: a histogram whose buckets grow with the value, each at most a thirty-second of it wide. Adding costs the same
 * whatever the value; those of several threads are put together. */
#ifndef BASE_SPREAD_H
#define BASE_SPREAD_H

#include <stdint.h>

enum {
    SPREAD_FINE = 32, /* buckets of each power of two */
    SPREAD_POWERS =
        36, /* above them: values up to 2^41, of microseconds 25 days; more counts as that */
    SPREAD_BUCKETS = 2 * SPREAD_FINE + (SPREAD_POWERS - 1) * SPREAD_FINE,
};

struct spread {
    uint64_t n, sum, most;
    uint32_t count[SPREAD_BUCKETS]; /* stays at its highest number */
};

void spread_add(struct spread *s, uint64_t value);
void spread_merge(struct spread *to, const struct spread *from);
/* The value that `share` (0 to 1) of all are not above, as the upper end of its bucket, but not above the highest value; 0 where there
 * are none. */
uint64_t spread_at(const struct spread *s, double share);

#endif
