/* Facts for the journal, put together from what is at hand. */
#include "flow/edge/inside.h"

void told_begin(struct told *t, enum fact_kind kind, struct str state)
{
    t->n = 0;
    fact_init(&t->fact, kind);
    told_text(t, FIELD_STATE, state);
}

void told_text(struct told *t, enum field field, struct str text)
{
    if (text.len && t->fact.n < FACT_FIELDS) {
        fact_add(&t->fact, field, text);
    }
}

void told_number(struct told *t, enum field field, int64_t n)
{
    if (t->n < sizeof t->numbers / sizeof *t->numbers) {
        told_text(t, field, str_number(t->numbers[t->n++], n));
    }
}

void told_user(struct told *t, struct str user, const struct account *a)
{
    told_text(t, FIELD_USER, user);
    if (a && a->has_mac) {
        mac_write(a->mac, t->mac);
        told_text(t, FIELD_MAC, str_z(t->mac));
    }
}

static struct str transport_name(unsigned transport)
{
    static const struct str name[] = {[TRANSPORT_UDP] = STR_INIT("UDP"),
                                      [TRANSPORT_TCP] = STR_INIT("TCP"),
                                      [TRANSPORT_TLS] = STR_INIT("TLS")};
    return transport <= TRANSPORT_TLS ? name[transport] : str_of(NULL, 0);
}

void told_flow(struct told *t, const struct flow *flow)
{
    told_text(t, FIELD_SERVER, addr_write(flow->peer.ip, t->addr));
    told_number(t, FIELD_PORT, flow->peer.port);
    told_text(t, FIELD_TRANSPORT, transport_name(flow->transport));
}

void told_end(struct edge *e, struct told *t)
{
    edge_out_tell(e, &t->fact);
}

void told_binding(struct edge *e, enum fact_kind kind, struct str state, const struct account *a,
                  const struct binding *b)
{
    struct told t;
    told_begin(&t, kind, state);
    told_user(&t, a->user, a);
    told_flow(&t, &b->flow);
    told_text(&t, FIELD_CONTACT, b->contact);
    told_end(e, &t);
}
