/* What the records of an answer say about servers (RFC 3263 4.1, 4.2; RFC 3403; RFC 2782). */
#include "flow/select/inside.h"

struct str select_text_keep(struct select_resolve *r, struct str s)
{
    if (s.len == 0 || s.len >= SELECT_NAME_MOST || s.len > sizeof r->text - r->text_len) {
        return str_of(NULL, 0);
    }
    char *p = r->text + r->text_len;
    memcpy(p, s.p, s.len);
    r->text_len = (uint16_t)(r->text_len + s.len);
    return str_of(p, s.len);
}

static void ttl_take(struct select_resolve *r, const struct dns_answer *a)
{
    r->ttl = a->ttl < r->ttl ? a->ttl : r->ttl;
}

/* -- NAPTR */

struct way {
    struct dns_naptr naptr;
    enum select_transport transport;
};

static bool service_read(struct str service, enum select_transport *ret_transport)
{
    static const struct {
        struct str name;
        enum select_transport transport;
    } known[] = {{STR_INIT("SIPS+D2T"), SELECT_TLS},
                 {STR_INIT("SIP+D2T"), SELECT_TCP},
                 {STR_INIT("SIP+D2U"), SELECT_UDP}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (str_ieq(service, known[i].name)) {
            *ret_transport = known[i].transport;
            return true;
        }
    }
    return false;
}

static bool goes_before(const struct way *a, const struct way *b)
{
    return a->naptr.order != b->naptr.order ? a->naptr.order < b->naptr.order
                                            : a->naptr.preference < b->naptr.preference;
}

/* The ways that we can go, in their order; at most SELECT_NAPTR_MOST records are looked at. */
static unsigned ways_read(const struct dns_message *m, struct way *ways)
{
    struct dns_answer a = dns_answer(m);
    struct dns_walk w = dns_walk(m);
    struct dns_rr rr;
    unsigned seen = 0, n = 0;
    while (seen < SELECT_NAPTR_MOST && dns_next(&w, &rr)) {
        struct way way;
        if (!dns_answers(m, &a, &rr)) {
            continue;
        }
        seen++;
        if (!dns_rr_naptr(&rr, &way.naptr) || !str_ieq(way.naptr.flags, STR("s")) ||
            !service_read(way.naptr.services, &way.transport)) {
            continue;
        }
        unsigned at = n++;
        for (; at > 0 && goes_before(&way, &ways[at - 1]); at--) {
            ways[at] = ways[at - 1];
        }
        ways[at] = way;
    }
    return n;
}

void select_naptr_take(struct select *s, const struct dns_message *m)
{
    struct select_resolve *r = s->resolve;
    struct way ways[SELECT_NAPTR_MOST];
    char text[DNS_NAME_TEXT];
    struct dns_answer a = dns_answer(m);
    unsigned n = ways_read(m, ways);
    for (unsigned i = 0; i < n; i++) {
        struct str name = dns_name_text(ways[i].naptr.replacement, text);
        struct owner *o = &r->owner[r->n_owners];
        if (name.len < sizeof o->name && !dns_name_root(ways[i].naptr.replacement)) {
            memcpy(o->name, name.p, name.len);
            o->len = (uint8_t)name.len;
            o->transport = (uint8_t)ways[i].transport;
            r->n_owners++;
        }
    }
    if (n > 0) {
        ttl_take(r, &a);
    }
}

/* -- SRV */

void select_srv_take(struct select *s, const struct dns_message *m)
{
    struct select_resolve *r = s->resolve;
    char text[DNS_NAME_TEXT];
    struct dns_answer a = dns_answer(m);
    struct dns_walk w = dns_walk(m);
    struct dns_rr rr;
    unsigned seen = 0;
    while (r->n_hosts < SELECT_SRV_MOST && dns_next(&w, &rr)) {
        struct dns_srv srv;
        if (!dns_answers(m, &a, &rr) || !dns_rr_srv(&rr, &srv)) {
            continue;
        }
        struct host h = {.port = srv.port,
                         .priority = srv.priority,
                         .weight = srv.weight,
                         .transport = r->owner[r->at_owner].transport,
                         .index = (uint8_t)seen++};
        if (!dns_name_root(srv.target)) { /* ".": decidedly not here (RFC 2782) */
            h.name = select_text_keep(r, dns_name_text(srv.target, text));
        }
        if (h.name.len > 0) {
            r->host[r->n_hosts++] = h;
        }
    }
    if (seen > 0) {
        ttl_take(r, &a);
    }
}

/* -- A and AAAA */

static bool known_twice(const struct select_resolve *r, const struct entry *e)
{
    for (unsigned i = 0; i < r->n; i++) {
        if (endpoint_eq(r->entry[i].at, e->at) && r->entry[i].transport == e->transport) {
            return true;
        }
    }
    return false;
}

bool select_entry_add(struct select_resolve *r, const struct host *h, struct addr ip, usec_t now)
{
    struct entry e = {.at = {ip, h->port},
                      .priority = h->priority,
                      .weight = h->weight,
                      .transport = h->transport,
                      .up = true,
                      .since = (uint32_t)(now / USEC_S),
                      .down_at = USEC_NONE};
    if (r->n == SELECT_ENTRIES_MOST || addr_unset(ip) || known_twice(r, &e)) {
        return false;
    }
    /* Of names in the resolve's text the place is known; others are put there. */
    struct str name = h->name;
    bool inside = name.p >= r->text && name.p < r->text + sizeof r->text;
    name = inside ? name : select_text_keep(r, name);
    e.name_at = name.len ? (uint16_t)(name.p - r->text) : 0;
    e.name_len = (uint8_t)name.len;
    r->entry[r->n++] = e;
    return true;
}

void select_addrs_take(struct select *s, const struct dns_message *m, usec_t now)
{
    struct select_resolve *r = s->resolve;
    const struct host *h = &r->host[r->at_host];
    struct dns_answer a = dns_answer(m);
    struct dns_walk w = dns_walk(m);
    struct dns_rr rr;
    bool six = r->phase == PHASE_AAAA;
    bool used = six == s->cfg->ip6;
    while (dns_next(&w, &rr)) {
        struct addr ip;
        if (dns_answers(m, &a, &rr) && dns_rr_addr(&rr, &ip)) {
            *(six ? &r->six : &r->four) = true;
            if (used) {
                (void)select_entry_add(r, h, ip, now);
                ttl_take(r, &a);
            }
        }
    }
}
