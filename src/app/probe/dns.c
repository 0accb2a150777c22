/* What resolvers answer: the hosts of activation and provisioning, the outbound proxy's SRV records, and whatever
 * else the service names; and what the resolvers themselves can do. */
#include <stdio.h>

#include "app/probe/names.h"

/* What a phone is about to fetch. Below the activation service's host it is always the same. */
static void tell_url(struct probe *p, struct str url, bool activation)
{
    struct fact f;
    char whole[600];
    bool bare = activation && str_ends(url, STR("/"));
    int n = snprintf(whole, sizeof whole, "%.*s%s", STR_ARG(str_head(url, 512)),
                     bare ? "software/edos/callhome/rc" : "");
    fact_init(&f, FACT_FETCH_START);
    fact_add(&f, FIELD_URL, str_of(whole, (size_t)n));
    probe_tell(p, &f);
}

/* What a phone says of a download whose host has no address (curl's code 6). */
static void tell_failed(struct probe *p, struct str host)
{
    struct fact f;
    fact_init(&f, FACT_FETCH_NORESOLVE);
    fact_add(&f, FIELD_HOST, host);
    probe_tell(p, &f);
    fact_init(&f, FACT_FETCH_RESULT);
    fact_add(&f, FIELD_CODE, STR("6"));
    probe_tell(p, &f);
}

static enum err urls(struct probe *p, const struct service_list *list, const char *role,
                     enum stage stage)
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < list->n && e == ERR_OK; i++) {
        struct names_found f = {0};
        const struct names_look l = {.host = names_host_of(list->v[i]),
                                     .role = role,
                                     .stage = stage,
                                     .show = true,
                                     .needed = true};
        struct addr literal;
        if (addr_read(l.host, &literal) || probe_dead(p, l.host)) {
            continue;
        }
        tell_url(p, list->v[i], stage == STAGE_ACTIVATION_DNS);
        e = names_host(p, &l, &f);
        e = e == ERR_MISSING ? ERR_OK : e;
        bool usable = f.four || (f.six && p->o.model->ipv6);
        if (f.asked && !usable && !f.dead) {
            tell_failed(p, l.host);
        }
    }
    return e;
}

/* Rows only: its absence harms nobody who does not ask for it. */
static enum err extra(struct probe *p, struct str name, enum stage stage)
{
    const struct names_look l = {.host = name, .stage = stage, .show = true};
    struct names_found f = {0};
    if (name.len && name.p[0] == '_') {
        return names_show(p, &l, DNS_SRV);
    }
    enum err e = names_host(p, &l, &f);
    return e == ERR_MISSING ? ERR_OK : e;
}

static enum err extra_of(struct probe *p, const char *prefix, struct str host, enum stage stage)
{
    char name[DNS_NAME_TEXT];
    int len = snprintf(name, sizeof name, "%s%.*s", prefix, STR_ARG(host));
    return len > 0 && len < (int)sizeof name ? extra(p, str_of(name, (size_t)len), stage) : ERR_OK;
}

/* What else the proxy's domain publishes: other transports, and the order that it wishes (RFC 3263 4.1). */
static enum err transports(struct probe *p)
{
    static const char *const prefixes[] = {"_sips._tcp.", "_sip._tcp.", "_sip._udp."};
    struct str host;
    uint16_t port;
    struct addr literal;
    enum err e = ERR_OK;
    if (!probe_proxy_read(p->service->proxy, &host, &port) || addr_read(host, &literal)) {
        return ERR_OK;
    }
    for (unsigned i = 0; i < 3 && e == ERR_OK; i++) {
        e = i == p->service->transport ? ERR_OK : extra_of(p, prefixes[i], host, STAGE_SRV);
    }
    const struct names_look l = {.host = host, .stage = STAGE_SRV, .show = true};
    return e == ERR_OK ? names_show(p, &l, DNS_NAPTR) : e;
}

