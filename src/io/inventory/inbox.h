/* What came by itself: phones that nobody added, problem reports. */
#ifndef IO_INVENTORY_INBOX_H
#define IO_INVENTORY_INBOX_H

#include "io/inventory/inventory.h"

enum { UNKNOWN_MOST = 10000, UNKNOWN_MACS = 8 };

/* A phone with proof has a row of its own, by MAC; guesses without proof have one row per source. */
struct unknown_phone {
    int64_t id;
    bool proven;
    struct mac mac; /* of proven: it; else the last that was named */
    bool has_mac;
    struct str source;        /* address: of proven the last one */
    struct str model, serial; /* as told; may be empty */
    struct str how;           /* where it came: "activation", "https", "http", "tftp", "sip" */
    struct str verdict;       /* of its certificate: "valid", "expired", ...; empty: none */
    usec_t first, last;
    uint64_t count;
    struct mac macs[UNKNOWN_MACS]; /* of guesses: the first different ones */
    size_t n_macs;
};
/* Gathered in memory; written by inventory_tick, or when it is asked for. Past UNKNOWN_MOST rows the one seen longest
 * ago goes. id, first, last, count and macs are not read. True: it is a new row, of which the page should hear. */
bool inventory_unknown_seen(struct inventory *inv, const struct unknown_phone *u, usec_t now);
/* The one seen last first. */
enum err inventory_unknowns(struct inventory *inv, struct page page, struct arena *a,
                            struct unknown_phone **ret, size_t *ret_n, struct str *ret_next,
                            struct refusal *reterr) MUST_CHECK;
enum err inventory_unknown_get(struct inventory *inv, int64_t id, struct arena *a,
                               struct unknown_phone *ret, struct refusal *reterr) MUST_CHECK;
/* Adding a device removes the proven row of its MAC by itself. */
enum err inventory_unknown_remove(struct inventory *inv, const struct actor *who, int64_t id,
                                  struct refusal *reterr) MUST_CHECK;

enum report_state { REPORT_RECEIVED, REPORT_DONE, REPORT_FAILED };

/* A problem report. Its bytes are a file DIR/reports/ID, which the caller writes and removes. */
struct problem_report {
    int64_t id;
    int64_t device; /* 0: of none that is known */
    bool has_mac;
    struct mac mac;
    struct str source;       /* address that sent it; empty: uploaded by a person */
    struct str by;           /* the person */
    struct str name;         /* of the file, as told; no path */
    struct str serial, user; /* as the form told */
    uint64_t size;
    uint8_t sha256[32];
    usec_t at;
    enum report_state state;
    struct str finding, stage, title; /* of the first finding; empty: none */
    int severity;                     /* as the caller counts; 0: none */
    uint64_t findings;                /* how many */
};
enum err inventory_report_add(struct inventory *inv, const struct actor *who,
                              const struct problem_report *r, int64_t *ret_id,
                              struct refusal *reterr) MUST_CHECK;
/* The diagnosis is there: device, mac, serial, state, finding, stage, title, severity, findings. Not audited. */
enum err inventory_report_told(struct inventory *inv, const struct problem_report *r,
                               struct refusal *reterr) MUST_CHECK;
enum err inventory_report_get(struct inventory *inv, int64_t id, struct arena *a,
                              struct problem_report *ret, struct refusal *reterr) MUST_CHECK;
struct report_query {
    int64_t device; /* 0: any */
    bool nobody;    /* only those without a device */
    struct page page;
};
/* The newest first. */
enum err inventory_reports(struct inventory *inv, const struct report_query *q, struct arena *a,
                           struct problem_report **ret, size_t *ret_n, struct str *ret_next,
                           struct refusal *reterr) MUST_CHECK;
enum err inventory_report_remove(struct inventory *inv, const struct actor *who, int64_t id,
                                 struct refusal *reterr) MUST_CHECK;
/* What retention must take away, the oldest first: more than `most` reports or `size` bytes. The caller removes file and row. */
enum err inventory_reports_surplus(struct inventory *inv, uint64_t most, uint64_t size,
                                   struct arena *a, int64_t **ret_id, size_t *ret_n,
                                   struct refusal *reterr) MUST_CHECK;

#endif
