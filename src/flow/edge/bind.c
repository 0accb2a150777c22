/* What a REGISTER does to the bindings of an AOR (RFC 3261 10.3, 6 to 8): all of it, or nothing. */
#include "flow/edge/inside.h"

enum { BRIEF = 3600, ASKED_MALFORMED = 3600, CONTACT_MOST = 4096 };

static const struct str none = {NULL, 0};

struct step {
    uint32_t at; /* the binding there is; 0: a new one */
    uint32_t asked, granted;
};

struct plan {
    struct edge *e;
    const struct request *q;
    struct account *a;
    const struct auth_use *use;
    struct str reason;
    struct step step[CONTACTS_MOST];
    size_t n, adds, removes;
};

/* A later Contact of the same URI takes the place of an earlier one. */
static void contact_add(struct contacts *c, const struct sip_contact *contact,
                        const struct sip_uri *uri)
{
    size_t i = 0;
    while (i < c->n && !sip_uri_eq(&c->uri[i], uri)) {
        i++;
    }
    c->list[i] = *contact;
    c->uri[i] = *uri;
    c->n += i == c->n;
}

static enum err contact_take(struct contacts *c, struct str *rest, struct err_at *reterr_at)
{
    struct sip_contact contact;
    struct sip_uri uri;
    enum err e = sip_contact_next(rest, SIP_STRICT, &contact, reterr_at);
    if (e != ERR_OK) {
        return e;
    }
    if (contact.star) {
        c->star = true;
        return ERR_OK;
    }
    e = sip_uri_read(contact.addr.uri, &uri, reterr_at);
    if (e == ERR_OK && !uri.sip) {
        *reterr_at = (struct err_at){0, "Contact is no SIP URI", "RFC 3261 10.2.1"};
        return ERR_MALFORMED;
    }
    if (e == ERR_OK && contact.addr.raw.len > CONTACT_MOST) {
        *reterr_at = (struct err_at){0, "Contact is too long", NULL};
        return ERR_LIMIT;
    }
    if (e == ERR_OK && c->n == CONTACTS_MOST) {
        *reterr_at = (struct err_at){0, "too many Contacts", NULL};
        return ERR_LIMIT;
    }
    if (e == ERR_OK) {
        contact_add(c, &contact, &uri);
    }
    return e;
}

enum err contacts_read(const struct sip_msg *msg, struct contacts *ret, struct err_at *reterr_at)
{
    const struct sip_field *f = sip_find(msg, SIP_CONTACT);
    ret->n = 0;
    ret->star = false;
    for (; f; f = sip_find_next(msg, f)) {
        struct str rest = f->value;
        enum err e = ERR_OK;
        while (e == ERR_OK) {
            e = contact_take(ret, &rest, reterr_at);
        }
        if (e != ERR_END) {
            return e;
        }
    }
    return ERR_OK;
}

uint32_t bind_grant(struct edge *e, uint32_t asked)
{
    uint32_t g = asked < e->cfg.expires_most ? asked : e->cfg.expires_most;
    if (e->cfg.expires_spread) {
        uint32_t percent = (uint32_t)(edge_random(e) % (e->cfg.expires_spread + 1));
        uint32_t less = g - (uint32_t)((uint64_t)g * percent / 100);
        g = less < e->cfg.expires_least ? g : less;
    }
    return e->drain && e->drain < g ? e->drain : g;
}

/* -- Ends */

static void end(struct edge *e, struct account *a, uint32_t at, const struct binding *b,
                struct str state)
{
    told_binding(e, FACT_EDGE_ENDED, state, a, b);
    bindings_remove(e->bindings, at, &a->bindings);
    a->n_bindings--;
}

void bind_remove(struct edge *e, struct account *a, uint32_t at, struct str state)
{
    struct binding b;
    bindings_read(e->bindings, at, &b);
    edge_out_store(e, BINDING_REMOVE, a->user, &b);
    end(e, a, at, &b, state);
}

/* Not stored: its record says when it ends. Some at a time: after a long stop very many may end at once. */
void bind_expire(struct edge *e)
{
    enum { SOME = 256 };
    for (unsigned i = 0; i < SOME; i++) {
        struct binding b;
        uint32_t at = bindings_expired(e->bindings, e->now);
        if (!at) {
            return;
        }
        bindings_read(e->bindings, at, &b);
        e->count[EDGE_EXPIRED]++;
        end(e, accounts_at(e->accounts, b.account), at, &b, STR("expired"));
    }
}

/* -- The plan */

/* +sip.instance and reg-id (RFC 5626 4.1, 4.2): both, or none. */
static uint32_t reg_id_of(const struct sip_contact *c)
{
    uint64_t n = 0;
    bool has = c->has_instance && str_u64(c->reg_id, &n) && n <= INT32_MAX;
    return has ? (uint32_t)n : 0;
}

