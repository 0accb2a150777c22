/* The inventory (SQLite, DIR/hub.db, WAL, synchronous=FULL): sites, owners, devices, lines, accounts, secrets,
 * layers of configuration, audit. All functions of one `struct inventory` belong to one thread, the hub's, but
 * for inventory_import_run. What a function here has acknowledged is on the disk; each change is one transaction
 * together with its row of the audit trail. Ids are above 0 and never used again; a version rises by at least one
 * with every change of the row, and is what an ETag says.
 *
 * Every function that can refuse returns ERR_OK, or tells *reterr: ERR_USAGE (what was asked cannot be: reterr->code
 * says why), ERR_MISSING (NOT_FOUND, EXPIRED, SPENT), ERR_LIMIT (LIMIT, BUSY), ERR_IO (STORAGE, SECRET), ERR_MEMORY.
 * Nothing was changed then. Views in what is returned live in the caller's arena; views in what is given need not
 * outlive the call.
 *
 *   people.h    sites, persons, workspaces
 *   accounts.h  accounts with their secrets, registrars
 *   devices.h   devices, their lines and MAC addresses, search
 *   proof.h     provisioning passwords, URL keys, activation codes, enrolment windows
 *   config.h    layers of configuration values, drafts, publishing, undo; a device's all for rendering
 *   access.h    users, tokens, sessions, the one-time set-up token, settings
 *   inbox.h     unknown phones, problem reports
 *   audit.h     who did what
 *   import.h    CSV in and out
 */
#ifndef IO_INVENTORY_INVENTORY_H
#define IO_INVENTORY_INVENTORY_H

#include "base/arena.h"
#include "base/crypto.h"
#include "base/err.h"
#include "base/mac.h"
#include "base/str.h"
#include "base/time.h"

enum { INVENTORY_WHY = 256, INVENTORY_WHAT = 160 };

struct inventory;

enum refusal_code {
#define REFUSAL(name, text) REFUSAL_##name,
#include "io/inventory/refusal.def"
#undef REFUSAL
};

struct refusal {
    enum refusal_code code;
    const char
        *field; /* of what was given, as the API names it: "mac", "owner"; constant; NULL: none */
    int64_t other;             /* id of the thing in the way; 0: none */
    char what[INVENTORY_WHAT]; /* one sentence for a person, without anything secret */
};

/* "mac-used": stable. */
const char *refusal_name(enum refusal_code code);

/* Who acts, for the audit trail, and when. */
struct actor {
    struct str who;    /* "user:anna", "token:ci", "system", "phone:00:00:5e:00:53:01" */
    struct str source; /* address that it came from; empty: none */
    usec_t now;        /* date */
};

/* What a commit has changed. */
enum inventory_kind {
    INVENTORY_SITE,
    INVENTORY_OWNER,
    INVENTORY_REGISTRAR,
    INVENTORY_ACCOUNT,
    INVENTORY_DEVICE,    /* also its lines, MAC, keys, passwords */
    INVENTORY_WINDOW,    /* the set of enrolment windows; `id` is the device */
    INVENTORY_LAYER,     /* a draft */
    INVENTORY_PUBLISHED, /* one_device: `mac`; else any phone may get another configuration */
    INVENTORY_USER,
    INVENTORY_SETTING,
    INVENTORY_REPORT,
    INVENTORY_UNKNOWN,
    INVENTORY_ALL, /* an import: anything may have changed */
};

enum inventory_how { INVENTORY_ADDED, INVENTORY_CHANGED, INVENTORY_REMOVED };

struct inventory_change {
    enum inventory_kind kind;
    enum inventory_how how;
    int64_t id;            /* of the row; of a layer's change: 0 */
    bool had_mac, has_mac; /* of a device: before and after */
    struct mac mac_was, mac;
    struct str user_was, user; /* of an account: user part before and after; empty: none */
    bool edge_was, edge;       /* of an account: at our own edge before, after */
    bool one_device;           /* of PUBLISHED */
    bool online; /* the change matters to what a phone is given or to who may register */
};

/* What the inventory cannot know by itself. Callbacks are made inside a call and must not call the inventory. */
struct inventory_cfg {
    const char *dir; /* the state folder */
    const char *
        key_file; /* the master key; NULL: $CREDENTIALS_DIRECTORY/dialtone.key where that is there, else
                             * DIR/master.key, which is made (0600) when it is not there */
    const struct crypto *crypto;
    struct str
        realm; /* of our edge: HA1s are made for it. Another one than last time: they are made anew */
    struct str domain;             /* of accounts that name none */
    struct str provisioning_realm; /* of provisioning passwords */
    size_t devices_most;           /* 0: 1,000,000 */
    void *ctx;
    /* From any thread. Whether the catalogue has the model; *ret_name: its canonical name (constant), *ret_lines how many lines. */
    bool (*model)(void *ctx, struct str name, struct str *ret_name, unsigned *ret_lines);
    /* After the commit, before the call that made the change returns: caches forget, edges learn. May be NULL. */
    void (*changed)(void *ctx, const struct inventory_change *change, size_t n);
};

/* Opens or makes DIR/hub.db (0600), brings it to this program's version, reads the index of devices. ERR_IO;
 * ERR_MALFORMED: no database of ours, damaged, a master key that is none or not the one the secrets were sealed with;
 * ERR_LIMIT: made by a newer program; ERR_MEMORY. *ret_why says it in words. */
enum err inventory_open(const struct inventory_cfg *cfg, struct inventory **ret,
                        char ret_why[INVENTORY_WHY]) MUST_CHECK;
void inventory_close(struct inventory *inv);

/* Seals every secret under a new key from `path` (made when it is not there), in one transaction. */
enum err inventory_rekey(struct inventory *inv, const char *path, const struct actor *who,
                         struct refusal *reterr) MUST_CHECK;

/* Housekeeping, once a minute or so: what has expired goes, retention of the audit trail, reports of unknown
 * phones are written. Short. */
void inventory_tick(struct inventory *inv, usec_t now);

struct inventory_counts {
    uint64_t devices, owners, accounts;
    size_t index_bytes; /* of the index of devices, in memory */
    uint64_t commits, refused;
};
struct inventory_counts inventory_counts(struct inventory *inv);

/* A page of a list: rows behind `cursor` (empty: from the start) in a stable order, at most `limit` (1 to 1,000;
 * 0: 100). The next cursor is empty at the end; cursors hold printable characters only, and one that is none of
 * ours is refused (BAD_FIELD, "cursor"). */
struct page {
    struct str cursor;
    size_t limit;
};

#endif
