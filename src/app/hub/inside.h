/* What the files of the hub share. All of it is the hub's own thread's but for the atomics. */
#ifndef APP_HUB_INSIDE_H
#define APP_HUB_INSIDE_H

#include <pthread.h>

#include "app/hub/events.h"
#include "app/hub/hub.h"
#include "app/hub/report.h"
#include "app/hub/status.h"
#include "app/hub/throttle.h"
#include "app/web/assets.h"
#include "app/web/web.h"
#include "flow/doctor/knowledge.h"
#include "flow/record/record.h"
#include "io/inventory/inventory.h"

enum {
    HUB_PATH = 4096,
    HUB_CHANGES = 4096, /* changes that are told one by one; more: everything is forgotten */
    HUB_HASHES = 8,     /* passwords that are looked at at once */
};

struct id_list {
    int64_t *id; /* owned */
    size_t n, cap;
};

/* What was committed and the workers do not know yet. */
struct changes {
    struct mac *mac; /* owned: forgotten */
    size_t n, cap;
    struct id_list devices, accounts;
    struct str *gone; /* owned; texts in `text`: accounts that are not our edge's any more */
    size_t n_gone, cap_gone;
    struct arena text;
    bool all;        /* every phone is forgotten */
    bool everything; /* accounts, too, are all told anew */
    bool windows;    /* the set of them */
};

enum hub_phase { HUB_NEW, HUB_SERVING, HUB_QUIET, HUB_ENDED };

struct hub {
    struct hub_cfg cfg;
    pthread_t thread;
    bool started;
    enum hub_phase phase;
    struct loop *loop, *owner;
    void (*ready)(void *owner_ctx);
    void (*quiet)(void *owner_ctx);
    struct loop_timer *pulse; /* once a second */
    struct inventory *inv;
    struct web *web;
    struct web_assets *assets;
    struct knowledge *know;
    struct status *status;
    struct reports *reports;
    struct record *record; /* owned: of a fact's line */
    struct changes changes;
    struct throttle by_source, by_user;
    struct events events;
    bool ending;   /* the thread is over: letters that are left are only freed */
    size_t orders; /* on their way */
    unsigned hashes;
    bool importing;
    usec_t began, minute; /* dates: of the start; of the next housekeeping */
    usec_t until;         /* run time: of the end, whoever still asks */
    char folder[HUB_PATH], incoming[HUB_PATH];
    atomic_size_t mail; /* rows told that were not opened yet */
    atomic_bool lost;   /* some were dropped */
    struct {
        atomic_uint_fast64_t requests, refused, failed, asked, told, lost, orders, events, devices;
    } count;
};

usec_t hub_date(struct hub *h);
/* What is nobody's answer and went wrong all the same is counted. */
void hub_note(struct hub *h, enum err e);

/* orders.c */
void hub_changed(void *ctx, const struct inventory_change *change, size_t n);
/* Tells the workers what changed. `c` (may be NULL) is held until they know. */
struct call;
void hub_spread(struct hub *h, struct call *c);
void changes_clear(struct changes *c);
/* The windows that are open now; `then` may be NULL. */
struct errand;
void hub_tell_windows(struct hub *h, void (*then)(struct errand *e, struct call *c));
struct account_proof;
void hub_account_row(const struct account_proof *p, struct account_row *ret);

/* hub.c */
/* The status learns of every device and whose accounts are whose. */
void hub_know_devices(struct hub *h);
/* Ending: whether all is done by now. */
void hub_settle(struct hub *h);

/* devices as a worker needs them: prov.c */
struct prov_device *hub_prov_device(struct hub *h, struct prov_question *q);
struct unknown_phone;
void hub_unknown(struct hub *h, const struct unknown_phone *u);

/* tell.c: what people did, for the journal and for the status. */
void hub_tell_login(struct call *c, struct str user, const char *state);
/* `valid`: of what was made, how long it is good; 0: nothing was. */
void hub_tell_device(struct call *c, const char *state, int64_t id, usec_t valid);
void hub_tell_mac(struct call *c, const char *state, struct mac mac, usec_t valid);
struct device;
/* How many lines a device's configuration has now. */
void hub_tell_lines(struct call *c, int64_t id);
void hub_tell_replaced(struct call *c, struct mac old, const struct device *d);
void hub_tell_order(struct call *c, struct mac mac, const char *what, const char *state);
struct fact;
void hub_tell_fact(struct hub *h, usec_t now, const struct fact *f, struct str source);
void hub_tell_row(struct hub *h, const struct journal_row *row);

#endif
