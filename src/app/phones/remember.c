/* A table of phones with their configurations, in the order of use. */
#include "app/phones/remember.h"

#include <assert.h>
#include <stdlib.h>

#define FRESH (600 * USEC_S)
#define NONE UINT32_MAX

struct place {
    struct prov_device *device; /* owned; NULL: free */
    char *squeezed;             /* owned */
    usec_t told;
    size_t bytes;
    uint32_t chain;        /* next of the same hash */
    uint32_t older, newer; /* by use */
};

struct memory {
    struct hash_key key;
    struct place *at; /* owned, `most` */
    uint32_t *bucket; /* owned, `buckets` */
    uint32_t most, n, buckets, free, oldest, newest;
    size_t bytes, bytes_most;
};

enum err memory_new(const struct hash_key *key, size_t most, size_t bytes, struct memory **ret)
{
    struct memory *m = calloc(1, sizeof *m);
    uint32_t buckets = 1;
    while (buckets < most) {
        buckets *= 2;
    }
    if (m) {
        m->at = calloc(most, sizeof *m->at);
        m->bucket = calloc(buckets, sizeof *m->bucket);
    }
    if (!m || !m->at || !m->bucket) {
        memory_free(m);
        return ERR_MEMORY;
    }
    m->key = *key;
    m->most = (uint32_t)most;
    m->buckets = buckets;
    m->bytes_most = bytes;
    m->oldest = m->newest = NONE;
    for (uint32_t i = 0; i < buckets; i++) {
        m->bucket[i] = NONE;
    }
    for (uint32_t i = 0; i < m->most; i++) {
        m->at[i].chain = i + 1 < m->most ? i + 1 : NONE;
    }
    *ret = m;
    return ERR_OK;
}

void memory_free(struct memory *m)
{
    if (m) {
        for (uint32_t i = 0; m->at && i < m->most; i++) {
            free(m->at[i].device);
            free(m->at[i].squeezed);
        }
        free(m->at);
        free(m->bucket);
        free(m);
    }
}

static uint32_t *bucket_of(const struct memory *m, struct mac mac)
{
    struct str s = str_of((const char *)mac.b, sizeof mac.b);
    return &m->bucket[hash_str(&m->key, s) & (m->buckets - 1)];
}

static uint32_t find(const struct memory *m, struct mac mac)
{
    uint32_t i = *bucket_of(m, mac);
    while (i != NONE && !mac_eq(m->at[i].device->mac, mac)) {
        i = m->at[i].chain;
    }
    return i;
}

static void unuse(struct memory *m, uint32_t i)
{
    struct place *x = &m->at[i];
    *(x->older == NONE ? &m->oldest : &m->at[x->older].newer) = x->newer;
    *(x->newer == NONE ? &m->newest : &m->at[x->newer].older) = x->older;
}

static void use(struct memory *m, uint32_t i)
{
    struct place *x = &m->at[i];
    x->older = m->newest;
    x->newer = NONE;
    *(m->newest == NONE ? &m->oldest : &m->at[m->newest].newer) = i;
    m->newest = i;
}

static void drop(struct memory *m, uint32_t i)
{
    struct place *x = &m->at[i];
    assert(x->device);
    uint32_t *link = bucket_of(m, x->device->mac);
    while (*link != i) {
        link = &m->at[*link].chain;
    }
    *link = x->chain;
    unuse(m, i);
    m->bytes -= x->bytes;
    m->n--;
    free(x->device);
    free(x->squeezed);
    *x = (struct place){.chain = m->free};
    m->free = i;
}

const struct prov_device *memory_find(struct memory *m, struct mac mac, usec_t now)
{
    uint32_t i = find(m, mac);
    if (i == NONE) {
        return NULL;
    }
    if (now - m->at[i].told > FRESH) {
        drop(m, i);
        return NULL;
    }
    unuse(m, i);
    use(m, i);
    return m->at[i].device;
}

static size_t size_of(const struct prov_device *d)
{
    return sizeof *d + d->plain.len + d->gzip.len + d->rule.len + 256;
}

bool memory_put(struct memory *m, struct prov_device *d, char *squeezed, usec_t now)
{
    size_t bytes = size_of(d);
    memory_forget(m, d->mac);
    if (bytes > m->bytes_most) {
        return false;
    }
    while (m->oldest != NONE && (m->n == m->most || m->bytes + bytes > m->bytes_most)) {
        drop(m, m->oldest);
    }
    uint32_t i = m->free;
    struct place *x = &m->at[i];
    uint32_t *link = bucket_of(m, d->mac);
    m->free = x->chain;
    *x = (struct place){
        .device = d, .squeezed = squeezed, .told = now, .bytes = bytes, .chain = *link};
    *link = i;
    use(m, i);
    m->bytes += bytes;
    m->n++;
    return true;
}

void memory_forget(struct memory *m, struct mac mac)
{
    uint32_t i = find(m, mac);
    if (i != NONE) {
        drop(m, i);
    }
}

void memory_forget_all(struct memory *m)
{
    while (m->oldest != NONE) {
        drop(m, m->oldest);
    }
}

size_t memory_count(const struct memory *m)
{
    return m->n;
}
