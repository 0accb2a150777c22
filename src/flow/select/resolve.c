/* From a name to a list: one question after the other, as the phone's log shows them. */
#include <stdlib.h>

#include "flow/select/inside.h"

static void owner_add(struct select_resolve *r, struct str prefix, enum select_transport t)
{
    struct owner *o = &r->owner[r->n_owners];
    if (r->n_owners == SELECT_NAPTR_MOST || prefix.len + r->proxy.len > sizeof o->name - 1) {
        return;
    }
    memcpy(o->name, prefix.p, prefix.len);
    memcpy(o->name + prefix.len, r->proxy.p, r->proxy.len);
    o->len = (uint8_t)(prefix.len + r->proxy.len);
    o->transport = (uint8_t)t;
    r->n_owners++;
}

static void owners_usual(struct select *s, enum select_transport t)
{
    static const struct str prefix[] = {STR_INIT("_sip._udp."), STR_INIT("_sip._tcp."),
                                        STR_INIT("_sips._tcp.")};
    if (t == SELECT_AUTO) {
        for (unsigned i = 0; i < 3; i++) {
            owner_add(s->resolve, prefix[i], (enum select_transport)i);
        }
    } else {
        owner_add(s->resolve, s->cfg->prefix ? prefix[t] : STR(""), t);
    }
}

/* The proxy itself as the only host. */
static void host_usual(struct select_resolve *r, enum select_transport t)
{
    t = t == SELECT_AUTO ? SELECT_UDP : t;
    r->host[r->n_hosts++] = (struct host){.name = r->proxy,
                                          .port = r->port ? r->port : select_port(t),
                                          .weight = 1,
                                          .transport = (uint8_t)t};
}

/* -- at the end */

void select_entry_inherit(const struct select_list *old, struct entry *e)
{
    for (unsigned i = 0; old && i < old->n; i++) {
        const struct entry *o = &old->entry[i];
        if (endpoint_eq(o->at, e->at) && o->transport == e->transport) {
            e->up = o->up;
            e->down_at = o->down_at;
            e->since = o->since;
        }
    }
}

static struct select_list *list_new(const struct select *s, usec_t now)
{
    const struct select_resolve *r = s->resolve;
    struct select_list *l = calloc(1, sizeof *l + r->n * sizeof *l->entry + r->text_len);
    if (!l) {
        return NULL;
    }
    l->n = (uint8_t)r->n;
    l->len = r->text_len;
    l->until = r->ttl == UINT32_MAX ? INT64_MAX : now + (usec_t)r->ttl * USEC_S;
    memcpy(l->entry, r->entry, r->n * sizeof *l->entry);
    memcpy(list_text(l), r->text, r->text_len);
    for (unsigned i = 0; i < l->n; i++) {
        select_entry_inherit(s->list, &l->entry[i]);
    }
    return l;
}

static uint8_t current_again(const struct select *s, const struct select_list *l)
{
    if (!s->list || s->current >= s->list->n) {
        return SELECT_NONE;
    }
    const struct entry *was = &s->list->entry[s->current];
    for (unsigned i = 0; i < l->n; i++) {
        if (endpoint_eq(l->entry[i].at, was->at) && l->entry[i].transport == was->transport) {
            return (uint8_t)i;
        }
    }
    return SELECT_NONE;
}

static void finish(struct select *s, usec_t now)
{
    struct select_resolve *r = s->resolve;
    if (s->cfg->method == SELECT_SRV_PORT) {
        select_entries_by_port(r);
    }
    struct select_list *l = r->n > 0 ? list_new(s, now) : NULL;
    if (l) {
        l->proven = s->list && s->list->proven;
        s->current = current_again(s, l);
        free(s->list);
        s->list = l;
    } else if (s->list && r->silent) {
        s->list->until = now + SELECT_AGAIN * USEC_S; /* what was known is better than nothing */
    } else {
        free(s->list);
        s->list = NULL;
        s->current = SELECT_NONE;
    }
    free(r);
    s->resolve = NULL;
}

/* -- hosts */

static void static_addrs(struct select *s, const struct host *h, usec_t now)
{
    struct str rest = h->addrs;
    struct addr ip;
    while (rest.len > 0) {
        if (addr_read(str_trim(str_cut(&rest, ',')), &ip) && (ip.family == 6) == s->cfg->ip6) {
            (void)select_entry_add(s->resolve, h, ip, now);
        }
    }
}

/* The next host whose addresses are not known without asking. */
static void host_next(struct select *s, usec_t now)
{
    struct select_resolve *r = s->resolve;
    for (; r->at_host < r->n_hosts; r->at_host++) {
        const struct host *h = &r->host[r->at_host];
        struct addr ip;
        if (h->addrs.len > 0) {
            static_addrs(s, h, now);
        } else if (addr_read(h->name, &ip)) {
            struct host bare = *h;
            bare.name = str_of(NULL, 0);
            (void)select_entry_add(r, &bare, ip, now);
        } else {
            select_tell_refreshing(s, h, now);
            r->phase = PHASE_A;
            r->question = h->name;
            r->four = r->six = false;
            r->first = r->n;
            return;
        }
    }
    finish(s, now);
}

