/* What the files of this module share. */
#ifndef IO_INVENTORY_INSIDE_H
#define IO_INVENTORY_INSIDE_H

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/sink.h"
#include "io/inventory/accounts.h"
#include "io/inventory/config.h"
#include "io/inventory/devices.h"
#include "io/inventory/find.h"
#include "io/inventory/inventory.h"
#include "io/inventory/key.h"
#include "io/inventory/people.h"
#include "io/sql/sql.h"

extern const struct sql_form inventory_form;

enum { DEVICE_KEYS = 48 }; /* bytes of struct device_keys that are sealed: aes, ikm */
enum { NAME_MOST = 128, NOTE_MOST = 1024, LIMIT_MOST = 1000, LIMIT_DEFAULT = 100 };

/* One change on its way: a transaction over one connection. The inventory has one for its thread, an import another. */
struct edit {
    struct sql sql;
    const struct inventory_cfg *cfg;
    const struct key *key;
    const struct actor *who;
    struct refusal *why;
    struct arena arena; /* until the next edit_begin */
    struct inventory_change *change;
    size_t n_changes, cap;
    bool quiet; /* changes are not gathered: an import tells INVENTORY_ALL */
};

struct inventory {
    struct inventory_cfg cfg;
    char path[4096], key_path[4096];
    struct key key;
    struct edit edit;
    struct find find;
    struct unknown_list *unknown; /* seen, not written yet */
    atomic_bool importing;        /* an import writes */
    bool import_there;            /* or was made */
    uint64_t commits, refused;
};

/* -- edit.c */

/* NULL: *reterr says why (BUSY, STORAGE). */
struct edit *edit_begin(struct inventory *inv, const struct actor *who, struct refusal *reterr);
/* Commits what went well; else everything is as before. Tells the index and the caller's `changed`. */
enum err edit_end(struct inventory *inv, enum err e) MUST_CHECK;
/* For a caller of edit_begin that got NULL. */
enum err edit_not_begun(const struct refusal *why) MUST_CHECK;
/* The same for reading: rows as they stand at one moment. */
struct edit *read_begin(struct inventory *inv, struct refusal *reterr);
enum err read_end(struct inventory *inv, enum err e) MUST_CHECK;

/* Fills e->why; the kind of error that belongs to the code. */
enum err refuse(struct edit *e, enum refusal_code code, const char *field, int64_t other,
                const char *fmt, ...) __attribute__((format(printf, 5, 6))) MUST_CHECK;
enum err refusal_err(enum refusal_code code);
enum err out_of_memory(struct edit *e) MUST_CHECK;
/* What the database says, where sql.code is set; else ERR_OK. */
enum err edit_state(struct edit *e) MUST_CHECK;

/* Keeps a copy of the texts. */
void edit_changed(struct edit *e, const struct inventory_change *c);
/* The row that `sql` gives for `id`, as a JSON object by the names of its columns; empty ones are left out. In the edit's
 * arena. */
struct str edit_row(struct edit *e, const char *sql, int64_t id);
void edit_audit(struct edit *e, const char *action, const char *object, int64_t id, struct str name,
                struct str before, struct str after);

/* NOT_FOUND, PRECONDITION. `sql` gives the version of the row `id`; `version` 0: any. */
enum err edit_version(struct edit *e, const char *sql, int64_t id, int64_t version,
                      const char *field) MUST_CHECK;
/* UTF-8 without control characters, `least` to `most` bytes, no blanks at its ends. */
enum err edit_text(struct edit *e, const char *field, struct str s, size_t least,
                   size_t most) MUST_CHECK;

/* The decimal id that a cursor is; empty: `start`. */
enum err page_id(struct edit *e, const struct page *p, int64_t start, int64_t *ret) MUST_CHECK;
size_t page_limit(const struct page *p);
/* A page that is being filled. */
struct list {
    struct arena *arena;
    void *p;      /* rows */
    size_t size;  /* of one */
    size_t limit; /* rows of the page */
    size_t n;     /* at most limit + 1: one more tells that there is a next page */
    bool lost;    /* no memory */
};
void *list_row(struct list *l); /* zeroed; NULL: full, or no memory */
static inline bool list_full(const struct list *l)
{
    return l->n > l->limit;
}
/* How many belong to the page. The next cursor is the id of the last of them; `id` is its offset in a row. */
size_t list_end(struct list *l, struct str *ret_next, size_t id);
struct str id_text(struct arena *a, int64_t id);
/* A copy in the caller's arena; an empty text stays empty. */
struct str keep(struct arena *a, struct str s);

