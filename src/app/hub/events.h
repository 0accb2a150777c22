/* Server-sent events: what changes, to the pages that are open (HTML Standard 9.2). */
#ifndef APP_HUB_EVENTS_H
#define APP_HUB_EVENTS_H

#include "app/web/web.h"
#include "base/mac.h"

struct hub;

enum { EVENTS_KEPT = 256, EVENTS_READERS = 64, EVENT_MOST = 4096 };

struct event {
    uint64_t id;
    char *text; /* owned: as it is sent; NULL: none */
    size_t len;
};

struct events_reader {
    struct web_id id;
    bool there;
    bool behind;  /* it did not take all: `reset` when it has room */
    usec_t until; /* run time: ended then, it asks again by itself */
};

struct events {
    uint64_t last, epoch; /* ids are EPOCH-NUMBER: of another run they say nothing */
    struct event kept[EVENTS_KEPT];
    struct events_reader reader[EVENTS_READERS];
    size_t n;
    usec_t beat; /* run time of the next comment */
};

void events_init(struct events *e, uint64_t epoch);
void events_clear(struct events *e);
/* To all, and kept for those that come back. `json` is one line. */
void events_push(struct hub *h, const char *name, struct str json);
void events_device(struct hub *h, int64_t id);
void events_device_gone(struct hub *h, int64_t id);
void events_reset(struct hub *h);
/* Each second: comments, ends. */
void events_on_time(struct hub *h);
/* All end. */
void events_end(struct hub *h);

#endif