static bool is_binding_of(const struct binding *b, const struct sip_contact *c,
                          const struct sip_uri *uri)
{
    struct sip_uri have;
    struct err_at at;
    uint32_t reg_id = reg_id_of(c);
    if (reg_id && b->reg_id == reg_id && str_eq(b->instance, c->instance)) {
        return true;
    }
    return str_eq(b->contact, c->addr.uri) ||
           (sip_uri_read(b->contact, &have, &at) == ERR_OK && sip_uri_eq(&have, uri));
}

static uint32_t find(const struct plan *p, const struct sip_contact *c, const struct sip_uri *uri)
{
    uint32_t at = p->a->bindings;
    while (at) {
        struct binding b;
        bindings_read(p->e->bindings, at, &b);
        if (is_binding_of(&b, c, uri)) {
            break;
        }
        at = bindings_next(p->e->bindings, at);
    }
    return at;
}

/* RFC 3261 10.3 (7): a lower or equal CSeq of the same Call-ID is late. A phone that restarted may
 * come so as well: then its connection is new, and so is the nonce that it answered. */
static bool is_late(const struct plan *p, uint32_t at)
{
    struct binding b;
    bindings_read(p->e->bindings, at, &b);
    if (!str_eq(b.call_id, p->q->call_id) || p->q->core.cseq.number > b.cseq) {
        return false;
    }
    bool anew = p->use->nc == 1 && !flow_same(&b.flow, &p->q->from->flow);
    return !anew;
}

static uint32_t asked_for(const struct plan *p, const struct sip_contact *c)
{
    uint32_t seconds = p->e->cfg.expires_usual;
    struct str field = sip_value(p->q->msg, SIP_EXPIRES);
    struct err_at at;
    if (c && c->has_expires) {
        return c->expires;
    }
    if (field.p && sip_seconds_read(field, &seconds, &at) != ERR_OK) {
        return ASKED_MALFORMED;
    }
    return seconds;
}

static unsigned plan_contact(struct plan *p, const struct sip_contact *c, const struct sip_uri *uri)
{
    struct step *s = &p->step[p->n++];
    s->asked = asked_for(p, c);
    s->granted = bind_grant(p->e, s->asked);
    if (s->asked > 0 && s->asked < p->e->cfg.expires_least && s->asked < BRIEF) {
        return 423;
    }
    s->at = find(p, c, uri);
    for (size_t i = 0; i + 1 < p->n; i++) {
        if (s->at && p->step[i].at == s->at) {
            p->reason = STR("Two Contacts for one binding");
            return 400;
        }
    }
    if (s->at && is_late(p, s->at)) {
        p->reason = STR("CSeq is not higher than before");
        return 500;
    }
    p->adds += !s->at && s->asked > 0;
    p->removes += s->at && s->asked == 0;
    return 200;
}

/* The binding without a connection that was refreshed longest ago, and is not in the plan. */
static uint32_t oldest_lost(const struct plan *p)
{
    uint32_t best = 0;
    usec_t when = 0;
    for (uint32_t at = p->a->bindings; at; at = bindings_next(p->e->bindings, at)) {
        struct binding b;
        bool planned = false;
        bindings_read(p->e->bindings, at, &b);
        for (size_t i = 0; i < p->n; i++) {
            planned |= p->step[i].at == at;
        }
        bool lost = b.flow.transport != TRANSPORT_UDP && b.flow.serial == 0;
        if (!planned && lost && (!best || b.refreshed < when)) {
            best = at;
            when = b.refreshed;
        }
    }
    return best;
}

/* Room for what is new: a phone that came back by another port must not be kept out by its past. */
static unsigned make_room(struct plan *p)
{
    struct edge *e = p->e;
    while (p->a->n_bindings + p->adds > e->cfg.contacts_most + p->removes) {
        uint32_t lost = oldest_lost(p);
        if (!lost) {
            p->reason = STR("Too Many Contacts");
            return 403;
        }
        e->count[EDGE_REPLACED]++;
        bind_remove(e, p->a, lost, STR("replaced"));
    }
    return 200;
}

/* -- Doing it */

static void fill(const struct plan *p, const struct sip_contact *c, const struct step *s,
                 struct binding *b)
{
    const struct request *q = p->q;
    *b = (struct binding){.account = accounts_number(p->e->accounts, p->a),
                          .contact = c->addr.uri,
                          .call_id = q->call_id,
                          .agent = sip_value(q->msg, SIP_USER_AGENT),
                          .instance = c->instance,
                          .reg_id = reg_id_of(c),
                          .cseq = q->core.cseq.number,
                          .q = (uint16_t)(c->q == SIP_Q_NONE ? 1000 : c->q),
                          .node = p->e->cfg.node,
                          .flow = q->from->flow,
                          .registered = p->e->now,
                          .refreshed = p->e->now,
                          .expires = p->e->now + (usec_t)s->granted * USEC_S};
}

