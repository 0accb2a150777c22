/* Who did what: written with each change, in its transaction; never changed. */
#ifndef IO_INVENTORY_AUDIT_H
#define IO_INVENTORY_AUDIT_H

#include "io/inventory/inventory.h"

struct audit_row {
    int64_t id;
    usec_t at;
    struct str who, source;
    struct str action;        /* "device.add", "account.secret", "publish", ... */
    struct str object;        /* "device", "account", ... */
    int64_t object_id;        /* 0: none */
    struct str name;          /* what a person calls it: MAC, user, name */
    struct str before, after; /* JSON objects, secrets as "***"; empty: there was, is, nothing */
};

struct audit_query {
    struct str object;  /* empty: any */
    int64_t object_id;  /* 0: any */
    struct str who;     /* empty: anybody */
    usec_t from, until; /* 0: without end */
    struct page page;
};
/* The newest first. */
enum err inventory_audit(struct inventory *inv, const struct audit_query *q, struct arena *a,
                         struct audit_row **ret, size_t *ret_n, struct str *ret_next,
                         struct refusal *reterr) MUST_CHECK;
/* What happened beside the inventory: logins, actions sent to phones. `name`, `after` may be empty. */
enum err inventory_audit_add(struct inventory *inv, const struct actor *who, struct str action,
                             struct str object, int64_t object_id, struct str name,
                             struct str after, struct refusal *reterr) MUST_CHECK;

#endif
