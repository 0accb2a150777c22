/* The face of an emulated phone on this host: its screen on a terminal or by a script, its own pages by HTTPS (flow/screen, flow/panel), and
 * what both make it do. */
#ifndef APP_FACE_FACE_H
#define APP_FACE_FACE_H

#include "app/desk/desk.h"
#include "flow/screen/screen.h"
#include "flow/scribe/scribe.h"

struct face;

/* Texts outlive the face. */
struct face_cfg {
    const char *folder; /* where its log and reports lie, and the certificate of its pages */
    const struct scribe *scribe; /* its log, which counts what was said in SIP; NULL: none */
    bool pages;                  /* at `at`, by HTTPS */
    struct endpoint at;          /* port 0: any */
    bool screen;                 /* keys from standard input, pictures to standard output */
    /* Takes a picture in place of standard output; NULL: none does. */
    void (*picture)(void *ctx, struct str text);
    bool color;               /* marks as a terminal shows them */
    void (*flush)(void *ctx); /* what waits of the log goes into its file */
    /* A script of keys is over, or nobody reads the pictures. `well`: every key of it is one. */
    void (*ended)(void *ctx, bool well);
    void *ctx;
};

/* For the phone `d`, which stays; with a screen its calls wait for somebody to answer. False after telling what is wrong; *ret is to be
 * freed all the same. */
bool face_open(struct loop *l, struct desk *d, const struct face_cfg *cfg, struct face **ret);
void face_free(struct face *f);
/* Where its pages are; port 0: nowhere. */
struct endpoint face_pages(const struct face *f);

/* What the desk told (struct desk_on). */
void face_on_stage(struct face *f, enum stage s, bool begun, enum stage_state state);
void face_on_call(struct face *f, unsigned line, enum agent_call_state state);
void face_on_reboot(struct face *f);
/* A transfer begins, ends: of interest is that of a report. */
void face_on_fetch(struct face *f, const struct handset_fetch *fetch);
void face_on_fetched(struct face *f, const struct handset_fetched *fetched);
/* A report was made under that name; empty: it could not be. */
void face_on_report(struct face *f, struct str name, struct str description);
/* The server that gave the lease. */
void face_on_lease(struct face *f, struct addr server);

#endif