static void tell_new(struct plan *p, const struct binding *b, const struct step *s)
{
    struct told t;
    told_begin(&t, FACT_EDGE_REGISTERED, STR("new"));
    told_user(&t, p->a->user, p->a);
    told_flow(&t, &b->flow);
    told_text(&t, FIELD_CONTACT, b->contact);
    told_text(&t, FIELD_CALL_ID, b->call_id);
    told_number(&t, FIELD_ASKED, s->asked);
    told_number(&t, FIELD_GRANTED, s->granted);
    told_text(&t, FIELD_TEXT, binding_agent(b->agent));
    told_end(p->e, &t);
}

static enum err add_all(struct plan *p, const struct contacts *c)
{
    enum err err = ERR_OK;
    size_t done = 0;
    for (size_t i = 0; i < p->n && err == ERR_OK; i++) {
        struct binding b;
        if (p->step[i].at || p->step[i].asked == 0) {
            continue;
        }
        fill(p, &c->list[i], &p->step[i], &b);
        err = bindings_add(p->e->bindings, &b, &p->a->bindings);
        done += err == ERR_OK;
    }
    if (err != ERR_OK) {
        while (done-- > 0) {
            bindings_remove(p->e->bindings, p->a->bindings, &p->a->bindings);
        }
        return err;
    }
    p->a->n_bindings = (uint16_t)(p->a->n_bindings + done);
    return ERR_OK;
}

static enum err set_one(struct plan *p, const struct sip_contact *c, const struct step *s)
{
    struct binding old;
    struct binding b;
    bindings_read(p->e->bindings, s->at, &old);
    fill(p, c, s, &b);
    b.registered = old.registered;
    enum err err = bindings_set(p->e->bindings, s->at, &b);
    if (err == ERR_OK) {
        edge_out_store(p->e, BINDING_PUT, p->a->user, &b);
    }
    return err;
}

/* New ones first: they are what can fail. */
static enum err carry_out(struct plan *p, const struct contacts *c)
{
    enum err err = add_all(p, c);
    for (size_t i = 0; i < p->n && err == ERR_OK; i++) {
        const struct step *s = &p->step[i];
        struct binding b;
        if (s->at && s->asked > 0) {
            err = set_one(p, &c->list[i], s);
        } else if (s->at) {
            bind_remove(p->e, p->a, s->at, STR("unregistered"));
        } else if (s->asked > 0) {
            fill(p, &c->list[i], s, &b);
            edge_out_store(p->e, BINDING_PUT, p->a->user, &b);
            tell_new(p, &b, s);
        }
    }
    return err;
}

static unsigned remove_all(struct plan *p, const struct contacts *c)
{
    if (c->n || asked_for(p, NULL) != 0) {
        p->reason = STR("Contact * stands alone, with Expires 0");
        return 400;
    }
    for (uint32_t at = p->a->bindings; at; at = bindings_next(p->e->bindings, at)) {
        if (is_late(p, at)) {
            p->reason = STR("CSeq is not higher than before");
            return 500;
        }
    }
    while (p->a->bindings) {
        bind_remove(p->e, p->a, p->a->bindings, STR("unregistered"));
    }
    p->e->count[EDGE_REGISTER_REMOVE]++;
    return 200;
}

static void count(struct plan *p)
{
    enum edge_count what = EDGE_REGISTER_REFRESH;
    if (p->n == 0) {
        what = EDGE_REGISTER_FETCH;
    } else if (p->adds) {
        what = EDGE_REGISTER_NEW;
    } else if (p->removes == p->n) {
        what = EDGE_REGISTER_REMOVE;
    }
    p->e->count[what]++;
}

/* One address brings only so many new bindings a second; refreshes are free. */
static bool is_let_in(struct plan *p)
{
    struct edge *e = p->e;
    return guard_arrival(&e->guard, &e->cfg.hash, p->q->from->flow.peer.ip, e->cfg.arrivals_most,
                         e->now);
}

static unsigned bind_planned(struct plan *p, const struct contacts *c)
{
    unsigned status = 200;
    if (c->star) {
        return remove_all(p, c);
    }
    for (size_t i = 0; i < c->n && status == 200; i++) {
        status = plan_contact(p, &c->list[i], &c->uri[i]);
    }
    if (status == 200 && p->adds && !is_let_in(p)) {
        return 503;
    }
    if (status == 200 && p->adds) {
        status = make_room(p);
    }
    if (status == 200 && carry_out(p, c) != ERR_OK) {
        return 503;
    }
    if (status == 200) {
        count(p);
    }
    return status;
}

unsigned bind_contacts(struct edge *e, const struct request *q, struct account *a,
                       const struct contacts *c, const struct auth_use *use, struct str *ret_reason)
{
    struct plan p;
    p.e = e;
    p.q = q;
    p.a = a;
    p.use = use;
    p.reason = none;
    p.n = p.adds = p.removes = 0;
    unsigned status = bind_planned(&p, c);
    *ret_reason = p.reason;
    return status;
}
