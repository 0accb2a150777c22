/* What an answer says about its question: CNAMEs followed, records counted, how long it holds. */
#include "proto/dns/dns.h"

/* The record of `type` that `name` owns in the answer section. */
static bool owned(const struct dns_message *m, struct dns_name name, uint16_t type,
                  struct dns_rr *ret_rr)
{
    struct dns_walk w = dns_walk(m);
    while (dns_next(&w, ret_rr) && ret_rr->section == DNS_ANSWER) {
        if (ret_rr->type == type && dns_name_eq(ret_rr->owner, name)) {
            return true;
        }
    }
    return false;
}

static void follow(const struct dns_message *m, struct dns_answer *a)
{
    struct dns_rr rr;
    while (m->question.type != DNS_CNAME && owned(m, a->name, DNS_CNAME, &rr)) {
        if (a->aliases == DNS_ALIASES) {
            a->loop = true;
            return;
        }
        if (!dns_rr_name(&rr, &a->name)) {
            return;
        }
        a->aliases++;
        a->ttl = rr.ttl < a->ttl ? rr.ttl : a->ttl;
    }
}

bool dns_answers(const struct dns_message *m, const struct dns_answer *a, const struct dns_rr *rr)
{
    return rr->section == DNS_ANSWER &&
           (rr->type == m->question.type || m->question.type == DNS_ANY) &&
           dns_name_eq(rr->owner, a->name);
}

struct dns_answer dns_answer(const struct dns_message *m)
{
    struct dns_answer a = {.name = m->question.name, .ttl = UINT32_MAX};
    struct dns_rr rr;
    struct dns_soa soa;
    follow(m, &a);
    uint32_t negative = 0;
    for (struct dns_walk w = dns_walk(m); dns_next(&w, &rr);) {
        if (dns_answers(m, &a, &rr)) {
            a.n++;
            a.ttl = rr.ttl < a.ttl ? rr.ttl : a.ttl;
        } else if (rr.section == DNS_AUTHORITY && dns_rr_soa(&rr, &soa)) {
            a.has_soa = true;
            negative = rr.ttl < soa.minimum ? rr.ttl : soa.minimum;
        }
    }
    if (a.n == 0) {
        a.ttl = negative;
    }
    return a;
}
