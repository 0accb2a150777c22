/* Between the files of this module. */
#ifndef APP_PHONE_INSIDE_H
#define APP_PHONE_INSIDE_H

#include <stdio.h>

#include "app/cli/cli.h"
#include "app/desk/desk.h"
#include "app/desk/lan.h"
#include "app/face/face.h"
#include "app/know/know.h"
#include "base/arena.h"
#include "base/conf.h"
#include "flow/scribe/scribe.h"
#include "io/datagram/datagram.h"
#include "io/out/out.h"

enum {
    PHONE_PATH = 512,
    PHONE_FILE_MOST = 4 << 20, /* bytes of a file that is read */
    PHONE_SETS = 128,          /* parameters of a scenario */
};

enum phone_until { UNTIL_STOPPED, UNTIL_PROVISIONED, UNTIL_REGISTERED, UNTIL_SETTLED };

/* What was asked for; texts are the command line's or `file`'s. */
struct phone_cfg {
    struct desk_cfg desk;
    struct phone_identity identity;
    struct handset_lease lease;
    uint32_t faults;       /* bits by enum phone_fault */
    const char *interface; /* NULL: the addresses of `lease` */
    const char *folder;    /* NULL: one of its own, gone at the end */
    enum phone_until until;
    usec_t time; /* USEC_NONE: no end */
    uint64_t seed;
    bool report;            /* one is left when it ends */
    bool web, screen;       /* its pages, at web_at; its screen */
    struct endpoint web_at; /* port 0: any */
    bool json, leased;      /* leased: addresses were given, or are this host's */
    struct buf file[8];     /* owned: trust, certificates, settings */
    struct buf scenario;    /* owned, as what its words became: */
    struct arena text;
    struct str set[PHONE_SETS][2]; /* names and values */
    size_t n_sets;
    struct buf settings; /* owned: lines NAME=VALUE */
    char activation[256];
};

extern const struct cli_option phone_option_table[];
/* What a phone keeps on disk: its memory ("phone"), its log ("logcat", the one before in "logcat.1"), its reports ("probrep-...").
 * Without --folder in a folder of its own, which goes with it. */
struct keep {
    char folder[PHONE_PATH];
    bool own; /* made by us: removed at the end */
    FILE *log;
    uint64_t log_bytes;
    struct know know;
    bool knows;
    struct scribe scribe;
    struct buf archive; /* owned: the report that is uploaded */
    struct desk *desk;  /* whose log it is */
    struct loop *loop;
    struct datagram *syslog; /* owned; NULL: nothing was sent yet */
};
/* The log of `d` begins, which outlives it. False after telling. */
bool keep_open(struct keep *k, const struct cli_args *a, const char *folder, struct loop *l,
               struct desk *d, uint64_t seed);
void keep_close(struct keep *k);
/* All that was written is in the file. */
void keep_flush(struct keep *k);
/* The phone's memory of an earlier run; a fresh one where there is none. False after telling. */
bool keep_recall(const struct keep *k, struct phone *p);
/* False after telling. */
bool keep_save(const struct keep *k, const struct phone *p);
/* Packs a problem report: its name. False after telling. `date`: the phone's. */
bool keep_report(struct keep *k, usec_t date, struct str description, char ret_name[PHONE_PATH]);
/* The bytes of one; empty: it cannot be read. */
struct str keep_archive(struct keep *k, struct str name);

/* Reads the command line. False after telling what is wrong. */
bool phone_cfg_read(const struct cli_args *a, struct phone_cfg *cfg);
void phone_cfg_clear(struct phone_cfg *cfg);
/* A file into memory. False after telling. `secret`: readable by its owner only. */
bool phone_file_read(const char *option, const char *path, bool secret, struct buf *ret);
/* A file for --scenario, into *cfg. False after telling, with file and line. */
bool phone_scenario(const char *path, struct phone_cfg *cfg);
/* An option that a lease holds; false: none that a phone looks at, or no such value. */
bool phone_lease_option(struct handset_lease *l, uint64_t code, struct str value);
/* What a scenario, --set and --settings say. False after telling. */
bool phone_settings(const struct cli_args *a, const struct phone_cfg *cfg, struct phone *p);

/* The run of one phone. */
struct watch {
    const struct cli_args *args;
    struct phone_cfg cfg;
    struct loop *loop;
    struct loop_timer *end;
    struct desks *desks;
    struct desk desk;
    struct lan *lan; /* NULL: its addresses are given */
    struct keep keep;
    struct face *face; /* NULL: none was asked for */
    struct loop_turn turn;
    usec_t start;
    bool color, interrupted, over, failed;
    struct out out;
    struct sink sink;
};
/* watch.c: what becomes of it, told; ctx: the watch. */
extern const struct desk_on watch_on;
/* A line, or an object: what, how (may be ""), more of it. */
void watch_tell(struct watch *w, const char *what, const char *state, struct str text);

#endif