static void hosts_begin(struct select *s, usec_t now)
{
    s->resolve->at_host = 0;
    host_next(s, now);
}

/* -- names of services */

static void owner_next(struct select *s, usec_t now)
{
    struct select_resolve *r = s->resolve;
    if (r->at_owner < r->n_owners) {
        struct owner *o = &r->owner[r->at_owner];
        r->phase = PHASE_SRV;
        r->question = str_of(o->name, o->len);
        select_tell_lookup(s, r->question, true, now);
        return;
    }
    if (r->n_hosts == 0 && !r->silent) { /* RFC 3263 4.2: no SRV records, the address itself */
        host_usual(r, s->cfg->transport);
    }
    hosts_begin(s, now);
}

static void on_naptr(struct select *s, const struct dns_message *m, usec_t now)
{
    if (m) {
        select_naptr_take(s, m);
    }
    if (s->resolve->n_owners == 0) {
        owners_usual(s, SELECT_AUTO);
    }
    owner_next(s, now);
}

static void on_srv(struct select *s, const struct dns_message *m, usec_t now)
{
    struct select_resolve *r = s->resolve;
    unsigned from = r->n_hosts;
    if (m) {
        select_srv_take(s, m);
        select_tell_groups(s, r->question, from, now);
        select_hosts_order(r, from, &s->random);
    }
    r->at_owner++;
    owner_next(s, now);
}

static void on_addrs(struct select *s, const struct dns_message *m, usec_t now)
{
    struct select_resolve *r = s->resolve;
    if (m) {
        select_addrs_take(s, m, now);
    }
    if (r->phase == PHASE_A) {
        r->phase = PHASE_AAAA;
        return;
    }
    select_tell_refreshed(s, &r->host[r->at_host], now);
    r->at_host++;
    host_next(s, now);
}

/* -- in and out */

bool select_ask(const struct select *s, struct select_question *ret_question)
{
    static const uint16_t type[] = {DNS_NAPTR, DNS_SRV, DNS_A, DNS_AAAA};
    if (!s->resolve) {
        return false;
    }
    *ret_question = (struct select_question){s->resolve->question, type[s->resolve->phase]};
    return true;
}

void select_on_answer(struct select *s, enum select_heard heard, struct str bytes, usec_t now)
{
    struct select_question asked;
    struct dns_message read;
    struct err_at at;
    if (!select_ask(s, &asked)) {
        return;
    }
    bool sound = heard == SELECT_ANSWERED && dns_read(bytes, &read, &at) == ERR_OK &&
                 read.response && read.has_question && read.question.type == asked.type;
    const struct dns_message *m = sound ? &read : NULL;
    s->resolve->silent |= !sound || (read.rcode != DNS_NOERROR && read.rcode != DNS_NXDOMAIN);
    switch (s->resolve->phase) {
    case PHASE_NAPTR:
        on_naptr(s, m, now);
        break;
    case PHASE_SRV:
        on_srv(s, m, now);
        break;
    case PHASE_A:
    case PHASE_AAAA:
        on_addrs(s, m, now);
        break;
    }
}

enum err select_resolve_begin(struct select *s, struct str servers, enum select_transport transport,
                              usec_t now)
{
    struct addr ip;
    struct select_resolve *r = calloc(1, sizeof *r);
    if (!r) {
        return ERR_MEMORY;
    }
    if (servers.p != s->cfg->servers.p && servers.len <= sizeof r->given) {
        memcpy(r->given, servers.p, servers.len); /* a redirection's text does not stay */
        servers.p = r->given;
    }
    r->ttl = UINT32_MAX;
    r->context = (uint32_t)random_next(&s->random) >> 8 << 3 | 0x40000000U;
    if (!select_list_read(servers, transport, r)) {
        free(r);
        return ERR_USAGE;
    }
    free(s->resolve);
    s->resolve = r;
    bool bare = r->proxy.len > 0 && addr_read(r->proxy, &ip);
    if (!bare) {
        select_tell_start(s, now);
    }
    if (r->n_hosts > 0) {
        select_hosts_order(r, 0, &s->random);
        hosts_begin(s, now);
    } else if (bare || r->port || (!s->cfg->srv && transport != SELECT_AUTO)) {
        host_usual(r, transport);
        if (!bare) {
            select_tell_lookup(s, r->proxy, false, now);
        }
        hosts_begin(s, now);
    } else if (transport == SELECT_AUTO) {
        r->phase = PHASE_NAPTR;
        r->question = r->proxy;
    } else {
        owners_usual(s, transport);
        owner_next(s, now);
    }
    return ERR_OK;
}
