/* Problem reports diagnosed: a child process of this program with limits of time, memory and file size, without
 * environment or network, one at a time. What is hostile in a report meets that process only. */
#ifndef APP_HUB_REPORT_H
#define APP_HUB_REPORT_H

#include "base/err.h"
#include "base/mac.h"
#include "io/loop/loop.h"

struct reports;

enum { REPORTS_QUEUE = 64, REPORT_PATH = 4096, REPORT_TEXT = 64 };

/* What was made stands beside the file: FILE.json (`diagnose -o json`), FILE.html, FILE.log (the first MiB of its text, secrets
 * taken out). Texts live until the call returns. */
struct report_done {
    uint64_t id;
    bool ok; /* the diagnosis is there */
    bool has_mac;
    struct mac mac;      /* of the phone that it is about */
    const char *serial;  /* NULL: not known */
    int level;           /* enum level of the first finding; -1: nothing was found */
    const char *finding; /* its id, NULL: none */
    const char *stage;   /* where it belongs */
    unsigned findings;
};

/* `done` is called on the loop's thread, once for each. */
enum err reports_new(struct loop *l, void (*done)(void *ctx, const struct report_done *d),
                     void *ctx, struct reports **ret) MUST_CHECK;
/* Ends the child that runs; what waits is forgotten. Before the loop is freed. */
void reports_free(struct reports *r);
/* ERR_LIMIT: REPORTS_QUEUE wait already; ERR_USAGE: the path is too long; ERR_MEMORY. */
enum err reports_add(struct reports *r, uint64_t id, const char *path) MUST_CHECK;

/* What `diagnose -o json` wrote, read. False: it is no such document. `ret` has texts in `text`. */
struct report_text {
    char serial[REPORT_TEXT], finding[REPORT_TEXT], stage[REPORT_TEXT];
};
bool report_read(struct str json, struct report_text *text, struct report_done *ret);

#endif
