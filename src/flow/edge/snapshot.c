/* Bindings that outlive the process, and those that another shard asks for. */
#include "flow/edge/inside.h"

/* The binding of `a` with this contact, as it stands; 0 for none. */
static uint32_t find(const struct edge *e, const struct account *a, struct str contact)
{
    uint32_t at = a->bindings;
    while (at) {
        struct binding b;
        bindings_read(e->bindings, at, &b);
        if (str_eq(b.contact, contact)) {
            break;
        }
        at = bindings_next(e->bindings, at);
    }
    return at;
}

static void forget(struct edge *e, struct account *a, uint32_t at)
{
    if (at) {
        bindings_remove(e->bindings, at, &a->bindings);
        a->n_bindings--;
    }
}

enum err edge_restore(struct edge *e, enum binding_change change, struct str user,
                      const struct binding *b, usec_t now)
{
    struct account *a = accounts_find(e->accounts, user);
    if (!a) {
        return ERR_MISSING;
    }
    uint32_t at = find(e, a, b->contact);
    if (change == BINDING_REMOVE) {
        forget(e, a, at);
        return ERR_OK;
    }
    if (b->expires <= now) {
        forget(e, a, at);
        return ERR_END;
    }
    struct binding mine = *b;
    mine.account = accounts_number(e->accounts, a);
    if (mine.flow.transport != TRANSPORT_UDP) {
        mine.flow.serial = 0;
    }
    if (at) {
        return bindings_set(e->bindings, at, &mine);
    }
    if (a->n_bindings >= e->cfg.contacts_most) {
        return ERR_LIMIT;
    }
    enum err err = bindings_add(e->bindings, &mine, &a->bindings);
    a->n_bindings = (uint16_t)(a->n_bindings + (err == ERR_OK));
    return err;
}

bool edge_snapshot(struct edge *e, uint32_t *cursor, size_t most, struct sink *out)
{
    for (size_t i = 0; i < most; i++) {
        struct binding b;
        uint32_t at = bindings_each(e->bindings, cursor);
        if (!at) {
            return false;
        }
        bindings_read(e->bindings, at, &b);
        binding_record_write(out, BINDING_PUT, accounts_at(e->accounts, b.account)->user, &b);
    }
    return true;
}

size_t edge_contacts(struct edge *e, struct str user, struct arena *arena, struct edge_target *ret,
                     size_t most)
{
    struct account *a = accounts_find(e->accounts, user);
    size_t n = 0;
    for (uint32_t at = a ? a->bindings : 0; at && n < most; at = bindings_next(e->bindings, at)) {
        struct binding b;
        bindings_read(e->bindings, at, &b);
        bool reachable = b.flow.transport == TRANSPORT_UDP || b.flow.serial != 0;
        if (!reachable || b.expires <= e->now) {
            continue;
        }
        ret[n].contact = arena_str(arena, b.contact);
        ret[n].flow = b.flow;
        ret[n].q = b.q;
        n += ret[n].contact.len == b.contact.len;
    }
    return n;
}
