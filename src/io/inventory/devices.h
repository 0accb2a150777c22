/* Devices: a MAC address, a model, an owner, lines. */
#ifndef IO_INVENTORY_DEVICES_H
#define IO_INVENTORY_DEVICES_H

#include "io/inventory/inventory.h"
#include "io/inventory/people.h"

enum { DEVICE_LINES_MOST = 16, DEVICE_MACS_MOST = 32 };

struct device_line {
    unsigned n; /* from 1 */
    int64_t account;
    struct str label;                         /* empty: the number */
    bool shared;                              /* read only: another line uses the account too */
    struct str user, domain, number, display; /* read only: the account's */
    int64_t registrar;                        /* read only: the account's; 0: our edge */
};

struct device_mac {
    struct mac mac;
    usec_t from, until; /* until 0: now */
};

struct device {
    int64_t id, version;
    bool has_mac; /* false: waits for the phone that brings its activation code */
    struct mac mac;
    struct str model;          /* canonical */
    struct str serial;         /* as told or learnt; empty: unknown */
    int64_t person, workspace; /* exactly one is not 0 */
    struct str owner;          /* read only: its name */
    struct str mail;           /* read only: its mail */
    int64_t site;              /* 0: none. When added without one: the owner's */
    struct str site_name;      /* read only */
    struct str note;
    usec_t created;
    struct device_line *line; /* by n */
    size_t n_lines;
    struct device_mac *was; /* MACs it had, newest first; device_get only */
    size_t n_was;
};

/* What is added: id, version, created and what is read only are not looked at. Lines refer to accounts that are
 * there, or `number` makes one: an account of that number and user (in the installation's domain, at `registrar`, with
 * a random secret) for line 1, unless one of that number is there, which is used then (and becomes shared). With both,
 * LINE_LIMIT. */
struct device_new {
    struct device device;
    struct str mac;     /* any spelling; empty: none yet. device.mac is not looked at */
    struct str number;  /* empty: none */
    struct str user;    /* of the account that is made; empty: the number */
    struct str display; /* of the account that is made; empty: the owner's name */
    int64_t registrar;
};
enum err inventory_device_add(struct inventory *inv, const struct actor *who,
                              const struct device_new *d, int64_t *ret_id,
                              struct refusal *reterr) MUST_CHECK;
/* Model, serial, owner, site, note and lines as a whole become what is given; the MAC is not looked at
 * (inventory_device_replace). d->version 0: any. */
enum err inventory_device_change(struct inventory *inv, const struct actor *who,
                                 const struct device *d, struct refusal *reterr) MUST_CHECK;
/* A broken phone's place is taken by another: new MAC (empty: none yet), perhaps another model (empty: the same), same
 * lines. The serial is forgotten; provisioning passwords, keys, codes and windows are void. */
enum err inventory_device_replace(struct inventory *inv, const struct actor *who, int64_t id,
                                  int64_t version, struct str mac, struct str model,
                                  struct refusal *reterr) MUST_CHECK;
/* Released: it, its lines, its layer of configuration and its keys go, and accounts that only it used with
 * `accounts`. */
enum err inventory_device_remove(struct inventory *inv, const struct actor *who, int64_t id,
                                 int64_t version, bool accounts, struct refusal *reterr) MUST_CHECK;
enum err inventory_device_get(struct inventory *inv, int64_t id, struct arena *a,
                              struct device *ret, struct refusal *reterr) MUST_CHECK;
/* From the index in memory: no database is asked. False: none has it. */
bool inventory_device_of_mac(struct inventory *inv, struct mac mac, int64_t *ret_id);
/* What the phone itself told: written without audit and without a new version. */
enum err inventory_device_serial(struct inventory *inv, int64_t id, struct str serial,
                                 struct refusal *reterr) MUST_CHECK;
/* Devices with a line of that account, at most 1,000. */
enum err inventory_account_devices(struct inventory *inv, int64_t account, struct arena *a,
                                   int64_t **ret_id, size_t *ret_n,
                                   struct refusal *reterr) MUST_CHECK;

/* Which of these could be added. `other` of MAC_USED: the device; of MAC_DUPLICATE: the place in the list, from 0. */
struct mac_verdict {
    enum refusal_code code; /* NONE, BAD_MAC, MAC_USED, MAC_DUPLICATE */
    int64_t other;
    bool has_mac;
    struct mac mac;
};
/* `n` of at most 10,000 in any spelling; ret has room for them. ERR_LIMIT, ERR_MEMORY. */
enum err inventory_macs_check(struct inventory *inv, const struct str *mac, size_t n,
                              struct mac_verdict *ret) MUST_CHECK;

enum device_order { DEVICE_BY_ID, DEVICE_BY_MAC, DEVICE_BY_OWNER, DEVICE_BY_MODEL };

struct device_query {
    /* Words divided by blanks, all of which must fit. Each: a fragment of the MAC in any spelling, of two digits or
     * more; a prefix of a word of the owner's name, of the display name or label of a line, of the note; a fragment of
     * those from two letters where they are Japanese; a prefix of a number or user, of the mail, the model (also
     * behind "CP-"), the serial or the site's name. ASCII, Latin and full-width letters without case, hiragana like katakana. */
    struct str q;
    struct str mac;              /* only a MAC's fragment; empty: any */
    bool mac_prefix, mac_suffix; /* it stands at the start, at the end */
    struct str model;            /* canonical; empty: any */
    int64_t site;                /* 0: any */
    int64_t owner;               /* 0: any */
    enum device_order order;
    bool backwards;
    struct page page;

    /* Status and the like, which the inventory does not know: false leaves the device out. May be NULL. */
    bool (*wanted)(void *ctx, int64_t id, const struct mac *mac);
    void *ctx;
};
/* Devices without `was`; *ret_count (may be NULL): all that fit, whatever the page. */
enum err inventory_devices(struct inventory *inv, const struct device_query *q, struct arena *a,
                           struct device **ret, size_t *ret_n, struct str *ret_next,
                           uint64_t *ret_count, struct refusal *reterr) MUST_CHECK;
/* Every device in turn, from the index: for counting by status. */
void inventory_device_each(struct inventory *inv,
                           void (*each)(void *ctx, int64_t id, const struct mac *mac, int64_t site),
                           void *ctx);

#endif
