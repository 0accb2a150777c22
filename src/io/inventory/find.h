/* The index of devices in memory: what search and a phone's request need of each, found without asking the database. Texts are folded
 * (base/fold.h). Follows the database change by change. */
#ifndef IO_INVENTORY_FIND_H
#define IO_INVENTORY_FIND_H

#include "base/hash.h"
#include "base/index.h"
#include "base/rows.h"
#include "base/slab.h"
#include "io/inventory/inventory.h"

enum { FIND_WORDS = 8, FIND_TEXT = 4096 };
#define FIND_NO_MAC UINT64_MAX

/* A site or an owner. */
struct find_name {
    uint32_t unused; /* of rows.h */
    uint32_t text;   /* piece: the folded name; of an owner with a mail: '\n' and that */
    uint16_t len, name_len;
    uint8_t kind; /* of an owner: enum owner_kind */
    uint8_t fits; /* bit per word of the query `asked` */
    uint32_t asked;
    int64_t id;     /* 0: the row is free */
    int64_t site;   /* of an owner */
    uint64_t marks; /* fold_marks of the text */
    struct index_link link;
};

struct find_device {
    uint32_t unused;
    uint32_t owner, site; /* rows plus 1; 0: none */
    uint32_t
        text; /* piece: folded, '\n' between them: model, serial, note, and of each line label, user, number, display */
    uint16_t len, model_len;
    int64_t id; /* 0: the row is free */
    uint64_t mac;
    uint64_t marks; /* fold_marks of the text */
    struct index_link by_id, by_mac;
};

struct find {
    struct rows devices, owners, sites;
    struct index device_id, device_mac, owner_id, site_id;
    struct slab text;
    struct hash_key key;
    uint32_t asked;
    bool stale; /* no memory on the way: read anew at the next occasion */
};

enum err find_init(struct find *f, size_t most) MUST_CHECK;
void find_clear(struct find *f);
/* All anew from the database. */
enum err find_load(struct inventory *inv) MUST_CHECK;
void find_on(struct inventory *inv, const struct inventory_change *c);
/* Rows with higher ids than these were added. */
void find_added(struct inventory *inv, int64_t site, int64_t owner, int64_t device);
/* The index is up to date, unless there is no memory. */
bool find_ready(struct inventory *inv);

struct find_device *find_device(const struct find *f, int64_t id);
struct find_device *find_by_mac(const struct find *f, uint64_t mac);
static inline struct find_name *find_owner_of(const struct find *f, const struct find_device *d)
{
    return d->owner ? rows_at(&f->owners, d->owner - 1) : NULL;
}
static inline struct find_name *find_site_of(const struct find *f, const struct find_device *d)
{
    return d->site ? rows_at(&f->sites, d->site - 1) : NULL;
}
size_t find_memory(const struct find *f);

/* What is looked for. */
struct find_query {
    struct str word[FIND_WORDS];   /* folded */
    uint64_t fragment[FIND_WORDS]; /* of a MAC: digits at the right */
    uint64_t need[FIND_WORDS];     /* fold_need of the word */
    uint8_t digits[FIND_WORDS];    /* how many; 0: it is none */
    size_t n;
    char room[1024];
};
/* False: more words than FIND_WORDS, or too long. */
bool find_query(struct str q, struct find_query *ret);
/* Digits of a MAC's fragment in any spelling; false: it is none. */
bool find_fragment(struct str s, uint64_t *ret, uint8_t *ret_digits);
bool find_mac_has(uint64_t mac, uint64_t fragment, uint8_t digits);
/* Whether every word fits. `f->asked` rises by one before a query. */
bool find_fits(struct find *f, const struct find_query *q, const struct find_device *d);
bool find_name_fits(struct find *f, const struct find_query *q, struct find_name *n);

#endif
