/* A look-up as the phone's own name cache would log it: asked, forwarded, answered. */
#include <stdio.h>
#include <string.h>

#include "app/probe/names.h"

struct teller {
    struct probe *p;
    const struct names_look *l;
    usec_t at; /* of the last fact: times do not fall */
    /* Of the answer that is told. */
    char server[ADDR_TEXT];
    char ms[STR_NUMBER];
    char type[DNS_WORD];
};

static void tell(struct teller *t, const struct fact *f, usec_t when)
{
    t->at = when > t->at ? when : t->at;
    probe_tell_at(t->p, f, t->at);
}

static void tell_query(struct teller *t, const struct ask *q, usec_t when)
{
    struct fact f;
    char type[DNS_WORD];
    fact_init(&f, FACT_DNS_QUERY);
    fact_add(&f, FIELD_QTYPE, str_z(dns_type_name(q->type, type)));
    fact_add(&f, FIELD_HOST, t->l->host);
    tell(t, &f, when);
}

static void tell_forward(struct teller *t, const struct ask_answer *a)
{
    struct fact f;
    char server[ADDR_TEXT];
    fact_init(&f, FACT_DNS_FORWARD);
    fact_add(&f, FIELD_HOST, t->l->host);
    fact_add(&f, FIELD_SERVER, addr_write(a->server.ip, server));
    tell(t, &f, a->sent);
}

static void tell_reply(struct teller *t, struct str host, struct str value, usec_t when)
{
    struct fact f;
    fact_init(&f, FACT_DNS_REPLY);
    fact_add(&f, FIELD_HOST, host);
    fact_add(&f, FIELD_VALUE, value);
    fact_add(&f, FIELD_SERVER, str_z(t->server));
    fact_add(&f, FIELD_MS, str_z(t->ms));
    fact_add(&f, FIELD_QTYPE, str_z(t->type));
    tell(t, &f, when);
}

static void tell_srv(struct teller *t, const struct dns_rr *rr, const struct dns_srv *srv,
                     usec_t when)
{
    char target[DNS_NAME_TEXT];
    char n[4][STR_NUMBER];
    struct fact f;
    fact_init(&f, FACT_DNS_SRV);
    fact_add(&f, FIELD_HOST, t->l->host);
    fact_add(&f, FIELD_TTL, str_number(n[0], rr->ttl));
    fact_add(&f, FIELD_TARGET, dns_name_text(srv->target, target));
    fact_add(&f, FIELD_PORT, str_number(n[1], srv->port));
    fact_add(&f, FIELD_PRIORITY, str_number(n[2], srv->priority));
    fact_add(&f, FIELD_WEIGHT, str_number(n[3], srv->weight));
    fact_add(&f, FIELD_SERVER, str_z(t->server));
    tell(t, &f, when);
}

static void tell_records(struct teller *t, const struct ask_answer *a, struct str owner)
{
    char text[ADDR_TEXT];
    struct dns_rr rr;
    struct addr addr;
    struct dns_srv srv;
    for (struct dns_walk w = dns_walk(&a->m); dns_next(&w, &rr);) {
        if (!dns_answers(&a->m, &a->a, &rr)) {
            continue;
        }
        if (dns_rr_addr(&rr, &addr)) {
            tell_reply(t, owner, addr_write(addr, text), a->arrived);
        } else if (dns_rr_srv(&rr, &srv)) {
            tell_srv(t, &rr, &srv, a->arrived);
        }
    }
}

static void tell_error(struct teller *t, const struct ask_answer *a)
{
    char rcode[DNS_WORD];
    struct fact f;
    fact_init(&f, FACT_DNS_ERROR);
    fact_add(&f, FIELD_ERROR, str_z(dns_rcode_name(a->m.rcode, rcode)));
    fact_add(&f, FIELD_HOST, t->l->host);
    fact_add(&f, FIELD_SERVER, str_z(t->server));
    fact_add(&f, FIELD_MS, str_z(t->ms));
    fact_add(&f, FIELD_QTYPE, str_z(t->type));
    tell(t, &f, a->arrived);
}

