/* Accounts: who may register as what, and where; registrars other than our edge. */
#ifndef IO_INVENTORY_ACCOUNTS_H
#define IO_INVENTORY_ACCOUNTS_H

#include "io/inventory/inventory.h"

enum registrar_transport { REGISTRAR_ANY, REGISTRAR_UDP, REGISTRAR_TCP, REGISTRAR_TLS };

/* A foreign registrar. Id 0 everywhere means our own edge. */
struct registrar {
    int64_t id, version;
    struct str name;           /* one of it */
    struct str proxy;          /* host or host:port */
    struct str outbound_proxy; /* empty: none */
    enum registrar_transport transport;
    struct str realm; /* empty: not told */
    uint64_t accounts;
};

struct account_entry {
    int64_t id, version;
    struct str user;   /* of the AOR; 1 to 128 bytes; one in its domain */
    struct str domain; /* empty when given: the installation's */
    struct str number; /* that people dial: digits, + * #; empty: none; one in its domain */
    struct str display;
    struct str auth;   /* user name of the digest; empty: user */
    int64_t registrar; /* 0: our edge */
    bool sha256;       /* our edge offers SHA-256 too */
    bool has_secret;   /* read only */
    unsigned lines;    /* read only: lines that use it; above 1: shared */
    usec_t created;
};

/* What the edge is given. */
struct account_proof {
    int64_t id;
    struct str user, auth; /* auth empty: user */
    bool sha256;
    bool has_mac; /* of the one device whose line it is; shared or none: no MAC */
    struct mac mac;
    uint8_t has_ha1;             /* bit per enum digest_algorithm */
    uint8_t ha1[3][DIGEST_MOST]; /* by enum digest_algorithm, for cfg.realm */
};

enum err inventory_registrar_add(struct inventory *inv, const struct actor *who,
                                 const struct registrar *r, int64_t *ret_id,
                                 struct refusal *reterr) MUST_CHECK;
enum err inventory_registrar_change(struct inventory *inv, const struct actor *who,
                                    const struct registrar *r, struct refusal *reterr) MUST_CHECK;
/* IN_USE while an account registers there. */
enum err inventory_registrar_remove(struct inventory *inv, const struct actor *who, int64_t id,
                                    int64_t version, struct refusal *reterr) MUST_CHECK;
enum err inventory_registrar_get(struct inventory *inv, int64_t id, struct arena *a,
                                 struct registrar *ret, struct refusal *reterr) MUST_CHECK;
enum err inventory_registrars(struct inventory *inv, struct page page, struct arena *a,
                              struct registrar **ret, size_t *ret_n, struct str *ret_next,
                              struct refusal *reterr) MUST_CHECK;

/* `secret`: the password, 1 to 128 bytes without control characters; a NULL pointer: a random one of 24 letters and
 * digits is made; *ret_secret (may be NULL; else in the arena, which must be given) gets it once. */
enum err inventory_account_add(struct inventory *inv, const struct actor *who,
                               const struct account_entry *a, struct str secret, int64_t *ret_id,
                               struct arena *arena, struct str *ret_secret,
                               struct refusal *reterr) MUST_CHECK;
enum err inventory_account_change(struct inventory *inv, const struct actor *who,
                                  const struct account_entry *a, struct refusal *reterr) MUST_CHECK;
/* A new secret; NULL pointer: a random one. */
enum err inventory_account_secret_set(struct inventory *inv, const struct actor *who, int64_t id,
                                      int64_t version, struct str secret, struct arena *arena,
                                      struct str *ret_secret, struct refusal *reterr) MUST_CHECK;
/* The password in clear: for a profile that must carry it. Not told in the audit trail. */
enum err inventory_account_secret_get(struct inventory *inv, int64_t id, struct arena *arena,
                                      struct str *ret_secret, struct refusal *reterr) MUST_CHECK;
/* IN_USE while a line uses it. */
enum err inventory_account_remove(struct inventory *inv, const struct actor *who, int64_t id,
                                  int64_t version, struct refusal *reterr) MUST_CHECK;
enum err inventory_account_get(struct inventory *inv, int64_t id, struct arena *a,
                               struct account_entry *ret, struct refusal *reterr) MUST_CHECK;

struct account_query {
    struct str q;      /* prefix of user or number, word prefix of the display name; empty: all */
    int64_t registrar; /* -1: any; 0: our edge */
    bool unused;       /* only those that no line uses */
    struct page page;
};
/* In order of id. */
enum err inventory_accounts(struct inventory *inv, const struct account_query *q, struct arena *a,
                            struct account_entry **ret, size_t *ret_n, struct str *ret_next,
                            struct refusal *reterr) MUST_CHECK;

/* The account of that id, or user in the installation's domain, as our edge needs it; NOT_FOUND also where it registers
 * elsewhere. Wipe *ret after use. */
enum err inventory_account_proof(struct inventory *inv, int64_t id, struct str user,
                                 struct arena *a, struct account_proof *ret,
                                 struct refusal *reterr) MUST_CHECK;
/* All of our edge in turn, at start: what `each` returns other than ERR_OK ends it and is returned. */
enum err inventory_account_proofs(struct inventory *inv,
                                  enum err (*each)(void *ctx, const struct account_proof *p),
                                  void *ctx, struct refusal *reterr) MUST_CHECK;

#endif
