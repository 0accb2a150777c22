/* Sites; persons and workspaces, who own devices. */
#ifndef IO_INVENTORY_PEOPLE_H
#define IO_INVENTORY_PEOPLE_H

#include "io/inventory/inventory.h"

struct site {
    int64_t id, version;
    struct str name; /* one of it; 1 to 128 bytes */
    struct str note;
    uint64_t devices; /* how many stand there */
    usec_t created;
};

enum owner_kind { OWNER_PERSON, OWNER_WORKSPACE };

struct owner {
    int64_t id, version;
    enum owner_kind kind;
    struct str name; /* 1 to 128 bytes */
    struct str mail; /* empty: none; else one of it among persons */
    int64_t site;    /* 0: none */
    struct str note;
    uint64_t devices;
    usec_t created;
};

/* `id`, `version` (but for change: 0 means any), `devices` and `created` are not read. */
enum err inventory_site_add(struct inventory *inv, const struct actor *who, const struct site *s,
                            int64_t *ret_id, struct refusal *reterr) MUST_CHECK;
enum err inventory_site_change(struct inventory *inv, const struct actor *who, const struct site *s,
                               struct refusal *reterr) MUST_CHECK;
/* IN_USE while a device, an owner or a layer of configuration refers to it. */
enum err inventory_site_remove(struct inventory *inv, const struct actor *who, int64_t id,
                               int64_t version, struct refusal *reterr) MUST_CHECK;
enum err inventory_site_get(struct inventory *inv, int64_t id, struct arena *a, struct site *ret,
                            struct refusal *reterr) MUST_CHECK;
/* By name (case as in search) where `q` is not empty: word prefix. In order of id. */
enum err inventory_sites(struct inventory *inv, struct str q, struct page page, struct arena *a,
                         struct site **ret, size_t *ret_n, struct str *ret_next,
                         struct refusal *reterr) MUST_CHECK;

enum err inventory_owner_add(struct inventory *inv, const struct actor *who, const struct owner *o,
                             int64_t *ret_id, struct refusal *reterr) MUST_CHECK;
enum err inventory_owner_change(struct inventory *inv, const struct actor *who,
                                const struct owner *o, struct refusal *reterr) MUST_CHECK;
/* IN_USE while it owns a device. */
enum err inventory_owner_remove(struct inventory *inv, const struct actor *who,
                                enum owner_kind kind, int64_t id, int64_t version,
                                struct refusal *reterr) MUST_CHECK;
enum err inventory_owner_get(struct inventory *inv, enum owner_kind kind, int64_t id,
                             struct arena *a, struct owner *ret, struct refusal *reterr) MUST_CHECK;

struct owner_query {
    enum owner_kind kind;
    struct str q; /* word prefix of the name, or prefix of the mail; empty: all */
    int64_t site; /* 0: any */
    struct page page;
};
/* In order of name as search compares it, then id. */
enum err inventory_owners(struct inventory *inv, const struct owner_query *q, struct arena *a,
                          struct owner **ret, size_t *ret_n, struct str *ret_next,
                          struct refusal *reterr) MUST_CHECK;

#endif
