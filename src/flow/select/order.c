/* Whose turn it is (RFC 2782 "Priority", "Weight"). */
#include "flow/select/inside.h"

/* Of hosts from..n with the least priority, one by chance: each as likely as its weight says, one without weight rarely. */
static unsigned draw(const struct select_resolve *r, unsigned from, uint64_t *random)
{
    uint16_t least = UINT16_MAX;
    uint32_t sum = 0, running = 0;
    for (unsigned i = from; i < r->n_hosts; i++) {
        least = r->host[i].priority < least ? r->host[i].priority : least;
    }
    for (unsigned i = from; i < r->n_hosts; i++) {
        sum += r->host[i].priority == least ? r->host[i].weight * 16U + 1 : 0;
    }
    uint32_t at = random_below(random, sum);
    for (unsigned i = from; i < r->n_hosts; i++) {
        running += r->host[i].priority == least ? r->host[i].weight * 16U + 1 : 0;
        if (at < running) {
            return i;
        }
    }
    return from;
}

void select_hosts_order(struct select_resolve *r, unsigned from, uint64_t *random)
{
    for (unsigned i = from; i + 1 < r->n_hosts; i++) {
        unsigned chosen = draw(r, i, random);
        struct host h = r->host[chosen];
        memmove(&r->host[i + 1], &r->host[i], (chosen - i) * sizeof h);
        r->host[i] = h;
    }
}

void select_entries_by_port(struct select_resolve *r)
{
    unsigned n = 0;
    for (unsigned i = 0; i < r->n; i++) {
        if (r->entry[i].at.port == r->entry[0].at.port) {
            struct entry e = r->entry[i];
            memmove(&r->entry[n + 1], &r->entry[n], (i - n) * sizeof e);
            r->entry[n++] = e;
        }
    }
}