/* Overwrites what was secret and stands in memory of ours. */
void wipe(struct str s);

static inline int64_t mac_number(struct mac m)
{
    int64_t n = 0;
    for (size_t i = 0; i < 6; i++) {
        n = n << 8 | m.b[i];
    }
    return n;
}
static inline struct mac mac_of(int64_t n)
{
    struct mac m;
    for (size_t i = 0; i < 6; i++) {
        m.b[i] = (uint8_t)(n >> (40 - 8 * i));
    }
    return m;
}

/* -- search.c: rows of the index that a page shows, in its order */

struct picked {
    size_t limit;
    void **row; /* of the index */
    size_t n;
    struct str next;
};
enum err pick_owners(struct inventory *inv, const struct owner_query *q, struct picked *p,
                     struct arena *a) MUST_CHECK;

/* -- inbox.c, layer.c: housekeeping */

void unknown_flush(struct inventory *inv);
void unknown_clear(struct inventory *inv);
/* A device was added whose MAC may wait among them. */
void unknown_on(struct inventory *inv, const struct inventory_change *c);
void contents_prune(struct edit *e);

/* -- parts of changes that others use too */

/* The draft and what was published of a site's or a device's layer. */
void layer_delete(struct edit *e, enum layer_kind kind, int64_t ref);

struct user;
enum err user_insert(struct edit *e, const struct user *u, int64_t *ret_id) MUST_CHECK;
enum err owner_insert(struct edit *e, const struct owner *o, int64_t *ret_id) MUST_CHECK;
enum err site_insert(struct edit *e, const struct site *s, int64_t *ret_id) MUST_CHECK;
enum err account_insert(struct edit *e, const struct account_entry *a, struct str secret,
                        int64_t *ret_id) MUST_CHECK;
enum err account_delete(struct edit *e, int64_t id) MUST_CHECK;
enum err device_insert(struct edit *e, const struct device_new *d, struct str secret,
                       int64_t *ret_id) MUST_CHECK;
/* The MAC of a text, or of none; BAD_MAC, MAC_USED by a device that is not `mine`. */
enum err device_mac_check(struct edit *e, struct str text, int64_t mine, bool *ret_has,
                          struct mac *ret) MUST_CHECK;
/* Everything of a device but `was`. NOT_FOUND. */
enum err device_read(struct edit *e, int64_t id, struct arena *a, struct device *ret) MUST_CHECK;
enum err device_read_lines(struct edit *e, struct arena *a, struct device *d) MUST_CHECK;
struct str device_name(struct edit *e, int64_t id); /* its MAC, for the audit trail */
extern const char device_row[];                     /* for edit_row */
/* Tells that a device changed, with the MAC that it had. */
void device_changed(struct edit *e, enum inventory_how how, int64_t id, bool had_mac,
                    struct mac was);
void account_changed(struct edit *e, int64_t id); /* what its phones and the edge must know */
/* A new version, and its phone gets to know. */
void device_touched(struct edit *e, int64_t id);
/* Another phone in its place: history, and what proved the old one goes. */
void device_mac_set(struct edit *e, int64_t id, bool has_mac, struct mac mac);
/* False: it has none. */
bool device_mac(struct edit *e, int64_t id, struct mac *ret);
/* BAD_FIELD: it has none; NOT_FOUND. */
enum err device_with_mac(struct edit *e, int64_t device, struct mac *ret) MUST_CHECK;
void windows_changed(struct edit *e, int64_t device);
enum err keys_read(struct edit *e, int64_t device, struct arena *a,
                   struct device_keys *ret) MUST_CHECK;
enum err passwords_read(struct edit *e, const struct device *d, usec_t now,
                        struct password_proof ret[PASSWORDS_MOST], size_t *ret_n) MUST_CHECK;
/* The accounts of its lines change at the edge. */
void lines_told(struct edit *e, int64_t device);
enum err lines_put(struct edit *e, int64_t device, const struct device_line *line, size_t n,
                   unsigned most) MUST_CHECK;
enum err keys_make(struct edit *e, int64_t device) MUST_CHECK;

#endif