static enum err extras(struct probe *p)
{
    const struct service *s = p->service;
    struct str domain = str_z(p->domain);
    enum err e = ERR_OK;
    /* RFC 2782 names below the site's domain, where the lease names no server. */
    if (domain.len) {
        e = extra_of(p, "_ciscoprov-https._tls.", domain, STAGE_PROVISIONING_DNS);
    }
    for (size_t i = 0; i < s->ntp.n && e == ERR_OK; i++) {
        e = extra(p, s->ntp.v[i], STAGE_CLOCK);
    }
    for (size_t i = 0; i < s->names.n && e == ERR_OK; i++) {
        e = extra(p, s->names.v[i], STAGE_NONE);
    }
    for (size_t i = 0; i < s->n_ports && e == ERR_OK; i++) {
        e = extra(p, s->port[i].host, STAGE_NONE);
    }
    return e;
}

static void show_tcp(struct probe *p, const struct ask_answer *a, struct str subject)
{
    bool ok = ask_definite(a) || a->state == ASK_ERROR;
    char text[300];
    (void)ask_text(a, text, sizeof text);
    probe_show(p, ok ? PROBE_OK : PROBE_WARN, subject, a->took / USEC_MS, "%s%s",
               ok ? "answers over TCP" : "not over TCP, long answers are lost: ", ok ? "" : text);
}

static void show_edns(struct probe *p, const struct ask_answer *a, struct str subject)
{
    if (a->state == ASK_ERROR && a->m.rcode == DNS_FORMERR) {
        probe_show(p, PROBE_NOTE, subject, a->took / USEC_MS, "does not know EDNS");
    } else if (a->state == ASK_ERROR || ask_definite(a)) {
        bool has = a->m.edns.present;
        probe_show(p, PROBE_OK, subject, a->took / USEC_MS,
                   has ? "EDNS, %u bytes by UDP" : "no EDNS", a->m.edns.size);
    } else {
        char text[300];
        (void)ask_text(a, text, sizeof text);
        probe_show(p, PROBE_WARN, subject, a->took / USEC_MS, "questions with EDNS: %s", text);
    }
}

/* What every resolver can do, asked for `name`; whether it has that name does not matter. */
static enum err abilities(struct probe *p, struct str name)
{
    const struct ask q[] = {{.name = name, .type = DNS_A, .tcp = true},
                            {.name = name, .type = DNS_A, .edns = true}};
    struct ask_answer answers[2 * PROBE_RESOLVERS];
    ask_resolvers(p);
    size_t each = p->o.n_resolvers;
    enum err e = each && name.len ? ask(p, q, 2, answers) : ERR_MISSING;
    for (size_t i = 0; i < each && e == ERR_OK; i++) {
        char server[ENDPOINT_TEXT];
        char subject[ENDPOINT_TEXT + 24];
        bool mute = p->mute >> i & 1;
        if (mute || answers[i].state == ASK_NOT_SENT) {
            continue;
        }
        (void)endpoint_write(p->o.resolver[i], server);
        (void)snprintf(subject, sizeof subject, "resolver %s TCP", server);
        show_tcp(p, &answers[i], str_z(subject));
        (void)snprintf(subject, sizeof subject, "resolver %s EDNS", server);
        show_edns(p, &answers[each + i], str_z(subject));
    }
    return e == ERR_MISSING ? ERR_OK : e;
}

/* A host that the service names. */
static struct str any_host(const struct service *s)
{
    return s->activation.n     ? names_host_of(s->activation.v[0])
           : s->provisioning.n ? names_host_of(s->provisioning.v[0])
           : s->proxy.len      ? names_host_of(s->proxy)
           : s->names.n        ? s->names.v[0]
                               : str_of(NULL, 0);
}

static enum err run(struct probe *p)
{
    const struct service *s = p->service;
    enum err e = urls(p, &s->activation, "activation", STAGE_ACTIVATION_DNS);
    e = e == ERR_OK ? urls(p, &s->provisioning, "provisioning", STAGE_PROVISIONING_DNS) : e;
    e = e == ERR_OK ? probe_edges(p) : e;
    e = e == ERR_OK ? transports(p) : e;
    e = e == ERR_OK ? extras(p) : e;
    return e == ERR_OK ? abilities(p, any_host(s)) : e;
}

const struct check probe_dns = {.name = "dns", .stage = STAGE_ACTIVATION_DNS, .run = run};
