/* The way of a capture through the readers, from file to message. */
#include "flow/wire/wire.h"

#include <stdlib.h>

struct wire {
    struct wire_visitor v;
    struct wire_cfg cfg;
    struct wire_count count;
};

bool wire_is_capture(struct str head)
{
    (void)head;
    return false;
}

struct wire *wire_new(const struct wire_visitor *v, const struct wire_cfg *cfg)
{
    struct wire *w = calloc(1, sizeof *w);
    if (w) {
        w->v = *v;
        w->cfg = *cfg;
    }
    return w;
}

void wire_free(struct wire *w)
{
    free(w);
}

void wire_begin(struct wire *w)
{
    w->count = (struct wire_count){.first = USEC_NONE, .last = USEC_NONE};
}

void wire_feed(struct wire *w, struct str bytes)
{
    w->count.bytes += bytes.len;
}

void wire_end(struct wire *w)
{
    (void)w;
}

struct wire_count wire_count(const struct wire *w)
{
    return w->count;
}
