/* The phone of a demonstration: switched on, watched event by event, its screen looked at, ended. */
#ifndef APP_LAB_ACTOR_H
#define APP_LAB_ACTOR_H

#include "app/lab/case.h"

struct actor {
    pid_t pid; /* 0: it is off */
    int keys;  /* its keys go in here */
    int events;
    char line[65536]; /* of its events, what was read of one */
    size_t n;
};

struct actor_event {
    char event[24];
    enum stage stage;
    bool begun;
    enum stage_state state;
    int64_t ms;
};

/* Switches it on, as the site's fault wants it. False after telling. */
bool actor_begin(struct actor *a, const struct site *s);
/* Until it is registered or a stage has failed: `on_event` with each thing that happens, its screen at the end into `ret_screen`. False after telling:
 * it did not settle within `wait`. */
bool actor_settle(struct actor *a, usec_t wait,
                  void (*on_event)(void *ctx, const struct actor_event *e), void *ctx,
                  struct buf *ret_screen);
/* Switches it off; the problem report that it leaves becomes the file `report` (NULL: none is wanted). */
void actor_end(struct actor *a, const char *report);
/* A factory reset, while it is off. */
void actor_forget(void);

#endif
