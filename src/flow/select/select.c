/* The list of servers: its life, and whose turn it is. */
#include "flow/select/select.h"

#include <stdlib.h>

#include "flow/select/inside.h"

void select_init(struct select *s, const struct select_cfg *cfg, struct scribe *scribe,
                 uint64_t seed)
{
    *s = (struct select){.cfg = cfg, .scribe = scribe, .random = seed, .current = SELECT_NONE};
}

void select_clear(struct select *s)
{
    free(s->list);
    free(s->home);
    free(s->resolve);
    s->list = s->home = NULL;
    s->resolve = NULL;
    s->current = SELECT_NONE;
}

enum err select_begin(struct select *s, usec_t now)
{
    if (s->resolve || (s->list && now < s->list->until)) {
        return ERR_OK;
    }
    return select_resolve_begin(s, s->cfg->servers, s->cfg->transport, now);
}

enum select_state select_state(const struct select *s)
{
    if (s->resolve) {
        return SELECT_ASKING;
    }
    return s->list ? SELECT_READY : SELECT_FAILED;
}

static struct select_server server_of(const struct select_list *l, unsigned i)
{
    const struct entry *e = &l->entry[i];
    return (struct select_server){.at = e->at,
                                  .transport = (enum select_transport)e->transport,
                                  .name = entry_name(l, e),
                                  .index = i};
}

bool select_pick(struct select *s, struct select_server *ret_server)
{
    struct select_list *l = s->list;
    for (unsigned i = 0; l && i < l->n; i++) {
        if (l->entry[i].up) {
            s->current = (uint8_t)i;
            *ret_server = server_of(l, i);
            return true;
        }
    }
    return false;
}

void select_good(struct select *s)
{
    if (s->list) {
        s->list->proven = true;
    }
}

void select_down(struct select *s, usec_t now)
{
    struct select_list *l = s->list;
    if (!l || s->current >= l->n) {
        return;
    }
    /* Without an interval each search begins at the top (MPP administration guide). */
    for (unsigned i = 0; l->proven && s->cfg->fallback == 0 && i < l->n; i++) {
        l->entry[i].up = true;
    }
    l->proven = false;
    l->entry[s->current].up = false;
    l->entry[s->current].down_at = now;
}

void select_all_up(struct select *s)
{
    for (unsigned i = 0; s->list && i < s->list->n; i++) {
        s->list->entry[i].up = true;
    }
}

static usec_t back_at(const struct select *s, const struct entry *e)
{
    return e->down_at + (usec_t)s->cfg->fallback * USEC_S;
}

usec_t select_back(const struct select *s)
{
    usec_t first = USEC_NONE;
    if (!s->list || s->current >= s->list->n || s->cfg->fallback == 0 || s->home) {
        return USEC_NONE;
    }
    for (unsigned i = 0; i < s->current; i++) {
        const struct entry *e = &s->list->entry[i];
        if (!e->up && (first == USEC_NONE || back_at(s, e) < first)) {
            first = back_at(s, e);
        }
    }
    return first;
}

bool select_back_waits(const struct select *s)
{
    return s->list && s->current < s->list->n &&
           s->list->entry[s->current].transport == SELECT_UDP && !s->cfg->back_at_once;
}

void select_return(struct select *s, usec_t now)
{
    for (unsigned i = 0; s->list && s->cfg->fallback > 0 && i < s->list->n; i++) {
        struct entry *e = &s->list->entry[i];
        e->up = e->up || back_at(s, e) <= now;
    }
}

/* -- redirections */

enum err select_redirect(struct select *s, struct str host, enum select_transport transport,
                         usec_t now)
{
    struct select_list *was = s->list;
    uint8_t current = s->current;
    s->list = NULL;
    enum err e =
        host.len < SELECT_NAME_MOST ? select_resolve_begin(s, host, transport, now) : ERR_USAGE;
    if (e != ERR_OK) {
        s->list = was;
        return e;
    }
    s->current = s->list ? 0 : SELECT_NONE;
    if (s->home) {
        free(was); /* where the redirection before pointed */
    } else if (was) {
        was->current = current;
        s->home = was;
    }
    return ERR_OK;
}

void select_go_home(struct select *s)
{
    if (s->home) {
        free(s->list);
        free(s->resolve);
        s->resolve = NULL;
        s->list = s->home;
        s->current = s->home->current;
        s->home = NULL;
    }
}

bool select_entry(const struct select *s, unsigned index, struct select_entry *ret_entry)
{
    const struct select_list *l = s->list;
    if (!l || index >= l->n) {
        return false;
    }
    *ret_entry = (struct select_entry){.server = server_of(l, index),
                                       .up = l->entry[index].up,
                                       .priority = l->entry[index].priority,
                                       .weight = l->entry[index].weight};
    return true;
}
