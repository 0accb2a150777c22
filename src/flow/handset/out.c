/* What a handset wants done, in order; and what it says. */
#include <stdlib.h>

#include "flow/handset/inside.h"

struct node {
    struct node *next;
    struct handset_action action;
};

struct handset_out {
    struct arena arena;
    struct node *first, **last;
};

static struct handset_out *out_of(struct handset *h)
{
    if (!h->out) {
        struct handset_out *out = calloc(1, sizeof *out);
        if (!out) {
            return NULL;
        }
        arena_init(&out->arena, 0);
        out->last = &out->first;
        h->out = out;
    }
    return h->out;
}

struct handset_action *handset_push(struct handset *h, enum handset_do_what what)
{
    struct handset_out *out = out_of(h);
    struct node *node = out ? arena_alloc(&out->arena, sizeof *node) : NULL;
    if (!node) {
        return NULL;
    }
    node->action.what = what;
    *out->last = node;
    out->last = &node->next;
    return &node->action;
}

struct str handset_copy(struct handset *h, struct str s)
{
    struct handset_out *out = out_of(h);
    return out ? arena_str(&out->arena, s) : STR("");
}

void handset_out_clear(struct handset *h)
{
    if (h->out) {
        arena_clear(&h->out->arena);
        free(h->out);
        h->out = NULL;
    }
}

/* The last action's texts live until the next call: the queue ends only when it is asked again. */
bool handset_pop(struct handset *h, struct handset_action *ret_action)
{
    struct handset_out *out = h->out;
    if (!out || !out->first) {
        handset_out_clear(h);
        return false;
    }
    *ret_action = out->first->action;
    out->first = out->first->next;
    if (!out->first) {
        out->last = &out->first;
    }
    return true;
}

void handset_say(struct handset *h, const char *tag, const char *text, const struct str *values,
                 size_t n)
{
    if (h->cfg->line) {
        h->cfg->line(h->ctx, tag, text, values, n, h->now);
    }
}

void handset_stage(struct handset *h, enum stage stage)
{
    struct handset_action *a = handset_push(h, HANDSET_STAGE);
    if (a) {
        a->stage = stage;
        a->begun = true;
    }
}

void handset_stage_end(struct handset *h, enum stage stage, enum stage_state state)
{
    struct handset_action *a = handset_push(h, HANDSET_STAGE);
    if (a) {
        a->stage = stage;
        a->state = state;
    }
}
