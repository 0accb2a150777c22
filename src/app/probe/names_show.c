/* Rows of what each resolver answered. */
#include <stdio.h>

#include "app/probe/names.h"

/* Without SRV the name itself is left to try; AAAA is for few phones. */
static enum probe_state negative(const struct names_look *l, uint16_t type)
{
    return !l->needed || type == DNS_AAAA ? PROBE_NOTE : type == DNS_SRV ? PROBE_WARN : PROBE_FAIL;
}

static enum probe_state state_of(const struct names_look *l, const struct ask *q,
                                 const struct ask_answer *a, const struct ask_answer *best)
{
    switch (a->state) {
    case ASK_ANSWERED:
        return a->stray.port ? PROBE_WARN : PROBE_OK;
    case ASK_NODATA:
    case ASK_NXDOMAIN:
        return best->state == ASK_ANSWERED ? PROBE_WARN : negative(l, q->type);
    case ASK_NOT_SENT:
        return PROBE_SKIPPED;
    case ASK_ERROR:
    case ASK_SILENT:
    case ASK_CLOSED:
    case ASK_UNREACHABLE:
    case ASK_TRUNCATED:
    case ASK_BROKEN:
        break;
    }
    bool needed = l->needed && q->type != DNS_AAAA;
    return ask_definite(best) || !needed ? PROBE_WARN : PROBE_FAIL;
}

/* An A record stands in one answer and not in the other. */
static bool lacks(const struct ask_answer *a, const struct ask_answer *of)
{
    struct dns_rr rr;
    for (struct dns_walk w = dns_walk(&of->m); dns_next(&w, &rr);) {
        bool found = !dns_answers(&of->m, &of->a, &rr);
        struct dns_rr mine;
        for (struct dns_walk v = dns_walk(&a->m); !found && dns_next(&v, &mine);) {
            found = dns_answers(&a->m, &a->a, &mine) && str_eq(mine.data, rr.data);
        }
        if (!found) {
            return true;
        }
    }
    return false;
}

static bool differ(const struct ask_answer *a, const struct ask_answer *b)
{
    if (!ask_definite(a) || !ask_definite(b)) {
        return false;
    }
    bool both = a->state == ASK_ANSWERED && b->state == ASK_ANSWERED;
    return a->state != b->state || (both && (lacks(a, b) || lacks(b, a)));
}

static void difference(struct probe *p, const struct names_look *l, const struct ask *q,
                       const struct ask_answer *answers)
{
    char subject[DNS_NAME_TEXT];
    char type[DNS_WORD];
    for (size_t i = 1; i < p->o.n_resolvers; i++) {
        bool same_kind = answers[i].state == answers[0].state;
        if (differ(&answers[0], &answers[i])) {
            (void)snprintf(subject, sizeof subject, "%.*s %s", STR_ARG(l->host),
                           dns_type_name(q->type, type));
            probe_show_stage(p, l->stage, same_kind ? PROBE_NOTE : PROBE_WARN, str_z(subject), -1,
                             same_kind ? "the resolvers know different records"
                                       : "the resolvers disagree: a phone gets now this, now that");
            return;
        }
    }
}

void names_rows(struct probe *p, const struct names_look *l, const struct ask *q,
                const struct ask_answer *answers)
{
    const struct ask_answer *best = ask_best(p, answers);
    char type[DNS_WORD];
    for (size_t i = 0; i < p->o.n_resolvers && l->show; i++) {
        const struct ask_answer *a = &answers[i];
        char subject[DNS_NAME_TEXT];
        char server[ENDPOINT_TEXT];
        char text[300];
        if (a->state == ASK_NOT_SENT) {
            continue;
        }
        struct endpoint at = a->server;
        at.port = at.port == DNS_PORT ? 0 : at.port;
        (void)endpoint_write(at, server);
        (void)snprintf(subject, sizeof subject, "%.*s %s @%s%s", STR_ARG(l->host),
                       dns_type_name(q->type, type), server, q->tcp ? " TCP" : "");
        (void)ask_text(a, text, sizeof text);
        probe_show_stage(p, l->stage, state_of(l, q, a, best), str_z(subject), a->took / USEC_MS,
                         "%s", text);
        if (a->state == ASK_ANSWERED) {
            probe_number(p, "dns_answer_seconds", str_z(subject), (double)a->took / USEC_S);
            probe_number(p, "dns_ttl_seconds", str_z(subject), a->a.ttl);
        }
    }
    if (l->show && p->o.n_resolvers) {
        difference(p, l, q, answers);
    }
}
