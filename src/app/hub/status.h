/* The live status of every device, kept on the hub's thread: fed by the journal's rows as they are told, made anew
 * from the journal at the start. What a device's rows come to is asked of the doctor. */
#ifndef APP_HUB_STATUS_H
#define APP_HUB_STATUS_H

#include "base/sink.h"
#include "domain/standing/standing.h"
#include "flow/doctor/knowledge.h"
#include "io/loop/loop.h"
#include "io/store/store.h"

struct status;

struct status_cfg {
    struct loop *loop;
    struct store *store;          /* the journal; NULL: none */
    const struct knowledge *know; /* outlives it */
    uint32_t offline_s;           /* a phone that is offline for longer has expired; 0: 30 days */
    /* Something changed: "device.status" {id, mac, status, status_since, last_seen, verdict}, "overview" {}. May be
     * NULL. */
    void (*event)(void *ctx, const char *name, struct str json);
    void *ctx;
};
enum err status_new(const struct status_cfg *cfg, struct status **ret) MUST_CHECK;
void status_free(struct status *s);

/* The inventory tells what is there: at the start all of it, then every change. Without memory a device has no
 * status. */
void status_device(struct status *s, uint64_t id, struct mac mac, usec_t created_at);
void status_device_gone(struct status *s, uint64_t id, struct mac mac);
/* The account of that user is on a line of that device: what the edge says of it is of the device. */
void status_user(struct status *s, struct str name, struct mac mac);
/* The device registers at a foreign registrar: nobody here sees whether it does. */
void status_elsewhere(struct status *s, struct mac mac, bool elsewhere);
/* After all of that: a device without a user registers elsewhere; reads the journal, some rows each turn of the loop; rows that are told meanwhile wait. */
enum err status_rebuild(struct status *s) MUST_CHECK;
/* Rows were told that got lost: what is behind the last known one is read again. */
void status_catch_up(struct status *s);

/* A row of the journal, told within its second. */
void status_on_row(struct status *s, const struct journal_row *row);
/* Once a second: what time alone changes. */
void status_on_time(struct status *s, usec_t now);

struct status_now {
    enum standing_status status;
    usec_t since, last_seen; /* USEC_NONE: never */
    enum stage stage;        /* of the finding; STAGE_NONE without one */
    const char *finding;     /* id, or NULL; both texts end with NUL and live until the next call */
    const char *title;       /* in the language asked for */
    enum level level;
};
void status_of(struct status *s, struct mac mac, enum language lang, struct status_now *ret);
/* The devices of a status by rising id, those above `after`, until `one` returns false. */
void status_each(struct status *s, enum standing_status st, uint64_t after,
                 bool (*one)(void *ctx, uint64_t id), void *ctx);
/* A device whose MAC address `mac` is a mistyped form of. *ret_how: "digit" or "swapped". */
bool status_near(const struct status *s, struct mac mac, struct mac *ret_known,
                 const char **ret_how);

/* -- bodies of the API; JSON into `out` */

void status_overview(struct status *s, enum language lang, struct sink *out);
/* The `n` addresses that it had before are not looked at: what happened to another phone is that one's. ERR_IO: the
 * journal cannot be read; ERR_MEMORY. */
enum err status_journey(struct status *s, struct mac mac, const struct mac *was, size_t n,
                        enum language lang, struct sink *out) MUST_CHECK;
/* {"items": [...], "next": ...}, the newest `most` first of those with lower ids than `before` (0: of all); "next" is what
 * `before` has to be for the next page. */
enum err status_facts(struct status *s, struct mac mac, size_t most, int64_t before,
                      struct sink *out) MUST_CHECK;
struct journal_query;
/* A page of rows of a kind may be short, or empty, and yet have a next one: so many rows are looked at for one. */
enum err status_journal(struct status *s, const struct journal_query *q,
                        struct sink *out) MUST_CHECK;

#endif