static void tell_answer(struct teller *t, uint16_t type, const struct ask_answer *a)
{
    char name[DNS_NAME_TEXT];
    char buf[DNS_WORD];
    struct str owner = t->l->host;
    (void)addr_write(a->server.ip, t->server);
    (void)str_number(t->ms, a->took / USEC_MS);
    (void)snprintf(t->type, sizeof t->type, "%s", dns_type_name(type, buf));
    if (ask_definite(a) && a->a.aliases) {
        tell_reply(t, owner, STR("<CNAME>"), a->arrived);
        owner = dns_name_text(a->a.name, name);
    }
    if (a->state == ASK_ANSWERED) {
        tell_records(t, a, owner);
    } else if (a->state == ASK_NXDOMAIN) {
        tell_reply(t, owner, STR("NXDOMAIN"), a->arrived);
    } else if (a->state == ASK_NODATA) {
        tell_reply(t, owner,
                   type == DNS_A      ? STR("NODATA-IPv4")
                   : type == DNS_AAAA ? STR("NODATA-IPv6")
                                      : STR("NODATA"),
                   a->arrived);
    } else if (a->state == ASK_ERROR) {
        tell_error(t, a);
    }
}

static bool spoke(const struct ask_answer *a)
{
    return ask_definite(a) || a->state == ASK_ERROR;
}

/* To a phone half an answer is none. */
static bool is_mute(const struct ask_answer *a)
{
    return a->state == ASK_SILENT || a->state == ASK_TRUNCATED;
}

/* A download's end tells that its look-up got no answer. Nothing tells that the choice of a server did. */
static bool untold(const struct names_look *l)
{
    return strcmp(l->role, "activation") != 0 && strcmp(l->role, "provisioning") != 0;
}

/* Resolvers that say nothing beside one that does, those of which the network says so at once, and those of which
 * nothing that follows would tell. */
static void tell_silent(struct teller *t, const struct ask *q, const struct ask_answer *answers,
                        const struct ask_answer *best)
{
    for (size_t i = 0; i < t->p->o.n_resolvers; i++) {
        char n[STR_NUMBER];
        char server[ADDR_TEXT];
        char other[ADDR_TEXT];
        char type[DNS_WORD];
        struct fact f;
        bool silent = is_mute(&answers[i]) && (spoke(best) || untold(t->l));
        if (!silent && !ask_dead(&answers[i])) {
            continue;
        }
        fact_init(&f, FACT_DNS_SILENT);
        fact_add(&f, FIELD_ROLE, str_z(t->l->role));
        fact_add(&f, FIELD_HOST, t->l->host);
        fact_add(&f, FIELD_SERVER, addr_write(answers[i].server.ip, server));
        if (spoke(best)) {
            fact_add(&f, FIELD_OTHER, addr_write(best->server.ip, other));
        }
        fact_add(&f, FIELD_MS, str_number(n, answers[i].took / USEC_MS));
        fact_add(&f, FIELD_QTYPE, str_z(dns_type_name(q->type, type)));
        tell(t, &f, answers[i].sent);
    }
}

/* The one that answered comes last: it is what the answer is of. */
static void tell_asked(struct teller *t, const struct ask *q, const struct ask_answer *answers,
                       const struct ask_answer *best)
{
    tell_query(t, q, answers[0].sent);
    for (size_t i = 0; i < t->p->o.n_resolvers; i++) {
        if (&answers[i] != best && answers[i].state != ASK_NOT_SENT && !ask_dead(&answers[i])) {
            tell_forward(t, &answers[i]);
        }
    }
    if (best->state != ASK_NOT_SENT) {
        tell_forward(t, best);
    }
}

void names_tell(struct probe *p, const struct names_look *l, const struct ask *q, size_t n,
                const struct ask_answer *answers)
{
    struct teller t = {.p = p, .l = l, .at = INT64_MIN};
    const struct ask_answer *best[ASK_QUESTIONS] = {answers};
    if (!l->role || p->o.n_resolvers == 0 || answers[0].state == ASK_NOT_SENT) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        best[i] = ask_best(p, answers + i * p->o.n_resolvers);
    }
    tell_silent(&t, &q[0], answers, best[0]);
    if (ask_dead(best[0]) || (is_mute(best[0]) && untold(l))) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        tell_asked(&t, &q[i], answers + i * p->o.n_resolvers, best[i]);
    }
    bool second_first = n == 2 && best[1]->arrived < best[0]->arrived;
    for (size_t i = 0; i < n; i++) {
        size_t k = second_first ? n - 1 - i : i;
        tell_answer(&t, q[k].type, best[k]);
    }
    if (is_mute(best[0])) {
        tell(&t, NULL, best[0]->arrived); /* that nothing came is told by the time */
    }
}
