/* A phone on this host: what a handset (flow/handset) wants is carried out. Names are asked for, files fetched, SIP sent, calls echoed.
 * One or many on a loop; who makes them hears of what they do. */
#ifndef APP_DESK_DESK_H
#define APP_DESK_DESK_H

#include "base/wheel.h"
#include "flow/handset/handset.h"
#include "io/loop/loop.h"

struct desks; /* what the phones of one loop share */
struct desk;

/* What they have in common; texts outlive them. */
struct desk_cfg {
    struct handset_cfg
        handset; /* as handset_cfg_usual, and what is to be otherwise; `agents`, `crypto` and
                                   `inflate` are set by desks_new */
    uint16_t dns_port, ntp_port; /* 53, 123 */
    struct str
        trust; /* PEM: authorities that a phone believes as it left its box; empty: this host's */
    struct str cert, key; /* PEM, what it shows; empty: nothing. `key` may be in `cert` */
    struct str cert_expired, key_expired; /* with the fault certificate-expired */
    bool host_clock; /* it begins with this host's date, not with the one it was made with */
    bool any_port;   /* SIP and RTP leave from any port, where there are more phones than ports */
    size_t pool;     /* different settings and texts of all phones together */
};
void desk_cfg_usual(struct desk_cfg *cfg);

/* What is told; any may be NULL. None of them may end the desk. */
struct desk_on {
    /* An address is wanted: desk_lease now or later. NULL: the one of desk_static. */
    void (*wants_lease)(void *ctx, struct desk *d);
    void (*takes)(void *ctx, struct desk *d, const struct handset_lease *lease);
    void (*stage)(void *ctx, struct desk *d, enum stage s, bool begun, enum stage_state state);
    void (*save)(void *ctx, struct desk *d);
    /* A problem report is to be made; then desk_report. */
    void (*report)(void *ctx, struct desk *d, struct str description);
    /* The file of a report that is to be uploaded. */
    struct str (*archive)(void *ctx, struct desk *d, struct str name);
    void (*restart)(void *ctx, struct desk *d); /* of the voice process */
    void (*reboot)(void *ctx, struct desk *d, enum phone_reboot why);
    /* What it shows for a file, in place of desk_cfg's: a pair that is given away; NULL: nothing. */
    struct pki_pair *(*certificate)(void *ctx, struct desk *d);
    /* A transfer begins, ends. */
    void (*fetch)(void *ctx, struct desk *d, const struct handset_fetch *f);
    void (*fetched)(void *ctx, struct desk *d, const struct handset_fetched *f);
    /* A connection for SIP came to nothing: words of io/stream. */
    void (*unshaken)(void *ctx, struct desk *d, const char *reason, const char *text);
    void (*call)(void *ctx, struct desk *d, unsigned line, enum agent_call_state state);
};

/* ERR_MEMORY, ERR_IO. `cfg` outlives it. */
enum err desks_new(struct loop *l, const struct desk_cfg *cfg, struct desks **ret) MUST_CHECK;
void desks_free(struct desks *all); /* its phones are gone */
struct phone_pool *desks_pool(struct desks *all);

struct desk_way;
struct desk_question;
struct desk_media;
struct transfer;
struct pki_pair;

/* The caller's memory; fields are the module's own but for `phone` and `handset`, which may be read. */
struct desk {
    struct phone phone;
    struct handset handset;
    struct desks *all;
    const struct desk_on *on;
    void *ctx;
    const struct handset_lease *lease; /* by hand; NULL: none */
    struct wheel_entry timer;
    struct desk_way *ways;           /* owned */
    struct desk_question *questions; /* owned; the clock's as well */
    struct desk_media *media;        /* owned */
    struct transfer *run;            /* NULL: no transfer */
    uint32_t run_id;
    uint32_t trust;  /* which of desks.trust */
    bool hand_calls; /* who rings waits for desk_answer */
};

/* A fresh phone; `scribe` is what the log hooks of cfg.handset get; may be NULL. ERR_MEMORY, ERR_LIMIT. */
enum err desk_init(struct desk *d, struct desks *all, const struct phone_identity *id,
                   const struct desk_on *on, void *ctx, struct scribe *scribe,
                   uint64_t seed) MUST_CHECK;
/* Its lease, where nobody asks for one; outlives it. */
void desk_static(struct desk *d, const struct handset_lease *lease);
void desk_start(struct desk *d);
void desk_clear(struct desk *d);
/* A power cut and its end: all that is not on disk is forgotten, and it boots. */
void desk_power_cut(struct desk *d);

enum err desk_lease(struct desk *d, const struct handset_lease *lease) MUST_CHECK;
void desk_lease_lost(struct desk *d);
void desk_do(struct desk *d, enum handset_wish what, struct str argument);
void desk_report(struct desk *d, struct str name);
void desk_answer(struct desk *d, unsigned line);
usec_t desk_date(const struct desk *d); /* the phone's */

#endif
