/* The hub: one thread with a loop of its own, the inventory, the API and the page, and what each phone's standing is. Every read and
 * write of the inventory happens there; letters join it to the workers. */
#ifndef APP_HUB_HUB_H
#define APP_HUB_HUB_H

#include <stdatomic.h>

#include "base/crypto.h"
#include "base/json.h"
#include "domain/account/account.h"
#include "flow/provision/prov_device.h"
#include "io/loop/loop.h"
#include "io/store/store.h"

struct hub;
struct tls_server;

enum { HUB_LISTENERS = 4, HUB_WHY = 256, HUB_EVENT_TEXT = 24 };

/* -- What the hub has the workers do. It makes the order and owns it; app/serve posts it to every worker, each does its part on its own
 * thread and calls hub_order_done; the last one's call sends it back to the hub. Everything it points at is good until then. */

enum hub_order_kind {
    HUB_FORGET,  /* mac[0..n): drop them from the cache; n 0: everything */
    HUB_WINDOWS, /* window[0..n): the enrolment windows, all there are */
    HUB_ACCOUNTS, /* row[0..n) are put, gone[0..n_gone) removed, by the worker of whose shard they are */
    HUB_NOTIFY, /* user, event: edge_notify by the worker of whose shard it is; it adds the contacts to `sent` */
};

struct hub_order {
    struct loop_letter letter;
    enum hub_order_kind kind;
    size_t n, n_gone;
    const struct mac *mac;
    const struct prov_window *window;
    const struct account_row *row;
    const struct str *gone;
    struct str user, event;
    atomic_size_t left; /* workers that have not done it; set by the hub */
    atomic_size_t sent,
        failed; /* NOTIFY: contacts it went to; workers that could not do their part */
    struct loop *back;
    void (*done)(struct hub_order *o, void *hub); /* on the hub's thread; owns the order */
};
void hub_order_done(struct hub_order *o);

/* -- What workers ask and tell; from any thread. */

/* One phone. The asker owns it; it is his again when `answered` is called, as a letter on `back`. */
struct hub_ask {
    struct loop_letter letter;
    struct loop *back;
    void (*answered)(struct hub_ask *a, void *loop_ctx);
    struct prov_question q;
    struct prov_device *ret; /* free() it; NULL: no memory, or the hub is ending (answer 503) */
};
void hub_ask(struct hub *h, struct hub_ask *a);

/* The copy of a journal row (also those of the edge). False: too many wait; the hub reads the journal again then. */
bool hub_tell(struct hub *h, const struct journal_row *row);

/* A problem report that was received into a file below hub_incoming(). Copies; the file is the hub's. */
struct hub_upload {
    const char *path;
    uint64_t size;
    bool has_mac, proven; /* proven: mac is of the certificate or password, else of devicename */
    struct mac mac;
    int64_t device; /* said by a person; 0: not */
    struct str name, serial, username, source;
};
bool hub_upload(struct hub *h, const struct hub_upload *u);
/* STATE/reports/incoming, made at the start. Name files there as you like. */
const char *hub_incoming(const struct hub *h);
/* A phone's Report_Rule document. Copies. */
bool hub_config_report(struct hub *h, struct mac mac, bool proven, struct str xml,
                       struct str source);

/* -- Its life; called by app/serve's main thread. */

struct hub_cfg {
    const char *state; /* folder */
    const char
        *key; /* file of the master key; NULL: STATE/master.key, made where it is not there */
    struct store *store;   /* the journal; may be NULL */
    int fd[HUB_LISTENERS]; /* bound, listening; taken over */
    bool tls[HUB_LISTENERS];
    size_t n_listeners;
    struct tls_server *server; /* for those with TLS; the caller's, outlives the hub */
    const char *version;       /* of the program */
    const char *url;           /* how a browser reaches it: "http://127.0.0.1:8080" */
    struct str realm;          /* of the edge: HA1 of accounts */
    struct str provision_realm;
    struct str domain; /* first of the edge's, default of accounts */
    struct str
        outbound; /* how phones reach our edge where DNS does not say it: "192.0.2.1:5061"; empty: DNS does */
    const char *outbound_transport; /* "UDP", "TCP", "TLS"; NULL: AUTO */
    const char *
        provision_url; /* "https://HOST:PORT", without a path: where phones upload reports; NULL: not told */
    size_t workers;
    void (*order)(void *ctx, struct hub_order *o); /* posts to every worker */
    void *ctx;
    /* Of GET /setup/live: writes one JSON object (flow/announce has what it says). NULL: {} */
    void (*live)(void *ctx, const char *language, struct json *out);
    unsigned session_hours, code_hours, password_hours, offline_days; /* 0: 12, 168, 24, 30 */
    size_t report_most;                                               /* bytes of one: 256 MiB */
    size_t reports_most;                                              /* bytes of all: 8 GiB */
};

/* Opens the inventory, takes the ports. `why` in words on failure. */
enum err hub_new(const struct hub_cfg *cfg, struct hub **ret, char ret_why[HUB_WHY]) MUST_CHECK;
/* Between hub_new and hub_start, on the caller's thread: all accounts of our edge, with their HA1s. What `each` returns other than ERR_OK
 * ends it and is returned. */
enum err hub_each_account(struct hub *h, enum err (*each)(void *ctx, const struct account_row *row),
                          void *ctx) MUST_CHECK;
/* Starts the thread. Its first order tells the windows; `ready` is called on `owner` when the workers have them. */
enum err hub_start(struct hub *h, struct loop *owner, void (*ready)(void *owner_ctx)) MUST_CHECK;
/* No more requests are taken, those there end within `seconds`, events end; no more orders. `done` on the owner's loop. Before the workers
 * are stopped. */
void hub_quiet(struct hub *h, unsigned seconds, void (*done)(void *owner_ctx));
/* Once the workers are joined: ends the thread, closes the inventory, frees. NULL is fine; also one that was never started. */
void hub_join(struct hub *h);
/* New connections get these certificates; `done` on the owner's loop. */
void hub_tls(struct hub *h, struct tls_server *tls, void (*done)(void *owner_ctx));

/* For /metrics; from any thread. */
struct hub_counts {
    uint64_t requests, refused, failed, asked, told, lost, orders, events, devices;
};
struct hub_counts hub_counts(const struct hub *h);

#endif
