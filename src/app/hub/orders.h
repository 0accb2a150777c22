/* Orders to the workers: what a commit changed, and what a phone is to be told. */
#ifndef APP_HUB_ORDERS_H
#define APP_HUB_ORDERS_H

#include "app/hub/api.h"

/* One on its way, with all that it points at. */
struct errand {
    struct hub_order order;
    struct hub *hub;
    struct arena arena;
    bool secret; /* its memory is overwritten */
    bool holds;  /* the answer of that exchange waits for it */
    struct web_id id;
    /* May be NULL; `c` NULL: the client is gone. Else call_told is called. */
    void (*then)(struct errand *e, struct call *c);
    char text[64]; /* of `then` */
};

/* NULL: no memory. */
struct errand *errand_new(struct hub *h, enum hub_order_kind kind, struct call *c);
/* Off it goes; it frees itself when it is back. */
void errand_send(struct errand *e);

#endif
